package journal

import (
	"bytes"
	"context"
	"crypto/hmac"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
)

// Verification is what Verify found.
type Verification struct {
	Entries  int64
	First    int64  // sequence number of the first entry that is left
	Last     int64  // of the last one
	Head     string // hash of the last one, in hex
	Pruned   int64  // sequence number up to which entries were pruned; 0 when never
	Problems []ChainProblem
}

// OK reports whether the chain is whole.
func (v *Verification) OK() bool { return len(v.Problems) == 0 }

// ChainProblem is one fault of the audit chain.
type ChainProblem struct {
	Kind string // edit, gap, truncation or record
	Seq  int64  // where
	Text string // one sentence
}

// maxProblems bounds the report of a chain that is broken everywhere.
const maxProblems = 50

func (v *Verification) problem(kind string, seq int64, format string, args ...any) {
	if len(v.Problems) < maxProblems {
		v.Problems = append(v.Problems, ChainProblem{Kind: kind, Seq: seq, Text: fmt.Sprintf(format, args...)})
	}
}

// Verify walks the audit chain and holds it against its head, its checkpoint and the intents. It
// finds edits, gaps and truncation; the error is for what prevents the walk.
func (j *Journal) Verify(ctx context.Context) (*Verification, error) {
	// The head is read first: it may then only be behind the chain, never ahead of an honest one.
	head, herr := j.write.head.read()
	tx, err := j.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, storageError("verifying", j.path, err)
	}
	v := &Verification{}
	if herr != nil {
		v.problem("truncation", 0, "%s cannot vouch for the chain: %v", headName, herr)
	}
	c := newTold()
	err = j.walkChain(ctx, tx, v, head, c)
	if err == nil {
		err = j.checkIntents(ctx, tx, v, c.intents)
	}
	if err == nil {
		err = checkCounted(ctx, tx, v)
	}
	if err == nil {
		err = j.checkExchanges(ctx, tx, v, c)
	}
	if err = errors.Join(err, tx.Rollback()); err != nil {
		return nil, storageError("verifying", j.path, err)
	}
	return v, nil
}

func (j *Journal) walkChain(ctx context.Context, tx *sql.Tx, v *Verification, head *chainHead, c *told) (err error) {
	prev, err := j.readCheckpoint(ctx, tx, v, c)
	if err != nil {
		return err
	}
	rows, err := tx.QueryContext(ctx, `SELECT seq, at, entry, prev, hash, mac FROM audit ORDER BY seq`)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	headSeen := head == nil || head.seq <= prev.seq
	missing := head == nil && len(v.Problems) == 0
	for rows.Next() {
		var seq, at int64
		var entry, before, hash, mac []byte
		if err := rows.Scan(&seq, &at, &entry, &before, &hash, &mac); err != nil {
			return err
		}
		j.checkLink(v, prev, link{seq, at, entry, before, hash, mac}, c)
		if head != nil && seq == head.seq {
			headSeen = true
			if !hmac.Equal(hash, head.hash) {
				v.problem("edit", seq, "entry %d is not the one that %s vouches for", seq, headName)
			}
		}
		if v.Entries == 0 {
			v.First = seq
		}
		v.Entries++
		prev = chainHead{seq: seq, hash: hash}
	}
	v.Last, v.Head = prev.seq, hex.EncodeToString(prev.hash)
	if missing && prev.seq > 0 {
		v.problem("truncation", prev.seq, "%s is missing: whether the end was cut off cannot be told", headName)
	}
	if !headSeen {
		v.problem("truncation", prev.seq, "the chain ends at entry %d, but %s vouches for entry %d: the end was cut off", prev.seq, headName, head.seq)
	}
	return rows.Err()
}

type link struct {
	seq, at                int64
	entry, prev, hash, mac []byte
}

func (j *Journal) checkLink(v *Verification, prev chainHead, l link, c *told) {
	var e AuditEntry
	switch {
	case l.seq != prev.seq+1:
		v.problem("gap", l.seq, "entry %d follows entry %d: what lay between is gone", l.seq, prev.seq)
	case !bytes.Equal(l.prev, prev.hash):
		v.problem("edit", l.seq, "entry %d does not continue entry %d", l.seq, prev.seq)
	}
	switch err := json.Unmarshal(l.entry, &e); {
	case !bytes.Equal(linkHash(l.prev, l.entry), l.hash):
		v.problem("edit", l.seq, "the text of entry %d was changed", l.seq)
	case !hmac.Equal(j.seal.mac(l.hash), l.mac):
		v.problem("edit", l.seq, "entry %d was not written with this journal's key", l.seq)
	case err != nil || e.Seq != l.seq:
		v.problem("edit", l.seq, "entry %d does not say what an entry says", l.seq)
	case e.At != entryTime(timeOf(l.at)):
		v.problem("edit", l.seq, "entry %d is listed under another time than it says", l.seq)
	default:
		c.take(e)
	}
}

// readCheckpoint returns where the chain begins: after what was pruned.
func (j *Journal) readCheckpoint(ctx context.Context, tx *sql.Tx, v *Verification, c *told) (chainHead, error) {
	prev := chainHead{hash: []byte{}}
	var before int64
	var mac []byte
	err := tx.QueryRowContext(ctx, `SELECT seq, hash, pruned_before, mac FROM checkpoint`).Scan(&prev.seq, &prev.hash, &before, &mac)
	if errors.Is(err, sql.ErrNoRows) {
		return chainHead{hash: []byte{}}, nil
	}
	if err != nil {
		return prev, err
	}
	v.Pruned, c.pruned = prev.seq, entryTime(timeOf(before))
	if !hmac.Equal(j.checkpointMAC(prev, before), mac) {
		v.problem("edit", prev.seq, "the checkpoint at entry %d was not written with this journal's key", prev.seq)
	}
	return prev, nil
}

func (j *Journal) checkpointMAC(h chainHead, before int64) []byte {
	var n [16]byte
	binary.BigEndian.PutUint64(n[:8], uint64(h.seq))
	binary.BigEndian.PutUint64(n[8:], uint64(before))
	return j.seal.mac([]byte("checkpoint"), n[:], h.hash)
}

// checkIntents holds the intents, and the requests that were recorded for them, against the last entry
// about each.
func (j *Journal) checkIntents(ctx context.Context, tx *sql.Tx, v *Verification, last map[string]AuditEntry) error {
	rows, err := tx.QueryContext(ctx, `SELECT `+entryColumns+`, `+recordColumns+`, coalesce((SELECT lower(hex(request_digest)) FROM exchanges x WHERE x.id = i.exchange), '') FROM intents i`)
	if err != nil {
		return err
	}
	if err := eachRow(rows, func(rows *sql.Rows) error {
		var sent string
		more, values := pointers(recordCount)
		row, err := scanEntry(func(dest ...any) error { return rows.Scan(append(append(dest, more...), &sent)...) })
		if err != nil {
			return err
		}
		e, ok := last[row.OperationID]
		delete(last, row.OperationID)
		switch {
		case !ok: // pruning keeps the entries of what it keeps
			v.problem("record", 0, "intent %s is in the list but not in the chain", row.OperationID)
		case e.State != row.State:
			v.problem("record", e.Seq, "intent %s is listed as %s, the chain says %s", row.OperationID, row.State, e.State)
		case sent != "" && sent != row.Digest:
			v.problem("record", e.Seq, "the recorded request of intent %s has another body digest than the chain says", row.OperationID)
		default:
			field := row.differs(e)
			if field == "" && e.Record != "" && e.Record != j.seal.vouchRecord(values) {
				field = "the record"
			}
			if field != "" {
				v.problem("record", e.Seq, "%s of intent %s is not what the chain says", field, row.OperationID)
			}
		}
		return nil
	}); err != nil {
		return err
	}
	for op, e := range last {
		v.problem("record", e.Seq, "intent %s is in the chain but not in the list", op)
	}
	return nil
}

// differs names the first field in which an intent's row is not what its last entry says.
func (e AuditEntry) differs(chain AuditEntry) string {
	amount := func(e AuditEntry) string {
		if e.Amount == nil {
			return ""
		}
		return strconv.FormatInt(*e.Amount, 10)
	}
	for _, f := range []struct{ name, row, chain string }{
		{"amount", amount(e), amount(chain)}, {"currency", e.Currency, chain.Currency}, {"body digest", e.Digest, chain.Digest},
		{"target", e.Target, chain.Target}, {"method", e.Method, chain.Method}, {"version", e.Version, chain.Version},
		{"project", e.Project, chain.Project}, {"session", e.SessionID, chain.SessionID}, {"error", e.ErrorCode, chain.ErrorCode},
		{"HTTP status", strconv.Itoa(e.HTTPStatus), strconv.Itoa(chain.HTTPStatus)},
	} {
		if f.row != f.chain {
			return f.name
		}
	}
	return ""
}
