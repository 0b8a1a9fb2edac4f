package render

import (
	"cmp"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"io"
	"slices"
	"time"

	"pikedash/ui/uitest"
)

// Still is one picture of an animation and how long it stays, in steps of 10 ms.
type Still struct {
	Frame *uitest.Frame
	Stay  time.Duration
}

// GIF writes an animation that repeats for ever, at half the size of the PNG. All frames must
// have the same size.
func (r *Renderer) GIF(w io.Writer, stills []Still, title string) error {
	images := make([]*image.RGBA, len(stills))
	for i, s := range stills {
		p, err := r.lay(s.Frame, title, true)
		if err != nil {
			return fmt.Errorf("frame %d: %w", i, err)
		}
		images[i] = half(r.paint(p))
		if images[i].Bounds() != images[0].Bounds() {
			return fmt.Errorf("frame %d has another size than the first", i)
		}
	}
	colors, index := quantise(images)
	anim := &gif.GIF{}
	for i, img := range images {
		changed := img.Bounds()
		if i > 0 {
			changed = difference(images[i-1], img)
		}
		out := image.NewPaletted(changed, colors)
		for y := changed.Min.Y; y < changed.Max.Y; y++ {
			for x := changed.Min.X; x < changed.Max.X; x++ {
				out.SetColorIndex(x, y, index[coarse(img.RGBAAt(x, y))])
			}
		}
		anim.Image = append(anim.Image, out)
		anim.Delay = append(anim.Delay, int(stills[i].Stay/(10*time.Millisecond)))
		anim.Disposal = append(anim.Disposal, gif.DisposalNone)
	}
	if len(images) > 0 {
		size := images[0].Bounds()
		anim.Config = image.Config{ColorModel: colors, Width: size.Dx(), Height: size.Dy()}
	}
	if err := gif.EncodeAll(w, anim); err != nil {
		return fmt.Errorf("writing a GIF: %w", err)
	}
	return nil
}

// half makes a picture half as large; each pixel is the mean of four.
func half(img *image.RGBA) *image.RGBA {
	w, h := img.Bounds().Dx()/2, img.Bounds().Dy()/2
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			a, b := img.PixOffset(2*x, 2*y), img.PixOffset(2*x, 2*y+1)
			o := out.PixOffset(x, y)
			for c := range 4 {
				sum := int(img.Pix[a+c]) + int(img.Pix[a+4+c]) + int(img.Pix[b+c]) + int(img.Pix[b+4+c])
				out.Pix[o+c] = uint8((sum + 2) / 4)
			}
		}
	}
	return out
}

// difference returns the smallest box that holds all pixels that differ; at least one pixel, as
// an animation needs an image for every delay.
func difference(a, b *image.RGBA) image.Rectangle {
	var box image.Rectangle
	for y := range b.Bounds().Dy() {
		for x := range b.Bounds().Dx() {
			if a.RGBAAt(x, y) != b.RGBAAt(x, y) {
				box = box.Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	if box.Empty() {
		return image.Rect(0, 0, 1, 1)
	}
	return box
}

// coarse gathers near colours: 5 bits for each channel.
func coarse(c color.RGBA) uint16 {
	return uint16(c.R>>3)<<10 | uint16(c.G>>3)<<5 | uint16(c.B>>3)
}

// quantise chooses the 256 most frequent colours, and for each coarse colour the nearest of them.
func quantise(images []*image.RGBA) (color.Palette, map[uint16]uint8) {
	type bucket struct {
		key   uint16
		count int
		exact map[color.RGBA]int
	}
	buckets := map[uint16]*bucket{}
	for _, img := range images {
		for y := range img.Bounds().Dy() {
			for x := range img.Bounds().Dx() {
				c := img.RGBAAt(x, y)
				b := buckets[coarse(c)]
				if b == nil {
					b = &bucket{key: coarse(c), exact: map[color.RGBA]int{}}
					buckets[b.key] = b
				}
				b.count++
				b.exact[c]++
			}
		}
	}
	order := make([]*bucket, 0, len(buckets))
	for _, b := range buckets {
		order = append(order, b)
	}
	slices.SortFunc(order, func(a, b *bucket) int {
		return cmp.Or(cmp.Compare(b.count, a.count), cmp.Compare(a.key, b.key))
	})
	var colors color.Palette
	index := map[uint16]uint8{}
	for i, b := range order {
		c := mostFrequent(b.exact)
		if i < 256 {
			colors = append(colors, c)
			index[b.key] = uint8(i)
		} else {
			index[b.key] = uint8(colors.Index(c))
		}
	}
	return colors, index
}

func mostFrequent(counts map[color.RGBA]int) color.RGBA {
	var best color.RGBA
	most := 0
	value := func(c color.RGBA) uint32 { return uint32(c.R)<<16 | uint32(c.G)<<8 | uint32(c.B) }
	for c, n := range counts {
		if n > most || n == most && value(c) < value(best) {
			best, most = c, n
		}
	}
	return best
}
