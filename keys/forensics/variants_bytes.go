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
	return op{code: BodyWhitespace, desc: "with " + describeBytes(lead) + " before it", apply: func(b []byte) []byte {
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
	if len(s) == 1 {
		return fmt.Sprintf("the byte %02x", s[0])
	}
	return fmt.Sprintf("the %d bytes %q", len(s), s)
}

// A sideOp is a plain change of the whole text.
var sideOps = []op{
	{code: BodyTrailingNewline, desc: "without the newline at its end", apply: func(b []byte) []byte { return bytes.TrimRight(b, "\r\n") }},
	{code: BodyTrailingNewline, desc: "without the last newline at its end", apply: cutLastNewline},
	{code: BodyWhitespace, desc: "without the white space around it", apply: func(b []byte) []byte { return bytes.Trim(b, " \t\r\n\v\f\x00") }},
	{code: BodyWhitespace, desc: "without the white space before it", apply: func(b []byte) []byte { return bytes.TrimLeft(b, " \t\r\n\v\f\x00") }},
	{code: BodyWhitespace, desc: "without the white space after it", apply: func(b []byte) []byte { return bytes.TrimRight(b, " \t\r\n\v\f\x00") }},
	{code: BodyWhitespace, desc: "without spaces at the ends of its lines", apply: trimLineEnds},
	{code: BodyWhitespace, desc: "without spaces at the starts of its lines", apply: trimLineStarts},
	{code: BodyNewlinesRemoved, desc: "without any newline", apply: func(b []byte) []byte { return deleteBytes(b, "\r\n") }},
	{code: BodyNewlinesRemoved, desc: "without newlines and NUL bytes, as curl -d sends a file", apply: func(b []byte) []byte { return deleteBytes(b, "\r\n\x00") }},
	{code: BodyNewlinesRemoved, desc: "with its line feeds removed", apply: func(b []byte) []byte { return deleteBytes(b, "\n") }},
	{code: BodyNewlinesRemoved, desc: "with a space in place of each newline", apply: func(b []byte) []byte {
		return replaceAll(replaceAll(b, "\r\n", "\n"), "\n", " ")
	}},
	{code: BodyCRLF, desc: "with CR LF line ends", apply: toCRLF},
	{code: BodyCRLF, desc: "with LF line ends", apply: func(b []byte) []byte { return replaceAll(b, "\r\n", "\n") }},
	{code: BodyCRLF, desc: "with CR line ends", apply: func(b []byte) []byte { return replaceAll(replaceAll(b, "\r\n", "\n"), "\n", "\r") }},
	{code: BodyCRLF, desc: "with each line feed doubled to CR CR LF", apply: func(b []byte) []byte { return replaceAll(b, "\r\n", "\r\r\n") }},
	{code: BodyBOM, desc: "with a UTF-8 byte order mark before it", apply: func(b []byte) []byte { return append([]byte("\xef\xbb\xbf"), b...) }},
	{code: BodyBOM, desc: "without its byte order mark", apply: func(b []byte) []byte { return bytes.TrimPrefix(b, []byte("\xef\xbb\xbf")) }},
	{code: BodyTrailingByte, desc: "without its NUL bytes", apply: func(b []byte) []byte { return deleteBytes(b, "\x00") }},
	{code: BodyTrailingByte, desc: "without its last byte", apply: cutLast},
	{code: BodyTrailingByte, desc: "without its first byte", apply: cutFirst},
}

// bluntOps come after every way to write JSON anew, which explains the same bytes better.
var bluntOps = []op{
	{code: BodyWhitespace, desc: "without any white space, even inside strings", apply: func(b []byte) []byte { return deleteBytes(b, " \t\r\n") }},
	{code: BodyWhitespace, desc: "without any spaces, even inside strings", apply: func(b []byte) []byte { return deleteBytes(b, " ") }},
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
			if s.apply(s.body, nil, o, normal) {
				return true
			}
		}
	}
	return false
}

// truncated tries the start of the body: what a buffer of a usual size or a wrong length would hold.
func (s *search) truncated(b []byte, chain []op) bool {
	cut := func(n int, why string) bool {
		if n <= 0 || n >= len(b) {
			return false
		}
		return s.apply(b, chain, op{code: BodyTruncated, desc: fmt.Sprintf("cut to its first %d bytes%s", n, why),
			apply: func(b []byte) []byte { return b[:min(n, len(b))] }}, cheap)
	}
	if cut(int(min(s.context.ContentLength, int64(len(b)))), ", the announced Content-Length") {
		return true
	}
	if cut(len([]rune(string(b[:min(len(b), reducedAbove)]))), ", its number of characters taken for bytes") {
		return true
	}
	for _, n := range []int{64, 100, 117, 128, 200, 245, 250, 255, 256, 500, 512, 1000, 1023, 1024, 2000, 2048, 4000, 4095, 4096, 8000, 8191, 8192, 10000, 10240, 16384, 32768, 65535, 65536, 131072, 262144, 524288, 1048576} {
		if cut(n, "") {
			return true
		}
	}
	if s.reduced {
		return false
	}
	// Every other length, as long as that stays cheap: one running hash serves them all.
	return s.everyPrefix(b, chain)
}

// maxPrefixes bounds the search over all lengths, in bytes of body.
const maxPrefixes = 8 << 10

// everyPrefix tries all prefixes of b with one pass over it.
func (s *search) everyPrefix(b []byte, chain []op) bool {
	if len(b) > maxPrefixes || s.target.pss != nil {
		return false
	}
	s.h.Reset()
	var room [64]byte
	for i := range b {
		s.h.Write(b[i : i+1])
		s.tried.Digests++
		if s.target.fits(s.h.Sum(room[:0])) {
			n := i + 1
			s.found(b[:n], "", with(chain, op{code: BodyTruncated, desc: fmt.Sprintf("cut to its first %d bytes", n),
				apply: func(b []byte) []byte { return b[:min(n, len(b))] }}))
			return true
		}
	}
	return false
}
