package create

import (
	"encoding/json"
	"strings"

	"pikedash/pikeapi"
	"pikedash/ui/page"
	"pikedash/ui/widget"
)

// The fields of the form.
const (
	fSession   = "session_id"
	fSource    = "source"
	fCard      = "card"
	fExpiry    = "expiry"
	fCode      = "security_code"
	fHolder    = "holder"
	fToken     = "token"
	fInitiator = "initiator"
	fRecipient = "recipient"
	fAmount    = "amount"
	fCurrency  = "currency"
	fCustomer  = "customer"
	fReturnURL = "return_url"
	fRecurrent = "recurrent"
	fMetadata  = "metadata"
	fMore      = "more"
	fEmail     = "email"
	fPhone     = "phone"
	fSender    = "sender"
	fCountry   = "country"
	fCity      = "city"
	fAddress   = "address"
	fBirth     = "birth"
)

// The choices of fSource.
const (
	byCard      = "card"
	byToken     = "token"
	byRecurrent = "recurrent"
	byNothing   = "nothing"
)

// request is a method that the form makes, with its name for people.
type request struct{ method, title string }

func requests() []request {
	return []request{
		{"session/init/payout", "payout"},
		{"session/init/payment", "payment"},
		{"session/create", "empty or prefilled session"},
		{"session/start/payout", "payout in a session"},
		{"session/start/payment", "payment in a session"},
	}
}

func titleOf(method string) string {
	for _, r := range requests() {
		if r.method == method {
			return r.title
		}
	}
	return method
}

func newForm(deps *page.Deps) *widget.Form {
	f := widget.NewForm(deps.Theme, deps.Keys,
		widget.Field{Key: fSession, Label: "Session", Hint: "ps_…", Limit: 128},
		widget.Field{Key: fRecipient, Label: "Recipient", Hint: "full name", Limit: 256},
		widget.Field{Key: fSource, Label: "By", Kind: widget.SelectField, Choices: []string{byCard, byToken, byRecurrent},
			Titles: []string{"card number", "card token", "recurring token"}},
		widget.Field{Key: fCard, Label: "Card", Kind: widget.DigitsField, Hint: "14 to 19 digits", Limit: 19},
		widget.Field{Key: fExpiry, Label: "Expiry", Hint: "MM/YY", Limit: 7},
		widget.Field{Key: fCode, Label: "Security code", Kind: widget.SecretField, Limit: 4},
		widget.Field{Key: fToken, Label: "Token", Limit: 512},
		widget.Field{Key: fInitiator, Label: "Initiator", Kind: widget.SelectField, Choices: []string{"merchant", "client"}},
		widget.Field{Key: fAmount, Label: "Amount", Hint: "such as 150.00", Limit: 32},
		widget.Field{Key: fCurrency, Label: "Currency", Hint: "EUR", Limit: 3},
		widget.Field{Key: fCustomer, Label: "Customer", Hint: "your reference", Limit: 256},
		widget.Field{Key: fReturnURL, Label: "Return URL", Hint: "https://… after 3-D Secure", Limit: 2048},
		widget.Field{Key: fRecurrent, Label: "Recurring", Kind: widget.ToggleField},
		widget.Field{Key: fMetadata, Label: "Metadata", Hint: `text, or {"order":9001}`},
		widget.Field{Key: fMore, Label: "more fields", Kind: widget.FoldField},
		widget.Field{Key: fHolder, Label: "Cardholder", Group: fMore, Limit: 256},
		widget.Field{Key: fEmail, Label: "E-mail", Group: fMore, Limit: 256},
		widget.Field{Key: fPhone, Label: "Phone", Group: fMore, Limit: 32},
		widget.Field{Key: fSender, Label: "Sender", Group: fMore, Hint: "full name", Limit: 256},
		widget.Field{Key: fCountry, Label: "Country", Group: fMore, Hint: "two letters", Limit: 2},
		widget.Field{Key: fCity, Label: "City", Group: fMore, Limit: 256},
		widget.Field{Key: fAddress, Label: "Address", Group: fMore, Limit: 512},
		widget.Field{Key: fBirth, Label: "Date of birth", Group: fMore, Hint: "YYYY-MM-DD", Limit: 10},
	)
	f.SetValue(fCurrency, "EUR")
	f.MarkClean()
	return f
}

// payment says whether the request takes money from somebody, else it pays out.
func (m *Model) payment() bool { return strings.HasSuffix(m.method, "/payment") }

// arrange shows the fields that the request has.
func (m *Model) arrange() {
	starts, creates := strings.Contains(m.method, "/start/"), m.method == "session/create"
	choices, titles := []string{byCard, byToken, byRecurrent}, []string{"card number", "card token", "recurring token"}
	if starts || creates {
		choices, titles = append([]string{byNothing}, choices...), append([]string{"not in this request"}, titles...)
	}
	m.form.SetChoices(fSource, choices, titles)
	source := m.form.Value(fSource)
	card := source == byCard
	hide := map[string]bool{
		fSession: !starts, fRecipient: m.payment(), fCard: !card, fHolder: !card,
		fExpiry: !card || !m.payment(), fCode: !card || !m.payment(),
		fToken: source != byToken && source != byRecurrent, fInitiator: source != byRecurrent || !m.payment(),
		fReturnURL: !m.payment() && !creates, fRecurrent: !m.payment(),
	}
	for key, hidden := range hide {
		m.form.SetHidden(key, hidden)
	}
}

// setMethod changes the request; every value stays.
func (m *Model) setMethod(method string) {
	m.method, m.edited = method, nil
	m.arrange()
	m.lockFields("")
}

// metadata is the field's text as JSON: as it is where it is JSON, else as a JSON string.
func metadata(text string) json.RawMessage {
	trimmed := strings.TrimSpace(text)
	if trimmed == "" {
		return nil
	}
	if json.Valid([]byte(trimmed)) {
		return json.RawMessage(trimmed)
	}
	quoted, err := pikeapi.QuoteJSON(text)
	if err != nil {
		return nil
	}
	return quoted
}

// money reads the amount; the reason says what is wrong with it.
func (m *Model) money() (amount *pikeapi.Money, reason string) {
	text, currency := strings.TrimSpace(m.form.Value(fAmount)), strings.TrimSpace(m.form.Value(fCurrency))
	if text == "" {
		return nil, ""
	}
	a, err := pikeapi.ParseMoney(text, currency)
	if err != nil {
		return nil, err.Error()
	}
	a.Currency = strings.ToLower(currency)
	return &a, ""
}

// instrument is where the money goes, or comes from; nil when the request does not say.
func (m *Model) instrument() *pikeapi.Instrument {
	v := m.form.Value
	switch v(fSource) {
	case byToken:
		return &pikeapi.Instrument{Token: strings.TrimSpace(v(fToken))}
	case byRecurrent:
		r := &pikeapi.RecurrentInput{Token: strings.TrimSpace(v(fToken))}
		if m.payment() {
			r.Initiator = v(fInitiator)
		}
		return &pikeapi.Instrument{Recurrent: r}
	case byCard:
		card := &pikeapi.CardInput{Number: v(fCard), Holder: v(fHolder)}
		if m.payment() {
			card.ExpiryMonth, card.ExpiryYear = expiry(v(fExpiry))
			card.SecurityCode = v(fCode)
		}
		return &pikeapi.Instrument{Card: card}
	}
	return nil
}

// expiry reads MM/YY, MMYY and MM/20YY.
func expiry(text string) (month, year string) {
	digits := strings.Map(func(r rune) rune {
		if r == '/' || r == ' ' || r == '-' {
			return -1
		}
		return r
	}, text)
	if len(digits) <= 2 {
		return digits, ""
	}
	month, year = digits[:2], digits[2:]
	if len(year) == 4 && strings.HasPrefix(year, "20") {
		year = year[2:]
	}
	return month, year
}

func (m *Model) participants() *pikeapi.Participants {
	v := m.form.Value
	person := pikeapi.Participant{
		CountryISO2: v(fCountry), City: v(fCity), AddressLine: v(fAddress), DateOfBirth: v(fBirth),
	}
	p := &pikeapi.Participants{}
	if m.payment() {
		person.FullName = v(fSender)
		if person != (pikeapi.Participant{}) {
			p.Sender = &person
		}
	} else {
		person.FullName = v(fRecipient)
		if person != (pikeapi.Participant{}) {
			p.Recipient = &person
		}
		if v(fSender) != "" {
			p.Sender = &pikeapi.Participant{FullName: v(fSender)}
		}
	}
	if p.Sender == nil && p.Recipient == nil {
		return nil
	}
	return p
}

func (m *Model) customer() *pikeapi.Customer {
	v := m.form.Value
	if v(fCustomer) == "" && v(fEmail) == "" && v(fPhone) == "" {
		return nil
	}
	c := &pikeapi.Customer{Reference: v(fCustomer)}
	if v(fEmail) != "" || v(fPhone) != "" {
		c.Contacts = []pikeapi.Contact{{Email: v(fEmail), Phone: v(fPhone)}}
	}
	return c
}

func (m *Model) options() *pikeapi.PaymentOptions {
	v := m.form.Value
	if v(fReturnURL) == "" && v(fRecurrent) != widget.Yes {
		return nil
	}
	return &pikeapi.PaymentOptions{ReturnURL: v(fReturnURL), Recurrent: v(fRecurrent) == widget.Yes}
}

// request builds the request from the form, complete or not.
func (m *Model) request() pikeapi.Request {
	amount, _ := m.money()
	// What is not typed yet is shown as what it will be a part of.
	sum := pikeapi.Money{Currency: strings.ToLower(strings.TrimSpace(m.form.Value(fCurrency)))}
	if amount != nil {
		sum = *amount
	}
	in, who, by := m.instrument(), m.participants(), m.customer()
	data, id := metadata(m.form.Value(fMetadata)), strings.TrimSpace(m.form.Value(fSession))
	switch m.method {
	case "session/init/payment":
		r := pikeapi.InitPayment{Amount: sum, Customer: by, Participants: who, Options: m.options(), Metadata: data}
		if in != nil {
			r.Source = *in
		}
		return r
	case "session/start/payout":
		return pikeapi.StartPayout{SessionID: id, Target: in, Amount: amount, Participants: who, Customer: by, Metadata: data}
	case "session/start/payment":
		return pikeapi.StartPayment{SessionID: id, Source: in, Amount: amount, Customer: by, Participants: who,
			Options: m.options(), Metadata: data}
	case "session/create":
		return pikeapi.CreateSession{Target: in, Amount: amount, Participants: who, Customer: by,
			Options: m.options(), Metadata: data}
	}
	r := pikeapi.InitPayout{Amount: sum, Participants: who, Customer: by, Metadata: data}
	if in != nil {
		r.Target = *in
	}
	return r
}
