package journal

import (
	"fmt"
	"math"
	"strings"

	"pikedash/pikeapi"
)

// mostDigits is how many digits any currency has after the point.
const mostDigits = 4

// A decimal is an amount in major units: n with a point before its last digits.
type decimal struct {
	n      int64
	digits int
}

// A bound is an end of a range of amounts: a decimal, or the next amount after it.
type bound struct {
	at    decimal
	after bool
}

// minor is the first amount in minor units of a currency that the bound lets pass; false when no
// number can be so large.
func (b bound) minor(digits int) (int64, bool) {
	n, up := b.at.n, b.after
	for range digits - b.at.digits {
		if n > math.MaxInt64/10 {
			return 0, false
		}
		n *= 10
	}
	for range b.at.digits - digits {
		up = up || n%10 != 0
		n /= 10
	}
	if !up {
		return n, true
	}
	return n + 1, n < math.MaxInt64
}

// spanIn is the range of an amount term in minor units of a currency with so many digits.
func (t term) spanIn(digits int) span {
	var s span
	if t.from != nil {
		low, ok := t.from.minor(digits)
		if !ok {
			none := int64(math.MaxInt64)
			return span{&none, &none}
		}
		s.low = &low
	}
	if t.to != nil {
		if high, ok := t.to.minor(digits); ok {
			s.high = &high
		}
	}
	return s
}

// amount reads 100, 10..50eur, 1500.50 and the like after a sign.
func (p parser) amount(t *term, tok token, op string) error {
	text, currency := cutCurrency(strings.ToLower(tok.value))
	if currency != "" && strings.Trim(text, ".") == "" {
		return fail(tok, fmt.Sprintf("%q is not an amount: write it like 1500 or 99.95eur", tok.value))
	}
	digits := mostDigits
	if currency != "" {
		n, ok := pikeapi.CurrencyDigits(currency)
		if !ok {
			return fail(tok, fmt.Sprintf("%s is not a currency", strings.ToUpper(currency)))
		}
		digits = n
	}
	t.currency = currency
	from, to, isRange := strings.Cut(text, "..")
	if isRange && op != "" {
		return fail(tok, "a range takes no sign: write amount:10..50")
	}
	if isRange && from == "" && to == "" {
		return fail(tok, "a range needs at least one end: amount:10..50")
	}
	low, err := readDecimal(from, digits, isRange)
	if err != nil {
		return fail(tok, err.Error())
	}
	high := low
	if isRange {
		if high, err = readDecimal(to, digits, true); err != nil {
			return fail(tok, err.Error())
		}
	}
	if low != nil && op != "<" && op != "<=" {
		t.from = &bound{*low, op == ">"}
	}
	if high != nil && op != ">" && op != ">=" {
		t.to = &bound{*high, op != "<"}
	}
	return nil
}

// cutCurrency cuts the letters off the end of an amount.
func cutCurrency(s string) (number, currency string) {
	end := len(s)
	for end > 0 && s[end-1] >= 'a' && s[end-1] <= 'z' {
		end--
	}
	return s[:end], s[end:]
}

// readDecimal reads a number of major units without floats. Groups may be parted by _ or '. The largest
// number has to fit in minor units with so many digits.
func readDecimal(s string, digits int, mayBeEmpty bool) (*decimal, error) {
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
	d := decimal{digits: len(fraction)}
	for _, c := range whole + fraction {
		digit := int64(c - '0')
		if d.n > (math.MaxInt64-digit)/10 {
			return nil, fmt.Errorf("%q is too large", s)
		}
		d.n = d.n*10 + digit
	}
	return &d, nil
}

// currencyCodes lists the currencies with so many digits, as SQL in lower case.
func currencyCodes(digits int) string {
	var codes []string
	for _, c := range pikeapi.Currencies() {
		if n, _ := pikeapi.CurrencyDigits(c); n == digits {
			codes = append(codes, "'"+strings.ToLower(c)+"'")
		}
	}
	return strings.Join(codes, ",")
}

// inOwnDigits holds an amount against a term by the digits of each row's own currency; one that nobody
// knows has two, as nearly all have.
func (t term) inOwnDigits() condition {
	c := condition{sql: "CASE"}
	for _, digits := range []int{0, 3, 4} {
		part := spanCondition("amount", t.spanIn(digits))
		c.sql += fmt.Sprintf(" WHEN t.currency IN (%s) THEN %s", currencyCodes(digits), part.sql)
		c.args = append(c.args, part.args...)
	}
	part := spanCondition("amount", t.spanIn(2))
	return condition{c.sql + " ELSE " + part.sql + " END", append(c.args, part.args...)}
}

// widest is a range that holds what inOwnDigits lets pass, for an index.
func (t term) widest() span {
	return span{t.spanIn(0).low, t.spanIn(mostDigits).high}
}
