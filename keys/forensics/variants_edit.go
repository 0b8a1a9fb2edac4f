package forensics

import (
	"bytes"
	"fmt"
	"slices"
)

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
	var styles []style
	if n < maxPermuted {
		styles = plainStyles()
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
		stop = s.edited(root, root, change, o, chain, styles)
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
