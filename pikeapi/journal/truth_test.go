package journal

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"pikedash/pikeapi"
)

// oddTexts are names and references as the world writes them.
func oddTexts() *rapid.Generator[string] {
	pieces := []string{"Zoë", "Zoe\u0308", "Иванов", "ИВАН", "ёлка", "王小明", "山田 太郎", "김", "İstanbul", "straße", "ΣΊΣΥΦΟΣ", "O\"Neil", "it's", "100%", "a_b", `c:\d`, "-x", "(y)", "*",
		"a,b", "x:y", "\t", "\u200d", "👩\u200d👧", "e\u0301\u0323", "ﬁ", "NULL", "';--", " ", "a", "bc", "\x00", "\xff", "ǅ"}
	return rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 4).Draw(t, "pieces"), rapid.SampledFrom([]string{"", " "}).Draw(t, "between"))
	})
}

// oddJournal is a journal of sessions with one operation each, as a test draws them.
func oddJournal(rt *rapid.T, dir string, n int) (*Journal, *testClock) {
	clock := newClock()
	j, err := Open(ctxb(), dir, "sandbox", Options{Now: clock.now, Tick: make(chan time.Time)})
	require.NoError(rt, err)
	for i := range n {
		observeOdd(rt, j, i)
	}
	return j, clock
}

func observeOdd(rt *rapid.T, j *Journal, i int) {
	zone := berlin(rt)
	// Around the nights in which the clocks change, and the ends of days and months.
	base := rapid.SampledFrom([]time.Time{
		time.Date(2026, 3, 29, 0, 0, 0, 0, zone), time.Date(2026, 10, 25, 0, 0, 0, 0, zone), time.Date(2026, 10, 26, 0, 0, 0, 0, zone), time.Date(2026, 11, 1, 0, 0, 0, 0, zone),
	}).Draw(rt, "day")
	at := base.Add(rapid.SampledFrom([]time.Duration{-time.Microsecond, 0, time.Microsecond, time.Hour, 2 * time.Hour, 3*time.Hour - time.Microsecond, 23 * time.Hour, 24 * time.Hour, 25*time.Hour - time.Microsecond}).Draw(rt, "offset"))
	amount := rapid.SampledFrom([]int64{-1500, -1, 0, 1, 5, 99, 100, 105, 1000, 1050, 12345, 1<<53 + 1, 1<<63 - 1}).Draw(rt, "amount")
	op := pikeapi.Operation{
		Kind: rapid.SampledFrom([]pikeapi.Kind{pikeapi.Payout, pikeapi.Payment}).Draw(rt, "kind"), ID: fmt.Sprint("po_", i), CreatedAt: at,
		Status:    rapid.SampledFrom([]pikeapi.OperationStatus{"in_progress", "pending", "succeeded", "failed"}).Draw(rt, "status"),
		Amount:    pikeapi.Money{Amount: amount, Currency: rapid.SampledFrom([]string{"eur", "jpy", "bhd", "clf"}).Draw(rt, "currency")},
		Recipient: oddTexts().Draw(rt, "recipient"), Customer: oddTexts().Draw(rt, "customer"),
	}
	s := sessionAt(fmt.Sprint("ps_", i), pikeapi.SessionInProgress, at.Add(time.Second), "", op)
	require.NoError(rt, j.Observe(ctxb(), s, pikeapi.V2, "test"))
}

func berlin(t require.TestingT) *time.Location {
	zone, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	return zone
}

// Whatever part of a text a person marks and types finds its row; days are those of the place where
// the person is, and amounts those that are shown.
func TestWhatIsShownFindsItsRow(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		j, _ := oddJournal(rt, t.TempDir(), rapid.IntRange(1, 12).Draw(rt, "rows"))
		defer func() { require.NoError(rt, j.Close()) }()
		j.limits = rapid.SampledFrom([]limits{defaultLimits(), {few: 0, budget: 3}, {few: 2, budget: 1}}).Draw(rt, "limits")
		all := readAll(rt, j)
		now := filterNow.In(berlin(rt))
		for range 8 {
			r := all[rapid.IntRange(0, len(all)-1).Draw(rt, "row")]
			text, is := shown(rt, r, now.Location())
			f, err := ParseFilter(text, now)
			require.NoError(rt, err, "%q", text)
			q := Query{Filter: f, Sort: Sort{Column: rapid.SampledFrom(SortColumns(ListOperations)).Draw(rt, "sort")}}
			var want []int64
			for _, o := range all {
				if is(o) {
					want = append(want, o.ID)
				}
			}
			require.Contains(rt, want, r.ID, "%q", text)
			for _, dir := range []Direction{Forward, Backward} {
				got := ids(walk(rt, j, q, dir, 2))
				slices.Sort(got)
				require.Equal(rt, want, got, "%q", text)
			}
			n, err := j.Count(ctxb(), ListOperations, q)
			require.NoError(rt, err)
			require.EqualValues(rt, len(want), n, "%q", text)
			if text[0] == '"' { // a session is found by what its operations say
				sessions, err := j.Count(ctxb(), ListSessions, q)
				require.NoError(rt, err)
				require.EqualValues(rt, len(want), sessions, "%q", text)
			}
		}
	})
}

// shown draws a filter that a row must fulfil, with what it means.
func shown(rt *rapid.T, r OperationRow, zone *time.Location) (text string, is func(OperationRow) bool) {
	part := func(s string) string {
		runes := []rune(s)
		from := rapid.IntRange(0, len(runes)-1).Draw(rt, "from")
		return string(runes[from:rapid.IntRange(from+1, len(runes)).Draw(rt, "to")])
	}
	plain := func(s string) string { return fold(s) }
	switch kind := rapid.SampledFrom([]string{"word", "recipient", "customer", "amount", "own", "day", "month", "minute", "range"}).Draw(rt, "kind"); kind {
	case "word", "recipient":
		if strings.TrimSpace(plain(r.Recipient)) == "" {
			break
		}
		p := part(r.Recipient)
		if strings.TrimSpace(plain(p)) == "" {
			break
		}
		if kind == "word" {
			return quote(p), func(o OperationRow) bool { return strings.Contains(textOfFolded(o), plain(p)) }
		}
		return "recipient:" + quote(p), func(o OperationRow) bool { return strings.Contains(plain(o.Recipient), plain(p)) }
	case "customer":
		if strings.TrimSpace(plain(r.Customer)) == "" {
			break
		}
		return Term("customer", r.Customer), func(o OperationRow) bool { return strings.Contains(plain(o.Customer), plain(r.Customer)) }
	case "amount", "own":
		if r.Amount.Amount < 0 {
			break // a filter has no sign
		}
		digits, _ := pikeapi.CurrencyDigits(r.Amount.Currency)
		major := fmt.Sprintf("%0*d", digits+1, r.Amount.Amount)
		if digits > 0 {
			major = major[:len(major)-digits] + "." + major[len(major)-digits:]
		}
		if kind == "own" && len(major) < 16 {
			return "amount<=" + major + " amount>=" + major, func(o OperationRow) bool {
				other, _ := pikeapi.CurrencyDigits(o.Amount.Currency)
				return scaled(o.Amount.Amount, 4-other) == scaled(r.Amount.Amount, 4-digits)
			}
		}
		return "amount:" + major + r.Amount.Currency, func(o OperationRow) bool { return o.Amount.Equal(r.Amount) }
	case "day", "month", "minute":
		layout := map[string]string{"day": "2006-01-02", "month": "2006-01", "minute": "2006-01-02T15:04"}[kind]
		name := r.Created.In(zone).Format(layout)
		if kind == "minute" {
			// In the hour that comes twice a name says two moments: a filter takes one of them.
			local := r.Created.In(zone)
			if local.Add(-time.Hour).Format(layout) == name || local.Add(time.Hour).Format(layout) == name {
				break
			}
		}
		return "created:" + name, func(o OperationRow) bool {
			return o.Created.In(zone).Format(layout) == name
		}
	case "range":
		from, to := r.Created.In(zone).AddDate(0, 0, -1).Format("2006-01-02"), r.Created.In(zone).Format("2006-01-02")
		return "created:" + from + ".." + to, func(o OperationRow) bool {
			day := o.Created.In(zone).Format("2006-01-02")
			return from <= day && day <= to
		}
	}
	return "id:" + r.OperationID, func(o OperationRow) bool { return o.ID == r.ID }
}

// scaled writes an amount with four digits after the point, without the point.
func scaled(n int64, digits int) string {
	return strings.TrimLeft(fmt.Sprint(n)+strings.Repeat("0", digits), "0")
}

func textOfFolded(r OperationRow) string {
	var parts []string
	for _, p := range []string{r.OperationID, r.SessionID, r.Recipient, r.Customer, r.ErrorCode, r.ErrorText, r.Metadata} {
		if p != "" {
			parts = append(parts, fold(p))
		}
	}
	return strings.Join(parts, "\n")
}

// While rows come and change between two pages, each row that stays as it was comes exactly once and
// in order, in either direction.
func TestPagesHoldWhileTheListChanges(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(5, 25).Draw(rt, "rows")
		j, clock := oddJournal(rt, t.TempDir(), n)
		defer func() { require.NoError(rt, j.Close()) }()
		j.limits = rapid.SampledFrom([]limits{defaultLimits(), {few: 0, budget: 3}, {few: 3, budget: 5}}).Draw(rt, "limits")
		s := Sort{Column: rapid.SampledFrom(SortColumns(ListOperations)).Draw(rt, "sort"), Ascending: rapid.Bool().Draw(rt, "ascending")}
		f, err := ParseFilter(rapid.SampledFrom([]string{"", "kind:payout", "status:succeeded,pending", "currency:eur,jpy", "po_", "o -currency:bhd", "amount>=0"}).Draw(rt, "filter"), filterNow)
		require.NoError(rt, err)
		q := Query{Filter: f, Sort: s}
		before := walk(rt, j, q, Forward, 1000)
		dir := rapid.SampledFrom([]Direction{Forward, Backward}).Draw(rt, "direction")
		touched := map[int64]bool{}
		var got []OperationRow
		var from *Cursor
		for {
			rows, err := j.Operations(ctxb(), q, from, dir, rapid.IntRange(1, 6).Draw(rt, "page"))
			require.NoError(rt, err)
			if len(rows) == 0 {
				break
			}
			if dir == Backward {
				slices.Reverse(rows)
			}
			got = append(got, rows...)
			c := rows[len(rows)-1].Cursor(s)
			from = &c
			if rapid.Bool().Draw(rt, "new") && n < 60 {
				observeOdd(rt, j, n)
				n++
			}
			if rapid.Bool().Draw(rt, "changed") {
				r := readAll(rt, j)[rapid.IntRange(0, 4).Draw(rt, "which")]
				touched[r.ID] = true
				clock.add(time.Second)
				op := pikeapi.Operation{Kind: r.Kind, ID: r.OperationID, CreatedAt: r.Created, Status: "failed", Recipient: "changed", Amount: pikeapi.Money{Amount: 7, Currency: "eur"}}
				require.NoError(rt, j.Observe(ctxb(), sessionAt(r.SessionID, pikeapi.SessionInProgress, clock.now(), "", op), pikeapi.V2, "test"))
			}
		}
		old := map[int64]bool{}
		var want []int64
		for _, r := range before {
			old[r.ID] = true
			if !touched[r.ID] {
				want = append(want, r.ID)
			}
		}
		if dir == Backward {
			slices.Reverse(want)
		}
		var stayed []int64
		for _, r := range got {
			if old[r.ID] && !touched[r.ID] {
				stayed = append(stayed, r.ID)
			}
		}
		require.Equal(rt, want, stayed)
	})
}
