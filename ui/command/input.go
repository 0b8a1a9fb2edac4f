package command

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// maxInput is the largest body that is read from a file or stdin, in bytes.
const maxInput = 64 << 20

// maxSmall is the largest signature or list that is read, in bytes.
const maxSmall = 16 << 20

// readInput returns the bytes of a file, or of stdin for "-", untouched.
func (a *app) readInput(name string, limit int64) ([]byte, error) {
	if name == "-" {
		return readLimited(a.in, "stdin", limit)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, fileFault(nil, "reading %s: %v", name, plainFileError(err))
	}
	data, err := readLimited(f, name, limit)
	return data, errors.Join(err, f.Close())
}

func readLimited(r io.Reader, name string, limit int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, fileFault(nil, "reading %s: %v", name, plainFileError(err))
	}
	if int64(len(data)) > limit {
		return nil, fileFault(nil, "%s has more than the %d bytes that are read", name, limit)
	}
	return data, nil
}

// plainFileError drops the operation and the path, which the caller names.
func plainFileError(err error) error {
	var p *os.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// body reads the body that a flag names; stdin must not be a terminal by accident.
func (a *app) body(name string) ([]byte, error) {
	if name == "" {
		return nil, usage("name a file, or - for stdin", "--body is missing")
	}
	if name == "-" && a.terminal(a.in) {
		a.err.line("pikedash: reading the body from the terminal; end it with ctrl+d")
	}
	return a.readInput(name, maxInput)
}

// signatureFlags are the two ways to give a signature.
type signatureFlags struct{ value, file string }

// signature returns the value as it was given; of a file, the line break at its end is dropped, as
// every tool that writes such a file adds one.
func (a *app) signature(f signatureFlags) (string, error) {
	switch {
	case f.value != "" && f.file != "":
		return "", usage("keep one of them", "both --signature and --signature-file are given")
	case f.file == "":
		return f.value, nil
	}
	data, err := a.readInput(f.file, maxSmall)
	if err != nil {
		return "", err
	}
	return strings.TrimSuffix(strings.TrimSuffix(string(data), "\n"), "\r"), nil
}

// terminal says whether a stream is a terminal.
func (a *app) terminal(stream any) bool {
	if p, ok := stream.(*printer); ok {
		stream = p.w
	}
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// fileMode returns the mode of a file as four octal digits, or nothing.
func fileMode(path string) string {
	if info, err := os.Stat(path); err == nil && path != "" {
		return fmt.Sprintf("%04o", info.Mode().Perm())
	}
	return ""
}
