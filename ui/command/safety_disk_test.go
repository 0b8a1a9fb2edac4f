//go:build linux || darwin

package command

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestAFullDiskSendsNothing runs the command in programs of their own that may not make a file longer
// than so many bytes: the disk is full at the opening, at the intent, at the outcome, or not at all.
func TestAFullDiskSendsNothing(t *testing.T) {
	if args := os.Getenv("SAFETY_FULL_DISK"); args != "" {
		room, err := strconv.ParseUint(os.Getenv("SAFETY_ROOM"), 10, 64)
		require.NoError(t, err)
		signal.Ignore(syscall.SIGXFSZ)
		require.NoError(t, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: room, Max: room}))
		os.Exit(Run(context.Background(), strings.Split(args, "\n"), strings.NewReader(""), os.Stdout, os.Stderr))
	}
	m, server, _ := shopMachine(t)
	m.ok("send", "session/init/payout", "--body", m.payout("before", "100"))
	seen := map[int]int{}
	for i, room := range []int{6_000, 30_000, 45_000, 60_000, 75_000, 90_000, 105_000, 120_000, 150_000, 10_000_000} {
		before := sessionsAt(t, server)
		args := []string{"send", "session/init/payout", "--body", m.payout("p", strconv.Itoa(15000+i)), "--json"}
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestAFullDiskSendsNothing$")
		cmd.Env = append(os.Environ(), "SAFETY_FULL_DISK="+strings.Join(args, "\n"), "SAFETY_ROOM="+strconv.Itoa(room))
		var out, errs strings.Builder
		cmd.Stdout, cmd.Stderr = &out, &errs
		code := exitDone
		var exit *exec.ExitError
		if err := cmd.Run(); errors.As(err, &exit) {
			code = exit.ExitCode()
		} else {
			require.NoError(t, err)
		}
		seen[code]++
		sent := sessionsAt(t, server) - before
		t.Logf("room for %d bytes: exit %d, %d sent: %s", room, code, sent, errs.String())
		switch code {
		case exitFailure, exitNotSent:
			assert.Equal(t, 0, sent, "%s %s", out.String(), errs.String())
			assert.Contains(t, errs.String(), "journal", "it says where the fault is")
			assert.Equal(t, exitDone, m.run(args...).code, "with room again it goes out, and is no look-alike")
		case exitDone, exitUnknown:
			assert.Equal(t, 1, sent)
			assert.True(t, json.Valid([]byte(out.String())), "one value on stdout: %s", out.String())
		default:
			assert.Fail(t, "another exit", "%d: %s", code, errs.String())
		}
		m.ok("journal", "verify")
	}
	assert.NotEmpty(t, seen[exitFailure]+seen[exitNotSent], "the disk was full")
	assert.NotEmpty(t, seen[exitDone], "and once it was not")
}
