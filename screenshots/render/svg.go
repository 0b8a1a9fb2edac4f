package render

import (
	"bufio"
	"encoding/xml"
	"fmt"
	"image"
	"image/color"
	"io"
	"math"
	"strconv"
	"strings"

	"pikedash/ui/uitest"
)

// SVG writes the frame as an image that needs no font: each glyph's outline is defined once as a
// <path> and placed by <use>; lines, blocks and grounds are paths of rectangles with sharp edges.
func (r *Renderer) SVG(w io.Writer, f *uitest.Frame, title string) error {
	p, err := r.lay(f, title, false)
	if err != nil {
		return err
	}
	s := &svg{out: bufio.NewWriter(w), ids: map[*outline]string{}}
	s.write(p)
	if err := s.out.Flush(); err != nil {
		return fmt.Errorf("writing an SVG: %w", err)
	}
	return nil
}

// svg writes a picture. Errors of its writer stay in out until they are asked for.
type svg struct {
	out *bufio.Writer
	ids map[*outline]string
}

func (s *svg) printf(format string, args ...any) {
	// A bufio.Writer keeps its first error, and Flush returns it.
	if _, err := fmt.Fprintf(s.out, format, args...); err != nil {
		return
	}
}

func (s *svg) write(p *picture) {
	s.printf("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" role=\"img\">\n",
		p.width, p.height, p.width, p.height)
	if p.title != "" {
		var b strings.Builder
		if err := xml.EscapeText(&b, []byte(p.title)); err == nil { // a Builder never fails
			s.printf("<title>%s</title>\n", b.String())
		}
	}
	s.define(p)
	for _, l := range p.layers {
		for _, k := range l.inks {
			s.ink(k)
		}
	}
	s.printf("</svg>\n")
}

// define writes the outlines that occur more than once.
func (s *svg) define(p *picture) {
	uses := map[*outline]int{}
	var order []*outline
	for _, l := range p.layers {
		for _, k := range l.inks {
			for _, o := range k.shapes {
				if uses[o.shape]++; uses[o.shape] == 1 {
					order = append(order, o.shape)
				}
			}
		}
	}
	s.printf("<defs>\n")
	for _, o := range order {
		if uses[o] > 1 {
			s.ids[o] = "g" + strconv.FormatInt(int64(len(s.ids)), 36)
			s.printf("<path id=\"%s\" d=\"%s\"/>\n", s.ids[o], pathData(o, image.Point{}))
		}
	}
	s.printf("</defs>\n")
}

func (s *svg) ink(k *ink) {
	if len(k.rects) > 0 {
		var b strings.Builder
		for _, q := range k.rects {
			fmt.Fprintf(&b, "M%d %dh%dv%dh%dz", q.Min.X, q.Min.Y, q.Dx(), q.Dy(), -q.Dx())
		}
		s.printf("<path fill=\"%s\" shape-rendering=\"crispEdges\" d=\"%s\"/>\n", colorName(k.color), b.String())
	}
	if len(k.shapes) == 0 {
		return
	}
	s.printf("<g fill=\"%s\">\n", colorName(k.color))
	for _, o := range k.shapes {
		if id, ok := s.ids[o.shape]; ok {
			s.printf("<use href=\"#%s\" x=\"%d\" y=\"%d\"/>\n", id, o.at.X, o.at.Y)
		} else {
			s.printf("<path d=\"%s\"/>\n", pathData(o.shape, o.at))
		}
	}
	s.printf("</g>\n")
}

func colorName(c color.RGBA) string { return fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B) }

// pathData writes an outline as the d of a <path>, moved by at. Coordinates have two decimals.
func pathData(o *outline, at image.Point) string {
	var b strings.Builder
	for i, s := range o.segments {
		if s.op == moveTo && i > 0 {
			b.WriteByte('Z')
		}
		b.WriteByte("MLQC"[s.op])
		for j, p := range s.at[:s.points()] {
			if j > 0 {
				b.WriteByte(' ')
			}
			b.WriteString(number(p.x + float32(at.X)))
			b.WriteByte(' ')
			b.WriteString(number(p.y + float32(at.Y)))
		}
	}
	if len(o.segments) > 0 {
		b.WriteByte('Z')
	}
	return b.String()
}

func number(v float32) string {
	return strconv.FormatFloat(math.Round(float64(v)*100)/100, 'f', -1, 64)
}
