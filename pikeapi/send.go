package pikeapi

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"time"
)

// finishTimeout bounds the recording of an outcome, which goes on when the caller has given up.
const finishTimeout = 10 * time.Second

// maxReadAttempts is how often a read is tried before its failure is reported. Calls that change
// something are tried once.
const maxReadAttempts = 3

// Send carries out a prepared request: the safety rules, Recorder.Begin, the wire, Recorder.Finish.
// It never returns nil. Only reads are tried again, and nothing below it sends a request twice.
// A call that changes something needs a recorder, and in live a permit from the client's lock or
// from ConfirmAmount.
func (c *Client) Send(ctx context.Context, p *Prepared, permit Permit) *Result {
	r := &Result{Prepared: p, Outcome: NotSent, Started: c.now().UTC()}
	if err := c.allowed(p, permit); err != nil {
		r.Err, r.Finished = err, c.now().UTC()
		return r
	}
	recorder := p.Env.Recorder
	if recorder != nil {
		id, err := recorder.Begin(ctx, p, permit)
		if err != nil {
			r.Err, r.Finished = beginError(err), c.now().UTC()
			return r
		}
		r.ExchangeID = id
	}
	c.attempts(ctx, r)
	if permit.Resend != "" {
		r.keepUnknown()
	}
	r.Finished = c.now().UTC()
	if recorder != nil {
		finish, cancel := context.WithTimeout(context.WithoutCancel(ctx), finishTimeout)
		defer cancel()
		if err := recorder.Finish(finish, r); err != nil {
			r.RecordErr = fmt.Errorf("recording that the call was %s: %w", r.Outcome, err)
		}
	}
	return r
}

// beginError keeps a rule's refusal as it is and calls everything else a failure of the journal.
func beginError(err error) error {
	var blocked *BlockedError
	if errors.As(err, &blocked) {
		return blocked
	}
	return &TransportError{Stage: "journal", Err: fmt.Errorf("the journal could not record the call: %w", err)}
}

// allowed holds p against every rule that needs no history.
func (c *Client) allowed(p *Prepared, permit Permit) error {
	if err := p.checkSeal(); err != nil {
		return err
	}
	method, ok := LookupMethod(p.Method.Name)
	if !ok || method.Mutates != p.Method.Mutates {
		return &BlockedError{Rule: RuleChanged, Reason: errChanged.Error()}
	}
	if permit.Resend != "" {
		if err := c.checkResend(p, method); err != nil {
			return err
		}
	}
	if !method.Mutates {
		return nil
	}
	if p.Env.Recorder == nil {
		return &BlockedError{Rule: RuleNoJournal, Reason: "there is no journal to record this call in, so it is not sent"}
	}
	summary := summarise(p.Env.Project, method, p.Body)
	if err := p.Env.Policy.CheckCall(method, summary); err != nil {
		return err
	}
	if err := p.Env.Policy.CheckAlone(method, permit); err != nil {
		return err
	}
	if p.Env.Kind != Live {
		return nil
	}
	if summary.Ambiguous != "" {
		return &BlockedError{Rule: RuleAmbiguous, Reason: "live takes no body that can be read in two ways: " + summary.Ambiguous}
	}
	if !permit.live.allows(p, c.lock, c.now()) {
		return liveLocked(p.Env)
	}
	return nil
}

func (c *Client) checkResend(p *Prepared, method Method) error {
	if !method.TakesKey {
		return &BlockedError{Rule: RuleResend, Reason: method.Name + " takes no idempotency key: sent again, it could be carried out twice"}
	}
	if !p.firstSent.Before(p.CreatedAt) {
		return &BlockedError{Rule: RuleResend, Reason: "a resend needs the time of its first attempt"}
	}
	return CheckResend(p.firstSent, c.now())
}

// attempts goes to the wire: once for a call that changes something, up to three times for a read.
func (c *Client) attempts(ctx context.Context, r *Result) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	most, pause := 1, c.retryPause
	if !r.Prepared.Method.Mutates {
		most = maxReadAttempts
	}
	for {
		r.Attempts++
		c.once(ctx, r)
		if r.Attempts == most || !worthRetrying(r) || !wait(ctx, pause) {
			return
		}
		pause *= 2
	}
}

// worthRetrying says whether a read failed in a way that may pass: no answer, or the server's fault.
func worthRetrying(r *Result) bool {
	if r.Outcome == NotSent {
		var te *TransportError
		return errors.As(r.Err, &te) && te.Stage != "tls"
	}
	return r.Outcome == Unknown && (r.HTTPStatus == 0 || r.HTTPStatus >= 500)
}

// wait waits d, or returns false when the context ends or would end before.
func wait(ctx context.Context, d time.Duration) bool {
	if end, ok := ctx.Deadline(); ok && time.Until(end) <= d {
		return false
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// once is one attempt: it sets outcome, answer and error of r.
func (c *Client) once(ctx context.Context, r *Result) {
	p := r.Prepared
	r.HTTPStatus, r.Header, r.Body, r.Response, r.Err = 0, nil, nil, nil, nil
	watch := new(wire)
	req, err := http.NewRequestWithContext(httptrace.WithClientTrace(ctx, watch.trace()), http.MethodPost, p.URL, nil)
	if err != nil {
		r.Outcome, r.Err = NotSent, &TransportError{Stage: "prepare", Err: err}
		return
	}
	req.Header = p.Header.Clone()
	// The body is set by hand and GetBody stays nil: with it, net/http would send the request again
	// by itself when a kept connection turns out to be closed.
	req.Body, req.ContentLength = io.NopCloser(bytes.NewReader(p.Body)), int64(len(p.Body))
	if len(p.Body) == 0 {
		req.Body = http.NoBody
	}
	answer, err := c.transport.RoundTrip(req)
	if err != nil {
		r.fail(ctx, watch, err)
		return
	}
	r.HTTPStatus, r.Header = answer.StatusCode, answer.Header
	if answer.StatusCode < 200 { // 101: what follows is no answer, and may never end
		r.unreadable(fmt.Errorf("the server answered HTTP %d", answer.StatusCode))
		if err := answer.Body.Close(); err != nil {
			r.unreadable(fmt.Errorf("the server answered HTTP %d: %w", answer.StatusCode, err))
		}
		return
	}
	body, err := io.ReadAll(io.LimitReader(answer.Body, MaxResponse+1))
	if closeErr := answer.Body.Close(); err == nil && closeErr != nil {
		err = closeErr
	}
	r.Body = body
	switch {
	case len(body) > MaxResponse:
		r.Body = body[:MaxResponse]
		r.unreadable(fmt.Errorf("the answer is larger than %d MiB", MaxResponse>>20))
	case err != nil:
		r.Outcome = Unknown
		r.Err = &TransportError{Stage: "read", Sent: true, Err: fmt.Errorf("the answer broke off after %d bytes: %w", len(body), plain(ctx, err))}
	default:
		r.judge()
	}
}

// fail sets the outcome of a round trip that brought no answer.
func (r *Result) fail(ctx context.Context, watch *wire, err error) {
	stage, sent := watch.verdict()
	what := map[string]string{
		"dial":       "no connection to " + r.Prepared.Env.BaseURL,
		"tls":        "no TLS with " + r.Prepared.Env.BaseURL,
		"proxy":      "no connection through the proxy to " + r.Prepared.Env.BaseURL,
		"connection": "the connection to " + r.Prepared.Env.BaseURL + " was lost before the request was written",
		"write":      "the connection broke while the request was being written",
		"wait":       "no answer came",
		"read":       "the answer's header could not be read",
	}[stage]
	r.Outcome = NotSent
	if sent {
		r.Outcome = Unknown
	}
	r.Err = &TransportError{Stage: stage, Sent: sent, Err: fmt.Errorf("%s: %w", what, plain(ctx, err))}
}

// plain says in words what Go says with a term of its own: that it took too long, and that the server hung
// up. Every other error stays as it is.
func plain(ctx context.Context, err error) error {
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.Is(ctx.Err(), context.DeadlineExceeded):
		return fmt.Errorf("the time allowed for the call ran out: %w", context.DeadlineExceeded)
	case errors.Is(err, context.Canceled):
		return fmt.Errorf("the call was given up: %w", context.Canceled)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return hungUp{err}
	}
	return err
}

// hungUp is io.EOF or io.ErrUnexpectedEOF in words.
type hungUp struct{ error }

func (hungUp) Error() string   { return "the server closed the connection" }
func (h hungUp) Unwrap() error { return h.error }

func (r *Result) unreadable(err error) {
	r.Outcome, r.Err = Unknown, &TransportError{Stage: "answer", Sent: true, Err: err}
}

// judge reads the whole answer and decides between accepted, refused and unknown.
func (r *Result) judge() {
	status := r.HTTPStatus
	if status >= 300 && status < 400 {
		r.unreadable(fmt.Errorf("the server answered HTTP %d, a redirect, which is never followed: check the base URL", status))
		return
	}
	response, err := ParseResponse(r.Body)
	if err == nil {
		r.Response = response
	}
	named := err == nil && response.refused()
	switch {
	case status >= 500 && named:
		r.Outcome, r.Err = Unknown, newAPIError(response.Error, status, "answer")
	case status >= 500:
		r.unreadable(fmt.Errorf("the server failed with HTTP %d", status))
	case named:
		r.refuse(newAPIError(response.Error, status, "answer"))
	case status >= 400 && !saysNo(status):
		r.unreadable(fmt.Errorf("the server answered HTTP %d, which does not say whether the request was carried out", status))
	case status >= 400:
		var detail *ErrorDetail
		if err == nil {
			detail = response.Error
		}
		r.refuse(newAPIError(detail, status, "answer"))
	case err != nil:
		r.unreadable(fmt.Errorf("HTTP %d came with an answer that cannot be read: %w", status, err))
	case !response.accepted():
		r.unreadable(fmt.Errorf("HTTP %d came with an answer that says neither ok nor error", status))
	default:
		r.Outcome, r.Err = Accepted, nil
	}
}

// saysNo says of a status without Pike's words whether it means that the request was not taken. Proxies
// also write others, such as 408 and 499, when they gave up waiting.
func saysNo(status int) bool {
	switch status {
	case 408, 409, 423, 424, 425:
		return false
	}
	return status < 440 || status == 451
}

// refuse takes Pike's no, unless the code leaves open whether something was done.
func (r *Result) refuse(e *APIError) {
	r.Outcome, r.Err = Refused, e
	if k, ok := lookupError(e.Code); ok && k.unknown {
		r.Outcome = Unknown
	}
}

// keepUnknown applies to a resend. A request that did not get through, a refusal that Pike gives
// before it looks at the key (signature, rights, an error page of a proxy), one that the first attempt
// itself may have caused (the session has moved on, the deposit is used up), and one whose code nobody
// has documented say nothing about the first attempt: what was unknown stays unknown.
func (r *Result) keepUnknown() {
	var e *APIError
	switch {
	case r.Outcome == NotSent:
		r.Outcome = Unknown
	case r.Outcome == Refused && errors.As(r.Err, &e):
		if known, ok := lookupError(e.Code); !ok || known.silent {
			r.Outcome = Unknown
		}
	}
}
