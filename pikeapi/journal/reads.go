package journal

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// readError says what a reader was doing. A read that its caller gave up is the context's error.
func (j *Journal) readError(ctx context.Context, doing string, err error) error {
	if err == nil {
		return nil
	}
	if cause := ctx.Err(); cause != nil {
		return cause
	}
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	return storageError(doing, j.path, err)
}

// Exchange reads one request and its answer in full.
func (j *Journal) Exchange(ctx context.Context, id int64) (*Exchange, error) {
	var e Exchange
	var finished, masked int64
	var requestHeader, responseHeader string
	var digest, responseDigest []byte
	row := j.read.QueryRowContext(ctx, `SELECT `+exchangeColumns+`, t.finished, t.project, t.url, t.signature, t.request_digest, t.response_digest,
			t.request_header, t.response_header, t.masked, a.data, b.data
		FROM exchanges t LEFT JOIN bodies a ON a.id = t.request_body LEFT JOIN bodies b ON b.id = t.response_body WHERE t.id = ?`, id)
	err := e.scan(row.Scan, &finished, &e.Project, &e.URL, &e.Signature, &digest, &responseDigest, &requestHeader, &responseHeader, &masked, &e.Body, &e.ResponseBody)
	if err == nil {
		e.Header, err = readHeader(requestHeader)
	}
	if err == nil {
		e.ResponseHeader, err = readHeader(responseHeader)
	}
	if err != nil {
		return nil, j.readError(ctx, fmt.Sprintf("reading exchange %d", id), err)
	}
	e.Environment, e.Finished = j.environment, timeOf(finished)
	copy(e.Digest[:], digest)
	copy(e.ResponseDigest[:], responseDigest)
	e.BodyMasked, e.ResponseMasked = masked&maskedRequest != 0, masked&maskedResponse != 0
	return &e, nil
}

func readHeader(text string) (http.Header, error) {
	h := http.Header{}
	if text == "" {
		return h, nil
	}
	if err := json.Unmarshal([]byte(text), &h); err != nil {
		return nil, fmt.Errorf("reading recorded headers: %w", err)
	}
	return h, nil
}

// Webhook reads one notification in full. Its Raw method gives the true bytes.
func (j *Journal) Webhook(ctx context.Context, id int64) (*Webhook, error) {
	w := Webhook{ID: id}
	var received, forwardAt, forwardLatency int64
	var header string
	var digest []byte
	var f Forwarding
	err := j.read.QueryRowContext(ctx, `SELECT t.received, t.type, t.session_id, t.session_status, t.badge, t.cause, t.key_name, t.duplicate_of, t.late, t.applied,
			t.bytes, t.masked, t.reply, t.problem, t.version, t.signature, t.digest, t.header, t.remote, t.forward_url, t.forward_at, t.forward_status,
			t.forward_latency, t.forward_error, t.sealed <> 0, b.data
		FROM webhooks t LEFT JOIN bodies b ON b.id = t.body WHERE t.id = ?`, id).Scan(
		&received, &w.Type, &w.SessionID, &w.SessionStatus, &w.Badge, &w.Cause, &w.Key, &w.DuplicateOf, &w.Late, &w.Applied,
		&w.Bytes, &w.Masked, &w.ReplyStatus, &w.Problem, &w.Version, &w.Signature, &digest, &header, &w.Remote, &f.URL, &forwardAt, &f.Status,
		&forwardLatency, &f.Error, &w.HasRaw, &w.Body)
	if err == nil {
		w.Header, err = readHeader(header)
	}
	if err != nil {
		return nil, j.readError(ctx, fmt.Sprintf("reading notification %d", id), err)
	}
	w.Received = timeOf(received)
	copy(w.Digest[:], digest)
	if f.URL != "" {
		f.At, f.Latency = timeOf(forwardAt), time.Duration(forwardLatency)*time.Microsecond
		w.Forward = &f
	}
	w.raw = func(ctx context.Context) ([]byte, error) { return j.rawWebhook(ctx, id) }
	return &w, nil
}

// Session reads all that is known of a session.
func (j *Journal) Session(ctx context.Context, sessionID string) (*SessionDetail, error) {
	d, err := j.session(ctx, sessionID)
	if err != nil {
		return nil, j.readError(ctx, fmt.Sprintf("reading session %s", sessionID), err)
	}
	return d, nil
}

func (j *Journal) session(ctx context.Context, sessionID string) (*SessionDetail, error) {
	rows, err := j.read.QueryContext(ctx, `SELECT `+sessionColumns+` FROM sessions t WHERE t.session_id = ?`, sessionID)
	if err != nil {
		return nil, err
	}
	found, err := scanAll(rows, scanSession)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, ErrNotFound
	}
	d := &SessionDetail{SessionRow: found[0]}
	if rows, err = j.read.QueryContext(ctx, `SELECT `+operationColumns+` FROM operations t WHERE t.session_row = ? ORDER BY t.created, t.id`, d.ID); err != nil {
		return nil, err
	}
	if d.Operations, err = scanAll(rows, scanOperation); err != nil {
		return nil, err
	}
	if d.Refunds, err = j.refunds(ctx, sessionID); err != nil {
		return nil, err
	}
	if d.History, err = j.history(ctx, sessionID); err != nil {
		return nil, err
	}
	err = j.read.QueryRowContext(ctx, `SELECT b.data FROM sessions s JOIN bodies b ON b.id = s.body WHERE s.id = ?`, d.ID).Scan(&d.Raw)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return d, err
}

func (j *Journal) refunds(ctx context.Context, sessionID string) ([]RefundRow, error) {
	rows, err := j.read.QueryContext(ctx, `SELECT id, refund_id, op_id, session_id, status, created, finished, amount, currency, chargeback
		FROM refunds WHERE session_id = ? ORDER BY created, id`, sessionID)
	if err != nil {
		return nil, err
	}
	return scanAll(rows, func(rows *sql.Rows) (r RefundRow, err error) {
		var created, finished int64
		err = rows.Scan(&r.ID, &r.RefundID, &r.OperationID, &r.SessionID, &r.Status, &created, &finished, &r.Amount.Amount, &r.Amount.Currency, &r.Chargeback)
		r.Created, r.Finished = timeOf(created), timeOf(finished)
		return r, err
	})
}

func (j *Journal) history(ctx context.Context, sessionID string) ([]Transition, error) {
	rows, err := j.read.QueryContext(ctx, `SELECT id, session_id, object, object_id, was, became, next_action, at, observed, source, flag
		FROM history WHERE session_id = ? ORDER BY at, id`, sessionID)
	if err != nil {
		return nil, err
	}
	return scanAll(rows, func(rows *sql.Rows) (t Transition, err error) {
		var at, observed int64
		err = rows.Scan(&t.ID, &t.SessionID, &t.Object, &t.ObjectID, &t.From, &t.To, &t.Next, &at, &observed, &t.Source, &t.Flag)
		t.At, t.Observed = timeOf(at), timeOf(observed)
		return t, err
	})
}

// Operation reads a payout or a payment by its id.
func (j *Journal) Operation(ctx context.Context, operationID string) (*OperationRow, error) {
	rows, err := j.read.QueryContext(ctx, `SELECT `+operationColumns+` FROM operations t WHERE t.op_id = ? ORDER BY t.id LIMIT 1`, operationID)
	if err != nil {
		return nil, j.readError(ctx, "reading operation "+operationID, err)
	}
	all, err := scanAll(rows, scanOperation)
	if err == nil && len(all) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return nil, j.readError(ctx, "reading operation "+operationID, err)
	}
	return &all[0], nil
}

// Unknown lists the intents whose outcome is not known, the oldest first.
func (j *Journal) Unknown(ctx context.Context) ([]IntentRow, error) {
	rows, err := j.read.QueryContext(ctx, `SELECT `+intentColumns+` FROM intents t WHERE t.state = 'unknown' ORDER BY t.created, t.id`)
	if err != nil {
		return nil, j.readError(ctx, "reading unknown outcomes", err)
	}
	all, err := scanAll(rows, scanIntent)
	return all, j.readError(ctx, "reading unknown outcomes", err)
}

// Intent reads one intent by the id of its request.
func (j *Journal) Intent(ctx context.Context, operationID string) (*IntentRow, error) {
	rows, err := j.read.QueryContext(ctx, `SELECT `+intentColumns+` FROM intents t WHERE t.op_id = ?`, operationID)
	if err != nil {
		return nil, j.readError(ctx, "reading request "+operationID, err)
	}
	all, err := scanAll(rows, scanIntent)
	if err == nil && len(all) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return nil, j.readError(ctx, "reading request "+operationID, err)
	}
	return &all[0], nil
}

// Waiting lists the sessions that wait for the operator, the most urgent first; limit bounds them.
func (j *Journal) Waiting(ctx context.Context, limit int) ([]Waiting, error) {
	rows, err := j.read.QueryContext(ctx, `SELECT `+sessionColumns+` FROM sessions t WHERE t.next_action <> '' AND t.status = 'in_progress' ORDER BY t.deadline, t.id LIMIT ?`, limit)
	if err != nil {
		return nil, j.readError(ctx, "reading what waits", err)
	}
	now := j.now()
	all, err := scanAll(rows, func(rows *sql.Rows) (Waiting, error) {
		s, err := scanSession(rows)
		w := Waiting{SessionRow: s, Action: s.NextAction}
		if !s.Deadline.IsZero() {
			w.Left = s.Deadline.Sub(now)
		}
		return w, err
	})
	return all, j.readError(ctx, "reading what waits", err)
}

// Unfinished lists sessions that are not final and were not heard of since before, the longest
// unheard first: what polling asks for where no notification arrives.
func (j *Journal) Unfinished(ctx context.Context, before time.Time, limit int) ([]SessionRow, error) {
	rows, err := j.read.QueryContext(ctx, `SELECT `+sessionColumns+` FROM sessions t WHERE t.status IN ('', 'created', 'in_progress', 'error') AND t.observed < ?
		ORDER BY t.observed, t.id LIMIT ?`, micros(before), limit)
	if err != nil {
		return nil, j.readError(ctx, "reading unfinished sessions", err)
	}
	all, err := scanAll(rows, scanSession)
	return all, j.readError(ctx, "reading unfinished sessions", err)
}

// Asked notes that Pike was asked for a session and told nothing of it, so that polling does not ask
// for it at once again.
func (j *Journal) Asked(ctx context.Context, sessionID string) error {
	return j.write.do(ctx, func(t *txn) error {
		return t.exec(`UPDATE sessions SET observed = ? WHERE session_id = ?`, micros(j.now()), sessionID)
	})
}

// ImportSessions records ids of sessions of which nothing is known yet, and returns how many were new.
// Observe fills them in.
func (j *Journal) ImportSessions(ctx context.Context, ids []string) (int, error) {
	added := 0
	err := j.write.do(ctx, func(t *txn) error {
		added = 0
		now := micros(j.now())
		for _, id := range ids {
			res, err := t.run(`INSERT OR IGNORE INTO sessions(session_id, created, observed, text) VALUES(?, ?, 0, ?)`, id, now, searchText(id))
			if err != nil {
				return err
			}
			n, err := res.RowsAffected()
			if err != nil {
				return err
			}
			if n == 0 {
				continue
			}
			added++
			row, err := res.LastInsertId()
			if err != nil {
				return err
			}
			if err := t.indexSession(row); err != nil {
				return err
			}
		}
		t.change.Sessions = t.change.Sessions || added > 0
		return nil
	})
	return added, err
}

// digestLimit bounds Digests: the newest of each kind.
const digestLimit = 20000

// Digests names the bodies that the journal knows by the digest of their true bytes, such as "request
// 41" and "webhook 12", for finding out what a signature was made over.
func (j *Journal) Digests(ctx context.Context) (map[[32]byte]string, error) {
	all := map[[32]byte]string{}
	for _, q := range []string{
		`SELECT 'answer ' || id, response_digest FROM exchanges WHERE response_digest IS NOT NULL ORDER BY id DESC LIMIT ?`,
		`SELECT 'webhook ' || id, digest FROM webhooks ORDER BY id DESC LIMIT ?`,
		`SELECT 'request ' || id, request_digest FROM exchanges ORDER BY id DESC LIMIT ?`,
	} {
		rows, err := j.read.QueryContext(ctx, q, digestLimit)
		if err == nil {
			err = eachRow(rows, func(rows *sql.Rows) error {
				var name string
				var digest []byte
				if err := rows.Scan(&name, &digest); err != nil {
					return err
				}
				if len(digest) == 32 {
					all[[32]byte(digest)] = name // the oldest of equal ones, requests before others
				}
				return nil
			})
		}
		if err != nil {
			return nil, j.readError(ctx, "reading digests", err)
		}
	}
	return all, nil
}
