package pikeapi

import (
	"context"
	"encoding/hex"
	"net/http"
	"time"
)

// Outcome is what is known of a call.
type Outcome string

// The outcomes. Unknown is not failed: the call may have been carried out.
const (
	Accepted Outcome = "accepted" // Pike took the call
	Refused  Outcome = "refused"  // Pike said no
	NotSent  Outcome = "not_sent" // provably, not one byte of the request reached the server
	Unknown  Outcome = "unknown"  // time-out, reset, 5xx, unreadable answer, death of the process
)

// Call is what a caller wants done. Body is sent exactly as it is.
type Call struct {
	Method         string  // such as "session/init/payout"
	Version        Version // 0 takes the environment's
	Body           []byte
	IdempotencyKey string // empty: a new one is made where the method takes one
	// FirstSent is when the same bytes were first sent with this key; zero for a new request. It
	// must be set for a resend, and decides until when the key protects.
	FirstSent time.Time
}

// Digest is the SHA-256 of a body.
type Digest [32]byte

// String returns 64 lower-case hex digits.
func (d Digest) String() string { return hex.EncodeToString(d[:]) }

// Short returns the first and last four digits.
func (d Digest) Short() string { s := d.String(); return s[:4] + "…" + s[60:] }

// Prepared is a signed request of which nothing has been sent: the one []byte that is previewed,
// hashed, signed, journaled, exported and sent. Client.Prepare makes it; it must not be changed.
type Prepared struct {
	ID             string // operation id, a UUID in time order
	Env            *Environment
	Method         Method
	Version        Version
	URL            string
	Header         http.Header
	Body           []byte
	Digest         Digest
	Signature      string // X-PARTNER-SIGN
	KeyFingerprint string // of the signing key, full form
	IdempotencyKey string // empty where the method takes none
	CreatedAt      time.Time
	Expires        time.Time // when the idempotency key ends at Pike: 24 h after CreatedAt; zero without key
	Summary        Summary

	firstSent time.Time // when the key was first used
	seal      Digest    // over everything that decides what is sent; Send checks it
}

// Summary is what a request does, in the terms of an operator. It holds no secret.
type Summary struct {
	Kind      Kind   // payout or payment; empty for other calls
	SessionID string // the session that the call names; empty for a new one
	Amount    *Money
	Recipient string // name of the recipient, as typed
	Target    string // masked: "visa 520000··7771", "token ··9a1f", "recurrent ··77aa"
	TargetKey string // SHA-256 of project and true target in hex, for finding look-alikes
	// Ambiguous says why two programs could read this body differently (a name that occurs twice);
	// empty when they could not. Live and limited profiles refuse such a body.
	Ambiguous string
}

// Result is what became of a Prepared. It is never nil after Send.
type Result struct {
	Prepared   *Prepared
	ExchangeID int64 // in the journal
	Outcome    Outcome
	HTTPStatus int // 0 when no answer came
	Header     http.Header
	Body       []byte // the answer as it came, at most MaxResponse bytes
	Response   *Response
	// Err is nil when accepted and *APIError when refused. When not sent it is *BlockedError or
	// *TransportError; when unknown it is *TransportError, or *APIError where Pike named its fault.
	Err error
	// RecordErr says that the journal could not take what became of the call. The outcome stands.
	RecordErr error
	Attempts  int // how often it went to the wire; above 1 only for reads
	Started   time.Time
	Finished  time.Time
}

// Recorder makes durable what the client does. pikeapi/journal implements it.
type Recorder interface {
	// Begin checks the rules that need history (unknown look-alikes, duplicates, limits) and commits
	// the record of p, in one transaction. It returns only when the record is on disk; nothing is
	// sent before. A *BlockedError says that a rule forbids the call.
	Begin(ctx context.Context, p *Prepared, permit Permit) (exchangeID int64, err error)
	// Finish records what became of it, and takes over what the answer says of sessions.
	Finish(ctx context.Context, r *Result) error
}

// Permit says which rules the operator has set aside for one call, on purpose.
type Permit struct {
	Duplicate bool   // send although a look-alike was sent before (never past an unknown one)
	Resend    string // operation id of the unknown intent whose bytes and key are sent again
	// Approved says that somebody else than its author sends a prepared request. Where the profile
	// wants two people, nothing else moves money.
	Approved bool
	live     liveGrant
}

// BlockedError says that a safety rule forbids a call. Nothing was sent.
type BlockedError struct {
	Rule    string // stable code: live_locked, unknown_lookalike, duplicate, max_amount, max_per_hour, max_per_day, currency, method, key_expired, ...
	Reason  string // one sentence for people: what and what to do
	Earlier string // operation id of the earlier request, where there is one
}

func (e *BlockedError) Error() string { return e.Reason }
