package command

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"pikedash/pikeapi"
)

// resultJSON is what became of a call.
type resultJSON struct {
	Schema         int             `json:"schema"`
	Outcome        pikeapi.Outcome `json:"outcome"`
	Environment    string          `json:"environment"`
	Project        string          `json:"project"`
	Method         string          `json:"method"`
	Version        string          `json:"version"`
	URL            string          `json:"url"`
	Operation      string          `json:"operation"` // the id under which the journal keeps it
	Exchange       int64           `json:"exchange,omitempty"`
	IdempotencyKey string          `json:"idempotency_key,omitempty"`
	Body           bodyFacts       `json:"body"`
	Key            string          `json:"key"`
	HTTPStatus     int             `json:"http_status,omitempty"`
	LatencyMS      int64           `json:"latency_ms"`
	Session        string          `json:"session,omitempty"`
	Status         string          `json:"status,omitempty"`
	NextAction     string          `json:"next_action,omitempty"`
	Response       json.RawMessage `json:"response,omitempty"` // masked
	Error          *errorBody      `json:"error,omitempty"`
}

// outcomeFault is the error of a call that was not accepted, with the exit code of its outcome.
func outcomeFault(r *pikeapi.Result) *fault {
	f := asFault(r.Err)
	var block *pikeapi.BlockedError
	switch {
	case errors.As(r.Err, &block):
		return f
	case r.Outcome == pikeapi.Unknown && f.exit != exitUnknown:
		// Pike answered with an error after which nobody can know, such as HTTP 500.
		return &fault{exit: exitUnknown, category: "network", code: "outcome_unknown", message: f.Error() + "; the outcome is unknown: the call may have been carried out",
			hint: "it may have been carried out: run pikedash unknown list and do not send it anew"}
	case r.Outcome == pikeapi.NotSent && errors.Is(r.Err, context.Canceled):
		return &fault{exit: exitInterrupted, category: "user_input", code: "interrupted", message: "interrupted; nothing was sent"}
	case r.Outcome == pikeapi.NotSent && f.exit == exitFailure:
		f.exit, f.category, f.code = exitNotSent, "network", "not_sent"
	}
	if f.exit == exitUnknown && !r.Prepared.Method.Mutates {
		f.hint = r.Prepared.Method.Name + " changes nothing: it is safe to ask again"
	}
	return f
}

// closeAfterCall gives back what was opened for a call. What became of the call has been said and decides
// how the program ends: that the journal could not be closed well must not look as if the call had failed.
func (r *runtime) closeAfterCall(err error) error {
	closing := r.close()
	if err != nil || closing == nil {
		return errors.Join(err, closing)
	}
	r.app.err.line("pikedash: %s", pikeapi.MaskText(closing.Error()))
	return nil
}

// result prints what became of a call and returns its error.
func (a *app) result(r *pikeapi.Result) error {
	if r.RecordErr != nil {
		a.err.line("pikedash: %v", r.RecordErr)
		a.err.line("  it is listed as unknown until it is settled: see pikedash unknown list")
	}
	var f *fault
	if r.Err != nil {
		f = outcomeFault(r)
	}
	out := describe(r, f)
	if a.flags.json {
		a.out.object(out)
	} else if f == nil || r.HTTPStatus != 0 {
		a.resultText(r, out)
	}
	if f == nil {
		if a.out.failed() != nil && r.Prepared.Method.Mutates {
			a.err.line("pikedash: Pike accepted the call; do not send it anew")
		}
		return nil
	}
	return shown{f}
}

func describe(r *pikeapi.Result, f *fault) resultJSON {
	p := r.Prepared
	out := resultJSON{
		Schema: 1, Outcome: r.Outcome, Environment: p.Env.Name, Project: p.Env.Project, Method: p.Method.Name,
		Version: p.Version.String(), URL: p.URL, Operation: p.ID, Exchange: r.ExchangeID, IdempotencyKey: p.IdempotencyKey,
		Body: bodyFacts{len(p.Body), p.Digest.String()}, Key: p.KeyFingerprint, HTTPStatus: r.HTTPStatus,
		LatencyMS: r.Finished.Sub(r.Started).Milliseconds(),
	}
	if r.Response != nil && r.Response.Session != nil {
		s := r.Response.Session
		out.Session, out.Status, out.NextAction = s.ID, string(s.Status), string(s.NextAction)
	}
	if masked, _ := pikeapi.MaskJSON(r.Body); json.Valid(masked) && len(masked) > 0 {
		out.Response = masked
	}
	if f != nil {
		body := f.body()
		out.Error = &body
	}
	return out
}

func (a *app) resultText(r *pikeapi.Result, out resultJSON) {
	a.out.line("%s  %s %s  HTTP %d in %s", r.Outcome, out.Version, out.Method, r.HTTPStatus,
		r.Finished.Sub(r.Started).Round(time.Millisecond))
	if r.Response != nil && r.Response.Session != nil {
		a.sessionText(r.Response.Session)
	}
	if out.Response != nil {
		a.out.block(string(out.Response))
	}
	if out.Exchange != 0 && r.RecordErr == nil {
		a.out.line("recorded as exchange %d of %s", out.Exchange, out.Environment)
	}
}

func (a *app) sessionText(s *pikeapi.Session) {
	line := "session " + s.ID + "  " + string(s.Status)
	if s.NextAction != "" {
		line += "  waits for " + string(s.NextAction)
	}
	a.out.line("%s", line)
	for _, o := range s.Operations() {
		text := string(o.Kind) + " " + o.ID + "  " + string(o.Status) + "  " + o.Amount.Format()
		if o.Error != nil {
			text += "  " + o.Error.Code
			if advice, known := pikeapi.ErrorAdvice(o.Error.Code); known {
				text += ": " + advice
			}
		}
		a.out.line("  %s", text)
	}
}
