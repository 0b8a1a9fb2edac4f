package journal

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"pikedash/pikeapi"
)

// A parser turns tokens into terms.
type parser struct{ now time.Time }

func (p parser) term(tok token) (term, error) {
	t := term{offset: tok.offset, length: tok.length, negated: tok.negated}
	if tok.field == "" {
		t.word = fold(tok.value)
		if strings.TrimSpace(t.word) == "" {
			return t, fail(tok, "there is nothing to look for here")
		}
		return t, nil
	}
	f, ok := lookupField(tok.field)
	if !ok {
		return t, p.unknownField(tok)
	}
	t.field = f.name
	if tok.value == "" && !(tok.quoted && (f.kind == kindSet || f.kind == kindFree)) {
		e := fail(tok, fmt.Sprintf("%s needs a value: %s", f.name, f.help))
		e.Unfinished = true
		return t, e
	}
	op := strings.TrimPrefix(tok.op, ":")
	if op == "=" {
		op = ""
	}
	if op != "" && f.kind != kindAmount && f.kind != kindTime {
		return t, fail(tok, fmt.Sprintf("%s cannot be compared with %s: write %s:%s", f.name, op, f.name, tok.value))
	}
	switch f.kind {
	case kindAmount:
		return t, p.amount(&t, tok, op)
	case kindTime:
		return t, p.times(&t, tok, op)
	case kindPart:
		t.word = fold(tok.value)
		return t, nil
	case kindID:
		t.values = []string{tok.value}
		if v, ok := strings.CutSuffix(tok.value, "*"); ok && !tok.quoted {
			t.values, t.prefix = []string{v}, true
		}
		return t, nil
	}
	return t, p.set(&t, tok, f)
}

func (p parser) unknownField(tok token) error {
	var names []string
	for _, f := range fields() {
		names = append(names, f.name)
	}
	e := &FilterError{
		Offset: tok.fieldOffset, Length: len(tok.field),
		Reason: fmt.Sprintf("there is no field %q", tok.field), Nearest: nearest(tok.field, names),
	}
	if e.Nearest == "" {
		e.Reason += ": put the text in quotes to look for it"
	}
	return e
}

// set reads a list of words with commas between. In quotes a status may be one that this program does
// not know, and no value at all may be asked for.
func (p parser) set(t *term, tok token, f field) error {
	for _, part := range tok.parts {
		value := normalValue(f, strings.ToLower(strings.TrimSpace(part.value)))
		if f.name == "error" {
			value = errorCode(strings.TrimSpace(part.value))
		}
		if value == "" && !part.quoted {
			return failPart(tok, part, fmt.Sprintf("a value of %s is missing", f.name), "")
		}
		known := f.kind == kindFree || slices.Contains(f.values, value) || part.quoted && f.name == "status"
		if !known {
			return failPart(tok, part, fmt.Sprintf("%s has no value %q", f.name, part.value), nearest(value, f.values))
		}
		t.values = append(t.values, value)
	}
	return nil
}

// errorCode gives a code the case in which Pike writes it; one that is not documented stays as typed.
func errorCode(typed string) string {
	for _, known := range pikeapi.ErrorCodes() {
		if strings.EqualFold(known, typed) {
			return known
		}
	}
	return typed
}

func normalValue(f field, v string) string {
	switch {
	case f.kind == kindVersion:
		if version, err := pikeapi.ParseVersion(v); err == nil {
			return version.String()
		}
	case v == "canceled":
		return "cancelled"
	case f.name == "has":
		return strings.TrimSuffix(v, "s")
	case f.name == "kind":
		return strings.TrimSuffix(v, "s")
	case f.name == "badge" && v == "bad":
		return string(BadgeBad)
	}
	return v
}

func fail(tok token, reason string) *FilterError {
	offset, length := tok.valueOffset, tok.offset+tok.length-tok.valueOffset
	if length <= 0 {
		offset, length = tok.offset, max(1, tok.length)
	}
	return &FilterError{Offset: offset, Length: length, Reason: reason}
}

// failPart points at one of several values. A value that is missing is shown by the comma after or before it.
func failPart(tok token, p part, reason, nearest string) error {
	at, length, end := p.offset, p.length, tok.offset+tok.length
	switch {
	case length == 0 && at < end:
		length = 1
	case length == 0:
		at, length = end-1, 1
	}
	return &FilterError{Offset: at, Length: length, Reason: reason, Nearest: nearest}
}
