package pikeapi

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"pikedash/keys"
)

const okBody = `{"status":"ok","session":{"id":"ps_1","status":"in_progress"}}`

func TestBytesPreparedAreBytesSentAndVerified(t *testing.T) {
	bodies := [][]byte{
		payoutBody(t, V2),
		[]byte("{\r\n\t\"metadata\" : \"Łódź <&> \u2028 \\/ \"}\r\n"),
		[]byte(`{}`), []byte(`[]`), {}, []byte("not json \x00\xff"),
		bytes.Repeat([]byte("x"), 1<<20),
	}
	for i, body := range bodies {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			var got []byte
			var header http.Header
			base, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
				got, _ = io.ReadAll(r.Body)
				header = r.Header
				assert.Equal(t, "/api/v2/session/create", r.URL.Path)
				assert.Equal(t, http.MethodPost, r.Method)
				assert.Equal(t, int64(len(body)), r.ContentLength)
				say(w, okBody)
			})
			env, c := testEnv(base), testClient(t)
			env.Submerchant = "sub 7"
			p := prepare(t, c, env, MethodCreate, body)
			r := c.Send(t.Context(), p, Permit{})
			require.NoError(t, r.Err)
			assert.Equal(t, Accepted, r.Outcome)
			assert.True(t, bytes.Equal(body, p.Body))
			assert.True(t, bytes.Equal(body, got))
			assert.NoError(t, keys.Verify(&testKey().PublicKey, got, header.Get("x-partner-sign")))
			assert.NoError(t, keys.VerifyDigest(&testKey().PublicKey, p.Digest, p.Signature))
			assert.Equal(t, "shop", header.Get(HeaderProject))
			assert.Equal(t, "sub 7", header.Get(HeaderSubmerchant))
			assert.Equal(t, p.IdempotencyKey, header.Get(HeaderKey))
			assert.Equal(t, "application/json", header.Get("Content-Type"))
			assert.Equal(t, "application/json", header.Get("Accept"))
			assert.Equal(t, string(keys.FingerprintOf(&testKey().PublicKey)), p.KeyFingerprint)
		})
	}
}

// answers are what a server may say, and what the client makes of it.
func TestOutcomeOfAnswers(t *testing.T) {
	const refusal = `{"status":"error","error":{"code":"invalid_request","description":"amount_details is missing"}}`
	tests := []struct {
		name    string
		status  int
		body    string
		outcome Outcome
		code    string // of the APIError
	}{
		{"ok", 200, okBody, Accepted, ""},
		{"ok with 201", 201, okBody, Accepted, ""},
		{"ok without status", 200, `{"session":{"id":"ps_1","status":"created"}}`, Accepted, ""},
		{"ok with an empty error", 200, `{"status":"ok","error":[]}`, Accepted, ""},
		{"upper-case status", 200, `{"status":"OK"}`, Accepted, ""},
		{"200 with status error", 200, refusal, Refused, "invalid_request"},
		{"400 with status error", 400, refusal, Refused, "invalid_request"},
		{"400 without status", 400, `{"error":{"code":"invalid_request"}}`, Refused, "invalid_request"},
		{"error as text", 400, `{"error":"no"}`, Refused, "http_400"},
		{"408 of a proxy", 408, `<html>timeout</html>`, Unknown, ""},
		{"499 of a proxy", 499, ``, Unknown, ""},
		{"409 with Pike's words", 409, refusal, Refused, "invalid_request"},
		{"409 without", 409, `{}`, Unknown, ""},
		{"413", 413, ``, Refused, "http_413"},
		{"404 with HTML", 404, `<html>nothing here</html>`, Refused, "http_404"},
		{"200 with an error in words", 200, `{"error":"no"}`, Unknown, ""},
		{"200 with an unnamed error", 200, `{"status":"error"}`, Refused, "unnamed_error"},
		{"200 with a code alone", 200, `{"error":{"code":"invalid_request"}}`, Refused, "invalid_request"},
		{"400 empty", 400, ``, Refused, "http_400"},
		{"401 with another JSON", 401, `{"message":"who?"}`, Refused, "http_401"},
		{"key in progress", 400, `{"status":"error","error":{"code":"idempotency_key_already_exists"}}`, Unknown, "idempotency_key_already_exists"},
		{"fault named with 200", 200, `{"status":"error","error":{"code":"internal_error"}}`, Unknown, "internal_error"},
		{"fault named with 500", 500, `{"status":"error","error":{"code":"internal_error"}}`, Unknown, "internal_error"},
		{"500 with a refusal", 503, refusal, Unknown, "invalid_request"},
		{"500 empty", 500, ``, Unknown, ""},
		{"502 with HTML", 502, `<html>bad gateway</html>`, Unknown, ""},
		{"200 with HTML", 200, `<html>login</html>`, Unknown, ""},
		{"200 empty", 200, ``, Unknown, ""},
		{"200 with a list", 200, `[]`, Unknown, ""},
		{"200 with nothing known", 200, `{"hello":1}`, Unknown, ""},
		{"200 with a cut answer", 200, `{"status":"ok","session":{"id":"ps`, Unknown, ""},
		{"200 with two answers", 200, okBody + okBody, Unknown, ""},
		{"200 ok and an error", 200, `{"status":"ok","error":{"code":"x"}}`, Unknown, ""},
		{"200 with another status", 200, `{"status":"maybe","session":{"id":"ps_1"}}`, Unknown, ""},
		{"redirect", 307, ``, Unknown, ""},
		{"not modified", 304, ``, Unknown, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			base, hits := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if test.status == 307 {
					w.Header().Set("Location", "/elsewhere")
				}
				w.WriteHeader(test.status)
				if test.status != 304 {
					say(w, test.body)
				}
			})
			env, c := testEnv(base), testClient(t)
			r := c.Send(t.Context(), prepare(t, c, env, MethodInitPayout, payoutBody(t, V2)), Permit{})
			assert.Equal(t, test.outcome, r.Outcome, "%v", r.Err)
			assert.Equal(t, int32(1), hits.Load(), "a write is sent once")
			assert.Equal(t, test.status, r.HTTPStatus)
			assert.Equal(t, test.body, string(r.Body))
			rec := env.Recorder.(*recorder)
			assert.Len(t, rec.finished, 1)
			assert.Same(t, r, rec.finished[0])
			var api *APIError
			assert.Equal(t, test.code != "", errors.As(r.Err, &api))
			if test.code != "" {
				assert.Equal(t, test.code, api.Code)
				assert.NotEmpty(t, api.Advice)
			}
			var te *TransportError
			if errors.As(r.Err, &te) {
				assert.True(t, te.Sent)
			}
		})
	}
}

// readHead reads a request's header, so that the client has certainly begun to write.
func readHead(t testing.TB, conn net.Conn) {
	buf := make([]byte, 4096)
	n, err := conn.Read(buf)
	assert.NoError(t, err)
	assert.Positive(t, n)
}

func reset(t testing.TB, conn net.Conn) {
	assert.NoError(t, conn.(*net.TCPConn).SetLinger(0))
	assert.NoError(t, conn.Close())
}

func TestOutcomeOfFaultsOnTheWire(t *testing.T) {
	hang := make(chan struct{})
	t.Cleanup(func() { close(hang) })
	answerAnd := func(text string, then func(net.Conn)) func(net.Conn) {
		return func(conn net.Conn) {
			readHead(t, conn)
			_, err := io.WriteString(conn, text)
			assert.NoError(t, err)
			then(conn)
		}
	}
	shut := func(conn net.Conn) { assert.NoError(t, conn.Close()) }
	keepOpen := func(conn net.Conn) {
		go func() { <-hang; _ = conn.Close() }()
	}
	tests := []struct {
		name    string
		server  func(net.Conn)
		base    string
		outcome Outcome
		stage   string
	}{
		{name: "reset after the request", server: func(conn net.Conn) { readHead(t, conn); reset(t, conn) }, outcome: Unknown, stage: "wait"},
		{name: "closed after the request", server: func(conn net.Conn) { readHead(t, conn); shut(conn) }, outcome: Unknown, stage: "wait"},
		{name: "no header in time", server: func(conn net.Conn) { readHead(t, conn); keepOpen(conn) }, outcome: Unknown, stage: "wait"},
		{name: "no HTTP", server: answerAnd("SSH-2.0-x\r\n\r\n", shut), outcome: Unknown, stage: "read"},
		{name: "cut header", server: answerAnd("HTTP/1.1 200 OK\r\nContent-", shut), outcome: Unknown, stage: "read"},
		{name: "cut body", server: answerAnd("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n"+okBody, shut), outcome: Unknown, stage: "read"},
		{name: "cut chunks", server: answerAnd("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"sta", shut), outcome: Unknown, stage: "read"},
		{name: "another protocol", server: answerAnd("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n", keepOpen), outcome: Unknown, stage: "answer"},
		{name: "endless header", server: answerAnd("HTTP/1.1 200 OK\r\nX: "+strings.Repeat("x", 100<<10), keepOpen), outcome: Unknown, stage: "read"},
		{name: "slow body", server: answerAnd("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{", keepOpen), outcome: Unknown, stage: "read"},
		{name: "nobody listens", base: freeAddress(t), outcome: NotSent, stage: "dial"},
		{name: "no such host", base: "https://pike.invalid", outcome: NotSent, stage: "dial"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			base := test.base
			if test.server != nil {
				base = listen(t, test.server)
			}
			env := testEnv(base)
			c := NewClient(Options{Timeout: time.Second, HeaderTimeout: 200 * time.Millisecond, AllowHost: []string{"pike.invalid"}})
			r := c.Send(t.Context(), prepare(t, c, env, MethodInitPayout, payoutBody(t, V2)), Permit{})
			assert.Equal(t, test.outcome, r.Outcome, "%v", r.Err)
			var te *TransportError
			require.ErrorAs(t, r.Err, &te)
			assert.Equal(t, test.stage, te.Stage, "%v", r.Err)
			assert.Equal(t, test.outcome == Unknown, te.Sent)
			assert.Equal(t, 1, r.Attempts)
			assert.Len(t, env.Recorder.(*recorder).finished, 1)
		})
	}
}

// freeAddress returns the URL of a port on which nobody listens.
func freeAddress(t testing.TB) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, l.Close())
	return "http://" + l.Addr().String()
}

func TestTLSFailureIsNotSent(t *testing.T) {
	reached := false
	s := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
	s.Config.ErrorLog = nil
	t.Cleanup(s.Close)
	for name, base := range map[string]string{
		"unknown authority": s.URL,
		"no TLS there":      "https" + strings.TrimPrefix(listen(t, func(conn net.Conn) { readHead(t, conn); _ = conn.Close() }), "http"),
	} {
		t.Run(name, func(t *testing.T) {
			env, c := testEnv(base), testClient(t)
			r := c.Send(t.Context(), prepare(t, c, env, MethodInitPayout, payoutBody(t, V2)), Permit{})
			assert.Equal(t, NotSent, r.Outcome, "%v", r.Err)
			var te *TransportError
			require.ErrorAs(t, r.Err, &te)
			assert.Equal(t, "tls", te.Stage)
			assert.False(t, te.Sent)
		})
	}
	assert.False(t, reached)
}

func TestTLSAccepted(t *testing.T) {
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { say(w, okBody) }))
	t.Cleanup(s.Close)
	pool := s.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	c := NewClient(Options{RootCAs: pool})
	t.Cleanup(c.CloseIdle)
	env := testEnv(s.URL)
	r := c.Send(t.Context(), prepare(t, c, env, MethodInitPayout, payoutBody(t, V2)), Permit{})
	assert.Equal(t, Accepted, r.Outcome, "%v", r.Err)
}

func TestAnswerOverTheCapIsUnknown(t *testing.T) {
	for _, size := range []int{MaxResponse, MaxResponse + 1, MaxResponse + 1<<20} {
		base, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			head := `{"status":"ok","pad":"`
			_, _ = io.WriteString(w, head+strings.Repeat("x", size-len(head)-2)+`"}`)
		})
		env, c := testEnv(base), testClient(t)
		r := c.Send(t.Context(), prepare(t, c, env, MethodInitPayout, payoutBody(t, V2)), Permit{})
		want := Unknown
		if size <= MaxResponse {
			want = Accepted
		}
		assert.Equal(t, want, r.Outcome, "%d bytes: %v", size, r.Err)
		assert.LessOrEqual(t, len(r.Body), MaxResponse)
	}
}

// A server that closes a kept connection between two calls must not make the client send twice, and
// what the client says of the second call must be true.
func TestKeptConnectionClosedByTheServer(t *testing.T) {
	for range 20 {
		var reached atomic.Int32
		s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			reached.Add(1)
			say(w, okBody)
		}))
		s.Start()
		env, c := testEnv(s.URL), testClient(t)
		first := c.Send(t.Context(), prepare(t, c, env, MethodInitPayout, payoutBody(t, V2)), Permit{})
		require.Equal(t, Accepted, first.Outcome)
		second := prepare(t, c, env, MethodInitPayout, payoutBody(t, V2))
		s.CloseClientConnections()
		r := c.Send(t.Context(), second, Permit{})
		switch r.Outcome {
		case Accepted:
			assert.Equal(t, int32(2), reached.Load())
		case NotSent:
			assert.Equal(t, int32(1), reached.Load())
		default:
			assert.Equal(t, Unknown, r.Outcome)
			assert.LessOrEqual(t, reached.Load(), int32(2))
		}
		s.Close()
	}
}

// A connection that fails before it takes one byte proves that nothing was sent; one that takes a
// single byte does not.
func TestCountedConnectionProvesWhatLeft(t *testing.T) {
	near, far := net.Pipe()
	conn := &countedConn{Conn: near}
	w := &wire{got: true, conn: conn}
	require.NoError(t, far.Close())
	n, err := conn.Write([]byte("POST"))
	require.Error(t, err)
	require.Zero(t, n)
	stage, sent := w.verdict()
	assert.Equal(t, "connection", stage)
	assert.False(t, sent)
	_, err = conn.Write([]byte("POST"))
	assert.ErrorIs(t, err, errSealed, "after the verdict nothing may leave any more")

	near, far = net.Pipe()
	conn = &countedConn{Conn: near}
	w = &wire{got: true, conn: conn}
	wrote := make(chan struct{})
	go func() {
		defer close(wrote)
		_, _ = conn.Write([]byte("POST"))
	}()
	one := make([]byte, 1)
	_, err = io.ReadFull(far, one)
	require.NoError(t, err)
	_, sent = w.verdict()
	assert.True(t, sent, "a write that is under way may have left")
	require.NoError(t, far.Close())
	<-wrote
	_, sent = w.verdict()
	assert.True(t, sent, "one byte left")
}
