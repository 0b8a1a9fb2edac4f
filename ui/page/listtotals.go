package page

import (
	"context"
	"sort"
	"strconv"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"pikedash/pikeapi"
	"pikedash/pikeapi/journal"
	"pikedash/ui/widget"
)

// noTotals is why some lists have no totals.
const noTotals = "only payouts, payments and sessions have amounts to add up"

// addsUp says that the list has totals.
func (l *Listing[T]) addsUp() bool {
	return l.opt.List == journal.ListOperations || l.opt.List == journal.ListSessions
}

// wanted says what the totals should be of; ok is false when none are shown, or when the marked rows
// are added up without the journal.
func (l *Listing[T]) wanted() (key totalKey, ok bool) {
	if !l.addsUp() {
		return totalKey{}, false
	}
	all, except := l.table.AllMarked()
	if !all && l.typed == "" {
		return totalKey{}, false
	}
	if !all {
		except = nil
	}
	return totalKey{l.opt.Name + " " + l.typed, len(except)}, true
}

// refreshTotals reads the totals of the filter, or of everything that is marked, when they are old.
func (l *Listing[T]) refreshTotals() tea.Cmd {
	key, ok := l.wanted()
	if !ok {
		l.totals, l.totaled = nil, totalKey{}
		return nil
	}
	now := l.deps.Now()
	if key == l.totaled && (l.adding || now.Sub(l.added) < totalsEvery) {
		return nil
	}
	if key != l.totaled {
		l.totals = nil
	}
	l.totaled, l.adding, l.added = key, true, now
	msg := listMsg{Stamp: l.deps.Stamps.Next(l.opt.Name + ".totals"), owner: l.opt.Name, key: &key}
	return readTotals(l.store, msg, l.opt.List, l.query(l.table.Sort()), l.unmarked())
}

// unmarked are the row numbers that are left out of everything that is marked.
func (l *Listing[T]) unmarked() []int64 {
	var ids []int64
	if all, except := l.table.AllMarked(); all {
		for _, id := range except {
			if n, err := strconv.ParseInt(id, 10, 64); err == nil {
				ids = append(ids, n)
			}
		}
	}
	return ids
}

// readTotals adds up what fulfils a query, but for some rows, and puts it into msg.
func readTotals(s ListStore, msg listMsg, list journal.List, q journal.Query, except []int64) tea.Cmd {
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), listTime)
		defer cancel()
		msg.totals, msg.err = s.Totals(ctx, list, q)
		if msg.err == nil && len(except) > 0 {
			var less []journal.Total
			less, msg.err = s.TotalsOf(ctx, list, except)
			msg.totals = subtract(msg.totals, less)
		}
		return msg
	}
}

// subtract takes totals away from totals.
func subtract(from, less []journal.Total) []journal.Total {
	out := append([]journal.Total(nil), from...)
	for _, x := range less {
		for i := range out {
			o := &out[i]
			if o.Kind == x.Kind && o.Status == x.Status && o.Sum.Currency == x.Sum.Currency {
				o.Count -= x.Count
				o.Sum.Amount -= x.Sum.Amount
			}
		}
	}
	return out
}

// askTotals shows the totals of what is marked, or else of everything that the filter lets through.
func (l *Listing[T]) askTotals() tea.Cmd {
	all, _ := l.table.AllMarked()
	n, _ := l.table.MarkCount()
	switch {
	case !l.addsUp():
		return Say(Info, noTotals)
	case !all && n > 0:
		return l.showTotals(l.what(), l.marks.totals())
	}
	msg := listMsg{Stamp: l.deps.Stamps.Next(l.opt.Name + ".alltotals"), owner: l.opt.Name, show: l.what()}
	return readTotals(l.store, msg, l.opt.List, l.query(l.table.Sort()), l.unmarked())
}

// what names what an export or the totals are of.
func (l *Listing[T]) what() string {
	if n, _ := l.table.MarkCount(); n > 0 {
		return "the " + widget.Thousands(n) + " marked rows"
	} else if l.typed == "" {
		return "the whole list"
	}
	return "what the filter lets through"
}

// showTotals opens a table of totals by currency and state.
func (l *Listing[T]) showTotals(what string, totals []journal.Total) tea.Cmd {
	badge := l.deps.Theme.Operation
	if l.opt.List == journal.ListSessions {
		badge = l.deps.Theme.Session
	}
	lines := totalsTable(totals, func(status string) string { return badge(status).Text() })
	text := strings.Join(lines, "\n") + "\n"
	return AskFor(&widget.Reader{Title: "totals of " + what, Lines: lines, Copy: func() tea.Cmd { return CopyText("the totals", text) }})
}

// totalsTable writes a line for each state in each currency, those of most rows first, and for each
// currency one for all states together.
func totalsTable(totals []journal.Total, name func(status string) string) []string {
	by := map[string]map[string]journal.Total{}
	counts := map[string]int64{}
	for _, t := range totals {
		if t.Count == 0 {
			continue
		}
		code := strings.ToUpper(t.Sum.Currency)
		if by[code] == nil {
			by[code] = map[string]journal.Total{}
		}
		by[code][t.Status] = addTotals(by[code][t.Status], t)
		counts[code] += t.Count
	}
	if len(counts) == 0 {
		return []string{"There is nothing to add up."}
	}
	var names []string
	var rows []journal.Total
	for _, code := range largest(counts) {
		states := map[string]int64{}
		all := journal.Total{}
		for status, t := range by[code] {
			states[status] = t.Count
			all = addTotals(all, t)
		}
		if len(names) > 0 {
			names, rows = append(names, ""), append(rows, journal.Total{})
		}
		for _, status := range largest(states) {
			names, rows = append(names, widget.Clean(name(status))), append(rows, by[code][status])
		}
		if len(states) > 1 {
			names, rows = append(names, "together"), append(rows, all)
		}
	}
	return totalsLines(names, rows)
}

// totalsLines writes names, counts and sums in columns; a row without a name is a blank line.
func totalsLines(names []string, rows []journal.Total) []string {
	counts, sums := make([]string, len(rows)), make([]string, len(rows))
	for i, t := range rows {
		switch {
		case names[i] == "":
		case t.Sum.Currency == "":
			counts[i], sums[i] = widget.Thousands(int(t.Count)), "no amount"
		default:
			counts[i], sums[i] = widget.Thousands(int(t.Count)), sumText(t.Sum)
		}
	}
	names, counts, sums = widget.PadAll(names), widget.AlignPoints(counts), widget.AlignPoints(sums)
	lines := make([]string, len(rows))
	for i := range rows {
		lines[i] = strings.TrimRight(names[i]+"   "+counts[i]+"   "+sums[i], " ")
	}
	return lines
}

// addTotals adds b to a, of the same currency.
func addTotals(a, b journal.Total) journal.Total {
	sum, err := pikeapi.Money{Amount: a.Sum.Amount, Currency: b.Sum.Currency}.Add(b.Sum)
	if err != nil || a.Sum.Amount == tooMuch || b.Sum.Amount == tooMuch {
		sum = pikeapi.Money{Amount: tooMuch, Currency: b.Sum.Currency}
	}
	return journal.Total{Kind: b.Kind, Status: b.Status, Count: a.Count + b.Count, Sum: sum}
}

// tooMuch stands for a sum that is larger than can be held.
const tooMuch = 1<<63 - 1

// sumText writes a sum.
func sumText(m pikeapi.Money) string {
	if m.Amount == tooMuch {
		return "uncountably much " + widget.Clean(m.Code())
	}
	return widget.Clean(m.Format())
}

// TotalsText says how many there are by status, then the sums by currency, those of most rows first,
// in at most w cells: "2 failed  1 succeeded   1,710.00 EUR  20.00 USD". Where it is narrow the
// smallest go first, from the longer of the two lists, and the largest sum last; empty when nothing fits.
func TotalsText(totals []journal.Total, w int) string {
	counts, rows := map[string]int64{}, map[string]int64{}
	sums := map[string]journal.Total{}
	for _, t := range totals {
		if t.Count == 0 {
			continue
		}
		counts[t.Status] += t.Count
		if code := strings.ToUpper(t.Sum.Currency); code != "" {
			rows[code] += t.Count
			sums[code] = addTotals(sums[code], t)
		}
	}
	var states, money []string
	for _, s := range largest(counts) {
		name := widget.Clean(strings.ReplaceAll(s, "_", " "))
		if name == "" {
			name = "not asked yet"
		}
		states = append(states, widget.Thousands(int(counts[s]))+" "+name)
	}
	for _, c := range largest(rows) {
		money = append(money, sumText(sums[c].Sum))
	}
	s, m := len(states), len(money)
	for s > 0 || m > 0 {
		text := strings.TrimSpace(someOf(states, s, "state", "states") + "   " + someOf(money, m, "currency", "currencies"))
		if widget.Width(text) <= w {
			return text
		}
		if s == 0 || m >= s && m > 1 {
			m--
		} else {
			s--
		}
	}
	return ""
}

// someOf joins the first n of a list and says how many more there are.
func someOf(list []string, n int, one, many string) string {
	out := append([]string(nil), list[:n]...)
	if left := len(list) - n; left > 0 {
		out = append(out, "+"+widget.Plural(left, one, many))
	}
	return strings.Join(out, "  ")
}

// largest orders the keys by their value, the largest first.
func largest(m map[string]int64) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Slice(keys, func(i, j int) bool {
		if a, b := m[keys[i]], m[keys[j]]; a != b {
			return a > b
		}
		return keys[i] < keys[j]
	})
	return keys
}
