package sandbox

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"pikedash/pikeapi"
)

// setRows covers the sets of statuses (6.1) and what HTTP says of errors (8.1).
func setRows() []row {
	return []row{
		bothOf("6.1 set session", func(t *testing.T, v int) {
			seen := statuses(t, v)
			assert.Equal(t, map[string]bool{"created": true, "in_progress": true, "accepted": true, "cancelled": true, "error": true}, seen.session)
		}),
		bothOf("6.1 set payment, payout", func(t *testing.T, v int) {
			assert.Equal(t, map[string]bool{"in_progress": true, "pending": true, "succeeded": true, "failed": true}, statuses(t, v).item)
		}),
		bothOf("6.1 set refund", func(t *testing.T, v int) {
			b, id := paid(t, v, 1000)
			b.ok(v, "session/refund", refundBody(id, 100))
			b.ok(v, "session/refund", refundBody(id, 113))
			assert.Equal(t, "in_progress", dig(b.state(id).v, "refunds.0.status"))
			b.process()
			assert.Equal(t, "accepted", dig(b.state(id).v, "refunds.0.status"))
			assert.Equal(t, "declined", dig(b.state(id).v, "refunds.1.status"))
		}),
		bothOf("6.1 set next_action", func(t *testing.T, v int) {
			assert.Equal(t, map[string]bool{"": true, "confirm": true, "capture": true}, statuses(t, v).next)
		}),
		{"6.1 final", testFinal},
		{"8.1 HTTP 400 and above is an error with code and description", func(t *testing.T) {
			b := newBox(t)
			for _, r := range []*reply{b.call(2, "session/confirm", `{}`), b.call(2, "session/nope", `{}`), b.call(2, "session/create", `{`)} {
				assert.GreaterOrEqual(t, r.status, 400)
				assert.ElementsMatch(t, []string{"status", "error"}, keysOf(r.v))
				assert.ElementsMatch(t, []string{"code", "description"}, keysOf(r.get("error").(map[string]any)))
			}
		}},
		{"8.1 HTTP 400 for idempotency_key_already_exists", testKeyInProgress},
		{"8.1 an error may come as HTTP 200", func(t *testing.T) {
			r := newBox(t, func(c *Config) { c.ErrorsAs200 = true }).refused("invalid_request", 2, "session/confirm", `{}`)
			assert.Equal(t, 200, r.status)
		}},
		{"8.1 one code, several descriptions", func(t *testing.T) {
			b := newBox(t)
			one, other := b.refused("invalid_request", 2, "session/confirm", `{}`), b.refused("invalid_request", 2, "session/confirm", `[1]`)
			assert.NotEqual(t, one.text("error.description"), other.text("error.description"))
		}},
		{"7.1 delivery set-up", func(t *testing.T) {
			b := newBox(t)
			b.options(func(o *Options) { o.WebhookURL = "" })
			b.payout(2, goodCard, 100)
			b.ready()
			assert.Empty(t, b.hooks.all(), "without an address nothing is sent")
			state, err := b.s.Controls().State(context.Background())
			require.NoError(t, err)
			assert.Equal(t, "unsent", state.Deliveries[0].Status)
		}},
		{"7.1 delivery other headers", func(t *testing.T) {
			b := newBox(t)
			b.payout(2, goodCard, 100)
			b.ready()
			assert.ElementsMatch(t, []string{"Content-Type", "Content-Length", "User-Agent", "X-Partner-Sign"}, headerNames(b.lastHook("ready_to_confirm")))
		}},
		{"7.1 delivery extra fields", func(t *testing.T) {
			b, _ := paid(t, 2, 100)
			x := b.lastHook("payment_finished")
			assert.NotNil(t, x.state.s["actions"], "a field that no page of Pike has")
			n, err := pikeapi.ParseNotification(x.body)
			require.NoError(t, err)
			assert.Equal(t, pikeapi.SessionAccepted, n.Session.Status)
		}},
		{"7.1 delivery default set", func(t *testing.T) {
			b, _ := paid(t, 2, 100)
			assert.Equal(t, []string{"ready_to_confirm", "payment_finished"}, b.hooks.kinds(), "without being asked for")
		}},
	}
}

func headerNames(x hook) []string {
	var names []string
	for name := range x.header {
		names = append(names, name)
	}
	return names
}

type sets struct{ session, item, next map[string]bool }

// statuses gathers what sessions in every state show.
func statuses(t *testing.T, v int) sets {
	seen := sets{map[string]bool{}, map[string]bool{}, map[string]bool{}}
	for _, at := range allStates() {
		b := newBox(t, func(c *Config) { c.Hold = true })
		got := b.state(inState(b, v, at))
		seen.session[got.session], seen.next[got.next] = true, true
		if got.v != nil {
			seen.item[got.item] = true
		}
	}
	return seen
}

// testFinal: accepted and cancelled stay, whatever time does; error does not have to; accepted opens
// again for a refund.
func testFinal(t *testing.T) {
	b := newBox(t, func(c *Config) { c.Hold = true })
	done, gone, open := inState(b, 2, "succeeded"), inState(b, 2, "cancelled"), inState(b, 2, "error")
	b.advance(30 * 24 * time.Hour)
	b.is(done, "accepted", "succeeded", "", "")
	assert.Equal(t, "cancelled", b.state(gone).session)
	assert.Equal(t, "error", b.state(open).session)
	b.act(open, ActFinalizeOK)
	assert.Equal(t, "accepted", b.state(open).session)
	b.ok(2, "session/refund", refundBody(done, 10))
	b.is(done, "in_progress", "succeeded", "", "")
}
