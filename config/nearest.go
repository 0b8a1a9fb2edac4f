package config

import (
	"fmt"
	"slices"
	"strings"
)

// Nearest returns the name that is most like word, or "" when none is near enough to be meant.
func Nearest(word string, names []string) string {
	best, bound := "", max(2, len(word)/2)
	for _, n := range names {
		d := distance(strings.ToLower(word), strings.ToLower(n))
		if strings.HasPrefix(n, word) && len(word) >= 3 {
			d = 1
		}
		if d <= bound {
			best, bound = n, d-1
		}
	}
	return best
}

// hintNearest asks whether the nearest name was meant; without one it returns otherwise, or the
// names there are.
func hintNearest(word string, names []string, otherwise string) string {
	if n := Nearest(word, names); n != "" {
		return fmt.Sprintf("did you mean %q?", n)
	}
	if otherwise != "" || len(names) == 0 {
		return otherwise
	}
	sorted := slices.Sorted(slices.Values(names))
	return "known here are " + strings.Join(sorted, ", ")
}

// distance is the number of single-letter changes, swaps of neighbours included, between a and b.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	rows := make([][]int, len(x)+1)
	for i := range rows {
		rows[i] = make([]int, len(y)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(x); i++ {
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(x)][len(y)]
}
