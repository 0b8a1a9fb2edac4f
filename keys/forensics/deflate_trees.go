package forensics

// Sizes of zlib's alphabets.
const (
	literalCodes  = 286
	distanceCodes = 30
	lengthCodes   = 19
	endOfBlock    = 256
	heapSize      = 2*literalCodes + 1
)

var (
	lengthExtra   = []int{0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0}
	distanceExtra = []int{0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13}
	treeExtra     = []int{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 3, 7}
	treeOrder     = []int{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}
)

// codeTree is one Huffman tree, built with zlib's way of breaking ties.
type codeTree struct {
	freq, bits, code, parent, depth []int
	max                             int // the largest code in use
	heap                            [heapSize]int
	heapLen, heapMax                int
	static                          []int // lengths in the fixed tree; nil when there is none
	extra                           []int
	base, limit                     int
	size, staticSize                int // bits of the coded symbols
}

func newTree(codes int, extra []int, base, limit int, static []int) *codeTree {
	n := 2*codes + 1
	return &codeTree{
		freq: make([]int, n), bits: make([]int, n), code: make([]int, n), parent: make([]int, n), depth: make([]int, n),
		extra: extra, base: base, limit: limit, static: static,
	}
}

func (t *codeTree) smaller(a, b int) bool {
	return t.freq[a] < t.freq[b] || t.freq[a] == t.freq[b] && t.depth[a] <= t.depth[b]
}

// sink restores the heap below k.
func (t *codeTree) sink(k int) {
	v := t.heap[k]
	for j := k * 2; j <= t.heapLen; j *= 2 {
		if j < t.heapLen && t.smaller(t.heap[j+1], t.heap[j]) {
			j++
		}
		if t.smaller(v, t.heap[j]) {
			break
		}
		t.heap[k] = t.heap[j]
		k = j
	}
	t.heap[k] = v
}

// build makes the code lengths and codes from the frequencies of the first codes symbols.
func (t *codeTree) build(codes int) {
	t.heapLen, t.heapMax, t.max = 0, heapSize, -1
	for n := range codes {
		if t.freq[n] != 0 {
			t.heapLen++
			t.heap[t.heapLen], t.max = n, n
		}
	}
	for t.heapLen < 2 {
		n := 0
		if t.max < 2 {
			t.max++
			n = t.max
		}
		t.heapLen++
		t.heap[t.heapLen] = n
		t.freq[n] = 1
		t.size--
		if t.static != nil {
			t.staticSize -= t.static[n]
		}
	}
	for n := t.heapLen / 2; n >= 1; n-- {
		t.sink(n)
	}
	for next := codes; ; next++ {
		a := t.heap[1]
		t.heap[1] = t.heap[t.heapLen]
		t.heapLen--
		t.sink(1)
		b := t.heap[1]
		t.heapMax--
		t.heap[t.heapMax] = a
		t.heapMax--
		t.heap[t.heapMax] = b
		t.freq[next] = t.freq[a] + t.freq[b]
		t.depth[next] = max(t.depth[a], t.depth[b]) + 1
		t.parent[a], t.parent[b] = next, next
		t.heap[1] = next
		t.sink(1)
		if t.heapLen < 2 {
			break
		}
	}
	t.heapMax--
	t.heap[t.heapMax] = t.heap[1]
	t.assign(t.lengths())
}

// lengths sets the length of each code, none above the limit, and counts them.
func (t *codeTree) lengths() []int {
	count := make([]int, t.limit+1)
	t.bits[t.heap[t.heapMax]] = 0
	over, h := 0, t.heapMax+1
	for ; h < heapSize; h++ {
		n := t.heap[h]
		bits := t.bits[t.parent[n]] + 1
		if bits > t.limit {
			bits = t.limit
			over++
		}
		t.bits[n] = bits
		if n > t.max {
			continue
		}
		count[bits]++
		extra := 0
		if n >= t.base {
			extra = t.extra[n-t.base]
		}
		t.size += t.freq[n] * (bits + extra)
		if t.static != nil {
			t.staticSize += t.freq[n] * (t.static[n] + extra)
		}
	}
	for ; over > 0; over -= 2 {
		bits := t.limit - 1
		for count[bits] == 0 {
			bits--
		}
		count[bits]--
		count[bits+1] += 2
		count[t.limit]--
		if over <= 2 {
			t.shorten(count, h)
		}
	}
	return count
}

// shorten gives the counted lengths to the codes, the rarest first.
func (t *codeTree) shorten(count []int, h int) {
	for bits := t.limit; bits > 0; bits-- {
		for n := count[bits]; n > 0; {
			h--
			m := t.heap[h]
			if m > t.max {
				continue
			}
			t.size += (bits - t.bits[m]) * t.freq[m]
			t.bits[m] = bits
			n--
		}
	}
}

// assign numbers the codes of each length and turns their bits around.
func (t *codeTree) assign(count []int) {
	next := make([]int, t.limit+1)
	code := 0
	for bits := 1; bits <= t.limit; bits++ {
		code = (code + count[bits-1]) << 1
		next[bits] = code
	}
	for n := 0; n <= t.max; n++ {
		if b := t.bits[n]; b > 0 {
			t.code[n] = reverseBits(next[b], b)
			next[b]++
		}
	}
}

func reverseBits(v, n int) int {
	out := 0
	for range n {
		out = out<<1 | v&1
		v >>= 1
	}
	return out
}

// fixedLengths are the code lengths of the fixed literal tree.
func fixedLengths() []int {
	out := make([]int, 288)
	for i := range out {
		switch {
		case i < 144:
			out[i] = 8
		case i < 256:
			out[i] = 9
		case i < 280:
			out[i] = 7
		default:
			out[i] = 8
		}
	}
	return out
}

// fixedTree is the fixed tree with the given lengths.
func fixedTree(bits []int) *codeTree {
	t := &codeTree{bits: bits, code: make([]int, len(bits)), max: len(bits) - 1, limit: 15}
	count := make([]int, 16)
	for _, b := range bits {
		count[b]++
	}
	count[0] = 0
	t.assign(count)
	return t
}

// lengthCode splits a match length into its code, and the value and number of its extra bits.
func lengthCode(length int) (code, value, bits int) {
	if length == maxMatch {
		return 285, 0, 0
	}
	return splitCode(length-minMatch, lengthExtra, 257)
}

func distanceCode(dist int) (code, value, bits int) { return splitCode(dist-1, distanceExtra, 0) }

func splitCode(v int, extra []int, base int) (code, value, bits int) {
	start := 0
	for i, e := range extra {
		if v < start+1<<e {
			return base + i, v - start, e
		}
		start += 1 << e
	}
	return base, 0, 0
}
