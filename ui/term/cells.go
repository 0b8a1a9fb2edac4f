package term

import (
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// cell is one character of a line, with the style sequences that hold for it.
type cell struct{ text, style string }

// cells takes a line apart, into the room of a slice that was used before. It says no where a character
// is not one cell wide, or where the line holds a sequence that is not about style.
func cells(room []cell, line string) ([]cell, bool) {
	out := room[:0]
	style := ""
	for i := 0; i < len(line); {
		if line[i] == '\x1b' {
			n := styleLen(line[i:])
			if n == 0 {
				return out, false
			}
			style = addStyle(style, line[i:i+n])
			i += n
			continue
		}
		r, n := utf8.DecodeRuneInString(line[i:])
		if !oneCell(r) {
			return out, false
		}
		out = append(out, cell{line[i : i+n], style})
		i += n
	}
	return out, true
}

// styleLen returns the length of the style sequence that s begins with; 0 where it is another one.
func styleLen(s string) int {
	if len(s) < 3 || s[1] != '[' {
		return 0
	}
	for i := 2; i < len(s); i++ {
		switch c := s[i]; {
		case c == 'm':
			return i + 1
		case c != ';' && c != ':' && (c < '0' || c > '9'):
			return 0
		}
	}
	return 0
}

// addStyle returns the style after one more sequence. What comes before a reset does not count.
func addStyle(style, sequence string) string {
	switch params := sequence[2 : len(sequence)-1]; {
	case params == "" || params == "0":
		return ""
	case len(params) > 1 && params[:2] == "0;":
		return sequence
	}
	return style + sequence
}

// oneCell says that every terminal draws the character in one cell, and that it joins no other.
func oneCell(r rune) bool {
	switch {
	case r >= ' ' && r < 0x7f: // ASCII
		return true
	case r >= 0xa1 && r <= 0x2ff && r != 0xad: // Latin
		return true
	case r >= 0x370 && r <= 0x482 || r >= 0x48a && r <= 0x52f: // Greek, Cyrillic
		return true
	case r >= 0x2500 && r <= 0x259f: // lines and blocks
		return true
	case r < 0xa1 || r == utf8.RuneError:
		return false
	}
	return ansi.StringWidth(string(r)) == 1
}
