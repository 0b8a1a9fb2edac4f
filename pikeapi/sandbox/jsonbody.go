package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
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

// checkNesting walks valid JSON and refuses duplicate keys and deep nesting.
func checkNesting(body []byte) error {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	type level struct {
		keys  map[string]bool // nil in an array
		isKey bool
	}
	var stack []level
	for {
		token, err := d.Token()
		if err != nil {
			return nil // the end: the syntax was checked before
		}
		if delim, ok := token.(json.Delim); ok && (delim == '}' || delim == ']') {
			stack = stack[:len(stack)-1]
			continue
		}
		if n := len(stack); n > 0 && stack[n-1].keys != nil {
			top := &stack[n-1]
			if top.isKey {
				name := token.(string)
				if top.keys[name] {
					return fmt.Errorf("the key %q occurs twice, again before byte %d", clip(name, 60), d.InputOffset())
				}
				top.keys[name] = true
			}
			top.isKey = !top.isKey
		}
		if delim, ok := token.(json.Delim); ok {
			if len(stack) == maxDepth {
				return fmt.Errorf("the body is nested deeper than %d levels, at byte %d", maxDepth, d.InputOffset())
			}
			next := level{}
			if delim == '{' {
				next = level{keys: map[string]bool{}, isKey: true}
			}
			stack = append(stack, next)
		}
	}
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
