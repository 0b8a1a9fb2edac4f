//go:build uitest

package command

import (
	"context"
	"time"

	"pikedash/pikeapi"
	"pikedash/pikeapi/sandbox"
	"pikedash/ui/page"
)

const polls = true

func clock(func(string) string) func() time.Time { return time.Now }

func sandboxClock(func() time.Time) sandbox.Clock { return nil }

// rig makes a verb panic where PIKEDASH_UITEST_PANIC says: "update" in the loop, when the environments are
// listed; "command" beside it, when the API version is changed. The texts hold a published example card.
func rig(s page.Services, getenv func(string) string) page.Services {
	switch getenv("PIKEDASH_UITEST_PANIC") {
	case "update":
		return brokenList{s}
	case "command":
		return brokenVersion{s}
	}
	return s
}

type brokenList struct{ page.Services }

func (brokenList) Environments() []page.EnvInfo { panic("broken in the loop: 4242424242424242") }

type brokenVersion struct{ page.Services }

func (brokenVersion) SetVersion(context.Context, *page.Desk, pikeapi.Version) (*page.Desk, error) {
	panic("broken in a command: 4242424242424242")
}
