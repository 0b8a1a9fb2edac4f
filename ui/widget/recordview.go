package widget

import (
	"bytes"
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"
)

// RecordView shows one recorded message: lines that the screen makes, its headers, its body. The
// bytes are never changed.
type RecordView struct {
	Body    *BodyView
	opt     JSONOptions
	headers []string // "Name: value", own ones first, cleaned
	loaded  bool
	w, h    int
	lines   int // of the screen's own
	heads   int // headers that are in sight
}

// NewRecordView makes an empty view.
func NewRecordView(o JSONOptions) *RecordView { return &RecordView{Body: NewBodyView(o), opt: o} }

// Set shows another message, or the same one read anew: a body that did not change keeps its place.
func (v *RecordView) Set(h http.Header, body []byte) tea.Cmd {
	v.headers = v.headers[:0:0]
	for name, values := range h {
		for _, value := range values {
			v.headers = append(v.headers, Clean(name)+": "+Clean(value))
		}
	}
	slices.SortFunc(v.headers, func(a, b string) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a, b))
	})
	v.layout()
	if v.loaded && bytes.Equal(body, v.Body.Bytes()) {
		return nil
	}
	v.loaded = true
	return v.Body.Load(body)
}

// rank puts headers of the message's own protocol before those of HTTP.
func rank(header string) int {
	if len(header) > 2 && strings.EqualFold(header[:2], "X-") {
		return 0
	}
	return 1
}

// SetSize tells the box, in cells, and how many lines of the screen's own stand on top.
func (v *RecordView) SetSize(w, h, lines int) {
	v.w, v.h, v.lines = max(0, w), max(0, h), lines
	v.layout()
}

// layout gives the headers at most a third of what is left, the body the rest.
func (v *RecordView) layout() {
	left := max(0, v.h-v.lines)
	v.heads = min(len(v.headers), left/3)
	v.Body.SetSize(max(0, v.w-2), max(0, left-v.heads))
}

// View draws lines, headers and body in exactly the box.
func (v *RecordView) View(lines []string, now time.Time) string {
	t := v.opt.Theme
	out := slices.Clone(lines)
	for i, h := range v.headers[:v.heads] {
		if left := len(v.headers) - i; i == v.heads-1 && left > 1 {
			h = fmt.Sprintf("%s %d more headers", t.Glyphs.Ellipsis, left)
		}
		out = append(out, Blanks(min(3, v.w))+t.Dim.Paint(Cut(h, max(0, v.w-4))))
	}
	for _, l := range strings.Split(v.Body.View(now), "\n") {
		out = append(out, " "+l)
	}
	return FitLines(out, v.w, v.h)
}
