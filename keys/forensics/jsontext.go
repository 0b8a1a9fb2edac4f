package forensics

// The package reads JSON with its own small scanner, because it must keep what a decoder throws away:
// the text of numbers, the order of keys, duplicate keys, escapes, and bytes that are not UTF-8.

// maxDepth is the deepest nesting that is followed. Deeper text is treated as no JSON.
const maxDepth = 512

// jsonFacts say what a JSON text holds, so that variants without effect are not tried.
type jsonFacts struct {
	ok            bool
	object        bool // the root is an object
	tokens        int
	inner         bool // white space between tokens
	newlines      bool // line ends between tokens
	slash         bool // / in a string, plain
	slashEscaped  bool // \/ in a string
	unicodeRaw    bool // bytes above 7F in a string
	unicodeEscape bool // \u in a string
	html          bool // one of < > & ' = + ` in a string
	control       bool // \n, \t and the like in a string
	numbers       int
	fractions     bool // a number with a point or exponent
	big           bool // an integer beyond 2^53
	strings       bool
	numeric       bool // a string that looks like a number
	bools         bool
	nulls         bool
	empties       bool // {} or []
	emptyStrings  bool
	members       int
	sections      int // objects and arrays below the root
	versioned     bool
}

// scanner walks over JSON text. It stops at the first fault.
type scanner struct {
	b     []byte
	i     int
	facts jsonFacts
}

// scanJSON validates b as one JSON value, with white space around it, and says what it holds. Strings
// may hold invalid UTF-8 and raw control characters other than line ends.
func scanJSON(b []byte) jsonFacts {
	s := &scanner{b: b}
	s.space(false)
	if !s.value() {
		return jsonFacts{}
	}
	s.space(false)
	if s.i != len(b) {
		return jsonFacts{}
	}
	s.facts.ok = true
	return s.facts
}

// space skips white space and reports whether there was any.
func (s *scanner) space(inside bool) {
	for s.i < len(s.b) {
		switch s.b[s.i] {
		case '\n', '\r':
			s.facts.newlines = s.facts.newlines || inside
		case ' ', '\t':
		default:
			return
		}
		s.facts.inner = s.facts.inner || inside
		s.i++
	}
}

// value reads one value without recursion: stack holds the open brackets.
func (s *scanner) value() bool {
	var stack []byte
	for {
		open, ok := s.item(&stack)
		if !ok {
			return false
		}
		if open {
			continue // the next round reads the container's first value
		}
		// A value is complete: close what closes, then read the next one.
		for {
			if len(stack) == 0 {
				return true
			}
			s.space(true)
			if s.i >= len(s.b) {
				return false
			}
			c := s.b[s.i]
			s.i++
			if c == ',' {
				s.space(true)
				if stack[len(stack)-1] == '{' && !s.key() {
					return false
				}
				break
			}
			if c != closer(stack[len(stack)-1]) {
				return false
			}
			stack = stack[:len(stack)-1]
		}
	}
}

func closer(open byte) byte { return open + 2 } // { } and [ ] are two apart in ASCII

// item reads a scalar, an empty container, or the start of a container up to its first value.
func (s *scanner) item(stack *[]byte) (open, ok bool) {
	s.facts.tokens++
	if s.i >= len(s.b) {
		return false, false
	}
	c := s.b[s.i]
	if c != '{' && c != '[' {
		return false, s.scalar(c)
	}
	s.i++
	if len(*stack) == 0 {
		s.facts.object = c == '{'
	} else {
		s.facts.sections++
	}
	s.space(true)
	if s.i < len(s.b) && s.b[s.i] == closer(c) {
		s.i++
		s.facts.empties = true
		return false, true
	}
	if len(*stack) >= maxDepth {
		return false, false
	}
	*stack = append(*stack, c)
	if c == '{' && !s.key() {
		return false, false
	}
	return true, true
}

// key reads a member's name and colon, up to the value.
func (s *scanner) key() bool {
	start := s.i
	s.facts.members++
	if s.i >= len(s.b) || s.b[s.i] != '"' || !s.str() {
		return false
	}
	if !s.facts.versioned {
		s.facts.versioned = versionPartner(s.b[start:s.i], 0) != ""
	}
	s.space(true)
	if s.i >= len(s.b) || s.b[s.i] != ':' {
		return false
	}
	s.i++
	s.space(true)
	return true
}

func (s *scanner) scalar(c byte) bool {
	switch {
	case c == '"':
		start := s.i
		ok := s.str()
		s.facts.strings = true
		if tok := s.b[start:s.i]; len(tok) == 2 {
			s.facts.emptyStrings = true
		} else if ok && !s.facts.numeric {
			s.facts.numeric = isNumber(tok[1 : len(tok)-1])
		}
		return ok
	case c == '-' || c >= '0' && c <= '9':
		return s.number()
	case c == 't':
		s.facts.bools = true
		return s.word("true")
	case c == 'f':
		s.facts.bools = true
		return s.word("false")
	case c == 'n':
		s.facts.nulls = true
		return s.word("null")
	}
	return false
}

func (s *scanner) word(w string) bool {
	if len(s.b)-s.i < len(w) || string(s.b[s.i:s.i+len(w)]) != w {
		return false
	}
	s.i += len(w)
	return true
}

func (s *scanner) number() bool {
	n := numberLength(s.b[s.i:])
	if n == 0 {
		return false
	}
	tok := s.b[s.i : s.i+n]
	s.facts.numbers++
	if isInteger(tok) {
		s.facts.big = s.facts.big || len(tok) > 15
	} else {
		s.facts.fractions = true
	}
	s.i += n
	return true
}

// str reads a string token with its quotes.
func (s *scanner) str() bool {
	f := &s.facts
	for s.i++; s.i < len(s.b); s.i++ {
		switch c := s.b[s.i]; {
		case c == '"':
			s.i++
			return true
		case c == '\\':
			if !s.escape() {
				return false
			}
		case c >= 0x80:
			f.unicodeRaw = true
		case c == '/':
			f.slash = true
		case htmlClass(c):
			f.html = true
		case c == '\n' || c == '\r':
			return false
		}
	}
	return false
}

// escape reads an escape sequence and stops at its last byte.
func (s *scanner) escape() bool {
	s.i++
	if s.i >= len(s.b) {
		return false
	}
	switch s.b[s.i] {
	case '/':
		s.facts.slashEscaped = true
	case '"', '\\', 'b', 'f', 'n', 'r', 't':
		s.facts.control = true
	case 'u':
		if len(s.b)-s.i < 5 || hex4(s.b[s.i+1:]) < 0 {
			return false
		}
		s.facts.unicodeEscape = true
		s.i += 4
	default:
		return false
	}
	return true
}
