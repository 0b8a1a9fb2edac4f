package forensics

// DiffRow is one row of a side-by-side comparison: at most DiffWidth bytes of each side.
type DiffRow struct {
	ReceivedOffset int // offset of the row's first received byte
	SignedOffset   int // offset of the row's first signed byte
	Received       []DiffByte
	Signed         []DiffByte
	Skipped        int // equal bytes that were left out before this row
}

// DiffByte is one cell of a row.
type DiffByte struct {
	Value   byte
	Present bool // false: this side has no byte here, the other side has one more
	Changed bool
}

// Limits of a comparison.
const (
	DiffWidth   = 16 // bytes in a row
	maxDiffRows = 32
	diffWindow  = 192 // bytes of each side that are aligned at a time
	keepEqual   = 2   // equal rows that are shown between differences
)

// Diff aligns the received and the signed bytes and returns the rows around their first differences,
// nil when they are equal. It is bounded: long equal stretches are skipped and at most a screenful of
// rows is returned.
func Diff(received, signed []byte) []DiffRow {
	at := firstDifference(received, signed)
	if at < 0 {
		return nil
	}
	start := max(0, at-at%DiffWidth-DiffWidth)
	d := &differ{a: received, b: signed, i: start, j: start}
	for len(d.rows) < maxDiffRows && (d.i < len(received) || d.j < len(signed)) {
		d.row()
	}
	if len(d.rows) > 0 {
		d.rows[0].Skipped = start
	}
	return d.rows
}

// differ walks over both sides.
type differ struct {
	a, b   []byte
	i, j   int
	plan   []move // how the next cells are aligned
	rows   []DiffRow
	equal  int // equal rows since the last difference
	hidden int // equal bytes left out since the last row
}

// row adds one row, or leaves it out when it continues a long equal stretch.
func (d *differ) row() {
	r := DiffRow{ReceivedOffset: d.i, SignedOffset: d.j}
	changed := false
	for range DiffWidth {
		x, y, ok := d.next()
		if !ok {
			break
		}
		r.Received, r.Signed = append(r.Received, x), append(r.Signed, y)
		changed = changed || x.Changed || y.Changed
	}
	if changed {
		d.equal = 0
	} else if d.equal++; d.equal > keepEqual && len(d.rows) > keepEqual {
		d.skip(len(r.Received))
		return
	}
	r.Skipped, d.hidden = d.hidden, 0
	d.rows = append(d.rows, r)
}

// skip leaves out equal bytes up to the row before the next difference.
func (d *differ) skip(n int) {
	d.plan = nil // it is made anew at the next difference
	d.hidden += n
	more := firstDifference(d.a[d.i:], d.b[d.j:])
	if more < 0 {
		more = len(d.a) - d.i
	}
	more -= more % DiffWidth
	d.i, d.j, d.hidden, d.equal = d.i+more, d.j+more, d.hidden+more, 0
}

// move says which sides have a byte in a cell.
type move struct{ a, b bool }

// next returns the next pair of cells.
func (d *differ) next() (x, y DiffByte, ok bool) {
	if d.i >= len(d.a) && d.j >= len(d.b) {
		return x, y, false
	}
	m := move{a: true, b: true}
	if len(d.plan) == 0 && !(d.i < len(d.a) && d.j < len(d.b) && d.a[d.i] == d.b[d.j]) {
		d.align()
	}
	if len(d.plan) > 0 {
		m, d.plan = d.plan[0], d.plan[1:]
	}
	changed := !m.a || !m.b || d.a[d.i] != d.b[d.j]
	x.Changed, y.Changed = changed, changed
	if m.a {
		x.Value, x.Present = d.a[d.i], true
		d.i++
	}
	if m.b {
		y.Value, y.Present = d.b[d.j], true
		d.j++
	}
	return x, y, true
}

// align plans the next cells along a longest common subsequence of two windows. Only the first half
// is kept, unless the texts end in the windows: what follows may change the alignment.
func (d *differ) align() {
	a, b := d.a[d.i:min(len(d.a), d.i+diffWindow)], d.b[d.j:min(len(d.b), d.j+diffWindow)]
	width := len(b) + 1
	common := make([]uint16, (len(a)+1)*width) // of a[i:] and b[j:]
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				common[i*width+j] = common[(i+1)*width+j+1] + 1
			} else {
				common[i*width+j] = max(common[(i+1)*width+j], common[i*width+j+1])
			}
		}
	}
	ends := d.i+len(a) == len(d.a) && d.j+len(b) == len(d.b)
	onlyA, onlyB := 0, 0
	flush := func() {
		for ; onlyA > 0 && onlyB > 0; onlyA, onlyB = onlyA-1, onlyB-1 {
			d.plan = append(d.plan, move{true, true}) // one byte replaced by another
		}
		for ; onlyA > 0; onlyA-- {
			d.plan = append(d.plan, move{a: true})
		}
		for ; onlyB > 0; onlyB-- {
			d.plan = append(d.plan, move{b: true})
		}
	}
	i, j := 0, 0
	for (i < len(a) || j < len(b)) && (ends || i+j < diffWindow) {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			flush()
			d.plan = append(d.plan, move{true, true})
			i, j = i+1, j+1
		case j >= len(b) || i < len(a) && common[(i+1)*width+j] >= common[i*width+j+1]:
			i, onlyA = i+1, onlyA+1
		default:
			j, onlyB = j+1, onlyB+1
		}
	}
	flush()
}

// Glyph is how a byte is shown as text: itself when it is printable ASCII, a visible sign for control
// characters, and a dot for the others.
func (b DiffByte) Glyph() rune {
	switch {
	case !b.Present:
		return ' '
	case b.Value < 0x20:
		return 0x2400 + rune(b.Value) // the control pictures of Unicode
	case b.Value == 0x7f:
		return 0x2421
	case b.Value > 0x7f:
		return '·'
	}
	return rune(b.Value)
}
