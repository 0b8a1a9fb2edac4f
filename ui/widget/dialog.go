package widget

import (
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"pikedash/ui/keymap"
	"pikedash/ui/theme"
)

// How dialogs that decide something protect themselves from careless hands.
const (
	Deaf       = 400 * time.Millisecond // after opening
	heldGap    = 700 * time.Millisecond // a key is let go when it was silent for so long
	settleTime = 80 * time.Millisecond  // a yes counts when nothing follows it for so long
)

// Setting is what a dialog is given when it opens.
type Setting struct {
	Theme  *theme.Theme
	Keys   *keymap.Map
	Now    func() time.Time
	Opener string // the key that opened it, as Bubble Tea names it; empty when it opened by itself
	Live   bool   // real money: the frame is heavy and says LIVE
}

// Dialog is a box over the screen that gets all keys while it is in front.
type Dialog interface {
	// Open is called once, before anything else.
	Open(s Setting)
	// Update handles a message. Done closes the dialog; cmd is what the answer starts.
	Update(msg tea.Msg) (cmd tea.Cmd, done bool)
	// View draws the dialog in at most w by h cells.
	View(w, h int) string
}

// Stack holds the open dialogs; the last one is in front.
type Stack struct{ dialogs []Dialog }

// Push opens a dialog in front.
func (s *Stack) Push(d Dialog, with Setting) {
	d.Open(with)
	s.dialogs = append(s.dialogs, d)
}

// Open says whether a dialog is open.
func (s *Stack) Open() bool { return len(s.dialogs) > 0 }

// Clear closes every dialog without an answer.
func (s *Stack) Clear() { s.dialogs = nil }

// Key gives a key to the dialog in front.
func (s *Stack) Key(msg tea.KeyMsg) tea.Cmd {
	if !s.Open() {
		return nil
	}
	return s.give(len(s.dialogs)-1, msg)
}

// Update gives a message that is not a key to all dialogs.
func (s *Stack) Update(msg tea.Msg) tea.Cmd {
	var cmds []tea.Cmd
	for i := len(s.dialogs) - 1; i >= 0; i-- {
		if i < len(s.dialogs) {
			cmds = append(cmds, s.give(i, msg))
		}
	}
	return tea.Batch(cmds...)
}

func (s *Stack) give(i int, msg tea.Msg) tea.Cmd {
	cmd, done := s.dialogs[i].Update(msg)
	if done {
		s.dialogs = append(s.dialogs[:i:i], s.dialogs[i+1:]...)
	}
	return cmd
}

// View lays the dialogs over base, which is a box of w by h cells.
func (s *Stack) View(base string, w, h int) string {
	for _, d := range s.dialogs {
		base = Center(base, d.View(w, h), w, h)
	}
	return base
}

// guard decides which keys a deciding dialog hears: none for a while after it opened, no pasted text,
// no key that is held down.
type guard struct {
	Setting
	opened time.Time
	held   map[string]time.Time
	quiet  bool // deaf until nothing was pressed for as long as Deaf: one key decides here
}

func newGuard(s Setting) guard {
	g := guard{Setting: s, opened: s.Now(), held: map[string]time.Time{}}
	if s.Opener != "" {
		g.held[s.Opener] = g.opened
	}
	return g
}

// verdicts of the guard.
type verdict int

const (
	heard verdict = iota
	ignored
	pasted
)

func (g *guard) hear(msg tea.KeyMsg) verdict {
	now := g.Now()
	if isPaste(msg) {
		return pasted
	}
	if g.Keys.Dialog.Cancel.Matches(msg) {
		return heard // leaving is always safe
	}
	key := msg.String()
	if now.Sub(g.opened) < Deaf {
		g.held[key] = now
		if g.quiet {
			g.opened = now // somebody is typing, perhaps in what the dialog has covered
		}
		return ignored
	}
	if last, ok := g.held[key]; ok {
		g.held[key] = now
		if now.Sub(last) < heldGap {
			return ignored
		}
		delete(g.held, key)
	}
	return heard
}

// isPaste is true for text that no single key press makes: bracketed pastes, and several characters
// that arrived in one read.
func isPaste(msg tea.KeyMsg) bool {
	return msg.Paste || (msg.Type == tea.KeyRunes && len(msg.Runes) > 1)
}

// deafen makes the dialog deaf again, as if it had just opened.
func (g *guard) deafen(key string) {
	g.opened = g.Now()
	g.held[key] = g.opened
}

// settled says that nothing followed a yes.
type settled struct {
	owner *arm
	turn  int
}

// arm delays a yes until it is clear that it was one key and not the start of a paste or of a held key.
type arm struct {
	armed bool
	turn  int
}

func (a *arm) set() tea.Cmd {
	a.armed = true
	a.turn++
	msg := settled{a, a.turn}
	return tea.Tick(settleTime, func(time.Time) tea.Msg { return msg })
}

// off disarms; it says whether it was armed.
func (a *arm) off() bool {
	was := a.armed
	a.armed = false
	return was
}

func (a *arm) fires(msg tea.Msg) bool {
	s, ok := msg.(settled)
	return ok && s.owner == a && a.armed && s.turn == a.turn
}

// dialogBox frames lines in at most w by h cells: heavy and red for live.
func dialogBox(s Setting, title string, lines []string, w, h, want int) string {
	frame, ink, titleInk := s.Theme.Glyphs.Frame, s.Theme.Rule, s.Theme.Title
	if s.Live {
		frame, ink, titleInk = s.Theme.Glyphs.LiveFrame, s.Theme.LiveRule, s.Theme.Live
		title = joinTitle("LIVE", title)
	}
	if len(lines) > h-2 {
		lines = lines[:max(0, h-2)]
	}
	return Framed(frame, ink, title, titleInk, lines, min(w, want))
}

func joinTitle(a, b string) string {
	if b == "" {
		return a
	}
	return a + " " + b
}

// notes wraps a remark; there are no lines without one.
func notes(text string, w int) []string {
	if text == "" {
		return nil
	}
	return Wrap(Clean(text), w)
}

// button draws a button; the one with the focus is told by a mark, not by colour alone.
func button(t *theme.Theme, label string, focused bool) string {
	if focused {
		return t.Accent.Paint(t.Glyphs.Cursor) + t.Focused.Paint("[ "+label+" ]")
	}
	return " " + t.Button.Paint("[ "+label+" ]")
}
