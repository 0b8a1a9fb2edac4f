package pikeapi

import (
	"encoding/json"
	"time"
)

// SessionStatus is the status of a payment session.
type SessionStatus string

// The session statuses. SessionError is not final: Pike's support decides it later.
// "canceled" is read as SessionCancelled.
const (
	SessionCreated    SessionStatus = "created"
	SessionInProgress SessionStatus = "in_progress"
	SessionAccepted   SessionStatus = "accepted"
	SessionCancelled  SessionStatus = "cancelled"
	SessionError      SessionStatus = "error"
)

// OperationStatus is the status of a payout or a payment.
type OperationStatus string

// The operation statuses; succeeded and failed are final, unless the session's status is error.
const (
	OperationInProgress OperationStatus = "in_progress"
	OperationPending    OperationStatus = "pending"
	OperationSucceeded  OperationStatus = "succeeded"
	OperationFailed     OperationStatus = "failed"
)

// RefundStatus is the status of a refund.
type RefundStatus string

// The refund statuses.
const (
	RefundInProgress RefundStatus = "in_progress"
	RefundAccepted   RefundStatus = "accepted"
	RefundDeclined   RefundStatus = "declined"
	RefundError      RefundStatus = "error"
)

// NextAction is what Pike waits for; empty when it waits for nothing.
type NextAction string

// The next actions.
const (
	NextConfirm NextAction = "confirm"
	NextCapture NextAction = "capture"
)

// Kind tells payouts from payments.
type Kind string

// The kinds of operations. v1 calls the list of payouts "payments" and the list of payments
// "acquiring_payments"; v2 says payout_list and payment_list.
const (
	Payout  Kind = "payout"
	Payment Kind = "payment"
)

// Session is a payment session as Pike describes it, free of version spellings.
type Session struct {
	ID         string
	Status     SessionStatus
	CreatedAt  time.Time
	UpdatedAt  time.Time
	FinishedAt time.Time // zero when absent
	NextAction NextAction
	Payouts    []Operation
	Payments   []Operation
	Error      *ErrorDetail
	Actions    map[string]time.Time       // undocumented: when confirm and capture happened
	Version    Version                    // whose spelling the lists had; 0 when there were none
	Extra      map[string]json.RawMessage // fields that this program does not know
	Raw        json.RawMessage            // the object as it came
	Doubts     []string                   // what could not be read, for people; empty as a rule
}

// Operation is a payout or a payment within a session.
type Operation struct {
	Kind        Kind
	ID          string
	Status      OperationStatus
	CreatedAt   time.Time
	FinishedAt  time.Time // zero when absent
	Amount      Money
	Fee         *Money // amounts.fee.merchant_fee; opt-in at Pike
	Method      string // type of the payout target or payment source: card, recurrent, ...
	Card        *Card
	Recipient   string // participant_details.recipient: full name, else first and last name
	Customer    string // customer.reference
	Metadata    json.RawMessage
	Error       *ErrorDetail
	Refunds     []Refund
	Interaction *Interaction
	RRN         string // transaction_info.rrn
	AuthCode    string // transaction_info.auth_code
	Recurrent   *Recurrent
	Extra       map[string]json.RawMessage
	Raw         json.RawMessage
}

// Card is what Pike tells of a card: never the whole number.
type Card struct {
	Brand   string
	Last4   string
	BIN     string
	CardID  string
	Country string // ISO 3166-1 alpha-3
}

// Refund is money given back within a session, or a chargeback, or a returned payout.
type Refund struct {
	ID         string
	Status     RefundStatus
	CreatedAt  time.Time
	FinishedAt time.Time // zero when absent
	Amount     Money
	Chargeback bool
	Metadata   json.RawMessage
	Extra      map[string]json.RawMessage
}

// Interaction is what the payer must do: a redirect to 3-D Secure or a code to be shown.
type Interaction struct {
	Type   string // redirect or inform
	URL    string // of a redirect
	Method string // of a redirect: POST or GET
	Raw    json.RawMessage
}

// Recurrent is a token for repeated payments. The token is a secret.
type Recurrent struct {
	Token      string
	CreatedAt  time.Time
	FinishedAt time.Time
	Active     bool
}

// ErrorDetail is Pike's error object, which occurs in answers, sessions and operations.
type ErrorDetail struct {
	Code          string
	Description   string
	RejectReasons []RejectReason // anti-fraud rules that refused; empty as a rule
	Extra         map[string]json.RawMessage
}

// Wallet is a deposit at Pike.
type Wallet struct {
	ID      string
	Balance Money
}

// Response is the envelope of an answer.
type Response struct {
	Status      string // ok or error; empty when the answer had none
	Session     *Session
	Error       *ErrorDetail
	PublicToken string
	Recurrent   *Recurrent
	Wallets     []Wallet
	Info        json.RawMessage // of token/info
	Token       string          // of tokenize/elements
	Extra       map[string]json.RawMessage
	known       bool // the answer held something that this program knows
}

// Notification is a webhook's body: what happened, and the session as it is now.
type Notification struct {
	Type    string // one of the Notify constants, or a type that this program does not know
	Session *Session
	Extra   map[string]json.RawMessage
}

// The types of notifications. Source: Pike's page "Webhooks" and the platform's SDK.
const (
	NotifyReadyToConfirm  = "ready_to_confirm"
	NotifyActionRequired  = "action_required"
	NotifyReadyToCapture  = "ready_to_capture"
	NotifyPaymentFinished = "payment_finished"
	NotifyPaymentRefunded = "payment_refunded"
)
