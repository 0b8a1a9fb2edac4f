package overview

import (
	"context"
	"errors"
	"math/rand/v2"
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
