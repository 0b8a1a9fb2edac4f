package uitest_test

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The moments at which a process can be killed.
const (
	anywhere  = iota // at a random time after its start
	inFront          // its request has left, and Pike has not seen it
	behind           // Pike has done the work, the answer is held back
	justAfter        // shortly after the answer was sent
)

// wire carries the requests of one process at a time to Pike and knows where they are.
type wire struct {
	url string

	mu     sync.Mutex
	moment int
	later  time.Duration
	kill   func()
	shot   *atomic.Bool
}

func newWire(t *testing.T, to string) *wire {
	t.Helper()
	target, err := url.Parse(to)
	require.NoError(t, err)
	w := &wire{moment: -1, shot: &atomic.Bool{}}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) },
		ErrorHandler: func(rw http.ResponseWriter, r *http.Request, err error) {
			// Whoever asked is dead. What Pike makes of half a request is what is tested.
			panic(http.ErrAbortHandler)
		}}
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { w.carry(proxy, rw, r) }))
	t.Cleanup(server.Close)
	w.url = server.URL
	return w
}

// aim decides what happens to the requests from now on; shot tells whether kill was called by them.
func (w *wire) aim(moment int, later time.Duration, kill func()) (shot *atomic.Bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.moment, w.later, w.kill, w.shot = moment, later, kill, &atomic.Bool{}
	return w.shot
}

// carry takes a request to Pike and kills its sender where it was aimed.
func (w *wire) carry(pike http.Handler, rw http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	moment, later, kill, shot := w.moment, w.later, w.kill, w.shot
	w.mu.Unlock()
	if !strings.HasPrefix(r.URL.Path, "/api/") {
		moment = anywhere // it asks for the sandbox's key
	}
	switch moment {
	case inFront:
		shot.Store(true)
		kill()
		panic(http.ErrAbortHandler) // lost on the way
	case behind:
		pike.ServeHTTP(httptest.NewRecorder(), r)
		shot.Store(true)
		kill()
		panic(http.ErrAbortHandler)
	case justAfter:
		shot.Store(true)
		time.AfterFunc(later, kill)
	}
	pike.ServeHTTP(rw, r)
}
