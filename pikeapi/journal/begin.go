package journal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"pikedash/pikeapi"
)

// RuleInFlight is the BlockedError rule for a look-alike that another program, or another screen, is
// sending at this moment.
const RuleInFlight = "in_flight"

// RuleSingleUse is the BlockedError rule for a prepared request that was sent before.
const RuleSingleUse = "already_sent"

var _ pikeapi.Recorder = (*Journal)(nil)

// A beginning is what Begin writes, made ready before the transaction so that the writer need not
// wait for masking and encrypting.
type beginning struct {
	p       *pikeapi.Prepared
	permit  pikeapi.Permit
	now     time.Time
	clock   int64 // the latest time that the journal has seen, microseconds
	stepped int64 // the latest time before the clock was set back, microseconds; 0 when it never was
	expires int64 // when Pike forgets the key, microseconds; 0 without one
	body    []byte
	masked  bool
	header  []byte
	sealed  []byte // nil where the body is not kept for a resend
	memory  bool   // the body is kept for a resend, but in memory only
}

// Begin commits the record of p before anything is sent. For calls that change something it checks,
// in the same transaction, what needs history: single use, look-alikes with an unknown outcome,
// duplicates, sums per hour and day, and whether a resend may be one. Two programs cannot both pass.
// The error is a *pikeapi.BlockedError where a rule forbids the call, a *StorageError where the record
// cannot be made durable; nothing may be sent then.
func (j *Journal) Begin(ctx context.Context, p *pikeapi.Prepared, permit pikeapi.Permit) (int64, error) {
	b, err := j.prepareBegin(p, permit)
	if err != nil {
		return 0, err
	}
	var id int64
	write := func(t *txn) error {
		var err error
		id, err = t.begin(b)
		return err
	}
	err = j.write.do(ctx, write)
	blocked, ok := err.(*pikeapi.BlockedError)
	if ok && blocked.Rule == RuleInFlight {
		// It may be in flight in a program that has died meanwhile: then say so.
		if n, rerr := j.Recover(ctx); rerr == nil && n > 0 {
			err = j.write.do(ctx, write)
		}
	}
	if ok && blocked.Rule == RuleSetAside {
		err = errors.Join(err, j.releaseHold(ctx))
	}
	if err != nil {
		return 0, err
	}
	if b.memory {
		j.remember(p.ID, p.Body)
	}
	return id, nil
}

func (j *Journal) prepareBegin(p *pikeapi.Prepared, permit pikeapi.Permit) (*beginning, error) {
	b := &beginning{p: p, permit: permit, now: j.now()}
	b.body, b.masked = pikeapi.MaskJSON(p.Body)
	var err error
	if b.header, err = json.Marshal(pikeapi.MaskHeader(p.Header)); err != nil {
		return nil, fmt.Errorf("recording the headers: %w", err)
	}
	if !p.Method.Mutates || !p.Method.TakesKey || permit.Resend != "" {
		return b, nil
	}
	if HoldsSecurityCode(p.Body) {
		// Security codes are never written, not even encrypted: such a body lives in memory only.
		b.memory = true
		return b, nil
	}
	b.sealed, err = j.seal.seal(p.Body, sealIntent(p.ID))
	return b, err
}

func sealIntent(operation string) string { return "intent " + operation }

// begin checks and writes. It runs within the writer's transaction.
func (t *txn) begin(b *beginning) (int64, error) {
	if err := t.checkKind(b); err != nil {
		return 0, err
	}
	if err := t.readClock(b); err != nil {
		return 0, err
	}
	var intent int64
	var err error
	if b.p.Method.Mutates {
		if err := t.checkHold(); err != nil {
			return 0, err
		}
		if intent, err = t.checkRules(b); err != nil {
			return 0, err
		}
	}
	exchange, err := t.insertExchange(b)
	if err != nil || !b.p.Method.Mutates {
		return exchange, err
	}
	if intent, err = t.writeIntent(b, intent, exchange); err != nil {
		return 0, err
	}
	if err := t.exec(`UPDATE exchanges SET intent = ? WHERE id = ?`, intent, exchange); err != nil {
		return 0, err
	}
	event := "sent"
	if b.permit.Resend != "" {
		event = "resent"
	}
	// A resend belongs to the intent that it repeats, whatever its own id is.
	entry, err := t.intentEntry(intent, event)
	if err != nil {
		return 0, err
	}
	entry.KeyFingerprint = b.p.KeyFingerprint
	return exchange, t.link(entry, b.now)
}

// readClock finds out whether the clock was set back, and remembers it: how old a key is cannot be
// told for intents from before.
func (t *txn) readClock(b *beginning) error {
	var last int64
	if _, err := t.get([]any{&last}, `SELECT clock FROM exchanges ORDER BY id DESC LIMIT 1`); err != nil {
		return err
	}
	now := micros(b.now)
	latest := &t.w.journal.latest
	last = max(last, latest.Load())
	b.clock = max(now, last)
	latest.Store(b.clock)
	if last-now > clockSlack.Microseconds() {
		if err := t.exec(`INSERT INTO meta(key, value) VALUES('clock_step', ?) ON CONFLICT(key) DO UPDATE SET value = max(value, excluded.value)`, last); err != nil {
			return err
		}
	}
	_, err := t.get([]any{&b.stepped}, `SELECT value FROM meta WHERE key = 'clock_step'`)
	return err
}

// clockSlack is how far the clock may fall back (leap seconds, time servers) without a doubt.
const clockSlack = 2 * time.Minute

func (t *txn) insertExchange(b *beginning) (int64, error) {
	p := b.p
	body, err := t.insert(`INSERT INTO bodies(data) VALUES(?)`, nonNil(b.body))
	if err != nil {
		return 0, err
	}
	var amount int64
	var currency string
	if p.Summary.Amount != nil {
		amount, currency = p.Summary.Amount.Amount, strings.ToLower(p.Summary.Amount.Currency)
	}
	t.change.Exchanges = true
	return t.insert(`INSERT INTO exchanges(op_id, method, version, started, clock, session_id, mutates, masked, kind, amount, currency,
			request_bytes, key_fp, idem_key, epoch, owner, project, url, signature, request_digest, request_body, request_header, text)
		VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)`,
		p.ID, p.Method.Name, int(p.Version), micros(b.now), b.clock, p.Summary.SessionID, boolInt(p.Method.Mutates), boolInt(b.masked),
		string(p.Summary.Kind), amount, currency, len(p.Body), p.KeyFingerprint, p.IdempotencyKey, epochOf(p), t.w.journal.live.id,
		projectOf(p), p.URL, p.Signature, p.Digest[:], body, string(b.header),
		searchText(p.ID, p.Method.Name, p.Summary.SessionID, p.IdempotencyKey))
}

// writeIntent inserts the intent, or takes the existing one (of a resend, or one that was recorded as
// prepared) back to sent.
func (t *txn) writeIntent(b *beginning, intent, exchange int64) (int64, error) {
	p := b.p
	t.change.Intents = true
	if b.permit.Resend != "" {
		return intent, t.exec(`UPDATE intents SET state = 'sent', exchange = ?, sent_at = ?, settled_at = 0, attempts = attempts + 1, owner = ?, reason = '' WHERE id = ?`,
			exchange, micros(b.now), t.w.journal.live.id, intent)
	}
	var sealed int64
	var err error
	if b.sealed != nil {
		if sealed, err = t.insert(`INSERT INTO bodies(data) VALUES(?)`, b.sealed); err != nil {
			return 0, err
		}
	}
	if intent != 0 {
		return intent, t.exec(`UPDATE intents SET state = 'sent', exchange = ?, sent_at = ?, expires = ?, attempts = 1, owner = ?, reason = '', sealed = ?, clock = ? WHERE id = ?`,
			exchange, micros(b.now), b.expires, t.w.journal.live.id, sealed, b.clock, intent)
	}
	return t.insertIntent(p, StateSent, b.now, b.clock, b.expires, exchange, sealed)
}

func (t *txn) insertIntent(p *pikeapi.Prepared, state IntentState, now time.Time, clock, expires, exchange, sealed int64) (int64, error) {
	s := p.Summary
	if err := t.nameTarget(p.Method.Name, &s); err != nil {
		return 0, err
	}
	var amount int64
	var currency string
	if s.Amount != nil {
		amount, currency = s.Amount.Amount, strings.ToLower(s.Amount.Currency)
	}
	var sent, attempts int64
	if state == StateSent {
		sent, attempts = micros(now), 1
	}
	return t.insert(`INSERT INTO intents(op_id, exchange, state, method, version, kind, project, session_id, has_amount, amount, currency,
			recipient, recipient_key, target, target_key, digest, idem_key, takes_key, moves_money, created, sent_at, expires, clock, attempts, owner, sealed, text)
		VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)`,
		p.ID, exchange, string(state), p.Method.Name, int(p.Version), string(s.Kind), projectOf(p), s.SessionID, boolInt(s.Amount != nil), amount, currency,
		s.Recipient, fold(s.Recipient), s.Target, t.targetKey(s), p.Digest[:], p.IdempotencyKey, boolInt(p.Method.TakesKey), boolInt(p.Method.MovesMoney),
		micros(now), sent, expires, clock, attempts, t.w.journal.live.id, sealed,
		searchText(p.ID, p.Method.Name, s.SessionID, s.Recipient, s.Target, p.IdempotencyKey))
}

// expiryOf is when Pike forgets the key: counted from the earlier of making and sending.
func expiryOf(p *pikeapi.Prepared, now time.Time) int64 {
	if !p.Method.TakesKey {
		return 0
	}
	end := now.Add(pikeapi.KeyLife)
	if !p.Expires.IsZero() && p.Expires.Before(end) {
		end = p.Expires
	}
	return micros(end)
}

func epochOf(p *pikeapi.Prepared) uint64 {
	if p.Env == nil {
		return 0
	}
	return p.Env.Epoch
}

func projectOf(p *pikeapi.Prepared) string {
	if p.Env == nil {
		return ""
	}
	return p.Env.Project
}

func nonNil(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}
