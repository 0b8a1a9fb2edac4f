package forensics

import (
	"regexp"
	"sync"
)

// pattern compiles a regular expression when it is first used: the dashboard links this package, and most
// of its starts explain nothing.
func pattern(text string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(text) })
}
