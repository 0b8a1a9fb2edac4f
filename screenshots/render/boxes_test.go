package render

import (
	"image"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/unicode/runenames"
)

// armsByName reads a character's lines from its name, such as "BOX DRAWINGS LEFT LIGHT AND RIGHT
// UP HEAVY" or "BOX DRAWINGS LIGHT DOWN AND HORIZONTAL".
func armsByName(name string) string {
	weights := map[string]byte{"LIGHT": 'l', "SINGLE": 'l', "HEAVY": 'h', "DOUBLE": 'd'}
	directions := map[string][]int{
		"UP": {up}, "RIGHT": {right}, "DOWN": {down}, "LEFT": {left},
		"HORIZONTAL": {right, left}, "VERTICAL": {up, down},
	}
	arms := []byte("....")
	words := strings.Fields(strings.TrimPrefix(name, "BOX DRAWINGS "))
	_, weightFirst := weights[words[0]]
	var weight byte
	var waiting []int
	for _, w := range words {
		if v, ok := weights[w]; ok {
			weight = v
			for _, d := range waiting {
				arms[d] = v
			}
			waiting = nil
			continue
		}
		for _, d := range directions[w] {
			if weightFirst {
				arms[d] = weight
			} else {
				waiting = append(waiting, d)
			}
		}
	}
	return string(arms)
}

func TestBoxTableFollowsTheNames(t *testing.T) {
	for r := rune(0x2500); r <= 0x257f; r++ {
		name := runenames.Name(r)
		got := boxArms[(r-0x2500)*5:][:4]
		if strings.Contains(name, "DASH") || strings.Contains(name, "ARC") || strings.Contains(name, "DIAGONAL") {
			require.Equal(t, "----", got, name)
			continue
		}
		require.Equal(t, armsByName(name), got, name)
	}
}

// covered says whether any rectangle holds the pixel.
func covered(rects []image.Rectangle, x, y int) bool {
	for _, q := range rects {
		if (image.Point{x, y}).In(q) {
			return true
		}
	}
	return false
}

// edge returns the pixels of one side of a cell as a string of blanks and crosses.
func edge(rects []image.Rectangle, side int) string {
	var b strings.Builder
	n := cellWidth
	if side == left || side == right {
		n = cellHeight
	}
	for i := range n {
		at := map[int]image.Point{up: {i, 0}, right: {cellWidth - 1, i}, down: {i, cellHeight - 1}, left: {0, i}}[side]
		if covered(rects, at.X, at.Y) {
			b.WriteByte('x')
		} else {
			b.WriteByte(' ')
		}
	}
	return b.String()
}

func TestLinesJoinAcrossCells(t *testing.T) {
	type end struct {
		weight byte
		axis   int
	}
	seen := map[end]string{}
	for r := rune(0x2500); r <= 0x257f; r++ {
		arms := boxArms[(r-0x2500)*5:][:4]
		rects, ok := boxRects(r)
		if arms == "----" {
			continue
		}
		require.True(t, ok)
		for side := range 4 {
			got := edge(rects, side)
			key := end{arms[side], side % 2}
			if _, known := seen[key]; !known {
				seen[key] = got
			}
			require.Equal(t, seen[key], got, "%c on side %d", r, side)
		}
	}
	require.Len(t, seen, 8, "none, light, heavy and double, upright and level, all differ")
	require.NotContains(t, seen[end{'.', 0}], "x")
}

// TestLinesAreWhole floods each character's pixels from one of them: all lines of a character
// hang together, except that the strands of double lines may run side by side.
func TestLinesAreWhole(t *testing.T) {
	for r := rune(0x2500); r <= 0x257f; r++ {
		arms := boxArms[(r-0x2500)*5:][:4]
		if arms == "----" {
			continue
		}
		rects, _ := boxRects(r)
		want := 1
		switch strings.Count(arms, "d") {
		case 2:
			if arms == ".d.d" || arms == "d.d." || !strings.Contains(arms, "l") || strings.Count(arms, "l") == 1 && straight(arms) {
				want = 2
			}
		case 3:
			want = 3
		case 4:
			want = 4
		}
		require.Equal(t, want, parts(rects), "%c %s", r, arms)
	}
}

// straight says whether the double lines of arms lie opposite each other.
func straight(arms string) bool {
	return arms[up] == 'd' && arms[down] == 'd' || arms[left] == 'd' && arms[right] == 'd'
}

func parts(rects []image.Rectangle) int {
	var todo [cellWidth][cellHeight]bool
	for x := range cellWidth {
		for y := range cellHeight {
			todo[x][y] = covered(rects, x, y)
		}
	}
	var flood func(x, y int)
	flood = func(x, y int) {
		if x < 0 || y < 0 || x >= cellWidth || y >= cellHeight || !todo[x][y] {
			return
		}
		todo[x][y] = false
		flood(x+1, y)
		flood(x-1, y)
		flood(x, y+1)
		flood(x, y-1)
	}
	n := 0
	for x := range cellWidth {
		for y := range cellHeight {
			if todo[x][y] {
				n++
				flood(x, y)
			}
		}
	}
	return n
}

func TestBlocksFillTheirShare(t *testing.T) {
	area := func(r rune) int {
		rects, percent := blockRects(r)
		require.Equal(t, 100, percent)
		n := 0
		for x := range cellWidth {
			for y := range cellHeight {
				if covered(rects, x, y) {
					n++
				}
			}
		}
		return n
	}
	const whole = cellWidth * cellHeight
	require.Equal(t, whole, area('█'))
	require.Equal(t, whole, area('▀')+area('▄'))
	require.Equal(t, whole, area('▌')+area('▐'))
	require.Equal(t, whole, area('▘')+area('▟'))
	require.Equal(t, whole, area('▚')+area('▞'))
	for r := '▁'; r < '█'; r++ {
		require.Less(t, area(r), area(r+1), "%c grows", r)
	}
	for r := '█'; r < '▏'; r++ {
		require.Greater(t, area(r), area(r+1), "%c shrinks", r)
	}
	for i, r := range "░▒▓" {
		_, percent := blockRects(r)
		require.Equal(t, []int{25, 50, 75}[i/3], percent)
	}
	rects, _ := blockRects('a')
	require.Nil(t, rects)
}

func TestBrailleDots(t *testing.T) {
	require.Empty(t, brailleOutline(0x2800).segments)
	require.Len(t, brailleOutline(0x28ff).segments, 8*5)
	x0, y0, x1, y1 := brailleOutline(0x2880).bounds() // dot 8: right column, lowest row
	require.True(t, x0 > cellWidth/2 && y0 > cellHeight*3/4 && x1 <= cellWidth && y1 <= cellHeight)
	require.Nil(t, brailleOutline('a'))
}
