package uitest

import (
	"cmp"
	"slices"
	"testing"
)

// Quantile returns the value below which the share q of all lies.
func Quantile[T cmp.Ordered](values []T, q float64) T {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[min(len(sorted)-1, int(q*float64(len(sorted))))]
}

// Median returns the middle value.
func Median[T cmp.Ordered](values []T) T { return Quantile(values, 0.5) }

// Limit reports a metric and holds it against its goal, the largest value allowed.
func Limit(b *testing.B, got, most float64, unit string) {
	b.Helper()
	b.ReportMetric(got, unit)
	if got > most {
		b.Errorf("%s is %.3f, the goal is at most %.3f", unit, got, most)
	}
}

// AtLeast is Limit for values that should be large.
func AtLeast(b *testing.B, got, least float64, unit string) {
	b.Helper()
	b.ReportMetric(got, unit)
	if got < least {
		b.Errorf("%s is %.3f, the goal is at least %.3f", unit, got, least)
	}
}
