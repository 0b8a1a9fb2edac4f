package uitest_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"pikedash/ui/uitest"
)

const (
	// killsVariable sets how many processes the crash test kills; 200 unless set.
	killsVariable = "PIKEDASH_KILLS"
	// crashSeedVariable repeats the choices of an earlier run; the moments themselves are the machine's.
	crashSeedVariable = "PIKEDASH_CRASH_SEED"
	// desks is how many operators work at the same time, each with a journal of his own.
	desks = 4
	// patience is how often one step is tried until the harness calls it stuck.
	patience = 60
)

// TestCrashesNeitherRepeatNorForgetAPayout kills the real program at random moments of payouts, does
// what an operator would do next, and compares with what Pike's stand-in holds in the end.
func TestCrashesNeitherRepeatNorForgetAPayout(t *testing.T) {
	if testing.Short() {
		t.Skip("kills some hundred processes")
	}
	h := newCrashHarness(t)
	var group errgroup.Group
	for i := range desks {
		d := h.desk(t, i)
		group.Go(func() error { return d.work(t.Context()) })
	}
	assert.NoError(t, group.Wait())
	h.compare(t)
	t.Logf("%d processes killed, %d of them in front of Pike, %d behind it; %d payouts; %d requests settled by resending, %d by asking",
		h.kills.Load(), h.before.Load(), h.behind.Load(), h.orders.Load(), h.resent.Load(), h.asked.Load())
	if h.want >= 200 {
		assert.Positive(t, h.before.Load())
		assert.Positive(t, h.behind.Load())
		assert.Positive(t, h.resent.Load())
		assert.Positive(t, h.asked.Load())
		assert.Positive(t, h.held.Load(), "look-alikes were tried")
	}
}

// crashHarness is Pike's stand-in, a key, and what was counted.
type crashHarness struct {
	path, key, pike string
	want, seed      int64
	say             func(format string, args ...any)
	team            []*crashDesk

	kills, before, behind, orders, resent, asked, held atomic.Int64
}

func newCrashHarness(t *testing.T) *crashHarness {
	t.Helper()
	h := &crashHarness{path: uitest.Build(t), say: t.Logf, want: number(t, killsVariable, 200), seed: number(t, crashSeedVariable, time.Now().UnixNano())}
	t.Logf("%s=%d repeats the choices", crashSeedVariable, h.seed)
	home := t.TempDir()
	h.key = filepath.Join(home, "key.pem")
	code, _, stderr, err := verb(t.Context(), h.path, home, "keys", "generate", "--out", h.key)
	require.NoError(t, err)
	require.Zero(t, code, stderr)
	h.pike = startPike(t, h.path, home, "--project", "shop", "--partner-key", filepath.Join(home, "key.pub.pem"),
		"--state", filepath.Join(home, "pike"), "--speed", "500", "--wallet", "1000000.00 EUR")
	return h
}

func number(t *testing.T, variable string, otherwise int64) int64 {
	t.Helper()
	text := os.Getenv(variable)
	if text == "" {
		return otherwise
	}
	n, err := strconv.ParseInt(text, 10, 64)
	require.NoError(t, err, variable)
	return n
}

// startPike runs pikedash sandbox until the test ends and returns its URL.
func startPike(t *testing.T, path, home string, args ...string) string {
	t.Helper()
	env, err := uitest.Environment(uitest.Options{Home: home})
	require.NoError(t, err)
	cmd := exec.Command(path, append([]string{"sandbox", "--listen", "127.0.0.1:0"}, args...)...)
	cmd.Env, cmd.Dir, cmd.Stderr = env, home, os.Stderr
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		assert.NoError(t, cmd.Process.Kill())
		var exit *exec.ExitError
		if err := cmd.Wait(); !errors.As(err, &exit) {
			t.Errorf("ending the sandbox: %v", err)
		}
	})
	lines := bufio.NewReader(out)
	line, err := lines.ReadString('\n')
	require.NoError(t, err)
	_, rest, ok := strings.Cut(line, "http://")
	require.True(t, ok, line)
	go func() { _, _ = io.Copy(io.Discard, lines) }() // ends with the sandbox
	return "http://" + rest[:strings.IndexAny(rest, ", \n")]
}

// crashDesk is an operator: a home with a journal, and a wire to Pike that sees each request pass.
type crashDesk struct {
	*crashHarness
	index  int
	home   string
	wire   *wire
	random *rand.Rand
	usual  time.Duration // how long a request takes that nobody kills
	done   []order
}

// order is one payout that the operator was told to make, once.
type order struct {
	recipient string
	amount    int64 // minor units, different for each
	payout    string
	session   string
}

func (h *crashHarness) desk(t *testing.T, i int) *crashDesk {
	t.Helper()
	d := &crashDesk{crashHarness: h, index: i, home: t.TempDir(), wire: newWire(t, h.pike), usual: 50 * time.Millisecond,
		random: rand.New(rand.NewPCG(uint64(h.seed), uint64(i)))}
	h.team = append(h.team, d)
	return d
}

// work makes payouts until enough processes were killed.
func (d *crashDesk) work(ctx context.Context) error {
	for n := int64(0); d.kills.Load() < d.want; n++ {
		o := order{recipient: fmt.Sprintf("Desk %c Order %d", 'A'+d.index, n), amount: 1000 + n*desks + int64(d.index)}
		if err := d.pay(ctx, &o); err != nil {
			return fmt.Errorf("%s: %w", o.recipient, err)
		}
		d.done = append(d.done, o)
		if n := d.orders.Add(1); n%100 == 0 {
			d.say("%d payouts made, %d processes killed", n, d.kills.Load())
		}
	}
	return nil
}

// pay makes one payout and confirms it, however often the program dies on the way.
func (d *crashDesk) pay(ctx context.Context, o *order) error {
	body := fmt.Sprintf(`{"payout_details":{"type":"card","card":{"type":"bank_card","bank_card":{"number":"4242424242424242"}}},`+
		`"amount_details":{"amount":%d,"currency":"eur"},"participant_details":{"recipient":{"full_name":%q}}}`, o.amount, o.recipient)
	file := filepath.Join(d.home, "order.json")
	if err := os.WriteFile(file, []byte(body), 0o600); err != nil {
		return err
	}
	send := []string{"send", "session/init/payout", "--body", file}
	err := d.until(ctx, send, func(ran) (bool, error) {
		rows, err := d.payouts(ctx)
		if err != nil {
			return false, err
		}
		for _, r := range rows {
			if r.Amount == o.amount {
				o.payout, o.session = r.ID, r.Session
			}
		}
		return o.payout != "", nil
	})
	if err != nil {
		return err
	}
	if err := d.ready(ctx, o.session); err != nil {
		return err
	}
	return d.until(ctx, []string{"send", "session/confirm", "--session", o.session}, func(r ran) (bool, error) {
		// Carried out now; or it was before, as Pike says or the journal, which holds a repetition back.
		return r.code == 0 || r.code == 4 || r.code == 8, nil
	})
}

// until runs a request until it is carried out, as the journal tells it: a request that was killed is
// reconciled first, and sent anew only when the journal knows nothing of it.
func (d *crashDesk) until(ctx context.Context, args []string, carriedOut func(ran) (bool, error)) error {
	for range patience {
		r, err := d.run(ctx, d.random.IntN(4) > 0, args...)
		if err != nil {
			return err
		}
		if r.killed {
			if err := d.reconcile(ctx, args); err != nil {
				return err
			}
		}
		if ok, err := carriedOut(r); ok || err != nil {
			return err
		}
		if !r.killed {
			return fmt.Errorf("%s ended with %d and is not done: %s%s", args[1], r.code, r.stdout, r.stderr)
		}
	}
	return fmt.Errorf("%s is stuck", args[1])
}

// reconcile settles what the journal lists as unknown. These processes are killed as well.
func (d *crashDesk) reconcile(ctx context.Context, args []string) error {
	for range patience {
		list, err := d.unknown(ctx)
		if err != nil || len(list) == 0 {
			return err
		}
		if d.random.IntN(4) == 0 {
			if err := d.lookalike(ctx, args); err != nil {
				return err
			}
		}
		for _, i := range list {
			way := i.WaysOut[d.random.IntN(len(i.WaysOut)-1)] // the last one is by hand
			r, err := d.run(ctx, d.random.IntN(4) == 0, "unknown", way, i.Operation)
			switch {
			case err != nil:
				return err
			case r.killed:
			case r.code == 0 && way == "resend":
				d.resent.Add(1)
			case r.code == 0:
				d.asked.Add(1)
			case r.code != 4 && r.code != 7:
				return fmt.Errorf("unknown %s ended with %d: %s", way, r.code, r.stderr)
			}
		}
	}
	return errors.New("what is unknown cannot be settled")
}

// lookalike tries to send again what is still unknown. It must be refused.
func (d *crashDesk) lookalike(ctx context.Context, args []string) error {
	d.held.Add(1)
	r, err := d.run(ctx, false, args...)
	if err == nil && r.code != 8 {
		err = fmt.Errorf("a look-alike of an unknown request ended with %d, not 8: %s%s", r.code, r.stdout, r.stderr)
	}
	return err
}

type intentRow struct {
	Operation string   `json:"operation"`
	WaysOut   []string `json:"ways_out"`
}

func (d *crashDesk) unknown(ctx context.Context) ([]intentRow, error) {
	var list struct{ Unknown []intentRow }
	return list.Unknown, d.read(ctx, &list, "unknown", "list", "--json")
}

type payoutRow struct {
	ID      string `json:"id"`
	Session string `json:"session"`
	Amount  int64  `json:"amount"`
}

func (d *crashDesk) payouts(ctx context.Context) ([]payoutRow, error) {
	var list struct{ Payouts []payoutRow }
	return list.Payouts, d.read(ctx, &list, "payouts", "--limit", "0", "--json")
}

// pikeState is what the harness needs of pikedash sandbox state --json.
type pikeState struct {
	NextAction string `json:"next_action"`
	All        int    `json:"sessions_in_all"`
	Projects   []struct {
		Wallets []struct {
			Currency string
			Balance  int64
		}
	}
}

// ready waits until Pike wants a session confirmed.
func (d *crashDesk) ready(ctx context.Context, session string) error {
	for range patience {
		var s pikeState
		if err := d.read(ctx, &s, "sandbox", "state", session, "--at", d.pike, "--json"); err != nil || s.NextAction == "confirm" {
			return err
		}
	}
	return fmt.Errorf("session %s does not become ready", session)
}

// read runs a verb that must work and parses its JSON.
func (d *crashDesk) read(ctx context.Context, into any, args ...string) error {
	code, stdout, stderr, err := verb(ctx, d.path, d.home, args...)
	if err == nil && code != 0 {
		err = fmt.Errorf("ended with %d: %s", code, stderr)
	}
	if err == nil {
		err = json.Unmarshal([]byte(stdout), into)
	}
	if err != nil {
		return fmt.Errorf("pikedash %s: %w", strings.Join(args, " "), err)
	}
	return nil
}

// ran is what became of one process.
type ran struct {
	killed         bool
	code           int
	stdout, stderr string
}

// run sends by the real program, and kills it on the way when kill says so: at a random time, or when
// its request is in front of Pike, behind it, or just answered.
func (d *crashDesk) run(ctx context.Context, kill bool, args ...string) (ran, error) {
	env, err := uitest.Environment(uitest.Options{Home: d.home})
	if err != nil {
		return ran{}, err
	}
	args = append(args, "--project", "shop", "--key-file", d.key, "--base-url", d.wire.url, "--timeout", "20s")
	cmd := exec.CommandContext(ctx, d.path, args...)
	var stdout, stderr strings.Builder
	cmd.Env, cmd.Dir, cmd.Stdout, cmd.Stderr = env, d.home, &stdout, &stderr
	var once sync.Once
	end := func() { once.Do(func() { _ = cmd.Process.Kill() }) } // one that has ended is not killed, and not counted
	started := make(chan struct{})
	var at time.Duration
	moment := -1
	if kill {
		moment = d.random.IntN(4)
		at = time.Duration(d.random.Int64N(int64(d.usual * 5 / 4)))
	}
	shot := d.wire.aim(moment, at/8, func() { <-started; end() })
	begin := time.Now()
	if err := cmd.Start(); err != nil {
		return ran{}, err
	}
	close(started)
	if moment == anywhere {
		defer time.AfterFunc(at, end).Stop()
	}
	err = cmd.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return ran{}, err
	}
	d.wire.aim(-1, 0, nil)
	r := ran{killed: !cmd.ProcessState.Exited(), code: cmd.ProcessState.ExitCode(), stdout: stdout.String(), stderr: stderr.String()}
	switch {
	case !r.killed:
		d.usual = (d.usual*7 + time.Since(begin)) / 8
	case shot.Load():
		d.count(moment)
		fallthrough
	default:
		d.kills.Add(1)
	}
	return r, ctx.Err()
}

func (d *crashDesk) count(moment int) {
	if moment == inFront {
		d.before.Add(1)
	} else {
		d.behind.Add(1)
	}
}

// compare holds the journals against Pike's own books.
func (h *crashHarness) compare(t *testing.T) {
	t.Helper()
	var sum, orders int64
	for _, d := range h.team {
		for _, o := range d.done {
			sum += o.amount
			orders++
		}
		d.audit(t)
	}
	var s pikeState
	require.NoError(t, h.team[0].read(t.Context(), &s, "sandbox", "state", "--at", h.pike, "--json"))
	if !t.Failed() {
		assert.EqualValues(t, orders, s.All, "one session at Pike for each order")
		assert.EqualValues(t, 100_000_000-sum, s.Projects[0].Wallets[0].Balance, "the wallet paid each order once")
	}
}

// audit checks that a desk's journal is whole, knows each of its payouts once, and that each request
// in it ended known or is listed as unknown.
func (d *crashDesk) audit(t *testing.T) {
	t.Helper()
	rows, err := d.payouts(t.Context())
	require.NoError(t, err)
	known := map[int64][]string{}
	for _, r := range rows {
		known[r.Amount] = append(known[r.Amount], r.ID)
	}
	for _, o := range d.done {
		assert.Equal(t, []string{o.payout}, known[o.amount], o.recipient)
	}
	listed, err := d.unknown(t.Context())
	require.NoError(t, err)
	code, out, stderr, err := verb(t.Context(), d.path, d.home, "journal", "export", "--format", "jsonl")
	require.NoError(t, err)
	require.Zero(t, code, stderr)
	last := map[string]string{}
	for line := range strings.Lines(out) {
		var e struct{ Operation, State string }
		require.NoError(t, json.Unmarshal([]byte(line), &e), line)
		if e.Operation != "" && e.State != "" {
			last[e.Operation] = e.State
		}
	}
	for _, i := range listed {
		delete(last, i.Operation)
	}
	for operation, state := range last {
		assert.Contains(t, []string{"accepted", "refused", "not_sent", "resolved"}, state, "request %s", operation)
	}
	code, _, stderr, err = verb(t.Context(), d.path, d.home, "journal", "verify")
	require.NoError(t, err)
	assert.Zero(t, code, stderr)
}
