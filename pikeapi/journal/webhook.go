package journal

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"pikedash/pikeapi"
)

// ErrNoRaw says that the true bytes of a notification are not kept, because they held a whole card
// number.
var ErrNoRaw = errors.New("the true bytes are not kept: they held a whole card number")

// RecordWebhook records a notification as it came, and takes over what it says of the session when
// its signature was verified. The returned Webhook has the journal's fields filled in. The same type,
// session and update time a second time is marked as a duplicate; one that is older than what is
// known is marked as late.
func (j *Journal) RecordWebhook(ctx context.Context, w Webhook) (*Webhook, error) {
	a, err := j.prepareWebhook(w)
	if err != nil {
		return nil, err
	}
	if err := j.write.do(ctx, func(t *txn) error { return t.recordWebhook(a) }); err != nil {
		return nil, fmt.Errorf("recording a notification: %w", err)
	}
	out := a.w
	out.Body = a.masked
	id := out.ID
	out.raw = func(ctx context.Context) ([]byte, error) { return j.rawWebhook(ctx, id) }
	return &out, nil
}

// An arrival is a notification made ready for the transaction.
type arrival struct {
	w       Webhook
	now     time.Time
	masked  []byte
	sealed  []byte
	header  []byte
	updated int64
	first   pikeapi.Operation
	code    string
}

func (j *Journal) prepareWebhook(w Webhook) (*arrival, error) {
	a := &arrival{w: w, now: j.now()}
	if w.Received.IsZero() {
		a.w.Received = a.now
	}
	if a.w.Badge == "" {
		a.w.Badge = BadgeUnsigned
	}
	a.w.Digest, a.w.Bytes = sha256.Sum256(w.Body), len(w.Body)
	a.masked, a.w.Masked = pikeapi.MaskJSON(w.Body)
	a.w.Cause, a.w.Problem = pikeapi.MaskText(w.Cause), pikeapi.MaskText(w.Problem)
	var err error
	if a.header, err = json.Marshal(pikeapi.MaskHeader(w.Header)); err != nil {
		return nil, fmt.Errorf("recording the headers: %w", err)
	}
	// A record that was masked for its card number must not keep it in another form.
	if !holdsCardNumber(w.Body) {
		if a.sealed, err = j.seal.seal(w.Body, sealWebhook(a.w.Digest)); err != nil {
			return nil, err
		}
		a.w.HasRaw = true
	}
	if n := w.Parsed; n != nil {
		a.w.Type = pikeapi.MaskText(n.Type)
		if s := n.Session; s != nil {
			a.w.SessionID, a.w.SessionStatus, a.updated = s.ID, s.Status, micros(s.UpdatedAt)
			if ops := s.Operations(); len(ops) > 0 {
				a.first = ops[0]
			}
			if a.first.Error != nil {
				a.code = a.first.Error.Code
			}
		}
	}
	return a, nil
}

func sealWebhook(d pikeapi.Digest) string { return "webhook " + d.String() }

func (t *txn) recordWebhook(a *arrival) error {
	w := &a.w
	w.DuplicateOf, w.Late, w.Applied = 0, false, false // a repeated transaction starts afresh
	if err := t.findDuplicate(a); err != nil {
		return err
	}
	body, err := t.insert(`INSERT INTO bodies(data) VALUES(?)`, nonNil(a.masked))
	if err != nil {
		return err
	}
	var sealed int64
	if a.sealed != nil {
		if sealed, err = t.insert(`INSERT INTO bodies(data) VALUES(?)`, a.sealed); err != nil {
			return err
		}
	}
	t.change.Webhooks = true
	w.ID, err = t.insert(`INSERT INTO webhooks(received, type, session_id, session_status, session_updated, badge, cause, key_name, duplicate_of,
			bytes, masked, reply, problem, version, error_code, kind, amount, currency, signature, digest, header, remote, body, sealed, text)
		VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)`,
		micros(w.Received), w.Type, w.SessionID, string(w.SessionStatus), a.updated, string(w.Badge), w.Cause, w.Key, w.DuplicateOf,
		w.Bytes, boolInt(w.Masked), w.ReplyStatus, w.Problem, int(w.Version), a.code, string(a.first.Kind), a.first.Amount.Amount, strings.ToLower(a.first.Amount.Currency),
		w.Signature, w.Digest[:], string(a.header), w.Remote, body, sealed,
		searchText(w.Type, w.SessionID, a.first.ID, a.first.Recipient, a.first.Customer, a.code, w.Cause, w.Problem))
	if err != nil {
		return err
	}
	return t.applyWebhook(a)
}

// findDuplicate marks a notification whose type, session and update time were seen before; where
// those are missing, one with the same bytes. A forged one never makes an honest one a duplicate.
func (t *txn) findDuplicate(a *arrival) error {
	w := &a.w
	var err error
	if w.SessionID != "" {
		_, err = t.get([]any{&w.DuplicateOf}, `SELECT id FROM webhooks WHERE session_id = ? AND session_id <> '' AND type = ? AND session_updated = ? AND badge = ? ORDER BY id LIMIT 1`,
			w.SessionID, w.Type, a.updated, string(w.Badge))
	} else {
		_, err = t.get([]any{&w.DuplicateOf}, `SELECT id FROM webhooks WHERE session_id = '' AND digest = ? AND badge = ? ORDER BY id LIMIT 1`, w.Digest[:], string(w.Badge))
	}
	return err
}

// applyWebhook takes over the session of a verified notification. Others are shown, never believed.
func (t *txn) applyWebhook(a *arrival) error {
	w := &a.w
	if w.Badge != BadgeVerified || w.Parsed == nil || w.Parsed.Session == nil {
		return nil
	}
	v, err := t.apply(t.w.journal.observe(w.Parsed.Session, w.Version, fmt.Sprintf("webhook %d", w.ID)))
	if err != nil {
		return err
	}
	w.Late, w.Applied = v.Late && w.DuplicateOf == 0, v.Applied
	if !w.Late && !w.Applied {
		return nil
	}
	return t.exec(`UPDATE webhooks SET late = ?, applied = ? WHERE id = ?`, boolInt(w.Late), boolInt(w.Applied), w.ID)
}

// RecordForward records what became of a notification that was sent on.
func (j *Journal) RecordForward(ctx context.Context, id int64, f Forwarding) error {
	return j.write.do(ctx, func(t *txn) error {
		t.change.Webhooks = true
		return t.exec(`UPDATE webhooks SET forward_url = ?, forward_at = ?, forward_status = ?, forward_latency = ?, forward_error = ? WHERE id = ?`,
			f.URL, micros(f.At), f.Status, f.Latency.Microseconds(), pikeapi.MaskText(f.Error), id)
	})
}

// RecordReply records what the receiver answered to a notification.
func (j *Journal) RecordReply(ctx context.Context, id int64, status int) error {
	return j.write.do(ctx, func(t *txn) error {
		t.change.Webhooks = true
		return t.exec(`UPDATE webhooks SET reply = ? WHERE id = ?`, status, id)
	})
}

// Raw returns the true bytes of a notification, for inspection and replay, or ErrNoRaw.
func (w *Webhook) Raw(ctx context.Context) ([]byte, error) {
	if w.raw == nil {
		return nil, ErrNoRaw
	}
	return w.raw(ctx)
}

func (j *Journal) rawWebhook(ctx context.Context, id int64) ([]byte, error) {
	var sealed, digest []byte
	err := j.read.QueryRowContext(ctx, `SELECT b.data, w.digest FROM webhooks w LEFT JOIN bodies b ON b.id = w.sealed WHERE w.id = ?`, id).Scan(&sealed, &digest)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, fmt.Errorf("webhook %d: %w", id, ErrNotFound)
	case err != nil:
		return nil, storageError("reading a notification", j.path, err)
	case sealed == nil:
		return nil, ErrNoRaw
	}
	return j.seal.open(sealed, sealWebhook(pikeapi.Digest(digest)))
}
