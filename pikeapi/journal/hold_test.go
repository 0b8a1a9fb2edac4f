package journal

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"pikedash/pikeapi"
)

// heldOnce requires that the next call is refused because of a damage, in this program or in another
// one, and that the one after it goes out.
func heldOnce(t *testing.T, dir, damage string) {
	t.Helper()
	reader := openTest(t, dir, nil)
	require.Len(t, reader.Warnings(), 1, "who only looks is told")
	assert.Contains(t, reader.Warnings()[0], damage)
	env := testEnv(pikeapi.Policy{})
	begin(t, reader, prepared(env, pikeapi.MethodStatus, []byte(`{"session_id":"ps_1"}`)), pikeapi.Permit{})

	j := openTest(t, dir, nil)
	require.Len(t, j.Warnings(), 1, "and does not use the hold up")
	p := payoutTo(env, "after "+damage, 5, "")
	_, err := j.Begin(ctxb(), p, pikeapi.Permit{Duplicate: true})
	blockedBy(t, err, RuleSetAside)
	assert.ErrorContains(t, err, damage)
	begin(t, openTest(t, dir, nil), p, pikeapi.Permit{})
	assert.Empty(t, openTest(t, dir, nil).Warnings())
}

// stripped makes a journal with three requests, closes it and lets somebody harm its folder.
func stripped(t *testing.T, harm func(folder string)) (dir string) {
	t.Helper()
	dir = t.TempDir()
	j := openTest(t, dir, nil)
	for i := range int64(3) {
		send(t, j, payoutTo(testEnv(pikeapi.Policy{}), "a", i+1, ""), pikeapi.Unknown, "")
	}
	require.NoError(t, j.Close())
	harm(filepath.Join(dir, "sandbox"))
	return dir
}

func TestTheFirstCallAfterADamageIsHeldBack(t *testing.T) {
	for name, c := range map[string]struct {
		damage string
		harm   func(folder string)
	}{
		"no database any more": {"set aside", func(folder string) {
			require.NoError(t, os.WriteFile(filepath.Join(folder, dbName), []byte(strings.Repeat("no database ", 900)), 0o600))
		}},
		"a hole in the middle": {"set aside", func(folder string) {
			path := filepath.Join(folder, dbName)
			data, err := os.ReadFile(path)
			require.NoError(t, err)
			for i := 4096; i < len(data)/2; i++ {
				data[i] = 0x5a
			}
			require.NoError(t, os.WriteFile(path, data, 0o600))
		}},
		"cut to half": {"set aside", func(folder string) {
			path := filepath.Join(folder, dbName)
			info, err := os.Stat(path)
			require.NoError(t, err)
			require.NoError(t, os.Truncate(path, info.Size()/2))
		}},
		"an empty file": {"is gone", func(folder string) { require.NoError(t, os.Truncate(filepath.Join(folder, dbName), 0)) }},
		"no file":       {"is gone", func(folder string) { require.NoError(t, os.Remove(filepath.Join(folder, dbName))) }},
		"no head":       {"is missing", func(folder string) { require.NoError(t, os.Remove(filepath.Join(folder, headName))) }},
		"a head of others": {"cannot vouch", func(folder string) {
			require.NoError(t, os.WriteFile(filepath.Join(folder, headName), []byte("garbage"), 0o600))
		}},
	} {
		t.Run(name, func(t *testing.T) { heldOnce(t, stripped(t, c.harm), c.damage) })
	}
}

// TestALostLogIsNoticed: SQLite takes a shortened write-ahead log for one that ends early, and forgets
// what was committed in the rest.
func TestALostLogIsNoticed(t *testing.T) {
	for name, keep := range map[string]int64{"half": 2, "nothing": 0} {
		t.Run(name, func(t *testing.T) {
			live := openTest(t, t.TempDir(), nil)
			for i := range int64(3) {
				send(t, live, payoutTo(testEnv(pikeapi.Policy{}), "a", i+1, ""), pikeapi.Unknown, "")
			}
			dir := t.TempDir() // as a crash would leave it
			require.NoError(t, os.CopyFS(dir, os.DirFS(filepath.Dir(live.folder))))
			folder := filepath.Join(dir, "sandbox")
			require.NoError(t, os.RemoveAll(filepath.Join(folder, liveName)))
			require.NoError(t, os.Remove(filepath.Join(folder, dbName+"-shm")))
			log := filepath.Join(folder, dbName+"-wal")
			info, err := os.Stat(log)
			require.NoError(t, err)
			size := int64(0)
			if keep > 0 {
				size = info.Size() / keep
			}
			require.NoError(t, os.Truncate(log, size))
			heldOnce(t, dir, "the end of the journal is gone")
		})
	}
}

// TestAnHonestJournalHoldsNothingBack: neither a crash before the head was written, nor one at the very
// first request.
func TestAnHonestJournalHoldsNothingBack(t *testing.T) {
	for _, entries := range []int{0, 1, 3} {
		dir := t.TempDir()
		j := openTest(t, dir, nil)
		path := filepath.Join(dir, "sandbox", headName)
		var before []byte
		for i := range entries {
			var err error
			before, err = os.ReadFile(path)
			require.NoError(t, err)
			begin(t, j, payoutTo(testEnv(pikeapi.Policy{}), "a", int64(i+1), ""), pikeapi.Permit{})
		}
		if entries > 0 {
			require.NoError(t, os.WriteFile(path, before, 0o600))
		}
		k := openTest(t, dir, nil)
		assert.Empty(t, k.Warnings())
		begin(t, k, payoutTo(testEnv(pikeapi.Policy{}), "b", 1, ""), pikeapi.Permit{})
		v, err := k.Verify(ctxb())
		require.NoError(t, err)
		assert.True(t, v.OK(), "%v", v.Problems)
		head, err := k.write.head.read()
		require.NoError(t, err)
		assert.Equal(t, v.Last, head.seq, "it has caught up")
	}
}

// TestGrowingPastACutHidesNothing: what was cut off stays missing, however much comes after it.
func TestGrowingPastACutHidesNothing(t *testing.T) {
	for name, cut := range map[string]string{"the end": `DELETE FROM audit WHERE seq > 3`, "everything": `DELETE FROM audit`} {
		dir := t.TempDir()
		j := openTest(t, dir, nil)
		env := testEnv(pikeapi.Policy{})
		for i := range int64(3) {
			send(t, j, payoutTo(env, "a", i+1, ""), pikeapi.Accepted, `{"status":"ok"}`)
		}
		tampered(t, j, cut)
		tampered(t, j, `DELETE FROM intents`)
		for i := range int64(6) {
			send(t, j, payoutTo(env, "b", i+1, ""), pikeapi.Accepted, `{"status":"ok"}`)
		}
		k := openTest(t, dir, nil)
		assert.NotEmpty(t, k.Warnings(), name)
		v, err := k.Verify(ctxb())
		require.NoError(t, err)
		assert.False(t, v.OK(), name)
		require.NoError(t, os.Remove(filepath.Join(dir, "sandbox", headName)))
		v, err = openTest(t, dir, nil).Verify(ctxb())
		require.NoError(t, err)
		assert.False(t, v.OK(), "%s, and the head with it", name)
	}
}
