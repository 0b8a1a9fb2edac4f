package overview

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"pikedash/pikeapi/journal"
	"pikedash/ui/page"
	"pikedash/ui/widget"
)

// block is one part of the screen.
type block struct {
	title string
	right bool // in the right column where there are two
	lines []line
}

// lineMargin is what stands before and after a line's text, in cells.
const lineMargin = 4

// line is one line of a block. Its text is drawn already; opens is what enter goes to.
type line struct {
	left, right string
	opens       tea.Msg
	name        string // what it is about, whatever its numbers are: the cursor stays on it
}

// text makes a line that only tells.
func text(left string) line { return line{left: left} }

// blocks are all parts that have something to say, drawn for columns of w cells.
func (m *Model) blocks(w int) []block {
	if m.stats == nil {
		return nil
	}
	var out []block
	for _, b := range []block{m.waits(w), m.unknown(), m.counts(w), m.failures(), m.calls(w), m.well(), m.done()} {
		if len(b.lines) > 0 {
			out = append(out, b)
		}
	}
	return out
}

// waits lists what waits for the operator, the most urgent first. Where it is narrow the session's id
// goes first; how long there is left stays.
func (m *Model) waits(w int) block {
	t := m.deps.Theme
	b := block{title: "Waits for you"}
	if n := m.stats.Waiting; n > 0 {
		b.title += " (" + widget.Thousands(n) + ")"
	}
	var actions, amounts []string
	for _, x := range m.waiting {
		actions = append(actions, t.Wait.Paint(t.Glyphs.Pending+" "+widget.Clean(string(x.Action))))
		amounts = append(amounts, widget.Clean(x.Amount.Format()))
	}
	actions, amounts = widget.PadAll(actions), widget.AlignPoints(amounts)
	for i, x := range m.waiting {
		left := ""
		if !x.Deadline.IsZero() {
			left = t.Bad.Paint("time is over")
			if d := x.Deadline.Sub(m.now); d > 0 {
				left = t.Dim.Paint(widget.Span(d) + " left")
			}
		}
		what := actions[i] + "  " + amounts[i] + "  "
		if id := widget.CutMiddle(widget.Clean(x.SessionID), 20); w >= 80 {
			what = actions[i] + "  " + widget.Pad(id, 20) + "  " + amounts[i] + "  "
		}
		room := max(0, w-lineMargin-widget.Width(what)-widget.Width(left)-2)
		b.lines = append(b.lines, line{left: what + widget.Cut(widget.Clean(x.Recipient), room), right: left, name: "waits " + x.SessionID,
			opens: page.Navigate{Screen: page.Sessions, Arg: page.OpenSession{ID: x.SessionID}}})
	}
	if more := m.stats.Waiting - len(m.waiting); more > 0 && len(m.waiting) > 0 {
		b.lines = append(b.lines, line{left: fmt.Sprintf("and %s more", widget.Thousands(more)), name: "others that wait",
			opens: page.Navigate{Screen: page.Sessions, Arg: page.OpenFilter{Text: waitingFilter}}})
	}
	if len(b.lines) == 0 {
		b.lines = []line{text(t.Dim.Paint("nothing waits for you"))}
	}
	return b
}

// waitingFilter lists what waits for the operator.
const waitingFilter = "next:any status:in_progress"

func (m *Model) unknown() block {
	if m.stats.Unknown == 0 {
		return block{}
	}
	t := m.deps.Theme
	return block{title: "Unknown outcomes", lines: []line{{
		left:  t.Unknown.Paint(fmt.Sprintf("%s %d may have been carried out: settle them before anything like them is sent", t.Glyphs.Unknown, m.stats.Unknown)),
		opens: page.Navigate{Screen: page.Unknown}, name: "unknown",
	}}}
}

// window returns the totals of the chosen period.
func (m *Model) window() []journal.Total {
	return [][]journal.Total{m.stats.Hour, m.stats.Day, m.stats.Week}[m.period]
}

// counts tells how many operations of which state there were, and their sums: payouts first, the
// commonest states first, within them the commonest currencies.
func (m *Model) counts(w int) block {
	t := m.deps.Theme
	b := block{title: "Payouts and payments, " + periods()[m.period].name}
	totals := slices.Clone(m.window())
	states := map[string]int64{}
	for _, total := range totals {
		states[total.Status] += total.Count
	}
	slices.SortStableFunc(totals, func(x, y journal.Total) int {
		return cmp.Or(cmp.Compare(y.Kind, x.Kind), cmp.Compare(states[y.Status], states[x.Status]), cmp.Compare(x.Status, y.Status), cmp.Compare(y.Count, x.Count))
	})
	var badges, sums []string
	for _, total := range totals {
		badges = append(badges, t.Operation(total.Status).String())
		sums = append(sums, widget.Clean(total.Sum.Format()))
	}
	badges = widget.PadAll(badges)
	if lined := widget.AlignPoints(sums); len(lined) > 0 && 8+1+widget.Width(badges[0])+10+1+widget.Width(lined[0]) <= w-lineMargin {
		sums = lined
	}
	for i, total := range totals {
		b.lines = append(b.lines, line{
			left:  widget.Pad(widget.Clean(string(total.Kind)), 8) + " " + badges[i] + widget.PadLeft(widget.Thousands(int(total.Count)), 10),
			right: sums[i], name: strings.Join([]string{"sum", string(total.Kind), total.Status, total.Sum.Currency}, " "), opens: page.Navigate{Screen: page.Payouts, Arg: page.OpenFilter{Text: m.filterOf(total)}},
		})
	}
	if len(b.lines) == 0 {
		b.lines = []line{text(t.Dim.Paint("none in the " + periods()[m.period].name + "; " + m.deps.Keys.Overview.Period.Label() + " changes the period"))}
	}
	return b
}

// filterOf is the filter that lists what a total counts.
func (m *Model) filterOf(t journal.Total) string {
	return strings.Join([]string{journal.Term("kind", string(t.Kind)), journal.Term("status", t.Status), "created<" + periods()[m.period].age,
		journal.Term("currency", strings.ToLower(t.Sum.Currency))}, " ")
}

// mostFailures is how many error codes are listed.
const mostFailures = 6

// failures counts what failed in the period by its code, the commonest first.
func (m *Model) failures() block {
	t, span := m.deps.Theme, periods()[m.period]
	b := block{title: "Failures by code, " + span.name, right: true}
	counts := map[string]int64{}
	var codes []string
	for _, f := range m.stats.Failures {
		if n := [...]int64{f.Hour, f.Day, f.Week}[m.period]; n > 0 {
			counts[f.Code] = n
			codes = append(codes, f.Code)
		}
	}
	slices.SortStableFunc(codes, func(x, y string) int { return cmp.Compare(counts[y], counts[x]) })
	opens := func(filter string) page.Navigate {
		return page.Navigate{Screen: page.Payouts, Arg: page.OpenFilter{Text: "kind:payout,payment " + filter + " created<" + span.age}}
	}
	var rest int64
	for i, code := range codes {
		if i >= mostFailures {
			rest += counts[code]
			continue
		}
		b.lines = append(b.lines, line{left: t.Bad.Paint(t.Glyphs.Failed + " " + widget.Clean(code)),
			right: widget.Thousands(int(counts[code])), name: "failed " + code, opens: opens(journal.Term("error", code))})
	}
	if more := len(codes) - mostFailures; more > 0 {
		others := "has:error"
		for _, code := range codes[:mostFailures] {
			others += " -" + journal.Term("error", code)
		}
		b.lines = append(b.lines, line{left: t.Dim.Paint(widget.Plural(more, "other code", "other codes")), right: widget.Thousands(int(rest)), name: "others that failed", opens: opens(others)})
	}
	return b
}
