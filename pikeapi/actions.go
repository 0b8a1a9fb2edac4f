package pikeapi

import (
	"fmt"
	"time"
)

// The time limits that Pike keeps. Sources: the platform's pages on the notifications, Pike's page
// on holds.
const (
	ConfirmLimit = 240 * time.Minute             // from ready_to_confirm to the cancellation
	PayerLimit   = 60 * time.Minute              // from action_required to the cancellation
	HoldLimit    = 3*24*time.Hour + 23*time.Hour // from ready_to_capture to the release of the money
)

// Action is something that an operator may want to do with a session.
type Action struct {
	Name    string // start, confirm, cancel, capture or refund
	Allowed bool
	Reason  string // why not, as one sentence; empty when allowed
	Most    *Money // the largest amount, of capture and refund; nil when it is not known
}

// Actions returns the five actions in the order of a session's life, each with the reason when it
// is not allowed now. Pike decides in the end; this is what its documentation lets expect.
func Actions(s *Session) []Action {
	all := make([]Action, 0, 5)
	for _, name := range []string{"start", "confirm", "cancel", "capture", "refund"} {
		all = append(all, s.Legal(name))
	}
	return all
}

// Legal returns one of the actions of Actions.
func (s *Session) Legal(name string) Action {
	a := Action{Name: name}
	switch name {
	case "start":
		a.Reason = unless(s.Status == SessionCreated, "the session "+s.state())
	case "confirm":
		a.Reason = unless(s.Waits(NextConfirm), "the session is not waiting for a confirmation: it "+s.state())
	case "cancel":
		waits := s.Status == SessionCreated || s.Waits(NextConfirm) || s.Waits(NextCapture)
		a.Reason = unless(waits, "only a session that waits for you can be cancelled: it "+s.state())
	case "capture":
		a.Reason = unless(s.Waits(NextCapture), "no money is held for a capture: the session "+s.state())
		if a.Reason == "" && len(s.Payments) == 1 {
			a.Most = &s.Payments[0].Amount
		}
	case "refund":
		a.Reason, a.Most = s.refund()
	default:
		a.Reason = name + " is not an action of a session"
	}
	a.Allowed = a.Reason == ""
	return a
}

func unless(ok bool, reason string) string {
	if ok {
		return ""
	}
	return reason
}

// Waits says whether Pike waits for the partner to do next.
func (s *Session) Waits(next NextAction) bool {
	return s.Status == SessionInProgress && s.NextAction == next
}

func (s *Session) state() string {
	switch {
	case s.Status == SessionInProgress && s.NextAction != "":
		return "waits for " + string(s.NextAction)
	case s.Status == SessionInProgress:
		return "is in progress"
	case s.Status == SessionError:
		return "is in error: Pike's support decides"
	case s.Status == "":
		return "has an unknown status"
	}
	return "is " + string(s.Status)
}

func (s *Session) refund() (reason string, most *Money) {
	switch {
	case s.Status != SessionAccepted:
		return "only an accepted session can be refunded: it " + s.state(), nil
	case len(s.Payments) == 0:
		return "a payout cannot be called back: only payments can be refunded", nil
	}
	for i := range s.Payments {
		if s.Payments[i].Status != OperationSucceeded {
			continue
		}
		left, ok := s.Payments[i].Refundable()
		if !ok {
			return "", nil
		}
		if left.Amount > 0 {
			return "", &left
		}
		return "everything was given back already", &left
	}
	return "the payment did not succeed", nil
}

// Refundable returns what is left of a payment to give back: its amount less the refunds that were
// accepted or may still be. It returns false when that cannot be counted.
func (o *Operation) Refundable() (Money, bool) {
	left := o.Amount
	for _, r := range o.Refunds {
		if r.Status == RefundDeclined {
			continue
		}
		if r.Amount.Currency != "" && r.Amount.Code() != left.Code() {
			return Money{}, false
		}
		sum, ok := addAmounts(left.Amount, -r.Amount.Amount)
		if !ok {
			return Money{}, false
		}
		left.Amount = max(sum, 0)
	}
	return left, left.Currency != ""
}

// Final says whether Pike has decided. Error is not final, and accepted opens again for a refund.
func (s SessionStatus) Final() bool { return s == SessionAccepted || s == SessionCancelled }

// Final says whether the operation is over; in a session whose status is error it is not.
func (s OperationStatus) Final() bool { return s == OperationSucceeded || s == OperationFailed }

// Final says whether the refund is over.
func (s RefundStatus) Final() bool { return s == RefundAccepted || s == RefundDeclined }

// Operations returns payouts and payments in one list.
func (s *Session) Operations() []Operation {
	all := make([]Operation, 0, len(s.Payouts)+len(s.Payments))
	return append(append(all, s.Payouts...), s.Payments...)
}

// Deadline returns what the session waits for and when Pike stops waiting: the operator's
// confirmation, the payer, or the capture of held money. ok is false when nothing is waited for.
func Deadline(s *Session) (what string, at time.Time, ok bool) {
	if s.Status != SessionInProgress || s.UpdatedAt.IsZero() {
		return "", time.Time{}, false
	}
	switch s.NextAction {
	case NextConfirm:
		return "confirm", s.UpdatedAt.Add(ConfirmLimit), true
	case NextCapture:
		return "capture", s.UpdatedAt.Add(HoldLimit), true
	}
	for _, o := range s.Payments {
		if o.Status == OperationPending && o.Interaction != nil {
			return "payer", s.UpdatedAt.Add(PayerLimit), true
		}
	}
	return "", time.Time{}, false
}

// Supersedes says whether next is to replace old as the last known state of the same session.
// Notifications and answers arrive late and twice: what is older never replaces what is newer, and
// a final state goes back only when an accepted session opens again for a refund.
func Supersedes(old, next *Session) bool {
	switch {
	case next == nil || (old != nil && old.ID != next.ID):
		return false
	case old == nil:
		return true
	case !old.UpdatedAt.IsZero() && next.UpdatedAt.Before(old.UpdatedAt):
		return false
	}
	later := next.UpdatedAt.After(old.UpdatedAt) && !old.UpdatedAt.IsZero()
	if old.Status.Final() && !next.Status.Final() {
		return old.Status == SessionAccepted && next.Status == SessionInProgress && later && next.refunding()
	}
	for _, o := range old.Operations() {
		if !o.Status.Final() || old.Status == SessionError {
			continue
		}
		if n, ok := next.operation(o.ID); ok && !n.Status.Final() {
			return false
		}
	}
	if later || old.UpdatedAt.IsZero() {
		return true
	}
	return next.progress() >= old.progress()
}

func (s *Session) operation(id string) (Operation, bool) {
	for _, o := range s.Operations() {
		if o.ID == id {
			return o, true
		}
	}
	return Operation{}, false
}

// refunding says whether a refund is being processed.
func (s *Session) refunding() bool {
	for _, o := range s.Operations() {
		for _, r := range o.Refunds {
			if !r.Status.Final() {
				return true
			}
		}
	}
	return false
}

// progress orders states that carry the same time: created, processing, waiting, error, final.
func (s *Session) progress() int {
	switch {
	case s.Status.Final():
		return 4
	case s.Status == SessionError:
		return 3
	case s.Status == SessionInProgress:
		return 2
	}
	return 1
}

// Contradictions names what in the session does not agree with the documented protocol, one
// sentence each; empty when all is well.
func Contradictions(s *Session) []string {
	var all []string
	say := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	switch s.Status {
	case SessionCreated, SessionInProgress, SessionAccepted, SessionCancelled, SessionError:
	default:
		say("%q is not a documented status of a session", oneLine(string(s.Status)))
	}
	switch s.NextAction {
	case "", NextConfirm, NextCapture:
	default:
		say("%q is not a documented next action", oneLine(string(s.NextAction)))
	}
	if s.NextAction != "" && s.Status != SessionInProgress {
		say("it waits for %s although the session is %s", oneLine(string(s.NextAction)), oneLine(string(s.Status)))
	}
	if s.Status == SessionCreated && len(s.Payouts)+len(s.Payments) > 0 {
		say("the session is only created, yet it has operations")
	}
	if s.NextAction == NextCapture && len(s.Payments) == 0 {
		say("it waits for a capture without a payment")
	}
	if !s.UpdatedAt.IsZero() && s.UpdatedAt.Before(s.CreatedAt) {
		say("it was updated before it was created")
	}
	for _, o := range s.Operations() {
		o.contradict(s, say)
	}
	return append(all, s.Doubts...)
}

func (o *Operation) contradict(s *Session, say func(string, ...any)) {
	name := fmt.Sprintf("%s %s", o.Kind, oneLine(o.ID))
	switch o.Status {
	case OperationInProgress, OperationPending, OperationSucceeded, OperationFailed:
	default:
		say("%s has the status %q, which is not documented", name, oneLine(string(o.Status)))
	}
	switch {
	case s.Status == SessionAccepted && !o.Status.Final():
		say("%s is %s although the session is accepted", name, o.Status)
	case s.Status == SessionCancelled && o.Status == OperationSucceeded:
		say("%s succeeded although the session is cancelled", name)
	case s.NextAction == NextConfirm && o.Status.Final():
		say("%s is %s although the session waits for a confirmation", name, o.Status)
	}
	if o.Status == OperationSucceeded && o.Error != nil {
		say("%s succeeded and has the error %s", name, oneLine(o.Error.Code))
	}
	if !o.FinishedAt.IsZero() && !o.Status.Final() {
		say("%s is %s although it has an end", name, o.Status)
	}
	if o.Amount.Amount < 0 {
		say("%s has a negative amount", name)
	}
	o.contradictRefunds(name, say)
}

func (o *Operation) contradictRefunds(name string, say func(string, ...any)) {
	if len(o.Refunds) > 0 && o.Status != OperationSucceeded {
		say("%s has refunds although it is %s", name, o.Status)
	}
	sum := Money{Currency: o.Amount.Currency}
	for _, r := range o.Refunds {
		if r.Status == RefundDeclined {
			continue
		}
		var err error
		if sum, err = sum.Add(r.Amount); err != nil {
			say("%s: its refunds cannot be added up: %s", name, err)
			return
		}
	}
	if sum.Amount > o.Amount.Amount {
		say("%s gave back %s of %s", name, sum.Format(), o.Amount.Format())
	}
}
