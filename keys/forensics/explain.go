package forensics

import "context"

// explainer holds the state of one Explain.
type explainer struct {
	ctx context.Context
	e   Evidence
	r   Report
}

func (x *explainer) run() Report {
	x.r.Schema = Schema
	return x.r
}
