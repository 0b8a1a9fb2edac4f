package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"pikedash/pikeapi"
)

// RecordPrepared records a request that was made to be sent later, perhaps by somebody else. It is
// listed as prepared; Begin takes it to sent.
func (j *Journal) RecordPrepared(ctx context.Context, p *pikeapi.Prepared) error {
	if !p.Method.Mutates {
		return nil
	}
	now := j.now()
	return j.write.do(ctx, func(t *txn) error {
		var n int
		if found, err := t.get([]any{&n}, `SELECT 1 FROM intents WHERE op_id = ?`, p.ID); err != nil || found {
			return err
		}
		t.change.Intents = true
		intent, err := t.insertIntent(p, StatePrepared, now, micros(now), expiryOf(p, now), 0, 0)
		if err != nil {
			return err
		}
		entry, err := t.intentEntry(intent, "prepared")
		if err != nil {
			return err
		}
		entry.KeyFingerprint = p.KeyFingerprint
		return t.link(entry, now)
	})
}

// Used returns the newest request that was sent with an idempotency key, or, where the method takes
// none, with the same body; nil when there is none. What provably did not leave is not counted.
func (j *Journal) Used(ctx context.Context, key string, digest pikeapi.Digest) (*IntentRow, error) {
	where, arg := `t.idem_key = ? AND t.idem_key <> ''`, any(key)
	if key == "" {
		where, arg = `t.digest = ?`, digest[:]
	}
	rows, err := j.read.QueryContext(ctx, `SELECT `+intentColumns+` FROM intents t WHERE `+where+` AND t.state NOT IN ('prepared', 'not_sent') ORDER BY t.id DESC LIMIT 1`, arg)
	if err != nil {
		return nil, j.readError(ctx, "looking for an earlier sending", err)
	}
	all, err := scanAll(rows, scanIntent)
	if err != nil || len(all) == 0 {
		return nil, j.readError(ctx, "looking for an earlier sending", err)
	}
	return &all[0], nil
}

// OpenBody returns the exact bytes of an intent for a resend. They are kept until the intent is final
// or its key has expired; those with a security code only as long as the program runs.
func (j *Journal) OpenBody(ctx context.Context, operationID string) ([]byte, error) {
	if body := j.remembered(operationID); body != nil {
		return body, nil
	}
	var sealed []byte
	err := j.read.QueryRowContext(ctx, `SELECT b.data FROM intents i JOIN bodies b ON b.id = i.sealed WHERE i.op_id = ?`, operationID).Scan(&sealed)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("the bytes of request %s are not kept: it is settled, its key has expired, or it held a security code: %w", operationID, ErrNotFound)
	}
	if err != nil {
		return nil, storageError("reading a kept body", j.path, err)
	}
	return j.seal.open(sealed, sealIntent(operationID))
}
