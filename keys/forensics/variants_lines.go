package forensics

import "bytes"

// restoreNewlines undoes what curl -d @file does to a file: it deletes the line ends and leaves the
// indentation. A container whose first member is preceded by white space was spread over lines.
func restoreNewlines(src []byte) []byte {
	out := make([]byte, 0, len(src)+64)
	var lines []bool
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
			lines = append(lines, spread)
			if spread {
				out = append(out, '\n')
			}
			continue
		case '}', ']':
			if n := len(lines); n > 0 {
				if lines[n-1] {
					out = closeLine(out)
				}
				lines = lines[:n-1]
			}
		case ',':
			if n := len(lines); n > 0 && lines[n-1] {
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
	o := op{code: BodyNewlinesRemoved, desc: "with the line ends that curl -d removed put back", apply: restoreNewlines}
	v := o.apply(src)
	if s.visit(v, with(chain, o), normal) {
		return true
	}
	crlf := op{code: BodyCRLF, desc: "with CR LF line ends", apply: toCRLF}
	return s.apply(v, with(chain, o), crlf, normal)
}

// crlfStyles tries pretty forms with the line ends that programs on Windows write.
func (s *search) crlfStyles(src []byte, chain []op, c *choices) bool {
	crlf := op{code: BodyCRLF, desc: "with CR LF line ends", apply: toCRLF}
	for _, st := range append(append([]style{}, stacks...), c.variations(style{})...) {
		if !spacings[st.spacing].lines {
			continue
		}
		st = st.limited(c)
		v := restyle(nil, src, &st)
		if s.apply(v, with(chain, op{style: &st}), crlf, cheap) {
			return true
		}
	}
	return false
}
