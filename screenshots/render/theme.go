package render

import (
	"image/color"

	"pikedash/ui/uitest"
)

// Theme is the terminal's own colours.
type Theme struct {
	Foreground, Background color.RGBA
	Bar, BarText           color.RGBA // of the window's title bar
	Palette                [16]color.RGBA
}

func hex(v uint32) color.RGBA {
	return color.RGBA{R: uint8(v >> 16), G: uint8(v >> 8), B: uint8(v), A: 0xff}
}

func palette(values [16]uint32) (p [16]color.RGBA) {
	for i, v := range values {
		p[i] = hex(v)
	}
	return p
}

// Dark is light text on a dark background.
func Dark() Theme {
	return Theme{
		Foreground: hex(0xd8dee9), Background: hex(0x14171c), Bar: hex(0x22262e), BarText: hex(0x9aa3b2),
		Palette: palette([16]uint32{
			0x1d2129, 0xe06c75, 0x98c379, 0xe5c07b, 0x61afef, 0xc678dd, 0x56b6c2, 0xc8ccd4,
			0x6b7482, 0xff8a92, 0xb5e890, 0xffd98f, 0x82c4ff, 0xe096f5, 0x77d5e2, 0xffffff,
		}),
	}
}

// Light is dark text on a white background.
func Light() Theme {
	return Theme{
		Foreground: hex(0x24292f), Background: hex(0xffffff), Bar: hex(0xe7eaee), BarText: hex(0x57606a),
		Palette: palette([16]uint32{
			0x24292f, 0xcf222e, 0x116329, 0x8a5a00, 0x0550ae, 0x8250df, 0x1b7c83, 0x6e7781,
			0x57606a, 0xa40e26, 0x1a7f37, 0x9a6700, 0x218bff, 0xa475f9, 0x3192aa, 0x8c959f,
		}),
	}
}

// resolve returns the colour that a program asked for; fallback stands for the default colour.
func (t *Theme) resolve(c uitest.Color, fallback color.RGBA) color.RGBA {
	switch c.Kind {
	case uitest.RGBColor:
		return color.RGBA{R: c.R, G: c.G, B: c.B, A: 0xff}
	case uitest.IndexedColor:
		return t.indexed(c.Index)
	default:
		return fallback
	}
}

// indexed returns one of the 256 colours: the palette, a cube of 6x6x6, and 24 greys. The levels
// are xterm's.
func (t *Theme) indexed(i uint8) color.RGBA {
	switch {
	case i < 16:
		return t.Palette[i]
	case i < 232:
		level := func(n uint8) uint8 {
			if n == 0 {
				return 0
			}
			return 55 + 40*n
		}
		n := i - 16
		return color.RGBA{R: level(n / 36), G: level(n / 6 % 6), B: level(n % 6), A: 0xff}
	default:
		grey := 8 + 10*(i-232)
		return color.RGBA{R: grey, G: grey, B: grey, A: 0xff}
	}
}

// colors returns the colours of a cell's text and background after faint, reverse and conceal.
func (t *Theme) colors(c uitest.Cell) (fg, bg color.RGBA) {
	fg, bg = t.resolve(c.Fg, t.Foreground), t.resolve(c.Bg, t.Background)
	if c.Attr&uitest.Reverse != 0 {
		fg, bg = bg, fg
	}
	if c.Attr&uitest.Faint != 0 {
		fg = mix(bg, fg, 60)
	}
	if c.Attr&uitest.Conceal != 0 {
		fg = bg
	}
	return fg, bg
}

// mix returns percent of top over the rest of under.
func mix(under, top color.RGBA, percent int) color.RGBA {
	m := func(a, b uint8) uint8 { return uint8((int(a)*(100-percent) + int(b)*percent + 50) / 100) }
	return color.RGBA{R: m(under.R, top.R), G: m(under.G, top.G), B: m(under.B, top.B), A: 0xff}
}
