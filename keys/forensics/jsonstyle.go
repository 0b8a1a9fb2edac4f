package forensics

import "slices"

// style says how JSON text is written anew. Every zero field keeps what the text has, so a style
// changes only what it names; numbers keep their text and keys their order unless it names them.
type style struct {
	spacing  uint8 // index into spacings; 0 keeps the white space
	slash    slashMode
	unicode  unicodeMode
	html     htmlMode
	control  controlMode
	number   numberMode
	amounts  bool // number and types touch only fields that hold amounts
	types    typeMode
	empties  emptyMode
	versions int8 // +1 writes v1 names as v2, -1 the reverse
}

type (
	slashMode   uint8
	unicodeMode uint8
	htmlMode    uint8
	controlMode uint8
	typeMode    uint8
	emptyMode   uint8
)

const (
	slashEscape slashMode = iota + 1 // \/ as PHP writes it
	slashPlain
	slashClosing // only in </
)

const (
	unicodeLower unicodeMode = iota + 1 // \u00e9
	unicodeUpper                        // \u00E9
	unicodeRaw
)

const (
	htmlGo     htmlMode = iota + 1 // < > & U+2028 U+2029, as Go and Rails
	htmlGson                       // and = '
	htmlNet                        // < > & ' " + ` in upper case, as System.Text.Json
	htmlPHP                        // JSON_HEX_TAG, AMP, APOS and QUOT together
	htmlTags                       // < and > in upper case, as JSON_HEX_TAG
	htmlOld                        // < > & ' in lower case, as JavaScriptSerializer
	htmlLine                       // only U+2028 and U+2029
	htmlAmp                        // & in upper case, as JSON_HEX_AMP
	htmlApos                       // ' as JSON_HEX_APOS
	htmlQuot                       // " as JSON_HEX_QUOT
	htmlTagAmp                     // JSON_HEX_TAG and AMP together
	htmlPlain
)

const (
	controlShort controlMode = iota + 1 // \n
	controlLower                        // \u000a
	controlUpper
)

const (
	typeNumberText typeMode = iota + 1 // 100 as "100"
	typeTextNumber                     // "100" as 100
	typeBoolInt                        // true as 1
	typeBoolText                       // true as "true"
	typeIntBool                        // 1 as true
	typeNullText                       // null as ""
	typeTextNull                       // "" as null
)

const (
	emptyList   emptyMode = iota + 1 // {} as []
	emptyObject                      // [] as {}
)

// rewriter writes JSON text in a style.
type rewriter struct {
	dst    []byte
	src    []byte
	st     *style
	sp     *spacing
	stack  []frame
	depth  int    // containers that are spread over lines
	indent string // a line end and more than enough indentation
	cache  *numberCache
	isKey  bool // the next string is a member's name
	amount bool // the value belongs to a field that holds an amount
}

type frame struct {
	open  byte
	lines bool
}

// restyle appends src, which scanJSON has accepted, to dst in style st.
func restyle(dst, src []byte, st *style) []byte { return restyleWith(dst, src, st, nil) }

// restyleWith is restyle with a memory for numbers that were formatted before.
func restyleWith(dst, src []byte, st *style, cache *numberCache) []byte {
	w := &rewriter{dst: slices.Grow(dst, len(src)+len(src)/8+64), src: src, st: st, sp: &spacings[st.spacing], cache: cache}
	if w.sp.lines {
		w.indent = w.sp.indents
	}
	keep := st.spacing == spaceKeep
	for i := 0; i < len(src); {
		switch c := src[i]; c {
		case ' ', '\t', '\n', '\r':
			if keep {
				w.dst = append(w.dst, c)
			}
			i++
		case '{', '[':
			i = w.open(c, i, keep)
		case '}', ']':
			w.close(c, keep)
			i++
		case ',':
			w.comma(keep)
			i++
		case ':':
			w.isKey = false
			if keep {
				w.dst = append(w.dst, ':')
			} else {
				w.dst = append(w.dst, w.sp.colon...)
			}
			i++
		case '"':
			end := stringEnd(src, i)
			w.text(src[i:end])
			i = end
		default:
			end := scalarEnd(src, i)
			w.scalar(src[i:end])
			i = end
		}
	}
	return w.dst
}

func (w *rewriter) open(c byte, i int, keep bool) int {
	if j := skipSpace(w.src, i+1); j < len(w.src) && w.src[j] == closer(c) {
		w.empty(c, w.src[i+1:j], keep)
		return j + 1
	}
	w.dst = append(w.dst, c)
	f := frame{open: c, lines: !keep && w.sp.lines && (c == '{' || !w.sp.flat)}
	w.stack = append(w.stack, f)
	w.depth += b2i(f.lines)
	w.isKey = c == '{'
	switch {
	case keep:
	case f.lines:
		w.newline()
	default:
		w.dst = append(w.dst, w.sp.pad...)
	}
	return i + 1
}

// empty writes an empty object or list.
func (w *rewriter) empty(c byte, inside []byte, keep bool) {
	switch {
	case w.st.empties == emptyList && c == '{':
		c = '['
	case w.st.empties == emptyObject && c == '[':
		c = '{'
	}
	w.dst = append(w.dst, c)
	if keep {
		w.dst = append(w.dst, inside...)
	} else {
		w.dst = append(w.dst, w.sp.hollow...)
	}
	w.dst = append(w.dst, closer(c))
}

func (w *rewriter) close(c byte, keep bool) {
	lines := false
	if n := len(w.stack); n > 0 {
		lines = w.stack[n-1].lines
		w.stack = w.stack[:n-1]
		w.depth -= b2i(lines)
	}
	w.amount = false
	switch {
	case keep:
	case lines:
		w.newline()
	default:
		w.dst = append(w.dst, w.sp.pad...)
	}
	w.dst = append(w.dst, c)
}

func (w *rewriter) comma(keep bool) {
	w.dst = append(w.dst, ',')
	if n := len(w.stack); n > 0 {
		w.isKey = w.stack[n-1].open == '{'
		switch {
		case keep:
		case w.stack[n-1].lines:
			w.newline()
		case w.sp.flat:
			w.dst = append(w.dst, ' ')
		default:
			w.dst = append(w.dst, w.sp.comma...)
		}
	}
}

func (w *rewriter) newline() {
	if n := 1 + w.depth*len(w.sp.unit); n <= len(w.indent) {
		w.dst = append(w.dst, w.indent[:n]...)
		return
	}
	w.dst = append(w.dst, '\n')
	for range w.depth {
		w.dst = append(w.dst, w.sp.unit...)
	}
}

// text writes a string token.
func (w *rewriter) text(tok []byte) {
	if w.isKey {
		if w.st.versions != 0 {
			if other := versionPartner(tok, w.st.versions); other != "" {
				w.dst = append(append(append(w.dst, '"'), other...), '"')
				return
			}
		}
		w.amount = w.st.amounts && isAmountKey(tok)
	} else if w.st.types != 0 && w.retypeText(tok) {
		return
	}
	w.dst = rewriteString(w.dst, tok, w.st)
}

// retypeText writes a string as another type, false when the style leaves it a string.
func (w *rewriter) retypeText(tok []byte) bool {
	switch {
	case w.st.types == typeTextNull && len(tok) == 2:
		w.dst = append(w.dst, "null"...)
	case w.st.types == typeTextNumber && isNumber(tok[1:len(tok)-1]) && (w.amount || !w.st.amounts):
		w.dst = w.formatNumber(tok[1 : len(tok)-1])
	default:
		return false
	}
	return true
}

// scalar writes a number or word.
func (w *rewriter) scalar(tok []byte) {
	isNum := tok[0] == '-' || tok[0] >= '0' && tok[0] <= '9'
	touch := w.amount || !w.st.amounts
	switch {
	case isNum && w.st.types == typeNumberText && touch:
		w.dst = append(w.dst, '"')
		w.dst = w.formatNumber(tok)
		w.dst = append(w.dst, '"')
	case isNum && w.st.types == typeIntBool && len(tok) == 1 && tok[0] <= '1':
		w.dst = append(w.dst, [2]string{"false", "true"}[tok[0]-'0']...)
	case isNum && touch:
		w.dst = w.formatNumber(tok)
	case isNum:
		w.dst = append(w.dst, tok...)
	default:
		w.word(tok)
	}
}

func (w *rewriter) word(tok []byte) {
	boolean := tok[0] != 'n'
	switch {
	case w.st.types == typeBoolInt && boolean:
		w.dst = append(w.dst, map[byte]byte{'t': '1', 'f': '0'}[tok[0]])
	case w.st.types == typeBoolText && boolean:
		w.dst = append(append(append(w.dst, '"'), tok...), '"')
	case w.st.types == typeNullText && !boolean:
		w.dst = append(w.dst, `""`...)
	default:
		w.dst = append(w.dst, tok...)
	}
}

func (w *rewriter) formatNumber(tok []byte) []byte {
	if w.st.number == numberKeep {
		return append(w.dst, tok...)
	}
	if w.cache == nil {
		return appendNumber(w.dst, tok, w.st.number)
	}
	return append(w.dst, w.cache.format(tok, w.st.number)...)
}

// numberCache remembers how numbers are printed, because a search prints the same ones again and again.
type numberCache [numberModes]map[string][]byte

// maxCached bounds the numbers that are remembered in one format.
const maxCached = 4096

func (c *numberCache) format(tok []byte, mode numberMode) []byte {
	if out, ok := c[mode][string(tok)]; ok {
		return out
	}
	out := appendNumber(nil, tok, mode)
	if c[mode] == nil {
		c[mode] = make(map[string][]byte)
	}
	if len(c[mode]) < maxCached {
		c[mode][string(tok)] = out
	}
	return out
}
