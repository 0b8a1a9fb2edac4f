package sandbox

import (
	"pikedash/pikeapi"
)

// call is one request that passed the checks of project, signature, path and JSON.
type call struct {
	s           *Server
	project     *project
	submerchant string
	version     pikeapi.Version
	method      *method
	baseURL     string
	f           *fields
}

// work changes the state and returns what is answered. It runs within a transaction.
type work func(*tx) (any, error)

// method is one of Pike's operations. prepare reads the parameters; what it returns is carried out.
type method struct {
	name     string
	versions []pikeapi.Version
	takesKey bool
	start    bool // one of session/start/*
	prepare  func(*call) (work, error)
}

func (m *method) in(v pikeapi.Version) bool {
	for _, have := range m.versions {
		if have == v {
			return true
		}
	}
	return false
}

// newMethods is the table of what Pike offers. Source: protocol reference 4.1; which methods take an
// idempotency key is a choice (12 #8).
func newMethods() map[string]*method {
	both := []pikeapi.Version{pikeapi.V1, pikeapi.V2}
	one := []pikeapi.Version{pikeapi.V1}
	list := []*method{
		{"session/create", both, true, false, prepareCreate},
		{"session/init/payout", both, true, false, prepareInit(true)},
		{"session/init/payment", both, true, false, prepareInit(false)},
		{"session/start/payout", both, true, true, prepareStart(true)},
		{"session/start/payment", both, true, true, prepareStart(false)},
		{"session/confirm", both, true, false, prepareConfirm},
		{"session/cancel", both, true, false, prepareCancel},
		{"session/capture", both, true, false, prepareCapture},
		{"session/refund", both, true, false, prepareRefund},
		{"session/status", both, false, false, prepareStatus},
		{"token", one, false, false, prepareToken},
		{"token/info", one, false, false, prepareTokenInfo},
		{"tokenize/elements", one, false, false, prepareTokenize},
		{"recurrent/disable", one, false, false, prepareRecurrent(true)},
		{"recurrent/status", one, false, false, prepareRecurrent(false)},
		{"wallet/balance", one, false, false, prepareBalance},
	}
	methods := make(map[string]*method, len(list))
	for _, m := range list {
		methods[m.name] = m
	}
	return methods
}

// sisterMethods are methods of other brands of the platform, which Pike does not offer.
func sisterMethods() map[string]string {
	return map[string]string{
		"session/init/payout/fiscalization":  "tax receipts are offered by Bank 131 only",
		"session/start/payout/fiscalization": "tax receipts are offered by Bank 131 only",
		"fiscalization":                      "tax receipts are offered by Bank 131 only",
		"session/multi/init":                 "sessions with several operations are offered by Bank 131 only",
		"fps/banks":                          "the Faster Payments System is offered by Bank 131 only",
		"fps/customer_verification":          "the Faster Payments System is offered by Bank 131 only",
		"subscription/cancel":                "subscriptions are offered by sister brands only",
		"subscription/restore":               "subscriptions are offered by sister brands only",
		"sberpay/push":                       "SberPay is offered by Bank 131 only",
		"session/chargeback":                 "a partner cannot start a chargeback; it arrives as a payment_refunded notification (in the sandbox: a test control)",
		"tokenized/elements":                 "the method is called tokenize/elements",
	}
}

func (c *call) sessionAnswer(s *session) any {
	return struct {
		Status  string      `json:"status"`
		Session sessionView `json:"session"`
	}{"ok", c.s.view(s, c.version)}
}

func prepareCreate(c *call) (work, error) {
	d := c.readDraft(c.f, "create")
	if err := c.f.done(); err != nil {
		return nil, err
	}
	return func(t *tx) (any, error) {
		if err := t.resolveDraft(c, &d); err != nil {
			return nil, err
		}
		return c.sessionAnswer(t.await(t.newSession(c, d))), nil
	}, nil
}

func (t *tx) resolveDraft(c *call, d *draft) error {
	if err := t.resolve(c, d.Target); err != nil {
		return err
	}
	return t.resolve(c, d.Source)
}

func kindName(payout bool) string {
	if payout {
		return "payout"
	}
	return "payment"
}

func prepareInit(payout bool) func(*call) (work, error) {
	return func(c *call) (work, error) {
		d := c.readDraft(c.f, kindName(payout))
		if err := c.f.done(); err != nil {
			return nil, err
		}
		if err := d.complete(c, payout); err != nil {
			return nil, err
		}
		return func(t *tx) (any, error) {
			if err := t.resolveDraft(c, &d); err != nil {
				return nil, err
			}
			s := t.newSession(c, d)
			t.start(s, payout, int(c.version))
			return c.sessionAnswer(s), nil
		}, nil
	}
}

func prepareStart(payout bool) func(*call) (work, error) {
	return func(c *call) (work, error) {
		id := c.f.needText("session_id")
		over := c.readDraft(c.f, kindName(payout))
		if err := c.f.done(); err != nil {
			return nil, err
		}
		return func(t *tx) (any, error) {
			s, err := t.find(c, id)
			if err != nil {
				return nil, err
			}
			if err := s.checkStart("session/start/" + kindName(payout)); err != nil {
				return nil, err
			}
			if err := t.resolveDraft(c, &over); err != nil {
				return nil, err
			}
			d := s.Draft.merge(over)
			if err := d.complete(c, payout); err != nil {
				return nil, err
			}
			s.Draft = d
			t.start(s, payout, int(c.version))
			return c.sessionAnswer(s), nil
		}, nil
	}
}

// onSession is the work of a call that names a session and does one thing to it.
func onSession(c *call, id string, do func(*tx, *session) error) (work, error) {
	if err := c.f.done(); err != nil {
		return nil, err
	}
	return func(t *tx) (any, error) {
		s, err := t.find(c, id)
		if err != nil {
			return nil, err
		}
		if err := do(t, s); err != nil {
			return nil, err
		}
		return c.sessionAnswer(s), nil
	}, nil
}

func prepareConfirm(c *call) (work, error) {
	id := c.f.needText("session_id")
	// confirm_information belongs to escrow operations of Bank 131; only its names are checked.
	if info := c.f.object("confirm_information"); info != nil {
		info.ignore("exchanges", "account_details")
		if details := info.object("transfer_details"); details != nil {
			checkNames(details, c.version, "")
			details.ignore(targetName(c.version), "customer", "recipient", "purpose", "amount")
		}
	}
	return onSession(c, id, func(t *tx, s *session) error { return t.confirm(s) })
}

func prepareCancel(c *call) (work, error) {
	id := c.f.needText("session_id")
	return onSession(c, id, func(t *tx, s *session) error { return t.cancel(s) })
}

func prepareCapture(c *call) (work, error) {
	id := c.f.needText("session_id")
	part := readAmount(c.f.object("amount_details"))
	return onSession(c, id, func(t *tx, s *session) error { return t.capture(s, part) })
}

func prepareRefund(c *call) (work, error) {
	id := c.f.needText("session_id")
	part := readAmount(c.f.object("amount_details"))
	metadata := maskCards(c.f.keep("metadata"))
	c.f.ignore("revenue_split_info", "custom_routing")
	return onSession(c, id, func(t *tx, s *session) error { return t.refund(s, part, metadata) })
}

func prepareStatus(c *call) (work, error) {
	id := c.f.needText("session_id")
	return onSession(c, id, func(*tx, *session) error { return nil })
}
