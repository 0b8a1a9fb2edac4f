package keys

import (
	"bytes"
	"context"
	"crypto/rsa"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

const (
	// commandTimeout ends a command whose context has no deadline.
	commandTimeout = 30 * time.Second
	// commandGrace is how long the children of a command that ended may keep the pipes open.
	commandGrace = 2 * time.Second
	// commandOutput is the most, in bytes, that is read of stdout; a signature with 16384 bits in
	// wrapped Base64 needs less than 3 KiB.
	commandOutput = 64 * 1024
	// commandErrors is the most, in bytes, that is kept of stderr.
	commandErrors = 4 * 1024
	// commandShown is the most, in characters, that an error shows of stderr.
	commandShown = 200
)

// commandSigner signs with an external program, such as the client of a key server.
type commandSigner struct {
	argv []string
	pub  *rsa.PublicKey
}

// NewCommandSigner returns a Signer that runs argv, without a shell, for each signature: the exact
// body on stdin, the signature on stdout, either raw or as Base64 (line breaks are forgiven). The
// program runs without a terminal and is killed with its children when the context ends, or after
// 30 seconds where the context has no deadline. Each signature is verified with pub. It fails when
// the program cannot be found. The signer is safe for concurrent use if the program is.
func NewCommandSigner(argv []string, pub *rsa.PublicKey) (Signer, error) {
	if len(argv) == 0 || argv[0] == "" {
		return nil, errors.New("signing with a command: no command was given")
	}
	if pub == nil || pub.N == nil {
		return nil, errors.New("signing with a command: its public key is needed, to check each signature")
	}
	if p := firstRefused(checkNumbers(pub.N, exponent(pub))); p != nil {
		return nil, fmt.Errorf("signing with a command: %w", p)
	}
	program, err := exec.LookPath(argv[0])
	if err != nil {
		return nil, fmt.Errorf("signing with a command: %w", err)
	}
	own := append([]string{program}, argv[1:]...)
	return &commandSigner{argv: own, pub: pub}, nil
}

func (s *commandSigner) Public() *rsa.PublicKey { return s.pub }

// Describe names the program only: arguments may hold secrets.
func (s *commandSigner) Describe() string { return "command " + s.name() }

func (s *commandSigner) name() string { return plain(filepath.Base(s.argv[0]), 60) }

// Sign implements Signer.
func (s *commandSigner) Sign(ctx context.Context, body []byte) ([]byte, error) {
	out, err := s.run(ctx, body)
	if err != nil {
		return nil, fmt.Errorf("the sign command %s failed: %w", s.name(), err)
	}
	raw, err := s.read(body, out)
	if err != nil {
		return nil, fmt.Errorf("the sign command %s: %w", s.name(), err)
	}
	return raw, nil
}

// run starts the program and returns what it wrote to stdout.
func (s *commandSigner) run(ctx context.Context, body []byte) ([]byte, error) {
	if _, has := ctx.Deadline(); !has {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, commandTimeout)
		defer cancel()
	}
	own, stop := context.WithCancel(ctx)
	defer stop()
	out := capped{limit: commandOutput, full: stop}
	complaint := capped{limit: commandErrors}
	command := exec.CommandContext(own, s.argv[0], s.argv[1:]...)
	command.Stdin = bytes.NewReader(body)
	command.Stdout = &out
	command.Stderr = &complaint
	command.WaitDelay = commandGrace
	detach(command)
	err := command.Run()
	switch {
	case ctx.Err() != nil:
		return nil, fmt.Errorf("it did not finish in time: %w", ctx.Err())
	case out.overflow:
		return nil, fmt.Errorf("it wrote more than %d bytes; a signature was expected on stdout and nothing else", commandOutput)
	case errors.Is(err, exec.ErrWaitDelay):
		// It ended well, but something that it left running keeps its output open. What it wrote counts:
		// it is verified like any other.
	case err != nil:
		return nil, withComplaint(err, complaint.kept.Bytes(), body)
	}
	return out.kept.Bytes(), nil
}

// withComplaint adds to err what the program wrote to stderr, made safe to show.
func withComplaint(err error, stderr, body []byte) error {
	said := plain(scrub(stderr, body), commandShown)
	if said == "" {
		return fmt.Errorf("%w; it wrote nothing to stderr", err)
	}
	return fmt.Errorf("%w; it said: %s", err, said)
}

// read makes a verified signature of what the program wrote.
func (s *commandSigner) read(body, out []byte) ([]byte, error) {
	if len(out) == 0 {
		return nil, errors.New("it succeeded but wrote nothing; the signature is expected on stdout, raw or as Base64")
	}
	size := s.pub.Size()
	raw := out
	if text := strings.Join(strings.Fields(string(out)), ""); len(out) > size {
		if _, err := hex.DecodeString(text); err == nil && len(text) == 2*size {
			return nil, errors.New("it wrote the signature in hex; write it raw or as Base64")
		}
		decoded, err := base64.StdEncoding.Strict().DecodeString(text)
		if err != nil {
			return nil, fmt.Errorf("it wrote %d bytes that are neither a raw signature (%d bytes) nor standard Base64 of one (%d characters)",
				len(out), size, base64.StdEncoding.EncodedLen(size))
		}
		raw = decoded
	}
	// One or two lost leading zeros are put back; anything shorter never was this key's signature.
	if len(raw) > size || len(raw) < size-2 {
		return nil, fmt.Errorf("it wrote a value of %d bytes; a key of %d bits signs with %d", len(raw), s.pub.N.BitLen(), size)
	}
	signature, err := accept(s.pub, body, raw)
	if err != nil {
		return nil, fmt.Errorf("what it wrote does not verify with the public key %s (RSASSA-PKCS1-v1_5 with SHA-256 over stdin is expected): %w",
			FingerprintOf(s.pub).Short(), err)
	}
	return signature, nil
}

// capped keeps the first limit bytes that are written to it. It never fails, so that a chatty
// program is not stopped by a broken pipe before it can finish; full is called once instead. The
// buffer is no embedded one: io.Copy would then fill it past Write.
type capped struct {
	kept     bytes.Buffer
	limit    int
	overflow bool
	full     func()
}

func (c *capped) Write(p []byte) (int, error) {
	room := c.limit - c.kept.Len()
	if len(p) <= room {
		return c.kept.Write(p)
	}
	c.kept.Write(p[:room])
	if !c.overflow && c.full != nil {
		c.full()
	}
	c.overflow = true
	return len(p), nil
}
