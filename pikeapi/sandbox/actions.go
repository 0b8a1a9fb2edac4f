package sandbox

import (
	"encoding/json"
	"fmt"
	"math"
	"time"
)

// This file is what a partner may do to a session. Source: protocol reference 6.6 and 6.8.

// newSession makes a session in state created. The caller starts it, or lets it wait with await.
func (t *tx) newSession(c *call, d draft) *session {
	number := t.number("ps")
	s := &session{
		ID: fmt.Sprintf("ps_%d", number), Number: number, Project: c.project.name, Submerchant: c.submerchant,
		Version: int(c.version), Status: statusCreated, Draft: d, BaseURL: c.baseURL,
	}
	t.touch(s)
	s.CreatedAt = s.UpdatedAt
	t.w.sessions[s.ID] = s
	return s
}

// await lets a session wait to be started: it is cancelled when nothing does.
func (t *tx) await(s *session) *session {
	t.at(s, timerCreatedEnd, CreatedLimit)
	return s
}

// find returns the project's session, or the refusal for an unknown one.
func (t *tx) find(c *call, id string) (*session, error) {
	s, ok := t.w.sessions[id]
	if !ok || s.Project != c.project.name {
		return nil, invalid("session not found: project %s has no session %q", c.project.name, clip(id, 40))
	}
	return s, nil
}

// wrongState is the refusal of a call that the present state does not allow.
func wrongState(s *session, action, legal string) *refusal {
	now := "its status is " + s.Status
	if s.Op != nil {
		now += ", its operation is " + s.Op.Status
	}
	if s.NextAction != "" {
		now += ", its next_action is " + s.NextAction
	}
	return refuse("session_wrong_state", "%s is not possible for %s: %s; %s", action, s.ID, now, legal)
}

func (s *session) checkStart(action string) error {
	if s.Status != statusCreated {
		return wrongState(s, action, "only a session in status created can be started, and only once")
	}
	return nil
}

func (t *tx) confirm(s *session) error {
	if s.Status != statusInProgress || s.NextAction != nextConfirm {
		return wrongState(s, "confirm", "it is possible after ready_to_confirm, while next_action is confirm")
	}
	t.confirmed(s)
	return nil
}

// cancel of a running operation is asynchronous; a session that was never started is cancelled at once.
func (t *tx) cancel(s *session) error {
	switch {
	case s.Status == statusCreated:
		t.stop(s)
		s.Status = statusCancelled
		t.touch(s)
		return nil
	case s.NextAction == nextConfirm || s.NextAction == nextCapture:
		s.NextAction = ""
		t.touch(s)
		t.at(s, timerCancel, t.s.cfg.ReadyAfter)
		return nil
	}
	return wrongState(s, "cancel", "it is possible for a created session and after ready_to_confirm or ready_to_capture")
}

// capture debits held money; part nil means all. It is possible once; the remainder is released.
func (t *tx) capture(s *session, part *amount) error {
	if s.Status != statusInProgress || s.NextAction != nextCapture {
		return wrongState(s, "capture", "it is possible after ready_to_capture, while next_action is capture")
	}
	if part != nil {
		if !part.sameCurrency(s.Op.Amount) {
			return invalid("amount_details.currency is %s, the held payment's is %s", part.Currency, s.Op.Amount.Currency)
		}
		if part.Amount > s.Op.Amount.Amount {
			return invalid("amount_details.amount %d is more than the held amount %d (minor units)", part.Amount, s.Op.Amount.Amount)
		}
	}
	s.Op.CaptureOf = part
	s.Op.Status = statusInProgress
	s.NextAction = ""
	t.touch(s)
	t.at(s, timerCapture, t.s.cfg.ProcessAfter)
	return nil
}

// refund gives back part of a successful payment; part nil means its full amount. Many are
// possible, also at the same time, until the captured amount is used up.
func (t *tx) refund(s *session, part *amount, metadata json.RawMessage) error {
	op := s.Op
	if op != nil && op.Payout {
		return wrongState(s, "refund", "a payout cannot be refunded; only the recipient's bank can send it back")
	}
	open := s.Status == statusAccepted || s.Status == statusInProgress
	if op == nil || op.Status != statusSucceeded || !open {
		return wrongState(s, "refund", "it is possible for a payment that succeeded, in an accepted session")
	}
	sum := op.Amount
	if part != nil {
		sum = *part
		if !sum.sameCurrency(op.Amount) {
			return invalid("amount_details.currency is %s, the payment's is %s", sum.Currency, op.Amount.Currency)
		}
	}
	if left := op.refundable(); sum.Amount > left {
		return refuse("refund_amount_too_large", "%d is more than what is left of %s: %d of %d %s (minor units)",
			sum.Amount, op.ID, left, op.Amount.Amount, op.Amount.Currency)
	}
	r := t.addRefund(s, sum, statusInProgress, metadata)
	s.Status = statusInProgress
	t.touch(s)
	t.newTimer(timerEntry{Kind: timerRefund, Due: t.now.Add(t.s.cfg.ProcessAfter), Session: s.ID, Refund: r.ID})
	return nil
}

// refundable is what is left to be refunded, in minor units.
func (op *operation) refundable() int64 {
	left := op.Amount.Amount
	for _, r := range op.Refunds {
		if r.Status == statusAccepted || r.Status == statusInProgress {
			left -= r.Amount.Amount
		}
	}
	return left
}

func (t *tx) addRefund(s *session, sum amount, status string, metadata json.RawMessage) *refund {
	s.Op.Refunds = append(s.Op.Refunds, refund{
		ID: fmt.Sprintf("rf_%d", t.number("rf")), Status: status, CreatedAt: t.now, Amount: sum, Metadata: metadata,
	})
	return &s.Op.Refunds[len(s.Op.Refunds)-1]
}

// refundDone ends a refund; the session is accepted again when none is left in progress.
func (t *tx) refundDone(s *session, id string) {
	busy := false
	for i := range s.Op.Refunds {
		r := &s.Op.Refunds[i]
		if r.ID == id && r.Status == statusInProgress {
			r.Status = statusAccepted
			if r.Amount.Amount%100 == 13 {
				r.Status = statusDeclined
			}
			r.FinishedAt = t.now
		}
		busy = busy || r.Status == statusInProgress
	}
	if !busy {
		s.Status = statusAccepted
	}
	t.touch(s)
	t.notify(s, "payment_refunded")
}

// giveBack records a chargeback of a payment or a returned payout, which nobody asked for.
func (t *tx) giveBack(s *session, part *amount) error {
	op := s.Op
	if op == nil || s.Status != statusAccepted || op.Status != statusSucceeded {
		return wrongState(s, "a chargeback or a returned payout", "it happens to an operation that succeeded")
	}
	sum := amount{op.refundable(), op.Amount.Currency}
	if part != nil {
		sum = *part
	}
	if sum.Amount <= 0 || sum.Amount > op.refundable() {
		return refuse("refund_amount_too_large", "%d of %s; %d is left (minor units)", sum.Amount, op.ID, op.refundable())
	}
	r := t.addRefund(s, sum, statusAccepted, nil)
	r.FinishedAt = t.now
	r.Chargeback = !op.Payout
	if op.Payout {
		t.release(s, sum)
	}
	t.touch(s)
	t.notify(s, "payment_refunded")
	return nil
}

// settleFault decides a session in error.
func (t *tx) settleFault(s *session, ok bool, code string) error {
	if s.Status != statusError {
		return wrongState(s, "finalising", "it is for a session in status error")
	}
	if ok {
		t.succeed(s)
		return nil
	}
	t.fail(s, code)
	return nil
}

// maxAmount keeps sums of amounts within 64 bits, in minor units.
const maxAmount = math.MaxInt64 / 4

// stamp is the form of times in sessions and operations: UTC with microseconds.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000Z") }

// offsetStamp is the form of times in recurrent and token objects: an offset and no fraction.
func offsetStamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05-07:00") }
