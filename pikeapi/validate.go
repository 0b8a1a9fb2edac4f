package pikeapi

import "strings"

// FieldError says what is wrong with one field of a request, so that it can be shown beside it.
type FieldError struct {
	Field  string // such as card.number, amount, currency, recipient.full_name
	Reason string
}

// FieldErrors are all the faults of a request; as an error it is their list in one line.
type FieldErrors []FieldError

func (e FieldErrors) Error() string {
	all := make([]string, len(e))
	for i, f := range e {
		all[i] = f.Field + ": " + f.Reason
	}
	return strings.Join(all, "; ")
}

// For returns the reason for a field, or "".
func (e FieldErrors) For(field string) string {
	for _, f := range e {
		if f.Field == field {
			return f.Reason
		}
	}
	return ""
}

func (e *FieldErrors) add(field, reason string) {
	if reason != "" {
		*e = append(*e, FieldError{field, reason})
	}
}

// The longest texts that are sent. Pike publishes no limits; these keep slips of the clipboard out.
const (
	maxName     = 256
	maxText     = 1024
	maxMetadata = 64 << 10
)

// Validate returns what Pike would refuse; see Request.
func (c CreateSession) Validate() FieldErrors {
	var e FieldErrors
	if c.Target != nil && c.Source != nil {
		e.add("payout_details", "a session is made for a payout or for a payment: give a target or a source")
	}
	c.parts().validate(&e)
	return e
}

// Validate returns what Pike would refuse; see Request.
func (c InitPayout) Validate() FieldErrors {
	var e FieldErrors
	c.parts().validate(&e)
	if c.Target.Card != nil || c.Target.Token != "" {
		e.recipientName(c.Participants)
	}
	return e
}

// Validate returns what Pike would refuse; see Request.
func (c InitPayment) Validate() FieldErrors {
	var e FieldErrors
	if c.Customer == nil {
		e.add("customer.reference", "the customer's reference is missing")
	}
	c.parts().validate(&e)
	if r := c.Source.Recurrent; r != nil && r.Initiator == "client" && (c.Options == nil || c.Options.ReturnURL == "") {
		e.add("return_url", "a payment that the client initiates needs an address to return to")
	}
	return e
}

// Validate returns what Pike would refuse; see Request.
func (c StartPayout) Validate() FieldErrors { return validateStarted(c.parts()) }

// Validate returns what Pike would refuse; see Request.
func (c StartPayment) Validate() FieldErrors { return validateStarted(c.parts()) }

// Validate returns what Pike would refuse; see Request.
func (c SessionCall) Validate() FieldErrors { return validateStarted(parts{sessionID: c.SessionID}) }

// Validate returns what Pike would refuse; see Request.
func (c CaptureCall) Validate() FieldErrors {
	return validateStarted(parts{sessionID: c.SessionID, amount: c.Amount})
}

// Validate returns what Pike would refuse; see Request.
func (c RefundCall) Validate() FieldErrors {
	return validateStarted(parts{sessionID: c.SessionID, amount: c.Amount, metadata: c.Metadata})
}

func validateStarted(p parts) FieldErrors {
	var e FieldErrors
	e.add("session_id", checkID("session id", p.sessionID))
	p.validate(&e)
	return e
}

func (p parts) validate(e *FieldErrors) {
	if p.target != nil {
		p.target.validate(e, false)
	}
	if p.source != nil {
		p.source.validate(e, true)
	}
	if p.amount != nil {
		if p.amount.Amount <= 0 {
			e.add("amount", "the amount must be more than 0")
		}
		e.add("currency", checkCurrency(p.amount.Currency))
	}
	if p.participants != nil {
		p.participants.Sender.validate(e, "sender")
		p.participants.Recipient.validate(e, "recipient")
	}
	if c := p.customer; c != nil {
		if c.Reference == "" {
			e.add("customer.reference", "the customer's reference is missing")
		}
		e.add("customer.reference", checkText(c.Reference, maxName))
		for _, contact := range c.Contacts {
			e.add("customer.contacts.email", checkEmail(contact.Email))
			e.add("customer.contacts.phone", checkText(contact.Phone, 32))
		}
	}
	if p.options != nil {
		e.add("return_url", checkWebURL(p.options.ReturnURL))
	}
	e.add("metadata", checkMetadata(p.metadata))
}

// validate checks an instrument; a payment needs the whole card, a payout its number alone.
func (in *Instrument) validate(e *FieldErrors, payment bool) {
	set := 0
	for _, is := range []bool{in.Card != nil, in.Token != "", in.Encrypted != nil, in.Recurrent != nil, len(in.Raw) > 0} {
		if is {
			set++
		}
	}
	switch {
	case set == 0:
		e.add("token", "give a card, a token or a recurring token")
	case set > 1:
		e.add("token", "give one of card, token and recurring token, not several")
	case in.Card != nil:
		in.Card.validate(e, payment)
	case in.Token != "":
		e.add("token", checkID("token", in.Token))
	case in.Encrypted != nil:
		e.add("number_hash", checkID("number hash", in.Encrypted.NumberHash))
	case in.Recurrent != nil:
		e.add("recurrent.token", checkID("recurring token", in.Recurrent.Token))
		if i := in.Recurrent.Initiator; i != "" && i != "merchant" && i != "client" {
			e.add("recurrent.initiator", "the initiator is merchant or client")
		}
		if in.Recurrent.SecurityCode != "" {
			e.add("recurrent.security_code", checkSecurityCode(in.Recurrent.SecurityCode))
		}
	default:
		if kind := fieldText(in.Raw, "type"); kind == "" {
			e.add("type", `the details are a JSON object with a "type"`)
		}
	}
}

func (c *CardInput) validate(e *FieldErrors, payment bool) {
	e.add("card.number", checkCardNumber(c.Number))
	whole := payment || c.ExpiryMonth != "" || c.ExpiryYear != ""
	if whole {
		e.add("card.expiration_month", checkExpiryMonth(c.ExpiryMonth))
		e.add("card.expiration_year", checkExpiryYear(c.ExpiryYear))
	}
	if payment || c.SecurityCode != "" {
		e.add("card.security_code", checkSecurityCode(c.SecurityCode))
	}
	e.add("card.cardholder_name", checkText(c.Holder, maxName))
}

// recipientName asks for the name that card payouts carry in every published example.
func (e *FieldErrors) recipientName(p *Participants) {
	if p == nil || p.Recipient == nil || (p.Recipient.FullName == "" && (p.Recipient.FirstName == "" || p.Recipient.LastName == "")) {
		e.add("recipient.full_name", "the recipient's name is missing: full name, or first and last name")
	}
}

func (p *Participant) validate(e *FieldErrors, who string) {
	if p == nil {
		return
	}
	for _, f := range p.fields() {
		field := who + "." + f.name
		e.add(field, checkText(f.value, maxText))
		switch f.name {
		case "email":
			e.add(field, checkEmail(f.value))
		case "country_iso2":
			e.add(field, checkCountry(f.value, 2))
		case "country_iso3", "citizenship_country_iso_3":
			e.add(field, checkCountry(f.value, 3))
		case "date_of_birth", "date_of_incorporation":
			e.add(field, checkDate(f.value))
		}
	}
	if d := p.IdentityDocument; d != nil {
		if d.Type == "" || d.Number == "" {
			e.add(who+".identity_document", "an identity document needs a type and a number")
		}
		e.add(who+".identity_document", checkDate(d.Expires))
		e.add(who+".identity_document", checkDate(d.Issued))
	}
}

// Validate returns what Pike would refuse; see Request.
func (t TokenRequest) Validate() FieldErrors {
	var e FieldErrors
	if t.TokenizeWidget == nil && t.AcquiringWidget == nil {
		e.add("widget", "choose the widget that the token is for")
	}
	if w := t.AcquiringWidget; w != nil {
		e.add("session_id", checkID("session id", w.SessionID))
		e.add("success_return_url", checkWebURL(w.SuccessReturnURL))
		e.add("failure_return_url", checkWebURL(w.FailureReturnURL))
	}
	return e
}

// Validate returns what Pike would refuse; see Request.
func (t TokenInfo) Validate() FieldErrors {
	var e FieldErrors
	set := 0
	for _, token := range []string{t.CardToken, t.NumberHash, t.PublicToken, t.RecurrentToken} {
		if token != "" {
			set++
			e.add("token", checkID("token", token))
		}
	}
	if set != 1 {
		e.add("token", "give exactly one token")
	}
	return e
}

// Validate returns what Pike would refuse; see Request.
func (t TokenizeElements) Validate() FieldErrors {
	var e FieldErrors
	t.Card.validate(&e, false)
	if t.Card.ExpiryMonth == "" && t.Card.ExpiryYear == "" {
		e.add("card.expiration_month", checkExpiryMonth(""))
		e.add("card.expiration_year", checkExpiryYear(""))
	}
	return e
}

// Validate returns what Pike would refuse; see Request.
func (r RecurrentCall) Validate() FieldErrors {
	var e FieldErrors
	e.add("recurrent.token", checkID("recurring token", r.Token))
	return e
}

// Validate returns what Pike would refuse; see Request.
func (w WalletBalance) Validate() FieldErrors {
	var e FieldErrors
	if w.At.IsZero() {
		e.add("request_datetime", "the moment of asking is missing")
	}
	return e
}
