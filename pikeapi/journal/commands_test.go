package journal

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"pikedash/keys"
)

// runScript runs an exchange's script in a folder with a private key and a curl that only notes what
// it was called with.
func runScript(t *testing.T, x *Exchange, key *rsa.PrivateKey) (dir, called string) {
	t.Helper()
	dir = t.TempDir()
	require.NoError(t, keys.WritePrivateFile(filepath.Join(dir, "private.pem"), key))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "curl"), []byte("#!/bin/sh\nfor a; do printf '%s\\n' \"$a\"; done > called\n"), 0o700))
	cmd := exec.CommandContext(t.Context(), "sh", "-e")
	cmd.Dir, cmd.Stdin = dir, strings.NewReader(x.Script())
	cmd.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"))
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	data, err := os.ReadFile(filepath.Join(dir, "called"))
	require.NoError(t, err)
	return dir, string(data)
}

// The script writes the very bytes, signs them, and calls with the same idempotency key.
func TestScriptSendsTheSameBytes(t *testing.T) {
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("no openssl here")
	}
	key, err := rsa.GenerateKey(rand.Reader, keys.MinBits)
	require.NoError(t, err)
	for name, body := range map[string][]byte{
		"plain":     []byte(`{"session_id":"ps_1"}`),
		"quotes":    []byte(`{"a":"it's $HOME and \"$(date)\" \\n %s"}`),
		"newline":   []byte("{\"a\":1}\n"),
		"bytes":     {0, 1, 2, 0xff, '\'', '\n', 0x1b, '['},
		"empty":     {},
		"umlauts":   []byte(`{"a":"Zoë 王"}`),
		"very long": bytes.Repeat([]byte("\x00binary and long\n"), 8000),
	} {
		x := &Exchange{ExchangeRow: ExchangeRow{ID: 41, IdempotencyKey: "key'with quote"}, Project: "shop's", URL: "http://127.0.0.1:8131/api/v2/x?a='b'", Body: body, Digest: sha256.Sum256(body)}
		dir, called := runScript(t, x, key)
		file, err := os.ReadFile(filepath.Join(dir, x.FileName()))
		require.NoError(t, err, name)
		assert.True(t, bytes.Equal(body, file), name)
		sign, err := os.ReadFile(filepath.Join(dir, x.FileName()+".sign"))
		require.NoError(t, err, name)
		raw, err := base64.StdEncoding.DecodeString(string(sign))
		require.NoError(t, err, name)
		require.NoError(t, keys.VerifyDigest(&key.PublicKey, x.Digest, base64.StdEncoding.EncodeToString(raw)), name)
		for _, want := range []string{x.URL, "X-PARTNER-PROJECT: shop's", "X-PARTNER-SIGN: " + string(sign), "X-PARTNER-IDEMPOTENCY-KEY: key'with quote", "--data-binary\n@request-41.json"} {
			assert.Contains(t, called, want, name)
		}
	}
}

// The check that OpenSSL names holds for what the script signed.
func TestOpenSSLChecksTheScriptsSignature(t *testing.T) {
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("no openssl here")
	}
	key, err := rsa.GenerateKey(rand.Reader, keys.MinBits)
	require.NoError(t, err)
	body := []byte(`{"session_id":"ps_1"}`)
	x := &Exchange{ExchangeRow: ExchangeRow{ID: 7}, URL: "http://127.0.0.1:1/", Body: body, Digest: sha256.Sum256(body)}
	dir, _ := runScript(t, x, key)
	require.NoError(t, keys.WritePublicFile(filepath.Join(dir, "public.pem"), &key.PublicKey))
	cmd := exec.CommandContext(t.Context(), "sh", "-e", "-c", x.OpenSSL()[2])
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	assert.Contains(t, string(out), "Verified OK")
}

func TestScriptOfAMaskedRecordSaysWhatIsMissing(t *testing.T) {
	x := &Exchange{ExchangeRow: ExchangeRow{ID: 41, RequestBytes: 231}, BodyMasked: true, Body: []byte(`{"number":"424242··4242"}`), Digest: sha256.Sum256(nil)}
	script := x.Script()
	assert.True(t, strings.HasPrefix(script, "# The record is masked: put the true 231 bytes into request-41.json, their sha256 is e3b0c442"), script)
	assert.NotContains(t, script, "424242")
	assert.NotContains(t, x.Curl(), "IDEMPOTENCY", "it had no key")
}
