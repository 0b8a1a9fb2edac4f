package forensics

import "encoding/binary"

// This file and deflate_trees.go compress small texts bit for bit as zlib does, because a signer may
// have signed a compressed body: Python, PHP, Ruby, Java and gzip all give zlib's bytes, while Go's
// own compressor gives others. The algorithm is zlib's deflate_slow (RFC 1951 leaves the choice of
// matches and codes to the compressor). It is limited to one block.

// maxDeflate is the longest text that fits one block of zlib's whatever it holds, in bytes.
const maxDeflate = 16_000

// deflateLevel holds zlib's parameters of one compression level.
type deflateLevel struct{ good, lazy, nice, chain int }

var (
	deflateDefault = deflateLevel{8, 16, 128, 128}    // level 6
	deflateBest    = deflateLevel{32, 258, 258, 4096} // level 9
)

const (
	minMatch   = 3
	maxMatch   = 258
	windowSize = 32768
	maxDist    = windowSize - maxMatch - minMatch - 1
	tooFar     = 4096
)

// symbol is a literal (dist 0) or a match.
type symbol struct{ dist, length int }

// matcher finds matches as zlib does. With wide set it looks up four bytes in place of three, as the
// zlib of Chromium and Node does.
type matcher struct {
	level  deflateLevel
	wide   bool
	window []byte // the text and zeros after it, which zlib also compares
	n      int
	head   map[uint32]int
	prev   []int
	at     int // where the next string starts
	ahead  int
	prior  int // length of the match one byte before
	start  int // where the present match starts
}

// symbols splits text into literals and matches.
func symbols(text []byte, level deflateLevel, wide bool) []symbol {
	m := &matcher{level: level, wide: wide, n: len(text), ahead: len(text), head: map[uint32]int{}}
	m.window = append(append(make([]byte, 0, len(text)+2*maxMatch), text...), make([]byte, 2*maxMatch)...)
	m.prev = make([]int, len(text)+1)
	var out []symbol
	length, pending := minMatch-1, false
	for m.ahead > 0 {
		first := 0
		if m.ahead >= minMatch {
			first = m.insert(m.at)
		}
		prior, priorStart := length, m.start
		length = minMatch - 1
		if first != 0 && prior < m.level.lazy && m.at-first <= maxDist {
			m.prior = prior
			length = m.longest(first)
			if length == minMatch && m.at-m.start > tooFar {
				length = minMatch - 1
			}
		}
		switch {
		case prior >= minMatch && length <= prior:
			out = append(out, symbol{m.at - 1 - priorStart, prior})
			m.skip(prior)
			length, pending = minMatch-1, false
		case pending:
			out = append(out, symbol{length: int(m.window[m.at-1])})
			m.at++
			m.ahead--
		default:
			pending = true
			m.at++
			m.ahead--
		}
	}
	if pending {
		out = append(out, symbol{length: int(m.window[m.at-1])})
	}
	return out
}

// skip moves past a match that started one byte back, noting the strings inside it.
func (m *matcher) skip(length int) {
	last := m.at + m.ahead - minMatch
	m.ahead -= length - 1
	for range length - 2 {
		if m.at++; m.at <= last {
			m.insert(m.at)
		}
	}
	m.at++
}

// insert notes the string at i and returns the latest one with the same hash, 0 for none.
func (m *matcher) insert(i int) int {
	w := m.window[i:]
	key := (uint32(w[0])<<10 ^ uint32(w[1])<<5 ^ uint32(w[2])) & 0x7fff
	if m.wide {
		key = binary.LittleEndian.Uint32(w)
	}
	first := m.head[key]
	m.prev[i] = first
	m.head[key] = i
	return first
}

// longest returns the length of the longest match along the chain from cur.
func (m *matcher) longest(cur int) int {
	chain, best, nice := m.level.chain, m.prior, m.level.nice
	if m.prior >= m.level.good {
		chain >>= 2
	}
	nice = min(nice, m.ahead)
	scan := m.window[m.at:]
	limit := max(0, m.at-maxDist)
	for {
		c := m.window[cur:]
		if c[best] == scan[best] && c[best-1] == scan[best-1] && c[0] == scan[0] && c[1] == scan[1] {
			n := 2
			for n < maxMatch && c[n] == scan[n] {
				n++
			}
			if n > best {
				m.start, best = cur, n
				if n >= nice {
					break
				}
			}
		}
		cur = m.prev[cur]
		chain--
		if cur <= limit || chain == 0 {
			break
		}
	}
	return min(best, m.ahead)
}
