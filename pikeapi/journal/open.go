package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	sqlite "modernc.org/sqlite"
)

// Options set what a journal takes from outside. The zero value is what programs use.
type Options struct {
	Now  func() time.Time // the clock; nil takes time.Now
	Tick <-chan time.Time // when to look for writes of other programs; nil ticks every 400 ms
	Busy time.Duration    // how long to wait for another program's write; 0 takes 5 s

	single bool // one commit per write, for measuring what grouping gains
}

const (
	defaultBusy = 5 * time.Second
	defaultPoll = 400 * time.Millisecond
	readers     = 3 // connections for reading
)

// Journal is the durable memory of one environment. It may be used by many goroutines, and several
// programs may have the same one open.
type Journal struct {
	folder, path string
	environment  string
	now          func() time.Time
	seal         *sealer
	live         *liveLock
	write        *writer
	read         *sql.DB
	hub          *hub
	warnings     []string

	closing  sync.Once
	closed   error
	stopPoll context.CancelFunc
	polling  sync.WaitGroup
	lost     lostFinishes
	limits   limits
	grams    gramStats
	latest   atomic.Int64 // the latest time that a Begin has seen, microseconds
	erased   atomic.Bool  // kept bodies were erased, and still stand in the write-ahead log
}

// Open opens or makes the journal of an environment, DIR/ENVIRONMENT/journal.db with journal.key
// beside it. Intents of programs that have died become unknown. A damaged file is set aside, see
// Warnings; one of a newer program is refused with a *SchemaError, and what the disk prevents with a
// *StorageError.
func Open(ctx context.Context, dir, environment string, o Options) (*Journal, error) {
	folder, err := prepareFolder(dir, environment)
	if err != nil {
		return nil, err
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Busy == 0 {
		o.Busy = defaultBusy
	}
	j := &Journal{
		folder: folder, path: filepath.Join(folder, dbName), environment: environment,
		now: o.Now, hub: newHub(), limits: defaultLimits(),
	}
	if err := withOpenLock(folder, func() error { return j.open(ctx, o) }); err != nil {
		return nil, errors.Join(err, j.closeParts())
	}
	j.startPolling(o.Tick)
	return j, nil
}

func (j *Journal) open(ctx context.Context, o Options) error {
	for _, name := range []string{dbName, dbName + "-wal", dbName + "-shm", keyName, headName, openName} {
		if err := prepareFile(filepath.Join(j.folder, name)); err != nil {
			return err
		}
	}
	others, err := sweepLocks(j.folder, "")
	if err != nil {
		return err
	}
	conn, err := j.openDatabase(ctx, o)
	var fault *StorageError
	if errors.As(err, &fault) && fault.Fault == FaultCorrupt {
		if others > 0 {
			return fmt.Errorf("%w: another pikedash has it open; close that one first, then it is set aside", err)
		}
		if conn, err = j.replaceDamaged(ctx, o, err); err != nil {
			return err
		}
	} else if err != nil {
		return err
	}
	if j.live, err = takeLiveLock(j.folder, uuid.NewString()); err != nil {
		return errors.Join(err, conn.Close())
	}
	head, err := openHead(filepath.Join(j.folder, headName), j.seal)
	if err != nil {
		return errors.Join(err, conn.Close())
	}
	j.write = newWriter(j, conn, head, o.single)
	if j.read, err = openPool(j.path, o.Busy, true); err != nil {
		return err
	}
	j.read.SetMaxOpenConns(readers)
	j.read.SetMaxIdleConns(readers)
	return j.finishOpening(ctx)
}

// finishOpening settles what ended programs left behind.
func (j *Journal) finishOpening(ctx context.Context) error {
	if err := j.checkDamage(ctx); err != nil {
		return err
	}
	if _, err := j.Recover(ctx); err != nil {
		return err
	}
	return j.finishLoad(ctx)
}

// replaceDamaged sets a damaged database aside and starts a new one.
func (j *Journal) replaceDamaged(ctx context.Context, o Options, cause error) (*sql.DB, error) {
	aside, err := setAside(j.folder, j.now())
	if err != nil {
		return nil, errors.Join(cause, err)
	}
	conn, err := j.openDatabase(ctx, o)
	if err != nil {
		return nil, err
	}
	damage := "the journal was damaged" + lookFirst + "; it is set aside as " + aside
	if err := j.holdBack(ctx, conn, damage); err != nil {
		return nil, errors.Join(storageError("opening", j.path, err), conn.Close())
	}
	return conn, nil
}

// openDatabase opens the file for writing, checks it and brings its schema up to date.
func (j *Journal) openDatabase(ctx context.Context, o Options) (*sql.DB, error) {
	info, err := os.Lstat(j.path)
	have := err == nil && info.Size() > 0
	if j.seal, err = readKey(j.folder, have); err != nil {
		return nil, err
	}
	if err := createFile(j.path); err != nil {
		return nil, err
	}
	db, err := openPool(j.path, o.Busy, false)
	if err != nil {
		return nil, err
	}
	// One connection: everything that is written goes through it, and PRAGMA data_version on it
	// changes for the writes of others only.
	db.SetMaxOpenConns(1)
	db.SetMaxIdleConns(1)
	if err := j.prepareDatabase(ctx, db, info); err != nil {
		return nil, errors.Join(storageError("opening", j.path, err), db.Close())
	}
	return db, nil
}

func (j *Journal) prepareDatabase(ctx context.Context, db *sql.DB, info os.FileInfo) error {
	var mode string
	if err := db.QueryRowContext(ctx, `PRAGMA journal_mode=WAL`).Scan(&mode); err != nil {
		return err
	}
	if mode != "wal" {
		return fmt.Errorf("the file system does not let SQLite keep a write-ahead log (mode %q): name another state folder", mode)
	}
	if info != nil && info.Size() < quickCheckBelow {
		if err := quickCheck(ctx, db); err != nil {
			return err
		}
	}
	if err := migrate(ctx, db, j.path, j.now(), len(migrations())); err != nil {
		return err
	}
	return checkKey(ctx, db, j.seal, j.environment)
}

// quickCheckBelow is the size in bytes up to which a whole check at start costs little.
const quickCheckBelow = 8 << 20

func quickCheck(ctx context.Context, db *sql.DB) error {
	var said string
	if err := db.QueryRowContext(ctx, `PRAGMA quick_check(1)`).Scan(&said); err != nil {
		return err
	}
	if said != "ok" {
		return &StorageError{Fault: FaultCorrupt, Doing: "checking", Path: dbName, Err: errors.New(said)}
	}
	return nil
}

// checkKey holds the key against the one that the journal was made with.
func checkKey(ctx context.Context, db *sql.DB, s *sealer, environment string) error {
	if _, err := db.ExecContext(ctx, `INSERT OR IGNORE INTO meta(key, value) VALUES('key', ?), ('environment', ?)`, s.id, environment); err != nil {
		return err
	}
	var id string
	if err := db.QueryRowContext(ctx, `SELECT value FROM meta WHERE key = 'key'`).Scan(&id); err != nil {
		return err
	}
	if id != s.id {
		return errors.New("journal.key is not the key that journal.db was made with: restore the right one, or move journal.db away to start anew")
	}
	return nil
}

// openPool opens connections to the file at path.
func openPool(path string, busy time.Duration, readOnly bool) (*sql.DB, error) {
	q := url.Values{}
	q.Set("_busy_timeout", fmt.Sprint(busy.Milliseconds()))
	q.Set("_synchronous", "FULL")
	q.Set("_dqs", "0")
	q.Add("_pragma", fmt.Sprintf("cache_size(-%d)", usualCache))
	q.Add("_pragma", "temp_store(MEMORY)")
	if readOnly {
		q.Set("_query_only", "1")
	} else {
		// What is deleted is overwritten: encrypted bodies do not linger in free pages.
		q.Add("_pragma", "secure_delete(ON)")
		q.Add("_pragma", "journal_size_limit(67108864)")
	}
	name := url.URL{Scheme: "file", Opaque: (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath(), RawQuery: q.Encode()}
	connector, err := sqlite.NewConnector(name.String())
	if err != nil {
		return nil, fmt.Errorf("naming the journal %s: %w", path, err)
	}
	return sql.OpenDB(connector), nil
}

// Warnings are what an operator should be told about the opening, such as a damaged file set aside.
func (j *Journal) Warnings() []string { return append([]string(nil), j.warnings...) }

// Path is the path of the database.
func (j *Journal) Path() string { return j.path }

// Environment is the name of the environment that the journal belongs to.
func (j *Journal) Environment() string { return j.environment }

// Close turns what is still under way to unknown, and closes the file. What is asked of a closed
// journal fails.
func (j *Journal) Close() error {
	j.closing.Do(func() {
		j.stopPoll()
		j.polling.Wait()
		j.closed = errors.Join(j.abandonOwn(context.Background()), j.closeParts())
	})
	return j.closed
}

// closeParts closes what was opened.
func (j *Journal) closeParts() error {
	j.hub.close()
	var errs []error
	if j.write != nil {
		errs = append(errs, j.write.close())
	}
	if j.read != nil {
		errs = append(errs, j.read.Close())
	}
	if j.live != nil {
		errs = append(errs, j.live.release())
	}
	return errors.Join(errs...)
}
