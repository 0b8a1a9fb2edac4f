package sandbox

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// hook is a notification that the partner received.
type hook struct {
	kind, id string
	body     []byte
	sign     string
	header   http.Header
	v        map[string]any
	state    state
	at       time.Time
}

// hooks is the partner's side of the notifications.
type hooks struct {
	url    string
	mu     sync.Mutex
	list   []hook
	answer func(n int) int // HTTP status for the n-th notification, from 1
	now    func() time.Time
}

func newHooks(t testing.TB) *hooks {
	h := &hooks{}
	web := httptest.NewServer(h)
	t.Cleanup(web.Close)
	h.url = web.URL + "/notify"
	return h
}

func (h *hooks) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	x := hook{body: body, sign: r.Header.Get("X-PARTNER-SIGN"), header: r.Header}
	_ = json.Unmarshal(body, &x.v)
	x.kind, _ = x.v["type"].(string)
	x.id, _ = dig(x.v, "session.id").(string)
	x.state = readState(x.v["session"])
	h.mu.Lock()
	if h.now != nil {
		x.at = h.now()
	}
	h.list = append(h.list, x)
	status := http.StatusOK
	if h.answer != nil {
		status = h.answer(len(h.list))
	}
	h.mu.Unlock()
	w.WriteHeader(status)
}

func (h *hooks) all() []hook {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]hook(nil), h.list...)
}

// kinds lists what was received, in order.
func (h *hooks) kinds() []string {
	kinds := []string{}
	for _, x := range h.all() {
		kinds = append(kinds, x.kind)
	}
	return kinds
}

// last returns the newest notification and checks its signature with plain crypto/rsa.
func (b *box) lastHook(kind string) hook {
	b.t.Helper()
	list := b.hooks.all()
	require.NotEmpty(b.t, list, "no notification came")
	x := list[len(list)-1]
	require.Equal(b.t, kind, x.kind)
	b.verify(x)
	return x
}

func (b *box) verify(x hook) {
	b.t.Helper()
	raw, err := base64.StdEncoding.DecodeString(x.sign)
	require.NoError(b.t, err)
	sum := sha256.Sum256(x.body)
	require.NoError(b.t, rsa.VerifyPKCS1v15(b.s.PublicKey(), crypto.SHA256, sum[:], raw))
}
