package page

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"pikedash/pikeapi"
	"pikedash/pikeapi/journal"
	"pikedash/ui/widget"
)

func TestTotalsTextLosesTheSmallestFirst(t *testing.T) {
	total := func(status string, n int64, amount int64, currency string) journal.Total {
		return journal.Total{Status: status, Count: n, Sum: pikeapi.Money{Amount: amount, Currency: currency}}
	}
	totals := []journal.Total{
		total("succeeded", 1200, 100_00, "eur"), total("succeeded", 3, 5_00, "usd"), total("failed", 20, 30_00, "eur"), total("in_progress", 1, 900, "jpy"),
	}
	for w, want := range map[int]string{
		90: "1,203 succeeded  20 failed  1 in progress   130.00 EUR  5.00 USD  900 JPY",
		70: "1,203 succeeded  20 failed  +1 state   130.00 EUR  +2 currencies",
		50: "+3 states   130.00 EUR  +2 currencies",
		10: "",
	} {
		got := TotalsText(totals, w)
		assert.Equal(t, want, got, w)
		assert.LessOrEqual(t, widget.Width(got), w)
	}
	assert.Equal(t, "uncountably much EUR", sumText(pikeapi.Money{Amount: tooMuch, Currency: "eur"}))
	huge := TotalsText([]journal.Total{total("failed", 1, tooMuch, "eur"), total("succeeded", 1, 5, "eur")}, 80)
	assert.Contains(t, huge, "uncountably much EUR", "a sum that cannot be held is never shown as a smaller one")
}

func TestMarksAddUpMarkByMark(t *testing.T) {
	m := markSums{}
	eur := func(n int64) pikeapi.Money { return pikeapi.Money{Amount: n, Currency: "EUR"} }
	m.change("failed", eur(500), true)
	m.change("failed", eur(tooMuch-1), true)
	assert.Equal(t, int64(tooMuch), m.totals()[0].Sum.Amount, "what cannot be held is not shown as less")
	m.change("failed", eur(tooMuch-1), false)
	assert.Equal(t, []journal.Total{{Status: "failed", Count: 1, Sum: pikeapi.Money{Amount: 500, Currency: "eur"}}}, m.totals())
	m.change("failed", eur(500), false)
	assert.Empty(t, m.totals())
}
