package forensics

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// base is a text that other variants start from.
type base struct {
	text  []byte
	chain []op
}

// mains lists the body and what the commonest serializers make of it.
func (s *search) mains(src []byte, chain []op, c *choices) []base {
	out := []base{{src, chain}}
	if !c.facts.ok {
		return out
	}
	add := func(v []byte, o op) {
		for i := range out {
			if bytes.Equal(out[i].text, v) {
				return
			}
		}
		out = append(out, base{v, with(chain, o)})
	}
	for _, i := range []int{3, 1, 0, 9, 13, 4, 5} {
		st := stacks[i].limited(c)
		add(restyle(nil, src, &st), op{style: &st})
	}
	for _, sp := range []uint8{spaceCompact, spacePython} {
		st := style{spacing: sp}
		add(restyle(nil, src, &st), op{style: &st})
	}
	return out
}

// encodeOp is an op that turns the whole text into another text.
func encodeOp(code Cause, desc string, f func([]byte) string) op {
	return op{code: code, desc: desc, apply: func(b []byte) []byte { return []byte(f(b)) }}
}

// wrapOps encode the body as a whole.
func wrapOps() []op {
	std, raw := base64.StdEncoding.EncodeToString, base64.RawStdEncoding.EncodeToString
	ops := []op{
		encodeOp(BodyBase64Signed, "written as Base64", func(b []byte) string { return std(b) }),
		encodeOp(BodyBase64Signed, "written as URL-safe Base64", func(b []byte) string { return base64.URLEncoding.EncodeToString(b) }),
		encodeOp(BodyBase64Signed, "written as URL-safe Base64 without padding", func(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }),
		encodeOp(BodyBase64Signed, "written as Base64 without padding", func(b []byte) string { return raw(b) }),
		encodeOp(BodyBase64Signed, "written as Base64 in lines of 76", func(b []byte) string { return wrapLines(std(b), 76, "\n") }),
		encodeOp(BodyBase64Signed, "written as Base64 in lines of 64", func(b []byte) string { return wrapLines(std(b), 64, "\n") }),
		encodeOp(BodyBase64Signed, "written as Base64 in MIME lines", func(b []byte) string { return wrapLines(std(b), 76, "\r\n") }),
		encodeOp(BodyBase64Signed, "written as Base64 in quotes, as Go writes bytes", func(b []byte) string { return `"` + std(b) + `"` }),
		encodeOp(BodyBase64Signed, "written as Base64 twice", func(b []byte) string { return std([]byte(std(b))) }),
		encodeOp(BodyHexSigned, "written in hex", hex.EncodeToString),
		encodeOp(BodyHexSigned, "written in upper-case hex", func(b []byte) string { return strings.ToUpper(hex.EncodeToString(b)) }),
		encodeOp(BodyHexSigned, "written in hex lines of 60 (xxd -p)", func(b []byte) string { return wrapLines(hex.EncodeToString(b), 60, "\n") }),
		encodeOp(BodyDoubleEncoded, "written as a JSON string", jsonString(style{})),
		encodeOp(BodyDoubleEncoded, "written as a JSON string with \\/", jsonString(style{slash: slashEscape})),
		encodeOp(BodyDoubleEncoded, "written as a JSON string in ASCII", jsonString(style{unicode: unicodeLower})),
		encodeOp(BodyDoubleEncoded, "written as a JSON string in ASCII with \\/", jsonString(style{unicode: unicodeLower, slash: slashEscape})),
		encodeOp(BodyDoubleEncoded, "written as a JSON string as Go writes it", jsonString(style{html: htmlGo})),
		encodeOp(BodyDoubleEncoded, "written as a JSON string of a JSON string", func(b []byte) string {
			return jsonString(style{})([]byte(jsonString(style{})(b)))
		}),
		encodeOp(BodyDoubleEncoded, "in single quotes", func(b []byte) string { return "'" + string(b) + "'" }),
		encodeOp(BodyDoubleEncoded, "in double quotes without escapes", func(b []byte) string { return `"` + string(b) + `"` }),
		encodeOp(BodyDoubleEncoded, "with escaped quotes", func(b []byte) string { return strings.ReplaceAll(string(b), `"`, `\"`) }),
		encodeOp(BodyDoubleEncoded, "with escaped backslashes and quotes (addslashes)", func(b []byte) string {
			return strings.NewReplacer(`\`, `\\`, `"`, `\"`, `'`, `\'`, "\x00", `\0`).Replace(string(b))
		}),
		encodeOp(BodyDoubleEncoded, "without its backslashes (stripslashes)", func(b []byte) string { return strings.ReplaceAll(string(b), `\`, "") }),
		encodeOp(BodyDoubleEncoded, "without its quotes, as a shell leaves it", func(b []byte) string { return strings.ReplaceAll(string(b), `"`, "") }),
		encodeOp(BodyDoubleEncoded, "as Python prints bytes, b'…'", pythonRepr("b", true)),
		encodeOp(BodyDoubleEncoded, "as Python prints strings, '…'", pythonRepr("", false)),
	}
	ops = append(ops, byteListOps()...)
	for _, e := range []struct {
		name  string
		pairs []string
	}{
		{"htmlspecialchars", []string{"&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&#039;"}},
		{"Python's html.escape and Go's html.EscapeString", []string{"&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&#x27;"}},
		{"Go's html/template", []string{"&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&#34;", "'", "&#39;"}},
		{"most template engines", []string{"&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&#39;"}},
		{"htmlspecialchars with ENT_COMPAT", []string{"&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;"}},
		{"htmlspecialchars with ENT_NOQUOTES", []string{"&", "&amp;", "<", "&lt;", ">", "&gt;"}},
	} {
		ops = append(ops, encodeOp(BodyHTMLEscape, "with HTML entities, as "+e.name+" writes them", func(b []byte) string {
			return strings.NewReplacer(e.pairs...).Replace(string(b))
		}))
	}
	ops = append(ops, encodeOp(BodyHTMLEscape, "with HTML entities, as htmlentities writes them", htmlEntities))
	return append(ops, urlOps()...)
}

// byteListOps print the body as numbers, one for each byte.
func byteListOps() []op {
	var out []op
	for _, l := range []struct{ desc, open, sep, end string }{
		{"as Go prints bytes, [123 34 …]", "[", " ", "]"},
		{"as JavaScript prints a Uint8Array, 123,34,…", "", ",", ""},
		{"as Python and Java print a list of bytes, [123, 34, …]", "[", ", ", "]"},
		{"as JSON.stringify writes a Buffer", `{"type":"Buffer","data":[`, ",", "]}"},
		{"as a JSON list of bytes, [123,34,…]", "[", ",", "]"},
	} {
		out = append(out, op{code: BodyReprSigned, desc: l.desc, apply: func(b []byte) []byte {
			v := append(make([]byte, 0, 5*len(b)+len(l.open)+2), l.open...)
			for i, c := range b {
				if i > 0 {
					v = append(v, l.sep...)
				}
				v = strconv.AppendUint(v, uint64(c), 10)
			}
			return append(v, l.end...)
		}})
	}
	return out
}

// latinEntities are the HTML names of U+00A0 to U+00FF in order. Read only.
var latinEntities = strings.Fields(`nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr
deg plusmn sup2 sup3 acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest
Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml
ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig
agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave iacute icirc iuml
eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml`)

// htmlEntities is PHP's htmlentities for Latin text.
func htmlEntities(b []byte) string {
	t := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&#039;").Replace(string(b))
	var out strings.Builder
	for _, r := range t {
		if r >= 0xa0 && r <= 0xff {
			out.WriteString("&" + latinEntities[r-0xa0] + ";")
		} else {
			out.WriteRune(r)
		}
	}
	return out.String()
}

// pythonRepr prints text as Python's repr does: bytes above 7F escaped for bytes, kept for strings.
func pythonRepr(prefix string, isBytes bool) func([]byte) string {
	return func(b []byte) string {
		quote := byte('\'')
		if bytes.IndexByte(b, '\'') >= 0 && bytes.IndexByte(b, '"') < 0 {
			quote = '"'
		}
		out := append([]byte(prefix), quote)
		for _, c := range b {
			switch {
			case c == quote || c == '\\':
				out = append(out, '\\', c)
			case c == '\n':
				out = append(out, `\n`...)
			case c == '\r':
				out = append(out, `\r`...)
			case c == '\t':
				out = append(out, `\t`...)
			case c < ' ' || c == 0x7f || isBytes && c > 0x7f:
				out = fmt.Appendf(out, `\x%02x`, c)
			default:
				out = append(out, c)
			}
		}
		return string(append(out, quote))
	}
}

// urlSets are the characters that programs leave as they are; those before rawurlencode write forms.
// A blank among them stands for a plus sign. Read only.
var urlSets = []struct{ desc, safe string }{
	{"encodeURIComponent", "-_.!~*'()"}, {"urlencode", "-_. "}, {"urllib.parse.quote_plus", "-_.~ "}, {"URLSearchParams and URLEncoder", "-_.* "},
	{"rawurlencode", "-_.~"}, {"urllib.parse.quote", "-_.~/"}, {"encodeURI", "-_.!~*'();/?:@&=+$,#"},
	{"Go's url.PathEscape", "-_.~$&+=:@"},
}

// urlOps percent-encode the body.
func urlOps() []op {
	var out []op
	for _, set := range urlSets {
		for _, lower := range []bool{false, true} {
			out = append(out, encodeOp(BodyURLEncodedSigned, "percent-encoded as "+set.desc+" does", func(b []byte) string { return percentEncode(b, set.safe, lower) }))
		}
	}
	return out
}

// formOps write the body as a field of a form.
func formOps() []op {
	var out []op
	for _, set := range urlSets[:4] {
		enc := func(b []byte) string { return percentEncode(b, set.safe, false) }
		desc := "percent-encoded as " + set.desc + " does"
		for _, field := range []string{"", "data", "body", "payload", "json", "request", "params", "message"} {
			out = append(out, encodeOp(BodyURLEncodedSigned, fmt.Sprintf("as form field %q, %s", field, desc), func(b []byte) string { return field + "=" + enc(b) }))
		}
		out = append(out, encodeOp(BodyURLEncodedSigned, "as a form field's name, "+desc, func(b []byte) string { return enc(b) + "=" }))
	}
	return out
}

// percentEncode keeps letters, digits and safe; a blank in safe turns blanks into plus signs.
func percentEncode(b []byte, safe string, lower bool) string {
	digits := "0123456789ABCDEF"
	if lower {
		digits = "0123456789abcdef"
	}
	var plain [256]bool
	for c := range 256 {
		plain[c] = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c < 0x80 && strings.IndexByte(safe, byte(c)) >= 0
	}
	out := make([]byte, 0, 2*len(b))
	for _, c := range b {
		switch {
		case c == ' ' && plain[c]:
			out = append(out, '+')
		case plain[c]:
			out = append(out, c)
		default:
			out = append(out, '%', digits[c>>4], digits[c&15])
		}
	}
	return string(out)
}

func wrapLines(t string, width int, eol string) string {
	var b strings.Builder
	for len(t) > width {
		b.WriteString(t[:width] + eol)
		t = t[width:]
	}
	return b.String() + t
}

// jsonString writes the text as one JSON string, with the escapes of st and those that JSON demands.
func jsonString(st style) func([]byte) string {
	st.control = controlShort
	if st.html == 0 {
		st.html = htmlPlain
	}
	return func(b []byte) string {
		out := []byte{'"'}
		for i := 0; i < len(b); {
			r, n := decodeUnit(b[i:])
			if b[i] == '\\' {
				r, n = '\\', 1
			}
			out = appendUnit(out, b[i:i+n], r, 0, &st)
			i += n
		}
		return string(append(out, '"'))
	}
}

// The encodings that are tried on more than the body itself. Read only.
var (
	stringWraps = []string{"written as a JSON string", "written as a JSON string with \\/", "written as a JSON string in ASCII", "written as a JSON string in ASCII with \\/"}
	coreWraps   = append([]string{
		"written as Base64", "written as Base64 in lines of 76", "written in hex", "percent-encoded as encodeURIComponent does", "percent-encoded as urlencode does",
		"percent-encoded as rawurlencode does", "percent-encoded as urllib.parse.quote does", "percent-encoded as urllib.parse.quote_plus does",
	}, stringWraps...)
)

// wraps tries a text encoded as a whole.
func (s *search) wraps(m base) bool {
	for _, o := range wrapOps() {
		if s.apply(m.text, m.chain, o, normal) {
			return true
		}
	}
	return false
}

// wrapOpsOf are some of the encodings, by their words.
func wrapOpsOf(which []string) []op {
	return slices.DeleteFunc(wrapOps(), func(o op) bool { return !slices.Contains(which, o.desc) })
}

// mainWraps tries what the commonest serializers write, encoded as a whole.
func (s *search) mainWraps(list []base, which []string) bool {
	ops := wrapOpsOf(which)
	for _, m := range list {
		for _, o := range ops {
			if s.apply(m.text, m.chain, o, cheap) {
				return true
			}
		}
	}
	return false
}

// formFields tries a text as a field of a form.
func (s *search) formFields(m base) bool {
	for _, o := range formOps() {
		if s.apply(m.text, m.chain, o, cheap) {
			return true
		}
	}
	return false
}
