package forensics

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"pikedash/keys"
)

// rsaSizes are the lengths of signatures by keys of usual sizes, in bytes. 192 is not among them: a
// value cut to a column of 256 characters decodes to as many, and keys of 1536 bits are rarer than that.
var rsaSizes = []int{128, 256, 320, 384, 512, 768, 1024, 2048}

// unattributed reports a signature that no known key made, or that cannot be read.
func (x *explainer) unattributed(readings []reading) {
	if hollow(x.text) {
		x.add(SigEmpty, Certain, fmt.Sprintf("There is no signature: the value %s holds no characters of one.", x.text), "")
		return
	}
	if what := x.foreign(); what != "" {
		x.add(SigNotRSA, Certain, "The value is "+what+".", "")
		return
	}
	r := x.bestReading(readings)
	if r == nil || wordy(x.text) {
		x.unreadable()
		return
	}
	size := 0
	if e := x.expected(); e != nil {
		size = e.size
	}
	n := len(r.raw)
	whole := n == size || slices.Contains(keySizes(x.ring), n) || notRSA(r.raw) != "" || slices.Contains(rsaSizes, n)
	column := x.columnCut(r)
	if what := notRSA(r.raw); !r.cut && !column && what != "" && n != size && !slices.Contains(keySizes(x.ring), n) {
		// Said first: how it is written does not matter until it is an RSA signature.
		x.add(SigNotRSA, Likely, fmt.Sprintf("The value decodes to %d bytes: %s.", n, what), "")
	}
	for _, s := range orderSteps(r.steps) {
		if damage := s.code == SigBase64Unpadded || s.code == SigNotBase64; damage && (r.cut || !whole || x.caseLost(r)) {
			continue // the end of the text is only what is left of it
		}
		x.add(s.code, Likely, sentence(s.note), "")
	}
	switch {
	case r.cut:
		x.truncated(n, size, "a character is missing at its end")
	case column:
		x.truncated(n, size, fmt.Sprintf("it has exactly %d characters, as if cut to fit a column. If it is whole, it is %s", len(x.text), notRSA(r.raw)))
	case x.caseLost(r):
		x.add(SigCaseChanged, Likely, "The value has letters of one case only. Base64 mixes both: some step lower-cased or upper-cased it.", "")
	case bytes.Count(r.raw, []byte("\ufffd")) >= 3:
		x.add(SigTextMangled, Certain, "The decoded value holds U+FFFD (EF BF BD) again and again: the raw signature was read as UTF-8 text, which destroyed it.", "")
	case n == size, slices.Contains(keySizes(x.ring), n):
		x.wrongKey(r, size)
	case x.r.Has(SigNotRSA):
	case slices.Contains(rsaSizes, n):
		x.wrongKey(r, size)
	case n < size || size == 0 && n < 128:
		x.truncated(n, size, "bytes are missing")
	default:
		x.add(SigExtraBytes, Likely, fmt.Sprintf("The value decodes to %d bytes; a signature by this key has %d.", n, size), "")
	}
}

func (x *explainer) truncated(n, size int, why string) {
	text := fmt.Sprintf("The value decodes to %d bytes", n)
	if size > 0 {
		text += fmt.Sprintf(" of %d", size)
	}
	x.add(SigTruncated, Likely, text+": "+why+".", "")
}

// columnCut reports whether plain Base64 ends at 64 or 128 characters without padding: the usual
// widths of columns in databases, where digests and other signatures seldom end.
func (x *explainer) columnCut(r *reading) bool {
	n := len(x.text)
	return (n == 64 || n == 128) && len(r.steps) == 0 && len(r.raw)*4 == n*3
}

// wrongKey reports a whole signature that no known key made.
func (x *explainer) wrongKey(r *reading, size int) {
	n := len(r.raw)
	if n != size && size > 0 {
		x.add(KeySizeMismatch, Certain, fmt.Sprintf("The signature has %d bytes, as a key of %d bits makes; the expected key has %d bits and makes %d.", n, 8*n, 8*size, size), "")
		return
	}
	text := fmt.Sprintf("No known key made this signature: with %s the block decodes to noise, not to padding.", plural(len(x.ring), "key"))
	if e := x.expected(); e != nil {
		text += fmt.Sprintf(" Expected was %s (%s).", e.title(), keys.FingerprintOf(e.Public).Short())
	}
	if len(x.ring) == 0 {
		text = "There is no key to check the signature with."
	}
	x.add(KeyWrong, Certain, text, "")
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}

// bestReading picks the reading that looks most like a signature.
func (x *explainer) bestReading(readings []reading) *reading {
	rank := func(r *reading) int {
		n := len(r.raw)
		e := x.expected()
		switch {
		case !r.cut && e != nil && n == e.size:
			return 0
		case !r.cut && slices.Contains(keySizes(x.ring), n):
			return 1
		case r.odd:
			return 9
		case !r.cut && hasStep(r.steps, SigHex) && notRSA(r.raw) != "":
			return 2
		case !r.cut && slices.Contains(rsaSizes, n):
			return 3
		case r.cut:
			return 5
		}
		return 4
	}
	var best *reading
	for i := range readings {
		if best == nil || rank(&readings[i]) < rank(best) {
			best = &readings[i]
		}
	}
	if best != nil && rank(best) == 9 {
		return nil
	}
	return best
}

var bareHeader = pattern(`(?i)^["']?(?:-H )?["']?x-partner-sign["']?\s*[:=]\s*["']*$`)

// hollow reports whether nothing is left of a value without its name and quotes.
func hollow(t string) bool {
	return len(t) < 2*minValue && (strings.Trim(t, "\"'` bB") == "" && strings.ContainsAny(t, "\"'`") || bareHeader().MatchString(t))
}

// wordy reports whether a short text is made of words: letters that an alphabet of 64 also holds.
func wordy(t string) bool {
	if len(t) > 80 {
		return false
	}
	t, _ = hygiene(t)
	for i, c := range t {
		upper := c >= 'A' && c <= 'Z'
		switch {
		case c >= 'a' && c <= 'z', c == '-', c == '_', c == ' ', c == '.', c == '!', c == '\'':
		case upper && (i == 0 || strings.ContainsRune(" -_.", rune(t[i-1])) || t == strings.ToUpper(t)):
		default:
			return false
		}
	}
	return true
}

// unreadable reports a text that no decoder takes.
func (x *explainer) unreadable() {
	t := x.text
	if len(t) > maxSignatureText {
		x.add(SigNotBase64, Certain, fmt.Sprintf("The value has %d characters; the signature of a 2048-bit key has 344.", len(t)), "")
		return
	}
	if i := strings.IndexAny(t, "…"); i >= 0 || strings.Contains(t, "...") {
		x.add(SigTruncated, Certain, "The value holds an ellipsis: it was shortened for display.", "")
		return
	}
	clean, steps := hygiene(t)
	if wordy(t) || foreignShare(clean) > 0.05 {
		steps = nil // what stands around a value says nothing when there is no value
	}
	for _, s := range orderSteps(steps) {
		x.add(s.code, Likely, sentence(s.note), "")
	}
	for i, c := range clean {
		if c > unicode.MaxASCII || !strings.ContainsRune(base64Signs, c) {
			_, width := utf8.DecodeRuneInString(clean[i:]) // 1 for a byte that is no character
			repaired, note := x.mendCharacter(clean, i, width)
			x.add(SigNotBase64, Certain, fmt.Sprintf("Character %d (%q) does not belong to Base64.%s", len([]rune(clean[:i]))+1, c, note), repaired)
			return
		}
	}
	x.add(SigNotBase64, Certain, fmt.Sprintf("The value has %d characters and is no Base64 of a signature.", len(clean)), "")
}

// foreignShare is the share of characters that do not belong to Base64.
func foreignShare(t string) float64 {
	n, all := 0, 0
	for _, c := range t {
		all++
		if c > unicode.MaxASCII || !strings.ContainsRune(base64Signs, c) {
			n++
		}
	}
	return float64(n) / float64(max(all, 1))
}

// base64Signs are the characters of Base64, standard and URL-safe, with padding.
const base64Signs = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=-_"

// mendCharacter tries the 64 characters that may stand where a foreign one does.
func (x *explainer) mendCharacter(t string, i, width int) (repaired, note string) {
	e := x.expected()
	if e == nil {
		return "", ""
	}
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	for _, c := range alphabet {
		r, ok := decodeBase64(t[:i] + string(c) + t[i+width:])
		if !ok || len(r.raw) != e.size {
			return "", ""
		}
		if b, ok := recoverBlock(r.raw, e.n, e.e); ok && b.proved() {
			return standard(r.raw), fmt.Sprintf(" With %q in its place the value is a signature by the expected key.", c)
		}
	}
	return "", ""
}

// caseLost reports whether a Base64 text has lost one case of letters.
func (x *explainer) caseLost(r *reading) bool {
	if hasStep(r.steps, SigHex) || len(r.raw) < 64 || len(r.raw) > maxSignatureText || r.odd {
		return false
	}
	clean, _ := hygiene(x.text)
	letters := strings.ToLower(clean) != strings.ToUpper(clean)
	return len(clean) > 100 && letters && !allHex(clean) && (strings.ToLower(clean) == clean || strings.ToUpper(clean) == clean) && !hasStep(r.steps, SigDoubleBase64)
}

var uuid = pattern(`^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// foreign names a value that is something else altogether, empty for others.
func (x *explainer) foreign() string {
	if what := foreignArmor(x.text); what != "" {
		return what
	}
	clean, _ := hygiene(x.text[:min(len(x.text), maxSignatureText)])
	if parts := strings.Split(clean, "."); len(parts) == 3 {
		if r, ok := decodeBase64(parts[0]); ok && bytes.HasPrefix(r.raw, []byte("{")) {
			return fmt.Sprintf("a JSON Web Signature (%s), which covers its own header and payload and not the body", clip(r.raw))
		}
	}
	if uuid().MatchString(clean) {
		return "a UUID, such as an idempotency key"
	}
	if strings.HasPrefix(x.text, "ssh-rsa ") || strings.HasPrefix(x.text, "ssh-ed25519 ") || strings.HasPrefix(x.text, "ecdsa-sha2-") {
		return "an SSH public key"
	}
	return ""
}

// notRSA names values of other algorithms by their shape, empty when raw may be RSA.
func notRSA(raw []byte) string {
	n := len(raw)
	if seq, rest, ok := derValue(raw, 0x30); ok && len(rest) == 0 {
		if r, tail, ok := derValue(seq, 0x02); ok {
			if s, rest, ok := derValue(tail, 0x02); ok && len(rest) == 0 && len(r) <= 67 && len(s) <= 67 {
				return fmt.Sprintf("an ECDSA signature in DER (r of %d and s of %d bytes); the key is an elliptic-curve key", len(r), len(s))
			}
		}
		if bytes.Contains(seq[:min(len(seq), 24)], []byte{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07}) {
			return "a CMS (PKCS#7) container"
		}
		if bytes.Contains(seq[:min(len(seq), 24)], []byte{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01}) {
			return "a public key"
		}
	}
	switch n {
	case 16:
		return "as long as an MD5 digest or HMAC"
	case 20:
		return "as long as a SHA-1 digest or HMAC"
	case 28, 48:
		return "as long as a digest or HMAC"
	case 32:
		return "as long as a SHA-256 digest or HMAC-SHA256, which need no RSA key"
	case 64:
		return "as long as an Ed25519 signature, a raw ECDSA signature, or HMAC-SHA512"
	case 96, 114, 132:
		return "as long as a signature with an elliptic-curve key"
	}
	return ""
}

// orderSteps puts the choice of encoding before the wrapping that came with it: a hex or doubly
// encoded value is printed in lines and with labels by the same command.
func orderSteps(steps []step) []step {
	out := slices.Clone(steps)
	first := func(s step) int {
		switch s.code {
		case SigHex, SigDoubleBase64:
			return 0
		case SigLeadingZeroLost, SigExtraBytes, SigReversed, SigTextMangled:
			return 2
		}
		return 1
	}
	slices.SortStableFunc(out, func(a, b step) int { return first(a) - first(b) })
	return slices.CompactFunc(out, func(a, b step) bool { return a.code == b.code })
}
