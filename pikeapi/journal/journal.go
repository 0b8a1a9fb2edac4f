// Package journal is the durable memory of pikedash: every exchange with Pike, every intent to move
// money, the sessions and operations as last known, the notifications, and an audit chain. It is one
// SQLite file per environment. It implements pikeapi.Recorder: what must be on disk before a byte is
// sent is committed there by Begin.
//
// Masking happens on write. Times are stored in microseconds since 1970 UTC, amounts in minor units.
package journal

import (
	"time"

	"pikedash/pikeapi"
)

// List names one of the journal's lists.
type List int

// The lists.
const (
	ListOperations List = iota + 1
	ListSessions
	ListExchanges
	ListWebhooks
	ListIntents
)

// String returns the list's name in lower case, such as "operations".
func (l List) String() string {
	switch l {
	case ListOperations:
		return "payouts"
	case ListSessions:
		return "sessions"
	case ListExchanges:
		return "requests"
	case ListWebhooks:
		return "webhooks"
	case ListIntents:
		return "intents"
	}
	return "unknown list"
}

// Direction says on which side of a cursor a page lies. Rows of a page are in the order of the sort
// whatever the direction.
type Direction int

// The directions.
const (
	Forward  Direction = iota // the rows after the cursor
	Backward                  // the rows before the cursor
)

// Column is what a list can be sorted by. Each has an index.
type Column string

// The columns. Not every list has every one: see SortColumns.
const (
	ByCreated   Column = "created"
	ByUpdated   Column = "updated"
	ByAmount    Column = "amount"
	ByStatus    Column = "status"
	ByRecipient Column = "recipient"
	ByID        Column = "id"
	BySession   Column = "session"
	ByLatency   Column = "latency"
	ByType      Column = "type"
	ByMethod    Column = "method"
)

// Sort is an order. The zero value is newest first.
type Sort struct {
	Column    Column // empty means ByCreated
	Ascending bool
}

// Query is what a list shows and in which order.
type Query struct {
	Filter Filter
	Sort   Sort
}

// Cursor is a place in a list under one Sort. A row's Cursor method makes it.
type Cursor struct {
	Text string // of a sort by text
	Num  int64  // of a sort by number or time; of a sort by text, the creation time
	ID   int64  // row number in the journal
}

// OperationRow is a payout or payment in a list.
type OperationRow struct {
	ID          int64 // row number in the journal
	OperationID string
	SessionID   string
	Kind        pikeapi.Kind
	Status      pikeapi.OperationStatus
	Created     time.Time
	Finished    time.Time // zero when not finished
	Updated     time.Time // when Pike last changed the session that it was seen in
	Amount      pikeapi.Money
	Fee         *pikeapi.Money
	Method      string // card, recurrent, bank_account, ...
	Brand       string
	BIN         string
	Last4       string
	CardID      string
	Country     string
	Recipient   string
	Customer    string
	Metadata    string // masked JSON
	ErrorCode   string
	ErrorText   string
	RRN         string
	AuthCode    string
	Refunds     int
	Refunded    int64 // minor units of accepted refunds
	Version     pikeapi.Version
	NextAction  pikeapi.NextAction // of the session
	Interaction string             // redirect or inform while the payer must act

	recipientKey string // Recipient as it is sorted
}

// SessionRow is a session in a list. Amount, Recipient and Customer are those of its first operation.
type SessionRow struct {
	ID         int64
	SessionID  string
	Status     pikeapi.SessionStatus // empty for an id that was imported and not yet asked for
	NextAction pikeapi.NextAction
	Kind       pikeapi.Kind
	Created    time.Time
	Updated    time.Time
	Finished   time.Time
	Observed   time.Time // when the journal last heard of it
	Amount     pikeapi.Money
	Recipient  string
	Customer   string
	Operations int
	Refunds    int
	ErrorCode  string
	ErrorText  string
	Version    pikeapi.Version
	Since      time.Time // since when NextAction waits
	Deadline   time.Time // when Pike gives up waiting for NextAction; zero without one
	Flag       string    // a contradiction with the protocol, in one sentence; else empty

	recipientKey string
}

// ExchangeRow is one request and its answer in a list.
type ExchangeRow struct {
	ID             int64
	OperationID    string // pikeapi.Prepared.ID
	Method         string
	Version        pikeapi.Version
	Started        time.Time
	Latency        time.Duration   // zero while in flight
	Outcome        pikeapi.Outcome // empty while in flight
	HTTPStatus     int
	ErrorCode      string
	ErrorText      string
	SessionID      string
	RequestBytes   int
	ResponseBytes  int
	Mutates        bool
	Masked         bool // a body was changed before it was written
	Amount         *pikeapi.Money
	Kind           pikeapi.Kind
	KeyFingerprint string
	IdempotencyKey string
	Epoch          uint64
}

// WebhookRow is one notification in a list.
type WebhookRow struct {
	ID            int64
	Received      time.Time
	Type          string
	SessionID     string
	SessionStatus pikeapi.SessionStatus
	Badge         Badge
	Cause         string // why the signature is bad
	Key           string // name of the key that signed, as the receiver knows it
	Duplicate     bool
	DuplicateOf   int64 // row number of the first one
	Late          bool  // older than what was known when it came
	Bytes         int
	Masked        bool
	ReplyStatus   int // what the receiver answered
	ForwardStatus int // what the forward address answered; 0 when not forwarded
	ForwardError  string
	Problem       string // why the body could not be read; empty when it could
}

// IntentState is where a mutating call stands.
type IntentState string

// The states of an intent.
const (
	StatePrepared IntentState = "prepared" // recorded, not sent
	StateSent     IntentState = "sent"     // committed and handed to the wire; no answer yet
	StateAccepted IntentState = "accepted"
	StateRefused  IntentState = "refused"
	StateNotSent  IntentState = "not_sent"
	StateUnknown  IntentState = "unknown"  // may have been carried out
	StateResolved IntentState = "resolved" // by hand, with a note
)

// IntentRow is a mutating call in a list.
type IntentRow struct {
	ID             int64
	OperationID    string // pikeapi.Prepared.ID
	ExchangeID     int64  // of the last attempt; 0 when prepared only
	State          IntentState
	Method         string
	Version        pikeapi.Version
	Kind           pikeapi.Kind
	Project        string
	SessionID      string
	Amount         *pikeapi.Money // as its body names it; nil where it names none
	SessionAmount  *pikeapi.Money // of the first operation of its session, where that is known
	Recipient      string
	Target         string // masked
	Digest         pikeapi.Digest
	IdempotencyKey string
	TakesKey       bool // the method takes an idempotency key
	Created        time.Time
	SentAt         time.Time
	SettledAt      time.Time // when it left sent or unknown; zero before
	Expires        time.Time // when Pike forgets the key; zero without key
	ResendUntil    time.Time // the same bytes may be sent again before; zero when never
	HasBody        bool      // the encrypted body is still there
	Attempts       int
	HTTPStatus     int
	ErrorCode      string
	Reason         string // why it stands where it stands, in one sentence
	Note           string // of who resolved it
}

// Moves is the amount that the call moves: its body's, else its session's; nil where it moves none or
// that is not known.
func (r IntentRow) Moves() *pikeapi.Money {
	if m, _ := pikeapi.LookupMethod(r.Method); r.Amount == nil && m.MovesMoney {
		return r.SessionAmount
	}
	return r.Amount
}
