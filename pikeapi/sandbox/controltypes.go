package sandbox

import (
	"encoding/json"
	"time"
)

// controlPath is where the test controls live: a path that Pike does not have.
const controlPath = "/_sandbox/"

// State is what the sandbox holds, for people and tests.
type State struct {
	Now        time.Time       `json:"now"`
	Speed      float64         `json:"speed"`           // 1 is real time
	PikeKey    string          `json:"pike_key"`        // fingerprint of the key that signs webhooks now
	PikePublic string          `json:"pike_public_key"` // its public half, as PEM
	Projects   []ProjectState  `json:"projects"`
	Sessions   []SessionState  `json:"sessions"` // the newest first
	SessionsIn int             `json:"sessions_in_all"`
	Faults     []Fault         `json:"faults"`
	Deliveries []DeliveryState `json:"deliveries"` // the newest first
}

// ProjectState is one project with its options and wallets.
type ProjectState struct {
	Name    string   `json:"name"`
	Options Options  `json:"options"`
	Keys    []string `json:"keys"` // fingerprints of the accepted keys
	Wallets []Wallet `json:"wallets"`
}

// SessionState is one session.
type SessionState struct {
	ID         string          `json:"id"`
	Project    string          `json:"project"`
	Version    int             `json:"version"`
	Status     string          `json:"status"`
	NextAction string          `json:"next_action,omitempty"`
	Operation  string          `json:"operation,omitempty"` // its id
	Kind       string          `json:"kind,omitempty"`      // payout or payment
	State      string          `json:"state,omitempty"`     // of the operation
	Step       string          `json:"step,omitempty"`      // what happens by itself next
	StepAt     *time.Time      `json:"step_at,omitempty"`
	PayerURL   string          `json:"payer_url,omitempty"` // while 3-D Secure waits for the payer
	Error      string          `json:"error,omitempty"`
	UpdatedAt  time.Time       `json:"updated_at"`
	Raw        json.RawMessage `json:"session,omitempty"` // as session/status in v2 answers it
}

// DeliveryState is one notification and its attempts.
type DeliveryState struct {
	ID        int64      `json:"id"`
	Session   string     `json:"session"`
	Type      string     `json:"type"`
	Status    string     `json:"status"` // pending, delivered, given_up, dropped, unsent
	CreatedAt time.Time  `json:"created_at"`
	Attempts  int        `json:"attempts"`
	NextAt    *time.Time `json:"next_at,omitempty"`
	Log       []Attempt  `json:"log,omitempty"`
	Bytes     int        `json:"bytes"`
}

// Act is something that happens to a session without the partner.
type Act string

// The acts.
const (
	ActPayerOK      Act = "3ds_ok"        // the payer passes 3-D Secure
	ActPayerFail    Act = "3ds_fail"      // the payer fails it
	ActChargeback   Act = "chargeback"    // the payer's bank takes a payment back
	ActReturnPayout Act = "return_payout" // the recipient's bank sends a payout back
	ActFinalizeOK   Act = "finalize_ok"   // a session in error turns out well
	ActFinalizeFail Act = "finalize_fail" // or badly
	ActFail         Act = "fail"          // a running operation will fail with Code
	ActNext         Act = "next"          // what happens by itself next happens now
)

// Acts lists the acts.
func Acts() []string {
	var names []string
	for _, a := range []Act{ActPayerOK, ActPayerFail, ActChargeback, ActReturnPayout, ActFinalizeOK, ActFinalizeFail, ActFail, ActNext} {
		names = append(names, string(a))
	}
	return names
}

// ActRequest asks for an act.
type ActRequest struct {
	Session string `json:"session"`
	Act     Act    `json:"act"`
	Amount  int64  `json:"amount,omitempty"` // of a chargeback or returned payout, in minor units; 0: all
	Code    string `json:"code,omitempty"`   // of fail and finalize_fail
}

// AdvanceRequest asks for a session to be brought to a state, doing the partner's and the payer's
// part where needed.
type AdvanceRequest struct {
	Session string `json:"session"`
	To      string `json:"to"` // one of AdvanceTargets
}

// AdvanceTargets are the states to which Advance brings a session.
func AdvanceTargets() []string {
	return []string{"ready_to_confirm", "action_required", "ready_to_capture", "succeeded", "failed", "cancelled", "error"}
}

// UseRequest stands for a payer who uses a widget with a public token and types his card.
type UseRequest struct {
	PublicToken string `json:"public_token"`
	Number      string `json:"number"`
	Month       string `json:"expiration_month"`
	Year        string `json:"expiration_year"`
}

// UseAnswer is what the widget hands back: a card token, or the session that it paid.
type UseAnswer struct {
	Token   string `json:"token,omitempty"`
	Session string `json:"session,omitempty"`
}
