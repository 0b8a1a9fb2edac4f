package sandbox

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"pikedash/pikeapi"
)

// These tests hold the project's own client library against the sandbox: two readings of one
// protocol, written apart.

// TestBuilders: what the library builds is accepted by the strict sandbox, in both versions.
func TestBuilders(t *testing.T) {
	for _, v := range []pikeapi.Version{pikeapi.V1, pikeapi.V2} {
		b := newBox(t, func(c *Config) { c.Strict, c.Hold = true, true })
		card := pikeapi.Instrument{Card: &pikeapi.CardInput{Number: goodCard, ExpiryMonth: "07", ExpiryYear: "29", SecurityCode: "123", Holder: "Jane Roe"}}
		sum := pikeapi.Money{Amount: 1000, Currency: "eur"}
		people := &pikeapi.Participants{Recipient: &pikeapi.Participant{FullName: "Jane Roe", City: "Riga", Email: "jane@shop.example"}}
		customer := &pikeapi.Customer{Reference: "buyer-77", Contacts: []pikeapi.Contact{{Email: "jane@shop.example"}}}
		options := &pikeapi.PaymentOptions{ReturnURL: "https://shop.example/", Recurrent: true}
		do := func(v pikeapi.Version, method string, body func(pikeapi.Version) ([]byte, error)) *pikeapi.Response {
			t.Helper()
			raw, err := body(v)
			require.NoError(t, err)
			answer, err := pikeapi.ParseResponse(b.ok(int(v), method, string(raw)).raw)
			require.NoError(t, err)
			return answer
		}
		s := do(v, "session/create", pikeapi.CreateSession{Target: &card, Amount: &sum, Participants: people, Customer: customer, Metadata: json.RawMessage(`"m"`)}.Body).Session
		s = do(v, "session/start/payout", pikeapi.StartPayout{SessionID: s.ID}.Body).Session
		assert.Equal(t, pikeapi.SessionInProgress, s.Status)
		require.Len(t, s.Payouts, 1)
		assert.Equal(t, "Jane Roe", s.Payouts[0].Recipient)
		assert.Equal(t, "4242", s.Payouts[0].Card.Last4)
		s = do(v, "session/init/payout", pikeapi.InitPayout{Target: card, Amount: sum, Participants: people}.Body).Session
		b.ready()
		do(v, "session/cancel", pikeapi.SessionCall{SessionID: s.ID}.Body)
		s = do(v, "session/init/payment", pikeapi.InitPayment{Source: card, Amount: sum, Customer: customer, Options: options}.Body).Session
		b.confirmed(int(v), s.ID)
		do(v, "session/capture", pikeapi.CaptureCall{SessionID: s.ID, Amount: &sum}.Body)
		b.process()
		s = do(v, "session/status", pikeapi.SessionCall{SessionID: s.ID}.Body).Session
		require.Equal(t, pikeapi.OperationSucceeded, s.Payments[0].Status)
		token := s.Payments[0].Recurrent.Token
		s = do(v, "session/refund", pikeapi.RefundCall{SessionID: s.ID, Amount: &sum, Metadata: json.RawMessage(`{"why":1}`)}.Body).Session
		assert.Equal(t, pikeapi.RefundInProgress, s.Payments[0].Refunds[0].Status)
		recurring := pikeapi.Instrument{Recurrent: &pikeapi.RecurrentInput{Token: token, Initiator: "merchant"}}
		do(v, "session/init/payment", pikeapi.InitPayment{Source: recurring, Amount: sum, Customer: customer}.Body)
		empty := do(v, "session/create", pikeapi.CreateSession{}.Body).Session
		do(v, "session/start/payment", pikeapi.StartPayment{SessionID: empty.ID, Source: &card, Amount: &sum, Customer: customer}.Body)

		one := pikeapi.V1
		made := do(one, "tokenize/elements", pikeapi.TokenizeElements{Card: *card.Card}.Body)
		do(v, "session/init/payout", pikeapi.InitPayout{Target: pikeapi.Instrument{Token: made.Token}, Amount: sum}.Body)
		do(one, "token/info", pikeapi.TokenInfo{CardToken: made.Token}.Body)
		do(one, "token", pikeapi.TokenRequest{TokenizeWidget: &pikeapi.TokenizeWidget{Locale: "en"}}.Body)
		assert.True(t, do(one, "recurrent/status", pikeapi.RecurrentCall{Token: token}.Body).Recurrent.Active)
		assert.False(t, do(one, "recurrent/disable", pikeapi.RecurrentCall{Token: token}.Body).Recurrent.Active)
		assert.Len(t, do(one, "wallet/balance", pikeapi.WalletBalance{At: time.Now()}.Body).Wallets, 4)
		for _, x := range b.hooks.all() {
			n, err := pikeapi.ParseNotification(x.body)
			require.NoError(t, err)
			assert.Equal(t, v, n.Session.Version)
		}
	}
}

// TestSameMethods: library and sandbox agree on methods, versions and idempotency keys.
func TestSameMethods(t *testing.T) {
	mine := newMethods()
	for _, m := range pikeapi.Methods() {
		own, ok := mine[m.Name]
		if !assert.True(t, ok, m.Name) {
			continue
		}
		assert.Equal(t, m.Versions, own.versions, m.Name)
		assert.Equal(t, m.TakesKey, own.takesKey, m.Name)
		delete(mine, m.Name)
	}
	assert.Empty(t, mine)
}

// TestSameRules: what the library calls legal for a session is what the sandbox then takes. A second
// refund beside a running one is the exception: the sandbox takes it (12 #28), the library waits.
func TestSameRules(t *testing.T) {
	for _, at := range allStates() {
		for _, action := range []string{"confirm", "cancel", "capture", "refund"} {
			b := newBox(t, func(c *Config) { c.Hold = true })
			id := inState(b, 2, at)
			answer, err := pikeapi.ParseResponse(b.ok(2, "session/status", sessionBody(id)).raw)
			require.NoError(t, err)
			want := answer.Session.Legal(action)
			body := sessionBody(id)
			if action == "refund" {
				body = refundBody(id, 10)
			}
			got := b.call(2, "session/"+action, body)
			if action == "refund" && at == "refunding" {
				assert.Equal(t, 200, got.status)
				continue
			}
			assert.Equal(t, want.Allowed, got.status == 200, "%s in state %s: the library says %q, the sandbox %s", action, at, want.Reason, got.raw)
		}
	}
}

// TestWrongVersionNames: a name of the other version is refused by name, and the right one is named.
func TestWrongVersionNames(t *testing.T) {
	for _, strict := range []bool{false, true} {
		b := newBox(t, func(c *Config) { c.Strict = strict })
		id := b.ok(2, "session/create", `{}`).text("session.id")
		for _, c := range []struct {
			v                        int
			method, body, sent, want string
		}{
			{1, "session/init/payout", payoutBody(2, goodCard, 1), "payout_details", "payment_method"},
			{2, "session/init/payout", payoutBody(1, goodCard, 1), "payment_method", "payout_details"},
			{1, "session/create", payoutBody(2, goodCard, 1), "payout_details", "payment_method"},
			{2, "session/create", payoutBody(1, goodCard, 1), "payment_method", "payout_details"},
			{1, "session/start/payout", `{"session_id":"` + id + `",` + payoutBody(2, goodCard, 1)[1:], "payout_details", "payment_method"},
			{2, "session/create", `{"payments":[]}`, "payments", "payout_list"},
			{2, "session/create", `{"acquiring_payments":[]}`, "acquiring_payments", "payment_list"},
			{1, "session/create", `{"payout_list":[]}`, "payout_list", "payments"},
			{1, "session/create", `{"payment_list":[]}`, "payment_list", "acquiring_payments"},
			{1, "session/confirm", `{"session_id":"x","confirm_information":{"transfer_details":{"payout_details":{}}}}`, "payout_details", "payment_method"},
		} {
			said := b.refused("invalid_request", c.v, c.method, c.body).text("error.description")
			assert.Contains(t, said, c.sent+" is a name of API v")
			assert.True(t, strings.HasSuffix(said, "it is "+c.want), said)
		}
	}
	// The one form that a public client is known to send.
	b := newBox(t)
	assert.Equal(t, 200, b.startWithV1Name().status)
	id := b.ok(2, "session/create", `{}`).text("session.id")
	r := b.refused("invalid_request", 2, "session/start/payout", `{"session_id":"`+id+`","payout_details":{},`+payoutBody(1, goodCard, 1)[1:])
	assert.Contains(t, r.text("error.description"), "both")
}
