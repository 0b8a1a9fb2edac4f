package signature

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	tea "github.com/charmbracelet/bubbletea"

	"pikedash/ui/page"
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
