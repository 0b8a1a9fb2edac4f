package widget

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
	"github.com/muesli/termenv"
	"github.com/stretchr/testify/require"

	"pikedash/ui/keymap"
	"pikedash/ui/theme"
)

func TestMain(m *testing.M) { os.Exit(m.Run()) }

// clock is a clock that stands until it is moved.
type clock struct{ t time.Time }

func newClock() *clock { return &clock{time.Date(2026, 11, 23, 14, 3, 22, 0, time.UTC)} }

func (c *clock) now() time.Time       { return c.t }
func (c *clock) pass(d time.Duration) { c.t = c.t.Add(d) }
func plain() *theme.Theme             { return theme.New(theme.Options{Profile: termenv.Ascii}) }
func colours() *theme.Theme           { return theme.New(theme.Options{Profile: termenv.ANSI256, DarkBG: true}) }
func key(s string) tea.KeyMsg         { return tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(s)} }
func paste(s string) tea.KeyMsg       { return tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(s), Paste: true} }

// sizes are the boxes that every widget is tried in.
func sizes() [][2]int {
	return [][2]int{{20, 5}, {60, 15}, {80, 24}, {118, 30}, {200, 50}, {240, 70}, {1, 1}, {3, 2}, {0, 0}, {40, 1}}
}

// exact checks that a view is exactly its box.
func exact(t *testing.T, view string, w, h int) {
	t.Helper()
	if w <= 0 || h <= 0 {
		require.Empty(t, view)
		return
	}
	lines := strings.Split(view, "\n")
	require.Len(t, lines, h, "lines at %dx%d", w, h)
	for i, l := range lines {
		require.Equal(t, w, ansi.StringWidth(l), "line %d at %dx%d: %q", i, w, h, l)
		stripped := ansi.Strip(l)
		for _, r := range stripped {
			require.False(t, r < 0x20 || r >= 0x7f && r < 0xa0, "control character in line %d: %q", i, l)
		}
	}
}

// drive runs a command and everything that follows from it. Ticks are run too, so it is not for
// commands that tick for ever.
func drive(cmd tea.Cmd, update func(tea.Msg) tea.Cmd) {
	for queue := []tea.Cmd{cmd}; len(queue) > 0; {
		c := queue[0]
		queue = queue[1:]
		if c == nil {
			continue
		}
		switch msg := c().(type) {
		case nil:
		case tea.BatchMsg:
			queue = append(queue, msg...)
		default:
			queue = append(queue, update(msg))
		}
	}
}

// row is a row of the tests' lists: newest first, so a higher number stands higher.
type row struct {
	n    int
	name string
}

// fakeSource is a list of any length that lives nowhere: rows n-1 down to 0.
type fakeSource struct {
	n     *int
	fail  *error
	pages *int
}

func (s fakeSource) Count(context.Context) (int, error) { return *s.n, nil }

func (s fakeSource) Page(_ context.Context, from *row, dir Direction, n int) ([]row, error) {
	if s.pages != nil {
		*s.pages++
	}
	if s.fail != nil && *s.fail != nil {
		return nil, *s.fail
	}
	var out []row
	if dir == Forward {
		at := *s.n - 1
		if from != nil {
			at = from.n - 1
		}
		for i := at; i >= 0 && len(out) < n; i-- {
			out = append(out, makeRow(i))
		}
		return out, nil
	}
	at := 0
	if from != nil {
		at = from.n + 1
	}
	for i := at; i < *s.n && len(out) < n; i++ {
		out = append([]row{makeRow(i)}, out...)
	}
	return out, nil
}

func makeRow(i int) row {
	names := []string{"Jane Roe", "Иванов Иван", "Zoë Müller", "王小明", "O'zbek e\u0301\u0301", "bad\x1b[31m\r\nname"}
	return row{i, names[i%len(names)]}
}

func testColumns() []Column[row] {
	return []Column[row]{
		{Key: "id", Title: "ID", Width: 10, Middle: true, Cell: func(r *row) Cell { return Cell{Text: fmt.Sprintf("po_%07d", r.n)} }, Sort: true, Down: true},
		{Key: "amount", Title: "AMOUNT", Width: 16, Align: Point, Priority: 1, Sort: true, Cell: func(r *row) Cell {
			if r.n%3 == 0 {
				return Cell{Text: Thousands(r.n) + " JPY"}
			}
			return Cell{Text: Thousands(r.n) + ".50 EUR"}
		}},
		{Key: "name", Title: "TO", Width: 12, Flex: 1, Priority: 2, Cell: func(r *row) Cell { return Cell{Text: r.name} }},
		{Key: "why", Title: "WHY", Width: 20, Flex: 2, Priority: 3, Cell: func(*row) Cell { return Cell{Text: "insufficient_funds"} }},
	}
}

type tableKit struct {
	*Table[row]
	n     int
	err   error
	pages int
	clock *clock
	keys  *keymap.Map
}

func newTable(n int, th *theme.Theme) *tableKit {
	k := &tableKit{n: n, clock: newClock(), keys: keymap.New()}
	k.Table = NewTable(TableOptions[row]{
		Theme: th, Keys: k.keys, Now: k.clock.now, Columns: testColumns(), Marks: true,
		ID:    func(r *row) string { return fmt.Sprint(r.n) },
		Open:  func(Sort) Source[row] { return fakeSource{&k.n, &k.err, &k.pages} },
		Sort:  Sort{"id", true},
		Empty: "No payouts yet. 2 makes one.",
	})
	k.SetSize(100, 20)
	return k
}

func (k *tableKit) do(cmd tea.Cmd) { drive(cmd, k.Update) }

func (k *tableKit) press(b keymap.Binding) {
	cmd, _ := k.Key(b.Msg())
	k.do(cmd)
}
