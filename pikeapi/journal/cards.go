package journal

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"strings"

	"pikedash/pikeapi"
)

// holdsCardNumber reports whether a body holds a whole card number or a security code: such bytes are
// not kept, not even encrypted. It errs on the side of finding one.
func holdsCardNumber(body []byte) bool {
	if digitsLookLikeCard(string(body)) {
		return true
	}
	found := false
	err := eachText(body, 0, func(name, text string) {
		found = found || digitsLookLikeCard(name) || digitsLookLikeCard(text) || isSecurityCode(name, text)
	})
	// The raw text of what cannot be read was searched above, but for escaped digits.
	return found || err != nil && bytes.Contains(body, []byte(`\u003`))
}

// HoldsSecurityCode reports whether a body must not be written down at all, not even encrypted: it
// holds a card's security code in clear, or cannot be read.
func HoldsSecurityCode(body []byte) bool {
	if !mayNameSecurityCode(body) {
		return false
	}
	found := false
	err := eachText(body, 0, func(name, text string) { found = found || isSecurityCode(name, text) })
	return found || err != nil // what cannot be read is not trusted
}

// mayNameSecurityCode is a quick look whether a closer one is needed.
func mayNameSecurityCode(body []byte) bool {
	lower := bytes.ToLower(body)
	for _, part := range []string{"security", "cvv", "cvc", "csc", `\u`} {
		if bytes.Contains(lower, []byte(part)) {
			return true
		}
	}
	return false
}

func isSecurityCode(name, text string) bool {
	return pikeapi.NamesSecurityCode(name) && strings.Trim(text, " *·") != ""
}

const (
	maxNested = 4      // levels of JSON within texts that are opened
	maxLevels = 10_000 // levels of one JSON that are followed: a body of mere brackets must not cost its size many times
)

var errTooDeep = errors.New("it is nested too deeply to be read")

// eachText calls visit for every text and number of JSON with the name under which it stands, and for
// every name. A name that occurs twice is visited twice. JSON within texts is opened.
func eachText(body []byte, nesting int, visit func(name, text string)) error {
	d := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))))
	d.UseNumber()
	type level struct {
		object, valueNext bool
		name              string
		code              string // the name of a security code around it
	}
	stack := []level{{}}
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) && len(stack) == 1 {
			return nil
		}
		if err != nil {
			return err
		}
		top := &stack[len(stack)-1]
		text, isText := token.(string)
		if top.object && !top.valueNext && isText {
			top.name, top.valueNext = text, true
			visit(text, "")
			continue
		}
		top.valueNext = false
		switch v := token.(type) {
		case json.Delim:
			if v == '}' || v == ']' {
				stack = stack[:len(stack)-1]
			} else {
				inner := level{object: v == '{', name: top.name, code: top.code}
				if pikeapi.NamesSecurityCode(top.name) {
					inner.code = top.name
				}
				if len(stack) > maxLevels {
					return errTooDeep
				}
				stack = append(stack, inner)
			}
		case json.Number:
			visit(cmp.Or(top.code, top.name), v.String())
		case string:
			visit(cmp.Or(top.code, top.name), v)
			if inner := strings.TrimSpace(v); nesting < maxNested && (strings.HasPrefix(inner, "{") || strings.HasPrefix(inner, "[")) {
				if err := eachText([]byte(inner), nesting+1, visit); err != nil && mayNameSecurityCode([]byte(inner)) {
					return err
				}
			}
		}
	}
}

// digitsLookLikeCard finds 13 to 19 digits with a right check digit, blanks and dashes between them
// forgiven, also inside of longer runs.
func digitsLookLikeCard(s string) bool {
	for run := range strings.FieldsFuncSeq(pikeapi.CleanCardNumber(s), func(r rune) bool { return r < '0' || r > '9' }) {
		if runHoldsCard(run) {
			return true
		}
	}
	return false
}

func runHoldsCard(run string) bool {
	if len(run) <= 19 {
		return len(run) >= 13 && pikeapi.LuhnValid(run)
	}
	for size := 13; size <= 19; size++ {
		for at := 0; at+size <= len(run); at++ {
			if pikeapi.LuhnValid(run[at : at+size]) {
				return true
			}
		}
	}
	return false
}
