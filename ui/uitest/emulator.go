package uitest

import (
	"image/color"
	"io"

	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/vt"
)

// emulator is the terminal's screen. Only this file and feed.go know the library behind it.
type emulator struct {
	vt    *vt.Emulator
	feed  feeder
	modes map[ansi.Mode]bool
	title string
}

// newEmulator makes a screen. light decides what the program is told about the background.
func newEmulator(width, height int, light bool) *emulator {
	e := &emulator{vt: vt.NewEmulator(width, height), modes: map[ansi.Mode]bool{ansi.ModeTextCursorEnable: true}}
	if light {
		e.vt.SetDefaultBackgroundColor(color.White)
		e.vt.SetDefaultForegroundColor(color.Black)
	}
	e.vt.SetCallbacks(vt.Callbacks{
		EnableMode:  func(m ansi.Mode) { e.modes[m] = true },
		DisableMode: func(m ansi.Mode) { e.modes[m] = false },
		Title:       func(s string) { e.title = s },
	})
	e.feed.screen = e.vt
	return e
}

// replies copies what the terminal answers to queries until the emulator is closed. It must run
// all the time: the emulator blocks in write while an answer waits to be read.
func (e *emulator) replies(to func([]byte)) {
	buf := make([]byte, 256)
	for {
		n, err := e.vt.Read(buf)
		if n > 0 {
			to(append([]byte(nil), buf[:n]...))
		}
		if err != nil {
			return
		}
	}
}

// close ends replies. Emulator.Close would race with Emulator.Read over an unguarded flag, so
// the pipe between them is closed instead.
func (e *emulator) close() error {
	if c, ok := e.vt.InputPipe().(io.Closer); ok {
		return c.Close()
	}
	return nil
}

// resize changes the size of the screen, in cells.
func (e *emulator) resize(width, height int) { e.vt.Resize(width, height) }

// frame copies the screen.
func (e *emulator) frame() *Frame {
	w, h := e.vt.Width(), e.vt.Height()
	f := &Frame{Width: w, Height: h, Cells: make([]Cell, w*h), Title: e.title}
	pos := e.vt.CursorPosition()
	f.CursorX, f.CursorY = pos.X, pos.Y
	f.CursorVisible = e.modes[ansi.ModeTextCursorEnable]
	f.AltScreen = e.modes[ansi.ModeAltScreenSaveCursor] || e.modes[ansi.ModeAltScreen]
	f.BracketedPaste = e.modes[ansi.ModeBracketedPaste]
	f.Focus = e.modes[ansi.ModeFocusEvent]
	for _, m := range []ansi.Mode{ansi.ModeMouseX10, ansi.ModeMouseNormal, ansi.ModeMouseButtonEvent, ansi.ModeMouseAnyEvent} {
		f.Mouse = f.Mouse || e.modes[m]
	}
	for y := range h {
		for x := range w {
			f.Cells[y*w+x] = convertCell(e.vt.CellAt(x, y))
		}
	}
	return f
}

func convertCell(c *uv.Cell) Cell {
	if c == nil {
		return Cell{Width: 1}
	}
	out := Cell{
		Text: c.Content, Width: c.Width,
		Fg: convertColor(c.Style.Fg), Bg: convertColor(c.Style.Bg),
		Underline: Underline(c.Style.Underline), UnderColor: convertColor(c.Style.UnderlineColor),
		Link: c.Link.Params, // x/vt stores an OSC 8 link's two parts the wrong way round
	}
	for _, a := range []struct {
		from uv.StyleAttr
		to   Attr
	}{
		{uv.AttrBold, Bold}, {uv.AttrFaint, Faint}, {uv.AttrItalic, Italic},
		{uv.AttrBlink, Blink}, {uv.AttrRapidBlink, Blink}, {uv.AttrReverse, Reverse},
		{uv.AttrConceal, Conceal}, {uv.AttrStrikethrough, Strike},
	} {
		if c.Style.Attrs&a.from != 0 {
			out.Attr |= a.to
		}
	}
	return out
}

func convertColor(c color.Color) Color {
	switch c := c.(type) {
	case nil:
		return Color{}
	case ansi.BasicColor:
		return Color{Kind: IndexedColor, Index: uint8(c)}
	case ansi.IndexedColor:
		return Color{Kind: IndexedColor, Index: uint8(c)}
	default:
		r, g, b, _ := c.RGBA()
		return Color{Kind: RGBColor, R: uint8(r >> 8), G: uint8(g >> 8), B: uint8(b >> 8)}
	}
}
