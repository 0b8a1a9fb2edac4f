package render

import (
	"image"
	"image/color"
	"slices"

	"golang.org/x/text/unicode/norm"

	"pikedash/ui/uitest"
)

// picture is a frame laid out in pixels, ready for any of the formats. Layers are painted in order.
type picture struct {
	width, height int
	title         string
	layers        []*layer
}

// layer is what may be painted in any order: solid rectangles and shapes, gathered by colour in
// the order in which the colours first occur.
type layer struct{ inks []*ink }

type ink struct {
	color  color.RGBA
	rects  []image.Rectangle
	shapes []placed
}

// placed is an outline and where the top left corner of its cell is.
type placed struct {
	shape *outline
	at    image.Point
}

func (l *layer) ink(c color.RGBA) *ink {
	for _, k := range l.inks {
		if k.color == c {
			return k
		}
	}
	k := &ink{color: c}
	l.inks = append(l.inks, k)
	return k
}

// rect adds a rectangle; one that continues the last of its colour to the right is joined with it.
func (l *layer) rect(c color.RGBA, r image.Rectangle) {
	k := l.ink(c)
	for i := len(k.rects) - 1; i >= 0 && i >= len(k.rects)-4; i-- {
		last := &k.rects[i]
		if last.Max.X == r.Min.X && last.Min.Y == r.Min.Y && last.Max.Y == r.Max.Y {
			last.Max.X = r.Max.X
			return
		}
	}
	k.rects = append(k.rects, r)
}

func (l *layer) shape(c color.RGBA, o *outline, at image.Point) {
	k := l.ink(c)
	k.shapes = append(k.shapes, placed{o, at})
}

// lay lays out a frame. title stands in a window's bar around it; empty leaves the window away.
// square gives the window sharp corners, for formats that cannot let the ground shine through.
func (r *Renderer) lay(f *uitest.Frame, title string, square bool) (*picture, error) {
	p := &picture{width: f.Width * cellWidth, height: f.Height * cellHeight, title: title}
	origin := image.Point{}
	if title != "" {
		p.width += 2 * padding
		p.height += titleBar + 2*padding
		origin = image.Pt(padding, titleBar+padding)
	}
	window, err := r.window(p, square)
	if err != nil {
		return nil, err
	}
	ground, text, marks := &layer{}, &layer{}, &layer{}
	for y := range f.Height {
		for x := range f.Width {
			c := f.Cell(x, y)
			at := origin.Add(image.Pt(x*cellWidth, y*cellHeight))
			fg, bg := r.theme.colors(c)
			if c.Width == 0 { // the right half of a wide character has its ground only
				_, bg = r.theme.colors(f.Cell(x-1, y))
			}
			if bg != r.theme.Background {
				ground.rect(bg, image.Rect(0, 0, cellWidth, cellHeight).Add(at))
			}
			if c.Width == 0 {
				continue
			}
			if err := r.cell(text, c, fg, bg, at); err != nil {
				return nil, err
			}
			r.decorate(marks, c, fg, at)
		}
	}
	p.layers = append(window, ground, text, marks)
	return p, r.takeMissing()
}

// cell adds a cell's character.
func (r *Renderer) cell(l *layer, c uitest.Cell, fg, bg color.RGBA, at image.Point) error {
	if c.Text == "" || c.Text == " " || c.Attr&uitest.Conceal != 0 {
		return nil
	}
	for _, letter := range norm.NFC.String(c.Text) {
		if err := r.letter(l, letter, c, fg, bg, at); err != nil {
			return err
		}
	}
	return nil
}

func (r *Renderer) letter(l *layer, letter rune, c uitest.Cell, fg, bg color.RGBA, at image.Point) error {
	if letter == ' ' || letter == '\u00a0' || letter == '\ufe0e' {
		return nil
	}
	if rects, ok := boxRects(letter); ok {
		for _, q := range rects {
			l.rect(fg, q.Add(at))
		}
		return nil
	}
	if rects, percent := blockRects(letter); rects != nil {
		for _, q := range rects {
			l.rect(mix(bg, fg, percent), q.Add(at))
		}
		return nil
	}
	o, err := r.drawn(letter, styleOf(c.Attr), max(c.Width, 1))
	if err != nil {
		return err
	}
	if o == nil {
		r.missing[letter] = true
		return nil
	}
	if len(o.segments) > 0 {
		l.shape(fg, o, at)
	}
	return nil
}

// drawn returns the outline of a character: drawn by code where the fonts do not join, from a
// font else. It is nil when no font has the character.
func (r *Renderer) drawn(letter rune, style face, columns int) (*outline, error) {
	key := glyphKey{letter: letter, style: style, columns: columns}
	if (letter >= 0x2500 && letter <= 0x257f) || (letter >= 0x2800 && letter <= 0x28ff) {
		key.style = regular
		if o, ok := r.fonts.made[key]; ok {
			return o, nil
		}
		o := boxOutline(letter)
		if o == nil {
			o = brailleOutline(letter)
		}
		r.fonts.made[key] = o
		return o, nil
	}
	return r.fonts.outline(key)
}

// decorate adds a cell's underline and strike.
func (r *Renderer) decorate(l *layer, c uitest.Cell, fg color.RGBA, at image.Point) {
	line := r.theme.resolve(c.UnderColor, fg)
	w := cellWidth * max(c.Width, 1)
	add := func(x0, y0, x1, y1 int) { l.rect(line, image.Rect(x0, y0, x1, y1).Add(at)) }
	switch c.Underline {
	case uitest.SingleUnderline:
		add(0, 31, w, 33)
	case uitest.DoubleUnderline:
		add(0, 30, w, 32)
		add(0, 33, w, 35)
	case uitest.CurlyUnderline:
		l.shape(line, wave(w), at)
	case uitest.DottedUnderline:
		for x := 1; x < w; x += 4 {
			add(x, 31, x+2, 33)
		}
	case uitest.DashedUnderline:
		for x := 0; x+6 <= w; x += 8 {
			add(x, 31, x+6, 33)
		}
	}
	if c.Attr&uitest.Strike != 0 {
		l.rect(fg, image.Rect(0, 19, w, 21).Add(at))
	}
}

// wave is a curly underline, w pixels long.
func wave(w int) *outline {
	const top, height, thick = 30, 3, 2
	period := float32(cellWidth) / 2
	o := &outline{}
	var upper []point
	for i := 0; float32(i)*period/2 <= float32(w)+0.1; i++ {
		upper = append(upper, point{float32(i) * period / 2, top + float32(i%2)*height})
	}
	lower := slices.Clone(upper)
	slices.Reverse(lower)
	for i := range lower {
		lower[i].y += thick
	}
	o.polygon(append(upper, lower...)...)
	return o
}

// window returns the layers below the screen: the ground, and the window's bar with its title.
func (r *Renderer) window(p *picture, square bool) ([]*layer, error) {
	ground := &layer{}
	if p.title == "" {
		ground.rect(r.theme.Background, image.Rect(0, 0, p.width, p.height))
		return []*layer{ground}, nil
	}
	body, bar := &outline{}, &outline{}
	body.roundedRect(float32(p.width), float32(p.height), corner, !square, !square)
	bar.roundedRect(float32(p.width), titleBar, corner, !square, false)
	ground.shape(r.theme.Background, body, image.Point{})
	top, face := &layer{}, &layer{}
	top.shape(r.theme.Bar, bar, image.Point{})
	for i, c := range []uint32{0xff5f57, 0xfebc2e, 0x28c840} {
		o := &outline{}
		o.circle(float32(padding+buttonR+i*buttonGap), titleBar/2, buttonR)
		face.shape(hex(c), o, image.Point{})
	}
	letters := []rune(p.title)
	if room := max(0, (p.width-2*(padding+3*buttonGap))/cellWidth); len(letters) > room {
		letters = letters[:room]
	}
	x := (p.width - len(letters)*cellWidth) / 2
	for _, letter := range letters {
		if err := r.letter(face, letter, uitest.Cell{Width: 1}, r.theme.BarText, r.theme.Bar, image.Pt(x, (titleBar-cellHeight)/2)); err != nil {
			return nil, err
		}
		x += cellWidth
	}
	return []*layer{ground, top, face}, nil
}
