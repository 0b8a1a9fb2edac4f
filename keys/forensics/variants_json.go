package forensics

import (
	"bytes"
	"slices"
)

// choices are the values of each field of a style that can make a difference to one text.
type choices struct {
	spacings []uint8
	slashes  []slashMode
	unicodes []unicodeMode
	htmls    []htmlMode
	controls []controlMode
	numbers  []numberMode
	types    []typeMode
	empties  []emptyMode
	versions []int8
	facts    jsonFacts
}

// choicesFor lists what can make a difference to src.
func choicesFor(src []byte, f jsonFacts) choices {
	c := choices{facts: f}
	for i := 1; i < len(spacings); i++ {
		c.spacings = append(c.spacings, uint8(i))
	}
	if f.slash || f.slashEscaped {
		c.slashes = []slashMode{slashEscape, slashPlain, slashClosing}
	}
	if f.unicodeRaw || f.unicodeEscape {
		c.unicodes = []unicodeMode{unicodeLower, unicodeRaw, unicodeUpper}
	}
	if f.html || f.unicodeEscape || f.unicodeRaw {
		c.htmls = htmlChoices(src, f)
	}
	if f.control || f.unicodeEscape {
		c.controls = []controlMode{controlShort, controlLower, controlUpper}
	}
	if f.numbers > 0 || f.numeric {
		c.numbers = numberChoices(src, f)
	}
	if f.numbers > 0 {
		c.types = append(c.types, typeNumberText, typeIntBool)
	}
	if f.numeric {
		c.types = append(c.types, typeTextNumber)
	}
	if f.bools {
		c.types = append(c.types, typeBoolInt, typeBoolText)
	}
	if f.nulls {
		c.types = append(c.types, typeNullText)
	}
	if f.emptyStrings {
		c.types = append(c.types, typeTextNull)
	}
	if f.empties {
		c.empties = []emptyMode{emptyList, emptyObject}
	}
	if f.versioned {
		c.versions = []int8{1, -1}
	}
	return c
}

// htmlChoices returns the HTML-safe escapes that change src, one of each effect. Each is tried on the
// escapes of src and on none, because U+2028 counts only where it may stand unescaped.
func htmlChoices(src []byte, f jsonFacts) []htmlMode {
	if len(src) > reducedAbove {
		return []htmlMode{htmlGo, htmlPlain}
	}
	styles := []style{{}}
	if f.unicodeEscape {
		styles = append(styles, style{unicode: unicodeRaw})
	}
	var seen [][]byte
	known := func(m htmlMode) bool {
		var v []byte
		for _, st := range styles {
			st.html = m
			v = restyle(v, src, &st)
		}
		if slices.ContainsFunc(seen, func(old []byte) bool { return bytes.Equal(old, v) }) {
			return true
		}
		seen = append(seen, v)
		return false
	}
	known(0)
	var out []htmlMode
	for _, m := range []htmlMode{htmlGo, htmlPlain, htmlNet, htmlGson, htmlPHP, htmlTags, htmlOld, htmlLine, htmlTagAmp, htmlAmp, htmlApos, htmlQuot} {
		if !known(m) {
			out = append(out, m)
		}
	}
	return out
}

// numberChoices returns the number formats that change src, one of each effect.
func numberChoices(src []byte, f jsonFacts) []numberMode {
	if len(src) > reducedAbove {
		if f.fractions || f.big {
			return []numberMode{numberJS}
		}
		return nil
	}
	var base style
	if f.numeric {
		base.types = typeTextNumber // a format counts too when it shows only in strings
	}
	seen := [][]byte{restyle(nil, src, &base)}
	var out []numberMode
next:
	for m := numberKeep + 1; m < numberModes; m++ {
		st := base
		st.number = m
		v := restyle(nil, src, &st)
		for _, old := range seen {
			if bytes.Equal(old, v) {
				continue next
			}
		}
		seen = append(seen, v)
		out = append(out, m)
	}
	return out
}

// styled visits src in the style st.
func (s *search) styled(src []byte, chain []op, st style, how depth) bool {
	if s.stop() {
		return true
	}
	s.spend(makeCost * int64(len(src)))
	s.buf = restyleWith(s.buf[:0], src, &st, &s.numbers)
	s.links = append(append(s.links[:0], chain...), op{style: &st})
	return s.visit(s.buf, s.links, how)
}

// restyles tries src, the JSON text that chain makes, in the habits of common serializers and with
// each field of a style changed alone.
func (s *search) restyles(src []byte, chain []op, c *choices, how depth) bool {
	if s.habits(src, chain, c, how) {
		return true
	}
	return s.singles(src, chain, c, style{}, cheap)
}

// habits tries src in the whole habits of common serializers, equal ones once.
func (s *search) habits(src []byte, chain []op, c *choices, how depth) bool {
	done := make(map[style]bool, len(stacks))
	for i, st := range stacks {
		if st = st.limited(c); done[st] {
			continue
		}
		done[st] = true
		if s.styled(src, chain, st, min(how, depthOf(i))) {
			return true
		}
	}
	return false
}

// spaced tries src with other white space only.
func (s *search) spaced(src []byte, chain []op, how depth) bool {
	for i := 1; i < len(spacings); i++ {
		if s.styled(src, chain, style{spacing: uint8(i)}, how) {
			return true
		}
	}
	return false
}

// depthOf gives the commonest serializers more attention.
func depthOf(rank int) depth {
	if rank < 3 {
		return full
	}
	return normal
}

// limited leaves out fields that cannot make a difference, so that equal candidates are equal styles.
func (st style) limited(c *choices) style {
	if c.slashes == nil {
		st.slash = 0
	}
	if c.unicodes == nil {
		st.unicode = 0
	}
	if c.htmls == nil {
		st.html = 0
	}
	if c.controls == nil && st.html != htmlNet && st.html != htmlPHP {
		st.control = 0
	}
	if c.numbers == nil {
		st.number = 0
	}
	return st
}

// singles changes one field of base at a time.
func (s *search) singles(src []byte, chain []op, c *choices, base style, how depth) bool {
	for _, st := range c.variations(base) {
		if s.styled(src, chain, st, how) {
			return true
		}
	}
	return false
}

// variations lists the styles that differ from base in one field which base leaves alone.
func (c *choices) variations(base style) []style {
	var out []style
	add := func(change func(*style)) {
		st := base
		change(&st)
		out = append(out, st)
	}
	if base.spacing == 0 {
		for _, v := range c.spacings {
			add(func(st *style) { st.spacing = v })
		}
	}
	if base.slash == 0 {
		for _, v := range c.slashes {
			add(func(st *style) { st.slash = v })
		}
	}
	if base.unicode == 0 {
		for _, v := range c.unicodes {
			add(func(st *style) { st.unicode = v })
		}
	}
	if base.html == 0 {
		for _, v := range c.htmls {
			add(func(st *style) { st.html = v })
		}
	}
	if base.control == 0 {
		for _, v := range c.controls {
			add(func(st *style) { st.control = v })
		}
	}
	if base.number == 0 {
		for _, v := range c.numbers {
			add(func(st *style) { st.number = v })
			add(func(st *style) { st.number, st.amounts = v, true })
		}
	}
	c.valueVariations(base, add)
	return out
}

// valueVariations are the changes of what the values say.
func (c *choices) valueVariations(base style, add func(func(*style))) {
	if base.types == 0 {
		for _, v := range c.types {
			add(func(st *style) { st.types = v })
			if v == typeNumberText || v == typeTextNumber {
				add(func(st *style) { st.types, st.amounts = v, true })
			}
		}
	}
	if base.empties == 0 {
		for _, v := range c.empties {
			add(func(st *style) { st.empties = v })
		}
	}
	if base.versions == 0 {
		for _, v := range c.versions {
			add(func(st *style) { st.versions = v })
		}
	}
}

// stackValues tries the commonest serializers together with a change of what the values say, such as
// amounts as strings or the names of the other version.
func (s *search) stackValues(src []byte, chain []op, c *choices) bool {
	done := map[style]bool{}
	for _, i := range []int{0, 1, 2, 3, 4, 5, 9, 10, 13, 15, 16, 20, 26} {
		base := stacks[i].limited(c)
		var list []style
		c.valueVariations(base, func(change func(*style)) {
			st := base
			change(&st)
			list = append(list, st)
		})
		for _, st := range list {
			if !done[st] && s.styled(src, chain, st, cheap) {
				return true
			}
			done[st] = true
		}
	}
	return false
}

// pairs changes two fields at a time, then everything that a serializer chooses at once.
func (s *search) pairs(src []byte, chain []op, c *choices) bool {
	for _, first := range c.variations(style{}) {
		if s.singles(src, chain, c, first, cheap) {
			return true
		}
	}
	return s.products(src, chain, c)
}

// products combines spacing, escapes and numbers freely, commonest first.
func (s *search) products(src []byte, chain []op, c *choices) bool {
	spaces := []uint8{spaceKeep, spaceCompact, spacePython, space2, space4, spaceTab, spaceComma, spaceColon, spaceLines}
	for _, sp := range spaces {
		for _, n := range append([]numberMode{0}, c.numbers...) {
			for _, sl := range append([]slashMode{0}, c.slashes...) {
				for _, u := range append([]unicodeMode{0}, c.unicodes...) {
					for _, h := range append([]htmlMode{0}, c.htmls...) {
						st := style{spacing: sp, number: n, slash: sl, unicode: u, html: h}
						if b2i(sp > 0)+b2i(n > 0)+b2i(sl > 0)+b2i(u > 0)+b2i(h > 0) < 3 {
							continue // tried before
						}
						if s.styled(src, chain, st, cheap) {
							return true
						}
					}
				}
			}
		}
	}
	return false
}
