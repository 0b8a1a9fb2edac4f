package render

import "image"

// eighth returns n eighths of size, in whole pixels.
func eighth(size, n int) int { return (size*n + 4) / 8 }

// blockRects returns the rectangles of a block element (U+2580 to U+259F) and how much of the
// background they cover, in percent.
func blockRects(r rune) (rects []image.Rectangle, percent int) {
	const w, h = cellWidth, cellHeight
	switch {
	case r == '▀':
		return []image.Rectangle{image.Rect(0, 0, w, h/2)}, 100
	case r >= 0x2581 && r <= 0x2588: // lower one eighth to full
		return []image.Rectangle{image.Rect(0, h-eighth(h, int(r-0x2580)), w, h)}, 100
	case r >= 0x2589 && r <= 0x258f: // left seven eighths to one eighth
		return []image.Rectangle{image.Rect(0, 0, eighth(w, int(0x2590-r)), h)}, 100
	case r == '▐':
		return []image.Rectangle{image.Rect(eighth(w, 4), 0, w, h)}, 100
	case r >= 0x2591 && r <= 0x2593: // shades
		return []image.Rectangle{image.Rect(0, 0, w, h)}, 25 * int(r-0x2590)
	case r == '▔':
		return []image.Rectangle{image.Rect(0, 0, w, eighth(h, 1))}, 100
	case r == '▕':
		return []image.Rectangle{image.Rect(w-eighth(w, 1), 0, w, h)}, 100
	case r >= 0x2596 && r <= 0x259f:
		return quadrants(r), 100
	}
	return nil, 0
}

// quadrants returns the quarters of U+2596 to U+259F.
func quadrants(r rune) []image.Rectangle {
	const w, h = cellWidth, cellHeight
	const topLeft, topRight, bottomLeft, bottomRight = 1, 2, 4, 8
	set := [...]int{
		bottomLeft, bottomRight, topLeft,
		topLeft | bottomLeft | bottomRight, topLeft | bottomRight, topLeft | topRight | bottomLeft,
		topLeft | topRight | bottomRight, topRight, topRight | bottomLeft, topRight | bottomLeft | bottomRight,
	}[r-0x2596]
	mx, my := eighth(w, 4), h/2
	var out []image.Rectangle
	for i, q := range []image.Rectangle{
		image.Rect(0, 0, mx, my), image.Rect(mx, 0, w, my), image.Rect(0, my, mx, h), image.Rect(mx, my, w, h),
	} {
		if set&(1<<i) != 0 {
			out = append(out, q)
		}
	}
	return out
}

// brailleOutline returns the dots of U+2800 to U+28FF.
func brailleOutline(r rune) *outline {
	if r < 0x2800 || r > 0x28ff {
		return nil
	}
	const radius = 2.6
	o := &outline{}
	for bit, at := range [8][2]float32{{0, 0}, {0, 1}, {0, 2}, {1, 0}, {1, 1}, {1, 2}, {0, 3}, {1, 3}} {
		if (r-0x2800)&(1<<bit) != 0 {
			o.circle(cellWidth*(1+2*at[0])/4, cellHeight*(1+2*at[1])/8, radius)
		}
	}
	return o
}
