package sandbox

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func testErrorStatus(t *testing.T) {
	noSign := header("X-PARTNER-SIGN", "")
	noProject := header("X-PARTNER-PROJECT", "")
	b := newBox(t)
	assert.Equal(t, 400, b.call(2, "session/create", `{}`, noSign).status)
	assert.Equal(t, 400, b.call(2, "session/confirm", `{}`).status)
	b = newBox(t, func(c *Config) { c.AuthStatus = true })
	assert.Equal(t, 401, b.call(2, "session/create", `{}`, noSign).status)
	assert.Equal(t, 401, b.call(2, "session/create", `{}`, noProject).status)
	assert.Equal(t, 403, b.call(2, "session/chargeback", `{}`).status)
	assert.Equal(t, 400, b.call(2, "session/confirm", `{}`).status)
	b = newBox(t, func(c *Config) { c.ErrorsAs200 = true })
	r := b.refused("invalid_request", 2, "session/confirm", `{}`)
	assert.Equal(t, 200, r.status)
	assert.ElementsMatch(t, []string{"status", "error"}, keysOf(r.v))
}

// testOrderOfChecks breaks a request at every check at once and repairs them one by one: each time
// the first that is still broken answers.
func testOrderOfChecks(t *testing.T) {
	b := newBox(t)
	id := b.payout(2, goodCard, 100)
	broken := []byte(`{"session_id":}`)
	wrong := []byte(`{"session_id":7}`)
	right := []byte(sessionBody(id))
	project, unsigned := header("X-PARTNER-PROJECT", "x"), header("X-PARTNER-SIGN", "x")
	for _, step := range []struct {
		code, path string
		body       []byte
		change     []func(*http.Request)
	}{
		{"identification_error", "/api/v3/session/nope", broken, []func(*http.Request){project, unsigned, withKey("k")}},
		{"authentication_error", "/api/v3/session/nope", broken, []func(*http.Request){unsigned, withKey("k")}},
		{"invalid_request", "/api/v3/session/nope", broken, []func(*http.Request){withKey("k")}},
		{"invalid_request", "/api/v2/session/confirm", broken, []func(*http.Request){withKey("k")}},
		{"invalid_request", "/api/v2/session/confirm", wrong, []func(*http.Request){withKey("k")}},
		{"invalid_request", "/api/v2/session/confirm", wrong, nil},
		{"session_wrong_state", "/api/v2/session/confirm", right, nil},
	} {
		r, err := b.send(step.path, step.body, step.change...)
		require.NoError(t, err)
		assert.Equal(t, step.code, r.text("error.code"), string(r.raw))
	}
	key, err := b.send("/api/v2/session/confirm", wrong, withKey("k"))
	require.NoError(t, err)
	assert.Contains(t, key.text("error.description"), "idempotency key", "the key is checked before the parameters")
}

func testOtherProject(t *testing.T) {
	b := newBox(t, func(c *Config) { c.Projects = []Project{{Name: "other", Keys: c.PartnerKeys}} })
	id := b.payout(2, goodCard, 100)
	r := b.refused("invalid_request", 2, "session/status", sessionBody(id), header("X-PARTNER-PROJECT", "other"))
	assert.Contains(t, r.text("error.description"), "session not found")
}

func testPathsAndVerbs(t *testing.T) {
	b := newBox(t)
	for path, want := range map[string]int{"/": 404, "/api/v2/nope": 404, "/api/v3/session/create": 404, "/api/2/session/create": 404, "/api/v2/token": 404, "/api/": 404,
		"//api/v2/session/create": 200, "/api//v2///session/create": 200} {
		r, err := b.send(path, []byte(`{}`))
		require.NoError(t, err)
		assert.Equal(t, want, r.status, path)
		if want == 404 {
			assert.Equal(t, "invalid_request", r.text("error.code"))
		}
	}
	for _, verb := range []string{"GET", "PUT", "DELETE", "PATCH"} {
		r := b.call(2, "session/create", `{}`, func(q *http.Request) { q.Method = verb })
		assert.Equal(t, 405, r.status, verb)
		assert.Equal(t, "POST", r.header.Get("Allow"))
		assert.Equal(t, "invalid_request", r.text("error.code"))
	}
}

func testWhichTakeKeys(t *testing.T) {
	b := newBox(t)
	for name, m := range newMethods() {
		takes := strings.HasPrefix(name, "session/") && name != "session/status"
		assert.Equal(t, takes, m.takesKey, name)
		code := b.call(1, name, `{"x":1}`, withKey("key-"+name)).text("error.code")
		assert.Equal(t, !takes, code == "idempotency_key_not_supported", name)
	}
}

func testReplay(t *testing.T) {
	b := newBox(t)
	body := payoutBody(2, goodCard, 100)
	first := b.ok(2, "session/init/payout", body, withKey("key-1"))
	b.confirmed(2, first.text("session.id"))
	again := b.ok(2, "session/init/payout", body, withKey("key-1"))
	assert.Equal(t, string(first.raw), string(again.raw), "the stored answer, byte for byte")
	assert.Equal(t, first.status, again.status)
	state, err := b.s.Controls().State(context.Background())
	require.NoError(t, err)
	assert.Equal(t, 1, state.SessionsIn, "nothing is done twice")
	assert.EqualValues(t, 100_000_000-100, b.balance("eur"))
}

func testCardID(t *testing.T) {
	b := newBox(t, func(c *Config) { c.Projects = []Project{{Name: "other", Keys: c.PartnerKeys}} })
	id := func(project, body string) string {
		r := b.ok(2, "session/init/payment", body, header("X-PARTNER-PROJECT", project))
		return r.text("session.payment_list.0.payment_details.card.card_id")
	}
	body := paymentBody(goodCard, 1, "")
	a := id("shop", body)
	assert.Regexp(t, `^[0-9a-f]{64}$`, a)
	assert.Equal(t, a, id("shop", body))
	assert.NotEqual(t, a, id("shop", strings.Replace(body, `"07"`, `"08"`, 1)))
	assert.NotEqual(t, a, id("other", body))
}

func testClock(t *testing.T) {
	b := newBox(t)
	ctx := context.Background()
	now, err := b.s.Controls().MoveClock(ctx, 90*time.Minute)
	require.NoError(t, err)
	assert.Equal(t, startTime.Add(90*time.Minute), now)
	_, err = b.s.Controls().MoveClock(ctx, -time.Second)
	require.Error(t, err)
}

func testStrict(t *testing.T) {
	lenient, strict := newBox(t), newBox(t, func(c *Config) { c.Strict = true })
	good := payoutBody(2, goodCard, 1)
	forms := map[string]func(b *box) *reply{
		"unknown key": func(b *box) *reply { return b.call(2, "session/create", `{"unknown":1}`) },
		"unknown nested key": func(b *box) *reply {
			return b.call(2, "session/create", `{"amount_details":{"amount":1,"currency":"eur","x":1}}`)
		},
		"unknown participant": func(b *box) *reply {
			return b.call(2, "session/create", `{"participant_details":{"recipient":{"fullname":"Jane Roe"}}}`)
		},
		"[] for an object":  func(b *box) *reply { return b.call(2, "session/create", `[]`) },
		"nested [] for {}":  func(b *box) *reply { return b.call(2, "session/create", `{"participant_details":[]}`) },
		"empty body":        func(b *box) *reply { return b.call(2, "session/create", ``) },
		"content type":      func(b *box) *reply { return b.call(2, "session/create", `{}`, header("Content-Type", "text/plain")) },
		"doubled slash":     func(b *box) *reply { r, _ := b.send("//api/v2/session/create", []byte(`{}`)); return r },
		"v1 name, v2 start": func(b *box) *reply { return b.startWithV1Name() },
		"missing security code": func(b *box) *reply {
			return b.call(2, "session/init/payment", strings.Replace(paymentBody(goodCard, 1, ""), `,"security_code":"321"`, "", 1))
		},
	}
	for name, form := range forms {
		assert.Equal(t, 200, form(lenient).status, "lenient: %s: %s", name, form(lenient).raw)
		r := form(strict)
		assert.Equal(t, "invalid_request", r.text("error.code"), "strict: %s", name)
		assert.Contains(t, r.text("error.description"), strictWord(name), name)
	}
	strict.ok(2, "session/init/payout", good)
	strict.ok(2, "session/init/payment", paymentBody(goodCard, 1, `{"return_url":"https://shop.example/","recurrent":true,"platform_details":{"type":"desktop"}}`))
}

func strictWord(form string) string {
	if form == "v1 name, v2 start" {
		return "payout_details"
	}
	return "strict mode"
}

func (b *box) startWithV1Name() *reply {
	id := b.ok(2, "session/create", `{}`).text("session.id")
	return b.call(2, "session/start/payout", `{"session_id":"`+id+`",`+payoutBody(1, goodCard, 1)[1:])
}

// testJSONForms: whatever is not exactly one well-formed object is refused, and says where.
func testJSONForms(t *testing.T) {
	b := newBox(t)
	for body, word := range map[string]string{
		`{"metadata":1,"metadata":2}`: "twice",
		`{"a":{"b":1,"b":2}}`:         "twice",
		"{\"a\":1,\"\\u0061\":2}":     "twice",
		`{} {}`:                       "more after",
		`{}x`:                         "more after",
		"\xef\xbb\xbf{}":              "byte order mark",
		"\xff\xfe{\x00}\x00":          "UTF-16",
		"{\"a\":\"\xff\"}":            "UTF-8",
		`{"a":1`:                      "not JSON",
		`{'a':1}`:                     "not JSON",
		`nonsense`:                    "not JSON",
		`[1]`:                         "must be a JSON object",
		`"text"`:                      "must be a JSON object",
		`null`:                        "must be a JSON object",
		`{"amount_details":"100"}`:    "amount_details must be an object",
		`{"amount_details":[1]}`:      "amount_details must be an object",
		`{"a":` + strings.Repeat("[", 65) + strings.Repeat("]", 65) + `}`: "nested deeper",
		strings.Repeat(`{"a":`, 20000) + "1" + strings.Repeat("}", 20000): "",
	} {
		r := b.refused("invalid_request", 2, "session/create", body)
		assert.Contains(t, r.text("error.description"), word, "%.60q", body)
	}
	b.ok(2, "session/create", ` {"metadata":`+strings.Repeat("[", 60)+strings.Repeat("]", 60)+`}`+"\r\n")
	b.ok(2, "session/create", `{"metadata":null,"customer":null}`)
}
