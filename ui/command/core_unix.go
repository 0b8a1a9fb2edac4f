//go:build unix

package command

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// noCore makes sure that no core file is written: it would hold card numbers and security codes as they
// are in memory. One byte and not none, because Linux hands cores of a program that allows none to a
// program that collects them all the same.
func noCore() error {
	if err := unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{Cur: 1, Max: 1}); err != nil {
		return fmt.Errorf("forbidding core files: %w", err)
	}
	return nil
}
