package forensics

// DiffRow is one row of a side-by-side comparison: at most DiffWidth bytes of each side.
type DiffRow struct {
	ReceivedOffset int // offset of the first received byte of the row
	SignedOffset   int
	Received       []DiffByte
	Signed         []DiffByte
	Skipped        int // equal bytes that were left out before this row
}

// DiffByte is one byte of a row.
type DiffByte struct {
	Value   byte
	Present bool // false: this side has no byte here (the other side has one more)
	Changed bool
}

// DiffWidth is the number of bytes in a row.
const DiffWidth = 16

// Diff aligns the received and the signed bytes and returns the rows around their first differences.
// It is bounded: long equal stretches are skipped and at most a screenful of rows is returned.
func Diff(received, signed []byte) []DiffRow { return nil }
