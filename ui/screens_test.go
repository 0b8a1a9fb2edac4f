package ui

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
	"github.com/muesli/termenv"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"pikedash/pikeapi"
	"pikedash/pikeapi/journal"
	"pikedash/ui/keymap"
	"pikedash/ui/page"
	"pikedash/ui/term"
	"pikedash/ui/theme"
)

// noClient reaches nobody.
type noClient struct{}

func (noClient) Prepare(context.Context, *pikeapi.Environment, pikeapi.Call) (*pikeapi.Prepared, error) {
	return nil, errors.New("no key in this test")
}

func (noClient) Send(_ context.Context, p *pikeapi.Prepared, _ pikeapi.Permit) *pikeapi.Result {
	return &pikeapi.Result{Prepared: p, Outcome: pikeapi.NotSent, Err: errors.New("nobody is there")}
}

// seeded opens a journal with rows like those of a busy day, hostile text among them.
func seeded(t *testing.T, now time.Time) *journal.Journal {
	t.Helper()
	ctx := context.Background()
	j, err := journal.Open(ctx, t.TempDir(), "sandbox", journal.Options{Now: func() time.Time { return now }, Tick: make(chan time.Time)})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, j.Close()) })
	require.NoError(t, j.Seed(ctx, 300, 7, now))
	require.NoError(t, j.Observe(ctx, &pikeapi.Session{
		ID: "ps_evil\x1b]52;c;eA==\x07", Status: "half\x1b[31m", CreatedAt: now, UpdatedAt: now,
		Payouts: []pikeapi.Operation{{
			Kind: pikeapi.Payout, ID: "po_\u202eevil\r\n", Status: "odd\x9b31m", CreatedAt: now, Recipient: "王小明 e\u0301\u0301 \x1b[2J",
			Amount: pikeapi.Money{Amount: 150000, Currency: "eur"}, Error: &pikeapi.ErrorDetail{Code: "x\ty", Description: "\x00\x7f"},
		}},
	}, pikeapi.V2, "exchange 1"))
	return j
}

// stage is the App with the real screens over a seeded journal.
func stage(t *testing.T, j *journal.Journal, th *theme.Theme, kind pikeapi.EnvKind, now time.Time) *kit {
	k := &kit{t: t, time: now}
	clock := func() time.Time { return k.time }
	k.services = &fakeServices{now: clock, base: page.Desk{Journal: j, Client: noClient{}}}
	place := page.NewPlace(k.services.desk(string(kind)))
	k.deps = &page.Deps{
		Theme: th, Keys: keymap.New(), Now: clock, Desk: place, Stamps: page.NewStamps(place),
		Settings: fakeSettings{}, Services: k.services,
	}
	k.app = New(k.deps, Screens(), Options{Clipboard: term.NewClipboard("off", nil, os.Getenv), Editor: term.NewEditor(os.Getenv)})
	k.app.after = func(time.Duration, func() tea.Msg) tea.Cmd { return nil }
	k.settle(k.app.Init())
	return k
}

// settle carries out a command and what follows, for as long as something comes soon.
func (k *kit) settle(cmd tea.Cmd) { k.settleFor(cmd, 300*time.Millisecond) }

func (k *kit) settleFor(cmd tea.Cmd, soon time.Duration) {
	messages := make(chan tea.Msg)
	running := 0
	start := func(c tea.Cmd) {
		if c != nil {
			running++
			go func() { messages <- c() }()
		}
	}
	quiet := time.NewTimer(10 * time.Second)
	defer quiet.Stop()
	start(cmd)
	for n := 0; running > 0 && n < 2000; n++ {
		quiet.Reset(soon)
		select {
		case msg := <-messages:
			running--
			if more, ok := sequence(msg); ok && msg != nil {
				for _, c := range more {
					start(c)
				}
			} else if msg != nil {
				_, c := k.app.Update(msg)
				start(c)
			}
		case <-quiet.C: // what is left only waits for time to pass
			for range running {
				go func() { <-messages }()
			}
			return
		}
	}
}

// Every screen draws exactly its box, at every size, in every theme, whatever the journal holds.
func TestEveryScreenIsExactlyItsBox(t *testing.T) {
	now := time.Date(2026, 11, 23, 14, 3, 22, 0, time.UTC)
	j := seeded(t, now)
	for _, o := range []theme.Options{{Profile: termenv.Ascii}, {Profile: termenv.ANSI256, DarkBG: true}, {Profile: termenv.ANSI, Variant: theme.Mono}} {
		for _, kind := range []pikeapi.EnvKind{pikeapi.Sandbox, pikeapi.Live} {
			k := stage(t, j, theme.New(o), kind, now)
			for _, spec := range Screens() {
				k.app.dialogs.Clear()
				k.settle(k.app.show(spec.ID, nil))
				for _, s := range [][2]int{{240, 70}, {200, 50}, {118, 30}, {80, 24}, {60, 15}, {25, 6}, {20, 5}} {
					k.app.w, k.app.h = s[0], s[1]
					k.app.resize()
					exactPage(t, k.app.page(), s[0], max(0, s[1]-5), fmt.Sprintf("%s %s %v", spec.ID, kind, s))
					k.app.page().SetSize(s[0], s[1])
					exactPage(t, k.app.page(), s[0], s[1], fmt.Sprintf("%s %s %v", spec.ID, kind, s))
				}
			}
			require.Empty(t, k.app.crash)
		}
	}
}

func exactPage(t *testing.T, p page.Page, w, h int, what string) {
	t.Helper()
	view := p.View()
	if h <= 0 {
		return
	}
	lines := splitLines(view)
	require.Len(t, lines, h, what)
	for i, l := range lines {
		requireWidth(t, w, l, fmt.Sprintf("%s, line %d", what, i))
	}
}

// requireWidth checks that a line has its width and holds nothing that a terminal would obey.
func requireWidth(t *testing.T, w int, line, what string) {
	t.Helper()
	require.Equal(t, w, ansi.StringWidth(line), "%s: %q", what, line)
	for _, r := range ansi.Strip(line) {
		require.False(t, r < 0x20 || r >= 0x7f && r < 0xa0 || r == 0x202e, "%s leaks: %q", what, line)
	}
}

// No key of a screen is one of the App's, and no two of its keys are the same.
func TestKeysOfScreensDoNotClash(t *testing.T) {
	now := time.Date(2026, 11, 23, 14, 3, 22, 0, time.UTC)
	k := stage(t, seeded(t, now), theme.New(theme.Options{Profile: termenv.Ascii}), pikeapi.Sandbox, now)
	m := k.deps.Keys
	for _, spec := range Screens() {
		k.settle(k.app.show(spec.ID, nil))
		p := k.app.page()
		owner := map[string]string{}
		for _, b := range keymap.Of(m.Always) {
			claim(t, owner, b)
		}
		if !p.CapturesKeys() {
			for _, b := range keymap.Of(m.Global) {
				claim(t, owner, b)
			}
		}
		seen := map[string]bool{}
		for _, h := range p.Help() {
			if !seen[h.Key.ID] {
				claim(t, owner, h.Key)
			}
			seen[h.Key.ID] = true
		}
	}
}

func claim(t *testing.T, owner map[string]string, b keymap.Binding) {
	t.Helper()
	for _, key := range b.Keys() {
		assert.Empty(t, owner[key], "%s is also %s", b.ID, key)
		owner[key] = b.ID
	}
}

func splitLines(s string) []string {
	var out []string
	for start, i := 0, 0; i <= len(s); i++ {
		if i == len(s) || s[i] == '\n' {
			out = append(out, s[start:i])
			start = i + 1
		}
	}
	return out
}
