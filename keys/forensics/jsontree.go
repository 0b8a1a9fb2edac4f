package forensics

import (
	"bytes"
	"cmp"
	"slices"
	"strconv"
	"unicode/utf16"
)

// node is a JSON value with the exact text around it, so that members can be moved or left out
// without touching anything else.
type node struct {
	key   []byte // the member's name as written, with quotes; nil outside objects
	colon []byte // the text between name and value
	lead  []byte // white space before
	trail []byte // white space after, up to the comma or bracket
	raw   []byte // scalars and empty containers as written
	open  byte   // { or [ when kids are present
	kids  []node
}

// parseTree reads text that scanJSON has accepted. Depth is bounded by the scanner.
func parseTree(b []byte) *node {
	p := &treeParser{b: b}
	n := p.item(false)
	return &n
}

type treeParser struct {
	b []byte
	i int
}

func (p *treeParser) space() []byte {
	start := p.i
	p.i = skipSpace(p.b, p.i)
	return p.b[start:p.i]
}

// item reads a value, with its name when inside an object.
func (p *treeParser) item(member bool) node {
	var n node
	n.lead = p.space()
	if member {
		end := stringEnd(p.b, p.i)
		n.key = p.b[p.i:end]
		p.i = skipSpace(p.b, end) + 1
		p.i = skipSpace(p.b, p.i)
		n.colon = p.b[end:p.i]
	}
	start := p.i
	switch c := p.b[p.i]; c {
	case '{', '[':
		p.i++
		if j := skipSpace(p.b, p.i); p.b[j] == closer(c) {
			p.i = j + 1
			break
		}
		n.open = c
		for {
			n.kids = append(n.kids, p.item(c == '{'))
			p.i++
			if p.b[p.i-1] != ',' {
				break
			}
		}
	case '"':
		p.i = stringEnd(p.b, p.i)
	default:
		p.i = scalarEnd(p.b, p.i)
	}
	if n.open == 0 {
		n.raw = p.b[start:p.i]
	}
	n.trail = p.space()
	return n
}

// write appends the value as text.
func (n *node) write(dst []byte) []byte {
	dst = append(dst, n.lead...)
	dst = n.value(dst)
	return append(dst, n.trail...)
}

// value appends the value without the white space around it.
func (n *node) value(dst []byte) []byte {
	if n.open == 0 {
		return append(dst, n.raw...)
	}
	dst = append(dst, n.open)
	for i := range n.kids {
		k := &n.kids[i]
		dst = append(append(append(append(dst, k.lead...), k.key...), k.colon...), nil...)
		dst = append(k.value(dst), k.trail...)
		if i < len(n.kids)-1 {
			dst = append(dst, ',')
		}
	}
	return append(dst, closer(n.open))
}

// addKid adds a member before or after the others, with white space as they have it.
func (n *node) addKid(k node, first bool) {
	kids := slices.Clone(n.kids)
	if len(kids) == 0 {
		return
	}
	last := &kids[len(kids)-1]
	k.colon = last.colon
	if first {
		k.lead, kids[0].lead = kids[0].lead, last.lead
		n.kids = append([]node{k}, kids...)
		return
	}
	k.lead, k.trail = last.lead, last.trail
	last.trail = nil
	n.kids = append(kids, k)
}

// setKids replaces the members, leaving the white space where it stands: it belongs to the place, not
// to the member.
func (n *node) setKids(kids []node) {
	old := n.kids
	if len(kids) == 0 {
		n.raw = []byte{n.open, closer(n.open)}
		n.kids, n.open = nil, 0
		return
	}
	next := slices.Clone(kids)
	for i := range next {
		next[i].lead = old[i].lead
		next[i].trail = old[i].trail
	}
	next[len(next)-1].trail = old[len(old)-1].trail
	n.kids = next
}

// each calls f for every container, children first.
func (n *node) each(f func(*node)) {
	for i := range n.kids {
		n.kids[i].each(f)
	}
	if n.open != 0 {
		f(n)
	}
}

// name returns the decoded name of a member.
func (n *node) name() string {
	if bytes.IndexByte(n.key, '\\') < 0 {
		return string(n.key[1 : len(n.key)-1])
	}
	plain := rewriteString(nil, n.key, &style{unicode: unicodeRaw, slash: slashPlain, html: htmlPlain})
	return string(plain[1 : len(plain)-1])
}

// orderMode is a way to order the members of an object.
type orderMode uint8

const (
	orderBytes  orderMode = iota + 1 // sort_keys, Go maps, jq -S
	orderUTF16                       // JavaScript and Java
	orderLength                      // shorter names first: PostgreSQL jsonb, MySQL
	orderDown                        // sorted, the last name first
	orderMirror                      // the reverse of what was written
	orderFold                        // sorted without regard to case
	orderIndex                       // whole numbers first, as JavaScript keeps objects
	orderDocs                        // as Pike's documents write them, other names last
)

func (m orderMode) name() string {
	return [...]string{
		"", "sorted", "sorted by UTF-16 units", "sorted by length, then by name", "sorted downwards",
		"reversed", "sorted without regard to case", "with whole numbers first", "in the order of Pike's documents",
	}[m]
}

// order sorts the members of this one object.
func (n *node) order(m orderMode) {
	if n.open != '{' {
		return
	}
	kids := slices.Clone(n.kids)
	if m == orderMirror {
		slices.Reverse(kids)
		n.setKids(kids)
		return
	}
	names := make(map[*byte]string, len(kids))
	for i := range kids {
		names[&kids[i].key[0]] = kids[i].name()
	}
	slices.SortStableFunc(kids, func(a, b node) int {
		return m.compare(names[&a.key[0]], names[&b.key[0]])
	})
	n.setKids(kids)
}

func (m orderMode) compare(a, b string) int {
	switch m {
	case orderUTF16:
		return slices.Compare(utf16.Encode([]rune(a)), utf16.Encode([]rune(b)))
	case orderLength:
		return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
	case orderDown:
		return cmp.Compare(b, a)
	case orderFold:
		return bytes.Compare(bytes.ToLower([]byte(a)), bytes.ToLower([]byte(b)))
	case orderDocs:
		return cmp.Compare(docRank(a), docRank(b))
	case orderIndex:
		x, okX := arrayIndex(a)
		y, okY := arrayIndex(b)
		switch {
		case okX && okY:
			return cmp.Compare(x, y)
		case okX:
			return -1
		case okY:
			return 1
		}
		return 0
	}
	return cmp.Compare(a, b)
}

func arrayIndex(s string) (uint64, bool) {
	if s == "" || len(s) > 10 || len(s) > 1 && s[0] == '0' {
		return 0, false
	}
	n, err := strconv.ParseUint(s, 10, 32)
	return n, err == nil
}

// isNull and friends classify scalars by their text.
func (n *node) isNull() bool  { return string(n.raw) == "null" }
func (n *node) isBlank() bool { return string(n.raw) == `""` }
func (n *node) isHollow() bool {
	return n.open == 0 && len(n.raw) > 0 && (n.raw[0] == '{' || n.raw[0] == '[')
}

func (n *node) isFalsy() bool {
	switch string(n.raw) {
	case "null", "false", "0", `""`, `"0"`, "0.0":
		return n.open == 0
	}
	return n.isHollow()
}

// drop removes members (and, with lists set, list elements) for which f is true.
func (n *node) drop(f func(*node) bool, lists bool) {
	if n.open == 0 || n.open == '[' && !lists {
		return
	}
	kept := make([]node, 0, len(n.kids))
	for i := range n.kids {
		if !f(&n.kids[i]) {
			kept = append(kept, n.kids[i])
		}
	}
	if len(kept) != len(n.kids) {
		n.setKids(kept)
	}
}

// collapse keeps one of each group of equal names: the last value in the first place (as most maps
// do), the last as it stands, or the first.
func (n *node) collapse(mode int) {
	if n.open != '{' {
		return
	}
	at := make(map[string]int, len(n.kids))
	kept := make([]node, 0, len(n.kids))
	for _, k := range n.kids {
		name := k.name()
		i, again := at[name]
		switch {
		case !again:
			at[name] = len(kept)
			kept = append(kept, k)
		case mode == 0:
			kept[i] = k
		case mode == 1:
			kept = append(slices.Delete(kept, i, i+1), k)
			for other, j := range at {
				if j > i {
					at[other] = j - 1
				}
			}
			at[name] = len(kept) - 1
		}
	}
	if len(kept) != len(n.kids) {
		n.setKids(kept)
	}
}
