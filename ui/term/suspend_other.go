//go:build !unix

package term

// stop does nothing: these systems have no job control.
func stop() error { return ErrNoShell }
