package widget

import (
	"time"

	"pikedash/ui/theme"
)

// How long things stay in the status line.
const (
	toastTime  = 5 * time.Second // information and success
	stickyTime = 3 * time.Second // errors stay until a key is pressed after this
	toastKept  = 200             // in the history
)

// Toast is something that was said.
type Toast struct {
	At     time.Time
	Text   string
	Badge  theme.Badge
	Sticky bool // stays until a key is pressed
	gone   bool
}

// Toasts keeps what was said: the last one is in the status line for a while, all are in the history.
type Toasts struct{ list []Toast }

// Add says something. The same text again within the time it is shown is not repeated in the history.
func (t *Toasts) Add(toast Toast) {
	toast.Text = Clean(toast.Text)
	if n := len(t.list); n > 0 && t.list[n-1].Text == toast.Text && toast.At.Sub(t.list[n-1].At) < toastTime {
		t.list = t.list[:n-1]
	}
	t.list = append(t.list, toast)
	if len(t.list) > toastKept {
		t.list = append([]Toast(nil), t.list[len(t.list)-toastKept:]...)
	}
}

// Current returns what is in the status line at now.
func (t *Toasts) Current(now time.Time) (Toast, bool) {
	if len(t.list) == 0 {
		return Toast{}, false
	}
	last := t.list[len(t.list)-1]
	if last.gone || !last.Sticky && now.Sub(last.At) > toastTime {
		return Toast{}, false
	}
	return last, true
}

// Pressed says that a key was pressed at now: an error that could be read long enough goes.
func (t *Toasts) Pressed(now time.Time) {
	if n := len(t.list); n > 0 && t.list[n-1].Sticky && now.Sub(t.list[n-1].At) > stickyTime {
		t.list[n-1].gone = true
	}
}

// History returns everything that was said, oldest first.
func (t *Toasts) History() []Toast { return append([]Toast(nil), t.list...) }
