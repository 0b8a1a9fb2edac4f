package flows

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/exp/golden"
	"github.com/muesli/termenv"
	"github.com/stretchr/testify/require"

	"pikedash/pikeapi"
	"pikedash/pikeapi/flow"
	"pikedash/ui/keymap"
	"pikedash/ui/page"
	"pikedash/ui/theme"
	"pikedash/ui/widget"
)

var fixed = time.Date(2026, 1, 15, 14, 3, 22, 0, time.UTC)

type bench struct {
	t    *testing.T
	m    *Model
	deps *page.Deps
	said []page.Notice
	asks []widget.Dialog
}

const own = `title = "Mine, which expects what does not come"
about = "It is wrong on purpose."
versions = ["v2"]
[[step]]
call = "session/create"
key = "k"
body = "{}"
[step.expect]
"session.status" = "accepted"
`

func newBench(t *testing.T, kind pikeapi.EnvKind) *bench {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "mine.toml"), []byte(own), 0o600))
	place := page.NewPlace(&page.Desk{Env: &pikeapi.Environment{Name: string(kind), Kind: kind, Version: pikeapi.V2, Epoch: 1}})
	b := &bench{t: t, deps: &page.Deps{Theme: theme.New(theme.Options{Profile: termenv.Ascii}), Keys: keymap.New(),
		Now: func() time.Time { return fixed }, Desk: place, Stamps: page.NewStamps(place), Flows: dir}}
	b.m = New(b.deps)
	b.m.SetSize(100, 30)
	b.run(b.m.Init())
	return b
}

func (b *bench) run(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	switch msg := cmd().(type) {
	case nil:
	case tea.BatchMsg:
		for _, c := range msg {
			b.run(c)
		}
	case page.Notice:
		b.said = append(b.said, msg)
	case page.Ask:
		b.asks = append(b.asks, msg.Dialog)
	default:
		b.run(b.m.Update(msg))
	}
}

func (b *bench) press(k keymap.Binding) { b.run(b.m.Update(k.Msg())) }

// choose moves to a flow by name.
func (b *bench) choose(name string) {
	for range 100 {
		if f, ok := b.m.chosen(); ok && f.Name == name {
			return
		}
		b.press(b.deps.Keys.Move.Down)
	}
	b.t.Fatalf("there is no flow %s", name)
}

func TestARunPassesAndShowsItsSteps(t *testing.T) {
	b := newBench(t, pikeapi.Sandbox)
	b.choose("payout-confirmed")
	b.press(b.deps.Keys.Flows.Run)
	require.Equal(t, flow.Passed, b.m.results[job{"payout-confirmed", pikeapi.V1}].Verdict)
	require.Equal(t, flow.Passed, b.m.results[job{"payout-confirmed", pikeapi.V2}].Verdict)
	require.Equal(t, page.Success, b.said[0].Level)
	require.Contains(t, b.m.View(), "wait for payment_finished")
}

func TestTheFirstDifferenceIsShownAndItsExchangeOpens(t *testing.T) {
	b := newBench(t, pikeapi.Sandbox)
	b.choose("mine")
	b.press(b.deps.Keys.Flows.Run)
	view := b.m.View()
	require.Contains(t, view, "failed in v2")
	require.Contains(t, view, "session.status")
	require.Contains(t, view, "expected  accepted")
	require.Contains(t, view, "seen      created")
	b.press(b.deps.Keys.List.Open)
	b.press(b.deps.Keys.Flows.Exchange)
	require.Len(t, b.asks, 1)
	require.True(t, b.m.Back())
	require.False(t, b.m.Back())
}

func TestStopForgetsWhatWaits(t *testing.T) {
	b := newBench(t, pikeapi.Sandbox)
	cmd := b.m.Update(b.deps.Keys.Flows.RunAll.Msg())
	require.NotEmpty(t, b.m.queue)
	b.press(b.deps.Keys.Flows.Stop)
	b.run(cmd) // the keys of the sandboxes arrive after the stop
	require.Empty(t, b.m.queue)
	require.Empty(t, b.m.running)
	require.Empty(t, b.m.results)
}

func TestLiveRunsNothing(t *testing.T) {
	b := newBench(t, pikeapi.Live)
	for _, h := range b.m.Help() {
		if h.Key.ID == b.deps.Keys.Flows.Run.ID || h.Key.ID == b.deps.Keys.Flows.RunAll.ID {
			require.Contains(t, h.Off, "live")
		}
	}
}

// TestProgress: what waits says so, and a run names the step at which it is.
func TestProgress(t *testing.T) {
	b := newBench(t, pikeapi.Sandbox)
	b.choose("payout-confirmed")
	cmd := b.m.Update(b.deps.Keys.Flows.Run.Msg())
	require.Contains(t, b.m.View(), "waits")
	require.Contains(t, b.m.View(), "2 to run")
	made, ok := cmd().(paired)
	require.True(t, ok)
	b.m.Update(made) // the runs are begun, but not carried out
	f, _ := b.m.chosen()
	b.m.news.note(f, pikeapi.V1, flow.StepResult{Index: 2, Label: "session/confirm", Verdict: flow.Running})
	b.run(b.m.Update(page.Tick{Now: fixed.Add(4 * time.Second)}))
	require.Contains(t, b.m.View(), "step 3 of 5")
	require.Regexp(t, `running   3  session/confirm +4 s`, b.m.View())
	b.m.SetSize(80, 24)
	require.Contains(t, b.m.View(), "2 to run", "how far it is comes before where it runs")
}

// TestFlowsAreReadAgain: what was saved or mended meanwhile is there, broken files are told of beside
// the good ones, and the result of a changed file is gone.
func TestFlowsAreReadAgain(t *testing.T) {
	b := newBench(t, pikeapi.Sandbox)
	b.choose("mine")
	b.press(b.deps.Keys.Flows.Run)
	require.Equal(t, "1 of 1 runs failed: mine", b.said[0].Text)
	write := func(name, text string) {
		require.NoError(t, os.WriteFile(filepath.Join(b.deps.Flows, name), []byte(text), 0o600))
	}
	write("other.toml", own)
	b.run(b.m.Update(page.Shown{}))
	b.choose("other")
	require.NotEmpty(t, b.m.results[job{"mine", pikeapi.V2}], "its file is as it was")

	write("mine.toml", strings.Replace(own, `"accepted"`, `"created"`, 1))
	write("bad.toml", "[[step]]\ncall = \"session/creat\"\n")
	b.press(b.deps.Keys.List.Refresh)
	require.Empty(t, b.m.results[job{"mine", pikeapi.V2}])
	require.Contains(t, b.m.View(), "flow bad: line 1: step 1")
	require.Contains(t, b.m.View(), "hold-timeout")
}

// TestHelpNamesAKeyOnce.
func TestHelpNamesAKeyOnce(t *testing.T) {
	b := newBench(t, pikeapi.Sandbox)
	b.press(b.deps.Keys.List.Open)
	seen := map[string]bool{}
	for _, h := range b.m.Help() {
		require.False(t, seen[h.Key.ID], h.Key.ID)
		seen[h.Key.ID] = true
	}
}

func TestGolden(t *testing.T) {
	b := newBench(t, pikeapi.Sandbox)
	b.choose("mine")
	golden.RequireEqual(t, b.m.View())
}

func TestExactBox(t *testing.T) {
	b := newBench(t, pikeapi.Sandbox)
	b.choose("mine")
	b.m.results[job{"mine", pikeapi.V2}] = flow.Result{Verdict: flow.Failed, Steps: []flow.StepResult{{Label: "漢字\x1b[2J", Verdict: flow.Failed,
		Err: strings.Repeat("e\u0301 ", 90), Diffs: []flow.Difference{{Path: "a\nb", Expected: "\u202ex", Seen: strings.Repeat("漢", 200)}}}}}
	for _, steps := range []bool{false, true} {
		b.m.steps = steps
		for _, size := range [][2]int{{20, 5}, {60, 15}, {80, 24}, {200, 50}, {240, 70}} {
			b.m.SetSize(size[0], size[1])
			lines := strings.Split(b.m.View(), "\n")
			require.Len(t, lines, size[1], "%v", size)
			for _, l := range lines {
				require.Equal(t, size[0], ansi.StringWidth(l), "%v: %q", size, l)
			}
		}
	}
}
