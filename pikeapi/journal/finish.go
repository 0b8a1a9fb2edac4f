package journal

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"pikedash/pikeapi"
)

// An ending is what Finish writes, made ready before the transaction.
type ending struct {
	r        *pikeapi.Result
	now      time.Time
	body     []byte
	masked   bool
	digest   []byte
	header   []byte
	code     string
	text     string
	session  *observation
	response bool   // an answer came
	settled  string // operation id of the intent that became final
}

// Finish records what became of a call, settles its intent, and takes over what the answer says of
// the session. It records even when ctx is cancelled. An outcome that cannot be written is listed as
// unknown as soon as writing works again.
func (j *Journal) Finish(ctx context.Context, r *pikeapi.Result) error {
	e, err := j.prepareFinish(r)
	if err == nil {
		err = j.write.do(context.WithoutCancel(ctx), func(t *txn) error { return t.finish(e) })
	}
	if err != nil {
		j.lost.add(r.ExchangeID)
		return fmt.Errorf("recording the outcome of %s: %w", r.Prepared.Method.Name, err)
	}
	j.forget(e.settled)
	return nil
}

func (j *Journal) prepareFinish(r *pikeapi.Result) (*ending, error) {
	e := &ending{r: r, now: j.now(), response: r.HTTPStatus != 0}
	e.body, e.masked = pikeapi.MaskJSON(r.Body)
	sum := sha256.Sum256(r.Body)
	e.digest = sum[:]
	var err error
	if e.header, err = json.Marshal(pikeapi.MaskHeader(r.Header)); err != nil {
		return nil, fmt.Errorf("recording the headers: %w", err)
	}
	var api *pikeapi.APIError
	switch {
	case errors.As(r.Err, &api):
		e.code, e.text = api.Code, pikeapi.MaskText(api.Description)
	case r.Err != nil:
		e.text = pikeapi.MaskText(r.Err.Error())
	}
	if r.Response != nil && r.Response.Session != nil {
		e.session = j.observe(r.Response.Session, r.Prepared.Version, fmt.Sprintf("exchange %d", r.ExchangeID))
		e.session.recipient = r.Prepared.Summary.Recipient
	}
	return e, nil
}

func (t *txn) finish(e *ending) error {
	var intent int64
	var outcome, session string
	found, err := t.get([]any{&intent, &outcome, &session}, `SELECT intent, outcome, session_id FROM exchanges WHERE id = ?`, e.r.ExchangeID)
	if err != nil {
		return err
	}
	if !found {
		return fmt.Errorf("exchange %d: %w", e.r.ExchangeID, ErrNotFound)
	}
	// A program that was thought dead may still come with its answer; nothing else comes twice.
	if outcome != "" && outcome != string(pikeapi.Unknown) {
		return fmt.Errorf("exchange %d is finished already: it is %s", e.r.ExchangeID, outcome)
	}
	if e.session != nil {
		session = e.session.s.ID
	}
	if err := t.finishExchange(e, session); err != nil {
		return err
	}
	if intent != 0 {
		if err := t.settleByOutcome(e, intent, session); err != nil {
			return err
		}
	}
	if e.session != nil {
		_, err = t.apply(e.session)
	}
	return err
}

func (t *txn) finishExchange(e *ending, session string) error {
	r := e.r
	var body int64
	var err error
	if e.response {
		if body, err = t.insert(`INSERT INTO bodies(data) VALUES(?)`, nonNil(e.body)); err != nil {
			return err
		}
	}
	masked := int64(0)
	if e.masked {
		masked = maskedResponse
	}
	t.change.Exchanges = true
	p := r.Prepared
	return t.exec(`UPDATE exchanges SET finished = ?, latency = ?, outcome = ?, http_status = ?, error_code = ?, error_text = ?,
			session_id = ?, masked = masked | ?, response_bytes = ?, response_digest = ?, response_body = ?, response_header = ?, text = ? WHERE id = ?`,
		micros(finishedAt(e)), latencyOf(r).Microseconds(), string(r.Outcome), r.HTTPStatus, e.code, e.text,
		session, masked, len(r.Body), digestOrNil(e), body, string(e.header),
		searchText(p.ID, p.Method.Name, session, p.IdempotencyKey, e.code, e.text), r.ExchangeID)
}

// The bits of exchanges.masked.
const (
	maskedRequest  = 1
	maskedResponse = 2
)

func finishedAt(e *ending) time.Time {
	if e.r.Finished.IsZero() {
		return e.now
	}
	return e.r.Finished
}

func latencyOf(r *pikeapi.Result) time.Duration {
	if r.Finished.IsZero() || r.Started.IsZero() {
		return 0
	}
	return max(0, r.Finished.Sub(r.Started))
}

func digestOrNil(e *ending) []byte {
	if !e.response {
		return nil
	}
	return e.digest
}

// settleByOutcome moves an intent on by the outcome of an attempt. Where an earlier attempt may have
// been carried out, only an answer that tells of that one settles it.
func (t *txn) settleByOutcome(e *ending, intent int64, session string) error {
	var attempts int
	var exchange int64
	var state, operation string
	if _, err := t.get([]any{&attempts, &exchange, &state, &operation}, `SELECT attempts, exchange, state, op_id FROM intents WHERE id = ?`, intent); err != nil {
		return err
	}
	if s := IntentState(state); s != StateSent && s != StateUnknown {
		return t.linkLate(intent, e.r.ExchangeID, "outcome", e.now) // settled by other means: by hand, or by what the session showed
	}
	next, reason := stateAfter(e, attempts > 1)
	if next != StateUnknown {
		e.settled = operation
	}
	if err := t.exec(`UPDATE intents SET session_id = CASE WHEN ?1 <> '' THEN ?1 ELSE session_id END, http_status = ?2, error_code = ?3 WHERE id = ?4`,
		session, e.r.HTTPStatus, e.code, intent); err != nil {
		return err
	}
	if err := t.settle(intent, next, "outcome", reason, "", e.now); err != nil || exchange == e.r.ExchangeID {
		return err
	}
	return t.linkLate(intent, e.r.ExchangeID, "outcome", e.now)
}

func stateAfter(e *ending, repeated bool) (IntentState, string) {
	switch e.r.Outcome {
	case pikeapi.Accepted:
		return StateAccepted, ""
	case pikeapi.Refused:
		if repeated && saysNothing(e) {
			return StateUnknown, "the repeat was refused (" + e.code + "), which does not tell what became of the first attempt"
		}
		return StateRefused, e.text
	case pikeapi.NotSent:
		if repeated {
			return StateUnknown, "the repeat did not leave; what became of the first attempt is still unknown"
		}
		return StateNotSent, e.text
	}
	if e.text != "" {
		return StateUnknown, e.text
	}
	return StateUnknown, "no usable answer came"
}

// saysNothing tells refusals of a resend that were made before Pike looked at the key.
func saysNothing(e *ending) bool {
	var api *pikeapi.APIError
	if errors.As(e.r.Err, &api) && api.Auth() {
		return true
	}
	switch e.code {
	case "idempotency_key_already_exists", "idempotency_key_params_mismatch", "idempotency_key_not_supported", "internal_error":
		return true
	}
	return e.r.HTTPStatus == 404 || e.r.HTTPStatus == 405 || e.r.HTTPStatus == 429
}

// settle moves an intent to a state, with a link in the audit chain. A final state erases the body.
func (t *txn) settle(intent int64, next IntentState, event, reason, note string, now time.Time) error {
	var settled int64
	if next != StateSent {
		settled = micros(now)
	}
	t.change.Intents = true
	if err := t.exec(`UPDATE intents SET state = ?, reason = ?, note = CASE WHEN ?3 <> '' THEN ?3 ELSE note END, settled_at = ? WHERE id = ?`,
		string(next), reason, note, settled, intent); err != nil {
		return err
	}
	if next != StateUnknown && next != StateSent {
		if err := t.eraseBody(intent); err != nil {
			return err
		}
	}
	entry, err := t.intentEntry(intent, event)
	if err != nil {
		return err
	}
	entry.Note = note
	return t.link(entry, now)
}

func (t *txn) eraseBody(intent int64) error {
	var body int64
	found, err := t.get([]any{&body}, `SELECT sealed FROM intents WHERE id = ? AND sealed <> 0`, intent)
	if err != nil || !found {
		return err
	}
	if err := t.exec(`DELETE FROM bodies WHERE id = ?`, body); err != nil {
		return err
	}
	t.w.journal.erased.Store(true)
	return t.exec(`UPDATE intents SET sealed = 0 WHERE id = ?`, intent)
}

// intentEntry is the audit entry of an intent as it is now.
func (t *txn) intentEntry(intent int64, event string) (AuditEntry, error) {
	dest, values := pointers(recordCount + wireCount)
	e, err := scanEntry(func(own ...any) error {
		_, err := t.get(append(own, dest...), `SELECT `+entryColumns+`, `+recordColumns+`, `+wireColumns+`
			FROM intents i LEFT JOIN exchanges x ON x.id = i.exchange WHERE i.id = ?`, intent)
		return err
	})
	e.Event, e.Record = event, t.w.journal.seal.vouchRecord(values[:recordCount])
	if e.ExchangeID != 0 {
		e.Wire = t.w.journal.seal.vouchWire(values[recordCount:])
	}
	return e, err
}
