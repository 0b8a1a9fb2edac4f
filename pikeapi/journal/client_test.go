package journal

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"pikedash/keys"
	"pikedash/pikeapi"
)

// The real client against a real server: what it sends is what is recorded, a lost answer becomes
// unknown, and the kept bytes sent again settle it.
func TestWithTheClient(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, keys.MinBits)
	require.NoError(t, err)
	signer, err := keys.NewSigner(key, "test key")
	require.NoError(t, err)
	var lose atomic.Bool
	var bodies, idempotencyKeys []string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		assert.NoError(t, err)
		bodies, idempotencyKeys = append(bodies, string(body)), append(idempotencyKeys, r.Header.Get("X-PARTNER-IDEMPOTENCY-KEY"))
		if lose.Load() {
			panic(http.ErrAbortHandler) // the work is done, the answer is lost
		}
		_, err = io.WriteString(w, `{"status":"ok","session":{"id":"ps_1","status":"in_progress","created_at":"2026-11-20T11:00:00.000000Z","updated_at":"2026-11-20T11:00:00.000000Z","payout_list":[{"id":"po_1","status":"in_progress","created_at":"2026-11-20T11:00:00.000000Z","amount_details":{"amount":15000,"currency":"eur"}}]}}`)
		assert.NoError(t, err)
	}))
	defer s.Close()
	j := openTest(t, t.TempDir(), nil)
	env := testEnv(pikeapi.Policy{})
	env.BaseURL, env.Signer, env.Recorder = s.URL, signer, j
	c := pikeapi.NewClient(pikeapi.Options{})
	body := []byte(`{"payout_details":{"type":"card","card":{"type":"bank_card","bank_card":{"number":"4242424242424242"}}},"amount_details":{"amount":15000,"currency":"eur"},"participant_details":{"recipient":{"full_name":"Jane Roe"}}}`)
	call := pikeapi.Call{Method: pikeapi.MethodInitPayout, Body: body}

	lose.Store(true)
	p, err := c.Prepare(ctxb(), env, call)
	require.NoError(t, err)
	r := c.Send(ctxb(), p, pikeapi.Permit{})
	require.NoError(t, r.RecordErr)
	require.Equal(t, pikeapi.Unknown, r.Outcome)
	unknown, err := j.Unknown(ctxb())
	require.NoError(t, err)
	require.Len(t, unknown, 1)
	i := unknown[0]
	assert.Equal(t, "Jane Roe", i.Recipient)
	assert.EqualValues(t, 15000, i.Amount.Amount)
	assert.NotEmpty(t, i.Reason)

	// A new request like it is refused.
	p, err = c.Prepare(ctxb(), env, call)
	require.NoError(t, err)
	r = c.Send(ctxb(), p, pikeapi.Permit{Duplicate: true})
	require.Equal(t, pikeapi.NotSent, r.Outcome)
	assert.Equal(t, i.OperationID, blockedBy(t, r.Err, pikeapi.RuleLookalike))

	// The same bytes with the same key.
	lose.Store(false)
	kept, err := j.OpenBody(ctxb(), i.OperationID)
	require.NoError(t, err)
	p, err = c.Prepare(ctxb(), env, pikeapi.Call{Method: i.Method, Version: i.Version, Body: kept, IdempotencyKey: i.IdempotencyKey, FirstSent: i.Created})
	require.NoError(t, err)
	r = c.Send(ctxb(), p, pikeapi.Permit{Resend: i.OperationID})
	require.NoError(t, r.Err)
	require.NoError(t, r.RecordErr)
	assert.Equal(t, StateAccepted, stateOf(t, j, i.OperationID))
	require.Len(t, bodies, 2, "what is blocked does not reach the server")
	assert.Equal(t, bodies[0], bodies[1])
	assert.Equal(t, idempotencyKeys[0], idempotencyKeys[1])

	e, err := j.Exchange(ctxb(), r.ExchangeID)
	require.NoError(t, err)
	require.NoError(t, keys.VerifyDigest(&key.PublicKey, e.Digest, e.Signature), "a masked record's signature can still be checked")
	d, err := j.Session(ctxb(), "ps_1")
	require.NoError(t, err)
	assert.Equal(t, "Jane Roe", d.Recipient)
	v, err := j.Verify(ctxb())
	require.NoError(t, err)
	assert.True(t, v.OK(), "%v", v.Problems)
}

// An answer is recorded although the caller has gone.
func TestFinishOutlivesItsCaller(t *testing.T) {
	j := openTest(t, t.TempDir(), nil)
	p := payoutTo(testEnv(pikeapi.Policy{}), "a", 1, "")
	id := begin(t, j, p, pikeapi.Permit{})
	ctx, cancel := context.WithCancel(ctxb())
	cancel()
	require.NoError(t, j.Finish(ctx, result(p, id, pikeapi.Accepted, `{"status":"ok"}`)))
	assert.Equal(t, StateAccepted, stateOf(t, j, p.ID))
	require.Error(t, j.Finish(ctxb(), result(p, id, pikeapi.Refused, "invalid_request")), "an outcome is not written twice")
	assert.Equal(t, StateAccepted, stateOf(t, j, p.ID))
}

// Long reads end when their caller gives up.
func TestReadsCanBeCancelled(t *testing.T) {
	j := filled(t, 50)
	ctx, cancel := context.WithCancel(ctxb())
	cancel()
	_, err := j.Operations(ctx, Query{}, nil, Forward, 5)
	require.ErrorIs(t, err, context.Canceled)
	_, err = j.Count(ctx, ListOperations, Query{})
	require.ErrorIs(t, err, context.Canceled)
	slow, stop := context.WithTimeout(ctxb(), time.Millisecond)
	defer stop()
	var n int
	err = j.read.QueryRowContext(slow, `WITH RECURSIVE c(x) AS (VALUES(1) UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c`).Scan(&n)
	require.True(t, errors.Is(err, context.DeadlineExceeded), "%v", err)
}
