package journal

import (
	"context"
	"database/sql"
	"errors"

	"pikedash/pikeapi"
)

// RuleSetAside is the BlockedError rule for the first call after the journal was found damaged.
const RuleSetAside = "journal_set_aside"

// A hold is kept in the journal when it was found damaged: what was unknown, and how much was sent, may
// be lost. Whichever program found it, the next call that would change something is refused once, in
// any program, and says why. Given again it is meant.
const (
	// lookFirst is what a damage means; the next attempt is the operator's answer to it.
	lookFirst = ", so unknown outcomes may be missing here: look at Pike what was sent lately before paying anything again"

	holdKey  = "hold"
	foundKey = "hold_found" // the last damage that a hold was made for
)

// holdBack makes a hold for a damage, once.
func (j *Journal) holdBack(ctx context.Context, db execer, damage string) error {
	if _, err := db.ExecContext(ctx, `INSERT INTO meta(key, value) SELECT ?1, ?2 WHERE NOT EXISTS (SELECT 1 FROM meta WHERE key = ?3 AND value = ?2)
		ON CONFLICT(key) DO UPDATE SET value = excluded.value`, holdKey, damage, foundKey); err != nil {
		return err
	}
	_, err := db.ExecContext(ctx, `INSERT OR REPLACE INTO meta(key, value) VALUES(?, ?)`, foundKey, damage)
	return err
}

type execer interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// checkDamage looks whether the end of the journal is missing, and repeats a hold that nobody has met
// yet as a warning.
func (j *Journal) checkDamage(ctx context.Context) error {
	damage, err := j.checkHead(ctx)
	if err != nil {
		return storageError("checking", j.path, err)
	}
	if damage != "" {
		damage += lookFirst
		if err := j.write.apart(ctx, func(ctx context.Context, c *sql.Conn) error { return j.holdBack(ctx, c, damage) }); err != nil {
			return err
		}
	}
	var hold string
	err = j.read.QueryRowContext(ctx, `SELECT value FROM meta WHERE key = ?`, holdKey).Scan(&hold)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return storageError("checking", j.path, err)
	}
	j.warnings = append(j.warnings, hold)
	return nil
}

// checkHold refuses a call that would change something while there is a hold.
func (t *txn) checkHold() error {
	var damage string
	found, err := t.get([]any{&damage}, `SELECT value FROM meta WHERE key = 'hold'`)
	if err != nil || !found {
		return err
	}
	return &pikeapi.BlockedError{Rule: RuleSetAside, Reason: damage + "; the next attempt goes out"}
}

// releaseHold ends a hold: somebody was told of it.
func (j *Journal) releaseHold(ctx context.Context) error {
	return j.write.do(context.WithoutCancel(ctx), func(t *txn) error { return t.exec(`DELETE FROM meta WHERE key = 'hold'`) })
}
