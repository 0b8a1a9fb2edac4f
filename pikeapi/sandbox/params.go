package sandbox

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"pikedash/pikeapi"
)

// versionNames pairs the names that differ between the versions. Source: Pike's page "API interaction".
func versionNames() []struct{ v1, v2 string } {
	return []struct{ v1, v2 string }{
		{"payment_method", "payout_details"}, {"payments", "payout_list"}, {"acquiring_payments", "payment_list"},
	}
}

// checkNames refuses names of the other version. One is taken all the same, unless strict: v1's
// payment_method in a v2 session/start/payout, because a public client is known to send it.
func checkNames(f *fields, v pikeapi.Version, except string) {
	for _, n := range versionNames() {
		wrong, right := n.v1, n.v2
		if v == pikeapi.V1 {
			wrong, right = n.v2, n.v1
		}
		if _, sent := f.values[wrong]; sent && wrong != except {
			f.fail(invalid("%s is a name of API v%d; in v%d it is %s", f.at(wrong), 3-int(v), int(v), right))
		}
	}
}

// targetName is the name of a payout's target.
func targetName(v pikeapi.Version) string {
	if v == pikeapi.V1 {
		return "payment_method"
	}
	return "payout_details"
}

// readDraft reads what a call may say about an operation. what is create, payout or payment.
func (c *call) readDraft(f *fields, what string) draft {
	lenient := ""
	if what == "payout" && c.method.start && c.version == pikeapi.V2 && !f.strict {
		lenient = "payment_method"
	}
	checkNames(f, c.version, lenient)
	var d draft
	var number string
	if what != "payment" {
		name := targetName(c.version)
		if lenient != "" && f.has(lenient) {
			if f.has(name) {
				f.fail(invalid("both payment_method (v1) and payout_details (v2) were sent; send payout_details"))
			}
			name = lenient
		}
		d.Target, number = c.readInstrument(f.object(name), false)
	}
	if what != "payout" {
		var n string
		d.Source, n = c.readInstrument(f.object("payment_details"), true)
		number = max(number, n)
	}
	d.Amount = readAmount(f.object("amount_details"))
	readCustomer(f.object("customer"))
	readParticipants(f.object("participant_details"))
	d.ReturnURL, d.Recurrent = readOptions(f.object("payment_options"))
	f.ignore("fiscalization_details", "payment_metadata", "custom_routing", "revenue_split_info")
	d.Customer = maskNumber(keepObject(f, "customer"), number)
	d.Participant = maskNumber(keepObject(f, "participant_details"), number)
	d.Options = maskNumber(keepObject(f, "payment_options"), number)
	d.Metadata = maskCards(maskNumber(f.keep("metadata"), number))
	return d
}

// keepObject is keep for an object; `[]` is kept as nothing.
func keepObject(f *fields, name string) json.RawMessage {
	v := f.keep(name)
	if v == nil || v[0] != '{' {
		return nil
	}
	return v
}

// merge puts what the start call says over what the create call said.
func (d draft) merge(over draft) draft {
	if over.Target != nil {
		d.Target = over.Target
	}
	if over.Source != nil {
		d.Source = over.Source
	}
	if over.Amount != nil {
		d.Amount = over.Amount
	}
	if over.Options != nil {
		d.Options, d.ReturnURL, d.Recurrent = over.Options, over.ReturnURL, over.Recurrent
	}
	d.Customer = over.orElse(over.Customer, d.Customer)
	d.Participant = over.orElse(over.Participant, d.Participant)
	d.Metadata = over.orElse(over.Metadata, d.Metadata)
	return d
}

func (draft) orElse(v, other json.RawMessage) json.RawMessage {
	if v != nil {
		return v
	}
	return other
}

// complete refuses a draft that lacks what the operation needs.
func (d draft) complete(c *call, payout bool) error {
	switch {
	case payout && d.Target == nil:
		return invalid("%s is missing: neither this call nor session/create gave it", targetName(c.version))
	case !payout && d.Source == nil:
		return invalid("payment_details is missing: neither this call nor session/create gave it")
	case d.Amount == nil:
		return invalid("amount_details is missing: neither this call nor session/create gave it")
	case !payout && d.Customer == nil:
		return invalid("customer is missing: a payment needs customer.reference")
	case !payout && d.Source.Initiator == "client" && d.ReturnURL == "":
		return invalid("payment_options.return_url is missing: a client-initiated recurring payment sends the payer to 3-D Secure")
	}
	return nil
}

// readInstrument reads {"type": T, T: {…}}. The card's number comes back as well, so that it can be
// masked in what is echoed. Token references are resolved later, when the state may be read.
func (c *call) readInstrument(f *fields, payment bool) (*instrument, string) {
	if f == nil {
		return nil, ""
	}
	switch kind := f.needText("type"); kind {
	case "card":
		return c.readCardKind(f.need("card"), payment)
	case "recurrent":
		return readRecurrent(f.need("recurrent")), ""
	case "":
	case "wallet", "bank_account", "secured_card", "crypto_wallet", "faster_payment_system",
		"faster_payment_system_binding", "internet_banking", "tax":
		f.fail(invalid("%s is %q, which only sister brands of Pike offer; use card or recurrent", f.at("type"), kind))
	default:
		f.fail(invalid("%s is %q; use card or recurrent", f.at("type"), clip(kind, 40)))
	}
	return nil, ""
}

func (c *call) readCardKind(f *fields, payment bool) (*instrument, string) {
	switch kind := f.needText("type"); kind {
	case "bank_card":
		sub := f.need("bank_card")
		card := readCard(sub, payment)
		if sub.err != nil {
			return nil, ""
		}
		kept := card.keep(c.s.secret, c.project.name)
		return &kept, card.number
	case "tokenized_card":
		return &instrument{Type: "tokenized_card", Token: f.need("tokenized_card").needText("token")}, ""
	case "encrypted_card":
		sub := f.need("encrypted_card")
		sub.ignore("expiration_date_hash", "security_code_hash", "cardholder_name_hash")
		return &instrument{Type: "encrypted_card", Token: sub.needText("number_hash")}, ""
	case "":
	default:
		f.fail(invalid("%s is %q; use bank_card, tokenized_card or encrypted_card", f.at("type"), clip(kind, 40)))
	}
	return nil, ""
}

func readRecurrent(f *fields) *instrument {
	i := &instrument{Type: "recurrent", Token: f.needText("token"), Initiator: f.text("initiator")}
	f.text("security_code") // read and dropped
	switch i.Initiator {
	case "":
		i.Initiator = "merchant"
	case "merchant", "client":
	default:
		f.fail(invalid("%s is %q; use merchant or client", f.at("initiator"), clip(i.Initiator, 40)))
	}
	return i
}

// resolve replaces a token by what is kept of its card.
func (t *tx) resolve(c *call, i *instrument) error {
	if i == nil {
		return nil
	}
	switch i.Type {
	case "tokenized_card", "encrypted_card":
		card, ok := t.w.cards[i.Token]
		if !ok {
			return invalid("the %s is not known to this sandbox; make one with tokenize/elements", i.Type)
		}
		*i = card.Card
	case "recurrent":
		r, ok := t.w.recurrents[i.Token]
		if !ok || r.Project != c.project.name {
			return invalid("recurrent.token is not known to project %s", c.project.name)
		}
		if !r.Active {
			return invalid("recurrent.token was disabled")
		}
		token, initiator := i.Token, i.Initiator
		*i = r.Card
		i.Type, i.Token, i.Initiator = "recurrent", token, initiator
	}
	return nil
}

func readAmount(f *fields) *amount {
	if f == nil {
		return nil
	}
	a := &amount{f.integer("amount"), f.needText("currency")}
	letters := strings.Trim(strings.ToLower(a.Currency), "abcdefghijklmnopqrstuvwxyz") == ""
	switch {
	case f.err != nil:
	case a.Amount <= 0:
		f.fail(invalid("%s must be more than 0, it is %d", f.at("amount"), a.Amount))
	case a.Amount > maxAmount:
		f.fail(invalid("%s is too large: %d", f.at("amount"), a.Amount))
	case len(a.Currency) != 3 || !letters:
		f.fail(invalid("%s must be a three-letter code, it is %q", f.at("currency"), clip(a.Currency, 20)))
	}
	return a
}

func readCustomer(f *fields) {
	if f == nil || f.values == nil {
		return
	}
	f.needText("reference")
	f.ignore("contacts")
}

// readParticipants checks the form of sender and recipient. Their fields are kept as they came.
func readParticipants(f *fields) {
	if f == nil {
		return
	}
	for _, name := range []string{"sender", "recipient"} {
		sub := f.object(name)
		if sub == nil {
			continue
		}
		sub.ignore("identity_document")
		for field := range sub.values {
			if field != "identity_document" && (!f.strict || slices.Contains(participantFields(), field)) {
				sub.text(field)
			}
		}
	}
}

// participantFields are the strings of a sender or recipient. Source: protocol reference 5.9.
func participantFields() []string {
	return strings.Fields(`full_name first_name last_name middle_name company_name reference tax_reference country_iso2
		country_iso3 city postal_code address_line street building flat state ipv4 ipv6 document account currency bank_name
		registration_number date_of_incorporation date_of_birth msisdn email code swift_bic_code description beneficiary_id
		wallet_id citizenship_country_iso_3`)
}

func readOptions(f *fields) (returnURL string, recurrent bool) {
	if f == nil {
		return "", false
	}
	f.ignore("platform_details", "subscription")
	returnURL = f.text("return_url")
	if returnURL != "" {
		u, err := url.Parse(returnURL)
		if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") {
			f.fail(invalid("%s must be an absolute http or https address", f.at("return_url")))
		}
	}
	return returnURL, f.boolean("recurrent")
}
