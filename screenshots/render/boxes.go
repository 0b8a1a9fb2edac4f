package render

import "image"

// band is a stroke's extent across its direction, in pixels.
type band struct{ lo, hi int }

// strokes are the bands that lines of one direction may take in a cell.
type strokes struct {
	light, heavy  band
	first, second band // of a double line
	edge          int  // size of the cell across these strokes
}

func verticalStrokes() strokes {
	return strokes{light: band{8, 10}, heavy: band{7, 11}, first: band{6, 8}, second: band{10, 12}, edge: cellWidth}
}

func horizontalStrokes() strokes {
	return strokes{light: band{17, 19}, heavy: band{16, 20}, first: band{15, 17}, second: band{19, 21}, edge: cellHeight}
}

// The directions, in the order of boxArms. Opposite is two further.
const (
	up = iota
	right
	down
	left
)

// boxRects returns the rectangles of a line-drawing character that has only straight lines.
func boxRects(r rune) ([]image.Rectangle, bool) {
	if r < 0x2500 || r > 0x257f {
		return nil, false
	}
	if dashes := dashRects(r); dashes != nil {
		return dashes, true
	}
	arms := boxArms[(r-0x2500)*5:][:4]
	if arms == "----" {
		return nil, false
	}
	var out []image.Rectangle
	for direction := range 4 {
		out = append(out, armRects(arms, direction)...)
	}
	return out, true
}

// armRects draws one of the lines that meet in a cell, from the cell's edge inwards.
func armRects(arms string, direction int) []image.Rectangle {
	along, across := verticalStrokes(), horizontalStrokes() // for right and left: where it ends, where it lies
	if direction == up || direction == down {
		along, across = across, along
	}
	draw := func(end int, lie band) image.Rectangle {
		switch direction {
		case up:
			return image.Rect(lie.lo, 0, lie.hi, end)
		case right:
			return image.Rect(end, lie.lo, cellWidth, lie.hi)
		case down:
			return image.Rect(lie.lo, end, lie.hi, cellHeight)
		default:
			return image.Rect(0, lie.lo, end, lie.hi)
		}
	}
	switch arms[direction] {
	case 'l':
		return []image.Rectangle{draw(singleEnd(arms, direction, along), across.light)}
	case 'h':
		return []image.Rectangle{draw(singleEnd(arms, direction, along), across.heavy)}
	case 'd':
		before, after := left, right // the neighbours on the sides of the first and the second strand
		if direction == right || direction == left {
			before, after = up, down
		}
		return []image.Rectangle{
			draw(strandEnd(arms, direction, before, after, along), across.first),
			draw(strandEnd(arms, direction, after, before, along), across.second),
		}
	}
	return nil
}

// inner returns the edge of b that is farther from where the line comes from.
func inner(direction int, b band) int {
	if direction == right || direction == down {
		return b.lo
	}
	return b.hi
}

// near and far are the strands of a crossing double line, as a line in that direction meets them.
func nearFar(direction int, s strokes) (near, far band) {
	if direction == right || direction == down {
		return s.second, s.first
	}
	return s.first, s.second
}

// singleEnd returns where a light or heavy line ends: it covers the line that it meets.
func singleEnd(arms string, direction int, s strokes) int {
	a, b := arms[(direction+1)%4], arms[(direction+3)%4]
	through := arms[(direction+2)%4] != '.'
	near, far := nearFar(direction, s)
	switch {
	case (a == 'd' || b == 'd') && through:
		return inner(direction, s.light)
	case a == 'd' && b == 'd':
		return inner(direction, near)
	case a == 'd' || b == 'd':
		return inner(direction, far)
	case a == 'h' || b == 'h':
		return inner(direction, s.heavy)
	default:
		return inner(direction, s.light)
	}
}

// strandEnd returns where one strand of a double line ends. side is the direction on the strand's
// own side, other the one on the other side.
func strandEnd(arms string, direction, side, other int, s strokes) int {
	near, far := nearFar(direction, s)
	switch {
	case arms[side] == 'd':
		return inner(direction, near)
	case arms[side] != '.' || arms[(direction+2)%4] != '.':
		return inner(direction, s.light)
	case arms[other] == 'd':
		return inner(direction, far)
	default:
		return inner(direction, s.light)
	}
}

// dashRects draws the dashed lines.
func dashRects(r rune) []image.Rectangle {
	var count int
	switch {
	case r >= 0x2504 && r <= 0x2507:
		count = 3
	case r >= 0x2508 && r <= 0x250b:
		count = 4
	case r >= 0x254c && r <= 0x254f:
		count = 2
	default:
		return nil
	}
	heavy, vertical := r&1 == 1, r&2 == 2
	s, length := horizontalStrokes(), cellWidth
	if vertical {
		s, length = verticalStrokes(), cellHeight
	}
	lie := s.light
	if heavy {
		lie = s.heavy
	}
	var out []image.Rectangle
	for i := range count {
		from, to := i*length/count+1, (i+1)*length/count-1
		if vertical {
			out = append(out, image.Rect(lie.lo, from, lie.hi, to))
		} else {
			out = append(out, image.Rect(from, lie.lo, to, lie.hi))
		}
	}
	return out
}

// boxOutline returns the shape of a line-drawing character that is bent or slanted.
func boxOutline(r rune) *outline {
	switch r {
	case '╭':
		return arc(1, 1)
	case '╮':
		return arc(-1, 1)
	case '╯':
		return arc(-1, -1)
	case '╰':
		return arc(1, -1)
	case '╱', '╲', '╳':
		o := &outline{}
		if r != '╲' {
			o.polygon(point{-1, cellHeight}, point{cellWidth - 1, 0}, point{cellWidth + 1, 0}, point{1, cellHeight})
		}
		if r != '╱' {
			o.polygon(point{-1, 0}, point{1, 0}, point{cellWidth + 1, cellHeight}, point{cellWidth - 1, cellHeight})
		}
		return o
	}
	return nil
}

// arc draws a light line from the middle of one side, around a corner, to the middle of another.
// dx and dy are 1 for right and down, -1 for left and up.
func arc(dx, dy float32) *outline {
	const (
		cx, cy = 9, 18 // middle of the light lines
		radius = 8
		half   = 1 // of the line's width
	)
	ex, ey := float32(0), float32(0)
	if dx > 0 {
		ex = cellWidth
	}
	if dy > 0 {
		ey = cellHeight
	}
	o := &outline{}
	bend := func(r float32, back bool) {
		// A quarter of a circle around (cx+dx*radius, cy+dy*radius).
		mx, my := cx+dx*radius, cy+dy*radius
		a, b := point{mx, my - dy*r}, point{mx - dx*r, my}
		ha, hb := point{mx - dx*r*round, my - dy*r}, point{mx - dx*r, my - dy*r*round}
		if back {
			a, b, ha, hb = b, a, hb, ha
		}
		o.line(a.x, a.y)
		o.add(cubeTo, ha, hb, b)
	}
	o.move(ex, cy-dy*half)
	bend(radius+half, false)
	o.line(cx-dx*half, ey)
	o.line(cx+dx*half, ey)
	bend(radius-half, true)
	o.line(ex, cy+dy*half)
	return o
}
