package journal

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"pikedash/pikeapi"
)

// The test binary starts itself as a second program: PIKEDASH_JOURNAL_CHILD names the folder.
const childVariable = "PIKEDASH_JOURNAL_CHILD"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childVariable); dir != "" {
		if err := child(dir); err != nil {
			fmt.Println("error:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	// Each example writes a journal of its own; make soak draws many more.
	if err := flag.Set("rapid.checks", "25"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// child opens the journal, says so, begins a payout for every line that it reads, and says how it went.
func child(dir string) (err error) {
	j, err := Open(ctxb(), dir, "sandbox", Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, j.Close()) }()
	fmt.Println("open")
	env := testEnv(pikeapi.Policy{})
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		p := payoutTo(env, lines.Text(), 15000, fmt.Sprint(os.Getpid()))
		_, err := j.Begin(ctxb(), p, pikeapi.Permit{})
		var blocked *pikeapi.BlockedError
		switch {
		case err == nil:
			fmt.Println("passed", p.ID)
		case errors.As(err, &blocked):
			fmt.Println("blocked", blocked.Rule)
		default:
			return err
		}
	}
	return lines.Err()
}

type childProcess struct {
	cmd   *exec.Cmd
	stdin io.WriteCloser
	out   *bufio.Scanner
}

func startChild(t *testing.T, dir string) *childProcess {
	t.Helper()
	c := launchChild(t, dir)
	require.Equal(t, "open", c.line(t))
	return c
}

// launchChild starts a child without waiting for it.
func launchChild(t *testing.T, dir string) *childProcess {
	t.Helper()
	c := &childProcess{cmd: exec.Command(os.Args[0])}
	c.cmd.Env = append(os.Environ(), childVariable+"="+dir)
	c.cmd.Stderr = os.Stderr
	var err error
	c.stdin, err = c.cmd.StdinPipe()
	require.NoError(t, err)
	out, err := c.cmd.StdoutPipe()
	require.NoError(t, err)
	c.out = bufio.NewScanner(out)
	require.NoError(t, c.cmd.Start())
	return c
}

func (c *childProcess) line(t *testing.T) string {
	t.Helper()
	require.True(t, c.out.Scan(), "the child ended: %v", c.out.Err())
	return c.out.Text()
}

func (c *childProcess) begin(t *testing.T, target string) {
	t.Helper()
	_, err := fmt.Fprintln(c.stdin, target)
	require.NoError(t, err)
}

// end lets the child finish in good order.
func (c *childProcess) end(t *testing.T) {
	t.Helper()
	require.NoError(t, c.stdin.Close())
	require.NoError(t, c.cmd.Wait())
}

func TestTwoProgramsOnePasses(t *testing.T) {
	dir := t.TempDir()
	children := []*childProcess{startChild(t, dir), startChild(t, dir), startChild(t, dir)}
	for round := range 10 {
		target := fmt.Sprint("card-", round)
		for _, c := range children {
			c.begin(t, target)
		}
		passed := 0
		for _, c := range children {
			said := c.line(t)
			if strings.HasPrefix(said, "passed") {
				passed++
			} else {
				assert.Equal(t, "blocked "+RuleInFlight, said)
			}
		}
		assert.Equal(t, 1, passed)
	}
	j := openTest(t, dir, nil)
	unknown, err := j.Unknown(ctxb())
	require.NoError(t, err)
	assert.Empty(t, unknown, "programs that live keep their intents in flight")
	for _, c := range children {
		c.end(t)
	}
	unknown, err = j.Unknown(ctxb())
	require.NoError(t, err)
	assert.Len(t, unknown, 10, "a program that closes leaves its intents unknown")
}

func TestKilledProgramLeavesUnknown(t *testing.T) {
	dir := t.TempDir()
	c := startChild(t, dir)
	c.begin(t, "card-a")
	said := c.line(t)
	require.True(t, strings.HasPrefix(said, "passed "), said)
	op := strings.TrimPrefix(said, "passed ")
	require.NoError(t, c.cmd.Process.Kill())
	require.Error(t, c.cmd.Wait())

	j := openTest(t, dir, nil)
	i, err := j.Intent(ctxb(), op)
	require.NoError(t, err)
	assert.Equal(t, StateUnknown, i.State)
	assert.NotEmpty(t, i.Reason)
	assert.True(t, i.HasBody, "it can be sent again")
	e, err := j.Exchange(ctxb(), i.ExchangeID)
	require.NoError(t, err)
	assert.Equal(t, pikeapi.Unknown, e.Outcome)
	_, err = j.Begin(ctxb(), payoutTo(testEnv(pikeapi.Policy{}), "card-a", 15000, "x"), pikeapi.Permit{})
	assert.Equal(t, op, blockedBy(t, err, pikeapi.RuleLookalike))
	v, err := j.Verify(ctxb())
	require.NoError(t, err)
	assert.True(t, v.OK(), "%v", v.Problems)
}

func TestKillWhileAnotherProgramRuns(t *testing.T) {
	dir := t.TempDir()
	j := openTest(t, dir, nil)
	c := startChild(t, dir)
	c.begin(t, "card-a")
	require.True(t, strings.HasPrefix(c.line(t), "passed "))
	n, err := j.Recover(ctxb())
	require.NoError(t, err)
	assert.Zero(t, n, "it lives")
	require.NoError(t, c.cmd.Process.Kill())
	require.Error(t, c.cmd.Wait())
	// The next look-alike finds out by itself.
	_, err = j.Begin(ctxb(), payoutTo(testEnv(pikeapi.Policy{}), "card-a", 15000, "x"), pikeapi.Permit{})
	blockedBy(t, err, pikeapi.RuleLookalike)
	unknown, err := j.Unknown(ctxb())
	require.NoError(t, err)
	assert.Len(t, unknown, 1)
}

func TestChangesOfAnotherProgram(t *testing.T) {
	dir := t.TempDir()
	tick := make(chan time.Time)
	j, err := Open(ctxb(), dir, "sandbox", Options{Tick: tick})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, j.Close()) })
	changes, stop := j.Changes()
	defer stop()

	tick <- time.Now() // taken: the first look is over
	tick <- time.Now()
	assert.Empty(t, changes, "nothing has happened")

	c := startChild(t, dir)
	c.begin(t, "card-a")
	c.line(t)
	tick <- time.Now()
	got := <-changes
	assert.True(t, got.External && got.Exchanges && got.Intents)
	c.end(t)
	tick <- time.Now()
	assert.True(t, (<-changes).External)

	// Own writes come at once, merged, and do not come back as foreign ones.
	p := payoutTo(testEnv(pikeapi.Policy{}), "card-b", 1, "")
	id := begin(t, j, p, pikeapi.Permit{})
	require.NoError(t, j.Finish(ctxb(), result(p, id, pikeapi.Refused, "invalid_request")))
	got = <-changes
	assert.Equal(t, Change{Exchanges: true, Intents: true}, got)
	tick <- time.Now()
	tick <- time.Now()
	assert.Empty(t, changes)
	stop()
	_, open := <-changes
	assert.False(t, open)
}
