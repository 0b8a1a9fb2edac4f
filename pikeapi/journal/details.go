package journal

import (
	"context"
	"net/http"
	"time"

	"pikedash/pikeapi"
)

// Exchange is one request and its answer in full. Headers and bodies are masked; the digests are
// those of the true bytes.
type Exchange struct {
	ExchangeRow
	Environment    string
	Project        string
	URL            string
	Header         http.Header
	Body           []byte
	BodyMasked     bool
	Digest         pikeapi.Digest
	Signature      string
	Finished       time.Time
	ResponseHeader http.Header
	ResponseBody   []byte
	ResponseMasked bool
	ResponseDigest pikeapi.Digest
}

// Webhook is one notification. The receiver fills the first group and calls RecordWebhook; the
// journal fills the second.
type Webhook struct {
	Received    time.Time
	Header      http.Header
	Body        []byte // as it came for RecordWebhook; masked when it was read from the journal
	Signature   string
	Badge       Badge
	Cause       string // why the signature is bad
	Key         string // name of the key that made the signature
	Version     pikeapi.Version
	Remote      string                // address of the sender
	Problem     string                // why the body could not be read
	Parsed      *pikeapi.Notification // nil when it could not be read
	ReplyStatus int

	ID            int64
	Type          string
	SessionID     string
	SessionStatus pikeapi.SessionStatus
	Digest        pikeapi.Digest // of the true bytes
	Bytes         int
	Masked        bool // Body was changed on write
	HasRaw        bool // the true bytes are kept, encrypted: see Raw
	DuplicateOf   int64
	Late          bool
	Applied       bool // it changed what is known of the session
	Forward       *Forwarding

	raw func(context.Context) ([]byte, error)
}

// Badge says what is known of a notification's signature.
type Badge string

// The badges.
const (
	BadgeVerified Badge = "verified"
	BadgeUnsigned Badge = "unsigned"
	BadgeBad      Badge = "bad_signature"
)

// Forwarding is what became of a notification that was sent on.
type Forwarding struct {
	URL     string
	At      time.Time
	Status  int // HTTP status of the reply; 0 when none came
	Latency time.Duration
	Error   string
}

// SessionDetail is all that is known of a session.
type SessionDetail struct {
	SessionRow
	Operations []OperationRow
	Refunds    []RefundRow
	History    []Transition
	Raw        []byte // the session's object as it last came, masked
}

// RefundRow is a refund, a chargeback or a returned payout.
type RefundRow struct {
	ID          int64
	RefundID    string
	OperationID string
	SessionID   string
	Status      pikeapi.RefundStatus
	Created     time.Time
	Finished    time.Time
	Amount      pikeapi.Money
	Chargeback  bool
}

// Transition is one observed change of a state.
type Transition struct {
	ID        int64
	SessionID string
	Object    string // session, payout, payment or refund
	ObjectID  string
	From      string // empty when it was seen for the first time
	To        string
	Next      pikeapi.NextAction // of a session, after the change
	At        time.Time          // when Pike says that it happened
	Observed  time.Time          // when the journal heard of it
	Source    string             // "exchange 41", "webhook 12", "import", "seed"
	Flag      string             // a contradiction with the protocol; else empty
}

// EventKind says what happened in a session's time line.
type EventKind string

// The kinds of events.
const (
	EventRequest EventKind = "request"
	EventAnswer  EventKind = "answer"
	EventWebhook EventKind = "webhook"
	EventState   EventKind = "state"
)

// Event is one line of a session's time line. One of Exchange, Webhook and Transition is set.
type Event struct {
	Kind       EventKind
	At         time.Time
	Gap        time.Duration // since the event before
	Exchange   *ExchangeRow
	Webhook    *WebhookRow
	Transition *Transition
}

// Waiting is a session that waits for the operator.
type Waiting struct {
	SessionRow
	Action pikeapi.NextAction
	Left   time.Duration // until the deadline; negative when it is over
}
