package journal

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"time"
)

// An entry of the chain says the most important of an intent in clear, and vouches for the rest with two
// codes made with the journal's key: one for the intent's row, one for the exchange that it is about.
// Nobody without the key can tell from a code what was hashed, or make one.
const (
	// recordColumns are what decides whether an intent can be sent again, what it is taken for, and what
	// counts. What is left out is derived from them, or changes without an entry.
	recordColumns = `i.exchange, i.kind, i.recipient, i.recipient_key, i.target_key, i.idem_key, i.takes_key, i.moves_money, i.created, i.sent_at, i.settled_at, i.expires, i.clock, i.attempts, i.reason, i.note`
	recordCount   = 16

	// wireColumns are an exchange: what was sent and what came back, as far as it is kept.
	wireColumns = `x.op_id, x.intent, x.method, x.version, x.started, x.finished, x.latency, x.outcome, x.http_status, x.error_code, x.error_text, x.session_id, x.mutates,
		x.masked, x.kind, x.amount, x.currency, x.request_bytes, x.response_bytes, x.key_fp, x.idem_key, x.project, x.url, x.signature, x.request_digest, x.response_digest,
		x.request_header, x.response_header, (SELECT data FROM bodies WHERE id = x.request_body), (SELECT data FROM bodies WHERE id = x.response_body)`
	wireCount = 30
)

// vouch is the code for the columns of a row.
func (s *sealer) vouch(what string, values []any) string {
	h := hmac.New(sha256.New, s.chain)
	part := func(kind byte, data []byte) {
		var head [9]byte
		head[0] = kind
		binary.BigEndian.PutUint64(head[1:], uint64(len(data)))
		h.Write(head[:])
		h.Write(data)
	}
	part('w', []byte(what))
	for _, v := range values {
		switch v := v.(type) {
		case nil:
			part('n', nil)
		case int64:
			part('i', binary.BigEndian.AppendUint64(nil, uint64(v)))
		case string:
			part('s', []byte(v))
		case []byte:
			part('b', v)
		default:
			part('x', fmt.Append(nil, v))
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

func (s *sealer) vouchRecord(values []any) string { return s.vouch("intent", values) }
func (s *sealer) vouchWire(values []any) string   { return s.vouch("exchange", values) }

// pointers returns where n columns are scanned to, and the values once they are.
func pointers(n int) (dest []any, values []any) {
	values = make([]any, n)
	for i := range values {
		dest = append(dest, &values[i])
	}
	return dest, values
}

// linkLate records what became of an exchange after its intent was settled by other means, or sent
// again: the entry is about that exchange, not about the intent's last one.
func (t *txn) linkLate(intent, exchange int64, event string, now time.Time) error {
	entry, err := t.intentEntry(intent, event)
	if err != nil {
		return err
	}
	dest, values := pointers(wireCount)
	if _, err := t.get(dest, `SELECT `+wireColumns+` FROM exchanges x WHERE x.id = ?`, exchange); err != nil {
		return err
	}
	entry.ExchangeID, entry.Wire = exchange, t.w.journal.seal.vouchWire(values)
	return t.link(entry, now)
}

// told is what the chain tells while it is walked.
type told struct {
	intents   map[string]AuditEntry // the last entry about each
	exchanges map[int64]wireTold
	pruned    string // exchanges from before may be gone: the latest moment that was pruned to, as in AuditEntry.At
}

// wireTold is what the chain tells of an exchange.
type wireTold struct {
	first string // when it was first told of
	seq   int64  // of the last entry about it
	wire  string // the code of the last entry that has one
}

func newTold() *told {
	return &told{intents: map[string]AuditEntry{}, exchanges: map[int64]wireTold{}}
}

func (c *told) take(e AuditEntry) {
	c.pruned = max(c.pruned, e.Before)
	if e.OperationID == "" {
		return
	}
	c.intents[e.OperationID] = e
	if e.ExchangeID == 0 || e.Wire == "" {
		return
	}
	x, ok := c.exchanges[e.ExchangeID]
	if !ok {
		x.first = e.At
	}
	x.seq, x.wire = e.Seq, e.Wire
	c.exchanges[e.ExchangeID] = x
}

// checkExchanges holds what is kept of the calls that changed something against the codes of the chain.
func (j *Journal) checkExchanges(ctx context.Context, tx *sql.Tx, v *Verification, c *told) error {
	rows, err := tx.QueryContext(ctx, `SELECT x.id, `+wireColumns+` FROM exchanges x WHERE x.intent <> 0 OR x.mutates`)
	if err != nil {
		return err
	}
	if err := eachRow(rows, func(rows *sql.Rows) error {
		var id int64
		dest, values := pointers(wireCount)
		if err := rows.Scan(append([]any{&id}, dest...)...); err != nil {
			return err
		}
		x, ok := c.exchanges[id]
		delete(c.exchanges, id)
		if ok && x.wire != j.seal.vouchWire(values) {
			v.problem("record", x.seq, "exchange %d is not what the chain vouches for", id)
		}
		return nil
	}); err != nil {
		return err
	}
	for id, x := range c.exchanges {
		if x.first >= c.pruned {
			v.problem("record", x.seq, "exchange %d is in the chain but its record is gone", id)
		}
	}
	return nil
}

// entryTime is a moment as entries write it: in one length, so that texts compare as times do.
func entryTime(at time.Time) string { return at.UTC().Format(entryForm) }

const entryForm = "2006-01-02T15:04:05.000000Z"
