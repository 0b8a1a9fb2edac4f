package pikeapi

import (
	"context"
	"crypto/rsa"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestMethodsArePikes(t *testing.T) {
	assert.Len(t, Methods(), 16)
	for _, m := range Methods() {
		got, ok := LookupMethod(m.Name)
		assert.True(t, ok)
		assert.Equal(t, m, got)
		assert.Empty(t, ExplainMethod(m.Name))
		assert.Equal(t, strings.HasPrefix(m.Name, "session/") && m.Name != MethodStatus, m.TakesKey, m.Name)
		assert.Equal(t, strings.HasPrefix(m.Name, "session/"), m.Speaks(V2), m.Name)
		assert.True(t, m.Speaks(V1), m.Name)
		assert.False(t, m.MovesMoney && !m.Mutates, m.Name)
		assert.False(t, m.TakesKey && !m.Mutates, m.Name)
	}
	for name, want := range map[string]string{
		"session/multi/init": "sister brand", "fps/banks": "sister brand", "session/chargeback": "sister brand", "session/start": "session/start/payout",
		"tokenized/elements": "tokenize/elements", "session/innit/payout": "did you mean session/init/payout", "/api/v1/session/status": "did you mean session/status",
		"https://proxy-demo.pikepayments.com/api/v2/session/confirm": "did you mean session/confirm", "": "missing", "weather": "not one of Pike's", strings.Repeat("x", 5000): "not one of",
	} {
		_, ok := LookupMethod(name)
		assert.False(t, ok, name)
		assert.Contains(t, ExplainMethod(name), want)
	}
}

func TestPrepareSendsNothing(t *testing.T) {
	base, hits := serve(t, func(http.ResponseWriter, *http.Request) {})
	env, c := testEnv(base+"/"), testClient(t)
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	c.now = func() time.Time { return now }
	p, err := c.Prepare(t.Context(), env, Call{Method: MethodInitPayout, Version: V1, Body: payoutBody(t, V1)})
	require.NoError(t, err)
	assert.Equal(t, base+"/api/v1/session/init/payout", p.URL)
	assert.Len(t, p.IdempotencyKey, 36)
	assert.Equal(t, now, p.CreatedAt)
	assert.Equal(t, now.Add(24*time.Hour), p.Expires)
	assert.Equal(t, "visa 424242··4242", p.Summary.Target)
	assert.Equal(t, Payout, p.Summary.Kind)
	assert.Equal(t, &Money{15000, "eur"}, p.Summary.Amount)
	assert.Equal(t, "Jane Roe", p.Summary.Recipient)
	assert.Len(t, p.Signature, 344)
	assert.Zero(t, hits.Load())
	assert.Empty(t, env.Recorder.(*recorder).begun)

	again, err := c.Prepare(t.Context(), env, Call{Method: MethodInitPayout, Version: V1, Body: payoutBody(t, V1)})
	require.NoError(t, err)
	assert.Equal(t, p.Signature, again.Signature, "equal bytes have equal signatures")
	assert.NotEqual(t, p.IdempotencyKey, again.IdempotencyKey)
	assert.NotEqual(t, p.ID, again.ID)

	p, err = c.Prepare(t.Context(), env, Call{Method: MethodWalletBalance, Body: []byte(`{}`)})
	require.NoError(t, err)
	assert.Equal(t, V1, p.Version, "a method of v1 alone is called in v1 in an environment of v2")
	assert.Empty(t, p.IdempotencyKey)
	assert.True(t, p.Expires.IsZero())
	assert.NotContains(t, p.Header, http.CanonicalHeaderKey(HeaderKey))
	assert.NotContains(t, p.Header, http.CanonicalHeaderKey(HeaderSubmerchant))
}

func TestPrepareRefuses(t *testing.T) {
	tests := []struct {
		name, field, reason string
		change              func(*Environment, *Call)
	}{
		{"unknown method", "method", "not one of Pike's", func(_ *Environment, c *Call) { c.Method = "x" }},
		{"sister's method", "method", "sister brand", func(_ *Environment, c *Call) { c.Method = "fps/banks" }},
		{"version", "version", "v1 only", func(_ *Environment, c *Call) { c.Method, c.Version = MethodToken, V2 }},
		{"version 3", "version", "only", func(_ *Environment, c *Call) { c.Version = 3 }},
		{"short key", "idempotency_key", "4 to 64", func(_ *Environment, c *Call) { c.IdempotencyKey = "abc" }},
		{"long key", "idempotency_key", "4 to 64", func(_ *Environment, c *Call) { c.IdempotencyKey = strings.Repeat("k", 65) }},
		{"key with a line break", "idempotency_key", "cannot hold", func(_ *Environment, c *Call) { c.IdempotencyKey = "abcd\r\nX: y" }},
		{"key with a blank", "idempotency_key", "cannot hold", func(_ *Environment, c *Call) { c.IdempotencyKey = "ab cd" }},
		{"key where none is taken", "idempotency_key", "takes no", func(_ *Environment, c *Call) { c.Method, c.IdempotencyKey = MethodStatus, "abcd" }},
		{"resend without a key", "idempotency_key", "first attempt", func(_ *Environment, c *Call) { c.FirstSent = time.Now() }},
		{"no project", "project", "missing", func(e *Environment, _ *Call) { e.Project = "" }},
		{"project with a header in it", "project", "printable", func(e *Environment, _ *Call) { e.Project = "a\r\nX-Evil: 1" }},
		{"project in Cyrillic", "project", "printable", func(e *Environment, _ *Call) { e.Project = "магазин" }},
		{"project with a blank", "project", "blank", func(e *Environment, _ *Call) { e.Project = "shop " }},
		{"submerchant", "submerchant", "printable", func(e *Environment, _ *Call) { e.Submerchant = "a\x00b" }},
		{"long submerchant", "submerchant", "longer", func(e *Environment, _ *Call) { e.Submerchant = strings.Repeat("s", 300) }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			env, call := testEnv("http://127.0.0.1:1"), Call{Method: MethodInitPayout, Body: payoutBody(t, V2)}
			test.change(env, &call)
			_, err := testClient(t).Prepare(t.Context(), env, call)
			var ce *CallError
			require.ErrorAs(t, err, &ce)
			assert.Equal(t, test.field, ce.Field)
			assert.Contains(t, ce.Reason, test.reason)
		})
	}
	_, err := testClient(t).Prepare(t.Context(), nil, Call{})
	assert.Error(t, err)
	env := testEnv("http://127.0.0.1:1")
	env.Signer = nil
	_, err = testClient(t).Prepare(t.Context(), env, Call{Method: MethodStatus})
	var se *SignError
	require.ErrorAs(t, err, &se)
	env.Signer = brokenSigner{raw: []byte("short")}
	_, err = testClient(t).Prepare(t.Context(), env, Call{Method: MethodStatus})
	assert.ErrorContains(t, err, "5 bytes")
	env.Signer = brokenSigner{err: errors.New("the agent is gone")}
	_, err = testClient(t).Prepare(t.Context(), env, Call{Method: MethodStatus})
	assert.ErrorContains(t, err, "the agent is gone")
}

type brokenSigner struct {
	raw []byte
	err error
}

func (b brokenSigner) Public() *rsa.PublicKey                       { return &testKey().PublicKey }
func (b brokenSigner) Describe() string                             { return "broken" }
func (b brokenSigner) Sign(context.Context, []byte) ([]byte, error) { return b.raw, b.err }

func TestBaseURLs(t *testing.T) {
	c := NewClient(Options{AllowHost: []string{"Pike.Test", "other.test:8443"}})
	for _, test := range []struct {
		kind EnvKind
		base string
		ok   bool
	}{
		{Demo, DemoURL, true}, {Demo, DemoURL + "/", true}, {Live, LiveURL, true},
		{Live, DemoURL, false}, {Demo, LiveURL, false}, {Sandbox, LiveURL, false}, {Sandbox, DemoURL, false},
		{Sandbox, "https://PROXY.pikepayments.com", false}, {Sandbox, "https://proxy.pikepayments.com.", false}, {Live, "https://proxy.pikepayments.com:443", false}, {Live, "http://proxy.pikepayments.com", false},
		{Sandbox, "http://127.0.0.1:8131", true}, {Sandbox, "http://localhost:1", true}, {Sandbox, "http://[::1]:1", true}, {Live, "http://127.0.0.1:1", true}, {Sandbox, "http://127.9.9.9", true},
		{Sandbox, "http://127.0.0.1.evil.test", false}, {Sandbox, "http://localhost.evil.test", false}, {Sandbox, "http://10.0.0.1", false}, {Sandbox, "https://evil.test", false},
		{Sandbox, "https://pike.test", true}, {Sandbox, "https://PIKE.test:99", true}, {Sandbox, "http://pike.test", false}, {Sandbox, "https://other.test:8443", true}, {Sandbox, "https://other.test", false},
		{Demo, DemoURL + "/path", false}, {Demo, DemoURL + "?a=b", false}, {Demo, "https://user@proxy-demo.pikepayments.com", false}, {Demo, "https://proxy-demo.pikepayments.com@evil.test", false},
		{Sandbox, "", false}, {Sandbox, "ftp://127.0.0.1", false}, {Sandbox, "127.0.0.1:80", false}, {Sandbox, "http://", false}, {Sandbox, "http://127.0.0.1\n.x", false},
	} {
		env := testEnv(test.base)
		env.Kind = test.kind
		_, err := c.Prepare(t.Context(), env, Call{Method: MethodStatus, Body: []byte(`{}`)})
		assert.Equal(t, test.ok, err == nil, "%s %s: %v", test.kind, test.base, err)
		if err != nil {
			var ce *CallError
			require.ErrorAs(t, err, &ce)
			assert.Equal(t, "base_url", ce.Field)
		}
	}
}

func TestSummarise(t *testing.T) {
	token := strings.Repeat("ab12", 16)
	tests := []struct {
		method, body string
		want         Summary
	}{
		{MethodInitPayout, `{"payment_method":{"type":"card","card":{"type":"tokenized_card","tokenized_card":{"token":"` + token + `"}}},"amount_details":{"amount":5,"currency":"USD"},"participant_details":{"recipient":{"first_name":"Jane","last_name":"Roe"}}}`,
			Summary{Kind: Payout, Amount: &Money{5, "USD"}, Recipient: "Jane Roe", Target: "token ··ab12"}},
		{MethodStartPayout, `{"session_id":3230,"payout_details":{"type":"recurrent","recurrent":{"token":"` + token + `"}}}`, Summary{Kind: Payout, SessionID: "3230", Target: "recurrent ··ab12"}},
		{MethodInitPayment, `{"payment_details":{"type":"card","card":{"type":"bank_card","bank_card":{"number":"2200000000000004"}}},"amount_details":{"amount":"7","currency":"eur"}}`,
			Summary{Kind: Payment, Amount: &Money{7, "eur"}, Target: "mir 220000··0004"}},
		{MethodCreate, `{"payout_details":{"type":"wallet","wallet":{"type":"x"}}}`, Summary{Kind: Payout, Target: "wallet"}},
		{MethodCreate, `{}`, Summary{}},
		{MethodConfirm, `{"session_id":"ps_1"}`, Summary{SessionID: "ps_1"}},
		{MethodRefund, `{"session_id":"ps_1","amount_details":{"amount":7,"currency":"eur"}}`, Summary{Kind: Payment, SessionID: "ps_1", Amount: &Money{7, "eur"}}},
	}
	for _, test := range tests {
		got := summaryOf(test.method, []byte(test.body))
		if test.want.Target != "" {
			assert.Len(t, got.TargetKey, 64)
			assert.NotContains(t, got.TargetKey, token[:8])
		}
		got.TargetKey = ""
		assert.Equal(t, test.want, got, test.body)
	}
	a, b := summaryOf(MethodInitPayout, payoutBody(t, V1)), summaryOf(MethodInitPayout, payoutBody(t, V2))
	assert.Equal(t, a.TargetKey, b.TargetKey, "the same card in both versions is the same target")
	m, _ := LookupMethod(MethodInitPayout)
	assert.NotEqual(t, a.TargetKey, summarise("shop", m, payoutBody(t, V1)).TargetKey)

	for _, body := range []string{``, `[1]`, `x`, `{"amount_details":{"amount":1,"currency":"eur"},"amount_details":{"amount":9,"currency":"eur"}}`,
		`{"amount_details":{"amount":1,"currency":"eur"},"Amount_Details":{"amount":9,"currency":"eur"}}`, `{"amount_details":{"amount":1,"\u0061mount":9,"currency":"eur"}}`,
		`{"amount_details":{"amount":1.5,"currency":"eur"}}`, `{"amount_details":{"amount":1}}`, `{"amount_details":7}`,
		`{"amount_details":{"amount":-1,"currency":"eur"}}`, `{"amount_details":{"amount":1e2,"currency":"eur"}}`, `{"amount_details":{"amount":1,"currency":"eur "}}`,
		"{\"amount_details\":{\"amount\":1,\"currency\":\"eur\"},\"amount_detail\u017f\":{\"amount\":9,\"currency\":\"eur\"}}",
		`{"amount_details":{"amount":1,"currency":"eur"},"amount_details\u0000":{"amount":9,"currency":"eur"}}`, `{"amount_details":{"amount":1,"currency":"eur"}," amount_details":{"amount":9,"currency":"eur"}}`,
		"{\"amount_details\":{\"amount\":1,\"currency\":\"eur\"},\"amount_details\xff\":{\"amount\":9,\"currency\":\"eur\"}}",
		`{"payout_details":{"type":"wallet"},"payment_method":{"type":"bank_account"}}`} {
		assert.NotEmpty(t, summaryOf(MethodInitPayout, []byte(body)).Ambiguous, body)
	}
	assert.Empty(t, summaryOf(MethodCreate, nil).Ambiguous, "an empty body is {}")
}

// summaryOf is the summary of a call in no project.
func summaryOf(method string, body []byte) Summary {
	m, ok := LookupMethod(method)
	if !ok {
		panic(method)
	}
	return summarise("", m, body)
}

// TestOneRecipientIsOneTarget: white space, order, escapes, case and blanks within make no other one.
func TestOneRecipientIsOneTarget(t *testing.T) {
	target := func(details string) string {
		return summaryOf(MethodInitPayout, []byte(`{"payout_details":`+details+`}`)).TargetKey
	}
	iban := target(`{"type":"bank_account","bank_account":{"iban":{"account":"DE02 1203 0000","full_name":"Jane Roe"}}}`)
	require.NotEmpty(t, iban)
	for _, same := range []string{
		`{"type":"bank_account", "bank_account":{"iban":{"account":"DE02 1203 0000","full_name":"Jane Roe"}}}`,
		`{"bank_account":{"iban":{"full_name":"Jane Roe","account":"DE02 1203 0000"}},"type":"bank_account"}`,
		`{"type":"bank_account","bank_account":{"iban":{"account":"de0212030000","full_name":"JANE ROE"}}}`,
		`{"type":"bank_account","bank_account":{"iban":{"account":"DE02 1203 \u00300\u00300","full_name":"Jane Roe"}}}`,
	} {
		assert.Equal(t, iban, target(same), same)
	}
	assert.NotEqual(t, iban, target(`{"type":"bank_account","bank_account":{"iban":{"account":"DE02 1203 0001","full_name":"Jane Roe"}}}`))
	card := target(`{"type":"card","card":{"type":"bank_card","bank_card":{"number":"4242424242424242"}}}`)
	assert.Equal(t, card, target(`{"type":"card","card":{"type":"bank_card","bank_card":{"number":"4242 4242-4242 4242"}}}`))
}

func TestEveryDocumentedCodeHasItsSentence(t *testing.T) {
	codes := strings.Fields(`identification_error authentication_error authorization_error invalid_request internal_error
		idempotency_key_params_mismatch idempotency_key_already_exists idempotency_key_not_supported session_wrong_state session_cancelled
		session_cancelled_by_partner confirm_timeout capture_timeout operation_rejected insufficient_wallet_balance wallet_internal_error
		routing_internal_error refund_amount_too_large insufficient_funds bank_card_expired card_number_does_not_exist declined_by_issuer_bank
		not_permitted_by_issuer_bank activity_count_exceeded account_not_found amount_less_allowed_provider binding_is_deactivated 3DS_error
		provider_internal_error provider_issuer_unavailable provider_foreign_transfer_prohibited provider_exceeds_amount_limit provider_timeout
		taxpayer_unknown taxpayer_not_bound taxpayer_already_bound taxpayer_income_exceeds_amount_limit npd_service_internal_error`)
	assert.ElementsMatch(t, codes, ErrorCodes())
	seen := map[string]bool{}
	for _, code := range codes {
		sentence, known := ErrorAdvice(code)
		assert.True(t, known)
		assert.True(t, strings.HasSuffix(sentence, "."), code)
		assert.False(t, seen[sentence], code)
		seen[sentence] = true
		e := (&ErrorDetail{Code: code, Description: "d"}).Explain("payout")
		assert.NotEmpty(t, e.Verdict)
		assert.Contains(t, e.Error(), sentence)
	}
	_, known := ErrorAdvice("brand_new_code")
	assert.False(t, known)
	e := (&ErrorDetail{Code: "odd\x1b[2J", Description: "card 4242424242424242\r\nnext\u202e"}).Explain("session")
	assert.Equal(t, "odd[2J", e.Code)
	assert.Equal(t, "card 424242··4242  next", e.Description)
	for code, want := range map[string]RetryVerdict{"idempotency_key_already_exists": RetrySameKey, "idempotency_key_not_supported": RetryWithoutKey,
		"provider_timeout": RetryReadStatus, "invalid_request": RetryNo, "confirm_timeout": RetryNewOperation, "internal_error": RetrySameKey} {
		assert.Equal(t, want, (&ErrorDetail{Code: code}).Explain("answer").Verdict)
	}
	assert.True(t, newAPIError(&ErrorDetail{Code: "authentication_error"}, 400, "answer").Auth())
	assert.False(t, newAPIError(&ErrorDetail{Code: "invalid_request"}, 400, "answer").Auth())
}
