package journal

import (
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// oldJournal makes a journal as a program of an earlier version left it.
func oldJournal(t *testing.T, dir string, version int) {
	t.Helper()
	folder, err := prepareFolder(dir, "sandbox")
	require.NoError(t, err)
	path := filepath.Join(folder, dbName)
	require.NoError(t, createFile(path))
	require.NoError(t, writeNew(filepath.Join(folder, keyName), []byte(strings.Repeat("ab", 32))))
	db, err := openPool(path, time.Second, false)
	require.NoError(t, err)
	require.NoError(t, migrate(ctxb(), db, path, filterNow, version))
	recent := micros(filterNow.Add(-time.Minute))
	for _, s := range []string{
		`INSERT INTO sessions(id, session_id, status, created, observed, amount, currency, text) VALUES(1, 'ps_old', 'accepted', 1, 1, 700, 'eur', 'ps_old')`,
		`INSERT INTO operations(op_id, session_row, session_id, kind, status, created, amount, currency, recipient, text) VALUES('po_old', 1, 'ps_old', 'payout', 'succeeded', 1, 100, 'eur', 'Jane Roe', 'po_old' || char(10) || 'ps_old' || char(10) || 'jane roe')`,
		`INSERT INTO webhooks(received, type, session_id, session_status, session_updated, badge, bytes, masked, digest) VALUES(1, 'payment_finished', 'ps_old', 'accepted', 5, 'verified', 2, 0, x'00')`,
	} {
		_, err = db.Exec(s)
		require.NoError(t, err)
	}
	for i, c := range []struct{ method, state, session string }{
		{"session/init/payout", "accepted", ""}, {"session/confirm", "accepted", "ps_old"}, {"session/init/payout", "refused", ""}, {"session/cancel", "accepted", "ps_old"},
	} {
		_, err = db.Exec(`INSERT INTO intents(op_id, state, method, version, project, session_id, has_amount, amount, currency, digest, takes_key, moves_money, created, clock)
			VALUES(?, ?, ?, 2, 'shop', ?, ?, 41, ?, x'00', 1, ?, ?, 1)`, i, c.state, c.method, c.session, c.session == "", map[bool]string{true: "eur"}[c.session == ""], c.method != "session/cancel", recent)
		require.NoError(t, err)
	}
	if version > 1 {
		_, err = db.Exec(`INSERT INTO search(rowid, text) SELECT id, text || char(10) || 'jane roe' FROM sessions`)
		require.NoError(t, err)
	}
	require.NoError(t, db.Close())
}

func schemaOf(t *testing.T, j *Journal) []string {
	t.Helper()
	all, err := readStrings(ctxb(), j.read, `SELECT type || ' ' || name || ' ' || coalesce(sql, '') FROM sqlite_schema ORDER BY 1`)
	require.NoError(t, err)
	return all
}

// Every earlier version comes up to date with all that it held, also when two programs open it at the
// same moment, and ends with the schema of a new journal.
func TestEveryEarlierVersionIsBroughtUpToDate(t *testing.T) {
	fresh := schemaOf(t, openTest(t, t.TempDir(), nil))
	for version := 1; version < len(migrations()); version++ {
		dir := t.TempDir()
		oldJournal(t, dir, version)
		clock := newClock()
		var both [2]*Journal
		var wg sync.WaitGroup
		for i := range both {
			wg.Add(1)
			go func() {
				defer wg.Done()
				j, err := Open(ctxb(), dir, "sandbox", Options{Now: clock.now, Tick: make(chan time.Time)})
				if assert.NoError(t, err, "from version %d", version) {
					both[i] = j
				}
			}()
		}
		wg.Wait()
		for _, j := range both {
			require.NotNil(t, j)
			assert.Equal(t, fresh, schemaOf(t, j), "from version %d", version)
			checkSums(t, j, filterNow, time.Hour, "eur")
			var low int64
			require.NoError(t, j.read.QueryRow(`SELECT sum(low) FROM moved`).Scan(&low))
			assert.EqualValues(t, 741, low, "a payout of 41 and a confirmation of a session of 700")
			assert.Len(t, filterOperations(t, j, "jane status:succeeded"), 1)
		}
		w, err := both[0].RecordWebhook(ctxb(), notice("ps_old", 0, BadgeUnsigned))
		require.NoError(t, err)
		assert.Zero(t, w.DuplicateOf)
		for _, j := range both {
			require.NoError(t, j.Close())
		}
	}
}

// Two programs of different processes bring one file up to date.
func TestTwoProgramsBringOneFileUpToDate(t *testing.T) {
	for version := 1; version < len(migrations()); version++ {
		dir := t.TempDir()
		oldJournal(t, dir, version)
		children := []*childProcess{launchChild(t, dir), launchChild(t, dir), launchChild(t, dir)}
		for _, c := range children {
			require.Equal(t, "open", c.line(t), "from version %d", version)
			c.end(t)
		}
	}
}

// What counts is written down in the schema, which never changes, and in the rules.
func TestSchemaCountsWhatTheRulesCount(t *testing.T) {
	view := ""
	for _, s := range sumStatements {
		if strings.HasPrefix(s, "CREATE VIEW") {
			view = s
		}
	}
	assert.Equal(t, 2, strings.Count(view, counted))
	assert.Equal(t, 2, strings.Count(view, strings.TrimPrefix(counting, "state ")))
}
