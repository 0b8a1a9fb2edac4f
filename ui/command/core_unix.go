//go:build unix

package command

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// noCore makes sure that no core file is written: it would hold card numbers and security codes as they
// are in memory. One byte and not none, because Linux hands cores of a program that allows none to a
// program that collects them all the same; none where none were allowed before, because only root may
// allow more.
func noCore() error {
	var limit unix.Rlimit
	err := unix.Getrlimit(unix.RLIMIT_CORE, &limit)
	if err == nil {
		limit.Max = min(limit.Max, 1)
		limit.Cur = limit.Max
		err = unix.Setrlimit(unix.RLIMIT_CORE, &limit)
	}
	if err != nil {
		return fmt.Errorf("forbidding core files: %w", err)
	}
	return nil
}
