package journal

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"
)

// match is the condition that the trigram index answers for the words of a selection: the sessions
// that hold the rarest trigrams of every word, and perhaps more. The conditions on the texts
// themselves stay. Lists without an index of their own, and words under three letters, are walked.
func (j *Journal) match(ctx context.Context, q querier, s *selection) (condition, bool, error) {
	if len(s.words) == 0 || s.list.id != ListOperations && s.list.id != ListSessions {
		return condition{}, false, nil
	}
	if err := j.grams.refresh(ctx, q); err != nil {
		return condition{}, false, err
	}
	seen := map[string]bool{}
	var terms []string
	for _, w := range s.words {
		for _, gram := range j.grams.rarest(gramsOf(w)) {
			if !seen[gram] {
				seen[gram] = true
				terms = append(terms, quoteGram(gram))
			}
		}
	}
	return condition{`SELECT rowid FROM search WHERE search MATCH ?`, []any{strings.Join(terms, " AND ")}}, true, nil
}

// on writes the condition that a row belongs to a session that the search names.
func (s *selection) on(match condition) condition {
	column := "t.session_row"
	if s.list.id == ListSessions {
		column = "t.id"
	}
	return condition{fmt.Sprintf("%s IN (%s)", column, match.sql), match.args}
}

// fewMatches reads what the search names, when that is few: then it need not be asked again.
func (j *Journal) fewMatches(ctx context.Context, q querier, match condition) (condition, bool, error) {
	rows, err := q.QueryContext(ctx, fmt.Sprintf(`%s LIMIT %d`, match.sql, j.limits.few+1), match.args...)
	if err != nil {
		return condition{}, false, err
	}
	list, n := []byte{'['}, 0
	err = eachRow(rows, func(rows *sql.Rows) error {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return err
		}
		if n++; n > 1 {
			list = append(list, ',')
		}
		list = strconv.AppendInt(list, id, 10)
		return nil
	})
	if err != nil || n > j.limits.few {
		return condition{}, false, err
	}
	return condition{`SELECT value FROM json_each(?)`, []any{string(append(list, ']'))}}, true, nil
}
