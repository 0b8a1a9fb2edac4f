package journal

import (
	"context"
	"database/sql"
	"fmt"
	"os"
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

// BenchmarkCommit compares grouped commits with one commit for each write, 32 writers at once.
func BenchmarkCommit(b *testing.B) {
	for _, single := range []bool{false, true} {
		b.Run(map[bool]string{false: "grouped", true: "single"}[single], func(b *testing.B) {
			j, err := Open(ctxb(), b.TempDir(), "sandbox", Options{single: single, Tick: make(chan time.Time)})
			require.NoError(b, err)
			defer func() { require.NoError(b, j.Close()) }()
			env := testEnv(pikeapi.Policy{})
			b.ResetTimer()
			inParallel(b.N, 32, func(i int) {
				p := payoutTo(env, strconv.Itoa(i), 100, "")
				id, err := j.Begin(ctxb(), p, pikeapi.Permit{})
				if err == nil {
					err = j.Finish(ctxb(), result(p, id, pikeapi.Refused, "invalid_request"))
				}
				if err != nil {
					b.Error(err)
				}
			})
		})
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

// BenchmarkSeed compares seeding, with bodies, indexes and search, with bare inserts of the same rows
// into the same tables.
func BenchmarkSeed(b *testing.B) {
	const rows = 100000
	b.Run("seed", func(b *testing.B) {
		var inserted time.Duration
		for b.Loop() {
			b.StopTimer()
			j, err := Open(ctxb(), b.TempDir(), "sandbox", Options{Tick: make(chan time.Time)})
			require.NoError(b, err)
			b.StartTimer()
			start := time.Now()
			require.NoError(b, j.beginLoad(ctxb()))
			require.NoError(b, j.insertGenerated(ctxb(), SeedOptions{Rows: rows, Seed: 1, Now: newClock().now(), Traffic: 1}, false))
			require.NoError(b, j.buildIndexes(ctxb()))
			inserted += time.Since(start)
			require.NoError(b, j.finishLoad(ctxb()))
			b.StopTimer()
			require.NoError(b, j.Close())
			b.StartTimer()
		}
		b.ReportMetric(float64(rows*b.N)/inserted.Seconds(), "rows/s")
		b.ReportMetric(float64(rows*b.N)/b.Elapsed().Seconds(), "rows/s-with-search")
	})
	b.Run("bare", func(b *testing.B) {
		g := newGenerator(SeedOptions{Rows: rows, Seed: 1, Now: newClock().now(), Traffic: 1})
		batch, err := g.batch(rows)
		require.NoError(b, err)
		for b.Loop() {
			bareInserts(b, batch)
		}
		b.ReportMetric(float64(rows*b.N)/b.Elapsed().Seconds(), "rows/s")
	})
}

// bareInserts writes operation, session and body of each row, 5,000 rows in a transaction, without any
// index.
func bareInserts(b *testing.B, batch []*seedRow) {
	b.StopTimer()
	db, err := openPool(b.TempDir()+"/bare.db", time.Second, false)
	require.NoError(b, err)
	db.SetMaxOpenConns(1)
	_, err = db.Exec(`PRAGMA journal_mode=WAL`)
	require.NoError(b, err)
	for _, s := range tableStatements {
		_, err := db.Exec(s)
		require.NoError(b, err)
	}
	b.StartTimer()
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
	b.StopTimer()
	require.NoError(b, db.Close())
	b.StartTimer()
}

func parsed(b *testing.B, text string) Filter {
	b.Helper()
	f, err := ParseFilter(text, newClock().now())
	require.NoError(b, err)
	return f
}

// BenchmarkPage turns pages at a thousand rows and at many, and compares with OFFSET.
func BenchmarkPage(b *testing.B) {
	for _, rows := range []int{1000, benchRows()} {
		j := seeded(b, rows)
		first, err := j.Operations(ctxb(), Query{}, nil, Forward, 50)
		require.NoError(b, err)
		last, err := j.Operations(ctxb(), Query{}, nil, Backward, 50)
		require.NoError(b, err)
		span := first[0].Created.Sub(last[len(last)-1].Created)
		page := func(b *testing.B, q Query, from *Cursor, dir Direction) {
			b.Helper()
			got, err := j.Operations(ctxb(), q, from, dir, 50)
			if err != nil || len(got) == 0 {
				b.Fatal(len(got), err)
			}
		}
		b.Run(fmt.Sprintf("next/%d", rows), func(b *testing.B) {
			for b.Loop() {
				c := first[49].Cursor(Sort{})
				page(b, Query{}, &c, Forward)
			}
		})
		b.Run(fmt.Sprintf("date/%d", rows), func(b *testing.B) {
			i := 0
			for b.Loop() {
				i++
				c := At(Sort{}, first[0].Created.Add(-span*time.Duration(i%97+1)/100))
				page(b, Query{}, &c, Forward)
			}
		})
		b.Run(fmt.Sprintf("end/%d", rows), func(b *testing.B) {
			for b.Loop() {
				page(b, Query{}, nil, Backward)
			}
		})
		b.Run(fmt.Sprintf("amount/%d", rows), func(b *testing.B) {
			for b.Loop() {
				page(b, Query{Sort: Sort{Column: ByAmount}}, nil, Forward)
			}
		})
		b.Run(fmt.Sprintf("offset/%d", rows), func(b *testing.B) {
			for b.Loop() {
				got, err := j.read.Query(`SELECT `+operationColumns+` FROM operations t WHERE t.kind = 'payout' ORDER BY t.created DESC, t.id DESC LIMIT 50 OFFSET ?`, rows/3)
				if err == nil {
					_, err = scanAll(got, scanOperation)
				}
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkFilter reads the first page of filters; LIKE is what a search without the index would cost.
func BenchmarkFilter(b *testing.B) {
	j := seeded(b, benchRows())
	for name, text := range map[string]string{
		"indexed":     "status:failed currency:eur created>2026-11-01 kind:payout",
		"two-states":  "status:failed,pending currency:usd",
		"pending":     "status:pending",
		"rare-error":  "error:card_number_does_not_exist",
		"amount":      "amount>11000",
		"three":       "иваn",
		"name":        "jane roe",
		"rare-id":     "po_10482",
		"one-payout":  "po_10487721",
		"common":      "buyer",
		"order":       "48215",
		"two-letters": "ro",
		"none":        "no such thing",
		"has-refund":  "has:refund",
	} {
		q := Query{Filter: parsed(b, text)}
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := j.Operations(ctxb(), q, nil, Forward, 50); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("like-count", func(b *testing.B) {
		for b.Loop() {
			var n int
			if err := j.read.QueryRow(`SELECT count(*) FROM operations WHERE op_id LIKE '%48215%' OR recipient LIKE '%48215%' OR customer LIKE '%48215%' OR metadata LIKE '%48215%'`).Scan(&n); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkNumbers reads what the overview and the totals show.
func BenchmarkNumbers(b *testing.B) {
	j := seeded(b, benchRows())
	b.Run("stats", func(b *testing.B) {
		for b.Loop() {
			if _, err := j.Stats(ctxb(), newClock().now()); err != nil {
				b.Fatal(err)
			}
		}
	})
	for _, text := range []string{"", "status:failed", "buyer-77"} {
		q := Query{Filter: parsed(b, text)}
		b.Run("totals/"+text, func(b *testing.B) {
			for b.Loop() {
				if _, err := j.Totals(ctxb(), ListOperations, q); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("count/"+text, func(b *testing.B) {
			for b.Loop() {
				if _, err := j.Count(ctxb(), ListOperations, q); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("vocabulary", func(b *testing.B) {
		for b.Loop() {
			if _, err := j.Vocabulary(ctxb()); err != nil {
				b.Fatal(err)
			}
		}
	})
}
