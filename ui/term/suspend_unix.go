//go:build unix

package term

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// stopWait is how long the signal may take to arrive. The kernel drops it where no shell watches.
const stopWait = 200 * time.Millisecond

// stop stops the process group and returns when it is continued.
func stop() error {
	continued := make(chan os.Signal, 1)
	signal.Notify(continued, syscall.SIGCONT)
	defer signal.Stop(continued)
	if err := syscall.Kill(0, syscall.SIGTSTP); err != nil {
		return fmt.Errorf("stopping the program: %w", err)
	}
	select {
	case <-continued:
		return nil
	case <-time.After(stopWait): // monotonic time goes on while stopped: the signal may be here too
	}
	select {
	case <-continued:
		return nil
	case <-time.After(stopWait):
		return ErrNoShell
	}
}
