package ui

import (
	"context"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/exp/golden"
	"github.com/muesli/termenv"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"pikedash/ui/page"
	"pikedash/ui/theme"
	"pikedash/ui/widget"
)

func exact(t *testing.T, view string, w, h int) {
	t.Helper()
	lines := strings.Split(view, "\n")
	require.Len(t, lines, h, "lines at %dx%d", w, h)
	for i, l := range lines {
		require.Equal(t, w, ansi.StringWidth(l), "line %d at %dx%d: %q", i, w, h, l)
	}
}

// Whatever is open and whatever was said, the frame is exactly the terminal.
func TestFrameIsExactlyTheTerminal(t *testing.T) {
	themes := []theme.Options{
		{Profile: termenv.Ascii}, {Profile: termenv.ANSI, DarkBG: true}, {Profile: termenv.TrueColor},
		{Profile: termenv.ANSI256, Variant: theme.Mono}, {Profile: termenv.ANSI256, Variant: theme.Blind, ASCII: true},
	}
	for _, o := range themes {
		for _, env := range []string{"sandbox", "live"} {
			for _, s := range [][2]int{{1, 1}, {20, 5}, {59, 15}, {60, 14}, {60, 15}, {80, 24}, {118, 30}, {200, 50}, {240, 70}} {
				k := newKitTheme(t, env, theme.New(o))
				k.services.vitals = page.Vitals{Unknown: 3, Waiting: 12, Latency: time.Second, Problem: strings.Repeat("disk full ", 20), Receiver: page.ReceiverStatus{Listening: true, Address: "127.0.0.1:8132"}}
				k.run(k.app.readVitals())
				k.send(tea.WindowSizeMsg{Width: s[0], Height: s[1]})
				exact(t, k.view(), s[0], s[1])
				k.send(page.Notice{Level: page.Failure, Text: "bad 王小明 \x1b[31m\x07 " + strings.Repeat("long ", 60)})
				for _, key := range []string{"?", "esc", ":", "esc", "e", "esc", "!", "esc", "U"} {
					k.press(key)
					exact(t, k.view(), s[0], s[1])
				}
			}
		}
	}
}

func TestFrameGolden(t *testing.T) {
	k := newKit(t, "sandbox")
	k.services.vitals = page.Vitals{Waiting: 2, Latency: 12 * time.Millisecond, Receiver: page.ReceiverStatus{Listening: true, Address: "127.0.0.1:8132"}}
	k.run(k.app.readVitals())
	k.press("3")
	keys := k.deps.Keys
	k.screens[page.Payouts].hints = page.On(keys.List.Open, keys.List.Filter, keys.List.Copy)
	k.send(page.Copy{What: "po_8001", Text: "po_8001"})
	k.send(tea.WindowSizeMsg{Width: 118, Height: 15})
	golden.RequireEqual(t, k.view())
}

func TestSmallLiveFrameGolden(t *testing.T) {
	k := newKit(t, "live")
	k.services.vitals = page.Vitals{Unknown: 1, Waiting: 2, Latency: 12 * time.Millisecond, Receiver: page.ReceiverStatus{Listening: true, Address: "127.0.0.1:8132"}}
	k.run(k.app.readVitals())
	k.send(tea.WindowSizeMsg{Width: 80, Height: 24})
	k.press("U")
	golden.RequireEqual(t, k.view())
}

func TestNarrowStatusLineKeepsWhatMatters(t *testing.T) {
	k := newKit(t, "live")
	k.services.vitals = page.Vitals{Unknown: 1, Waiting: 99, Latency: time.Second, Receiver: page.ReceiverStatus{Listening: true, Address: ":8132"}}
	k.run(k.app.readVitals())
	k.send(tea.WindowSizeMsg{Width: 60, Height: 15})
	line := strings.Split(k.view(), "\n")[0]
	for _, want := range []string{"■ LIVE", "locked", "1 UNKNOWN"} {
		assert.Contains(t, line, want)
	}
	assert.NotContains(t, line, "14:03:22")
	assert.Contains(t, k.view(), "━━━━")
}

func TestCountersShowOnlyWhenThereAreAny(t *testing.T) {
	k := newKit(t, "sandbox")
	line := strings.Split(k.view(), "\n")[0]
	assert.NotContains(t, line, "UNKNOWN")
	assert.NotContains(t, line, "wait for you")
	assert.Contains(t, line, "◆ SANDBOX")
}

func TestTooSmallSaysSoAndWhereYouAre(t *testing.T) {
	k := newKit(t, "live")
	k.send(tea.WindowSizeMsg{Width: 40, Height: 10})
	assert.Contains(t, k.view(), "LIVE")
	assert.Contains(t, strings.Join(strings.Fields(k.view()), " "), "needs at least 60 columns and 15 lines")
}

// TestWhatIsNotSeenHearsNoKey: where nothing fits on the terminal, an answer would be given blindly.
func TestWhatIsNotSeenHearsNoKey(t *testing.T) {
	k := newKit(t, "live")
	answered := false
	k.send(page.Ask{Dialog: &widget.Confirm{Text: []string{"Pay."}, Then: func() tea.Msg { answered = true; return nil }}})
	k.wait(time.Second)
	k.send(tea.WindowSizeMsg{Width: 40, Height: 10})
	k.press("tab", "enter", "y")
	k.press("3", "c")
	assert.False(t, answered)
	assert.Equal(t, page.Overview, k.app.at)
	assert.Empty(t, k.screens[page.Overview].keys)
	k.send(tea.WindowSizeMsg{Width: 118, Height: 30})
	assert.Contains(t, k.view(), "Pay.", "the question still waits")
	k.send(tea.WindowSizeMsg{Width: 40, Height: 10})
	k.press("ctrl+c")
	assert.True(t, k.quit)
}

func TestTextTakesKeysBeforeTheApp(t *testing.T) {
	k := newKit(t, "sandbox")
	p := k.screens[page.Overview]
	p.captures = true
	k.press("q", "e", "?", "3", "esc")
	assert.Equal(t, []string{"q", "e", "?", "3", "esc"}, p.keys)
	assert.False(t, k.quit)
	k.press("ctrl+p")
	assert.True(t, k.app.dialogs.Open(), "the palette opens also while typing")
}

func TestDialogTakesKeysBeforeTheScreen(t *testing.T) {
	k := newKit(t, "sandbox")
	p := k.screens[page.Overview]
	k.send(page.Ask{Dialog: &widget.Prompt{Title: "note", Then: func(string) tea.Cmd { return nil }}})
	k.press("x", "q")
	assert.Empty(t, p.keys)
	assert.False(t, k.quit)
}

func TestKeysThatArriveTogetherAreSeveralKeys(t *testing.T) {
	k := newKit(t, "sandbox")
	k.send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("jjj k")})
	assert.Equal(t, []string{"j", "j", "j", " ", "k"}, k.screens[page.Overview].keys)
	k.send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("pasted"), Paste: true})
	assert.Equal(t, "[pasted]", k.screens[page.Overview].keys[5])
}

func TestOffKeyIsRefusedWithItsReason(t *testing.T) {
	k := newKit(t, "sandbox")
	p := k.screens[page.Overview]
	p.hints = []page.Hint{{Key: k.deps.Keys.Payouts.Confirm, Off: "the session is not waiting for you"}}
	k.press("c")
	assert.Empty(t, p.keys)
	assert.Contains(t, k.view(), "confirm: the session is not waiting for you")
	p.hints[0].Off = ""
	k.press("c")
	assert.Equal(t, []string{"c"}, p.keys)
}

// A hint must do what it says: the form offers its test cards also while nothing is typed in it.
func TestAKeyThatTheScreenOffersIsTheScreens(t *testing.T) {
	k := newKit(t, "sandbox")
	keys, p := k.deps.Keys, k.screens[page.Overview]
	require.Equal(t, keys.Global.Controls.Keys(), keys.Create.TestCards.Keys())
	p.hints = []page.Hint{{Key: keys.Create.TestCards}, {Key: keys.Global.Back, Name: "stop"}}
	k.press("ctrl+t")
	assert.Equal(t, []string{"ctrl+t"}, p.keys)
	p.levels = 1
	k.press("esc")
	assert.Zero(t, p.levels, "a hint that names the App's own action leaves it to the App")
	p.hints = nil
	k.press("ctrl+t")
	assert.Equal(t, []string{"ctrl+t"}, p.keys)
}

func TestEscapeNeverQuits(t *testing.T) {
	k := newKit(t, "sandbox")
	k.press("esc", "esc", "esc")
	assert.False(t, k.quit)
	k.press("q")
	assert.True(t, k.quit)
}

func TestBackGoesLevelByLevel(t *testing.T) {
	k := newKit(t, "sandbox")
	k.press("3")
	k.send(page.Navigate{Screen: page.Sessions, Arg: page.OpenSession{ID: "ps_1"}})
	assert.Equal(t, page.OpenSession{ID: "ps_1"}, k.screens[page.Sessions].opened)
	k.screens[page.Sessions].levels = 1
	k.press("esc")
	assert.Equal(t, page.Sessions, k.app.at, "first a level of the screen")
	k.press("q")
	assert.Equal(t, page.Payouts, k.app.at, "then the screen that opened it")
	k.press("-")
	assert.Equal(t, page.Sessions, k.app.at)
	k.press("-", "q")
	assert.True(t, k.quit)
}

func TestQuittingAsksWhenSomethingWouldBeLost(t *testing.T) {
	k := newKit(t, "sandbox")
	k.screens[page.Overview].waits = []page.Wait{{What: "Pike's answer to session/confirm", Since: k.time, Request: true}}
	k.press("ctrl+c")
	require.False(t, k.quit)
	assert.Contains(t, k.view(), "A request is in flight: Pike's answer to session/confirm.")
	k.press("ctrl+c")
	assert.True(t, k.quit, "ctrl+c twice always ends")

	k = newKit(t, "sandbox")
	k.screens[page.Overview].unsaved = "the payout that you were typing"
	k.press("q")
	require.False(t, k.quit)
	k.wait(time.Second)
	k.press("enter")
	assert.False(t, k.quit, "cancel has the focus")
	k.press("q")
	k.wait(time.Second)
	k.press("y")
	assert.True(t, k.quit)
}

func TestHelpAndPaletteShowWhatTheScreenCanDo(t *testing.T) {
	k := newKit(t, "sandbox")
	k.screens[page.Overview].hints = []page.Hint{{Key: k.deps.Keys.Payouts.Confirm, Off: "nothing waits"}, {Key: k.deps.Keys.Payouts.Raw}}
	k.press("?")
	assert.Contains(t, k.view(), "nothing waits")
	k.press("esc", ":")
	assert.Contains(t, k.view(), "nothing waits")
	k.typeSlowly("show the payout as json")
	k.press("enter")
	assert.Equal(t, []string{"d"}, k.screens[page.Overview].keys)
}

func TestHelpAndPaletteSayWhatHasNothingToDoHere(t *testing.T) {
	k := newKit(t, "demo")
	for _, opener := range []string{"?", ":"} {
		k.press(opener)
		k.typeSlowly("lock")
		assert.Contains(t, k.view(), "demo is not live: there is nothing to unlock", opener)
		k.press("esc")
	}
	k.press("ctrl+t")
	assert.Contains(t, k.view(), "only the sandbox has test controls")
}

func TestPaletteGoesToScreens(t *testing.T) {
	k := newKit(t, "sandbox")
	k.press(":")
	k.typeSlowly("keyring")
	k.press("enter")
	assert.Equal(t, page.Keyring, k.app.at)
}

func TestActivityKeepsWhatWasSaid(t *testing.T) {
	k := newKit(t, "sandbox")
	k.send(page.Notice{Level: page.Success, Text: "sent \x1b[31mpo_1"})
	k.wait(time.Minute)
	k.send(tickMsg{k.time})
	assert.NotContains(t, k.view(), "po_1")
	k.press("!")
	assert.Contains(t, k.view(), "✓ sent ␛[31mpo_1")
}

func TestMouseReachesTheScreenInItsOwnCells(t *testing.T) {
	k := newKit(t, "sandbox")
	k.send(tea.MouseMsg{X: 4, Y: 3, Button: tea.MouseButtonLeft, Action: tea.MouseActionPress})
	k.send(tea.MouseMsg{X: 4, Y: 0, Button: tea.MouseButtonWheelUp})
	p := k.screens[page.Overview]
	require.Equal(t, 1, saw[page.Mouse](p))
	assert.Equal(t, page.Mouse{X: 4, Y: 0}, p.seen[len(p.seen)-1])
}

// sandboxFake is a sandbox that notes what it is made to do.
type sandboxFake struct{ done []string }

func (s *sandboxFake) Address() string  { return "127.0.0.1:8131" }
func (s *sandboxFake) Clock() time.Time { return time.Date(2026, 11, 23, 18, 0, 0, 0, time.UTC) }
func (s *sandboxFake) Controls() []page.Control {
	return []page.Control{{Name: "finish", Title: "End 3-D Secure", Session: true, Args: []page.ControlArg{
		{Name: "result", Title: "the payer", Choices: []string{"passes", "fails"}, Means: map[string]string{"fails": "as if the code was wrong"}, Default: "fails"},
		{Name: "late", Title: "how late", Only: map[string]string{"result": "passes"}},
	}}}
}

func (s *sandboxFake) Do(_ context.Context, name string, args map[string]string) (string, error) {
	s.done = append(s.done, name+" "+args["session"]+" "+args["result"])
	return "the payer failed", nil
}

// pointing is a screen whose cursor is on a session.
type pointing struct{ *probe }

func (pointing) Session() string { return "ps_70120" }

func TestTestControlsAskForWhatTheyNeed(t *testing.T) {
	k := newKit(t, "sandbox")
	s := &sandboxFake{}
	k.deps.Desk.At().Sandbox = s
	k.app.pages[page.Overview] = pointing{k.screens[page.Overview]}
	k.press("ctrl+t")
	assert.Contains(t, k.view(), "The sandbox's clock stands at 2026-11-23 18:00:00.")
	k.press("enter")
	assert.Contains(t, k.view(), "ps_70120", "the session under the cursor is proposed")
	k.press("enter")
	assert.Contains(t, k.view(), "fails  as if the code was wrong")
	k.press("enter") // how late is not asked
	assert.Equal(t, []string{"finish ps_70120 fails"}, s.done)
	assert.Contains(t, k.view(), "✓ the payer failed")
	k = newKit(t, "demo")
	k.press("ctrl+t")
	assert.Contains(t, k.view(), "only the sandbox has test controls")
}
