package forensics

import (
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf8"
)

// reading is one way to read a signature's text as bytes, with what had to be forgiven.
type reading struct {
	raw   []byte
	steps []step
	cut   bool // characters are missing
	odd   bool // the text is no clean encoding; the bytes are a guess
}

// maxReadings bounds the ways in which one text is read.
const maxReadings = 24

// readSignature lists the ways to read a signature, the most plausible first.
func readSignature(text string) []reading {
	if len(text) > maxSignatureText {
		return nil
	}
	out := rawReadings(text)
	out = append(out, readText(text, 2)...)
	if len(out) > maxReadings {
		out = out[:maxReadings]
	}
	return out
}

// readText reads printable text; depth bounds encodings inside encodings.
func readText(text string, depth int) []reading {
	clean, steps := hygiene(text)
	if clean == "" {
		return nil
	}
	var out []reading
	for _, w := range spaceForms(clean, steps) {
		for _, r := range decodings(w.text) {
			r.steps = joinSteps(w.steps, r.steps)
			out = append(out, nested(r, depth)...)
		}
	}
	return out
}

// joinSteps puts what was wrong with an encoding after what was wrong around it. Line breaks are no
// fault of their own in hex digits, which programs print in lines.
func joinSteps(around, inside []step) []step {
	out := make([]step, 0, len(around)+len(inside))
	for _, s := range around {
		if s.code != SigBase64Wrapped || !hasStep(inside, SigHex) {
			out = append(out, s)
		}
	}
	return append(out, inside...)
}

// written is a text with what was repaired in it.
type written struct {
	text  string
	steps []step
}

// spaceForms decides what blanks inside a value were: a plus, or a line break that a header folded.
func spaceForms(t string, steps []step) []written {
	if !strings.Contains(t, " ") || strings.ContainsAny(t, ",") || !mostlyASCII(t) {
		return []written{{t, steps}}
	}
	if numberList(strings.Trim(t, "[]")) && strings.HasPrefix(t, "[") {
		return []written{{t, steps}}
	}
	if fields := strings.Fields(t); len(fields) > 8 && allHex(strings.Join(fields, "")) {
		return []written{{strings.Join(fields, ""), steps}} // a hex dump
	}
	joined := written{strings.ReplaceAll(t, " ", ""), append(steps[:len(steps):len(steps)],
		step{SigBase64Wrapped, "line breaks inside the value became spaces"})}
	plus := written{strings.ReplaceAll(t, " ", "+"), append(steps[:len(steps):len(steps)],
		step{SigPlusToSpace, fmt.Sprintf("%d plus signs became spaces", strings.Count(t, " "))})}
	if evenlySpaced(t) {
		return []written{joined, plus}
	}
	return []written{plus, joined}
}

// evenlySpaced reports whether the blanks stand where lines of equal length ended.
func evenlySpaced(t string) bool {
	parts := strings.Fields(t)
	for _, p := range parts[:len(parts)-1] {
		if len(p) != len(parts[0]) || len(p) < 16 {
			return false
		}
	}
	return len(parts[len(parts)-1]) <= len(parts[0])
}

// nested looks inside decoded bytes for another layer of text.
func nested(r reading, depth int) []reading {
	if depth == 0 || len(r.raw) < minValue || !printable(r.raw) {
		return []reading{r}
	}
	outerHex := hasStep(r.steps, SigHex)
	var out []reading
	for _, in := range readText(string(r.raw), depth-1) {
		if in.odd {
			continue
		}
		innerHex := hasStep(in.steps, SigHex)
		steps := append([]step{}, r.steps...)
		if !outerHex && !innerHex {
			// Said first: the layers below it are only how the inner text was printed.
			steps = append([]step{{SigDoubleBase64, "the value decodes to Base64 text once more"}}, steps...)
		}
		for _, s := range in.steps {
			if s.code == SigHex && !outerHex {
				s.note = "the value is Base64 of hex digits"
			}
			if !hasStep(steps, s.code) {
				steps = append(steps, s)
			}
		}
		out = append(out, reading{raw: in.raw, steps: steps, cut: r.cut || in.cut})
	}
	return append(out, r)
}

func printable(b []byte) bool {
	for _, c := range b {
		if c >= 0x7f || c < ' ' && c != '\n' && c != '\r' && c != '\t' {
			return false
		}
	}
	return true
}

// decodings decodes one clean token in every alphabet that its characters allow.
func decodings(t string) []reading {
	var out []reading
	if raw, ok := decodeHex(t); ok {
		kind := "hex digits"
		if strings.Contains(t, ":") {
			kind = "hex digits with colons"
		}
		r := reading{raw: raw, steps: []step{{SigHex, fmt.Sprintf("the value is %d %s", len(t), kind)}}}
		if len(t)%2 == 1 && kind == "hex digits" {
			r.steps = append(r.steps, step{SigLeadingZeroLost, "the number of hex digits is odd: a zero is missing before them"})
		}
		out = append(out, r)
	}
	if n, ok := new(big.Int).SetString(t, 10); ok && len(t) > 256 && len(t) < 5000 && countDigits(t) == len(t) {
		out = append(out, reading{raw: n.Bytes(), odd: true, steps: []step{{SigNotBase64, "the value is one large decimal number"}}})
	}
	if r, ok := decodeBase64(t); ok {
		out = append(out, r)
	}
	if raw, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.TrimRight(strings.ToUpper(t), "=")); err == nil && len(raw) >= 64 && !strings.ContainsAny(t, "0189") {
		out = append(out, reading{raw: raw, odd: true, steps: []step{{SigNotBase64, "the value is Base32"}}})
	}
	if raw, note, ok := decodeList(t); ok {
		out = append(out, reading{raw: raw, steps: []step{{SigNotBase64, note}}})
	}
	return out
}

func allHex(t string) bool {
	for i := range len(t) {
		c := t[i] | 0x20
		if (t[i] < '0' || t[i] > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return t != ""
}

func decodeHex(t string) ([]byte, bool) {
	t = strings.ReplaceAll(t, ":", "")
	if len(t) < 32 || !allHex(t) {
		return nil, false
	}
	if len(t)%2 != 0 {
		if len(t) < 128 {
			return nil, false
		}
		t = "0" + t
	}
	raw, err := hex.DecodeString(t)
	return raw, err == nil
}

// decodeBase64 reads standard and URL-safe Base64, forgiving padding.
func decodeBase64(t string) (reading, bool) {
	core := strings.TrimRight(t, "=")
	if len(core) < 8 {
		return reading{}, false
	}
	var r reading
	urlSafe := strings.ContainsAny(core, "-_")
	std := strings.NewReplacer("-", "+", "_", "/").Replace(core)
	if urlSafe {
		r.steps = append(r.steps, step{SigBase64URL, fmt.Sprintf("the value uses the URL-safe alphabet: %d of - and _", strings.Count(core, "-")+strings.Count(core, "_"))})
	}
	if len(std)%4 == 1 {
		std, r.cut = std[:len(std)-1], true
	}
	raw, err := base64.RawStdEncoding.DecodeString(std)
	if err != nil {
		return reading{}, false
	}
	r.raw = raw
	pads, want := len(t)-len(core), (4-len(std)%4)%4
	switch {
	case r.cut:
	case pads < want && !urlSafe:
		r.steps = append(r.steps, step{SigBase64Unpadded, fmt.Sprintf("%d of %d padding characters (=) are missing", want-pads, want)})
	case pads > want:
		r.steps = append(r.steps, step{SigNotBase64, fmt.Sprintf("the value ends in %d padding characters (=), %d belong there", pads, want)})
	}
	if _, err := base64.RawStdEncoding.Strict().DecodeString(std); err != nil && !r.cut {
		r.steps = append(r.steps, step{SigNotBase64, "the last character carries bits that no encoder writes"})
	}
	return r, true
}

// decodeList reads bytes printed as numbers, as [12, 250, …] or 12,250,… (signed in Java).
func decodeList(t string) ([]byte, string, bool) {
	if i := strings.IndexByte(t, '['); i >= 0 {
		if j := strings.IndexByte(t, ']'); j > i {
			t = t[i+1 : j]
		}
	}
	parts := strings.FieldsFunc(t, func(r rune) bool { return r == ',' || r == ' ' || r == '\n' })
	if len(parts) < 32 {
		return nil, "", false
	}
	raw := make([]byte, 0, len(parts))
	for _, p := range parts {
		n, err := strconv.Atoi(p)
		if err != nil || n < -128 || n > 255 {
			return nil, "", false
		}
		raw = append(raw, byte(n))
	}
	return raw, "the value is a list of numbers, one for each byte", true
}

// rawReadings reads a value that was never encoded: the bytes themselves, their Latin-1 text in
// UTF-8, or Python's printout of them.
func rawReadings(text string) []reading {
	var out []reading
	if raw, ok := pythonBytes(text); ok {
		out = append(out, reading{raw: raw, steps: []step{{SigNotBase64, "the value is Python's printout of the raw bytes"}}})
	}
	if mostlyASCII(text) {
		return out
	}
	note := "the value is the raw signature, not Base64 of it"
	if raw, ok := latin1Bytes(text); ok {
		out = append(out, reading{raw: raw, odd: true, steps: []step{{SigNotBase64, note}}})
	}
	return append(out, reading{raw: []byte(text), odd: true, steps: []step{{SigNotBase64, note}}})
}

// latin1Bytes undoes the reading of bytes as Latin-1, false when text is anything else.
func latin1Bytes(text string) ([]byte, bool) {
	if !utf8.ValidString(text) {
		return nil, false
	}
	raw := make([]byte, 0, len(text))
	for _, r := range text {
		if r > 0xff {
			return nil, false
		}
		raw = append(raw, byte(r))
	}
	return raw, true
}

// pythonBytes reads b'\x1f…'.
func pythonBytes(t string) ([]byte, bool) {
	t = strings.TrimSpace(t)
	if len(t) < 4 || t[0] != 'b' || (t[1] != '\'' && t[1] != '"') || t[len(t)-1] != t[1] || !strings.Contains(t, `\x`) {
		return nil, false
	}
	t = t[2 : len(t)-1]
	var raw []byte
	for len(t) > 0 {
		if t[0] != '\\' {
			raw, t = append(raw, t[0]), t[1:]
			continue
		}
		if strings.HasPrefix(t, `\'`) {
			raw, t = append(raw, '\''), t[2:]
			continue
		}
		r, multi, tail, err := strconv.UnquoteChar(t, '"')
		if err != nil || multi || r > 0xff {
			return nil, false
		}
		raw, t = append(raw, byte(r)), tail
	}
	return raw, true
}
