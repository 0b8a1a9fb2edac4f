package sandbox

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestAPartnerWhoNeverAnswers does not stop the clock at every step that is on the way.
func TestAPartnerWhoNeverAnswers(t *testing.T) {
	b := newBox(t, func(c *Config) {
		c.settleTime = time.Second
		c.HTTP = &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		})}
	})
	var last string
	for range 4 {
		last = b.payout(2, goodCard, 100)
		b.clock.Advance(time.Second)
	}
	began := time.Now()
	b.advance(241 * time.Minute)
	assert.Less(t, time.Since(began), 3*time.Second)
	b.is(last, "cancelled", "failed", "", "confirm_timeout")
}

// TestRedeliverWhatIsStillTried: sending a notification anew while it waits for its next attempt must
// not hold back the later ones of its session.
func TestRedeliverWhatIsStillTried(t *testing.T) {
	b := newBox(t)
	b.hooks.answer = func(n int) int {
		if n == 1 {
			return 503
		}
		return 200
	}
	ctx := context.Background()
	id := b.payout(2, goodCard, 100)
	b.ready()
	state, err := b.s.Controls().State(ctx)
	require.NoError(t, err)
	require.Equal(t, "pending", state.Deliveries[0].Status)
	require.NoError(t, b.s.Controls().Redeliver(ctx, state.Deliveries[0].ID))
	require.NoError(t, b.s.Settle(ctx))
	b.ok(2, "session/confirm", sessionBody(id))
	b.process()
	b.advance(time.Hour)
	assert.Equal(t, []string{"ready_to_confirm", "ready_to_confirm", "payment_finished"}, b.hooks.kinds())
}
