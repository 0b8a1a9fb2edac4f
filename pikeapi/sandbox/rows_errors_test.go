package sandbox

import (
	"context"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"pikedash/keys"
)

// errorRows covers the code table: refused calls by what provokes them, the others by an operation
// that ends with the code.
func errorRows() []row {
	envelope := map[string]func(t *testing.T){
		"identification_error": func(t *testing.T) {
			b := newBox(t)
			b.refused("identification_error", 2, "session/create", `{}`, header("X-PARTNER-PROJECT", "other"))
			b.refused("identification_error", 2, "session/create", `{}`, header("X-PARTNER-PROJECT", ""))
		},
		"authentication_error": testAuthentication,
		"authorization_error": func(t *testing.T) {
			newBox(t).refused("authorization_error", 2, "session/chargeback", `{}`)
		},
		"invalid_request": func(t *testing.T) { newBox(t).refused("invalid_request", 2, "session/confirm", `{}`) },
		"internal_error": func(t *testing.T) {
			b := newBox(t)
			b.fault(Fault{Kind: FaultStatus500, Count: 1})
			r := b.refused("internal_error", 2, "session/create", `{}`)
			assert.Equal(t, 500, r.status)
			b.operationEndsWith("internal_error")
		},
		"idempotency_key_params_mismatch": func(t *testing.T) {
			b := newBox(t)
			b.ok(2, "session/create", `{}`, withKey("key-1"))
			r := b.refused("idempotency_key_params_mismatch", 2, "session/create", `{ }`, withKey("key-1"))
			assert.Contains(t, r.text("error.description"), "3 bytes")
			b.refused("idempotency_key_params_mismatch", 1, "session/create", `{}`, withKey("key-1"))
			b.ok(2, "session/create", `{ }`, withKey("key-1"), header("X-PARTNER-SUBMERCHANT", "s-1"))
		},
		"idempotency_key_already_exists": testKeyInProgress,
		"idempotency_key_not_supported": func(t *testing.T) {
			newBox(t).refused("idempotency_key_not_supported", 1, "wallet/balance", `{}`, withKey("key-1"))
		},
		"session_wrong_state": func(t *testing.T) {
			b := newBox(t)
			r := b.refused("session_wrong_state", 2, "session/confirm", sessionBody(b.payout(2, goodCard, 1)))
			assert.Contains(t, r.text("error.description"), "in_progress")
		},
		"session_cancelled_by_partner": func(t *testing.T) { testCancel(t, 2) },
		"confirm_timeout":              func(t *testing.T) { rowTest(t, limitRows(), "6.7 limit confirm 240 min") },
		"capture_timeout":              func(t *testing.T) { rowTest(t, limitRows(), "6.7 limit hold 3 d 23 h") },
		"insufficient_wallet_balance":  testAboveBalance,
		"refund_amount_too_large": func(t *testing.T) {
			b, id := paid(t, 2, 1000)
			b.ok(2, "session/refund", refundBody(id, 600))
			r := b.refused("refund_amount_too_large", 2, "session/refund", refundBody(id, 401))
			assert.Contains(t, r.text("error.description"), "400 of 1000")
			b.refused("refund_amount_too_large", 2, "session/refund", sessionBody(id))
			b.ok(2, "session/refund", refundBody(id, 400))
			b.process()
			b.refused("refund_amount_too_large", 2, "session/refund", refundBody(id, 1))
		},
		"card_number_does_not_exist": func(t *testing.T) {
			b := newBox(t)
			r := b.refused("card_number_does_not_exist", 2, "session/init/payout", payoutBody(2, "4242424242424243", 1))
			assert.NotContains(t, r.text("error.description"), "424242424")
			b.operationEndsWith("card_number_does_not_exist")
		},
	}
	for card, code := range map[string]string{poorCard: "insufficient_funds", expiredCard: "bank_card_expired", declinedCard: "declined_by_issuer_bank", faultyCard: providerFault} {
		envelope[code] = func(t *testing.T) {
			b := newBox(t)
			id := b.payment(2, card, 100, "")
			b.confirmed(2, id)
			assert.Equal(t, code, b.state(id).code)
		}
	}
	envelope["3DS_error"] = func(t *testing.T) {
		b := newBox(t)
		id := b.payment(2, payerCard, 100, "")
		b.confirmed(2, id)
		b.act(id, ActPayerFail)
		b.is(id, "cancelled", "failed", "", "3DS_error")
	}
	var rows []row
	for _, code := range errorCodes() {
		test, ok := envelope[code]
		if !ok {
			test = func(t *testing.T) { newBox(t).operationEndsWith(code) }
		}
		rows = append(rows, row{"8.2 error " + code, test})
	}
	return rows
}

func rowTest(t *testing.T, rows []row, id string) {
	for _, r := range rows {
		if r.id == id {
			r.test(t)
			return
		}
	}
	t.Fatalf("there is no row %s", id)
}

// operationEndsWith makes an operation end with a code that no card triggers, by a test control.
func (b *box) operationEndsWith(code string) {
	b.t.Helper()
	id := b.payout(2, goodCard, 100)
	_, err := b.s.Controls().Act(context.Background(), ActRequest{Session: id, Act: ActFail, Code: code})
	require.NoError(b.t, err)
	b.confirmedUnless(id)
	got := b.is(id, "cancelled", "failed", "", code)
	assert.NotEqual(b.t, "The operation failed.", dig(got.v, "error.description"))
	assert.Equal(b.t, code, b.lastHook("payment_finished").state.code)
}

// confirmedUnless confirms a session unless it failed before.
func (b *box) confirmedUnless(id string) {
	b.ready()
	if b.state(id).next == "confirm" {
		b.ok(2, "session/confirm", sessionBody(id))
		b.process()
	}
}

func testAuthentication(t *testing.T) {
	b := newBox(t)
	r := b.refused("authentication_error", 2, "session/create", `{}`, header("X-PARTNER-SIGN", ""))
	assert.Contains(t, r.text("error.description"), "2 bytes, SHA-256 44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a")
	r = b.refused("authentication_error", 2, "session/create", `{}`, header("X-PARTNER-SIGN", sign(t, strangeKey(), []byte(`{}`))))
	assert.Contains(t, r.text("error.description"), keys.FingerprintOf(&partnerKey().PublicKey).Short(), "the refusal names the key that should have signed")
	r = b.refused("authentication_error", 2, "session/create", `{}`, header("X-PARTNER-SIGN", sign(t, partnerKey(), []byte("{}\n"))))
	assert.Contains(t, r.text("error.description"), "newline", "the refusal names the cause")
	b.refused("authentication_error", 2, "session/create", `{}`, header("X-PARTNER-SIGN", "no base64!"))
	b.refused("authentication_error", 2, "session/create", `{}`, func(q *http.Request) { q.Header.Add("X-PARTNER-SIGN", "x") })
}

func testAboveBalance(t *testing.T) {
	b := newBox(t, func(c *Config) { c.Wallets = []Wallet{{"eur", 1000}} })
	id := b.payout(2, goodCard, 1001)
	b.ready()
	b.is(id, "cancelled", "failed", "", "insufficient_wallet_balance")
	assert.Equal(t, []string{"payment_finished"}, b.hooks.kinds())
	assert.EqualValues(t, 1000, b.balance("eur"))
	id = b.payout(2, goodCard, 1000)
	assert.EqualValues(t, 0, b.balance("eur"))
	b.confirmed(2, id)
	b.is(id, "accepted", "succeeded", "", "")
	id = b.payout(2, goodCard, 1)
	b.ready()
	b.is(id, "cancelled", "failed", "", "insufficient_wallet_balance")
}

// testKeyInProgress holds the first request with a slow answer and repeats it meanwhile.
func testKeyInProgress(t *testing.T) {
	b := newBox(t)
	b.fault(Fault{Kind: FaultSlow, Method: "session/init/payout", Count: 1, DelayMS: 60_000})
	body := payoutBody(2, goodCard, 100)
	first := make(chan *reply, 1)
	go func() {
		r, err := b.send("/api/v2/session/init/payout", []byte(body), withKey("key-1"))
		assert.NoError(t, err)
		first <- r
	}()
	require.Eventually(t, func() bool { return b.clock.has(startTime.Add(time.Minute)) }, waitFor, tick)
	r := b.refused("idempotency_key_already_exists", 2, "session/init/payout", body, withKey("key-1"))
	assert.Equal(t, 400, r.status)
	b.refused("idempotency_key_params_mismatch", 2, "session/init/payout", body+" ", withKey("key-1"))
	b.advance(time.Minute)
	answer := <-first
	assert.Equal(t, answer.raw, b.ok(2, "session/init/payout", body, withKey("key-1")).raw)
}

// has reports whether something is due at exactly t.
func (c *ManualClock) has(t time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.ContainsFunc(c.heap, func(e *event) bool { return e.due.Equal(t) })
}
