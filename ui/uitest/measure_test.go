package uitest

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// bare is a program in a pseudo-terminal that is read by one goroutine only, so that the time at
// which output arrives is known exactly.
type bare struct {
	cmd     *exec.Cmd
	tty     *os.File
	screen  *emulator
	started time.Time
	done    chan struct{} // closed when the answers to queries have ended
	buf     []byte
}

// measured is a program to be measured, with the text of its first usable screen. The first line
// that begins with its cursor mark is the selected row.
type measured struct {
	name  string
	path  string
	args  []string
	env   []string
	home  string
	ready string
	enter []string // keys that lead to the list, each with the text to wait for: "3", "Payouts", ...
}

func open(tb testing.TB, m measured, width, height int) *bare {
	tb.Helper()
	o := Options{Home: m.home, Env: m.env}
	env, err := Environment(o)
	if err != nil {
		tb.Fatal(err)
	}
	b := &bare{cmd: exec.Command(m.path, m.args...), screen: newEmulator(width, height, false), done: make(chan struct{}), buf: make([]byte, 64<<10)}
	b.cmd.Env, b.cmd.Dir = env, m.home
	b.started = time.Now()
	if b.tty, err = startInTTY(b.cmd, width, height); err != nil {
		tb.Fatal(err)
	}
	go func() {
		defer close(b.done)
		b.screen.replies(func(p []byte) {
			if _, err := b.tty.Write(p); err != nil && !errors.Is(err, os.ErrClosed) {
				tb.Logf("answering a query: %v", err)
			}
		})
	}()
	return b
}

func (b *bare) close(tb testing.TB) {
	tb.Helper()
	if err := killGroup(b.cmd.Process); err != nil && !errors.Is(err, os.ErrProcessDone) {
		tb.Fatal(err)
	}
	var exit *exec.ExitError
	if err := b.cmd.Wait(); err != nil && !errors.As(err, &exit) {
		tb.Fatal(err)
	}
	if err := errors.Join(b.screen.close(), b.tty.Close()); err != nil {
		tb.Fatal(err)
	}
	<-b.done
}

// read takes output for at most d and returns when it came; zero when none did.
func (b *bare) read(tb testing.TB, d time.Duration) time.Time {
	tb.Helper()
	if err := b.tty.SetReadDeadline(time.Now().Add(d)); err != nil {
		tb.Fatal(err)
	}
	n, err := b.tty.Read(b.buf)
	at := time.Now()
	if n > 0 {
		if _, err := b.screen.feed.write(b.buf[:n]); err != nil {
			tb.Fatal(err)
		}
		return at
	}
	if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
		tb.Fatalf("the program has ended: %v\n%s", err, b.screen.frame().Dump())
	}
	return time.Time{}
}

// until reads until cond holds, and returns when the output that made it true came.
func (b *bare) until(tb testing.TB, what string, cond func() bool) time.Time {
	tb.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for time.Now().Before(deadline) {
		if at := b.read(tb, time.Second); !at.IsZero() && cond() {
			return at
		}
	}
	tb.Fatalf("waited in vain for %s\n%s", what, b.screen.frame().Dump())
	return time.Time{}
}

// drain reads for d, whatever comes.
func (b *bare) drain(tb testing.TB, d time.Duration) {
	tb.Helper()
	for end := time.Now().Add(d); time.Now().Before(end); {
		b.read(tb, time.Until(end))
	}
}

func (b *bare) send(tb testing.TB, s string) {
	tb.Helper()
	if _, err := b.tty.Write([]byte(s)); err != nil {
		tb.Fatal(err)
	}
}

// line returns a row of the screen without building a whole frame.
func (b *bare) line(y int) string {
	var s strings.Builder
	for x := range b.screen.vt.Width() {
		if c := b.screen.vt.CellAt(x, y); c != nil {
			s.WriteString(c.Content)
		}
	}
	return strings.TrimRight(s.String(), " ")
}

// selected returns the row with the cursor.
func (b *bare) selected() string {
	for y := range b.screen.vt.Height() {
		if l := b.line(y); strings.HasPrefix(l, "> ") || strings.HasPrefix(l, " > ") {
			return l
		}
	}
	return ""
}

func (b *bare) contains(text string) bool {
	for y := range b.screen.vt.Height() {
		if strings.Contains(b.line(y), text) {
			return true
		}
	}
	return false
}

// firstFrame starts the program and returns how long its first usable screen took.
func firstFrame(tb testing.TB, m measured) time.Duration {
	tb.Helper()
	b := open(tb, m, 200, 50)
	defer b.close(tb)
	return b.until(tb, m.ready, func() bool { return b.contains(m.ready) }).Sub(b.started)
}

// list brings the program to its list.
func (b *bare) list(tb testing.TB, m measured) {
	tb.Helper()
	b.until(tb, m.ready, func() bool { return b.contains(m.ready) })
	b.drain(tb, 300*time.Millisecond)
	for i := 0; i+1 < len(m.enter); i += 2 {
		b.send(tb, m.enter[i])
		b.until(tb, m.enter[i+1], func() bool { return b.contains(m.enter[i+1]) })
	}
	if b.selected() == "" {
		b.until(tb, "a selected row", func() bool { return b.selected() != "" })
	}
	b.drain(tb, 500*time.Millisecond)
}

const downKey = "\x1b[B"

// keyToFrame presses down n times at random moments and returns how long each took to show the
// next row as selected.
func keyToFrame(tb testing.TB, b *bare, n int, seed uint64) []time.Duration {
	tb.Helper()
	random := rand.New(rand.NewPCG(seed, 1))
	var out []time.Duration
	for range n {
		b.drain(tb, 20*time.Millisecond+time.Duration(random.Int64N(int64(30*time.Millisecond))))
		before := b.selected()
		sent := time.Now()
		b.send(tb, downKey)
		out = append(out, b.until(tb, "another row than "+before, func() bool {
			now := b.selected()
			return now != "" && now != before
		}).Sub(sent))
	}
	return out
}

// burst sends n arrows in one write and returns when the last output came that moved the cursor,
// and the row that was selected in the end.
func burst(tb testing.TB, b *bare, n int) (time.Duration, string) {
	tb.Helper()
	sent := time.Now()
	b.send(tb, strings.Repeat(downKey, n))
	last, row := sent, b.selected()
	for quiet := time.Now(); time.Since(quiet) < 500*time.Millisecond; {
		at := b.read(tb, 50*time.Millisecond)
		if now := b.selected(); !at.IsZero() && now != row {
			row, last, quiet = now, at, at
		}
	}
	return last.Sub(sent), row
}

// resident returns the program's resident memory in bytes. Linux only.
func (b *bare) resident(tb testing.TB) float64 {
	tb.Helper()
	data, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(b.cmd.Process.Pid), "status"))
	if errors.Is(err, os.ErrNotExist) {
		tb.Skip("no /proc here")
	}
	if err != nil {
		tb.Fatal(err)
	}
	_, after, ok := bytes.Cut(data, []byte("VmRSS:"))
	if !ok {
		tb.Fatal("no VmRSS in the status of the process")
	}
	var kb float64
	if _, err := fmt.Sscan(string(after), &kb); err != nil {
		tb.Fatal(err)
	}
	return kb * 1024
}
