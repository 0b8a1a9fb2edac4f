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
	texts   map[string][]int // in which texts of the sample a trigram occurs, in order
	sampled int
	upTo    int64 // the newest row when the sample was taken
}

const (
	gramSample = 1500 // texts in the sample
	gramTerms  = 3    // trigrams that are asked for, for each word
	gramFew    = 1000 // so few rows need no second trigram
	gramGain   = 5    // one more must leave out at least the fifth part
)

// rarest orders the trigrams of a word and returns those that are worth asking for: one that occurs
// wherever a rarer one does costs its time and leaves nothing out.
func (g *gramStats) rarest(grams []string) []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	grams = slices.Clone(grams)
	sort.SliceStable(grams, func(i, k int) bool { return len(g.texts[grams[i]]) < len(g.texts[grams[k]]) })
	var worth []string
	var left []int
	for n, gram := range grams {
		both := g.texts[gram]
		if n > 0 {
			if both = common(left, both); len(both)*gramGain > len(left)*(gramGain-1) {
				continue
			}
		}
		worth, left = append(worth, gram), both
		if len(worth) >= gramTerms || g.sampled > 0 && float64(len(left))/float64(g.sampled)*float64(g.upTo) < gramFew {
			break
		}
	}
	return worth
}

// common returns what two ordered lists share.
func common(a, b []int) (both []int) {
	for len(a) > 0 && len(b) > 0 {
		switch {
		case a[0] < b[0]:
			a = a[1:]
		case a[0] > b[0]:
			b = b[1:]
		default:
			both, a, b = append(both, a[0]), a[1:], b[1:]
		}
	}
	return both
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
	texts, sampled := map[string][]int{}, 0
	err = eachRow(rows, func(rows *sql.Rows) error {
		var text string
		if err := rows.Scan(&text); err != nil {
			return err
		}
		for _, gram := range gramsOf(text) {
			if in := texts[gram]; len(in) == 0 || in[len(in)-1] != sampled {
				texts[gram] = append(in, sampled)
			}
		}
		sampled++
		return nil
	})
	if err == nil {
		g.texts, g.sampled, g.upTo = texts, sampled, newest.Int64
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
