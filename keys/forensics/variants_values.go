package forensics

import (
	"bytes"
	"fmt"
	"math/big"
)

// span is one token of a text.
type span struct{ start, end int }

// values lists the scalar values and the empty containers of JSON text, at most limit: no names.
func values(src []byte, limit int) []span {
	var out []span
	for i := 0; i < len(src) && len(out) < limit; {
		switch c := src[i]; c {
		case '{', '[':
			end := skipSpace(src, i+1)
			if end < len(src) && src[end] == closer(c) {
				out = append(out, span{i, end + 1})
				i = end
			}
			i++
		case ' ', '\t', '\n', '\r', '}', ']', ',', ':':
			i++
		case '"':
			end := stringEnd(src, i)
			if j := skipSpace(src, end); j >= len(src) || src[j] != ':' {
				out = append(out, span{i, end})
			}
			i = end
		default:
			end := scalarEnd(src, i)
			out = append(out, span{i, end})
			i = end
		}
	}
	return out
}

// splice replaces the n-th scalar value of JSON text. It finds the value anew each time, so that the
// op can be replayed on text that other ops have changed.
func splice(code Cause, n int, old, next string) op {
	return op{code: code, desc: fmt.Sprintf("with %s in place of %s", next, old), apply: func(b []byte) []byte {
		all := values(b, n+1)
		if len(all) <= n || string(b[all[n].start:all[n].end]) != old {
			return b
		}
		at := all[n]
		out := append(make([]byte, 0, len(b)+len(next)), b[:at.start]...)
		return append(append(out, next...), b[at.end:]...)
	}}
}

// maxAmounts bounds the members named amount that are changed early.
const maxAmounts = 4

// amounts changes the members named amount, one at a time: money is what programs convert most.
func (s *search) amounts(src []byte, chain []op) bool {
	done := 0
	for n, at := range values(src, maxEdits(len(src))) {
		if !bytes.HasSuffix(bytes.TrimRight(src[:at.start], " \t\r\n:"), []byte(`"amount"`)) {
			continue
		}
		if done++; done > maxAmounts {
			return false
		}
		tok := src[at.start:at.end]
		for _, alt := range alternatives(tok) {
			if s.apply(src, chain, splice(alt.code, n, string(tok), alt.text), cheap) {
				return true
			}
		}
	}
	return false
}

// singleValues changes one value at a time: another format of the number, another type.
func (s *search) singleValues(src []byte, chain []op, c *choices) bool {
	styles := append(plainStyles(), stacks[3].limited(c), stacks[13].limited(c))
	for n, at := range values(src, maxEdits(len(src))) {
		tok := src[at.start:at.end]
		for _, alt := range alternatives(tok) {
			o := splice(alt.code, n, string(tok), alt.text)
			v := o.apply(src)
			if bytes.Equal(v, src) {
				continue
			}
			next := with(chain, o)
			if s.visit(v, next, cheap) {
				return true
			}
			for _, st := range styles {
				if s.styled(v, next, st, cheap) {
					return true
				}
			}
		}
	}
	return false
}

// alternative is another way to write one value.
type alternative struct {
	code Cause
	text string
}

// alternatives lists what a program may have made of the value tok.
func alternatives(tok []byte) []alternative {
	if len(tok) > maxNumber {
		return nil
	}
	switch c := tok[0]; {
	case c == '{':
		return []alternative{{BodyEmptyContainer, "[]"}}
	case c == '[':
		return []alternative{{BodyEmptyContainer, "{}"}}
	case c == '"':
		if inner := tok[1 : len(tok)-1]; isNumber(inner) {
			return append(numberForms(inner, "", ""), numberForms(inner, `"`, `"`)...)
		}
		return nil
	case c == 't':
		return []alternative{{BodyNumberFormat, "1"}, {BodyNumberFormat, `"true"`}, {BodyNumberFormat, `"1"`}}
	case c == 'f':
		return []alternative{{BodyNumberFormat, "0"}, {BodyNumberFormat, `"false"`}, {BodyNumberFormat, `""`}, {BodyTypeChanged, "null"}}
	case c == 'n':
		return []alternative{{BodyTypeChanged, `""`}, {BodyTypeChanged, "[]"}, {BodyTypeChanged, "{}"}, {BodyTypeChanged, "0"}, {BodyTypeChanged, "false"}}
	}
	out := append(numberForms(tok, "", ""), numberForms(tok, `"`, `"`)...)
	if string(tok) == "1" || string(tok) == "0" {
		out = append(out, alternative{BodyNumberFormat, [2]string{"false", "true"}[tok[0]-'0']})
	}
	return out
}

// numberForms lists the formats of a number between two quotes or none.
func numberForms(num []byte, open, end string) []alternative {
	var out []alternative
	seen := map[string]bool{}
	for m := numberKeep; m < numberModes; m++ {
		text := string(num)
		if m != numberKeep {
			text = string(appendNumber(nil, num, m))
		}
		if !seen[text] {
			seen[text] = true
			out = append(out, alternative{BodyNumberFormat, open + text + end})
		}
	}
	for _, text := range rescaled(num) {
		if !seen[text] {
			seen[text] = true
			out = append(out, alternative{BodyNumberFormat, open + text + end})
		}
	}
	return out
}

// rescaled lists an amount in the other unit: minor units as major ones and the reverse.
func rescaled(num []byte) []string {
	if len(num) > 15 || bytes.ContainsAny(num, "eE") {
		return nil
	}
	r, ok := new(big.Rat).SetString(string(num))
	if !ok {
		return nil
	}
	major := new(big.Rat).Quo(r, big.NewRat(100, 1))
	minor := new(big.Rat).Mul(r, big.NewRat(100, 1))
	two := major.FloatString(2)
	out := []string{two, string(trimFraction([]byte(two))), major.FloatString(1)}
	if minor.IsInt() {
		out = append(out, minor.Num().String())
	}
	return out
}
