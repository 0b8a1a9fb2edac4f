package pikeapi

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"unicode/utf8"
)

// Masking happens on write: journal, logs, errors, exports. Two nets lie over each other: fields by
// name (protocol section 11 and personal data) and runs of 13 to 19 digits with a right check digit
// wherever they stand. Both leave what they masked alone, so masking twice is masking once.

const (
	hidden = "***"
	dots   = "··"
	// maxNesting is how many levels of JSON within JSON strings are opened.
	maxNesting = 4
	// maxMaskRounds bounds the rounds until nothing changes any more. What JSON and text need is two;
	// broken bytes, where a mask changes how the rest is read, may need more.
	maxMaskRounds = 6
)

// MaskJSON masks a body and says whether anything was changed. Order, white space and everything
// that is not secret stay byte for byte. It works on cut and broken bodies too. Bytes that do not
// settle under masking are hidden whole.
func MaskJSON(body []byte) (masked []byte, changed bool) {
	out := body
	for range maxMaskRounds {
		next := maskOnce(out, 0)
		if bytes.Equal(next, out) {
			return out, !bytes.Equal(out, body)
		}
		out = next
	}
	if json.Valid(body) {
		return []byte(`"` + hidden + `"`), true
	}
	return []byte(hidden), true
}

// MaskText masks free text: card numbers wherever they stand, and secrets that their names announce.
func MaskText(s string) string {
	if !suspicious(s) {
		return s
	}
	out := []byte(s)
	for range maxMaskRounds {
		next := maskValue(out, 0)
		if bytes.Equal(next, out) {
			return string(out)
		}
		out = next
	}
	return hidden
}

// identifier is an id or a name from outside, masked where it is no id at all but the digits of a card.
// Lists, titles and logs show ids as they are.
func identifier(s string) string {
	if len(s) < 13 || strings.Trim(s, "0123456789 -.") != "" {
		return s
	}
	return MaskText(s)
}

// suspicious says whether a text can hold anything to mask: a digit, or a name with a value.
func suspicious(s string) bool { return strings.ContainsAny(s, "0123456789:=") }

// MaskPAN returns the first six and last four digits of a card number, "520000··7771". What is too
// short to be one is hidden whole.
func MaskPAN(number string) string {
	clean := CleanCardNumber(number)
	if clean == "" || isMaskedPAN(clean) {
		return clean
	}
	if len(clean) < 13 || strings.Trim(clean, "0123456789") != "" {
		return hidden
	}
	return clean[:6] + dots + clean[len(clean)-4:]
}

func isMaskedPAN(s string) bool {
	head, tail, ok := strings.Cut(s, dots)
	return ok && len(head) == 6 && len(tail) == 4 && strings.Trim(head+tail, "0123456789") == ""
}

// maskTail shows the last four characters of a long token, "··9a1f", and nothing of a short one.
func maskTail(s string) string {
	n := utf8.RuneCountInString(s)
	switch {
	case s == "" || s == hidden || (n == 6 && strings.HasPrefix(s, dots)):
		return s
	case n < 12:
		return hidden
	}
	r := []rune(s)
	return dots + string(r[n-4:])
}

// MaskHeader returns a copy of h in which the signature, the idempotency key and credentials are
// masked; card numbers are masked in every value.
func MaskHeader(h http.Header) http.Header {
	out := make(http.Header, len(h))
	for name, values := range h {
		masked := make([]string, len(values))
		for i, v := range values {
			switch strings.ToLower(name) {
			case "x-partner-sign", "x-partner-idempotency-key":
				masked[i] = maskTail(v)
			case "authorization", "proxy-authorization", "cookie", "set-cookie", "x-public-token":
				masked[i] = hidden
			default:
				masked[i] = MaskText(v)
			}
		}
		out[name] = masked
	}
	return out
}

// maskOnce is one round over a body.
func maskOnce(b []byte, nesting int) []byte {
	if json.Valid(b) {
		return maskStructure(b, nesting)
	}
	return maskLoose(b, nesting)
}

// maskValue is one round over a text, which may be JSON: an object or a list, no mere number.
func maskValue(b []byte, nesting int) []byte {
	if inner := bytes.TrimSpace(b); len(inner) > 0 && (inner[0] == '{' || inner[0] == '[') {
		return maskOnce(b, nesting)
	}
	return maskLoose(b, nesting)
}

// maskLoose masks what is not one JSON value: JSON with text around it, cut JSON, forms, prose.
func maskLoose(b []byte, nesting int) []byte {
	if at := bytes.IndexAny(b, "{["); at >= 0 {
		if at > 0 && b[at-1] == '"' { // JSON as a quoted string, as log lines write it
			at--
		}
		b = append(b[:at:at], maskStructure(b[at:], nesting)...)
	}
	return maskDigits(maskNamed(b))
}
