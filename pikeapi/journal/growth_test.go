package journal

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"pikedash/pikeapi"
)

// busy fills a journal as weeks of use do: sessions with their calls, notifications and changes, and
// recipients that are known by their keys. What was sent last is of today.
func busy(t testing.TB, j *Journal, rows int) {
	t.Helper()
	require.NoError(t, j.SeedWith(ctxb(), SeedOptions{Rows: rows, Traffic: rows + 1, Seed: 1, Now: j.now()}))
	require.NoError(t, j.write.do(ctxb(), func(tx *txn) error {
		return tx.execOnce(`UPDATE intents SET target_key = lower(hex(randomblob(32))) WHERE method LIKE 'session/init/%'`)
	}))
}

// notice is a notification of a session as a receiver hands it over; an empty id makes one that
// cannot be read.
func notice(id string, n int, badge Badge) Webhook {
	w := Webhook{Badge: badge, Version: pikeapi.V2, Signature: "c2ln", Body: fmt.Appendf(nil, `{"type":"payment_finished","n":%d}`, n)}
	if id == "" {
		w.Problem = "it names no session"
		return w
	}
	w.Body = fmt.Appendf(nil, `{"type":"payment_finished","session":{"id":%q,"status":"accepted","updated_at":"2026-11-20T11:30:00.%06dZ","payout_list":[{"id":"op_%s","status":"succeeded","amount_details":{"amount":1500,"currency":"eur"}}]}}`, id, n, id)
	var err error
	if w.Parsed, err = pikeapi.ParseNotification(w.Body); err != nil {
		panic(err)
	}
	return w
}

// BenchmarkGrowth holds how fast a journal writes when it has held much against how fast it writes
// when it has held little: verified notifications, ones without a session, and calls under limits per
// hour and day.
func BenchmarkGrowth(b *testing.B) {
	const n = 200
	env := testEnv(pikeapi.Policy{DuplicateAfter: time.Hour, MaxPerHour: map[string]int64{"eur": 1 << 60}, MaxPerDay: map[string]int64{"eur": 1 << 60}})
	sizes := []int{1000, 10000, 100000}
	things := map[string]func(){}
	for _, rows := range sizes {
		j, err := Open(ctxb(), b.TempDir(), "sandbox", Options{Now: newClock().now, Tick: make(chan time.Time)})
		require.NoError(b, err)
		b.Cleanup(func() { require.NoError(b, j.Close()) })
		busy(b, j, rows)
		run := 0
		each := func(name string, do func(i int) error) {
			things[fmt.Sprint(name, "-", rows)] = func() {
				run++
				inParallel(n, 32, func(i int) {
					if err := do(run*n + i); err != nil {
						b.Error(err)
					}
				})
			}
		}
		each("webhooks", func(i int) error {
			_, err := j.RecordWebhook(ctxb(), notice(fmt.Sprint("ps_new_", i), i%1000000, BadgeVerified))
			return err
		})
		each("bare", func(i int) error {
			_, err := j.RecordWebhook(ctxb(), notice("", i, BadgeUnsigned))
			return err
		})
		each("calls", func(i int) error {
			p := payoutTo(env, fmt.Sprint(i), 100, "")
			id, err := j.Begin(ctxb(), p, pikeapi.Permit{})
			if err == nil {
				err = j.Finish(ctxb(), result(p, id, pikeapi.Refused, "invalid_request"))
			}
			return err
		})
	}
	for b.Loop() {
		m := race(b, 5, things)
		for _, name := range []string{"webhooks", "bare", "calls"} {
			rate := func(rows int) float64 { return n / m[fmt.Sprint(name, "-", rows)] * 1e6 }
			limit(b, fmt.Sprintf("%s/s %.0f %.0f %.0f: 100,000 rows / 1,000", name, rate(1000), rate(10000), rate(100000)), m[name+"-100000"]/m[name+"-1000"], 1.5)
		}
	}
}
