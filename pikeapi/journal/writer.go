package journal

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"sync"
	"sync/atomic"
)

// maxBatch is how many writes share one commit at most.
const maxBatch = 256

// A writer is the one goroutine that writes. Writes that arrive while a commit is on its way to the
// disk share the next one, so that full durability costs one fsync per group and not per write.
type writer struct {
	journal *Journal
	db      *sql.DB
	conn    *sql.Conn
	head    *headFile
	batch   int

	jobs   chan *job
	done   chan struct{}
	mu     sync.RWMutex // guards closed against sends on jobs
	closed bool

	stmts map[string]*sql.Stmt // used by the goroutine only
}

// A job is one write. Either it is wholly in a commit that succeeded, or it left nothing.
type job struct {
	do    func(*txn) error                       // within the transaction
	apart func(context.Context, *sql.Conn) error // outside of any transaction
	state atomic.Int32
	done  chan error
}

const (
	jobWaiting = iota
	jobTaken
	jobAbandoned
)

func newWriter(j *Journal, db *sql.DB, head *headFile, single bool) *writer {
	w := &writer{
		journal: j, db: db, head: head, batch: maxBatch,
		jobs: make(chan *job, maxBatch), done: make(chan struct{}), stmts: map[string]*sql.Stmt{},
	}
	if single {
		w.batch = 1
	}
	go w.run()
	return w
}

// do runs f in a transaction and returns when it is on disk. When ctx ends before the writer took the
// job, it is given up; once it was taken its fate is waited for, so that nil and error stay certain.
func (w *writer) do(ctx context.Context, f func(*txn) error) error {
	return w.submit(ctx, &job{do: f, done: make(chan error, 1)})
}

// apart runs f on the writing connection between transactions.
func (w *writer) apart(ctx context.Context, f func(context.Context, *sql.Conn) error) error {
	return w.submit(ctx, &job{apart: f, done: make(chan error, 1)})
}

func (w *writer) submit(ctx context.Context, jb *job) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	w.mu.RLock()
	if w.closed {
		w.mu.RUnlock()
		return ErrClosed
	}
	select {
	case w.jobs <- jb:
		w.mu.RUnlock()
	case <-ctx.Done():
		w.mu.RUnlock()
		return ctx.Err()
	}
	select {
	case err := <-jb.done:
		return err
	case <-ctx.Done():
		if jb.state.CompareAndSwap(jobWaiting, jobAbandoned) {
			return ctx.Err()
		}
		return <-jb.done
	}
}

func (w *writer) run() {
	defer close(w.done)
	for jb := range w.jobs {
		group := []*job{jb}
		for len(group) < w.batch {
			select {
			case more, ok := <-w.jobs:
				if ok {
					group = append(group, more)
					continue
				}
			default:
			}
			break
		}
		w.process(group)
	}
}

// process runs the jobs of a group in order; those that need no transaction go first.
func (w *writer) process(group []*job) {
	var inside []*job
	for _, jb := range group {
		switch {
		case !jb.state.CompareAndSwap(jobWaiting, jobTaken):
			// Given up by its caller.
		case jb.apart != nil:
			jb.done <- w.withConn(func(ctx context.Context) error { return jb.apart(ctx, w.conn) })
		default:
			inside = append(inside, jb)
		}
	}
	if len(inside) > 0 {
		w.commit(inside)
	}
}

// withConn runs f with the connection open. Nothing that a caller cancels may interrupt the
// transaction of the others, so f gets a context of the writer's own.
func (w *writer) withConn(f func(context.Context) error) error {
	ctx := context.Background()
	if w.conn == nil {
		conn, err := w.db.Conn(ctx)
		if err != nil {
			return storageError("opening", w.journal.path, err)
		}
		w.conn = conn
	}
	return f(ctx)
}

// commit runs jobs in one transaction and answers each of them.
func (w *writer) commit(jobs []*job) {
	errs := make([]error, len(jobs))
	t := &txn{w: w}
	err := w.withConn(func(ctx context.Context) error {
		t.ctx = ctx
		return w.transact(t, jobs, errs)
	})
	for i := range jobs {
		if errs[i] == nil {
			errs[i] = storageError("writing", w.journal.path, err)
		}
	}
	if err == nil {
		if t.chain != nil {
			w.head.advance(*t.chain, func(now *chainHead) bool {
				if now.seq == t.began.seq && now.seq > 0 {
					return bytes.Equal(now.hash, t.began.hash)
				}
				// Another program's commit is not in its head yet.
				same, err := sameLink(t.ctx, w.conn, now)
				return err == nil && same
			})
		}
		w.journal.hub.publish(t.change)
	}
	for i, jb := range jobs {
		jb.done <- errs[i]
	}
}

func (w *writer) transact(t *txn, jobs []*job, errs []error) error {
	if _, err := w.conn.ExecContext(t.ctx, `BEGIN IMMEDIATE`); err != nil {
		return err
	}
	for i, jb := range jobs {
		if err := w.runOne(t, jb, len(jobs) > 1, &errs[i]); err != nil {
			return errors.Join(err, w.rollback(t.ctx))
		}
	}
	if len(jobs) == 1 && errs[0] != nil {
		// Its own fault, not the group's: the caller gets errs[0].
		return errors.Join(errs[0], w.rollback(t.ctx))
	}
	if _, err := w.conn.ExecContext(t.ctx, `COMMIT`); err != nil {
		return errors.Join(err, w.rollback(t.ctx))
	}
	return nil
}

// runOne runs one job so that its failure undoes only itself. The error is that of the whole group.
func (w *writer) runOne(t *txn, jb *job, grouped bool, fault *error) error {
	if !grouped {
		*fault = storageFault("writing", w.journal.path, jb.do(t))
		return nil
	}
	if err := t.exec(`SAVEPOINT job`); err != nil {
		return err
	}
	change := t.change
	if err := jb.do(t); err != nil {
		*fault = storageFault("writing", w.journal.path, err)
		t.change, t.chain = change, nil
		// A full disk may have ended the whole transaction: then this fails, and so does the group.
		if err := t.exec(`ROLLBACK TO job`); err != nil {
			return err
		}
	}
	return t.exec(`RELEASE job`)
}

// rollback ends a failed transaction. SQLite may have ended it already, which is not an error here.
func (w *writer) rollback(ctx context.Context) error {
	if _, err := w.conn.ExecContext(ctx, `ROLLBACK`); err != nil {
		if _, berr := w.conn.ExecContext(ctx, `BEGIN`); berr == nil {
			_, err = w.conn.ExecContext(ctx, `ROLLBACK`)
			return err
		}
		return err
	}
	return nil
}

// close ends the goroutine after the jobs that wait, and closes the database.
func (w *writer) close() error {
	w.mu.Lock()
	already := w.closed
	w.closed = true
	if !already {
		close(w.jobs)
	}
	w.mu.Unlock()
	if already {
		return nil
	}
	<-w.done
	var errs []error
	for _, s := range w.stmts {
		errs = append(errs, s.Close())
	}
	if w.conn != nil {
		errs = append(errs, w.conn.Close())
	}
	return errors.Join(append(errs, w.db.Close(), w.head.close())...)
}
