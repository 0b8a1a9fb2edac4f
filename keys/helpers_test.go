package keys

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// body holds what text-minded tools damage: CR LF, NUL, invalid UTF-8, no newline at the end.
var body = []byte("{\"amount\":15000,\r\n\"currency\":\"EUR\",\"note\":\"\\u00e9 \xff\x00\"}")

const testPassphrase = "correct horse"

var testKeys = [2]func() *rsa.PrivateKey{sync.OnceValue(makeKey), sync.OnceValue(makeKey)}

func makeKey() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
}

// firstKey and secondKey are two keys of 2048 bits, made once for the whole run.
func firstKey() *rsa.PrivateKey  { return testKeys[0]() }
func secondKey() *rsa.PrivateKey { return testKeys[1]() }

func passphrase(string) ([]byte, error) { return []byte(testPassphrase), nil }

// folder is a directory in which the programs of a test run.
type folder struct {
	t    testing.TB
	path string
}

func newFolder(t testing.TB) folder { return folder{t, t.TempDir()} }

func (d folder) at(name string) string { return filepath.Join(d.path, name) }

// tool skips the test where a program is missing, and names it.
func tool(t testing.TB, name string) {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Skipf("%s is not installed", name)
	}
}

// run runs a program in the folder, which must succeed, and returns its stdout.
func (d folder) run(argv ...string) []byte {
	d.t.Helper()
	tool(d.t, argv[0])
	command := exec.Command(argv[0], argv[1:]...)
	command.Dir = d.path
	var complaint bytes.Buffer
	command.Stderr = &complaint
	out, err := command.Output()
	require.NoErrorf(d.t, err, "%q: %s", argv, complaint.String())
	return out
}

// shell runs a line in the folder with sh, as a user would.
func (d folder) shell(line string) {
	d.t.Helper()
	d.run("sh", "-ec", line)
}

func (d folder) write(name string, data []byte, mode os.FileMode) string {
	d.t.Helper()
	require.NoError(d.t, os.WriteFile(d.at(name), data, mode))
	require.NoError(d.t, os.Chmod(d.at(name), mode))
	return d.at(name)
}

func (d folder) read(name string) []byte {
	d.t.Helper()
	data, err := os.ReadFile(d.at(name))
	require.NoError(d.t, err)
	return data
}

func privatePEM(t testing.TB, key *rsa.PrivateKey) []byte {
	t.Helper()
	text, err := EncodePrivate(key)
	require.NoError(t, err)
	return text
}

func publicPEM(t testing.TB, key *rsa.PrivateKey) []byte {
	t.Helper()
	text, err := EncodePublic(&key.PublicKey)
	require.NoError(t, err)
	return text
}

func signature(t testing.TB, key *rsa.PrivateKey, body []byte) string {
	t.Helper()
	s, err := NewSigner(key, "test key")
	require.NoError(t, err)
	value, err := SignBase64(context.Background(), s, body)
	require.NoError(t, err)
	return value
}

// problemOf returns the Problem in err, which must hold one.
func problemOf(t testing.TB, err error) *Problem {
	t.Helper()
	var p *Problem
	require.ErrorAs(t, err, &p)
	require.True(t, p.Refused)
	require.NotEmpty(t, p.Sentence)
	require.NotEmpty(t, p.Fix)
	return p
}
