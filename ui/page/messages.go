package page

import (
	"time"

	"pikedash/pikeapi"
	"pikedash/ui/widget"
)

// Navigate goes to a screen. Arg says at what: one of the Open structs below, or nil.
type Navigate struct {
	Screen ID
	Arg    any
}

// OpenSession opens a session's detail.
type OpenSession struct{ ID string }

// OpenOperation opens a payout or payment by its id at Pike.
type OpenOperation struct{ ID string }

// OpenExchange opens a recorded request, by its row number in the journal. On the screen Signature it
// is inspected, on Traffic it is shown.
type OpenExchange struct{ ID int64 }

// OpenWebhook opens a received webhook, by its row number in the journal.
type OpenWebhook struct{ ID int64 }

// OpenFilter opens a list with a filter.
type OpenFilter struct{ Text string }

// OpenForm opens the form New, filled: field names of the form to their text. Card numbers are never
// among them.
type OpenForm struct {
	Method string
	Values map[string]string
}

// OpenIntent opens an intent, by its row number in the journal.
type OpenIntent struct{ ID int64 }

// Level says how loud a notice is.
type Level int

// The levels. Success goes after five seconds; errors and warnings stay until the next key.
const (
	Info Level = iota
	Success
	Warning
	Failure
)

// Notice says something in the status line and keeps it in the activity list.
type Notice struct {
	Level Level
	Text  string
}

// Ask opens a dialog. A dialog ends by itself and returns the command that its answer starts.
type Ask struct{ Dialog widget.Dialog }

// EnvChanged says that the operator stands at another desk now: read everything anew. The App sends it
// to all living screens, after Deps.Desk was set.
type EnvChanged struct{ Desk *Desk }

// JournalChanged says that the journal of the present environment has changed: read again. It comes
// at most a few times per second.
type JournalChanged struct{ Epoch uint64 }

// VersionChanged says that the API version was changed for the present environment.
type VersionChanged struct{ Version pikeapi.Version }

// LockChanged says that live was locked or unlocked.
type LockChanged struct{}

// Tick comes every second, and faster while something is waited for. Screens that show ages keep Now.
type Tick struct{ Now time.Time }

// TimesChanged says that times are shown as ages from now on, or no longer.
type TimesChanged struct{ Ages bool }

// Copy puts text on the clipboard; the toast says What and by which route it went.
type Copy struct {
	What string // such as "po_8001" or "the request as curl"
	Text string
}

// Edit opens $EDITOR on content, in a file with the given suffix such as ".json". The editor's bytes
// come back untouched in an Edited with the same ID.
type Edit struct {
	ID      string
	Suffix  string
	Content []byte
}

// Edited is the answer to Edit.
type Edited struct {
	ID      string
	Content []byte
	Changed bool
	Err     error
}

// Shown says that the screen has come to the front, Hidden that another one has.
type Shown struct{}

// Hidden says that the screen is no longer in front.
type Hidden struct{}

// Quit ends the program, with a question first where something would be lost.
type Quit struct{}

// PressKey asks the App to treat a hint's key as if it had been pressed; the palette sends it.
type PressKey struct{ Hint Hint }

// Mouse is a click or a turn of the wheel in a screen's box, when the mouse is switched on.
type Mouse struct {
	X, Y  int // cells from the box's corner
	Wheel int // notches, negative is up; 0 for a click
}
