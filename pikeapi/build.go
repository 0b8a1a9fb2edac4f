package pikeapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"unicode/utf8"
)

// Request is a body under construction. Every builder is one.
type Request interface {
	// Body writes the body with the names of exactly one version: compact, in a stable order, raw
	// UTF-8, nothing HTML-escaped, metadata byte for byte. It writes what is there, so that a form
	// can show it while it is being filled in; it fails only when no JSON can be made of it.
	Body(v Version) ([]byte, error)
	// Validate returns what Pike would refuse, empty when nothing is wrong.
	Validate() FieldErrors
}

// names are the fields whose spelling depends on the version.
type names struct{ payoutTarget string }

func namesOf(v Version) (names, error) {
	switch v {
	case V1:
		return names{payoutTarget: "payment_method"}, nil
	case V2:
		return names{payoutTarget: "payout_details"}, nil
	}
	return names{}, fmt.Errorf("there is no API version %d", int(v))
}

// onlyV1 refuses every version but the first for the methods that exist only there.
func onlyV1(method string, v Version) error {
	if v != V1 {
		return fmt.Errorf("%s exists in v1 only", method)
	}
	return nil
}

// object writes a JSON object member by member. The first error stays.
type object struct {
	b   []byte
	err error
}

func newObject() *object { return &object{b: []byte{'{'}} }

func (o *object) name(name string) {
	if len(o.b) > 1 {
		o.b = append(o.b, ',')
	}
	o.b = append(appendString(o.b, name), ':')
}

// must writes a string even when it is empty.
func (o *object) must(name, value string) {
	if o.err == nil && !utf8.ValidString(value) {
		o.err = fmt.Errorf("%s is not valid UTF-8", name)
		return
	}
	o.name(name)
	o.b = appendString(o.b, value)
}

// str writes a string that is not empty.
func (o *object) str(name, value string) {
	if value != "" {
		o.must(name, value)
	}
}

func (o *object) boolean(name string, value bool) {
	o.name(name)
	o.b = strconv.AppendBool(o.b, value)
}

// raw writes a value that is JSON already, as it is.
func (o *object) raw(name string, value json.RawMessage) {
	if len(value) == 0 {
		return
	}
	if o.err == nil && !json.Valid(value) {
		o.err = fmt.Errorf("%s is not valid JSON", name)
		return
	}
	o.name(name)
	o.b = append(o.b, value...)
}

func (o *object) money(name string, m Money) {
	in := newObject()
	in.name("amount")
	in.b = strconv.AppendInt(in.b, m.Amount, 10)
	in.must("currency", m.Currency)
	o.object(name, in)
}

// object writes a nested object; nil is left out.
func (o *object) object(name string, in *object) {
	if in == nil {
		return
	}
	if o.err == nil {
		o.err = in.err
	}
	o.name(name)
	o.b = append(append(o.b, in.b...), '}')
}

func (o *object) done() ([]byte, error) {
	if o.err != nil {
		return nil, o.err
	}
	return append(o.b, '}'), nil
}

// CardInput is a whole card as it is typed. It lives in memory until it is sent.
type CardInput struct {
	Number       string // 14 to 19 digits, without blanks
	ExpiryMonth  string // 01 to 12
	ExpiryYear   string // two digits
	SecurityCode string // three or four digits
	Holder       string
}

// EncryptedCard is a card as hashes that Pike's tokeniser made.
type EncryptedCard struct{ NumberHash, ExpirationDateHash, SecurityCodeHash, HolderHash string }

// RecurrentInput pays with a token from an earlier payment.
type RecurrentInput struct {
	Token        string
	Initiator    string // merchant or client; empty leaves it out
	SecurityCode string
}

// Instrument is where a payout goes or what a payment is taken from. Exactly one of its fields is set.
type Instrument struct {
	Card      *CardInput
	Token     string // of a tokenised card
	Encrypted *EncryptedCard
	Recurrent *RecurrentInput
	Raw       json.RawMessage // any other form, such as {"type":"wallet",...}; written as it is
}

// put writes the instrument under name.
func (in *Instrument) put(o *object, name string) {
	switch {
	case in == nil:
	case len(in.Raw) > 0:
		o.raw(name, in.Raw)
	case in.Recurrent != nil:
		r := newObject()
		r.must("token", in.Recurrent.Token)
		r.str("initiator", in.Recurrent.Initiator)
		r.str("security_code", in.Recurrent.SecurityCode)
		o.object(name, typed("recurrent", r))
	case in.Encrypted != nil:
		e := newObject()
		e.must("number_hash", in.Encrypted.NumberHash)
		e.str("expiration_date_hash", in.Encrypted.ExpirationDateHash)
		e.str("security_code_hash", in.Encrypted.SecurityCodeHash)
		e.str("cardholder_name_hash", in.Encrypted.HolderHash)
		o.object(name, typed("card", typed("encrypted_card", e)))
	case in.Card != nil:
		o.object(name, typed("card", typed("bank_card", in.Card.object())))
	default:
		t := newObject()
		t.must("token", in.Token)
		o.object(name, typed("card", typed("tokenized_card", t)))
	}
}

func (c *CardInput) object() *object {
	o := newObject()
	o.must("number", c.Number)
	o.str("expiration_month", c.ExpiryMonth)
	o.str("expiration_year", c.ExpiryYear)
	o.str("security_code", c.SecurityCode)
	o.str("cardholder_name", c.Holder)
	return o
}

// typed wraps an object in Pike's scheme {"type": T, T: {...}}.
func typed(name string, in *object) *object {
	o := newObject()
	o.must("type", name)
	o.object(name, in)
	return o
}

// PaymentOptions are settings of a payment.
type PaymentOptions struct {
	ReturnURL string // where the payer lands after 3-D Secure
	Recurrent bool   // ask for a token for later payments
	Extra     []Named
}

// Named is a field that is written as it is, after the known ones.
type Named struct {
	Name  string
	Value json.RawMessage
}

func (p *PaymentOptions) put(o *object) {
	if p == nil {
		return
	}
	in := newObject()
	in.str("return_url", p.ReturnURL)
	if p.Recurrent {
		in.boolean("recurrent", true)
	}
	for _, e := range p.Extra {
		in.raw(e.Name, e.Value)
	}
	o.object("payment_options", in)
}

// Customer is the user in the partner's system.
type Customer struct {
	Reference string
	Contacts  []Contact
}

// Contact is one way to reach a customer.
type Contact struct{ Email, Phone string }

func (c *Customer) put(o *object) {
	if c == nil {
		return
	}
	in := newObject()
	in.must("reference", c.Reference)
	if len(c.Contacts) > 0 {
		var list bytes.Buffer
		for i, contact := range c.Contacts {
			one := newObject()
			one.str("email", contact.Email)
			one.str("phone", contact.Phone)
			b, err := one.done()
			if err != nil && in.err == nil {
				in.err = err
			}
			if i > 0 {
				list.WriteByte(',')
			}
			list.Write(b)
		}
		if in.err == nil {
			in.raw("contacts", json.RawMessage("["+list.String()+"]"))
		}
	}
	o.object("customer", in)
}
