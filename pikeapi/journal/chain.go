package journal

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"time"

	"pikedash/pikeapi"
)

// AuditEntry is one link of the audit chain: something that happened to an intent. It holds nothing
// that needs masking.
type AuditEntry struct {
	Seq            int64  `json:"seq"`
	At             string `json:"at"`    // RFC 3339 in UTC with microseconds
	Event          string `json:"event"` // prepared, sent, resent, outcome, resolved, recovered, reconciled, prune
	OperationID    string `json:"operation,omitempty"`
	ExchangeID     int64  `json:"exchange,omitempty"`
	State          string `json:"state,omitempty"`
	Method         string `json:"method,omitempty"`
	Version        string `json:"version,omitempty"`
	Project        string `json:"project,omitempty"`
	SessionID      string `json:"session,omitempty"`
	Amount         *int64 `json:"amount,omitempty"` // minor units
	Currency       string `json:"currency,omitempty"`
	Target         string `json:"target,omitempty"` // masked
	Digest         string `json:"digest,omitempty"` // of the true body
	KeyFingerprint string `json:"key,omitempty"`
	HTTPStatus     int    `json:"http_status,omitempty"`
	ErrorCode      string `json:"error,omitempty"`
	Note           string `json:"note,omitempty"`
	Before         string `json:"before,omitempty"` // of a prune: exchanges from before this moment are gone
	Record         string `json:"record,omitempty"` // vouches for the intent, see vouch
	Wire           string `json:"wire,omitempty"`   // vouches for the exchange
}

// chainHead is the end of the chain.
type chainHead struct {
	seq  int64
	hash []byte
}

// link appends an entry to the chain.
func (t *txn) link(e AuditEntry, now time.Time) error {
	head, err := t.chainEnd()
	if err != nil {
		return err
	}
	e.Seq = head.seq + 1
	e.At = entryTime(now)
	text, err := encodeEntry(e)
	if err != nil {
		return err
	}
	hash := linkHash(head.hash, text)
	mac := t.w.journal.seal.mac(hash)
	if err := t.exec(`INSERT INTO audit(seq, at, entry, prev, hash, mac) VALUES(?, ?, ?, ?, ?, ?)`, e.Seq, micros(now), string(text), head.hash, hash, mac); err != nil {
		return fmt.Errorf("writing the audit chain: %w", err)
	}
	t.chain = &chainHead{seq: e.Seq, hash: hash}
	t.change.Intents = true
	return nil
}

// encodeEntry writes an entry in one stable form.
func encodeEntry(e AuditEntry) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(e); err != nil {
		return nil, fmt.Errorf("encoding an audit entry: %w", err)
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}

func linkHash(prev, entry []byte) []byte {
	h := sha256.New()
	h.Write(prev)
	h.Write(entry)
	return h.Sum(nil)
}

// chainEnd reads the end of the chain: the last link, else the checkpoint of a pruned chain.
func (t *txn) chainEnd() (chainHead, error) {
	if t.chain != nil {
		return *t.chain, nil
	}
	head := chainHead{hash: []byte{}}
	found, err := t.get([]any{&head.seq, &head.hash}, `SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1`)
	if err == nil && !found {
		_, err = t.get([]any{&head.seq, &head.hash}, `SELECT seq, hash FROM checkpoint`)
	}
	if err != nil {
		return head, fmt.Errorf("reading the audit chain: %w", err)
	}
	if t.began.hash == nil {
		t.began = head
	}
	return head, nil
}

// entryColumns are what an entry says of an intent, and scanEntry reads them.
const entryColumns = `i.op_id, i.exchange, i.state, i.method, i.version, i.project, i.session_id, i.has_amount, i.amount, i.currency, i.target, lower(hex(i.digest)), i.http_status, i.error_code`

func scanEntry(scan func(...any) error) (AuditEntry, error) {
	var e AuditEntry
	var version int
	var has bool
	var amount int64
	err := scan(&e.OperationID, &e.ExchangeID, &e.State, &e.Method, &version, &e.Project, &e.SessionID, &has, &amount, &e.Currency, &e.Target, &e.Digest, &e.HTTPStatus, &e.ErrorCode)
	if has {
		e.Amount = &amount
	}
	e.Version = pikeapi.Version(version).String()
	return e, err
}
