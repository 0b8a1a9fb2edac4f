// Package keyring is the screen of the keys: every key of every profile with what is known of it, new
// pairs, the doctor, Pike's keys, and the first steps into the demo environment. Private halves stay
// in their files: nothing here shows or copies one.
package keyring

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"pikedash/keys"
	"pikedash/ui/page"
	"pikedash/ui/widget"
)

// row is a key in the list.
type row struct {
	page.KeyInfo
	used []string // every profile that uses the same key
}

// id names a row: one key may be listed for several profiles.
func (r *row) id() string {
	return strings.Join([]string{r.Environment, string(r.Role), r.Name, string(r.Fingerprint), r.Where}, "\x00")
}

// Model is the screen.
type Model struct {
	deps  *page.Deps
	desk  *page.Desk
	store page.KeyStore // nil where there are no settings
	now   time.Time
	w, h  int

	rows   []row
	shelf  *shelf
	shared string // that demo and live share a key
	err    error
	want   keys.Fingerprint // the key to show once the list is there
	table  *widget.Table[row]
	over   bool // the detail lies over the list, where there is no room for both

	making   *widget.Progress // of the pair that is being made
	makeWait page.Wait
	cancel   context.CancelFunc

	guide guide
	envs  []page.EnvInfo // what can be switched to
}

// New makes the screen.
func New(deps *page.Deps) *Model {
	m := &Model{deps: deps, desk: deps.Desk.At(), now: deps.Now(), shelf: &shelf{}}
	m.store, _ = deps.KeyStore()
	m.table = widget.NewTable(widget.TableOptions[row]{
		Theme: deps.Theme, Keys: deps.Keys, Now: deps.Now, Columns: m.columns(),
		ID:    func(r *row) string { return r.id() },
		Open:  func(s widget.Sort) widget.Source[row] { return source{m.shelf, s} },
		Sort:  widget.Sort{Key: "environment"},
		Waits: "the key files",
		Empty: "No key is configured. " + deps.Keys.Keyring.Generate.Label() + " makes a pair, " + deps.Keys.Keyring.Guide.Label() + " takes you step by step.",
	})
	m.table.Arrange(parseColumns(m.kept()))
	return m
}

// kept is the arrangement of the columns from earlier runs.
func (m *Model) kept() string {
	if m.deps.Settings == nil {
		return ""
	}
	return m.deps.Settings.Kept(columnsKept)
}

// columns describes the list.
func (m *Model) columns() []widget.Column[row] {
	t := m.deps.Theme
	text := func(s string) widget.Cell { return widget.Cell{Text: s} }
	return []widget.Column[row]{
		{Key: "name", Title: "KEY", Width: 20, Flex: 2, Sort: true, Cell: func(r *row) widget.Cell { return text(r.Name) }},
		{Key: "fingerprint", Title: "FINGERPRINT", Width: 11, Sort: true, Cell: func(r *row) widget.Cell { return text(r.Fingerprint.Short()) }},
		{Key: "role", Title: "ROLE", Width: 8, Priority: 4, Sort: true, Cell: func(r *row) widget.Cell { return text(roleWord(r.Role)) }},
		{Key: "size", Title: "SIZE", Width: 9, Priority: 3, Sort: true, Down: true, Cell: func(r *row) widget.Cell { return text(size(r.Bits)) }},
		{Key: "environment", Title: "USED IN", Width: 9, Flex: 1, Priority: 1, Sort: true, Cell: func(r *row) widget.Cell { return text(strings.Join(r.used, ", ")) }},
		{Key: "form", Title: "FORM", Width: 12, Flex: 1, Priority: 5, Sort: true, Cell: func(r *row) widget.Cell { return text(r.Form) }},
		{Key: "mode", Title: "MODE", Width: 5, Priority: 6, Sort: true, Cell: func(r *row) widget.Cell { return text(r.Mode) }},
		{Key: "state", Title: "STATE", Width: 10, Priority: 2, Sort: true, Cell: func(r *row) widget.Cell {
			b := m.state(r)
			return widget.Cell{Text: b.Text(), Ink: b.Ink}
		}},
		{Key: "where", Title: "WHERE", Width: 16, Flex: 3, Priority: 7, Middle: true, Sort: true, Cell: func(r *row) widget.Cell { return widget.Cell{Text: r.Where, Ink: t.Dim} }},
	}
}

// Init reads the keys.
func (m *Model) Init() tea.Cmd { return m.reload() }

func (m *Model) reload() tea.Cmd {
	return loadKeys(m.deps.Stamps.Next("keyring.list"), m.store, deskKeys(m.desk))
}

// SetSize tells the box, in cells.
func (m *Model) SetSize(w, h int) {
	m.w, m.h = max(0, w), max(0, h)
	m.over = m.over && !m.detailFits()
	m.place()
}

// Title is the breadcrumb.
func (m *Model) Title() string {
	if m.guide.open {
		return "Keys " + m.deps.Theme.Glyphs.Crumb + " first steps"
	}
	return "Keys"
}

// CapturesKeys is false: what is typed is typed in dialogs.
func (m *Model) CapturesKeys() bool { return false }

// Waits says what is under way.
func (m *Model) Waits() []page.Wait {
	var out []page.Wait
	if m.makeWait.What != "" {
		out = append(out, m.makeWait)
	}
	if m.guide.wait.What != "" {
		out = append(out, m.guide.wait)
	}
	return out
}

// Back closes the guide, or the detail where it lies over the list.
func (m *Model) Back() bool {
	switch {
	case m.guide.open:
		m.guide.open = false
	case m.over:
		m.over = false
	default:
		return false
	}
	m.place()
	return true
}

// Open shows a key.
func (m *Model) Open(arg any) tea.Cmd {
	if o, ok := arg.(page.OpenKey); ok {
		m.guide.open = false
		m.want = o.Fingerprint
		return m.jump()
	}
	return nil
}

// jump goes to the key that was asked for, once it is there.
func (m *Model) jump() tea.Cmd {
	for _, r := range m.rows {
		if m.want != "" && r.Fingerprint == m.want {
			m.want = ""
			return m.table.JumpTo(r)
		}
	}
	return nil
}

// Help lists the keys.
func (m *Model) Help() []page.Hint {
	k := m.deps.Keys
	if m.guide.open {
		return m.guideHelp()
	}
	r, ok := m.table.Current()
	half, none := "", ""
	switch {
	case !ok:
		half, none = "no key is chosen", "no key is chosen"
	case r.Public == nil:
		half = "its public half cannot be read"
	}
	save := ""
	if m.store == nil {
		save = "there are no settings to write to"
	}
	busy := ""
	if m.makeWait.What != "" {
		busy = "a pair is being made"
	}
	hints := []page.Hint{
		{Key: k.List.Open, Name: "public half", Off: half}, {Key: k.Keyring.Generate, Off: busy}, {Key: k.Keyring.AddPike, Off: save},
		{Key: k.Keyring.Doctor}, {Key: k.Keyring.Fits}, {Key: k.Keyring.Inspect, Off: half}, {Key: k.Keyring.Guide},
		{Key: k.List.Copy, Name: "copy public half", Off: half}, {Key: k.List.CopyMenu, Off: none, Rare: true},
		{Key: k.List.Refresh, Rare: true}, {Key: k.List.Columns, Rare: true},
	}
	return append(hints, page.Rarely(k.List.Sort, k.List.SortReverse, k.Move.Up, k.Move.Down, k.Move.Top, k.Move.Bottom)...)
}

// shelf holds the rows that were read last, for sources that read them off the loop.
type shelf struct{ rows atomic.Pointer[[]row] }

// source is the list in one order.
type source struct {
	shelf *shelf
	sort  widget.Sort
}

// sorted returns the rows in the list's order.
func (s source) sorted() []row {
	held := s.shelf.rows.Load()
	if held == nil {
		return nil
	}
	sorted := slices.Clone(*held)
	slices.SortStableFunc(sorted, func(a, b row) int {
		c := compare(&a, &b, s.sort.Key)
		if s.sort.Desc {
			c = -c
		}
		return cmp.Or(c, cmp.Compare(a.id(), b.id()))
	})
	return sorted
}

func compare(a, b *row, key string) int {
	switch key {
	case "name":
		return cmp.Compare(a.Name, b.Name)
	case "fingerprint":
		return cmp.Compare(a.Fingerprint, b.Fingerprint)
	case "role":
		return cmp.Compare(a.Role, b.Role)
	case "size":
		return cmp.Compare(a.Bits, b.Bits)
	case "form":
		return cmp.Compare(a.Form, b.Form)
	case "mode":
		return cmp.Compare(a.Mode, b.Mode)
	case "where":
		return cmp.Compare(a.Where, b.Where)
	case "state":
		return -cmp.Compare(a.Problem, b.Problem)
	}
	return cmp.Or(cmp.Compare(order(a), order(b)), cmp.Compare(a.Environment, b.Environment), cmp.Compare(a.Role, b.Role))
}

// order puts live first: it is the one that matters.
func order(r *row) int { return slices.Index([]string{"live", "demo", "sandbox"}, string(r.Kind)) }

// Page implements widget.Source.
func (s source) Page(_ context.Context, from *row, dir widget.Direction, n int) ([]row, error) {
	rows, at := s.sorted(), -1
	if from != nil {
		at = slices.IndexFunc(rows, func(r row) bool { return r.id() == from.id() })
	}
	if dir == widget.Forward {
		start := min(at+1, len(rows))
		return rows[start:min(len(rows), start+n)], nil
	}
	end := len(rows)
	if from != nil {
		end = max(0, at)
	}
	return rows[max(0, end-n):end], nil
}

// Count implements widget.Source.
func (s source) Count(context.Context) (int, error) { return len(s.sorted()), nil }

var _ interface {
	page.Page
	page.Backer
	page.Opener
	page.Waiter
} = (*Model)(nil)
