package sandbox

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// bothOf makes a row whose test runs in both versions.
func bothOf(id string, test func(t *testing.T, v int)) row {
	return row{id, func(t *testing.T) { both(t, test) }}
}

func methodRows() []row {
	rows := []row{
		bothOf("4.1 session/create", testCreate),
		bothOf("4.1 session/init/payout", testInitPayout),
		bothOf("4.1 session/init/payment", testInitPayment),
		bothOf("4.1 session/start/payout", func(t *testing.T, v int) { testStart(t, v, true) }),
		bothOf("4.1 session/start/payment", func(t *testing.T, v int) { testStart(t, v, false) }),
		bothOf("4.1 session/confirm", testConfirm),
		bothOf("4.1 session/cancel", testCancel),
		bothOf("4.1 session/capture", testCapture),
		bothOf("4.1 session/refund", testRefund),
		bothOf("4.1 session/status", testStatus),
		{"4.1 token", testToken},
		{"4.1 token/info", testTokenInfo},
		{"4.1 tokenize/elements", testTokenize},
		{"4.1 recurrent/disable", testRecurrentDisable},
		{"4.1 recurrent/status", testRecurrentStatus},
		{"4.1 wallet/balance", testBalance},
	}
	for _, name := range []string{"session/init/payout/fiscalization", "session/start/payout/fiscalization", "session/chargeback", "session/multi/init",
		"fps/banks", "fps/customer_verification", "fiscalization", "subscription/cancel", "subscription/restore", "sberpay/push"} {
		rows = append(rows, row{"4.1 " + name, func(t *testing.T) {
			b := newBox(t)
			for v := 1; v <= 2; v++ {
				r := b.refused("authorization_error", v, name, `{}`)
				assert.Contains(t, r.text("error.description"), name)
			}
		}})
	}
	return rows
}

func testCreate(t *testing.T, v int) {
	b := newBox(t)
	for _, body := range []string{`{}`, `[]`, ``} {
		r := b.ok(v, "session/create", body)
		s := r.get("session").(map[string]any)
		assert.Equal(t, "created", s["status"])
		assert.Equal(t, "2025-01-15T10:00:00.000000Z", s["created_at"])
		assert.Equal(t, s["created_at"], s["updated_at"])
		assert.Regexp(t, `^ps_\d+$`, s["id"])
		assert.Len(t, s, 4, "a created session has no lists of operations")
	}
	r := b.ok(v, "session/create", payoutBody(v, goodCard, 100))
	assert.Nil(t, r.get("session."+listName(v, true)))
}

func testInitPayout(t *testing.T, v int) {
	b := newBox(t)
	r := b.ok(v, "session/init/payout", payoutBody(v, goodCard, 15000))
	assert.Equal(t, "in_progress", r.text("session.status"))
	item := r.get("session." + listName(v, true) + ".0").(map[string]any)
	assert.Regexp(t, `^po_\d+$`, item["id"])
	assert.Equal(t, "in_progress", item["status"])
	card := dig(item, target(v)+".card").(map[string]any)
	assert.Equal(t, "visa", card["brand"])
	assert.Equal(t, "4242", card["last4"])
	assert.Equal(t, "424242", card["bin"])
	assert.Equal(t, map[string]any{"amount": 15000.0, "currency": "eur"}, item["amount_details"])
	assert.Equal(t, "Jane Roe", dig(item, "participant_details.recipient.full_name"))
	assert.Equal(t, "order-1", item["metadata"])
	for _, missing := range []string{`{}`, `{"amount_details":{"amount":1,"currency":"eur"}}`} {
		r := b.refused("invalid_request", v, "session/init/payout", missing)
		assert.Contains(t, r.text("error.description"), target(v))
	}
}

func testInitPayment(t *testing.T, v int) {
	b := newBox(t)
	r := b.ok(v, "session/init/payment", paymentBody(goodCard, 2599, ""))
	item := r.get("session." + listName(v, false) + ".0").(map[string]any)
	assert.Regexp(t, `^pm_\d+$`, item["id"])
	assert.Equal(t, "in_progress", item["status"])
	assert.Equal(t, "buyer-77", dig(item, "customer.reference"))
	assert.Equal(t, "https://shop.example/back", dig(item, "payment_options.return_url"))
	assert.Equal(t, 9001.0, dig(item, "metadata.order"))
	assert.Equal(t, "card", dig(item, "payment_details.type"))
	assert.NotContains(t, string(r.raw), `"321"`)
	r = b.refused("invalid_request", v, "session/init/payment",
		`{"payment_details":{"type":"card","card":{"type":"bank_card","bank_card":{"number":"4242424242424242","expiration_month":"07","expiration_year":"29"}}},"amount_details":{"amount":1,"currency":"eur"}}`)
	assert.Contains(t, r.text("error.description"), "customer")
}

func testStart(t *testing.T, v int, payout bool) {
	b := newBox(t)
	kind, body := "payment", paymentBody(goodCard, 700, "")
	if payout {
		kind, body = "payout", payoutBody(v, goodCard, 700)
	}
	id := b.ok(v, "session/create", body).text("session.id")
	r := b.ok(v, "session/start/"+kind, sessionBody(id))
	assert.Equal(t, 700.0, r.get("session."+listName(v, payout)+".0.amount_details.amount"))

	id = b.ok(v, "session/create", body).text("session.id")
	r = b.ok(v, "session/start/"+kind, fmt.Sprintf(`{"session_id":%q,"amount_details":{"amount":900,"currency":"EUR"}}`, id))
	assert.Equal(t, 900.0, r.get("session."+listName(v, payout)+".0.amount_details.amount"), "the start call replaces what the create call said")
	assert.Equal(t, "EUR", r.get("session."+listName(v, payout)+".0.amount_details.currency"), "the currency keeps its case")

	id = b.ok(v, "session/create", `{}`).text("session.id")
	r = b.refused("invalid_request", v, "session/start/"+kind, sessionBody(id))
	assert.Contains(t, r.text("error.description"), "missing")
	b.ok(v, "session/start/"+kind, `{"session_id":"`+id+`",`+body[1:])
}

func testConfirm(t *testing.T, v int) {
	b := newBox(t)
	id := b.payout(v, goodCard, 100)
	b.ready()
	r := b.ok(v, "session/confirm", sessionBody(id))
	assert.Equal(t, "in_progress", r.text("session.status"))
	assert.Nil(t, r.get("session.next_action"))
	b.refused("session_wrong_state", v, "session/confirm", sessionBody(id))
}

func testCancel(t *testing.T, v int) {
	b := newBox(t)
	id := b.payout(v, goodCard, 100)
	b.ready()
	r := b.ok(v, "session/cancel", sessionBody(id))
	assert.Equal(t, "in_progress", r.text("session.status"), "the cancel itself is asynchronous")
	assert.Equal(t, "pending", r.text("session."+listName(v, true)+".0.status"))
	b.ready()
	b.is(id, "cancelled", "failed", "", "session_cancelled_by_partner")
	id = b.ok(v, "session/create", `{}`).text("session.id")
	assert.Equal(t, "cancelled", b.ok(v, "session/cancel", sessionBody(id)).text("session.status"))
}

func testCapture(t *testing.T, v int) {
	b := newBox(t, func(c *Config) { c.Hold = true })
	id := b.payment(v, goodCard, 1000, "")
	b.confirmed(v, id)
	b.refused("invalid_request", v, "session/capture", fmt.Sprintf(`{"session_id":%q,"amount_details":{"amount":1001,"currency":"eur"}}`, id))
	b.refused("invalid_request", v, "session/capture", fmt.Sprintf(`{"session_id":%q,"amount_details":{"amount":10,"currency":"usd"}}`, id))
	r := b.ok(v, "session/capture", fmt.Sprintf(`{"session_id":%q,"amount_details":{"amount":400,"currency":"EUR"}}`, id))
	assert.Equal(t, "in_progress", r.text("session."+listName(v, false)+".0.status"))
	b.refused("session_wrong_state", v, "session/capture", sessionBody(id))
	b.process()
	got := b.is(id, "accepted", "succeeded", "", "")
	assert.Equal(t, 400.0, dig(got.v, "amount_details.amount"), "the rest is released")
	b.refused("session_wrong_state", v, "session/capture", sessionBody(id))
}

func testRefund(t *testing.T, v int) {
	b := newBox(t)
	id := b.payment(v, goodCard, 1000, "")
	b.confirmed(v, id)
	r := b.ok(v, "session/refund", fmt.Sprintf(`{"session_id":%q,"amount_details":{"amount":300,"currency":"eur"},"metadata":"why"}`, id))
	item := r.get("session." + listName(v, false) + ".0").(map[string]any)
	assert.Equal(t, "in_progress", r.text("session.status"))
	assert.Equal(t, "succeeded", item["status"])
	assert.Equal(t, "in_progress", dig(item, "refunds.0.status"))
	assert.Equal(t, "why", dig(item, "refunds.0.metadata"))
	assert.Regexp(t, `^rf_\d+$`, dig(item, "refunds.0.id"))
}

func testStatus(t *testing.T, v int) {
	b := newBox(t)
	id := b.payout(v, goodCard, 100)
	r := b.ok(v, "session/status", sessionBody(id))
	assert.Equal(t, id, r.text("session.id"))
	assert.NotNil(t, r.get("session."+listName(v, true)))
	assert.Nil(t, r.get("session."+listName(3-v, true)), "only the names of the asked version")
	r = b.refused("invalid_request", v, "session/status", sessionBody("ps_1"))
	assert.Contains(t, r.text("error.description"), "session not found")
	b.refused("invalid_request", v, "session/status", `{"session_id":3230}`)
}

func testToken(t *testing.T) {
	b := newBox(t)
	id := b.ok(1, "session/create", paymentBody(goodCard, 100, "")).text("session.id")
	r := b.ok(1, "token", `{"tokenize_widget":{"access":true,"locale":"en"},"acquiring_widget":{"session_id":"`+id+`","show_recurrent_checkbox":"true"}}`)
	assert.Regexp(t, `^[0-9a-f]{64}$`, r.text("public_token"))
	b.refused("invalid_request", 1, "token", `{}`)
	b.refused("invalid_request", 1, "token", `{"acquiring_widget":{"session_id":"ps_9"}}`)
	b.refused("invalid_request", 1, "token", `{"self_employed_widget":{"tax_reference":"123456789012"}}`)
	b.refused("invalid_request", 2, "token", `{"tokenize_widget":{"access":true}}`)
}

func tokenOf(b *box, card string) string {
	return b.ok(1, "tokenize/elements", fmt.Sprintf(`{"card":{"number":"%s","expiration_month":"07","expiration_year":"29","security_code":"123","cardholder_name":"Jane Roe"}}`, card)).text("token")
}

func testTokenInfo(t *testing.T) {
	b := newBox(t)
	token := tokenOf(b, goodCard)
	r := b.ok(1, "token/info", `{"type":"card","card":{"type":"tokenized_card","tokenized_card":{"token":"`+token+`"}}}`)
	assert.Equal(t, map[string]any{"token": token, "brand": "visa", "last4": "4242", "type": "card"}, r.get("info"))
	r = b.ok(1, "token/info", `{"type":"card","card":{"type":"encrypted_card","encrypted_card":{"number_hash":"`+token+`"}}}`)
	assert.Equal(t, token, r.text("info.number_hash"))
	public := b.ok(1, "token", `{"tokenize_widget":{"access":true}}`).text("public_token")
	r = b.ok(1, "token/info", `{"type":"public_token","public_token":{"token":"`+public+`"}}`)
	assert.Equal(t, map[string]any{"token": public, "created_at": "2025-01-15T10:00:00+00:00", "finished_at": "2025-01-16T10:00:00+00:00", "is_active": true, "type": "public_token"}, r.get("info"))
	recurrent := recurrentOf(b)
	r = b.ok(1, "token/info", `{"type":"recurrent_token","recurrent_token":{"token":"`+recurrent+`"}}`)
	assert.Equal(t, true, r.get("info.is_active"))
	for _, body := range []string{`{"type":"card","card":{"type":"tokenized_card","tokenized_card":{"token":"x"}}}`, `{"type":"public_token","public_token":{"token":"x"}}`,
		`{"type":"subscription_token","subscription_token":{"token":"x"}}`, `{"type":"x"}`, `{}`} {
		b.refused("invalid_request", 1, "token/info", body)
	}
}

func testTokenize(t *testing.T) {
	b := newBox(t)
	r := b.ok(1, "tokenize/elements", `{"card":{"number":"4242424242424242","expiration_month":"07","expiration_year":"29"}}`)
	assert.Regexp(t, `^[0-9a-f]{64}$`, r.text("token"))
	assert.Equal(t, "4242", r.text("info.last4"))
	token := tokenOf(b, declinedCard)
	for v := 1; v <= 2; v++ {
		id := b.ok(v, "session/init/payout", fmt.Sprintf(`{"%s":{"type":"card","card":{"type":"tokenized_card","tokenized_card":{"token":"%s"}}},"amount_details":{"amount":100,"currency":"eur"}}`, target(v), token)).text("session.id")
		b.confirmed(v, id)
		b.is(id, "cancelled", "failed", "", "declined_by_issuer_bank")
	}
}

// recurrentOf makes a first recurring payment and returns its token.
func recurrentOf(b *box) string {
	b.t.Helper()
	id := b.payment(2, goodCard, 500, `{"recurrent":true}`)
	b.confirmed(2, id)
	token, _ := dig(b.is(id, "accepted", "succeeded", "", "").v, "recurrent.token").(string)
	require.Regexp(b.t, `^[0-9a-f]{64}$`, token)
	return token
}

func testRecurrentDisable(t *testing.T) {
	b := newBox(t)
	token := recurrentOf(b)
	r := b.ok(1, "recurrent/disable", `{"recurrent":{"token":"`+token+`"}}`)
	assert.Equal(t, false, r.get("recurrent.is_active"))
	r = b.refused("invalid_request", 2, "session/init/payment", recurringBody(token, "merchant", `{}`))
	assert.Contains(t, r.text("error.description"), "disabled")
	b.refused("invalid_request", 1, "recurrent/disable", `{"recurrent":{"token":"x"}}`)
}

func testRecurrentStatus(t *testing.T) {
	b := newBox(t)
	token := recurrentOf(b)
	r := b.ok(1, "recurrent/status", `{"recurrent":{"token":"`+token+`"}}`)
	assert.Equal(t, "2025-01-15T10:00:00+00:00", r.text("recurrent.created_at"), "an offset and no fraction")
	assert.Equal(t, "recurrent_token", r.text("recurrent.type"))
	assert.Equal(t, true, r.get("recurrent.is_active"))
	b.refused("invalid_request", 1, "recurrent/status", `{"recurrent":[]}`)
}

func testBalance(t *testing.T) {
	b := newBox(t, func(c *Config) { c.Wallets = []Wallet{{"EUR", 990000}, {"usd", 5}} })
	r := b.ok(1, "wallet/balance", `{"request_datetime":"2025-01-15T12:00:00+03:00"}`)
	assert.JSONEq(t, `[{"id":"1","amount_details":{"amount":990000,"currency":"eur"}},{"id":"2","amount_details":{"amount":5,"currency":"usd"}}]`, string(encode(r.get("wallets"))))
	b.refused("invalid_request", 1, "wallet/balance", `{}`)
	b.refused("invalid_request", 1, "wallet/balance", `{"request_datetime":"yesterday"}`)
	id := b.payout(2, goodCard, 90000)
	assert.EqualValues(t, 900000, b.balance("eur"), "a payout's amount is reserved at its start")
	b.ready()
	b.ok(2, "session/cancel", sessionBody(id))
	b.advance(time.Second)
	assert.EqualValues(t, 990000, b.balance("eur"), "and released when it fails")
}
