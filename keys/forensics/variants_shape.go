package forensics

import (
	"bytes"
	"slices"
)

// treeOp is an op on parsed JSON. Text that is no JSON stays as it is.
func treeOp(code Cause, desc string, change func(*node)) op {
	return op{code: code, desc: desc, tree: change, apply: func(b []byte) []byte {
		if !scanJSON(b).ok {
			return b
		}
		n := parseTree(b)
		change(n)
		return n.write(make([]byte, 0, len(b)))
	}}
}

// plan is parsed JSON that ops change for a moment.
type plan struct {
	root  *node
	nodes []*node // the containers, and what they were
	saved []node
}

func newPlan(src []byte) *plan {
	p := &plan{root: parseTree(src)}
	p.root.each(func(n *node) {
		p.nodes = append(p.nodes, n)
		p.saved = append(p.saved, *n)
	})
	return p
}

// try appends the text that change makes to dst and takes the change back. Changes replace the lists
// of members and never write into them.
func (p *plan) try(dst []byte, change func(*node)) []byte {
	change(p.root)
	dst = p.root.write(dst)
	for i, n := range p.nodes {
		*n = p.saved[i]
	}
	return dst
}

// orderOps put the members of objects in another order.
func orderOps() []op {
	all := func(desc string, modes ...orderMode) op {
		return treeOp(BodyKeyOrder, desc, func(n *node) {
			n.each(func(c *node) {
				for _, m := range modes {
					c.order(m)
				}
			})
		})
	}
	return []op{
		all("with its keys "+orderBytes.name(), orderBytes),
		all("with its keys "+orderUTF16.name(), orderUTF16),
		all("with its keys "+orderDocs.name(), orderDocs),
		all("with its keys "+orderIndex.name(), orderIndex),
		all("with its keys sorted, "+orderIndex.name(), orderBytes, orderIndex),
		treeOp(BodyKeyOrder, "with the keys of its top level "+orderBytes.name(), func(n *node) { n.order(orderBytes) }),
		treeOp(BodyKeyOrder, "as JSON.stringify(body, Object.keys(body).sort()) writes it, which also drops nested fields", func(n *node) {
			if n.open == '{' {
				filterLikeReplacer(n)
			}
		}),
	}
}

// rareOrderOps are orders that few programs make.
func rareOrderOps() []op {
	var out []op
	for _, m := range []orderMode{orderLength, orderDown, orderMirror, orderFold} {
		out = append(out, treeOp(BodyKeyOrder, "with its keys "+m.name(), func(n *node) {
			n.each(func(c *node) { c.order(m) })
		}))
	}
	for _, m := range []orderMode{orderMirror, orderDown} {
		out = append(out, treeOp(BodyKeyOrder, "with the keys of its top level "+m.name(), func(n *node) { n.order(m) }))
	}
	return out
}

// filterLikeReplacer keeps in every object only the names of the top level, sorted: what JSON.stringify
// does with a list as its second argument.
func filterLikeReplacer(root *node) {
	allowed := make(map[string]bool, len(root.kids))
	for i := range root.kids {
		allowed[root.kids[i].name()] = true
	}
	root.each(func(n *node) {
		n.drop(func(k *node) bool { return k.key != nil && !allowed[k.name()] }, false)
		n.order(orderBytes)
	})
}

// dropOps leave members out.
func dropOps(f jsonFacts) []op {
	var out []op
	add := func(code Cause, desc string, match func(*node) bool, lists bool) {
		out = append(out, treeOp(code, desc, func(n *node) { n.each(func(c *node) { c.drop(match, lists) }) }))
	}
	if f.nulls {
		add(BodyNullDropped, "without its null fields", (*node).isNull, false)
		add(BodyNullDropped, "without its nulls, in lists too", (*node).isNull, true)
		out = append(out, treeOp(BodyNullDropped, "without the null fields of its top level", func(n *node) { n.drop((*node).isNull, false) }))
	}
	if f.emptyStrings {
		add(BodyNullDropped, "without its empty strings", (*node).isBlank, false)
	}
	if f.empties || f.nulls {
		add(BodyNullDropped, "without its empty objects and lists", (*node).isHollow, false)
	}
	if f.nulls || f.emptyStrings || f.empties || f.bools || f.numbers > 0 {
		add(BodyNullDropped, "without fields that are null, false, zero or empty", (*node).isFalsy, false)
		out = append(out, treeOp(BodyNullDropped, "without the fields of its top level that are null, false, zero or empty (array_filter)",
			func(n *node) { n.drop((*node).isFalsy, false) }))
	}
	return out
}

// duplicateOps collapse repeated names.
func duplicateOps() []op {
	return []op{
		treeOp(BodyDuplicateKeys, "with repeated keys collapsed to the last value", func(n *node) { n.each(func(c *node) { c.collapse(0) }) }),
		treeOp(BodyDuplicateKeys, "with only the last of repeated keys", func(n *node) { n.each(func(c *node) { c.collapse(1) }) }),
		treeOp(BodyDuplicateKeys, "with only the first of repeated keys", func(n *node) { n.each(func(c *node) { c.collapse(2) }) }),
	}
}

// shapes tries members moved or left out, each result in the habits of common serializers.
func (s *search) shapes(src []byte, chain []op, c *choices) bool {
	return s.shapeOnce(src, chain, c, shapeOps(c.facts)) || s.rareOrders(src, chain)
}

// shapeOps move members or leave them out, the likeliest first.
func shapeOps(f jsonFacts) []op {
	return slices.Concat(duplicateOps(), orderOps(), dropOps(f))
}

// rareOrders tries orders that few programs make, with the commonest white space only.
func (s *search) rareOrders(src []byte, chain []op) bool {
	tree := newPlan(src)
	for _, o := range rareOrderOps() {
		v := tree.try(make([]byte, 0, len(src)), o.tree)
		next := with(chain, o)
		if s.visit(v, next, normal) {
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

// twoShapes tries two such changes at once.
func (s *search) twoShapes(src []byte, chain []op, c *choices) bool {
	groups := [][]op{duplicateOps(), append(orderOps(), rareOrderOps()...), dropOps(c.facts)}
	tree := newPlan(src)
	for i, firsts := range groups {
		for _, first := range firsts {
			v := tree.try(make([]byte, 0, len(src)), first.tree)
			if bytes.Equal(v, src) {
				continue
			}
			rest := slices.Concat(groups[i+1:]...)
			if i == 2 {
				rest = groups[2] // null fields and empty ones together
			}
			if s.shapeOnce(v, with(chain, first), c, rest) {
				return true
			}
		}
	}
	return false
}

func (s *search) shapeOnce(src []byte, chain []op, c *choices, ops []op) bool {
	tree := newPlan(src)
	for _, o := range ops {
		if s.stop() {
			return true
		}
		v := tree.try(make([]byte, 0, len(src)), o.tree)
		if bytes.Equal(v, src) {
			continue
		}
		next := with(chain, o)
		id := len(s.seen)
		if s.visit(v, next, normal) {
			return true
		}
		if len(s.seen) == id {
			continue // the same text as from an earlier op
		}
		if s.habits(v, next, c, cheap) || len(chain) == 0 && s.spaced(v, next, cheap) {
			return true
		}
	}
	return false
}
