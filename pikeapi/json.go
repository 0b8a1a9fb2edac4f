package pikeapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// maxDepth is the deepest nesting that is read.
const maxDepth = 64

// member is one name and value of a JSON object, in the order of the text.
type member struct {
	name  string
	value json.RawMessage
}

// checkJSON says whether b is one JSON value that is not nested too deeply. A byte order mark in
// front is cut off.
func checkJSON(b []byte) ([]byte, error) {
	b = bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))
	if len(bytes.TrimSpace(b)) == 0 {
		return nil, errors.New("it is empty")
	}
	depth, inString := 0, false
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			if depth++; depth > maxDepth {
				return nil, fmt.Errorf("it is nested deeper than %d levels", maxDepth)
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	if !json.Valid(b) {
		var v json.RawMessage
		err := json.Unmarshal(b, &v)
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			return nil, fmt.Errorf("it is not JSON: byte %d: %w", syntax.Offset, err)
		}
		return nil, errors.New("it is not JSON")
	}
	return bytes.TrimSpace(b), nil
}

// members splits a valid JSON object. An empty list counts as an object without members, because
// PHP writes it so. It returns false for every other value. Names keep their case: Pike's do.
func members(raw json.RawMessage) ([]member, bool) {
	var all []member
	ok := eachMember(raw, func(quoted []byte, value json.RawMessage) {
		all = append(all, member{unquote(quoted), value})
	})
	return all, ok
}

// eachMember shows each member of what members takes: its name as it is written, quotes included, and its
// value.
func eachMember(raw json.RawMessage, show func(quoted []byte, value json.RawMessage)) bool {
	raw = bytes.TrimSpace(raw)
	if len(raw) < 2 {
		return false
	}
	if raw[0] == '[' {
		return len(bytes.TrimSpace(raw[1:len(raw)-1])) == 0
	}
	if raw[0] != '{' {
		return false
	}
	i := skipSpace(raw, 1)
	for i < len(raw) && raw[i] == '"' {
		end := valueEnd(raw, i)
		quoted := raw[i:end]
		i = skipSpace(raw, skipSpace(raw, end)+1) // the colon
		end = valueEnd(raw, i)
		show(quoted, raw[i:end:end])
		i = skipSpace(raw, end)
		if i < len(raw) && raw[i] == ',' {
			i = skipSpace(raw, i+1)
		}
	}
	return true
}

// says reports whether a JSON string, quotes included, is a plain ASCII text. Nearly all names are written
// as they read, so that nothing has to be decoded.
func says(quoted []byte, text string) bool {
	if len(quoted) == len(text)+2 && string(quoted[1:len(quoted)-1]) == text {
		return true
	}
	return bytes.IndexByte(quoted, '\\') >= 0 && unquote(quoted) == text
}

// elements splits a valid JSON array; an empty object counts as an empty one.
func elements(raw json.RawMessage) ([]json.RawMessage, bool) {
	raw = bytes.TrimSpace(raw)
	if len(raw) < 2 {
		return nil, false
	}
	if raw[0] == '{' {
		return nil, len(bytes.TrimSpace(raw[1:len(raw)-1])) == 0
	}
	if raw[0] != '[' {
		return nil, false
	}
	var all []json.RawMessage
	i := skipSpace(raw, 1)
	for i < len(raw) && raw[i] != ']' {
		end := valueEnd(raw, i)
		all = append(all, raw[i:end:end])
		i = skipSpace(raw, end)
		if i < len(raw) && raw[i] == ',' {
			i = skipSpace(raw, i+1)
		}
	}
	return all, true
}

func skipSpace(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\t' || b[i] == '\n' || b[i] == '\r') {
		i++
	}
	return i
}

// valueEnd returns the end of the valid JSON value that begins at i.
func valueEnd(b []byte, i int) int {
	if i >= len(b) {
		return len(b)
	}
	if b[i] == '"' {
		return stringEnd(b, i)
	}
	if b[i] != '{' && b[i] != '[' {
		for i < len(b) && !strings.ContainsRune(",]} \t\r\n", rune(b[i])) {
			i++
		}
		return i
	}
	depth := 0
	for i < len(b) {
		switch b[i] {
		case '"':
			i = stringEnd(b, i)
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
		i++
	}
	return len(b)
}

// stringEnd returns the index after the closing quote of the string that opens at i, or the end of
// b when it is not closed.
func stringEnd(b []byte, i int) int {
	for i++; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(b)
}

// unquote decodes a valid JSON string, quotes included.
func unquote(raw []byte) string {
	if len(raw) >= 2 && bytes.IndexByte(raw, '\\') < 0 && utf8.Valid(raw) {
		return string(raw[1 : len(raw)-1])
	}
	var s string
	if err := json.Unmarshal(raw, &s); err != nil {
		return ""
	}
	return s
}

// text reads a string, or a number as it is written: some senders write ids as numbers.
func text(raw json.RawMessage) string {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 {
		return ""
	}
	switch c := raw[0]; {
	case c == '"':
		return unquote(raw)
	case c == '-' || (c >= '0' && c <= '9'):
		return string(raw)
	}
	return ""
}

// isNull says whether a value is absent, null, or an empty list or object.
func isNull(raw json.RawMessage) bool {
	raw = bytes.TrimSpace(raw)
	switch string(raw) {
	case "", "null", "[]", "{}":
		return true
	}
	return false
}

// appendString writes s as a JSON string: raw UTF-8, and only what JSON demands is escaped.
func appendString(b []byte, s string) []byte {
	const hexDigits = "0123456789abcdef"
	b = append(b, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c == '\n':
			b = append(b, '\\', 'n')
		case c == '\r':
			b = append(b, '\\', 'r')
		case c == '\t':
			b = append(b, '\\', 't')
		case c < ' ':
			b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}

// QuoteJSON writes s as a JSON string: raw UTF-8, nothing escaped that need not be. Text that is not
// valid UTF-8 is an error, for a replacement character would change what was typed.
func QuoteJSON(s string) (json.RawMessage, error) {
	if !utf8.ValidString(s) {
		return nil, errors.New("the text is not valid UTF-8")
	}
	return appendString(nil, s), nil
}
