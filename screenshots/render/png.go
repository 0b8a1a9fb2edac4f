package render

import (
	"fmt"
	"image"
	"image/draw"
	"image/png"
	"io"

	"golang.org/x/image/vector"

	"pikedash/ui/uitest"
)

// maskKey names a rasterised outline.
type maskKey struct{ shape *outline }

// mask is an outline as coverage, and where its top left corner lies from that of the cell.
type mask struct {
	alpha  *image.Alpha
	origin image.Point
}

// PNG writes the frame as a picture of 17 by 36 pixels for each cell, in a window with a title; an
// empty title leaves the window away. The error is a *MissingError when a character has no glyph.
func (r *Renderer) PNG(w io.Writer, f *uitest.Frame, title string) error {
	img, err := r.Image(f, title)
	if err != nil {
		return err
	}
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err := encoder.Encode(w, img); err != nil {
		return fmt.Errorf("writing a PNG: %w", err)
	}
	return nil
}

// Image draws the frame. The ground around the window's round corners is transparent.
func (r *Renderer) Image(f *uitest.Frame, title string) (*image.RGBA, error) {
	p, err := r.lay(f, title, false)
	if err != nil {
		return nil, err
	}
	return r.paint(p), nil
}

func (r *Renderer) paint(p *picture) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, p.width, p.height))
	for _, l := range p.layers {
		for _, k := range l.inks {
			source := image.NewUniform(k.color)
			for _, q := range k.rects {
				draw.Draw(img, q, source, image.Point{}, draw.Src)
			}
			for _, s := range k.shapes {
				m := r.mask(s.shape)
				to := m.alpha.Bounds().Add(s.at).Add(m.origin)
				draw.DrawMask(img, to, source, image.Point{}, m.alpha, image.Point{}, draw.Over)
			}
		}
	}
	return img
}

// mask rasterises an outline, once.
func (r *Renderer) mask(o *outline) mask {
	key := maskKey{o}
	if m, ok := r.masks[key]; ok {
		return m
	}
	x0, y0, x1, y1 := o.bounds()
	z := vector.NewRasterizer(x1-x0, y1-y0)
	at := func(p point) (x, y float32) { return p.x - float32(x0), p.y - float32(y0) }
	for i, s := range o.segments {
		ax, ay := at(s.at[0])
		bx, by := at(s.at[1])
		cx, cy := at(s.at[2])
		switch s.op {
		case moveTo:
			if i > 0 {
				z.ClosePath()
			}
			z.MoveTo(ax, ay)
		case lineTo:
			z.LineTo(ax, ay)
		case quadTo:
			z.QuadTo(ax, ay, bx, by)
		case cubeTo:
			z.CubeTo(ax, ay, bx, by, cx, cy)
		}
	}
	z.ClosePath()
	m := mask{alpha: image.NewAlpha(image.Rect(0, 0, x1-x0, y1-y0)), origin: image.Pt(x0, y0)}
	z.DrawOp = draw.Src
	z.Draw(m.alpha, m.alpha.Bounds(), image.Opaque, image.Point{})
	r.masks[key] = m
	return m
}
