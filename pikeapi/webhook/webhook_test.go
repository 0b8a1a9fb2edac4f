package webhook

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"pikedash/keys"
	"pikedash/pikeapi"
)

// testKeys are Pike's key and one that nobody knows; making them takes a while.
var testKeys = sync.OnceValue(func() [2]*rsa.PrivateKey {
	var made [2]*rsa.PrivateKey
	for i := range made {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}
		made[i] = key
	}
	return made
})

func signer(t testing.TB, i int) keys.Signer {
	s, err := keys.NewSigner(testKeys()[i], "a test's key")
	require.NoError(t, err)
	return s
}

func sign(t testing.TB, i int, body []byte) string {
	text, err := keys.SignBase64(context.Background(), signer(t, i), body)
	require.NoError(t, err)
	return text
}

// memory is a store for tests.
type memory struct {
	mu       sync.Mutex
	list     []*Received
	forwards map[int64]Forward
	fail     error
	gone     chan int64 // forwards that were recorded
}

func newMemory() *memory { return &memory{forwards: map[int64]Forward{}, gone: make(chan int64, 100)} }

func (m *memory) Record(_ context.Context, r *Received) (Stored, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		return Stored{}, m.fail
	}
	m.list = append(m.list, r)
	dup := false
	for _, old := range m.list[:len(m.list)-1] {
		dup = dup || bytes.Equal(old.Body, r.Body)
	}
	return Stored{ID: int64(len(m.list)), Duplicate: dup}, nil
}

func (m *memory) Forwarded(_ context.Context, id int64, f Forward) error {
	m.mu.Lock()
	m.forwards[id] = f
	m.mu.Unlock()
	m.gone <- id
	return nil
}

func (m *memory) last() *Received {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.list) == 0 {
		return nil
	}
	return m.list[len(m.list)-1]
}

func (m *memory) forward(id int64) Forward {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.forwards[id]
}

func ring() keys.Ring {
	return keys.Ring{{Name: "Pike test key", Role: keys.RolePike, Public: &testKeys()[0].PublicKey}}
}

func newReceiver(t testing.TB, change ...func(*Options)) (*Receiver, *memory) {
	m := newMemory()
	o := Options{Keys: ring, Store: m}
	for _, c := range change {
		c(&o)
	}
	r, err := New(o)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, r.Close()) })
	return r, m
}

const example = `{"type":"ready_to_confirm","session":{"id":"ps_70113","status":"in_progress","created_at":"2025-01-15T10:01:00.000001Z","updated_at":"2025-01-15T10:01:03.500000Z","next_action":"confirm","payout_list":[{"id":"po_1","status":"pending","created_at":"2025-01-15T10:01:00.200001Z","amount_details":{"amount":2599,"currency":"eur"}}]}}`

func post(r http.Handler, body, signature string, change ...func(*http.Request)) *httptest.ResponseRecorder {
	q := httptest.NewRequest(http.MethodPost, "http://127.0.0.1:8132/", strings.NewReader(body))
	if signature != "" {
		q.Header.Set("X-PARTNER-SIGN", signature)
	}
	for _, c := range change {
		c(q)
	}
	w := httptest.NewRecorder()
	r.ServeHTTP(w, q)
	return w
}

func TestVerified(t *testing.T) {
	r, m := newReceiver(t)
	w := post(r, example, sign(t, 0, []byte(example)))
	assert.Equal(t, 200, w.Code)
	got := m.last()
	assert.Equal(t, example, string(got.Body), "the raw bytes are kept")
	assert.Equal(t, Verified, got.Badge)
	assert.Equal(t, "Pike test key", got.Key)
	assert.Equal(t, "ready_to_confirm", got.Parsed.Type)
	assert.Equal(t, "ps_70113", got.Parsed.Session.ID)
	assert.Equal(t, pikeapi.V2, got.Version)
	assert.Equal(t, 200, got.Reply)
	assert.Equal(t, 200, post(r, example, sign(t, 0, []byte(example))).Code, "a duplicate is taken too: it is marked")
	s := r.Status()
	assert.Equal(t, [4]int64{2, 2, 1, 0}, [4]int64{s.Received, s.Verified, s.Duplicates, s.NotStored})
	assert.Equal(t, "ready_to_confirm", s.LastType)
	assert.False(t, s.Last.IsZero())
}

// TestEveryForm: what is received decides badge, answer and record; nothing crashes, and what is
// read completely is recorded.
func TestEveryForm(t *testing.T) {
	good := func(body string) string { return sign(t, 0, []byte(body)) }
	for name, c := range map[string]struct {
		body, signature string
		status          int
		badge           Badge
		word            string // in cause or problem
	}{
		"unsigned":          {example, "", 401, Unsigned, "missing"},
		"bad signature":     {example, good(example + "\n"), 401, Bad, "newline"},
		"unknown key":       {example, sign(t, 1, []byte(example)), 401, Bad, ""},
		"no Base64":         {example, "???", 401, Bad, ""},
		"empty body":        {"", good(""), 200, Verified, ""},
		"not JSON":          {"hello", good("hello"), 200, Verified, ""},
		"an array":          {"[]", good("[]"), 200, Verified, ""},
		"no session":        {`{"type":"x"}`, good(`{"type":"x"}`), 200, Verified, ""},
		"unknown type":      {`{"type":"brand_new","session":{"id":"ps_1"}}`, good(`{"type":"brand_new","session":{"id":"ps_1"}}`), 200, Verified, ""},
		"unsigned nonsense": {"\x00\xff{", "", 401, Unsigned, ""},
		"deep":              {strings.Repeat("[", 100000), good(strings.Repeat("[", 100000)), 200, Verified, ""},
		"line breaks":       {example, good(example)[:76] + "\n" + good(example)[76:], 401, Bad, ""},
	} {
		t.Run(name, func(t *testing.T) {
			r, m := newReceiver(t)
			w := post(r, c.body, c.signature)
			assert.Equal(t, c.status, w.Code)
			got := m.last()
			require.NotNil(t, got)
			assert.Equal(t, c.badge, got.Badge)
			assert.Equal(t, c.body, string(got.Body))
			assert.Contains(t, got.Cause+got.Problem, c.word)
			assert.Equal(t, c.status, got.Reply)
			if got.Badge != Verified {
				assert.NotEmpty(t, got.Cause)
			}
			assert.Equal(t, got.Parsed == nil, got.Problem != "", "either it was read, or it says why not")
		})
	}
}

func TestRefusedBeforeReading(t *testing.T) {
	r, m := newReceiver(t)
	for _, verb := range []string{"GET", "PUT", "DELETE", "HEAD", "OPTIONS"} {
		w := post(r, example, sign(t, 0, []byte(example)), func(q *http.Request) { q.Method = verb })
		assert.Equal(t, 405, w.Code)
		assert.Equal(t, "POST", w.Header().Get("Allow"))
	}
	assert.Equal(t, 413, post(r, strings.Repeat("x", MaxBody+1), "").Code)
	assert.Equal(t, 400, post(r, "", "", func(q *http.Request) { q.Body = io.NopCloser(brokenBody{}) }).Code)
	assert.Nil(t, m.last())
	assert.Equal(t, 401, post(r, strings.Repeat("x", MaxBody), "").Code, "exactly 1 MiB is taken")
}

type brokenBody struct{}

func (brokenBody) Read([]byte) (int, error) { return 0, errors.New("broken") }

// TestNotStored: what could not be recorded is answered 503, so that Pike sends it again.
func TestNotStored(t *testing.T) {
	r, m := newReceiver(t)
	m.fail = errors.New("the disk is full")
	w := post(r, example, sign(t, 0, []byte(example)))
	assert.Equal(t, 503, w.Code)
	assert.NotContains(t, w.Body.String(), "disk", "the sender is not told why")
	assert.EqualValues(t, 1, r.Status().NotStored)
	m.fail = nil
	assert.Equal(t, 200, post(r, example, sign(t, 0, []byte(example))).Code)
}

type panicking struct{ *memory }

func (panicking) Record(context.Context, *Received) (Stored, error) { panic("a fault") }

func TestPanicIsAnswered(t *testing.T) {
	r, _ := newReceiver(t, func(o *Options) { o.Store = panicking{newMemory()} })
	assert.Equal(t, 503, post(r, example, sign(t, 0, []byte(example))).Code)
}

func TestRejectStatus(t *testing.T) {
	r, m := newReceiver(t, func(o *Options) { o.RejectStatus = 200 })
	assert.Equal(t, 200, post(r, example, "").Code)
	assert.Equal(t, Unsigned, m.last().Badge)
	for _, status := range []int{100, 302, 500} {
		_, err := New(Options{Keys: ring, Store: newMemory(), RejectStatus: status})
		assert.Error(t, err, status)
	}
}

func TestNoPikeKey(t *testing.T) {
	r, m := newReceiver(t, func(o *Options) { o.Keys = func() keys.Ring { return nil } })
	assert.Equal(t, 401, post(r, example, sign(t, 0, []byte(example))).Code)
	assert.Contains(t, m.last().Cause, "no public key of Pike")
}

// TestKeyRotation: the ring is asked for every notification, and any of Pike's keys will do.
func TestKeyRotation(t *testing.T) {
	now := ring()
	r, m := newReceiver(t, func(o *Options) { o.Keys = func() keys.Ring { return now } })
	assert.Equal(t, 401, post(r, example, sign(t, 1, []byte(example))).Code)
	now = append(ring(), keys.Known{Name: "Pike's next key", Role: keys.RolePike, Public: &testKeys()[1].PublicKey})
	assert.Equal(t, 200, post(r, example, sign(t, 1, []byte(example))).Code)
	assert.Equal(t, "Pike's next key", m.last().Key)
	now = keys.Ring{{Name: "own", Role: keys.RoleOwn, Public: &testKeys()[0].PublicKey}, now[1]}
	assert.Equal(t, 401, post(r, example, sign(t, 0, []byte(example))).Code, "the partner's own key signs no notification")
	assert.Equal(t, "own", m.last().Key, "the record names who signed")
}

func TestListenGuard(t *testing.T) {
	r, _ := newReceiver(t)
	for _, addr := range []string{"0.0.0.0:0", ":0", "[::]:0", "192.0.2.1:1", "nonsense"} {
		_, err := r.Listen(context.Background(), addr)
		assert.Error(t, err, addr)
	}
}

// TestOnlyPost: nothing but POST is taken, not even what net/http would answer by itself.
func TestOnlyPost(t *testing.T) {
	r, _ := newReceiver(t)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	run, err := r.Listen(ctx, "127.0.0.1:0")
	require.NoError(t, err)
	for _, first := range []string{"OPTIONS *", "GET /", "PUT /", "CONNECT x:1", "TRACE /"} {
		c, err := net.Dial("tcp", run.Addr)
		require.NoError(t, err)
		_, err = io.WriteString(c, first+" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
		require.NoError(t, err)
		text, err := io.ReadAll(c)
		require.NoError(t, err)
		require.NoError(t, c.Close())
		assert.Contains(t, string(text), "405 Method Not Allowed", first)
		assert.Contains(t, string(text), "Allow: POST", first)
	}
}

// TestManyConnections: idle connections beyond the limit wait and do not stop a good one for good.
func TestManyConnections(t *testing.T) {
	r, m := newReceiver(t, func(o *Options) { o.MaxConnections, o.ReadTimeout = 20, 200*time.Millisecond })
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	run, err := r.Listen(ctx, "127.0.0.1:0")
	require.NoError(t, err)
	for range 100 {
		c, err := net.Dial("tcp", run.Addr)
		require.NoError(t, err)
		defer func() { _ = c.Close() }()
		_, err = io.WriteString(c, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nslow")
		require.NoError(t, err)
	}
	resp, err := http.DefaultClient.Do(signed(t, run.URL))
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	assert.Equal(t, 200, resp.StatusCode)
	assert.Equal(t, Verified, m.last().Badge)
}

// TestMany: thousands at once are all recorded, each with its own bytes.
// slowStore takes its time, and counts how many large bodies are in work at once.
type slowStore struct {
	*memory
	release   chan struct{}
	now, most atomic.Int32
}

func (s *slowStore) Record(ctx context.Context, r *Received) (Stored, error) {
	if len(r.Body) <= smallBody {
		return s.memory.Record(ctx, r)
	}
	n := s.now.Add(1)
	defer s.now.Add(-1)
	for most := s.most.Load(); n > most && !s.most.CompareAndSwap(most, n); most = s.most.Load() {
	}
	<-s.release
	return s.memory.Record(ctx, r)
}

// TestLargeBodiesTakeTurns: recording a large body costs many times its size, so few are in work at
// once. Small ones pass them by, and who waited in vain is told to send it again.
func TestLargeBodiesTakeTurns(t *testing.T) {
	store := &slowStore{memory: newMemory(), release: make(chan struct{})}
	r, _ := newReceiver(t, func(o *Options) { o.Store, o.StoreTimeout = store, 20*time.Second })
	const n = 3 * heavyAtOnce
	answers := make(chan int, n)
	for range n {
		go func() { answers <- post(r, strings.Repeat("[", smallBody+1), "").Code }()
	}
	require.Eventually(t, func() bool { return store.now.Load() == heavyAtOnce }, 10*time.Second, time.Millisecond)
	assert.Equal(t, 200, post(r, example, sign(t, 0, []byte(example))).Code)
	close(store.release)
	for range n {
		assert.Equal(t, 401, <-answers)
	}
	assert.EqualValues(t, heavyAtOnce, store.most.Load())
	assert.Len(t, store.list, n+1)

	store = &slowStore{memory: newMemory(), release: make(chan struct{})}
	r, _ = newReceiver(t, func(o *Options) { o.Store, o.StoreTimeout = store, 50*time.Millisecond })
	for range heavyAtOnce {
		go func() { answers <- post(r, strings.Repeat("[", smallBody+1), "").Code }()
	}
	require.Eventually(t, func() bool { return store.now.Load() == heavyAtOnce }, 10*time.Second, time.Millisecond)
	late := post(r, strings.Repeat("[", smallBody+1), "")
	assert.Equal(t, 503, late.Code)
	assert.NotEmpty(t, late.Header().Get("Retry-After"))
	assert.EqualValues(t, 1, r.Status().NotStored)
	close(store.release)
	for range heavyAtOnce {
		assert.Equal(t, 401, <-answers)
	}
}

func TestMany(t *testing.T) {
	r, m := newReceiver(t)
	const n = 2000
	var wg sync.WaitGroup
	next := make(chan int)
	for range 32 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := range next {
				body := fmt.Sprintf(`{"type":"x","session":{"id":"ps_%d"}}`, i)
				w := post(r, body, "bad")
				assert.Equal(t, 401, w.Code)
			}
		}()
	}
	for i := range n {
		next <- i
	}
	close(next)
	wg.Wait()
	ids := map[string]bool{}
	for _, got := range m.list {
		ids[string(got.Body)] = true
	}
	assert.Len(t, ids, n)
	assert.Empty(t, r.slots)
	assert.Empty(t, r.causes)
}

// TestOpenSSL takes a notification that openssl signed.
func TestOpenSSL(t *testing.T) {
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("openssl is not installed")
	}
	file := filepath.Join(t.TempDir(), "pike.pem")
	require.NoError(t, keys.WritePrivateFile(file, testKeys()[0]))
	body := filepath.Join(t.TempDir(), "body")
	require.NoError(t, os.WriteFile(body, []byte(example), 0o600))
	out, err := exec.Command("sh", "-c", `openssl dgst -sha256 -sign "$0" "$1" | openssl base64 -A`, file, body).Output()
	require.NoError(t, err)
	r, m := newReceiver(t)
	assert.Equal(t, 200, post(r, example, string(out)).Code)
	assert.Equal(t, Verified, m.last().Badge)
}

func FuzzReceiver(f *testing.F) {
	f.Add(example, "", true)
	f.Add("{}", "x", false)
	f.Add(`{"type":1,"session":[]}`, "", true)
	f.Add(`{"type":"x","session":{"id":"a","updated_at":"never","payments":{}}}`, "", true)
	r, m := newReceiver(f)
	f.Fuzz(func(t *testing.T, body, signature string, good bool) {
		if good {
			signature = sign(t, 0, []byte(body))
		}
		w := post(r, body, signature)
		require.Contains(t, []int{200, 401}, w.Code)
		require.Equal(t, good, w.Code == 200)
		require.Equal(t, body, string(m.last().Body))
		m.mu.Lock()
		m.list = m.list[:0]
		m.mu.Unlock()
	})
}
