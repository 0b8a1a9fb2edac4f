package flow

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"pikedash/pikeapi"
	"pikedash/pikeapi/journal"
)

// recorded runs a flow with a real journal and returns the journal and the session.
func recorded(t *testing.T, name string, pair *Pair) (*journal.Journal, string) {
	t.Helper()
	all, err := Shipped()
	require.NoError(t, err)
	var f *Flow
	for _, one := range all {
		if one.Name == name {
			f = one
		}
	}
	require.NotNil(t, f)
	j, err := journal.Open(t.Context(), t.TempDir(), "sandbox", journal.Options{Tick: make(chan time.Time)})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, j.Close()) })
	place, err := NewSandbox(t.Context(), f, pair)
	require.NoError(t, err)
	place.Environment().Recorder = j
	res := Run(t.Context(), f, pikeapi.V2, place, nil)
	require.Equal(t, Passed, res.Verdict, res.Reason)
	session := ""
	for _, a := range place.Arrivals() {
		parsed, err := pikeapi.ParseNotification(a.Body)
		require.NoError(t, err)
		_, err = j.RecordWebhook(t.Context(), journal.Webhook{Received: a.At, Body: a.Body, Badge: journal.BadgeVerified, Parsed: parsed, Version: pikeapi.V2})
		require.NoError(t, err)
		session = a.SessionID
	}
	require.NoError(t, place.Close())
	return j, session
}

// A session that was recorded makes a flow that passes against a fresh sandbox.
func TestARecordedSessionMakesAFlowThatPasses(t *testing.T) {
	pair, err := NewPair(t.Context())
	require.NoError(t, err)
	for _, name := range []string{"payout-confirmed", "payout-declined", "payment-one-step", "refund-partial", "payout-cancelled", "payout-two-steps",
		"payment-3ds-well", "payment-3ds-badly", "hold-full-capture", "hold-partial-capture", "hold-cancelled", "refund-declined", "refund-too-large"} {
		t.Run(name, func(t *testing.T) {
			j, session := recorded(t, name, pair)
			text, err := Record(t.Context(), j, session, "mine")
			require.NoError(t, err)
			require.NotContains(t, string(text), "4242424242424242")
			require.NotContains(t, string(text), session+`"`+"}", "the session's id became a variable")
			f, err := Parse("mine", text)
			require.NoError(t, err)
			results := RunAll(t.Context(), []*Flow{f}, 1, func(ctx context.Context, f *Flow) (Place, error) { return NewSandbox(ctx, f, pair) }, nil)
			require.Len(t, results, 1)
			require.Equal(t, Passed, results[0].Verdict, "%s\n%s", results[0].Reason, text)
			require.GreaterOrEqual(t, len(f.Steps), 4)
		})
	}
}

// TestRecordedTextsStayTheirs: what looks like a variable or the end of a TOML text in a body is neither.
func TestRecordedTextsStayTheirs(t *testing.T) {
	for _, body := range []string{`{"metadata":"${x} ${card.success} ${"}`, `{"metadata":"'''"}`, "\n{}\r\n", "{\"metadata\":\"\x7f\\u0007\\\\\"}", `it's '`, "\x00\x1b"} {
		var w recorder
		w.call(&journal.Exchange{
			ExchangeRow: journal.ExchangeRow{Method: "session/create", Version: pikeapi.V2, Outcome: pikeapi.Refused}, Body: []byte(body)})
		f, err := Parse("mine", w.file())
		require.NoError(t, err, "%s", w.file())
		got, err := expand(f.Steps[0].Body, f.Vars)
		require.NoError(t, err)
		require.Equal(t, body, got)
	}
}

func TestSavingNeverOverwrites(t *testing.T) {
	dir := t.TempDir() + "/flows"
	path, err := Save(dir, "mine", []byte("title = \"a\"\n"))
	require.NoError(t, err)
	_, err = Save(dir, "mine", []byte("title = \"b\"\n"))
	require.ErrorContains(t, err, "choose another name")
	kept, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "title = \"a\"\n", string(kept))
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	for _, bad := range []string{"", "../x", "a/b", "A", "a b", "-a", "é"} {
		_, err := Save(dir, bad, nil)
		require.Error(t, err, bad)
	}
}
