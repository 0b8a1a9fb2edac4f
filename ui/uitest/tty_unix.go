//go:build unix

package uitest

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// startInTTY starts cmd as the leader of a session of its own whose terminal is ours. The file
// that it returns obeys deadlines and can be closed while another goroutine reads from it.
func startInTTY(cmd *exec.Cmd, width, height int) (*os.File, error) {
	master, err := pty.StartWithSize(cmd, &pty.Winsize{Cols: uint16(width), Rows: uint16(height)})
	if err != nil {
		return nil, err
	}
	// pty uses File.Fd, which makes the file blocking for good. A fresh one is not.
	fd, err := unix.FcntlInt(master.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if closeErr := master.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = unix.SetNonblock(fd, true)
	}
	if err != nil {
		return nil, fmt.Errorf("making the pseudo-terminal non-blocking: %w", err)
	}
	return os.NewFile(uintptr(fd), "pty"), nil
}

// control calls f with the file's descriptor without making it blocking.
func control(tty *os.File, f func(fd int) error) error {
	conn, err := tty.SyscallConn()
	if err != nil {
		return err
	}
	var inner error
	if err := conn.Control(func(fd uintptr) { inner = f(int(fd)) }); err != nil {
		return err
	}
	return inner
}

func setSize(tty *os.File, width, height int) error {
	return control(tty, func(fd int) error {
		return unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Col: uint16(width), Row: uint16(height)})
	})
}

func cooked(tty *os.File) (bool, error) {
	var on bool
	err := control(tty, func(fd int) error {
		mode, err := unix.IoctlGetTermios(fd, getTermios)
		if err != nil {
			return err
		}
		on = mode.Lflag&unix.ECHO != 0 && mode.Lflag&unix.ICANON != 0
		return nil
	})
	if err != nil {
		return false, fmt.Errorf("reading the terminal's settings: %w", err)
	}
	return on, nil
}

// killGroup kills the program and all that it started in its session.
func killGroup(p *os.Process) error {
	err := unix.Kill(-p.Pid, unix.SIGKILL)
	if err == unix.ESRCH {
		return os.ErrProcessDone
	}
	return err
}

func exitCode(s *os.ProcessState) int {
	if status, ok := s.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal())
	}
	return s.ExitCode()
}
