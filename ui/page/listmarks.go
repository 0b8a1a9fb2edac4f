package page

import (
	"fmt"
	"math/big"
	"strings"

	"pikedash/pikeapi"
	"pikedash/pikeapi/journal"
	"pikedash/ui/widget"
)

// markState changes whenever other rows are marked as a whole.
func (l *Listing[T]) markState() string {
	all, except := l.table.AllMarked()
	n, _ := l.table.MarkCount()
	return fmt.Sprint(all, len(except), n)
}

// markText says how many rows are marked and what they come to, in about w cells; empty without marks.
func (l *Listing[T]) markText(w int) string {
	all, _ := l.table.AllMarked()
	n, known := l.table.MarkCount()
	if !all && n == 0 {
		return ""
	}
	text := "all marked"
	if known {
		text = widget.Thousands(n) + " marked"
	}
	totals := l.totals
	if !all {
		totals = l.marks.totals()
	}
	if l.table.RangeLost() {
		text += "   the jump ended the range: a filter and " + l.deps.Keys.List.MarkAll.Label() + " mark any number"
	}
	if l.table.Marking() {
		text += "   range: " + l.deps.Keys.List.MarkRange.Label() + " ends it"
	}
	if sum := TotalsText(totals, w-widget.Width(text)-3); sum != "" {
		text += "   " + sum
	}
	return text
}

// markSums are the totals of the rows that are marked by themselves. They are kept up to date mark by
// mark, so that no key costs more the more is marked.
type markSums map[markKey]*markSum

type markKey struct{ status, currency string }

type markSum struct {
	count int64
	sum   big.Int // minor units
}

// change adds a row, or takes it away.
func (m markSums) change(status string, amount pikeapi.Money, on bool) {
	k := markKey{status, strings.ToLower(amount.Currency)}
	have := m[k]
	if have == nil {
		have = &markSum{}
		m[k] = have
	}
	if n := big.NewInt(amount.Amount); on {
		have.count++
		have.sum.Add(&have.sum, n)
	} else {
		have.count--
		have.sum.Sub(&have.sum, n)
	}
	if have.count == 0 {
		delete(m, k)
	}
}

func (m markSums) totals() []journal.Total {
	out := make([]journal.Total, 0, len(m))
	for k, v := range m {
		t := journal.Total{Status: k.status, Count: v.count, Sum: pikeapi.Money{Amount: tooMuch, Currency: k.currency}}
		if v.sum.IsInt64() {
			t.Sum.Amount = v.sum.Int64()
		}
		out = append(out, t)
	}
	return out
}
