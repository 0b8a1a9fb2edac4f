package sandbox

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// listening is a sandbox that listens, for tests of what happens below HTTP.
func listening(t *testing.T, change ...func(*Config)) *Running {
	t.Helper()
	cfg := testConfig(NewManualClock(startTime))
	for _, c := range change {
		c(&cfg)
	}
	s, err := New(cfg)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	run, err := s.Listen(ctx, "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() {
		cancel()
		assert.NoError(t, run.Wait())
		assert.NoError(t, s.Close())
	})
	return run
}

// TestRefusalsBelowHTTP: what never reaches a handler is refused in Pike's form, too.
func TestRefusalsBelowHTTP(t *testing.T) {
	run := listening(t)
	head := "POST /api/v2/session/create HTTP/1.1\r\n"
	for name, c := range map[string]struct {
		raw    string
		status int
		says   string
	}{
		"not HTTP":         {"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400, "400 Bad Request"},
		"no host":          {head + "\r\n", 400, "missing required Host header"},
		"two lengths":      {head + "Host: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}", 400, "400 Bad Request"},
		"unknown encoding": {head + "Host: x\r\nTransfer-Encoding: xchunked\r\n\r\n", 501, "Unsupported transfer encoding"},
		"header flood":     {head + "Host: x\r\n" + strings.Repeat("A: "+strings.Repeat("x", 1000)+"\r\n", 100) + "\r\n", 431, "Too Large"},
		"options":          {"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", 404, "there is nothing at *"},
	} {
		t.Run(name, func(t *testing.T) {
			c2, err := net.Dial("tcp", run.Addr)
			require.NoError(t, err)
			defer func() { _ = c2.Close() }()
			_, _ = io.WriteString(c2, c.raw) // the server may hang up meanwhile
			require.NoError(t, c2.SetReadDeadline(time.Now().Add(waitFor)))
			resp, err := http.ReadResponse(bufio.NewReader(c2), nil)
			require.NoError(t, err)
			var v struct {
				Status string
				Error  failure
			}
			text := readAll(t, resp)
			require.NoError(t, json.Unmarshal([]byte(text), &v), text)
			assert.Equal(t, c.status, resp.StatusCode)
			assert.Equal(t, "application/json", resp.Header.Get("Content-Type"))
			assert.Equal(t, "error", v.Status)
			assert.Equal(t, "invalid_request", v.Error.Code)
			assert.Contains(t, v.Error.Description, c.says)
		})
	}
}

// TestWhoDoesNotRead: a partner who never takes in his answer loses his connection, and another one
// gets the place.
func TestWhoDoesNotRead(t *testing.T) {
	run := listening(t, func(c *Config) {
		c.MaxConnections, c.writeTime = 1, 50*time.Millisecond
		c.Faults = []Fault{{Kind: FaultHugeBody, Method: "session/status", Size: 256 << 20}}
	})
	body := sessionBody("ps_1")
	deaf, err := net.Dial("tcp", run.Addr)
	require.NoError(t, err)
	defer func() { _ = deaf.Close() }()
	_, err = fmt.Fprintf(deaf, "POST /api/v2/session/status HTTP/1.1\r\nHost: x\r\nX-Partner-Project: shop\r\nX-Partner-Sign: %s\r\nContent-Length: %d\r\n\r\n%s",
		sign(t, partnerKey(), []byte(body)), len(body), body)
	require.NoError(t, err)
	b := &box{t: t, url: run.URL}
	b.ok(2, "session/create", `{}`)
}
