package signature

import (
	"fmt"
	"strings"

	"pikedash/ui/theme"
	"pikedash/ui/widget"
)

// View draws the verdict, the chain, and below it bytes and cure.
func (m *Model) View() string {
	if m.gather.what != nothing {
		return m.gatherView()
	}
	f := m.frame()
	lines := f.head
	if m.report == nil {
		for _, l := range m.invitation() {
			lines = append(lines, "   "+m.deps.Theme.Dim.Paint(l))
		}
		return widget.FitLines(lines, m.w, m.h)
	}
	if f.room > 0 {
		lines = append(lines, m.paneRule())
		lines = append(lines, strings.Split(m.paneView(f), "\n")...)
	}
	return widget.FitLines(append(lines, f.fix...), m.w, m.h)
}

// frame is how the box is shared out.
type frame struct {
	head []string // verdict, chain, remarks
	room int      // lines of the pane below its rule; 0 shows none
	fix  []string // the cure
}

// leastPane is the fewest lines in which bytes are worth showing.
const leastPane = 3

func (m *Model) frame() frame {
	roomy := m.h >= 20
	var f frame
	f.head = m.verdict()
	if roomy {
		f.head = append(f.head, "")
	}
	f.head = append(f.head, m.chainLines()...)
	f.head = append(f.head, m.remarks(roomy)...)
	if roomy {
		f.head = append(f.head, "")
	}
	rest := m.h - len(f.head) - 1
	if rest < 1 || m.report == nil {
		return f
	}
	f.room = rest
	if m.shownPane() == paneReport {
		return f
	}
	f.fix = m.fixLines(roomy)
	if most := rest - leastPane; len(f.fix) > most {
		f.fix = f.fix[:max(0, most)]
		if len(f.fix) < 2 {
			f.fix = nil
		}
	}
	f.room = min(rest-len(f.fix), m.paneHeight())
	return f
}

// paneHeight is how many lines the pane would like to have.
func (m *Model) paneHeight() int {
	if m.shownPane() == paneDiff {
		return m.diff.Height()
	}
	return m.hex.Height()
}

// heights returns the height of the head and of the pane.
func (m *Model) heights() (head, room int) {
	f := m.frame()
	return len(f.head), f.room
}

// margin is what stays free on the left of a pane, in cells.
func (m *Model) margin() int {
	if m.w < 100 {
		return 1
	}
	return 3
}

// place gives the panes their sizes. Widths first: they decide the heights.
func (m *Model) place() {
	w := max(0, m.w-m.margin())
	m.diff.SetSize(w, m.h)
	m.hex.SetSize(w, m.h)
	_, room := m.heights()
	m.diff.SetSize(w, room)
	m.hex.SetSize(w, room)
}

// verdict is the one line that says it all, with more where it is long and there is room.
func (m *Model) verdict() []string {
	t := m.deps.Theme
	switch {
	case m.wait.What != "":
		return []string{widget.Ends(" "+t.Title.Paint("Signature"), m.progress()+" ", m.w)}
	case m.err != nil:
		return m.sentence(t.Check("invalid"), "NOT INSPECTED", m.err.Error(), "")
	case m.cancelled:
		return m.sentence(t.Check("skipped"), "STOPPED", "the search was stopped; "+m.deps.Keys.Signature.Again.Label()+" starts it again", "")
	case m.report == nil:
		return []string{" " + t.Title.Paint("Signature") + "   " + t.Dim.Paint("why does it verify, or not")}
	case m.report.Valid:
		return m.sentence(t.Check("valid"), "VALID", m.validText(), "")
	}
	certainty := ""
	if len(m.report.Findings) > 0 {
		certainty = string(m.report.Findings[0].Certainty)
	}
	return m.sentence(t.Check("invalid"), "INVALID", m.report.Summary, certainty)
}

// validText says what a good signature proves.
func (m *Model) validText() string {
	text := "made by " + describeKey(m.expected) + " over these " + counted(m.subject.bytes)
	if !m.subject.known {
		text = "made by " + describeKey(m.expected) + " over " + counted(m.subject.bytes) + " that are masked here: their digest was checked"
	}
	return text
}

func (m *Model) sentence(b theme.Badge, word, text, right string) []string {
	head := b.Glyph + " " + word
	indent := widget.Width(head) + 4
	lines := widget.Wrap(widget.Clean(text), max(8, min(m.w, readable)-indent-1-widget.Width(right)-2))
	if m.h < 14 && len(lines) > 1 {
		lines = []string{widget.Cut(widget.Clean(text), max(0, m.w-indent-1))}
		right = ""
	}
	out := []string{widget.Ends(" "+b.Ink.Paint(head)+"   "+m.deps.Theme.Strong.Paint(lines[0]), m.deps.Theme.Dim.Paint(right)+" ", min(m.w, readable))}
	for _, l := range lines[1:min(len(lines), 3)] {
		out = append(out, widget.Blanks(indent)+m.deps.Theme.Strong.Paint(l))
	}
	return out
}

// progress says what is waited for and how far it is.
func (m *Model) progress() string {
	text := widget.WaitText(m.wait.What, m.wait.Since, m.wait.Deadline, m.now)
	if text != "" && m.total > 0 {
		text += fmt.Sprintf("   %s of at most %s variants", widget.Thousands(m.tried), widget.Thousands(m.total))
	}
	if text != "" {
		text += "   " + m.deps.Keys.Global.Back.Label() + " stops"
	}
	return m.deps.Theme.Moves.Paint(text)
}

// readable is how wide lines with something at both ends may get, in cells.
const readable = 140

func (m *Model) chainLines() []string {
	t, w := m.deps.Theme, min(m.w, readable)
	var out []string
	for _, l := range m.chain() {
		mark, ink := t.Dim.Paint(t.Glyphs.Dot), t.Dim
		switch l.state {
		case holds:
			mark = t.Good.Paint(t.Glyphs.Done)
		case breaks:
			mark, ink = t.Bad.Paint(t.Glyphs.Failed), t.Bad
		case unreached:
		}
		pointer := "  "
		if l.first {
			pointer = t.Bad.Paint(t.Glyphs.Cursor) + " "
		}
		name := ink.Paint(widget.Pad(l.name, 10))
		room := max(0, w-1-2-10-1-3)
		note := widget.Cut(l.note, max(0, 2*room/3))
		text := widget.Cut(l.text, max(0, room-widget.Width(note)-2))
		out = append(out, widget.Ends(" "+pointer+name+" "+text, ink.Paint(note)+" "+mark+" ", w))
	}
	return out
}

// remarks are warnings about the evidence, and limits of the search.
func (m *Model) remarks(roomy bool) []string {
	t := m.deps.Theme
	notes := append([]string(nil), m.subject.notes...)
	if m.subject.hasBody && !m.subject.known {
		notes = append(notes, "the record is masked: its true bytes are not kept, so only their digest is compared and no bytes are searched")
	}
	if m.report != nil {
		notes = append(notes, m.report.Notes...)
	}
	most := 4
	if !roomy {
		most = 1
	}
	if len(notes) == 0 || m.h < 9 {
		return nil
	}
	var out []string
	for _, n := range notes {
		for _, l := range widget.Wrap(widget.Clean(n), max(8, m.w-6)) {
			out = append(out, "   "+t.Wait.Paint(l))
		}
	}
	if len(out) > most {
		out = out[:most]
	}
	return out
}

// paneRule is the line above the pane: what it shows, and the key to the next one.
func (m *Model) paneRule() string {
	title := ""
	switch m.shownPane() {
	case paneDiff:
		title = "differences"
	case paneBytes:
		title = "all bytes of the body"
		if !m.subject.known {
			title = "the masked body: not the bytes that were signed"
		}
	case paneReport, panes:
		title = "the whole report"
	}
	return widget.Rule(m.deps.Theme, title+"   "+m.deps.Keys.Signature.Bytes.Label()+" "+m.nextTitle(), m.w)
}

func (m *Model) nextTitle() string {
	switch (m.shownPane() + 1) % panes {
	case paneDiff:
		if len(m.pairs) > 0 {
			return "differences"
		}
		return "bytes"
	case paneBytes:
		return "bytes"
	case paneReport, panes:
	}
	return "report"
}

// paneView draws the pane with a margin.
func (m *Model) paneView(f frame) string {
	w := max(0, m.w-m.margin())
	box := ""
	switch m.shownPane() {
	case paneDiff:
		box = m.diff.View()
	case paneBytes:
		box = m.hex.View()
	case paneReport, panes:
		all := m.words(max(1, m.w-4))
		top := max(0, min(m.top, len(all)-f.room))
		box = widget.FitLines(all[top:min(len(all), top+f.room)], w, f.room)
	}
	lines := strings.Split(widget.Fit(box, w, f.room), "\n")
	for i, l := range lines {
		lines[i] = widget.Blanks(m.margin()) + l
	}
	return strings.Join(lines, "\n")
}

// invitation says how to bring evidence.
func (m *Model) invitation() []string {
	if m.wait.What != "" || m.report != nil {
		return nil
	}
	k := m.deps.Keys.Signature
	text := []string{
		"Bring a body, its signature, and the key that should have signed:",
		fmt.Sprintf("%s  choose a recorded request or webhook        (or enter and i on other screens)", k.Journal.Label()),
		fmt.Sprintf("%s  read the body from a file                   %s  paste it   %s  edit it", k.Body.Label(), k.Paste.Label(), k.Edit.Label()),
		fmt.Sprintf("%s  paste or type the signature, or @ and its file", k.Signature.Label()),
		fmt.Sprintf("%s  choose the key; without a choice the environment's own keys are tried", k.Keys.Label()),
	}
	var out []string
	for _, l := range text {
		out = append(out, widget.Cut(l, max(0, m.w-4)))
	}
	return append([]string{""}, out...)
}
