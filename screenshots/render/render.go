// Package render turns a frame of a terminal into pictures: PNG, SVG, GIF and plain text. It needs
// no browser and no installed font: letters are outlines of the DejaVu fonts that are compiled in,
// and lines, blocks and braille are drawn by code so that they join without seams. The same frame
// always gives the same bytes (PNG and GIF: for one version of Go and one architecture).
package render

import (
	"fmt"
	"io"
	"sort"
	"strings"

	"pikedash/ui/uitest"
)

// The size of a cell in pixels, for letters of 28 pixels to the em.
const (
	cellWidth  = 17
	cellHeight = 36
	emSize     = 28
	baseline   = 28 // of the letters, from the top of the cell
)

// The window around the screen, in pixels.
const (
	padding   = 24
	titleBar  = 44
	corner    = 12
	buttonGap = 26
	buttonR   = 7
)

// Renderer draws frames in one theme. It is not safe for concurrent use: it keeps the outlines that
// it has made.
type Renderer struct {
	theme   Theme
	fonts   *fonts
	masks   map[maskKey]mask
	missing map[rune]bool
}

// New makes a renderer. It fails when a built-in font cannot be read.
func New(theme Theme) (*Renderer, error) {
	f, err := loadFonts()
	if err != nil {
		return nil, err
	}
	return &Renderer{theme: theme, fonts: f, masks: map[maskKey]mask{}, missing: map[rune]bool{}}, nil
}

// MissingError lists the characters of a frame that no built-in font has.
type MissingError struct{ Runes []rune }

func (e *MissingError) Error() string {
	names := make([]string, len(e.Runes))
	for i, r := range e.Runes {
		names[i] = fmt.Sprintf("%U %c", r, r)
	}
	return "no font has a glyph for " + strings.Join(names, ", ")
}

// takeMissing returns an error for the glyphs that were missed since the last call.
func (r *Renderer) takeMissing() error {
	if len(r.missing) == 0 {
		return nil
	}
	e := &MissingError{}
	for c := range r.missing {
		e.Runes = append(e.Runes, c)
	}
	sort.Slice(e.Runes, func(i, j int) bool { return e.Runes[i] < e.Runes[j] })
	r.missing = map[rune]bool{}
	return e
}

// Text writes the frame's text, one line for each row.
func Text(w io.Writer, f *uitest.Frame) error {
	if _, err := io.WriteString(w, f.Text()+"\n"); err != nil {
		return fmt.Errorf("writing a screen as text: %w", err)
	}
	return nil
}
