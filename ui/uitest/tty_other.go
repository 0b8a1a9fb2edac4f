//go:build !unix

package uitest

import (
	"os"
	"os/exec"

	"github.com/creack/pty"
)

// Pseudo-terminals are driven on Unix only; elsewhere Open fails.

func startInTTY(*exec.Cmd, int, int) (*os.File, error) { return nil, pty.ErrUnsupported }

func setSize(*os.File, int, int) error { return pty.ErrUnsupported }

func cooked(*os.File) (bool, error) { return false, pty.ErrUnsupported }

func killGroup(p *os.Process) error { return p.Kill() }

func exitCode(s *os.ProcessState) int { return s.ExitCode() }
