package keys

import (
	"bytes"
	"context"
	"crypto/rsa"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
)

const (
	// agentMessageLimit is the longest message, in bytes, that OpenSSH's ssh-agent reads
	// (AGENT_MAX_LEN in ssh-agent.c); it drops the connection on a longer one without a word.
	agentMessageLimit = 256 * 1024
	// agentTimeout ends a call whose context has no deadline. It leaves time to confirm on a token.
	agentTimeout = time.Minute
)

// ErrAgentMessage says that a body is too long to be signed through ssh-agent, which takes bodies
// whole.
var ErrAgentMessage = errors.New("the body is too long for ssh-agent")

// AgentKey is an RSA key that an ssh-agent holds.
type AgentKey struct {
	Public      *rsa.PublicKey
	Fingerprint Fingerprint
	SSH         string // OpenSSH's own fingerprint, "SHA256:...", as ssh-add -l prints it
	Comment     string // from the agent; control characters removed
}

// agentSigner signs through ssh-agent, and so with whatever is behind it: a hardware token, a
// forwarded key. It opens a connection for each signature, which costs some tens of microseconds
// and makes it safe for concurrent use and indifferent to an agent that was restarted.
type agentSigner struct {
	socket  string
	pub     *rsa.PublicKey
	key     ssh.PublicKey
	comment string
}

// AgentKeys lists the RSA keys of at least MinBits that the agent at the Unix socket holds, in the
// agent's order. Other kinds of keys are left out.
func AgentKeys(ctx context.Context, socket string) ([]AgentKey, error) {
	var list []AgentKey
	err := withAgent(ctx, socket, func(a agent.ExtendedAgent) error {
		entries, err := a.List()
		if err != nil {
			return err
		}
		for _, entry := range entries {
			if pub := rsaOfSSH(entry); pub != nil && pub.N.BitLen() >= MinBits {
				list = append(list, AgentKey{Public: pub, Fingerprint: FingerprintOf(pub),
					SSH: ssh.FingerprintSHA256(entry), Comment: plain(entry.Comment, 200)})
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("listing the keys of ssh-agent: %w", err)
	}
	return list, nil
}

// NewAgentSigner returns a Signer that asks the ssh-agent at the Unix socket (SSH_AUTH_SOCK) to
// sign with the private half of pub. It fails when the agent cannot be reached or lacks the key,
// and then names the keys that are there. The signer is safe for concurrent use and connects anew
// for each signature; a context without a deadline is given one minute.
func NewAgentSigner(ctx context.Context, socket string, pub *rsa.PublicKey) (Signer, error) {
	if pub == nil || pub.N == nil {
		return nil, errors.New("signing with ssh-agent: name the public key whose private half the agent holds")
	}
	if p := firstRefused(checkNumbers(pub.N, exponent(pub))); p != nil {
		return nil, fmt.Errorf("signing with ssh-agent: %w", p)
	}
	wire, err := ssh.NewPublicKey(pub)
	if err != nil {
		return nil, fmt.Errorf("signing with ssh-agent: %w", err)
	}
	held, err := AgentKeys(ctx, socket)
	if err != nil {
		return nil, err
	}
	for _, k := range held {
		if k.Public.Equal(pub) {
			return &agentSigner{socket: socket, pub: pub, key: wire, comment: k.Comment}, nil
		}
	}
	return nil, fmt.Errorf("ssh-agent does not hold the key %s; %s", FingerprintOf(pub).Short(), describeHeld(held))
}

func describeHeld(held []AgentKey) string {
	if len(held) == 0 {
		return "it holds no RSA key that is large enough (add one with: ssh-add private.pem)"
	}
	names := make([]string, len(held))
	for i, k := range held {
		names[i] = strings.TrimSpace(k.Fingerprint.Short() + " " + k.Comment)
	}
	return "it holds " + strings.Join(names, ", ") + " (add the key with: ssh-add private.pem)"
}

func (s *agentSigner) Public() *rsa.PublicKey { return s.pub }

func (s *agentSigner) Describe() string {
	return strings.TrimSpace("ssh-agent " + s.comment)
}

// Sign implements Signer. The signature that comes back is checked: the algorithm is the one that
// was asked for, and the value verifies with the public key.
func (s *agentSigner) Sign(ctx context.Context, body []byte) ([]byte, error) {
	if size := s.messageSize(body); size > agentMessageLimit {
		return nil, fmt.Errorf("%w: %d bytes make a message of %d, agents read %d; use a key file or a sign command for this body",
			ErrAgentMessage, len(body), size, agentMessageLimit)
	}
	var got *ssh.Signature
	err := withAgent(ctx, s.socket, func(a agent.ExtendedAgent) error {
		var err error
		got, err = a.SignWithFlags(s.key, body, agent.SignatureFlagRsaSha256)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("ssh-agent did not sign: %w", err)
	}
	if got.Format != ssh.KeyAlgoRSASHA256 {
		return nil, fmt.Errorf("ssh-agent signed with %q instead of %q; Pike refuses that, use another agent",
			plain(got.Format, 40), ssh.KeyAlgoRSASHA256)
	}
	raw, err := accept(s.pub, body, got.Blob)
	if err != nil {
		return nil, fmt.Errorf("ssh-agent returned a signature that does not hold: %w", err)
	}
	return raw, nil
}

// messageSize is the length in bytes of the agent's SIGN_REQUEST after its length field: type, key
// blob, data, flags.
func (s *agentSigner) messageSize(body []byte) int {
	return 1 + 4 + len(s.key.Marshal()) + 4 + len(body) + 4
}

// withAgent connects, calls use and disconnects. The end of ctx interrupts the connection, so no
// call outlives it.
func withAgent(ctx context.Context, socket string, use func(agent.ExtendedAgent) error) (err error) {
	if socket == "" {
		return errors.New("no ssh-agent is known: SSH_AUTH_SOCK is empty; start one with: eval \"$(ssh-agent)\"")
	}
	if _, has := ctx.Deadline(); !has {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, agentTimeout)
		defer cancel()
	}
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "unix", socket)
	if err != nil {
		return fmt.Errorf("ssh-agent cannot be reached (is it running?): %w", err)
	}
	woken := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() { woken <- conn.SetDeadline(time.Unix(1, 0)) }) // wakes a read that waits
	defer func() {
		if !stop() {
			err = errors.Join(err, <-woken)
		}
		err = errors.Join(err, conn.Close())
	}()
	// Without io.Closer the client starts no goroutine of its own; withAgent owns the connection.
	err = use(agent.NewClient(struct{ io.ReadWriter }{conn}))
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("waiting for ssh-agent: %w", ctx.Err())
	case strings.Contains(err.Error(), "EOF"): // the library does not wrap the cause
		return fmt.Errorf("the agent closed the connection without an answer: %w", err)
	}
	return err
}

// rsaOfSSH returns the RSA key of an agent's entry, or nil for other kinds.
func rsaOfSSH(entry *agent.Key) *rsa.PublicKey {
	n, e, ok := sshNumbers(entry.Blob)
	if !ok || !e.IsInt64() || e.Int64() > 1<<31-1 {
		return nil
	}
	return &rsa.PublicKey{N: n, E: int(e.Int64())}
}

// sshNumbers reads modulus and exponent from an ssh-rsa public key in wire form (RFC 4253, 6.6).
func sshNumbers(blob []byte) (n, e *big.Int, ok bool) {
	var fields struct {
		Format string
		E, N   *big.Int
		Rest   []byte `ssh:"rest"`
	}
	if !bytes.HasPrefix(blob, []byte("\x00\x00\x00\x07ssh-rsa")) || ssh.Unmarshal(blob, &fields) != nil {
		return nil, nil, false
	}
	if len(fields.Rest) > 0 || fields.N.Sign() <= 0 || fields.E.Sign() <= 0 {
		return nil, nil, false
	}
	return fields.N, fields.E, true
}
