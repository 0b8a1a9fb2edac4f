package forensics

import (
	"bytes"
	"slices"
)

// named is one cause among the ops of a match, with its words.
type named struct {
	code Cause
	desc string // completes "the body …"
}

// replay applies a chain to the body.
func replay(body []byte, chain []op) []byte {
	for i := range chain {
		if st := chain[i].style; st != nil {
			body = restyle(nil, body, st)
		} else {
			body = chain[i].apply(body)
		}
	}
	return body
}

// name turns the chain of a match into causes. An op, or a field of a style, counts only when the
// signed bytes change without it; a chain is thinned out until every part of it counts.
func (m *match) name(body []byte) []named {
	chain := slices.Clone(m.chain)
	for i := 0; i < len(chain); i++ {
		if chain[i].style != nil {
			chain[i].style = thin(body, chain, i, m.bytes)
			if end := endOnly(body, chain, i, m.bytes); end != nil {
				chain = end
			}
			if *chain[i].style != (style{}) {
				continue
			}
		}
		without := slices.Delete(slices.Clone(chain), i, i+1)
		if bytes.Equal(replayGuarded(body, without), m.bytes) {
			chain = without
			i--
		}
	}
	var out []named
	for i := range chain {
		if st := chain[i].style; st != nil {
			out = append(out, st.named()...)
		} else {
			out = append(out, named{chain[i].code, chain[i].desc})
		}
	}
	out = adjust(mergeEnd(out), body, m.bytes)
	slices.SortStableFunc(out, func(a, b named) int { return bodyRank(a.code) - bodyRank(b.code) })
	return out
}

// replayGuarded is replay for chains with a part left out: a style may then meet text that is no JSON.
func replayGuarded(body []byte, chain []op) []byte {
	for i := range chain {
		if chain[i].style != nil && !scanJSON(replay(body, chain[:i])).ok {
			return nil
		}
	}
	return replay(body, chain)
}

// endOnly returns the chain with the newline at the end cut off in place of other white space at
// chain[i], nil when that makes other bytes: serializers drop such a newline, and nothing else may differ.
func endOnly(body []byte, chain []op, i int, signed []byte) []op {
	if chain[i].style.spacing == 0 {
		return nil
	}
	st := *chain[i].style
	st.spacing = 0
	end := slices.Concat(chain[:i], []op{{style: &st}, cutEnd}, chain[i+1:])
	if !bytes.Equal(replayGuarded(body, end), signed) {
		return nil
	}
	return end
}

// thin resets each field of the style at chain[i] that makes no difference to the signed bytes.
func thin(body []byte, chain []op, i int, signed []byte) *style {
	st := *chain[i].style
	before, after := replay(body, chain[:i]), chain[i+1:]
	for _, reset := range []func(*style){
		func(s *style) { s.html = 0 }, func(s *style) { s.control = 0 }, func(s *style) { s.unicode = 0 }, func(s *style) { s.slash = 0 },
		func(s *style) { s.number = 0 }, func(s *style) { s.types = 0 }, func(s *style) { s.empties = 0 }, func(s *style) { s.versions = 0 },
		func(s *style) { s.spacing = 0 },
	} {
		less := st
		reset(&less)
		if less != st && bytes.Equal(replay(restyle(nil, before, &less), after), signed) {
			st = less
		}
	}
	if st.number == 0 && st.types == 0 {
		st.amounts = false
	}
	return &st
}

// named lists the causes of a style that was thinned out.
func (st *style) named() []named {
	var out []named
	add := func(on bool, code Cause, desc string) {
		if on {
			out = append(out, named{code, desc})
		}
	}
	where := ""
	if st.amounts {
		where = " in its amounts"
	}
	add(st.versions != 0, BodyFieldVersion, "with the field names of the other API version")
	add(st.empties == emptyList, BodyEmptyContainer, "with {} written as []")
	add(st.empties == emptyObject, BodyEmptyContainer, "with [] written as {}")
	add(st.spacing != 0, BodyReformatted, "written "+spacings[st.spacing].name)
	add(st.slash == slashPlain, BodySlashEscape, `with / in place of \/`)
	add(st.slash == slashEscape, BodySlashEscape, `with \/ in place of /`)
	add(st.slash == slashClosing, BodySlashEscape, `with <\/ in place of </`)
	add(st.unicode == unicodeRaw, BodyUnicodeEscape, `with its \u escapes resolved`)
	add(st.unicode == unicodeLower, BodyUnicodeEscape, `with \u escapes in lower case`)
	add(st.unicode == unicodeUpper, BodyUnicodeEscape, `with \u escapes in upper case`)
	add(st.control != 0, BodyUnicodeEscape, "with other escapes of control characters and quotes")
	add(st.html == htmlPlain, BodyHTMLEscape, `with < > & and the like not escaped`)
	add(st.html != 0 && st.html != htmlPlain, BodyHTMLEscape, "with HTML-safe escapes, "+st.html.name())
	add(st.number != 0, BodyNumberFormat, "with numbers "+st.number.name()+where)
	add(st.types != 0, st.types.cause(), st.types.name()+where)
	return out
}

func (m htmlMode) name() string {
	return [...]string{
		"", `\u003c \u003e \u0026 as Go and Rails write them`, `\u003c \u003d \u0027 as Gson writes them`,
		`\u003C \u0027 \u002B as System.Text.Json writes them`, `\u003C \u0026 \u0027 \u0022 as PHP's JSON_HEX flags write them`,
		`\u003C \u003E as PHP's JSON_HEX_TAG writes them`, `\u003c \u0026 \u0027 as JavaScriptSerializer writes them`, `U+2028 and U+2029 only`,
		`\u0026 as PHP's JSON_HEX_AMP writes it`, `\u0027 as PHP's JSON_HEX_APOS writes it`, `\u0022 as PHP's JSON_HEX_QUOT writes it`,
		`\u003C \u003E \u0026 as PHP's JSON_HEX_TAG and JSON_HEX_AMP write them`, "",
	}[m]
}

func (m typeMode) name() string {
	return [...]string{
		"", "with numbers as strings", "with numeric strings as numbers", "with booleans as 1 and 0", "with booleans as strings",
		"with 1 and 0 as booleans", "with null as an empty string", "with empty strings as null",
	}[m]
}

func (m typeMode) cause() Cause {
	if m == typeNullText || m == typeTextNull {
		return BodyTypeChanged
	}
	return BodyNumberFormat
}

// adjust gives differences that show only in the bytes their own names.
func adjust(list []named, body, signed []byte) []named {
	if (hasNamed(list, BodyReformatted) || hasNamed(list, BodyNewlinesRemoved)) &&
		bytes.Equal(deleteBytes(body, "\r\n\x00"), deleteBytes(signed, "\r\n\x00")) {
		for i := range list {
			if list[i].code == BodyReformatted {
				list[i].code = BodyNewlinesRemoved
			}
		}
		// All line ends are gone, of whatever kind, the last one too.
		list = slices.DeleteFunc(list, func(n named) bool { return n.code == BodyTrailingNewline || n.code == BodyCRLF })
	}
	if end := lineEnd(body); len(list) > 1 && len(end) > 0 && bytes.Equal(end, lineEnd(signed)) {
		// The new line is as the received one; writing the body anew only took it off for a moment.
		list = slices.DeleteFunc(list, func(n named) bool { return n.code == BodyTrailingNewline })
	}
	var out []named
	for _, n := range list {
		if i := slices.IndexFunc(out, func(o named) bool { return o.code == n.code }); i >= 0 {
			out[i].desc += ", " + n.desc
			continue
		}
		out = append(out, n)
	}
	return out
}

// mergeEnd joins a newline after a text such as Base64 with the op that made the text: the program
// that printed it ends its output so, and the body has no part in it.
func mergeEnd(list []named) []named {
	n := len(list)
	if n < 2 || list[n-1].code != BodyTrailingNewline {
		return list
	}
	switch list[n-2].code {
	case BodyBase64Signed, BodyHexSigned, BodyURLEncodedSigned, BodyDoubleEncoded, BodyReprSigned, BodyConstantSigned, BodyEmpty:
		list[n-2].desc += " " + list[n-1].desc
		return list[:n-1]
	}
	return list
}

func hasNamed(list []named, c Cause) bool {
	return slices.ContainsFunc(list, func(n named) bool { return n.code == c })
}

// lineEnd returns the line ends that a text ends in.
func lineEnd(b []byte) []byte { return b[len(bytes.TrimRight(b, "\r\n")):] }

// bodyOrder is the order in which body causes are named; see the package comment. Read only.
var bodyOrder = []Cause{
	BodyEmpty, BodyConstantSigned, BodyOtherRequest, BodyGzip, BodyBase64Signed, BodyHexSigned, BodyURLEncodedSigned, BodyDoubleEncoded,
	BodyReprSigned, BodyExtraSigned, BodyTruncated, BodyPartSigned, BodyCharset, BodyNormalization, BodyFieldAdded, BodyFieldVersion,
	BodyKeyOrder, BodyNullDropped, BodyNewlinesRemoved, BodyReformatted, BodySlashEscape, BodyUnicodeEscape, BodyHTMLEscape,
	BodyNumberFormat, BodyEmptyContainer, BodyTypeChanged, BodyDuplicateKeys, BodyCRLF, BodyBOM, BodyWhitespace, BodyTrailingNewline,
	BodyTrailingByte, BodyDiffers,
}

func bodyRank(c Cause) int { return slices.Index(bodyOrder, c) }
