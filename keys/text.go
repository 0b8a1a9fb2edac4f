package keys

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// plain makes text from outside fit to be shown on one line: control characters and other
// unprintable runes become blanks, runs of blanks one, and at most limit runes remain.
func plain(text string, limit int) string {
	var b strings.Builder
	blank, count := false, 0
	for _, r := range text {
		if r == utf8.RuneError || !unicode.IsGraphic(r) || unicode.IsSpace(r) {
			blank = b.Len() > 0
			continue
		}
		if blank {
			b.WriteByte(' ')
			blank = false
			count++
		}
		if count++; count > limit {
			b.WriteString("…")
			break
		}
		b.WriteRune(r)
	}
	return b.String()
}

// shellQuote returns name as one word for a POSIX shell, safe to show: unprintable runes are
// replaced by question marks.
func shellQuote(name string) string {
	if name == "" {
		return "FILE"
	}
	safe := true
	var b strings.Builder
	for _, r := range name {
		switch {
		case r == utf8.RuneError || !unicode.IsPrint(r):
			b.WriteRune('?')
			safe = false
		case r == '\'':
			b.WriteString(`'\''`)
			safe = false
		default:
			b.WriteRune(r)
			safe = safe && (unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("/._-+:@%,", r))
		}
	}
	if safe && !strings.HasPrefix(name, "-") {
		return b.String()
	}
	if strings.HasPrefix(name, "-") {
		return "'./" + b.String() + "'"
	}
	return "'" + b.String() + "'"
}
