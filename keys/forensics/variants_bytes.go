package forensics

import (
	"bytes"
	"fmt"
	"strings"
)

// tailOp is the op that puts tail after the body.
func tailOp(tail string) op {
	code := BodyTrailingByte
	switch {
	case strings.Trim(tail, "\r\n") == "", tail == `\n`, tail == `\r\n`:
		code = BodyTrailingNewline
	case strings.Trim(tail, " \t\r\n") == "":
		code = BodyWhitespace
	}
	return op{code: code, desc: "plus " + describeBytes(tail), apply: func(b []byte) []byte {
		return append(bytes.Clone(b), tail...)
	}}
}

// leadOp is the op that puts lead before the body.
func leadOp(lead string) op {
	code := BodyWhitespace
	if lead == "\x00" {
		code = BodyExtraSigned
	}
	return op{code: code, desc: "with " + describeBytes(lead) + " before it", apply: func(b []byte) []byte {
		return append([]byte(lead), b...)
	}}
}

// describeBytes names a few bytes for people.
func describeBytes(s string) string {
	names := map[string]string{
		"\n": "a newline", "\r\n": "a CR LF", "\r": "a carriage return", "\n\n": "two newlines", " ": "a space", "\t": "a tab",
		"\x00": "a NUL byte", `\n`: `the two characters \n`, "  ": "two spaces", "\r\n\r\n": "two CR LF pairs", "\x00\x00": "two NUL bytes",
	}
	if n, ok := names[s]; ok {
		return n
	}
	if strings.Trim(s, "\x00") == "" {
		return fmt.Sprintf("%d NUL bytes", len(s))
	}
	if len(s) == 1 {
		return fmt.Sprintf("the byte %02x", s[0])
	}
	return fmt.Sprintf("the %d bytes %q", len(s), s)
}

// The two changes that files on Windows have.
var (
	addBOM   = op{code: BodyBOM, desc: "with a UTF-8 byte order mark before it", apply: func(b []byte) []byte { return append([]byte("\xef\xbb\xbf"), b...) }}
	makeCRLF = op{code: BodyCRLF, desc: "with CR LF line ends", apply: toCRLF}
	cutBOM   = op{code: BodyBOM, desc: "without its byte order mark", apply: func(b []byte) []byte { return bytes.TrimPrefix(b, []byte("\xef\xbb\xbf")) }}
)

// cutEnd is what $(…) and many readers of files do.
var cutEnd = op{code: BodyTrailingNewline, desc: "without the newline at its end", apply: func(b []byte) []byte { return bytes.TrimRight(b, "\r\n") }}

// cutLines is what curl -d does to a file.
var cutLines = op{code: BodyNewlinesRemoved, desc: "without any newline", apply: func(b []byte) []byte { return deleteBytes(b, "\r\n") }}

// A sideOp is a plain change of the whole text.
var sideOps = []op{
	cutEnd,
	{code: BodyTrailingNewline, desc: "without the last newline at its end", apply: cutLastNewline},
	{code: BodyTrailingByte, desc: "without the NUL bytes after it", apply: func(b []byte) []byte { return bytes.TrimRight(b, "\x00") }},
	{code: BodyWhitespace, desc: "without the white space before it", apply: func(b []byte) []byte { return bytes.TrimLeft(b, " \t\r\n\v\f\x00") }},
	{code: BodyWhitespace, desc: "without the white space after it", apply: func(b []byte) []byte { return bytes.TrimRight(b, " \t\r\n\v\f\x00") }},
	{code: BodyWhitespace, desc: "without the white space around it", apply: func(b []byte) []byte { return bytes.Trim(b, " \t\r\n\v\f\x00") }},
	{code: BodyWhitespace, desc: "without spaces at the ends of its lines", apply: trimLineEnds},
	{code: BodyWhitespace, desc: "without spaces at the starts of its lines", apply: trimLineStarts},
	cutLines,
	{code: BodyNewlinesRemoved, desc: "without newlines and NUL bytes, as curl -d sends a file", apply: func(b []byte) []byte { return deleteBytes(b, "\r\n\x00") }},
	{code: BodyNewlinesRemoved, desc: "with its line feeds removed", apply: func(b []byte) []byte { return deleteBytes(b, "\n") }},
	{code: BodyNewlinesRemoved, desc: "with a space in place of each newline", apply: func(b []byte) []byte {
		return replaceAll(replaceAll(b, "\r\n", "\n"), "\n", " ")
	}},
	makeCRLF,
	{code: BodyCRLF, desc: "with LF line ends", apply: func(b []byte) []byte { return replaceAll(replaceAll(b, "\r\n", "\n"), "\r", "\n") }},
	{code: BodyCRLF, desc: "with CR line ends", apply: func(b []byte) []byte { return replaceAll(replaceAll(b, "\r\n", "\n"), "\n", "\r") }},
	{code: BodyCRLF, desc: "with each line feed doubled to CR CR LF", apply: func(b []byte) []byte { return replaceAll(b, "\r\n", "\r\r\n") }},
	addBOM,
	cutBOM,
	{code: BodyTrailingNewline, desc: "without the last line feed at its end", apply: func(b []byte) []byte { return bytes.TrimSuffix(b, []byte("\n")) }},
	{code: BodyTrailingByte, desc: "without its NUL bytes", apply: func(b []byte) []byte { return deleteBytes(b, "\x00") }},
	{code: BodyTrailingByte, desc: "without its last byte", apply: cutLast},
	{code: BodyTrailingByte, desc: "without its first byte", apply: cutFirst},
}

// bluntOps come after every way to write JSON anew, which explains the same bytes better.
var bluntOps = []op{
	{code: BodyWhitespace, desc: "without any white space, even inside strings", apply: func(b []byte) []byte { return deleteBytes(b, " \t\r\n") }},
	{code: BodyWhitespace, desc: "without any spaces, even inside strings", apply: func(b []byte) []byte { return deleteBytes(b, " ") }},
	{code: BodyWhitespace, desc: "with each run of white space as one blank", apply: collapseSpace},
	{code: BodyWhitespace, desc: "with each run of white space as one blank and none around it", apply: func(b []byte) []byte { return bytes.TrimSpace(collapseSpace(b)) }},
	{code: BodyWhitespace, desc: "with 4 spaces in place of each tab", apply: func(b []byte) []byte { return replaceAll(b, "\t", "    ") }},
	{code: BodyWhitespace, desc: "with 8 spaces in place of each tab", apply: func(b []byte) []byte { return replaceAll(b, "\t", "        ") }},
	{code: BodyWhitespace, desc: "with 2 spaces in place of each tab", apply: func(b []byte) []byte { return replaceAll(b, "\t", "  ") }},
	{code: BodyWhitespace, desc: "with a tab in place of 4 spaces", apply: func(b []byte) []byte { return replaceAll(b, "    ", "\t") }},
	{code: BodyWhitespace, desc: "with a blank in place of each no-break space", apply: func(b []byte) []byte { return replaceAll(b, "\u00a0", " ") }},
}

// collapseSpace writes each run of white space as one blank.
func collapseSpace(b []byte) []byte {
	out := make([]byte, 0, len(b))
	blank := false
	for _, c := range b {
		space := c == ' ' || c == '\t' || c == '\n' || c == '\r'
		if !space {
			out = append(out, c)
		} else if !blank {
			out = append(out, ' ')
		}
		blank = space
	}
	return out
}

func replaceAll(b []byte, old, next string) []byte {
	return bytes.ReplaceAll(b, []byte(old), []byte(next))
}

func toCRLF(b []byte) []byte { return replaceAll(replaceAll(b, "\r\n", "\n"), "\n", "\r\n") }

func cutLast(b []byte) []byte {
	if len(b) == 0 {
		return b
	}
	return b[:len(b)-1]
}

func cutFirst(b []byte) []byte {
	if len(b) == 0 {
		return b
	}
	return b[1:]
}

func cutLastNewline(b []byte) []byte {
	return bytes.TrimSuffix(bytes.TrimSuffix(b, []byte("\n")), []byte("\r"))
}

func deleteBytes(b []byte, set string) []byte {
	if !bytes.ContainsAny(b, set) {
		return b
	}
	out := make([]byte, 0, len(b))
	for _, c := range b {
		if strings.IndexByte(set, c) < 0 {
			out = append(out, c)
		}
	}
	return out
}

func trimLineEnds(b []byte) []byte {
	lines := bytes.Split(b, []byte("\n"))
	for i := range lines {
		lines[i] = bytes.TrimRight(lines[i], " \t")
	}
	return bytes.Join(lines, []byte("\n"))
}

func trimLineStarts(b []byte) []byte {
	lines := bytes.Split(b, []byte("\n"))
	for i := range lines {
		lines[i] = bytes.TrimLeft(lines[i], " \t")
	}
	return bytes.Join(lines, []byte("\n"))
}

// with returns chain with o added, never sharing memory with another branch.
func with(chain []op, o ...op) []op {
	return append(chain[:len(chain):len(chain)], o...)
}

// apply visits what o makes of b, unless it makes no difference.
func (s *search) apply(b []byte, chain []op, o op, how depth) bool {
	if s.stop() {
		return true
	}
	v := o.apply(b)
	s.spend(int64(len(b)))
	if bytes.Equal(v, b) {
		return false
	}
	s.spend(2 * int64(len(v)))
	return s.visit(v, with(chain, o), how)
}

// asIs tries the body itself, with everything around it and one plain change of the text.
func (s *search) asIs(b []byte, chain []op, how depth) bool {
	if s.visit(b, chain, how) {
		return true
	}
	if s.apply(b, chain, fromUTF16, cheap) {
		return true // before NUL bytes are taken out, which does the same to ASCII
	}
	for _, o := range sideOps {
		if s.apply(b, chain, o, min(how, normal)) {
			return true
		}
	}
	if s.reduced {
		return false
	}
	for _, lead := range []string{" ", "\n", "\r\n", "\t", "  ", "\x00"} {
		if s.apply(b, chain, leadOp(lead), cheap) {
			return true
		}
	}
	return false
}

// twoSides tries two plain changes of the whole text.
func (s *search) twoSides(b []byte, chain []op) bool {
	for i, first := range sideOps {
		v := first.apply(b)
		if bytes.Equal(v, b) {
			continue
		}
		for _, second := range sideOps[i+1:] {
			if s.apply(v, with(chain, first), second, cheap) {
				return true
			}
		}
	}
	return false
}

// Texts that get signed because a variable was empty or an example was copied.
var (
	emptyTexts    = []string{"", "{}", "[]", "null", "\"\"", "{ }", "[ ]", "{\n}", "[\n]", "0", "false", "\"{}\"", "\"[]\"", "{}{}"}
	constantTexts = []string{
		"[object Object]", "Array", "undefined", "None", "nil", "NULL", "true", "NaN", "test", "body", "data", "payload", "request body", "message",
		"string", "hello", "hello world", "Hello World", "Hello, World!", "{\n// request body\n}", "{request_body}", "{{body}}", "$body", "$BODY", "${body}", "@body.json",
		"body.json", "@body", "myfile.txt", "request.json", "payload.json", "data.json", "-d", "signature", "<Buffer >", "[object Promise]", "[object ArrayBuffer]",
		"[object Undefined]", "System.Byte[]", "System.Object", "Object", "stdClass", "dict", "bytes", "test body", "example", "foo", "abc", "1", "a", "\ufeff",
	}
)

// constants tries texts that have nothing to do with the body.
func (s *search) constants() bool {
	for _, list := range [][]string{emptyTexts, constantTexts} {
		for i, t := range list {
			code, desc := BodyConstantSigned, fmt.Sprintf("replaced by the constant text %q", t)
			if i < len(emptyTexts) && &list[0] == &emptyTexts[0] {
				code, desc = BodyEmpty, "replaced by the empty value "+t
				if t == "" {
					desc = "replaced by nothing: no byte was hashed"
				}
			}
			o := op{code: code, desc: desc, apply: func([]byte) []byte { return []byte(t) }}
			how := cheap
			if code == BodyEmpty {
				how = normal
			}
			if s.apply(s.body, nil, o, how) {
				return true
			}
		}
	}
	return false
}
