package keyring

import (
	"fmt"
	"strings"

	"pikedash/keys"
	"pikedash/ui/theme"
	"pikedash/ui/widget"
)

// leastList is the fewest lines of a list that stay above a detail.
const leastList = 5

// View draws the list with the detail of the chosen key below it, or the guide.
func (m *Model) View() string {
	switch {
	case m.guide.open:
		return m.guideView()
	case m.over:
		lines := append(m.head(), m.detail(max(1, m.w))...)
		return widget.FitLines(lines, m.w, m.h)
	}
	box := m.table.View(m.now)
	lines := append(m.head(), strings.Split(box, "\n")...)
	if m.detailFits() {
		lines = append(lines, m.detail(max(1, m.w))...)
	}
	return widget.FitLines(lines, m.w, m.h)
}

// head is the title, and what is wrong with all of it.
func (m *Model) head() []string {
	t := m.deps.Theme
	lines := []string{widget.Ends(" "+t.Title.Paint("Keys"), t.Dim.Paint(m.table.Counts(0))+" ", m.w)}
	if m.shared != "" && m.h >= 8 {
		for i, l := range widget.Wrap(widget.Clean("demo and live share a key: "+m.shared), max(8, m.w-4)) {
			mark := "  "
			if i == 0 {
				mark = t.Glyphs.Failed + " "
			}
			lines = append(lines, " "+t.Bad.Paint(mark+l))
		}
		if len(lines) > 3 {
			lines = lines[:3]
		}
	}
	return lines
}

// detailFits says that there is room for list and detail.
func (m *Model) detailFits() bool { return m.h >= len(m.head())+leastList+m.detailHeight() }

// detailHeight is how much the detail takes: the same for all keys, so that the list stands still.
func (m *Model) detailHeight() int {
	if m.h >= 30 {
		return 14
	}
	return 9
}

// place gives the list its size.
func (m *Model) place() {
	h := m.h - len(m.head())
	if m.detailFits() {
		h -= m.detailHeight()
	}
	m.table.SetSize(m.w, max(0, h))
}

// state is how good a key is.
func (m *Model) state(r *row) theme.Badge {
	t := m.deps.Theme
	switch {
	case missing(r):
		return theme.Badge{Glyph: t.Glyphs.Created, Word: "none yet", Ink: t.Old}
	case r.Problem != "":
		return theme.Badge{Glyph: t.Glyphs.Failed, Word: "unusable", Ink: t.Bad}
	case r.Role == keys.RoleOwn && m.crossed(r) != "":
		return theme.Badge{Glyph: t.Glyphs.Failed, Word: "shared", Ink: t.Bad}
	case len(r.Warnings) > 0:
		return theme.Badge{Glyph: t.Glyphs.Pending, Word: "odd", Ink: t.Wait}
	case r.Role == keys.RoleRetired:
		return theme.Badge{Glyph: t.Glyphs.Created, Word: "retired", Ink: t.Old}
	}
	return theme.Badge{Glyph: t.Glyphs.Done, Word: "good", Ink: t.Good}
}

// missing says that a profile has no key at all.
func missing(r *row) bool { return r.Problem != "" && r.Where == "none" }

// crossed names an environment of the other kind that uses the same own key: what is signed in demo
// could be replayed on live.
func (m *Model) crossed(r *row) string {
	for _, other := range m.rows {
		if other.Fingerprint != r.Fingerprint || r.Fingerprint == "" || other.Role == keys.RolePike || r.Role == keys.RolePike {
			continue
		}
		if (r.Kind == "demo" && other.Kind == "live") || (r.Kind == "live" && other.Kind == "demo") {
			return other.Environment
		}
	}
	return ""
}

func roleWord(r keys.Role) string {
	switch r {
	case keys.RoleOwn:
		return "yours"
	case keys.RoleRetired:
		return "retired"
	case keys.RolePike:
		return "Pike's"
	}
	return string(r)
}

func size(bits int) string {
	if bits == 0 {
		return "—"
	}
	return fmt.Sprintf("RSA-%d", bits)
}

// detail draws all that is known of the chosen key.
func (m *Model) detail(w int) []string {
	t := m.deps.Theme
	r, ok := m.table.Current()
	if !ok {
		return nil
	}
	out := []string{widget.Rule(t, widget.Clean(r.Name), w)}
	line := func(label, text string, ink theme.Ink) {
		for i, l := range widget.Wrap(widget.Clean(text), max(8, w-17)) {
			if i > 0 {
				label = ""
			}
			out = append(out, "  "+t.Dim.Paint(widget.Pad(label, 13))+" "+ink.Paint(l))
		}
	}
	if r.Fingerprint != "" {
		line("fingerprint", string(r.Fingerprint), t.Strong)
	}
	facts := []string{size(r.Bits)}
	if r.Bits == 0 {
		facts = nil
	}
	if r.Public != nil {
		facts = append(facts, fmt.Sprintf("exponent %d", r.Public.E))
	}
	if r.Form != "" {
		facts = append(facts, r.Form)
	}
	line("key", strings.Join(append(facts, roleText(&r)), ", "), t.Text)
	place := r.Where
	if r.Mode != "" {
		place += ", mode " + r.Mode
	}
	if !missing(&r) {
		line("where", place, t.Text)
	}
	line("used in", strings.Join(r.used, ", "), t.Text)
	if other := m.crossed(&r); other != "" {
		line("refused", "the same key is used in "+other+": what is signed for one can be replayed on the other. Make a pair for each.", t.Bad)
	}
	if r.Problem != "" {
		line("problem", r.Problem, t.Bad)
	}
	for _, text := range r.Warnings {
		line("note", text, t.Wait)
	}
	switch {
	case missing(&r):
		k := m.deps.Keys.Keyring
		line("", k.Generate.Label()+" makes a pair, "+k.Guide.Label()+" takes you step by step", t.Dim)
	case r.File != "" && (r.Problem != "" || len(r.Warnings) > 0):
		line("", m.deps.Keys.Keyring.Doctor.Label()+" says more, with commands to copy", t.Dim)
	}
	return out
}

// roleText says whose key it is and what for.
func roleText(r *row) string {
	switch r.Role {
	case keys.RoleOwn:
		return "signs your requests"
	case keys.RoleRetired:
		return "signed your requests before; it names old signatures"
	case keys.RolePike:
		return "signs Pike's notifications"
	}
	return ""
}
