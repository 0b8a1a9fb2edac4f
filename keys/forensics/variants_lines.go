package forensics

import "bytes"

// restoreNewlines undoes what curl -d @file does to a file: it deletes the line ends and leaves the
// indentation. A container whose first member is preceded by white space was spread over lines. With
// strict set, a comma ended a line only when as much white space follows it as stands before the
// container's first member.
func restoreNewlines(src []byte, strict bool) []byte {
	out := make([]byte, 0, len(src)+64)
	var lines []bool
	var indents []int
	for i := 0; i < len(src); i++ {
		c := src[i]
		switch c {
		case '"':
			end := stringEnd(src, i)
			out = append(out, src[i:end]...)
			i = end - 1
			continue
		case '{', '[':
			out = append(out, c)
			j := skipSpace(src, i+1)
			if j < len(src) && src[j] == closer(c) {
				out = append(out, src[i+1:j+1]...)
				i = j
				continue
			}
			spread := j > i+1
			lines, indents = append(lines, spread), append(indents, j-i-1)
			if spread {
				out = append(out, '\n')
			}
			continue
		case '}', ']':
			if n := len(lines); n > 0 {
				if lines[n-1] {
					out = closeLine(out)
				}
				lines, indents = lines[:n-1], indents[:n-1]
			}
		case ',':
			if n := len(lines); n > 0 && lines[n-1] && (!strict || skipSpace(src, i+1)-i-1 == indents[n-1]) {
				out = append(out, ',', '\n')
				continue
			}
		}
		out = append(out, c)
	}
	return out
}

// closeLine puts a line end before the indentation that the text ends in.
func closeLine(out []byte) []byte {
	body := bytes.TrimRight(out, " \t")
	indent := bytes.Clone(out[len(body):])
	return append(append(body, '\n'), indent...)
}

// restored tries the body as the file that it came from.
func (s *search) restored(src []byte, chain []op, f jsonFacts) bool {
	if f.newlines || !f.inner {
		return false
	}
	for _, strict := range []bool{false, true} {
		o := op{code: BodyNewlinesRemoved, desc: "with the line ends that curl -d removed put back", apply: func(b []byte) []byte {
			if !scanJSON(b).ok {
				return b
			}
			return restoreNewlines(b, strict)
		}}
		v := o.apply(src)
		if s.visit(v, with(chain, o), normal) || s.apply(v, with(chain, o), makeCRLF, normal) {
			return true
		}
	}
	return false
}

// windowsFiles tries what an editor or a script on Windows leaves in a file: pretty JSON with CR LF, and
// sorted JSON behind a byte order mark.
func (s *search) windowsFiles(src []byte, chain []op) bool {
	for _, sp := range []uint8{space2, space4, spaceTab} {
		st := style{spacing: sp}
		s.spend(makeCost * int64(len(src)))
		v := toCRLF(restyle(nil, src, &st))
		next := with(chain, op{style: &st}, makeCRLF)
		if s.visit(v, next, cheap) || s.apply(v, next, addBOM, cheap) {
			return true
		}
	}
	sorted := orderOps()[0]
	s.spend(makeCost * int64(len(src)))
	v := newPlan(src).try(make([]byte, 0, len(src)), sorted.tree)
	return s.apply(v, with(chain, sorted), addBOM, cheap)
}

// crlfStyles tries pretty forms with the line ends that programs on Windows write.
func (s *search) crlfStyles(src []byte, chain []op, c *choices) bool {
	for _, st := range append(append([]style{}, stacks...), c.variations(style{})...) {
		if !spacings[st.spacing].lines {
			continue
		}
		st = st.limited(c)
		v := toCRLF(restyle(nil, src, &st))
		next := with(chain, op{style: &st}, makeCRLF)
		if s.visit(v, next, cheap) || s.apply(v, next, addBOM, cheap) {
			return true
		}
	}
	return false
}
