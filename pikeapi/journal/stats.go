package journal

import (
	"context"
	"database/sql"
	"sort"
	"time"
)

// Stats are the numbers of the overview.
type Stats struct {
	At       time.Time
	Hour     []Total // operations created in the last 60 minutes
	Day      []Total // in the last 24 hours
	Week     []Total // in the last 7 days
	Failures []Failure
	Latency  []Bucket // the last hour by minute, the oldest first
	Waiting  int
	Unknown  int
	Actions  []Action // the last things done, the newest first
}

// Failure counts the operations of the last 7 days that carry an error code.
type Failure struct {
	Code            string
	Hour, Day, Week int64
}

// Bucket tells how calls went within a span of time.
type Bucket struct {
	Start  time.Time
	Count  int
	Failed int           // refused, not sent or unknown
	Median time.Duration // of calls that were answered
	Worst  time.Duration
}

// Action is something that was done lately.
type Action struct {
	At    time.Time
	Entry AuditEntry
}

const (
	bucketSpan  = time.Minute
	bucketCount = 60
	// latencyRows bounds how many calls the latency plot looks at: the newest.
	latencyRows = 50000
	lastActions = 10
)

// Stats gathers the numbers of the overview as of now. It reads the indexes of the last week only.
func (j *Journal) Stats(ctx context.Context, now time.Time) (*Stats, error) {
	s := &Stats{At: now}
	for _, step := range []func(context.Context, *Stats, time.Time) error{j.windowStats, j.failureStats, j.latencyStats, j.countStats, j.actionStats} {
		if err := step(ctx, s, now); err != nil {
			return nil, j.readError(ctx, "reading the overview", err)
		}
	}
	return s, nil
}

// windowStats reads the week once, split where the smaller windows begin.
func (j *Journal) windowStats(ctx context.Context, s *Stats, now time.Time) error {
	hour, day, week := totals{}, totals{}, totals{}
	read := func(index string) (*sql.Rows, error) {
		return j.read.QueryContext(ctx, `SELECT CASE WHEN created >= ?1 THEN 0 WHEN created >= ?2 THEN 1 ELSE 2 END AS age,
				kind, status, currency, count(*), sum(amount >> 20), sum(amount & 1048575)
			FROM operations `+index+` WHERE created >= ?3 GROUP BY 1, 2, 3, 4`,
			micros(now.Add(-time.Hour)), micros(now.Add(-24*time.Hour)), micros(now.Add(-7*24*time.Hour)))
	}
	rows, err := read("INDEXED BY operations_stats") // it holds all that is read here
	if missingIndex(err) {
		rows, err = read("")
	}
	if err != nil {
		return err
	}
	err = eachRow(rows, func(rows *sql.Rows) error {
		var age int
		var k totalKey
		var n, high, low int64
		if err := rows.Scan(&age, &k.kind, &k.status, &k.currency, &n, &high, &low); err != nil {
			return err
		}
		for i, window := range []totals{hour, day, week} {
			if age <= i {
				window.add(k, n, high, low)
			}
		}
		return nil
	})
	s.Hour, s.Day, s.Week = hour.list(), day.list(), week.list()
	return err
}

func (j *Journal) failureStats(ctx context.Context, s *Stats, now time.Time) error {
	const query = `SELECT error_code, sum(created >= ?1), sum(created >= ?2), count(*) FROM operations
		WHERE kind IN ('payout', 'payment') AND error_code <> '' AND created >= ?3 GROUP BY 1`
	rows, err := j.read.QueryContext(ctx, query, micros(now.Add(-time.Hour)), micros(now.Add(-24*time.Hour)), micros(now.Add(-7*24*time.Hour)))
	if err != nil {
		return err
	}
	s.Failures, err = scanAll(rows, func(rows *sql.Rows) (f Failure, err error) {
		return f, rows.Scan(&f.Code, &f.Hour, &f.Day, &f.Week)
	})
	sort.Slice(s.Failures, func(i, k int) bool {
		a, b := s.Failures[i], s.Failures[k]
		if a.Week != b.Week {
			return a.Week > b.Week
		}
		return a.Code < b.Code
	})
	return err
}

func (j *Journal) latencyStats(ctx context.Context, s *Stats, now time.Time) error {
	start := now.Truncate(bucketSpan).Add(-(bucketCount - 1) * bucketSpan)
	latencies := make([][]time.Duration, bucketCount)
	s.Latency = make([]Bucket, bucketCount)
	for i := range s.Latency {
		s.Latency[i].Start = start.Add(time.Duration(i) * bucketSpan)
	}
	rows, err := j.read.QueryContext(ctx, `SELECT started, latency, outcome FROM exchanges WHERE started >= ? AND started < ? ORDER BY started DESC LIMIT ?`,
		micros(start), micros(start.Add(bucketCount*bucketSpan)), latencyRows)
	if err != nil {
		return err
	}
	err = eachRow(rows, func(rows *sql.Rows) error {
		var started, latency int64
		var outcome string
		if err := rows.Scan(&started, &latency, &outcome); err != nil {
			return err
		}
		i := int(timeOf(started).Sub(start) / bucketSpan)
		if outcome == "" || i < 0 || i >= bucketCount {
			return nil
		}
		b := &s.Latency[i]
		b.Count++
		if outcome != "accepted" {
			b.Failed++
		}
		if latency > 0 {
			latencies[i] = append(latencies[i], time.Duration(latency)*time.Microsecond)
		}
		return nil
	})
	for i, l := range latencies {
		if len(l) == 0 {
			continue
		}
		sort.Slice(l, func(a, b int) bool { return l[a] < l[b] })
		s.Latency[i].Median, s.Latency[i].Worst = l[len(l)/2], l[len(l)-1]
	}
	return err
}

func (j *Journal) countStats(ctx context.Context, s *Stats, _ time.Time) error {
	return j.read.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM sessions WHERE next_action <> '' AND status = 'in_progress'),
		(SELECT count(*) FROM intents WHERE state = 'unknown')`).Scan(&s.Waiting, &s.Unknown)
}

func (j *Journal) actionStats(ctx context.Context, s *Stats, _ time.Time) error {
	rows, err := j.read.QueryContext(ctx, `SELECT entry FROM audit ORDER BY seq DESC LIMIT ?`, lastActions)
	if err != nil {
		return err
	}
	s.Actions, err = scanAll(rows, scanAction)
	return err
}
