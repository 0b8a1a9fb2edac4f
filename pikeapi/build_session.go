package pikeapi

import "encoding/json"

// CreateSession is session/create. Everything in it is optional and can be given at the start.
type CreateSession struct {
	Target       *Instrument // where a payout goes
	Source       *Instrument // what a payment is taken from
	Amount       *Money
	Participants *Participants
	Customer     *Customer
	Options      *PaymentOptions
	Metadata     json.RawMessage
}

// InitPayout is session/init/payout.
type InitPayout struct {
	Target       Instrument
	Amount       Money
	Participants *Participants
	Customer     *Customer
	Metadata     json.RawMessage
}

// InitPayment is session/init/payment.
type InitPayment struct {
	Source       Instrument
	Amount       Money
	Customer     *Customer
	Participants *Participants
	Options      *PaymentOptions
	Metadata     json.RawMessage
}

// StartPayout is session/start/payout. What is nil was given when the session was made.
type StartPayout struct {
	SessionID    string
	Target       *Instrument
	Amount       *Money
	Participants *Participants
	Customer     *Customer
	Metadata     json.RawMessage
}

// StartPayment is session/start/payment. What is nil was given when the session was made.
type StartPayment struct {
	SessionID    string
	Source       *Instrument
	Amount       *Money
	Customer     *Customer
	Participants *Participants
	Options      *PaymentOptions
	Metadata     json.RawMessage
}

// SessionCall is session/confirm, session/cancel and session/status.
type SessionCall struct{ SessionID string }

// CaptureCall is session/capture. Without an amount everything that is held is debited.
type CaptureCall struct {
	SessionID string
	Amount    *Money
}

// RefundCall is session/refund. Without an amount everything is given back.
type RefundCall struct {
	SessionID string
	Amount    *Money
	Metadata  json.RawMessage
}

// parts are what the session requests have in common, in the order in which they are written.
type parts struct {
	sessionID    string
	target       *Instrument
	source       *Instrument
	amount       *Money
	participants *Participants
	customer     *Customer
	options      *PaymentOptions
	metadata     json.RawMessage
}

func (p parts) body(v Version) ([]byte, error) {
	n, err := namesOf(v)
	if err != nil {
		return nil, err
	}
	o := newObject()
	o.str("session_id", p.sessionID)
	p.target.put(o, n.payoutTarget)
	p.source.put(o, "payment_details")
	if p.amount != nil {
		o.money("amount_details", *p.amount)
	}
	p.participants.put(o)
	p.customer.put(o)
	p.options.put(o)
	o.raw("metadata", p.metadata)
	return o.done()
}

// Body writes the request; see Request.
func (c CreateSession) Body(v Version) ([]byte, error) { return c.parts().body(v) }

func (c CreateSession) parts() parts {
	return parts{target: c.Target, source: c.Source, amount: c.Amount, participants: c.Participants,
		customer: c.Customer, options: c.Options, metadata: c.Metadata}
}

// Body writes the request; see Request.
func (c InitPayout) Body(v Version) ([]byte, error) { return c.parts().body(v) }

func (c InitPayout) parts() parts {
	return parts{target: &c.Target, amount: &c.Amount, participants: c.Participants, customer: c.Customer, metadata: c.Metadata}
}

// Body writes the request; see Request.
func (c InitPayment) Body(v Version) ([]byte, error) { return c.parts().body(v) }

func (c InitPayment) parts() parts {
	return parts{source: &c.Source, amount: &c.Amount, participants: c.Participants, customer: c.Customer,
		options: c.Options, metadata: c.Metadata}
}

// Body writes the request; see Request.
func (c StartPayout) Body(v Version) ([]byte, error) { return c.parts().body(v) }

func (c StartPayout) parts() parts {
	return parts{sessionID: c.SessionID, target: c.Target, amount: c.Amount, participants: c.Participants,
		customer: c.Customer, metadata: c.Metadata}
}

// Body writes the request; see Request.
func (c StartPayment) Body(v Version) ([]byte, error) { return c.parts().body(v) }

func (c StartPayment) parts() parts {
	return parts{sessionID: c.SessionID, source: c.Source, amount: c.Amount, participants: c.Participants,
		customer: c.Customer, options: c.Options, metadata: c.Metadata}
}

// Body writes the request; see Request.
func (c SessionCall) Body(v Version) ([]byte, error) { return parts{sessionID: c.SessionID}.body(v) }

// Body writes the request; see Request.
func (c CaptureCall) Body(v Version) ([]byte, error) {
	return parts{sessionID: c.SessionID, amount: c.Amount}.body(v)
}

// Body writes the request; see Request.
func (c RefundCall) Body(v Version) ([]byte, error) {
	return parts{sessionID: c.SessionID, amount: c.Amount, metadata: c.Metadata}.body(v)
}
