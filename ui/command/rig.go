//go:build !uitest

package command

import "pikedash/ui/page"

// rig leaves the verbs of the dashboard as they are. Only the build for ui/uitest breaks them on
// demand, to see that the terminal is restored.
func rig(s page.Services, _ func(string) string) page.Services { return s }
