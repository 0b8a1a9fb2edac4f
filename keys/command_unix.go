//go:build unix

package keys

import (
	"errors"
	"os"
	"os/exec"
	"syscall"
)

// detach gives the command a session of its own: without a terminal a program that asks for a
// passphrase fails at once instead of drawing over the dashboard, and the whole group can be killed.
func detach(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	command.Cancel = func() error {
		err := syscall.Kill(-command.Process.Pid, syscall.SIGKILL)
		if errors.Is(err, syscall.ESRCH) {
			return os.ErrProcessDone
		}
		return err
	}
}
