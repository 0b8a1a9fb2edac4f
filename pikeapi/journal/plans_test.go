package journal

import (
	"context"
	"database/sql"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"pikedash/pikeapi"
)

// What a write reads must not grow with the journal: a statement that walks a table, or all rows of a
// badge or of a method, makes every write a little slower than the last one.
func TestWritesReadFewRows(t *testing.T) {
	clock, dir := newClock(), t.TempDir()
	full := openTest(t, dir, clock)
	busy(t, full, 300)
	require.NoError(t, full.Close())
	j := openTest(t, dir, clock)
	everyWrite(t, j, clock)
	n := 0
	require.NoError(t, j.write.apart(ctxb(), func(ctx context.Context, c *sql.Conn) error {
		queries, err := triggered(ctx, c)
		if err != nil {
			return err
		}
		for query := range j.write.stmts {
			queries = append(queries, query)
		}
		for _, query := range queries {
			plan, err := explain(ctx, c, query)
			if err != nil {
				return fmt.Errorf("%s: %w", query, err)
			}
			n++
			for _, step := range plan {
				if fault := growing(query, step); fault != "" {
					t.Errorf("%s: %s\n%s", fault, step, query)
				}
			}
		}
		return nil
	}))
	assert.Greater(t, n, 70, "the statements of all writes are looked at")
}

// triggered returns the statements of all triggers, with parameters for the rows that they are about.
func triggered(ctx context.Context, c querier) ([]string, error) {
	bodies, err := readStrings(ctx, c, `SELECT sql FROM sqlite_schema WHERE type = 'trigger'`)
	var all []string
	for _, body := range bodies {
		body = strings.TrimSuffix(body[strings.Index(body, "BEGIN")+5:], "END")
		for one := range strings.SplitSeq(about.ReplaceAllString(body, "?"), ";") {
			if one = strings.TrimSpace(one); one != "" {
				all = append(all, one)
			}
		}
	}
	return all, err
}

// explain returns the steps of a statement's plan.
func explain(ctx context.Context, c querier, query string) (plan []string, err error) {
	args := make([]any, 1000) // NULL for each parameter, whether numbered or not
	rows, err := c.QueryContext(ctx, "EXPLAIN QUERY PLAN "+query, args...)
	if err != nil {
		return nil, err
	}
	return scanAll(rows, func(rows *sql.Rows) (step string, err error) {
		var id, parent, unused int
		return step, rows.Scan(&id, &parent, &unused, &step)
	})
}

var (
	about    = regexp.MustCompile(`\b(new|old)\.\w+`)
	walks    = regexp.MustCompile(`^SCAN (\w+)`)
	searches = regexp.MustCompile(`^SEARCH (\w+) USING (?:COVERING )?(?:INDEX (\w+)|INTEGER PRIMARY KEY|PRIMARY KEY)(?: \((.*)\))?$`)
	newest   = regexp.MustCompile(`ORDER BY (id|seq) DESC LIMIT 1$`)
)

// growing says why a step of a plan may read the more rows the more the journal holds.
func growing(query, step string) string {
	if m := walks.FindStringSubmatch(step); m != nil {
		switch {
		case m[1] == "checkpoint", m[1] == "CONSTANT", strings.HasSuffix(step, "VALUES CLAUSE"), strings.HasPrefix(step, "SCAN (subquery"), strings.HasPrefix(step, "SCAN search VIRTUAL"):
			return "" // one row, or what the steps below bring
		case newest.MatchString(query) && !strings.Contains(query, "WHERE"):
			return "" // ends at the first row
		}
		return "it walks over a whole table"
	}
	m := searches.FindStringSubmatch(step)
	if m == nil || m[3] == "" { // the least or the greatest of a column
		return ""
	}
	switch m[1] + " " + m[3] {
	case "moved currency=? AND span>?", "counted currency=? AND created>? AND created<?":
		return "" // at most 288 sums, and the calls of 5 minutes
	}
	if strings.HasPrefix(m[3], "rowid=?") || slices.Contains([]string{"intents_open", "exchanges_open", "intents_sealed"}, m[2]) {
		return "" // one row; or what is not over, which is never much
	}
	for _, column := range []string{"session_id", "session_row", "op_id", "refund_id", "idem_key", "digest", "target_key", "key", "version", "span", "only"} {
		if strings.Contains(" "+m[3], " "+column+"=?") {
			return ""
		}
	}
	return "its index does not narrow it down"
}

// everyWrite writes in every way that a journal is written to.
func everyWrite(t *testing.T, j *Journal, clock *testClock) {
	t.Helper()
	env := testEnv(pikeapi.Policy{DuplicateAfter: time.Hour, MaxAmount: map[string]int64{"eur": 1 << 50}, MaxPerHour: map[string]int64{"eur": 1 << 60}, MaxPerDay: map[string]int64{"eur": 1 << 60}})
	// Calls with every outcome, on new and known sessions, with and without amounts.
	session := `{"status":"ok","session":{"id":"ps_w","status":"in_progress","next_action":"confirm","created_at":"2026-11-20T11:00:00Z","updated_at":"2026-11-20T11:00:01Z","payout_list":[{"id":"po_w","status":"pending","amount_details":{"amount":1500,"currency":"eur"}}]}}`
	send(t, j, payoutTo(env, "a", 1500, ""), pikeapi.Accepted, session)
	_, err := j.Begin(ctxb(), payoutTo(env, "a", 1500, "again"), pikeapi.Permit{})
	blockedBy(t, err, pikeapi.RuleDuplicate)
	for i, outcome := range []pikeapi.Outcome{pikeapi.Refused, pikeapi.NotSent} {
		send(t, j, payoutTo(env, fmt.Sprint("b", i), 100, ""), outcome, "invalid_request")
	}
	onSession := func(method, id string, amount int64) *pikeapi.Prepared {
		p := prepared(env, method, fmt.Appendf(nil, `{"session_id":%q,"n":%d}`, id, amount))
		p.Summary = pikeapi.Summary{Kind: pikeapi.Payout, SessionID: id}
		if amount > 0 {
			p.Summary.Amount = &pikeapi.Money{Amount: amount, Currency: "EUR"}
		}
		return p
	}
	for _, method := range []string{pikeapi.MethodConfirm, pikeapi.MethodCapture, pikeapi.MethodStartPayout, pikeapi.MethodCancel} {
		send(t, j, onSession(method, "ps_w", 0), pikeapi.Accepted, session)
	}
	send(t, j, onSession(pikeapi.MethodRefund, "ps_w", 300), pikeapi.Accepted, session)
	send(t, j, onSession(pikeapi.MethodStatus, "ps_w", 0), pikeapi.Accepted, session)
	// Unknown, a look-alike, sent again, resolved; and one that a notification settles.
	lost := payoutTo(env, "c", 700, "")
	send(t, j, lost, pikeapi.Unknown, "")
	_, err = j.Begin(ctxb(), payoutTo(env, "c", 700, "2"), pikeapi.Permit{})
	blockedBy(t, err, pikeapi.RuleLookalike)
	again := *lost
	id := begin(t, j, &again, pikeapi.Permit{Resend: lost.ID})
	require.NoError(t, j.Finish(ctxb(), result(&again, id, pikeapi.Unknown, "")))
	require.NoError(t, j.Resolve(ctxb(), lost.ID, "seen at Pike"))
	send(t, j, onSession(pikeapi.MethodCancel, "ps_x", 0), pikeapi.Unknown, "")
	require.NoError(t, j.Observe(ctxb(), sessionAt("ps_x", pikeapi.SessionCancelled, clock.now(), ""), pikeapi.V2, "test"))
	// Prepared by one, sent by another; left behind by a program that ended; the clock set back.
	p := payoutTo(env, "d", 800, "")
	require.NoError(t, j.RecordPrepared(ctxb(), p))
	begin(t, j, p, pikeapi.Permit{Approved: true})
	require.NoError(t, j.abandonOwn(ctxb()))
	require.NoError(t, j.Resolve(ctxb(), p.ID, "seen at Pike"))
	j.lost.add(begin(t, j, payoutTo(env, "e", 900, ""), pikeapi.Permit{}))
	_, err = j.Recover(ctxb())
	require.NoError(t, err)
	clock.add(-time.Hour)
	send(t, j, payoutTo(env, "f", 900, ""), pikeapi.Refused, "invalid_request")
	clock.add(48 * time.Hour)
	_, err = j.Recover(ctxb()) // erases what was kept for a resend
	require.NoError(t, err)
	require.NoError(t, j.write.apart(ctxb(), func(ctx context.Context, c *sql.Conn) error { return j.holdBack(ctx, c, "test") }))
	_, err = j.Begin(ctxb(), payoutTo(env, "g", 900, ""), pikeapi.Permit{})
	blockedBy(t, err, RuleSetAside)
	_, err = j.Moves(ctxb(), onSession(pikeapi.MethodConfirm, "ps_w", 0))
	require.NoError(t, err)
	everyNotice(t, j, clock)
}

func everyNotice(t *testing.T, j *Journal, clock *testClock) {
	t.Helper()
	for _, badge := range []Badge{BadgeVerified, BadgeUnsigned, BadgeBad} {
		for _, id := range []string{"ps_w", "ps_n", "ps_n", "", ""} {
			w, err := j.RecordWebhook(ctxb(), notice(id, 7, badge))
			require.NoError(t, err)
			require.NoError(t, j.RecordReply(ctxb(), w.ID, 200))
			require.NoError(t, j.RecordForward(ctxb(), w.ID, Forwarding{URL: "http://127.0.0.1:1/", At: clock.now(), Status: 200}))
		}
	}
	op := operation(pikeapi.Payment, "pm_r", pikeapi.OperationSucceeded, 900)
	op.Refunds = []pikeapi.Refund{{ID: "rf_r", Status: pikeapi.RefundAccepted, Amount: pikeapi.Money{Amount: 5, Currency: "eur"}}}
	for i, status := range []pikeapi.SessionStatus{pikeapi.SessionInProgress, pikeapi.SessionAccepted, pikeapi.SessionInProgress} {
		require.NoError(t, j.Observe(ctxb(), sessionAt("ps_r", status, clock.now().Add(time.Duration(i)*time.Second), "", op), pikeapi.V2, "test"))
	}
	_, err := j.ImportSessions(ctxb(), []string{"ps_w", "ps_import"})
	require.NoError(t, err)
	require.NoError(t, j.Asked(ctxb(), "ps_import"))
}
