package journal

import (
	"bytes"
	"database/sql"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"pikedash/pikeapi"
)

// checkRules checks what needs history. It returns the row of the intent that exists already, if any.
func (t *txn) checkRules(b *beginning) (intent int64, err error) {
	if b.permit.Resend != "" {
		intent, err = t.checkResend(b)
	} else {
		intent, err = t.checkSingleUse(b)
	}
	if err != nil {
		return 0, err
	}
	if err := t.checkLookalikes(b); err != nil {
		return 0, err
	}
	if b.permit.Resend != "" {
		return intent, nil // it was counted when it was sent first
	}
	if err := t.checkDuplicates(b); err != nil {
		return 0, err
	}
	return intent, t.checkLimits(b)
}

func (t *txn) checkSingleUse(b *beginning) (int64, error) {
	var id int64
	var state string
	found, err := t.get([]any{&id, &state}, `SELECT id, state FROM intents WHERE op_id = ?`, b.p.ID)
	if err != nil {
		return 0, err
	}
	if found && IntentState(state) != StatePrepared {
		return 0, &pikeapi.BlockedError{Rule: RuleSingleUse, Earlier: b.p.ID,
			Reason: fmt.Sprintf("this very request was sent before (it is %s): prepare a new one, or resend it from the list of unknown outcomes", stateWord(IntentState(state)))}
	}
	if b.p.Method.TakesKey && !b.p.Expires.IsZero() && b.now.Add(pikeapi.KeyLife-pikeapi.ResendLimit).After(b.p.Expires) {
		return 0, &pikeapi.BlockedError{Rule: pikeapi.RuleKeyExpired,
			Reason: "this request was prepared more than 23 hours ago: prepare it anew, so that its key outlives it"}
	}
	return id, nil
}

// checkResend makes sure that a resend is the same request with the same key while that key lives.
func (t *txn) checkResend(b *beginning) (int64, error) {
	var id, created, clock int64
	var version int
	var state, method, key, project string
	var digest []byte
	var takesKey bool
	found, err := t.get([]any{&id, &state, &method, &version, &key, &project, &digest, &takesKey, &created, &clock},
		`SELECT id, state, method, version, idem_key, project, digest, takes_key, created, clock FROM intents WHERE op_id = ?`, b.permit.Resend)
	if err != nil {
		return 0, err
	}
	refuse := func(reason string) (int64, error) {
		return 0, &pikeapi.BlockedError{Rule: pikeapi.RuleResend, Reason: reason, Earlier: b.permit.Resend}
	}
	p := b.p
	switch {
	case !found:
		return refuse("the request that is to be sent again is not in this environment's journal")
	case IntentState(state) != StateUnknown:
		return refuse(fmt.Sprintf("the request that is to be sent again is %s, not unknown: there is nothing to repeat", stateWord(IntentState(state))))
	case !takesKey || key == "":
		return refuse(method + " takes no idempotency key: sent again it could be carried out twice; ask for the session's status, or resolve it by hand")
	case p.Method.Name != method || int(p.Version) != version || p.IdempotencyKey != key || projectOf(p) != project || !bytes.Equal(p.Digest[:], digest):
		return refuse("a resend must be the same bytes to the same method with the same key; this one differs")
	}
	if b.stepped != 0 && clock <= b.stepped {
		return 0, &pikeapi.BlockedError{Rule: pikeapi.RuleKeyExpired, Earlier: b.permit.Resend,
			Reason: "the clock was set back since this request was sent first, so the age of its key is not certain: ask for the session's status, or resolve it by hand"}
	}
	if err := pikeapi.CheckResend(timeOf(created), timeOf(b.clock)); err != nil {
		if blocked, ok := err.(*pikeapi.BlockedError); ok {
			blocked.Earlier = b.permit.Resend
		}
		return 0, err
	}
	return id, nil
}

// A twin is an intent that looks like the one that is to begin.
type twin struct {
	op, state, key string
	sent           int64
	sameBytes      bool
}

// checkLookalikes refuses what looks like an intent whose outcome is not known: the same bytes to the
// same method, the same amount to the same target, or the same method on the same session (whose body
// may name neither target nor amount) unless both name amounts that differ.
func (t *txn) checkLookalikes(b *beginning) error {
	p, s := b.p, b.p.Summary
	amount, currency := amountOf(s)
	moved, err := t.effectiveAmount(p)
	if err != nil {
		return err
	}
	if moved != nil {
		amount, currency = moved.Amount, strings.ToLower(moved.Currency)
	}
	var twins []twin
	err = t.each(func(rows *sql.Rows) error {
		var w twin
		if err := rows.Scan(&w.op, &w.state, &w.key, &w.sent, &w.sameBytes); err != nil {
			return err
		}
		twins = append(twins, w)
		return nil
	}, `SELECT op_id, state, idem_key, sent_at, digest = ?1 AND method = ?2 FROM intents
		WHERE state IN ('sent', 'unknown') AND op_id <> ?3 AND (digest = ?1 AND method = ?2
			OR ?4 <> '' AND target_key = ?4 AND ?5 AND kind = ?8 AND (has_amount AND amount = ?6 AND currency = ?7
				OR NOT has_amount AND EXISTS (SELECT 1 FROM sessions s WHERE s.session_id = intents.session_id AND s.amount = ?6 AND s.currency = ?7))
			OR ?9 <> '' AND session_id = ?9 AND method = ?2 AND NOT (has_amount AND ?10 AND (amount <> ?6 OR currency <> ?7)))
		ORDER BY state DESC`,
		p.Digest[:], p.Method.Name, b.permit.Resend, t.targetKey(s), boolInt(moved != nil), amount, currency, string(s.Kind),
		s.SessionID, boolInt(s.Amount != nil))
	if err != nil {
		return err
	}
	for _, w := range twins {
		if err := b.blockTwin(w); err != nil {
			return err
		}
	}
	return nil
}

func (b *beginning) blockTwin(w twin) error {
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
	if b.permit.Duplicate && w.sameBytes && p.Method.TakesKey && w.key != "" && w.key == p.IdempotencyKey {
		return nil
	}
	return &pikeapi.BlockedError{Rule: RuleInFlight, Earlier: w.op,
		Reason: fmt.Sprintf("a request like this is being sent since %s UTC: wait for its answer", when)}
}

// checkDuplicates is the duplicate radar: the same bytes were accepted before, or the same amount went
// to the same target within Policy.DuplicateAfter.
func (t *txn) checkDuplicates(b *beginning) error {
	p, s := b.p, b.p.Summary
	if b.permit.Duplicate || !p.Method.MovesMoney || p.Env == nil || p.Env.Policy.DuplicateAfter <= 0 {
		return nil
	}
	var op string
	var at int64
	found, err := t.get([]any{&op, &at}, `SELECT op_id, created FROM intents
		WHERE digest = ? AND method = ? AND state IN ('accepted', 'resolved') ORDER BY created DESC LIMIT 1`, p.Digest[:], p.Method.Name)
	what := "this very request"
	if err == nil && !found && s.Amount != nil {
		found, what, err = t.checkTwice(b, &op, &at)
	}
	if err != nil || !found {
		return err
	}
	return &pikeapi.BlockedError{Rule: pikeapi.RuleDuplicate, Earlier: op,
		Reason: fmt.Sprintf("%s was sent %s ago: send it only if it is meant twice", what, roughly(b.now.Sub(timeOf(at))))}
}

// checkTwice finds the same amount to the same target, or given back of the same session, within
// Policy.DuplicateAfter.
func (t *txn) checkTwice(b *beginning, op *string, at *int64) (found bool, what string, err error) {
	p, s := b.p, b.p.Summary
	amount, currency := amountOf(s)
	since := micros(b.now.Add(-p.Env.Policy.DuplicateAfter))
	if s.TargetKey != "" {
		found, err = t.get([]any{op, at}, `SELECT op_id, created FROM intents
			WHERE target_key = ? AND created > ? AND amount = ? AND currency = ? AND kind = ? AND has_amount AND state IN ('accepted', 'resolved')
			ORDER BY created DESC LIMIT 1`, t.targetKey(s), since, amount, currency, string(s.Kind))
		return found, fmt.Sprintf("a %s of %s to the same recipient", s.Kind, s.Amount.Format()), err
	}
	if p.Method.Name != pikeapi.MethodRefund || s.SessionID == "" {
		return false, "", nil
	}
	found, err = t.get([]any{op, at}, `SELECT op_id, created FROM intents
		WHERE session_id = ? AND method = ? AND created > ? AND amount = ? AND currency = ? AND has_amount AND state IN ('accepted', 'resolved')
		ORDER BY created DESC LIMIT 1`, s.SessionID, p.Method.Name, since, amount, currency)
	return found, fmt.Sprintf("a refund of %s in the same session", s.Amount.Format()), err
}

// checkLimits holds the amount against the profile's limits: the largest single amount where the body
// holds none, and the sums of the last hour and day.
func (t *txn) checkLimits(b *beginning) error {
	p := b.p
	if p.Env == nil {
		return nil
	}
	policy := p.Env.Policy
	amount, err := t.effectiveAmount(p)
	if err != nil {
		return err
	}
	if amount == nil {
		return policy.CheckUnknownAmount(p.Method, p.Summary.SessionID)
	}
	if p.Summary.Amount == nil {
		if err := policy.CheckAmount(*amount); err != nil {
			return err
		}
	}
	if !p.Method.Counts() || !policy.NeedsSums(*amount) {
		return nil
	}
	hour, err := t.sumSince(b, amount.Currency, time.Hour)
	if err != nil {
		return err
	}
	day, err := t.sumSince(b, amount.Currency, 24*time.Hour)
	if err != nil {
		return err
	}
	return policy.CheckSums(*amount, hour, day)
}

// effectiveAmount is the amount of the call: the body's, else that of the session that it names.
func (t *txn) effectiveAmount(p *pikeapi.Prepared) (*pikeapi.Money, error) {
	if p.Summary.Amount != nil || p.Summary.SessionID == "" || !p.Method.MovesMoney {
		return p.Summary.Amount, nil
	}
	var m pikeapi.Money
	found, err := t.get([]any{&m.Amount, &m.Currency}, `SELECT amount, currency FROM sessions WHERE session_id = ? AND currency <> ''`, p.Summary.SessionID)
	if err != nil || !found {
		return nil, err
	}
	return &m, nil
}

// sumSince adds up what was counted in a span until now. When the clock was set back, what seems to
// lie in the future counts too. Every amount is capped so that the sum cannot overflow.
func (t *txn) sumSince(b *beginning, currency string, span time.Duration) (int64, error) {
	var sum float64
	var exact sql.NullInt64
	err := t.each(func(rows *sql.Rows) error { return rows.Scan(&sum, &exact) },
		`SELECT total(a), CASE WHEN total(a) < 9e18 THEN sum(a) END FROM (
			SELECT CASE WHEN i.has_amount THEN i.amount ELSE coalesce((SELECT s.amount FROM sessions s WHERE s.session_id = i.session_id), 0) END AS a
			FROM intents i WHERE i.created > ? AND i.moves_money AND i.state IN ('sent', 'accepted', 'unknown', 'resolved')
				AND i.method IN ('session/init/payout', 'session/init/payment', 'session/start/payout', 'session/start/payment', 'session/refund')
				AND (i.currency = ?2 OR NOT i.has_amount AND EXISTS (SELECT 1 FROM sessions s WHERE s.session_id = i.session_id AND s.currency = ?2)))`,
		micros(b.now.Add(-span)), strings.ToLower(currency))
	if err != nil {
		return 0, err
	}
	if !exact.Valid && sum > 0 {
		return 1<<63 - 1, nil
	}
	return exact.Int64, nil
}

func amountOf(s pikeapi.Summary) (int64, string) {
	if s.Amount == nil {
		return 0, ""
	}
	return s.Amount.Amount, strings.ToLower(s.Amount.Currency)
}

func stateWord(s IntentState) string {
	switch s {
	case StateSent:
		return "on its way"
	case StateNotSent:
		return "not sent"
	}
	return string(s)
}

// roughly writes a span as people say it.
func roughly(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", max(0, int(d.Seconds())))
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", int(d.Hours()))
	}
	return fmt.Sprintf("%d days", int(d.Hours()/24))
}

// targetKey is what the journal knows a target by. The summary's key is a plain hash of the card
// number, which the first six and last four digits would let anybody find by trying; with the
// journal's key in it, only this journal can compare.
func (t *txn) targetKey(s pikeapi.Summary) string {
	if s.TargetKey == "" {
		return ""
	}
	return hex.EncodeToString(t.w.journal.seal.mac([]byte("target"), []byte(s.TargetKey)))
}
