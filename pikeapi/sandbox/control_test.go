package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"pikedash/keys"
	"pikedash/pikeapi"
)

// TestControlIsLocal: the test controls are closed to other machines, other names and other origins.
func TestControlIsLocal(t *testing.T) {
	b := newBox(t)
	try := func(change func(*http.Request)) int {
		r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1:8131/_sandbox/options", strings.NewReader(`{}`))
		r.RemoteAddr = "127.0.0.1:40000"
		r.Header.Set("Content-Type", "application/json")
		change(r)
		w := httptest.NewRecorder()
		b.s.ServeHTTP(w, r)
		return w.Code
	}
	assert.Equal(t, 200, try(func(*http.Request) {}))
	assert.Equal(t, 200, try(func(r *http.Request) { r.Host = "localhost" }))
	assert.Equal(t, 200, try(func(r *http.Request) { r.Header.Set("Origin", "http://127.0.0.1:8131") }))
	for name, change := range map[string]func(*http.Request){
		"another machine":  func(r *http.Request) { r.RemoteAddr = "192.0.2.7:40000" },
		"no address":       func(r *http.Request) { r.RemoteAddr = "" },
		"rebound name":     func(r *http.Request) { r.Host = "evil.example" },
		"another origin":   func(r *http.Request) { r.Header.Set("Origin", "http://evil.example") },
		"opaque origin":    func(r *http.Request) { r.Header.Set("Origin", "null") },
		"cross-site fetch": func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") },
		"a plain form":     func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") },
	} {
		assert.Equal(t, 403, try(change), name)
	}
}

func TestControlCanBeOff(t *testing.T) {
	b := newBox(t, func(c *Config) { c.Control = false })
	r, err := b.send("/_sandbox/state", nil)
	require.NoError(t, err)
	assert.Equal(t, 404, r.status)
	assert.Equal(t, "invalid_request", r.text("error.code"))
}

// TestControlOverTheWire uses the client against a listening sandbox.
func TestControlOverTheWire(t *testing.T) {
	b := newBox(t)
	ctx := context.Background()
	c := NewControl(b.url, nil)
	id := b.payout(2, goodCard, 100)
	s, err := c.Session(ctx, id)
	require.NoError(t, err)
	assert.Equal(t, "in_progress", s.Status)
	assert.Equal(t, "ready", s.Step)
	assert.Contains(t, string(s.Raw), "payout_list")
	_, err = c.Session(ctx, "ps_0")
	var refused *ControlError
	require.ErrorAs(t, err, &refused)
	assert.Equal(t, 400, refused.Status)

	s, err = c.Advance(ctx, id, "succeeded")
	require.NoError(t, err)
	assert.Equal(t, "accepted", s.Status)
	require.NoError(t, c.Settle(ctx))
	assert.Equal(t, []string{"ready_to_confirm", "payment_finished"}, b.hooks.kinds())

	state, err := c.State(ctx)
	require.NoError(t, err)
	require.Len(t, state.Deliveries, 2)
	body, err := c.DeliveryBody(ctx, state.Deliveries[0].ID)
	require.NoError(t, err)
	assert.Equal(t, b.hooks.all()[1].body, body)
	require.NoError(t, c.Redeliver(ctx, state.Deliveries[1].ID))
	require.NoError(t, c.Settle(ctx))
	assert.Equal(t, []string{"ready_to_confirm", "payment_finished", "ready_to_confirm"}, b.hooks.kinds())

	pub, err := c.PikeKey(ctx)
	require.NoError(t, err)
	assert.Equal(t, b.s.PublicKey(), pub)
	require.NoError(t, c.RotateKey(ctx))
	assert.NotEqual(t, pub, b.s.PublicKey())

	require.NoError(t, c.Reset(ctx))
	state, err = c.State(ctx)
	require.NoError(t, err)
	assert.Empty(t, state.Sessions)
	assert.Empty(t, state.Deliveries)
	assert.EqualValues(t, 100_000_000, state.Projects[0].Wallets[0].Balance)
	assert.NotEqual(t, id, b.payout(2, goodCard, 100), "a new session never gets an old number")
}

func TestControlMistakes(t *testing.T) {
	b := newBox(t)
	for _, call := range [][3]string{
		{"POST", "nonsense", `{}`}, {"GET", "act", ``}, {"POST", "act", `{"session":"ps_1","act":"chargeback"}`}, {"POST", "act", `not json`},
		{"POST", "act", `{"unknown":1}`}, {"POST", "clock", `{"move":"soon"}`}, {"POST", "clock", `{"move":"-1s"}`}, {"POST", "advance", `{"session":"x","to":"heaven"}`},
		{"DELETE", "faults?id=x", ``}, {"POST", "redeliver", `{"id":99}`}, {"GET", "delivery?id=99", ``}, {"POST", "options", `{"webhook_url":"ftp://x"}`},
		{"POST", "options?project=nope", `{}`}, {"POST", "use", `{"public_token":"x","number":"4242424242424242"}`}, {"POST", "faults", `{"kind":"x"}`},
	} {
		r, err := http.NewRequest(call[0], b.url+controlPath+call[1], bytes.NewReader([]byte(call[2])))
		require.NoError(t, err)
		r.Header.Set("Content-Type", "application/json")
		resp, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		text := readAll(t, resp)
		assert.GreaterOrEqual(t, resp.StatusCode, 400, call)
		var out map[string]string
		require.NoError(t, json.Unmarshal([]byte(text), &out), text)
		assert.NotEmpty(t, out["error"])
	}
	id := b.payout(2, goodCard, 1)
	for _, a := range []Act{ActPayerOK, ActPayerFail, ActChargeback, ActReturnPayout, ActFinalizeOK, "nonsense"} {
		_, err := b.s.Controls().Act(context.Background(), ActRequest{Session: id, Act: a})
		assert.Error(t, err, a)
	}
	_, err := b.s.Controls().Act(context.Background(), ActRequest{Session: id, Act: ActFail, Code: "made_up"})
	assert.Error(t, err)
}

// TestAdvance brings new sessions to every state.
func TestAdvance(t *testing.T) {
	b := newBox(t)
	ctx := context.Background()
	for _, to := range AdvanceTargets() {
		b.options(func(o *Options) { o.Hold = to == "ready_to_capture" })
		card := goodCard
		if to == "action_required" {
			card = payerCard
		}
		id := b.payment(2, card, 100, "")
		s, err := b.s.Controls().Advance(ctx, id, to)
		require.NoError(t, err, to)
		got := b.state(id)
		switch to {
		case "ready_to_confirm", "ready_to_capture":
			assert.Equal(t, strings.TrimPrefix(to, "ready_to_"), got.next)
		case "action_required":
			assert.Contains(t, s.PayerURL, "/_3ds?tx=")
		case "cancelled":
			assert.Equal(t, "cancelled", got.session)
			assert.Equal(t, "session_cancelled_by_partner", got.code)
		case "error":
			assert.Equal(t, "error", got.session)
		default:
			assert.Equal(t, to, got.item)
		}
	}
	stuck := b.payout(2, stuckCard, 100)
	_, err := b.s.Controls().Advance(ctx, stuck, "succeeded")
	require.NoError(t, err)
	_, err = b.s.Controls().Advance(ctx, stuck, "ready_to_confirm")
	require.Error(t, err)
}

func TestOptionsAtRunTime(t *testing.T) {
	b := newBox(t)
	b.options(func(o *Options) { o.AutoConfirm, o.Strict, o.WebhookVersion = true, true, pikeapi.V1 })
	b.refused("invalid_request", 2, "session/create", `{"unknown":1}`)
	id := b.payout(2, goodCard, 100)
	b.advance(time.Second)
	b.is(id, "accepted", "succeeded", "", "")
	assert.NotNil(t, b.lastHook("payment_finished").state.s["payments"])
}

func TestFinalizeFail(t *testing.T) {
	b := newBox(t)
	before := b.balance("eur")
	id := b.payout(2, faultyCard, 100)
	b.confirmed(2, id)
	b.is(id, "error", "failed", "", providerFault)
	assert.Equal(t, before-100, b.balance("eur"), "while the outcome is unknown the amount stays reserved")
	b.act(id, ActFinalizeFail)
	b.is(id, "cancelled", "failed", "", providerFault)
	assert.Equal(t, before, b.balance("eur"))
}

func TestSeveralKeysAndProjects(t *testing.T) {
	strange := keys.Known{Name: "second", Role: keys.RoleOwn, Public: &strangeKey().PublicKey}
	b := newBox(t, func(c *Config) {
		c.PartnerKeys = append(c.PartnerKeys, strange)
		c.Projects = []Project{{Name: "other", Keys: keys.Ring{strange}}}
	})
	second := header("X-PARTNER-SIGN", sign(t, strangeKey(), []byte(`{}`)))
	b.ok(2, "session/create", `{}`)
	b.ok(2, "session/create", `{}`, second)
	b.ok(2, "session/create", `{}`, second, header("X-PARTNER-PROJECT", "other"))
	b.refused("authentication_error", 2, "session/create", `{}`, header("X-PARTNER-PROJECT", "other"))
	retired := newBox(t, func(c *Config) {
		c.PartnerKeys = append(c.PartnerKeys, keys.Known{Name: "old", Role: keys.RoleRetired, Public: &strangeKey().PublicKey})
	})
	retired.refused("authentication_error", 2, "session/create", `{}`, second)
}

func TestWrongConfigIsRefused(t *testing.T) {
	good := testConfig(NewManualClock(startTime))
	for name, change := range map[string]func(*Config){
		"no project":      func(c *Config) { c.Project = "" },
		"no key":          func(c *Config) { c.PartnerKeys = nil },
		"only old keys":   func(c *Config) { c.PartnerKeys = keys.Ring{{Role: keys.RoleRetired, Public: &partnerKey().PublicKey}} },
		"twice":           func(c *Config) { c.Projects = []Project{{Name: "shop", Keys: c.PartnerKeys}} },
		"bad address":     func(c *Config) { c.WebhookURL = "nonsense" },
		"bad fault":       func(c *Config) { c.Faults = []Fault{{Kind: "x"}} },
		"wallets twice":   func(c *Config) { c.Wallets = []Wallet{{"eur", 1}, {"EUR", 2}} },
		"no currency":     func(c *Config) { c.Wallets = []Wallet{{"euro", 1}} },
		"debts":           func(c *Config) { c.Wallets = []Wallet{{"eur", -1}} },
		"backwards speed": func(c *Config) { c.Speed = -1 },
		"no speed at all": func(c *Config) { c.Speed = math.NaN() },
		"infinite speed":  func(c *Config) { c.Speed = math.Inf(1) },
		"standing still":  func(c *Config) { c.Speed = 1e-9 },
	} {
		cfg := good
		change(&cfg)
		_, err := New(cfg)
		assert.Error(t, err, name)
	}
}
