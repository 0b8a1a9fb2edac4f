package widget

import (
	"strings"
	"unicode/utf8"

	tea "github.com/charmbracelet/bubbletea"

	"pikedash/ui/keymap"
	"pikedash/ui/theme"
)

// Completion is a way to go on in a filter.
type Completion struct {
	Text   string // what stands there afterwards, from Completions.From to the cursor
	Detail string // such as "status of the operation"
}

// Mistake is a part of a text that is wrong.
type Mistake struct {
	Offset, Length int // bytes
	Reason         string
	Unfinished     bool // right so far: it is told only when the text is to be taken
}

// FilterOptions make a filter line. Complete and Check are called on each key: they must be quick and
// do no I/O.
type FilterOptions struct {
	Theme    *theme.Theme
	Keys     *keymap.Map
	Complete func(text string, cursor int) (from int, list []Completion) // from and cursor in bytes
	Check    func(text string) *Mistake                                  // nil when the text is right
	Recent   []string                                                    // filters used before, newest first
}

// FilterEvent is what a key did to a filter line.
type FilterEvent int

// The events.
const (
	FilterNothing  FilterEvent = iota
	FilterChanged              // the text changed
	FilterAccepted             // enter: the text counts from now on
	FilterLeft                 // esc: the text is as it was before
)

// FilterLine is a line on which a filter is typed, with completion and its mistake underlined.
type FilterLine struct {
	opt     FilterOptions
	line    Line
	active  bool
	before  string
	choice  int // in the list of completions; -1 for none
	past    int // in Recent; -1 for none
	mistake *Mistake
	quiet   bool // the mistake is one of typing on: it is not told yet
	from    int
	list    []Completion
}

// NewFilterLine makes one that is not being typed in.
func NewFilterLine(o FilterOptions) *FilterLine {
	return &FilterLine{opt: o, line: Line{Limit: maxFilter}, choice: -1, past: -1}
}

// maxFilter bounds what is typed or pasted, in characters: it is read and drawn anew with each key.
const maxFilter = 4096

// Active says that the filter is being typed; the screen captures keys then.
func (f *FilterLine) Active() bool { return f.active }

// Text returns what stands in the line.
func (f *FilterLine) Text() string { return f.line.Value() }

// Mistake returns what is wrong with the text; nil when nothing is.
func (f *FilterLine) Mistake() *Mistake { return f.mistake }

// Open starts typing.
func (f *FilterLine) Open() {
	f.before, f.active, f.past, f.choice = f.line.Value(), true, -1, -1
	f.changed()
}

// Completes says that there are ways to go on.
func (f *FilterLine) Completes() bool { return len(f.list) > 0 }

// Set replaces the text.
func (f *FilterLine) Set(text string) { f.line.SetValue(text); f.changed(); f.list = nil }

// Remember puts a filter at the head of the recent ones and returns them, for keeping.
func (f *FilterLine) Remember(text string) []string {
	kept := []string{text}
	for _, r := range f.opt.Recent {
		if r != text && len(kept) < 20 {
			kept = append(kept, r)
		}
	}
	f.opt.Recent = kept
	return kept
}

// Key handles a key while the line is active.
func (f *FilterLine) Key(msg tea.KeyMsg) FilterEvent {
	k := f.opt.Keys.Filter
	switch {
	case k.Cancel.Matches(msg):
		f.Set(f.before)
		f.active = false
		return FilterLeft
	case k.Accept.Matches(msg):
		if f.choice >= 0 {
			f.take()
			return FilterChanged
		}
		if f.mistake != nil {
			f.quiet = false
			return FilterNothing
		}
		f.active, f.list = false, nil
		return FilterAccepted
	case k.Complete.Matches(msg):
		if len(f.list) > 0 {
			f.choice = max(0, f.choice)
			f.take()
			return FilterChanged
		}
		return FilterNothing
	case k.Next.Matches(msg):
		return f.step(1)
	case k.Prev.Matches(msg):
		return f.step(-1)
	}
	old := f.line.Value()
	f.line.Update(msg, f.opt.Keys.Text)
	f.changed()
	if f.line.Value() != old {
		return FilterChanged
	}
	return FilterNothing
}

// step goes through the completions, or through the recent filters where there are none.
func (f *FilterLine) step(by int) FilterEvent {
	if len(f.list) > 0 {
		f.choice = clamp(f.choice+by, -1, len(f.list)-1)
		return FilterNothing
	}
	to := clamp(f.past+by, -1, len(f.opt.Recent)-1)
	if to == f.past {
		return FilterNothing
	}
	text := f.before
	if to >= 0 {
		text = f.opt.Recent[to]
	}
	f.Set(text)
	f.past = to
	return FilterChanged
}

// take puts the chosen completion into the text.
func (f *FilterLine) take() {
	text, at := f.line.Value(), f.byteCursor()
	f.line.SetValue(text[:f.from] + f.list[f.choice].Text)
	end := f.line.Cursor()
	f.line.SetValue(f.line.Value() + text[at:])
	f.line.cursor = end
	f.changed()
}

func (f *FilterLine) byteCursor() int { return len(string(f.line.runes[:f.line.cursor])) }

func (f *FilterLine) changed() {
	f.choice, f.past, f.list, f.mistake = -1, -1, nil, nil
	if f.opt.Check != nil {
		f.mistake = f.opt.Check(f.line.Value())
	}
	if f.opt.Complete != nil && f.active {
		at := f.byteCursor()
		f.from, f.list = f.opt.Complete(f.line.Value(), at)
		f.from = clamp(f.from, 0, at)
	}
	f.quiet = f.active && f.mistake != nil && (f.mistake.Unfinished || f.completes(f.mistake))
}

// completes says that the cursor stands at the end of what is wrong, and that it can be completed.
func (f *FilterLine) completes(m *Mistake) bool {
	return len(f.list) > 0 && f.byteCursor() == m.Offset+m.Length
}

// View draws the line in w cells: the sign, the text with its mistake underlined, the reason.
func (f *FilterLine) View(w int) string {
	t := f.opt.Theme
	sign := t.Accent.Paint("/") + " "
	reason := ""
	if f.mistake != nil && !f.quiet {
		reason = t.Bad.Paint(t.Glyphs.Failed + " " + Cut(Clean(f.mistake.Reason), max(0, w*2/3)))
	}
	room := max(0, w-2)
	if reason != "" {
		room = max(min(room, 12), room-Width(reason)-2)
	}
	text := f.text(room)
	if reason == "" {
		return Pad(sign+text, w)
	}
	return Pad(sign+text+"  "+reason, w)
}

// text draws the typed text in at most room cells. What does not fit is scrolled so that the cursor is in
// sight.
func (f *FilterLine) text(room int) string {
	t, runes := f.opt.Theme, f.line.runes
	cell := func(r rune) string { return Clean(string(r)) }
	start, used := 0, 1
	for _, r := range runes[:f.line.cursor] {
		used += Width(cell(r))
	}
	for ; used > room && start < f.line.cursor; start++ {
		used -= Width(cell(runes[start]))
	}
	bad := [2]int{}
	if m := f.mistake; m != nil && !f.quiet {
		bad = [2]int{m.Offset, m.Offset + m.Length}
	}
	var b strings.Builder
	used, at := 0, 0
	for i, r := range append(runes[:len(runes):len(runes)], ' ') {
		if i == f.line.cursor && f.active {
			b.WriteString(t.Accent.Paint(t.Glyphs.Caret))
			used++
		}
		ink := t.Text
		if at >= bad[0] && at < bad[1] {
			ink = t.Mistake
		}
		if at += utf8.RuneLen(r); i >= start && i < len(runes) {
			if used += Width(cell(r)); used > room {
				break
			}
			b.WriteString(ink.Paint(cell(r)))
		}
	}
	return b.String()
}

// Over lays the completions over a box of w by h cells whose line y is the filter line.
func (f *FilterLine) Over(base string, w, h, y int) string {
	if !f.active || len(f.list) == 0 {
		return base
	}
	t := f.opt.Theme
	room := min(len(f.list), 8, max(0, h-y-1))
	top := scrollTop(max(0, f.choice), len(f.list), room)
	wide, textW := 0, 0
	for _, c := range f.list {
		textW = max(textW, Width(Clean(c.Text)))
	}
	textW = min(textW, max(0, w-8))
	for _, c := range f.list {
		wide = max(wide, textW+2+Width(Clean(c.Detail))+4)
	}
	wide = max(0, min(wide, w-3))
	edge := t.Rule.Paint(t.Glyphs.Frame.Left)
	lines := make([]string, 0, room)
	for i := top; i < top+room; i++ {
		mark, ink := "  ", t.Text
		if i == f.choice {
			mark, ink = t.Accent.Paint(t.Glyphs.Cursor)+" ", t.Strong
		}
		text := ink.Paint(Pad(Clean(f.list[i].Text), textW))
		lines = append(lines, Pad(edge+mark+text+"  "+t.Dim.Paint(Clean(f.list[i].Detail)), wide)+edge)
	}
	return Overlay(base, strings.Join(lines, "\n"), 2, y+1)
}
