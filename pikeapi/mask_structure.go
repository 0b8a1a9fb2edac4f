package pikeapi

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// frame is an object or list that is open while masking.
type frame struct {
	name    string // under which it stands; of a list's elements, that of the list
	class   class  // what its values inherit
	members bool   // an object
}

// maxFrames is how many levels of nesting a walk remembers, as many as encoding/json reads. What stands
// deeper is no body of Pike's: its values are hidden, so that a body of mere brackets costs no memory.
const maxFrames = 10_000

// maskStructure walks over JSON, whole or cut or broken, once from left to right. A string that a
// colon follows is a name; whatever comes next is its value.
func maskStructure(b []byte, nesting int) []byte {
	w := structureWalk{in: b, nesting: nesting, out: make([]byte, 0, len(b)+16)}
	for w.at < len(b) {
		w.step()
	}
	return w.out
}

type structureWalk struct {
	in, out []byte
	at      int
	nesting int
	frames  []frame
	deeper  int    // levels that are open beyond maxFrames
	name    string // of the value that comes next
	named   bool
	groups  []group // the values before that could be groups of a card number
}

func (w *structureWalk) step() {
	switch c := w.in[w.at]; c {
	case '{', '[':
		w.groups = w.groups[:0]
		w.open(c == '{')
	case '}', ']':
		w.groups = w.groups[:0]
		w.shut()
		w.name, w.named = "", false
		w.copy(w.at + 1)
	case ',':
		w.name, w.named = "", false
		w.copy(w.at + 1)
	case ':', ' ', '\t', '\n', '\r':
		w.copy(w.at + 1)
	case '"':
		w.str()
	default:
		w.bare()
	}
}

func (w *structureWalk) copy(to int) {
	w.out = append(w.out, w.in[w.at:to]...)
	w.at = to
}

func (w *structureWalk) top() frame {
	if w.deeper > 0 {
		return frame{class: personal}
	}
	if n := len(w.frames); n > 0 {
		return w.frames[n-1]
	}
	return frame{}
}

func (w *structureWalk) open(object bool) {
	if len(w.frames) == maxFrames {
		w.deeper++
		w.name, w.named = "", false
		w.copy(w.at + 1)
		return
	}
	f := frame{name: w.name, class: w.class(), members: object}
	if !w.named {
		f.name = w.top().name
	}
	// The members of an object under a token's name speak for themselves; below any other masked
	// name everything is hidden.
	switch {
	case f.class == tail && object:
		f.class = ordinary
	case f.class == secret, f.class == pan && object:
		f.class = personal
	}
	w.frames = append(w.frames, f)
	w.name, w.named = "", false
	w.copy(w.at + 1)
}

// shut leaves an object or list. A broken body may end what it never began.
func (w *structureWalk) shut() {
	switch n := len(w.frames); {
	case w.deeper > 0:
		w.deeper--
	case n > 0:
		w.frames = w.frames[:n-1]
	}
}

// class is that of the value that comes next: its own name's, or what it inherits.
func (w *structureWalk) class() class {
	top := w.top()
	if !w.named {
		if top.members {
			return ordinary
		}
		return top.class
	}
	own := classOf(w.name, top.name)
	if top.class == personal && (own == ordinary || own == exempt) && !publicInPerson(w.name) {
		return personal
	}
	return own
}

// str handles a string: a name when a colon follows, else a value.
func (w *structureWalk) str() {
	end := stringEnd(w.in, w.at)
	raw := w.in[w.at:end]
	if next := skipSpace(w.in, end); next < len(w.in) && w.in[next] == ':' {
		w.name, w.named = decode(raw), true
		if masked := string(maskDigits([]byte(w.name))); masked != w.name {
			w.out = appendString(w.out, masked)
			w.at = end
			return
		}
		w.copy(end)
		return
	}
	value, from := decode(raw), len(w.out)
	if masked := w.mask(value); masked != value {
		w.groups = w.groups[:0]
		w.out = appendString(w.out, masked)
		w.at = end
		return
	}
	w.copy(end)
	w.group(value, from)
}

// bare handles a number, a literal, or text that belongs to no JSON.
func (w *structureWalk) bare() {
	end := w.at
	for end < len(w.in) && strings.IndexByte("{}[],:\" \t\r\n", w.in[end]) < 0 {
		end++
	}
	value := string(w.in[w.at:end])
	if value == "true" || value == "false" || value == "null" {
		w.copy(end)
		return
	}
	if c := w.class(); c == ordinary || c == exempt {
		from := len(w.out)
		w.plainNumber(value, c)
		w.at = end
		if c == ordinary {
			w.group(value, from)
		}
		return
	}
	if masked := w.mask(value); masked != value {
		w.out = appendString(w.out, masked)
		w.at = end
		return
	}
	w.copy(end)
}

// plainNumber writes a number or other text. A card number in it becomes a string; digits after a
// decimal point are none.
func (w *structureWalk) plainNumber(value string, c class) {
	whole, _, _ := strings.Cut(value, ".")
	if c != exempt && json.Valid([]byte(value)) {
		if masked := string(maskDigits([]byte(whole))); masked != whole {
			w.out = appendString(w.out, masked)
			return
		}
	}
	w.out = append(w.out, value...)
}

// mask returns the value as it may be written.
func (w *structureWalk) mask(value string) string {
	if value == "" || value == hidden {
		return value
	}
	switch w.class() {
	case exempt:
		return value
	case pan:
		return MaskPAN(value)
	case tail:
		return maskTail(value)
	case secret, personal:
		return hidden
	}
	if !suspicious(value) {
		return value
	}
	if w.nesting >= maxNesting {
		return string(maskDigits(maskNamed([]byte(value))))
	}
	return string(maskValue([]byte(value), w.nesting+1))
}

// decode reads a string with its quotes. What is broken or cut is read as far as it goes: secrets
// stand in cut bodies too.
func decode(raw []byte) string {
	n := len(raw)
	if n >= 2 && raw[n-1] == '"' && bytes.IndexByte(raw, '\\') < 0 && utf8.Valid(raw) {
		return string(raw[1 : n-1])
	}
	var s string
	if n >= 2 && json.Unmarshal(raw, &s) == nil {
		return s
	}
	raw = bytes.TrimPrefix(raw, []byte(`"`))
	if n := len(raw); n > 0 && raw[n-1] == '"' && !escaped(raw, n-1) {
		raw = raw[:n-1]
	}
	whole := append(append([]byte{'"'}, raw...), '"')
	for cut := 0; cut <= 6 && cut < len(whole)-1; cut++ {
		whole[len(whole)-1-cut] = '"'
		if json.Unmarshal(whole[:len(whole)-cut], &s) == nil {
			return s + string(raw[len(raw)-cut:])
		}
	}
	return string(raw)
}

// escaped says whether the byte at i stands behind an odd number of backslashes.
func escaped(b []byte, i int) bool {
	n := 0
	for i--; i >= 0 && b[i] == '\\'; i-- {
		n++
	}
	return n%2 == 1
}
