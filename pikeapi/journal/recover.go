package journal

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"pikedash/pikeapi"
)

// Recover turns intents to unknown whose program has died or whose outcome could not be written, and
// erases kept bodies whose key has expired. Open and the journal's own watch call it. It returns how
// many intents became unknown.
func (j *Journal) Recover(ctx context.Context) (int, error) {
	dead, err := j.deadOwners(ctx)
	if err != nil {
		return 0, storageError("looking for what ended programs left", j.path, err)
	}
	lost := j.lost.list()
	expired, err := j.expiredBodies(ctx)
	if err != nil {
		return 0, storageError("looking for expired keys", j.path, err)
	}
	if len(dead) == 0 && len(lost) == 0 && len(expired) == 0 {
		return 0, nil
	}
	n := 0
	err = j.write.do(ctx, func(t *txn) error {
		n = 0
		for _, owner := range dead {
			m, err := t.abandonOwner(owner, "the program ended before the answer was recorded")
			if err != nil {
				return err
			}
			n += m
		}
		for _, exchange := range lost {
			m, err := t.abandon(`e.id = ?`, exchange, "the answer came, but could not be written to the disk")
			if err != nil {
				return err
			}
			n += m
		}
		for _, intent := range expired {
			if err := t.eraseBody(intent); err != nil {
				return err
			}
			t.change.Intents = true
		}
		return nil
	})
	if err == nil {
		j.lost.drop(lost)
	}
	return n, err
}

func (j *Journal) deadOwners(ctx context.Context) ([]string, error) {
	owners, err := readStrings(ctx, j.read, `SELECT DISTINCT owner FROM exchanges WHERE outcome = ''`)
	if err != nil {
		return nil, err
	}
	var dead []string
	for _, o := range owners {
		if o != j.live.id && isDead(j.folder, o) {
			dead = append(dead, o)
		}
	}
	return dead, nil
}

// expiredBodies lists intents whose kept body has outlived its key, by the latest time ever seen.
func (j *Journal) expiredBodies(ctx context.Context) (ids []int64, err error) {
	rows, err := j.read.QueryContext(ctx, `SELECT id FROM intents WHERE sealed <> 0 AND state <> 'sent'
		AND expires < max(?, coalesce((SELECT clock FROM exchanges ORDER BY id DESC LIMIT 1), 0))`, micros(j.now()))
	if err != nil {
		return nil, err
	}
	return scanAll(rows, func(rows *sql.Rows) (id int64, err error) { return id, rows.Scan(&id) })
}

// abandonOwn turns what this program has under way to unknown, before it closes.
func (j *Journal) abandonOwn(ctx context.Context) error {
	var open int
	err := j.read.QueryRowContext(ctx, `SELECT count(*) FROM exchanges WHERE outcome = '' AND owner = ?`, j.live.id).Scan(&open)
	if err != nil || open == 0 {
		return err
	}
	return j.write.do(ctx, func(t *txn) error {
		_, err := t.abandonOwner(j.live.id, "the program was closed before the answer came")
		return err
	})
}

func (t *txn) abandonOwner(owner, reason string) (int, error) {
	return t.abandon(`e.id IN (SELECT id FROM exchanges INDEXED BY exchanges_open WHERE outcome = '' AND owner = ?)`, owner, reason)
}

// abandon gives up the open exchanges that a condition selects, and their intents.
func (t *txn) abandon(condition string, arg any, reason string) (int, error) {
	type open struct {
		exchange, intent int64
		state            string
	}
	var all []open
	err := t.each(func(rows *sql.Rows) error {
		var o open
		if err := rows.Scan(&o.exchange, &o.intent, &o.state); err != nil {
			return err
		}
		all = append(all, o)
		return nil
	}, `SELECT e.id, e.intent, coalesce(i.state, '') FROM exchanges e LEFT JOIN intents i ON i.id = e.intent WHERE `+condition, arg)
	if err != nil {
		return 0, err
	}
	now := t.w.journal.now()
	n := 0
	for _, o := range all {
		t.change.Exchanges = true
		if err := t.exec(`UPDATE exchanges SET outcome = ?, error_text = ?, finished = ? WHERE id = ? AND outcome = ''`, string(pikeapi.Unknown), reason, micros(now), o.exchange); err != nil {
			return n, err
		}
		if IntentState(o.state) != StateSent {
			if o.intent == 0 {
				continue
			}
			if err := t.linkLate(o.intent, o.exchange, "recovered", now); err != nil {
				return n, err
			}
			continue
		}
		if err := t.settle(o.intent, StateUnknown, "recovered", reason, "", now); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// Resolve settles an unknown intent by hand. The note says why and is kept in the audit chain.
func (j *Journal) Resolve(ctx context.Context, operationID, note string) error {
	note = strings.TrimSpace(pikeapi.MaskText(note))
	if note == "" {
		return fmt.Errorf("a note is needed: how was it found out what became of request %s", operationID)
	}
	err := j.write.do(ctx, func(t *txn) error {
		var id int64
		var state string
		found, err := t.get([]any{&id, &state}, `SELECT id, state FROM intents WHERE op_id = ?`, operationID)
		if err != nil {
			return err
		}
		if !found {
			return fmt.Errorf("request %s: %w", operationID, ErrNotFound)
		}
		if IntentState(state) != StateUnknown {
			return fmt.Errorf("request %s is %s: only an unknown one can be resolved by hand", operationID, stateWord(IntentState(state)))
		}
		return t.settle(id, StateResolved, "resolved", "resolved by hand", note, t.w.journal.now())
	})
	if err == nil {
		j.forget(operationID)
	}
	return err
}
