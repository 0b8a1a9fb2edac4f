package widget

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"pikedash/ui/theme"
)

// bodyHeight is the number of lines for the data: one goes to the search while there is one.
func (v *JSONView) bodyHeight() int {
	if v.typing || v.query != "" || v.problem != "" {
		return max(1, v.h-1)
	}
	return v.h
}

// View draws exactly the box.
func (v *JSONView) View(now time.Time) string {
	if v.w <= 0 || v.h <= 0 {
		return ""
	}
	t := v.opt.Theme
	var lines []string
	switch {
	case v.data == nil:
		lines = []string{t.Dim.Paint("nothing to show")}
	case len(v.data) == 0:
		lines = []string{t.Dim.Paint("empty: 0 bytes")}
	case v.doc == nil:
		lines = []string{t.Dim.Paint(WaitText("the layout", v.since, time.Time{}, now))}
	default:
		lines = v.drawLines()
	}
	if s := v.status(); s != "" && v.h > 1 {
		for len(lines) < v.h-1 {
			lines = append(lines, "")
		}
		lines = append(lines[:v.h-1], s)
	}
	return FitLines(lines, v.w, v.h)
}

// status is the line of the search, or of what is wrong.
func (v *JSONView) status() string {
	t := v.opt.Theme
	switch {
	case v.typing:
		return t.Accent.Paint("/") + " " + v.search.View(t, max(1, v.w-2), true)
	case v.query != "" && !v.searched:
		return t.Dim.Paint("searching for " + Clean(v.query))
	case v.query != "" && len(v.found) == 0:
		return t.Wait.Paint(Cut("nothing matches "+Clean(v.query), v.w))
	case v.query != "":
		at := 0
		for i, l := range v.found {
			if l <= v.cursor {
				at = i + 1
			}
		}
		return t.Dim.Paint(Cut(fmt.Sprintf("%s   match %s of %s", Clean(v.query), Thousands(at), Thousands(len(v.found))), v.w))
	case v.problem != "":
		return t.Wait.Paint(Cut(Clean(v.problem), v.w))
	}
	return ""
}

func (v *JSONView) drawLines() []string {
	h := v.bodyHeight()
	out := make([]string, 0, h)
	for i := v.top; i >= 0 && i < v.count() && len(out) < h; i = v.next(i) {
		out = append(out, v.drawLine(i))
	}
	return out
}

func (v *JSONView) drawLine(i int) string {
	t := v.opt.Theme
	mark := " "
	if i == v.cursor {
		mark = t.Accent.Paint(t.Glyphs.Cursor)
	}
	if v.Raw() {
		end := len(v.data)
		if i+1 < len(v.rawAt) {
			end = v.rawAt[i+1]
		}
		line := bytes.TrimSuffix(v.data[v.rawAt[i]:end], []byte{'\n'})
		return mark + " " + Cut(Clean(string(line)), max(0, v.w-2))
	}
	fold := " "
	if v.doc.closes[i] > 0 {
		fold = t.Dim.Paint(t.Glyphs.Open)
		if v.folded[i] {
			fold = t.Dim.Paint(t.Glyphs.Folded)
		}
	}
	room := max(0, v.w-2)
	line := v.doc.line(i)
	if most := (v.left + room + 8) * 4; len(line) > most {
		line = line[:most]
	}
	text := v.colour(line)
	if v.folded[i] {
		c := int(v.doc.closes[i])
		text += t.Dim.Paint(" "+t.Glyphs.Ellipsis+" ") + t.Text.Paint(string(bytes.TrimSpace(v.doc.line(c)))) +
			t.Dim.Paint(fmt.Sprintf("  %s lines", Thousands(c-i-1)))
	}
	if v.left > 0 {
		text = ansi.TruncateLeft(text, v.left, "")
	}
	return mark + fold + Cut(text, room)
}

// colour paints a line: found text where a search is on, else by the kinds of its parts.
func (v *JSONView) colour(line []byte) string {
	if v.query != "" {
		if text, ok := v.lit(line); ok {
			return text
		}
	}
	return colourJSON(v.opt.Theme, line)
}

// lit paints the places where the search was found.
func (v *JSONView) lit(line []byte) (string, bool) {
	lower, want := strings.ToLower(string(line)), strings.ToLower(v.query)
	at := strings.Index(lower, want)
	if at < 0 || len(lower) != len(line) {
		return "", false
	}
	text := string(line)
	var b strings.Builder
	for at >= 0 {
		b.WriteString(Clean(text[:at]))
		b.WriteString(v.opt.Theme.Match.Paint(Clean(text[at : at+len(want)])))
		text, lower = text[at+len(want):], lower[at+len(want):]
		at = strings.Index(lower, want)
	}
	b.WriteString(Clean(text))
	return b.String(), true
}

// colourJSON paints the parts of a line of laid-out JSON.
func colourJSON(t *theme.Theme, line []byte) string {
	var b strings.Builder
	b.Grow(len(line) + 32)
	for i := 0; i < len(line); {
		c := line[i]
		switch {
		case c == '"':
			n := stringEnd(line[i:])
			if n < 0 {
				n = len(line) - i
			}
			ink := t.String
			if i+n < len(line) && line[i+n] == ':' {
				ink = t.Key
			}
			b.WriteString(ink.Paint(Clean(string(line[i : i+n]))))
			i += n
		case c == '-' || c >= '0' && c <= '9':
			n := max(1, wordEnd(line[i:]))
			b.WriteString(t.Number.Paint(string(line[i : i+n])))
			i += n
		case c >= 'a' && c <= 'z':
			n := max(1, wordEnd(line[i:]))
			b.WriteString(t.Word.Paint(string(line[i : i+n])))
			i += n
		default:
			j := i + 1
			for j < len(line) && line[j] != '"' && line[j] != '-' && (line[j] < '0' || line[j] > '9') && (line[j] < 'a' || line[j] > 'z') {
				j++
			}
			b.WriteString(t.Text.Paint(Clean(string(line[i:j]))))
			i = j
		}
	}
	return b.String()
}
