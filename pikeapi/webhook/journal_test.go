package webhook

import (
	"context"
	"crypto/sha256"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"pikedash/pikeapi"
	"pikedash/pikeapi/journal"
)

// TestInJournal: the journal keeps what the receiver takes; a duplicate is marked, what is unsigned
// changes nothing that is known, and what became of sending on is written beside it.
func TestInJournal(t *testing.T) {
	ctx := context.Background()
	j, err := journal.Open(ctx, t.TempDir(), "sandbox", journal.Options{})
	require.NoError(t, err)
	defer func() { require.NoError(t, j.Close()) }()
	url, seen, _ := target(t, 200)
	r, _ := newReceiver(t, func(o *Options) { o.Store, o.Forward = InJournal(j), url })
	require.Equal(t, 200, post(r, example, sign(t, 0, []byte(example))).Code)
	require.Equal(t, 200, post(r, example, sign(t, 0, []byte(example))).Code)
	forged := `{"type":"payment_finished","session":{"id":"ps_70113","status":"accepted","updated_at":"2026-01-15T10:01:03.500000Z","payout_list":[]}}`
	require.Equal(t, 401, post(r, forged, "").Code)
	<-seen
	<-seen
	require.NoError(t, r.Close())
	first, err := j.Webhook(ctx, 1)
	require.NoError(t, err)
	assert.Equal(t, journal.BadgeVerified, first.Badge)
	assert.Equal(t, "ps_70113", first.SessionID)
	require.NotNil(t, first.Forward)
	assert.Equal(t, 200, first.Forward.Status)
	second, err := j.Webhook(ctx, 2)
	require.NoError(t, err)
	assert.EqualValues(t, 1, second.DuplicateOf)
	third, err := j.Webhook(ctx, 3)
	require.NoError(t, err)
	assert.Equal(t, journal.BadgeUnsigned, third.Badge)
	s, err := j.Session(ctx, "ps_70113")
	require.NoError(t, err)
	assert.Equal(t, pikeapi.SessionInProgress, s.Status, "a forged notification is shown, never believed")
	assert.EqualValues(t, 1, r.Status().Duplicates)
}

// TestNoneLost: of a thousand notifications none is lost, checked by count and digest.
func TestNoneLost(t *testing.T) { noneLost(t, 1000, signAll(t, 1000), func() {}) }

// BenchmarkTenThousand receives and records 10,000 notifications and checks that none is lost.
func BenchmarkTenThousand(b *testing.B) {
	const n = 10_000
	list := signAll(b, n)
	for b.Loop() {
		var took time.Duration
		started := time.Now()
		noneLost(b, n, list, func() { took = time.Since(started) })
		b.ReportMetric(n/took.Seconds(), "webhooks/s")
	}
}

// note is a notification ready to be sent.
type note struct{ body, signature string }

func signAll(t testing.TB, n int) []note {
	list := make([]note, n)
	for i := range list {
		body := fmt.Sprintf(`{"type":"payment_finished","session":{"id":"ps_%d","status":"accepted","updated_at":"2025-01-15T10:01:03.500000Z"}}`, i)
		list[i] = note{body, sign(t, 0, []byte(body))}
	}
	return list
}

// noneLost sends n notifications, 64 at once, and looks for each of them in the journal.
func noneLost(t testing.TB, n int, list []note, sent func()) {
	ctx := context.Background()
	j, err := journal.Open(ctx, t.TempDir(), "sandbox", journal.Options{})
	require.NoError(t, err)
	defer func() { require.NoError(t, j.Close()) }()
	r, _ := newReceiver(t, func(o *Options) { o.Store = InJournal(j) })
	var wg sync.WaitGroup
	next := make(chan note)
	for range 64 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for x := range next {
				assert.Equal(t, 200, post(r, x.body, x.signature).Code)
			}
		}()
	}
	for _, x := range list {
		next <- x
	}
	close(next)
	wg.Wait()
	sent()
	kept := map[pikeapi.Digest]bool{}
	for id := range n {
		w, err := j.Webhook(ctx, int64(id+1))
		require.NoError(t, err)
		kept[w.Digest] = true
	}
	for _, x := range list {
		require.True(t, kept[sha256.Sum256([]byte(x.body))])
	}
	assert.Len(t, kept, n)
}
