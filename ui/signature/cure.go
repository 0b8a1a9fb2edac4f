package signature

import (
	"fmt"
	"strings"

	"pikedash/keys/forensics"
	"pikedash/ui/widget"
)

// language is the chosen one.
func (m *Model) language() string { return forensics.Languages()[m.lang] }

// cure returns the finding whose cure is shown: the first that has one.
func (m *Model) cure() *forensics.Finding {
	if m.report == nil || m.report.Valid {
		return nil
	}
	for i := range m.report.Findings {
		if m.report.Findings[i].Fix != "" {
			return &m.report.Findings[i]
		}
	}
	return nil
}

// snippet returns the code for the chosen language; empty when there is nothing to mend.
func (m *Model) snippet() string {
	if f := m.cure(); f != nil {
		return f.Snippets[m.language()]
	}
	return ""
}

// fixLines draws the cure: what to do, and the code for the chosen language.
func (m *Model) fixLines(roomy bool) []string {
	t := m.deps.Theme
	f := m.cure()
	if f == nil {
		return nil
	}
	var out []string
	if roomy {
		out = append(out, "")
	}
	for i, l := range widget.Wrap(widget.Clean(f.Fix), max(8, m.w-10)) {
		head := "       "
		if i == 0 {
			head = " " + t.Title.Paint("Fix") + "   "
		}
		out = append(out, head+l)
	}
	if f.Repaired != "" {
		out = append(out, "       "+t.Dim.Paint("written right: ")+widget.CutMiddle(widget.Clean(f.Repaired), max(8, m.w-24)))
	}
	if len(f.Snippets) == 0 {
		return out
	}
	out = append(out, "       "+m.languages())
	for _, l := range widget.CleanLines(f.Snippets[m.language()]) {
		out = append(out, "         "+t.String.Paint(widget.Cut(l, max(0, m.w-10))))
	}
	if more := len(m.report.Findings) - 1; more > 0 {
		out = append(out, "       "+t.Wait.Paint(fmt.Sprintf("%d more to mend: %s shows all", more, m.deps.Keys.Signature.Bytes.Label())))
	}
	return out
}

// languages lists the languages of the snippet, the chosen one in brackets.
func (m *Model) languages() string {
	t := m.deps.Theme
	parts := make([]string, 0, 8)
	for i, l := range forensics.Languages() {
		if i == m.lang {
			parts = append(parts, t.Accent.Paint("["+l+"]"))
		} else {
			parts = append(parts, t.Dim.Paint(l))
		}
	}
	return strings.Join(parts, "  ") + t.Dim.Paint("   "+m.deps.Keys.Signature.Language.Label()+" next")
}
