package journal

import (
	"database/sql"
	"time"

	"pikedash/pikeapi"
)

// transition records one observed change of a state.
func (t *txn) transition(o *observation, object, id, was, became string, next pikeapi.NextAction, at time.Time, flag string) error {
	if at.IsZero() {
		at = o.now
	}
	return t.exec(`INSERT INTO history(session_id, object, object_id, was, became, next_action, at, observed, source, flag) VALUES(?,?,?,?,?,?,?,?,?,?)`,
		o.s.ID, object, id, was, became, string(next), micros(at), micros(o.now), o.source, flag)
}

// recordTransitions records what an observation changes. It runs before the operations are written.
func (t *txn) recordTransitions(o *observation, k known) error {
	s := o.s
	var old pikeapi.Session
	if k.session != nil {
		old = *k.session
	}
	if old.Status != s.Status || old.NextAction != s.NextAction {
		at := s.UpdatedAt
		if old.Status == "" && s.Status == pikeapi.SessionCreated {
			at = s.CreatedAt
		}
		if err := t.transition(o, "session", s.ID, string(old.Status), string(s.Status), s.NextAction, at, o.flag); err != nil {
			return err
		}
	}
	before := map[string]pikeapi.Operation{}
	for _, op := range old.Operations() {
		before[op.ID] = op
	}
	for _, op := range s.Operations() {
		if err := t.operationTransitions(o, before[op.ID], op); err != nil {
			return err
		}
	}
	return nil
}

func (t *txn) operationTransitions(o *observation, was, op pikeapi.Operation) error {
	if was.Status != op.Status {
		at := o.s.UpdatedAt
		switch {
		case op.Status.Final() && !op.FinishedAt.IsZero():
			at = op.FinishedAt
		case was.Status == "" && op.Status == pikeapi.OperationInProgress:
			at = op.CreatedAt
		}
		if err := t.transition(o, string(op.Kind), op.ID, string(was.Status), string(op.Status), "", at, ""); err != nil {
			return err
		}
	}
	refunds := map[string]pikeapi.RefundStatus{}
	for _, r := range was.Refunds {
		refunds[r.ID] = r.Status
	}
	for _, r := range op.Refunds {
		if refunds[r.ID] == r.Status || refunds[r.ID].Final() {
			continue
		}
		at := r.CreatedAt
		if r.Status.Final() && !r.FinishedAt.IsZero() {
			at = r.FinishedAt
		}
		if err := t.transition(o, "refund", r.ID, string(refunds[r.ID]), string(r.Status), "", at, ""); err != nil {
			return err
		}
	}
	return nil
}

// reconcile settles unknown intents of a session when what is observed shows that they were carried
// out. What does not show it leaves them unknown: a request may still be on its way.
func (t *txn) reconcile(o *observation, k known) error {
	type open struct {
		id, amount, sent int64
		op, method       string
		hasAmount        bool
	}
	var all []open
	err := t.each(func(rows *sql.Rows) error {
		var i open
		if err := rows.Scan(&i.id, &i.op, &i.method, &i.hasAmount, &i.amount, &i.sent); err != nil {
			return err
		}
		all = append(all, i)
		return nil
	}, `SELECT id, op_id, method, has_amount, amount, sent_at FROM intents WHERE session_id = ? AND session_id <> '' AND +state = 'unknown'`, o.s.ID)
	if err != nil {
		return err
	}
	for _, i := range all {
		var amount *int64
		if i.hasAmount {
			amount = &i.amount
		}
		if !wasCarriedOut(i.method, amount, k.session, o.s) {
			continue
		}
		if err := t.settle(i.id, StateAccepted, "reconciled", "the session shows that it was carried out ("+o.source+")", "", o.now); err != nil {
			return err
		}
	}
	return nil
}

// wasCarriedOut says whether the step from old to s shows that a call of the method was carried out.
func wasCarriedOut(method string, amount *int64, old, s *pikeapi.Session) bool {
	waited := func(next pikeapi.NextAction) bool {
		return old != nil && old.NextAction == next && s.NextAction != next && s.Status != pikeapi.SessionCancelled && s.Status != pikeapi.SessionError
	}
	switch method {
	case pikeapi.MethodConfirm:
		return !s.Actions["confirm"].IsZero() || waited(pikeapi.NextConfirm) || s.Status == pikeapi.SessionAccepted
	case pikeapi.MethodCapture:
		return !s.Actions["capture"].IsZero() || waited(pikeapi.NextCapture) || s.Status == pikeapi.SessionAccepted
	case pikeapi.MethodCancel:
		return s.Status == pikeapi.SessionCancelled
	case pikeapi.MethodStartPayout, pikeapi.MethodStartPayment:
		for _, op := range s.Operations() {
			if amount == nil || op.Amount.Amount == *amount {
				return true
			}
		}
	case pikeapi.MethodRefund:
		return hasNewRefund(amount, old, s)
	}
	return false
}

// hasNewRefund finds a refund that was not known before, of the right amount where one was asked for.
func hasNewRefund(amount *int64, old, s *pikeapi.Session) bool {
	if old == nil {
		return false
	}
	seen := map[string]bool{}
	for _, op := range old.Operations() {
		for _, r := range op.Refunds {
			seen[r.ID] = true
		}
	}
	for _, op := range s.Operations() {
		for _, r := range op.Refunds {
			if !seen[r.ID] && !r.Chargeback && (amount == nil || r.Amount.Amount == *amount) {
				return true
			}
		}
	}
	return false
}
