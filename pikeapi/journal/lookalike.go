package journal

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"

	"pikedash/pikeapi"
)

// moved is what a call moves, and whose money: what its body says, and where that says nothing, what was
// sent for its session before.
type moved struct {
	kind   string
	target string         // the journal's key of the recipient or payer; empty when it is not known
	amount *pikeapi.Money // nil when it is not known
}

// moved looks up what the body leaves out. Of a session that was made or started from here the requests
// tell; of any other one what Pike said of it tells the amount.
func (t *txn) moved(method string, s pikeapi.Summary) (moved, error) {
	m := moved{kind: string(s.Kind), target: t.targetKey(s), amount: s.Amount}
	return m, t.fillMoved(method, s.SessionID, &m)
}

// Moves returns the amount that a call would move: its body's, else what is known of its session; nil
// when neither tells. It is what the limits are held against.
func (j *Journal) Moves(ctx context.Context, p *pikeapi.Prepared) (*pikeapi.Money, error) {
	var m moved
	err := j.write.do(ctx, func(t *txn) (err error) {
		m, err = t.moved(p.Method.Name, p.Summary)
		return err
	})
	return m.amount, err
}

func (t *txn) fillMoved(method, session string, m *moved) error {
	if session == "" || !goesOn(method) || m.target != "" && m.amount != nil {
		return nil
	}
	var have pikeapi.Money
	found, err := t.get([]any{&have.Amount, &have.Currency}, `SELECT amount, currency FROM sessions WHERE session_id = ? AND currency <> ''`, session)
	if err != nil {
		return err
	}
	if found && m.amount == nil {
		m.amount = &have
	}
	if method == pikeapi.MethodRefund {
		return nil // it goes the other way
	}
	return t.each(func(rows *sql.Rows) error {
		var kind, target string
		var has bool
		var a pikeapi.Money
		if err := rows.Scan(&kind, &target, &has, &a.Amount, &a.Currency); err != nil {
			return err
		}
		if m.target == "" && target != "" {
			m.kind, m.target = kind, target
		}
		if m.amount == nil && has {
			m.amount = &a
		}
		return nil
	}, `SELECT kind, target_key, has_amount, amount, currency FROM intents WHERE session_id = ? AND session_id <> '' AND method IN (`+began+`)
		AND state NOT IN ('prepared', 'refused', 'not_sent') ORDER BY id DESC LIMIT 20`, session)
}

// nameTarget says of a call that goes on with a session whom it pays, for people to read.
func (t *txn) nameTarget(method string, s *pikeapi.Summary) error {
	if s.SessionID == "" || !goesOn(method) || s.Target != "" {
		return nil
	}
	var recipient string
	found, err := t.get([]any{&recipient, &s.Target}, `SELECT recipient, target FROM intents WHERE session_id = ? AND session_id <> '' AND target <> '' AND method IN (`+began+`)
		AND state NOT IN ('prepared', 'refused', 'not_sent') ORDER BY id DESC LIMIT 1`, s.SessionID)
	if err == nil && !found {
		_, err = t.get([]any{&recipient}, `SELECT recipient FROM sessions WHERE session_id = ?`, s.SessionID)
	}
	if s.Recipient == "" {
		s.Recipient = recipient
	}
	return err
}

// began are the methods that say whom and how much a session is about.
const began = `'session/create', 'session/init/payout', 'session/init/payment', 'session/start/payout', 'session/start/payment'`

// goesOn says whether a method moves money in a session that exists already.
func goesOn(method string) bool {
	switch method {
	case pikeapi.MethodStartPayout, pikeapi.MethodStartPayment, pikeapi.MethodConfirm, pikeapi.MethodCapture, pikeapi.MethodRefund:
		return true
	}
	return false
}

// A twin is an intent that may look like the one that is to begin.
type twin struct {
	op, state, method, key, session string
	sent                            int64
	digest                          []byte
	own                             *pikeapi.Money // the amount that its body names
	moves                           moved
}

// checkLookalikes refuses what looks like an intent whose outcome is not known: the same bytes to the
// same method, the same amount to the same target, or the same method on the same session.
func (t *txn) checkLookalikes(b *beginning) error {
	moves := moved{kind: string(b.p.Summary.Kind), target: t.targetKey(b.p.Summary), amount: b.p.Summary.Amount}
	switch b.p.Method.Name {
	case pikeapi.MethodStartPayout, pikeapi.MethodStartPayment:
		if err := t.fillMoved(b.p.Method.Name, b.p.Summary.SessionID, &moves); err != nil {
			return err
		}
	}
	twins, err := t.openIntents(b.permit.Resend)
	if err != nil {
		return err
	}
	for i := range twins {
		w := &twins[i]
		if err := t.fillMoved(w.method, w.session, &w.moves); err != nil {
			return err
		}
		if !b.alike(w, moves) {
			continue
		}
		if err := b.blockTwin(w); err != nil {
			return err
		}
	}
	return nil
}

// openIntents reads what is not settled, the unknown ones first.
func (t *txn) openIntents(but string) ([]twin, error) {
	var all []twin
	err := t.each(func(rows *sql.Rows) error {
		var w twin
		var has bool
		var a pikeapi.Money
		if err := rows.Scan(&w.op, &w.state, &w.method, &w.key, &w.session, &w.sent, &w.digest, &w.moves.kind, &w.moves.target, &has, &a.Amount, &a.Currency); err != nil {
			return err
		}
		if has {
			w.own, w.moves.amount = &a, &a
		}
		all = append(all, w)
		return nil
	}, `SELECT op_id, state, method, idem_key, session_id, sent_at, digest, kind, target_key, has_amount, amount, currency FROM intents
		WHERE state IN ('sent', 'unknown') AND op_id <> ? ORDER BY state DESC, id`, but)
	return all, err
}

// alike says whether carrying out both could be doing one thing twice.
func (b *beginning) alike(w *twin, moves moved) bool {
	p := b.p
	if w.method == p.Method.Name {
		if bytes.Equal(w.digest, p.Digest[:]) {
			return true
		}
		// The body of a confirmation or refund names no recipient; two refunds may differ in what they name.
		own := p.Summary.Amount
		if w.session != "" && w.session == p.Summary.SessionID && !(own != nil && w.own != nil && !own.Equal(*w.own)) {
			return true
		}
	}
	if moves.target == "" || moves.target != w.moves.target || moves.kind != w.moves.kind {
		return false
	}
	if moves.amount != nil && w.moves.amount != nil {
		return moves.amount.Equal(*w.moves.amount)
	}
	// Where one amount is not known, two calls that move money may well be the same.
	before, _ := pikeapi.LookupMethod(w.method)
	return p.Method.MovesMoney && before.MovesMoney
}

func (b *beginning) blockTwin(w *twin) error {
	p := b.p
	when := timeOf(w.sent).Format("15:04:05")
	if IntentState(w.state) == StateUnknown {
		return &pikeapi.BlockedError{Rule: pikeapi.RuleLookalike, Earlier: w.op,
			Reason: fmt.Sprintf("a request like this was sent at %s UTC and its outcome is unknown: settle that one first (ask for its status, send the same bytes again, or resolve it by hand)", when)}
	}
	if !p.Method.MovesMoney {
		return nil
	}
	// The very same request is safe at Pike while it is in flight: its key says that it is one.
	same := w.method == p.Method.Name && bytes.Equal(w.digest, p.Digest[:])
	if b.permit.Duplicate && same && p.Method.TakesKey && w.key != "" && w.key == p.IdempotencyKey {
		return nil
	}
	return &pikeapi.BlockedError{Rule: RuleInFlight, Earlier: w.op,
		Reason: fmt.Sprintf("a request like this is being sent since %s UTC: wait for its answer", when)}
}
