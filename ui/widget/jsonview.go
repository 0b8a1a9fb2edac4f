package widget

import (
	"context"
	"time"
	"unicode/utf8"

	tea "github.com/charmbracelet/bubbletea"

	"pikedash/ui/keymap"
	"pikedash/ui/theme"
)

// JSONOptions make a JSON view.
type JSONOptions struct {
	Theme *theme.Theme
	Keys  *keymap.Map
	Now   func() time.Time
	// OnCopy is asked for the command that copies a path or a value; what names it for the toast.
	OnCopy func(what, text string) tea.Cmd
}

// JSONView shows a body, pretty or raw. It is laid out off the loop; drawing costs only what is in
// sight. Bodies are shown, never changed.
type JSONView struct {
	opt  JSONOptions
	w, h int

	data    []byte
	doc     *jsonDoc
	raw     bool
	rawAt   []int // where each raw line begins
	turn    uint64
	since   time.Time
	problem string // why it is not JSON

	folded      map[int]bool
	cursor, top int  // lines of the document, or of the raw text
	left        int  // cells that are scrolled off on the left
	toEnd       bool // the end was asked for before it was laid out

	search   Line
	typing   bool
	query    string
	found    []int
	searched bool
	cancel   context.CancelFunc
}

// NewJSONView makes an empty view.
func NewJSONView(o JSONOptions) *JSONView { return &JSONView{opt: o, folded: map[int]bool{}} }

// Load shows other data. It must not be changed afterwards.
func (v *JSONView) Load(data []byte) tea.Cmd {
	v.stopSearch()
	v.turn++
	v.data, v.doc, v.problem = data, nil, ""
	v.cursor, v.top, v.left, v.toEnd, v.folded = 0, 0, 0, false, map[int]bool{}
	v.query, v.found, v.searched, v.typing = "", nil, false, false
	v.since = v.opt.Now()
	v.wrapRaw()
	return layout(v, v.turn, data, true)
}

// arrived does what was asked for while only the head was there.
func (v *JSONView) arrived() tea.Cmd {
	if v.toEnd {
		v.toEnd = false
		v.cursor = v.visible(max(0, v.count()-1))
	}
	v.keepInSight()
	return v.runSearch(v.query)
}

// Loaded says that there is something to show.
func (v *JSONView) Loaded() bool { return v.doc != nil }

// whole says that all of it is laid out: only then blocks are folded, searched and copied.
func (v *JSONView) whole() bool { return v.doc != nil && !v.doc.head }

// Problem says why the data is not JSON; empty when it is, or is not known yet.
func (v *JSONView) Problem() string { return v.problem }

// CapturesKeys says that a search is being typed.
func (v *JSONView) CapturesKeys() bool { return v.typing }

// Raw says that the data is shown as it came.
func (v *JSONView) Raw() bool { return v.raw || v.doc != nil && !v.doc.json }

// SetRaw changes between pretty and raw.
func (v *JSONView) SetRaw(raw bool) {
	v.raw = raw
	v.cursor, v.top, v.left = 0, 0, 0
	v.wrapRaw()
}

// SetSize tells the box, in cells.
func (v *JSONView) SetSize(w, h int) {
	if w == v.w && h == v.h {
		return
	}
	v.w, v.h = max(0, w), max(0, h)
	v.wrapRaw()
	v.keepInSight()
}

// wrapRaw finds where raw lines break: at newlines, and at the box's edge. A character has no more
// cells than bytes, so lines of that many bytes always fit.
func (v *JSONView) wrapRaw() {
	v.rawAt = nil
	if !v.Raw() || v.w < 4 {
		return
	}
	width := max(1, v.w-2)
	for i := 0; i < len(v.data); {
		v.rawAt = append(v.rawAt, i)
		end := min(len(v.data), i+width)
		next := end
		for j := i; j < end; j++ {
			if v.data[j] == '\n' {
				next = j + 1
				break
			}
		}
		if next == end && next < len(v.data) {
			for back := 0; back < utf8.UTFMax && next-1 > i && !utf8.RuneStart(v.data[next]); back++ {
				next--
			}
		}
		i = next
	}
	if v.rawAt == nil {
		v.rawAt = []int{0}
	}
}

// Update takes in what the view's commands found. Screens pass it every message that is not a key.
func (v *JSONView) Update(msg tea.Msg) tea.Cmd {
	switch m := msg.(type) {
	case docMsg:
		if m.view == v && m.turn == v.turn {
			v.doc = m.doc
			v.wrapRaw()
			if m.doc.head {
				return layout(v, v.turn, v.data, false)
			}
			return tea.Batch(v.arrived(), validate(v, v.turn, v.data))
		}
	case validMsg:
		if m.view == v && m.turn == v.turn {
			v.problem = m.problem
		}
	case foundMsg:
		if m.view == v && m.turn == v.turn && m.query == v.query {
			v.found, v.searched = m.lines, true
			v.nextMatch(0)
		}
	case pathMsg:
		if m.view == v && m.turn == v.turn && v.opt.OnCopy != nil {
			return v.opt.OnCopy(m.what, m.text)
		}
	}
	return nil
}

// Back leaves the search; it says whether there was one. Screens call it on esc first.
func (v *JSONView) Back() bool {
	had := v.typing || v.query != ""
	v.stopSearch()
	v.typing, v.query, v.found, v.searched = false, "", nil, false
	return had
}

func (v *JSONView) stopSearch() {
	if v.cancel != nil {
		v.cancel()
		v.cancel = nil
	}
}

// Key handles a key; it says whether it took it.
func (v *JSONView) Key(msg tea.KeyMsg) (tea.Cmd, bool) {
	if v.typing {
		return v.searchKey(msg), true
	}
	k := v.opt.Keys.JSON
	switch {
	case v.moveKey(msg):
		return nil, true
	case k.Raw.Matches(msg):
		v.SetRaw(!v.raw)
	case k.Search.Matches(msg):
		v.typing = true
		v.search.SetValue("")
	case k.NextMatch.Matches(msg):
		v.nextMatch(1)
	case k.PrevMatch.Matches(msg):
		v.nextMatch(-1)
	case k.CopyPath.Matches(msg):
		return v.copyPath(), true
	case k.CopyValue.Matches(msg):
		return v.copyValue(), true
	case k.Right.Matches(msg):
		v.left += max(1, v.w/2)
	case k.Left.Matches(msg):
		v.left = max(0, v.left-max(1, v.w/2))
	default:
		return nil, v.foldKey(msg)
	}
	return nil, true
}

func (v *JSONView) searchKey(msg tea.KeyMsg) tea.Cmd {
	f := v.opt.Keys.Filter
	switch {
	case f.Cancel.Matches(msg):
		v.Back()
	case f.Accept.Matches(msg):
		v.typing = false
		return v.runSearch(v.search.Value())
	default:
		v.search.Update(msg, v.opt.Keys.Text)
	}
	return nil
}

// mostFound is how many matches a search keeps.
const mostFound = 10_000

func (v *JSONView) runSearch(query string) tea.Cmd {
	v.stopSearch()
	v.query, v.found, v.searched = query, nil, false
	if query == "" || !v.whole() {
		return nil // arrived goes on with it
	}
	if v.Raw() && v.doc.json {
		v.SetRaw(false) // matches are lines of the pretty text
	}
	ctx, cancel := context.WithTimeout(context.Background(), loadTime)
	v.cancel = cancel
	return searchDoc(ctx, v, v.turn, v.doc, query)
}

func (v *JSONView) copyPath() tea.Cmd {
	if !v.whole() || v.Raw() {
		return nil
	}
	d, at, turn := v.doc, v.cursor, v.turn
	return func() tea.Msg {
		p := d.path(at)
		if p == "" {
			p = "." // of the whole, as jq writes it
		}
		return pathMsg{v, turn, p, "the path " + p}
	}
}

func (v *JSONView) copyValue() tea.Cmd {
	if !v.whole() {
		return nil
	}
	turn, data := v.turn, v.data
	if v.Raw() {
		return func() tea.Msg { return pathMsg{v, turn, string(data), "the body"} }
	}
	d, at := v.doc, v.cursor
	return func() tea.Msg {
		what := "the whole body"
		if p := d.path(at); p != "" {
			what = "the value of " + p
		}
		return pathMsg{v, turn, d.value(at), what}
	}
}
