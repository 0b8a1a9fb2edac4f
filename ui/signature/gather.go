package signature

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	tea "github.com/charmbracelet/bubbletea"

	"pikedash/ui/page"
	"pikedash/ui/widget"
)

// what is a part of the evidence.
type what int

const (
	nothing what = iota
	aBody
	aSignature
	aKey
)

// gather collects what is pasted or typed, as it comes: it is no editor, so that nothing on the way
// rewrites bytes. The last character can be taken back, or all.
type gather struct {
	what   what
	text   []byte
	pieces int // pastes
	typed  int // characters that came one by one
}

// maxGather bounds what is pasted, in bytes.
const maxGather = 16 << 20

func (m *Model) gatherKey(msg tea.KeyMsg) tea.Cmd {
	k, g := m.deps.Keys, &m.gather
	switch {
	case msg.Paste:
		g.add(string(msg.Runes))
		g.pieces++
	case k.Form.Leave.Matches(msg):
		m.gather = gather{}
	case k.Form.Submit.Matches(msg), k.Form.Enter.Matches(msg) && g.what == aSignature:
		return m.gathered()
	case k.Form.Enter.Matches(msg):
		g.add("\n")
	case k.Form.Next.Matches(msg):
		g.add("\t")
	case k.Text.KillBefore.Matches(msg):
		*g = gather{what: g.what}
	case k.Text.Back.Matches(msg):
		_, n := utf8.DecodeLastRune(g.text)
		g.text = g.text[:len(g.text)-n]
	case (msg.Type == tea.KeyRunes || msg.Type == tea.KeySpace) && !msg.Alt:
		g.add(string(msg.Runes))
		g.typed++
	}
	return nil
}

func (g *gather) add(s string) {
	room := max(0, maxGather-len(g.text))
	g.text = append(g.text, s[:min(len(s), room)]...)
}

// gathered takes over what was collected. A signature that begins with @ names a file.
func (m *Model) gathered() tea.Cmd {
	g := m.gather
	if len(g.text) == 0 && g.what == aSignature {
		return page.Say(page.Warning, "paste or type the signature, or @ and a file's path")
	}
	m.gather = gather{}
	if g.what == aSignature {
		if path, ok := strings.CutPrefix(string(g.text), "@"); ok {
			return readFile(m.deps.Stamps.Now(), aSignature, path)
		}
		m.subject.setSignature(string(g.text), g.origin(), "")
		return m.look()
	}
	return take(m.deps.Stamps.Now(), g.text, g.origin(), g.doubts())
}

func (g *gather) origin() string {
	if g.pieces > 0 {
		return "pasted"
	}
	return "typed"
}

// doubts says what a terminal may have done to the bytes.
func (g *gather) doubts() []string {
	out := []string{"pasted through the terminal, which may change line ends, tabs and control characters: a file is exact"}
	text := string(g.text)
	if n := strings.Count(text, "\r"); n > 0 && !strings.Contains(text, "\n") {
		out = append(out, fmt.Sprintf("line ends that came as CR: %d (terminals send CR for a newline)", n))
	}
	if strings.ContainsRune(text, unicode.ReplacementChar) {
		out = append(out, "it holds U+FFFD: bytes that are not UTF-8 were replaced on the way")
	}
	if g.pieces > 1 {
		out = append(out, fmt.Sprintf("it came in %d pieces", g.pieces))
	}
	if g.pieces > 0 && g.typed > 0 {
		out = append(out, fmt.Sprintf("%d characters were typed beside the paste", g.typed))
	}
	return out
}

// gatherView shows what was pasted so far.
func (m *Model) gatherView() string {
	t, k, g := m.deps.Theme, m.deps.Keys, &m.gather
	title, ask := "paste the body", "It is kept exactly as it comes. "+k.Form.Submit.Label()+" inspects it, "+k.Form.Leave.Label()+" leaves, "+k.Text.KillBefore.Label()+" starts anew."
	if g.what == aSignature {
		title = "the signature"
		ask = "Paste or type it, or @ and the path of its file. " + k.Form.Enter.Label() + " inspects it, " + k.Form.Leave.Label() + " leaves, " + k.Text.KillBefore.Label() + " starts anew."
	}
	lines := []string{widget.Ends(" "+t.Title.Paint("Signature "+t.Glyphs.Crumb+" "+title), counted(len(g.text))+" ", m.w)}
	for _, l := range widget.Wrap(ask, max(8, m.w-4)) {
		lines = append(lines, "   "+t.Dim.Paint(l))
	}
	for _, d := range g.doubts() {
		if g.what == aBody && g.pieces > 0 {
			for _, l := range widget.Wrap(d, max(8, m.w-4)) {
				lines = append(lines, "   "+t.Wait.Paint(l))
			}
		}
	}
	lines = append(lines, widget.Rule(t, "", m.w))
	room := max(1, m.h-len(lines))
	// Only the end of a long paste is drawn.
	tail := g.text
	if most := room * max(1, m.w); len(tail) > most {
		tail = tail[len(tail)-most:]
	}
	var shown []string
	for _, l := range widget.CleanLines(string(tail)) {
		shown = append(shown, widget.Wrap(l, max(1, m.w-4))...)
	}
	if n := len(shown); n > 0 {
		shown[n-1] += t.Accent.Paint(t.Glyphs.Caret)
	}
	if len(shown) > room {
		shown = shown[len(shown)-room:]
	}
	for _, l := range shown {
		lines = append(lines, "   "+l)
	}
	return widget.FitLines(lines, m.w, m.h)
}
