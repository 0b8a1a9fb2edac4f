package overview

import (
	"context"
	"errors"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/exp/golden"
	"github.com/muesli/termenv"
	"github.com/stretchr/testify/require"

	"pikedash/pikeapi"
	"pikedash/pikeapi/journal"
	"pikedash/ui/keymap"
	"pikedash/ui/page"
	"pikedash/ui/theme"
	"pikedash/ui/widget"
)

var fixed = time.Date(2026, 1, 15, 14, 3, 22, 0, time.UTC)

type bench struct {
	m    *Model
	deps *page.Deps
	gone []page.Navigate
}

func newBench(t *testing.T, fill func(*journal.Journal)) *bench {
	t.Helper()
	j, err := journal.Open(t.Context(), t.TempDir(), "sandbox", journal.Options{Now: func() time.Time { return fixed }, Tick: make(chan time.Time)})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, j.Close()) })
	if fill != nil {
		fill(j)
	}
	place := page.NewPlace(&page.Desk{Env: &pikeapi.Environment{Name: "sandbox", Kind: pikeapi.Sandbox, Project: "shop-eu", Version: pikeapi.V2, Epoch: 1}, Journal: j})
	b := &bench{deps: &page.Deps{Theme: theme.New(theme.Options{Profile: termenv.Ascii}), Keys: keymap.New(),
		Now: func() time.Time { return fixed }, Desk: place, Stamps: page.NewStamps(place)}}
	b.m = New(b.deps)
	b.m.SetSize(118, 40)
	b.run(b.m.Init())
	return b
}

func (b *bench) run(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	switch msg := cmd().(type) {
	case nil:
	case tea.BatchMsg:
		for _, c := range msg {
			b.run(c)
		}
	case page.Navigate:
		b.gone = append(b.gone, msg)
	default:
		b.run(b.m.Update(msg))
	}
}

func (b *bench) press(k keymap.Binding) { b.run(b.m.Update(k.Msg())) }

func seeded(t *testing.T) func(*journal.Journal) {
	return func(j *journal.Journal) {
		require.NoError(t, j.Seed(context.Background(), 400, 1, fixed))
	}
}

func TestAFreshPlaceTeachesTheFirstSteps(t *testing.T) {
	b := newBench(t, nil)
	view := b.m.View()
	require.Contains(t, view, "This is the sandbox")
	require.Contains(t, view, "choose a test card")
	require.Contains(t, view, "no signing key")
	golden.RequireEqual(t, view)
}

// Every number says what the list says that enter opens.
func TestNumbersAgreeWithTheListsBehindThem(t *testing.T) {
	b := newBench(t, seeded(t))
	for p := range periods() {
		b.m.period = p
		require.NotEmpty(t, b.m.window())
		for _, total := range b.m.window() {
			f, err := journal.ParseFilter(b.m.filterOf(total), fixed)
			require.NoError(t, err)
			n, err := b.deps.Desk.At().Journal.Count(t.Context(), journal.ListOperations, journal.Query{Filter: f})
			require.NoError(t, err)
			require.Equal(t, total.Count, n, b.m.filterOf(total))
		}
	}
}

// lists returns the number that a line ends with and how many rows the list behind it has.
func (b *bench) lists(t *testing.T, l line, number string) (said, listed int64) {
	t.Helper()
	to, ok := l.opens.(page.Navigate)
	require.True(t, ok, "%s opens nothing", l.left)
	f, err := journal.ParseFilter(to.Arg.(page.OpenFilter).Text, fixed)
	require.NoError(t, err)
	list := map[page.ID]journal.List{page.Payouts: journal.ListOperations, page.Sessions: journal.ListSessions, page.Traffic: journal.ListExchanges}[to.Screen]
	require.NoError(t, f.Check(list))
	n, err := b.deps.Desk.At().Journal.Count(t.Context(), list, journal.Query{Filter: f})
	require.NoError(t, err)
	said, err = strconv.ParseInt(strings.ReplaceAll(number, ",", ""), 10, 64)
	require.NoError(t, err)
	return said, n
}

func TestEveryOtherNumberAgreesToo(t *testing.T) {
	sign := func([]byte) (string, string, error) { return "c2ln", "3f9a", nil }
	b := newBench(t, func(j *journal.Journal) {
		require.NoError(t, j.SeedWith(t.Context(), journal.SeedOptions{Rows: 3000, Seed: 1, Now: fixed, Traffic: 300, Sign: sign, SignHook: sign}))
	})
	for p := range periods() {
		b.m.period = p
		failures := b.m.failures()
		require.NotEmpty(t, failures.lines)
		for _, l := range failures.lines {
			said, listed := b.lists(t, l, l.right)
			require.Equal(t, said, listed, "%s in the %s", l.left, periods()[p].name)
		}
	}
	b.m.period = 2
	require.Contains(t, b.m.failures().lines[mostFailures].left, "other codes")
	calls := b.m.calls(80)
	var numbers []string
	for _, l := range calls.lines {
		if l.opens == nil {
			continue
		}
		number, _, _ := strings.Cut(strings.TrimPrefix(l.right+strings.TrimPrefix(ansi.Strip(l.left), "✗ "), "worst "), " ")
		if strings.HasPrefix(l.left, "latency") {
			continue
		}
		said, listed := b.lists(t, l, number)
		require.Equal(t, said, listed, "%q", number)
		numbers = append(numbers, number)
	}
	require.Len(t, numbers, 2, "all calls, and those that were not accepted")
	b.m.waiting = b.m.waiting[:1] // the others are behind one line
	waits := b.m.waits(80)
	more := waits.lines[len(waits.lines)-1]
	_, listed := b.lists(t, more, "0")
	require.EqualValues(t, b.m.stats.Waiting, listed)
}

func TestTheTimeLeftStaysWhereItIsNarrow(t *testing.T) {
	b := newBench(t, seeded(t))
	require.NotEmpty(t, b.m.waiting)
	for i := range b.m.waiting {
		b.m.waiting[i].Deadline = fixed.Add(time.Duration(i)*time.Hour - time.Minute) // the first one is over
	}
	for _, w := range []int{57, 60, 80, 118} {
		for i, l := range b.m.waits(w).lines[:len(b.m.waiting)] {
			text := ansi.Strip(widget.Ends(l.left, l.right+" ", w-3))
			require.Contains(t, text, map[bool]string{true: "time is over", false: " left"}[i == 0], "%d cells", w)
		}
	}
}

func TestTabGoesFromPartToPart(t *testing.T) {
	b := newBench(t, seeded(t))
	keys := b.deps.Keys
	b.press(keys.List.NextPane)
	_, spots := b.m.body()
	require.Equal(t, 1, spots[b.m.cursor].block-spots[0].block)
	b.press(keys.List.PrevPane)
	require.Zero(t, b.m.cursor)
	b.press(keys.List.PrevPane)
	require.Equal(t, spots[len(spots)-1].block, spots[b.m.cursor].block, "round the end")
}

func TestAClickChooses(t *testing.T) {
	b := newBench(t, seeded(t))
	_, spots := b.m.body()
	last := len(spots) - 1
	x := 5
	if spots[last].right {
		x = b.m.columnWidth() + columnGap + 5
	}
	b.run(b.m.Update(page.Mouse{X: x, Y: spots[last].y - b.m.top}))
	require.Equal(t, last, b.m.cursor)
	b.run(b.m.Update(page.Mouse{Wheel: -1}))
	require.Equal(t, last-3, b.m.cursor)
}

func TestEnterOpensWhatIsChosen(t *testing.T) {
	b := newBench(t, seeded(t))
	links := b.m.links()
	require.Greater(t, len(links), 5)
	for i := range links {
		b.press(b.deps.Keys.List.Open)
		require.Equal(t, links[i], b.gone[len(b.gone)-1])
		b.press(b.deps.Keys.Move.Down)
	}
	b.press(b.deps.Keys.Move.Top)
	require.Zero(t, b.m.cursor)
}

func TestThePeriodChangesTheCounts(t *testing.T) {
	b := newBench(t, seeded(t))
	require.Contains(t, b.m.View(), "last day")
	b.press(b.deps.Keys.Overview.Period)
	require.Contains(t, b.m.View(), "last week")
}

type broken struct{ store }

func (broken) Stats(context.Context, time.Time) (*journal.Stats, error) {
	return nil, errors.New("the disk is gone")
}

func TestAFailureIsSaid(t *testing.T) {
	b := newBench(t, nil)
	b.m.store = broken{}
	b.run(b.m.refresh())
	require.Contains(t, b.m.View(), "the disk is gone")
}

func TestTheChosenLineIsAlwaysInSight(t *testing.T) {
	b := newBench(t, seeded(t))
	b.m.SetSize(60, 8)
	for range b.m.links() {
		require.Contains(t, b.m.View(), " > ")
		b.press(b.deps.Keys.Move.Down)
	}
}

// The numbers may come before the size is known: the screen must still begin with its first line.
func TestTheFirstLineIsInSightWhateverComesFirst(t *testing.T) {
	b := newBench(t, seeded(t))
	whole := b.m.View()
	b.m.SetSize(0, 0)
	b.run(b.m.refresh())
	b.m.SetSize(118, 40)
	require.Equal(t, whole, b.m.View())
}

func TestExactBox(t *testing.T) {
	for name, fill := range map[string]func(*journal.Journal){"fresh": nil, "seeded": seeded(t)} {
		b := newBench(t, fill)
		for i := range b.m.waiting {
			b.m.waiting[i].Recipient = "漢字\x1b[2J\u202e e\u0301" + strings.Repeat("ш", rand.IntN(80))
		}
		for _, size := range [][2]int{{20, 5}, {60, 15}, {80, 24}, {109, 20}, {110, 20}, {200, 50}, {240, 70}} {
			b.m.SetSize(size[0], size[1])
			lines := strings.Split(b.m.View(), "\n")
			require.Len(t, lines, size[1], "%s %v", name, size)
			for _, l := range lines {
				require.Equal(t, size[0], ansi.StringWidth(l), "%s %v: %q", name, size, l)
				require.NotContains(t, l, "\x1b[2J")
			}
		}
	}
}
