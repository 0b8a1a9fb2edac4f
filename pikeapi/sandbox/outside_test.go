package sandbox

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"pikedash/keys"
)

// need skips a test where a program is missing.
func need(t *testing.T, program string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		t.Skipf("%s is not installed", program)
	}
}

// keyFiles writes the partner's key and Pike's public one for programs from outside.
func keyFiles(t *testing.T, b *box) (partner, pike string) {
	dir := t.TempDir()
	partner, pike = filepath.Join(dir, "partner.pem"), filepath.Join(dir, "pike.pem")
	require.NoError(t, keys.WritePrivateFile(partner, partnerKey()))
	require.NoError(t, keys.WritePublicFile(pike, b.s.PublicKey()))
	return partner, pike
}

// TestOpenSSL signs requests and verifies notifications with openssl, in the steps of Pike's page.
func TestOpenSSL(t *testing.T) {
	need(t, "openssl")
	b := newBox(t)
	partner, pike := keyFiles(t, b)
	body := []byte(payoutBody(2, goodCard, 100))
	cmd := exec.Command("openssl", "dgst", "-sha256", "-sign", partner)
	cmd.Stdin = bytes.NewReader(body)
	raw, err := cmd.Output()
	require.NoError(t, err)
	b.ok(2, "session/init/payout", string(body), header("X-PARTNER-SIGN", base64.StdEncoding.EncodeToString(raw)))
	b.ready()
	x := b.lastHook("ready_to_confirm")
	sig, err := base64.StdEncoding.DecodeString(x.sign)
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "sha256.sign")
	verify := func(sig []byte) string {
		require.NoError(t, os.WriteFile(file, sig, 0o600))
		cmd := exec.Command("openssl", "dgst", "-sha256", "-verify", pike, "-signature", file)
		cmd.Stdin = bytes.NewReader(x.body)
		out, _ := cmd.CombinedOutput() // a bad signature is an error, and says so
		return strings.TrimSpace(string(out))
	}
	assert.Equal(t, "Verified OK", verify(sig))
	sig[0] ^= 1
	assert.NotEqual(t, "Verified OK", verify(sig))
}

// TestOutsideClient runs a Python program that speaks the protocol by itself against a sandbox that
// listens and runs on the real clock, twenty times as fast.
func TestOutsideClient(t *testing.T) {
	need(t, "python3")
	need(t, "openssl")
	cfg := testConfig(nil)
	cfg.Clock, cfg.Speed = nil, 20
	s, err := New(cfg)
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	run, err := s.Listen(ctx, "127.0.0.1:0")
	require.NoError(t, err)
	partner, pike := keyFiles(t, &box{t: t, s: s})
	cmd := exec.CommandContext(ctx, "python3", "testdata/outside.py", run.URL, partner, pike)
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	require.NoError(t, cmd.Start())
	var said []string
	for lines := bufio.NewScanner(out); lines.Scan(); {
		said = append(said, lines.Text())
		if url, ok := strings.CutPrefix(lines.Text(), "hooks "); ok {
			require.NoError(t, NewControl(run.URL, nil).SetOptions(ctx, "", Options{WebhookURL: url}))
			_, err := in.Write([]byte("\n"))
			require.NoError(t, err)
		}
	}
	require.NoError(t, cmd.Wait(), stderr.String())
	assert.Equal(t, "OK", said[len(said)-1], stderr.String())
}
