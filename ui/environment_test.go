package ui

import (
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"pikedash/ui/page"
	"pikedash/ui/widget"
)

// answer is what a screen asked for.
type answer struct {
	page.Stamp
	text string
}

type lateAnswer struct{ answer }

func (lateAnswer) TooLate() string { return "the answer of sandbox came after the switch" }

func TestStaleAnswersNeverReachAScreen(t *testing.T) {
	k := newKit(t, "sandbox")
	p := k.screens[page.Overview]
	first := k.deps.Stamps.Next("overview.detail")
	second := k.deps.Stamps.Next("overview.detail")
	k.send(answer{first, "superseded"})
	assert.Zero(t, saw[answer](p))
	k.send(answer{second, "right"})
	assert.Equal(t, 1, saw[answer](p))

	inFlight, money := k.deps.Stamps.Next("overview.detail"), k.deps.Stamps.Now()
	k.run(k.app.switchEnv("demo"))
	k.send(answer{inFlight, "of the sandbox"})
	k.send(lateAnswer{answer{money, "money of the sandbox"}})
	assert.Equal(t, 1, saw[answer](p))
	assert.Zero(t, saw[lateAnswer](p))
	assert.Contains(t, k.view(), "the answer of sandbox came after the switch")
}

func TestSwitchTellsEveryLivingScreen(t *testing.T) {
	k := newKit(t, "sandbox")
	k.press("3", "e")
	require.Contains(t, k.view(), "▲ DEMO     demo")
	k.press("down", "enter")
	assert.Equal(t, "demo", k.deps.Desk.At().Env.Name)
	assert.Contains(t, strings.Split(k.view(), "\n")[0], "▲ DEMO")
	for _, id := range []page.ID{page.Overview, page.Payouts} {
		assert.Equal(t, 1, saw[page.EnvChanged](k.screens[id]), id)
	}
	assert.Equal(t, []string{"sandbox"}, k.services.left)
}

func TestLiveWantsItsName(t *testing.T) {
	k := newKit(t, "sandbox")
	k.press("e", "down", "down", "enter")
	require.Contains(t, k.view(), "Type the word LIVE")
	k.wait(time.Second)
	k.press("enter")
	assert.Equal(t, "sandbox", k.deps.Desk.At().Env.Name, "enter alone is cancel")
	k.press("e", "down", "down", "enter")
	k.wait(time.Second)
	k.typeSlowly("live")
	k.press("enter")
	assert.Equal(t, "sandbox", k.deps.Desk.At().Env.Name)
	k.press("esc", "e", "down", "down", "enter")
	k.wait(time.Second)
	k.typeSlowly("LIVE")
	k.press("enter")
	assert.Equal(t, "live", k.deps.Desk.At().Env.Name)
	assert.Contains(t, strings.Split(k.view(), "\n")[0], "locked")
}

func TestAFailedSwitchStaysWhereItWas(t *testing.T) {
	k := newKit(t, "sandbox")
	k.services.fail = errRefused
	k.run(k.app.switchEnv("demo"))
	assert.Equal(t, "sandbox", k.deps.Desk.At().Env.Name)
	assert.Contains(t, k.view(), "you are still in sandbox: the server is not there")
}

func TestAnEncryptedKeyIsAskedFor(t *testing.T) {
	k := newKit(t, "sandbox")
	k.services.sealed, k.services.secret = "demo", "open sesame"
	k.press("e", "down", "enter")
	require.Contains(t, k.view(), "the key demo.pem has a passphrase")
	k.typeSlowly("wrong")
	assert.NotContains(t, k.view(), "wrong", "what is typed is not shown")
	k.press("enter")
	require.Contains(t, k.view(), "the passphrase does not open demo.pem")
	assert.Equal(t, "sandbox", k.deps.Desk.At().Env.Name)
	k.typeSlowly("open sesame")
	k.press("enter")
	assert.Equal(t, "demo", k.deps.Desk.At().Env.Name)
	assert.False(t, k.app.dialogs.Open())
}

func TestASupersededSwitchIsLetGo(t *testing.T) {
	k := newKit(t, "sandbox")
	slow := k.app.switchEnv("demo")
	k.run(k.app.switchEnv("live"))
	k.run(slow)
	assert.Equal(t, "live", k.deps.Desk.At().Env.Name)
	assert.Equal(t, []string{"sandbox", "demo"}, k.services.left)
}

func TestSwitchClosesDialogs(t *testing.T) {
	k := newKit(t, "sandbox")
	k.send(page.Ask{Dialog: &widget.Confirm{Text: []string{"Pay?"}}})
	k.run(k.app.switchEnv("demo"))
	assert.False(t, k.app.dialogs.Open(), "a question of one environment is not answered in another")
}

func TestVersionChanges(t *testing.T) {
	k := newKit(t, "sandbox")
	old := k.app.epoch()
	k.press("e", "down", "down", "down", "down", "enter")
	assert.Equal(t, page.Versions()[0], k.deps.Desk.At().Env.Version)
	assert.Greater(t, k.app.epoch(), old)
	assert.Equal(t, 1, saw[page.VersionChanged](k.screens[page.Overview]))
}

func TestUnlockByTheProjectsName(t *testing.T) {
	k := newKit(t, "live")
	require.True(t, k.app.locked)
	k.press("U")
	k.wait(time.Second)
	k.typeSlowly("shop-eu")
	k.press("enter")
	require.False(t, k.app.locked)
	assert.Contains(t, strings.Split(k.view(), "\n")[0], "UNLOCKED 15:00")
	assert.Equal(t, 1, saw[page.LockChanged](k.screens[page.Overview]))
	k.wait(14 * time.Minute)
	k.send(tickMsg{k.time})
	assert.Contains(t, strings.Split(k.view(), "\n")[0], "UNLOCKED 1:00")
	k.wait(61 * time.Second)
	k.send(tickMsg{k.time})
	assert.True(t, k.app.locked)
	assert.Contains(t, k.view(), "live is locked again")
	assert.Equal(t, 2, saw[page.LockChanged](k.screens[page.Overview]))
}

func TestLockAtOnce(t *testing.T) {
	k := newKit(t, "live")
	require.NoError(t, k.deps.Desk.At().Lock.Unlock(k.deps.Desk.At().Env, "shop-eu"))
	k.press("L")
	assert.True(t, k.app.locked)
	k = newKit(t, "demo")
	k.press("L")
	assert.Contains(t, k.view(), "nothing to lock")
}

func TestJournalChangesReachEveryLivingScreen(t *testing.T) {
	k := newKit(t, "sandbox")
	k.press("1", "3")
	k.send(watchMsg{epoch: k.app.epoch()})
	for _, id := range []page.ID{page.Overview, page.Sessions, page.Payouts} {
		assert.Equal(t, 1, saw[page.JournalChanged](k.screens[id]), id)
	}
	k.send(watchMsg{epoch: 99})
	assert.Equal(t, 1, saw[page.JournalChanged](k.screens[page.Overview]), "another environment's journal")
	k.send(watchMsg{epoch: k.app.epoch(), err: errRefused})
	assert.Contains(t, k.view(), "changes are not seen at once")
}

func TestUnknownOutcomesOpenAtTheStart(t *testing.T) {
	k := newKit(t, "sandbox")
	k.app.vitalsKnown = false
	k.app.touched = false
	k.services.vitals = page.Vitals{Unknown: 1}
	k.run(k.app.readVitals())
	assert.Equal(t, page.Unknown, k.app.at)
	k.press("3")
	k.run(k.app.readVitals())
	assert.Equal(t, page.Payouts, k.app.at, "once, and not when the user is at work")
	k.press("u")
	assert.Equal(t, page.Unknown, k.app.at)
}

func TestCopySaysItsRoute(t *testing.T) {
	k := newKit(t, "sandbox")
	k.send(page.Copy{What: "po_8001", Text: "po_8001"})
	assert.Contains(t, k.view(), "✓ copied po_8001 by OSC 52")
	assert.Equal(t, "\x1b]52;c;cG9fODAwMQ==\x07", k.copied.String())
}

func TestWaitsShowOnceTheyTakeLong(t *testing.T) {
	k := newKit(t, "sandbox")
	ticks := 0
	k.app.after = func(d time.Duration, _ func() tea.Msg) tea.Cmd {
		if d == quickTick {
			ticks++
		}
		return nil
	}
	k.wait(time.Minute)
	k.send(tickMsg{k.time})
	ticks = 0
	k.screens[page.Overview].waits = []page.Wait{{What: "Pike", Since: k.time, Deadline: k.time.Add(30 * time.Second)}}
	k.send(page.Notice{Text: "x"})
	assert.Equal(t, 1, ticks, "the clock hurries as soon as something is waited for")
	assert.NotContains(t, k.view(), "waiting for Pike")
	k.wait(4 * time.Second)
	assert.Contains(t, k.view(), "waiting for Pike, 4 s (gives up after 30 s)")
}

func TestAProblemIsToldInFullOnce(t *testing.T) {
	k := newKit(t, "sandbox")
	k.services.vitals = page.Vitals{Problem: "the embedded sandbox cannot be served: the address is taken by another program"}
	k.run(k.app.readVitals())
	k.run(k.app.readVitals())
	require.Len(t, k.app.toasts.History(), 1)
	assert.Equal(t, k.services.vitals.Problem, k.app.toasts.History()[0].Text)
	assert.Contains(t, k.view(), k.services.vitals.Problem)
}
