package forensics

import "bytes"

// run searches all variants of the body, the likeliest and cheapest first, and returns the match, nil
// when nothing fits within the limits.
func (s *search) run() *match {
	if s.h == nil {
		return nil
	}
	s.all()
	return s.hit
}

// all reports whether the search is over.
func (s *search) all() bool {
	c := s.choices(s.body)
	if s.asIs(s.body, nil, full) || s.decoded() || s.constants() || s.announced() {
		return true
	}
	if s.reduced {
		return s.large(&c)
	}
	if s.jsonBasics(s.body, nil, &c) || s.twoSides(s.body, nil) {
		return true
	}
	for _, o := range bluntOps {
		if s.apply(s.body, nil, o, normal) {
			return true
		}
	}
	list := s.mains(s.body, nil, &c)
	if s.unwrapped() || s.wraps(list[0]) || s.mainWraps(list[1:], stringWraps) || s.compressed(list[0], usualCompressors) || s.charsets(list[:1]) || s.sides(list) {
		return true
	}
	if c.facts.ok && (s.windowsFiles(s.body, nil) || s.amounts(s.body, nil) || s.shapes(s.body, nil, &c) || s.stackValues(s.body, nil, &c)) {
		return true
	}
	if s.extras(list) || s.charsets(list[1:]) || s.mainWraps(list[1:], coreWraps) {
		return true
	}
	return c.facts.ok && s.rareJSON(&c) || s.rareTexts(list) || c.facts.ok && (s.compounds(s.body, nil, &c) || s.pairs(s.body, nil, &c))
}

// rareJSON tries what happens to single members and values, two changes of members at once, and
// texts that are no JSON any more.
func (s *search) rareJSON(c *choices) bool {
	return s.reprs(s.body, nil) || s.singleValues(s.body, nil, c) || s.edits(s.body, nil, c) || s.twoShapes(s.body, nil, c) ||
		s.shapeOnce(s.body, nil, c, rareOrderOps()) || s.crlfStyles(s.body, nil, c)
}

// rareTexts tries what seldom happens to a text of any kind.
func (s *search) rareTexts(list []base) bool {
	return s.truncated(s.body, nil) || s.formFields(list[0]) || s.compressions(list) || s.paths(list)
}

func (s *search) choices(src []byte) choices {
	f := scanJSON(src)
	if !f.ok {
		return choices{}
	}
	if pass := makeCost * int64(len(src)); len(src) <= reducedAbove { // each escape and format is tried on the text
		if f.html || f.unicodeEscape || f.unicodeRaw {
			s.spend(12 * pass)
		}
		if f.numbers > 0 || f.numeric {
			s.spend(int64(numberModes) * pass)
		}
	}
	return choicesFor(src, f)
}

// jsonBasics tries src written anew by common serializers and with one thing changed.
func (s *search) jsonBasics(src []byte, chain []op, c *choices) bool {
	if !c.facts.ok {
		return false
	}
	return s.restored(src, chain, c.facts) || s.restyles(src, chain, c, normal)
}

// unwrapped tries what the received body encodes: compressed, in Base64, in another charset. Two
// layers are taken off, such as Base64 around gzip.
func (s *search) unwrapped() bool {
	for _, outer := range s.layers(s.body, nil) {
		if s.inside(outer) {
			return true
		}
		for _, inner := range s.layers(outer.text, outer.chain) {
			if s.inside(inner) {
				return true
			}
		}
	}
	return false
}

// decoded tries the body with one encoding taken off, before texts such as {} that it may hold are
// taken for constants.
func (s *search) decoded() bool {
	if s.reduced {
		return false
	}
	for _, m := range s.layers(s.body, nil) {
		if len(m.text) > 0 && s.visit(m.text, m.chain, cheap) {
			return true
		}
	}
	return false
}

// layers lists what text may encode.
func (s *search) layers(text []byte, chain []op) []base {
	var out []base
	for _, o := range append(unwrapOps(), decodeOps()...) {
		s.spend(int64(len(text)))
		if v := o.apply(text); !bytes.Equal(v, text) {
			out = append(out, base{v, with(chain, o)})
		}
	}
	return out
}

// inside tries a decoded text as if it had been received.
func (s *search) inside(m base) bool {
	c := s.choices(m.text)
	if s.asIs(m.text, m.chain, full) || s.jsonBasics(m.text, m.chain, &c) {
		return true
	}
	list := s.mains(m.text, m.chain, &c)
	return s.charsets(list[:min(2, len(list))]) || c.facts.ok && len(m.chain) == 1 && s.shapes(m.text, m.chain, &c)
}

// sides tries plain changes of the whole text on what common serializers write.
func (s *search) sides(list []base) bool {
	for i, m := range list {
		if i == 0 {
			continue
		}
		for _, o := range sideOps {
			if s.apply(m.text, m.chain, o, normal) {
				return true
			}
		}
	}
	return false
}

// large is the reduced set for bodies above reducedAbove: what costs one pass and little memory.
func (s *search) large(c *choices) bool {
	for _, o := range unwrapOps()[:1] {
		if s.apply(s.body, nil, o, normal) {
			return true
		}
	}
	if c.facts.ok {
		for sp := uint8(1); sp <= spaceColon; sp++ {
			if s.styled(s.body, nil, style{spacing: sp}, normal) {
				return true
			}
		}
		done := map[style]bool{}
		for _, i := range []int{0, 1, 2, 9, 13, 16, 26, 10, 5, 4} {
			st := stacks[i].limited(c)
			if !done[st] && s.styled(s.body, nil, st, normal) {
				return true
			}
			done[st] = true
		}
	}
	return s.truncated(s.body, nil)
}
