package journal

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// A token is one term as it was typed.
type token struct {
	offset, length int
	negated        bool
	field          string // as typed; empty for a word or phrase
	fieldOffset    int
	op             string // ":", ">", "<", ">=", "<=" or "="
	value          string // without quotes
	valueOffset    int
	quoted         bool
	parts          []part // of the value, parted by the commas that stand outside of quotes
}

// A part is one of several values.
type part struct {
	offset, length int
	value          string // without quotes
	quoted         bool
}

// maxFilter is the longest filter text, in bytes.
const maxFilter = 4096

// lex cuts a filter text into terms. Blanks separate, quotes hold together, a minus negates.
func lex(text string) ([]token, error) {
	if len(text) > maxFilter {
		return nil, &FilterError{Offset: maxFilter, Length: len(text) - maxFilter, Reason: "the filter is too long"}
	}
	var tokens []token
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		if unicode.IsSpace(r) {
			i += size
			continue
		}
		tok, end, err := lexTerm(text, i)
		if err != nil {
			return nil, err
		}
		tokens = append(tokens, tok)
		i = end
	}
	return tokens, nil
}

func lexTerm(text string, start int) (token, int, error) {
	t := token{offset: start, valueOffset: start}
	i := start
	if text[i] == '-' && i+1 < len(text) && !spaceAt(text, i+1) {
		t.negated = true
		i++
	}
	if name, op := fieldAt(text[i:]); name != "" {
		t.field, t.fieldOffset, t.op = name, i, op
		i += len(name) + len(op)
	}
	t.valueOffset = i
	p := part{offset: i}
	end := func() {
		p.length = i - p.offset
		t.parts, t.value, t.quoted = append(t.parts, p), t.value+p.value, t.quoted || p.quoted
	}
	for i < len(text) && !spaceAt(text, i) {
		switch text[i] {
		case ',':
			end()
			i++
			t.value += ","
			p = part{offset: i}
		case '"':
			after, inner, ok := lexQuoted(text, i)
			if !ok {
				return t, 0, &FilterError{Offset: i, Length: len(text) - i, Reason: `a quote is not closed`, Unfinished: true}
			}
			p.quoted = true
			p.value += inner
			i = after
		default:
			// Byte for byte, so that offsets stay right in text that is not valid UTF-8 too.
			_, size := utf8.DecodeRuneInString(text[i:])
			p.value += text[i : i+size]
			i += size
		}
	}
	end()
	t.length = i - start
	return t, i, nil
}

// lexQuoted reads "..." at i; \" and \\ stand for themselves.
func lexQuoted(text string, i int) (end int, part string, ok bool) {
	var b strings.Builder
	for i++; i < len(text); i++ {
		switch {
		case text[i] == '\\' && i+1 < len(text) && (text[i+1] == '"' || text[i+1] == '\\'):
			i++
			b.WriteByte(text[i])
		case text[i] == '"':
			return i + 1, b.String(), true
		default:
			b.WriteByte(text[i])
		}
	}
	return i, "", false
}

// fieldAt returns the name and the sign of a field at the beginning of s: letters and then a sign.
func fieldAt(s string) (name, op string) {
	i := 0
	for i < len(s) && (s[i] >= 'a' && s[i] <= 'z' || s[i] >= 'A' && s[i] <= 'Z' || s[i] == '_') {
		i++
	}
	if i == 0 {
		return "", ""
	}
	for _, op := range []string{":>=", ":<=", ":>", ":<", ">=", "<=", ":", ">", "<", "="} {
		if strings.HasPrefix(s[i:], op) {
			return s[:i], op
		}
	}
	return "", ""
}

func spaceAt(s string, i int) bool {
	r, _ := utf8.DecodeRuneInString(s[i:])
	return unicode.IsSpace(r)
}
