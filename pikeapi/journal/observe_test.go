package journal

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"pikedash/pikeapi"
)

// life is a session as it develops, one snapshot after the other.
func life() []*pikeapi.Session {
	at := time.Date(2026, 11, 20, 11, 0, 2, 0, time.UTC)
	step := func(n int) time.Time { return at.Add(time.Duration(n) * time.Second) }
	refund := func(status pikeapi.RefundStatus) pikeapi.Operation {
		op := operation(pikeapi.Payment, "pm_1", pikeapi.OperationSucceeded, 2599)
		op.FinishedAt = step(4)
		op.Refunds = []pikeapi.Refund{{ID: "rf_1", Status: status, CreatedAt: step(5), Amount: pikeapi.Money{Amount: 1000, Currency: "eur"}}}
		return op
	}
	op := func(s pikeapi.OperationStatus) pikeapi.Operation { return operation(pikeapi.Payment, "pm_1", s, 2599) }
	return []*pikeapi.Session{
		sessionAt("ps_1", pikeapi.SessionCreated, step(0), ""),
		sessionAt("ps_1", pikeapi.SessionInProgress, step(1), "", op(pikeapi.OperationInProgress)),
		sessionAt("ps_1", pikeapi.SessionInProgress, step(2), pikeapi.NextConfirm, op(pikeapi.OperationPending)),
		sessionAt("ps_1", pikeapi.SessionInProgress, step(3), "", op(pikeapi.OperationInProgress)),
		sessionAt("ps_1", pikeapi.SessionAccepted, step(4), "", op(pikeapi.OperationSucceeded)),
		sessionAt("ps_1", pikeapi.SessionInProgress, step(5), "", refund(pikeapi.RefundInProgress)),
		sessionAt("ps_1", pikeapi.SessionAccepted, step(6), "", refund(pikeapi.RefundAccepted)),
	}
}

// In whatever order and how often answers and notifications arrive, the last word of Pike stands, and
// no state that was final goes back.
func TestAnyOrderOfArrival(t *testing.T) {
	dir := t.TempDir()
	j := openTest(t, dir, nil)
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		id := fmt.Sprintf("ps_%d", n)
		steps := life()
		order := rapid.Permutation([]int{0, 1, 2, 3, 4, 5, 6, 6, 4, 2}).Draw(rt, "order")
		finals := map[string]bool{}
		for _, i := range order {
			s := *steps[i]
			s.ID = id
			require.NoError(rt, j.Observe(ctxb(), &s, pikeapi.V2, "test"))
			d, err := j.Session(ctxb(), id)
			require.NoError(rt, err)
			for _, op := range d.Operations {
				if finals[op.OperationID] {
					require.True(rt, op.Status.Final(), "%s went back to %s", op.OperationID, op.Status)
				}
				finals[op.OperationID] = op.Status.Final()
			}
			for _, r := range d.Refunds {
				if finals[r.RefundID] {
					require.True(rt, r.Status.Final())
				}
				finals[r.RefundID] = r.Status.Final()
			}
		}
		d, err := j.Session(ctxb(), id)
		require.NoError(rt, err)
		require.Equal(rt, pikeapi.SessionAccepted, d.Status)
		require.Equal(rt, steps[6].UpdatedAt, d.Updated)
		require.Len(rt, d.Operations, 1)
		require.Equal(rt, pikeapi.OperationSucceeded, d.Operations[0].Status)
		require.EqualValues(rt, 1000, d.Operations[0].Refunded)
		require.Len(rt, d.Refunds, 1)
		require.Equal(rt, pikeapi.RefundAccepted, d.Refunds[0].Status)
		for i := 1; i < len(d.History); i++ {
			h := d.History[i]
			require.False(rt, h.From != "" && h.From == h.To && h.Object != "session", "a change that changes nothing")
		}
	})
}

func TestCancelledStays(t *testing.T) {
	j := openTest(t, t.TempDir(), nil)
	at := time.Date(2026, 11, 20, 11, 0, 2, 0, time.UTC)
	failed := operation(pikeapi.Payout, "po_1", pikeapi.OperationFailed, 5)
	failed.Error = &pikeapi.ErrorDetail{Code: "confirm_timeout", Description: "too late"}
	require.NoError(t, j.Observe(ctxb(), sessionAt("ps_1", pikeapi.SessionCancelled, at, "", failed), pikeapi.V2, "exchange 1"))
	require.NoError(t, j.Observe(ctxb(), sessionAt("ps_1", pikeapi.SessionInProgress, at.Add(time.Minute), "", operation(pikeapi.Payout, "po_1", pikeapi.OperationInProgress, 5)), pikeapi.V2, "webhook 1"))
	d, err := j.Session(ctxb(), "ps_1")
	require.NoError(t, err)
	assert.Equal(t, pikeapi.SessionCancelled, d.Status)
	assert.Equal(t, pikeapi.OperationFailed, d.Operations[0].Status)
	assert.Equal(t, "confirm_timeout", d.Operations[0].ErrorCode)
	last := d.History[len(d.History)-1]
	assert.Contains(t, last.Flag, "not taken over", "a contradiction is shown")
}

// TestWhatDoesNotSayWhenItWas takes over what leads on, and nothing that leads back.
func TestWhatDoesNotSayWhenItWas(t *testing.T) {
	j := openTest(t, t.TempDir(), nil)
	steps := life()
	undated := func(i int) *pikeapi.Session { s := *steps[i]; s.UpdatedAt = time.Time{}; return &s }
	see := func(s *pikeapi.Session, want pikeapi.SessionStatus) {
		require.NoError(t, j.Observe(ctxb(), s, pikeapi.V2, "test"))
		d, err := j.Session(ctxb(), "ps_1")
		require.NoError(t, err)
		assert.Equal(t, want, d.Status)
	}
	see(steps[1], pikeapi.SessionInProgress)
	see(undated(4), pikeapi.SessionAccepted)
	see(undated(0), pikeapi.SessionAccepted)
	d, err := j.Session(ctxb(), "ps_1")
	require.NoError(t, err)
	assert.Equal(t, steps[1].UpdatedAt, d.Updated.UTC(), "the last time that was said")
}

func TestSessionErrorIsNotFinal(t *testing.T) {
	j := openTest(t, t.TempDir(), nil)
	at := time.Date(2026, 11, 20, 11, 0, 2, 0, time.UTC)
	require.NoError(t, j.Observe(ctxb(), sessionAt("ps_1", pikeapi.SessionError, at, "", operation(pikeapi.Payout, "po_1", pikeapi.OperationFailed, 5)), pikeapi.V2, "x"))
	require.NoError(t, j.Observe(ctxb(), sessionAt("ps_1", pikeapi.SessionAccepted, at.Add(time.Hour), "", operation(pikeapi.Payout, "po_1", pikeapi.OperationSucceeded, 5)), pikeapi.V2, "y"))
	d, err := j.Session(ctxb(), "ps_1")
	require.NoError(t, err)
	assert.Equal(t, pikeapi.SessionAccepted, d.Status)
	assert.Equal(t, pikeapi.OperationSucceeded, d.Operations[0].Status)
}

func TestObservationKeepsWhatPikeLeavesOut(t *testing.T) {
	j := openTest(t, t.TempDir(), nil)
	env := testEnv(pikeapi.Policy{})
	p := payoutTo(env, "a", 15000, "")
	id := begin(t, j, p, pikeapi.Permit{})
	require.NoError(t, j.Finish(ctxb(), result(p, id, pikeapi.Accepted,
		`{"status":"ok","session":{"id":"ps_1","status":"in_progress","created_at":"2026-11-20T11:00:00.000000Z","updated_at":"2026-11-20T11:00:01.000000Z","payout_list":[{"id":"po_1","status":"in_progress","created_at":"2026-11-20T11:00:01.000000Z","amount_details":{"amount":15000,"currency":"EUR"},"unknown_field":{"x":[1]}}]}}`)))
	d, err := j.Session(ctxb(), "ps_1")
	require.NoError(t, err)
	assert.Equal(t, "Jane Roe", d.Recipient, "the operator typed it; Pike did not repeat it")
	assert.Equal(t, "Jane Roe", d.Operations[0].Recipient)
	assert.Contains(t, string(d.Raw), "unknown_field")
	e, err := j.Exchange(ctxb(), id)
	require.NoError(t, err)
	assert.Equal(t, "ps_1", e.SessionID)

	found := filterOperations(t, j, "jane")
	require.Len(t, found, 1)
	require.NoError(t, j.Observe(ctxb(), sessionAt("ps_1", pikeapi.SessionAccepted, time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC), "", operation(pikeapi.Payout, "po_1", pikeapi.OperationSucceeded, 15000)), pikeapi.V2, "x"))
	found = filterOperations(t, j, "jane status:succeeded")
	require.Len(t, found, 1, "the name outlives answers without it")
}

func filterOperations(t *testing.T, j *Journal, text string) []OperationRow {
	t.Helper()
	f, err := ParseFilter(text, j.now())
	require.NoError(t, err)
	rows, err := j.Operations(ctxb(), Query{Filter: f}, nil, Forward, 100)
	require.NoError(t, err)
	return rows
}

func TestStatusSettlesUnknownConfirm(t *testing.T) {
	j := openTest(t, t.TempDir(), nil)
	at := time.Date(2026, 11, 20, 11, 0, 2, 0, time.UTC)
	pending := operation(pikeapi.Payout, "po_1", pikeapi.OperationPending, 5)
	require.NoError(t, j.Observe(ctxb(), sessionAt("ps_1", pikeapi.SessionInProgress, at, pikeapi.NextConfirm, pending), pikeapi.V2, "webhook 1"))
	p := prepared(testEnv(pikeapi.Policy{}), pikeapi.MethodConfirm, []byte(`{"session_id":"ps_1"}`))
	p.Summary.SessionID = "ps_1"
	send(t, j, p, pikeapi.Unknown, "")
	require.NoError(t, j.Observe(ctxb(), sessionAt("ps_1", pikeapi.SessionInProgress, at, pikeapi.NextConfirm, pending), pikeapi.V2, "exchange 2"))
	assert.Equal(t, StateUnknown, stateOf(t, j, p.ID), "it still waits: nothing is proved")
	require.NoError(t, j.Observe(ctxb(), sessionAt("ps_1", pikeapi.SessionInProgress, at.Add(time.Second), "", operation(pikeapi.Payout, "po_1", pikeapi.OperationInProgress, 5)), pikeapi.V2, "exchange 3"))
	i, err := j.Intent(ctxb(), p.ID)
	require.NoError(t, err)
	assert.Equal(t, StateAccepted, i.State)
	assert.Contains(t, i.Reason, "exchange 3")
	assert.False(t, i.HasBody)
}

func TestCancelledSessionDoesNotProveAConfirm(t *testing.T) {
	j := openTest(t, t.TempDir(), nil)
	at := time.Date(2026, 11, 20, 11, 0, 2, 0, time.UTC)
	require.NoError(t, j.Observe(ctxb(), sessionAt("ps_1", pikeapi.SessionInProgress, at, pikeapi.NextConfirm, operation(pikeapi.Payout, "po_1", pikeapi.OperationPending, 5)), pikeapi.V2, "w"))
	p := prepared(testEnv(pikeapi.Policy{}), pikeapi.MethodConfirm, []byte(`{"session_id":"ps_1"}`))
	p.Summary.SessionID = "ps_1"
	send(t, j, p, pikeapi.Unknown, "")
	require.NoError(t, j.Observe(ctxb(), sessionAt("ps_1", pikeapi.SessionCancelled, at.Add(time.Second), "", operation(pikeapi.Payout, "po_1", pikeapi.OperationFailed, 5)), pikeapi.V2, "w"))
	assert.Equal(t, StateUnknown, stateOf(t, j, p.ID))
}

func TestWebhooks(t *testing.T) {
	clock := newClock()
	j := openTest(t, t.TempDir(), clock)
	at := time.Date(2026, 11, 20, 11, 0, 2, 0, time.UTC)
	record := func(badge Badge, kind string, s *pikeapi.Session) *Webhook {
		w, err := j.RecordWebhook(ctxb(), Webhook{Body: []byte(`{"type":"` + kind + `"}`), Badge: badge, Parsed: &pikeapi.Notification{Type: kind, Session: s}, Version: pikeapi.V2})
		require.NoError(t, err)
		clock.add(time.Second)
		return w
	}
	ready := sessionAt("ps_1", pikeapi.SessionInProgress, at, pikeapi.NextConfirm, operation(pikeapi.Payout, "po_1", pikeapi.OperationPending, 5))
	done := sessionAt("ps_1", pikeapi.SessionAccepted, at.Add(time.Minute), "", operation(pikeapi.Payout, "po_1", pikeapi.OperationSucceeded, 5))

	forged := record(BadgeBad, pikeapi.NotifyPaymentFinished, done)
	assert.False(t, forged.Applied)
	_, err := j.Session(ctxb(), "ps_1")
	require.ErrorIs(t, err, ErrNotFound, "a forged notification is not believed")

	finished := record(BadgeVerified, pikeapi.NotifyPaymentFinished, done)
	assert.True(t, finished.Applied)
	assert.Zero(t, finished.DuplicateOf, "a forged one does not make the honest one a duplicate")
	late := record(BadgeVerified, pikeapi.NotifyReadyToConfirm, ready)
	assert.True(t, late.Late)
	assert.False(t, late.Applied)
	again := record(BadgeVerified, pikeapi.NotifyPaymentFinished, done)
	assert.Equal(t, finished.ID, again.DuplicateOf)
	assert.False(t, again.Late)

	raw, err := again.Raw(ctxb())
	require.NoError(t, err)
	assert.Equal(t, `{"type":"payment_finished"}`, string(raw))
	require.NoError(t, j.RecordForward(ctxb(), again.ID, Forwarding{URL: "http://127.0.0.1:9/x", At: clock.now(), Status: 502, Latency: time.Millisecond, Error: "bad gateway"}))
	require.NoError(t, j.RecordReply(ctxb(), again.ID, 200))
	w, err := j.Webhook(ctxb(), again.ID)
	require.NoError(t, err)
	assert.Equal(t, 502, w.Forward.Status)
	assert.Equal(t, 200, w.ReplyStatus)
	raw, err = w.Raw(ctxb())
	require.NoError(t, err)
	assert.Equal(t, `{"type":"payment_finished"}`, string(raw))

	for text, want := range map[string]int{"badge:duplicate": 1, "badge:late": 1, "badge:bad": 1, "badge:verified,unsigned": 3, "type:payment_finished": 3, "session:ps_1": 4, "-badge:verified": 1, "ps_1 finished": 3} {
		f, err := ParseFilter(text, clock.now())
		require.NoError(t, err)
		rows, err := j.Webhooks(ctxb(), Query{Filter: f}, nil, Forward, 10)
		require.NoError(t, err)
		assert.Len(t, rows, want, text)
	}
	digests, err := j.Digests(ctxb())
	require.NoError(t, err)
	assert.Equal(t, "webhook 1", digests[forged.Digest])
}

func TestUnreadableWebhookIsKept(t *testing.T) {
	j := openTest(t, t.TempDir(), nil)
	body := []byte("\x00\xff not json")
	w, err := j.RecordWebhook(ctxb(), Webhook{Body: body, Badge: BadgeUnsigned, Problem: "it is not JSON"})
	require.NoError(t, err)
	raw, err := w.Raw(ctxb())
	require.NoError(t, err)
	assert.Equal(t, body, raw)
	again, err := j.RecordWebhook(ctxb(), Webhook{Body: body, Badge: BadgeUnsigned})
	require.NoError(t, err)
	assert.Equal(t, w.ID, again.DuplicateOf)
}

func TestTimelineAndWaiting(t *testing.T) {
	clock := newClock()
	j := openTest(t, t.TempDir(), clock)
	env := testEnv(pikeapi.Policy{})
	p := payoutTo(env, "a", 15000, "")
	id := begin(t, j, p, pikeapi.Permit{})
	r := result(p, id, pikeapi.Accepted, `{"status":"ok","session":{"id":"ps_1","status":"in_progress","created_at":"2026-11-20T11:59:00.000000Z","updated_at":"2026-11-20T11:59:01.000000Z","payout_list":[{"id":"po_1","status":"in_progress","created_at":"2026-11-20T11:59:00.000000Z","amount_details":{"amount":15000,"currency":"EUR"}}]}}`)
	clock.add(20 * time.Millisecond)
	require.NoError(t, j.Finish(ctxb(), r))
	clock.add(time.Second)
	ready := sessionAt("ps_1", pikeapi.SessionInProgress, clock.now(), pikeapi.NextConfirm, operation(pikeapi.Payout, "po_1", pikeapi.OperationPending, 15000))
	_, err := j.RecordWebhook(ctxb(), Webhook{Body: []byte(`{}`), Badge: BadgeVerified, Parsed: &pikeapi.Notification{Type: pikeapi.NotifyReadyToConfirm, Session: ready}})
	require.NoError(t, err)
	clock.add(time.Minute)

	events, err := j.Timeline(ctxb(), "ps_1")
	require.NoError(t, err)
	var kinds []EventKind
	for i, e := range events {
		kinds = append(kinds, e.Kind)
		if i > 0 {
			assert.Equal(t, e.At.Sub(events[i-1].At), e.Gap)
			assert.GreaterOrEqual(t, e.Gap, time.Duration(0))
		}
	}
	assert.Equal(t, []EventKind{EventRequest, EventAnswer, EventState, EventState, EventWebhook, EventState, EventState}, kinds)

	waiting, err := j.Waiting(ctxb(), 10)
	require.NoError(t, err)
	require.Len(t, waiting, 1)
	assert.Equal(t, pikeapi.NextConfirm, waiting[0].Action)
	assert.Equal(t, 239*time.Minute, waiting[0].Left)
	open, err := j.Unfinished(ctxb(), clock.now(), 10)
	require.NoError(t, err)
	assert.Len(t, open, 1)

	stats, err := j.Stats(ctxb(), clock.now())
	require.NoError(t, err)
	assert.Equal(t, 1, stats.Waiting)
	assert.Len(t, stats.Latency, bucketCount)
	require.NotEmpty(t, stats.Actions)
	assert.Equal(t, p.ID, stats.Actions[0].Entry.OperationID)
}

func TestImportedSessions(t *testing.T) {
	j := openTest(t, t.TempDir(), nil)
	n, err := j.ImportSessions(ctxb(), []string{"ps_1", "ps_2", "ps_1"})
	require.NoError(t, err)
	assert.Equal(t, 2, n)
	require.NoError(t, j.Observe(ctxb(), life()[6], pikeapi.V2, "exchange 1"))
	d, err := j.Session(ctxb(), "ps_1")
	require.NoError(t, err)
	assert.Equal(t, pikeapi.SessionAccepted, d.Status)
	assert.Equal(t, life()[6].CreatedAt, d.Created)
	left, err := j.Unfinished(ctxb(), time.Now().Add(time.Hour), 10)
	require.NoError(t, err)
	require.Len(t, left, 1)
	assert.Equal(t, "ps_2", left[0].SessionID)
}
