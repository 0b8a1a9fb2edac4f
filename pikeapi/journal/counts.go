package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"sort"
	"strings"

	"pikedash/pikeapi"
)

// Count counts the rows of a list that fulfil the query's filter. It reads as much as it must: run it
// off the key path, and cancel it through ctx when the filter changes.
func (j *Journal) Count(ctx context.Context, l List, q Query) (int64, error) {
	s, err := q.Filter.compile(l, j.environment)
	if err != nil || s.never {
		return 0, err
	}
	var n int64
	err = j.aggregate(ctx, s, `count(*)`, "", func(rows *sql.Rows) error {
		var part int64
		err := rows.Scan(&part)
		n += part
		return err
	})
	return n, j.readError(ctx, fmt.Sprintf("counting %s", l), err)
}

// Total is a count and a sum of amounts with one status and currency.
type Total struct {
	Kind   pikeapi.Kind
	Status string
	Count  int64
	Sum    pikeapi.Money // minor units; MaxInt64 when the sum is larger than can be held
}

// Totals adds up what fulfils the filter of a list of operations or sessions, by kind, status and
// currency.
func (j *Journal) Totals(ctx context.Context, l List, q Query) ([]Total, error) {
	if l != ListOperations && l != ListSessions {
		return nil, fmt.Errorf("%s have no totals", l)
	}
	s, err := q.Filter.compile(l, j.environment)
	if err != nil || s.never {
		return nil, err
	}
	sums := totals{}
	err = j.aggregate(ctx, s, `t.kind, t.status, t.currency, count(*), sum(t.amount >> 20), sum(t.amount & 1048575)`, "GROUP BY 1, 2, 3", sums.scan)
	return sums.list(), j.readError(ctx, fmt.Sprintf("adding up %s", l), err)
}

// TotalsOf adds up the rows with the given row numbers, such as those that are marked.
func (j *Journal) TotalsOf(ctx context.Context, l List, ids []int64) ([]Total, error) {
	if l != ListOperations && l != ListSessions {
		return nil, fmt.Errorf("%s have no totals", l)
	}
	sums := totals{}
	const chunk = 500
	for at := 0; at < len(ids); at += chunk {
		part := ids[at:min(at+chunk, len(ids))]
		args := make([]any, len(part))
		for i, id := range part {
			args[i] = id
		}
		rows, err := j.read.QueryContext(ctx, fmt.Sprintf(`SELECT t.kind, t.status, t.currency, count(*), sum(t.amount >> 20), sum(t.amount & 1048575)
			FROM %s t WHERE t.id IN (%s) GROUP BY 1, 2, 3`, tableOf(l).table, placeholders(len(part))), args...)
		if err == nil {
			err = eachRow(rows, sums.scan)
		}
		if err != nil {
			return nil, j.readError(ctx, "adding up marked rows", err)
		}
	}
	return sums.list(), nil
}

// aggregate runs an aggregate over a selection, once for each branch of its best index. The parts
// have to be added up.
func (j *Journal) aggregate(ctx context.Context, s *selection, columns, group string, scan func(*sql.Rows) error) error {
	var parts []condition
	match, ok, err := j.match(ctx, j.read, s)
	if err != nil {
		return err
	}
	if ok {
		on, where := s.on(match), s.where(source{}, nil)
		index := "INDEXED BY operations_session"
		if s.list.id == ListSessions {
			index = "NOT INDEXED"
		}
		parts = append(parts, condition{index + " WHERE " + on.sql + " AND " + where.sql, append(append([]any{}, on.args...), where.args...)})
	} else if src, ok, err := j.aggregateSource(ctx, s, group != ""); err != nil {
		return err
	} else if ok {
		by := "INDEXED BY " + src.index
		if src.index == "" {
			by = "NOT INDEXED"
		}
		for _, branch := range src.values {
			where := s.where(src, branch)
			parts = append(parts, condition{by + " WHERE " + where.sql, where.args})
		}
	} else {
		where := s.where(source{}, nil)
		parts = append(parts, condition{"WHERE " + where.sql, where.args})
	}
	for _, c := range parts {
		rows, err := j.read.QueryContext(ctx, strings.Join([]string{"SELECT", columns, "FROM", s.list.table, "t", c.sql, group}, " "), c.args...)
		if missingIndex(err) {
			where := s.where(source{}, nil)
			rows, err = j.read.QueryContext(ctx, strings.Join([]string{"SELECT", columns, "FROM", s.list.table, "t WHERE", where.sql, group}, " "), where.args...)
			if err == nil {
				return eachRow(rows, scan)
			}
		}
		if err != nil {
			return err
		}
		if err := eachRow(rows, scan); err != nil {
			return err
		}
	}
	return nil
}

// aggregateSource returns the index from which an aggregate is read; for totals one that holds all
// that they need, so that no row is read, where there is one. No index at all is a source of its own.
func (j *Journal) aggregateSource(ctx context.Context, s *selection, totals bool) (source, bool, error) {
	switch {
	case len(s.ids) > 0:
		return source{}, false, nil
	case !s.covered() || !totals && len(s.money) == 0:
		if src, ok := s.best(); ok {
			return src, true, nil
		}
		return j.spanSource(ctx, s)
	}
	src, ok := s.totalsSource()
	return src, ok, nil
}

// spanSource reads ranges of time along their index, as those rows lie side by side; those of amounts
// only when they are few, as those rows lie anywhere: then all rows in turn are quicker.
func (j *Journal) spanSource(ctx context.Context, s *selection) (source, bool, error) {
	for _, by := range []Column{ByCreated, ByUpdated} {
		o, ok := s.list.sorts[by]
		if n := s.spans[o.num]; ok && (n.low != nil || n.high != nil) {
			return s.walkSource(o), true, nil
		}
	}
	if n := s.spans["amount"]; n.low == nil && n.high == nil {
		return source{}, false, nil
	}
	few, src, err := j.fewInSpan(ctx, j.read, s)
	if err != nil || few {
		return src, true, err
	}
	return source{values: [][]any{nil}}, true, nil
}

// totalsSource is the index that holds all that totals need.
func (s *selection) totalsSource() (source, bool) {
	if s.spans["created"].low != nil {
		return source{index: "operations_stats", values: [][]any{nil}}, true // in the order of time
	}
	var columns []string // in the order of the groups
	for _, column := range []string{"status", "currency"} {
		if _, asked := s.equal[column]; !asked {
			break
		}
		columns = append(columns, column)
	}
	return s.sourceFor("operations_status_currency", columns)
}

// covered reports whether the filter asks for nothing but what the indexes of the totals hold.
func (s *selection) covered() bool {
	if s.list.id != ListOperations || len(s.rest) > 0 {
		return false
	}
	for _, column := range append(sortedKeys(s.equal), sortedKeys(s.spans)...) {
		if !contains([]string{"kind", "status", "currency", "created", "amount"}, column) {
			return false
		}
	}
	return true
}

func eachRow(rows *sql.Rows, scan func(*sql.Rows) error) (err error) {
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

type totalKey struct{ kind, status, currency string }

type totalSum struct {
	count int64
	sum   big.Int
}

// totals adds up without overflow: amounts come in two halves.
type totals map[totalKey]*totalSum

func (t totals) scan(rows *sql.Rows) error {
	var k totalKey
	var n, high, low int64
	if err := rows.Scan(&k.kind, &k.status, &k.currency, &n, &high, &low); err != nil {
		return err
	}
	t.add(k, n, high, low)
	return nil
}

func (t totals) add(k totalKey, n, high, low int64) {
	have := t[k]
	if have == nil {
		have = &totalSum{}
		t[k] = have
	}
	have.count += n
	part := new(big.Int).Lsh(big.NewInt(high), 20)
	have.sum.Add(&have.sum, part.Add(part, big.NewInt(low)))
}

func (t totals) list() []Total {
	all := make([]Total, 0, len(t))
	for k, v := range t {
		sum := int64(1<<63 - 1)
		if v.sum.IsInt64() {
			sum = v.sum.Int64()
		}
		all = append(all, Total{Kind: pikeapi.Kind(k.kind), Status: k.status, Count: v.count, Sum: pikeapi.Money{Amount: sum, Currency: k.currency}})
	}
	sort.Slice(all, func(i, k int) bool {
		a, b := all[i], all[k]
		if a.Kind != b.Kind {
			return a.Kind > b.Kind // payouts first
		}
		if a.Status != b.Status {
			return a.Status < b.Status
		}
		return a.Sum.Currency < b.Sum.Currency
	})
	return all
}

// Locate finds the place of an id under a sort: of an operation, a session, a request or a notification;
// or else of the first row of a session of that id. found is false when there is none, or when the filter
// hides it.
func (j *Journal) Locate(ctx context.Context, l List, q Query, id string) (c Cursor, found bool, err error) {
	terms := q.Filter.terms
	for _, field := range []string{"id", "session"} {
		q.Filter.terms = append(slices.Clone(terms), term{field: field, values: []string{id}})
		if c, found, err = j.first(ctx, l, q); found || err != nil {
			return c, found, err
		}
	}
	return Cursor{}, false, nil
}

// first is the place of the first row of a list.
func (j *Journal) first(ctx context.Context, l List, q Query) (c Cursor, found bool, err error) {
	switch l {
	case ListOperations:
		return locate(q.Sort, func() ([]OperationRow, error) { return j.Operations(ctx, q, nil, Forward, 1) })
	case ListSessions:
		return locate(q.Sort, func() ([]SessionRow, error) { return j.Sessions(ctx, q, nil, Forward, 1) })
	case ListExchanges:
		return locate(q.Sort, func() ([]ExchangeRow, error) { return j.Exchanges(ctx, q, nil, Forward, 1) })
	case ListWebhooks:
		return locate(q.Sort, func() ([]WebhookRow, error) { return j.Webhooks(ctx, q, nil, Forward, 1) })
	}
	return locate(q.Sort, func() ([]IntentRow, error) { return j.Intents(ctx, q, nil, Forward, 1) })
}

func locate[T interface{ Cursor(Sort) Cursor }](s Sort, read func() ([]T, error)) (Cursor, bool, error) {
	rows, err := read()
	if err != nil || len(rows) == 0 {
		return Cursor{}, false, err
	}
	return rows[0].Cursor(s), true, nil
}
