package pikeapi

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

var bodyTests = []struct {
	name    string
	method  string
	request Request
	v1, v2  string // empty: the version does not have it
}{
	{"payout to a card", MethodInitPayout, InitPayout{
		Target: Instrument{Card: &CardInput{Number: "4242424242424242"}}, Amount: Money{150000, "eur"},
		Participants: &Participants{Recipient: &Participant{FullName: "Jane Roe <& Łódź>"}},
		Customer:     &Customer{Reference: "user-7"}, Metadata: json.RawMessage(`{ "b":1, "a" : "x/y" }`),
	},
		`{"payment_method":{"type":"card","card":{"type":"bank_card","bank_card":{"number":"4242424242424242"}}},"amount_details":{"amount":150000,"currency":"eur"},"participant_details":{"recipient":{"full_name":"Jane Roe <& Łódź>"}},"customer":{"reference":"user-7"},"metadata":{ "b":1, "a" : "x/y" }}`,
		`{"payout_details":{"type":"card","card":{"type":"bank_card","bank_card":{"number":"4242424242424242"}}},"amount_details":{"amount":150000,"currency":"eur"},"participant_details":{"recipient":{"full_name":"Jane Roe <& Łódź>"}},"customer":{"reference":"user-7"},"metadata":{ "b":1, "a" : "x/y" }}`},
	{"payout to a token", MethodInitPayout, InitPayout{Target: Instrument{Token: "9a1f00119a1f"}, Amount: Money{1, "jpy"}},
		`{"payment_method":{"type":"card","card":{"type":"tokenized_card","tokenized_card":{"token":"9a1f00119a1f"}}},"amount_details":{"amount":1,"currency":"jpy"}}`,
		`{"payout_details":{"type":"card","card":{"type":"tokenized_card","tokenized_card":{"token":"9a1f00119a1f"}}},"amount_details":{"amount":1,"currency":"jpy"}}`},
	{"payout to a recurring token", MethodStartPayout, StartPayout{SessionID: "ps_1", Target: &Instrument{Recurrent: &RecurrentInput{Token: "77aa"}}, Amount: &Money{5, "EUR"}},
		`{"session_id":"ps_1","payment_method":{"type":"recurrent","recurrent":{"token":"77aa"}},"amount_details":{"amount":5,"currency":"EUR"}}`,
		`{"session_id":"ps_1","payout_details":{"type":"recurrent","recurrent":{"token":"77aa"}},"amount_details":{"amount":5,"currency":"EUR"}}`},
	{"start with nothing new", MethodStartPayout, StartPayout{SessionID: "ps_1"}, `{"session_id":"ps_1"}`, `{"session_id":"ps_1"}`},
	{"payment", MethodInitPayment, InitPayment{
		Source: Instrument{Card: &CardInput{Number: "4000000000000010", ExpiryMonth: "07", ExpiryYear: "29", SecurityCode: "321", Holder: "J ROE"}},
		Amount: Money{2599, "eur"}, Customer: &Customer{Reference: "buyer-77", Contacts: []Contact{{Email: "a@b.example"}, {Phone: "+371"}}},
		Options: &PaymentOptions{ReturnURL: "https://shop.example/back?a=1&b=2", Recurrent: true}, Metadata: json.RawMessage(`"order-9001"`),
	},
		`{"payment_details":{"type":"card","card":{"type":"bank_card","bank_card":{"number":"4000000000000010","expiration_month":"07","expiration_year":"29","security_code":"321","cardholder_name":"J ROE"}}},"amount_details":{"amount":2599,"currency":"eur"},"customer":{"reference":"buyer-77","contacts":[{"email":"a@b.example"},{"phone":"+371"}]},"payment_options":{"return_url":"https://shop.example/back?a=1&b=2","recurrent":true},"metadata":"order-9001"}`,
		`{"payment_details":{"type":"card","card":{"type":"bank_card","bank_card":{"number":"4000000000000010","expiration_month":"07","expiration_year":"29","security_code":"321","cardholder_name":"J ROE"}}},"amount_details":{"amount":2599,"currency":"eur"},"customer":{"reference":"buyer-77","contacts":[{"email":"a@b.example"},{"phone":"+371"}]},"payment_options":{"return_url":"https://shop.example/back?a=1&b=2","recurrent":true},"metadata":"order-9001"}`},
	{"payment by the merchant", MethodStartPayment, StartPayment{SessionID: "ps_1", Source: &Instrument{Recurrent: &RecurrentInput{Token: "t", Initiator: "merchant"}}},
		`{"session_id":"ps_1","payment_details":{"type":"recurrent","recurrent":{"token":"t","initiator":"merchant"}}}`,
		`{"session_id":"ps_1","payment_details":{"type":"recurrent","recurrent":{"token":"t","initiator":"merchant"}}}`},
	{"empty session", MethodCreate, CreateSession{}, `{}`, `{}`},
	{"session for an encrypted card", MethodCreate, CreateSession{Target: &Instrument{Encrypted: &EncryptedCard{NumberHash: "n", ExpirationDateHash: "e", SecurityCodeHash: "s", HolderHash: "h"}}},
		`{"payment_method":{"type":"card","card":{"type":"encrypted_card","encrypted_card":{"number_hash":"n","expiration_date_hash":"e","security_code_hash":"s","cardholder_name_hash":"h"}}}}`,
		`{"payout_details":{"type":"card","card":{"type":"encrypted_card","encrypted_card":{"number_hash":"n","expiration_date_hash":"e","security_code_hash":"s","cardholder_name_hash":"h"}}}}`},
	{"session with another form", MethodCreate, CreateSession{Target: &Instrument{Raw: json.RawMessage(`{"type":"wallet", "wallet":{}}`)}},
		`{"payment_method":{"type":"wallet", "wallet":{}}}`, `{"payout_details":{"type":"wallet", "wallet":{}}}`},
	{"confirm", MethodConfirm, SessionCall{"ps_1"}, `{"session_id":"ps_1"}`, `{"session_id":"ps_1"}`},
	{"cancel", MethodCancel, SessionCall{"ps_1"}, `{"session_id":"ps_1"}`, `{"session_id":"ps_1"}`},
	{"status", MethodStatus, SessionCall{"ps_1"}, `{"session_id":"ps_1"}`, `{"session_id":"ps_1"}`},
	{"capture of all", MethodCapture, CaptureCall{SessionID: "ps_1"}, `{"session_id":"ps_1"}`, `{"session_id":"ps_1"}`},
	{"capture of part", MethodCapture, CaptureCall{"ps_1", &Money{100, "eur"}},
		`{"session_id":"ps_1","amount_details":{"amount":100,"currency":"eur"}}`, `{"session_id":"ps_1","amount_details":{"amount":100,"currency":"eur"}}`},
	{"refund of part", MethodRefund, RefundCall{"ps_1", &Money{100, "eur"}, json.RawMessage(`7`)},
		`{"session_id":"ps_1","amount_details":{"amount":100,"currency":"eur"},"metadata":7}`, `{"session_id":"ps_1","amount_details":{"amount":100,"currency":"eur"},"metadata":7}`},
	{"public token", MethodToken, TokenRequest{TokenizeWidget: &TokenizeWidget{Locale: "en"}, AcquiringWidget: &AcquiringWidget{
		SessionID: "ps_1", Locale: "en", ShowRecurrent: true, SuccessReturnURL: "https://a.example/s", FailureReturnURL: "https://a.example/f", SuccessOnHold: true, RedirectTarget: "top"}},
		`{"tokenize_widget":{"access":true,"locale":"en"},"acquiring_widget":{"session_id":"ps_1","locale":"en","show_recurrent_checkbox":true,"success_return_url":"https://a.example/s","failure_return_url":"https://a.example/f","success_on_hold":true,"redirect_target":"top"}}`, ``},
	{"info of a card token", MethodTokenInfo, TokenInfo{CardToken: "t"}, `{"type":"card","card":{"type":"tokenized_card","tokenized_card":{"token":"t"}}}`, ``},
	{"info of a hash", MethodTokenInfo, TokenInfo{NumberHash: "h"}, `{"type":"card","card":{"type":"encrypted_card","encrypted_card":{"number_hash":"h"}}}`, ``},
	{"info of a public token", MethodTokenInfo, TokenInfo{PublicToken: "t"}, `{"type":"public_token","public_token":{"token":"t"}}`, ``},
	{"info of a recurring token", MethodTokenInfo, TokenInfo{RecurrentToken: "t"}, `{"type":"recurrent_token","recurrent_token":{"token":"t"}}`, ``},
	{"tokenize", MethodTokenizeElements, TokenizeElements{CardInput{Number: "4242424242424242", ExpiryMonth: "05", ExpiryYear: "29"}},
		`{"card":{"number":"4242424242424242","expiration_month":"05","expiration_year":"29"}}`, ``},
	{"recurring status", MethodRecurrentStatus, RecurrentCall{"t"}, `{"recurrent":{"token":"t"}}`, ``},
	{"recurring disable", MethodRecurrentDisable, RecurrentCall{"t"}, `{"recurrent":{"token":"t"}}`, ``},
	{"balance", MethodWalletBalance, WalletBalance{time.Date(2025, 1, 15, 12, 0, 0, 5, time.FixedZone("", 3*3600))},
		`{"request_datetime":"2025-01-15T12:00:00+03:00"}`, ``},
}

func TestBodiesAreGolden(t *testing.T) {
	covered := map[string]bool{}
	for _, test := range bodyTests {
		t.Run(test.name, func(t *testing.T) {
			method, ok := LookupMethod(test.method)
			require.True(t, ok)
			covered[test.method] = true
			for v, want := range map[Version]string{V1: test.v1, V2: test.v2} {
				got, err := test.request.Body(v)
				if !method.Speaks(v) {
					assert.Error(t, err)
					continue
				}
				require.NoError(t, err)
				assert.Equal(t, want, string(got))
				assert.True(t, json.Valid(got))
			}
			_, err := test.request.Body(3)
			assert.Error(t, err)
		})
	}
	for _, m := range Methods() {
		assert.True(t, covered[m.Name], "no golden body for %s", m.Name)
	}
}

func TestBodiesRefuseWhatIsNoJSON(t *testing.T) {
	_, err := InitPayout{Metadata: json.RawMessage(`{"a":`)}.Body(V2)
	assert.ErrorContains(t, err, "metadata")
	_, err = InitPayout{Participants: &Participants{Recipient: &Participant{FullName: "a\xffb"}}}.Body(V2)
	assert.ErrorContains(t, err, "full_name")
	_, err = InitPayment{Customer: &Customer{Contacts: []Contact{{Email: "\xff"}}}}.Body(V1)
	assert.Error(t, err)
	_, err = TokenInfo{}.Body(V1)
	assert.Error(t, err)
}

func TestAnyTextSurvivesABody(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.String().Draw(t, "name")
		amount := rapid.Int64().Draw(t, "amount")
		body, err := InitPayout{Target: Instrument{Token: "t"}, Amount: Money{amount, "eur"},
			Participants: &Participants{Recipient: &Participant{FullName: name, City: name}}}.Body(V2)
		require.NoError(t, err)
		var back struct {
			Amount struct{ Amount int64 } `json:"amount_details"`
			Parts  struct {
				Recipient struct {
					FullName string `json:"full_name"`
				}
			} `json:"participant_details"`
		}
		require.NoError(t, json.Unmarshal(body, &back))
		assert.Equal(t, name, back.Parts.Recipient.FullName)
		assert.Equal(t, amount, back.Amount.Amount)
	})
}

func TestValidate(t *testing.T) {
	good := func() InitPayment {
		return InitPayment{
			Source: Instrument{Card: &CardInput{Number: "4242424242424242", ExpiryMonth: "05", ExpiryYear: "29", SecurityCode: "123"}},
			Amount: Money{100, "eur"}, Customer: &Customer{Reference: "u"},
		}
	}
	assert.Empty(t, good().Validate())
	tests := []struct {
		field, reason string
		change        func(*InitPayment)
	}{
		{"card.number", "missing", func(p *InitPayment) { p.Source.Card.Number = "" }},
		{"card.number", "14 to 19", func(p *InitPayment) { p.Source.Card.Number = "4242424242424" }},
		{"card.number", "without blanks", func(p *InitPayment) { p.Source.Card.Number = "4242 4242 4242 4242" }},
		{"card.number", "character 3", func(p *InitPayment) { p.Source.Card.Number = "42x2424242424242" }},
		{"card.number", "did you mean 2 as the last digit?", func(p *InitPayment) { p.Source.Card.Number = "4242424242424243" }},
		{"card.number", "are digits 1 and 2 swapped?", func(p *InitPayment) { p.Source.Card.Number = "2442424242424242" }},
		{"card.expiration_month", "01 to 12", func(p *InitPayment) { p.Source.Card.ExpiryMonth = "13" }},
		{"card.expiration_month", "01 to 12", func(p *InitPayment) { p.Source.Card.ExpiryMonth = "0x" }},
		{"card.expiration_month", "missing", func(p *InitPayment) { p.Source.Card.ExpiryMonth = "" }},
		{"card.expiration_year", "two digits", func(p *InitPayment) { p.Source.Card.ExpiryYear = "2029" }},
		{"card.security_code", "three or four", func(p *InitPayment) { p.Source.Card.SecurityCode = "12" }},
		{"card.security_code", "missing", func(p *InitPayment) { p.Source.Card.SecurityCode = "" }},
		{"card.cardholder_name", "line break", func(p *InitPayment) { p.Source.Card.Holder = "a\nb" }},
		{"amount", "more than 0", func(p *InitPayment) { p.Amount.Amount = 0 }},
		{"amount", "more than 0", func(p *InitPayment) { p.Amount.Amount = -5 }},
		{"currency", "missing", func(p *InitPayment) { p.Amount.Currency = "" }},
		{"currency", "three letters", func(p *InitPayment) { p.Amount.Currency = "euro" }},
		{"currency", "ISO 4217", func(p *InitPayment) { p.Amount.Currency = "zzz" }},
		{"currency", "minor units", func(p *InitPayment) { p.Amount.Currency = "xau" }},
		{"customer.reference", "missing", func(p *InitPayment) { p.Customer = nil }},
		{"customer.reference", "missing", func(p *InitPayment) { p.Customer.Reference = "" }},
		{"customer.contacts.email", "e-mail", func(p *InitPayment) { p.Customer.Contacts = []Contact{{Email: "nobody"}} }},
		{"return_url", "web address", func(p *InitPayment) { p.Options = &PaymentOptions{ReturnURL: "javascript:alert(1)"} }},
		{"return_url", "web address", func(p *InitPayment) { p.Options = &PaymentOptions{ReturnURL: "https://"} }},
		{"return_url", "client initiates", func(p *InitPayment) {
			p.Source = Instrument{Recurrent: &RecurrentInput{Token: "t", Initiator: "client"}}
		}},
		{"recurrent.initiator", "merchant or client", func(p *InitPayment) { p.Source = Instrument{Recurrent: &RecurrentInput{Token: "t", Initiator: "me"}} }},
		{"metadata", "not JSON", func(p *InitPayment) { p.Metadata = json.RawMessage("order 7") }},
		{"metadata", "larger", func(p *InitPayment) { p.Metadata = json.RawMessage(`"` + strings.Repeat("x", 70<<10) + `"`) }},
		{"metadata", "nested", func(p *InitPayment) {
			p.Metadata = json.RawMessage(strings.Repeat("[", 100) + strings.Repeat("]", 100))
		}},
		{"token", "give a card", func(p *InitPayment) { p.Source = Instrument{} }},
		{"token", "not several", func(p *InitPayment) { p.Source.Token = "t" }},
		{"token", "blank", func(p *InitPayment) { p.Source = Instrument{Token: "a b"} }},
		{"recipient.email", "e-mail", func(p *InitPayment) { p.Participants = &Participants{Recipient: &Participant{Email: "x@y"}} }},
		{"recipient.country_iso2", "2 letters", func(p *InitPayment) { p.Participants = &Participants{Recipient: &Participant{CountryISO2: "lva"}} }},
		{"sender.date_of_birth", "YYYY-MM-DD", func(p *InitPayment) { p.Participants = &Participants{Sender: &Participant{DateOfBirth: "1.2.1990"}} }},
	}
	for _, test := range tests {
		p := good()
		test.change(&p)
		errs := p.Validate()
		assert.Contains(t, errs.For(test.field), test.reason, "%s: %v", test.field, errs)
		assert.NotContains(t, errs.Error(), "4242424242424", "no card number in an error")
	}
	payout := InitPayout{Target: Instrument{Card: &CardInput{Number: "4242424242424242"}}, Amount: Money{1, "eur"}}
	assert.NotEmpty(t, payout.Validate().For("recipient.full_name"))
	payout.Participants = &Participants{Recipient: &Participant{FirstName: "Jane", LastName: "Roe"}}
	assert.Empty(t, payout.Validate(), "a payout needs the card's number alone")
	assert.NotEmpty(t, SessionCall{}.Validate().For("session_id"))
	assert.NotEmpty(t, CreateSession{Target: &Instrument{Token: "a"}, Source: &Instrument{Token: "b"}}.Validate())
	assert.Empty(t, CreateSession{}.Validate())
}

func TestLuhnHintNeverRepeatsTheNumber(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		number := rapid.StringMatching(`[0-9]{14,19}`).Draw(t, "number")
		reason := checkCardNumber(number)
		assert.Equal(t, LuhnValid(number), reason == "")
		assert.NotContains(t, reason, number)
		assert.NotContains(t, reason, number[:6])
	})
}

// A swap of two neighbours and a wrong last digit must be among the suggestions.
func TestLuhnHintNamesTheSlip(t *testing.T) {
	for i := range 15 {
		b := []byte("4000000000003220")
		if b[i] == b[i+1] {
			continue
		}
		b[i], b[i+1] = b[i+1], b[i]
		if reason := checkCardNumber(string(b)); reason != "" {
			assert.Contains(t, reason, "swapped?")
		}
	}
	assert.Contains(t, checkCardNumber("4000000000003221"), "did you mean 0 as the last digit?")
}
