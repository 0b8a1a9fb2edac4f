package forensics

import (
	"bytes"
	"fmt"
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
	var out []op
	for m := orderBytes; m <= orderIndex; m++ {
		out = append(out, treeOp(BodyKeyOrder, "with its keys "+m.name(), func(n *node) {
			n.each(func(c *node) { c.order(m) })
		}))
	}
	for _, m := range []orderMode{orderBytes, orderMirror, orderDown} {
		out = append(out, treeOp(BodyKeyOrder, "with the keys of its top level "+m.name(), func(n *node) { n.order(m) }))
	}
	return append(out, treeOp(BodyKeyOrder, "as JSON.stringify(body, Object.keys(body).sort()) writes it, which also drops nested fields", func(n *node) {
		if n.open == '{' {
			filterLikeReplacer(n)
		}
	}))
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
	return s.shapeOnce(src, chain, c, slices.Concat(duplicateOps(), orderOps(), dropOps(c.facts)))
}

// twoShapes tries two such changes at once.
func (s *search) twoShapes(src []byte, chain []op, c *choices) bool {
	groups := [][]op{duplicateOps(), orderOps(), dropOps(c.facts)}
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

// maxEdits bounds edits of single members: fewer in larger bodies, where each costs more.
func maxEdits(n int) int { return max(24, min(160, 200_000/(n+1))) }

// edits tries changes of one member at a time: left out, moved, or signed alone.
func (s *search) edits(src []byte, chain []op, c *choices) bool {
	root := parseTree(src)
	all := members(root, nil, maxEdits(len(src)), nil)
	return s.parts(root, all, chain, c) || s.removals(root, all, chain) || s.moves(root, all, src, chain)
}

// path is the way to a member: its index on each level.
type path []int

// members lists the ways to the members of every object and list, at most limit.
func members(n *node, at path, limit int, out []path) []path {
	for i := range n.kids {
		if len(out) >= limit {
			return out
		}
		p := append(slices.Clone(at), i)
		out = append(out, p)
		out = members(&n.kids[i], p, limit, out)
	}
	return out
}

// walk follows p and returns the last container on the way and the index in it; nil when p leaves
// the tree.
func (n *node) walk(p path) (*node, int) {
	for _, i := range p[:len(p)-1] {
		if i >= len(n.kids) {
			return nil, 0
		}
		n = &n.kids[i]
	}
	if p[len(p)-1] >= len(n.kids) {
		return nil, 0
	}
	return n, p[len(p)-1]
}

// label names the member at p, such as amount_details.amount.
func label(root *node, p path) string {
	out := ""
	for _, i := range p {
		k := &root.kids[i]
		if k.key != nil {
			if out != "" {
				out += "."
			}
			out += k.name()
		} else {
			out += fmt.Sprintf("[%d]", i)
		}
		root = k
	}
	return out
}

// edited visits the text of root with one container changed for a moment. o is the op that makes the
// same text from the body, for naming the cause.
func (s *search) edited(root, in *node, change func(*node), o op, chain []op, styles []style) bool {
	if s.stop() {
		return true
	}
	saved := *in
	change(in)
	s.edit = root.write(s.edit[:0])
	s.spend(int64(len(s.edit)))
	*in = saved
	next := with(chain, o)
	if s.visit(s.edit, next, cheap) {
		return true
	}
	for _, st := range styles {
		if s.styled(s.edit, next, st, cheap) {
			return true
		}
	}
	return false
}

// plainStyles are the two commonest ways to write JSON anew.
func plainStyles() []style { return []style{{spacing: spaceCompact}, {spacing: spacePython}} }

// removals leaves each member out in turn.
func (s *search) removals(root *node, all []path, chain []op) bool {
	for _, p := range all {
		change := func(in *node, i int) { in.setKids(slices.Delete(slices.Clone(in.kids), i, i+1)) }
		o := treeOp(BodyFieldAdded, fmt.Sprintf("without its field %q", label(root, p)), func(n *node) {
			if in, i := n.walk(p); in != nil {
				change(in, i)
			}
		})
		in, i := root.walk(p)
		if s.edited(root, in, func(n *node) { change(n, i) }, o, chain, plainStyles()) {
			return true
		}
	}
	return false
}

// parts signs each value alone.
func (s *search) parts(root *node, all []path, chain []op, c *choices) bool {
	for _, p := range all {
		o := op{code: BodyPartSigned, desc: fmt.Sprintf("reduced to the value of %q", label(root, p)), apply: func(b []byte) []byte {
			if !scanJSON(b).ok {
				return b
			}
			in, i := parseTree(b).walk(p)
			if in == nil {
				return b
			}
			return in.kids[i].value(nil)
		}}
		in, i := root.walk(p)
		v := in.kids[i].value(nil)
		next := with(chain, o)
		if s.visit(v, next, cheap) {
			return true
		}
		if len(v) > 1 && v[0] == '"' {
			bare := op{code: BodyPartSigned, desc: "without its quotes", apply: func(b []byte) []byte { return bytes.Trim(b, `"`) }}
			if s.apply(v, next, bare, cheap) {
				return true
			}
		}
		if in.kids[i].open == 0 {
			continue
		}
		for _, st := range stacks[:4] {
			if s.styled(v, next, st.limited(c), cheap) {
				return true
			}
		}
	}
	return false
}

// at returns the container at p, nil when p leaves the tree.
func (n *node) at(p path) *node {
	for _, i := range p {
		if i >= len(n.kids) {
			return nil
		}
		n = &n.kids[i]
	}
	return n
}

// moves puts one member of an object in another place, then tries all orders of a small top level.
func (s *search) moves(root *node, all []path, src []byte, chain []op) bool {
	tries := 0
	for _, p := range append([]path{nil}, all...) {
		n := root.at(p)
		if n == nil || n.open != '{' {
			continue
		}
		for i := range n.kids {
			for j := range n.kids {
				if i == j || i == j+1 {
					continue // a step to the left is the neighbour's step to the right
				}
				if tries++; tries > 3*len(all) {
					return s.permutations(root, src, chain)
				}
				o := treeOp(BodyKeyOrder, fmt.Sprintf("with %q in another place", n.kids[i].name()), func(r *node) {
					if t := r.at(p); t != nil && i < len(t.kids) && j < len(t.kids) {
						moveKid(t, i, j)
					}
				})
				if s.edited(root, n, func(n *node) { moveKid(n, i, j) }, o, chain, nil) {
					return true
				}
			}
		}
	}
	return s.permutations(root, src, chain)
}

func moveKid(n *node, from, to int) {
	k := n.kids[from]
	kids := slices.Delete(slices.Clone(n.kids), from, from+1)
	n.setKids(slices.Insert(kids, to, k))
}

// maxPermuted is the largest number of top-level members whose orders are all tried: 720 of them.
const maxPermuted = 6

func (s *search) permutations(root *node, src []byte, chain []op) bool {
	n := len(root.kids)
	if root.open != '{' || n < 3 || n > maxPermuted || len(src) > 16<<10 {
		return false
	}
	stop := false
	permute(n, func(order []int) bool {
		change := func(r *node) {
			if len(r.kids) != n {
				return
			}
			kids := make([]node, n)
			for i, j := range order {
				kids[i] = r.kids[j]
			}
			r.setKids(kids)
		}
		o := treeOp(BodyKeyOrder, "with its top-level keys in another order", change)
		stop = s.edited(root, root, change, o, chain, nil)
		return !stop
	})
	return stop
}

// permute calls f with every order of n things until f says no. f may keep what it gets.
func permute(n int, f func([]int) bool) {
	var rec func(prefix, rest []int) bool
	rec = func(prefix, rest []int) bool {
		if len(rest) == 0 {
			return f(slices.Clone(prefix))
		}
		for i := range rest {
			next := slices.Delete(slices.Clone(rest), i, i+1)
			if !rec(append(prefix, rest[i]), next) {
				return false
			}
		}
		return true
	}
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	rec(nil, all)
}
