package forensics

// bitWriter collects bits, the lowest first.
type bitWriter struct {
	out  []byte
	hold uint64
	n    int
}

func (w *bitWriter) put(v, n int) {
	w.hold |= uint64(v) << w.n
	for w.n += n; w.n >= 8; w.n -= 8 {
		w.out = append(w.out, byte(w.hold))
		w.hold >>= 8
	}
}

func (w *bitWriter) flush() {
	if w.n > 0 {
		w.put(0, 8-w.n)
	}
}

func (w *bitWriter) symbol(t *codeTree, n int) { w.put(t.code[n], t.bits[n]) }

// deflate compresses text to one raw block as zlib does, nil when the text is too long for that.
func deflate(text []byte, level deflateLevel, wide bool) []byte {
	if len(text) > maxDeflate {
		return nil
	}
	list := symbols(text, level, wide)
	fives := make([]int, distanceCodes)
	for i := range fives {
		fives[i] = 5
	}
	lit := newTree(literalCodes, lengthExtra, 257, 15, fixedLengths())
	dist := newTree(distanceCodes, distanceExtra, 0, 15, fives)
	lit.freq[endOfBlock] = 1
	for _, s := range list {
		if s.dist == 0 {
			lit.freq[s.length]++
			continue
		}
		code, _, _ := lengthCode(s.length)
		lit.freq[code]++
		code, _, _ = distanceCode(s.dist)
		dist.freq[code]++
	}
	lit.build(literalCodes)
	dist.build(distanceCodes)
	tree := newTree(lengthCodes, treeExtra, 0, 7, nil)
	runs := append(codeRuns(lit), codeRuns(dist)...)
	for _, r := range runs {
		tree.freq[r.code]++
	}
	tree.build(lengthCodes)
	last := lengthCodes - 1
	for last >= 3 && tree.bits[treeOrder[last]] == 0 {
		last--
	}
	dynamic := (lit.size + dist.size + tree.size + 3*(last+1) + 5 + 5 + 4 + 3 + 7) / 8
	fixed := (lit.staticSize + dist.staticSize + 3 + 7) / 8
	var w bitWriter
	switch {
	case len(text)+4 <= min(dynamic, fixed):
		w.stored(text)
	case fixed <= dynamic:
		w.put(1<<1+1, 3)
		w.block(list, fixedTree(fixedLengths()), fixedTree(fives))
	default:
		w.put(2<<1+1, 3)
		w.header(lit, dist, tree, last, runs)
		w.block(list, lit, dist)
	}
	w.flush()
	return w.out
}

func (w *bitWriter) stored(text []byte) {
	w.put(1, 3)
	w.flush()
	n := len(text)
	w.out = append(w.out, byte(n), byte(n>>8), byte(^n), byte(^n>>8))
	w.out = append(w.out, text...)
}

func (w *bitWriter) block(list []symbol, lit, dist *codeTree) {
	for _, s := range list {
		if s.dist == 0 {
			w.symbol(lit, s.length)
			continue
		}
		code, v, n := lengthCode(s.length)
		w.symbol(lit, code)
		w.put(v, n)
		code, v, n = distanceCode(s.dist)
		w.symbol(dist, code)
		w.put(v, n)
	}
	w.symbol(lit, endOfBlock)
}

// header writes the trees of a dynamic block.
func (w *bitWriter) header(lit, dist, tree *codeTree, last int, runs []codeRun) {
	w.put(lit.max+1-257, 5)
	w.put(dist.max, 5)
	w.put(last-3, 4)
	for i := 0; i <= last; i++ {
		w.put(tree.bits[treeOrder[i]], 3)
	}
	for _, r := range runs {
		w.symbol(tree, r.code)
		w.put(r.value, r.bits)
	}
}

// codeRun is one code of the lengths of a tree: a length, or a repetition with its extra bits.
type codeRun struct{ code, value, bits int }

// codeRuns packs the lengths of t as zlib does.
func codeRuns(t *codeTree) []codeRun {
	var out []codeRun
	prev, count := -1, 0
	most, least := 7, 4
	if t.bits[0] == 0 {
		most, least = 138, 3
	}
	for n := 0; n <= t.max; n++ {
		cur, next := t.bits[n], -1
		if n < t.max {
			next = t.bits[n+1]
		}
		if count++; count < most && cur == next {
			continue
		}
		switch {
		case count < least:
			for range count {
				out = append(out, codeRun{code: cur})
			}
		case cur != 0:
			if cur != prev {
				out = append(out, codeRun{code: cur})
				count--
			}
			out = append(out, codeRun{16, count - 3, 2})
		case count <= 10:
			out = append(out, codeRun{17, count - 3, 3})
		default:
			out = append(out, codeRun{18, count - 11, 7})
		}
		count, prev = 0, cur
		switch {
		case next == 0:
			most, least = 138, 3
		case cur == next:
			most, least = 6, 3
		default:
			most, least = 7, 4
		}
	}
	return out
}
