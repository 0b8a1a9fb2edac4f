package journal

import (
	"context"
	"fmt"
	"strings"
)

// match is the condition that the trigram index answers for the words of a selection: the sessions
// that hold all trigrams of every word, and perhaps more. The conditions on the texts themselves stay.
// Lists without an index of their own, and words under three letters, are walked.
func (s *selection) match() (condition, bool) {
	if len(s.words) == 0 || s.list.id != ListOperations && s.list.id != ListSessions {
		return condition{}, false
	}
	seen := map[string]bool{}
	var grams []string
	for _, w := range s.words {
		r := []rune(w)
		for i := 0; i+3 <= len(r); i++ {
			if g := string(r[i : i+3]); !seen[g] {
				seen[g] = true
				grams = append(grams, `"`+strings.ReplaceAll(g, `"`, `""`)+`"`)
			}
		}
	}
	return condition{`SELECT rowid FROM search WHERE search MATCH ?`, []any{strings.Join(grams, " AND ")}}, true
}

// on writes the condition that a row belongs to a session that the search names.
func (s *selection) on(match condition) condition {
	column := "t.session_row"
	if s.list.id == ListSessions {
		column = "t.id"
	}
	return condition{fmt.Sprintf("%s IN (%s)", column, match.sql), match.args}
}

// countMatches counts what the search names, up to one more than few.
func (j *Journal) countMatches(ctx context.Context, q querier, match condition) (int, error) {
	var n int
	err := q.QueryRowContext(ctx, fmt.Sprintf(`SELECT count(*) FROM (%s LIMIT %d)`, match.sql, j.limits.few+1), match.args...).Scan(&n)
	return n, err
}
