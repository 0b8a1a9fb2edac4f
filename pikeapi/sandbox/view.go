package sandbox

import (
	"encoding/json"
	"time"

	"pikedash/pikeapi"
)

// This file writes sessions in the names of one version. Source: protocol reference 5.

type sessionView struct {
	ID                string            `json:"id"`
	Status            string            `json:"status"`
	CreatedAt         string            `json:"created_at"`
	UpdatedAt         string            `json:"updated_at"`
	NextAction        string            `json:"next_action,omitempty"`
	Payments          []operationView   `json:"payments,omitempty"`           // v1: payouts
	AcquiringPayments []operationView   `json:"acquiring_payments,omitempty"` // v1: payments
	PayoutList        []operationView   `json:"payout_list,omitempty"`        // v2
	PaymentList       []operationView   `json:"payment_list,omitempty"`       // v2
	Error             *failure          `json:"error,omitempty"`
	Actions           map[string]string `json:"actions,omitempty"`
}

type operationView struct {
	ID          string           `json:"id"`
	Status      string           `json:"status"`
	CreatedAt   string           `json:"created_at"`
	UpdatedAt   string           `json:"updated_at,omitempty"` // payments only
	FinishedAt  string           `json:"finished_at,omitempty"`
	Customer    json.RawMessage  `json:"customer,omitempty"`
	Method      *instrumentView  `json:"payment_method,omitempty"`  // v1, payout
	Payout      *instrumentView  `json:"payout_details,omitempty"`  // v2, payout
	Payment     *instrumentView  `json:"payment_details,omitempty"` // payment
	Amount      amount           `json:"amount_details"`
	Participant json.RawMessage  `json:"participant_details,omitempty"`
	Options     json.RawMessage  `json:"payment_options,omitempty"`
	Metadata    json.RawMessage  `json:"metadata,omitempty"`
	Interaction *interactionView `json:"customer_interaction,omitempty"`
	Info        *infoView        `json:"transaction_info,omitempty"`
	Recurrent   *tokenView       `json:"recurrent,omitempty"`
	Refunds     []refundView     `json:"refunds,omitempty"`
	Error       *failure         `json:"error,omitempty"`
}

type instrumentView struct {
	Type      string    `json:"type"`
	Card      cardView  `json:"card"`
	Recurrent *tokenRef `json:"recurrent,omitempty"`
}

type tokenRef struct {
	Token     string `json:"token"`
	Initiator string `json:"initiator,omitempty"`
}

type cardView struct {
	Brand  string `json:"brand"`
	Last4  string `json:"last4"`
	BIN    string `json:"bin"`
	CardID string `json:"card_id"`
}

type infoView struct {
	RRN      string `json:"rrn"`
	AuthCode string `json:"auth_code"`
}

type interactionView struct {
	Type     string       `json:"type"`
	Redirect redirectView `json:"redirect"`
}

type redirectView struct {
	URL     string            `json:"url"`
	BaseURL string            `json:"base_url"`
	Method  string            `json:"method"`
	QS      map[string]string `json:"qs"`
	Params  map[string]string `json:"params"`
}

type refundView struct {
	ID         string          `json:"id"`
	Status     string          `json:"status"`
	CreatedAt  string          `json:"created_at"`
	FinishedAt string          `json:"finished_at,omitempty"`
	Amount     amount          `json:"amount_details"`
	Metadata   json.RawMessage `json:"metadata,omitempty"`
	Chargeback bool            `json:"is_chargeback,omitempty"`
}

// view writes a session in the names of v. The caller holds mu.
func (s *Server) view(x *session, v pikeapi.Version) sessionView {
	view := sessionView{
		ID: x.ID, Status: x.Status, CreatedAt: stamp(x.CreatedAt), UpdatedAt: stamp(x.UpdatedAt),
		NextAction: x.NextAction, Error: x.Error,
	}
	for name, at := range map[string]time.Time{"confirm": x.ConfirmedAt, "capture": x.CapturedAt} {
		if at.IsZero() {
			continue
		}
		if view.Actions == nil {
			view.Actions = map[string]string{}
		}
		view.Actions[name] = stamp(at)
	}
	if x.Op == nil {
		return view
	}
	list := []operationView{s.operationView(x, v)}
	switch {
	case x.Op.Payout && v == pikeapi.V1:
		view.Payments = list
	case x.Op.Payout:
		view.PayoutList = list
	case v == pikeapi.V1:
		view.AcquiringPayments = list
	default:
		view.PaymentList = list
	}
	return view
}

func (s *Server) operationView(x *session, v pikeapi.Version) operationView {
	op := x.Op
	o := operationView{
		ID: op.ID, Status: op.Status, CreatedAt: stamp(op.CreatedAt), Amount: op.Amount, Error: op.Error,
		Customer: x.Draft.Customer, Participant: x.Draft.Participant, Metadata: x.Draft.Metadata,
		Interaction: interaction(x), FinishedAt: optionalStamp(op.FinishedAt),
	}
	instrument := op.Instrument.view()
	switch {
	case !op.Payout:
		o.Payment, o.Options, o.UpdatedAt = instrument, x.Draft.Options, stamp(x.UpdatedAt)
	case v == pikeapi.V1:
		o.Method = instrument
	default:
		o.Payout = instrument
	}
	if op.RRN != "" {
		o.Info = &infoView{op.RRN, op.AuthCode}
	}
	if r, ok := s.w.recurrents[op.Recurrent]; ok {
		token := r.view()
		o.Recurrent = &token
	}
	for _, r := range op.Refunds {
		o.Refunds = append(o.Refunds, refundView{
			ID: r.ID, Status: r.Status, CreatedAt: stamp(r.CreatedAt), FinishedAt: optionalStamp(r.FinishedAt),
			Amount: r.Amount, Metadata: r.Metadata, Chargeback: r.Chargeback,
		})
	}
	return o
}

func optionalStamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return stamp(t)
}

func (i instrument) view() *instrumentView {
	view := &instrumentView{Type: "card", Card: cardView{i.Brand, i.Last4, i.BIN, i.CardID}}
	if i.Type == "recurrent" {
		view.Type = "recurrent"
		view.Recurrent = &tokenRef{i.Token, i.Initiator}
	}
	return view
}

// interaction is what the payer must do, while he must: go to the sandbox's 3-D Secure page.
func interaction(x *session) *interactionView {
	if x.Op.PayerToken == "" {
		return nil
	}
	base := x.BaseURL + payerPath
	return &interactionView{"redirect", redirectView{
		URL: base + "?tx=" + x.Op.PayerToken, BaseURL: base, Method: "POST",
		QS:     map[string]string{"tx": x.Op.PayerToken},
		Params: map[string]string{"PaReq": "sandbox", "MD": x.Op.ID},
	}}
}
