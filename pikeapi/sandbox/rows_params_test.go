package sandbox

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// param is a parameter of a method as the reference's tables 4.2 to 4.17 have it.
type param struct {
	method, name string
	mandatory    bool
	good, bad    string // JSON values; bad empty: every value is taken
}

// targetParam stands for payment_method in v1 and payout_details in v2.
const targetParam = "payout target"

// paramTable is written down from the reference.
func paramTable() []param {
	card := `{"type":"card","card":{"type":"bank_card","bank_card":{"number":"4242424242424242","expiration_month":"07","expiration_year":"29","security_code":"321"}}}`
	sum, customer := `{"amount":10,"currency":"eur"}`, `{"reference":"buyer-77","contacts":[{"email":"a@shop.example","phone":"+4915112345678"}]}`
	people := `{"sender":{"company_name":"Shop"},"recipient":{"full_name":"Jane Roe","identity_document":{"id_type":"passport","id_number":"1"}}}`
	options := `{"return_url":"https://shop.example/","recurrent":true,"platform_details":{"type":"mobile","os":"ios"},"subscription":{"period":"month"}}`
	var all []param
	about := func(method string, list ...param) {
		for _, p := range list {
			p.method = method
			all = append(all, p)
		}
	}
	target, source := param{name: targetParam, good: card, bad: `"card"`}, param{name: "payment_details", good: card, bad: `"card"`}
	amount, who := param{name: "amount_details", good: sum, bad: `10`}, param{name: "customer", good: customer, bad: `"buyer-77"`}
	need := func(p param) param { p.mandatory = true; return p }
	common := []param{{name: "participant_details", good: people, bad: `[1]`}, {name: "metadata", good: `{"any":[1,"two"]}`}}
	optional := param{name: "payment_options", good: options, bad: `true`}
	sdkOnly := []param{{name: "payment_metadata", good: `{"device_session_id":"x"}`}, {name: "custom_routing", good: `{"a":1}`}, {name: "revenue_split_info", good: `[{}]`}, {name: "fiscalization_details", good: `{}`}}
	id := need(param{name: "session_id", bad: `7`})

	about("session/create", append(append([]param{target, source, amount, who, optional}, common...), sdkOnly...)...)
	about("session/init/payment", append([]param{need(source), need(amount), need(who), optional}, common...)...)
	about("session/init/payout", append([]param{need(target), need(amount), who}, append(common, sdkOnly...)...)...)
	about("session/start/payment", append([]param{id, source, amount, who, optional}, common...)...)
	about("session/start/payout", append([]param{id, target, amount, who}, common...)...)
	about("session/confirm", id, param{name: "confirm_information", good: `{"transfer_details":{"purpose":"p"}}`, bad: `"yes"`})
	about("session/cancel", id)
	about("session/capture", id, amount)
	about("session/refund", id, amount, param{name: "metadata", good: `"why"`}, param{name: "revenue_split_info", good: `[]`}, param{name: "custom_routing", good: `{}`})
	about("session/status", id)
	about("token", param{name: "tokenize_widget", mandatory: true, good: `{"access":true,"locale":"en"}`, bad: `true`},
		param{name: "acquiring_widget", bad: `{"session_id":5}`}, param{name: "fps_no_account_widget", bad: `{"session_id":"ps_1"}`}, param{name: "self_employed_widget", bad: `{"tax_reference":"123456789012"}`})
	about("token/info", param{name: "type", mandatory: true, bad: `"nonsense"`}, param{name: "public_token", mandatory: true, bad: `"x"`})
	about("tokenize/elements", param{name: "card", mandatory: true, good: `{"number":"4242424242424242","expiration_month":"07","expiration_year":"29"}`, bad: `"4242424242424242"`})
	about("recurrent/disable", param{name: "recurrent", mandatory: true, bad: `"x"`})
	about("recurrent/status", param{name: "recurrent", mandatory: true, bad: `"x"`})
	about("wallet/balance", param{name: "request_datetime", mandatory: true, good: `"2025-01-15T12:00:00+03:00"`, bad: `"noon"`})
	return all
}

func (p param) row() string { return "4.2-17 parameter " + p.method + " " + p.name }

func paramRows() []row {
	var rows []row
	for _, p := range paramTable() {
		rows = append(rows, row{p.row(), func(t *testing.T) {
			versions := []int{1, 2}
			if !newMethods()[p.method].in(2) {
				versions = []int{1}
			}
			for _, v := range versions {
				testParam(t, v, p)
			}
		}})
	}
	return rows
}

// testParam leaves the parameter out, gives it well, and gives it badly.
func testParam(t *testing.T, v int, p param) {
	name := p.name
	if name == targetParam {
		name = target(v)
	}
	b := newBox(t, func(c *Config) { c.Hold = p.method == "session/capture" })
	with := func(value string) *reply {
		body := bodyOf(b, v, p.method)
		switch {
		case value == "-":
			delete(body, name)
		case value != "":
			body[name] = json.RawMessage(value)
		}
		raw, err := json.Marshal(body)
		require.NoError(t, err)
		return b.call(v, p.method, string(raw))
	}
	told := func(r *reply, what string) {
		assert.Equal(t, "invalid_request", r.text("error.code"), "v%d %s: %s", v, what, r.raw)
		assert.Contains(t, r.text("error.description"), name, what)
	}
	if p.mandatory {
		told(with("-"), "left out")
	} else {
		assert.Equal(t, 200, with("-").status, "v%d left out", v)
	}
	assert.Equal(t, 200, with(p.good).status, "v%d given", v)
	if p.bad != "" {
		told(with(p.bad), "given badly")
	}
}

// bodyOf is a request that is good, and legal for the session that it is about.
func bodyOf(b *box, v int, method string) map[string]json.RawMessage {
	b.t.Helper()
	text := ""
	switch method {
	case "session/create":
		text = `{}`
	case "session/init/payment":
		text = paymentBody(goodCard, 100, "")
	case "session/init/payout":
		text = payoutBody(v, goodCard, 100)
	case "session/start/payment":
		text = sessionBody(b.ok(v, "session/create", paymentBody(goodCard, 100, "")).text("session.id"))
	case "session/start/payout":
		text = sessionBody(b.ok(v, "session/create", payoutBody(v, goodCard, 100)).text("session.id"))
	case "session/confirm", "session/cancel", "session/status":
		id := b.payout(v, goodCard, 100)
		b.ready()
		text = sessionBody(id)
	case "session/capture", "session/refund":
		id := b.payment(v, goodCard, 100, "")
		b.confirmed(v, id)
		text = sessionBody(id)
	case "token":
		text = `{"tokenize_widget":{"access":true}}`
	case "token/info":
		text = fmt.Sprintf(`{"type":"public_token","public_token":{"token":%q}}`, b.ok(1, "token", `{"tokenize_widget":{}}`).text("public_token"))
	case "tokenize/elements":
		text = `{"card":{"number":"4242424242424242"}}`
	case "recurrent/disable", "recurrent/status":
		text = fmt.Sprintf(`{"recurrent":{"token":%q}}`, recurrentOf(b))
	case "wallet/balance":
		text = `{"request_datetime":"2025-01-15T12:00:00+03:00"}`
	}
	var body map[string]json.RawMessage
	require.NoError(b.t, json.Unmarshal([]byte(text), &body), method)
	return body
}
