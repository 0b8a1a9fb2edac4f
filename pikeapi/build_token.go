package pikeapi

import (
	"errors"
	"time"
)

// TokenRequest is the method token: a public token for one or more widgets.
type TokenRequest struct {
	TokenizeWidget  *TokenizeWidget
	AcquiringWidget *AcquiringWidget
}

// TokenizeWidget lets a payer's card be turned into a token.
type TokenizeWidget struct{ Locale string } // en or ru; empty leaves it out

// AcquiringWidget lets a payer pay in a session.
type AcquiringWidget struct {
	SessionID        string
	Locale           string // en or ru
	ShowRecurrent    bool   // offer to keep the card
	SuccessReturnURL string
	FailureReturnURL string
	SuccessOnHold    bool
	RedirectTarget   string // such as top
}

// Body writes the request; see Request.
func (t TokenRequest) Body(v Version) ([]byte, error) {
	if err := onlyV1(MethodToken, v); err != nil {
		return nil, err
	}
	o := newObject()
	if w := t.TokenizeWidget; w != nil {
		in := newObject()
		in.boolean("access", true)
		in.str("locale", w.Locale)
		o.object("tokenize_widget", in)
	}
	if w := t.AcquiringWidget; w != nil {
		in := newObject()
		in.must("session_id", w.SessionID)
		in.str("locale", w.Locale)
		if w.ShowRecurrent {
			in.boolean("show_recurrent_checkbox", true)
		}
		in.str("success_return_url", w.SuccessReturnURL)
		in.str("failure_return_url", w.FailureReturnURL)
		if w.SuccessOnHold {
			in.boolean("success_on_hold", true)
		}
		in.str("redirect_target", w.RedirectTarget)
		o.object("acquiring_widget", in)
	}
	return o.done()
}

// TokenInfo is token/info. Exactly one field is set.
type TokenInfo struct {
	CardToken      string // of a tokenised card
	NumberHash     string // of an encrypted card
	PublicToken    string
	RecurrentToken string
}

// Body writes the request; see Request.
func (t TokenInfo) Body(v Version) ([]byte, error) {
	if err := onlyV1(MethodTokenInfo, v); err != nil {
		return nil, err
	}
	token := func(value string) *object {
		o := newObject()
		o.must("token", value)
		return o
	}
	var o *object
	switch {
	case t.CardToken != "":
		o = typed("card", typed("tokenized_card", token(t.CardToken)))
	case t.NumberHash != "":
		hash := newObject()
		hash.must("number_hash", t.NumberHash)
		o = typed("card", typed("encrypted_card", hash))
	case t.PublicToken != "":
		o = typed("public_token", token(t.PublicToken))
	case t.RecurrentToken != "":
		o = typed("recurrent_token", token(t.RecurrentToken))
	default:
		return nil, errors.New("token/info needs a token")
	}
	return o.done()
}

// TokenizeElements is tokenize/elements. Experimental: Pike publishes the method's name and not its
// body; the form is that of the embedded sandbox.
type TokenizeElements struct{ Card CardInput }

// Body writes the request; see Request.
func (t TokenizeElements) Body(v Version) ([]byte, error) {
	if err := onlyV1(MethodTokenizeElements, v); err != nil {
		return nil, err
	}
	o := newObject()
	o.object("card", t.Card.object())
	return o.done()
}

// RecurrentCall is recurrent/status and recurrent/disable.
type RecurrentCall struct{ Token string }

// Body writes the request; see Request.
func (r RecurrentCall) Body(v Version) ([]byte, error) {
	if err := onlyV1("recurrent/*", v); err != nil {
		return nil, err
	}
	o, in := newObject(), newObject()
	in.must("token", r.Token)
	o.object("recurrent", in)
	return o.done()
}

// WalletBalance is wallet/balance.
type WalletBalance struct{ At time.Time } // the moment of asking

// Body writes the request; see Request.
func (w WalletBalance) Body(v Version) ([]byte, error) {
	if err := onlyV1(MethodWalletBalance, v); err != nil {
		return nil, err
	}
	o := newObject()
	o.must("request_datetime", w.At.Format(time.RFC3339))
	return o.done()
}
