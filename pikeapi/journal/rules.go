package journal

import (
	"bytes"
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
	if b.permit.Approved {
		if err := t.checkApproved(b); err != nil {
			return 0, err
		}
	}
	return id, t.checkKeyAge(b)
}

// checkApproved lets a sealed request pass once: it is known by its key, or by its bytes where the method
// takes none.
func (t *txn) checkApproved(b *beginning) error {
	where, arg := `idem_key = ? AND idem_key <> ''`, any(b.p.IdempotencyKey)
	if b.p.IdempotencyKey == "" {
		where, arg = `digest = ?`, b.p.Digest[:]
	}
	var op, state string
	found, err := t.get([]any{&op, &state}, `SELECT op_id, state FROM intents WHERE `+where+` AND state NOT IN ('prepared', 'not_sent') ORDER BY id DESC LIMIT 1`, arg)
	if err != nil || !found {
		return err
	}
	return &pikeapi.BlockedError{Rule: RuleSingleUse, Earlier: op, Reason: fmt.Sprintf("it was sent before and is %s (operation %s)", stateWord(IntentState(state)), op)}
}

// checkKeyAge finds out since when Pike knows the key: since this request was made, or since an earlier
// one that had the same key. It refuses a key that Pike may forget before a resend could be needed.
func (t *txn) checkKeyAge(b *beginning) error {
	p := b.p
	if !p.Method.TakesKey {
		return nil
	}
	b.expires = expiryOf(p, b.now)
	margin := pikeapi.KeyLife - pikeapi.ResendLimit
	clock := timeOf(b.clock) // where the clock was set back, the latest time that was seen
	var earlier int64
	if _, err := t.get([]any{&earlier}, `SELECT min(expires) FROM intents WHERE idem_key = ? AND idem_key <> '' AND op_id <> ? AND expires > ?
		AND state NOT IN ('prepared', 'not_sent') HAVING count(*) > 0`, p.IdempotencyKey, p.ID, micros(clock.Add(-margin))); err != nil {
		return err
	}
	if earlier != 0 && earlier < b.expires {
		b.expires = earlier
	}
	if end := timeOf(b.expires); clock.Add(margin).After(end) {
		reason := "this request was prepared more than 23 hours ago: prepare it anew, so that its key outlives it"
		if b.expires == earlier {
			reason = "this idempotency key was used for an earlier request more than 23 hours ago, and Pike may forget it any moment: take another key"
		}
		return &pikeapi.BlockedError{Rule: pikeapi.RuleKeyExpired, Reason: reason}
	}
	return nil
}

// checkResend makes sure that a resend is the same request with the same key while that key lives.
func (t *txn) checkResend(b *beginning) (int64, error) {
	var id, exchange, created, expires, clock int64
	var version int
	var state, method, key, project string
	var digest []byte
	var takesKey bool
	found, err := t.get([]any{&id, &exchange, &state, &method, &version, &key, &project, &digest, &takesKey, &created, &expires, &clock},
		`SELECT id, exchange, state, method, version, idem_key, project, digest, takes_key, created, expires, clock FROM intents WHERE op_id = ?`, b.permit.Resend)
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
	if why, err := t.elsewhere(b, exchange); err != nil || why != "" {
		if err != nil {
			return 0, err
		}
		return refuse(why + ": sent there it could be carried out twice")
	}
	if b.stepped != 0 && clock <= b.stepped {
		return 0, &pikeapi.BlockedError{Rule: pikeapi.RuleKeyExpired, Earlier: b.permit.Resend,
			Reason: "the clock was set back since this request was sent first, so the age of its key is not certain: ask for the session's status, or resolve it by hand"}
	}
	if err := pikeapi.CheckResend(keySince(timeOf(created), timeOf(expires)), timeOf(b.clock)); err != nil {
		if blocked, ok := err.(*pikeapi.BlockedError); ok {
			blocked.Earlier = b.permit.Resend
		}
		return 0, err
	}
	return id, nil
}

// SQLite knows nothing of how often a value occurs. A + before a column that has few values, such as a
// state, keeps it from reading all rows of that state where a session, a digest or a target leads to a few.

// checkDuplicates is the duplicate radar: the same bytes were accepted before, or the same amount went
// to the same target within Policy.DuplicateAfter.
func (t *txn) checkDuplicates(b *beginning) error {
	p := b.p
	if b.permit.Duplicate || !p.Method.MovesMoney || p.Env == nil || p.Env.Policy.DuplicateAfter <= 0 {
		return nil
	}
	var op string
	var at int64
	found, err := t.get([]any{&op, &at}, `SELECT op_id, created FROM intents
		WHERE digest = ? AND +method = ? AND +state IN ('accepted', 'resolved') ORDER BY created DESC LIMIT 1`, p.Digest[:], p.Method.Name)
	what := "this very request"
	if err == nil && !found {
		found, what, err = t.checkTwice(b, &op, &at)
	}
	if err != nil || !found {
		return err
	}
	return &pikeapi.BlockedError{Rule: pikeapi.RuleDuplicate, Earlier: op,
		Reason: fmt.Sprintf("%s was sent %s ago: send it only if it is meant twice", what, roughly(b.now.Sub(timeOf(at))))}
}

// checkTwice finds the same amount to the same target in another session, or given back of the same
// session, within Policy.DuplicateAfter.
func (t *txn) checkTwice(b *beginning, op *string, at *int64) (found bool, what string, err error) {
	p, s := b.p, b.p.Summary
	if p.Method.Name == pikeapi.MethodConfirm || p.Method.Name == pikeapi.MethodCapture {
		return false, "", nil // what they go on with was looked at when it was begun
	}
	moves, err := t.moved(p.Method.Name, s)
	if err != nil || moves.amount == nil {
		return false, "", err
	}
	amount, currency := moves.amount.Amount, strings.ToLower(moves.amount.Currency)
	since := micros(b.now.Add(-p.Env.Policy.DuplicateAfter))
	if moves.target != "" {
		found, err = t.get([]any{op, at}, `SELECT op_id, created FROM intents
			WHERE target_key = ? AND target_key <> '' AND created > ? AND +amount = ? AND currency = ? AND kind = ? AND has_amount AND +state IN ('accepted', 'resolved')
				AND (session_id = '' OR session_id <> ?) ORDER BY created DESC LIMIT 1`, moves.target, since, amount, currency, moves.kind, s.SessionID)
		return found, fmt.Sprintf("a %s of %s to the same recipient", moves.kind, moves.amount.Format()), err
	}
	if p.Method.Name != pikeapi.MethodRefund || s.SessionID == "" || s.Amount == nil {
		return false, "", nil
	}
	found, err = t.get([]any{op, at}, `SELECT op_id, created FROM intents
		WHERE session_id = ? AND session_id <> '' AND +method = ? AND +created > ? AND +amount = ? AND currency = ? AND has_amount AND +state IN ('accepted', 'resolved')
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
	moves, err := t.moved(p.Method.Name, p.Summary)
	if err != nil {
		return err
	}
	amount := moves.amount
	if !p.Method.MovesMoney {
		amount = p.Summary.Amount
	}
	if amount == nil {
		return policy.CheckUnknownAmount(p.Method, p.Summary.SessionID)
	}
	if p.Summary.Amount == nil {
		if err := policy.CheckAmount(*amount); err != nil {
			return err
		}
	}
	if !policy.NeedsSums(*amount) {
		return nil
	}
	if counts, err := t.counts(p); err != nil || !counts {
		return err
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

// counts says whether a call brings a new amount into motion. A confirmation does when its session was
// begun by somebody else, so that it was not counted yet.
func (t *txn) counts(p *pikeapi.Prepared) (bool, error) {
	if p.Method.Name != pikeapi.MethodConfirm {
		return p.Method.Counts(), nil
	}
	var n int
	begun, err := t.get([]any{&n}, `SELECT 1 FROM intents WHERE session_id = ? AND session_id <> '' AND method IN (`+counted+`) AND `+counting+` LIMIT 1`, p.Summary.SessionID)
	return !begun, err
}

const (
	// counted are the methods of which pikeapi says that they count.
	counted = `'session/init/payout', 'session/init/payment', 'session/start/payout', 'session/start/payment', 'session/refund'`
	// counting are the states of calls that may have been carried out.
	counting = `state IN ('sent', 'accepted', 'unknown', 'resolved')`
)

// sumSince adds up what was counted in a span until now. When the clock was set back, what seems to
// lie in the future counts too. Of the oldest span that is kept only a part is new enough. A sum that
// is too large to be held is the largest that can be.
func (t *txn) sumSince(b *beginning, currency string, span time.Duration) (int64, error) {
	var high, low int64
	since := micros(b.now.Add(-span))
	oldest := since / sumSpan
	_, err := t.get([]any{&high, &low}, `SELECT coalesce(sum(h), 0), coalesce(sum(l), 0) FROM (
			SELECT high AS h, low AS l FROM moved WHERE currency = ?1 AND span > ?2
			UNION ALL SELECT amount >> 20, amount & 1048575 FROM counted WHERE currency = ?1 AND created > ?3 AND created < ?4)`,
		strings.ToLower(currency), oldest, since, (oldest+1)*sumSpan)
	if err != nil {
		return 0, err
	}
	high, low = high+low>>20, low&1048575
	if high >= 1<<43 {
		return 1<<63 - 1, nil
	}
	return high<<20 + low, nil
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
