package journal

import (
	"bytes"
	"encoding/json"
	"strings"
)

// holdsCardNumber reports whether a body holds a whole card number or a security code: such bytes are
// not kept, not even encrypted. It errs on the side of finding one.
func holdsCardNumber(body []byte) bool {
	if digitsLookLikeCard(string(body)) {
		return true
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return false // its raw text was searched above
	}
	return cardWithin(v)
}

func cardWithin(v any) bool {
	switch v := v.(type) {
	case map[string]any:
		for k, inner := range v {
			if cardWithin(inner) || digitsLookLikeCard(k) {
				return true
			}
			if code, ok := inner.(string); ok && strings.EqualFold(k, "security_code") && code != "" && strings.Trim(code, "*·") != "" {
				return true
			}
		}
	case []any:
		for _, inner := range v {
			if cardWithin(inner) {
				return true
			}
		}
	case string:
		return digitsLookLikeCard(v)
	case json.Number:
		return digitsLookLikeCard(v.String())
	}
	return false
}

// digitsLookLikeCard finds 13 to 19 digits with a right check digit, blanks and dashes between them
// forgiven, also inside of longer runs.
func digitsLookLikeCard(s string) bool {
	var run []byte
	for i := 0; i <= len(s); i++ {
		if i < len(s) && s[i] >= '0' && s[i] <= '9' {
			run = append(run, s[i]-'0')
			continue
		}
		if i+1 < len(s) && len(run) > 0 && (s[i] == ' ' || s[i] == '-') && s[i+1] >= '0' && s[i+1] <= '9' {
			continue
		}
		if runHoldsCard(run) {
			return true
		}
		run = run[:0]
	}
	return false
}

func runHoldsCard(run []byte) bool {
	if len(run) <= 19 {
		return len(run) >= 13 && luhn(run)
	}
	for size := 13; size <= 19; size++ {
		for at := 0; at+size <= len(run); at++ {
			if luhn(run[at : at+size]) {
				return true
			}
		}
	}
	return false
}

func luhn(digits []byte) bool {
	sum := 0
	for i := range digits {
		d := int(digits[len(digits)-1-i])
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

// HoldsSecurityCode reports whether a body must not be written down at all, not even encrypted: it
// holds a card's security code in clear, or cannot be read.
func HoldsSecurityCode(body []byte) bool { return hasSecurityCode(body) }

// hasSecurityCode reports whether a body holds a card's security code in clear.
func hasSecurityCode(body []byte) bool {
	if !bytes.Contains(bytes.ToLower(body), []byte("security_code")) && !bytes.Contains(body, []byte(`\u`)) {
		return false
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return true // what cannot be read is not trusted
	}
	return findSecurityCode(v)
}

func findSecurityCode(v any) bool {
	switch v := v.(type) {
	case map[string]any:
		for k, inner := range v {
			if strings.EqualFold(k, "security_code") && inner != nil && inner != "" || findSecurityCode(inner) {
				return true
			}
		}
	case []any:
		for _, inner := range v {
			if findSecurityCode(inner) {
				return true
			}
		}
	}
	return false
}
