package journal

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"pikedash/pikeapi"
)

// testClock is a clock that only tests move.
type testClock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *testClock { return &testClock{at: time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)} }

func (c *testClock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *testClock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// openTest opens a journal in a folder with a clock and without polling.
func openTest(t testing.TB, dir string, clock *testClock) *Journal {
	t.Helper()
	o := Options{Tick: make(chan time.Time)}
	if clock != nil {
		o.Now = clock.now
	}
	j, err := Open(context.Background(), dir, "sandbox", o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, j.Close()) })
	return j
}

func testEnv(policy pikeapi.Policy) *pikeapi.Environment {
	return &pikeapi.Environment{Name: "sandbox", Kind: pikeapi.Sandbox, Project: "shop", Version: pikeapi.V2, Policy: policy, Epoch: 3}
}

// payoutTo prepares a payout to a target; nonce makes the bytes differ.
func payoutTo(env *pikeapi.Environment, target string, amount int64, nonce string) *pikeapi.Prepared {
	body := fmt.Appendf(nil, `{"payout_details":{"type":"card","card":{"type":"bank_card","bank_card":{"number":"4242424242424242"}}},"amount_details":{"amount":%d,"currency":"EUR"},"metadata":%q}`, amount, target+nonce)
	p := prepared(env, pikeapi.MethodInitPayout, body)
	p.Summary = pikeapi.Summary{Kind: pikeapi.Payout, Amount: &pikeapi.Money{Amount: amount, Currency: "EUR"}, Recipient: "Jane Roe", Target: "visa 424242··4242", TargetKey: target}
	return p
}

func prepared(env *pikeapi.Environment, method string, body []byte) *pikeapi.Prepared {
	m, ok := pikeapi.LookupMethod(method)
	if !ok {
		panic(method)
	}
	p := &pikeapi.Prepared{
		ID: uuid.Must(uuid.NewV7()).String(), Env: env, Method: m, Version: pikeapi.V2,
		URL: "http://127.0.0.1:8131/api/v2/" + method, Header: http.Header{"X-Partner-Sign": {"c2lnbmF0dXJlIG9mIHRoZSBib2R5"}, "Content-Type": {"application/json"}},
		Body: body, Digest: sha256.Sum256(body), Signature: "c2lnbmF0dXJlIG9mIHRoZSBib2R5", KeyFingerprint: "3f9a",
	}
	if m.TakesKey {
		p.IdempotencyKey = uuid.NewString()
	}
	return p
}

func result(p *pikeapi.Prepared, id int64, outcome pikeapi.Outcome, body string) *pikeapi.Result {
	r := &pikeapi.Result{Prepared: p, ExchangeID: id, Outcome: outcome, Started: time.Now(), Attempts: 1}
	r.Finished = r.Started.Add(12 * time.Millisecond)
	switch outcome {
	case pikeapi.Accepted:
		r.HTTPStatus, r.Body = 200, []byte(body)
		if resp, err := pikeapi.ParseResponse(r.Body); err == nil {
			r.Response = resp
		}
	case pikeapi.Refused:
		r.HTTPStatus, r.Body = 400, []byte(body)
		r.Err = &pikeapi.APIError{Code: body, HTTPStatus: 400}
	default:
		r.Err = &pikeapi.TransportError{Stage: "wait", Sent: outcome == pikeapi.Unknown, Err: errors.New("the connection broke")}
	}
	return r
}

// begin begins and requires success.
func begin(t testing.TB, j *Journal, p *pikeapi.Prepared, permit pikeapi.Permit) int64 {
	t.Helper()
	id, err := j.Begin(context.Background(), p, permit)
	require.NoError(t, err)
	return id
}

// send begins and finishes.
func send(t testing.TB, j *Journal, p *pikeapi.Prepared, outcome pikeapi.Outcome, body string) {
	t.Helper()
	id := begin(t, j, p, pikeapi.Permit{})
	require.NoError(t, j.Finish(context.Background(), result(p, id, outcome, body)))
}

// blockedBy requires a rule's refusal and returns the operation id of the earlier request that it names.
func blockedBy(t testing.TB, err error, rule string) (earlier string) {
	t.Helper()
	var b *pikeapi.BlockedError
	require.ErrorAs(t, err, &b)
	require.Equal(t, rule, b.Rule, b.Reason)
	require.NotEmpty(t, b.Reason)
	return b.Earlier
}

func stateOf(t testing.TB, j *Journal, operation string) IntentState {
	t.Helper()
	i, err := j.Intent(context.Background(), operation)
	require.NoError(t, err)
	return i.State
}

// sessionAt makes a session as Pike tells it.
func sessionAt(id string, status pikeapi.SessionStatus, updated time.Time, next pikeapi.NextAction, ops ...pikeapi.Operation) *pikeapi.Session {
	s := &pikeapi.Session{ID: id, Status: status, CreatedAt: time.Date(2026, 11, 20, 11, 0, 0, 0, time.UTC), UpdatedAt: updated, NextAction: next, Version: pikeapi.V2}
	for _, op := range ops {
		if op.Kind == pikeapi.Payment {
			s.Payments = append(s.Payments, op)
		} else {
			s.Payouts = append(s.Payouts, op)
		}
	}
	raw, err := json.Marshal(map[string]any{"id": id, "status": status})
	if err != nil {
		panic(err)
	}
	s.Raw = raw
	return s
}

func operation(kind pikeapi.Kind, id string, status pikeapi.OperationStatus, amount int64) pikeapi.Operation {
	return pikeapi.Operation{Kind: kind, ID: id, Status: status, Amount: pikeapi.Money{Amount: amount, Currency: "eur"}, CreatedAt: time.Date(2026, 11, 20, 11, 0, 1, 0, time.UTC)}
}

func ctxb() context.Context { return context.Background() }
