package pikeapi

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
	"strconv"
	"strings"
)

// Money is an amount in minor units of an ISO 4217 currency, such as 15000 and "eur" for 150.00 EUR.
type Money struct {
	Amount   int64  // minor units
	Currency string // as it was read or is to be sent; compare without case
}

// ErrOverflow says that an amount does not fit in 63 bits of minor units.
var ErrOverflow = errors.New("the amount is too large")

// Code returns the currency in upper case.
func (m Money) Code() string { return strings.ToUpper(m.Currency) }

// Equal compares amount and currency, the currency without case.
func (m Money) Equal(o Money) bool {
	return m.Amount == o.Amount && strings.EqualFold(m.Currency, o.Currency)
}

// Add returns the sum. It fails on different currencies and with ErrOverflow.
func (m Money) Add(o Money) (Money, error) {
	if !strings.EqualFold(m.Currency, o.Currency) {
		return Money{}, fmt.Errorf("%s and %s cannot be added", m.Code(), o.Code())
	}
	sum, ok := addAmounts(m.Amount, o.Amount)
	if !ok {
		return Money{}, ErrOverflow
	}
	return Money{Amount: sum, Currency: m.Currency}, nil
}

func addAmounts(a, b int64) (int64, bool) {
	if (b > 0 && a > math.MaxInt64-b) || (b < 0 && a < math.MinInt64-b) {
		return 0, false
	}
	return a + b, true
}

// Format returns "1,500.00 EUR": thousands separated, as many decimals as the currency has. A
// currency whose decimals are unknown is shown in minor units, "150000 minor units of XYZ".
func (m Money) Format() string {
	if _, ok := CurrencyDigits(m.Currency); !ok {
		if m.Currency == "" {
			return fmt.Sprintf("%d minor units", m.Amount)
		}
		return fmt.Sprintf("%d minor units of %s", m.Amount, m.Code())
	}
	return m.Number() + " " + m.Code()
}

// Number returns the amount alone, "1,500.00". For an unknown currency it counts minor units.
func (m Money) Number() string {
	digits, _ := CurrencyDigits(m.Currency)
	sign, size := "", uint64(m.Amount)
	if m.Amount < 0 {
		sign, size = "-", -size
	}
	text := strconv.FormatUint(size, 10)
	for len(text) <= digits {
		text = "0" + text
	}
	whole, fraction := text[:len(text)-digits], text[len(text)-digits:]
	var b strings.Builder
	b.WriteString(sign)
	for i := range len(whole) {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteByte(whole[i])
	}
	if digits > 0 {
		b.WriteByte('.')
		b.WriteString(fraction)
	}
	return b.String()
}

// String is Format.
func (m Money) String() string { return m.Format() }

// ParseAmount reads an amount with its currency: "150.00EUR", "150.00 eur", "EUR 1,500.00". It
// refuses what can be read in two ways, such as "1,500 EUR". No floating point is involved.
func ParseAmount(text string) (Money, error) {
	s := trimSpace(text)
	letters := func(r rune) bool { return (r >= 'a' && r <= 'z') || (r >= 'A' && r <= 'Z') }
	number := strings.TrimRightFunc(s, letters)
	currency := s[len(number):]
	if currency == "" {
		number = strings.TrimLeftFunc(s, letters)
		currency = s[:len(s)-len(number)]
	}
	if currency == "" {
		return Money{}, fmt.Errorf("%q names no currency: write it like 150.00 EUR", clip(text))
	}
	return ParseMoney(trimSpace(number), currency)
}

// ParseMoney reads an amount such as "150.00", "1,500.00" or "1 500,00" in a currency and returns
// minor units with the currency in lower case, as Pike's documentation writes it. It refuses
// negative amounts, more decimals than the currency has, and what can be read in two ways.
func ParseMoney(text, currency string) (Money, error) {
	currency = strings.ToLower(trimSpace(currency))
	if reason := checkCurrency(currency); reason != "" {
		return Money{}, errors.New(reason)
	}
	digits, _ := CurrencyDigits(currency)
	code := strings.ToUpper(currency)
	number := trimSpace(text)
	if number == "" {
		return Money{}, errors.New("the amount is missing")
	}
	whole, fraction, err := splitNumber(number, digits, code)
	if err != nil {
		return Money{}, err
	}
	if len(fraction) > digits {
		if digits == 0 {
			return Money{}, fmt.Errorf("%s has no decimals", code)
		}
		return Money{}, fmt.Errorf("%s has %d decimals, %q has %d", code, digits, clip(number), len(fraction))
	}
	minor := whole + fraction + strings.Repeat("0", digits-len(fraction))
	amount, err := parseDigits(minor)
	if err != nil {
		return Money{}, err
	}
	return Money{Amount: amount, Currency: currency}, nil
}

// splitNumber separates the digits before and after the decimal point.
func splitNumber(number string, digits int, code string) (whole, fraction string, err error) {
	for _, space := range []string{"\u00a0", "\u202f", "\u2009", "'", "’", "_"} {
		number = strings.ReplaceAll(number, space, " ")
	}
	if strings.HasPrefix(number, "-") || strings.HasPrefix(number, "−") {
		return "", "", errors.New("an amount cannot be negative")
	}
	if i := strings.IndexFunc(number, func(r rune) bool { return !strings.ContainsRune("0123456789 .,", r) }); i >= 0 {
		return "", "", fmt.Errorf("%q is not an amount: write it like 1,500.00", clip(number))
	}
	point := strings.LastIndexAny(number, ".,")
	if point >= 0 && isGroupMark(number, point, digits) {
		point = -1
	}
	group := number
	if point >= 0 {
		group, fraction = number[:point], number[point+1:]
		if strings.Count(number, number[point:point+1]) > 1 || fraction == "" || strings.Contains(fraction, " ") {
			return "", "", fmt.Errorf("%q is not an amount: write it like 1,500.00", clip(number))
		}
		alone := !strings.ContainsAny(group, " .,")
		ambiguous := alone && len(fraction) == 3 && len(group) <= 3 && strings.TrimLeft(group, "0") == group && group != ""
		if ambiguous && (digits != 3 || number[point] == ',') {
			return "", "", fmt.Errorf("%q can be read in two ways: write it without a thousands mark, such as %s", clip(number), example(digits, code))
		}
	}
	whole, err = joinGroups(group)
	if err != nil {
		return "", "", fmt.Errorf("%q is not an amount: %w", clip(number), err)
	}
	return whole, fraction, nil
}

// isGroupMark says whether the last mark of number cannot be a decimal point: it occurs more than
// once, or it is the comma that this program itself writes in currencies without decimals.
func isGroupMark(number string, at, digits int) bool {
	mark := number[at : at+1]
	other := strings.Trim(".,", mark)
	if strings.Count(number, mark) > 1 {
		return !strings.Contains(number, other)
	}
	return digits == 0 && mark == "," && len(number)-at-1 == 3 && !strings.Contains(number, other)
}

// joinGroups removes one kind of thousands mark, if the groups are whole.
func joinGroups(s string) (string, error) {
	if s == "" {
		return "", errors.New("a digit is missing before the decimal point")
	}
	mark := strings.IndexAny(s, " .,")
	if mark < 0 {
		return s, nil
	}
	parts := strings.Split(s, s[mark:mark+1])
	for i, part := range parts {
		if strings.ContainsAny(part, " .,") || (i > 0 && len(part) != 3) || part == "" || len(part) > 3 {
			return "", errors.New("thousands come in groups of three digits")
		}
	}
	if parts[0][0] == '0' {
		return "", errors.New("a grouped number cannot begin with 0")
	}
	return strings.Join(parts, ""), nil
}

func example(digits int, code string) string {
	if digits == 0 {
		return "1500 " + code
	}
	return "1500." + strings.Repeat("0", digits) + " " + code
}

// parseDigits reads decimal digits and fails with ErrOverflow beyond 63 bits.
func parseDigits(s string) (int64, error) {
	var n uint64
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, fmt.Errorf("%q is not a number", clip(s))
		}
		hi, lo := bits.Mul64(n, 10)
		sum, carry := bits.Add64(lo, uint64(s[i]-'0'), 0)
		if hi != 0 || carry != 0 || sum > math.MaxInt64 {
			return 0, ErrOverflow
		}
		n = sum
	}
	return int64(n), nil
}

// trimSpace trims white space, no-break spaces included.
func trimSpace(s string) string { return strings.Trim(s, " \t\r\n\u00a0\u202f\u2009") }

// clip shortens what a person typed for an error text, and takes card numbers out of it.
func clip(s string) string {
	s = MaskText(s)
	if r := []rune(s); len(r) > 40 {
		return string(r[:39]) + "…"
	}
	return s
}
