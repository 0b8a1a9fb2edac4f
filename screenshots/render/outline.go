package render

import "math"

// point is a place in pixels from the top left corner of a cell.
type point struct{ x, y float32 }

type operation uint8

const (
	moveTo operation = iota
	lineTo
	quadTo
	cubeTo
)

// segment is one step of an outline; at holds 1, 1, 2 or 3 points for the four operations.
type segment struct {
	op operation
	at [3]point
}

// points returns how many points of at count.
func (s segment) points() int {
	switch s.op {
	case quadTo:
		return 2
	case cubeTo:
		return 3
	default:
		return 1
	}
}

// outline is a closed shape with curves or slopes, filled by the non-zero rule.
type outline struct{ segments []segment }

func (o *outline) move(x, y float32) { o.add(moveTo, point{x, y}) }
func (o *outline) line(x, y float32) { o.add(lineTo, point{x, y}) }

func (o *outline) add(op operation, at ...point) {
	s := segment{op: op}
	copy(s.at[:], at)
	o.segments = append(o.segments, s)
}

// polygon adds a closed shape with straight sides.
func (o *outline) polygon(at ...point) {
	for i, p := range at {
		if i == 0 {
			o.move(p.x, p.y)
		} else {
			o.line(p.x, p.y)
		}
	}
}

// round is how far a Bézier curve's handles reach along a quarter of a circle.
const round = 0.5522848

// circle adds a disc.
func (o *outline) circle(x, y, r float32) {
	k := r * round
	o.move(x+r, y)
	o.add(cubeTo, point{x + r, y + k}, point{x + k, y + r}, point{x, y + r})
	o.add(cubeTo, point{x - k, y + r}, point{x - r, y + k}, point{x - r, y})
	o.add(cubeTo, point{x - r, y - k}, point{x - k, y - r}, point{x, y - r})
	o.add(cubeTo, point{x + k, y - r}, point{x + r, y - k}, point{x + r, y})
}

// roundedRect adds a box; the two flags say which corners are round.
func (o *outline) roundedRect(w, h, r float32, top, bottom bool) {
	k := r * (1 - round)
	if top {
		o.move(r, 0)
		o.line(w-r, 0)
		o.add(cubeTo, point{w - k, 0}, point{w, k}, point{w, r})
	} else {
		o.move(0, 0)
		o.line(w, 0)
	}
	if bottom {
		o.line(w, h-r)
		o.add(cubeTo, point{w, h - k}, point{w - k, h}, point{w - r, h})
		o.line(r, h)
		o.add(cubeTo, point{k, h}, point{0, h - k}, point{0, h - r})
	} else {
		o.line(w, h)
		o.line(0, h)
	}
	if top {
		o.line(0, r)
		o.add(cubeTo, point{0, k}, point{k, 0}, point{r, 0})
	}
}

// bounds returns the smallest box of whole pixels around the shape, in pixels; a curve lies within
// the box of its points.
func (o *outline) bounds() (x0, y0, x1, y1 int) {
	if len(o.segments) == 0 {
		return 0, 0, 0, 0
	}
	lo := point{math.MaxFloat32, math.MaxFloat32}
	hi := point{-math.MaxFloat32, -math.MaxFloat32}
	for _, s := range o.segments {
		for _, p := range s.at[:s.points()] {
			lo = point{min(lo.x, p.x), min(lo.y, p.y)}
			hi = point{max(hi.x, p.x), max(hi.y, p.y)}
		}
	}
	floor := func(v float32) int { return int(math.Floor(float64(v))) }
	return floor(lo.x), floor(lo.y), floor(hi.x) + 1, floor(hi.y) + 1
}
