package sandbox

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// The kinds of things that are kept.
const (
	kindSession  = "session"
	kindWallet   = "wallet"
	kindCard     = "card_token"
	kindRecur    = "recurrent"
	kindPublic   = "public_token"
	kindKey      = "idempotency_key"
	kindTimer    = "timer"
	kindDelivery = "delivery"
	kindMeta     = "meta"
)

// amount is money as Pike writes it. The currency keeps the case in which it was sent.
type amount struct {
	Amount   int64  `json:"amount"` // minor units
	Currency string `json:"currency"`
}

func (a amount) sameCurrency(b amount) bool { return strings.EqualFold(a.Currency, b.Currency) }

// fault detail of a session or an operation.
type failure struct {
	Code        string `json:"code"`
	Description string `json:"description"`
}

// instrument is what is kept of a card, a token's card or a recurring token: never the card's
// number, its security code or the holder's name.
type instrument struct {
	Type      string `json:"type"` // card or recurrent
	Brand     string `json:"brand"`
	BIN       string `json:"bin"`
	Last4     string `json:"last4"`
	CardID    string `json:"card_id"`
	Month     string `json:"month,omitempty"`
	Year      string `json:"year,omitempty"` // two digits
	Outcome   string `json:"outcome"`
	Token     string `json:"token,omitempty"`     // recurring token, where it was paid with
	Initiator string `json:"initiator,omitempty"` // merchant or client
}

// draft is what the calls said about the operation, before it starts.
type draft struct {
	Target      *instrument     `json:"target,omitempty"` // of a payout
	Source      *instrument     `json:"source,omitempty"` // of a payment
	Amount      *amount         `json:"amount,omitempty"`
	Customer    json.RawMessage `json:"customer,omitempty"`
	Participant json.RawMessage `json:"participant,omitempty"`
	Options     json.RawMessage `json:"options,omitempty"`
	Metadata    json.RawMessage `json:"metadata,omitempty"`
	ReturnURL   string          `json:"return_url,omitempty"`
	Recurrent   bool            `json:"recurrent,omitempty"`
}

type refund struct {
	ID         string          `json:"id"`
	Status     string          `json:"status"`
	CreatedAt  time.Time       `json:"created_at"`
	FinishedAt time.Time       `json:"finished_at,omitzero"`
	Amount     amount          `json:"amount"`
	Metadata   json.RawMessage `json:"metadata,omitempty"`
	Chargeback bool            `json:"chargeback,omitempty"`
}

// operation is the one payout or payment of a session.
type operation struct {
	Payout     bool       `json:"payout"`
	ID         string     `json:"id"`
	Status     string     `json:"status"`
	CreatedAt  time.Time  `json:"created_at"`
	FinishedAt time.Time  `json:"finished_at,omitzero"`
	Instrument instrument `json:"instrument"`
	Amount     amount     `json:"amount"`
	Error      *failure   `json:"error,omitempty"`
	Refunds    []refund   `json:"refunds,omitempty"`
	RRN        string     `json:"rrn,omitempty"`
	AuthCode   string     `json:"auth_code,omitempty"`
	Recurrent  string     `json:"recurrent,omitempty"` // token given back after success
	Reserved   bool       `json:"reserved,omitempty"`  // the wallet holds the amount of this payout
	Hold       bool       `json:"hold,omitempty"`      // two-step payment
	PayerToken string     `json:"payer_token,omitempty"`
	PayerDone  bool       `json:"payer_done,omitempty"` // 3-D Secure passed
	Force      string     `json:"force,omitempty"`      // error code set by a control call
	CaptureOf  *amount    `json:"capture_of,omitempty"` // asked for by session/capture
}

// The statuses. Source: protocol reference 6.1.
const (
	statusCreated    = "created"
	statusInProgress = "in_progress"
	statusAccepted   = "accepted"
	statusCancelled  = "cancelled"
	statusError      = "error"
	statusPending    = "pending"
	statusSucceeded  = "succeeded"
	statusFailed     = "failed"
	statusDeclined   = "declined"
	nextConfirm      = "confirm"
	nextCapture      = "capture"
)

type session struct {
	ID          string     `json:"id"`
	Number      int64      `json:"number"`
	Project     string     `json:"project"`
	Submerchant string     `json:"submerchant,omitempty"`
	Version     int        `json:"version"` // of the call that started the operation, else that created the session
	Status      string     `json:"status"`
	CreatedAt   time.Time  `json:"created_at"`
	UpdatedAt   time.Time  `json:"updated_at,omitzero"`
	NextAction  string     `json:"next_action,omitempty"`
	Error       *failure   `json:"error,omitempty"`
	ConfirmedAt time.Time  `json:"confirmed_at,omitzero"`
	CapturedAt  time.Time  `json:"captured_at,omitzero"`
	BaseURL     string     `json:"base_url,omitempty"` // of the 3-D Secure page
	Draft       draft      `json:"draft"`
	Op          *operation `json:"op,omitempty"`
	Timer       int64      `json:"timer,omitempty"` // the one main timer; refunds have their own
}

type wallet struct {
	ID       string `json:"id"`
	Project  string `json:"project"`
	Currency string `json:"currency"`
	Balance  int64  `json:"balance"` // minor units, without what is reserved
}

// cardToken stands for a card that was tokenised. It is not bound to a project.
type cardToken struct {
	Token string     `json:"token"`
	Card  instrument `json:"card"`
}

type recurrentToken struct {
	Token      string     `json:"token"`
	Project    string     `json:"project"`
	Card       instrument `json:"card"`
	CreatedAt  time.Time  `json:"created_at"`
	FinishedAt time.Time  `json:"finished_at,omitzero"`
	Active     bool       `json:"active"`
}

type publicToken struct {
	Token     string    `json:"token"`
	Project   string    `json:"project"`
	SessionID string    `json:"session_id,omitempty"`
	Tokenize  bool      `json:"tokenize,omitempty"`
	CreatedAt time.Time `json:"created_at"`
	ExpiresAt time.Time `json:"expires_at,omitzero"`
	UsedAt    time.Time `json:"used_at,omitzero"`
}

// keyEntry remembers what was answered under an idempotency key.
type keyEntry struct {
	Scope   string    `json:"scope"` // project, submerchant and key
	Digest  string    `json:"digest"`
	Status  int       `json:"status"`
	Answer  []byte    `json:"answer"`
	Expires time.Time `json:"expires"`
	Seq     int64     `json:"seq"`
	running bool      // the first request was not answered yet
}

// timerKind says what happens when a timer is due.
type timerKind string

const (
	timerReady      timerKind = "ready"
	timerProcess    timerKind = "process"
	timerCancel     timerKind = "cancel"
	timerCapture    timerKind = "capture"
	timerConfirmEnd timerKind = "confirm_end"
	timerPayerEnd   timerKind = "payer_end"
	timerHoldEnd    timerKind = "hold_end"
	timerCreatedEnd timerKind = "created_end"
	timerRefund     timerKind = "refund"
	timerDeliver    timerKind = "deliver"
)

// timerEntry is a step that is still to come; it survives a restart.
type timerEntry struct {
	ID       int64     `json:"id"`
	Kind     timerKind `json:"kind"`
	Due      time.Time `json:"due"`
	Session  string    `json:"session,omitempty"`
	Refund   string    `json:"refund,omitempty"`
	Delivery int64     `json:"delivery,omitempty"`
	armed    Timer
}

// meta is what is kept besides the lists.
type meta struct {
	Counters map[string]int64 `json:"counters"`
	Now      time.Time        `json:"now"`    // what the clock showed at the last change
	Offset   time.Duration    `json:"offset"` // of the sandbox's clock to the machine's
	Secret   []byte           `json:"secret"` // keys the hash behind card_id
}

// world is the whole state. Server.mu guards it.
type world struct {
	sessions   map[string]*session
	wallets    map[string]*wallet
	cards      map[string]*cardToken
	recurrents map[string]*recurrentToken
	publics    map[string]*publicToken
	keys       map[string]*keyEntry
	keyOrder   []*keyEntry // oldest first
	timers     map[int64]*timerEntry
	deliveries map[int64]*delivery
	finished   []int64 // deliveries that are over, oldest first
	meta       meta
}

func newWorld() *world {
	return &world{
		sessions: map[string]*session{}, wallets: map[string]*wallet{}, cards: map[string]*cardToken{},
		recurrents: map[string]*recurrentToken{}, publics: map[string]*publicToken{}, keys: map[string]*keyEntry{},
		timers: map[int64]*timerEntry{}, deliveries: map[int64]*delivery{},
		meta: meta{Counters: map[string]int64{}},
	}
}

// The first numbers of ids: six digits, as in live traffic.
const firstNumber = 100_000

func (w *world) number(kind string) int64 {
	w.meta.Counters[kind]++
	return firstNumber + w.meta.Counters[kind]
}

func walletKey(project, currency string) string {
	return project + " " + strings.ToLower(currency)
}

// load puts one stored thing back.
func (w *world) load(kind, id string, data []byte) error {
	var err error
	switch kind {
	case kindSession:
		err = loadInto(data, func(v *session) { w.sessions[v.ID] = v })
	case kindWallet:
		err = loadInto(data, func(v *wallet) { w.wallets[walletKey(v.Project, v.Currency)] = v })
	case kindCard:
		err = loadInto(data, func(v *cardToken) { w.cards[v.Token] = v })
	case kindRecur:
		err = loadInto(data, func(v *recurrentToken) { w.recurrents[v.Token] = v })
	case kindPublic:
		err = loadInto(data, func(v *publicToken) { w.publics[v.Token] = v })
	case kindKey:
		err = loadInto(data, func(v *keyEntry) { w.keys[v.Scope] = v; w.keyOrder = append(w.keyOrder, v) })
	case kindTimer:
		err = loadInto(data, func(v *timerEntry) { w.timers[v.ID] = v })
	case kindDelivery:
		err = loadInto(data, func(v *delivery) { w.deliveries[v.ID] = v })
	case kindMeta:
		err = loadInto(data, func(v *meta) { w.meta = *v })
	default:
		err = fmt.Errorf("kind %q is not known: the state was written by a newer version", kind)
	}
	if err != nil {
		return fmt.Errorf("reading %s %s: %w", kind, id, err)
	}
	return nil
}

func loadInto[T any](data []byte, keep func(*T)) error {
	v := new(T)
	if err := json.Unmarshal(data, v); err != nil {
		return err
	}
	keep(v)
	return nil
}

func idText(n int64) string { return strconv.FormatInt(n, 10) }
