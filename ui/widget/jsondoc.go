package widget

import (
	"bytes"
)

// Bounds, so that hostile nesting cannot blow a body up: what passes them is shown as it came.
const (
	maxIndent = 40     // steps of blanks before a line
	maxDepth  = 10_000 // blocks within blocks; encoding/json has the same bound
	maxGrowth = 6      // how much longer the layout may be than the data
)

// jsonDoc is a body laid out in lines. It is made off the loop and not changed afterwards.
type jsonDoc struct {
	text   []byte
	starts []int32 // where each line begins in text; one more for the end
	closes []int32 // of a line that opens a block: the line that closes it; of that one: -1-opening line; else 0
	parent []int32 // the line that opens the block around a line; -1 at the top
	json   bool    // it looks like JSON; otherwise text is as it came
	head   bool    // only its first lines: the rest is being laid out
}

func (d *jsonDoc) lines() int { return len(d.starts) - 1 }

// line returns the bytes of a line, without its newline.
func (d *jsonDoc) line(i int) []byte {
	return bytes.TrimSuffix(d.text[d.starts[i]:d.starts[i+1]], []byte{'\n'})
}

// layoutJSON indents data in one pass and notes where lines and blocks are. It checks no more than
// that brackets and strings end; json.Valid says the rest, later. Other data is split at newlines.
func layoutJSON(data []byte) *jsonDoc {
	p := jsonPass{in: data, doc: &jsonDoc{json: true}}
	// Room for the usual growth: growing later copies everything.
	p.doc.text = make([]byte, 0, len(data)*5/2+64)
	lines := len(data)/16 + 8
	p.doc.starts, p.doc.closes, p.doc.parent = make([]int32, 0, lines), make([]int32, 0, lines), make([]int32, 0, lines)
	p.newLine()
	if p.run() && len(p.open) == 0 && len(bytes.TrimSpace(data)) > 0 {
		p.doc.starts = append(p.doc.starts, int32(len(p.doc.text)))
		return p.doc
	}
	return layoutText(data)
}

// headLines is how many lines are laid out before all others: enough for the first looks at a large body.
const headLines = 2000

// layoutHead lays out the first lines of a large body; nil when it has no more than those, or is no JSON.
func layoutHead(data []byte) *jsonDoc {
	p := jsonPass{in: data, doc: &jsonDoc{json: true, head: true}, stop: headLines}
	p.newLine()
	if !p.run() || !p.stopped {
		return nil
	}
	d := p.doc
	last := int32(len(d.starts) - 1)
	for _, b := range p.open {
		d.closes[b.line] = last // so that they look like blocks; they end further down
	}
	d.starts = append(d.starts, int32(len(d.text)))
	return d
}

func layoutText(data []byte) *jsonDoc {
	d := &jsonDoc{text: data}
	d.starts = append(d.starts, 0)
	for i, c := range data {
		if c == '\n' && i+1 < len(data) {
			d.starts = append(d.starts, int32(i+1))
		}
	}
	d.starts = append(d.starts, int32(len(data)))
	d.closes = make([]int32, d.lines())
	d.parent = make([]int32, d.lines())
	for i := range d.parent {
		d.parent[i] = -1
	}
	return d
}

// jsonPass is the state of layoutJSON.
type jsonPass struct {
	in      []byte
	doc     *jsonDoc
	open    []jsonBlock
	stop    int // lines after which it stops; 0 for never
	stopped bool
}

type jsonBlock struct {
	line  int32
	close byte
}

func (p *jsonPass) newLine() {
	d := p.doc
	if len(d.starts) > 0 {
		d.text = append(d.text, '\n')
	}
	d.starts = append(d.starts, int32(len(d.text)))
	d.closes = append(d.closes, 0)
	parent := int32(-1)
	if n := len(p.open); n > 0 {
		parent = p.open[n-1].line
	}
	d.parent = append(d.parent, parent)
	d.text = append(d.text, blank[:2*min(len(p.open), maxIndent)]...)
}

func (p *jsonPass) run() bool {
	d := p.doc
	most := maxGrowth*len(p.in) + 1<<16
	for i := 0; i < len(p.in); {
		if p.stop > 0 && len(d.starts) > p.stop {
			p.stopped = true
			return true
		}
		if len(d.text) > most || len(p.open) > maxDepth {
			return false
		}
		c := p.in[i]
		switch c {
		case ' ', '\t', '\r', '\n':
			i++
		case '{', '[':
			i = p.opens(i, c)
		case '}', ']':
			if !p.ends(c) {
				return false
			}
			i++
		case ',':
			d.text = append(d.text, ',')
			p.newLine()
			i++
		case ':':
			d.text = append(d.text, ':', ' ')
			i++
		case '"':
			n := stringEnd(p.in[i:])
			if n < 0 {
				return false
			}
			d.text = append(d.text, p.in[i:i+n]...)
			i += n
		default:
			n := wordEnd(p.in[i:])
			if n == 0 {
				return false
			}
			d.text = append(d.text, p.in[i:i+n]...)
			i += n
		}
	}
	return true
}

// opens takes an opening bracket; an empty block stays on its line.
func (p *jsonPass) opens(i int, c byte) int {
	end := c + 2 // '{'+2 is '}', '['+2 is ']'
	j := i + 1
	for j < len(p.in) && (p.in[j] == ' ' || p.in[j] == '\t' || p.in[j] == '\r' || p.in[j] == '\n') {
		j++
	}
	if j < len(p.in) && p.in[j] == end {
		p.doc.text = append(p.doc.text, c, end)
		return j + 1
	}
	p.doc.text = append(p.doc.text, c)
	p.open = append(p.open, jsonBlock{int32(len(p.doc.starts) - 1), end})
	p.newLine()
	return i + 1
}

func (p *jsonPass) ends(c byte) bool {
	n := len(p.open)
	if n == 0 || p.open[n-1].close != c {
		return false
	}
	block := p.open[n-1]
	p.open = p.open[:n-1]
	p.newLine()
	at := int32(len(p.doc.starts) - 1)
	p.doc.closes[block.line], p.doc.closes[at] = at, -1-block.line
	p.doc.text = append(p.doc.text, c)
	return true
}

// stringEnd returns the length of the JSON string that b begins with; -1 when it does not end.
func stringEnd(b []byte) int {
	for i := 1; i < len(b); {
		n := bytes.IndexByte(b[i:], '"')
		if n < 0 {
			return -1
		}
		i += n
		slashes := 0
		for i-1-slashes > 0 && b[i-1-slashes] == '\\' {
			slashes++
		}
		i++
		if slashes%2 == 0 {
			return i
		}
	}
	return -1
}

// wordEnd returns the length of the number or literal that b begins with.
func wordEnd(b []byte) int {
	for i, c := range b {
		switch {
		case c >= '0' && c <= '9', c >= 'a' && c <= 'z', c == '-', c == '+', c == '.', c == 'E':
		default:
			return i
		}
	}
	return len(b)
}
