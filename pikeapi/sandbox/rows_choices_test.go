package sandbox

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"pikedash/keys"
)

// choiceRows covers section 12 of the reference: what Pike's documentation leaves open.
func choiceRows() []row {
	return append(append(protocolChoices(), operationChoices()...), requestChoices()...)
}

func protocolChoices() []row {
	return []row{
		{"12 choice #1", testErrorStatus},
		{"12 choice #2", func(t *testing.T) { rowTest(t, errorRows(), "8.2 error identification_error") }},
		{"12 choice #3", func(t *testing.T) { rowTest(t, errorRows(), "8.2 error authentication_error") }},
		{"12 choice #4", testOrderOfChecks},
		{"12 choice #5", func(t *testing.T) { testStatus(t, 2) }},
		{"12 choice #6", testOtherProject},
		{"12 choice #7", testPathsAndVerbs},
		{"12 choice #8", testWhichTakeKeys},
		{"12 choice #9", func(t *testing.T) {
			b := newBox(t)
			first := b.ok(2, "session/create", `{}`, withKey("key-1"))
			other := b.ok(2, "session/create", `{}`, withKey("key-1"), header("X-PARTNER-SUBMERCHANT", "s-1"))
			assert.NotEqual(t, first.text("session.id"), other.text("session.id"))
			b.refused("idempotency_key_params_mismatch", 1, "session/create", `{}`, withKey("key-1"))
		}},
		{"12 choice #10", testReplay},
		{"12 choice #11", testKeyInProgress},
		{"12 choice #12", func(t *testing.T) { rowTest(t, errorRows(), "8.2 error idempotency_key_params_mismatch") }},
		{"12 choice #13", func(t *testing.T) {
			b := newBox(t)
			for _, key := range []string{"abc", strings.Repeat("k", 65)} {
				b.refused("invalid_request", 2, "session/create", `{}`, withKey(key))
			}
			for _, key := range []string{"abcd", strings.Repeat("k", 64)} {
				b.ok(2, "session/create", `{}`, withKey(key))
			}
		}},
		{"12 choice #14", func(t *testing.T) {
			b := newBox(t)
			b.refused("invalid_request", 2, "session/init/payout", `{}`, withKey("key-1"))
			b.ok(2, "session/init/payout", payoutBody(2, goodCard, 1), withKey("key-1"))
			id := b.payout(2, goodCard, 100)
			b.refused("session_wrong_state", 2, "session/confirm", sessionBody(id), withKey("key-2"))
			b.ready()
			b.ok(2, "session/confirm", sessionBody(id), withKey("key-2"))
		}},
		{"12 choice #15", func(t *testing.T) {
			b := newBox(t)
			id := b.ok(1, "session/create", `{}`).text("session.id")
			b.ok(2, "session/start/payout", `{"session_id":"`+id+`",`+payoutBody(2, goodCard, 1)[1:])
			b.ready()
			assert.NotNil(t, b.lastHook("ready_to_confirm").state.s["payout_list"])
			TestWebhookVersion(t)
		}},
		{"12 choice #16", testRedeliverySchedule},
		{"12 choice #17", func(t *testing.T) {
			waits := make(chan time.Duration, 1)
			b := newBox(t, func(c *Config) {
				c.HTTP = &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
					until, _ := r.Context().Deadline()
					waits <- time.Until(until)
					return nil, context.DeadlineExceeded
				})}
			})
			b.payout(2, goodCard, 100)
			b.ready()
			assert.InDelta(t, 10, (<-waits).Seconds(), 1)
			state, err := b.s.Controls().State(context.Background())
			require.NoError(t, err)
			assert.Equal(t, "pending", state.Deliveries[0].Status, "no answer in time means that it is sent again")
		}},
	}
}

func operationChoices() []row {
	return []row{
		{"12 choice #18", func(t *testing.T) {
			b := newBox(t)
			for _, tr := range Triggers() {
				if tr.Kind != TriggerCard || !(instrument{Outcome: tr.Outcome}).declines() {
					continue
				}
				id := b.payout(2, tr.Value, 100)
				b.confirmed(2, id)
				want := "cancelled"
				if tr.Outcome == providerFault {
					want = "error"
				}
				assert.Equal(t, want, b.state(id).session, tr.Value)
			}
		}},
		{"12 choice #19", func(t *testing.T) { testCancel(t, 2) }},
		{"12 choice #20", func(t *testing.T) {
			rowTest(t, payoutRows(), "6.2 payout #4b cancel")
			rowTest(t, payoutRows(), "6.2 payout #4c confirm time-out")
			rowTest(t, paymentRows(), "6.4 hold #7c hold over")
		}},
		{"12 choice #21", func(t *testing.T) { rowTest(t, refundRows(), "6.6 refund #1 refund") }},
		{"12 choice #22", func(t *testing.T) {
			b := newBox(t)
			id := b.payout(2, goodCard, 100)
			seen := map[any]bool{b.state(id).s["updated_at"]: true}
			b.ready()
			seen[b.state(id).s["updated_at"]] = true
			b.ok(2, "session/confirm", sessionBody(id))
			seen[b.state(id).s["updated_at"]] = true
			b.process()
			seen[b.state(id).s["updated_at"]] = true
			assert.Len(t, seen, 4, "updated_at changes with every change, even within one moment of the clock")
		}},
		{"12 choice #23", func(t *testing.T) { testConfirm(t, 2) }},
		{"12 choice #24", func(t *testing.T) { rowTest(t, webhookRows(), "7.2 webhook ready_to_capture") }},
		{"12 choice #25", func(t *testing.T) {
			b := newBox(t)
			id := b.payout(2, goodCard, 100)
			b.refused("session_wrong_state", 2, "session/start/payout", `{"session_id":"`+id+`",`+payoutBody(2, goodCard, 1)[1:])
		}},
		{"12 choice #26", func(t *testing.T) { testCapture(t, 2) }},
		{"12 choice #27", func(t *testing.T) { rowTest(t, errorRows(), "8.2 error refund_amount_too_large") }},
		{"12 choice #28", func(t *testing.T) {
			b, id := paid(t, 2, 1000)
			b.ok(2, "session/refund", refundBody(id, 100))
			b.advance(100 * time.Millisecond)
			b.ok(2, "session/refund", refundBody(id, 200))
			b.advance(400 * time.Millisecond)
			b.is(id, "in_progress", "succeeded", "", "")
			b.advance(100 * time.Millisecond)
			got := b.is(id, "accepted", "succeeded", "", "")
			assert.Len(t, got.v["refunds"], 2)
			first, second := b.hooks.all()[2], b.hooks.all()[3]
			assert.Equal(t, [2]string{"payment_refunded", "payment_refunded"}, [2]string{first.kind, second.kind})
			assert.NotEqual(t, first.state.s["updated_at"], second.state.s["updated_at"])
		}},
		{"12 choice #29", func(t *testing.T) {
			b := newBox(t)
			for _, sum := range []string{"0", "-1", "1.0", "1e3", `"100"`, "99999999999999999999", "9223372036854775807", "null", "true", "[]"} {
				body := strings.Replace(payoutBody(2, goodCard, 100), `"amount":100`, `"amount":`+sum, 1)
				r := b.refused("invalid_request", 2, "session/init/payout", body)
				assert.Contains(t, r.text("error.description"), "amount_details.amount", sum)
			}
		}},
		{"12 choice #30", func(t *testing.T) {
			b := newBox(t, func(c *Config) { c.Wallets = []Wallet{{"hkd", 1000}} })
			id := b.ok(2, "session/init/payout", strings.Replace(payoutBody(2, goodCard, 100), "eur", "HKD", 1)).text("session.id")
			b.confirmed(2, id)
			assert.Equal(t, "HKD", dig(b.is(id, "accepted", "succeeded", "", "").v, "amount_details.currency"))
			for _, code := range []string{"eu", "euro", "12€", ""} {
				b.refused("invalid_request", 2, "session/init/payout", strings.Replace(payoutBody(2, goodCard, 100), "eur", code, 1))
			}
		}},
	}
}

func requestChoices() []row {
	return []row{
		{"12 choice #31", func(t *testing.T) {
			b := newBox(t)
			b.refused("card_number_does_not_exist", 2, "session/init/payout", payoutBody(2, "4242424242424241", 1))
			for _, number := range []string{"4242 4242 4242 4242", "4242424242424", "42424242424242424242", "", "424242424242424x"} {
				b.refused("invalid_request", 2, "session/init/payout", payoutBody(2, number, 1))
			}
		}},
		{"12 choice #32", func(t *testing.T) {
			b := newBox(t)
			body := strings.NewReplacer(`"07"`, `"12"`, `"29"`, `"24"`).Replace(paymentBody(goodCard, 100, ""))
			id := b.ok(2, "session/init/payment", body).text("session.id")
			b.confirmed(2, id)
			b.is(id, "cancelled", "failed", "", "bank_card_expired")
			body = strings.NewReplacer(`"07"`, `"01"`, `"29"`, `"25"`).Replace(paymentBody(goodCard, 100, ""))
			id = b.ok(2, "session/init/payment", body).text("session.id")
			b.confirmed(2, id)
			b.is(id, "accepted", "succeeded", "", "")
		}},
		{"12 choice #33", func(t *testing.T) {
			for prefix, want := range map[string]string{"4": "visa", "51": "mastercard", "55": "mastercard", "50": "unknown", "56": "unknown",
				"2221": "mastercard", "2720": "mastercard", "2220": "unknown", "2721": "unknown", "2200": "mir", "2204": "mir", "2205": "unknown"} {
				assert.Equal(t, want, brandOf(withCheckDigit(prefix)), prefix)
			}
		}},
		{"12 choice #34", testCardID},
		{"12 choice #35", func(t *testing.T) { assert.Regexp(t, `^[0-9a-f]{64}$`, newToken()) }},
		{"12 choice #36", testTokenize},
		{"12 choice #37", func(t *testing.T) {
			b := newBox(t)
			body := `{"metadata":"` + strings.Repeat("m", MaxBody) + `"}`
			r := b.refused("invalid_request", 2, "session/create", body)
			assert.Contains(t, r.text("error.description"), "1048576")
			b.ok(2, "session/create", "{}"+strings.Repeat(" ", MaxBody-2))
		}},
		{"12 choice #38", func(t *testing.T) {
			b := newBox(t)
			id := b.ok(2, "session/create", `{}`, header("X-PARTNER-SUBMERCHANT", "s-1")).text("session.id")
			b.s.mu.Lock()
			defer b.s.mu.Unlock()
			assert.Equal(t, "s-1", b.s.w.sessions[id].Submerchant)
		}},
		{"12 choice #39", func(t *testing.T) { testClock(t) }},
		{"12 choice #40", func(t *testing.T) { rowTest(t, limitRows(), "6.7 limit created session 24 h") }},
		{"12 choice #41", func(t *testing.T) {
			assert.Empty(t, newBox(t).ok(2, "session/create", `{}`).header.Get("X-PARTNER-SIGN"))
			b := newBox(t, func(c *Config) { c.SignResponses = true })
			r := b.ok(2, "session/create", `{}`)
			require.NoError(t, keys.Verify(b.s.PublicKey(), r.raw, r.header.Get("X-PARTNER-SIGN")))
		}},
		{"12 choice #42", func(t *testing.T) {
			b, id := paid(t, 2, 100)
			assert.ElementsMatch(t, []string{"confirm", "capture"}, keysOf(b.state(id).s["actions"].(map[string]any)))
		}},
		{"12 choice #43", testStrict},
		{"12 choice #44", testJSONForms},
	}
}

// roundTrip is an http.RoundTripper.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// withCheckDigit fills a card prefix up to 16 digits with a good check digit.
func withCheckDigit(prefix string) string {
	body := prefix + strings.Repeat("0", 15-len(prefix))
	for d := '0'; d <= '9'; d++ {
		if luhn(body + string(d)) {
			return body + string(d)
		}
	}
	return ""
}

func triggerRows() []row {
	rows := []row{
		{"12 trigger above the wallet balance", testAboveBalance},
		{"12 trigger ends in 13", func(t *testing.T) { rowTest(t, refundRows(), "6.6 refund #2' refused") }},
		{"12 trigger auto_confirm", func(t *testing.T) { rowTest(t, payoutRows(), "6.2 payout automatic confirmation") }},
		{"12 trigger hold", func(t *testing.T) { rowTest(t, paymentRows(), "6.4 hold #6 held") }},
	}
	for _, tr := range Triggers() {
		if tr.Kind == TriggerCard {
			rows = append(rows, bothOf("12 trigger "+tr.Value, func(t *testing.T, v int) { testTriggerCard(t, v, tr) }))
		}
	}
	return rows
}

// testTriggerCard holds a card's line of the table against what payouts and payments with it do.
func testTriggerCard(t *testing.T, v int, tr Trigger) {
	for _, payout := range []bool{true, false} {
		b := newBox(t)
		id := ""
		if payout {
			id = b.payout(v, tr.Value, 100)
		} else {
			id = b.payment(v, tr.Value, 100, "")
		}
		b.advance(time.Hour)
		if tr.Outcome == OutcomeNeverReady {
			b.advance(30 * 24 * time.Hour)
			b.is(id, "in_progress", "in_progress", "", "")
			b.act(id, ActNext)
			b.is(id, "in_progress", "pending", "confirm", "")
			continue
		}
		b.ok(v, "session/confirm", sessionBody(id))
		b.process()
		got := b.state(id)
		switch {
		case tr.Outcome == Outcome3DS && !payout:
			assert.Equal(t, "pending", got.item)
			assert.NotNil(t, got.v["customer_interaction"])
		case tr.Outcome == OutcomeSuccess, tr.Outcome == Outcome3DS:
			assert.Equal(t, "succeeded", got.item)
		default:
			assert.Equal(t, tr.Outcome, got.code, fmt.Sprint(tr.Value, payout))
		}
		if tr.Outcome == providerFault {
			assert.Equal(t, "error", got.session)
			assert.Equal(t, providerFault, dig(got.s, "error.code"))
			b.act(id, ActFinalizeOK)
			b.is(id, "accepted", "succeeded", "", "")
		}
	}
}
