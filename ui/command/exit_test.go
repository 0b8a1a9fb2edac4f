package command

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"pikedash/config"
	"pikedash/keys"
	"pikedash/pikeapi"
	"pikedash/pikeapi/sandbox"
)

// TestExitCodes provokes every exit code at the command line, in words and in JSON.
func TestExitCodes(t *testing.T) {
	m := newMachine(t)
	_, good := m.sandboxAt(nil)
	_, lossy := m.sandboxAt(func(c *sandbox.Config) {
		c.Faults = []sandbox.Fault{{Kind: sandbox.FaultLostAnswer, Method: pikeapi.MethodInitPayout}}
	})
	m.settings("[profiles.away]\nkind = \"sandbox\"\nproject = \"shop\"\nbase_url = \"" + closedPort(t) + "\"\n" +
		"[profiles.lossy]\nkind = \"sandbox\"\nproject = \"shop\"\nbase_url = \"" + lossy + "\"\n" +
		"[profiles.shop]\nkind = \"sandbox\"\nproject = \"shop\"\nbase_url = \"" + good + "\"\n" +
		"[profiles.other]\nkind = \"sandbox\"\nproject = \"shop\"\nbase_url = \"" + good + "\"\nkey.file = \"" + m.key("other.pem", testKeys()[2]) + "\"\n")
	body := m.payout("p.json", "15000")
	refused := m.file("refused.json", `{"session_id":"ps_0"}`)
	signature := m.file("sig", "AAAA")
	public := filepath.Join(m.home, "other.pem.pub")
	for _, c := range []struct {
		name string
		code int
		key  string // error.code
		args []string
	}{
		{"done", exitDone, "", []string{"send", "session/init/payout", "--profile", "shop", "--body", body}},
		{"a broken settings file", exitUsage, "config", []string{"info", "--config", m.file("bad.toml", "theme = 1\n")}},
		{"a missing body file", exitFailure, "file", []string{"send", "session/status", "--body", filepath.Join(m.home, "none")}},
		{"an unknown flag", exitUsage, "usage", []string{"send", "session/status", "--boddy", body}},
		{"an unknown verb", exitUsage, "usage", []string{"sendd"}},
		{"an unknown method", exitUsage, "usage", []string{"send", "session/init/payot", "--body", body}},
		{"a missing argument", exitUsage, "usage", []string{"send"}},
		{"an unknown profile", exitUsage, "config", []string{"send", "session/status", "--body", body, "--env", "nobody"}},
		{"a bad idempotency key", exitUsage, "idempotency_key", []string{"send", "session/init/payout", "--profile", "shop", "--body", body, "--idempotency-key", "abc"}},
		{"an invalid signature", exitInvalid, "signature_invalid", []string{"verify", "--body", body, "--signature-file", signature, "--key", public}},
		{"a refusal", exitRefused, "invalid_request", []string{"send", "session/status", "--profile", "shop", "--body", refused}},
		{"a key that Pike does not know", exitKey, "authentication_error", []string{"send", "session/init/payout", "--profile", "other", "--body", m.payout("p5.json", "500")}},
		{"a profile without a key", exitKey, "key", []string{"sign", "--profile", "demo", "--body", body}},
		{"a server that is away", exitNotSent, "not_sent", []string{"send", "session/init/payout", "--profile", "away", "--body", body}},
		{"a lost answer", exitUnknown, "outcome_unknown", []string{"send", "session/init/payout", "--profile", "lossy", "--body", body}},
		{"a look-alike of an unknown outcome", exitBlocked, "unknown_lookalike", []string{"send", "session/init/payout", "--profile", "lossy", "--body", body}},
		{"a duplicate", exitBlocked, "duplicate", []string{"send", "session/init/payout", "--profile", "shop", "--body", body}},
		{"read-only", exitBlocked, "read_only", []string{"send", "session/init/payout", "--profile", "shop", "--body", m.payout("p8.json", "800"), "--read-only"}},
		{"--live on a sandbox", exitBlocked, "live_mismatch", []string{"send", "session/init/payout", "--profile", "shop", "--body", body, "--live"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := m.run(c.args...)
			assert.Equal(t, c.code, s.code, "%s\n%s", s.out, s.err)
			if c.code == exitDone {
				return
			}
			assert.True(t, strings.HasPrefix(s.err, "pikedash: "), "stderr says what happened: %s", s.err)
			j := m.run(append(c.args, "--json")...)
			if c.name == "a lost answer" {
				// The second try is a look-alike of the first: its object is that of the block.
				assert.Equal(t, exitBlocked, j.code)
				return
			}
			assert.Equal(t, c.code, j.code)
			v := j.object(t)
			if c.code == exitInvalid {
				assert.Equal(t, false, v["valid"])
				return
			}
			assert.Equal(t, c.key, at(v, "error", "code"), j.out)
			assert.NotEmpty(t, at(v, "error", "message"))
			assert.NotEmpty(t, at(v, "error", "category"))
			assert.EqualValues(t, c.code, at(v, "error", "exit"))
		})
	}
}

func TestInterruptedBeforeAnythingWasSent(t *testing.T) {
	m := newMachine(t)
	_, url := m.sandboxAt(nil)
	ctx, stop := context.WithCancel(context.Background())
	stop()
	m.ctx = ctx
	s := m.run("send", "session/init/payout", "--project", "shop", "--base-url", url, "--body", m.payout("p.json", "100"))
	assert.Equal(t, exitInterrupted, s.code, s.err)
	assert.Contains(t, s.err, "interrupted")
}

func TestEveryExitCodeIsDocumented(t *testing.T) {
	m := newMachine(t)
	help := m.ok("--help").out
	for code, meaning := range exitMeanings {
		assert.Contains(t, help, meaning, "%d", code)
	}
}

func TestFaultsKeepTheirMeaning(t *testing.T) {
	for _, c := range []struct {
		err  error
		code int
	}{
		{errors.New("anything"), exitFailure},
		{usage("", "x"), exitUsage},
		{keyFault(nil, "", "x"), exitKey},
		{&keys.Problem{Code: "too_small", Sentence: "x"}, exitKey},
		{&pikeapi.SignError{Err: errors.New("x")}, exitKey},
		{&pikeapi.CallError{Field: "method", Reason: "x"}, exitUsage},
		{&pikeapi.APIError{Code: "insufficient_wallet_balance"}, exitRefused},
		{&pikeapi.APIError{Code: "authentication_error"}, exitKey},
		{&pikeapi.APIError{Code: "identification_error"}, exitKey},
		{&pikeapi.TransportError{Sent: true, Err: errors.New("x")}, exitUnknown},
		{&pikeapi.TransportError{Sent: false, Err: errors.New("x")}, exitNotSent},
		{&pikeapi.BlockedError{Rule: "max_amount", Reason: "x"}, exitBlocked},
		{&config.Error{File: "f", Reason: "x"}, exitFailure},
		{&config.Error{File: "f", Line: 3, Reason: "x"}, exitUsage},
		{&config.Error{Key: "--profile", Reason: "x"}, exitUsage},
		{context.Canceled, exitInterrupted},
	} {
		assert.Equal(t, c.code, asFault(c.err).exit, "%T %v", c.err, c.err)
	}
}

// A write to a pipe that nobody reads must not look like success.
func TestAClosedPipeIsAFailure(t *testing.T) {
	newMachine(t)
	r, w, err := os.Pipe()
	require.NoError(t, err)
	require.NoError(t, r.Close())
	code := Run(context.Background(), []string{"version"}, strings.NewReader(""), brokenPipe{w}, &strings.Builder{})
	assert.Equal(t, exitFailure, code)
	require.NoError(t, w.Close())
}

// brokenPipe fails like a pipe whose reader is gone, without the signal that stdout would raise.
type brokenPipe struct{ w *os.File }

func (b brokenPipe) Write(p []byte) (int, error) { return 0, os.ErrClosed }

func TestControlCharactersNeverReachTheTerminal(t *testing.T) {
	assert.Equal(t, "[31mred]0;xnext", clean("\x1b[31mred\x1b]0;x\x07\nnext"))
	for _, hostile := range []string{"\x1b[2J", "\x9b31m", "\x00", "\r\n", "\u202e", "\x7f", "\u200b"} {
		assert.NotContains(t, clean("a"+hostile+"b"), hostile, "%q", hostile)
	}
	assert.Equal(t, "a b", clean("a\tb"))
}

func TestTimesAreUTC(t *testing.T) {
	assert.Equal(t, "2026-11-01 11:00:00", stamp(time.Date(2026, 11, 1, 12, 0, 0, 0, time.FixedZone("x", 3600))))
	assert.Empty(t, stamp(time.Time{}))
}
