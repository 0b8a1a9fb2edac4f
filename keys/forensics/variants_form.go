package forensics

import (
	"strconv"
	"strings"
)

// query writes a[b]=c pairs as PHP's http_build_query does; an empty safe leaves everything unencoded.
func query(n *node, safe string, sorted bool) []byte {
	var pairs []string
	esc := func(t string) string {
		if safe == "" {
			return t
		}
		return percentEncode([]byte(t), safe, false)
	}
	var rec func(prefix string, n *node)
	rec = func(prefix string, n *node) {
		for i, k := range sortedKids(n, sorted) {
			name := strconv.Itoa(i)
			if k.key != nil {
				name = k.name()
			}
			if prefix != "" {
				name = prefix + "[" + name + "]"
			}
			switch {
			case k.open != 0:
				rec(name, &k)
			case k.isNull() || k.isHollow():
			case string(k.raw) == "true" || string(k.raw) == "false":
				pairs = append(pairs, esc(name)+"="+strconv.Itoa(b2i(k.raw[0] == 't')))
			default:
				pairs = append(pairs, esc(name)+"="+esc(phpText(&k)))
			}
		}
	}
	rec("", n)
	return []byte(strings.Join(pairs, "&"))
}

// phpText is a scalar as PHP turns it into a string.
func phpText(n *node) string {
	if isNumber(n.raw) {
		return string(appendNumber(nil, n.raw, numberPHPText))
	}
	return leafText(n)
}

// formQuery writes the members of the top level as name=value, with what text makes of each value.
// A value may give several pairs, or none.
func formQuery(n *node, safe string, text func(*node) []string) []byte {
	var out []byte
	for i := range n.kids {
		k := &n.kids[i]
		for _, t := range text(k) {
			if len(out) > 0 {
				out = append(out, '&')
			}
			out = append(append(append(out, percentEncode([]byte(k.name()), safe, false)...), '='), percentEncode([]byte(t), safe, false)...)
		}
	}
	return out
}

// pythonText is what str() gives, as urllib.parse.urlencode calls it.
func pythonText(k *node) []string {
	p := printers[0]
	p.quote = b2q(k.open != 0, '\'')
	if isNumber(k.raw) {
		return []string{string(appendNumber(nil, k.raw, numberPython))}
	}
	return []string{string(p.print(nil, k))}
}

// b2q is c when on, else no quote.
func b2q(on bool, c byte) byte {
	if on {
		return c
	}
	return 0
}

// nodeText is what Node's querystring.stringify makes of a value: one pair for each item of a list,
// nothing of objects and null.
func nodeText(k *node) []string {
	if k.open != '[' {
		return []string{scalarText(k, "")}
	}
	var out []string
	for i := range k.kids {
		out = append(out, scalarText(&k.kids[i], ""))
	}
	return out
}

func scalarText(k *node, null string) string {
	switch {
	case k.open != 0 || k.isHollow():
		return ""
	case k.isNull():
		return null
	case isNumber(k.raw):
		return string(appendNumber(nil, k.raw, numberJS))
	}
	return leafText(k)
}

// jsText is what String() gives in JavaScript, as URLSearchParams calls it.
func jsText(k *node) string {
	switch {
	case k.open == '{' || k.open == 0 && k.isHollow() && k.raw[0] == '{':
		return "[object Object]"
	case k.open != '[':
		return scalarText(k, "null")
	}
	var items []string
	for i := range k.kids {
		if k.kids[i].isNull() {
			items = append(items, "")
		} else {
			items = append(items, jsText(&k.kids[i]))
		}
	}
	return strings.Join(items, ",")
}
