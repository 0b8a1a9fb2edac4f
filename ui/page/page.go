// Package page says what a screen is: its contract with the App, what it is given, and the messages
// by which screens speak to the App and to each other. Screens never import one another.
package page

import (
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"pikedash/ui/keymap"
	"pikedash/ui/theme"
)

// ID names a screen.
type ID string

// The screens. Unknown is the list of outcomes that nobody knows; it has no digit.
const (
	Overview  ID = "overview"
	Sessions  ID = "sessions"
	Create    ID = "create"
	Payouts   ID = "payouts"
	Webhooks  ID = "webhooks"
	Signature ID = "signature"
	Traffic   ID = "traffic"
	Keyring   ID = "keyring"
	Flows     ID = "flows"
	Unknown   ID = "unknown"
)

// Page is a screen. It is a pointer to a small struct; only the App's loop calls it. View is pure:
// it sets no field, reads no clock and returns exactly the box of the last SetSize.
type Page interface {
	// Init starts what the screen needs first. It is called once, when the screen is first shown.
	Init() tea.Cmd
	// Update handles keys while the screen is in front, and all other messages always.
	Update(msg tea.Msg) tea.Cmd
	// View draws the screen in its box.
	View() string
	// SetSize tells the box, in cells. It may be called at any time, also with very small numbers.
	SetSize(w, h int)
	// Title is the breadcrumb, such as "Sessions › ps_70120".
	Title() string
	// Help lists the keys that mean something now, the most useful first; what cannot be done now
	// says why.
	Help() []Hint
	// CapturesKeys says that text is being typed: only ctrl+c, ctrl+z and ctrl+p stay the App's.
	CapturesKeys() bool
}

// Hint is a key in the hint line, in help and in the palette.
type Hint struct {
	Key  keymap.Binding
	Name string // instead of the binding's own name; empty keeps it
	Off  string // why it cannot be done now, as a sentence without a full stop; empty when it can
	Rare bool   // not in the hint line: only in help and palette
}

// Label returns the hint's words.
func (h Hint) Label() string {
	if h.Name != "" {
		return h.Name
	}
	return h.Key.Name
}

// On makes hints of bindings that can be used now.
func On(keys ...keymap.Binding) []Hint {
	out := make([]Hint, len(keys))
	for i, k := range keys {
		out[i] = Hint{Key: k}
	}
	return out
}

// Rarely makes hints of bindings that stay out of the hint line.
func Rarely(keys ...keymap.Binding) []Hint {
	out := On(keys...)
	for i := range out {
		out[i].Rare = true
	}
	return out
}

// JSONHints are the keys of a body that lies over a screen; shut is the one that closes it.
func JSONHints(k *keymap.Map, typing bool, shut keymap.Binding) []Hint {
	if typing {
		return []Hint{{Key: k.Filter.Accept, Name: "search"}, {Key: k.Filter.Cancel}}
	}
	hints := On(k.JSON.Search, k.JSON.Fold, k.JSON.Raw, k.JSON.CopyValue, k.JSON.CopyPath)
	return append(hints, Rarely(k.JSON.FoldAll, k.JSON.UnfoldAll, k.JSON.NextMatch, k.JSON.PrevMatch, shut)...)
}

// The following are optional: a screen implements those that it has a use for.

// Opener is a screen that can be opened at something: see Navigate.Arg.
type Opener interface{ Open(arg any) tea.Cmd }

// Backer is a screen with levels, such as a list and a detail. Back leaves one and says whether there
// was one to leave; esc and q call it.
type Backer interface{ Back() bool }

// Dirty is a screen that holds something that quitting would lose. Unsaved says what, such as "the
// payout that you were typing"; empty when nothing would be lost.
type Dirty interface{ Unsaved() string }

// Waiter is a screen that may be waiting for something. A request to Pike that is in flight makes
// quitting ask first.
type Waiter interface{ Waits() []Wait }

// Wait is something that a screen waits for.
type Wait struct {
	What     string // such as "Pike's answer to session/confirm"
	Since    time.Time
	Deadline time.Time // when it is given up; zero when it is not
	Request  bool      // a request is in flight: quitting would leave its outcome unknown
}

// Pointer is a screen whose cursor is on a session, or on something of one. Session returns its id,
// which the sandbox's test controls propose; empty when there is none.
type Pointer interface{ Session() string }

// Finder is a screen that offers entries to the palette: sessions, saved views, and so on. It answers
// from what it holds, without I/O.
type Finder interface{ Find() []Entry }

// Entry is a line of the palette.
type Entry struct {
	Title  string
	Detail string // dim, on the right
	Off    string // why it cannot be chosen now
	Msg    tea.Msg
}

// Deps is what every screen is given. It stays the same while the program runs; where the operator
// stands now is in Desk.
type Deps struct {
	Theme    *theme.Theme
	Keys     *keymap.Map
	Now      func() time.Time // the clock; Update and commands use it, View never does
	Desk     *Place
	Stamps   *Stamps
	Settings Settings
	Services Services
	Flows    string  // the folder of the user's own flows; empty for none
	Archive  Archive // nil where nothing can be kept
}

// Settings are the user's choices and what was kept from earlier runs. Keep writes a value to disk and
// is called from a command, Kept reads what was there at the start.
type Settings interface {
	Kept(key string) string
	Keep(key, value string) error
}
