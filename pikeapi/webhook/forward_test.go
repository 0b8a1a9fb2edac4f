package webhook

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"pikedash/keys"
)

// target is the user's own server behind the receiver.
func target(t *testing.T, status int) (string, chan *http.Request, chan []byte) {
	seen, bodies := make(chan *http.Request, 100), make(chan []byte, 100)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, _ := io.ReadAll(q.Body)
		seen <- q
		bodies <- body
		w.WriteHeader(status)
	}))
	t.Cleanup(web.Close)
	return web.URL + "/in?x=1", seen, bodies
}

func TestForward(t *testing.T) {
	url, seen, bodies := target(t, 418)
	r, m := newReceiver(t, func(o *Options) { o.Forward = url })
	signature := sign(t, 0, []byte(example))
	w := post(r, example, signature, func(q *http.Request) {
		q.Header.Set("Content-Type", "application/json")
		q.Header.Set("X-Other", "kept")
		q.Header.Set("Connection", "X-Hop")
		q.Header.Set("X-Hop", "dropped")
	})
	assert.Equal(t, 200, w.Code, "the target's answer is not passed on")
	<-m.gone
	q := <-seen
	assert.Equal(t, example, string(<-bodies))
	assert.Equal(t, signature, q.Header.Get("X-PARTNER-SIGN"))
	assert.Equal(t, "kept", q.Header.Get("X-Other"))
	assert.Empty(t, q.Header.Get("X-Hop"))
	assert.Empty(t, q.Header.Get("User-Agent"))
	assert.Empty(t, q.Header.Get("Accept-Encoding"), "no header is added but the receiver's mark")
	assert.Equal(t, "/in?x=1", q.RequestURI)
	f := m.forward(1)
	assert.Equal(t, 418, f.Status)
	assert.Equal(t, url, f.URL)
	assert.Empty(t, f.Error)

	assert.Equal(t, 401, post(r, example, "").Code)
	require.NoError(t, r.Close())
	assert.Len(t, m.forwards, 1, "what is not verified is not sent on")
}

func TestForwardOrder(t *testing.T) {
	url, _, bodies := target(t, 200)
	r, m := newReceiver(t, func(o *Options) { o.Forward = url })
	for i := range 20 {
		body := fmt.Sprintf(`{"type":"x","session":{"id":"ps_%d"}}`, i)
		require.Equal(t, 200, post(r, body, sign(t, 0, []byte(body))).Code)
	}
	for i := range 20 {
		assert.Contains(t, string(<-bodies), fmt.Sprintf("ps_%d\"", i))
		<-m.gone
	}
	assert.EqualValues(t, 20, r.Status().Forwarded)
}

// TestForwardNeverHolds: a target that hangs holds back neither answers nor records; what does not
// fit in the line is recorded as not sent.
func TestForwardNeverHolds(t *testing.T) {
	release := make(chan struct{})
	web := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	defer web.Close()
	r, m := newReceiver(t, func(o *Options) { o.Forward, o.ForwardQueue = web.URL, 2 })
	for range 6 {
		assert.Equal(t, 200, post(r, example, sign(t, 0, []byte(example))).Code)
	}
	id := <-m.gone
	assert.Contains(t, m.forward(id).Error, "not sent on")
	close(release)
	require.NoError(t, r.Close())
	assert.Len(t, m.forwards, 6, "every one has a record of what became of it")
}

func TestForwardTimeout(t *testing.T) {
	release := make(chan struct{})
	web := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	defer web.Close()
	defer close(release)
	r, m := newReceiver(t, func(o *Options) { o.Forward, o.ForwardTimeout = web.URL, 20*time.Millisecond })
	post(r, example, sign(t, 0, []byte(example)))
	<-m.gone
	assert.Equal(t, "no answer within 20ms", m.forward(1).Error)
	assert.EqualValues(t, 1, r.Status().ForwardErrors)
}

// TestForwardCutOff: closing the receiver cuts what is on the wire, and says so.
func TestForwardCutOff(t *testing.T) {
	release, reached := make(chan struct{}), make(chan struct{})
	web := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { close(reached); <-release }))
	defer web.Close()
	defer close(release)
	r, m := newReceiver(t, func(o *Options) { o.Forward = web.URL })
	post(r, example, sign(t, 0, []byte(example)))
	<-reached
	require.NoError(t, r.Close())
	assert.Equal(t, "cut off: the receiver was closed", m.forward(1).Error)
}

func TestForwardRedirectIsNotFollowed(t *testing.T) {
	elsewhere, seen, _ := target(t, 200)
	web := httptest.NewServer(http.RedirectHandler(elsewhere, http.StatusTemporaryRedirect))
	defer web.Close()
	r, m := newReceiver(t, func(o *Options) { o.Forward = web.URL })
	post(r, example, sign(t, 0, []byte(example)))
	<-m.gone
	assert.Equal(t, 307, m.forward(1).Status)
	assert.Empty(t, seen)
}

// TestLoops: a receiver does not send on to itself, by any of its names, nor take back what it sent.
func TestLoops(t *testing.T) {
	r, _ := newReceiver(t)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	run, err := r.Listen(ctx, "127.0.0.1:0")
	require.NoError(t, err)
	assert.Equal(t, run.Addr, r.Status().Listening)
	_, port, err := net.SplitHostPort(run.Addr)
	require.NoError(t, err)
	for _, own := range []string{run.URL, "http://localhost:" + port, "http://LOCALHOST.:" + port, "http://127.0.0.1:" + port + "/x", "http://0.0.0.0:" + port} {
		assert.ErrorContains(t, r.SetForward(own), "loop", own)
	}
	for _, bad := range []string{"nonsense", "ftp://x", "http://", "http://user:secret@x/"} {
		assert.Error(t, r.SetForward(bad), bad)
	}
	// Two receivers that send on to each other: the second pass is stopped by the mark.
	other, stored := newReceiver(t, func(o *Options) { o.Forward = run.URL })
	back, err := other.Listen(ctx, "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, r.SetForward(back.URL))
	resp, err := http.DefaultClient.Do(signed(t, back.URL))
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	assert.Equal(t, 200, resp.StatusCode)
	<-stored.gone
	require.Eventually(t, func() bool { return r.Status().Forwarded == 1 }, 10*time.Second, time.Millisecond)
	assert.EqualValues(t, 1, other.Status().Received)
	assert.EqualValues(t, 1, r.Status().Received)
	cancel()
	require.NoError(t, run.Wait())
	assert.Empty(t, r.Status().Listening)
}

func signed(t *testing.T, url string) *http.Request {
	q, err := http.NewRequest(http.MethodPost, url, strings.NewReader(example))
	require.NoError(t, err)
	q.Header.Set("X-PARTNER-SIGN", sign(t, 0, []byte(example)))
	return q
}

func TestReplay(t *testing.T) {
	url, seen, bodies := target(t, 200)
	r, m := newReceiver(t)
	ctx := context.Background()
	_, err := r.Replay(ctx, 1, nil, []byte(example), nil)
	require.ErrorContains(t, err, "no forward address")
	require.NoError(t, r.SetForward(url))
	f, err := r.Replay(ctx, 7, http.Header{"X-Partner-Sign": {"as it came"}}, []byte(example), nil)
	require.NoError(t, err)
	assert.Equal(t, 200, f.Status)
	assert.Equal(t, "as it came", (<-seen).Header.Get("X-PARTNER-SIGN"))
	assert.Equal(t, example, string(<-bodies))
	assert.Equal(t, 200, m.forward(7).Status)
	_, err = r.Replay(ctx, 0, http.Header{"X-Partner-Sign": {"as it came"}}, []byte(example), signer(t, 1))
	require.NoError(t, err)
	require.NoError(t, keys.Verify(&testKeys()[1].PublicKey, []byte(example), (<-seen).Header.Get("X-PARTNER-SIGN")))
}
