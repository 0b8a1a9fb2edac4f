package widget

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"
)

// HelpRow is a key and what it does.
type HelpRow struct{ Key, Does, Off string }

// HelpSection is a group of rows.
type HelpSection struct {
	Title string
	Rows  []HelpRow
}

// Help shows every key, grouped; typing narrows it, the arrows scroll.
type Help struct {
	Sections []HelpSection

	set  Setting
	line Line
	top  int
	rows int // that were in sight last; for paging
}

// Open implements Dialog.
func (p *Help) Open(s Setting) { p.set = s; p.rows = 10 }

// Update implements Dialog.
func (p *Help) Update(msg tea.Msg) (tea.Cmd, bool) {
	k, ok := msg.(tea.KeyMsg)
	if !ok {
		return nil, false
	}
	d := p.set.Keys.Dialog
	if d.Cancel.Matches(k) || d.Accept.Matches(k) || p.set.Keys.Global.Help.Matches(k) {
		return nil, true
	}
	if to, ok := MoveCursor(p.set.Keys.Scroll, k, p.top, len(p.lines(40)), p.rows); ok {
		p.top = to
		return nil, false
	}
	p.line.Update(k, p.set.Keys.Text)
	p.top = 0
	return nil, false
}

// lines draws what fits the typed text, w cells wide.
func (p *Help) lines(w int) []string {
	t := p.set.Theme
	want := strings.ToLower(p.line.Value())
	keyW := 8
	for _, s := range p.Sections {
		for _, r := range s.Rows {
			keyW = min(max(keyW, Width(r.Key)), 18)
		}
	}
	var out []string
	for _, s := range p.Sections {
		var rows []string
		for _, r := range s.Rows {
			if want != "" && !strings.Contains(strings.ToLower(r.Key+" "+r.Does+" "+s.Title), want) {
				continue
			}
			rows = append(rows, p.row(r, keyW, w)...)
		}
		if len(rows) == 0 {
			continue
		}
		if len(out) > 0 {
			out = append(out, "")
		}
		out = append(append(out, t.Title.Paint(Cut(s.Title, w))), rows...)
	}
	if len(out) == 0 {
		out = []string{t.Dim.Paint("no key does that")}
	}
	return out
}

// row draws a key and what it does: dimmed, with the reason, when it cannot be used.
func (p *Help) row(r HelpRow, keyW, w int) []string {
	t := p.set.Theme
	does := max(1, w-keyW-2)
	text, keyInk, ink := r.Does, t.Accent, t.Text
	if r.Off != "" {
		text, keyInk, ink = r.Does+" — "+r.Off, t.Dim, t.Dim
	}
	lines := Wrap(Clean(text), does)
	for i, l := range lines {
		key := ""
		if i == 0 {
			key = r.Key
		}
		lines[i] = keyInk.Paint(Pad(key, keyW)) + "  " + ink.Paint(l)
	}
	return lines
}

// readingRoom is how many lines a long dialog shows in h lines: where there is room the lines of state
// above stay in sight.
func readingRoom(h int) int {
	if h >= 24 {
		return h - 8
	}
	return max(1, h-4)
}

// View implements Dialog.
func (p *Help) View(w, h int) string {
	t := p.set.Theme
	inner := min(w, dialogWidth) - 4
	all := p.lines(inner)
	room := readingRoom(h)
	top := clamp(p.top, 0, max(0, len(all)-room))
	lines := append([]string(nil), all[top:min(len(all), top+room)]...)
	more := ""
	if top+room < len(all) {
		more = t.Dim.Paint(t.Glyphs.Down + " more")
	} else if top > 0 {
		more = t.Dim.Paint(t.Glyphs.Up + " more")
	}
	find := t.Dim.Paint("type to narrow, "+p.set.Keys.Dialog.Cancel.Label()+" closes") + ": " + p.line.View(t, 20, true)
	lines = append(lines, Ends(find, more, inner))
	return dialogBox(p.set, "keys", lines, w, h, dialogWidth)
}

// Reader shows lines that can be scrolled, such as the activity list or a command to read.
type Reader struct {
	Title string
	Lines []string // wrapped to the dialog; cleaned
	End   bool     // start at the end
	Copy  func() tea.Cmd

	set Setting
	top int
}

// Open implements Dialog.
func (r *Reader) Open(s Setting) {
	r.set = s
	if r.End {
		r.top = 1 << 30
	}
}

// Update implements Dialog.
func (r *Reader) Update(msg tea.Msg) (tea.Cmd, bool) {
	k, ok := msg.(tea.KeyMsg)
	if !ok {
		return nil, false
	}
	d := r.set.Keys.Dialog
	switch {
	case d.Cancel.Matches(k), d.Accept.Matches(k), r.set.Keys.Global.Activity.Matches(k):
		return nil, true
	case r.set.Keys.List.Copy.Matches(k) && r.Copy != nil:
		return r.Copy(), false
	}
	n := len(paragraph(r.Lines, dialogWidth-4))
	if to, ok := MoveCursor(r.set.Keys.Move, k, min(r.top, max(0, n-1)), n, 10); ok {
		r.top = to
	}
	return nil, false
}

// View implements Dialog.
func (r *Reader) View(w, h int) string {
	t := r.set.Theme
	inner := min(w, dialogWidth) - 4
	all := paragraph(r.Lines, inner)
	room := readingRoom(h)
	top := clamp(r.top, 0, max(0, len(all)-room))
	lines := append([]string(nil), all[top:min(len(all), top+room)]...)
	keys := r.set.Keys.Dialog.Cancel.Label() + " closes"
	if r.Copy != nil {
		keys = r.set.Keys.List.Copy.Label() + " copy   " + keys
	}
	if len(all) > room {
		keys = "↑↓ scroll   " + keys
	}
	lines = append(lines, Ends("", t.Dim.Paint(keys), inner))
	return dialogBox(r.set, r.Title, lines, w, h, dialogWidth)
}
