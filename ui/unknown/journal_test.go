package unknown

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"pikedash/keys"
	"pikedash/pikeapi"
	"pikedash/pikeapi/journal"
	"pikedash/ui/keymap"
	"pikedash/ui/page"
	"pikedash/ui/uitest/kit"
	"pikedash/ui/widget"
)

// pike is a server that can lose its answers, or answer what a test wants.
type pike struct {
	*httptest.Server
	mu     sync.Mutex
	lose   bool
	answer string
	status int
	bodies []string
	keys   []string
}

const took = `{"status":"ok","session":{"id":"ps_1","status":"in_progress","created_at":"2026-11-20T11:00:00.000000Z","updated_at":"2026-11-20T11:00:00.000000Z","payout_list":[{"id":"po_1","status":"in_progress","created_at":"2026-11-20T11:00:00.000000Z","amount_details":{"amount":15000,"currency":"eur"}}]}}`

func newPike(t *testing.T) *pike {
	p := &pike{answer: took, status: http.StatusOK}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		defer p.mu.Unlock()
		body, err := io.ReadAll(r.Body)
		assert.NoError(t, err)
		p.bodies, p.keys = append(p.bodies, string(body)), append(p.keys, r.Header.Get("X-PARTNER-IDEMPOTENCY-KEY"))
		if p.lose {
			panic(http.ErrAbortHandler) // the work is done, the answer is lost
		}
		w.WriteHeader(p.status)
		_, err = io.WriteString(w, p.answer)
		assert.NoError(t, err)
	}))
	t.Cleanup(p.Close)
	return p
}

// scene is the screen over a real journal, a real client and a server.
type scene struct {
	*kit.Kit[*Model]
	*Model
	pike *pike
	c    *pikeapi.Client
}

func newScene(t *testing.T) *scene {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, keys.MinBits)
	require.NoError(t, err)
	signer, err := keys.NewSigner(key, "test key")
	require.NoError(t, err)
	s := &scene{pike: newPike(t)}
	s.c = pikeapi.NewClient(pikeapi.Options{Now: func() time.Time { return s.Time }})
	s.Kit = kit.New(t, New, kit.Options{W: 100, H: 24, Desk: func(d *page.Desk) {
		d.Client, d.Lock = s.c, s.c.Lock()
		d.Env.BaseURL, d.Env.Signer, d.Env.Recorder = s.pike.URL, signer, d.Journal
	}})
	s.Model = s.M
	return s
}

// say changes what the server does from now on.
func (p *pike) say(change func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change()
}

// lost sends a payout whose answer is lost.
func (s *scene) lost() {
	s.pike.say(func() { s.pike.lose = true })
	body := `{"payout_details":{"type":"card","card":{"type":"bank_card","bank_card":{"number":"4242424242424242"}}},"amount_details":{"amount":15000,"currency":"eur"},"participant_details":{"recipient":{"full_name":"Jane Roe"}}}`
	p, err := s.c.Prepare(context.Background(), s.Env(), pikeapi.Call{Method: pikeapi.MethodInitPayout, Body: []byte(body)})
	require.NoError(s.T, err)
	require.Equal(s.T, pikeapi.Unknown, s.c.Send(context.Background(), p, pikeapi.Permit{}).Outcome)
	s.pike.say(func() { s.pike.lose = false })
	s.Time = s.Time.Add(time.Minute)
	s.Changed()
}

// again presses the key for the same bytes and says yes.
func (s *scene) again() {
	s.Press(s.Keys.Unknown.Resend)
	dialog := kit.DialogOf[*widget.Confirm](s.Kit)
	s.Run(dialog.Then)
}

func TestTheSameBytesSettleIt(t *testing.T) {
	s := newScene(t)
	s.lost()
	assert.Contains(t, s.View(), "150.00 EUR to Jane Roe, visa 424242··4242")
	s.again()
	assert.Contains(t, kit.Last[page.Notice](s.Kit).Text, "the request is accepted now")
	assert.Contains(t, s.View(), "Every outcome is known.")
	s.pike.say(func() {
		require.Len(t, s.pike.bodies, 2)
		assert.Equal(t, s.pike.bodies[0], s.pike.bodies[1])
		assert.Equal(t, s.pike.keys[0], s.pike.keys[1])
		assert.NotEmpty(t, s.pike.keys[0])
	})
}

func TestARepeatThatPikeRefusesLeavesItUnknown(t *testing.T) {
	for code, c := range map[string]struct {
		next string
		open bool // the same bytes may be sent once more
	}{
		"idempotency_key_already_exists":  {"Wait a minute", true},
		"idempotency_key_params_mismatch": {"Compare the digests", false},
		"idempotency_key_not_supported":   {"nothing protects a repeat", false},
	} {
		s := newScene(t)
		s.lost()
		s.pike.say(func() {
			s.pike.status, s.pike.answer = http.StatusBadRequest, `{"status":"error","error":{"code":"`+code+`","description":"x"}}`
		})
		s.again()
		note := kit.Last[page.Notice](s.Kit)
		assert.GreaterOrEqual(t, note.Level, page.Warning, code)
		assert.Contains(t, note.Text, c.next, code)
		assert.Contains(t, strings.Join(strings.Fields(s.View()), " "), c.next, code)
		assert.Equal(t, c.open, s.Help()[1].Off == "", "%s: %s", code, s.Help()[1].Off)
	}
}

func TestResolvedByHandIsSettled(t *testing.T) {
	s := newScene(t)
	s.lost()
	s.Press(s.Keys.Unknown.Resolve)
	dialog := kit.DialogOf[*widget.Prompt](s.Kit)
	s.Run(dialog.Then("seen at Pike, ticket 77"))
	assert.Contains(t, kit.Last[page.Notice](s.Kit).Text, "the request is resolved now")
	rows, err := s.Journal.Intents(context.Background(), journal.Query{}, nil, journal.Forward, 5)
	require.NoError(t, err)
	require.Len(t, rows, 1)
	assert.Equal(t, "seen at Pike, ticket 77", rows[0].Note)
}

// An answer that belongs to the environment before the switch is never shown as one of this.
func TestAnAnswerAfterTheSwitchIsStale(t *testing.T) {
	s := newScene(t)
	s.lost()
	cmd := ready(s.Model.store, s.desk, s.deps.Stamps.Now(), *s.current())
	s.deps.Desk.Set(&page.Desk{Env: &pikeapi.Environment{Name: "demo", Kind: pikeapi.Demo, Epoch: 2}, Journal: s.Journal})
	msg, ok := cmd().(page.Stamped)
	require.True(t, ok)
	fresh, foreign := s.deps.Stamps.Fresh(msg.Answers())
	assert.False(t, fresh)
	assert.True(t, foreign)
}

func TestHostileTextAtAnySize(t *testing.T) {
	k := newBench(t, kit.Options{Kind: pikeapi.Demo, Colours: true})
	for _, evil := range []string{"\x1b]52;c;eA==\x07", "王小明 e\u0301\u0301 \u202e\x9b31m", "\x00\xff\r\n\t", strings.Repeat("長い", 200)} {
		k.store.rows = append(k.store.rows, journal.IntentRow{
			ID: int64(len(k.store.rows) + 10), OperationID: evil, State: journal.StateUnknown, Method: evil, Project: evil, SessionID: evil, Recipient: evil,
			Target: evil, IdempotencyKey: evil, Reason: evil, ErrorCode: evil, HTTPStatus: 500, Attempts: 2, Created: kit.Noon(), TakesKey: true, HasBody: true,
		})
	}
	k.Changed()
	rapid.Check(t, func(r *rapid.T) {
		w, h := rapid.IntRange(0, 240).Draw(r, "w"), rapid.IntRange(0, 70).Draw(r, "h")
		k.SetSize(w, h)
		k.Press(rapid.SampledFrom([]keymap.Binding{k.Keys.Move.Down, k.Keys.Move.Up, k.Keys.Move.Bottom}).Draw(r, "key"))
		kit.Exact(r, k.View(), w, h)
	})
}
