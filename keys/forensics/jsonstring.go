package forensics

import "unicode/utf8"

// rewriteString appends the string token tok with the escapes that the style asks for. Characters of
// a class that the style does not name keep the text they have.
func rewriteString(dst, tok []byte, st *style) []byte {
	if st.slash|slashMode(st.unicode)|slashMode(st.html)|slashMode(st.control) == 0 {
		return append(dst, tok...)
	}
	if plainToken(tok) {
		return append(dst, tok...)
	}
	dst = append(dst, '"')
	body := tok[1 : len(tok)-1]
	var prev byte // the last decoded character, for </
	for i := 0; i < len(body); {
		c := body[i]
		if !specialBytes[c] {
			dst, prev = append(dst, c), c
			i++
			continue
		}
		r, n := decodeUnit(body[i:])
		dst = appendUnit(dst, body[i:i+n], r, prev, st)
		prev = 0
		if r < 0x80 && r >= 0 {
			prev = byte(r)
		}
		i += n
	}
	return append(dst, '"')
}

// plainToken reports whether no style would change the token.
func plainToken(tok []byte) bool {
	for _, c := range tok[1 : len(tok)-1] {
		if specialBytes[c] {
			return false
		}
	}
	return true
}

// specialBytes are the bytes inside strings that some style writes differently. Read only.
var specialBytes = func() (t [256]bool) {
	for c := range 256 {
		t[c] = c < ' ' || c >= 0x7f || c == '\\' || c == '/' || htmlClass(byte(c))
	}
	return t
}()

// decodeUnit reads one character or escape sequence and its length. The rune is -1 for bytes that
// are no character: invalid UTF-8 and lone surrogates.
func decodeUnit(b []byte) (rune, int) {
	if b[0] != '\\' {
		r, n := utf8.DecodeRune(b)
		if r == utf8.RuneError && n <= 1 {
			return -1, 1
		}
		return r, n
	}
	if len(b) < 2 {
		return -1, 1
	}
	if b[1] != 'u' {
		return shortEscape(b[1]), 2
	}
	hi := hex4(b[2:])
	if hi < 0 {
		return -1, 2
	}
	if hi < 0xd800 || hi > 0xdfff {
		return hi, 6
	}
	if hi < 0xdc00 && len(b) >= 12 && b[6] == '\\' && b[7] == 'u' {
		if lo := hex4(b[8:]); lo >= 0xdc00 && lo <= 0xdfff {
			return 0x10000 + (hi-0xd800)<<10 + (lo - 0xdc00), 12
		}
	}
	return -1, 6
}

func shortEscape(c byte) rune {
	switch c {
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	}
	return rune(c)
}

// appendUnit writes one character; unit is the text that it has now.
func appendUnit(dst, unit []byte, r rune, prev byte, st *style) []byte {
	switch {
	case r < 0:
		return append(dst, unit...)
	case r == '/':
		return appendSlash(dst, unit, prev, st.slash)
	case r == 0x2028 || r == 0x2029:
		return appendLineSeparator(dst, unit, r, st)
	case r >= 0x80:
		return appendNonASCII(dst, unit, r, st.unicode)
	case r < ' ' || r == '"' || r == '\\':
		return appendControl(dst, unit, r, st)
	case htmlClass(byte(r)):
		return appendHTML(dst, unit, r, st.html)
	case r == 0x7f && (st.unicode == unicodeLower || st.unicode == unicodeUpper):
		return appendEscape(dst, r, st.unicode == unicodeUpper)
	case len(unit) > 1 && (st.unicode == unicodeRaw || st.control != 0):
		return append(dst, byte(r)) // needlessly escaped ASCII
	}
	return append(dst, unit...)
}

func appendSlash(dst, unit []byte, prev byte, mode slashMode) []byte {
	switch {
	case mode == slashEscape, mode == slashClosing && prev == '<':
		return append(dst, '\\', '/')
	case mode == slashPlain, mode == slashClosing:
		return append(dst, '/')
	}
	return append(dst, unit...)
}

func appendNonASCII(dst, unit []byte, r rune, mode unicodeMode) []byte {
	switch mode {
	case unicodeLower, unicodeUpper:
		if r < 0x10000 {
			return appendEscape(dst, r, mode == unicodeUpper)
		}
		r -= 0x10000
		dst = appendEscape(dst, 0xd800+r>>10, mode == unicodeUpper)
		return appendEscape(dst, 0xdc00+r&0x3ff, mode == unicodeUpper)
	case unicodeRaw:
		return utf8.AppendRune(dst, r)
	}
	return append(dst, unit...)
}

// appendLineSeparator writes U+2028 or U+2029, which JavaScript once could not bear in strings.
func appendLineSeparator(dst, unit []byte, r rune, st *style) []byte {
	switch {
	case st.unicode == unicodeUpper || st.html == htmlNet:
		return appendEscape(dst, r, true)
	case st.html != 0 && st.html != htmlPlain, st.unicode == unicodeLower:
		return appendEscape(dst, r, false)
	case st.html == htmlPlain, st.unicode == unicodeRaw:
		return utf8.AppendRune(dst, r)
	}
	return append(dst, unit...)
}

func appendControl(dst, unit []byte, r rune, st *style) []byte {
	switch {
	case r == '"' && (st.html == htmlNet || st.html == htmlPHP || st.html == htmlQuot):
		return appendEscape(dst, r, true)
	case st.control == 0 && (r != '"' || st.html != htmlPlain):
		return append(dst, unit...)
	case r == '"' || r == '\\':
		return append(dst, '\\', byte(r))
	}
	if st.control == controlShort || st.control == 0 {
		const short = "\bb\ff\nn\rr\tt"
		for i := 0; i < len(short); i += 2 {
			if rune(short[i]) == r {
				return append(dst, '\\', short[i+1])
			}
		}
	}
	return appendEscape(dst, r, st.control == controlUpper)
}

func appendHTML(dst, unit []byte, r rune, mode htmlMode) []byte {
	var set string
	upper := false
	switch mode {
	case htmlGo:
		set = "<>&"
	case htmlGson:
		set = "<>&='"
	case htmlNet:
		set, upper = "<>&'+`", true
	case htmlPHP:
		set, upper = "<>&'", true
	case htmlTags:
		set, upper = "<>", true
	case htmlOld:
		set = "<>&'"
	case htmlAmp:
		set, upper = "&", true
	case htmlApos:
		set, upper = "'", true
	case htmlTagAmp:
		set, upper = "<>&", true
	case htmlPlain, htmlLine, htmlQuot:
	default:
		return append(dst, unit...)
	}
	for i := range len(set) {
		if rune(set[i]) == r {
			return appendEscape(dst, r, upper)
		}
	}
	return append(dst, byte(r))
}

// appendEscape writes \u and four hex digits.
func appendEscape(dst []byte, r rune, upper bool) []byte {
	digits := "0123456789abcdef"
	if upper {
		digits = "0123456789ABCDEF"
	}
	return append(dst, '\\', 'u', digits[r>>12&15], digits[r>>8&15], digits[r>>4&15], digits[r&15])
}
