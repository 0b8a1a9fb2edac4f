package journal

import (
	"context"
	"fmt"
	"time"

	"pikedash/pikeapi"
)

// Prune deletes exchanges, notifications, settled intents and audit entries from before a moment, and
// keeps the chain provable: a checkpoint, signed with the journal's key, stands for what was deleted.
// Sessions and operations stay. Intents that are not settled, and what is younger than the life of an
// idempotency key, are never pruned.
func (j *Journal) Prune(ctx context.Context, before time.Time) (Pruned, error) {
	var p Pruned
	now := j.now()
	if limit := now.Add(-pikeapi.KeyLife); before.After(limit) {
		return p, fmt.Errorf("only what is older than 24 hours can be pruned: %s is younger", before.UTC().Format(time.RFC3339))
	}
	err := j.write.do(ctx, func(t *txn) error {
		var err error
		p, err = t.prune(micros(before), now)
		return err
	})
	return p, err
}

// Pruned counts what Prune deleted.
type Pruned struct {
	Exchanges, Webhooks, Intents, Entries int64
}

// prunable selects exchanges that are over and whose intent is settled.
const prunable = `started < ?1 AND outcome <> '' AND intent NOT IN (SELECT id FROM intents WHERE state IN ('sent', 'unknown', 'prepared'))`

func (t *txn) prune(before int64, now time.Time) (Pruned, error) {
	var p Pruned
	if err := t.pruneChain(before, &p); err != nil {
		return p, err
	}
	for _, step := range []struct {
		count *int64
		sql   string
	}{
		{nil, `DELETE FROM bodies WHERE id IN (SELECT request_body FROM exchanges WHERE ` + prunable + ` UNION ALL SELECT response_body FROM exchanges WHERE ` + prunable + `)`},
		{&p.Exchanges, `DELETE FROM exchanges WHERE ` + prunable},
		{nil, `DELETE FROM bodies WHERE id IN (SELECT body FROM webhooks WHERE received < ?1 UNION ALL SELECT sealed FROM webhooks WHERE received < ?1)`},
		{&p.Webhooks, `DELETE FROM webhooks WHERE received < ?1`},
		{&p.Intents, `DELETE FROM intents WHERE created < ?1 AND settled_at < ?1 AND state IN ('accepted', 'refused', 'not_sent', 'resolved')
			AND op_id NOT IN (SELECT coalesce(json_extract(entry, '$.operation'), '') FROM audit)`},
	} {
		res, err := t.run(step.sql, before)
		if err != nil {
			return p, err
		}
		if step.count == nil {
			continue
		}
		if *step.count, err = res.RowsAffected(); err != nil {
			return p, err
		}
	}
	t.change = t.change.merge(Change{Exchanges: true, Webhooks: true, Intents: true})
	note := fmt.Sprintf("pruned before %s: %d exchanges, %d notifications, %d intents, %d entries",
		timeOf(before).Format(time.RFC3339), p.Exchanges, p.Webhooks, p.Intents, p.Entries)
	return p, t.link(AuditEntry{Event: "prune", Note: note, Before: entryTime(timeOf(before))}, now)
}

// pruneChain deletes the links before a moment and leaves a signed checkpoint in their place. What is
// kept of unsettled intents would lose its links, so the chain is cut before the oldest of them.
func (t *txn) pruneChain(before int64, p *Pruned) error {
	var cut int64
	if _, err := t.get([]any{&cut}, `SELECT coalesce(min(a.seq), (SELECT coalesce(max(seq), 0) + 1 FROM audit)) FROM audit a WHERE a.at >= ?1
		OR json_extract(a.entry, '$.operation') IN (SELECT op_id FROM intents WHERE state IN ('sent', 'unknown', 'prepared') OR settled_at >= ?1)`, before); err != nil {
		return err
	}
	var h chainHead
	found, err := t.get([]any{&h.seq, &h.hash}, `SELECT seq, hash FROM audit WHERE seq < ? ORDER BY seq DESC LIMIT 1`, cut)
	if err != nil || !found {
		return err
	}
	if err := t.exec(`INSERT OR REPLACE INTO checkpoint(only, seq, hash, pruned_before, mac) VALUES(1, ?, ?, ?, ?)`,
		h.seq, h.hash, before, t.w.journal.checkpointMAC(h, before)); err != nil {
		return err
	}
	res, err := t.run(`DELETE FROM audit WHERE seq <= ?`, h.seq)
	if err != nil {
		return err
	}
	t.chain = nil
	p.Entries, err = res.RowsAffected()
	return err
}
