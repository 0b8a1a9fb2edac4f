package forensics

import (
	"bytes"
	"slices"
)

// compressedStyles is how many ways to write JSON are also tried compressed, which is dear.
const compressedStyles = 24

// compounds tries pairs: the JSON written anew or changed, and then something done to the whole text,
// such as a byte order mark put before it or the text encoded.
func (s *search) compounds(src []byte, chain []op, c *choices) bool {
	ops := slices.Concat(wrapOpsOf(coreWraps), commonCharsets(), normOps()[:2])
	done := map[style]bool{}
	for _, st := range append(slices.Clone(stacks), c.variations(style{})...) {
		if st = st.limited(c); done[st] {
			continue
		}
		done[st] = true
		s.spend(makeCost * int64(len(src)))
		m := base{restyle(nil, src, &st), with(chain, op{style: &st})}
		if s.late(m, ops) || len(done) <= compressedStyles && s.packed(m) {
			return true
		}
	}
	for _, o := range normOps()[:2] {
		v := o.apply(src)
		if bytes.Equal(v, src) {
			continue
		}
		m := base{v, with(chain, o)}
		if s.late(m, ops) || s.packed(m) || s.habits(m.text, m.chain, c, cheap) {
			return true
		}
	}
	tree := newPlan(src)
	for _, o := range shapeOps(c.facts) {
		v := tree.try(make([]byte, 0, len(src)), o.tree)
		if bytes.Equal(v, src) {
			continue
		}
		m := base{v, with(chain, o)}
		if s.late(m, ops) || s.packed(m) {
			return true
		}
		for _, st := range plainStyles() {
			if s.late(base{restyle(nil, v, &st), with(m.chain, op{style: &st})}, ops) {
				return true
			}
		}
	}
	return false
}

// late tries a JSON text with what may happen to it as a whole. Serializers end it without a newline,
// even where the received one has one.
func (s *search) late(m base, ops []op) bool {
	if v := cutEnd.apply(m.text); len(v) < len(m.text) && s.late(base{v, with(m.chain, cutEnd)}, ops) {
		return true
	}
	if s.apply(m.text, m.chain, addBOM, cheap) {
		return true
	}
	if w := toCRLF(m.text); !bytes.Equal(w, m.text) {
		next := with(m.chain, makeCRLF)
		if s.visit(w, next, cheap) || s.apply(w, next, addBOM, cheap) {
			return true
		}
	}
	if s.apply(m.text, m.chain, cutLines, cheap) {
		return true
	}
	for _, o := range ops {
		if s.apply(m.text, m.chain, o, cheap) {
			return true
		}
	}
	return false
}

// packed tries a text compressed as most programs on Unix do it.
func (s *search) packed(m base) bool {
	if v := cutEnd.apply(m.text); len(v) < len(m.text) && s.packed(base{v, with(m.chain, cutEnd)}) {
		return true
	}
	s.spend(int64(len(m.text)) * 60)
	for _, o := range gzipOps(compressors()[:2], 2) {
		if s.apply(m.text, m.chain, o, cheap) {
			return true
		}
	}
	return false
}
