package keys

import (
	"bufio"
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
)

// socketPath returns a path that is short enough for a Unix socket.
func socketPath(t *testing.T) string {
	t.Helper()
	d, err := os.MkdirTemp("", "pk")
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, os.RemoveAll(d)) })
	return filepath.Join(d, "s")
}

// startAgent runs a real ssh-agent on socket and returns the function that ends it.
func startAgent(t *testing.T, socket string) func() {
	t.Helper()
	tool(t, "ssh-agent")
	command := exec.Command("ssh-agent", "-D", "-a", socket)
	out, err := command.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	stopped := false
	stop := func() {
		if !stopped {
			stopped = true
			assert.NoError(t, command.Process.Kill())
			assert.Error(t, command.Wait(), "it was killed")
			assert.NoError(t, os.RemoveAll(socket))
		}
	}
	t.Cleanup(stop)
	// The agent prints its variables after it listens.
	_, err = bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	return stop
}

// addKey loads a key file into the agent with ssh-add.
func addKey(t *testing.T, socket string, key *rsa.PrivateKey, name string) {
	t.Helper()
	tool(t, "ssh-add")
	d := newFolder(t)
	command := exec.Command("ssh-add", d.write(name, privatePEM(t, key), 0o600))
	command.Env = append(os.Environ(), "SSH_AUTH_SOCK="+socket)
	out, err := command.CombinedOutput()
	require.NoError(t, err, string(out))
}

func TestARealAgentSignsWhatOpenSSLAccepts(t *testing.T) {
	socket := socketPath(t)
	stop := startAgent(t, socket)
	addKey(t, socket, secondKey(), "other.pem")
	addKey(t, socket, firstKey(), "pike.pem")
	ctx := context.Background()

	held, err := AgentKeys(ctx, socket)
	require.NoError(t, err)
	require.Len(t, held, 2)
	assert.True(t, held[1].Public.Equal(&firstKey().PublicKey))
	assert.Equal(t, FingerprintOf(&firstKey().PublicKey), held[1].Fingerprint)
	assert.Contains(t, held[1].Comment, "pike.pem")
	assert.Contains(t, held[1].SSH, "SHA256:")

	signer, err := NewAgentSigner(ctx, socket, &firstKey().PublicKey)
	require.NoError(t, err)
	assert.True(t, signer.Public().Equal(&firstKey().PublicKey))
	assert.Contains(t, signer.Describe(), "ssh-agent")

	d := newFolder(t)
	d.write("public.pem", publicPEM(t, firstKey()), 0o644)
	for _, data := range [][]byte{nil, []byte("{}"), body, bytes.Repeat([]byte("x"), 200_000), bodyWithLeadingZero(t, firstKey())} {
		raw, err := signer.Sign(ctx, data)
		require.NoError(t, err)
		d.write("body", data, 0o600)
		d.write("raw", raw, 0o600)
		d.run("openssl", "dgst", "-sha256", "-verify", "public.pem", "-signature", "raw", "body")
		value, err := SignBase64(ctx, signer, data)
		require.NoError(t, err)
		assert.Equal(t, signature(t, firstKey(), data), value, "the same bytes as with the key file")
	}

	// The agent goes away and comes back: the signer says so, then works again.
	stop()
	_, err = signer.Sign(ctx, body)
	assert.ErrorContains(t, err, "cannot be reached")
	startAgent(t, socket)
	_, err = signer.Sign(ctx, body)
	assert.ErrorContains(t, err, "ssh-agent did not sign")
	addKey(t, socket, firstKey(), "pike.pem")
	_, err = signer.Sign(ctx, body)
	assert.NoError(t, err)
}

// The limit is the real agent's: one byte less is signed, one more is refused before it is sent.
func TestTheAgentsMessageLimitIsAClearError(t *testing.T) {
	socket := socketPath(t)
	startAgent(t, socket)
	addKey(t, socket, firstKey(), "pike.pem")
	signer, err := NewAgentSigner(context.Background(), socket, &firstKey().PublicKey)
	require.NoError(t, err)
	inner, ok := signer.(*agentSigner)
	require.True(t, ok)
	room := agentMessageLimit - inner.messageSize(nil)
	_, err = signer.Sign(context.Background(), make([]byte, room))
	assert.NoError(t, err)
	_, err = signer.Sign(context.Background(), make([]byte, room+1))
	require.ErrorIs(t, err, ErrAgentMessage)
	assert.ErrorContains(t, err, "262144")
}

func TestAnAgentWithoutTheKeySaysWhatItHolds(t *testing.T) {
	ctx := context.Background()
	socket := socketPath(t)
	startAgent(t, socket)
	_, err := NewAgentSigner(ctx, socket, &firstKey().PublicKey)
	assert.ErrorContains(t, err, "no RSA key")
	addKey(t, socket, secondKey(), "other.pem")
	_, err = NewAgentSigner(ctx, socket, &firstKey().PublicKey)
	assert.ErrorContains(t, err, FingerprintOf(&firstKey().PublicKey).Short())
	assert.ErrorContains(t, err, FingerprintOf(&secondKey().PublicKey).Short())
	_, err = NewAgentSigner(ctx, "", &firstKey().PublicKey)
	assert.ErrorContains(t, err, "SSH_AUTH_SOCK")
	_, err = NewAgentSigner(ctx, filepath.Join(t.TempDir(), "none"), &firstKey().PublicKey)
	assert.ErrorContains(t, err, "cannot be reached")
	_, err = NewAgentSigner(ctx, socket, nil)
	assert.Error(t, err)
}

// oddAgent is an agent of ours that misbehaves in one way.
type oddAgent struct {
	agent.ExtendedAgent
	sign func(data []byte) (*ssh.Signature, error)
}

func (a oddAgent) SignWithFlags(_ ssh.PublicKey, data []byte, _ agent.SignatureFlags) (*ssh.Signature, error) {
	return a.sign(data)
}

// serve answers on a socket with a keyring that holds firstKey and signs with sign.
func serve(t *testing.T, sign func([]byte) (*ssh.Signature, error)) string {
	t.Helper()
	ring, ok := agent.NewKeyring().(agent.ExtendedAgent)
	require.True(t, ok)
	require.NoError(t, ring.Add(agent.AddedKey{PrivateKey: firstKey(), Comment: "pike\x1b[31m\nkey"}))
	return serveConn(t, func(conn net.Conn) {
		// It ends with an error when the client hangs up, which each call does.
		_ = agent.ServeAgent(oddAgent{ring, sign}, conn)
	})
}

func serveConn(t *testing.T, handle func(net.Conn)) string {
	t.Helper()
	socket := socketPath(t)
	listener, err := net.Listen("unix", socket)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, listener.Close()) })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				handle(conn)
				_ = conn.Close()
			}()
		}
	}()
	return socket
}

func pkcs1(key *rsa.PrivateKey, hash crypto.Hash, digest []byte) []byte {
	raw, err := rsa.SignPKCS1v15(nil, key, hash, digest)
	if err != nil {
		panic(err)
	}
	return raw
}

func sha256Signature(key *rsa.PrivateKey, data []byte) []byte {
	digest := sha256.Sum256(data)
	return pkcs1(key, crypto.SHA256, digest[:])
}

func TestWhatAnAgentReturnsIsChecked(t *testing.T) {
	ctx := context.Background()
	digest1 := sha1.Sum(body)
	digest256 := sha256.Sum256(body)
	pss, err := rsa.SignPSS(rand.Reader, firstKey(), crypto.SHA256, digest256[:], nil)
	require.NoError(t, err)
	for name, c := range map[string]struct {
		format string
		blob   []byte
		part   string
	}{
		"SHA-1, flag ignored":      {"ssh-rsa", pkcs1(firstKey(), crypto.SHA1, digest1[:]), `"ssh-rsa" instead of "rsa-sha2-256"`},
		"another algorithm":        {"rsa-sha2-512", sha256Signature(firstKey(), body), "instead of"},
		"SHA-1 under a wrong name": {"rsa-sha2-256", pkcs1(firstKey(), crypto.SHA1, digest1[:]), "does not hold"},
		"another key":              {"rsa-sha2-256", sha256Signature(secondKey(), body), "does not hold"},
		"PSS":                      {"rsa-sha2-256", pss, "does not hold"},
		"nothing":                  {"rsa-sha2-256", nil, "does not hold"},
		"too long":                 {"rsa-sha2-256", bytes.Repeat([]byte{1}, 300), "300 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			socket := serve(t, func([]byte) (*ssh.Signature, error) { return &ssh.Signature{Format: c.format, Blob: c.blob}, nil })
			signer, err := NewAgentSigner(ctx, socket, &firstKey().PublicKey)
			require.NoError(t, err)
			_, err = signer.Sign(ctx, body)
			require.ErrorContains(t, err, c.part)
			assert.Equal(t, "ssh-agent pike [31m key", signer.Describe(), "control characters are gone")
		})
	}
}

func TestLostAndAddedZerosAreMended(t *testing.T) {
	ctx := context.Background()
	data := bodyWithLeadingZero(t, firstKey())
	want := sha256Signature(firstKey(), data)
	for _, blob := range [][]byte{bytes.TrimLeft(want, "\x00"), append([]byte{0, 0}, want...), want} {
		socket := serve(t, func([]byte) (*ssh.Signature, error) { return &ssh.Signature{Format: "rsa-sha2-256", Blob: blob}, nil })
		signer, err := NewAgentSigner(ctx, socket, &firstKey().PublicKey)
		require.NoError(t, err)
		raw, err := signer.Sign(ctx, data)
		require.NoError(t, err)
		assert.Equal(t, want, raw)
	}
}

func TestAnAgentsRefusalAndSilenceEnd(t *testing.T) {
	ctx := context.Background()
	socket := serve(t, func([]byte) (*ssh.Signature, error) { return nil, errors.New("the person said no") })
	signer, err := NewAgentSigner(ctx, socket, &firstKey().PublicKey)
	require.NoError(t, err)
	_, err = signer.Sign(ctx, body)
	assert.ErrorContains(t, err, "ssh-agent did not sign")

	// An agent that never answers is left at the deadline, or when the caller gives up.
	silent := make(chan struct{})
	t.Cleanup(func() { close(silent) })
	socket = serve(t, func([]byte) (*ssh.Signature, error) { <-silent; return nil, errors.New("too late") })
	signer, err = NewAgentSigner(ctx, socket, &firstKey().PublicKey)
	require.NoError(t, err)
	short, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
	defer cancel()
	_, err = signer.Sign(short, body)
	assert.ErrorIs(t, err, context.DeadlineExceeded)
	gone, giveUp := context.WithCancel(ctx)
	giveUp()
	_, err = signer.Sign(gone, body)
	assert.ErrorIs(t, err, context.Canceled)

	// One that hangs up, and one that talks nonsense.
	_, err = AgentKeys(ctx, serveConn(t, func(net.Conn) {}))
	assert.ErrorContains(t, err, "listing the keys of ssh-agent")
	_, err = AgentKeys(ctx, serveConn(t, func(conn net.Conn) { _, _ = conn.Write(bytes.Repeat([]byte{0xff}, 64)) }))
	assert.Error(t, err)
}
