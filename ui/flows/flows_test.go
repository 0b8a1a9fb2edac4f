package flows

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/exp/golden"
	"github.com/stretchr/testify/require"

	"pikedash/pikeapi"
	"pikedash/pikeapi/flow"
	"pikedash/ui/page"
	"pikedash/ui/uitest/kit"
)

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

// bench is the screen with the flows that are shipped, and one of the user's own.
type bench struct {
	*kit.Kit[*Model]
	*Model
}

func newBench(t *testing.T, kind pikeapi.EnvKind) *bench {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "mine.toml"), []byte(own), 0o600))
	k := kit.New(t, New, kit.Options{Kind: kind, W: 100, H: 30, Deps: func(d *page.Deps) { d.Flows = dir }})
	return &bench{k, k.M}
}

// choose moves to a flow by name.
func (b *bench) choose(name string) {
	for range 100 {
		if f, ok := b.chosen(); ok && f.Name == name {
			return
		}
		b.Press(b.Keys.Move.Down)
	}
	require.Fail(b.T, "there is no flow "+name)
}

func TestARunPassesAndShowsItsSteps(t *testing.T) {
	b := newBench(t, pikeapi.Sandbox)
	b.choose("payout-confirmed")
	b.Press(b.Keys.Flows.Run)
	require.Equal(t, flow.Passed, b.results[job{"payout-confirmed", pikeapi.V1}].Verdict)
	require.Equal(t, flow.Passed, b.results[job{"payout-confirmed", pikeapi.V2}].Verdict)
	require.Equal(t, page.Success, b.Said[0].Level)
	require.Contains(t, b.View(), "wait for payment_finished")
}

func TestTheFirstDifferenceIsShownAndItsExchangeOpens(t *testing.T) {
	b := newBench(t, pikeapi.Sandbox)
	b.choose("mine")
	b.Press(b.Keys.Flows.Run)
	view := b.View()
	require.Contains(t, view, "failed in v2")
	require.Contains(t, view, "session.status")
	require.Contains(t, view, "expected  accepted")
	require.Contains(t, view, "seen      created")
	b.Press(b.Keys.List.Open)
	b.Press(b.Keys.Flows.Exchange)
	require.Len(t, b.Asked, 1)
	require.True(t, b.Back())
	require.False(t, b.Back())
}

func TestStopForgetsWhatWaits(t *testing.T) {
	b := newBench(t, pikeapi.Sandbox)
	cmd := b.Update(b.Keys.Flows.RunAll.Msg())
	require.NotEmpty(t, b.queue)
	b.Press(b.Keys.Flows.Stop)
	b.Run(cmd) // the keys of the sandboxes arrive after the stop
	require.Empty(t, b.queue)
	require.Empty(t, b.running)
	require.Empty(t, b.results)
}

// What ends after the stop counts as not run.
func TestTheEndOfAStoppedRunCountsForNothing(t *testing.T) {
	b := newBench(t, pikeapi.Sandbox)
	j := job{"payout-confirmed", pikeapi.V2}
	b.running[j] = b.Time
	b.Press(b.Keys.Flows.Stop)
	b.Run(b.Update(ended{b.Deps.Stamps.Now(), j, flow.Result{Verdict: flow.Passed}}))
	require.Empty(t, b.results)
	require.Len(t, b.Said, 1, "only that it was stopped")
}

// List and steps share the screen: what has the keys is marked, by key and by mouse.
func TestTheKeysGoToListOrSteps(t *testing.T) {
	b := newBench(t, pikeapi.Sandbox)
	b.choose("mine")
	require.Contains(t, b.View(), "\n>  mine ")
	b.Press(b.Keys.List.NextPane)
	require.Contains(t, b.View(), "\n·  mine ")
	require.Contains(t, b.View(), "\n>  1  session/create")
	b.Press(b.Keys.List.NextPane)
	require.Contains(t, b.View(), "\n>  mine ")

	b.choose("payout-confirmed")
	list, _ := b.split()
	b.Run(b.Update(page.Mouse{X: 9, Y: list + 1}))
	require.Contains(t, b.View(), "\n·  payout-confirmed ")
	b.Run(b.Update(page.Mouse{X: 9, Y: list + 1, Wheel: 1}))
	require.Equal(t, 3, b.cursor)
	b.Run(b.Update(page.Mouse{X: 9, Y: list + 1, Wheel: 9}))
	require.Equal(t, b.stepCount()-1, b.cursor, "the last step is the end")
	b.Run(b.Update(page.Mouse{X: 9, Y: 2})) // title, names of the columns, the first flow
	require.False(t, b.steps, "a click on the list gives it the keys")
	first, _ := b.chosen()
	require.NotEqual(t, "payout-confirmed", first.Name)
	b.Run(b.Update(page.Mouse{X: 9, Y: 2, Wheel: 1}))
	fourth, _ := b.chosen()
	require.NotEqual(t, first.Name, fourth.Name)
}

func TestLiveRunsNothing(t *testing.T) {
	b := newBench(t, pikeapi.Live)
	require.Contains(t, b.Off(b.Keys.Flows.Run), "live")
	require.Contains(t, b.Off(b.Keys.Flows.RunAll), "live")
	b.Press(b.Keys.Flows.Run, b.Keys.Flows.RunAll)
	require.Empty(t, b.queue)
	require.Empty(t, b.results)
}

// TestProgress: what waits says so, and a run names the step at which it is.
func TestProgress(t *testing.T) {
	b := newBench(t, pikeapi.Sandbox)
	b.choose("payout-confirmed")
	cmd := b.Update(b.Keys.Flows.Run.Msg())
	require.Contains(t, b.View(), "waits")
	require.Contains(t, b.View(), "2 to run")
	made, ok := cmd().(paired)
	require.True(t, ok)
	b.Update(made) // the runs are begun, but not carried out
	f, _ := b.chosen()
	b.news.note(f, pikeapi.V1, flow.StepResult{Index: 2, Label: "session/confirm", Verdict: flow.Running})
	b.Run(b.Update(page.Tick{Now: kit.Noon().Add(4 * time.Second)}))
	require.Contains(t, b.View(), "step 3 of 5")
	require.Regexp(t, `running   3  session/confirm +4 s`, b.View())
	b.SetSize(80, 24)
	require.Contains(t, b.View(), "2 to run", "how far it is comes before where it runs")
}

// TestFlowsAreReadAgain: what was saved or mended meanwhile is there, broken files are told of beside
// the good ones, and the result of a changed file is gone.
func TestFlowsAreReadAgain(t *testing.T) {
	b := newBench(t, pikeapi.Sandbox)
	b.choose("mine")
	b.Press(b.Keys.Flows.Run)
	require.Equal(t, "1 of 1 runs failed: mine", b.Said[0].Text)
	write := func(name, text string) {
		require.NoError(t, os.WriteFile(filepath.Join(b.Deps.Flows, name), []byte(text), 0o600))
	}
	write("other.toml", own)
	b.Run(b.Update(page.Shown{}))
	b.choose("other")
	require.NotEmpty(t, b.results[job{"mine", pikeapi.V2}], "its file is as it was")

	write("mine.toml", strings.Replace(own, `"accepted"`, `"created"`, 1))
	write("bad.toml", "[[step]]\ncall = \"session/creat\"\n")
	b.Press(b.Keys.List.Refresh)
	require.Empty(t, b.results[job{"mine", pikeapi.V2}])
	require.Contains(t, b.View(), "flow bad: line 1: step 1")
	require.Contains(t, b.View(), "hold-timeout")
}

// TestHelpNamesAKeyOnce.
func TestHelpNamesAKeyOnce(t *testing.T) {
	b := newBench(t, pikeapi.Sandbox)
	b.Press(b.Keys.List.Open)
	seen := map[string]bool{}
	for _, h := range b.Help() {
		require.False(t, seen[h.Key.ID], h.Key.ID)
		seen[h.Key.ID] = true
	}
}

func TestGolden(t *testing.T) {
	b := newBench(t, pikeapi.Sandbox)
	b.choose("mine")
	golden.RequireEqual(t, b.View())
}

func TestExactBox(t *testing.T) {
	b := newBench(t, pikeapi.Sandbox)
	b.choose("mine")
	b.results[job{"mine", pikeapi.V2}] = flow.Result{Verdict: flow.Failed, Steps: []flow.StepResult{{Label: "漢字\x1b[2J", Verdict: flow.Failed,
		Err: strings.Repeat("e\u0301 ", 90), Diffs: []flow.Difference{{Path: "a\nb", Expected: "\u202ex", Seen: strings.Repeat("漢", 200)}},
		Note: "Pike refused: \x1b[2J" + strings.Repeat("漢", 90)}}}
	b.SetSize(80, 60)
	require.Regexp(t, `(?s)seen .*Pike refused`, b.View(), "what Pike said stands beneath what was expected and seen")
	for _, steps := range []bool{false, true} {
		b.steps = steps
		for _, size := range [][2]int{{20, 5}, {60, 15}, {80, 24}, {200, 50}, {240, 70}} {
			b.SetSize(size[0], size[1])
			kit.Exact(t, b.View(), size[0], size[1])
		}
	}
}
