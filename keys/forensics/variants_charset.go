package forensics

import (
	"bytes"
	"fmt"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"
)

// charsetOp is an op on text; b that is not valid UTF-8 stays as it is.
func charsetOp(desc string, f func(string) []byte) op {
	return op{code: BodyCharset, desc: desc, apply: func(b []byte) []byte {
		if !utf8.Valid(b) {
			return b
		}
		return f(string(b))
	}}
}

// charsetOps write the body in other charsets.
func charsetOps() []op {
	ops := []op{
		charsetOp("in UTF-16 (little-endian)", func(t string) []byte { return utf16Bytes(t, false, false) }),
		charsetOp("in UTF-16 (little-endian) with a byte order mark", func(t string) []byte { return utf16Bytes(t, false, true) }),
		charsetOp("in UTF-16 (big-endian)", func(t string) []byte { return utf16Bytes(t, true, false) }),
		charsetOp("in UTF-16 (big-endian) with a byte order mark", func(t string) []byte { return utf16Bytes(t, true, true) }),
		charsetOp("in UTF-32 (little-endian)", func(t string) []byte { return utf32Bytes(t, false) }),
		charsetOp("in UTF-32 (big-endian)", func(t string) []byte { return utf32Bytes(t, true) }),
		charsetOp("in UTF-32 (little-endian) with a byte order mark", func(t string) []byte { return utf32Bytes("\ufeff"+t, false) }),
		charsetOp("with ? in place of each character that is not ASCII", func(t string) []byte { return mapNonASCII(t, "?", false) }),
		charsetOp("with ? in place of each byte that is not ASCII", func(t string) []byte { return mapNonASCII(t, "?", true) }),
		charsetOp("with ?? in place of each character beyond the basic plane", func(t string) []byte { return mapUTF16(t) }),
		charsetOp("with U+FFFD in place of each byte that is not ASCII", func(t string) []byte { return mapNonASCII(t, "\ufffd", true) }),
		charsetOp("with U+FFFD in place of each character that is not ASCII", func(t string) []byte { return mapNonASCII(t, "\ufffd", false) }),
		charsetOp("with character references (&#233;) in place of characters that are not ASCII", func(t string) []byte { return escapeNonASCII(t, "&#%d;", "&#%d;", "&#%d;") }),
		charsetOp("with backslash escapes (\\xe9) in place of characters that are not ASCII", func(t string) []byte { return escapeNonASCII(t, `\x%02x`, `\u%04x`, `\U%08x`) }),
		charsetOp("without any character that is not ASCII", func(t string) []byte { return mapNonASCII(t, "", false) }),
		charsetOp("with accents taken off", stripAccents),
		charsetOp("with its UTF-8 taken for Latin-1 and encoded again", func(t string) []byte { return doubleEncode(t, charmap.ISO8859_1) }),
		charsetOp("with its UTF-8 taken for Windows-1252 and encoded again", func(t string) []byte { return doubleEncode(t, charmap.Windows1252) }),
		charsetOp("with its UTF-8 taken for Windows-1251 and encoded again", func(t string) []byte { return doubleEncode(t, charmap.Windows1251) }),
		charsetOp("cut to the low byte of each character", lowBytes),
		charsetOp("in CESU-8 (surrogates encoded one by one)", cesu8),
		charsetOp("with the high bit of each byte lost (Node's \"ascii\")", func(t string) []byte { return clearHighBits([]byte(t)) }),
	}
	for _, cm := range []*charmap.Charmap{
		charmap.ISO8859_1, charmap.Windows1252, charmap.Windows1251, charmap.KOI8R, charmap.CodePage866, charmap.ISO8859_5,
		charmap.ISO8859_15, charmap.Windows1250, charmap.ISO8859_2, charmap.CodePage437, charmap.CodePage850, charmap.Windows1254, charmap.Macintosh, charmap.ISO8859_9,
	} {
		for _, sub := range []string{"?", "\x1a", ""} {
			ops = append(ops, charsetOp("in "+cm.String(), func(t string) []byte { return encodeCharmap(t, cm, sub) }))
		}
	}
	return ops
}

// commonCharsets are the charsets in which programs still write JSON.
func commonCharsets() []op {
	out := charsetOps()[:4]
	for _, cm := range []*charmap.Charmap{charmap.ISO8859_1, charmap.Windows1252, charmap.Windows1251} {
		out = append(out, charsetOp("in "+cm.String(), func(t string) []byte { return encodeCharmap(t, cm, "?") }))
	}
	return append(out, charsetOp("with ? in place of each character that is not ASCII", func(t string) []byte { return mapNonASCII(t, "?", false) }))
}

var fromUTF16 = op{code: BodyCharset, desc: "turned from UTF-16 into UTF-8", apply: decodeUTF16}

// decodeOps read a body that is not UTF-8, because the signature may cover its UTF-8 form.
func decodeOps() []op {
	ops := []op{
		fromUTF16,
		{code: BodyCharset, desc: "with U+FFFD in place of bytes that are not UTF-8", apply: func(b []byte) []byte { return bytes.ToValidUTF8(b, []byte("\ufffd")) }},
		{code: BodyCharset, desc: "with ? in place of bytes that are not UTF-8", apply: func(b []byte) []byte { return bytes.ToValidUTF8(b, []byte("?")) }},
		{code: BodyCharset, desc: "without bytes that are not UTF-8", apply: func(b []byte) []byte { return bytes.ToValidUTF8(b, nil) }},
	}
	for _, cm := range []*charmap.Charmap{charmap.ISO8859_1, charmap.Windows1252, charmap.Windows1251, charmap.KOI8R, charmap.CodePage866} {
		ops = append(ops, op{code: BodyCharset, desc: "turned from " + cm.String() + " into UTF-8", apply: func(b []byte) []byte {
			if isASCII(b) || utf8.Valid(b) {
				return b
			}
			out, err := cm.NewDecoder().Bytes(b)
			return orElse(out, err, b)
		}}, op{code: BodyCharset, desc: "with its double encoding through " + cm.String() + " undone", apply: func(b []byte) []byte {
			if isASCII(b) || !utf8.Valid(b) {
				return b
			}
			out, err := cm.NewEncoder().Bytes(b)
			if err != nil || !utf8.Valid(out) {
				return b
			}
			return out
		}})
	}
	return ops
}

// normOps change the Unicode normal form.
func normOps() []op {
	var out []op
	for _, f := range []struct {
		name string
		form norm.Form
	}{{"NFC", norm.NFC}, {"NFD", norm.NFD}, {"NFKC", norm.NFKC}, {"NFKD", norm.NFKD}} {
		out = append(out, op{code: BodyNormalization, desc: "in the Unicode normal form " + f.name, apply: f.form.Bytes})
	}
	return out
}

func isASCII(b []byte) bool {
	for _, c := range b {
		if c >= 0x80 {
			return false
		}
	}
	return true
}

func utf16Bytes(t string, big, bom bool) []byte {
	out := make([]byte, 0, 2*len(t)+2)
	unit := func(u rune) {
		if big {
			out = append(out, byte(u>>8), byte(u))
		} else {
			out = append(out, byte(u), byte(u>>8))
		}
	}
	if bom {
		unit(0xfeff)
	}
	for _, r := range t {
		if r < 0x10000 {
			unit(r)
			continue
		}
		hi, lo := utf16.EncodeRune(r)
		unit(hi)
		unit(lo)
	}
	return out
}

func utf32Bytes(t string, big bool) []byte {
	out := make([]byte, 0, 4*len(t))
	for _, r := range t {
		if big {
			out = append(out, 0, byte(r>>16), byte(r>>8), byte(r))
		} else {
			out = append(out, byte(r), byte(r>>8), byte(r>>16), 0)
		}
	}
	return out
}

func decodeUTF16(b []byte) []byte {
	if len(b) < 4 || len(b)%2 != 0 {
		return b
	}
	big := b[0] == 0xfe && b[1] == 0xff || b[0] == 0
	if !big && b[1] != 0 && (b[0] != 0xff || b[1] != 0xfe) {
		return b
	}
	units := make([]uint16, 0, len(b)/2)
	for i := 0; i < len(b); i += 2 {
		u := uint16(b[i]) | uint16(b[i+1])<<8
		if big {
			u = u<<8 | u>>8
		}
		units = append(units, u)
	}
	if units[0] == 0xfeff {
		units = units[1:]
	}
	return []byte(string(utf16.Decode(units)))
}

func mapNonASCII(t, sub string, perByte bool) []byte {
	out := make([]byte, 0, len(t))
	for _, r := range t {
		if r < 0x80 {
			out = append(out, byte(r))
			continue
		}
		n := 1
		if perByte {
			n = utf8.RuneLen(r)
		}
		for range n {
			out = append(out, sub...)
		}
	}
	return out
}

// escapeNonASCII writes each character that is not ASCII by a format: Latin-1, basic plane, others.
func escapeNonASCII(t, latin, basic, wide string) []byte {
	out := make([]byte, 0, 2*len(t))
	for _, r := range t {
		switch {
		case r < 0x80:
			out = append(out, byte(r))
		case r <= 0xff:
			out = fmt.Appendf(out, latin, r)
		case r <= 0xffff:
			out = fmt.Appendf(out, basic, r)
		default:
			out = fmt.Appendf(out, wide, r)
		}
	}
	return out
}

// mapUTF16 writes a ? for each UTF-16 unit that is not ASCII, as Java and .NET do.
func mapUTF16(t string) []byte {
	out := make([]byte, 0, len(t))
	for _, u := range utf16.Encode([]rune(t)) {
		if u < 0x80 {
			out = append(out, byte(u))
		} else {
			out = append(out, '?')
		}
	}
	return out
}

func stripAccents(t string) []byte {
	out := make([]byte, 0, len(t))
	for _, r := range norm.NFD.String(t) {
		if !unicode.Is(unicode.Mn, r) {
			out = utf8.AppendRune(out, r)
		}
	}
	return norm.NFC.Bytes(out)
}

// doubleEncode takes the bytes of t for text in cm and encodes that as UTF-8.
func doubleEncode(t string, cm *charmap.Charmap) []byte {
	out := make([]byte, 0, 2*len(t))
	for i := range len(t) {
		r := cm.DecodeByte(t[i])
		if r == utf8.RuneError {
			r = rune(t[i])
		}
		out = utf8.AppendRune(out, r)
	}
	return out
}

func encodeCharmap(t string, cm *charmap.Charmap, sub string) []byte {
	out := make([]byte, 0, len(t))
	for _, r := range t {
		if c, ok := cm.EncodeRune(r); ok {
			out = append(out, c)
		} else {
			out = append(out, sub...)
		}
	}
	return out
}

// lowBytes keeps the low byte of each UTF-16 unit: Node's "latin1" and "binary".
func lowBytes(t string) []byte {
	out := make([]byte, 0, len(t))
	for _, u := range utf16.Encode([]rune(t)) {
		out = append(out, byte(u))
	}
	return out
}

func cesu8(t string) []byte {
	out := make([]byte, 0, len(t))
	for _, u := range utf16.Encode([]rune(t)) {
		switch {
		case u < 0x80:
			out = append(out, byte(u))
		case u < 0x800:
			out = append(out, 0xc0|byte(u>>6), 0x80|byte(u&63))
		default:
			out = append(out, 0xe0|byte(u>>12), 0x80|byte(u>>6&63), 0x80|byte(u&63))
		}
	}
	return out
}

// charsets tries the body and its commonest forms in other charsets and normal forms.
func (s *search) charsets(list []base) bool {
	ops := append(normOps(), charsetOps()...)
	for i, m := range list {
		plain := isASCII(m.text)
		for j, o := range ops {
			if plain && (j < 4 || j >= 11) || i > 0 && j >= 8 && (i > 3 || j >= 22) {
				continue // only the wide encodings change ASCII; rare ones are for the body itself
			}
			if s.apply(m.text, m.chain, o, cheap) {
				return true
			}
			if o.code == BodyCharset && j < 8 && i < 4 {
				if s.wideEnds(m, o) {
					return true
				}
			}
		}
	}
	return false
}

// wideEnds tries wide charsets over text with a newline at its end, as a file on Windows has.
func (s *search) wideEnds(m base, o op) bool {
	for _, tail := range []string{"\n", "\r\n"} {
		t := tailOp(tail)
		if s.visit(o.apply(t.apply(m.text)), with(m.chain, t, o), cheap) {
			return true
		}
	}
	if v := toCRLF(m.text); !bytes.Equal(v, m.text) {
		return s.visit(o.apply(v), with(m.chain, makeCRLF, o), cheap)
	}
	return false
}

// clearHighBits is what Node's "ascii" makes of bytes: the high bit of each is lost.
func clearHighBits(b []byte) []byte {
	out := bytes.Clone(b)
	for i := range out {
		out[i] &= 0x7f
	}
	return out
}
