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

	"github.com/charmbracelet/x/ansi"
	"github.com/muesli/termenv"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"pikedash/keys"
	"pikedash/pikeapi"
	"pikedash/pikeapi/journal"
	"pikedash/ui/keymap"
	"pikedash/ui/page"
	"pikedash/ui/theme"
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
	*kit
	pike *pike
	j    *journal.Journal
	env  *pikeapi.Environment
	c    *pikeapi.Client
}

func newScene(t *testing.T) *scene {
	key, err := rsa.GenerateKey(rand.Reader, keys.MinBits)
	require.NoError(t, err)
	signer, err := keys.NewSigner(key, "test key")
	require.NoError(t, err)
	j, err := journal.Open(context.Background(), t.TempDir(), "sandbox", journal.Options{Tick: make(chan time.Time)})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, j.Close()) })
	s := &scene{pike: newPike(t), j: j, c: pikeapi.NewClient(pikeapi.Options{})}
	s.env = &pikeapi.Environment{Name: "sandbox", Kind: pikeapi.Sandbox, Project: "shop", Version: pikeapi.V2, Epoch: 1, BaseURL: s.pike.URL, Signer: signer, Recorder: j}
	place := page.NewPlace(&page.Desk{Env: s.env, Journal: j, Client: s.c, Lock: s.c.Lock()})
	s.kit = &kit{t: t, keys: keymap.New(), now: time.Now()}
	s.Model = New(&page.Deps{
		Theme: theme.New(theme.Options{Profile: termenv.Ascii}), Keys: s.keys, Now: time.Now, Desk: place, Stamps: page.NewStamps(place),
	})
	s.SetSize(100, 24)
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
	p, err := s.c.Prepare(context.Background(), s.env, pikeapi.Call{Method: pikeapi.MethodInitPayout, Body: []byte(body)})
	require.NoError(s.t, err)
	require.Equal(s.t, pikeapi.Unknown, s.c.Send(context.Background(), p, pikeapi.Permit{}).Outcome)
	s.pike.say(func() { s.pike.lose = false })
	s.run(s.Init())
}

// again presses the key for the same bytes and says yes.
func (s *scene) again() {
	s.press(s.keys.Unknown.Resend)
	dialog, ok := last[page.Ask](s.kit).Dialog.(*widget.Confirm)
	require.True(s.t, ok)
	s.run(dialog.Then)
}

func TestTheSameBytesSettleIt(t *testing.T) {
	s := newScene(t)
	s.lost()
	assert.Contains(t, s.View(), "150.00 EUR to Jane Roe, visa 424242··4242")
	s.again()
	assert.Contains(t, last[page.Notice](s.kit).Text, "the request is accepted now")
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
		note := last[page.Notice](s.kit)
		assert.GreaterOrEqual(t, note.Level, page.Warning, code)
		assert.Contains(t, note.Text, c.next, code)
		assert.Contains(t, strings.Join(strings.Fields(s.View()), " "), c.next, code)
		assert.Equal(t, c.open, s.Help()[1].Off == "", "%s: %s", code, s.Help()[1].Off)
	}
}

func TestResolvedByHandIsSettled(t *testing.T) {
	s := newScene(t)
	s.lost()
	s.press(s.keys.Unknown.Resolve)
	dialog, ok := last[page.Ask](s.kit).Dialog.(*widget.Prompt)
	require.True(t, ok)
	s.run(dialog.Then("seen at Pike, ticket 77"))
	assert.Contains(t, last[page.Notice](s.kit).Text, "the request is resolved now")
	rows, err := s.j.Intents(context.Background(), journal.Query{}, nil, journal.Forward, 5)
	require.NoError(t, err)
	require.Len(t, rows, 1)
	assert.Equal(t, "seen at Pike, ticket 77", rows[0].Note)
}

// An answer that belongs to the environment before the switch is never shown as one of this.
func TestAnAnswerAfterTheSwitchIsStale(t *testing.T) {
	s := newScene(t)
	s.lost()
	cmd := ready(s.Model.store, s.desk, s.deps.Stamps.Now(), *s.current())
	s.deps.Desk.Set(&page.Desk{Env: &pikeapi.Environment{Name: "demo", Kind: pikeapi.Demo, Epoch: 2}, Journal: s.j})
	msg, ok := cmd().(page.Stamped)
	require.True(t, ok)
	fresh, foreign := s.deps.Stamps.Fresh(msg.Answers())
	assert.False(t, fresh)
	assert.True(t, foreign)
}

func TestHostileTextAtAnySize(t *testing.T) {
	k := newKit(t, pikeapi.Demo, termenv.ANSI256)
	for _, evil := range []string{"\x1b]52;c;eA==\x07", "王小明 e\u0301\u0301 \u202e\x9b31m", "\x00\xff\r\n\t", strings.Repeat("長い", 200)} {
		k.store.rows = append(k.store.rows, journal.IntentRow{
			ID: int64(len(k.store.rows) + 10), OperationID: evil, State: journal.StateUnknown, Method: evil, Project: evil, SessionID: evil, Recipient: evil,
			Target: evil, IdempotencyKey: evil, Reason: evil, ErrorCode: evil, HTTPStatus: 500, Attempts: 2, Created: k.now, TakesKey: true, HasBody: true,
		})
	}
	k.run(k.Update(page.JournalChanged{}))
	rapid.Check(t, func(r *rapid.T) {
		w, h := rapid.IntRange(0, 240).Draw(r, "w"), rapid.IntRange(0, 70).Draw(r, "h")
		k.SetSize(w, h)
		k.press(rapid.SampledFrom([]keymap.Binding{k.keys.Move.Down, k.keys.Move.Up, k.keys.Move.Bottom}).Draw(r, "key"))
		if w == 0 || h == 0 {
			return
		}
		lines := strings.Split(k.View(), "\n")
		require.Len(r, lines, h)
		for _, l := range lines {
			require.Equal(r, w, ansi.StringWidth(l), "%q", l)
			for _, c := range ansi.Strip(l) {
				require.False(r, c < 0x20 || c >= 0x7f && c < 0xa0 || c == 0x202e, "%q", l)
			}
		}
	})
}
