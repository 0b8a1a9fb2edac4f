package forensics

import (
	"fmt"
	"strconv"
	"strings"
)

// piece is something about a request that is not its body.
type piece struct{ name, text string }

// pikeMethods are the paths below /api/v{1,2}/ that partners call. Source: Pike's list of methods.
var pikeMethods = []string{
	"session/init/payout", "session/init/payment", "session/create", "session/start/payout", "session/start/payment", "session/confirm",
	"session/cancel", "session/capture", "session/refund", "session/status", "session/multi/init", "token", "token/info", "recurrent/disable",
	"recurrent/status", "wallet/balance", "tokenize/elements",
}

// pieces lists what the context knows, with POST as the method when it does not say.
func (c *Context) pieces() []piece {
	method := c.Method
	if method == "" {
		method = "POST"
	}
	out := []piece{{"the method", method}}
	for _, p := range []piece{
		{"the path", c.Path}, {"the path without its first slash", strings.TrimPrefix(c.Path, "/")}, {"the URL", c.URL}, {"the project", c.Project},
		{"the submerchant", c.Submerchant}, {"the idempotency key", c.IdempotencyKey}, {"the timestamp", c.Timestamp}, {"the content type", c.ContentType},
	} {
		if p.text != "" && p.text != c.Path[:min(1, len(c.Path))] {
			out = append(out, p)
		}
	}
	return out
}

// joiners are what people put between parts, the likeliest first.
var joiners = []string{"", "\n", ".", ":", "|", "&", " ", ";", ",", "\r\n", "_", "-", "+", "/", "#", "\x00", "||", "::", "\n\n"}

// and, after and by name the text between parts, when there is one.
func and(j string) string   { return unlessEmpty(" and %q", j) }
func after(j string) string { return unlessEmpty(", behind %q", j) }
func by(j string) string    { return unlessEmpty(", joined by %q", j) }

func unlessEmpty(format, j string) string {
	if j == "" {
		return ""
	}
	return fmt.Sprintf(format, j)
}

func surroundings(before, after string) string {
	switch {
	case before == "":
		return fmt.Sprintf("with %q after it", after)
	case after == "":
		return fmt.Sprintf("with %q before it", before)
	}
	return fmt.Sprintf("with %q before and %q after it", before, after)
}

// memberNames are the names under which signers put parts of the request into the body.
var memberNames = map[string][]string{
	"the project":         {"project", "project_id", "projectId", "partner_project", "X-PARTNER-PROJECT"},
	"the submerchant":     {"submerchant", "submerchant_id", "X-PARTNER-SUBMERCHANT"},
	"the idempotency key": {"idempotency_key", "idempotencyKey", "key", "X-PARTNER-IDEMPOTENCY-KEY"},
	"the timestamp":       {"timestamp", "ts", "time"},
}

// merged tries the body with a part of the request as one more member, first or last.
func (s *search) merged(m base) bool {
	if f := scanJSON(m.text); !f.ok || !f.object {
		return false
	}
	for _, p := range s.context.pieces() {
		for _, name := range memberNames[p.name] {
			values := []string{jsonString(style{})([]byte(p.text))}
			if isNumber([]byte(p.text)) {
				values = append(values, p.text)
			}
			for _, v := range values {
				if s.member(m, name, v, p.name) {
					return true
				}
			}
		}
	}
	return false
}

func (s *search) member(m base, name, value, what string) bool {
	for _, at := range []string{"first", "last"} {
		o := treeOp(BodyExtraSigned, fmt.Sprintf("with %s as its %s field, %q", what, at, name), func(n *node) {
			if n.open != '{' {
				return
			}
			n.addKid(parseTree([]byte(fmt.Sprintf("{%q:%s}", name, value))).kids[0], at == "first")
		})
		v := o.apply(m.text)
		next := with(m.chain, o)
		if s.visit(v, next, cheap) {
			return true
		}
		for _, st := range plainStyles() {
			if s.styled(v, next, st, cheap) {
				return true
			}
		}
	}
	return false
}

// extras tries the body with other material before or after it.
func (s *search) extras(list []base) bool {
	for i, m := range list {
		if i > 1 {
			break
		}
		if s.extraFixed(m) || s.extraPieces(m) || s.merged(m) || s.extraPairs(m, s.context.pieces(), joiners[:9]) {
			return true
		}
	}
	return false
}

// paths tries the request lines of Pike's methods when the path is not known.
func (s *search) paths(list []base) bool {
	return s.context.Path == "" && s.extraPaths(list[0]) || s.extraExamples(list[0])
}

// exampleTexts are projects, keys and times that stand in documentation and tests.
var exampleTexts = []string{
	"your_project_name", "project", "test_project", "my_project", "demo", "test", "partner", "merchant", "shop", "testkey", "secret", "1700000000", "1600000000",
	"1234567890", "1609459200", "1577836800", "1640995200", "1672531200", "1704067200", "1735689600", "1767225600", "1700000000000", "application/json", "nonce", "salt",
}

// extraExamples tries texts from documentation around the body.
func (s *search) extraExamples(m base) bool {
	for _, t := range exampleTexts {
		for _, j := range []string{"", ".", "\n", ":", "|", "&", " ", "+", ";"} {
			if s.around(m, t+j, "", fmt.Sprintf("with the text %q before it", t+j)) || s.around(m, "", j+t, fmt.Sprintf("with the text %q after it", j+t)) {
				return true
			}
		}
	}
	return false
}

// around visits the body between two texts.
func (s *search) around(m base, before, after, desc string) bool {
	o := op{code: BodyExtraSigned, desc: desc, apply: func(b []byte) []byte {
		out := make([]byte, 0, len(before)+len(b)+len(after))
		return append(append(append(out, before...), b...), after...)
	}}
	return s.apply(m.text, m.chain, o, cheap)
}

// extraFixed tries material that does not depend on the request.
func (s *search) extraFixed(m base) bool {
	n := strconv.Itoa(len(m.text))
	for _, w := range [][2]string{
		{"body=", ""}, {"data=", ""}, {"payload=", ""}, {"json=", ""}, {"request=", ""}, {"body:", ""}, {"[", "]"}, {`{"data":`, "}"}, {`{"body":`, "}"}, {`{"payload":`, "}"},
		{`{"data": `, "}"}, {`{"body": `, "}"}, {"Content-Type: application/json\r\n\r\n", ""}, {"Content-Type: application/json\n\n", ""}, {"application/json", ""},
		{"Content-Type: application/json\n", ""}, {"application/json\n", ""}, {"application/json;", ""}, {"-d ", ""}, {"--data ", ""}, {"'", "'"}, {"\r\n\r\n", ""}, {"\n\n", ""}, {"json_encode(", ")"}, {"(", ")"},
		{n, ""}, {n + "\n", ""}, {n + ":", ""}, {n + ".", ""}, {"", n}, {"\x00\x00", ""}, {string([]byte{byte(len(m.text) >> 24), byte(len(m.text) >> 16), byte(len(m.text) >> 8), byte(len(m.text))}), ""},
		{"", ";"}, {"", "&"}, {"\xef\xbb\xbf\xef\xbb\xbf", ""},
	} {
		if s.around(m, w[0], w[1], surroundings(w[0], w[1])) {
			return true
		}
	}
	return s.around(m, string(m.text), "", "twice in a row") || s.around(m, string(m.text)+"\n", "", "twice in a row, with a newline between")
}

func (s *search) extraPieces(m base) bool {
	for _, p := range s.context.pieces() {
		for _, j := range joiners {
			if s.around(m, p.text+j, "", "with "+p.name+and(j)+" before it") ||
				s.around(m, "", j+p.text, "with "+p.name+" after it"+after(j)) {
				return true
			}
		}
	}
	return false
}

// extraPairs tries two and three pieces, joined alike; the first joiner may be a space as in a
// request line.
func (s *search) extraPairs(m base, ps []piece, js []string) bool {
	for i, p := range ps {
		for k, q := range ps {
			if i == k {
				continue
			}
			for _, j := range js {
				names := fmt.Sprintf("with %s and %s", p.name, q.name)
				if s.around(m, p.text+j+q.text+j, "", names+" before it"+by(j)) ||
					s.around(m, p.text+" "+q.text+j, "", names+" before it, as a request line"+and(j)) ||
					s.around(m, p.text+j, j+q.text, names+" around it"+by(j)) ||
					s.around(m, "", j+p.text+j+q.text, names+" after it"+by(j)) {
					return true
				}
				if len(ps) < 3 {
					continue
				}
				for l, r := range ps {
					if l == i || l == k {
						continue
					}
					desc := names + " and " + r.name
					if s.around(m, p.text+j+q.text+j+r.text+j, "", desc+" before it"+by(j)) {
						return true
					}
				}
			}
		}
	}
	return false
}

// extraPaths tries every method in both versions.
func (s *search) extraPaths(m base) bool {
	for _, name := range pikeMethods {
		for _, version := range []string{"v2", "v1"} {
			path := "/api/" + version + "/" + name
			desc := "with the path " + path
			for _, j := range []string{"\n", "", ":", "|", ".", " ", "&", "\n\n"} {
				if s.around(m, path+j, "", desc+and(j)+" before it") ||
					s.around(m, "POST"+j+path+j, "", desc+" and the method before it"+by(j)) ||
					s.around(m, "POST "+path+j, "", desc+" and the method before it as a request line"+and(j)) {
					return true
				}
			}
		}
	}
	return false
}
