package pikeapi

import "bytes"

// maskDigits masks card numbers in any bytes: 13 to 19 digits with a right check digit, in one run
// or in groups with blanks or dashes between, and longer runs in which a card number of a known
// brand is hidden. Hashes and UUIDs are left alone. It takes time in proportion to its input.
func maskDigits(b []byte) []byte {
	var out []byte
	kept := 0
	for i := 0; i < len(b); {
		switch {
		case !isAlnum(b[i]):
			i++
		case !followsAlnum(b, i) && identifierEnd(b, i) > i:
			i = identifierEnd(b, i)
		case !isDigit(b[i]):
			i++
		case maskedCardEnd(b, i) > i:
			i = maskedCardEnd(b, i)
		default:
			groups, next := digitGroups(b, i)
			for g := 0; g < len(groups); {
				last, masked := cardIn(b, groups[g:])
				if masked == "" {
					g++
					continue
				}
				out = append(append(out, b[kept:groups[g].from]...), masked...)
				kept = groups[g+last].to
				g += last + 1
			}
			i = next
		}
	}
	if out == nil {
		return b
	}
	return append(out, b[kept:]...)
}

type span struct{ from, to int }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isHex(c byte) bool { return isDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') }

func isAlnum(c byte) bool { return isDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') }

func followsAlnum(b []byte, i int) bool { return i > 0 && isAlnum(b[i-1]) }

// identifierEnd returns the end of a UUID or a hash of 32 or more hex digits that begins at i, and i
// when there is none. UUIDs and hashes must hold a letter: digits alone
// could be a card number.
func identifierEnd(b []byte, i int) int {
	end, letter := i, false
	for end < len(b) && isHex(b[end]) && end-i <= 512 {
		letter = letter || !isDigit(b[end])
		end++
	}
	if end-i >= 32 && letter && (end == len(b) || !isAlnum(b[end])) {
		return end
	}
	if end-i != 8 || len(b)-i < 36 || (len(b) > i+36 && isAlnum(b[i+36])) {
		return i
	}
	for k, c := range b[i : i+36] {
		dash := k == 8 || k == 13 || k == 18 || k == 23
		if dash != (c == '-') || (!dash && !isHex(c)) {
			return i
		}
		letter = letter || (!dash && !isDigit(c))
	}
	if !letter {
		return i
	}
	return i + 36
}

// maskedCardEnd returns the end of six digits, two dots and four digits at i, or i.
func maskedCardEnd(b []byte, i int) int {
	n := 6 + len(dots) + 4
	if len(b)-i < n || (len(b) > i+n && isDigit(b[i+n])) || !bytes.Equal(b[i+6:i+6+len(dots)], []byte(dots)) {
		return i
	}
	for k := range n {
		if (k < 6 || k >= 6+len(dots)) && !isDigit(b[i+k]) {
			return i
		}
	}
	return i + n
}

// digitGroups collects the groups of digits from i on that only blanks and dashes separate, and
// returns where the chain ends.
func digitGroups(b []byte, i int) (groups []span, next int) {
	for {
		from := i
		for i < len(b) && isDigit(b[i]) {
			i++
		}
		groups = append(groups, span{from, i})
		gap := separatorsEnd(b, i)
		if gap == i || gap >= len(b) || !isDigit(b[gap]) || identifierEnd(b, gap) > gap || maskedCardEnd(b, gap) > gap {
			return groups, i
		}
		i = gap
	}
}

// separatorsEnd skips up to three blanks or dashes, those of typography included.
func separatorsEnd(b []byte, i int) int {
	for range 3 {
		switch {
		case i < len(b) && (b[i] == ' ' || b[i] == '-' || b[i] == '\t'):
			i++
		case bytes.HasPrefix(b[min(i, len(b)):], []byte("\u00a0")):
			i += 2
		case bytes.HasPrefix(b[min(i, len(b)):], []byte("\u202f")), bytes.HasPrefix(b[min(i, len(b)):], []byte("\u2011")), bytes.HasPrefix(b[min(i, len(b)):], []byte("\u2009")):
			i += 3
		default:
			return i
		}
	}
	return i
}

// cardIn looks for a card number that begins with the first group and ends with one of the next. It
// returns the index of the last group and the masked number, or "".
func cardIn(b []byte, groups []span) (last int, masked string) {
	first := b[groups[0].from:groups[0].to]
	if len(first) > 19 {
		if hidesCard(first) {
			return 0, string(first[:6]) + dots + string(first[len(first)-4:])
		}
		return 0, ""
	}
	var digits [19]byte
	n, found := 0, -1
	for g, s := range groups {
		if n+s.to-s.from > len(digits) {
			break
		}
		n += copy(digits[n:], b[s.from:s.to])
		if n >= 13 && LuhnValid(string(digits[:n])) {
			found, masked = g, string(digits[:6])+dots+string(digits[n-4:n])
		}
	}
	return max(found, 0), masked
}

// hidesCard says whether a run of more than 19 digits holds a card number of a known brand, such as
// a number with its expiry and security code behind it.
func hidesCard(run []byte) bool {
	for i := range run {
		for n := 13; n <= 19 && i+n <= len(run); n++ {
			if plausibleCard(run[i:i+n]) && LuhnValid(string(run[i:i+n])) {
				return true
			}
		}
	}
	return false
}

// plausibleCard says whether the first digits and the length fit one of the large brands.
func plausibleCard(d []byte) bool {
	two, n := int(d[0]-'0')*10+int(d[1]-'0'), len(d)
	switch {
	case d[0] == '4':
		return n == 13 || n == 16 || n == 19
	case two >= 51 && two <= 55, two >= 22 && two <= 27, two == 35, two == 60, two == 65:
		return n == 16
	case two == 34 || two == 37:
		return n == 15
	case two == 36 || two == 38 || two == 39:
		return n == 14
	case two == 62:
		return n >= 16
	}
	return false
}
