package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// maxDepth is how deep a request's JSON may be nested.
const maxDepth = 64

// checkJSON refuses what is not exactly one well-formed JSON object: a byte order mark, invalid
// UTF-8, trailing data, duplicate keys, deep nesting. `[]` stands for an object without fields, as
// PHP clients write it, and an empty body for {}; strict refuses both.
func checkJSON(body []byte, strict bool) (map[string]json.RawMessage, *refusal) {
	trimmed := bytes.TrimLeft(body, " \t\r\n")
	switch {
	case bytes.HasPrefix(body, []byte("\xef\xbb\xbf")):
		return nil, invalid("the body starts with a byte order mark (EF BB BF); send plain UTF-8")
	case bytes.HasPrefix(body, []byte("\xff\xfe")), bytes.HasPrefix(body, []byte("\xfe\xff")):
		return nil, invalid("the body is UTF-16; send UTF-8")
	case len(trimmed) == 0 && strict:
		return nil, invalid("the body is empty; send {} (strict mode)")
	case len(trimmed) == 0:
		return map[string]json.RawMessage{}, nil
	case !utf8.Valid(body):
		return nil, invalid("the body is not valid UTF-8, first at byte %d", badUTF8(body))
	}
	if r := checkSyntax(body); r != nil {
		return nil, r
	}
	if err := checkNesting(body); err != nil {
		return nil, invalid("%s", err)
	}
	return topLevel(trimmed, strict)
}

func topLevel(body []byte, strict bool) (map[string]json.RawMessage, *refusal) {
	if isEmptyArray(body) {
		if strict {
			return nil, invalid("the body is []; send {} (strict mode)")
		}
		return map[string]json.RawMessage{}, nil
	}
	if body[0] != '{' {
		return nil, invalid("the body must be a JSON object, it is %s", jsonKind(body))
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(body, &fields); err != nil {
		return nil, invalid("the body is not JSON: %v", err)
	}
	return fields, nil
}

// checkSyntax tells broken JSON from data after good JSON.
func checkSyntax(body []byte) *refusal {
	var whole json.RawMessage
	err := json.Unmarshal(body, &whole)
	if err == nil {
		return nil
	}
	first := json.NewDecoder(bytes.NewReader(body))
	if first.Decode(&whole) == nil {
		return invalid("there is more after the JSON value, at byte %d of %d", first.InputOffset(), len(body))
	}
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return invalid("the body is not JSON: %v, at byte %d of %d", syntax, syntax.Offset, len(body))
	}
	return invalid("the body is not JSON: %v", err)
}

// level is an object or an array around the place that checkNesting looks at.
type level struct {
	names map[string]bool // nil in an array, and in an object without names yet
	array bool
	value bool // in an object: a value comes next, not a name
}

// checkNesting walks valid JSON and refuses duplicate keys and deep nesting.
func checkNesting(body []byte) error {
	var stack []level
	for i := 0; i < len(body); i++ {
		switch c := body[i]; c {
		case '{', '[':
			if len(stack) == maxDepth {
				return fmt.Errorf("the body is nested deeper than %d levels, at byte %d", maxDepth, i)
			}
			stack = append(stack, level{array: c == '['})
		case '}', ']':
			stack = stack[:len(stack)-1]
		case ':', ',':
			stack[len(stack)-1].value = c == ':'
		case '"':
			end := stringEnd(body, i)
			if n := len(stack); n > 0 && !stack[n-1].array && !stack[n-1].value {
				if err := stack[n-1].name(body[i:end], i); err != nil {
					return err
				}
			}
			i = end - 1
		}
	}
	return nil
}

// name notes a name of an object, which is written as raw at byte at.
func (l *level) name(raw []byte, at int) error {
	name := string(raw[1 : len(raw)-1])
	if strings.IndexByte(name, '\\') >= 0 {
		// Valid JSON was checked before, so that an escaped name can be read.
		_ = json.Unmarshal(raw, &name)
	}
	if l.names[name] {
		return fmt.Errorf("the key %q occurs twice, again at byte %d", clip(name, 60), at)
	}
	if l.names == nil {
		l.names = make(map[string]bool, 4)
	}
	l.names[name] = true
	return nil
}

// stringEnd returns the index after the string that starts at i.
func stringEnd(body []byte, i int) int {
	for i++; body[i] != '"'; i++ {
		if body[i] == '\\' {
			i++
		}
	}
	return i + 1
}

func badUTF8(body []byte) int {
	for i := 0; i < len(body); {
		r, size := utf8.DecodeRune(body[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return len(body)
}

// isEmptyArray reports whether raw is [] with nothing in it.
func isEmptyArray(raw []byte) bool {
	raw = bytes.TrimSpace(raw)
	return len(raw) >= 2 && raw[0] == '[' && len(bytes.TrimSpace(raw[1:len(raw)-1])) == 0
}

func jsonKind(raw []byte) string {
	switch raw[0] {
	case '{':
		return "an object"
	case '[':
		return "an array"
	case '"':
		return "a string"
	case 't', 'f':
		return "a boolean"
	case 'n':
		return "null"
	}
	return "a number"
}
