// Package widget holds the parts that screens are made of: table, form, filter line, views of JSON
// and bytes, dialogs, palette, help, toasts. They know nothing of Pike. Each has SetSize and a View
// that returns exactly its box.
package widget

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// Clean makes text from outside safe to draw on one line: control characters, escape sequences,
// direction marks and invisible characters become visible or go, invalid UTF-8 becomes U+FFFD.
func Clean(s string) string {
	if isPlain(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 8)
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		i += n
		writeClean(&b, r)
	}
	return apart(b.String())
}

// apart makes the letters of scripts that join several into one shape take as many cells by our count as
// terminals give them, which is one each: where the count would be less it parts them with a blank of no
// width. A row that is wider than was counted spills over its neighbours.
func apart(s string) string {
	if !strings.ContainsFunc(s, joining) {
		return s
	}
	cells := 0
	for _, r := range s {
		if !unicode.In(r, unicode.Mn, unicode.Me) {
			cells += ansi.StringWidth(string(r))
		}
	}
	if cells == ansi.StringWidth(s) {
		return s
	}
	var b strings.Builder
	before := rune(0)
	for _, r := range s {
		if joining(r) && joining(before) && (unicode.Is(unicode.Mc, r) || r == 0xe33 || r == 0xeb3 || unicode.Is(unicode.Mn, before) && !unicode.Is(unicode.Mn, r)) {
			b.WriteRune(noWidth)
		}
		b.WriteRune(r)
		before = r
	}
	return b.String()
}

// noWidth parts what would be joined and takes no cell.
const noWidth = '\u200b'

// joining is true for the scripts of India, of south-east Asia and of Tibet.
func joining(r rune) bool {
	return r >= 0x900 && r < 0x1100 || r >= 0x1780 && r < 0x1800 || r >= 0x1900 && r < 0x1c80 || r >= 0xa800 && r < 0xac00
}

// CleanLines is Clean for text of several lines; a tab becomes four blanks.
func CleanLines(s string) []string {
	lines := strings.Split(strings.ReplaceAll(s, "\r\n", "\n"), "\n")
	for i, l := range lines {
		lines[i] = Clean(strings.ReplaceAll(l, "\t", "    "))
	}
	return lines
}

// isPlain says that s is printable ASCII, which is nearly always the case.
func isPlain(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < 0x20 || s[i] > 0x7e {
			return false
		}
	}
	return true
}

func writeClean(b *strings.Builder, r rune) {
	switch {
	case r < 0x20:
		b.WriteRune(0x2400 + r) // the control pictures ␀ to ␟
	case r == 0x7f:
		b.WriteRune('␡')
	case r >= 0x80 && r < 0xa0:
		b.WriteRune(unicode.ReplacementChar)
	case hidden(r):
		// Dropped: it would change the order or the width of what stands beside it.
	default:
		b.WriteRune(r)
	}
}

// hidden is true for direction marks, joiners, variation selectors, tones of skin and other characters without a
// glyph of their own, on whose width terminals disagree.
func hidden(r rune) bool {
	switch {
	case r >= 0x200b && r <= 0x200f, r >= 0x202a && r <= 0x202e, r >= 0x2060 && r <= 0x206f:
		return true
	case r >= 0xfe00 && r <= 0xfe0f, r >= 0xe0000 && r <= 0xe0fff, r >= 0x1f3fb && r <= 0x1f3ff:
		return true
	case r == 0xfeff, r == 0xad, r == 0x61c, r == 0x2028, r == 0x2029, r == 0x180e, r == 0x34f:
		return true
	}
	return false
}

// Width is the number of cells that s takes; sequences take none.
func Width(s string) int {
	if isPlain(s) {
		return len(s)
	}
	return ansi.StringWidth(s)
}

// Cut shortens s to w cells, with an ellipsis when something is missing.
func Cut(s string, w int) string {
	if w <= 0 {
		return ""
	}
	if Width(s) <= w {
		return s
	}
	return ansi.Truncate(s, w, "…")
}

// CutMiddle shortens s to w cells by leaving out its middle, so that both ends of an id stay.
func CutMiddle(s string, w int) string {
	total := Width(s)
	switch {
	case w <= 0:
		return ""
	case total <= w:
		return s
	case w < 4:
		return Cut(s, w)
	}
	left := w / 2
	right := w - left - 1
	return ansi.Truncate(s, left, "") + "…" + cutFront(s, total-right, right)
}

// cutFront drops n cells from the front of s and returns exactly w cells at most: a wide character
// on the seam is dropped as a whole.
func cutFront(s string, n, w int) string {
	out := ansi.TruncateLeft(s, n, "")
	for Width(out) > w {
		_, size := utf8.DecodeRuneInString(out)
		out = out[size:]
	}
	return out
}

// Pad fills s with blanks to w cells, or cuts it.
func Pad(s string, w int) string {
	n := Width(s)
	switch {
	case n == w:
		return s
	case n < w:
		return s + Blanks(w-n)
	}
	cut := Cut(s, w)
	return cut + Blanks(w-Width(cut))
}

// PadLeft fills s with blanks from the left to w cells, or cuts it.
func PadLeft(s string, w int) string {
	n := Width(s)
	if n < w {
		return Blanks(w-n) + s
	}
	return Pad(s, w)
}

const blank = "                                                                                                                                "

// Blanks returns n blanks.
func Blanks(n int) string {
	if n <= 0 {
		return ""
	}
	if n <= len(blank) {
		return blank[:n]
	}
	return strings.Repeat(" ", n)
}
