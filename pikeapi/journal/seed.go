package journal

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"
)

// SeedOptions say what Seed makes.
type SeedOptions struct {
	Rows     int                                                     // payouts and payments
	Seed     uint64                                                  // the same seed, rows and time make the same data
	Now      time.Time                                               // the newest row is a little older
	Traffic  int                                                     // of how many of the newest sessions exchanges and notifications are made; 0 takes 2,000
	Progress func(done int)                                          // called now and then; may be nil
	Sign     func([]byte) (signature, fingerprint string, err error) // signs the requests; nil leaves them unsigned
	SignHook func([]byte) (signature, keyName string, err error)     // signs the notifications; nil leaves them unsigned
}

const (
	seedBatch   = 5000 // sessions in one transaction
	seedTraffic = 2000
)

// Seed fills the journal with lifelike data, for demonstrations, pictures and measurements. It is
// meant for sandbox journals; see SeedWith.
func (j *Journal) Seed(ctx context.Context, rows int, seed uint64, now time.Time) error {
	return j.SeedWith(ctx, SeedOptions{Rows: rows, Seed: seed, Now: now})
}

// SeedWith is Seed with all options. Into an empty journal the rows go without the indexes that only
// lists need; those are built at the end, or by the next Open when the program is killed before.
func (j *Journal) SeedWith(ctx context.Context, o SeedOptions) error {
	if o.Rows <= 0 {
		return fmt.Errorf("seeding needs at least one row, not %d", o.Rows)
	}
	if o.Traffic == 0 {
		o.Traffic = seedTraffic
	}
	empty, err := j.isEmpty(ctx)
	if err != nil {
		return j.readError(ctx, "seeding", err)
	}
	if empty {
		if err := j.beginLoad(ctx); err != nil {
			return fmt.Errorf("seeding: %w", err)
		}
	}
	if err := j.insertGenerated(ctx, o, !empty); err != nil {
		return fmt.Errorf("seeding: %w", err)
	}
	if !empty {
		return nil
	}
	return j.finishLoad(ctx)
}

// insertGenerated writes batches while the next one is being made up.
func (j *Journal) insertGenerated(ctx context.Context, o SeedOptions, index bool) error {
	type made struct {
		rows []*seedRow
		err  error
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	batches := make(chan made, 1)
	go func() {
		defer close(batches)
		g := newGenerator(o)
		for g.made < o.Rows {
			rows, err := g.batch(min(seedBatch, o.Rows-g.made))
			select {
			case batches <- made{rows, err}:
			case <-ctx.Done():
				return
			}
			if err != nil {
				return
			}
		}
	}()
	done := 0
	for m := range batches {
		if m.err != nil {
			return m.err
		}
		if err := j.write.do(ctx, func(t *txn) error { return t.insertSeeds(m.rows, index) }); err != nil {
			return err
		}
		if done += len(m.rows); o.Progress != nil {
			o.Progress(done)
		}
	}
	return ctx.Err()
}

func (j *Journal) isEmpty(ctx context.Context) (bool, error) {
	var n int
	err := j.read.QueryRowContext(ctx, `SELECT count(*) FROM (SELECT 1 FROM sessions UNION ALL SELECT 1 FROM exchanges LIMIT 1)`).Scan(&n)
	return n == 0, err
}

// beginLoad takes the list indexes away until finishLoad. Pages work meanwhile, more slowly.
func (j *Journal) beginLoad(ctx context.Context) error {
	if err := j.write.do(ctx, (*txn).dropIndexes); err != nil {
		return err
	}
	return j.tune(ctx, loadCache, loadLog)
}

func (t *txn) dropIndexes() error {
	if err := t.exec(`INSERT OR REPLACE INTO meta(key, value) VALUES('loading', 1)`); err != nil {
		return err
	}
	for _, statement := range listIndexes {
		if err := t.execOnce("DROP INDEX IF EXISTS " + strings.Fields(statement)[2]); err != nil {
			return err
		}
	}
	return t.execOnce(`DROP TRIGGER IF EXISTS sessions_counted_new`)
}

// finishLoad builds what beginLoad took away, also after a crash in between. It does nothing when no
// load was under way.
func (j *Journal) finishLoad(ctx context.Context) error {
	var loading int
	err := j.read.QueryRowContext(ctx, `SELECT count(*) FROM meta WHERE key = 'loading'`).Scan(&loading)
	if err != nil || loading == 0 {
		return j.readError(ctx, "looking for an unfinished load", err)
	}
	if err := j.tune(ctx, loadCache, loadLog); err != nil {
		return err
	}
	if err := j.buildIndexes(ctx); err != nil {
		return fmt.Errorf("building an index: %w", err)
	}
	if err := j.buildSearch(ctx); err != nil {
		return fmt.Errorf("building the text search: %w", err)
	}
	if err := j.write.do(ctx, func(t *txn) error {
		t.change.Sessions = true
		for _, statement := range []string{
			strings.Replace(newSessionTrigger, "CREATE TRIGGER ", "CREATE TRIGGER IF NOT EXISTS ", 1), `DELETE FROM counted`, countAll, `DELETE FROM meta WHERE key = 'loading'`,
		} {
			if err := t.execOnce(statement); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		return err
	}
	return j.tune(ctx, usualCache, usualLog)
}

// buildIndexes builds the indexes of the lists, one at a time: others can write in between.
func (j *Journal) buildIndexes(ctx context.Context) error {
	for _, statement := range listIndexes {
		build := strings.Replace(statement, "CREATE INDEX ", "CREATE INDEX IF NOT EXISTS ", 1)
		if err := j.write.do(ctx, func(t *txn) error { return t.execOnce(build) }); err != nil {
			return err
		}
	}
	return nil
}

// The page caches of the writing connection, in kibibytes, and the pages of its log that are left
// before a checkpoint. A load writes at the end of its tables: a cache for one transaction is enough,
// and every page more costs more to get and to give back than it saves. Indexes are sorted in memory
// of their own.
const (
	usualCache, usualLog = 2000, 1000
	loadCache, loadLog   = 16000, 16000
)

func (j *Journal) tune(ctx context.Context, cache, log int) error {
	return j.write.apart(ctx, func(ctx context.Context, c *sql.Conn) error {
		_, err := c.ExecContext(ctx, fmt.Sprintf("PRAGMA cache_size=-%d; PRAGMA wal_autocheckpoint=%d", cache, log))
		return err
	})
}

// searchBatch is how many sessions are indexed in one transaction.
const searchBatch = 20000

// buildSearch indexes the sessions that the text search does not hold yet.
func (j *Journal) buildSearch(ctx context.Context) error {
	for {
		more := false
		err := j.write.do(ctx, func(t *txn) error {
			var from, last int64
			if _, err := t.get([]any{&from}, `SELECT value FROM meta WHERE key = 'searched'`); err != nil {
				return err
			}
			if _, err := t.get([]any{&last}, `SELECT coalesce(max(id), 0) FROM (SELECT id FROM sessions WHERE id > ? ORDER BY id LIMIT ?)`, from, searchBatch); err != nil {
				return err
			}
			if more = last > 0; !more {
				return t.exec(`DELETE FROM meta WHERE key = 'searched'`)
			}
			if err := t.exec(`INSERT OR REPLACE INTO search(rowid, text)
				SELECT s.id, s.text || char(10) || coalesce((SELECT group_concat(o.text, char(10)) FROM operations o WHERE o.session_row = s.id), '')
				FROM sessions s WHERE s.id > ? AND s.id <= ?`, from, last); err != nil {
				return err
			}
			return t.exec(`INSERT OR REPLACE INTO meta(key, value) VALUES('searched', ?)`, last)
		})
		if err != nil || !more {
			return err
		}
	}
}

// execOnce runs a statement without keeping it.
func (t *txn) execOnce(query string) error {
	_, err := t.w.conn.ExecContext(t.ctx, query)
	return err
}
