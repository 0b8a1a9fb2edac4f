package command

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// recordingShop has a profile whose server keeps the bytes and paths that arrive.
func recordingShop(t *testing.T) (m *machine, arrived func() (path string, body []byte, n int)) {
	t.Helper()
	var mu sync.Mutex
	var path string
	var body []byte
	n := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if !strings.HasPrefix(q.URL.Path, "/api/") {
			http.NotFound(w, q) // it has no test controls
			return
		}
		mu.Lock()
		defer mu.Unlock()
		var err error
		body, err = io.ReadAll(q.Body)
		assert.NoError(t, err)
		path, n = q.URL.Path, n+1
		_, err = io.WriteString(w, `{"status":"ok"}`)
		assert.NoError(t, err)
	}))
	t.Cleanup(server.Close)
	m = newMachine(t)
	m.settings("profile = \"shop\"\n[profiles.shop]\nkind = \"sandbox\"\nproject = \"shop\"\nbase_url = \"" + server.URL + "\"\n")
	return m, func() (string, []byte, int) {
		mu.Lock()
		defer mu.Unlock()
		return path, body, n
	}
}

// TestTheBytesOfABodyAreNotTouched: what is in the file, or comes in, is what is signed and sent.
func TestTheBytesOfABodyAreNotTouched(t *testing.T) {
	m, arrived := recordingShop(t)
	for name, body := range map[string]string{
		"CR LF at the end": "{\"a\":1}\r\n\r\n", "a byte order mark": "\xef\xbb\xbf{}", "invalid UTF-8": "{\"a\":\"\xff\xfe\"}",
		"empty": "", "blanks": " \t\n[]\n ", "zero bytes": "\x00\x01", "escapes": `{"\u0061":"\/\u00e9","b":1.50e0}`,
		"one MiB": `{"m":"` + strings.Repeat("x", 1<<20) + `"}`,
	} {
		sum := sha256.Sum256([]byte(body))
		want := hex.EncodeToString(sum[:])
		dry := m.ok("send", "session/create", "--json", "--body", m.file("b", body), "--dry-run").object(t)
		assert.Equal(t, want, at(dry, "body", "sha256"), name)
		_, _, before := arrived()
		for from, s := range map[string]said{
			"file":  m.run("send", "session/create", "--json", "--allow-duplicate", "--body", m.file("b", body)),
			"stdin": m.with(body).run("send", "session/create", "--json", "--allow-duplicate", "--body", "-"),
		} {
			require.Equal(t, exitDone, s.code, "%s, %s: %s", name, from, s.err)
			_, got, _ := arrived()
			assert.True(t, bytes.Equal([]byte(body), got), "%s, %s", name, from)
			assert.Equal(t, want, at(s.object(t), "body", "sha256"), "%s, %s", name, from)
		}
		_, _, after := arrived()
		assert.Equal(t, 2, after-before, "%s: the dry run sent nothing", name)
	}
}

// TestAVersionThatWasAskedForHolds: a method of one version is called in it, and in no other although
// another was asked for.
func TestAVersionThatWasAskedForHolds(t *testing.T) {
	m, arrived := recordingShop(t)
	body := m.file("b", `{"tokenize_widget":{}}`)
	m.ok("send", "token", "--body", body)
	path, _, sent := arrived()
	assert.Equal(t, "/api/v1/token", path)
	for _, dry := range [][]string{nil, {"--dry-run"}} {
		s := m.run(append([]string{"send", "token", "--body", body, "--api", "v2"}, dry...)...)
		assert.Equal(t, exitUsage, s.code, s.out)
		assert.Contains(t, s.err, "exists in v1 only")
	}
	_, _, after := arrived()
	assert.Equal(t, sent, after)
	m.ok("send", "session/create", "--body", m.file("c", "{}"), "--api", "v1")
	path, _, _ = arrived()
	assert.Equal(t, "/api/v1/session/create", path)
}
