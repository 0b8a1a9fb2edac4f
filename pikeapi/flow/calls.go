package flow

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"pikedash/pikeapi"
)

// This file is the steps that send requests.

// call prepares and sends a request.
func (r *run) call(ctx context.Context, s *Step, res *StepResult) error {
	body, err := expand(s.Body, r.vars)
	if err != nil {
		return err
	}
	method, _ := pikeapi.LookupMethod(s.Call)
	call := pikeapi.Call{Method: s.Call, Version: r.version, Body: []byte(body)}
	if !slices.Contains(method.Versions, r.version) {
		call.Version = method.Versions[0]
	}
	if method.TakesKey && s.Key != "" {
		if r.keys[s.Key] == "" {
			r.keys[s.Key] = pikeapi.NewIdempotencyKey()
		}
		call.IdempotencyKey = r.keys[s.Key]
	}
	p, err := r.place.Client().Prepare(ctx, r.place.Environment(), call)
	if err != nil {
		return err
	}
	if s.Name != "" {
		r.sent[s.Name] = p
	}
	if s.Background {
		answer := make(chan *pikeapi.Result, 1)
		r.running[s.Name] = answer
		go func() { answer <- r.place.Client().Send(ctx, p, pikeapi.Permit{Duplicate: true}) }()
		return nil
	}
	return r.send(ctx, s, p, s.Name, res)
}

// join waits for the answer to a call in the background.
func (r *run) join(ctx context.Context, s *Step, res *StepResult) error {
	select {
	case got := <-r.running[s.Join]:
		return r.received(s, got, s.Join, res)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// repeat sends the bytes of an earlier call once more, with the same key. It is a request of its own:
// a journal lets none be sent a second time.
func (r *run) repeat(ctx context.Context, s *Step, res *StepResult) error {
	p, ok := r.sent[s.Repeat]
	if !ok {
		return fmt.Errorf("the step %q was not sent", s.Repeat)
	}
	again, err := r.place.Client().Prepare(ctx, r.place.Environment(), pikeapi.Call{
		Method: p.Method.Name, Version: p.Version, Body: p.Body, IdempotencyKey: p.IdempotencyKey,
	})
	if err != nil {
		return err
	}
	return r.send(ctx, s, again, s.Repeat, res)
}

// send carries p out. The duplicate radar is set aside: flows repeat on purpose.
func (r *run) send(ctx context.Context, s *Step, p *pikeapi.Prepared, name string, res *StepResult) error {
	return r.received(s, r.place.Client().Send(ctx, p, pikeapi.Permit{Duplicate: true}), name, res)
}

// received judges what became of a call.
func (r *run) received(s *Step, got *pikeapi.Result, name string, res *StepResult) error {
	var blocked *pikeapi.BlockedError
	if errors.As(got.Err, &blocked) {
		return got.Err
	}
	res.Exchange = exchange(got)
	doc, err := resultDocument(got)
	if err != nil && got.Outcome == pikeapi.Accepted {
		return err
	}
	doc["same_answer"] = fmt.Sprint(string(r.answers[name]) == string(got.Body) && len(got.Body) > 0)
	if name != "" && len(r.answers[name]) == 0 && got.Outcome == pikeapi.Accepted {
		r.answers[name] = got.Body
	}
	if err := r.hold(s, orAccepted(s.Expect), doc, res); err != nil {
		return err
	}
	res.Note = ""
	if got.Err != nil && len(res.Diffs) > 0 {
		res.Note = pikeapi.MaskText(got.Err.Error())
	}
	return nil
}

// exchange describes what was sent and answered, masked.
func exchange(got *pikeapi.Result) *Exchange {
	p := got.Prepared
	request, _ := pikeapi.MaskJSON(p.Body)
	answer, _ := pikeapi.MaskJSON(got.Body)
	return &Exchange{
		Method: p.Method.Name, URL: p.URL, Request: string(request), Digest: p.Digest.String(),
		Signature: p.Signature, Outcome: got.Outcome, Status: got.HTTPStatus, Answer: string(answer), ID: got.ExchangeID,
	}
}

// resultDocument is the answer with the outcome and the HTTP status beside its own keys.
func resultDocument(got *pikeapi.Result) (map[string]any, error) {
	doc := map[string]any{}
	body, err := document(got.Body)
	if m, ok := body.(map[string]any); ok {
		doc = m
	}
	doc["outcome"] = string(got.Outcome)
	doc["http"] = fmt.Sprint(got.HTTPStatus)
	return doc, err
}

// orAccepted is what a call expects: where it says nothing of how it ends, that it is accepted. A
// refusal must not pass for a success.
func orAccepted(expect map[string]any) map[string]any {
	for path := range expect {
		if path == "outcome" || path == "http" || path == "status" || strings.HasPrefix(path, "error") {
			return expect
		}
	}
	expect = maps.Clone(expect)
	if expect == nil {
		expect = map[string]any{}
	}
	expect["outcome"] = string(pikeapi.Accepted)
	return expect
}
