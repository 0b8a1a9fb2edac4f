package render

import (
	"fmt"

	"github.com/go-fonts/dejavu/dejavusans"
	"github.com/go-fonts/dejavu/dejavusansmono"
	"github.com/go-fonts/dejavu/dejavusansmonobold"
	"github.com/go-fonts/dejavu/dejavusansmonoboldoblique"
	"github.com/go-fonts/dejavu/dejavusansmonooblique"
	"golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"

	"pikedash/ui/uitest"
)

// face numbers a font.
type face int

const (
	regular face = iota
	bold
	oblique
	boldOblique
	symbols // the proportional DejaVu Sans, which has more symbols; squeezed into the cell
	faces
)

// fonts makes outlines of letters and keeps them.
type fonts struct {
	parsed [faces]*sfnt.Font
	buffer sfnt.Buffer
	made   map[glyphKey]*outline
}

// glyphKey names an outline: a letter in a style, in a cell of 1 or 2 columns.
type glyphKey struct {
	letter  rune
	style   face
	columns int
}

func loadFonts() (*fonts, error) {
	f := &fonts{made: map[glyphKey]*outline{}}
	for i, ttf := range [faces][]byte{
		dejavusansmono.TTF, dejavusansmonobold.TTF, dejavusansmonooblique.TTF, dejavusansmonoboldoblique.TTF, dejavusans.TTF,
	} {
		font, err := sfnt.Parse(ttf)
		if err != nil {
			return nil, fmt.Errorf("reading a built-in font: %w", err)
		}
		f.parsed[i] = font
	}
	return f, nil
}

// styleOf returns the face for a cell's attributes.
func styleOf(a uitest.Attr) face {
	switch {
	case a&uitest.Bold != 0 && a&uitest.Italic != 0:
		return boldOblique
	case a&uitest.Bold != 0:
		return bold
	case a&uitest.Italic != 0:
		return oblique
	default:
		return regular
	}
}

// outline returns the shape of a letter, from the first font that has it; nil when none has.
func (f *fonts) outline(key glyphKey) (*outline, error) {
	if o, ok := f.made[key]; ok {
		return o, nil
	}
	for _, candidate := range []face{key.style, regular, symbols} {
		index, err := f.parsed[candidate].GlyphIndex(&f.buffer, key.letter)
		if err != nil {
			return nil, fmt.Errorf("looking up %U: %w", key.letter, err)
		}
		if index == 0 {
			continue
		}
		o, err := f.load(candidate, index, key.columns)
		if err != nil {
			return nil, fmt.Errorf("reading the outline of %U: %w", key.letter, err)
		}
		f.made[key] = o
		return o, nil
	}
	o, err := f.controlOutline(key.letter)
	f.made[key] = o
	return o, err
}

// load reads a glyph. Letters of the monospaced fonts fit by themselves; others are made smaller
// until they do, and are centred.
func (f *fonts) load(from face, index sfnt.GlyphIndex, columns int) (*outline, error) {
	size := fixed.I(emSize)
	room := fixed.I(cellWidth * columns)
	advance, err := f.parsed[from].GlyphAdvance(&f.buffer, index, size, font.HintingNone)
	if err != nil {
		return nil, err
	}
	shift := fixed.Int26_6(0)
	if from == symbols {
		if advance > room {
			size = size * room / advance
			advance = room
		}
		shift = (room - advance) / 2
	}
	segments, err := f.parsed[from].LoadGlyph(&f.buffer, index, size, nil)
	if err != nil {
		return nil, err
	}
	o := &outline{}
	for _, s := range segments {
		step := segment{}
		n := 1
		switch s.Op {
		case sfnt.SegmentOpMoveTo:
			step.op = moveTo
		case sfnt.SegmentOpLineTo:
			step.op = lineTo
		case sfnt.SegmentOpQuadTo:
			step.op, n = quadTo, 2
		case sfnt.SegmentOpCubeTo:
			step.op, n = cubeTo, 3
		}
		for i := range n {
			step.at[i] = point{float32(s.Args[i].X+shift) / 64, float32(s.Args[i].Y)/64 + baseline}
		}
		o.segments = append(o.segments, step)
	}
	return o, nil
}
