package flow

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"pikedash/pikeapi"
)

func runAll(t *testing.T, flows []*Flow) []Result {
	t.Helper()
	pair, err := NewPair(t.Context())
	require.NoError(t, err)
	return RunAll(t.Context(), flows, AtOnce(pikeapi.Sandbox), func(ctx context.Context, f *Flow) (Place, error) { return NewSandbox(ctx, f, pair) }, nil)
}

func TestEveryShippedFlowPasses(t *testing.T) {
	flows, err := Shipped()
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(flows), 40)
	runs := 0
	for _, f := range flows {
		runs += len(f.RunVersions())
	}
	results := runAll(t, flows)
	require.Len(t, results, runs, "each flow runs once for each of its versions")
	for _, r := range results {
		assert.Equal(t, Passed, r.Verdict, "%s %s: %s", r.Flow, r.Version, r.Reason)
	}
}

const broken = `title = "t"
[[step]]
call = "session/init/payout"
key = "k"
name = "start"
body = '''{"${payout_target}":{"type":"card","card":{"type":"bank_card","bank_card":{"number":"${card.success}"}}},"amount_details":{"amount":15000,"currency":"eur"},"participant_details":{"recipient":{"full_name":"Jane Roe"}}}'''
[step.expect]
"session.status" = "accepted"
"session.${payouts}.0.amount_details.amount" = 15000
[step.save]
session = "session.id"
[[step]]
wait = "ready_to_confirm"
`

func parse(t *testing.T, text string) *Flow {
	t.Helper()
	f, err := Parse("test", []byte(text))
	require.NoError(t, err)
	return f
}

func TestTheFirstDifferenceIsNamed(t *testing.T) {
	results := runAll(t, []*Flow{parse(t, broken)})
	for _, r := range results {
		require.Equal(t, Failed, r.Verdict)
		require.Equal(t, []Difference{{Path: "session.status", Expected: "accepted", Seen: "in_progress"}}, r.Steps[0].Diffs)
		require.Equal(t, Skipped, r.Steps[1].Verdict, "what comes after is not run")
		require.Contains(t, r.Reason, "step 1, start: session.status is in_progress, expected accepted")
		require.NotContains(t, r.Steps[0].Exchange.Request, "4242424242424242")
		require.Contains(t, r.Steps[0].Exchange.Request, "424242")
	}
}

func TestAWaitThatIsNeverMetEnds(t *testing.T) {
	text := strings.Replace(broken, `"session.status" = "accepted"`, `"session.status" = "in_progress"`, 1)
	text = strings.Replace(text, `wait = "ready_to_confirm"`, `wait = "payment_refunded"`+"\nwithin = \"20s\"", 1)
	for _, r := range runAll(t, []*Flow{parse(t, text)}) {
		require.Equal(t, Failed, r.Verdict)
		require.Contains(t, r.Reason, "no payment_refunded")
		require.Contains(t, r.Reason, "arrived: ready_to_confirm")
	}
}

func TestBadFlowsAreRefusedWithTheirPlace(t *testing.T) {
	for want, text := range map[string]string{
		"line 3: unknown key":                                    "title = \"t\"\n[[step]]\ncal = \"x\"\n",
		"no steps":                                               "title = \"t\"\n",
		"line 1: step 1 (x/y)":                                   "[[step]]\ncall = \"x/y\"\n",
		"line 7: step 2 (x/y)":                                   "title = '''\n[[step]]\n'''\n[[step]]\nadvance = \"1s\"\n# the next\n[[step]]\ncall = \"x/y\"\n",
		"exactly one thing":                                      "[[step]]\ncall = \"session/status\"\nwait = \"x\"\n",
		"no notification \"paid\"":                               "[[step]]\nwait = \"paid\"\n",
		"no control \"chargbak\"":                                "[[step]]\ncontrol = \"chargbak\"\n",
		"no argument \"sesion\"":                                 "[[step]]\ncontrol = \"chargeback\"\nwith = {sesion = \"x\"}\n",
		"fault \"lost\" is not":                                  "[[step]]\nfault = {kind = \"lost\"}\n",
		"method \"session/x\" is":                                "[[step]]\nfault = {kind = \"slow\", method = \"session/x\"}\n",
		"no idempotency key":                                     "[[step]]\ncall = \"session/status\"\nkey = \"k\"\n",
		"only a call has an idem":                                "[[step]]\nadvance = \"1s\"\nkey = \"k\"\n",
		"needs step.expect":                                      "[[step]]\npoll = \"x\"\n",
		"only a control has":                                     "[[step]]\nadvance = \"1s\"\nwith = {a = \"b\"}\n",
		"no earlier step is named":                               "[[step]]\nrepeat = \"start\"\n",
		"is not a time":                                          "[[step]]\nadvance = \"soon\"\n",
		"only a call has a body":                                 "[[step]]\nwait = \"payment_finished\"\nbody = \"{}\"\n",
		"only a call with a name":                                "[[step]]\ncall = \"session/status\"\nbackground = true\n",
		"no answer to wait for":                                  "[[step]]\nname = \"a\"\ncall = \"session/create\"\n[[step]]\njoin = \"a\"\n",
		"line 7: step 3 (the answer":                             "[[step]]\nname = \"a\"\ncall = \"session/create\"\nbackground = true\n[[step]]\njoin = \"a\"\n[[step]]\njoin = \"a\"\n",
		"nothing takes its answer":                               "[[step]]\nname = \"a\"\ncall = \"session/create\"\nbackground = true\n",
		"is no call that could":                                  "[[step]]\nname = \"a\"\nadvance = \"1s\"\n[[step]]\nrepeat = \"a\"\n",
		"is named \"a\", too":                                    "[[step]]\nname = \"a\"\nadvance = \"1s\"\n[[step]]\nname = \"a\"\nadvance = \"1s\"\n",
		"${nope} has no value here":                              "[[step]]\ncall = \"session/create\"\nbody = '{\"metadata\":\"${nope}\"}'\n",
		"${late} has no value here":                              "[[step]]\ncall = \"session/create\"\n[step.expect]\n\"session.id\" = \"${late}\"\n[step.save]\nlate = \"session.id\"\n",
		"${card.nope} has no value":                              "[[step]]\ncall = \"session/create\"\n[step.save]\nx = \"${card.nope}\"\n",
		"belong to the step that":                                "[[step]]\nname = \"a\"\ncall = \"session/create\"\nbackground = true\n[step.expect]\nhttp = \"200\"\n",
		"this step has no answer":                                "[[step]]\nadvance = \"1s\"\n[step.save]\nx = \"y\"\n",
		"only wait and poll":                                     "[[step]]\ncall = \"session/create\"\nwithin = \"5s\"\n",
		"step.call is an integer where text in quotes is needed": "[[step]]\ncall = 5\n",
		"versions is a string where a list is needed":            "versions = \"v1\"\n",
		"line 1, column":                                         "title = \n",
		"API version \"v9\" is not":                              "versions = [\"v9\"]\n[[step]]\nadvance = \"1s\"\n",
		"more than the 1048576 that":                             "title = \"" + strings.Repeat("x", MaxFile) + "\"\n",
	} {
		_, err := Parse("bad", []byte(text))
		require.ErrorContains(t, err, want)
		require.ErrorContains(t, err, "flow bad")
	}
}

func TestOwnFlowsHideShippedOnes(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "payout-confirmed.toml"), []byte(broken), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "mine.toml"), []byte(broken), 0o600))
	all, err := Load(dir)
	require.NoError(t, err)
	names := map[string]string{}
	for _, f := range all {
		require.NotContains(t, names, f.Name)
		names[f.Name] = f.Path
	}
	require.NotEmpty(t, names["payout-confirmed"])
	require.NotEmpty(t, names["mine"])
	require.Empty(t, names["refund-full"])

	require.NoError(t, os.WriteFile(filepath.Join(dir, "zz.toml"), []byte("x"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "refund-full.toml"), []byte("y"), 0o600))
	some, err := Load(dir)
	require.ErrorContains(t, err, "flow zz")
	require.ErrorContains(t, err, "flow refund-full")
	require.Len(t, some, len(all)-1, "a broken file hides a shipped flow, and leaves the others")
	_, err = Load(filepath.Join(dir, "none"))
	require.NoError(t, err)
}

// TestOwnFolderHoldsOtherThings: a pipe or a huge file is told, not waited for or read.
func TestOwnFolderHoldsOtherThings(t *testing.T) {
	dir := t.TempDir()
	listen, err := net.Listen("unix", filepath.Join(dir, "socket.toml"))
	require.NoError(t, err)
	defer func() { require.NoError(t, listen.Close()) }()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "huge.toml"), nil, 0o600))
	require.NoError(t, os.Truncate(filepath.Join(dir, "huge.toml"), 1<<40))
	require.NoError(t, os.Symlink(dir, filepath.Join(dir, "link.toml")))
	all, err := Load(dir)
	require.ErrorContains(t, err, "flow socket: it is no plain file")
	require.ErrorContains(t, err, "flow link: it is no plain file")
	require.ErrorContains(t, err, "flow huge: the file has 1099511627776 bytes")
	require.NotEmpty(t, all)
}

// TestWhatOnlyTheSandboxDoes: flows that rest on its triggers are not run elsewhere.
func TestWhatOnlyTheSandboxDoes(t *testing.T) {
	all, err := Shipped()
	require.NoError(t, err)
	elsewhere := map[string]bool{}
	for _, f := range all {
		if !f.NeedsControl() {
			elsewhere[f.Name] = true
		}
	}
	for _, name := range []string{"payout-confirmed", "payout-cancelled", "refund-full", "refund-partial", "idempotent-mismatch"} {
		require.True(t, elsewhere[name], name)
	}
	for _, name := range []string{"refund-declined", "payout-declined", "hold-timeout", "webhook-late", "payout-above-balance", "payment-3ds-well"} {
		require.False(t, elsewhere[name], name)
	}
}

func TestLiveIsRefused(t *testing.T) {
	pair, err := NewPair(t.Context())
	require.NoError(t, err)
	place, err := NewSandbox(t.Context(), &Flow{}, pair)
	require.NoError(t, err)
	place.Environment().Kind = pikeapi.Live
	r := Run(t.Context(), parse(t, broken), pikeapi.V2, place, nil)
	require.Equal(t, Failed, r.Verdict)
	require.Contains(t, r.Reason, "live")
	require.Empty(t, r.Steps)
	require.NoError(t, place.Close())
}

// TestARefusalIsNoSuccess: a call that says nothing of how it ends must be accepted.
func TestARefusalIsNoSuccess(t *testing.T) {
	refused := "versions = [\"v2\"]\n[[step]]\ncall = \"session/status\"\nbody = '{}'\n"
	got := runAll(t, []*Flow{parse(t, refused)})[0]
	require.Equal(t, Failed, got.Verdict)
	require.Contains(t, got.Reason, "outcome is refused, expected accepted")
	require.Contains(t, got.Reason, "invalid_request")
	require.Contains(t, got.Reason, "session_id", "what Pike said")
	got = runAll(t, []*Flow{parse(t, refused+"[step.expect]\n\"error.code\" = \"invalid_request\"\n")})[0]
	require.Equal(t, Passed, got.Verdict, got.Reason)
}

// TestInterrupted: what was not run to its end is skipped, not failed.
func TestInterrupted(t *testing.T) {
	flows, err := Shipped()
	require.NoError(t, err)
	pair, err := NewPair(t.Context())
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	var opened atomic.Int64
	results := RunAll(ctx, flows[:1], AtOnce(pikeapi.Sandbox), func(ctx context.Context, f *Flow) (Place, error) {
		opened.Add(1)
		place, err := NewSandbox(ctx, f, pair)
		cancel() // after the first place is open
		return place, err
	}, nil)
	require.Len(t, results, 2)
	require.Positive(t, opened.Load())
	for _, r := range results {
		require.Equal(t, Skipped, r.Verdict)
		require.Contains(t, r.Reason, "interrupted")
	}
}

func TestReports(t *testing.T) {
	report := NewReport([]Result{
		{Flow: "a", Version: pikeapi.V1, Verdict: Passed},
		{Flow: "b", Version: pikeapi.V2, Verdict: Failed, Reason: "<no & way>",
			Steps: []StepResult{{Label: "start", Verdict: Failed, Diffs: []Difference{{"x", "1", "2"}}}}},
		{Flow: "c", Version: pikeapi.V2, Verdict: Skipped, Reason: "needs a sandbox"},
	})
	require.Equal(t, [3]int{1, 1, 1}, [3]int{report.Passed, report.Failed, report.Skipped})

	var out bytes.Buffer
	require.NoError(t, report.WriteJUnit(&out))
	var suite struct {
		Tests, Failures, Skipped int `xml:",attr"`
		Cases                    []struct {
			Name    string `xml:"name,attr"`
			Failure *struct {
				Message string `xml:"message,attr"`
				Text    string `xml:",chardata"`
			} `xml:"failure"`
		} `xml:"testcase"`
	}
	require.NoError(t, xml.Unmarshal(out.Bytes(), &suite))
	require.Len(t, suite.Cases, 3)
	require.Equal(t, "<no & way>", suite.Cases[1].Failure.Message)
	require.Contains(t, suite.Cases[1].Failure.Text, "x: expected 1, seen 2")
	require.Nil(t, suite.Cases[0].Failure)

	raw, err := json.Marshal(report)
	require.NoError(t, err)
	var back Report
	require.NoError(t, json.Unmarshal(raw, &back))
	require.Equal(t, report, back)
}
