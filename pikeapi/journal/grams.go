package journal

import (
	"context"
	"database/sql"
	"slices"
	"sort"
	"strings"
	"sync"
)

// gramStats knows roughly how common trigrams are, from a sample of the texts. The text search takes
// only the rarest trigrams of a word: every further one costs time in proportion to the rows of the
// rarest, and the texts are compared in the end anyway.
type gramStats struct {
	mu      sync.Mutex
	counts  map[string]int // in how many texts of the sample a trigram occurs
	sampled int
	upTo    int64 // the newest row when the sample was taken
}

const (
	gramSample = 1500 // texts in the sample
	gramTerms  = 3    // trigrams that are asked for, for each word
	gramFew    = 1000 // so few rows need no second trigram
)

// rarest orders the trigrams of a word and returns those that are worth asking for.
func (g *gramStats) rarest(grams []string) []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	grams = slices.Clone(grams)
	sort.SliceStable(grams, func(i, k int) bool { return g.counts[grams[i]] < g.counts[grams[k]] })
	for n := range grams {
		if n+1 >= gramTerms || g.sampled > 0 && float64(g.counts[grams[n]])/float64(g.sampled)*float64(g.upTo) < gramFew {
			return grams[:n+1]
		}
	}
	return grams
}

// refresh takes a sample when there is none, or when the journal has grown much since.
func (g *gramStats) refresh(ctx context.Context, q querier) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	var newest sql.NullInt64
	if err := q.QueryRowContext(ctx, `SELECT max(id) FROM operations`).Scan(&newest); err != nil {
		return err
	}
	if g.sampled > 0 && newest.Int64 < g.upTo+g.upTo/4+1000 {
		return nil
	}
	step := max(1, newest.Int64/gramSample)
	rows, err := q.QueryContext(ctx, `WITH RECURSIVE n(id) AS (VALUES(1) UNION ALL SELECT id + ?1 FROM n WHERE id + ?1 <= ?2)
		SELECT o.text FROM n JOIN operations o ON o.id = n.id`, step, newest.Int64)
	if err != nil {
		return err
	}
	counts, sampled := map[string]int{}, 0
	err = eachRow(rows, func(rows *sql.Rows) error {
		var text string
		if err := rows.Scan(&text); err != nil {
			return err
		}
		sampled++
		seen := map[string]bool{}
		for _, gram := range gramsOf(text) {
			if !seen[gram] {
				seen[gram] = true
				counts[gram]++
			}
		}
		return nil
	})
	if err == nil {
		g.counts, g.sampled, g.upTo = counts, sampled, newest.Int64
	}
	return err
}

// gramsOf cuts a text into its trigrams, as the search index does.
func gramsOf(text string) []string {
	r := []rune(text)
	var grams []string
	for i := 0; i+3 <= len(r); i++ {
		grams = append(grams, string(r[i:i+3]))
	}
	return grams
}

// quoteGram writes a trigram as a phrase of the search language.
func quoteGram(gram string) string { return `"` + strings.ReplaceAll(gram, `"`, `""`) + `"` }
