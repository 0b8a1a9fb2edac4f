package journal

import (
	"crypto/sha256"
	"strings"
	"time"

	"pikedash/pikeapi"
)

// seedChunk is how many rows go into the tables with one statement.
const seedChunk = 100

// insertSeeds writes a batch. The rows are those that Observe would have written.
func (t *txn) insertSeeds(batch []*seedRow, index bool) error {
	var body, session int64
	if _, err := t.get([]any{&body, &session}, `SELECT (SELECT coalesce(max(id), 0) FROM bodies), (SELECT coalesce(max(id), 0) FROM sessions)`); err != nil {
		return err
	}
	for i, r := range batch {
		r.body, r.row = body+int64(i)+1, session+int64(i)+1
	}
	for at := 0; at < len(batch); at += seedChunk {
		if err := t.insertSeedChunk(batch[at:min(at+seedChunk, len(batch))]); err != nil {
			return err
		}
	}
	for _, r := range batch {
		if err := t.insertSeedRest(r, index); err != nil {
			return err
		}
	}
	t.change.Sessions = true
	return nil
}

func (t *txn) insertSeedChunk(rows []*seedRow) error {
	var bodies, sessions, operations []any
	for _, r := range rows {
		bodies = append(bodies, r.body, r.raw)
		sessions = append(sessions, r.sessionValues()...)
		operations = append(operations, r.operationValues()...)
	}
	for _, one := range []struct {
		into   string
		values []any
	}{
		{`INSERT INTO bodies(id, data) VALUES`, bodies},
		{`INSERT INTO sessions(id, session_id, status, next_action, kind, created, updated, finished, observed, amount, currency,
			recipient, recipient_key, customer, customer_key, operations, refunds, version, since, deadline, body, text) VALUES`, sessions},
		{strings.Split(insertOperation, "VALUES")[0] + "VALUES", operations},
	} {
		row := "(" + placeholders(len(one.values)/len(rows)) + "),"
		if err := t.exec(one.into+strings.TrimSuffix(strings.Repeat(row, len(rows)), ","), one.values...); err != nil {
			return err
		}
	}
	return nil
}

func (t *txn) insertSeedRest(r *seedRow, index bool) error {
	if index {
		if err := t.indexSession(r.row); err != nil {
			return err
		}
	}
	if r.refund > 0 {
		if err := t.exec(`INSERT INTO refunds(refund_id, op_id, session_id, status, created, finished, updated, amount, currency) VALUES(?,?,?,?,?,?,?,?,?)`,
			"rf_"+r.number, r.operationID, r.sessionID, string(pikeapi.RefundAccepted), micros(r.finished.Add(time.Hour)), micros(r.finished.Add(time.Hour+time.Second)), micros(r.updated()), r.refund, r.currency); err != nil {
			return err
		}
	}
	if r.traffic == nil {
		return nil
	}
	return t.insertSeedCalls(r, r.traffic)
}

// seedHeard is how long made-up sessions count as heard of: until they are too old to be asked for.
// No Pike knows them, and a dashboard that asks for a hundred of them shows nothing but refusals.
const seedHeard = 9 * 24 * time.Hour

func (r *seedRow) sessionValues() []any {
	updated := r.updated()
	var deadline, since int64
	switch pikeapi.NextAction(r.next) {
	case pikeapi.NextConfirm:
		since, deadline = micros(updated), micros(updated.Add(pikeapi.ConfirmLimit))
	case pikeapi.NextCapture:
		since, deadline = micros(updated), micros(updated.Add(pikeapi.HoldLimit))
	}
	return []any{r.row, r.sessionID, r.session, r.next, r.kind(), micros(r.created), micros(updated), 0, micros(updated.Add(seedHeard)), r.amount, r.currency,
		r.recipient, fold(r.recipient), r.customer, r.customer, 1, boolInt(r.refund > 0), r.version, since, deadline, r.body, r.sessionID}
}

func (r *seedRow) operationValues() []any {
	recipient, errorText := fold(r.recipient), ""
	if r.errorCode != "" {
		errorText = seedErrorText
	}
	// searchText, written out: these values need no cleaning.
	text := strings.Join(appendSet(make([]string, 0, 7), r.operationID, r.sessionID, recipient, r.customer, strings.ToLower(r.errorCode), errorText, r.metadata), "\n")
	rrn, auth := r.receipt()
	return []any{r.operationID, r.row, r.sessionID, r.kind(), r.status, micros(r.created) + 200000, micros(r.finished), micros(r.updated()),
		r.amount, r.currency, nil, "", "card", r.card.brand, r.card.bin, r.card.last4, "", r.card.country, r.recipient, recipient, r.customer, r.customer,
		r.metadata, r.errorCode, errorText, rrn, auth, boolInt(r.refund > 0), r.refund, r.version, r.next, "", text}
}

func appendSet(to []string, values ...string) []string {
	for _, v := range values {
		if v != "" {
			to = append(to, v)
		}
	}
	return to
}

// insertSeedCalls writes exchanges, intents, notifications and history of a newer session.
func (t *txn) insertSeedCalls(r *seedRow, c *seedCalls) error {
	for _, call := range c.calls {
		if err := t.insertSeedCall(r, call); err != nil {
			return err
		}
	}
	for _, h := range c.hooks {
		if err := t.insertSeedHook(r, h); err != nil {
			return err
		}
	}
	for _, s := range c.steps {
		if err := t.exec(`INSERT INTO history(session_id, object, object_id, was, became, next_action, at, observed, source) VALUES(?,?,?,?,?,?,?,?,'seed')`,
			r.sessionID, s.object, s.id, s.was, s.became, s.next, micros(s.at), micros(s.at.Add(20*time.Millisecond))); err != nil {
			return err
		}
	}
	t.change.Exchanges, t.change.Webhooks = true, true
	return nil
}

func (t *txn) insertSeedCall(r *seedRow, c seedCall) error {
	request, err := t.insert(`INSERT INTO bodies(data) VALUES(?)`, c.request)
	if err != nil {
		return err
	}
	response, err := t.insert(`INSERT INTO bodies(data) VALUES(?)`, c.response)
	if err != nil {
		return err
	}
	answer := sha256.Sum256(c.response)
	masked := int64(0)
	if c.masked {
		masked = maskedRequest
	}
	exchange, err := t.insert(`INSERT INTO exchanges(op_id, method, version, started, finished, latency, clock, outcome, http_status, error_code, error_text, session_id, mutates, masked,
			kind, amount, currency, request_bytes, response_bytes, key_fp, idem_key, project, url, signature, request_digest, response_digest,
			request_body, response_body, request_header, response_header, text)
		VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)`,
		c.id, c.method, r.version, micros(c.at), micros(c.at.Add(c.latency)), c.latency.Microseconds(), micros(c.at), c.outcome, c.status, c.code, c.text, c.session, 1, masked,
		r.kind(), c.amount, c.currency, c.bytes, len(c.response), c.fingerprint, c.key, seedProject, c.url, c.signature, c.digest[:], answer[:],
		request, response, `{"Content-Type":["application/json"]}`, `{"Content-Type":["application/json"]}`,
		searchText(c.id, c.method, c.session, c.key, c.code, c.text))
	if err != nil {
		return err
	}
	return t.insertSeedIntent(r, c, exchange)
}

func (t *txn) insertSeedIntent(r *seedRow, c seedCall, exchange int64) error {
	has := boolInt(c.currency != "")
	target := r.card.brand + " " + pikeapi.MaskPAN(r.card.number)
	intent, err := t.insert(`INSERT INTO intents(op_id, exchange, state, method, version, kind, project, session_id, has_amount, amount, currency, recipient, recipient_key, target,
			digest, idem_key, takes_key, moves_money, created, sent_at, settled_at, expires, clock, attempts, http_status, error_code, reason, text)
		VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,1,1,?,?,?,?,?,1,?,?,?,?)`,
		c.id, exchange, c.outcome, c.method, r.version, r.kind(), seedProject, c.session, has, c.amount, c.currency, r.recipient, fold(r.recipient), target,
		c.digest[:], c.key, micros(c.at), micros(c.at), micros(c.at.Add(c.latency)), micros(c.at.Add(pikeapi.KeyLife)), micros(c.at), c.status, c.code, c.text,
		searchText(c.id, c.method, c.session, r.recipient, target, c.key))
	if err != nil {
		return err
	}
	if err := t.exec(`UPDATE exchanges SET intent = ? WHERE id = ?`, intent, exchange); err != nil {
		return err
	}
	entry, err := t.intentEntry(intent, "outcome")
	if err != nil {
		return err
	}
	return t.link(entry, c.at.Add(c.latency))
}

func (t *txn) insertSeedHook(r *seedRow, h seedHook) error {
	body, err := t.insert(`INSERT INTO bodies(data) VALUES(?)`, h.body)
	if err != nil {
		return err
	}
	digest := sha256.Sum256(h.body)
	var first int64
	if h.duplicate {
		if _, err := t.get([]any{&first}, `SELECT max(id) FROM webhooks`); err != nil {
			return err
		}
	}
	return t.exec(`INSERT INTO webhooks(received, type, session_id, session_status, session_updated, badge, cause, key_name, duplicate_of, applied, bytes, masked, reply,
			version, error_code, kind, amount, currency, digest, signature, header, remote, body, text)
		VALUES(?,?,?,?,?,?,?,?,?,?,?,1,?,?,?,?,?,?,?,?,?,?,?,?)`,
		micros(h.at), h.kind, r.sessionID, h.status, micros(h.updated), string(h.badge), h.cause, h.key, first, boolInt(h.badge == BadgeVerified && !h.duplicate), len(h.body), h.reply,
		r.version, h.code, r.kind(), r.amount, r.currency, digest[:], h.signature, `{"Content-Type":["application/json"]}`, "127.0.0.1", body,
		searchText(h.kind, r.sessionID, r.operationID, r.recipient, r.customer, h.code, h.cause))
}
