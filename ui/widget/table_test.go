package widget

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/exp/golden"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"pikedash/ui/keymap"
)

func TestTableIsExactlyItsBox(t *testing.T) {
	for _, n := range []int{0, 1, 7, 5000} {
		for _, s := range sizes() {
			k := newTable(n, colours())
			k.SetSize(s[0], s[1])
			exact(t, k.View(k.clock.t), s[0], s[1])
			k.do(k.Load())
			exact(t, k.View(k.clock.t), s[0], s[1])
			k.press(k.keys.Move.Bottom)
			exact(t, k.View(k.clock.t), s[0], s[1])
			k.err = errors.New("disk\x1b[31m gone")
			k.do(k.Reset())
			exact(t, k.View(k.clock.t), s[0], s[1])
		}
	}
}

func TestTableGolden(t *testing.T) {
	k := newTable(30, plain())
	k.SetSize(80, 12)
	k.do(k.Load())
	k.press(k.keys.Move.Down)
	k.press(k.keys.List.Mark)
	golden.RequireEqual(t, k.View(k.clock.t))
}

func TestTableCursorStaysOnItsRowWhenRowsArrive(t *testing.T) {
	k := newTable(1000, plain())
	k.do(k.Load())
	for range 40 {
		k.press(k.keys.Move.Down)
	}
	require.Equal(t, "959", k.CurrentID())
	line := lineOf(k.View(k.clock.t), ">")
	k.n += 12
	k.do(k.Refresh())
	assert.Equal(t, "959", k.CurrentID())
	assert.Equal(t, line, lineOf(k.View(k.clock.t), ">"), "the row must stay on its line")
	assert.Equal(t, 12, k.Fresh())
	assert.Contains(t, k.Counts(0), "12 new")
	k.press(k.keys.Move.Top)
	assert.Equal(t, 0, k.Fresh())
	assert.Equal(t, "1011", k.CurrentID())
}

func TestTableShowsNewRowsAtTheTop(t *testing.T) {
	k := newTable(1000, plain())
	k.do(k.Load())
	k.n += 3
	k.do(k.Refresh())
	assert.Equal(t, "999", k.CurrentID())
	assert.Equal(t, 0, k.Fresh())
	assert.Contains(t, k.View(k.clock.t), "po_0001002")
}

func TestTableFollowsTheNewestUntilTheUserMoves(t *testing.T) {
	k := newTable(100, plain())
	k.opt.Follow = true
	k.do(k.Load())
	k.n++
	k.do(k.Refresh())
	assert.Equal(t, "100", k.CurrentID())
	k.press(k.keys.Move.Down)
	k.n++
	k.do(k.Refresh())
	assert.Equal(t, "99", k.CurrentID())
	k.press(k.keys.List.Follow)
	assert.Equal(t, "101", k.CurrentID())
	assert.True(t, k.Following())
}

// f leads to the new rows also in a list that does not follow them by itself.
func TestTableGoesToTheNewRows(t *testing.T) {
	k := newTable(1000, plain())
	k.do(k.Load())
	k.press(k.keys.Move.PageDown)
	k.press(k.keys.Move.PageDown)
	k.n += 12
	k.do(k.Refresh())
	require.Equal(t, 12, k.Fresh())
	k.press(k.keys.List.Follow)
	assert.Equal(t, "1011", k.CurrentID())
	assert.Zero(t, k.Fresh())
	assert.False(t, k.Following())
}

// A window that was small for a while hides no row once it is large again.
func TestTableShowsItsFirstRowsAgainWhereThereIsRoom(t *testing.T) {
	k := newTable(1000, plain())
	k.SetSize(80, 24)
	k.do(k.Load())
	for range 10 {
		k.press(k.keys.Move.Down)
	}
	whole := k.View(k.clock.t)
	k.SetSize(60, 8)
	assert.NotContains(t, k.View(k.clock.t), "po_0000999")
	k.SetSize(80, 24)
	assert.Equal(t, whole, k.View(k.clock.t))
}

// A cursor that moves by any keys while rows arrive is where arithmetic says.
func TestTableMovesLikeArithmetic(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		n := rapid.IntRange(1, 4000).Draw(r, "rows")
		k := newTable(n, plain())
		k.SetSize(80, rapid.IntRange(2, 60).Draw(r, "height"))
		k.do(k.Load())
		want := 0 // rows from the top of those that were there at first
		added := 0
		m := k.keys.Move
		for range rapid.IntRange(1, 40).Draw(r, "keys") {
			page := max(1, k.height())
			all := n + added
			switch rapid.IntRange(0, 8).Draw(r, "key") {
			case 0, 1:
				k.press(m.Down)
				want++
			case 2:
				k.press(m.Up)
				want--
			case 3:
				k.press(m.PageDown)
				want += page
			case 4:
				k.press(m.PageUp)
				want -= page
			case 5:
				k.press(m.Top)
				want = 0
			case 6:
				k.press(m.Bottom)
				want = all - 1
			case 7:
				k.n++
				added++
				want++
				k.do(k.Refresh())
			case 8:
				k.do(k.JumpTo(makeRow(all / 2)))
				want = all - 1 - all/2
			}
			want = clamp(want, 0, n+added-1)
			if got := k.CurrentID(); got != fmt.Sprint(n+added-1-want) {
				r.Fatalf("cursor on %s, want %d of %d", got, n+added-1-want, n+added)
			}
		}
		if len(k.rows) > keepPage*k.page()+k.page() {
			r.Fatalf("%d rows are held", len(k.rows))
		}
	})
}

func TestTableBurstSettlesOnTheRightRow(t *testing.T) {
	k := newTable(1_000_000, plain())
	k.do(k.Load())
	var cmds []tea.Cmd
	for range 1000 { // all keys arrive before any answer
		cmd, _ := k.Key(k.keys.Move.Down.Msg())
		cmds = append(cmds, cmd)
	}
	k.pages = 0
	k.do(tea.Batch(cmds...))
	assert.Equal(t, fmt.Sprint(1_000_000-1-1000), k.CurrentID())
	assert.LessOrEqual(t, k.pages, 6, "few readings for a burst")
}

func TestTableDropsAnswersOfAnotherSource(t *testing.T) {
	k := newTable(50, plain())
	old := k.Load()
	k.n = 3
	k.do(k.Load())
	require.Equal(t, 3, k.Len())
	k.n = 50
	drive(old, k.Update)
	assert.Equal(t, 3, k.Len())
	other := newTable(9, plain())
	drive(other.Load(), k.Update)
	assert.Equal(t, 3, k.Len(), "another table's rows")
}

func TestTableKeepsOldRowsUntilNewOnesCome(t *testing.T) {
	k := newTable(50, plain())
	k.do(k.Load())
	cmd := k.Load()
	assert.Equal(t, 50, k.Len())
	assert.NotContains(t, k.View(k.clock.t), "No payouts")
	k.do(cmd)
	assert.Equal(t, 50, k.Len())
	_ = k.Reset()
	assert.Equal(t, 0, k.Len(), "another environment's rows must not stay")
}

func TestTableChangesWhileReadingAreNotLost(t *testing.T) {
	k := newTable(50, plain())
	cmd := k.Load()
	for range 5 { // a busy journal must not keep the first rows from coming
		require.Nil(t, k.Refresh())
	}
	k.n = 51
	k.do(cmd)
	n, _ := k.Total()
	assert.Equal(t, 51, k.Len())
	assert.Equal(t, 51, n)
	slow := k.Refresh()
	k.n = 53
	require.Nil(t, k.Refresh())
	k.do(slow)
	assert.Equal(t, 53, k.Len())
}

func TestTableSaysWhichKindOfNothing(t *testing.T) {
	k := newTable(0, plain())
	cmd := k.Load()
	assert.Equal(t, "", strings.TrimSpace(k.View(k.clock.t)), "silent at first")
	assert.Contains(t, k.View(k.clock.t.Add(4*time.Second)), "waiting for the journal, 4 s (gives up after 15 s)")
	k.do(cmd)
	assert.Contains(t, k.View(k.clock.t), "No payouts yet. 2 makes one.")
	k.opt.Filter = func() string { return "status:failed" }
	assert.Contains(t, k.View(k.clock.t), "No row fits status:failed.")
	k.err = errors.New("database is locked")
	k.do(k.Load())
	assert.Contains(t, k.View(k.clock.t), "database is locked")
	assert.Contains(t, k.View(k.clock.t), "r tries again")
	k.err, k.n = nil, 4
	k.do(k.Refresh())
	assert.Equal(t, 4, k.Len())
}

func TestTableMarks(t *testing.T) {
	k := newTable(500, plain())
	k.do(k.Load())
	l := k.keys.List
	k.press(l.Mark)
	k.press(l.Mark)
	require.Len(t, k.Marked(), 2)
	k.press(l.MarkRange)
	k.press(k.keys.Move.PageDown)
	k.press(l.MarkRange)
	k.press(k.keys.Move.Down)
	assert.Len(t, k.Marked(), 2+20, "from the third row, a page of 19 further")
	k.press(l.MarkAll)
	n, _ := k.MarkCount()
	assert.Equal(t, 0, n, "all keys marks none when some are")
	k.press(l.MarkAll)
	n, known := k.MarkCount()
	assert.True(t, known)
	assert.Equal(t, 500, n)
	k.press(l.Mark)
	n, _ = k.MarkCount()
	assert.Equal(t, 499, n)
	all, except := k.AllMarked()
	assert.True(t, all)
	assert.Len(t, except, 1)
	assert.True(t, k.ClearMarks())
	assert.False(t, k.ClearMarks())
}

func TestTableDropsColumnsByImportance(t *testing.T) {
	k := newTable(5, plain())
	k.do(k.Load())
	for w, want := range map[int]string{80: "ID AMOUNT TO WHY", 50: "ID AMOUNT TO", 36: "ID AMOUNT", 20: "ID"} {
		k.SetSize(w, 5)
		head := strings.Split(k.View(k.clock.t), "\n")[0]
		assert.Equal(t, want, strings.ReplaceAll(strings.Join(strings.Fields(head), " "), "↓", ""), "at %d", w)
	}
}

func TestTableAlignsAtThePoint(t *testing.T) {
	k := newTable(1200, plain())
	k.do(k.Load())
	var points, units []int
	for _, l := range strings.Split(k.View(k.clock.t), "\n")[1:] {
		if i := strings.Index(l, ".50"); i >= 0 {
			points = append(points, i)
			units = append(units, strings.Index(l, "EUR"))
		} else {
			units = append(units, strings.Index(l, "JPY"))
		}
	}
	for _, p := range points {
		assert.Equal(t, points[0], p)
	}
	for _, u := range units {
		assert.Equal(t, units[0], u)
	}
}

// A cut amount would be read as a smaller one.
func TestAmountsLoseNoDigit(t *testing.T) {
	for text, want := range map[string]string{
		"12,600,000.00 UZS":          "12600000.00 UZS", // 17 cells in 16
		"1,234,567,890.00 EUR":       "1234567890.00…",
		"90,000,000,000,000.00 GBP":  "################",
		"10050 minor units of XYZ":   "10050 minor uni…",
		"1,234,567.89 EUR":           "1,234,567.89 EUR",
		"9,223,372,036,854,775 JPY":  "################",
		"uncountably much of it EUR": "uncountably muc…",
	} {
		k := newTable(1, plain())
		k.opt.Columns = []Column[row]{{Key: "amount", Title: "AMOUNT", Width: 16, Align: Point, Cell: func(*row) Cell { return Cell{Text: text} }}}
		k.SetSize(gutter+16, 3)
		k.do(k.Load())
		assert.Equal(t, want, strings.TrimSpace(strings.Split(k.View(k.clock.t), "\n")[1][gutter:]), text)
	}
}

func TestAlignPoints(t *testing.T) {
	assert.Equal(t, []string{
		"     1,500.00  EUR",
		"       900     JPY",
		"         0.125 BHD",
		"5 minor units of X",
		"                  ",
	}, AlignPoints([]string{"1,500.00 EUR", "900 JPY", "0.125 BHD", "5 minor units of X", ""}))
}

func TestTableArrangement(t *testing.T) {
	k := newTable(5, plain())
	k.do(k.Load())
	s := k.Arrangement()
	require.Len(t, s, 4)
	s[0], s[1] = s[1], s[0]
	s[2].Hidden = true
	s[3].Width = 30
	k.Arrange(s)
	head := strings.Split(k.View(k.clock.t), "\n")[0]
	assert.Less(t, strings.Index(head, "AMOUNT"), strings.Index(head, "ID"))
	assert.NotContains(t, head, "TO ")
	assert.Equal(t, s, k.Arrangement())
}

func TestSpareColumnsComeWhereTheOthersHaveRoom(t *testing.T) {
	k := newTable(5, plain())
	k.opt.Columns[3].Good = 30
	k.opt.Columns = append(k.opt.Columns, Column[row]{Key: "extra", Title: "EXTRA", Width: 10, Priority: 4, Spare: true, Sort: true, Cell: func(*row) Cell { return Cell{Text: "more"} }})
	k.do(k.Load())
	head := func(w int) string {
		k.SetSize(w, 20)
		return strings.Split(k.View(k.clock.t), "\n")[0]
	}
	assert.NotContains(t, head(88), "EXTRA", "it would fit, but WHY would be cut")
	assert.Contains(t, head(96), "EXTRA")
	assert.Equal(t, []int{10, 16, 14, 35, 10}, k.widths, "what is left over goes to those that stretch")
	k.do(k.SetSort(Sort{Key: "extra"}))
	assert.Contains(t, head(88)+k.Counts(0), "by EXTRA", "an order that is not in sight is said")
	s := k.Arrangement()
	assert.True(t, s[4].Absent)
	s[4].Always = true
	k.Arrange(s)
	assert.Contains(t, head(88), "EXTRA", "the user wants it")
	for _, w := range []int{60, 40, 20} {
		assert.Contains(t, head(w), "EXTRA", w)
	}
	assert.NotContains(t, k.Counts(0), "by EXTRA")
	for w := range 250 {
		exact(t, strings.Split(head(w)+"\n", "\n")[0], w, min(w, 1))
	}
}

func TestTableTakesKeysBeforeItIsLoaded(t *testing.T) {
	k := newTable(5, plain())
	for _, b := range append(keymap.Of(k.keys.Move), k.keys.List.Mark, k.keys.List.MarkRange, k.keys.List.MarkAll) {
		k.press(b)
	}
	assert.Zero(t, k.Len())
	k.press(k.keys.List.Refresh)
	assert.Equal(t, 5, k.Len())
}

func TestTableSorts(t *testing.T) {
	k := newTable(5, plain())
	k.do(k.Load())
	k.press(k.keys.List.Sort)
	assert.Equal(t, Sort{"amount", false}, k.Sort())
	k.press(k.keys.List.SortReverse)
	assert.Equal(t, Sort{"amount", true}, k.Sort())
	k.press(k.keys.List.Sort)
	assert.Equal(t, Sort{"id", true}, k.Sort())
}

func lineOf(view, part string) int {
	for i, l := range strings.Split(view, "\n") {
		if strings.Contains(l, part) {
			return i
		}
	}
	return -1
}

// uncountable is a list that cannot be counted in time.
type uncountable struct{ fakeSource }

func (uncountable) Count(context.Context) (int, error) { return 0, context.DeadlineExceeded }

func TestAListThatCouldNotBeCountedSaysSo(t *testing.T) {
	k := newTable(5, plain())
	k.opt.Open = func(Sort) Source[row] { return uncountable{fakeSource{&k.n, &k.err, &k.pages}} }
	cmd := k.Load()
	k.loaded = true
	assert.Equal(t, "counting", k.Counts(0))
	k.do(cmd)
	assert.Equal(t, "not counted", k.Counts(0))
}

func TestARangeCoversWhatItPassesOrSaysSo(t *testing.T) {
	k := newTable(5000, plain())
	k.do(k.Load())
	k.press(k.keys.List.MarkRange)
	var owed []tea.Cmd
	for range 10 { // faster than rows arrive
		cmd, _ := k.Key(k.keys.Move.PageDown.Msg())
		owed = append(owed, cmd)
	}
	for _, cmd := range owed {
		k.do(cmd)
	}
	n, _ := k.MarkCount()
	assert.Equal(t, 10*19+1, n, "rows that came later are marked, too")
	assert.True(t, k.Marking())
	far := makeRow(17)
	k.do(k.JumpTo(far))
	assert.False(t, k.Marking())
	assert.True(t, k.RangeLost(), "what lies between is not held")
	after, _ := k.MarkCount()
	assert.Equal(t, n, after)
	k.press(k.keys.List.Mark)
	assert.False(t, k.RangeLost())

	for _, all := range []int{60, 5000, rangeMax + 500} {
		k = newTable(all, plain())
		k.do(k.Load())
		k.press(k.keys.List.MarkRange)
		k.press(k.keys.Move.Bottom)
		n, _ = k.MarkCount()
		assert.Equal(t, min(all, rangeMax+1), n, "to the end of the list, or as far as a range goes")
		k.press(k.keys.List.MarkRange)
		k.press(k.keys.Move.Top)
		assert.Equal(t, all-1, k.rows[0].row.n)
	}
}
