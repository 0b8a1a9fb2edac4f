package command

import (
	"database/sql"
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"pikedash/pikeapi"
	"pikedash/pikeapi/sandbox"
)

// shopMachine has one profile, shop, and its server.
func shopMachine(t *testing.T) (*machine, *sandbox.Server, string) {
	t.Helper()
	m := newMachine(t)
	server, url := m.sandboxAt(nil)
	m.settings("profile = \"shop\"\n[profiles.shop]\nkind = \"sandbox\"\nproject = \"shop\"\nbase_url = \"" + url + "\"\n")
	return m, server, filepath.Join(m.home, "state/pikedash/journal/shop")
}

// TestWithoutAJournalNothingIsSent: where the state folder cannot be written, or the journal's own files
// cannot be trusted, the command ends before the wire.
func TestWithoutAJournalNothingIsSent(t *testing.T) {
	for name, c := range map[string]struct {
		breaks func(t *testing.T, m *machine, folder string)
		says   string
	}{
		"the state folder cannot be made": {func(t *testing.T, m *machine, _ string) {
			t.Setenv("XDG_STATE_HOME", m.file("a-file", "in its place"))
		}, "a-file"},
		"the journal's folder is a file": {func(t *testing.T, m *machine, _ string) { m.file("state/pikedash/journal", "") }, "journal"},
		"its folder is a link": {func(t *testing.T, m *machine, folder string) {
			require.NoError(t, os.MkdirAll(filepath.Dir(folder), 0o700))
			require.NoError(t, os.Symlink(t.TempDir(), folder))
		}, "symbolic link"},
		"its key is gone": {func(t *testing.T, m *machine, folder string) {
			m.ok("unknown", "list")
			require.NoError(t, os.Remove(filepath.Join(folder, "journal.key")))
		}, "journal.key is missing"},
		"its key is another": {func(t *testing.T, m *machine, folder string) {
			m.ok("unknown", "list")
			require.NoError(t, os.WriteFile(filepath.Join(folder, "journal.key"), []byte(strings.Repeat("ab", 32)), 0o600))
		}, "not the key"},
		"it is of a newer program": {func(t *testing.T, m *machine, folder string) {
			m.ok("unknown", "list")
			alter(t, folder, `INSERT INTO schema_migrations(version, name, applied_at) VALUES(99, 'from the future', 0)`)
		}, "newer pikedash"},
	} {
		t.Run(name, func(t *testing.T) {
			m, server, folder := shopMachine(t)
			body := m.payout("p", "15000")
			c.breaks(t, m, folder)
			s := m.run("send", "session/init/payout", "--body", body, "--json")
			assert.Equal(t, exitFailure, s.code, "%s %s", s.out, s.err)
			assert.Contains(t, s.err, c.says)
			assert.Equal(t, "filesystem", at(s.object(t), "error", "category"))
			assert.Equal(t, 0, sessionsAt(t, server))
		})
	}
}

// TestADamagedJournalIsSetAsideAndNothingIsSent: the unknown outcomes are in the damaged file, so the
// command that finds it sends nothing; the next one is given by somebody who knows.
func TestADamagedJournalIsSetAsideAndNothingIsSent(t *testing.T) {
	m, server, folder := shopMachine(t)
	_, err := server.Controls().AddFault(t.Context(), sandbox.Fault{Kind: sandbox.FaultLostAnswer, Method: pikeapi.MethodInitPayout, Count: 1})
	require.NoError(t, err)
	body := m.payout("p", "15000")
	require.Equal(t, exitUnknown, m.run("send", "session/init/payout", "--body", body).code)
	path := filepath.Join(folder, "journal.db")
	damaged := []byte(strings.Repeat("this is not a database ", 500))
	require.NoError(t, os.WriteFile(path, damaged, 0o600))

	s := m.run("send", "session/init/payout", "--body", body, "--json")
	assert.Equal(t, exitBlocked, s.code, s.out)
	assert.Equal(t, "journal_set_aside", s.rule(t))
	assert.Contains(t, s.err, "set aside")
	assert.Equal(t, 1, sessionsAt(t, server), "nothing was sent")
	aside, err := filepath.Glob(path + ".corrupt-*")
	require.NoError(t, err)
	require.Len(t, aside, 1)
	assert.Equal(t, damaged, readFile(t, aside[0]), "it is kept as it was")
	assert.Equal(t, exitDone, m.run("send", "session/init/payout", "--body", body).code, "given again it is meant")
}

// TestAClockThatIsSetBackResendsNothing: how old the key is cannot be told any more.
func TestAClockThatIsSetBackResendsNothing(t *testing.T) {
	m, server := lossyMachine(t, pikeapi.MethodInitPayout)
	shifted := func(d time.Duration) func() time.Time { return func() time.Time { return time.Now().Add(d) } }
	require.Equal(t, exitUnknown, m.run("send", "session/init/payout", "--body", m.payout("p", "15000")).code)
	operation, ok := at(m.unknown()[0], "operation").(string)
	require.True(t, ok)
	for _, d := range []time.Duration{-3 * time.Hour, 23 * time.Hour, 30 * time.Hour} {
		s := m.at(shifted(d), "unknown", "resend", operation, "--json")
		assert.Equal(t, exitBlocked, s.code, "%s: %s %s", d, s.out, s.err)
		assert.Equal(t, 1, sessionsAt(t, server))
	}
	require.Len(t, m.unknown(), 1, "it stays listed")
}

// alter changes a journal as somebody with a database tool would.
func alter(t *testing.T, folder, statement string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(folder, "journal.db"))
	require.NoError(t, err)
	res, err := db.Exec(statement)
	require.NoError(t, err)
	n, err := res.RowsAffected()
	require.NoError(t, err)
	require.NotZero(t, n, "the test changed nothing")
	require.NoError(t, db.Close())
}

// TestTamperingIsFoundByTheCommand: each of these ends with 1, and says what it found.
func TestTamperingIsFoundByTheCommand(t *testing.T) {
	for name, c := range map[string]struct{ statement, kind string }{
		"an amount in the chain":  {`UPDATE audit SET entry = replace(entry, '"amount":200', '"amount":2') WHERE seq = 3`, "edit"},
		"a link is gone":          {`DELETE FROM audit WHERE seq = 3`, "gap"},
		"the end is cut off":      {`DELETE FROM audit WHERE seq >= 5`, "truncation"},
		"all is gone":             {`DELETE FROM audit`, "truncation"},
		"an amount in the list":   {`UPDATE intents SET amount = 1 WHERE id = 2`, "record"},
		"a request in the list":   {`DELETE FROM intents WHERE id = 2`, "record"},
		"an outcome in the list":  {`UPDATE intents SET state = 'refused' WHERE id = 2`, "record"},
		"a digest in the list":    {`UPDATE intents SET digest = zeroblob(32) WHERE id = 2`, "record"},
		"a link and its own hash": {`UPDATE audit SET entry = replace(entry, 'accepted', 'resolved'), hash = zeroblob(32) WHERE seq = 4`, "edit"},
	} {
		t.Run(name, func(t *testing.T) {
			m, _, folder := shopMachine(t)
			for i, amount := range []string{"100", "200", "300"} {
				m.ok("send", "session/init/payout", "--body", m.payout(string(rune('a'+i)), amount))
			}
			whole := m.ok("journal", "verify", "--json").object(t)
			assert.Equal(t, true, whole["ok"])
			assert.EqualValues(t, 6, whole["entries"])
			alter(t, folder, c.statement)
			s := m.run("journal", "verify", "--json")
			assert.Equal(t, exitFailure, s.code, s.out)
			v := s.object(t)
			assert.Equal(t, false, v["ok"])
			problems, ok := v["problems"].([]any)
			require.True(t, ok)
			require.NotEmpty(t, problems)
			assert.Equal(t, c.kind, at(problems[0], "kind"), "%v", problems)
			assert.Contains(t, m.run("journal", "verify").err, "the audit chain is broken")
		})
	}
}

// TestExportAndPruneKeepTheChain: an export is ordered, masked and ends with the head that verify names;
// after pruning the rest is still provable, and what is unknown is still there.
func TestExportAndPruneKeepTheChain(t *testing.T) {
	m, server, folder := shopMachine(t)
	ago := func(d time.Duration) func() time.Time { return func() time.Time { return time.Now().Add(-d) } }
	for i := range 3 {
		s := m.at(ago(72*time.Hour), "send", "session/init/payout", "--body", m.payout(string(rune('a'+i)), string(rune('1'+i))+"00"))
		require.Equal(t, exitDone, s.code, s.err)
	}
	_, err := server.Controls().AddFault(t.Context(), sandbox.Fault{Kind: sandbox.FaultLostAnswer, Method: pikeapi.MethodInitPayout, Count: 1})
	require.NoError(t, err)
	require.Equal(t, exitUnknown, m.at(ago(71*time.Hour), "send", "session/init/payout", "--body", m.payout("lost", "900")).code)
	m.ok("send", "session/init/payout", "--body", m.payout("new", "1000"))

	head := m.ok("journal", "verify", "--json").object(t)["head"]
	lines := strings.Split(strings.TrimSpace(m.ok("journal", "export").out), "\n")
	require.Len(t, lines, 11, "five requests with two entries each, and the head")
	last := map[string]any{}
	for i, line := range lines {
		entry := map[string]any{}
		require.NoError(t, json.Unmarshal([]byte(line), &entry), line)
		if i < 10 {
			assert.EqualValues(t, i+1, entry["seq"])
			assert.NotEmpty(t, entry["hash"])
		}
		last = entry
	}
	assert.Equal(t, head, last["head"])
	file := filepath.Join(m.home, "audit.csv")
	day := time.Now().UTC().Format(time.DateOnly)
	m.ok("journal", "export", "--format", "csv", "--since", day, "--out", file)
	sheet, err := csv.NewReader(strings.NewReader(string(readFile(t, file)))).ReadAll()
	require.NoError(t, err)
	assert.Len(t, sheet, 4, "a head line, the two entries of today, the chain's head")
	assert.NotContains(t, string(readFile(t, file)), "4242424242424242")

	assert.Equal(t, exitUsage, m.run("journal", "prune").code)
	assert.Equal(t, exitFailure, m.run("journal", "prune", "--before", time.Now().Add(24*time.Hour).UTC().Format(time.DateOnly)).code, "what is young stays")
	before := time.Now().Add(-48 * time.Hour).UTC().Format(time.RFC3339)
	pruned := m.ok("journal", "prune", "--before", before, "--json").object(t)
	assert.EqualValues(t, 3, pruned["intents"])
	v := m.ok("journal", "verify", "--json").object(t)
	assert.Equal(t, true, v["ok"])
	assert.EqualValues(t, 6, v["pruned"])
	list := m.unknown()
	require.Len(t, list, 1, "what is unknown is never pruned")
	assert.Equal(t, "9.00 EUR", at(list[0], "amount"))
	// The checkpoint is signed: moving it is found.
	alter(t, folder, `UPDATE checkpoint SET pruned_before = pruned_before + 1`)
	assert.Equal(t, exitFailure, m.run("journal", "verify").code)
}
