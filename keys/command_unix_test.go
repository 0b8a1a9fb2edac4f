//go:build unix

package keys

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// commandFolder holds key.pem and other.pem for the commands of a test.
func commandFolder(t *testing.T) folder {
	t.Helper()
	d := newFolder(t)
	d.write("key.pem", privatePEM(t, firstKey()), 0o600)
	d.write("other.pem", privatePEM(t, secondKey()), 0o600)
	return d
}

// inShell returns a sign command that runs a shell line in the folder.
func (d folder) inShell(line string) []string {
	return []string{"sh", "-c", "cd " + d.path + " && { " + line + "\n}"}
}

func TestOpenSSLAsSignCommand(t *testing.T) {
	tool(t, "openssl")
	d := commandFolder(t)
	long := bytes.Repeat([]byte("0123456789abcdef"), 256*1024) // 4 MiB, more than any pipe holds
	for name, argv := range map[string][]string{
		"raw":              {"openssl", "dgst", "-sha256", "-sign", d.at("key.pem")},
		"Base64, one line": d.inShell("openssl dgst -sha256 -sign key.pem | openssl base64 -A"),
		"Base64, wrapped":  d.inShell("openssl dgst -sha256 -sign key.pem | base64"),
		"Base64, CR LF":    d.inShell(`openssl dgst -sha256 -sign key.pem | base64 | sed 's/$/\r/'`),
	} {
		t.Run(name, func(t *testing.T) {
			signer, err := NewCommandSigner(argv, &firstKey().PublicKey)
			require.NoError(t, err)
			for _, data := range [][]byte{nil, body, long, bodyWithLeadingZero(t, firstKey())} {
				value, err := SignBase64(context.Background(), signer, data)
				require.NoError(t, err)
				assert.Equal(t, signature(t, firstKey(), data), value)
			}
		})
	}
}

// A sign command may leave a daemon running that inherits its output.
func TestASignCommandMayLeaveADaemonBehind(t *testing.T) {
	d := commandFolder(t)
	signer, err := NewCommandSigner(d.inShell("(sleep 6 & echo $! > pid); openssl dgst -sha256 -sign key.pem"), &firstKey().PublicKey)
	require.NoError(t, err)
	value, err := SignBase64(context.Background(), signer, body)
	require.NoError(t, err)
	assert.Equal(t, signature(t, firstKey(), body), value)
	text, err := os.ReadFile(d.at("pid"))
	require.NoError(t, err)
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	require.NoError(t, err)
	assert.NoError(t, syscall.Kill(pid, syscall.SIGTERM), "it still runs")
}

func TestASignCommandThatLostZerosIsMended(t *testing.T) {
	d := commandFolder(t)
	data := bodyWithLeadingZero(t, firstKey())
	d.write("short", bytes.TrimLeft(sha256Signature(firstKey(), data), "\x00"), 0o600)
	for _, line := range []string{"cat short", "base64 short", "cat >/dev/null; cat short"} {
		signer, err := NewCommandSigner(d.inShell(line), &firstKey().PublicKey)
		require.NoError(t, err)
		raw, err := signer.Sign(context.Background(), data)
		require.NoError(t, err)
		assert.Equal(t, sha256Signature(firstKey(), data), raw)
	}
}

func TestABadSignCommandIsAClearError(t *testing.T) {
	tool(t, "openssl")
	d := commandFolder(t)
	for line, part := range map[string]string{
		"openssl dgst -sha256 -sign other.pem":             "does not verify with the public key",
		"openssl dgst -sha1 -sign key.pem":                 "does not verify with the public key",
		"(cat; echo) | openssl dgst -sha256 -sign key.pem": "does not verify with the public key",
		"openssl dgst -sha256 -sign key.pem | od -An -tx1": "in hex",
		"openssl dgst -sha256":                             "a key of 2048 bits signs with 256",
		"echo signing; openssl dgst -sha256 -sign key.pem": "neither",
		"true":                           "wrote nothing",
		"exit 3":                         "exit status 3; it wrote nothing to stderr",
		"echo no such token >&2; exit 1": "it said: no such token",
		"kill -9 $$":                     "killed",
		"cat /dev/zero":                  "more than 65536 bytes",
		"head -c 70000 /dev/zero":        "more than 65536 bytes",
		"printf 'bad\\033[2J\\033]0;title\\007 \\377 end' >&2; false": "it said: bad [2J ]0;title end",
		"yes no | head -c 100000 >&2; false":                          "it said: no no no",
	} {
		t.Run(line, func(t *testing.T) {
			signer, err := NewCommandSigner(d.inShell(line), &firstKey().PublicKey)
			require.NoError(t, err)
			_, err = signer.Sign(context.Background(), body)
			require.ErrorContains(t, err, part)
			assert.Less(t, len(err.Error()), 600)
			for _, c := range err.Error() {
				assert.True(t, c >= ' ' && c != 0x7f, "control character in the error")
			}
		})
	}
}

// What a program complains about ends in logs, so nothing of the body, no card and no key may be in it.
func TestComplaintsAreScrubbed(t *testing.T) {
	d := commandFolder(t)
	secret := []byte(`{"full_name":"IVAN PETROV","number":"4242424242424242","token":"tok_9f8e7d6c5b4a"}`)
	for _, line := range []string{
		"echo \"cannot sign: $(cat)\" >&2; false",
		"cat | cut -c 15-40 | sed 's/^/near: /' >&2; false",
		"cat | tr ',' '\\n' >&2; false",
		"cat key.pem >&2; false",
		"sed -n 3,9p key.pem >&2; false",
		"echo 'card 4242 4242 4242 4242 refused' >&2; false",
		"echo 'card 4242-4242-4242-4242 refused' >&2; false",
	} {
		signer, err := NewCommandSigner(d.inShell(line), &firstKey().PublicKey)
		require.NoError(t, err)
		_, err = signer.Sign(context.Background(), secret)
		require.Error(t, err)
		for _, piece := range []string{"PETROV", "42424242", "4242 4242", "4242-4242", "9f8e7d6c", "PRIVATE", strings.Split(string(privatePEM(t, firstKey())), "\n")[3][:12]} {
			assert.NotContains(t, err.Error(), piece, line)
		}
	}
	assert.Equal(t, "key 7 not found in slot 12", scrub([]byte("key 7 not found in slot 12"), secret))
}

func TestASignCommandEndsAtTheDeadlineWithItsChildren(t *testing.T) {
	d := commandFolder(t)
	signer, err := NewCommandSigner(d.inShell("sleep 300"), &firstKey().PublicKey)
	require.NoError(t, err)
	short, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, err = signer.Sign(short, body)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	assert.Less(t, time.Since(start), 10*time.Second)

	// The caller gives up once the program has a child; both must be gone.
	signer, err = NewCommandSigner(d.inShell("sleep 300 & echo $! > started; mv started child; wait"), &firstKey().PublicKey)
	require.NoError(t, err)
	given, giveUp := context.WithCancel(context.Background())
	go func() {
		defer giveUp()
		assert.Eventually(t, func() bool { _, err := os.Stat(d.at("child")); return err == nil }, 20*time.Second, 5*time.Millisecond)
	}()
	_, err = signer.Sign(given, body)
	require.ErrorIs(t, err, context.Canceled)
	child, err := strconv.Atoi(strings.TrimSpace(string(d.read("child"))))
	require.NoError(t, err)
	assert.Eventually(t, func() bool { return ended(child) }, 10*time.Second, 5*time.Millisecond, "the child was left behind")
}

// ended reports whether a process is gone, or dead and only waiting to be collected.
func ended(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return true
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err != nil || strings.Contains(string(stat), ") Z ")
}

// A program that wants to ask on the terminal finds none, instead of drawing over the dashboard.
func TestASignCommandHasNoTerminal(t *testing.T) {
	d := commandFolder(t)
	signer, err := NewCommandSigner(d.inShell("{ read x < /dev/tty; } 2>/dev/null || { echo no terminal >&2; exit 9; }"), &firstKey().PublicKey)
	require.NoError(t, err)
	_, err = signer.Sign(context.Background(), body)
	assert.ErrorContains(t, err, "no terminal")
}

func TestASignCommandNeedsAProgramAndAKey(t *testing.T) {
	pub := &firstKey().PublicKey
	for _, argv := range [][]string{nil, {}, {""}, {"no-such-program-anywhere"}} {
		_, err := NewCommandSigner(argv, pub)
		assert.Error(t, err)
	}
	_, err := NewCommandSigner([]string{"sh"}, nil)
	assert.Error(t, err)
	argv := []string{"sh", "-c", "exit 1 # token=secret"}
	signer, err := NewCommandSigner(argv, pub)
	require.NoError(t, err)
	argv[2] = "changed afterwards"
	assert.Equal(t, "command sh", signer.Describe(), "arguments may hold secrets")
	_, err = signer.Sign(context.Background(), body)
	assert.NotContains(t, err.Error(), "secret")
	assert.ErrorContains(t, err, "exit status 1")
}
