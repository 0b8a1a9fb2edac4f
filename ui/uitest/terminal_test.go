package uitest_test

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"pikedash/ui/uitest"
)

func TestQueriesAreAnswered(t *testing.T) {
	d := start(t, "tea", uitest.Options{})
	d.WaitText("size 100x30 dark=true")
	require.Less(t, time.Since(d.Started()), 3*time.Second,
		"Bubble Tea waits 5 s for a terminal that does not tell its background and cursor")
	require.Contains(t, string(d.Raw()), "\x1b]11;?", "the program is expected to ask")

	light := start(t, "tea", uitest.Options{Light: true})
	light.WaitText("dark=false")
}

func TestKeysArriveOneByOne(t *testing.T) {
	d := start(t, "tea", uitest.Options{})
	d.WaitText("size")
	d.Press("a", "b", "esc", "c", "enter", "up", "shift+tab", "ctrl+s", "alt+x", "space", "f5", "ctrl+right", "é")
	d.WaitText(`keys "a" "b" "esc" "c" "enter" "up" "shift+tab" "ctrl+s" "alt+x" " " "f5" "ctrl+right" "é"`)

	require.ErrorContains(t, d.Terminal.Press("hyper+q"), `"hyper+q" is not known`)
}

func TestType(t *testing.T) {
	d := start(t, "tea", uitest.Options{})
	d.WaitText("size")
	d.Type("a1\n\t")
	d.WaitText(`keys "a" "1" "enter" "tab"`)
}

func TestPasteIsBracketed(t *testing.T) {
	d := start(t, "tea", uitest.Options{})
	d.WaitText("size")
	d.Paste("4242 4242")
	d.WaitText(`keys "[4242 4242]"`) // Bubble Tea v1 writes a paste in brackets
}

func TestResize(t *testing.T) {
	d := start(t, "tea", uitest.Options{Width: 80, Height: 24})
	d.WaitText("size 80x24")
	d.Resize(60, 15)
	d.WaitText("size 60x15")
	d.Settle()
	f := d.Frame()
	require.Equal(t, 60, f.Width)
	require.Len(t, strings.Split(f.Text(), "\n"), 15)
	d.Resize(200, 50)
	d.WaitText("size 200x50")
}

func TestWideAndCombiningCharacters(t *testing.T) {
	d := start(t, "tea", uitest.Options{})
	d.WaitText("end")
	f := d.Frame()
	require.Equal(t, "wide 漢字|e\u0301|x\u0304|👩‍🚀| end", f.Line(1))

	x, y, ok := f.Find("字")
	require.True(t, ok)
	require.Equal(t, 7, x)
	require.Equal(t, 2, f.Cell(x, y).Width)
	require.Equal(t, uitest.Cell{}, f.Cell(x+1, y), "the right half")
	require.Equal(t, "x\u0304", f.Cell(12, y).Text)
	require.Equal(t, 2, f.Cell(14, y).Width)
	_, _, ok = f.Find("nowhere")
	require.False(t, ok)
}

func TestColorsAndAttributes(t *testing.T) {
	d := start(t, "colors", uitest.Options{})
	require.Equal(t, 0, d.WaitExit())
	require.Equal(t, "1234abcdefgh", d.Frame().Line(0))
	require.Equal(t, uitest.Color{Kind: uitest.IndexedColor, Index: 1}, d.Cell(0, 0).Fg)
	require.Equal(t, uitest.Color{Kind: uitest.IndexedColor, Index: 9}, d.Cell(1, 0).Fg)
	require.Equal(t, uitest.Color{Kind: uitest.IndexedColor, Index: 208}, d.Cell(2, 0).Fg)
	require.Equal(t, uitest.Color{Kind: uitest.RGBColor, R: 1, G: 2, B: 3}, d.Cell(3, 0).Fg)
	require.Equal(t, uitest.Color{Kind: uitest.RGBColor, R: 4, G: 5, B: 6}, d.Cell(3, 0).Bg)
	require.Equal(t, uitest.Color{}, d.Cell(4, 0).Fg)
	require.Equal(t, uitest.Bold, d.Cell(4, 0).Attr)
	require.Equal(t, uitest.Faint, d.Cell(5, 0).Attr)
	require.Equal(t, uitest.Italic, d.Cell(6, 0).Attr)
	require.Equal(t, uitest.SingleUnderline, d.Cell(7, 0).Underline)
	require.Equal(t, uitest.CurlyUnderline, d.Cell(8, 0).Underline)
	require.Equal(t, uitest.Color{Kind: uitest.RGBColor, R: 9, G: 8, B: 7}, d.Cell(8, 0).UnderColor)
	require.Equal(t, uitest.Reverse, d.Cell(9, 0).Attr)
	require.Equal(t, uitest.Strike, d.Cell(10, 0).Attr)
	require.Equal(t, "https://example.com", d.Cell(11, 0).Link)
}

func TestQuitRestoresTheTerminal(t *testing.T) {
	d := start(t, "tea", uitest.Options{})
	d.WaitText("size")
	f := d.Frame()
	require.True(t, f.AltScreen)
	require.True(t, f.BracketedPaste)
	require.True(t, f.Focus)
	require.False(t, f.CursorVisible)
	cooked, err := d.Cooked()
	require.NoError(t, err)
	require.False(t, cooked)

	d.Press("q")
	require.Equal(t, 0, d.WaitExit())
	d.RequireRestored()
	require.NotContains(t, d.Text(), "size", "the main screen is back")
	require.ErrorIs(t, d.Terminal.Press("a"), uitest.ErrEnded)
}

func TestPanicRestoresTheTerminal(t *testing.T) {
	for _, key := range []string{"ctrl+x", "ctrl+g"} {
		t.Run(key, func(t *testing.T) {
			d := start(t, "tea", uitest.Options{})
			d.WaitText("size")
			d.Press(key)
			require.Equal(t, 3, d.WaitExit())
			d.RequireRestored()
			d.WaitText("ended with:")
		})
	}
}

func TestSignalsAndExitCodes(t *testing.T) {
	d := start(t, "tea", uitest.Options{})
	d.WaitText("size")
	require.NoError(t, d.Signal(syscall.SIGTERM))
	d.WaitExit()
	d.RequireRestored()

	d = start(t, "tea", uitest.Options{})
	d.WaitText("size")
	require.NoError(t, d.Kill())
	require.Equal(t, 128+int(syscall.SIGKILL), d.WaitExit())
	require.True(t, d.Frame().AltScreen, "a killed program restores nothing")
	cooked, err := d.Cooked()
	require.NoError(t, err)
	require.False(t, cooked)
}

func TestFailuresShowTheScreen(t *testing.T) {
	d := start(t, "tea", uitest.Options{Timeout: 300 * time.Millisecond})
	// The program may need longer than this short time-out to come up on a busy machine.
	require.Eventually(t, func() bool { return d.Terminal.WaitText("size") == nil }, 10*time.Second, time.Millisecond)
	err := d.Terminal.WaitText("never")
	require.ErrorIs(t, err, uitest.ErrTimeout)
	require.ErrorContains(t, err, `["never"]`)
	require.ErrorContains(t, err, "|size 100x30")
	require.ErrorIs(t, d.Terminal.WaitGone("size"), uitest.ErrTimeout)

	ended := start(t, "colors", uitest.Options{})
	err = ended.Terminal.WaitText("never")
	require.ErrorIs(t, err, uitest.ErrEnded)
	require.ErrorContains(t, err, "exit status 0")
}

func TestEnvironmentIsSandboxed(t *testing.T) {
	t.Setenv("SSH_TTY", "/dev/pts/1")
	home := t.TempDir()
	d := start(t, "environment", uitest.Options{Home: home, NoColor: true, Env: []string{"EXTRA=1"}, Width: 200})
	require.Equal(t, 0, d.WaitExit())
	text := d.Text()
	for _, want := range []string{"HOME=" + home, "XDG_STATE_HOME=" + home, "TERM=xterm-256color", "NO_COLOR=1", "EXTRA=1", "LANG=C.UTF-8"} {
		require.Contains(t, text, want)
	}
	require.NotContains(t, text, "COLORTERM")
	require.NotContains(t, text, "SSH_TTY")

	d = start(t, "environment", uitest.Options{})
	require.Equal(t, 0, d.WaitExit())
	require.Contains(t, d.Text(), "COLORTERM=truecolor")
	require.NotContains(t, d.Text(), "NO_COLOR")
}
