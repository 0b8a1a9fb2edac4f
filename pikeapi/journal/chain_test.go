package journal

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"pikedash/pikeapi"
)

// tampered runs SQL on the file as somebody with a database tool would.
func tampered(t *testing.T, j *Journal, statement string, args ...any) {
	t.Helper()
	require.NoError(t, j.write.apart(ctxb(), func(ctx context.Context, c *sql.Conn) error {
		res, err := c.ExecContext(ctx, statement, args...)
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		require.NotZero(t, n, "the test changed nothing")
		return err
	}))
}

func TestVerifyFindsTampering(t *testing.T) {
	cases := map[string]struct {
		sql  string
		kind string
	}{
		"edited entry":          {`UPDATE audit SET entry = replace(entry, '"amount":300', '"amount":301') WHERE seq = 5`, "edit"},
		"edited entry and hash": {`UPDATE audit SET entry = entry || ' ', hash = zeroblob(32) WHERE seq = 5`, "edit"},
		"removed entry":         {`DELETE FROM audit WHERE seq = 5`, "gap"},
		"cut end":               {`DELETE FROM audit WHERE seq > 8`, "truncation"},
		"all gone":              {`DELETE FROM audit`, "truncation"},
		"edited intent":         {`UPDATE intents SET amount = 1 WHERE id = 2`, "record"},
		"intent made final":     {`UPDATE intents SET state = 'accepted' WHERE id = 5`, "record"},
		"another target":        {`UPDATE intents SET target = 'visa 400000··0002' WHERE id = 2`, "record"},
		"another currency":      {`UPDATE intents SET currency = 'usd' WHERE id = 2`, "record"},
		"another session":       {`UPDATE intents SET session_id = 'ps_9' WHERE id = 2`, "record"},
		"another method":        {`UPDATE intents SET method = 'session/refund' WHERE id = 2`, "record"},
		"another request":       {`UPDATE exchanges SET request_digest = zeroblob(32) WHERE id = 2`, "record"},
		"removed intent":        {`DELETE FROM intents WHERE id = 3`, "record"},
		"invented intent":       {`INSERT INTO intents(op_id, state, method, version, project, digest, takes_key, moves_money, created, clock) SELECT 'forged', state, method, version, project, digest, 1, 1, created, clock FROM intents WHERE id = 1`, "record"},
		"reordered":             {`UPDATE audit SET seq = CASE seq WHEN 3 THEN 1004 WHEN 4 THEN 1003 END WHERE seq IN (3, 4)`, "gap"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			j := openTest(t, t.TempDir(), nil)
			env := testEnv(pikeapi.Policy{})
			for i := range 5 {
				outcome := pikeapi.Accepted
				if i == 4 {
					outcome = pikeapi.Unknown
				}
				send(t, j, payoutTo(env, strings.Repeat("x", i+1), int64(i+1)*100, ""), outcome, `{"status":"ok"}`)
			}
			v, err := j.Verify(ctxb())
			require.NoError(t, err)
			require.True(t, v.OK(), "%v", v.Problems)
			tampered(t, j, c.sql)
			v, err = j.Verify(ctxb())
			require.NoError(t, err)
			require.False(t, v.OK())
			kinds := map[string]bool{}
			for _, p := range v.Problems {
				kinds[p.Kind] = true
			}
			assert.True(t, kinds[c.kind], "%v", v.Problems)
		})
	}
}

// TestVerifyVouchesForEveryColumn changes one value after the other of what was sent, and of what became
// of it. Left out is what is derived from the rest, or changes without an entry.
func TestVerifyVouchesForEveryColumn(t *testing.T) {
	j := sentTwice(t)
	whole := func() bool { return chainWhole(t, j) }
	require.True(t, whole())
	free := map[string]string{
		"intents":   " id owner sealed text ",
		"exchanges": " id clock epoch owner text ",
	}
	for table, left := range free {
		rows, err := j.read.Query(`SELECT name FROM pragma_table_info('` + table + `')`)
		require.NoError(t, err)
		names, err := scanAll(rows, func(rows *sql.Rows) (name string, err error) { return name, rows.Scan(&name) })
		require.NoError(t, err)
		require.Greater(t, len(names), 20)
		for _, name := range names {
			if strings.Contains(left, " "+name+" ") {
				continue
			}
			for _, row := range []string{"1", "2"} {
				where := ` WHERE id = ` + row
				var was any
				require.NoError(t, j.read.QueryRow(`SELECT `+name+` FROM `+table+where).Scan(&was))
				tampered(t, j, `UPDATE `+table+` SET `+name+` = CASE WHEN typeof(`+name+`) <> 'integer' THEN 'x' WHEN `+name+` IN (0, 1) THEN 1 - `+name+` ELSE `+name+` + 77 END`+where)
				assert.False(t, whole(), "%s.%s of row %s", table, name, row)
				tampered(t, j, `UPDATE `+table+` SET `+name+` = ?`+where, was)
				require.True(t, whole(), "%s.%s is as it was", table, name)
			}
		}
	}
	for name, sql := range map[string]string{
		"the bytes that were sent":    `UPDATE bodies SET data = '{}' WHERE id = (SELECT request_body FROM exchanges WHERE id = 1)`,
		"the answer":                  `UPDATE bodies SET data = '{}' WHERE id = (SELECT response_body FROM exchanges WHERE id = 1)`,
		"when an entry was made":      `UPDATE audit SET at = at + 5000000 WHERE seq = 1`,
		"a record that is gone":       `DELETE FROM exchanges WHERE id = 2`,
		"a record that changes sides": `UPDATE exchanges SET intent = 0, mutates = 0 WHERE id = 2`,
	} {
		t.Run(name, func(t *testing.T) {
			j := sentTwice(t)
			tampered(t, j, sql)
			assert.False(t, chainWhole(t, j))
		})
	}
}

// sentTwice makes a journal in which one request was accepted, and another sent twice in vain.
func sentTwice(t *testing.T) *Journal {
	j := openTest(t, t.TempDir(), nil)
	env := testEnv(pikeapi.Policy{})
	send(t, j, payoutTo(env, "a", 100, ""), pikeapi.Accepted, `{"status":"ok"}`)
	first := payoutTo(env, "b", 200, "")
	send(t, j, first, pikeapi.Unknown, "")
	again := payoutTo(env, "b", 200, "")
	again.IdempotencyKey = first.IdempotencyKey
	id := begin(t, j, again, pikeapi.Permit{Resend: first.ID})
	require.NoError(t, j.Finish(ctxb(), result(again, id, pikeapi.Unknown, "")))
	return j
}

func chainWhole(t *testing.T, j *Journal) bool {
	t.Helper()
	v, err := j.Verify(ctxb())
	require.NoError(t, err)
	return v.OK()
}

// TestALateAnswerLeavesTheChainWhole: a program that was thought dead comes with its answer, after the
// request was sent again, and after it was settled by hand.
func TestALateAnswerLeavesTheChainWhole(t *testing.T) {
	j := openTest(t, t.TempDir(), nil)
	env := testEnv(pikeapi.Policy{})
	for i, byHand := range []bool{false, true} {
		first := payoutTo(env, strings.Repeat("x", i+1), 200, "")
		late := begin(t, j, first, pikeapi.Permit{})
		require.NoError(t, j.write.do(ctxb(), func(tx *txn) error {
			_, err := tx.abandonOwner(j.live.id, "thought dead")
			return err
		}))
		require.Equal(t, StateUnknown, stateOf(t, j, first.ID))
		if byHand {
			require.NoError(t, j.Resolve(ctxb(), first.ID, "seen at Pike"))
		} else {
			again := payoutTo(env, strings.Repeat("x", i+1), 200, "")
			again.IdempotencyKey = first.IdempotencyKey
			id := begin(t, j, again, pikeapi.Permit{Resend: first.ID})
			require.NoError(t, j.Finish(ctxb(), result(again, id, pikeapi.Unknown, "")))
		}
		require.NoError(t, j.Finish(ctxb(), result(first, late, pikeapi.Accepted, `{"status":"ok"}`)))
		v, err := j.Verify(ctxb())
		require.NoError(t, err)
		assert.True(t, v.OK(), "%v", v.Problems)
		tampered(t, j, `UPDATE exchanges SET http_status = 418 WHERE id = ?`, late)
		v, err = j.Verify(ctxb())
		require.NoError(t, err)
		assert.False(t, v.OK())
		tampered(t, j, `UPDATE exchanges SET http_status = 200 WHERE id = ?`, late)
	}
}

// Who rebuilds all hashes but has not the key is found out.
func TestVerifyFindsRebuiltChain(t *testing.T) {
	j := openTest(t, t.TempDir(), nil)
	send(t, j, payoutTo(testEnv(pikeapi.Policy{}), "a", 100, ""), pikeapi.Accepted, `{"status":"ok"}`)
	other, err := newSealer(bytes.Repeat([]byte{7}, 32))
	require.NoError(t, err)
	var prev, entry []byte
	require.NoError(t, j.read.QueryRow(`SELECT prev, entry FROM audit WHERE seq = 2`).Scan(&prev, &entry))
	entry = bytes.Replace(entry, []byte(`"amount":100`), []byte(`"amount":900`), 1)
	hash := linkHash(prev, entry)
	tampered(t, j, `UPDATE audit SET entry = ?, hash = ?, mac = ? WHERE seq = 2`, string(entry), hash, other.mac(hash))
	tampered(t, j, `UPDATE intents SET amount = 900`)
	v, err := j.Verify(ctxb())
	require.NoError(t, err)
	assert.False(t, v.OK())
}

func TestHeadFileMustBeHonest(t *testing.T) {
	dir := t.TempDir()
	j := openTest(t, dir, nil)
	send(t, j, payoutTo(testEnv(pikeapi.Policy{}), "a", 100, ""), pikeapi.Accepted, `{"status":"ok"}`)
	path := filepath.Join(dir, "sandbox", headName)
	good, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, bytes.Replace(good, []byte(" 2 "), []byte(" 1 "), 1), 0o600))
	v, err := j.Verify(ctxb())
	require.NoError(t, err)
	assert.False(t, v.OK())
	// A lagging head, as a crash leaves it, is no fault.
	require.NoError(t, os.WriteFile(path, good, 0o600))
	old := append([]byte(nil), good...)
	send(t, j, payoutTo(testEnv(pikeapi.Policy{}), "b", 100, ""), pikeapi.Accepted, `{"status":"ok"}`)
	require.NoError(t, os.WriteFile(path, old, 0o600))
	v, err = j.Verify(ctxb())
	require.NoError(t, err)
	assert.True(t, v.OK(), "%v", v.Problems)
}

func TestExport(t *testing.T) {
	clock := newClock()
	j := openTest(t, t.TempDir(), clock)
	env := testEnv(pikeapi.Policy{})
	send(t, j, payoutTo(env, "a", 100, ""), pikeapi.Accepted, `{"status":"ok"}`)
	clock.add(time.Hour)
	middle := clock.now()
	p := payoutTo(env, "b", 200, "")
	send(t, j, p, pikeapi.Unknown, "")
	require.NoError(t, j.Resolve(ctxb(), p.ID, "=HYPERLINK(\"x\") card 4242424242424242"))

	var out bytes.Buffer
	require.NoError(t, j.Export(ctxb(), &out, JSONL, time.Time{}, time.Time{}))
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Len(t, lines, 6)
	var prev []byte
	for i, line := range lines[:5] {
		var e struct {
			AuditEntry
			Hash string `json:"hash"`
		}
		require.NoError(t, json.Unmarshal([]byte(line), &e), line)
		assert.EqualValues(t, i+1, e.Seq)
		// Anyone can check the chain from the export alone.
		text := line[:strings.LastIndex(line, `,"hash"`)] + "}"
		prev = linkHash(prev, []byte(text))
		assert.Equal(t, e.Hash, hex.EncodeToString(prev))
	}
	assert.Contains(t, lines[5], hex.EncodeToString(prev))
	assert.NotContains(t, out.String(), "4242424242424242")

	out.Reset()
	require.NoError(t, j.Export(ctxb(), &out, CSV, middle, time.Time{}))
	rows, err := csv.NewReader(&out).ReadAll()
	require.NoError(t, err)
	require.Len(t, rows, 5, "a heading, three entries, the head")
	assert.Equal(t, "3", rows[1][0])
	assert.True(t, strings.HasPrefix(rows[3][17], "'="), "%q", rows[3][17])
	require.Error(t, j.Export(ctxb(), &out, "xml", time.Time{}, time.Time{}))
}

func TestPruneKeepsTheChainProvable(t *testing.T) {
	clock := newClock()
	j := openTest(t, t.TempDir(), clock)
	env := testEnv(pikeapi.Policy{})
	for i := range 4 {
		send(t, j, payoutTo(env, "old", int64(i+1), ""), pikeapi.Accepted, `{"status":"ok"}`)
	}
	_, err := j.RecordWebhook(ctxb(), Webhook{Body: []byte(`{}`)})
	require.NoError(t, err)
	clock.add(30 * 24 * time.Hour)
	unknown := payoutTo(env, "stuck", 9, "")
	send(t, j, unknown, pikeapi.Unknown, "")
	clock.add(30 * 24 * time.Hour)
	for i := range 3 {
		send(t, j, payoutTo(env, "new", int64(i+1), ""), pikeapi.Accepted, `{"status":"ok"}`)
	}
	_, err = j.Prune(ctxb(), clock.now())
	require.Error(t, err, "what is younger than a key is kept")
	p, err := j.Prune(ctxb(), clock.now().Add(-25*time.Hour))
	require.NoError(t, err)
	assert.Equal(t, Pruned{Exchanges: 4, Webhooks: 1, Intents: 4, Entries: 8}, p, "the unknown one stays with its entries")
	v, err := j.Verify(ctxb())
	require.NoError(t, err)
	assert.True(t, v.OK(), "%v", v.Problems)
	assert.EqualValues(t, 8, v.Pruned)
	assert.Equal(t, StateUnknown, stateOf(t, j, unknown.ID))
	var bodies int
	require.NoError(t, j.read.QueryRow(`SELECT count(*) FROM bodies WHERE id NOT IN (SELECT request_body FROM exchanges UNION SELECT response_body FROM exchanges UNION SELECT sealed FROM intents UNION SELECT body FROM webhooks)`).Scan(&bodies))
	assert.Zero(t, bodies, "no body is left without its record")

	tampered(t, j, `UPDATE checkpoint SET seq = seq - 1`)
	v, err = j.Verify(ctxb())
	require.NoError(t, err)
	assert.False(t, v.OK())
	tampered(t, j, `UPDATE checkpoint SET seq = seq + 1`)
	require.True(t, chainWhole(t, j))
	tampered(t, j, `DELETE FROM exchanges WHERE id = (SELECT max(id) FROM exchanges)`)
	assert.False(t, chainWhole(t, j), "a record that is too young to have been pruned is gone")
}

// TestPruneBehindAnUnknownOutcome: the entries from an unsettled request on stay, the records of what
// was settled after it go. What is put in among the pruned is found.
func TestPruneBehindAnUnknownOutcome(t *testing.T) {
	clock := newClock()
	j := openTest(t, t.TempDir(), clock)
	env := testEnv(pikeapi.Policy{})
	send(t, j, payoutTo(env, "first", 1, ""), pikeapi.Accepted, `{"status":"ok"}`)
	send(t, j, payoutTo(env, "stuck", 9, ""), pikeapi.Unknown, "")
	send(t, j, payoutTo(env, "later", 2, ""), pikeapi.Accepted, `{"status":"ok"}`)
	clock.add(48 * time.Hour)
	p, err := j.Prune(ctxb(), clock.now().Add(-25*time.Hour))
	require.NoError(t, err)
	assert.Equal(t, Pruned{Exchanges: 2, Intents: 1, Entries: 2}, p)
	require.True(t, chainWhole(t, j))
	tampered(t, j, `INSERT INTO intents(op_id, state, method, version, project, digest, takes_key, moves_money, created, clock) SELECT 'forged', 'accepted', method, version, project, digest, 1, 1, created, clock FROM intents LIMIT 1`)
	assert.False(t, chainWhole(t, j))
}
