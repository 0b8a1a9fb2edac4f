package journal

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// How a page is read. Walking follows an index in the order of the list and stops when the page is
// full: quick when much matches. Collecting reads all rows that an index says may match and sorts
// them: quick when little matches. What little is, a bounded count tells.

// limits are the numbers behind the choice.
type limits struct {
	few    int // up to so many candidates are collected and sorted
	budget int // rows that a walk looks at before a common word's hits are collected instead
}

func defaultLimits() limits { return limits{few: 4000, budget: 40000} }

// maxBranch is how many combinations of filter values are merged from separate walks.
const maxBranch = 24

// A source is an index with values for its leading columns, from which rows are read.
type source struct {
	index   string
	columns []string
	values  [][]any // one combination per branch
	guard   string  // the condition of a partial index
}

// combine makes one combination of every value of every column, or nothing when there are too many.
func combine(sets [][]any) [][]any {
	all := [][]any{nil}
	for _, set := range sets {
		var next [][]any
		for _, have := range all {
			for _, v := range set {
				next = append(next, append(append([]any{}, have...), v))
			}
		}
		if len(next) > maxBranch {
			return nil
		}
		all = next
	}
	return all
}

// kinds are the values of the leading column of an index of operations.
func (s *selection) kinds() []any {
	if have, ok := s.equal["kind"]; ok {
		return have
	}
	return []any{"payout", "payment"}
}

// sourceFor gives values to the leading columns of an index; false when the filter does not.
func (s *selection) sourceFor(name string, columns []string) (source, bool) {
	var sets [][]any
	src := source{index: name}
	if s.list.kinds {
		src.columns, sets = append(src.columns, "kind"), append(sets, s.kinds())
	}
	for _, c := range columns {
		values, ok := s.equal[c]
		if !ok {
			return source{}, false
		}
		src.columns, sets = append(src.columns, c), append(sets, values)
	}
	src.values = combine(sets)
	return src, src.values != nil
}

// best returns the index that answers most of the filter's equalities, if any.
func (s *selection) best() (source, bool) {
	for _, ix := range s.list.indexes {
		if len(ix.columns) == 0 && !s.guards[ix.guard] {
			continue
		}
		if src, ok := s.sourceFor(ix.name, ix.columns); ok {
			src.guard = ix.guard
			return src, true
		}
	}
	return source{}, false
}

// leftOver reports whether the filter asks for more than src and a range of creation times answer.
func (s *selection) leftOver(src source) bool {
	for column := range s.equal {
		if !contains(src.columns, column) {
			return true
		}
	}
	for column := range s.spans {
		if column != s.list.order(Sort{}).num {
			return true
		}
	}
	return len(s.rest)+len(s.ids)+len(s.money) > 0
}

func contains(list []string, s string) bool {
	for _, v := range list {
		if v == s {
			return true
		}
	}
	return false
}

// where writes the conditions except those that the source's columns answer.
func (s *selection) where(src source, branch []any) condition {
	var parts []string
	var args []any
	add := func(c condition) { parts, args = append(parts, c.sql), append(args, c.args...) }
	for i, column := range src.columns {
		add(condition{"t." + column + " = ?", branch[i : i+1]})
	}
	if src.guard != "" {
		add(condition{sql: src.guard})
	}
	for _, column := range sortedKeys(s.equal) {
		if !contains(src.columns, column) {
			add(inCondition(column, s.equal[column]))
		}
	}
	for _, column := range sortedKeys(s.spans) {
		add(spanCondition(column, s.spans[column]))
	}
	for _, c := range slices.Concat(s.ids, s.money, s.rest) {
		add(c)
	}
	if s.never {
		add(condition{sql: "0"})
	}
	if len(parts) == 0 {
		parts = []string{"1"}
	}
	return condition{strings.Join(parts, " AND "), args}
}

// A plan says from where the rows come and whether they come in order.
type plan struct {
	src     source
	collect bool       // read all, then sort
	match   *condition // rows that the text search names; with collect
	budget  bool       // give up walking after limits.budget rows
}

// choose decides how the rows of a sorted list are read.
func (j *Journal) choose(ctx context.Context, q querier, s *selection, o order, byCreated bool) (plan, error) {
	if len(s.ids) > 0 {
		return plan{collect: true}, nil
	}
	walk := plan{src: s.walkSource(o)}
	if src, ok := s.best(); ok {
		if byCreated && !s.leftOver(src) {
			return plan{src: src}, nil
		}
		n, err := j.countSource(ctx, q, s, src)
		if err != nil || n <= j.limits.few {
			return plan{src: src, collect: true}, err
		}
		if byCreated {
			walk = plan{src: src}
		}
	}
	match, ok, err := j.match(ctx, q, s)
	if err != nil {
		return plan{}, err
	}
	if ok {
		named, few, err := j.fewMatches(ctx, q, match)
		if err != nil || few {
			return plan{collect: true, match: &named}, err
		}
		walk.budget = true
		walk.match = &match
		return walk, nil
	}
	if few, src, err := j.fewInSpan(ctx, q, s); err != nil || few {
		return plan{src: src, collect: true}, err
	}
	if byCreated && len(s.money) > 0 && s.covered() {
		// In the order of time, and it holds all that is asked for: only what passes is read.
		walk = plan{src: source{index: "operations_stats", values: [][]any{nil}}}
	}
	return walk, nil
}

// walkSource is the index that serves the order, by kind where the list has kinds.
func (s *selection) walkSource(o order) source {
	if _, asked := s.equal["kind"]; !asked && s.list.anyKind != "" && o == s.list.sorts[ByCreated] {
		return source{index: s.list.anyKind, values: [][]any{nil}}
	}
	if s.list.kinds {
		return source{index: o.index, columns: []string{"kind"}, values: combine([][]any{s.kinds()})}
	}
	return source{index: o.index, values: [][]any{nil}}
}

// fewInSpan finds out whether a range of amounts or creation times holds few rows.
func (j *Journal) fewInSpan(ctx context.Context, q querier, s *selection) (bool, source, error) {
	for _, by := range []Column{ByAmount, ByCreated} {
		o, ok := s.list.sorts[by]
		if n, asked := s.spans[o.num]; !ok || !asked || (n.low == nil && n.high == nil) {
			continue
		}
		src := s.walkSource(o)
		n, err := j.countSource(ctx, q, s, src)
		if err != nil || n <= j.limits.few {
			return true, src, err
		}
	}
	return false, source{}, nil
}

// countSource counts what a source's index holds, up to one more than few. Only columns of
// the index are asked for, so that no row is read.
func (j *Journal) countSource(ctx context.Context, q querier, s *selection, src source) (int, error) {
	total := 0
	for _, branch := range src.values {
		var parts []string
		var args []any
		for i, column := range src.columns {
			parts, args = append(parts, "t."+column+" = ?"), append(args, branch[i])
		}
		for _, o := range s.list.sorts {
			if n, ok := s.spans[o.num]; ok && o.text == "" && (o.index == src.index || src.index == s.list.anyKind && o.num == "created") {
				c := spanCondition(o.num, n)
				parts, args = append(parts, c.sql), append(args, c.args...)
			}
		}
		if src.guard != "" {
			parts = append(parts, src.guard)
		}
		if len(parts) == 0 {
			parts = []string{"1"}
		}
		var n int
		query := fmt.Sprintf(`SELECT count(*) FROM (SELECT 1 FROM %s t INDEXED BY %s WHERE %s LIMIT %d)`,
			s.list.table, src.index, strings.Join(parts, " AND "), j.limits.few+1)
		if err := q.QueryRowContext(ctx, query, args...).Scan(&n); err != nil {
			if missingIndex(err) {
				return j.limits.few + 1, nil
			}
			return 0, err
		}
		if total += n; total > j.limits.few {
			break
		}
	}
	return total, nil
}

// missingIndex tells that an index is being built just now: then SQLite chooses the way.
func missingIndex(err error) bool {
	return err != nil && strings.Contains(err.Error(), "no such index")
}
