package journal

import (
	"context"
	"database/sql"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"pikedash/pikeapi"
)

func TestMigrationFromVersionOne(t *testing.T) {
	dir := t.TempDir()
	folder, err := prepareFolder(dir, "sandbox")
	require.NoError(t, err)
	path := filepath.Join(folder, dbName)
	require.NoError(t, createFile(path))
	require.NoError(t, writeNew(filepath.Join(folder, keyName), []byte(strings.Repeat("ab", 32))))
	db, err := openPool(path, time.Second, false)
	require.NoError(t, err)
	require.NoError(t, migrate(ctxb(), db, path, time.Now(), 1))
	_, err = db.Exec(`INSERT INTO sessions(id, session_id, status, created, observed, text) VALUES(1, 'ps_old', 'accepted', 1, 1, 'ps_old')`)
	require.NoError(t, err)
	_, err = db.Exec(`INSERT INTO operations(op_id, session_row, session_id, kind, status, created, amount, currency, recipient, text) VALUES('po_old', 1, 'ps_old', 'payout', 'succeeded', 1, 100, 'eur', 'Jane Roe', 'po_old' || char(10) || 'ps_old' || char(10) || 'jane roe')`)
	require.NoError(t, err)
	require.NoError(t, db.Close())

	j := openTest(t, dir, nil)
	version, err := schemaVersion(ctxb(), j.read)
	require.NoError(t, err)
	assert.Equal(t, len(migrations()), version)
	f, err := ParseFilter("jane status:succeeded", time.Now())
	require.NoError(t, err)
	rows, err := j.Operations(ctxb(), Query{Filter: f}, nil, Forward, 10)
	require.NoError(t, err)
	require.Len(t, rows, 1, "old rows are indexed for filters and search")
	assert.Equal(t, "po_old", rows[0].OperationID)
}

func TestNewerSchemaIsRefused(t *testing.T) {
	dir := t.TempDir()
	j := openTest(t, dir, nil)
	require.NoError(t, j.write.do(ctxb(), func(tx *txn) error {
		return tx.exec(`INSERT INTO schema_migrations(version, name, applied_at) VALUES(99, 'from the future', 0)`)
	}))
	require.NoError(t, j.Close())
	_, err := Open(ctxb(), dir, "sandbox", Options{})
	var schema *SchemaError
	require.ErrorAs(t, err, &schema)
	assert.Equal(t, 99, schema.Found)
	assert.Contains(t, err.Error(), "update pikedash")
}

func TestCorruptFileIsSetAside(t *testing.T) {
	dir := t.TempDir()
	j := openTest(t, dir, nil)
	send(t, j, payoutTo(testEnv(pikeapi.Policy{}), "a", 1, ""), pikeapi.Unknown, "")
	require.NoError(t, j.Close())
	path := filepath.Join(dir, "sandbox", dbName)
	damaged := []byte(strings.Repeat("this is not a database ", 500))
	require.NoError(t, os.WriteFile(path, damaged, 0o600))

	for range 2 { // a second damage must not overwrite the first
		k, err := Open(ctxb(), dir, "sandbox", Options{Now: newClock().now})
		require.NoError(t, err)
		require.Len(t, k.Warnings(), 1)
		assert.Contains(t, k.Warnings()[0], "set aside")
		_, err = k.Begin(ctxb(), payoutTo(testEnv(pikeapi.Policy{}), "a", 1, ""), pikeapi.Permit{})
		blockedBy(t, err, RuleSetAside)
		send(t, k, payoutTo(testEnv(pikeapi.Policy{}), "a", 1, ""), pikeapi.Accepted, `{"status":"ok"}`)
		v, err := k.Verify(ctxb())
		require.NoError(t, err)
		assert.True(t, v.OK(), "%v", v.Problems)
		require.NoError(t, k.Close())
		require.NoError(t, os.WriteFile(path, damaged, 0o600))
	}
	aside, err := filepath.Glob(path + ".corrupt-*")
	require.NoError(t, err)
	assert.Len(t, aside, 2)
	for _, name := range aside {
		data, err := os.ReadFile(name)
		require.NoError(t, err)
		assert.Equal(t, damaged, data)
	}
}

func TestCorruptFileInUseIsNotMoved(t *testing.T) {
	dir := t.TempDir()
	j := openTest(t, dir, nil)
	send(t, j, payoutTo(testEnv(pikeapi.Policy{}), "a", 1, ""), pikeapi.Unknown, "")
	require.NoError(t, j.write.apart(ctxb(), func(ctx context.Context, c *sql.Conn) error {
		_, err := c.ExecContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`)
		return err
	}))
	path := filepath.Join(dir, "sandbox", dbName)
	require.NoError(t, os.Rename(path, path+".kept"))
	require.NoError(t, os.WriteFile(path, []byte(strings.Repeat("no database ", 100)), 0o600))
	_, err := Open(ctxb(), dir, "sandbox", Options{})
	require.Error(t, err)
	assert.Contains(t, err.Error(), "another pikedash has it open")
	require.NoError(t, os.Rename(path+".kept", path))
}

func TestFullDiskSendsNothing(t *testing.T) {
	j := openTest(t, t.TempDir(), nil)
	env := testEnv(pikeapi.Policy{})
	send(t, j, payoutTo(env, "before", 1, ""), pikeapi.Accepted, `{"status":"ok"}`)
	limit := func(pages int) {
		require.NoError(t, j.write.apart(ctxb(), func(ctx context.Context, c *sql.Conn) error {
			var got int
			return c.QueryRowContext(ctx, fmt.Sprintf("PRAGMA max_page_count=%d", pages)).Scan(&got)
		}))
	}
	limit(1) // SQLite takes the present size as the least
	big := payoutTo(env, "card-a", 15000, strings.Repeat("x", 200000))
	_, err := j.Begin(ctxb(), big, pikeapi.Permit{})
	var fault *StorageError
	require.ErrorAs(t, err, &fault)
	assert.Equal(t, FaultFull, fault.Fault)
	assert.Contains(t, err.Error(), "disk is full")
	_, err = j.Intent(ctxb(), big.ID)
	require.ErrorIs(t, err, ErrNotFound, "nothing of it is left")

	// An outcome that cannot be written is unknown as soon as writing works again.
	limit(1 << 30)
	p := payoutTo(env, "card-b", 15000, "")
	id := begin(t, j, p, pikeapi.Permit{})
	limit(1)
	r := result(p, id, pikeapi.Accepted, `{"status":"ok","x":"`+strings.Repeat("y", 300000)+`"}`)
	require.ErrorAs(t, j.Finish(ctxb(), r), &fault)
	assert.Equal(t, StateSent, stateOf(t, j, p.ID))
	limit(1 << 30)
	n, err := j.Recover(ctxb())
	require.NoError(t, err)
	assert.Equal(t, 1, n)
	assert.Equal(t, StateUnknown, stateOf(t, j, p.ID))
	send(t, j, payoutTo(env, "card-c", 5, ""), pikeapi.Accepted, `{"status":"ok"}`)
}

// One write of a group that does not fit must not take the others with it, nor be half there.
func TestGroupSurvivesOneFault(t *testing.T) {
	j := openTest(t, t.TempDir(), nil)
	env := testEnv(pikeapi.Policy{})
	send(t, j, payoutTo(env, "same", 1, "a"), pikeapi.Unknown, "")
	errs := make(chan error, 30)
	for i := range 30 {
		go func() {
			target := fmt.Sprint("card-", i)
			if i%3 == 0 {
				target = "same"
			}
			_, err := j.Begin(ctxb(), payoutTo(env, target, 1, fmt.Sprint(i)), pikeapi.Permit{})
			errs <- err
		}()
	}
	failed := 0
	for range 30 {
		if err := <-errs; err != nil {
			blockedBy(t, err, pikeapi.RuleLookalike)
			failed++
		}
	}
	assert.Equal(t, 10, failed)
	n, err := j.Count(ctxb(), ListIntents, Query{})
	require.NoError(t, err)
	assert.EqualValues(t, 21, n)
	v, err := j.Verify(ctxb())
	require.NoError(t, err)
	assert.True(t, v.OK(), "%v", v.Problems)
}

func TestReadOnlyStorageSendsNothing(t *testing.T) {
	j := openTest(t, t.TempDir(), nil)
	readOnly := func(on int) {
		require.NoError(t, j.write.apart(ctxb(), func(ctx context.Context, c *sql.Conn) error {
			_, err := c.ExecContext(ctx, fmt.Sprintf("PRAGMA query_only=%d", on))
			return err
		}))
	}
	readOnly(1)
	_, err := j.Begin(ctxb(), payoutTo(testEnv(pikeapi.Policy{}), "a", 1, ""), pikeapi.Permit{})
	var fault *StorageError
	require.ErrorAs(t, err, &fault)
	assert.Equal(t, FaultReadOnly, fault.Fault)
	readOnly(0)
}

func TestReadOnlyFolderIsExplained(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may write everywhere")
	}
	dir := t.TempDir()
	require.NoError(t, os.Chmod(dir, 0o500))
	_, err := Open(ctxb(), dir, "sandbox", Options{})
	var fault *StorageError
	require.ErrorAs(t, err, &fault)
	assert.Equal(t, FaultReadOnly, fault.Fault)
}

func TestLockedByAnotherProgramTimesOut(t *testing.T) {
	dir := t.TempDir()
	a := openTest(t, dir, nil)
	b, err := Open(ctxb(), dir, "sandbox", Options{Busy: 20 * time.Millisecond, Tick: make(chan time.Time)})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, b.Close()) })
	hold, release := make(chan struct{}), make(chan struct{})
	held := make(chan error, 1)
	go func() {
		held <- a.write.do(ctxb(), func(tx *txn) error { close(hold); <-release; return nil })
	}()
	<-hold
	_, err = b.Begin(ctxb(), payoutTo(testEnv(pikeapi.Policy{}), "a", 1, ""), pikeapi.Permit{})
	var fault *StorageError
	require.ErrorAs(t, err, &fault)
	assert.Equal(t, FaultLocked, fault.Fault)
	close(release)
	require.NoError(t, <-held)
}

func TestSymbolicLinksAreRefused(t *testing.T) {
	for _, name := range []string{"", dbName, keyName, headName, dbName + "-wal", liveName} {
		dir, elsewhere := t.TempDir(), t.TempDir()
		link, target := filepath.Join(dir, "sandbox", name), filepath.Join(elsewhere, "target")
		if name != "" {
			require.NoError(t, os.Mkdir(filepath.Join(dir, "sandbox"), 0o700))
		}
		if name != "" && name != liveName {
			require.NoError(t, os.WriteFile(target, nil, 0o600))
		} else {
			require.NoError(t, os.Mkdir(target, 0o700))
		}
		require.NoError(t, os.Symlink(target, link))
		_, err := Open(ctxb(), dir, "sandbox", Options{})
		require.Error(t, err, "%q", name)
		assert.Contains(t, err.Error(), "symbolic link")
		left, err := os.ReadDir(elsewhere)
		require.NoError(t, err)
		assert.Len(t, left, 1, "nothing was written through it")
	}
}

func TestKeyIsNeeded(t *testing.T) {
	dir := t.TempDir()
	j := openTest(t, dir, nil)
	require.NoError(t, j.Close())
	key := filepath.Join(dir, "sandbox", keyName)
	good, err := os.ReadFile(key)
	require.NoError(t, err)
	require.NoError(t, os.Remove(key))
	_, err = Open(ctxb(), dir, "sandbox", Options{})
	require.ErrorContains(t, err, "journal.key is missing")
	require.NoError(t, os.WriteFile(key, []byte(hex.EncodeToString(make([]byte, 32))), 0o600))
	_, err = Open(ctxb(), dir, "sandbox", Options{})
	require.ErrorContains(t, err, "not the key")
	require.NoError(t, os.WriteFile(key, []byte("nonsense"), 0o600))
	_, err = Open(ctxb(), dir, "sandbox", Options{})
	require.ErrorContains(t, err, "64 hex digits")
	require.NoError(t, os.WriteFile(key, good, 0o600))
	k, err := Open(ctxb(), dir, "sandbox", Options{})
	require.NoError(t, err)
	require.NoError(t, k.Close())
}

func TestEnvironmentNames(t *testing.T) {
	for _, name := range []string{"", "..", "a/b", `a\b`, ".hidden", "x\x00y", strings.Repeat("x", 65)} {
		_, err := Open(ctxb(), t.TempDir(), name, Options{})
		assert.Error(t, err, "%q", name)
	}
}

func TestClosedJournal(t *testing.T) {
	j := openTest(t, t.TempDir(), nil)
	require.NoError(t, j.Close())
	require.NoError(t, j.Close())
}

func TestCancelledBegin(t *testing.T) {
	j := openTest(t, t.TempDir(), nil)
	ctx, cancel := context.WithCancel(ctxb())
	cancel()
	p := payoutTo(testEnv(pikeapi.Policy{}), "a", 1, "")
	_, err := j.Begin(ctx, p, pikeapi.Permit{})
	require.ErrorIs(t, err, context.Canceled)
	_, err = j.Intent(ctxb(), p.ID)
	assert.ErrorIs(t, err, ErrNotFound)
}
