package flow

import (
	"context"
	"errors"
	"time"

	"pikedash/pikeapi"
)

// Arrival is a notification that reached a place, in the order of arrival.
type Arrival struct {
	At        time.Time // when it came, in real time
	Type      string
	SessionID string
	Body      []byte // as it came
	Signature string // verified, unsigned or bad_signature
	Duplicate bool   // its type, session and updated_at came before
	Late      bool   // older than what was already known of its session
}

// Caller speaks to Pike; *pikeapi.Client is one.
type Caller interface {
	Prepare(ctx context.Context, env *pikeapi.Environment, call pikeapi.Call) (*pikeapi.Prepared, error)
	Send(ctx context.Context, p *pikeapi.Prepared, permit pikeapi.Permit) *pikeapi.Result
}

// Place is where one run of a flow happens. A place serves one run and is closed after it.
type Place interface {
	Client() Caller
	Environment() *pikeapi.Environment
	// Vars returns what flows may name: the test cards as card.success and so on.
	Vars() map[string]string
	// Arrivals returns all notifications so far.
	Arrivals() []Arrival
	// Pass lets time go on until something may have happened, at most limit, and returns how much
	// time passed at the server.
	Pass(ctx context.Context, limit time.Duration) (time.Duration, error)
	// Advance, Fault and Control need a sandbox; elsewhere they return ErrNoControl.
	Advance(ctx context.Context, d time.Duration) error
	Fault(ctx context.Context, f Fault) error
	Control(ctx context.Context, name string, with map[string]string) (map[string]any, error)
	Close() error
}

// ErrNoControl says that a step needs what only the sandbox has.
var ErrNoControl = errors.New("this step needs the sandbox's test controls")
