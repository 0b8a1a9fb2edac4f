package sandbox

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"pikedash/keys"
	"pikedash/pikeapi"
)

// The client of these tests is written from Pike's documentation with net/http and crypto/rsa alone:
// it shares nothing with pikeapi.

// testKeys are made once: making an RSA key takes a while.
var testKeys = sync.OnceValue(func() [3]*rsa.PrivateKey {
	var made [3]*rsa.PrivateKey
	for i := range made {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}
		made[i] = key
	}
	return made
})

func partnerKey() *rsa.PrivateKey  { return testKeys()[0] }
func strangeKey() *rsa.PrivateKey  { return testKeys()[1] }
func pikeTestKey() *rsa.PrivateKey { return testKeys()[2] }

func sign(t testing.TB, key *rsa.PrivateKey, body []byte) string {
	sum := sha256.Sum256(body)
	raw, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, sum[:])
	require.NoError(t, err)
	return base64.StdEncoding.EncodeToString(raw)
}

var startTime = time.Date(2025, 1, 15, 10, 0, 0, 0, time.UTC)

// box is a sandbox under test, on a clock that the test moves, with a partner who listens.
type box struct {
	t     testing.TB
	s     *Server
	clock *ManualClock
	url   string
	hooks *hooks
}

func testConfig(clock *ManualClock) Config {
	return Config{
		Project: "shop", PartnerKeys: keys.Ring{{Name: "shop key", Role: keys.RoleOwn, Public: &partnerKey().PublicKey}},
		PikeKey: pikeTestKey(), Clock: clock, Control: true,
	}
}

func newBox(t testing.TB, change ...func(*Config)) *box {
	t.Helper()
	h := newHooks(t)
	clock := NewManualClock(startTime)
	cfg := testConfig(clock)
	cfg.WebhookURL = h.url
	for _, c := range change {
		c(&cfg)
	}
	return openBox(t, cfg, h, clock)
}

func openBox(t testing.TB, cfg Config, h *hooks, clock *ManualClock) *box {
	t.Helper()
	s, err := New(cfg)
	require.NoError(t, err)
	web := httptest.NewServer(s)
	t.Cleanup(func() {
		// The server first: it ends slow answers, for which the other would wait.
		assert.NoError(t, s.Close())
		web.Close()
	})
	return &box{t: t, s: s, clock: clock, url: web.URL, hooks: h}
}

// reply is an answer of the sandbox.
type reply struct {
	t      testing.TB
	status int
	raw    []byte
	header http.Header
	v      map[string]any
}

// send is the raw client: it signs the exact bytes and posts them.
func (b *box) send(path string, body []byte, change ...func(*http.Request)) (*reply, error) {
	req, err := http.NewRequest(http.MethodPost, b.url+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-PARTNER-PROJECT", "shop")
	req.Header.Set("X-PARTNER-SIGN", sign(b.t, partnerKey(), body))
	for _, c := range change {
		c(req)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	r := &reply{t: b.t, status: resp.StatusCode, raw: raw, header: resp.Header}
	if err != nil {
		return r, err
	}
	_ = json.Unmarshal(raw, &r.v)
	return r, nil
}

func (b *box) call(v int, method, body string, change ...func(*http.Request)) *reply {
	b.t.Helper()
	r, err := b.send(fmt.Sprintf("/api/v%d/%s", v, method), []byte(body), change...)
	require.NoError(b.t, err)
	return r
}

// ok is call for an answer that must be good.
func (b *box) ok(v int, method, body string, change ...func(*http.Request)) *reply {
	b.t.Helper()
	r := b.call(v, method, body, change...)
	require.Equalf(b.t, 200, r.status, "%s answered %s", method, r.raw)
	require.Equal(b.t, "ok", r.v["status"], string(r.raw))
	return r
}

// refused is call for an answer that must be a refusal with this code.
func (b *box) refused(code string, v int, method, body string, change ...func(*http.Request)) *reply {
	b.t.Helper()
	r := b.call(v, method, body, change...)
	require.Equalf(b.t, code, r.text("error.code"), "%s answered %d %s", method, r.status, r.raw)
	require.Equal(b.t, "error", r.v["status"])
	require.NotEmpty(b.t, r.text("error.description"))
	return r
}

func withKey(key string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set("X-PARTNER-IDEMPOTENCY-KEY", key) }
}

func header(name, value string) func(*http.Request) {
	return func(r *http.Request) {
		r.Header.Del(name)
		if value != "" {
			r.Header.Set(name, value)
		}
	}
}

// get reads a path such as session.payout_list.0.status.
func (r *reply) get(path string) any { return dig(r.v, path) }

func (r *reply) text(path string) string {
	s, _ := r.get(path).(string)
	return s
}

func dig(v any, path string) any {
	for _, name := range strings.Split(path, ".") {
		switch x := v.(type) {
		case map[string]any:
			v = x[name]
		case []any:
			i := 0
			if _, err := fmt.Sscan(name, &i); err != nil || i >= len(x) {
				return nil
			}
			v = x[i]
		default:
			return nil
		}
	}
	return v
}

// listName is the name of the operations in a version.
func listName(v int, payout bool) string {
	switch {
	case v == 1 && payout:
		return "payments"
	case v == 1:
		return "acquiring_payments"
	case payout:
		return "payout_list"
	}
	return "payment_list"
}

func target(v int) string {
	if v == 1 {
		return "payment_method"
	}
	return "payout_details"
}

const (
	goodCard     = "4242424242424242"
	payerCard    = "4000000000003220"
	declinedCard = "4000000000000002"
	poorCard     = "4000000000009995"
	expiredCard  = "4000000000000069"
	faultyCard   = "4000000000000119"
	stuckCard    = "4000000000000101"
)

func payoutBody(v int, card string, amount int64) string {
	return fmt.Sprintf(`{"%s":{"type":"card","card":{"type":"bank_card","bank_card":{"number":"%s"}}},`+
		`"amount_details":{"amount":%d,"currency":"eur"},"participant_details":{"recipient":{"full_name":"Jane Roe"}},"metadata":"order-1"}`, target(v), card, amount)
}

func paymentBody(card string, amount int64, options string) string {
	if options == "" {
		options = `{"return_url":"https://shop.example/back"}`
	}
	return fmt.Sprintf(`{"payment_details":{"type":"card","card":{"type":"bank_card","bank_card":{"number":"%s","expiration_month":"07","expiration_year":"29","security_code":"321"}}},`+
		`"amount_details":{"amount":%d,"currency":"eur"},"customer":{"reference":"buyer-77"},"payment_options":%s,"metadata":{"order":9001}}`, card, amount, options)
}

func sessionBody(id string) string { return fmt.Sprintf(`{"session_id":%q}`, id) }

// payout starts a payout and returns its session.
func (b *box) payout(v int, card string, amount int64) string {
	b.t.Helper()
	return b.ok(v, "session/init/payout", payoutBody(v, card, amount)).text("session.id")
}

func (b *box) payment(v int, card string, amount int64, options string) string {
	b.t.Helper()
	return b.ok(v, "session/init/payment", paymentBody(card, amount, options)).text("session.id")
}

// op is the operation of a session as session/status tells it.
type state struct {
	session, item, next, code string
	v                         map[string]any // the operation
	s                         map[string]any // the session
}

func (b *box) state(id string) state {
	b.t.Helper()
	return readState(b.ok(2, "session/status", sessionBody(id)).v["session"])
}

func readState(session any) state {
	s, _ := session.(map[string]any)
	out := state{s: s}
	out.session, _ = s["status"].(string)
	out.next, _ = s["next_action"].(string)
	for _, name := range []string{"payout_list", "payment_list", "payments", "acquiring_payments"} {
		if item, ok := dig(s, name+".0").(map[string]any); ok {
			out.v = item
			out.item, _ = item["status"].(string)
			out.code, _ = dig(item, "error.code").(string)
		}
	}
	return out
}

func (b *box) is(id, session, item, next, code string) state {
	b.t.Helper()
	got := b.state(id)
	require.Equal(b.t, [4]string{session, item, next, code}, [4]string{got.session, got.item, got.next, got.code})
	// 5.2, 5.3: an operation says when it ended, well or badly, and only then.
	if item != "" {
		_, ended := got.v["finished_at"].(string)
		require.Equal(b.t, item == statusSucceeded || item == statusFailed, ended, "finished_at of an operation that is %s", item)
	}
	return got
}

// advance moves the clock; what falls due has happened and was delivered.
func (b *box) advance(d time.Duration) {
	b.t.Helper()
	require.NoError(b.t, b.s.Advance(context.Background(), d))
}

// ready brings a session to ready_to_confirm, and settled lets it be processed.
func (b *box) ready()   { b.t.Helper(); b.advance(300 * time.Millisecond) }
func (b *box) process() { b.t.Helper(); b.advance(500 * time.Millisecond) }

// confirmed brings a new session past its confirmation and processing.
func (b *box) confirmed(v int, id string) {
	b.t.Helper()
	b.ready()
	b.ok(v, "session/confirm", sessionBody(id))
	b.process()
}

func (b *box) balance(currency string) int64 {
	b.t.Helper()
	r := b.ok(1, "wallet/balance", `{"request_datetime":"2025-01-15T12:00:00+03:00"}`)
	for i := range 9 {
		if r.text(fmt.Sprintf("wallets.%d.amount_details.currency", i)) == currency {
			return int64(r.get(fmt.Sprintf("wallets.%d.amount_details.amount", i)).(float64))
		}
	}
	return -1
}

func (b *box) act(id string, a Act) *SessionState {
	b.t.Helper()
	s, err := b.s.Controls().Act(context.Background(), ActRequest{Session: id, Act: a})
	require.NoError(b.t, err)
	return s
}

func (b *box) fault(f Fault) {
	b.t.Helper()
	_, err := b.s.Controls().AddFault(context.Background(), f)
	require.NoError(b.t, err)
}

func both(t *testing.T, test func(t *testing.T, v int)) {
	for _, v := range []pikeapi.Version{pikeapi.V1, pikeapi.V2} {
		t.Run(v.String(), func(t *testing.T) { test(t, int(v)) })
	}
}

func readAll(t testing.TB, resp *http.Response) string {
	t.Helper()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	return string(body)
}

// How long tests wait for what happens in another goroutine, in real time.
const (
	waitFor = 10 * time.Second
	tick    = 2 * time.Millisecond
)
