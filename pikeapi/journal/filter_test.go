package journal

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"pikedash/pikeapi"
)

var filterNow = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// filled makes a journal of many kinds of rows, with repeated times and amounts.
func filled(t testing.TB, n int) *Journal {
	t.Helper()
	clock := newClock()
	j := openTest(t, t.TempDir(), clock)
	r := rand.New(rand.NewPCG(1, 2))
	one := func(of ...string) string { return of[r.IntN(len(of))] }
	require.NoError(t, j.write.do(ctxb(), func(tx *txn) error {
		for i := range n {
			created := filterNow.Add(-time.Duration(r.IntN(60)) * time.Hour)
			kind := pikeapi.Kind(one("payout", "payment"))
			s := &pikeapi.Session{ID: fmt.Sprintf("ps_%d", 7000+i), Status: pikeapi.SessionStatus(one("created", "in_progress", "accepted", "cancelled", "error")), CreatedAt: created, UpdatedAt: created.Add(time.Minute), Version: pikeapi.Version(1 + r.IntN(2)), Raw: []byte(`{}`)}
			if s.Status == pikeapi.SessionInProgress {
				s.NextAction = pikeapi.NextAction(one("", "confirm", "capture"))
			}
			for k := range r.IntN(3) {
				op := pikeapi.Operation{Kind: kind, ID: fmt.Sprintf("po_%d%d", 8000+i, k), Status: pikeapi.OperationStatus(one("in_progress", "pending", "succeeded", "failed")), CreatedAt: created.Add(time.Duration(r.IntN(3)) * time.Second),
					Amount: pikeapi.Money{Amount: int64(r.IntN(40)) * 500, Currency: one("EUR", "usd", "jpy", "bhd")}, Method: one("card", "recurrent"),
					Recipient: one("Jane Roe", "Иванов Иван", "Zoë Müller", "O\"Neil 100%", ""), Customer: one("buyer-7", "Buyer-77", "x_y", "")}
				if r.IntN(2) == 0 {
					op.Metadata = []byte(one(`{"order":9001}`, `"a phrase here"`, `{"q":"it's \"quoted\""}`))
				}
				if op.Status == pikeapi.OperationFailed {
					op.Error = &pikeapi.ErrorDetail{Code: one("insufficient_funds", "3DS_error", "odd code"), Description: "No luck"}
				}
				if r.IntN(5) == 0 {
					op.Refunds = []pikeapi.Refund{{ID: fmt.Sprintf("rf_%d%d", i, k), Status: pikeapi.RefundAccepted, Amount: op.Amount}}
				}
				if kind == pikeapi.Payout {
					s.Payouts = append(s.Payouts, op)
				} else {
					s.Payments = append(s.Payments, op)
				}
			}
			if _, err := tx.apply(j.observe(s, s.Version, "test")); err != nil {
				return err
			}
		}
		return nil
	}))
	return j
}

// A piece is a term with what it means, in plain Go.
type piece struct {
	text string
	is   func(OperationRow) bool
}

// textOf is what words are matched against, written anew from the row.
func textOf(r OperationRow) string {
	var parts []string
	for _, p := range []string{r.OperationID, r.SessionID, r.Recipient, r.Customer, r.ErrorCode, r.ErrorText, r.Metadata} {
		if p != "" {
			parts = append(parts, strings.ToLower(p))
		}
	}
	return strings.Join(parts, "\n")
}

func minor(currency string, major float64) int64 {
	switch currency {
	case "jpy":
		return int64(major)
	case "bhd":
		return int64(major * 1000)
	}
	return int64(major * 100)
}

func pieces() *rapid.Generator[piece] {
	list := func(name string, values []string, get func(OperationRow) string) *rapid.Generator[piece] {
		return rapid.Custom(func(t *rapid.T) piece {
			chosen := rapid.SliceOfN(rapid.SampledFrom(values), 1, 3).Draw(t, name)
			return piece{name + ":" + strings.Join(chosen, ","), func(r OperationRow) bool { return slices.Contains(chosen, get(r)) }}
		})
	}
	amount := rapid.Custom(func(t *rapid.T) piece {
		currency := rapid.SampledFrom([]string{"", "eur", "usd", "jpy", "bhd"}).Draw(t, "currency")
		major := float64(rapid.SampledFrom([]int{0, 5, 10, 50, 100, 200}).Draw(t, "major"))
		op := rapid.SampledFrom([]string{">", "<", ">=", "<=", ":", "range"}).Draw(t, "op")
		text := fmt.Sprintf("amount%s%g%s", op, major, currency)
		if op == "range" {
			text = fmt.Sprintf("amount:%g..%g%s", major, major+70, currency)
		}
		return piece{text, func(r OperationRow) bool {
			if currency != "" && r.Amount.Currency != currency {
				return false
			}
			a, limit := r.Amount.Amount, minor(r.Amount.Currency, major) // as people read it: in the row's own digits
			high := limit + minor(r.Amount.Currency, 70)
			return map[string]bool{">": a > limit, "<": a < limit, ">=": a >= limit, "<=": a <= limit, ":": a == limit, "range": a >= limit && a <= high}[op]
		}}
	})
	created := rapid.Custom(func(t *rapid.T) piece {
		if rapid.Bool().Draw(t, "age") {
			h := rapid.IntRange(0, 60).Draw(t, "hours")
			at := filterNow.Add(-time.Duration(h) * time.Hour)
			if rapid.Bool().Draw(t, "younger") {
				return piece{fmt.Sprintf("created<%dh", h), func(r OperationRow) bool { return !r.Created.Before(at) }}
			}
			return piece{fmt.Sprintf("created>%dh", h), func(r OperationRow) bool { return r.Created.Before(at) }}
		}
		day := filterNow.Truncate(24*time.Hour).AddDate(0, 0, -rapid.IntRange(0, 3).Draw(t, "day"))
		name, next := day.Format("2006-01-02"), day.AddDate(0, 0, 1)
		op := rapid.SampledFrom([]string{">", "<", ">=", "<=", ":"}).Draw(t, "op")
		return piece{"created" + op + name, func(r OperationRow) bool {
			c := r.Created
			return map[string]bool{">": !c.Before(next), "<": c.Before(day), ">=": !c.Before(day), "<=": c.Before(next), ":": !c.Before(day) && c.Before(next)}[op]
		}}
	})
	word := rapid.Custom(func(t *rapid.T) piece {
		w := rapid.SampledFrom([]string{"jane", "ROE", "иван", "müll", "zoë m", `o"neil`, "100%", "_", "x_y", "900", "po_80", "ps_70", "a phrase", "ph", "q", "funds", "no luck", "buyer-7", "3ds_", `it's`, "nothing like it"}).Draw(t, "word")
		text := `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(w) + `"`
		return piece{text, func(r OperationRow) bool { return strings.Contains(textOf(r), strings.ToLower(w)) }}
	})
	part := rapid.Custom(func(t *rapid.T) piece {
		w := rapid.SampledFrom([]string{"jane", "o", "Иванов", "er-77", "ë"}).Draw(t, "part")
		if rapid.Bool().Draw(t, "which") {
			return piece{"recipient:" + w, func(r OperationRow) bool { return strings.Contains(strings.ToLower(r.Recipient), strings.ToLower(w)) }}
		}
		return piece{"customer:" + w, func(r OperationRow) bool { return strings.Contains(strings.ToLower(r.Customer), strings.ToLower(w)) }}
	})
	has := rapid.SampledFrom([]piece{
		{"has:refund", func(r OperationRow) bool { return r.Refunds > 0 }},
		{"has:error", func(r OperationRow) bool { return r.ErrorCode != "" }},
		{"has:metadata,error", func(r OperationRow) bool { return r.Metadata != "" || r.ErrorCode != "" }},
		{"id:po_80*", func(r OperationRow) bool { return strings.HasPrefix(r.OperationID, "po_80") }},
		{"id:po_80100", func(r OperationRow) bool { return r.OperationID == "po_80100" }},
		{"session:ps_7012", func(r OperationRow) bool { return r.SessionID == "ps_7012" }},
		{"session:ps_71*", func(r OperationRow) bool { return strings.HasPrefix(r.SessionID, "ps_71") }},
		{"next:any", func(r OperationRow) bool { return r.NextAction != "" }},
		{"next:confirm,none", func(r OperationRow) bool { return r.NextAction == "" || r.NextAction == "confirm" }},
		{"version:v1", func(r OperationRow) bool { return r.Version == pikeapi.V1 }},
		{"env:sandbox,demo", func(OperationRow) bool { return true }},
		{"env:live", func(OperationRow) bool { return false }},
		{"method:card", func(r OperationRow) bool { return r.Method == "card" }},
		{"error:3ds_error", func(r OperationRow) bool { return r.ErrorCode == "3DS_error" }},
		{"updated<30h", func(r OperationRow) bool { return !r.Updated.Before(filterNow.Add(-30 * time.Hour)) }},
	})
	all := []*rapid.Generator[piece]{
		list("status", []string{"in_progress", "pending", "succeeded", "failed"}, func(r OperationRow) string { return string(r.Status) }),
		list("currency", []string{"eur", "usd", "jpy", "gbp"}, func(r OperationRow) string { return r.Amount.Currency }),
		list("kind", []string{"payout", "payment"}, func(r OperationRow) string { return string(r.Kind) }),
		list("error", []string{"insufficient_funds", "3DS_error"}, func(r OperationRow) string { return r.ErrorCode }),
		amount, created, word, part, has,
	}
	return rapid.Custom(func(t *rapid.T) piece {
		p := rapid.OneOf(all...).Draw(t, "term")
		if rapid.IntRange(0, 3).Draw(t, "negated") == 0 {
			is := p.is
			return piece{"-" + p.text, func(r OperationRow) bool { return !is(r) }}
		}
		return p
	})
}

// The list, its count and its totals are those of the plain predicate over all rows, in the order of
// the sort, whatever way the rows are read; and paging in either direction gives the same list.
func TestFiltersAndPagingAgreeWithPlainGo(t *testing.T) {
	j := filled(t, 260)
	all := readAll(t, j)
	require.Greater(t, len(all), 200)
	sorts := SortColumns(ListOperations)
	rapid.Check(t, func(rt *rapid.T) {
		terms := rapid.SliceOfN(pieces(), 0, 3).Draw(rt, "terms")
		var texts []string
		for _, p := range terms {
			texts = append(texts, p.text)
		}
		f, err := ParseFilter(strings.Join(texts, "  "), filterNow)
		require.NoError(rt, err, texts)
		s := Sort{Column: rapid.SampledFrom(sorts).Draw(rt, "sort"), Ascending: rapid.Bool().Draw(rt, "ascending")}
		q := Query{Filter: f, Sort: s}
		size := rapid.IntRange(7, 90).Draw(rt, "page")
		// Small limits make every way of reading happen on few rows.
		j.limits = rapid.SampledFrom([]limits{defaultLimits(), {few: 5, budget: 12}, {few: 0, budget: 50}, {few: 40, budget: 1}}).Draw(rt, "limits")

		want := []OperationRow{}
		for _, r := range all {
			if !slices.ContainsFunc(terms, func(p piece) bool { return !p.is(r) }) {
				want = append(want, r)
			}
		}
		sort.Slice(want, func(a, b int) bool {
			if less := before(want[a].Cursor(s), want[b].Cursor(s)); s.Ascending {
				return less
			}
			return before(want[b].Cursor(s), want[a].Cursor(s))
		})
		require.Equal(rt, ids(want), ids(walk(rt, j, q, Forward, size)), f)
		require.Equal(rt, ids(want), ids(walk(rt, j, q, Backward, size)), f)
		n, err := j.Count(ctxb(), ListOperations, q)
		require.NoError(rt, err)
		require.EqualValues(rt, len(want), n, f)

		sums := map[string]int64{}
		for _, r := range want {
			sums[fmt.Sprint(r.Kind, r.Status, r.Amount.Currency)] += r.Amount.Amount
		}
		totals, err := j.Totals(ctxb(), ListOperations, q)
		require.NoError(rt, err)
		got := map[string]int64{}
		for _, total := range totals {
			got[fmt.Sprint(total.Kind, total.Status, total.Sum.Currency)] = total.Sum.Amount
		}
		require.Equal(rt, sums, got)
		if len(want) > 0 {
			r := want[len(want)/2]
			c, found, err := j.Locate(ctxb(), ListOperations, q, r.OperationID)
			require.NoError(rt, err)
			require.True(rt, found)
			at := c.Before(s)
			rows, err := j.Operations(ctxb(), q, &at, Forward, 1)
			require.NoError(rt, err)
			require.Equal(rt, r.ID, rows[0].ID, "a jump begins at the row itself")
		}
	})
}

func before(a, b Cursor) bool {
	if a.Text != b.Text {
		return a.Text < b.Text
	}
	if a.Num != b.Num {
		return a.Num < b.Num
	}
	return a.ID < b.ID
}

func ids(rows []OperationRow) []int64 {
	out := []int64{}
	for _, r := range rows {
		out = append(out, r.ID)
	}
	return out
}

// readAll reads all operations with plain SQL.
func readAll(t require.TestingT, j *Journal) []OperationRow {
	rows, err := j.read.Query(`SELECT ` + operationColumns + ` FROM operations t`)
	require.NoError(t, err)
	all, err := scanAll(rows, scanOperation)
	require.NoError(t, err)
	return all
}

// walk reads a whole list page by page.
func walk(t require.TestingT, j *Journal, q Query, dir Direction, size int) []OperationRow {
	var all []OperationRow
	var from *Cursor
	for {
		rows, err := j.Operations(ctxb(), q, from, dir, size)
		require.NoError(t, err)
		if len(rows) == 0 {
			return all
		}
		var c Cursor
		if dir == Forward {
			all, c = append(all, rows...), rows[len(rows)-1].Cursor(q.Sort)
		} else {
			all, c = append(append([]OperationRow{}, rows...), all...), rows[0].Cursor(q.Sort)
		}
		from = &c
	}
}

// Sessions are found by what their operations say, too.
func TestSessionFilters(t *testing.T) {
	j := filled(t, 200)
	all := readAll(t, j)
	byText := func(w string) map[string]bool {
		found := map[string]bool{}
		for _, r := range all {
			if strings.Contains(textOf(r), w) {
				found[r.SessionID] = true
			}
		}
		return found
	}
	byError := map[string]bool{}
	for _, r := range all {
		if r.ErrorCode == "insufficient_funds" {
			byError[r.SessionID] = true
		}
	}
	for text, want := range map[string]map[string]bool{"jane": byText("jane"), "müller": byText("müller"), "9001": byText("9001"), "qu": byText("qu"), "error:insufficient_funds": byError} {
		f, err := ParseFilter(text, filterNow)
		require.NoError(t, err)
		for _, column := range SortColumns(ListSessions) {
			q := Query{Filter: f, Sort: Sort{Column: column}}
			rows, err := j.Sessions(ctxb(), q, nil, Forward, 1000)
			require.NoError(t, err)
			got := map[string]bool{}
			for _, r := range rows {
				got[r.SessionID] = true
			}
			assert.Equal(t, want, got, "%s by %s", text, column)
			n, err := j.Count(ctxb(), ListSessions, q)
			require.NoError(t, err)
			assert.EqualValues(t, len(want), n)
		}
	}
	f, err := ParseFilter("ps_7003", filterNow)
	require.NoError(t, err)
	rows, err := j.Sessions(ctxb(), Query{Filter: f}, nil, Forward, 10)
	require.NoError(t, err)
	assert.Len(t, rows, 1, "a session is found by its own id, with or without operations")
}

// Every list takes every field that it says it has, and every sort.
func TestEveryFieldOfEveryList(t *testing.T) {
	j := filled(t, 40)
	env := testEnv(pikeapi.Policy{})
	send(t, j, payoutTo(env, "a", 15000, ""), pikeapi.Refused, "invalid_request")
	_, err := j.RecordWebhook(ctxb(), Webhook{Body: []byte(`{}`)})
	require.NoError(t, err)
	sample := map[string][]string{
		"amount": {">1", "<=5eur", ":1..2"}, "created": {"<2h", ">2026-11-01", ":today"}, "updated": {"<2h"}, "id": {":x", ":x*"}, "session": {":ps_1", ":ps*"},
		"error": {":a,b"}, "recipient": {":ro"}, "customer": {":ro"}, "method": {":confirm"}, "http": {":400", ":4xx"}, "env": {":sandbox"}, "currency": {":eur"}, "type": {":x"}, "version": {":v1"},
	}
	for _, l := range []List{ListOperations, ListSessions, ListExchanges, ListWebhooks, ListIntents} {
		for _, f := range fields() {
			tries := sample[f.name]
			if tries == nil {
				for _, v := range f.values {
					tries = append(tries, ":"+v)
				}
			}
			for _, try := range tries {
				for _, sign := range []string{"", "-"} {
					filter, err := ParseFilter(sign+f.name+try, filterNow)
					require.NoError(t, err)
					for _, c := range SortColumns(l) {
						_, err = listAny(j, l, Query{Filter: filter, Sort: Sort{Column: c}})
						if !l.applies(f.name) {
							var ferr *FilterError
							require.ErrorAs(t, err, &ferr)
							assert.Equal(t, len(sign+f.name+try), ferr.Length)
							continue
						}
						require.NoError(t, err, "%s %s%s%s", l, sign, f.name, try)
						_, err = j.Count(ctxb(), l, Query{Filter: filter})
						require.NoError(t, err)
					}
				}
			}
		}
	}
	f, err := ParseFilter("http:4xx outcome:refused method:payout has:error error:invalid_request -session:ps_1 jane", filterNow)
	require.NoError(t, err)
	rows, err := j.Intents(ctxb(), Query{Filter: f}, nil, Forward, 5)
	require.NoError(t, err)
	assert.Len(t, rows, 1)
}

func listAny(j *Journal, l List, q Query) (int, error) {
	switch l {
	case ListOperations:
		r, err := j.Operations(ctxb(), q, nil, Forward, 5)
		return len(r), err
	case ListSessions:
		r, err := j.Sessions(ctxb(), q, nil, Forward, 5)
		return len(r), err
	case ListExchanges:
		r, err := j.Exchanges(ctxb(), q, nil, Forward, 5)
		return len(r), err
	case ListWebhooks:
		r, err := j.Webhooks(ctxb(), q, nil, Forward, 5)
		return len(r), err
	}
	r, err := j.Intents(ctxb(), q, nil, Forward, 5)
	return len(r), err
}

func TestFilterErrorsPointAtTheMistake(t *testing.T) {
	for text, want := range map[string]struct{ part, nearest string }{
		"stauts:failed":               {"stauts", "status"},
		"jane status:faild":           {"faild", "failed"},
		"status:failed,pendng":        {"pendng", "pending"},
		"-curency:eur":                {"curency", "currency"},
		"amount>abc":                  {"abc", ""},
		"amount:10.00001":             {"10.00001", ""},
		"amount:10.001eur":            {"10.001eur", ""},
		"amount:1..2..3":              {"1..2..3", ""},
		"amount>5..6":                 {"5..6", ""},
		"amount>10.5jpy":              {"10.5jpy", ""},
		"amount>1zz":                  {"1zz", ""},
		"amount>99999999999999999999": {"99999999999999999999", ""},
		"created>yesterdy":            {"yesterdy", ""},
		"created:..":                  {"..", ""},
		`"open phrase`:                {`"open phrase`, ""},
		"status>failed":               {"failed", ""},
		"status:":                     {"status:", ""},
		"kind:payout,,payment":        {",", ""},
		"status:failed,":              {",", ""},
		`kind:"x,"`:                   {`"x,"`, ""},
		`kind:payout,"x y"`:           {`"x y"`, ""},
		`""`:                          {`""`, ""},
		"version:v3":                  {"v3", "v1"},
		"x has:refnd":                 {"refnd", "refund"},
	} {
		_, err := ParseFilter(text, filterNow)
		var ferr *FilterError
		require.ErrorAs(t, err, &ferr, text)
		require.LessOrEqual(t, ferr.Offset+ferr.Length, len(text))
		assert.Equal(t, want.part, text[ferr.Offset:ferr.Offset+ferr.Length], text)
		assert.Equal(t, want.nearest, ferr.Nearest, text)
		assert.NotEmpty(t, ferr.Reason)
	}
}

// What is not let through by a term is let through by its negation, also where there is no amount.
func TestNegationIsTheComplement(t *testing.T) {
	j := filled(t, 120)
	count := func(text string) int64 {
		n, err := j.Count(ctxb(), ListSessions, Query{Filter: parsed(t, text)})
		require.NoError(t, err)
		return n
	}
	all := count("")
	for _, term := range []string{"amount>5", "amount:..5", "amount<1000000", "amount>5eur", "currency:eur,jpy", "has:card", "jane", "next:any", "error:3DS_error"} {
		assert.Equal(t, all, count(term)+count("-"+term), term)
	}
	assert.Less(t, count("amount:..5")+count("amount>5"), all, "some sessions have no amount")
}

func TestAmountsAreReadInTheDigitsOfTheirCurrency(t *testing.T) {
	j := openTest(t, t.TempDir(), newClock())
	amounts := map[string]pikeapi.Money{}
	for i, m := range []pikeapi.Money{{Amount: 150, Currency: "JPY"}, {Amount: 15000, Currency: "EUR"}, {Amount: 150000, Currency: "BHD"}, {Amount: 1500000, Currency: "CLF"}, {Amount: 15000, Currency: "XYZ"}} {
		id := fmt.Sprintf("ps_%d", i)
		amounts[strings.ToLower(m.Currency)] = m
		require.NoError(t, j.Observe(ctxb(), &pikeapi.Session{ID: id, Status: pikeapi.SessionInProgress, CreatedAt: filterNow, UpdatedAt: filterNow,
			Payouts: []pikeapi.Operation{{Kind: pikeapi.Payout, ID: id, Status: pikeapi.OperationPending, Amount: m}}}, pikeapi.V2, "test"))
	}
	for text, want := range map[string]int{
		"amount:150": 5, "amount>150": 0, "amount>=150": 5, "amount<150": 0, "amount<=150": 5, "amount>149.9999": 5, "amount<150.0001": 5, "amount:149.5": 0,
		"amount:149..151": 5, "amount:..149": 0, "amount:150..": 5, "-amount>149": 0, "currency:jpy amount:150": 1, "currency:jpy,eur amount:150": 2,
		"currency:jpy,krw amount:150": 1, "amount:150bhd": 1, "-amount:150bhd": 4, "amount>922337203685477.5": 0, "-amount>922337203685477.5": 5,
	} {
		q := Query{Filter: parsed(t, text)}
		rows, err := j.Operations(ctxb(), q, nil, Forward, 10)
		require.NoError(t, err)
		assert.Len(t, rows, want, text)
		n, err := j.Count(ctxb(), ListOperations, q)
		require.NoError(t, err)
		assert.EqualValues(t, want, n, text)
		sessions, err := j.Sessions(ctxb(), q, nil, Forward, 10)
		require.NoError(t, err)
		assert.Len(t, sessions, want, text)
	}
}

// A condition that the program writes finds exactly the value, whatever stands in it.
func TestTermFindsItsValue(t *testing.T) {
	for _, v := range []string{"failed", "half done", `odd "code"`, "a,b", `back\slash`, "", "ps_80*", "3DS_error", "ünïcode"} {
		for _, field := range []string{"status", "error", "currency", "session"} {
			if v == "" && field == "session" {
				continue
			}
			text := "-" + Term(field, v) + " jane"
			f, err := ParseFilter(text, filterNow)
			require.NoError(t, err, text)
			require.Len(t, f.terms, 2, text)
			want := v
			if field == "status" || field == "currency" {
				want = strings.ToLower(v)
			}
			assert.Equal(t, []string{want}, f.terms[0].values, text)
			assert.False(t, f.terms[0].prefix)
		}
	}
	assert.Equal(t, "status:failed", Term("status", "failed"))
	assert.Equal(t, `status:"half_done"`, Term("status", "half_done"))
}

func TestDefaultsGiveWayToWhatIsAsked(t *testing.T) {
	base := parsed(t, "kind:payout")
	for text, kinds := range map[string]int{"jane": 1, "kind:payment": 1, "-kind=payout x": 1, `"kind:x"`: 1, "KIND:payment,payout": 1} {
		f := parsed(t, text).WithDefaults(base)
		n := 0
		for _, term := range f.terms {
			if term.field == "kind" {
				n++
			}
		}
		assert.Equal(t, kinds, n, text)
	}
	assert.Equal(t, "kind:payout jane", parsed(t, "jane").WithDefaults(base).String())
}

func TestLocateFindsSessionsAndNumbersToo(t *testing.T) {
	j := filled(t, 60)
	env := testEnv(pikeapi.Policy{})
	send(t, j, payoutTo(env, "a", 15000, ""), pikeapi.Accepted, "")
	row := readAll(t, j)[0]
	c, found, err := j.Locate(ctxb(), ListOperations, Query{}, row.SessionID)
	require.NoError(t, err)
	require.True(t, found, "a payout by its session")
	at := c.Before(Sort{})
	rows, err := j.Operations(ctxb(), Query{}, &at, Forward, 1)
	require.NoError(t, err)
	assert.Equal(t, row.SessionID, rows[0].SessionID)
	_, found, err = j.Locate(ctxb(), ListExchanges, Query{}, "1")
	require.NoError(t, err)
	assert.True(t, found, "a request by its number")
	_, found, err = j.Locate(ctxb(), ListExchanges, Query{}, "99")
	require.NoError(t, err)
	assert.False(t, found)
}

func TestParseTime(t *testing.T) {
	for text, want := range map[string]string{
		"2026-11-19": "2026-11-19 00:00 to 2026-11-20 00:00", "2026-11": "2026-11-01 00:00 to 2026-12-01 00:00", "yesterday": "2026-11-19 00:00 to 2026-11-20 00:00",
		"2h": "2026-11-20 10:00 to 2026-11-20 10:00", "2026-11-20T10:30": "2026-11-20 10:30 to 2026-11-20 10:31",
	} {
		from, to, ok := ParseTime(text, filterNow)
		require.True(t, ok, text)
		assert.Equal(t, want, from.Format("2006-01-02 15:04")+" to "+to.Format("2006-01-02 15:04"), text)
	}
	_, _, ok := ParseTime("po_8001", filterNow)
	assert.False(t, ok)
}

func FuzzParseFilter(f *testing.F) {
	for _, s := range []string{"status:failed,pending amount>100 -word", `"a \" b" x:`, "created<2h", "amount:..5eur", "\xff:\"", "-", `a"b c"d`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		filter, err := ParseFilter(text, filterNow)
		var ferr *FilterError
		if err != nil {
			require.True(t, errors.As(err, &ferr))
			require.True(t, ferr.Offset >= 0 && ferr.Length >= 0 && ferr.Offset+ferr.Length <= len(text), "%+v", ferr)
			return
		}
		for _, l := range []List{ListOperations, ListSessions, ListExchanges, ListWebhooks, ListIntents} {
			if _, err := filter.compile(l, "sandbox"); err != nil {
				require.True(t, errors.As(err, &ferr))
			}
		}
		for i := range min(len(text), 100) + 1 {
			for _, c := range Complete(text, i) {
				require.True(t, c.Start >= 0 && c.Start <= c.End && c.End <= len(text))
			}
		}
	})
}

func TestComplete(t *testing.T) {
	texts := func(all []Completion) []string {
		var out []string
		for _, c := range all {
			out = append(out, c.Text)
		}
		return out
	}
	assert.Equal(t, []string{"status:", "session:"}, texts(Complete("jane s", 6)))
	assert.Equal(t, []string{"failed"}, texts(Complete("status:pending,fa", 17)))
	c := Complete("status:pending,fa", 17)[0]
	assert.Equal(t, "status:pending,failed", "status:pending,fa"[:c.Start]+c.Text)
	assert.Equal(t, []string{"payout", "payment"}, texts(Complete("-kind:pay", 9)))
	assert.Empty(t, Complete(`"status:`, 8), "within a phrase")
	assert.NotContains(t, texts(CompleteFor(ListWebhooks, nil, "", 0)), "recipient:")
	assert.Equal(t, []string{"gbp"}, texts(CompleteFor(ListOperations, Vocabulary{"currency": {"gbp"}}, "currency:g", 10)))

	assert.Equal(t, []string{"in_progress", "pending", "succeeded", "failed"}, texts(CompleteFor(ListOperations, nil, "status:", 7)))
	for _, l := range []List{ListOperations, ListSessions, ListWebhooks, ListIntents} {
		for _, v := range texts(CompleteFor(l, nil, "status:", 7)) {
			_, err := ParseFilter("status:"+v, filterNow)
			assert.NoError(t, err, "what is offered for %s is taken", l)
		}
	}

	odd := Vocabulary{"error": {"odd code", "a,b"}}
	assert.Equal(t, []string{`"odd code"`}, texts(CompleteFor(ListOperations, odd, "error:od", 8)), "what needs quotes gets them")
	assert.Equal(t, []string{`"a,b"`}, texts(CompleteFor(ListOperations, odd, `error:"a`, 8)))

	j := filled(t, 60)
	v, err := j.Vocabulary(ctxb())
	require.NoError(t, err)
	assert.Equal(t, []string{"bhd", "eur", "jpy", "usd"}, v["currency"])
	assert.Equal(t, []string{"3DS_error", "insufficient_funds", "odd code"}, v["error"])
}
