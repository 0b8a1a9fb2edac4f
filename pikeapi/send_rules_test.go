package pikeapi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestCallGivenUpBeforeAndAfterSending(t *testing.T) {
	arrived, release := make(chan struct{}), make(chan struct{})
	base, hits := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.ReadAll(r.Body)
		arrived <- struct{}{}
		<-release
	})
	defer close(release)
	env := testEnv(base)
	c := NewClient(Options{Timeout: 5 * time.Second})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := c.Send(ctx, prepare(t, c, env, MethodInitPayout, payoutBody(t, V2)), Permit{})
	assert.Equal(t, NotSent, r.Outcome, "%v", r.Err)
	assert.Zero(t, hits.Load())

	ctx, cancel = context.WithCancel(t.Context())
	go func() { <-arrived; cancel() }()
	r = c.Send(ctx, prepare(t, c, env, MethodInitPayout, payoutBody(t, V2)), Permit{})
	assert.Equal(t, Unknown, r.Outcome, "%v", r.Err)
	assert.ErrorIs(t, r.Err, context.Canceled)
	assert.NoError(t, r.RecordErr)
	assert.Len(t, env.Recorder.(*recorder).finished, 2, "the outcome is recorded though the caller gave up")
}

func TestReadsAreTriedAgainAndWritesAreNot(t *testing.T) {
	n := 0
	base, hits := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if n++; n%3 != 0 {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		say(w, okBody)
	})
	env, c := testEnv(base), testClient(t)
	body, err := SessionCall{"ps_1"}.Body(V2)
	require.NoError(t, err)
	r := c.Send(t.Context(), prepare(t, c, env, MethodStatus, body), Permit{})
	assert.Equal(t, Accepted, r.Outcome)
	assert.Equal(t, 3, r.Attempts)
	rec := env.Recorder.(*recorder)
	assert.Len(t, rec.begun, 1)
	assert.Len(t, rec.finished, 1)

	n = 0
	r = c.Send(t.Context(), prepare(t, c, env, MethodConfirm, body), Permit{})
	assert.Equal(t, Unknown, r.Outcome)
	assert.Equal(t, int32(4), hits.Load())

	r = c.Send(t.Context(), prepare(t, c, testEnv(freeAddress(t)), MethodStatus, body), Permit{})
	assert.Equal(t, NotSent, r.Outcome)
	assert.Equal(t, 3, r.Attempts)

	n = 0
	env.Recorder = nil
	r = c.Send(t.Context(), prepare(t, c, env, MethodStatus, body), Permit{})
	assert.Equal(t, Accepted, r.Outcome, "a read needs no journal")
}

func TestNothingIsSentWhenTheJournalFails(t *testing.T) {
	base, hits := serve(t, func(w http.ResponseWriter, _ *http.Request) { say(w, okBody) })
	env, c := testEnv(base), testClient(t)
	rec := &recorder{begin: func(*Prepared, Permit) error { return errors.New("no space left on device") }}
	env.Recorder = rec
	r := c.Send(t.Context(), prepare(t, c, env, MethodInitPayout, payoutBody(t, V2)), Permit{})
	assert.Equal(t, NotSent, r.Outcome)
	assert.ErrorContains(t, r.Err, "no space left")
	assert.Empty(t, rec.finished)

	rec.begin = func(*Prepared, Permit) error { return &BlockedError{Rule: RuleDuplicate, Reason: "sent before"} }
	r = c.Send(t.Context(), prepare(t, c, env, MethodInitPayout, payoutBody(t, V2)), Permit{})
	var blocked *BlockedError
	require.ErrorAs(t, r.Err, &blocked)
	assert.Equal(t, NotSent, r.Outcome)
	assert.Equal(t, RuleDuplicate, blocked.Rule)

	rec.begin, rec.finish = nil, func(*Result) error { return errors.New("disk full") }
	r = c.Send(t.Context(), prepare(t, c, env, MethodInitPayout, payoutBody(t, V2)), Permit{})
	assert.Equal(t, Accepted, r.Outcome)
	assert.ErrorContains(t, r.RecordErr, "disk full")
	assert.Equal(t, int32(1), hits.Load())

	env.Recorder = nil
	r = c.Send(t.Context(), prepare(t, c, env, MethodInitPayout, payoutBody(t, V2)), Permit{})
	require.ErrorAs(t, r.Err, &blocked)
	assert.Equal(t, RuleNoJournal, blocked.Rule)
	assert.Equal(t, int32(1), hits.Load())
}

func TestTheIntentIsRecordedBeforeTheFirstByte(t *testing.T) {
	rec := &recorder{}
	base, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		rec.mu.Lock()
		defer rec.mu.Unlock()
		assert.Len(t, rec.begun, 1)
		assert.Empty(t, rec.finished)
		say(w, okBody)
	})
	env, c := testEnv(base), testClient(t)
	env.Recorder = rec
	r := c.Send(t.Context(), prepare(t, c, env, MethodInitPayout, payoutBody(t, V2)), Permit{})
	assert.Equal(t, Accepted, r.Outcome, "%v", r.Err)
	assert.Equal(t, int64(1), r.ExchangeID)
}

func TestAResendSettlesOnlyWhatTheAnswerSettles(t *testing.T) {
	tests := map[string]struct {
		status int
		body   string
		want   Outcome
	}{
		"replayed":            {200, okBody, Accepted},
		"refused in the end":  {400, `{"status":"error","error":{"code":"invalid_request"}}`, Refused},
		"an unlisted code":    {400, `{"status":"error","error":{"code":"brand_new"}}`, Unknown},
		"the deposit is gone": {400, `{"status":"error","error":{"code":"insufficient_wallet_balance"}}`, Unknown},
		"cancelled already":   {400, `{"status":"error","error":{"code":"session_cancelled_by_partner"}}`, Unknown},
		"moved on":            {400, `{"status":"error","error":{"code":"session_wrong_state"}}`, Unknown},
		"signature":           {400, `{"status":"error","error":{"code":"authentication_error"}}`, Unknown},
		"mismatch":            {400, `{"status":"error","error":{"code":"idempotency_key_params_mismatch"}}`, Unknown},
		"in progress":         {400, `{"status":"error","error":{"code":"idempotency_key_already_exists"}}`, Unknown},
		"a proxy's own words": {403, `<html>blocked</html>`, Unknown},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			base, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(test.status)
				say(w, test.body)
			})
			env, c := testEnv(base), testClient(t)
			p, err := c.Prepare(t.Context(), env, Call{Method: MethodConfirm, Body: []byte(`{"session_id":"ps_1"}`),
				IdempotencyKey: "key-1234", FirstSent: time.Now().Add(-time.Hour)})
			require.NoError(t, err)
			r := c.Send(t.Context(), p, Permit{Resend: "op"})
			assert.Equal(t, test.want, r.Outcome, "%v", r.Err)
		})
	}
	c := testClient(t)
	p, err := c.Prepare(t.Context(), testEnv(freeAddress(t)), Call{Method: MethodConfirm, Body: []byte(`{"session_id":"ps_1"}`),
		IdempotencyKey: "key-1234", FirstSent: time.Now().Add(-time.Hour)})
	require.NoError(t, err)
	assert.Equal(t, Unknown, c.Send(t.Context(), p, Permit{Resend: "op"}).Outcome, "that the resend was not sent says nothing of the first")
}

func TestProxyIsForOtherHostsOnly(t *testing.T) {
	asked := ""
	proxy, hits := serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked = r.Method + " " + r.Host
		w.WriteHeader(http.StatusBadGateway)
	})
	there, err := url.Parse(proxy)
	require.NoError(t, err)
	c := NewClient(Options{Timeout: time.Second, AllowHost: []string{"pike.invalid"},
		Proxy: func(*http.Request) (*url.URL, error) { return there, nil }})
	r := c.Send(t.Context(), prepare(t, c, testEnv("https://pike.invalid"), MethodInitPayout, payoutBody(t, V2)), Permit{})
	assert.Equal(t, NotSent, r.Outcome, "a proxy that makes no tunnel never saw the request")
	assert.Equal(t, "CONNECT pike.invalid:443", asked)

	base, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) { say(w, okBody) })
	r = c.Send(t.Context(), prepare(t, c, testEnv(base), MethodInitPayout, payoutBody(t, V2)), Permit{})
	assert.Equal(t, Accepted, r.Outcome, "%v", r.Err)
	assert.Equal(t, int32(1), hits.Load(), "loopback is reached without the proxy")
}

// On a kept connection net/http sends some requests again by itself when the server hangs up. A
// signed call must never be among them: the server sees it once, and its outcome is unknown.
func TestNetHTTPNeverSendsAgainByItself(t *testing.T) {
	var seen atomic.Int32
	base := listen(t, func(conn net.Conn) {
		readHead(t, conn)
		seen.Add(1)
		_, err := fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(okBody), okBody)
		assert.NoError(t, err)
		readHead(t, conn)
		seen.Add(1)
		assert.NoError(t, conn.Close())
	})
	env, c := testEnv(base), testClient(t)
	for _, body := range [][]byte{payoutBody(t, V2), {}} {
		seen.Store(0)
		first := c.Send(t.Context(), prepare(t, c, env, MethodInitPayout, body), Permit{})
		require.Equal(t, Accepted, first.Outcome, "%v", first.Err)
		second := c.Send(t.Context(), prepare(t, c, env, MethodInitPayout, body), Permit{})
		assert.Equal(t, Unknown, second.Outcome, "%v", second.Err)
		assert.Equal(t, int32(2), seen.Load())
	}
}

// refusing is a connection that takes no byte after its first request.
type refusing struct {
	net.Conn
	writes atomic.Int32
}

func (r *refusing) Write(b []byte) (int, error) {
	if r.writes.Add(1) > 1 {
		return 0, errors.New("broken pipe")
	}
	return r.Conn.Write(b)
}

// A kept connection that takes not one byte of the next request proves that nothing left. Even then
// the client reports it, and leaves it to the operator to send again.
func TestAKeptConnectionThatTakesNothingIsNotSent(t *testing.T) {
	base, hits := serve(t, func(w http.ResponseWriter, _ *http.Request) { say(w, okBody) })
	env, c := testEnv(base), testClient(t)
	dials := 0
	c.transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		dials++
		var d net.Dialer
		conn, err := d.DialContext(ctx, network, address)
		return &countedConn{Conn: &refusing{Conn: conn}}, err
	}
	require.Equal(t, Accepted, c.Send(t.Context(), prepare(t, c, env, MethodInitPayout, payoutBody(t, V2)), Permit{}).Outcome)
	r := c.Send(t.Context(), prepare(t, c, env, MethodInitPayout, payoutBody(t, V2)), Permit{})
	assert.Equal(t, NotSent, r.Outcome, "%v", r.Err)
	var te *TransportError
	require.ErrorAs(t, r.Err, &te)
	assert.Equal(t, "connection", te.Stage)
	assert.Equal(t, 1, dials)
	assert.Equal(t, int32(1), hits.Load())
}
