package widget

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Thousands writes n with separators: 1,204,000.
func Thousands(n int) string {
	s := strconv.Itoa(n)
	sign := ""
	if strings.HasPrefix(s, "-") {
		sign, s = "-", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return sign + s
}

// Plural writes a number with the word that goes with it: "1 state", "1,200 states".
func Plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return Thousands(n) + " " + many
}

// PadAll fills texts to the width of the widest.
func PadAll(texts []string) []string {
	wide := 0
	for _, s := range texts {
		wide = max(wide, Width(s))
	}
	out := make([]string, len(texts))
	for i, s := range texts {
		out[i] = Pad(s, wide)
	}
	return out
}

// AlignPoints fills amounts such as "1,500.00 EUR" and "900 JPY" to one width, so that points and
// currencies stand below each other.
func AlignPoints(amounts []string) []string {
	cells := make([]cell, len(amounts))
	var whole, frac, unit, other int
	for i, a := range amounts {
		cells[i].text = a
		cells[i].split()
		whole, frac, unit = max(whole, cells[i].wholeW), max(frac, cells[i].fracW), max(unit, cells[i].unitW)
		if !cells[i].amount {
			other = max(other, Width(a))
		}
	}
	wide := max(whole+frac+unit, other)
	out := make([]string, len(amounts))
	for i, c := range cells {
		out[i] = PadLeft(c.whole, wide-frac-unit) + Pad(c.frac, frac) + Pad(c.unit, unit)
		if !c.amount {
			out[i] = PadLeft(c.text, wide)
		}
	}
	return out
}

// Span writes a length of time briefly: "3 s", "12 min", "3 h 58 min", "2 d 4 h".
func Span(d time.Duration) string {
	switch {
	case d < 0:
		// The difference to a zero time is the one number that cannot be turned round.
		return "-" + Span(-max(d, -math.MaxInt64))
	case d < time.Millisecond:
		return fmt.Sprintf("%d µs", d.Microseconds())
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 24*time.Hour:
		return two(int(d.Hours()), "h", int(d.Minutes())%60, "min")
	}
	return two(int(d.Hours())/24, "d", int(d.Hours())%24, "h")
}

func two(a int, unitA string, b int, unitB string) string {
	if b == 0 {
		return fmt.Sprintf("%d %s", a, unitA)
	}
	return fmt.Sprintf("%d %s %d %s", a, unitA, b, unitB)
}

// StampWidth is how many cells a stamp takes at most.
const StampWidth = 11

// Stamp writes a time for a list: time of day for today, date before; or its age.
func Stamp(at, now time.Time, age bool) string {
	switch {
	case at.IsZero():
		return "—"
	case age:
		span := Span(now.Sub(at))
		if Width(span)+len(" ago") > StampWidth {
			return span
		}
		return span + " ago"
	}
	at = at.In(now.Location())
	if y, m, d := at.Date(); y == now.Year() && m == now.Month() && d == now.Day() {
		return at.Format("15:04:05")
	}
	if at.Year() == now.Year() {
		return at.Format("01-02 15:04")
	}
	return at.Format("2006-01-02")
}

// waitShown is how long a wait stays silent.
const waitShown = 150 * time.Millisecond

// WaitText says what is waited for and for how long, once it takes long: "waiting for Pike, 3 s
// (gives up after 30 s)". It is empty before.
func WaitText(what string, since, deadline, now time.Time) string {
	gone := now.Sub(since)
	if since.IsZero() || gone < waitShown {
		return ""
	}
	text := "waiting for " + what
	if gone >= time.Second {
		text += ", " + Span(gone)
	}
	if !deadline.IsZero() && gone >= 3*time.Second {
		text += " (gives up after " + Span(deadline.Sub(since)) + ")"
	}
	return text
}
