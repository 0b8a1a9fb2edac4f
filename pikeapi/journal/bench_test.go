package journal

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"pikedash/pikeapi"
)

// The big journal of the measurements: PIKEDASH_BENCH_ROWS rows (a million), in a folder that lives
// as long as PIKEDASH_BENCH_DIR says, else as long as the measurement.
func benchRows() int {
	if n, err := strconv.Atoi(os.Getenv("PIKEDASH_BENCH_ROWS")); err == nil && n > 0 {
		return n
	}
	return 1000000
}

func seeded(b *testing.B, rows int) *Journal {
	b.Helper()
	dir := os.Getenv("PIKEDASH_BENCH_DIR")
	if dir == "" {
		dir = b.TempDir()
	}
	j, err := Open(ctxb(), dir, fmt.Sprintf("rows-%d", rows), Options{Now: newClock().now, Tick: make(chan time.Time)})
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, j.Close()) })
	if n, err := j.Newest(ctxb(), ListOperations); err == nil && n == 0 {
		require.NoError(b, j.Seed(ctxb(), rows, 1, newClock().now()))
	}
	return j
}

// BenchmarkCommit compares grouped commits with one commit for each write, 32 writers at once. Both
// write each intent and its outcome to the disk, fully synchronised.
func BenchmarkCommit(b *testing.B) {
	const calls = 400
	env := testEnv(pikeapi.Policy{})
	open := func(single bool) *Journal {
		j, err := Open(ctxb(), b.TempDir(), "sandbox", Options{single: single, Tick: make(chan time.Time)})
		require.NoError(b, err)
		b.Cleanup(func() { require.NoError(b, j.Close()) })
		return j
	}
	write := func(j *Journal) func() {
		n := 0
		return func() {
			n++
			inParallel(calls, 32, func(i int) {
				p := payoutTo(env, fmt.Sprint(n, "-", i), 100, "")
				id, err := j.Begin(ctxb(), p, pikeapi.Permit{})
				if err == nil {
					err = j.Finish(ctxb(), result(p, id, pikeapi.Refused, "invalid_request"))
				}
				if err != nil {
					b.Error(err)
				}
			})
		}
	}
	things := map[string]func(){"grouped": write(open(false)), "single": write(open(true))}
	for b.Loop() {
		m := race(b, 5, things)
		b.ReportMetric(calls/m["grouped"]*1e6, "calls/s")
		limit(b, "single / grouped is at least 2.5; grouped / single", m["grouped"]/m["single"], 1/2.5)
	}
}

func inParallel(n, workers int, do func(int)) {
	var wg sync.WaitGroup
	next := make(chan int)
	for range workers {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := range next {
				do(i)
			}
		}()
	}
	for i := range n {
		next <- i
	}
	close(next)
	wg.Wait()
}

// BenchmarkSeed compares seeding, with bodies, list indexes and all, with bare inserts of the same rows
// into the same tables.
func BenchmarkSeed(b *testing.B) {
	const rows = 100000
	batch, err := newGenerator(SeedOptions{Rows: rows, Seed: 1, Now: newClock().now(), Traffic: 1}).batch(rows)
	require.NoError(b, err)
	var searched time.Duration
	seed := func() {
		j, err := Open(ctxb(), b.TempDir(), "sandbox", Options{Tick: make(chan time.Time)})
		require.NoError(b, err)
		require.NoError(b, j.beginLoad(ctxb()))
		require.NoError(b, j.insertGenerated(ctxb(), SeedOptions{Rows: rows, Seed: 1, Now: newClock().now(), Traffic: 1}, false))
		require.NoError(b, j.buildIndexes(ctxb()))
		start := time.Now()
		require.NoError(b, j.finishLoad(ctxb()))
		require.NoError(b, j.Close())
		searched = time.Since(start)
	}
	for b.Loop() {
		m := race(b, 3, map[string]func(){"seed": seed, "bare": func() { bareInserts(b, batch) }})
		search := float64(searched.Microseconds())
		b.ReportMetric(rows/m["seed"]*1e6, "rows/s-with-search")
		b.ReportMetric(rows/(m["seed"]-search)*1e6, "rows/s")
		limit(b, "(seed without search) / bare", (m["seed"]-search)/m["bare"], 1/0.6)
	}
}

// bareInserts writes operation, session and body of each row, 5,000 rows in a transaction, without any
// index.
func bareInserts(b *testing.B, batch []*seedRow) {
	db, err := openPool(b.TempDir()+"/bare.db", time.Second, false)
	require.NoError(b, err)
	db.SetMaxOpenConns(1)
	_, err = db.Exec(`PRAGMA journal_mode=WAL`)
	require.NoError(b, err)
	for _, s := range tableStatements {
		_, err := db.Exec(s)
		require.NoError(b, err)
	}
	t := &txn{ctx: context.Background(), w: &writer{stmts: map[string]*sql.Stmt{}}}
	n := int64(0)
	for at := 0; at < len(batch); at += 5000 {
		conn, err := db.Conn(ctxb())
		require.NoError(b, err)
		t.w.conn, t.w.stmts = conn, map[string]*sql.Stmt{}
		require.NoError(b, t.exec(`BEGIN`))
		for _, r := range batch[at:min(at+5000, len(batch))] {
			n++
			r.body, r.row = n, n
			err := t.exec(`INSERT INTO bodies(id, data) VALUES(?, ?)`, r.body, r.raw)
			if err == nil {
				err = t.exec(`INSERT INTO sessions(id, session_id, status, next_action, kind, created, updated, finished, observed, amount, currency,
					recipient, recipient_key, customer, customer_key, operations, refunds, version, since, deadline, body, text)
					VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)`, r.sessionValues()...)
			}
			if err == nil {
				err = t.exec(insertOperation, r.operationValues()...)
			}
			require.NoError(b, err)
		}
		require.NoError(b, t.exec(`COMMIT`))
		for _, s := range t.w.stmts {
			require.NoError(b, s.Close())
		}
		require.NoError(b, conn.Close())
	}
	require.NoError(b, db.Close())
}

func parsed(b testing.TB, text string) Filter {
	b.Helper()
	f, err := ParseFilter(text, newClock().now())
	require.NoError(b, err)
	return f
}

// A race runs things in turn, so that a noisy machine hits all of them, and gives the median time of
// each in microseconds.
func race(b *testing.B, rounds int, things map[string]func()) map[string]float64 {
	b.Helper()
	times := map[string][]float64{}
	for range rounds {
		for name, do := range things {
			start := time.Now()
			do()
			times[name] = append(times[name], float64(time.Since(start).Nanoseconds())/1000)
		}
	}
	medians := map[string]float64{}
	for name, all := range times {
		slices.Sort(all)
		medians[name] = all[len(all)/2]
		b.ReportMetric(medians[name], name+"-µs")
	}
	return medians
}

// limit fails the measurement when a number is above its limit.
func limit(b *testing.B, what string, got, most float64) {
	b.Helper()
	b.Logf("%-45s %10.2f   at most %g", what, got, most)
	if got > most {
		b.Errorf("%s: %.2f is above %g", what, got, most)
	}
}

// BenchmarkMillion measures lists, filters, search and totals over a million rows (or as many as
// PIKEDASH_BENCH_ROWS says) beside a thousand, and beside what other ways would cost.
func BenchmarkMillion(b *testing.B) {
	small, big := seeded(b, 1000), seeded(b, benchRows())
	for b.Loop() {
		b.Run("pages", func(b *testing.B) { racePages(b, small, big) })
		b.Run("filters", func(b *testing.B) { raceFilters(b, big) })
		b.Run("numbers", func(b *testing.B) { raceNumbers(b, big) })
	}
}

func racePages(b *testing.B, small, big *Journal) {
	page := func(j *Journal, q Query, from *Cursor, dir Direction) func() {
		return func() {
			if rows, err := j.Operations(ctxb(), q, from, dir, 50); err != nil || len(rows) != 50 {
				b.Fatal(len(rows), err)
			}
		}
	}
	jump := func(j *Journal) func() {
		first, err := j.Operations(ctxb(), Query{}, nil, Forward, 1)
		require.NoError(b, err)
		last, err := j.Operations(ctxb(), Query{}, nil, Backward, 1)
		require.NoError(b, err)
		span, n := first[0].Created.Sub(last[0].Created), 0
		return func() {
			n++
			c := At(Sort{}, first[0].Created.Add(-span*time.Duration(n%89+5)/100))
			page(j, Query{}, &c, Forward)()
		}
	}
	rows := benchRows()
	m := race(b, 31, map[string]func(){
		"start-small": page(small, Query{}, nil, Forward), "start-big": page(big, Query{}, nil, Forward),
		"end-big": page(big, Query{}, nil, Backward), "jump-small": jump(small), "jump-big": jump(big),
		"amount-big": page(big, Query{Sort: Sort{Column: ByAmount}}, nil, Forward),
		"offset-big": func() {
			got, err := big.read.Query(`SELECT `+operationColumns+` FROM operations t ORDER BY t.created DESC, t.id DESC LIMIT 50 OFFSET ?`, rows/2)
			if err == nil {
				_, err = scanAll(got, scanOperation)
			}
			if err != nil {
				b.Fatal(err)
			}
		},
	})
	limit(b, "first page, big / small", m["start-big"]/m["start-small"], 2)
	limit(b, "jump to a date, big / small", m["jump-big"]/m["jump-small"], 2)
	limit(b, "jump to a date / OFFSET", m["jump-big"]/m["offset-big"], 1.0/20)
}

func raceFilters(b *testing.B, j *Journal) {
	things := map[string]func(){}
	for name, text := range map[string]string{
		"indexed": "status:failed currency:eur created>2026-01-01 kind:payout", "two-states": "status:failed,pending currency:usd",
		"rare-error": "error:card_number_does_not_exist", "amount": "amount>11000", "refunded": "has:refund",
		"three-letters": "ива", "name": "jane roe", "beginning": "po_10482", "one-id": "po_10487721", "common": "buyer", "order": "48215",
		"two-letters": "ro", "none": "no such thing",
	} {
		q := Query{Filter: parsed(b, text)}
		things[name] = func() {
			if _, err := j.Operations(ctxb(), q, nil, Forward, 50); err != nil {
				b.Fatal(err)
			}
		}
	}
	m := race(b, 15, things)
	like := race(b, 3, map[string]func(){"like-count": func() {
		var n int
		if err := j.read.QueryRow(`SELECT count(*) FROM operations WHERE op_id LIKE '%48215%' OR recipient LIKE '%48215%' OR customer LIKE '%48215%' OR metadata LIKE '%48215%'`).Scan(&n); err != nil {
			b.Fatal(err)
		}
	}})["like-count"]
	limit(b, "indexed filter, first page, ms", m["indexed"]/1000, 1)
	limit(b, "indexed filter / LIKE count", m["indexed"]/like, 1.0/100)
	for _, name := range []string{"three-letters", "beginning", "one-id", "common", "order", "none"} {
		limit(b, "search "+name+", first page, ms", m[name]/1000, 20)
	}
	limit(b, "search of two common words, first page, ms", m["name"]/1000, 40)
	limit(b, "two letters, first page, ms", m["two-letters"]/1000, 40)
	limit(b, "search / LIKE count", m["order"]/like, 1.0/25)
}

func raceNumbers(b *testing.B, j *Journal) {
	things := map[string]func(){
		"stats": func() {
			if _, err := j.Stats(ctxb(), newClock().now()); err != nil {
				b.Fatal(err)
			}
		},
		"vocabulary": func() {
			if _, err := j.Vocabulary(ctxb()); err != nil {
				b.Fatal(err)
			}
		},
	}
	for name, text := range map[string]string{"all": "", "failed": "status:failed", "buyer": "buyer-77"} {
		q := Query{Filter: parsed(b, text)}
		things["totals-"+name] = func() {
			if _, err := j.Totals(ctxb(), ListOperations, q); err != nil {
				b.Fatal(err)
			}
		}
		things["count-"+name] = func() {
			if _, err := j.Count(ctxb(), ListOperations, q); err != nil {
				b.Fatal(err)
			}
		}
	}
	m := race(b, 5, things)
	limit(b, "overview, ms", m["stats"]/1000, 150)
}
