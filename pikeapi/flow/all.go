package flow

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"golang.org/x/sync/errgroup"

	"pikedash/pikeapi"
)

// Opener makes the place of one run.
type Opener func(ctx context.Context, f *Flow) (Place, error)

// Watcher is told of each step as it begins and ends. It is called from several goroutines.
type Watcher func(f *Flow, v pikeapi.Version, s StepResult)

// runLimit bounds one run in real time, whatever its steps say.
const runLimit = 2 * time.Minute

// AtOnce is how many runs may go on at the same time: as many as there are processors in private
// sandboxes, but only one at a server where they would meet. Two runs at once look like one payout
// that is sent twice, which the client refuses.
func AtOnce(kind pikeapi.EnvKind) int {
	if kind == pikeapi.Sandbox {
		return runtime.NumCPU()
	}
	return 1
}

// RunAll runs every flow in each of its versions, each at a place of its own. The results are in the
// order of flows and versions.
func RunAll(ctx context.Context, flows []*Flow, atOnce int, open Opener, watch Watcher) []Result {
	type job struct {
		flow    *Flow
		version pikeapi.Version
	}
	var jobs []job
	for _, f := range flows {
		for _, v := range f.RunVersions() {
			jobs = append(jobs, job{f, v})
		}
	}
	results := make([]Result, len(jobs))
	var group errgroup.Group
	group.SetLimit(atOnce)
	for i, j := range jobs {
		group.Go(func() error {
			results[i] = RunOne(ctx, j.flow, j.version, open, watch)
			return nil
		})
	}
	_ = group.Wait() // the jobs return no error: what went wrong is in their results
	return results
}

// RunOne opens a place, runs the flow in it and closes it.
func RunOne(ctx context.Context, f *Flow, v pikeapi.Version, open Opener, watch Watcher) Result {
	whole := ctx
	ctx, cancel := context.WithTimeout(ctx, runLimit)
	defer cancel()
	if whole.Err() != nil {
		return Result{Flow: f.Name, Title: f.Title, Version: v, Verdict: Skipped, Reason: "interrupted before it began"}
	}
	place, err := open(ctx, f)
	if errors.Is(err, ErrNoControl) {
		return Result{Flow: f.Name, Title: f.Title, Version: v, Verdict: Skipped, Reason: "it needs the sandbox's test controls"}
	}
	if err != nil {
		return Result{Flow: f.Name, Title: f.Title, Version: v, Verdict: Failed,
			Reason: fmt.Sprintf("no place to run it: %s", pikeapi.MaskText(err.Error()))}
	}
	res := Run(ctx, f, v, place, func(s StepResult) {
		if watch != nil {
			watch(f, v, s)
		}
	})
	switch {
	case res.Verdict != Failed:
	case whole.Err() != nil:
		res.Verdict, res.Reason = Skipped, "interrupted: "+res.Reason
	case ctx.Err() != nil:
		res.Reason = fmt.Sprintf("it took longer than %s: %s", runLimit, res.Reason)
	}
	if err := place.Close(); err != nil && res.Verdict == Passed {
		res.Verdict, res.Reason = Failed, "closing the sandbox: "+err.Error()
	}
	return res
}
