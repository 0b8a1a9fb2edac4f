package uitest

import (
	"unicode"
	"unicode/utf8"

	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/vt"
)

// feeder hands a program's output to the emulator and mends two things on the way: the emulator
// takes a grapheme cluster to be complete at the end of each write, and drops marks that combine
// with an ASCII letter.
type feeder struct {
	screen *vt.Emulator
	held   []byte // non-ASCII tail of the last write: its cluster may go on
	state  feedState
	base   bool        // the last byte is a printed ASCII character
	cell   uv.Position // where it stands, once it is written
}

// feedState is where the output stands within escape sequences.
type feedState uint8

const (
	inText feedState = iota
	inEscape
	inSequence  // CSI: ends with a byte of 0x40 to 0x7e
	inString    // OSC, DCS, APC, PM, SOS: end with BEL or ESC \
	inStringEnd // ESC within such a string
)

// maxHeld bounds how many bytes of one cluster are waited for.
const maxHeld = 128

// write takes output and reports whether some of it is held back; flush must then follow when
// no more output comes.
func (f *feeder) write(p []byte) (held bool, err error) {
	data := append(f.held, p...)
	cut := len(data)
	for cut > 0 && data[cut-1] >= utf8.RuneSelf && len(data)-cut < maxHeld {
		cut--
	}
	f.held = append([]byte(nil), data[cut:]...)
	return len(f.held) > 0, f.emit(data[:cut])
}

// flush writes what was held back.
func (f *feeder) flush() error {
	data := f.held
	f.held = nil
	return f.emit(data)
}

// emit writes data, attaching combining marks to the ASCII characters before them.
func (f *feeder) emit(data []byte) error {
	start := 0
	for i := 0; i < len(data); {
		if data[i] < utf8.RuneSelf {
			f.step(data[i])
			i++
			continue
		}
		n := marks(data[i:])
		if n == 0 || !f.base || f.state != inText {
			f.base = false
			_, size := utf8.DecodeRune(data[i:])
			i += size
			continue
		}
		if err := f.print(data[start:i]); err != nil {
			return err
		}
		f.attach(string(data[i : i+n]))
		i += n
		start = i
	}
	return f.print(data[start:])
}

// step follows the escape sequences through one ASCII byte.
func (f *feeder) step(b byte) {
	f.base = false
	switch f.state {
	case inText:
		if b == 0x1b {
			f.state = inEscape
			return
		}
		f.base = b > ' ' && b < 0x7f
	case inEscape:
		switch b {
		case '[':
			f.state = inSequence
		case ']', 'P', 'X', '^', '_':
			f.state = inString
		default:
			if b < 0x20 || b > 0x2f { // not an intermediate byte: the sequence is over
				f.state = inText
			}
		}
	case inSequence:
		if b >= 0x40 && b <= 0x7e {
			f.state = inText
		}
	case inString:
		switch b {
		case 0x07:
			f.state = inText
		case 0x1b:
			f.state = inStringEnd
		}
	case inStringEnd:
		f.state = inText
	}
}

// print writes text and, when it ends with a base, notes the cell that the base fell in.
func (f *feeder) print(text []byte) error {
	if !f.base || len(text) == 0 {
		_, err := f.screen.Write(text)
		return err
	}
	last := len(text) - 1
	if _, err := f.screen.Write(text[:last]); err != nil {
		return err
	}
	before := f.screen.CursorPosition()
	if _, err := f.screen.Write(text[last:]); err != nil {
		return err
	}
	f.cell = f.screen.CursorPosition()
	if f.cell != before { // in the last column the cursor stays on the base
		f.cell.X--
	}
	return nil
}

// attach adds marks to the cell of the base.
func (f *feeder) attach(marks string) {
	if cell := f.screen.CellAt(f.cell.X, f.cell.Y); cell != nil {
		cell = cell.Clone()
		cell.Content += marks
		f.screen.SetCell(f.cell.X, f.cell.Y, cell)
	}
}

// marks returns the length in bytes of the combining marks that data begins with.
func marks(data []byte) int {
	n := 0
	for n < len(data) {
		r, size := utf8.DecodeRune(data[n:])
		if !unicode.In(r, unicode.Mn, unicode.Me) {
			break
		}
		n += size
	}
	return n
}
