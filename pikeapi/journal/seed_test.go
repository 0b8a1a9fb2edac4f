package journal

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"pikedash/pikeapi"
)

func TestSeedIsLifelikeAndRepeatable(t *testing.T) {
	clock := newClock()
	read := func() (*Journal, []OperationRow) {
		j := openTest(t, t.TempDir(), clock)
		require.NoError(t, j.SeedWith(ctxb(), SeedOptions{Rows: 3000, Seed: 7, Now: clock.now(), Traffic: 200, Sign: func(b []byte) (string, string, error) { return "c2ln", "3f9a", nil }}))
		return j, walk(t, j, Query{}, Forward, 1000)
	}
	j, rows := read()
	_, again := read()
	assert.Equal(t, rows, again)
	require.Len(t, rows, 3000)

	statuses, currencies := map[pikeapi.OperationStatus]int{}, map[string]int{}
	for i, r := range rows {
		statuses[r.Status]++
		currencies[r.Amount.Currency]++
		assert.True(t, r.Created.Before(clock.now()))
		if i > 0 {
			assert.False(t, r.Created.After(rows[i-1].Created), "newest first, and rows are in time order")
			assert.Less(t, r.ID, rows[i-1].ID)
		}
	}
	for _, s := range []pikeapi.OperationStatus{"in_progress", "pending", "succeeded", "failed"} {
		assert.NotZero(t, statuses[s], s)
	}
	assert.Greater(t, len(currencies), 4)
	for text, least := range map[string]int{"jane roe": 3, "иванов": 20, "has:refund": 5, "error:insufficient_funds": 20, "po_": 1000, "next:confirm": 1} {
		assert.GreaterOrEqual(t, len(filterOperations(t, j, text)), min(least, 100), text)
	}
	waiting, err := j.Waiting(ctxb(), 100)
	require.NoError(t, err)
	assert.NotEmpty(t, waiting)
	v, err := j.Verify(ctxb())
	require.NoError(t, err)
	assert.True(t, v.OK(), "%v", v.Problems)

	hooks, err := j.Webhooks(ctxb(), Query{}, nil, Forward, 1000)
	require.NoError(t, err)
	assert.Greater(t, len(hooks), 200)
	exchanges, err := j.Exchanges(ctxb(), Query{}, nil, Forward, 1000)
	require.NoError(t, err)
	assert.Greater(t, len(exchanges), 250)
	e, err := j.Exchange(ctxb(), exchanges[len(exchanges)-1].ID)
	require.NoError(t, err)
	assert.True(t, strings.HasPrefix(string(e.Body), `{"pay`), string(e.Body))
	assert.True(t, e.BodyMasked)
	assert.Equal(t, "c2ln", e.Signature)

	// What was seeded reads like what Pike tells: the recorded body gives the same session.
	d, err := j.Session(ctxb(), rows[len(rows)-1].SessionID)
	require.NoError(t, err)
	s, err := pikeapi.ParseSession(d.Raw)
	require.NoError(t, err)
	require.Len(t, s.Operations(), 1)
	op := s.Operations()[0]
	assert.Equal(t, d.Operations[0].OperationID, op.ID)
	assert.Equal(t, d.Operations[0].Amount, op.Amount)
	assert.Equal(t, d.Operations[0].Status, op.Status)
	assert.Equal(t, d.Operations[0].Kind, op.Kind)
	assert.Equal(t, d.Operations[0].RRN, op.RRN)

	// The live way of writing goes on from there: what is observed anew is found anew.
	s.UpdatedAt = clock.now()
	s.Payouts, s.Payments = nil, []pikeapi.Operation{operation(pikeapi.Payment, op.ID, op.Status, 77)}
	s.Payments[0].Recipient = "Completely Different"
	require.NoError(t, j.Observe(ctxb(), s, pikeapi.V2, "test"))
	assert.Len(t, filterOperations(t, j, "completely different"), 1)
}

func TestSeedIntoFullJournal(t *testing.T) {
	j := openTest(t, t.TempDir(), nil)
	send(t, j, payoutTo(testEnv(pikeapi.Policy{}), "a", 1, ""), pikeapi.Accepted, `{"status":"ok"}`)
	require.NoError(t, j.Seed(ctxb(), 100, 3, time.Now()))
	assert.Len(t, filterOperations(t, j, "buyer-"), 100)
	require.Error(t, j.Seed(ctxb(), 0, 3, time.Now()))
}

// A program that is killed while it seeds leaves a journal that the next one completes.
func TestUnfinishedSeedIsCompleted(t *testing.T) {
	dir := t.TempDir()
	j := openTest(t, dir, nil)
	require.NoError(t, j.beginLoad(ctxb()))
	batch, err := newGenerator(SeedOptions{Rows: 50, Seed: 1, Now: time.Now()}).batch(50)
	require.NoError(t, err)
	require.NoError(t, j.write.do(ctxb(), func(tx *txn) error { return tx.insertSeeds(batch, false) }))
	assert.NotEmpty(t, filterOperations(t, j, "status:succeeded"), "pages work without the indexes")
	n, err := j.Count(ctxb(), ListOperations, Query{})
	require.NoError(t, err)
	assert.EqualValues(t, 50, n)
	require.NoError(t, j.Close())

	k := openTest(t, dir, nil)
	assert.Len(t, filterOperations(t, k, "buyer-"), 50, "the search is there")
	var indexes int
	require.NoError(t, k.read.QueryRow(`SELECT count(*) FROM sqlite_schema WHERE name = 'operations_status_currency'`).Scan(&indexes))
	assert.Equal(t, 1, indexes)
	assert.Equal(t, schemaOf(t, openTest(t, t.TempDir(), nil)), schemaOf(t, k), "nothing that a load takes away is missing")
	v, err := k.Verify(ctxb())
	require.NoError(t, err)
	assert.True(t, v.OK(), "%v", v.Problems)
}

func TestNobodyIsAskedForMadeUpSessions(t *testing.T) {
	clock := newClock()
	j := openTest(t, t.TempDir(), clock)
	require.NoError(t, j.Seed(ctxb(), 600, 1, clock.now()))
	waiting, err := j.Waiting(ctxb(), 10)
	require.NoError(t, err)
	require.NotEmpty(t, waiting, "some are unfinished")
	for _, later := range []time.Duration{0, time.Hour, 7 * 24 * time.Hour} {
		asked, err := j.Unfinished(ctxb(), clock.now().Add(later), 10)
		require.NoError(t, err)
		for _, s := range asked {
			assert.Greater(t, clock.now().Add(later).Sub(s.Updated), 8*24*time.Hour, "only what is too old for polling is left")
		}
	}
}
