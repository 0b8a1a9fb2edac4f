package overview

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/exp/golden"
	"github.com/stretchr/testify/require"

	"pikedash/pikeapi/journal"
	"pikedash/ui/page"
	"pikedash/ui/uitest/kit"
	"pikedash/ui/widget"
)

func newBench(t *testing.T, fill func(*journal.Journal)) *kit.Kit[*Model] {
	t.Helper()
	return kit.New(t, New, kit.Options{Fill: fill, W: 118, H: 40})
}

func seeded(t *testing.T) func(*journal.Journal) {
	return func(j *journal.Journal) {
		require.NoError(t, j.Seed(context.Background(), 400, 1, kit.Noon()))
	}
}

func TestAFreshPlaceTeachesTheFirstSteps(t *testing.T) {
	b := newBench(t, nil)
	view := b.M.View()
	require.Contains(t, view, "This is the sandbox")
	require.Contains(t, view, "choose a test card")
	require.Contains(t, view, "no signing key")
	golden.RequireEqual(t, view)
}

// Every number says what the list says that enter opens.
func TestNumbersAgreeWithTheListsBehindThem(t *testing.T) {
	b := newBench(t, seeded(t))
	for p := range periods() {
		b.M.period = p
		require.NotEmpty(t, b.M.window())
		for _, total := range b.M.window() {
			f, err := journal.ParseFilter(b.M.filterOf(total), kit.Noon())
			require.NoError(t, err)
			n, err := b.Deps.Desk.At().Journal.Count(t.Context(), journal.ListOperations, journal.Query{Filter: f})
			require.NoError(t, err)
			require.Equal(t, total.Count, n, b.M.filterOf(total))
		}
	}
}

// lists returns the number that a line ends with and how many rows the list behind it has.
func lists(t *testing.T, b *kit.Kit[*Model], l line, number string) (said, listed int64) {
	t.Helper()
	to, ok := l.opens.(page.Navigate)
	require.True(t, ok, "%s opens nothing", l.left)
	f, err := journal.ParseFilter(to.Arg.(page.OpenFilter).Text, kit.Noon())
	require.NoError(t, err)
	list := map[page.ID]journal.List{page.Payouts: journal.ListOperations, page.Sessions: journal.ListSessions, page.Traffic: journal.ListExchanges}[to.Screen]
	require.NoError(t, f.Check(list))
	n, err := b.Deps.Desk.At().Journal.Count(t.Context(), list, journal.Query{Filter: f})
	require.NoError(t, err)
	said, err = strconv.ParseInt(strings.ReplaceAll(number, ",", ""), 10, 64)
	require.NoError(t, err)
	return said, n
}

func TestEveryOtherNumberAgreesToo(t *testing.T) {
	sign := func([]byte) (string, string, error) { return "c2ln", "3f9a", nil }
	b := newBench(t, func(j *journal.Journal) {
		require.NoError(t, j.SeedWith(t.Context(), journal.SeedOptions{Rows: 3000, Seed: 1, Now: kit.Noon(), Traffic: 300, Sign: sign, SignHook: sign}))
	})
	for p := range periods() {
		b.M.period = p
		failures := b.M.failures()
		require.NotEmpty(t, failures.lines)
		for _, l := range failures.lines {
			said, listed := lists(t, b, l, l.right)
			require.Equal(t, said, listed, "%s in the %s", l.left, periods()[p].name)
		}
	}
	b.M.period = 2
	require.Contains(t, b.M.failures().lines[mostFailures].left, "other codes")
	calls := b.M.calls(80)
	var numbers []string
	for _, l := range calls.lines {
		if l.opens == nil {
			continue
		}
		number, _, _ := strings.Cut(strings.TrimPrefix(l.right+strings.TrimPrefix(ansi.Strip(l.left), "✗ "), "worst "), " ")
		if strings.HasPrefix(l.left, "latency") {
			continue
		}
		said, listed := lists(t, b, l, number)
		require.Equal(t, said, listed, "%q", number)
		numbers = append(numbers, number)
	}
	require.Len(t, numbers, 2, "all calls, and those that were not accepted")
	b.M.waiting = b.M.waiting[:1] // the others are behind one line
	waits := b.M.waits(80)
	more := waits.lines[len(waits.lines)-1]
	_, listed := lists(t, b, more, "0")
	require.EqualValues(t, b.M.stats.Waiting, listed)
}

func TestTheTimeLeftStaysWhereItIsNarrow(t *testing.T) {
	b := newBench(t, seeded(t))
	require.NotEmpty(t, b.M.waiting)
	for i := range b.M.waiting {
		b.M.waiting[i].Deadline = kit.Noon().Add(time.Duration(i)*time.Hour - time.Minute) // the first one is over
	}
	for _, w := range []int{57, 60, 80, 118} {
		for i, l := range b.M.waits(w).lines[:len(b.M.waiting)] {
			text := ansi.Strip(widget.Ends(l.left, l.right+" ", w-3))
			require.Contains(t, text, map[bool]string{true: "time is over", false: " left"}[i == 0], "%d cells", w)
		}
	}
}

func TestTabGoesFromPartToPart(t *testing.T) {
	b := newBench(t, seeded(t))
	keys := b.Keys
	b.Press(keys.List.NextPane)
	_, spots := b.M.body()
	require.Equal(t, 1, spots[b.M.cursor].block-spots[0].block)
	b.Press(keys.List.PrevPane)
	require.Zero(t, b.M.cursor)
	b.Press(keys.List.PrevPane)
	require.Equal(t, spots[len(spots)-1].block, spots[b.M.cursor].block, "round the end")
}

func TestAClickChooses(t *testing.T) {
	b := newBench(t, seeded(t))
	_, spots := b.M.body()
	last := len(spots) - 1
	x := 5
	if spots[last].right {
		x = b.M.columnWidth() + columnGap + 5
	}
	b.Run(b.M.Update(page.Mouse{X: x, Y: spots[last].y - b.M.top}))
	require.Equal(t, last, b.M.cursor)
	b.Run(b.M.Update(page.Mouse{Wheel: -1}))
	require.Equal(t, last-3, b.M.cursor)
}

func TestEnterOpensWhatIsChosen(t *testing.T) {
	b := newBench(t, seeded(t))
	links := b.M.links()
	require.Greater(t, len(links), 5)
	for i := range links {
		b.Press(b.Keys.List.Open)
		require.Equal(t, links[i], b.Went[len(b.Went)-1])
		b.Press(b.Keys.Move.Down)
	}
	b.Press(b.Keys.Move.Top)
	require.Zero(t, b.M.cursor)
}

func TestThePeriodChangesTheCounts(t *testing.T) {
	b := newBench(t, seeded(t))
	require.Contains(t, b.M.View(), "last day")
	b.Press(b.Keys.Overview.Period)
	require.Contains(t, b.M.View(), "last week")
}

type broken struct{ store }

func (broken) Stats(context.Context, time.Time) (*journal.Stats, error) {
	return nil, errors.New("the disk is gone")
}

func TestAFailureIsSaid(t *testing.T) {
	b := newBench(t, nil)
	b.M.store = broken{}
	b.Run(b.M.refresh())
	require.Contains(t, b.M.View(), "the disk is gone")
}

// counting counts the readings.
type counting struct {
	store
	reads int
}

func (c *counting) Stats(ctx context.Context, now time.Time) (*journal.Stats, error) {
	c.reads++
	return c.store.Stats(ctx, now)
}

// Of a million rows a reading takes long enough to hold up the screen in front.
func TestWhatNobodySeesIsNotRead(t *testing.T) {
	b := newBench(t, nil)
	c := &counting{store: b.M.store}
	b.M.store = c
	b.Run(b.M.Update(page.Hidden{}))
	b.Changed()
	b.Run(b.M.Update(page.Tick{Now: kit.Noon().Add(time.Hour)}))
	require.Zero(t, c.reads)
	b.Run(b.M.Update(page.Shown{}))
	require.Equal(t, 1, c.reads)

	first := b.M.refresh()
	require.Nil(t, b.M.Update(page.Shown{}), "the reading that Init began is enough")
	b.Run(first)
	require.Equal(t, 2, c.reads)
}

func TestTheChosenLineIsAlwaysInSight(t *testing.T) {
	b := newBench(t, seeded(t))
	b.M.SetSize(60, 8)
	for range b.M.links() {
		require.Contains(t, b.M.View(), " > ")
		b.Press(b.Keys.Move.Down)
	}
}

// The numbers may come before the size is known: the screen must still begin with its first line.
func TestTheFirstLineIsInSightWhateverComesFirst(t *testing.T) {
	b := newBench(t, seeded(t))
	whole := b.M.View()
	b.M.SetSize(0, 0)
	b.Run(b.M.refresh())
	b.M.SetSize(118, 40)
	require.Equal(t, whole, b.M.View())
}

func TestExactBox(t *testing.T) {
	for _, fill := range map[string]func(*journal.Journal){"fresh": nil, "seeded": seeded(t)} {
		b := newBench(t, fill)
		for i := range b.M.waiting {
			b.M.waiting[i].Recipient = "漢字\x1b[2J\u202e e\u0301" + strings.Repeat("ш", rand.IntN(80))
		}
		for _, size := range [][2]int{{20, 5}, {60, 15}, {80, 24}, {109, 20}, {110, 20}, {200, 50}, {240, 70}} {
			b.M.SetSize(size[0], size[1])
			kit.Exact(t, b.M.View(), size[0], size[1])
		}
	}
}

func TestTheCursorStaysOnItsLineWhenNumbersChange(t *testing.T) {
	b := newBench(t, seeded(t))
	chosen := func() string {
		_, spots := b.M.body()
		return spots[b.M.cursor].name
	}
	b.Press(b.Keys.Move.Down)
	second := chosen()
	require.Contains(t, second, "waits ")
	one := b.M.waiting[0]
	urgent := one
	urgent.SessionID, urgent.Deadline = "ps_urgent", kit.Noon().Add(time.Minute)
	waiting := append([]journal.Waiting{urgent}, b.M.waiting...)
	b.Run(b.M.Update(numbers{stats: b.M.stats, waiting: waiting}))
	require.Equal(t, second, chosen(), "a more urgent one came above it")
	require.Equal(t, 2, b.M.cursor)

	_, spots := b.M.body()
	last := len(spots) - 1
	b.M.move(last, len(spots))
	lasts := chosen()
	for range periods() { // the sums above it become more or fewer
		b.Press(b.Keys.Overview.Period)
		require.Equal(t, lasts, chosen(), "another period")
	}
}

func TestLinesOutOfSightAreToldOf(t *testing.T) {
	b := newBench(t, seeded(t))
	all, _ := b.M.body()
	b.M.SetSize(118, 20)
	require.Contains(t, b.M.View(), fmt.Sprintf("%d more lines: tab goes on", len(all)-19))
	b.Press(b.Keys.Move.Bottom)
	require.NotContains(t, b.M.View(), "goes on")
	b.M.SetSize(118, len(all))
	require.NotContains(t, b.M.View(), "more line")
}
