package pikeapi

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// testKey is made once for the whole test binary: making an RSA key takes long.
var testKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

type testSigner struct{ key *rsa.PrivateKey }

func (s testSigner) Public() *rsa.PublicKey { return &s.key.PublicKey }
func (s testSigner) Describe() string       { return "test key" }
func (s testSigner) Sign(_ context.Context, body []byte) ([]byte, error) {
	sum := sha256.Sum256(body)
	return rsa.SignPKCS1v15(nil, s.key, crypto.SHA256, sum[:])
}

// recorder counts what the client tells the journal.
type recorder struct {
	mu       sync.Mutex
	begun    []*Prepared
	finished []*Result
	begin    func(*Prepared, Permit) error
	finish   func(*Result) error
}

func (r *recorder) Begin(_ context.Context, p *Prepared, permit Permit) (int64, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.begin != nil {
		if err := r.begin(p, permit); err != nil {
			return 0, err
		}
	}
	r.begun = append(r.begun, p)
	return int64(len(r.begun)), nil
}

func (r *recorder) Finish(ctx context.Context, result *Result) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	r.finished = append(r.finished, result)
	if r.finish != nil {
		return r.finish(result)
	}
	return nil
}

func testEnv(baseURL string) *Environment {
	return &Environment{
		Name: "sandbox", Kind: Sandbox, BaseURL: baseURL, Project: "shop", Version: V2,
		Signer: testSigner{testKey()}, Recorder: &recorder{}, Epoch: 1,
	}
}

func testClient(t testing.TB) *Client {
	c := NewClient(Options{Timeout: 5 * time.Second, HeaderTimeout: 300 * time.Millisecond, RetryPause: time.Millisecond})
	t.Cleanup(c.CloseIdle)
	return c
}

// serve answers every request with handler, and counts them.
func serve(t testing.TB, handler http.HandlerFunc) (url string, hits *atomic.Int32) {
	hits = new(atomic.Int32)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		hits.Add(1)
		handler(w, r)
	}))
	t.Cleanup(s.Close)
	return s.URL, hits
}

// listen hands raw connections to handle, one after the other, and counts the bytes that came in.
func listen(t testing.TB, handle func(net.Conn)) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			handle(conn)
		}
	}()
	t.Cleanup(func() { require.NoError(t, l.Close()); <-done })
	return "http://" + l.Addr().String()
}

func payoutBody(t testing.TB, v Version) []byte {
	b, err := InitPayout{
		Target:       Instrument{Card: &CardInput{Number: "4242424242424242"}},
		Amount:       Money{Amount: 15000, Currency: "eur"},
		Participants: &Participants{Recipient: &Participant{FullName: "Jane Roe"}},
	}.Body(v)
	require.NoError(t, err)
	return b
}

func prepare(t testing.TB, c *Client, env *Environment, method string, body []byte) *Prepared {
	p, err := c.Prepare(t.Context(), env, Call{Method: method, Body: body})
	require.NoError(t, err)
	return p
}

// say writes an answer; a client that is gone ends the handler.
func say(w http.ResponseWriter, text string) {
	if _, err := io.WriteString(w, text); err != nil {
		panic(http.ErrAbortHandler)
	}
}
