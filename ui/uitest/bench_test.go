package uitest

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// rowsVariable sets how many payouts the large store of the benchmarks has; 1,000,000 unless set.
const rowsVariable = "PIKEDASH_BENCH_ROWS"

// rounds is how often each ratio is measured, interleaved; the median counts.
const rounds = 7

// fps is the frame rate of the dashboard, and so of the program that it is compared with.
const fps = 120

// minimal returns the smallest Bubble Tea program with a list.
func minimal(tb testing.TB) measured {
	tb.Helper()
	return measured{
		name: "minimal", path: BuildPackage(tb, "pikedash/ui/uitest/testdata/minimal"),
		args: []string{"-fps", fmt.Sprint(fps)}, home: tb.TempDir(), ready: "minimal ready",
	}
}

// dashboard returns pikedash over a store of that many payouts, after a first start that made keys
// and files.
func dashboard(tb testing.TB, rows int) measured {
	tb.Helper()
	m := measured{
		name: fmt.Sprintf("pikedash, %d payouts", rows), path: Build(tb), home: tb.TempDir(),
		ready: "SANDBOX", enter: []string{"3", "Payouts"},
	}
	env, err := Environment(Options{Home: m.home})
	require.NoError(tb, err)
	cmd := exec.Command(m.path, "dev", "seed", "--rows", strconv.Itoa(rows))
	cmd.Env, cmd.Dir = env, m.home
	out, err := cmd.CombinedOutput()
	require.NoError(tb, err, string(out))
	firstFrame(tb, m)
	return m
}

// manyRows returns the size of the large store.
func manyRows(tb testing.TB) int {
	tb.Helper()
	text := os.Getenv(rowsVariable)
	if text == "" {
		return 1_000_000
	}
	n, err := strconv.Atoi(text)
	require.NoError(tb, err)
	return n
}

func milliseconds(d time.Duration) float64 { return d.Seconds() * 1000 }

// TestMinimalIsMeasured shows that the measurements see what happens: without it a ratio would
// compare nothing with nothing.
func TestMinimalIsMeasured(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles a program")
	}
	m := minimal(t)
	require.Positive(t, firstFrame(t, m))
	b := open(t, m, 80, 24)
	defer b.close(t)
	b.list(t, m)
	require.Equal(t, "> row 0", b.selected())
	require.Len(t, keyToFrame(t, b, 3, 1), 3)
	require.Equal(t, "> row 3", b.selected())
	took, row := burst(t, b, 1000)
	require.Equal(t, "> row 1003", row)
	require.Positive(t, took)
	require.Greater(t, b.resident(t), 1e6)
}

// BenchmarkFirstFrame compares the time to the first usable screen, over a small and a large store.
func BenchmarkFirstFrame(b *testing.B) {
	small, large, least := dashboard(b, 1000), dashboard(b, manyRows(b)), minimal(b)
	for range b.N {
		var smallRatios, largeRatios, base []float64
		for range rounds {
			bare := milliseconds(firstFrame(b, least))
			base = append(base, bare)
			smallRatios = append(smallRatios, milliseconds(firstFrame(b, small))/bare)
			largeRatios = append(largeRatios, milliseconds(firstFrame(b, large))/bare)
		}
		b.ReportMetric(Median(base), "minimal-ms")
		Limit(b, Median(smallRatios), 1.25, "first-frame/minimal")
		Limit(b, Median(largeRatios), 1.25, "first-frame-large-store/minimal")
	}
}

// BenchmarkKeyToFrame compares how long an arrow takes to move the cursor on the screen, in the list of a
// large store.
func BenchmarkKeyToFrame(b *testing.B) {
	const keys = 60
	large, least := dashboard(b, manyRows(b)), minimal(b)
	for range b.N {
		p, q := open(b, large, 200, 50), open(b, least, 200, 50)
		p.list(b, large)
		q.list(b, least)
		var all, bare []time.Duration
		var middle, worst []float64
		for round := range rounds {
			// The one that is not measured sits idle, as it would in another window.
			ours, theirs := keyToFrame(b, p, keys, uint64(round)), keyToFrame(b, q, keys, uint64(round))
			all, bare = append(all, ours...), append(bare, theirs...)
			middle = append(middle, milliseconds(Median(ours))/milliseconds(Median(theirs)))
			worst = append(worst, milliseconds(Quantile(ours, 0.99))/milliseconds(Quantile(theirs, 0.99)))
		}
		p.close(b)
		q.close(b)
		b.ReportMetric(milliseconds(Median(all)), "p50-ms")
		b.ReportMetric(milliseconds(Quantile(all, 0.99)), "p99-ms")
		b.ReportMetric(milliseconds(Median(bare)), "minimal-p50-ms")
		b.ReportMetric(milliseconds(Quantile(bare, 0.99)), "minimal-p99-ms")
		Limit(b, Median(middle), 1.15, "p50/minimal")
		Limit(b, Median(worst), 1.15, "p99/minimal")
	}
}

// BenchmarkBurst sends 1,000 arrows in one write: the cursor must stand on the right row within five
// frames at 60 frames per second.
func BenchmarkBurst(b *testing.B) {
	large := dashboard(b, manyRows(b))
	for range b.N {
		var took []float64
		for range rounds {
			p := open(b, large, 200, 50)
			p.list(b, large)
			var rows []string
			for range 3 { // there, back, and there again: the same row
				d, row := burst(b, p, 1000)
				took, rows = append(took, milliseconds(d)), append(rows, row)
				p.send(b, "g")
				p.drain(b, 300*time.Millisecond)
			}
			p.close(b)
			require.Equal(b, rows[0], rows[1], "the same row after the same keys")
			require.Equal(b, rows[0], rows[2], "the same row after the same keys")
		}
		Limit(b, Median(took), 5*1000.0/60, "burst-ms")
	}
}

// BenchmarkMemory compares the resident memory after 500 keys over a large and a small store.
func BenchmarkMemory(b *testing.B) {
	small, large := dashboard(b, 1000), dashboard(b, manyRows(b))
	for range b.N {
		var ratios []float64
		var most float64
		for range rounds {
			var size [2]float64
			for i, m := range []measured{small, large} {
				p := open(b, m, 200, 50)
				p.list(b, m)
				burst(b, p, 500)
				size[i] = p.resident(b)
				p.close(b)
			}
			ratios = append(ratios, size[1]/size[0])
			most = max(most, size[1])
		}
		b.ReportMetric(most/1e6, "large-store-MB")
		Limit(b, Median(ratios), 1.3, "memory-large/small")
	}
}
