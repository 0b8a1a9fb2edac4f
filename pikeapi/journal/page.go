package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// maxPage is the most rows that one page can hold.
const maxPage = 1000

// A reading is one page to be read.
type reading struct {
	s         *selection
	o         order
	columns   string // SELECT list, with t. before every column
	from      *Cursor
	descends  bool // in the order of reading, which is backwards for Backward
	n         int
	byCreated bool
}

// page reads up to n rows of a list after or before a cursor, in the list's order. From nil, Forward
// begins at the start and Backward at the end.
func page[T any](ctx context.Context, j *Journal, l List, columns string, q Query, from *Cursor, dir Direction, n int, scan func(*sql.Rows) (T, error)) ([]T, error) {
	s, err := q.Filter.compile(l, j.environment)
	if err != nil {
		return nil, err
	}
	if n <= 0 || s.never {
		return nil, nil
	}
	r := reading{
		s: s, o: s.list.order(q.Sort), columns: columns, from: from, n: min(n, maxPage),
		descends:  q.Sort.Ascending == (dir == Backward),
		byCreated: q.Sort.Column == "" || q.Sort.Column == ByCreated || s.list.sorts[q.Sort.Column].num == "",
	}
	all, err := readPage(ctx, j, r, scan)
	if err != nil {
		return nil, j.readError(ctx, fmt.Sprintf("reading %s", l), err)
	}
	if dir == Backward {
		slices.Reverse(all)
	}
	return all, nil
}

// readPage reads in the order of reading.
func readPage[T any](ctx context.Context, j *Journal, r reading, scan func(*sql.Rows) (T, error)) ([]T, error) {
	tx, err := j.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	all, err := readPageFrom(ctx, j, tx, r, scan)
	if rerr := tx.Rollback(); rerr != nil && ctx.Err() == nil {
		err = errors.Join(err, rerr)
	}
	return all, err
}

func readPageFrom[T any](ctx context.Context, j *Journal, tx querier, r reading, scan func(*sql.Rows) (T, error)) ([]T, error) {
	p, err := j.choose(ctx, tx, r.s, r.o, r.byCreated)
	if err != nil {
		return nil, err
	}
	run := func(p plan, pinned bool) ([]T, error) {
		c := r.query(p, pinned)
		rows, err := tx.QueryContext(ctx, c.sql, c.args...)
		if err != nil {
			return nil, err
		}
		return scanAll(rows, scan)
	}
	if p.budget {
		// A common word: its hits are near, unless they all lie far away.
		c := r.walkWithin(j.limits.budget)
		rows, err := tx.QueryContext(ctx, c.sql, c.args...)
		if err != nil {
			return nil, err
		}
		all, err := scanAll(rows, scan)
		if err != nil || len(all) >= r.n {
			return all, err
		}
		p = plan{collect: true, match: p.match}
	}
	all, err := run(p, true)
	if missingIndex(err) {
		return run(p, false)
	}
	return all, err
}

// query writes the statement of a plan.
func (r reading) query(p plan, pinned bool) condition {
	if p.match != nil {
		return r.collectMatches(*p.match)
	}
	if len(p.src.values) == 0 {
		c := r.s.where(source{}, nil)
		return r.finish(r.selectFrom("", c, p.collect), p.collect)
	}
	var parts []string
	var args []any
	for _, branch := range p.src.values {
		index := ""
		if pinned {
			index = "INDEXED BY " + p.src.index
		}
		c := r.finish(r.selectFrom(index, r.s.where(p.src, branch), p.collect), p.collect)
		parts, args = append(parts, c.sql), append(args, c.args...)
	}
	if len(parts) == 1 {
		return condition{parts[0], args}
	}
	for i := range parts {
		parts[i] = "SELECT * FROM (" + parts[i] + ")"
	}
	return condition{strings.Join(parts, " UNION ALL ") + r.orderBy("", false) + r.limit(), args}
}

// collectMatches reads every row that the text search names, and sorts.
func (r reading) collectMatches(match condition) condition {
	on, c := r.s.on(match), r.s.where(source{}, nil)
	if r.s.list.id == ListOperations && r.byCreated {
		return r.inFull(r.hitsInOrder(on, c))
	}
	index := "INDEXED BY operations_session"
	if r.s.list.id == ListSessions {
		index = "NOT INDEXED" // by row number
	}
	c = condition{on.sql + " AND " + c.sql, append(append([]any{}, on.args...), c.args...)}
	return r.inFull(r.finish(r.selectColumns("t.id", index, c, true), true))
}

// hitsInOrder sorts what the search names by what its index holds, and then looks at the rows in that
// order until there are enough. (The subquery has a limit, so that it is sorted as it stands; the join is
// one that keeps its order.)
func (r reading) hitsInOrder(on, c condition) condition {
	sorted := r.selectColumns("t.id", "INDEXED BY operations_session", on, true)
	return condition{fmt.Sprintf("SELECT t.id FROM (%s%s LIMIT -1) h CROSS JOIN operations t NOT INDEXED WHERE t.id = h.id AND %s%s",
		sorted.sql, r.orderBy("t.", true), c.sql, r.limit()), append(sorted.args, c.args...)}
}

// inFull reads the rows whose numbers a statement gives: what was looked at to find and sort them is
// only what that needs.
func (r reading) inFull(ids condition) condition {
	return condition{fmt.Sprintf("SELECT %s FROM %s t NOT INDEXED WHERE t.id IN (%s)%s", r.columns, r.s.list.table, ids.sql, r.orderBy("t.", true)), ids.args}
}

// walkWithin walks the order's index over a bounded number of rows. The kinds are merged before the
// bound is counted, so that no row of one kind is passed over for a later one of the other.
func (r reading) walkWithin(budget int) condition {
	src := r.s.walkSource(r.o)
	var parts []string
	var args []any
	for _, branch := range src.values {
		base := condition{sql: "1"}
		if len(branch) > 0 {
			base = condition{"t.kind = ?", branch}
		}
		inner := r.selectColumns("*", "INDEXED BY "+src.index, base, false)
		parts, args = append(parts, inner.sql), append(args, inner.args...)
	}
	outer := r.s.where(source{}, nil)
	return r.inFull(condition{fmt.Sprintf("SELECT t.id FROM (%s%s LIMIT %d) t WHERE %s%s%s", strings.Join(parts, " UNION ALL "), r.orderBy("", false), budget,
		outer.sql, r.orderBy("t.", false), r.limit()), append(args, outer.args...)})
}

func (r reading) selectFrom(index string, c condition, collect bool) condition {
	return r.selectColumns(r.columns, index, c, collect)
}

// selectColumns writes the rows after the cursor that fulfil c.
func (r reading) selectColumns(columns, index string, c condition, collect bool) condition {
	where, args := c.sql, append([]any{}, c.args...)
	if r.from != nil {
		sign := ">"
		if r.descends {
			sign = "<"
		}
		plus := ""
		if collect {
			plus = "+" // keeps SQLite from walking the order's index
		}
		if r.o.text != "" {
			where += fmt.Sprintf(" AND (%st.%s, t.%s, t.id) %s (?, ?, ?)", plus, r.o.text, r.o.num, sign)
			args = append(args, r.from.Text, r.from.Num, r.from.ID)
		} else {
			where += fmt.Sprintf(" AND (%st.%s, t.id) %s (?, ?)", plus, r.o.num, sign)
			args = append(args, r.from.Num, r.from.ID)
		}
	}
	return condition{fmt.Sprintf("SELECT %s FROM %s t %s WHERE %s", columns, r.s.list.table, index, where), args}
}

func (r reading) finish(c condition, collect bool) condition {
	c.sql += r.orderBy("t.", collect) + r.limit()
	return c
}

func (r reading) limit() string { return fmt.Sprintf(" LIMIT %d", r.n) }

func (r reading) orderBy(prefix string, collect bool) string {
	dir, plus := "", ""
	if r.descends {
		dir = " DESC"
	}
	if collect {
		plus = "+"
	}
	parts := []string{}
	if r.o.text != "" {
		parts = append(parts, plus+prefix+r.o.text+dir)
	}
	parts = append(parts, plus+prefix+r.o.num+dir, prefix+"id"+dir)
	return " ORDER BY " + strings.Join(parts, ", ")
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
