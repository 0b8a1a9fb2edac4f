package journal

import (
	"database/sql"
	"fmt"
	"math/big"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"pikedash/pikeapi"
)

// plainSums adds up the slow way what counts since a moment: every intent, and what is known of its
// session.
const plainSums = `SELECT CASE WHEN i.has_amount THEN i.amount ELSE coalesce((SELECT s.amount FROM sessions s WHERE s.session_id = i.session_id), 0) END
	FROM intents i WHERE i.created > ?1 AND i.moves_money AND i.` + counting + `
		AND (i.method IN (` + counted + `) OR i.method = 'session/confirm'
			AND NOT EXISTS (SELECT 1 FROM intents k WHERE k.session_id = i.session_id AND k.session_id <> '' AND k.method IN (` + counted + `) AND k.` + counting + `))
		AND (i.currency = ?2 OR NOT i.has_amount AND EXISTS (SELECT 1 FROM sessions s WHERE s.session_id = i.session_id AND s.currency = ?2))`

func checkSums(t require.TestingT, j *Journal, now time.Time, span time.Duration, currency string) {
	rows, err := j.read.Query(plainSums, micros(now.Add(-span)), currency)
	require.NoError(t, err)
	want := new(big.Int)
	require.NoError(t, eachRow(rows, func(rows *sql.Rows) error {
		var amount int64
		err := rows.Scan(&amount)
		want.Add(want, big.NewInt(amount))
		return err
	}))
	largest := big.NewInt(1<<63 - 1)
	if want.Cmp(largest) > 0 {
		want = largest
	}
	var got int64
	require.NoError(t, j.write.do(ctxb(), func(tx *txn) (err error) {
		got, err = tx.sumSince(&beginning{now: now}, currency, span)
		return err
	}))
	require.Equal(t, want.Int64(), got, "%s over %s", currency, span)
}

// The sums of the limits are those of the intents, whatever happens to them and their sessions.
func TestSumsAreThoseOfTheIntents(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		clock := newClock()
		j, err := Open(ctxb(), t.TempDir(), "sandbox", Options{Now: clock.now, Tick: make(chan time.Time)})
		require.NoError(rt, err)
		defer func() { require.NoError(rt, j.Close()) }()
		env := testEnv(pikeapi.Policy{})
		session := func() string { return fmt.Sprint("ps_", rapid.IntRange(0, 3).Draw(rt, "session")) }
		currency := func() string { return rapid.SampledFrom([]string{"eur", "jpy", "bhd"}).Draw(rt, "currency") }
		amounts := rapid.SampledFrom([]int64{0, 1, 999, 1 << 20, 1<<20 + 5, 1 << 45, 1<<62 + 7, 1<<63 - 1})
		var open []*pikeapi.Prepared
		for n := range rapid.IntRange(1, 25).Draw(rt, "steps") {
			switch rapid.SampledFrom([]string{"call", "call", "call", "observe", "resolve", "wait", "prune", "import"}).Draw(rt, "step") {
			case "call":
				method := rapid.SampledFrom([]string{pikeapi.MethodInitPayout, pikeapi.MethodStartPayment, pikeapi.MethodConfirm, pikeapi.MethodCapture, pikeapi.MethodRefund, pikeapi.MethodCancel}).Draw(rt, "method")
				p := prepared(env, method, fmt.Appendf(nil, `{"n":%d}`, n))
				if method != pikeapi.MethodInitPayout {
					p.Summary.SessionID = session()
				}
				if rapid.Bool().Draw(rt, "named") {
					p.Summary.Amount = &pikeapi.Money{Amount: amounts.Draw(rt, "amount"), Currency: currency()}
				}
				id, err := j.Begin(ctxb(), p, pikeapi.Permit{})
				if err != nil {
					continue // looks like one that is unknown
				}
				outcome := rapid.SampledFrom([]pikeapi.Outcome{pikeapi.Accepted, pikeapi.Refused, pikeapi.NotSent, pikeapi.Unknown, ""}).Draw(rt, "outcome")
				if outcome == pikeapi.Unknown {
					open = append(open, p)
				}
				if outcome != "" {
					body := fmt.Sprintf(`{"status":"ok","session":{"id":%q,"status":"in_progress","updated_at":"2026-11-20T11:00:0%dZ"}}`, session(), n%10)
					require.NoError(rt, j.Finish(ctxb(), result(p, id, outcome, body)))
				}
			case "observe":
				op := operation(pikeapi.Payout, "po_1", pikeapi.OperationInProgress, amounts.Draw(rt, "amount"))
				op.Amount.Currency = currency()
				require.NoError(rt, j.Observe(ctxb(), sessionAt(session(), pikeapi.SessionInProgress, clock.now(), "", op), pikeapi.V2, "test"))
			case "resolve":
				if len(open) > 0 {
					_ = j.Resolve(ctxb(), open[0].ID, "seen") // it may be settled by what was observed
					open = open[1:]
				}
			case "wait":
				clock.add(time.Duration(rapid.IntRange(1, 1000).Draw(rt, "minutes")) * time.Minute)
			case "prune":
				_, err := j.Prune(ctxb(), clock.now().Add(-25*time.Hour))
				require.NoError(rt, err)
			case "import":
				_, err := j.ImportSessions(ctxb(), []string{session()})
				require.NoError(rt, err)
			}
			for _, span := range []time.Duration{time.Hour, 24 * time.Hour, 7 * time.Minute} {
				checkSums(rt, j, clock.now(), span, "eur")
				checkSums(rt, j, clock.now(), span, "jpy")
			}
		}
		v, err := j.Verify(ctxb())
		require.NoError(rt, err)
		require.Empty(rt, v.Problems)
	})
}

// What the kept sums leave out is found, like any other edit of the journal.
func TestVerifyFindsEditedSums(t *testing.T) {
	for name, edit := range map[string]string{
		"less of an intent": `UPDATE counted SET amount = 1`, "one left out": `DELETE FROM counted`, "less in a span": `UPDATE moved SET low = 1`,
		"no spans": `DELETE FROM moved`, "a made-up span": `INSERT INTO moved VALUES('eur', 1, 1, 0, -5)`,
	} {
		t.Run(name, func(t *testing.T) {
			j := openTest(t, t.TempDir(), newClock())
			send(t, j, payoutTo(testEnv(pikeapi.Policy{}), "a", 100, ""), pikeapi.Accepted, `{"status":"ok"}`)
			require.NoError(t, j.write.do(ctxb(), func(tx *txn) error { return tx.execOnce(edit) }))
			v, err := j.Verify(ctxb())
			require.NoError(t, err)
			require.Len(t, v.Problems, 1)
			assert.Contains(t, v.Problems[0].Text, "limits")
		})
	}
}
