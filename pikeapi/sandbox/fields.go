package sandbox

import (
	"bytes"
	"encoding/json"
	"sort"
	"strconv"
	"strings"
)

// fields reads one object of a request. It remembers which names were asked for, so that strict
// mode can refuse the rest; refusals carry the full path of the field.
type fields struct {
	path   string
	values map[string]json.RawMessage
	strict bool
	known  map[string]bool
	sub    []*fields
	err    *refusal // the first refusal; later reads yield zero values
}

func newFields(values map[string]json.RawMessage, strict bool) *fields {
	return &fields{values: values, strict: strict, known: map[string]bool{}}
}

func (f *fields) at(name string) string {
	if f.path == "" {
		return name
	}
	return f.path + "." + name
}

func (f *fields) fail(r *refusal) {
	if f.err == nil {
		f.err = r
	}
}

// raw returns the bytes of a field; null and absence are nil.
func (f *fields) raw(name string) json.RawMessage {
	f.known[name] = true
	v := bytes.TrimSpace(f.values[name])
	if len(v) == 0 || string(v) == "null" {
		return nil
	}
	return v
}

func (f *fields) has(name string) bool { return f.raw(name) != nil }

// object returns a field that is an object; nil when it is absent. `[]` stands for {}.
func (f *fields) object(name string) *fields {
	v := f.raw(name)
	if v == nil {
		return nil
	}
	sub := newFields(nil, f.strict)
	sub.path = f.at(name)
	switch {
	case isEmptyArray(v) && f.strict:
		f.fail(invalid("%s is []; send {} (strict mode)", f.at(name)))
	case isEmptyArray(v):
	case v[0] != '{':
		f.fail(invalid("%s must be an object, it is %s", f.at(name), jsonKind(v)))
	default:
		if err := json.Unmarshal(v, &sub.values); err != nil {
			f.fail(invalid("%s cannot be read: %v", f.at(name), err))
		}
	}
	f.sub = append(f.sub, sub)
	return sub
}

// need is object for a mandatory field. It never returns nil.
func (f *fields) need(name string) *fields {
	if sub := f.object(name); sub != nil {
		return sub
	}
	f.fail(invalid("%s is missing", f.at(name)))
	sub := newFields(nil, f.strict)
	sub.path = f.at(name)
	f.sub = append(f.sub, sub)
	return sub
}

// text returns a string field; empty when it is absent.
func (f *fields) text(name string) string {
	v := f.raw(name)
	if v == nil {
		return ""
	}
	var s string
	if v[0] != '"' {
		f.fail(invalid("%s must be a string, it is %s", f.at(name), jsonKind(v)))
		return ""
	}
	if err := json.Unmarshal(v, &s); err != nil {
		f.fail(invalid("%s cannot be read: %v", f.at(name), err))
	}
	return s
}

// needText is text for a mandatory field, which must not be empty either.
func (f *fields) needText(name string) string {
	s := f.text(name)
	if s == "" {
		f.fail(invalid("%s is missing or empty", f.at(name)))
	}
	return s
}

func (f *fields) boolean(name string) bool {
	switch v := f.raw(name); {
	case v == nil, string(v) == "false":
		return false
	case string(v) == "true":
		return true
	default:
		f.fail(invalid("%s must be true or false, it is %s", f.at(name), jsonKind(v)))
		return false
	}
}

// integer returns a whole number that fits 64 bits. Forms such as 1.0, 1e3 and "1" are refused:
// an amount is counted in minor units.
func (f *fields) integer(name string) int64 {
	v := string(f.raw(name))
	if v == "" {
		f.fail(invalid("%s is missing", f.at(name)))
		return 0
	}
	if strings.Trim(v, "-0123456789") != "" {
		f.fail(invalid("%s must be a whole number of minor units, such as 15000 for 150.00; seen: %s", f.at(name), clip(v, 40)))
		return 0
	}
	n, err := strconv.ParseInt(v, 10, 64)
	if err != nil {
		f.fail(invalid("%s does not fit 64 bits: %s", f.at(name), clip(v, 40)))
	}
	return n
}

// keep returns a field to be echoed: it is stored and sent back as it came.
func (f *fields) keep(name string) json.RawMessage {
	v := f.raw(name)
	if len(v) > maxEcho {
		f.fail(invalid("%s has %d bytes; the sandbox keeps at most %d", f.at(name), len(v), maxEcho))
		return nil
	}
	return bytes.Clone(v)
}

// maxEcho is the largest field that is stored and echoed, in bytes.
const maxEcho = 64 << 10

// done returns the first refusal of f and of the objects within it.
func (f *fields) done() *refusal {
	if f.err != nil {
		return f.err
	}
	for _, sub := range f.sub {
		if r := sub.done(); r != nil {
			return r
		}
	}
	if !f.strict {
		return nil
	}
	var unknown []string
	for name := range f.values {
		if !f.known[name] {
			unknown = append(unknown, f.at(name))
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	sort.Strings(unknown)
	return invalid("unknown key %s (strict mode)", clip(strings.Join(unknown, ", "), 200))
}

// ignore marks the fields of an object that is kept as it is as known.
func (f *fields) ignore(names ...string) {
	for _, name := range names {
		f.known[name] = true
	}
}
