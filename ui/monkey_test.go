package ui

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/muesli/termenv"
	"github.com/stretchr/testify/require"

	"pikedash/pikeapi"
	"pikedash/ui/keymap"
	"pikedash/ui/term"
	"pikedash/ui/theme"
)

// Hands that press anything, in any order, at any size: nothing breaks, the frame stays exactly the
// terminal.
func TestAnyKeysInAnyOrder(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, name := range []string{"HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"} {
		t.Setenv(name, t.TempDir())
	}
	now := time.Date(2026, 11, 23, 14, 3, 22, 0, time.UTC)
	j := seeded(t, now)
	for seed := range uint64(3) {
		kind := []pikeapi.EnvKind{pikeapi.Sandbox, pikeapi.Demo, pikeapi.Live}[seed]
		k := stage(t, j, theme.New(theme.Options{Profile: termenv.ANSI256, DarkBG: true}), kind, now)
		k.app.w, k.app.h = 118, 30
		k.app.resize()
		k.app.opt.Editor = term.NewEditor(func(string) string { return "no-such-editor" })
		r := rand.New(rand.NewPCG(seed, 7))
		var pressed []string
		for range 400 {
			msg := anyKey(r, k.deps.Keys)
			if k.deps.Keys.Always.Quit.Matches(msg) || k.deps.Keys.Always.Suspend.Matches(msg) {
				continue
			}
			pressed = append(pressed, msg.String())
			_, cmd := k.app.Update(msg)
			k.settleFor(cmd, 3*time.Millisecond)
			k.wait(time.Duration(r.IntN(900)) * time.Millisecond)
			if r.IntN(12) == 0 {
				k.app.w, k.app.h = 20+r.IntN(200), 5+r.IntN(60)
				k.app.resize()
			}
			what := fmt.Sprintf("seed %d, %s, after %v", seed, k.app.at, pressed[max(0, len(pressed)-12):])
			require.Empty(t, k.app.crash, what)
			exactFrame(t, k, what)
			require.Empty(t, k.app.crash, what)
		}
	}
}

// anyKey is mostly a key that means something somewhere, and sometimes text.
func anyKey(r *rand.Rand, m *keymap.Map) tea.KeyMsg {
	sections := m.Sections()
	switch r.IntN(10) {
	case 0:
		return tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{rune('!' + r.IntN(90))}}
	case 1:
		return tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("王 \x1b[31m\r\nü{\"a\":1}"), Paste: true}
	case 2:
		return m.Dialog.Cancel.Msg()
	case 3:
		return m.Global.Screens()[r.IntN(10)].Msg()
	}
	s := sections[r.IntN(len(sections))]
	return s.Bindings[r.IntN(len(s.Bindings))].Msg()
}

func exactFrame(t *testing.T, k *kit, what string) {
	t.Helper()
	lines := splitLines(k.view())
	require.Len(t, lines, k.app.h, what)
	for i, l := range lines {
		requireWidth(t, k.app.w, l, fmt.Sprintf("%s, line %d", what, i))
	}
}
