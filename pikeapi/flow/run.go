package flow

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"pikedash/pikeapi"
)

// Verdict is what became of a step or a flow.
type Verdict string

// The verdicts.
const (
	Passed  Verdict = "passed"
	Failed  Verdict = "failed"
	Skipped Verdict = "skipped" // not reached, or not possible at this place
	Running Verdict = "running"
)

// Exchange is a request with its answer, masked for showing. Digest and signature are true.
type Exchange struct {
	Method    string          `json:"method"`
	URL       string          `json:"url"`
	Request   string          `json:"request"`
	Digest    string          `json:"sha256"`
	Signature string          `json:"signature"`
	Outcome   pikeapi.Outcome `json:"outcome"`
	Status    int             `json:"http,omitempty"`
	Answer    string          `json:"answer,omitempty"`
	ID        int64           `json:"exchange,omitempty"` // in the journal, where the run was recorded
}

// StepResult is what became of one step.
type StepResult struct {
	Index    int           `json:"index"` // from 0
	Label    string        `json:"step"`
	Verdict  Verdict       `json:"verdict"`
	Diffs    []Difference  `json:"differences,omitempty"` // the first is where the flow left the path
	Err      string        `json:"error,omitempty"`
	Note     string        `json:"note,omitempty"` // why a call was not accepted although that was expected
	Exchange *Exchange     `json:"exchange,omitempty"`
	Took     time.Duration `json:"took_ns"` // on the server's clock for waits, else real
}

// Result is what became of one run of a flow.
type Result struct {
	Flow    string          `json:"flow"`
	Title   string          `json:"title"`
	Version pikeapi.Version `json:"version"`
	Verdict Verdict         `json:"verdict"`
	Reason  string          `json:"reason,omitempty"` // why it was skipped or what failed, in one sentence
	Steps   []StepResult    `json:"steps"`
	Took    time.Duration   `json:"took_ns"` // real
}

// run is the state of one run.
type run struct {
	flow    *Flow
	version pikeapi.Version
	place   Place
	vars    map[string]string
	sent    map[string]*pikeapi.Prepared    // by step name, for repeat
	answers map[string][]byte               // by step name, for same_answer
	running map[string]chan *pikeapi.Result // calls in the background, by step name
	taken   map[int]bool                    // arrivals that a wait took
	keys    map[string]string               // idempotency keys by their name in the flow
}

// Run runs f in one version at place and tells watch of each step as it begins and ends. It never
// runs against live.
func Run(ctx context.Context, f *Flow, v pikeapi.Version, place Place, watch func(StepResult)) Result {
	started := time.Now()
	res := Result{Flow: f.Name, Title: f.Title, Version: v, Verdict: Passed}
	if watch == nil {
		watch = func(StepResult) {}
	}
	r := &run{
		flow: f, version: v, place: place, vars: map[string]string{},
		sent: map[string]*pikeapi.Prepared{}, answers: map[string][]byte{},
		running: map[string]chan *pikeapi.Result{}, taken: map[int]bool{}, keys: map[string]string{},
	}
	maps.Copy(r.vars, place.Vars())
	maps.Copy(r.vars, names(v))
	maps.Copy(r.vars, f.Vars)
	if r.vars["run"] == "" {
		r.vars["run"] = f.Name + "-" + pikeapi.NewIdempotencyKey()[:8]
	}
	if place.Environment().Kind == pikeapi.Live {
		res.Verdict, res.Reason = Failed, "flows do not run against live"
		return res
	}
	for i := range f.Steps {
		sr := StepResult{Index: i, Label: f.Steps[i].Label(), Verdict: Running}
		if res.Verdict != Passed {
			sr.Verdict = Skipped
			res.Steps = append(res.Steps, sr)
			continue
		}
		watch(sr)
		sr = r.step(ctx, i)
		watch(sr)
		res.Steps = append(res.Steps, sr)
		if sr.Verdict != Passed {
			res.Verdict, res.Reason = sr.Verdict, reason(sr)
		}
	}
	res.Took = time.Since(started)
	return res
}

// reason says in one sentence where a run left its path.
func reason(s StepResult) string {
	if s.Err != "" {
		return fmt.Sprintf("step %d, %s: %s", s.Index+1, s.Label, s.Err)
	}
	if len(s.Diffs) > 0 {
		d := s.Diffs[0]
		said := fmt.Sprintf("step %d, %s: %s is %s, expected %s", s.Index+1, s.Label, d.Path, d.Seen, d.Expected)
		if s.Note != "" {
			said += ": " + s.Note
		}
		return said
	}
	return ""
}

// step runs one step.
func (r *run) step(ctx context.Context, i int) StepResult {
	s := &r.flow.Steps[i]
	res := StepResult{Index: i, Label: s.Label(), Verdict: Passed}
	started := time.Now()
	var err error
	switch {
	case s.Call != "":
		err = r.call(ctx, s, &res)
	case s.Join != "":
		err = r.join(ctx, s, &res)
	case s.Repeat != "":
		err = r.repeat(ctx, s, &res)
	case s.Wait != "":
		err = r.wait(ctx, s, &res)
	case s.Poll != "":
		err = r.poll(ctx, s, &res)
	default:
		err = r.control(ctx, s, &res)
	}
	if res.Took == 0 {
		res.Took = time.Since(started)
	}
	switch {
	case errors.Is(err, ErrNoControl):
		res.Verdict, res.Err = Skipped, err.Error()
	case err != nil:
		res.Verdict, res.Err = Failed, pikeapi.MaskText(err.Error())
	case len(res.Diffs) > 0:
		res.Verdict = Failed
	}
	return res
}

// judge holds doc against the step's expectations and takes over what the step saves.
func (r *run) judge(s *Step, doc map[string]any, res *StepResult) error {
	return r.hold(s, s.Expect, doc, res)
}

// hold is judge with other expectations than the step's own.
func (r *run) hold(s *Step, expect map[string]any, doc map[string]any, res *StepResult) error {
	diffs, err := compare(doc, expect, r.vars)
	if err != nil {
		return err
	}
	res.Diffs = diffs
	for _, name := range sortedKeys(s.Save) {
		path, err := expand(s.Save[name], r.vars)
		if err != nil {
			return err
		}
		value, ok := lookup(doc, path)
		if !ok {
			if len(diffs) > 0 {
				return nil // the difference says more than the missing value
			}
			return fmt.Errorf("%s is not in the answer, so ${%s} has no value", path, name)
		}
		r.vars[name] = text(value)
	}
	return nil
}

// wait takes the first notification of the step's type that no wait took yet, and of the session
// that the flow is about.
func (r *run) wait(ctx context.Context, s *Step, res *StepResult) error {
	limit := s.within()
	for {
		for i, a := range r.place.Arrivals() {
			if r.taken[i] || a.Type != s.Wait || (r.vars["session"] != "" && a.SessionID != r.vars["session"]) {
				continue
			}
			r.taken[i] = true
			doc, err := arrivalDocument(a)
			if err != nil {
				return err
			}
			return r.judge(s, doc, res)
		}
		if res.Took >= limit {
			whose := "any session"
			if id := r.vars["session"]; id != "" {
				whose = "session " + id
			}
			return fmt.Errorf("no %s for %s within %s; arrived: %s", s.Wait, whose, limit, r.arrived())
		}
		passed, err := r.place.Pass(ctx, limit-res.Took)
		if err != nil {
			return err
		}
		res.Took += passed
	}
}

func arrivalDocument(a Arrival) (map[string]any, error) {
	body, err := document(a.Body)
	if err != nil {
		return nil, err
	}
	doc, ok := body.(map[string]any)
	if !ok {
		doc = map[string]any{}
	}
	doc["signature"] = a.Signature
	doc["duplicate"] = fmt.Sprint(a.Duplicate)
	doc["late"] = fmt.Sprint(a.Late)
	return doc, nil
}

func (r *run) arrived() string {
	var list []string
	for _, a := range r.place.Arrivals() {
		list = append(list, a.Type)
	}
	if len(list) == 0 && r.place.Environment().Kind != pikeapi.Sandbox {
		return "nothing; notifications are taken from the journal: have pikedash listen, or the dashboard, record them"
	}
	if len(list) == 0 {
		return "nothing"
	}
	return strings.Join(list, ", ")
}

// poll asks for the session's status until the expectations hold.
func (r *run) poll(ctx context.Context, s *Step, res *StepResult) error {
	limit, waited := s.within(), time.Duration(0)
	id, err := expand(s.Poll, r.vars)
	if err != nil {
		return err
	}
	ask := *s
	ask.Call, ask.Poll, ask.Body = "session/status", "", fmt.Sprintf(`{"session_id":%q}`, id)
	for {
		res.Diffs = nil
		if err := r.call(ctx, &ask, res); err != nil {
			return err
		}
		if len(res.Diffs) == 0 || waited >= limit {
			return nil
		}
		passed, err := r.place.Pass(ctx, limit-waited)
		if err != nil {
			return err
		}
		waited += passed
	}
}

// control runs the steps that only a sandbox has.
func (r *run) control(ctx context.Context, s *Step, res *StepResult) error {
	switch {
	case s.Advance != "":
		d, err := time.ParseDuration(s.Advance)
		if err != nil {
			return err
		}
		res.Took = d
		return r.place.Advance(ctx, d)
	case s.Fault != nil:
		return r.place.Fault(ctx, *s.Fault)
	}
	with := map[string]string{}
	for k, v := range s.With {
		value, err := expand(v, r.vars)
		if err != nil {
			return err
		}
		with[k] = value
	}
	doc, err := r.place.Control(ctx, s.Control, with)
	if err != nil {
		return err
	}
	return r.judge(s, doc, res)
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
