package sandbox

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	_ "modernc.org/sqlite" // the database driver "sqlite"
)

// sqliteStore keeps the state in one table. A single writer groups what waits into one transaction
// with synchronous=FULL: many requests share one flush to disk, and none is answered before its own.
type sqliteStore struct {
	db     *sql.DB
	conn   *sql.Conn
	put    *sql.Stmt
	drop   *sql.Stmt
	single bool // one transaction for each commit, for comparison

	mu     sync.Mutex
	ready  *sync.Cond
	queue  []waiting
	closed bool
	gone   chan struct{}
	failed []change // could not be written yet; they go first in the next transaction
}

type waiting struct {
	changes []change
	done    func(error)
}

// stateFile is the database within the state folder.
const stateFile = "sandbox.db"

const stateSchema = `CREATE TABLE IF NOT EXISTS entity (
	kind TEXT NOT NULL, id TEXT NOT NULL, data BLOB NOT NULL, PRIMARY KEY (kind, id)) WITHOUT ROWID`

// openStore opens or makes the state in dir. A folder that another sandbox uses is refused.
func openStore(dir string, single bool) (*sqliteStore, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("making the state folder: %w", err)
	}
	path := filepath.Join(dir, stateFile)
	if err := makePrivate(path); err != nil {
		return nil, err
	}
	db, err := sql.Open("sqlite", "file:"+uriPath(path))
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", path, err)
	}
	db.SetMaxOpenConns(1)
	s := &sqliteStore{db: db, single: single, gone: make(chan struct{})}
	s.ready = sync.NewCond(&s.mu)
	if err := s.prepare(); err != nil {
		return nil, errors.Join(stateError(path, err), db.Close())
	}
	go s.write()
	return s, nil
}

// makePrivate makes the file readable by its owner only before the database writes to it.
func makePrivate(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("making %s: %w", path, err)
	}
	return f.Close()
}

// uriPath escapes what means something in a file: address.
func uriPath(path string) string {
	return strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(path)
}

func (s *sqliteStore) prepare() (err error) {
	ctx := context.Background()
	if s.conn, err = s.db.Conn(ctx); err != nil {
		return err
	}
	for _, q := range []string{
		// A row of one or two kilobytes stays within a page of this size; in a smaller one most of it
		// would go to a page of its own.
		"PRAGMA page_size=16384",
		"PRAGMA locking_mode=EXCLUSIVE", "PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL",
		"BEGIN EXCLUSIVE", stateSchema, "COMMIT",
	} {
		if _, err := s.conn.ExecContext(ctx, q); err != nil {
			return err
		}
	}
	if s.put, err = s.conn.PrepareContext(ctx, "INSERT OR REPLACE INTO entity (kind, id, data) VALUES (?, ?, ?)"); err != nil {
		return err
	}
	s.drop, err = s.conn.PrepareContext(ctx, "DELETE FROM entity WHERE kind = ? AND id = ?")
	return err
}

// ErrInUse says that another running sandbox has the state folder.
var ErrInUse = errors.New("the state is in use by another running sandbox")

func stateError(path string, err error) error {
	if strings.Contains(err.Error(), "locked") || strings.Contains(err.Error(), "busy") {
		return fmt.Errorf("%s: %w", path, ErrInUse)
	}
	return fmt.Errorf("opening %s: %w", path, err)
}

func (s *sqliteStore) load(each func(kind, id string, data []byte) error) (err error) {
	rows, err := s.conn.QueryContext(context.Background(), "SELECT kind, id, data FROM entity ORDER BY kind, id")
	if err != nil {
		return fmt.Errorf("reading the state: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var kind, id string
		var data []byte
		if err := rows.Scan(&kind, &id, &data); err != nil {
			return fmt.Errorf("reading the state: %w", err)
		}
		if err := each(kind, id, data); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (s *sqliteStore) commit(changes []change, done func(error)) {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		done(errors.New("the sandbox is shut down"))
		return
	}
	s.queue = append(s.queue, waiting{changes, done})
	s.ready.Signal()
	s.mu.Unlock()
}

// write is the one writer.
func (s *sqliteStore) write() {
	defer close(s.gone)
	for {
		s.mu.Lock()
		for len(s.queue) == 0 && !s.closed {
			s.ready.Wait()
		}
		batch := s.queue
		if s.single && len(batch) > 1 {
			batch = batch[:1]
		}
		s.queue = s.queue[len(batch):]
		if len(s.queue) == 0 {
			s.queue = nil
		}
		s.mu.Unlock()
		if len(batch) == 0 {
			return
		}
		err := s.writeBatch(batch)
		for _, w := range batch {
			w.done(err)
		}
	}
}

func (s *sqliteStore) writeBatch(batch []waiting) error {
	changes := s.failed
	for _, w := range batch {
		changes = append(changes, w.changes...)
	}
	changes = lastOnly(changes)
	if err := s.transact(changes); err != nil {
		s.failed = changes
		return fmt.Errorf("writing the sandbox's state: %w", err)
	}
	s.failed = nil
	return nil
}

// lastOnly drops what is written again later in the same group.
func lastOnly(changes []change) []change {
	last := make(map[entityKey]int, len(changes))
	for i, c := range changes {
		last[entityKey{c.kind, c.id}] = i
	}
	kept := make([]change, 0, len(last))
	for i, c := range changes {
		if last[entityKey{c.kind, c.id}] == i {
			kept = append(kept, c)
		}
	}
	return kept
}

func (s *sqliteStore) transact(changes []change) error {
	ctx := context.Background()
	if _, err := s.conn.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return err
	}
	err := s.writeChanges(ctx, changes)
	if err == nil {
		_, err = s.conn.ExecContext(ctx, "COMMIT")
	}
	if err != nil {
		_, undo := s.conn.ExecContext(ctx, "ROLLBACK")
		return errors.Join(err, undo)
	}
	return nil
}

func (s *sqliteStore) writeChanges(ctx context.Context, changes []change) error {
	for _, c := range changes {
		var err error
		if c.data == nil {
			_, err = s.drop.ExecContext(ctx, c.kind, c.id)
		} else {
			_, err = s.put.ExecContext(ctx, c.kind, c.id, c.data)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// close writes what waits and closes the database.
func (s *sqliteStore) close() error {
	s.mu.Lock()
	s.closed = true
	s.ready.Signal()
	s.mu.Unlock()
	<-s.gone
	return errors.Join(s.put.Close(), s.drop.Close(), s.conn.Close(), s.db.Close())
}
