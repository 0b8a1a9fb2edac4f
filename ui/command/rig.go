//go:build !uitest && !screenshots

package command

import (
	"time"

	"pikedash/pikeapi/sandbox"
	"pikedash/ui/page"
)

// What this file holds is replaced in two builds that nobody ships: the one for ui/uitest breaks verbs
// on demand, to see that the terminal is restored; the one for screenshots lets time stand still.

// polls says whether unfinished sessions are asked for.
const polls = true

// rig leaves the verbs of the dashboard as they are.
func rig(s page.Services, _ func(string) string) page.Services { return s }

// clock is the time.
func clock(func(string) string) func() time.Time { return time.Now }

// sandboxClock is nil: the embedded sandbox has the real time.
func sandboxClock(func() time.Time) sandbox.Clock { return nil }
