package sandbox

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// justBefore is how much earlier a limit must not have struck yet.
const justBefore = time.Millisecond

func limitRows() []row {
	return []row{
		{"6.7 limit confirm 240 min", func(t *testing.T) {
			b := newBox(t)
			id := b.payout(2, goodCard, 100)
			b.ready()
			b.advance(240*time.Minute - justBefore)
			b.is(id, "in_progress", "pending", "confirm", "")
			b.advance(justBefore)
			b.is(id, "cancelled", "failed", "", "confirm_timeout")
		}},
		{"6.7 limit payer 60 min", func(t *testing.T) {
			b := newBox(t)
			id := b.payment(2, payerCard, 100, "")
			b.confirmed(2, id)
			b.advance(60*time.Minute - justBefore)
			b.is(id, "in_progress", "pending", "", "")
			b.advance(justBefore)
			b.is(id, "cancelled", "failed", "", "3DS_error")
		}},
		{"6.7 limit hold 3 d 23 h", func(t *testing.T) {
			b := newBox(t, func(c *Config) { c.Hold = true })
			id := b.payment(2, goodCard, 100, "")
			b.confirmed(2, id)
			b.advance(95*time.Hour - justBefore)
			b.is(id, "in_progress", "pending", "capture", "")
			b.advance(justBefore)
			b.is(id, "cancelled", "failed", "", "capture_timeout")
		}},
		{"6.7 limit idempotency key 24 h", func(t *testing.T) {
			b := newBox(t)
			first := b.ok(2, "session/create", `{}`, withKey("four"))
			b.advance(24*time.Hour - justBefore)
			assert.Equal(t, first.raw, b.ok(2, "session/create", `{}`, withKey("four")).raw)
			b.advance(justBefore)
			assert.NotEqual(t, first.raw, b.ok(2, "session/create", `{}`, withKey("four")).raw)
			b.s.mu.Lock()
			defer b.s.mu.Unlock()
			assert.Len(t, b.s.w.keys, 1, "expired keys are forgotten")
			assert.Len(t, b.s.w.keyOrder, 1)
		}},
		{"6.7 limit public token 24 h, single use", testPublicToken},
		{"6.7 limit webhook redelivery 30 min", testRedeliverySchedule},
		{"6.7 limit created session 24 h", func(t *testing.T) {
			b := newBox(t)
			id := b.ok(2, "session/create", `{}`).text("session.id")
			b.advance(24*time.Hour - justBefore)
			b.is(id, "created", "", "", "")
			b.advance(justBefore)
			b.is(id, "cancelled", "", "", "")
			b.refused("session_wrong_state", 2, "session/start/payout", `{"session_id":"`+id+`",`+payoutBody(2, goodCard, 1)[1:])
		}},
	}
}

func testPublicToken(t *testing.T) {
	b := newBox(t)
	ctx := context.Background()
	use := func(token string) (UseAnswer, error) {
		return b.s.Controls().Use(ctx, UseRequest{PublicToken: token, Number: goodCard, Month: "07", Year: "29"})
	}
	info := func(token string) any {
		return b.ok(1, "token/info", `{"type":"public_token","public_token":{"token":"`+token+`"}}`).get("info.is_active")
	}
	token := b.ok(1, "token", `{"tokenize_widget":{"access":true}}`).text("public_token")
	out, err := use(token)
	require.NoError(t, err)
	b.ok(1, "token/info", `{"type":"card","card":{"type":"tokenized_card","tokenized_card":{"token":"`+out.Token+`"}}}`)
	assert.Equal(t, false, info(token))
	_, err = use(token)
	require.Error(t, err, "a public token is for one operation")

	token = b.ok(1, "token", `{"tokenize_widget":{"access":true}}`).text("public_token")
	b.advance(24*time.Hour - justBefore)
	assert.Equal(t, true, info(token))
	b.advance(justBefore)
	assert.Equal(t, false, info(token))
	_, err = use(token)
	require.Error(t, err, "a public token lives 24 hours")

	id := b.ok(1, "session/create", `{"amount_details":{"amount":100,"currency":"eur"},"customer":{"reference":"buyer-77"}}`).text("session.id")
	token = b.ok(1, "token", `{"acquiring_widget":{"session_id":"`+id+`"}}`).text("public_token")
	out, err = use(token)
	require.NoError(t, err)
	assert.Equal(t, id, out.Session)
	b.is(id, "in_progress", "in_progress", "", "")
}

// testRedeliverySchedule holds the attempts against the documented shape: growing pauses of at most
// 15 minutes, over after about 30 minutes.
func testRedeliverySchedule(t *testing.T) {
	b := newBox(t)
	b.hooks.now = b.clock.Now
	b.hooks.answer = func(int) int { return http.StatusInternalServerError }
	b.payout(2, goodCard, 100)
	b.advance(4 * time.Hour)
	var gaps []time.Duration
	all := b.hooks.all()
	for i := 1; i < len(all); i++ {
		if all[i].kind == "ready_to_confirm" {
			gaps = append(gaps, all[i].at.Sub(all[i-1].at))
		}
	}
	s, m := time.Second, time.Minute
	assert.Equal(t, []time.Duration{15 * s, 30 * s, m, 2 * m, 4 * m, 8 * m, 15 * m}, gaps)
	state, err := b.s.Controls().State(context.Background())
	require.NoError(t, err)
	first := state.Deliveries[len(state.Deliveries)-1]
	assert.Equal(t, "given_up", first.Status)
	assert.Equal(t, 8, first.Attempts)
	assert.Equal(t, 500, first.Log[0].Status)
}

func legalRows() []row {
	return []row{
		bothOf("6.8 legal start/*", func(t *testing.T, v int) { testLegal(t, v, "start", []string{"created"}) }),
		bothOf("6.8 legal confirm", func(t *testing.T, v int) { testLegal(t, v, "confirm", []string{"ready_to_confirm"}) }),
		bothOf("6.8 legal cancel", func(t *testing.T, v int) {
			testLegal(t, v, "cancel", []string{"created", "ready_to_confirm", "ready_to_capture"})
		}),
		bothOf("6.8 legal capture", func(t *testing.T, v int) { testLegal(t, v, "capture", []string{"ready_to_capture"}) }),
		bothOf("6.8 legal refund", func(t *testing.T, v int) { testLegal(t, v, "refund", []string{"succeeded", "refunding"}) }),
		bothOf("6.8 legal status", func(t *testing.T, v int) { testLegal(t, v, "status", allStates()) }),
	}
}

// allStates are the states in which a session can be found.
func allStates() []string {
	return []string{"created", "in_progress", "ready_to_confirm", "processing", "action_required", "ready_to_capture", "capturing",
		"succeeded", "refunding", "failed", "cancelled", "error", "payout"}
}

// inState makes a session and brings it to a state.
func inState(b *box, v int, to string) string {
	b.t.Helper()
	ctx := context.Background()
	switch to {
	case "created":
		return b.ok(v, "session/create", paymentBody(goodCard, 1000, "")).text("session.id")
	case "payout":
		id := b.payout(v, goodCard, 1000)
		_, err := b.s.Controls().Advance(ctx, id, "succeeded")
		require.NoError(b.t, err)
		return id
	}
	card := goodCard
	if to == "action_required" {
		card = payerCard
	}
	id := b.payment(v, card, 1000, "")
	reach := func(target string) {
		_, err := b.s.Controls().Advance(ctx, id, target)
		require.NoError(b.t, err)
	}
	switch to {
	case "in_progress":
	case "processing":
		reach("ready_to_confirm")
		b.ok(v, "session/confirm", sessionBody(id))
	case "capturing":
		reach("ready_to_capture")
		b.ok(v, "session/capture", sessionBody(id))
	case "refunding":
		reach("succeeded")
		b.ok(v, "session/refund", refundBody(id, 10))
	default:
		reach(to)
	}
	return id
}

// testLegal tries one action in every state: it must work in those that are named and be refused
// with session_wrong_state in all others.
func testLegal(t *testing.T, v int, action string, legal []string) {
	b := newBox(t, func(c *Config) { c.Hold = true })
	for _, at := range allStates() {
		id := inState(b, v, at)
		method, body := "session/"+action, sessionBody(id)
		if action == "start" {
			method = "session/start/payment"
		}
		if action == "refund" {
			body = refundBody(id, 10)
		}
		r := b.call(v, method, body)
		want := "session_wrong_state"
		for _, l := range legal {
			if l == at {
				want = ""
			}
		}
		assert.Equal(t, want, r.text("error.code"), fmt.Sprintf("%s in state %s: %s", action, at, r.raw))
		if want != "" {
			assert.Contains(t, r.text("error.description"), id)
		}
	}
}
