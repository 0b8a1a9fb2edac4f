package journal

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"pikedash/pikeapi"
)

// A parser turns tokens into terms.
type parser struct {
	now    time.Time
	digits string // the only currency that the whole filter names; empty when none or several
}

// soleCurrency returns the currency that currency:X names, when there is exactly one.
func soleCurrency(tokens []token) string {
	found := ""
	for _, t := range tokens {
		if alias(strings.ToLower(t.field)) != "currency" {
			continue
		}
		if t.negated || found != "" || strings.Contains(t.value, ",") {
			return ""
		}
		found = strings.ToLower(t.value)
	}
	return found
}

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
	if tok.value == "" {
		return t, fail(tok, fmt.Sprintf("%s needs a value: %s", f.name, f.help))
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
	return &FilterError{
		Offset: tok.fieldOffset, Length: len(tok.field),
		Reason:  fmt.Sprintf("there is no field %q (put the text in quotes to look for it)", tok.field),
		Nearest: nearest(tok.field, names),
	}
}

// set reads a list of words with commas between.
func (p parser) set(t *term, tok token, f field) error {
	at := tok.valueOffset
	for _, part := range strings.Split(tok.value, ",") {
		value := normalValue(f, strings.ToLower(strings.TrimSpace(part)))
		if f.name == "error" {
			value = errorCode(strings.TrimSpace(part))
		}
		if value == "" {
			return failPart(tok, at, len(part), fmt.Sprintf("a value of %s is missing", f.name), "")
		}
		known := f.kind == kindFree || slices.Contains(f.values, value)
		if !known {
			return failPart(tok, at, len(part), fmt.Sprintf("%s has no value %q", f.name, part), nearest(value, f.values))
		}
		t.values = append(t.values, value)
		at += len(part) + 1
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

// amount reads 100, 10..50eur, 1500.50 and the like after a sign.
func (p parser) amount(t *term, tok token, op string) error {
	text, currency := cutCurrency(strings.ToLower(tok.value))
	if currency != "" {
		if _, ok := pikeapi.CurrencyDigits(currency); !ok {
			return fail(tok, fmt.Sprintf("%s is not a currency", strings.ToUpper(currency)))
		}
	}
	t.currency = currency
	digits := 2
	if n, ok := pikeapi.CurrencyDigits(firstOf(currency, p.digits)); ok {
		digits = n
	}
	from, to, isRange := strings.Cut(text, "..")
	if isRange && op != "" {
		return fail(tok, "a range takes no sign: write amount:10..50")
	}
	low, err := minorUnits(from, digits, isRange)
	if err != nil {
		return fail(tok, err.Error())
	}
	if isRange {
		high, err := minorUnits(to, digits, true)
		if err != nil {
			return fail(tok, err.Error())
		}
		if low == nil && high == nil {
			return fail(tok, "a range needs at least one end: amount:10..50")
		}
		t.low, t.high = low, after(high)
		return nil
	}
	switch op {
	case ">":
		t.low = after(low)
	case ">=":
		t.low = low
	case "<":
		t.high = low
	case "<=":
		t.high = after(low)
	default:
		t.low, t.high = low, after(low)
	}
	return nil
}

// after is the next number, so that an upper end that counts becomes one that does not.
func after(n *int64) *int64 {
	if n == nil {
		return nil
	}
	if *n == math.MaxInt64 {
		return nil // nothing is larger
	}
	next := *n + 1
	return &next
}

// cutCurrency cuts the letters off the end of an amount.
func cutCurrency(s string) (number, currency string) {
	end := len(s)
	for end > 0 && s[end-1] >= 'a' && s[end-1] <= 'z' {
		end--
	}
	return s[:end], s[end:]
}

// minorUnits reads a number of major units without floats. Groups may be parted by _ or '.
func minorUnits(s string, digits int, mayBeEmpty bool) (*int64, error) {
	clean := strings.NewReplacer("_", "", "'", "").Replace(s)
	if clean == "" && mayBeEmpty {
		return nil, nil
	}
	whole, fraction, _ := strings.Cut(clean, ".")
	if whole+fraction == "" || strings.Trim(whole+fraction, "0123456789") != "" {
		return nil, fmt.Errorf("%q is not an amount: write it like 1500 or 99.95, with a currency behind if you like", s)
	}
	if len(fraction) > digits {
		return nil, fmt.Errorf("%q has more than %d digits after the point", s, digits)
	}
	var n int64
	for _, c := range whole + fraction + strings.Repeat("0", digits-len(fraction)) {
		d := int64(c - '0')
		if n > (math.MaxInt64-d)/10 {
			return nil, fmt.Errorf("%q is too large", s)
		}
		n = n*10 + d
	}
	return &n, nil
}

func fail(tok token, reason string) error {
	offset, length := tok.valueOffset, tok.offset+tok.length-tok.valueOffset
	if length <= 0 {
		offset, length = tok.offset, max(1, tok.length)
	}
	return &FilterError{Offset: offset, Length: length, Reason: reason}
}

// failPart points at one of several values; within quotes, at all of them. A value that is missing is
// shown by the comma before or after it.
func failPart(tok token, at, length int, reason, nearest string) error {
	end := tok.offset + tok.length
	switch {
	case tok.quoted:
		at, length = tok.valueOffset, end-tok.valueOffset
	case length == 0 && at < end:
		length = 1
	case length == 0:
		at, length = end-1, 1
	}
	return &FilterError{Offset: at, Length: length, Reason: reason, Nearest: nearest}
}
