package sandbox

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func payoutRows() []row {
	return []row{
		bothOf("6.2 payout #1 create", func(t *testing.T, v int) {
			b := newBox(t)
			id := b.ok(v, "session/create", `{}`).text("session.id")
			b.is(id, "created", "", "", "")
			assert.Empty(t, b.hooks.all())
		}),
		bothOf("6.2 payout #2 start", func(t *testing.T, v int) {
			b := newBox(t)
			b.is(b.payout(v, goodCard, 100), "in_progress", "in_progress", "", "")
			assert.Empty(t, b.hooks.all())
		}),
		bothOf("6.2 payout #3 ready", func(t *testing.T, v int) {
			b := newBox(t)
			id := b.payout(v, goodCard, 100)
			b.ready()
			b.is(id, "in_progress", "pending", "confirm", "")
			assert.Equal(t, []string{"ready_to_confirm"}, b.hooks.kinds())
		}),
		bothOf("6.2 payout #4a confirm", func(t *testing.T, v int) {
			b := newBox(t)
			id := b.payout(v, goodCard, 100)
			b.ready()
			b.ok(v, "session/confirm", sessionBody(id))
			b.is(id, "in_progress", "in_progress", "", "")
		}),
		bothOf("6.2 payout #5 done", func(t *testing.T, v int) {
			b := newBox(t)
			id := b.payout(v, goodCard, 100)
			b.confirmed(v, id)
			got := b.is(id, "accepted", "succeeded", "", "")
			assert.Equal(t, "2025-01-15T10:00:00.800000Z", got.v["finished_at"])
			assert.NotNil(t, got.v["transaction_info"])
			assert.Equal(t, []string{"ready_to_confirm", "payment_finished"}, b.hooks.kinds())
		}),
		bothOf("6.2 payout #5' refused", func(t *testing.T, v int) {
			b := newBox(t)
			id := b.payout(v, declinedCard, 100)
			b.confirmed(v, id)
			b.is(id, "cancelled", "failed", "", "declined_by_issuer_bank")
			assert.Equal(t, "failed", b.lastHook("payment_finished").state.item)
		}),
		bothOf("6.2 payout #4b cancel", func(t *testing.T, v int) {
			b := newBox(t)
			id := b.payout(v, goodCard, 100)
			b.ready()
			b.ok(v, "session/cancel", sessionBody(id))
			b.ready()
			b.is(id, "cancelled", "failed", "", "session_cancelled_by_partner")
			b.lastHook("payment_finished")
		}),
		bothOf("6.2 payout #4c confirm time-out", func(t *testing.T, v int) {
			b := newBox(t)
			id := b.payout(v, goodCard, 100)
			b.ready()
			b.advance(ConfirmLimit)
			b.is(id, "cancelled", "failed", "", "confirm_timeout")
			b.lastHook("payment_finished")
		}),
		bothOf("6.2 payout automatic confirmation", func(t *testing.T, v int) {
			b := newBox(t, func(c *Config) { c.AutoConfirm = true })
			id := b.payout(v, goodCard, 100)
			b.advance(800 * time.Millisecond)
			b.is(id, "accepted", "succeeded", "", "")
			assert.Equal(t, []string{"payment_finished"}, b.hooks.kinds())
		}),
	}
}

func paymentRows() []row {
	return []row{
		bothOf("6.3 payment #1 start", func(t *testing.T, v int) {
			b := newBox(t)
			b.is(b.payment(v, goodCard, 100, ""), "in_progress", "in_progress", "", "")
		}),
		bothOf("6.3 payment #2 ready", func(t *testing.T, v int) {
			b := newBox(t)
			id := b.payment(v, goodCard, 100, "")
			b.ready()
			b.is(id, "in_progress", "pending", "confirm", "")
			b.lastHook("ready_to_confirm")
		}),
		bothOf("6.3 payment #3 confirm", func(t *testing.T, v int) {
			b := newBox(t)
			id := b.payment(v, goodCard, 100, "")
			b.ready()
			b.ok(v, "session/confirm", sessionBody(id))
			b.is(id, "in_progress", "in_progress", "", "")
		}),
		bothOf("6.3 payment #4 payer must act", testPayerMustAct),
		bothOf("6.3 payment #5 payer done", testPayerDone),
		bothOf("6.3 payment #6 result", func(t *testing.T, v int) {
			for card, want := range map[string][3]string{goodCard: {"accepted", "succeeded", ""}, declinedCard: {"cancelled", "failed", "declined_by_issuer_bank"}, faultyCard: {"error", "failed", providerFault}} {
				b := newBox(t)
				id := b.payment(v, card, 100, "")
				b.confirmed(v, id)
				got := b.is(id, want[0], want[1], "", want[2])
				b.lastHook("payment_finished")
				if card == goodCard {
					assert.Equal(t, map[string]any{"confirm": "2025-01-15T10:00:00.300000Z", "capture": "2025-01-15T10:00:00.800000Z"}, got.s["actions"])
				}
			}
		}),
		bothOf("6.3 payment payer idle", func(t *testing.T, v int) {
			b := newBox(t)
			id := b.payment(v, payerCard, 100, "")
			b.confirmed(v, id)
			b.advance(PayerLimit)
			b.is(id, "cancelled", "failed", "", "3DS_error")
			b.lastHook("payment_finished")
		}),
		bothOf("6.4 hold #6 held", func(t *testing.T, v int) {
			b := newBox(t, func(c *Config) { c.Hold = true })
			id := b.payment(v, goodCard, 100, "")
			b.confirmed(v, id)
			b.is(id, "in_progress", "pending", "capture", "")
			assert.Equal(t, []string{"ready_to_confirm", "ready_to_capture"}, b.hooks.kinds())
		}),
		bothOf("6.4 hold #7a capture", func(t *testing.T, v int) {
			b := newBox(t, func(c *Config) { c.Hold = true })
			id := b.payment(v, goodCard, 100, "")
			b.confirmed(v, id)
			b.ok(v, "session/capture", sessionBody(id))
			b.is(id, "in_progress", "in_progress", "", "")
		}),
		bothOf("6.4 hold #8 debited", func(t *testing.T, v int) {
			b := newBox(t, func(c *Config) { c.Hold = true })
			id := b.payment(v, goodCard, 100, "")
			b.confirmed(v, id)
			b.ok(v, "session/capture", sessionBody(id))
			b.process()
			got := b.is(id, "accepted", "succeeded", "", "")
			assert.Equal(t, 100.0, dig(got.v, "amount_details.amount"))
			b.lastHook("payment_finished")
		}),
		bothOf("6.4 hold #7b cancel", func(t *testing.T, v int) {
			b := newBox(t, func(c *Config) { c.Hold = true })
			id := b.payment(v, goodCard, 100, "")
			b.confirmed(v, id)
			b.ok(v, "session/cancel", sessionBody(id))
			b.ready()
			b.is(id, "cancelled", "failed", "", "session_cancelled_by_partner")
		}),
		bothOf("6.4 hold #7c hold over", func(t *testing.T, v int) {
			b := newBox(t, func(c *Config) { c.Hold = true })
			id := b.payment(v, goodCard, 100, "")
			b.confirmed(v, id)
			b.advance(HoldLimit)
			b.is(id, "cancelled", "failed", "", "capture_timeout")
			b.lastHook("payment_finished")
		}),
		bothOf("6.4 hold #7c debit instead", func(t *testing.T, v int) {
			b := newBox(t, func(c *Config) { c.Hold = true })
			require.NoError(t, b.s.Controls().SetOptions(context.Background(), "shop", Options{Hold: true, CaptureOnExpiry: true, WebhookURL: b.hooks.url}))
			id := b.payment(v, goodCard, 100, "")
			b.confirmed(v, id)
			b.advance(HoldLimit)
			b.is(id, "accepted", "succeeded", "", "")
		}),
		bothOf("6.5 recurring first payment", func(t *testing.T, v int) {
			b := newBox(t)
			id := b.payment(v, goodCard, 100, `{"recurrent":true}`)
			b.confirmed(v, id)
			token := dig(b.lastHook("payment_finished").state.v, "recurrent").(map[string]any)
			assert.Equal(t, true, token["is_active"])
			id = b.payment(v, goodCard, 100, "")
			b.confirmed(v, id)
			assert.Nil(t, b.state(id).v["recurrent"], "no token unless it was asked for")
		}),
		bothOf("6.5 recurring merchant-initiated", func(t *testing.T, v int) {
			b := newBox(t)
			id := b.ok(v, "session/init/payment", recurringBody(recurrentOf(b), "merchant", `{}`)).text("session.id")
			b.confirmed(v, id)
			got := b.is(id, "accepted", "succeeded", "", "")
			assert.Equal(t, "recurrent", dig(got.v, "payment_details.type"))
			assert.Equal(t, "4242", dig(got.v, "payment_details.card.last4"))
		}),
		bothOf("6.5 recurring client-initiated", func(t *testing.T, v int) {
			b := newBox(t)
			token := recurrentOf(b)
			b.refused("invalid_request", v, "session/init/payment", recurringBody(token, "client", `{}`))
			id := b.ok(v, "session/init/payment", recurringBody(token, "client", `{"return_url":"https://shop.example/"}`)).text("session.id")
			b.confirmed(v, id)
			b.lastHook("action_required")
			b.act(id, ActPayerOK)
			b.process()
			b.is(id, "accepted", "succeeded", "", "")
			b.refused("invalid_request", v, "session/init/payment", recurringBody(token, "bank", `{}`))
		}),
		bothOf("6.5 recurring payout by token", func(t *testing.T, v int) {
			b := newBox(t)
			id := b.ok(v, "session/init/payout", fmt.Sprintf(`{"%s":{"type":"recurrent","recurrent":{"token":"%s"}},"amount_details":{"amount":100,"currency":"eur"}}`, target(v), recurrentOf(b))).text("session.id")
			b.confirmed(v, id)
			b.is(id, "accepted", "succeeded", "", "")
		}),
	}
}

func recurringBody(token, initiator, options string) string {
	return fmt.Sprintf(`{"payment_details":{"type":"recurrent","recurrent":{"token":"%s","initiator":"%s"}},"amount_details":{"amount":300,"currency":"eur"},"customer":{"reference":"buyer-77"},"payment_options":%s}`, token, initiator, options)
}

func testPayerMustAct(t *testing.T, v int) {
	b := newBox(t)
	id := b.payment(v, payerCard, 100, "")
	b.confirmed(v, id)
	got := b.is(id, "in_progress", "pending", "", "")
	redirect := dig(got.v, "customer_interaction.redirect").(map[string]any)
	assert.Equal(t, "redirect", dig(got.v, "customer_interaction.type"))
	assert.Equal(t, "POST", redirect["method"])
	assert.Equal(t, b.url+"/_3ds", redirect["base_url"])
	assert.NotEmpty(t, dig(redirect, "params.PaReq"))
	assert.Equal(t, redirect["url"], dig(b.lastHook("action_required").state.v, "customer_interaction.redirect.url"))
}

// testPayerDone walks the page as a browser does: it reads the form, posts it, and is sent back.
func testPayerDone(t *testing.T, v int) {
	for result, want := range map[string][3]string{"ok": {"accepted", "succeeded", ""}, "fail": {"cancelled", "failed", "3DS_error"}} {
		b := newBox(t)
		id := b.payment(v, payerCard, 100, "")
		b.confirmed(v, id)
		link, _ := dig(b.state(id).v, "customer_interaction.redirect.url").(string)
		page, err := http.Get(link)
		require.NoError(t, err)
		text := readAll(t, page)
		require.Equal(t, 200, page.StatusCode)
		require.Contains(t, text, id)
		_, token, _ := strings.Cut(link, "tx=")
		require.Contains(t, text, token)
		browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		back, err := browser.PostForm(b.url+"/_3ds/result", url.Values{"tx": {token}, "result": {result}})
		require.NoError(t, err)
		readAll(t, back)
		require.Equal(t, "https://shop.example/back", back.Header.Get("Location"))
		b.process()
		b.is(id, want[0], want[1], "", want[2])
		again, err := browser.PostForm(b.url+"/_3ds/result", url.Values{"tx": {token}, "result": {"ok"}})
		require.NoError(t, err)
		readAll(t, again)
		assert.Equal(t, 404, again.StatusCode, "the link works once")
	}
}

func refundRows() []row {
	return []row{
		bothOf("6.6 refund #1 refund", func(t *testing.T, v int) {
			b, id := paid(t, v, 1000)
			b.ok(v, "session/refund", refundBody(id, 300))
			got := b.is(id, "in_progress", "succeeded", "", "")
			assert.Equal(t, "in_progress", dig(got.v, "refunds.0.status"))
			assert.Equal(t, "payment_finished", b.hooks.kinds()[1])
			assert.Len(t, b.hooks.kinds(), 2, "no notification at the start of a refund")
		}),
		bothOf("6.6 refund #2 done", func(t *testing.T, v int) {
			b, id := paid(t, v, 1000)
			b.ok(v, "session/refund", sessionBody(id))
			b.process()
			got := b.is(id, "accepted", "succeeded", "", "")
			assert.Equal(t, "accepted", dig(got.v, "refunds.0.status"))
			assert.Equal(t, 1000.0, dig(got.v, "refunds.0.amount_details.amount"), "no amount means the full amount")
			assert.NotEmpty(t, dig(got.v, "refunds.0.finished_at"))
			b.lastHook("payment_refunded")
		}),
		bothOf("6.6 refund #2' refused", func(t *testing.T, v int) {
			b, id := paid(t, v, 1000)
			b.ok(v, "session/refund", refundBody(id, 213))
			b.process()
			assert.Equal(t, "declined", dig(b.is(id, "accepted", "succeeded", "", "").v, "refunds.0.status"))
			b.lastHook("payment_refunded")
			b.ok(v, "session/refund", sessionBody(id))
		}),
		bothOf("6.6 refund chargeback", func(t *testing.T, v int) {
			b, id := paid(t, v, 1000)
			b.act(id, ActChargeback)
			got := b.is(id, "accepted", "succeeded", "", "")
			assert.Equal(t, true, dig(got.v, "refunds.0.is_chargeback"))
			assert.Equal(t, "accepted", dig(got.v, "refunds.0.status"))
			require.NoError(t, b.s.Settle(context.Background()))
			b.lastHook("payment_refunded")
			_, err := b.s.Controls().Act(context.Background(), ActRequest{Session: id, Act: ActChargeback, Amount: 1})
			require.ErrorContains(t, err, "refund_amount_too_large")
		}),
		bothOf("6.6 refund returned payout", func(t *testing.T, v int) {
			b := newBox(t)
			before := b.balance("eur")
			id := b.payout(v, goodCard, 1000)
			b.confirmed(v, id)
			b.act(id, ActReturnPayout)
			got := b.is(id, "accepted", "succeeded", "", "")
			assert.Equal(t, 1000.0, dig(got.v, "refunds.0.amount_details.amount"))
			assert.Nil(t, dig(got.v, "refunds.0.is_chargeback"))
			assert.Equal(t, before, b.balance("eur"))
			require.NoError(t, b.s.Settle(context.Background()))
			b.lastHook("payment_refunded")
		}),
	}
}

func refundBody(id string, amount int64) string {
	return fmt.Sprintf(`{"session_id":%q,"amount_details":{"amount":%d,"currency":"eur"}}`, id, amount)
}

// paid makes a payment that succeeded.
func paid(t *testing.T, v int, amount int64) (*box, string) {
	t.Helper()
	b := newBox(t)
	id := b.payment(v, goodCard, amount, "")
	b.confirmed(v, id)
	b.is(id, "accepted", "succeeded", "", "")
	return b, id
}
