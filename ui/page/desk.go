package page

import (
	"context"
	"time"

	"pikedash/pikeapi"
	"pikedash/pikeapi/journal"
)

// Desk is everything that belongs to one environment. It is immutable: a switch makes a new one whose
// environment has a higher epoch. Commands capture the desk that they were started on, so that a
// switch can never redirect them.
type Desk struct {
	Env      *pikeapi.Environment
	Journal  *journal.Journal
	Client   Client
	Lock     Lock
	Receiver Receiver // nil when no webhooks are received
	Sandbox  Sandbox  // nil outside of the sandbox

	TestCards []TestCard // card numbers to try things with; none in live
}

// TestCard is a card number that makes Pike, or the sandbox, answer in a known way.
type TestCard struct {
	Number  string
	Outcome string // in a few words, such as "sandbox: succeeds"
	Does    string // a sentence
}

// Client speaks to Pike; *pikeapi.Client is one.
type Client interface {
	Prepare(ctx context.Context, env *pikeapi.Environment, call pikeapi.Call) (*pikeapi.Prepared, error)
	Send(ctx context.Context, p *pikeapi.Prepared, permit pikeapi.Permit) *pikeapi.Result
}

// Lock keeps live locked; *pikeapi.Lock is one.
type Lock interface {
	Locked(env *pikeapi.Environment) bool
	Remaining(env *pikeapi.Environment) time.Duration
	Unlock(env *pikeapi.Environment, typedProject string) error
	LockNow()
	Permit(env *pikeapi.Environment) (pikeapi.Permit, error)
}

// Receiver takes in Pike's webhooks.
type Receiver interface {
	Status() ReceiverStatus
	// Replay sends the recorded webhook to the forward address again: the same bytes, or signed anew
	// with the sandbox's key. It returns the HTTP status of the reply.
	Replay(ctx context.Context, id int64, resign bool) (status int, err error)
}

// ReceiverStatus is how the receiver is.
type ReceiverStatus struct {
	Listening bool
	Address   string // host:port
	Forward   string // where notifications are sent on; empty for nowhere
	Received  int    // since the start
	Rejected  int    // since the start
	Err       string // why it does not listen
}

// Sandbox is the embedded Pike's test controls.
type Sandbox interface {
	Address() string  // host:port
	Clock() time.Time // the sandbox's own clock
	Controls() []Control
	// Do carries a control out and says what it did, in one sentence.
	Do(ctx context.Context, name string, args map[string]string) (said string, err error)
}

// Control is something that the sandbox can be made to do: move its clock, cause a fault, end 3-D
// Secure, give a payout back.
type Control struct {
	Name    string // stable: advance, fault, finish_3ds, chargeback, return_payout, rotate_key, ...
	Title   string // a line in the menu
	Purpose string
	Session bool // it needs args["session"]
	Args    []ControlArg
}

// ControlArg is a question that a control asks.
type ControlArg struct {
	Name    string
	Title   string
	Choices []string          // empty for free text
	Means   map[string]string // what a choice means, where its name does not say
	Default string
	Only    map[string]string // asked only where an earlier answer has this value; empty: always
}

// Asked says whether the question is asked after these answers.
func (q ControlArg) Asked(answers map[string]string) bool {
	for name, value := range q.Only {
		if answers[name] != value {
			return false
		}
	}
	return true
}

// Locked says whether money-moving keys are off here, with the sentence that says how to unlock.
func (d *Desk) Locked(unlock string) (reason string, locked bool) {
	if d.Lock == nil || !d.Lock.Locked(d.Env) {
		return "", false
	}
	return "live is locked: " + unlock + " unlocks it for 15 minutes", true
}

// Forbidden is why something cannot be sent from a desk, whatever it is about: as a sentence and in
// three words. The zero value forbids nothing.
type Forbidden struct{ Why, Brief string }

// Forbids says why none of these methods can be sent from here now. What only a request itself can
// tell, such as an amount above the profile's limits, is not looked at.
func (d *Desk) Forbids(unlock string, methods ...string) Forbidden {
	var first Forbidden
	for _, name := range methods {
		f := d.forbids(unlock, name)
		if f.Why == "" {
			return f
		}
		if first.Why == "" {
			first = f
		}
	}
	return first
}

func (d *Desk) forbids(unlock, name string) Forbidden {
	method, _ := pikeapi.LookupMethod(name)
	if !method.Mutates {
		return Forbidden{}
	}
	only := pikeapi.Policy{Methods: d.Env.Policy.Methods} // what limits amounts needs a request
	if err := only.CheckCall(method, pikeapi.Summary{}); err != nil {
		return Forbidden{err.Error(), "not in this profile"}
	}
	if err := d.Env.Policy.CheckAlone(method, pikeapi.Permit{}); err != nil {
		return Forbidden{err.Error(), "it takes two people"}
	}
	if why, locked := d.Locked(unlock); locked {
		return Forbidden{why, "live is locked"}
	}
	return Forbidden{}
}

// Place holds the present desk. Only the App sets it, and only the App's loop reads it: a command gets
// the desk, or parts of it, as an argument.
type Place struct{ now *Desk }

// NewPlace starts at a desk.
func NewPlace(d *Desk) *Place { return &Place{now: d} }

// At returns the present desk.
func (p *Place) At() *Desk { return p.now }

// Set moves to another desk; the App calls it when a switch is done.
func (p *Place) Set(d *Desk) { p.now = d }
