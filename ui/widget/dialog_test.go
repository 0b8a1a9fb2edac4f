package widget

import (
	"errors"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"pikedash/ui/keymap"
)

// hands presses keys at a stack and counts what was sent.
type hands struct {
	t     *testing.T
	stack Stack
	clock *clock
	keys  *keymap.Map
	sent  int
	typed string
}

func newHands(t *testing.T) *hands {
	return &hands{t: t, clock: newClock(), keys: keymap.New()}
}

func (h *hands) setting(opener string) Setting {
	return Setting{Theme: plain(), Keys: h.keys, Now: h.clock.now, Opener: opener, Live: true}
}

func (h *hands) send() tea.Msg { h.sent++; return nil }

func (h *hands) confirm(opener string) {
	h.stack.Push(&Confirm{Title: "payout", Text: []string{"Pay 1,500.00 EUR to Jane Roe."}, Yes: "Send", Then: h.send}, h.setting(opener))
}

func (h *hands) amount(opener string) {
	h.stack.Push(&TypeToConfirm{
		Title: "payout", Text: []string{"Pay 1,500.00 EUR to Jane Roe, from project shop-eu, on LIVE."},
		Label: "Type the amount to send:", Yes: "Send",
		Check: func(s string) error {
			if s != "1500.00" {
				return errors.New("the amount is 1,500.00 EUR")
			}
			return nil
		},
		Then: func(s string) tea.Cmd { h.typed = s; return h.send },
	}, h.setting(opener))
}

// key presses a key; commands that it starts are run later by settle.
func (h *hands) key(msg tea.KeyMsg) tea.Cmd { return h.stack.Key(msg) }

// settle lets nothing happen for long enough, then runs what the keys started.
func (h *hands) settle(cmds ...tea.Cmd) {
	h.clock.pass(settleTime)
	for _, c := range cmds {
		drive(c, h.stack.Update)
	}
}

func TestConfirmSendsAtItsKeyOnly(t *testing.T) {
	h := newHands(t)
	h.confirm("c")
	h.clock.pass(time.Second)
	h.settle(h.key(key("y")))
	assert.Equal(t, 1, h.sent)
	assert.False(t, h.stack.Open())
}

func TestConfirmAgainstCarelessHands(t *testing.T) {
	y, enter := key("y"), keymap.New().Dialog.Accept.Msg()
	for name, act := range map[string]func(h *hands){
		"enter: cancel has the focus": func(h *hands) { h.clock.pass(time.Second); h.settle(h.key(enter)) },
		"at once":                     func(h *hands) { h.clock.pass(100 * time.Millisecond); h.settle(h.key(y)) },
		"y held from before": func(h *hands) {
			for range 100 {
				h.clock.pass(30 * time.Millisecond)
				h.settle(h.key(y))
			}
		},
		"enter held down": func(h *hands) {
			for range 100 {
				h.clock.pass(30 * time.Millisecond)
				h.settle(h.key(enter))
			}
		},
		"two presses at once": func(h *hands) {
			h.clock.pass(time.Second)
			first := h.key(y)
			h.settle(first, h.key(y))
		},
		"paste of y and newline": func(h *hands) {
			h.clock.pass(time.Second)
			h.settle(h.key(paste("y\n")))
			assert.Contains(h.t, h.stack.View(strings.Repeat(Blanks(80)+"\n", 23)+Blanks(80), 80, 24), "pasted text is not taken here")
		},
		"paste without brackets": func(h *hands) {
			h.clock.pass(time.Second)
			first := h.key(y)
			h.settle(first, h.key(enter))
		},
		"several letters in one read": func(h *hands) { h.clock.pass(time.Second); h.settle(h.key(key("yy"))) },
		"text that was being typed when it opened by itself": func(h *hands) {
			for _, r := range "may the payout go to Jane by friday" {
				h.clock.pass(120 * time.Millisecond)
				h.settle(h.key(key(string(r))))
			}
		},
		"y keeps coming after the quiet time": func(h *hands) {
			h.clock.pass(300 * time.Millisecond)
			h.settle(h.key(y))
			h.clock.pass(200 * time.Millisecond)
			h.settle(h.key(y))
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHands(t)
			h.confirm("c")
			act(h)
			assert.Zero(t, h.sent)
		})
	}
}

func TestConfirmTakesAnotherKeyThanItsOpener(t *testing.T) {
	h := newHands(t)
	h.confirm("y")
	h.clock.pass(2 * time.Second)
	h.settle(h.key(key("y")))
	h.clock.pass(2 * time.Second)
	h.settle(h.key(key("y")))
	require.Zero(t, h.sent, "the key that opened it never says yes")
	h.clock.pass(2 * time.Second)
	h.settle(h.key(key("s")))
	assert.Equal(t, 1, h.sent)
}

func TestConfirmByButton(t *testing.T) {
	h := newHands(t)
	h.confirm("c")
	h.clock.pass(time.Second)
	h.settle(h.key(h.keys.Dialog.Next.Msg()))
	h.settle(h.key(h.keys.Dialog.Accept.Msg()))
	assert.Equal(t, 1, h.sent)
}

func TestAmountIsTypedByHand(t *testing.T) {
	h := newHands(t)
	h.amount("c")
	h.clock.pass(time.Second)
	h.settle(h.key(paste("1500.00")))
	h.settle(h.key(key("1500.00")))
	h.clock.pass(time.Second)
	for _, r := range "150" {
		h.clock.pass(80 * time.Millisecond)
		h.settle(h.key(key(string(r))))
	}
	h.settle(h.key(h.keys.Dialog.Accept.Msg()))
	require.Zero(t, h.sent, "150 is not 1500.00")
	require.True(t, h.stack.Open())
	for _, r := range "0.00" {
		h.clock.pass(80 * time.Millisecond)
		h.settle(h.key(key(string(r))))
	}
	h.settle(h.key(h.keys.Dialog.Accept.Msg()))
	assert.Equal(t, 1, h.sent)
	assert.Equal(t, "1500.00", h.typed)
}

func TestAmountAgainstCarelessHands(t *testing.T) {
	enter := keymap.New().Dialog.Accept.Msg()
	for name, act := range map[string]func(h *hands){
		"enter": func(h *hands) { h.clock.pass(time.Second); h.settle(h.key(enter)) },
		"enter held": func(h *hands) {
			for range 200 {
				h.clock.pass(30 * time.Millisecond)
				h.settle(h.key(enter))
			}
		},
		"paste with newline": func(h *hands) { h.clock.pass(time.Second); h.settle(h.key(paste("1500.00\n"))) },
		"paste, then enter": func(h *hands) {
			h.clock.pass(time.Second)
			h.settle(h.key(paste("1500.00")))
			h.settle(h.key(enter))
		},
		"unbracketed paste with newline": func(h *hands) {
			h.clock.pass(time.Second)
			h.settle(h.key(key("1500.00")))
			h.settle(h.key(enter))
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHands(t)
			h.amount("enter")
			act(h)
			assert.Zero(t, h.sent)
		})
	}
}

func TestEscapeAlwaysLeaves(t *testing.T) {
	h := newHands(t)
	h.confirm("c")
	h.settle(h.key(h.keys.Dialog.Cancel.Msg()))
	assert.False(t, h.stack.Open())
	assert.Zero(t, h.sent)
}

func TestDialogsStayInTheirBox(t *testing.T) {
	long := strings.Repeat("Pay 王小明 1,500.00 EUR and more ", 10)
	for _, s := range sizes() {
		w, h := s[0], s[1]
		if w < 20 || h < 5 {
			continue // the App shows no dialogs there
		}
		set := newHands(t)
		for _, d := range []Dialog{
			&Confirm{Title: long, Text: []string{long, long}, Warn: []string{long}, Yes: "Send"},
			&TypeToConfirm{Title: "x", Text: []string{long, long}, Warn: []string{long}, Label: "Type the amount to send:", Yes: "Send",
				Check: func(string) error { return errors.New(long) }, Then: func(string) tea.Cmd { return nil }},
			&Prompt{Title: "x", Text: []string{long}, Label: long, Then: func(string) tea.Cmd { return nil }},
			&Menu{Title: "x", Search: true, Items: []Item{{Title: long, Detail: long, Key: "enter"}, {Title: "b", Off: long}}},
			&Palette{Entries: []PaletteEntry{{Title: long, Detail: long, Key: "ctrl+s"}, {Title: "b", Off: long}}},
			&Help{Sections: []HelpSection{helpOf(set.keys.Section(set.keys.Global))}},
			&ColumnsDialog{States: []ColumnState{{Title: long}, {Title: "b", Hidden: true}}, Then: func([]ColumnState) tea.Cmd { return nil }},
			&Progress{Title: long, text: long, part: 3, whole: 7, Stop: func() tea.Cmd { return nil }},
			&Reader{Title: "x", Lines: []string{long, "bad\x1b]52;c;x\x07"}, End: true},
		} {
			var stack Stack
			stack.Push(d, set.setting("c"))
			base := Fit("", w, h)
			exact(t, stack.View(base, w, h), w, h)
			set.clock.pass(time.Second)
			stack.Key(key("x"))
			stack.Key(set.keys.Dialog.Accept.Msg())
			if stack.Open() {
				exact(t, stack.View(base, w, h), w, h)
			}
		}
	}
}

func TestButtonsStayWhenTheDialogIsTooSmall(t *testing.T) {
	h := newHands(t)
	h.stack.Push(&Confirm{Text: []string{strings.Repeat("many words ", 200)}, Yes: "Send"}, h.setting("c"))
	view := h.stack.View(Fit("", 60, 15), 60, 15)
	assert.Contains(t, view, "[ Cancel ]")
	assert.Contains(t, view, "[ Send  y ]")
	assert.Contains(t, view, "LIVE")
}

func TestMenuSaysWhyALineCannotBeChosen(t *testing.T) {
	h := newHands(t)
	h.stack.Push(&Menu{Items: []Item{{Title: "live", Off: "no key file", Then: h.send}, {Title: "demo", Then: h.send}}}, h.setting("e"))
	h.settle(h.key(h.keys.Dialog.Accept.Msg()))
	require.Zero(t, h.sent)
	assert.Contains(t, h.stack.View(Fit("", 80, 24), 80, 24), "no key file")
	h.settle(h.key(h.keys.Move.Down.Msg()))
	h.settle(h.key(h.keys.Dialog.Accept.Msg()))
	assert.Equal(t, 1, h.sent)
}

func TestPaletteFinds(t *testing.T) {
	h := newHands(t)
	p := &Palette{Entries: []PaletteEntry{{Title: "quit"}, {Title: "go to demo", Then: h.send}, {Title: "confirm", Off: "it is not waiting"}}}
	h.stack.Push(p, h.setting(":"))
	for _, r := range "gdem" {
		h.settle(h.key(key(string(r))))
	}
	h.settle(h.key(h.keys.Dialog.Accept.Msg()))
	assert.Equal(t, 1, h.sent)
}

func TestHelpNarrows(t *testing.T) {
	k := keymap.New()
	h := newHands(t)
	h.stack.Push(&Help{Sections: []HelpSection{helpOf(k.Section(k.List)), helpOf(k.Section(k.Global))}}, h.setting("?"))
	for _, r := range "unlock" {
		h.settle(h.key(key(string(r))))
	}
	view := h.stack.View(Fit("", 80, 24), 80, 24)
	assert.Contains(t, view, "Unlock live for 15 minutes")
	assert.NotContains(t, view, "Mark or unmark")
}

func helpOf(s keymap.Section) HelpSection {
	out := HelpSection{Title: s.Title}
	for _, b := range s.Bindings {
		out.Rows = append(out.Rows, HelpRow{Key: b.Labels(), Does: b.Does})
	}
	return out
}

func TestColumnsAreChosen(t *testing.T) {
	h := newHands(t)
	var got []ColumnState
	d := &ColumnsDialog{States: []ColumnState{{Key: "a", Own: 10}, {Key: "b"}}, Then: func(s []ColumnState) tea.Cmd { got = s; return nil }}
	h.stack.Push(d, h.setting("C"))
	h.key(h.keys.Form.Right.Msg())
	h.key(h.keys.List.NextTab.Msg())
	for range 4 {
		h.key(h.keys.List.Mark.Msg())
	}
	h.key(h.keys.Move.Up.Msg())
	h.key(h.keys.List.Mark.Msg())
	assert.Contains(t, h.stack.View(Fit("", 80, 24), 80, 24), "one column has to stay")
	h.key(h.keys.Move.Down.Msg())
	h.key(h.keys.List.Mark.Msg())
	assert.Contains(t, h.stack.View(Fit("", 80, 24), 80, 24), "always")
	h.key(h.keys.Dialog.Accept.Msg())
	assert.Equal(t, []ColumnState{{Key: "b"}, {Key: "a", Own: 10, Width: 11, Always: true}}, got)
}

func TestProgressStopsAndFinishes(t *testing.T) {
	h := newHands(t)
	stopped := 0
	p := &Progress{Title: "export", Stop: func() tea.Cmd { stopped++; return nil }}
	h.stack.Push(p, h.setting("E"))
	p.Set("12,000 of 40,000 rows", 12, 40)
	assert.Contains(t, h.stack.View(Fit("", 80, 24), 80, 24), "30 %")
	h.key(h.keys.Dialog.Cancel.Msg())
	h.key(h.keys.Dialog.Cancel.Msg())
	assert.Equal(t, 1, stopped)
	assert.True(t, h.stack.Open(), "until the work says that it has stopped")
	p.Finish()
	h.stack.Update(struct{}{})
	assert.False(t, h.stack.Open())
}

func TestToasts(t *testing.T) {
	c := newClock()
	var ts Toasts
	ts.Add(Toast{At: c.t, Text: "copied"})
	_, on := ts.Current(c.t.Add(4 * time.Second))
	assert.True(t, on)
	_, on = ts.Current(c.t.Add(6 * time.Second))
	assert.False(t, on)
	ts.Add(Toast{At: c.t, Text: "broken", Sticky: true})
	ts.Pressed(c.t.Add(time.Second))
	_, on = ts.Current(c.t.Add(time.Hour))
	assert.True(t, on, "an error stays until it could be read")
	ts.Pressed(c.t.Add(time.Minute))
	_, on = ts.Current(c.t.Add(time.Hour))
	assert.False(t, on)
	assert.Len(t, ts.History(), 2)
}

func TestAMenuLinesUpItsDetailsAndCutsNoneWithoutNeed(t *testing.T) {
	m := &Menu{Title: "test controls", Items: []Item{
		{Title: "Chargeback", Detail: "the payer's bank takes the payment back"},
		{Title: "Bring the session to a state", Detail: "does the partner's and the payer's part where needed, and waits for nothing"},
		{Title: "Refund", Off: "nothing was paid"},
	}}
	m.Open(Setting{Theme: plain(), Keys: keymap.New()})
	view := m.View(118, 30)
	assert.NotContains(t, view, "…")
	lines := strings.Split(view, "\n")
	at := strings.Index(lines[2], "does")
	assert.Equal(t, at, strings.Index(lines[3], "nothing"))
	assert.Equal(t, at, strings.Index(lines[1], "the payer")-len(">")+len(" "))
	for _, w := range []int{20, 60, 80, 118} {
		for _, l := range strings.Split(m.View(w, 30), "\n") {
			assert.LessOrEqual(t, Width(l), w)
		}
	}
	assert.Contains(t, m.View(60, 30), "Chargeback  the payer's bank takes the payment back")
}
