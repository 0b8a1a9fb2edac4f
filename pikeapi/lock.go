package pikeapi

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// UnlockTime is how long live stays unlocked.
const UnlockTime = 15 * time.Minute

// amountGrantTime is how long after its preparation a request can be sent with a typed amount.
const amountGrantTime = 2 * time.Minute

// liveGrant is the proof that a live mutation was allowed on purpose: made by Lock.Permit or by
// ConfirmAmount, and by nothing else.
type liveGrant struct {
	environment string
	epoch       uint64
	expires     time.Time
	lock        *Lock        // made by this lock, and good only while it is open; nil for a typed amount
	operation   string       // made for this operation alone; empty for a lock's
	digest      Digest       // of that operation's body
	used        *atomic.Bool // a typed amount is good once
}

// Lock keeps live read-only until somebody types the project's name. It is safe for concurrent use.
type Lock struct {
	now func() time.Time

	mu          sync.Mutex
	environment string
	epoch       uint64
	opened      time.Time // zero while locked
}

// NewLock returns a closed lock. now nil means time.Now.
func NewLock(now func() time.Time) *Lock {
	if now == nil {
		now = time.Now
	}
	return &Lock{now: now}
}

// Unlock opens live for UnlockTime when typedProject is exactly the environment's project.
func (l *Lock) Unlock(env *Environment, typedProject string) error {
	if env.Kind != Live {
		return fmt.Errorf("%s is not live: there is nothing to unlock", env.Name)
	}
	if typedProject != env.Project || env.Project == "" {
		return fmt.Errorf("that is not the project's name: type %s exactly", env.Project)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.environment, l.epoch, l.opened = env.Name, env.Epoch, l.now()
	return nil
}

// Locked says whether mutating calls are refused in env. Only live is ever locked.
func (l *Lock) Locked(env *Environment) bool {
	return env.Kind == Live && l.Remaining(env) == 0
}

// Remaining returns how long env stays unlocked; 0 when it is locked or is not live.
func (l *Lock) Remaining(env *Environment) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if env.Kind != Live || l.opened.IsZero() || l.environment != env.Name || l.epoch != env.Epoch {
		return 0
	}
	now := l.now()
	// The monotonic clock stands still while a machine sleeps and the wall clock can be set back:
	// whichever says that more time has passed is believed.
	gone := max(now.Sub(l.opened), now.Round(0).Sub(l.opened.Round(0)))
	if gone < 0 || now.Round(0).Before(l.opened.Round(0).Add(-time.Second)) || gone >= UnlockTime {
		l.opened = time.Time{}
		return 0
	}
	return UnlockTime - gone
}

// LockNow locks at once: on L, on a switch of environment, on quitting.
func (l *Lock) LockNow() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.opened = time.Time{}
}

// Permit returns what Send needs in env: an empty permit outside of live, a grant while live is
// unlocked, and a *BlockedError while it is locked.
func (l *Lock) Permit(env *Environment) (Permit, error) {
	if env.Kind != Live {
		return Permit{}, nil
	}
	left := l.Remaining(env)
	if left == 0 {
		return Permit{}, liveLocked(env)
	}
	return Permit{live: liveGrant{environment: env.Name, epoch: env.Epoch, expires: l.now().Add(left), lock: l}}, nil
}

func liveLocked(env *Environment) *BlockedError {
	return &BlockedError{Rule: RuleLiveLocked, Reason: fmt.Sprintf(
		"%s is live and locked: unlock it by typing the project's name (on the command line: --live --confirm-amount)", env.Name)}
}

// ConfirmAmount is the command line's way to allow one live call: typed must be exactly the amount
// that the call moves, such as "150.00EUR". That is the amount in the body; for calls whose body
// holds none (confirm, cancel, a whole refund), known is the session's, as the caller learned it.
// A call that concerns no amount at all is confirmed with "none". The permit is good once, for p.
func ConfirmAmount(env *Environment, p *Prepared, typed string, known ...Money) (Permit, error) {
	if env.Kind != Live {
		return Permit{}, fmt.Errorf("%s is not live: --live does not belong there", env.Name)
	}
	if p.Env != env {
		return Permit{}, errors.New("the request was prepared for another environment")
	}
	amount := p.Summary.Amount
	if amount == nil && len(known) > 0 {
		amount = &known[0]
	}
	if err := matchAmount(p, amount, typed); err != nil {
		return Permit{}, err
	}
	return Permit{live: liveGrant{
		environment: env.Name, epoch: env.Epoch, operation: p.ID, digest: p.Digest,
		expires: p.CreatedAt.Add(amountGrantTime), used: new(atomic.Bool),
	}}, nil
}

func matchAmount(p *Prepared, amount *Money, typed string) error {
	blocked := func(reason string) error { return &BlockedError{Rule: RuleConfirmAmount, Reason: reason} }
	if amount == nil {
		if p.Method.MovesMoney || p.Method.NeedsID {
			return blocked("the amount of session " + p.Summary.SessionID + " is not known here: read its status first")
		}
		if strings.EqualFold(strings.TrimSpace(typed), "none") {
			return nil
		}
		return blocked(p.Method.Name + " moves no amount: confirm it with none")
	}
	got, err := ParseAmount(typed)
	if err != nil {
		return blocked("the amount that was typed cannot be read: " + err.Error())
	}
	if !got.Equal(*amount) {
		return blocked(fmt.Sprintf("the amount that was typed is %s, the request says %s", got.Format(), amount.Format()))
	}
	return nil
}

// allows says whether the grant covers p now, and uses up a grant that is good once.
func (g liveGrant) allows(p *Prepared, lock *Lock, now time.Time) bool {
	if g.environment != p.Env.Name || g.epoch != p.Env.Epoch || !now.Before(g.expires) {
		return false
	}
	if g.operation == "" {
		return g.lock != nil && g.lock == lock && !lock.Locked(p.Env)
	}
	return g.operation == p.ID && g.digest == p.Digest && g.used.CompareAndSwap(false, true)
}
