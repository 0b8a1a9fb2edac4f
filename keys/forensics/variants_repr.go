package forensics

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// printer writes a JSON value the way a language prints its own objects, which is no JSON.
type printer struct {
	name              string
	open, end         string // around an object
	listOpen, listEnd string
	comma, colon      string
	quote             byte // around strings; 0 for none
	keyQuote          byte
	null              string
	yes, no           string
	sorted            bool
}

// printers are what str(), toString and friends give. Read only.
var printers = []printer{
	{name: "Python's str() of a dict", open: "{", end: "}", listOpen: "[", listEnd: "]", comma: ", ", colon: ": ", quote: '\'', keyQuote: '\'', null: "None", yes: "True", no: "False"},
	{name: "Ruby's inspect of a hash", open: "{", end: "}", listOpen: "[", listEnd: "]", comma: ", ", colon: "=>", quote: '"', keyQuote: '"', null: "nil", yes: "true", no: "false"},
	{name: "Ruby's inspect of a hash (3.4)", open: "{", end: "}", listOpen: "[", listEnd: "]", comma: ", ", colon: " => ", quote: '"', keyQuote: '"', null: "nil", yes: "true", no: "false"},
	{name: "Java's toString of a map", open: "{", end: "}", listOpen: "[", listEnd: "]", comma: ", ", colon: "=", null: "null", yes: "true", no: "false"},
	{name: "Go's %v of a map", open: "map[", end: "]", listOpen: "[", listEnd: "]", comma: " ", colon: ":", null: "<nil>", yes: "true", no: "false", sorted: true},
	{name: "JavaScript's object literal", open: "{", end: "}", listOpen: "[", listEnd: "]", comma: ",", colon: ":", quote: '"', null: "null", yes: "true", no: "false"},
	{name: "Node's util.inspect", open: "{ ", end: " }", listOpen: "[ ", listEnd: " ]", comma: ", ", colon: ": ", quote: '\'', null: "null", yes: "true", no: "false"},
}

func (p *printer) print(dst []byte, n *node) []byte {
	if n.open == 0 {
		return p.scalar(dst, n)
	}
	kids := n.kids
	open, end := p.open, p.end
	if n.open == '[' {
		open, end = p.listOpen, p.listEnd
	} else if p.sorted {
		kids = slices.Clone(kids)
		slices.SortStableFunc(kids, func(a, b node) int { return strings.Compare(a.name(), b.name()) })
	}
	dst = append(dst, open...)
	for i := range kids {
		if i > 0 {
			dst = append(dst, p.comma...)
		}
		if kids[i].key != nil {
			dst = append(quoted(dst, kids[i].name(), p.keyQuote), p.colon...)
		}
		dst = p.print(dst, &kids[i])
	}
	return append(dst, end...)
}

func (p *printer) scalar(dst []byte, n *node) []byte {
	switch c := n.raw[0]; {
	case c == '"':
		return quoted(dst, plainString(n.raw), p.quote)
	case c == 'n':
		return append(dst, p.null...)
	case c == 't':
		return append(dst, p.yes...)
	case c == 'f':
		return append(dst, p.no...)
	case c == '{':
		return append(dst, strings.TrimSpace(p.open)+strings.TrimSpace(p.end)...)
	}
	return append(dst, n.raw...)
}

// plainString decodes a string token.
func plainString(tok []byte) string {
	var out []byte
	for b := tok[1 : len(tok)-1]; len(b) > 0; {
		r, n := decodeUnit(b)
		if r < 0 {
			out = append(out, b[:n]...)
		} else {
			out = append(out, string(r)...)
		}
		b = b[n:]
	}
	return string(out)
}

func quoted(dst []byte, t string, q byte) []byte {
	if q == 0 {
		return append(dst, t...)
	}
	if q == '\'' && strings.ContainsRune(t, '\'') && !strings.ContainsRune(t, '"') {
		q = '"'
	}
	dst = append(dst, q)
	for i := range len(t) {
		switch {
		case t[i] == q || t[i] == '\\':
			dst = append(dst, '\\', t[i])
		case t[i] == '\n':
			dst = append(dst, '\\', 'n')
		default:
			dst = append(dst, t[i])
		}
	}
	return append(dst, q)
}

// reprOps print the parsed body in ways that are no JSON.
func reprOps() []op {
	var out []op
	add := func(code Cause, desc string, f func(*node) []byte) {
		out = append(out, op{code: code, desc: desc, apply: func(b []byte) []byte {
			if !scanJSON(b).ok {
				return b
			}
			return f(parseTree(b))
		}, print: f})
	}
	for _, p := range printers {
		add(BodyReprSigned, "as "+p.name, func(n *node) []byte { return p.print(nil, n) })
	}
	add(BodyReprSigned, "as PHP's serialize() writes it", func(n *node) []byte { return phpSerialize(nil, n) })
	for _, f := range []struct {
		name, safe string
		text       func(*node) []string
	}{
		{"urllib.parse.urlencode", "-_.~ ", pythonText}, {"Node's querystring", "-_.!~*'()", nodeText},
		{"URLSearchParams", "-_.* ", func(k *node) []string { return []string{jsText(k)} }},
	} {
		add(BodyURLEncodedSigned, "as a form, as "+f.name+" writes it", func(n *node) []byte {
			if n.open != '{' {
				return nil
			}
			return formQuery(n, f.safe, f.text)
		})
	}
	for _, sorted := range []bool{false, true} {
		var memo []string // the leaves of the last value, because many joints follow
		var of *node
		values := func(n *node) []string {
			if n != of {
				memo, of = leaves(n, sorted, nil), n
			}
			return memo
		}
		for _, enc := range []struct{ name, safe string }{{"http_build_query", "-_. "}, {"RFC 3986", "-_.~"}, {"no encoding", ""}} {
			desc := "as a query string (" + enc.name + ")"
			if sorted {
				desc += ", keys sorted"
			}
			add(BodyURLEncodedSigned, desc, func(n *node) []byte { return query(n, enc.safe, sorted) })
		}
		for _, sep := range []string{"", "|", ":", ";", ",", "\n", "&", ".", "-"} {
			desc := fmt.Sprintf("reduced to its values, joined by %q", sep)
			if sorted {
				desc += ", keys sorted"
			}
			add(BodyReprSigned, desc, func(n *node) []byte { return []byte(strings.Join(values(n), sep)) })
		}
	}
	return out
}

// sortedKids returns the members by name when sorted is set.
func sortedKids(n *node, sorted bool) []node {
	if !sorted || n.open != '{' {
		return n.kids
	}
	kids := slices.Clone(n.kids)
	slices.SortStableFunc(kids, func(a, b node) int { return strings.Compare(a.name(), b.name()) })
	return kids
}

func leafText(n *node) string {
	switch {
	case n.raw[0] == '"':
		return plainString(n.raw)
	case n.isNull() || n.isHollow():
		return ""
	}
	return string(n.raw)
}

func leaves(n *node, sorted bool, out []string) []string {
	if n.open == 0 {
		return append(out, leafText(n))
	}
	for _, k := range sortedKids(n, sorted) {
		out = leaves(&k, sorted, out)
	}
	return out
}

func phpSerialize(dst []byte, n *node) []byte {
	switch {
	case n.open != 0:
		dst = append(dst, fmt.Sprintf("a:%d:{", len(n.kids))...)
		for i := range n.kids {
			k := &n.kids[i]
			if k.key != nil {
				dst = append(dst, fmt.Sprintf("s:%d:%q;", len(k.name()), k.name())...)
			} else {
				dst = append(dst, fmt.Sprintf("i:%d;", i)...)
			}
			dst = phpSerialize(dst, k)
		}
		return append(dst, '}')
	case n.raw[0] == '"':
		t := plainString(n.raw)
		return append(dst, "s:"+strconv.Itoa(len(t))+":\""+t+"\";"...)
	case n.isNull():
		return append(dst, "N;"...)
	case n.isHollow():
		return append(dst, "a:0:{}"...)
	case n.raw[0] == 't' || n.raw[0] == 'f':
		return append(dst, "b:"+strconv.Itoa(b2i(n.raw[0] == 't'))+";"...)
	case isInteger(n.raw):
		return append(dst, "i:"+string(n.raw)+";"...)
	}
	return append(append(append(dst, "d:"...), appendNumber(nil, n.raw, numberPHP)...), ';')
}

// reprs tries the printouts.
func (s *search) reprs(src []byte, chain []op) bool {
	root := parseTree(src)
	for _, o := range reprOps() {
		s.spend(6 * int64(len(src)))
		if s.visit(o.print(root), with(chain, o), cheap) {
			return true
		}
	}
	return false
}
