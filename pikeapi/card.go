package pikeapi

import (
	"fmt"
	"strings"
)

// LuhnValid says whether digits, at least two of them and nothing else, end in the right check digit.
func LuhnValid(digits string) bool {
	if len(digits) < 2 {
		return false
	}
	sum, double := 0, false
	for i := len(digits) - 1; i >= 0; i-- {
		d := int(digits[i]) - '0'
		if d < 0 || d > 9 {
			return false
		}
		if double {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
		double = !double
	}
	return sum%10 == 0
}

// CardBrand guesses the brand from the first digits: visa, mastercard, mir, or unknown.
func CardBrand(number string) string {
	prefix := func(n int) int {
		v := 0
		for i := range n {
			if i >= len(number) || number[i] < '0' || number[i] > '9' {
				return -1
			}
			v = v*10 + int(number[i]-'0')
		}
		return v
	}
	four, two := prefix(4), prefix(2)
	switch {
	case prefix(1) == 4:
		return "visa"
	case two >= 51 && two <= 55, four >= 2221 && four <= 2720:
		return "mastercard"
	case four >= 2200 && four <= 2204:
		return "mir"
	}
	return "unknown"
}

// CleanCardNumber removes the blanks and dashes that people type between groups of digits.
func CleanCardNumber(s string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case ' ', '-', '\t', '\u00a0', '\u202f', '\u2009', '\u2011':
			return -1
		}
		return r
	}, s)
}

// checkCardNumber says what is wrong with a card number; "" when nothing is. The reason never
// repeats the number: it names positions and single digits.
func checkCardNumber(number string) string {
	if number == "" {
		return "the card number is missing"
	}
	if i := strings.IndexFunc(number, func(r rune) bool { return r < '0' || r > '9' }); i >= 0 {
		if clean := CleanCardNumber(number); strings.Trim(clean, "0123456789") == "" {
			return "write the card number without blanks and dashes"
		}
		return fmt.Sprintf("a card number has digits only; character %d is something else", len([]rune(number[:i]))+1)
	}
	if len(number) < 14 || len(number) > 19 {
		return fmt.Sprintf("a card number has 14 to 19 digits, this one has %d", len(number))
	}
	if LuhnValid(number) {
		return ""
	}
	return "the check digit does not fit: " + luhnHint(number)
}

// luhnHint names the slips of the finger that would explain a wrong check digit.
func luhnHint(number string) string {
	var hints []string
	for i := 0; i+1 < len(number); i++ {
		if number[i] == number[i+1] {
			continue
		}
		b := []byte(number)
		b[i], b[i+1] = b[i+1], b[i]
		if LuhnValid(string(b)) {
			hints = append(hints, fmt.Sprintf("are digits %d and %d swapped?", i+1, i+2))
		}
	}
	for d := byte('0'); d <= '9'; d++ {
		if LuhnValid(number[:len(number)-1] + string(d)) {
			hints = append(hints, fmt.Sprintf("did you mean %c as the last digit?", d))
		}
	}
	if len(hints) > 3 {
		hints = append(hints[:2], hints[len(hints)-1])
	}
	return strings.Join(hints, " ")
}

func checkExpiryMonth(month string) string {
	if month == "" {
		return "the expiry month is missing"
	}
	if len(month) != 2 || month < "01" || month > "12" || strings.Trim(month, "0123456789") != "" {
		return "the expiry month has two digits, 01 to 12"
	}
	return ""
}

func checkExpiryYear(year string) string {
	if year == "" {
		return "the expiry year is missing"
	}
	if len(year) != 2 || strings.Trim(year, "0123456789") != "" {
		return "the expiry year has two digits, such as 29"
	}
	return ""
}

func checkSecurityCode(code string) string {
	if code == "" {
		return "the security code is missing"
	}
	if len(code) < 3 || len(code) > 4 || strings.Trim(code, "0123456789") != "" {
		return "the security code has three or four digits"
	}
	return ""
}
