package forensics

import (
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"strings"
	"unicode"
)

// step is one thing that is wrong with how a signature is written, and what was seen.
type step struct {
	code Cause
	note string
}

// minValue is the length below which a text is not taken for the value after a prefix, in characters.
const minValue = 40

// maxSignatureText is the longest signature that is taken apart, in bytes. The largest usual key
// (8192 bits), Base64 twice and percent signs stay far below it.
const maxSignatureText = 64 << 10

// hygiene takes off everything that stands around or inside a value but is no part of its encoding.
// White space at both ends is not a fault: the verifier forgives it.
func hygiene(text string) (string, []step) {
	ops := []func(string) (string, step, bool){
		wideText, stripInvisible, hexDump, stripFileName, stripArmor, stripQuotes, stripPrefix, decodePercent, decodeEntities,
		literalBreaks, stripTrailing, joinLines,
	}
	var steps []step
	text = strings.TrimSpace(text)
	for range 12 {
		changed := false
		for _, op := range ops {
			next, s, ok := op(text)
			if !ok || next == text {
				continue
			}
			text = strings.TrimSpace(next)
			if !hasStep(steps, s.code) {
				steps = append(steps, s)
			}
			changed = true
			break
		}
		if !changed {
			break
		}
	}
	return text, steps
}

func hasStep(steps []step, c Cause) bool {
	for _, s := range steps {
		if s.code == c {
			return true
		}
	}
	return false
}

// wideText turns UTF-16, which PowerShell writes into files, into plain text.
func wideText(t string) (string, step, bool) {
	if len(t) < 2*minValue || len(t)%2 != 0 || !strings.Contains(t, "\x00") {
		return t, step{}, false
	}
	out := string(decodeUTF16([]byte(t)))
	if !mostlyASCII(out) {
		return t, step{}, false
	}
	return out, step{SigTextMangled, "the value is UTF-16 text, as PowerShell writes it into a file"}, true
}

// stripInvisible removes characters that do not show: zero-width spaces, byte order marks, controls.
func stripInvisible(t string) (string, step, bool) {
	var found rune
	out := strings.Map(func(r rune) rune {
		switch {
		case r == '\u00a0' || r == '\u2028' || r == '\u2029':
			found = r
			return ' '
		case r == '\ufeff' || r == 0 || unicode.Is(unicode.Cf, r):
			found = r
			return -1
		}
		return r
	}, t)
	if out == t || len(out) < minValue || !mostlyASCII(out) {
		return t, step{}, false
	}
	return strings.TrimSpace(out), step{SigWhitespace, fmt.Sprintf("the value holds the invisible character U+%04X", found)}, true
}

// mostlyASCII keeps raw bytes that happen to hold odd runes out of the text repairs.
func mostlyASCII(t string) bool {
	for i := range len(t) {
		if t[i] >= 0x80 || t[i] < ' ' && t[i] != '\n' && t[i] != '\r' && t[i] != '\t' {
			return false
		}
	}
	return true
}

var armor = pattern(`^-+\s*BEGIN ([A-Z0-9 ]+?)\s*-+(?s:(.*?))(-+\s*END [A-Z0-9 ]+-+.*)?$`)

// stripArmor takes PEM lines off. It keeps its hands off armours that hold no plain signature.
func stripArmor(t string) (string, step, bool) {
	m := armor().FindStringSubmatch(t)
	if m == nil || foreignArmor(t) != "" {
		return t, step{}, false
	}
	body := strings.ReplaceAll(m[2], `\n`, "\n")
	return strings.Join(strings.Fields(body), ""),
		step{SigPEMArmored, fmt.Sprintf("the value stands between BEGIN %s and END lines", m[1])}, true
}

// foreignArmor names the content of a PEM text that is no plain RSA signature, empty for others.
func foreignArmor(t string) string {
	m := armor().FindStringSubmatch(t)
	if m == nil {
		return ""
	}
	switch label := m[1]; {
	case strings.Contains(label, "PKCS7"), strings.Contains(label, "CMS"):
		return "a CMS (PKCS#7) container"
	case strings.Contains(label, "PGP"):
		return "an OpenPGP signature"
	case strings.Contains(label, "SSH"):
		return "an SSH signature file (ssh-keygen -Y sign), which covers other bytes than the body"
	case strings.Contains(label, "CERTIFICATE"):
		return "a certificate"
	case strings.Contains(label, "PUBLIC KEY"):
		return "a public key"
	case strings.Contains(label, "PRIVATE KEY"):
		return "a private key (treat it as leaked)"
	}
	return ""
}

// stripQuotes takes one pair of quotes off, undoing JSON's or Python's escapes inside.
func stripQuotes(t string) (string, step, bool) {
	if len(t) < 2 {
		return t, step{}, false
	}
	if len(t) > 3 && (t[0] == 'b' || t[0] == 'B') && (t[1] == '\'' || t[1] == '"') && t[len(t)-1] == t[1] && mostlyASCII(t) && !strings.Contains(t, `\x`) {
		return t[2 : len(t)-1], step{SigQuoted, "the value is Python's printout of bytes, b'…'"}, true
	}
	var s string
	if strings.HasPrefix(t, `\"`) && strings.HasSuffix(t, `\"`) && len(t) > 4 {
		return t[2 : len(t)-2], step{SigQuoted, `the value stands between escaped quotes, \"…\"`}, true
	}
	if t[0] == '"' && json.Unmarshal([]byte(t), &s) == nil {
		return s, step{SigQuoted, "the value is a JSON string with its quotes"}, true
	}
	for _, pair := range []string{`""`, `''`, "``", "“”", "‘’", "«»", "<>", "()", "[]", "::"} {
		r := []rune(pair)
		if strings.HasPrefix(t, string(r[0])) && strings.HasSuffix(t, string(r[1])) {
			inner := strings.TrimSuffix(strings.TrimPrefix(t, string(r[0])), string(r[1]))
			if pair == "[]" && (strings.ContainsAny(inner, ",") || numberList(inner)) || strings.Contains(inner, "</") {
				return t, step{}, false // a list of numbers, or an element
			}
			return inner, step{SigQuoted, fmt.Sprintf("the value stands between %c and %c", r[0], r[1])}, true
		}
	}
	if i := strings.IndexAny(t, `"'`); i == 0 || i == len(t)-1 {
		return strings.Trim(t, `"'`), step{SigQuoted, "a stray quote stands at one end of the value"}, true
	}
	if plain := jsonEscapes.Replace(t); plain != t {
		return plain, step{SigQuoted, `the value holds JSON's escapes, such as \/ or \u002b`}, true
	}
	return t, step{}, false
}

// numberList reports whether text is decimal numbers with blanks between them, as Go prints bytes.
func numberList(t string) bool {
	fields := strings.Fields(t)
	for _, f := range fields {
		if len(f) > 4 || countDigits(f) != len(strings.TrimPrefix(f, "-")) {
			return false
		}
	}
	return len(fields) >= minValue
}

// jsonEscapes undoes the escapes with which JSON may write the three signs of Base64.
var jsonEscapes = strings.NewReplacer(`\/`, "/", `\u002b`, "+", `\u002B`, "+", `\u002f`, "/", `\u002F`, "/", `\u003d`, "=", `\u003D`, "=")

var (
	namedValue  = pattern(`(?i)^(?:-H|--header)?\s*["']?([a-z(][a-z0-9 ._()/-]{0,60}?)["']?\s*(?::|=>?)\s*(.+)$`)
	schemeWord  = pattern(`(?i)^(bearer|basic|signature|sign|rsa|rsa-sha256|rsa-sha2-256|sha256|sha256withrsa|sha-256|token|v1)\s+(\S{40,})$`)
	dataURL     = pattern(`(?i)^data:[^,]{0,80};base64,(.+)$`)
	insideField = pattern(`(?i)(?:signature|sign|sig|v1)["']?\s*[=:]\s*["']([^"']{40,})["']`)
	stripeValue = pattern(`^(?:[a-z0-9]+=[^,]{0,40},\s*)*v\d[=,]([A-Za-z0-9+/=_-]{40,})(?:[, ].*)?$`)
	headerLine  = pattern(`(?im)^[a-z0-9-]+:[ \t].*$`)
	signLine    = pattern(`(?im)^x-partner-sign:[ \t]*(\S.*)$`)
	element     = pattern(`^<[a-zA-Z][\w:.-]*>\s*([^<>]{40,})</[a-zA-Z][\w:.-]*>$`)
	hexMark     = pattern(`^(0x|0X|\\x)([0-9a-fA-F]{40,})$`)
)

// stripPrefix takes a name or scheme off the front of the value.
func stripPrefix(t string) (string, step, bool) {
	flat := strings.ReplaceAll(strings.ReplaceAll(t, "\r\n", "\n"), "\n", "\x00")
	unflat := func(s string) string { return strings.ReplaceAll(s, "\x00", "\n") }
	if m := signLine().FindStringSubmatch(t); m != nil && len(headerLine().FindAllString(t, 2)) > 1 {
		return m[1], step{SigPrefixed, "the value is one line of a block of headers"}, true
	}
	if m := element().FindStringSubmatch(t); m != nil {
		return m[1], step{SigPrefixed, "the value stands inside an XML element"}, true
	}
	if m := dataURL().FindStringSubmatch(flat); m != nil {
		return unflat(m[1]), step{SigPrefixed, "the value is a data: URL"}, true
	}
	if m := hexMark().FindStringSubmatch(flat); m != nil {
		return m[2], step{SigHex, fmt.Sprintf("the value is hex digits after %s", m[1])}, true
	}
	if m := stripeValue().FindStringSubmatch(flat); m != nil {
		return m[1], step{SigPrefixed, "the value stands behind a version mark such as v1="}, true
	}
	if m := schemeWord().FindStringSubmatch(flat); m != nil {
		return m[2], step{SigPrefixed, fmt.Sprintf("the word %q stands before the value", m[1])}, true
	}
	if m := insideField().FindStringSubmatch(flat); m != nil {
		return unflat(m[1]), step{SigPrefixed, "the value is one field of a longer text"}, true
	}
	m := namedValue().FindStringSubmatch(flat)
	if m == nil || allHex(strings.ReplaceAll(flat, ":", "")) || len(m[2]) < minValue || strings.HasPrefix(m[2], "=") {
		return t, step{}, false
	}
	if strings.HasPrefix(flat, "-") {
		m[2] = strings.TrimRight(m[2], `"' `) // the quotes belong to the shell's option
	}
	return unflat(m[2]), step{SigPrefixed, fmt.Sprintf("the name %q stands before the value", strings.TrimSpace(m[1]))}, true
}

var percent = pattern(`%[0-9A-Fa-f]{2}`)

func decodePercent(t string) (string, step, bool) {
	if !percent().MatchString(t) || len(t) < minValue {
		return t, step{}, false
	}
	out, err := url.PathUnescape(t)
	if err != nil || !mostlyASCII(out) {
		return t, step{}, false
	}
	return out, step{SigPercentEncoded, fmt.Sprintf("the value is percent-encoded, for example %s", percent().FindString(t))}, true
}

func decodeEntities(t string) (string, step, bool) {
	if !strings.Contains(t, "&") || !strings.Contains(t, ";") {
		return t, step{}, false
	}
	out := html.UnescapeString(t)
	if out == t || !mostlyASCII(out) {
		return t, step{}, false
	}
	i := strings.IndexByte(t, '&')
	return out, step{SigHTMLEntity, fmt.Sprintf("the value holds an HTML entity at character %d", i+1)}, true
}

// literalBreaks removes line breaks that are written as two characters, \ and n.
func literalBreaks(t string) (string, step, bool) {
	if !mostlyASCII(t) || !strings.Contains(t, `\n`) && !strings.Contains(t, `\r`) {
		return t, step{}, false
	}
	out := strings.NewReplacer(`\r`, "", `\n`, "").Replace(t)
	if strings.Contains(out, `\`) {
		return t, step{}, false
	}
	return out, step{SigBase64Wrapped, `the value holds line breaks written as \n`}, true
}

// stripTrailing cuts what follows a value: punctuation from a header or a shell line, or a second
// value after a comma.
func stripTrailing(t string) (string, step, bool) {
	if out := strings.TrimRight(t, ",;\\%$ \t"); out != t && len(out) >= minValue && mostlyASCII(t) {
		return out, step{SigTrailingText, fmt.Sprintf("%q follows the value", t[len(out):])}, true
	}
	i := strings.IndexAny(t, ",;|")
	if i < minValue*2 || !mostlyASCII(t) || strings.ContainsAny(t[:1], "[{(") || countDigits(t[:i]) == i {
		return t, step{}, false
	}
	return t[:i], step{SigTrailingText, fmt.Sprintf("%d characters follow the value after %q", len(t)-i-1, t[i:i+1])}, true
}

func countDigits(t string) int {
	n := 0
	for i := range len(t) {
		if t[i] >= '0' && t[i] <= '9' {
			n++
		}
	}
	return n
}

// joinLines removes real line breaks and tabs inside the value.
func joinLines(t string) (string, step, bool) {
	if !mostlyASCII(t) || !strings.ContainsAny(t, "\r\n\t") || strings.ContainsAny(t, ",") {
		return t, step{}, false
	}
	lines := strings.FieldsFunc(t, func(r rune) bool { return r == '\r' || r == '\n' || r == '\t' })
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
	}
	kind := "line feeds"
	if strings.Contains(t, "\r\n") {
		kind = "CR LF pairs"
	}
	return strings.Join(lines, ""),
		step{SigBase64Wrapped, fmt.Sprintf("the value is broken into %d lines of up to %d characters by %s", len(lines), len(lines[0]), kind)}, true
}
