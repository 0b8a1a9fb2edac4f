package journal

import (
	"context"
	"database/sql"
	"slices"
	"strings"
)

// Completion is a way to go on with a filter text: Text replaces the bytes from Start to End.
type Completion struct {
	Text       string
	Start, End int
	Help       string
}

// Vocabulary holds values that a journal knows, by field, such as its currencies.
type Vocabulary map[string][]string

// maxCompletions is how many ways are offered at most.
const maxCompletions = 20

// Complete offers fields and values for the term in which the cursor (a byte offset) stands.
func Complete(text string, cursor int) []Completion { return CompleteFor(0, nil, text, cursor) }

// CompleteFor is Complete for one list's fields, 0 for all, with the values of a vocabulary besides
// the known ones.
func CompleteFor(l List, v Vocabulary, text string, cursor int) []Completion {
	cursor = max(0, min(cursor, len(text)))
	start := cursor
	for start > 0 && !spaceAt(text, start-1) {
		start--
	}
	if strings.Count(text[:start], `"`)%2 == 1 {
		return nil // within a phrase
	}
	typed := text[start:cursor]
	if strings.HasPrefix(typed, "-") {
		start, typed = start+1, typed[1:]
	}
	if name, op := fieldAt(typed); name != "" {
		return completeValue(l, v, name, typed[len(name)+len(op):], start+len(name)+len(op), cursor)
	}
	var all []Completion
	for _, f := range fields() {
		if (l == 0 || l.applies(f.name)) && strings.HasPrefix(f.name, strings.ToLower(typed)) {
			all = append(all, Completion{Text: f.name + ":", Start: start, End: cursor, Help: f.help})
		}
	}
	return all
}

func completeValue(l List, v Vocabulary, name, typed string, start, end int) []Completion {
	f, ok := lookupField(name)
	if !ok || l != 0 && !l.applies(f.name) {
		return nil
	}
	// Of a list with commas only the last value is typed just now.
	if i := strings.LastIndexByte(typed, ','); i >= 0 {
		start, typed = start+i+1, typed[i+1:]
	}
	values := slices.Clone(l.valuesOf(f))
	for _, extra := range v[f.name] {
		if !slices.Contains(values, extra) {
			values = append(values, extra)
		}
	}
	bare := strings.TrimPrefix(typed, `"`)
	var all []Completion
	for _, value := range values {
		if len(all) < maxCompletions && strings.HasPrefix(strings.ToLower(value), strings.ToLower(bare)) && value != typed {
			all = append(all, Completion{Text: quoted(value), Start: start, End: end})
		}
	}
	return all
}

// FieldHelp says what a field of the filter language is for.
type FieldHelp struct {
	Name   string
	Does   string
	Values []string // that it can have, where they are few
}

// FilterFields lists the fields that a list has, in the order in which they are offered.
func FilterFields(l List) []FieldHelp {
	var all []FieldHelp
	for _, f := range fields() {
		if l.applies(f.name) {
			h := FieldHelp{Name: f.name, Does: f.help}
			if f.kind == kindSet || f.kind == kindVersion {
				h.Values = l.valuesOf(f)
			}
			all = append(all, h)
		}
	}
	return all
}

// valuesOf are the values that a field can have in a list, of those that it can have in any.
func (l List) valuesOf(f field) []string {
	if f.name != "status" {
		return f.values
	}
	switch l {
	case ListOperations:
		return []string{"in_progress", "pending", "succeeded", "failed"}
	case ListSessions, ListWebhooks:
		return []string{"created", "in_progress", "accepted", "cancelled", "error"}
	case ListIntents:
		return []string{"prepared", "sent", "accepted", "refused", "not_sent", "unknown", "resolved"}
	}
	return f.values
}

// Vocabulary reads the currencies and error codes that the journal knows.
func (j *Journal) Vocabulary(ctx context.Context) (Vocabulary, error) {
	v := Vocabulary{"env": {j.environment}}
	// Skips from value to value along the index instead of reading a million rows.
	for field, query := range map[string]string{
		"currency": `WITH RECURSIVE k(kind) AS (VALUES('payout'), ('payment')), d(kind, v) AS (
			SELECT kind, (SELECT min(currency) FROM operations o WHERE o.kind = k.kind) FROM k
			UNION ALL SELECT kind, (SELECT min(currency) FROM operations o WHERE o.kind = d.kind AND o.currency > d.v) FROM d WHERE d.v IS NOT NULL LIMIT 200)
			SELECT DISTINCT v FROM d WHERE v <> '' ORDER BY v`,
		"error": `WITH RECURSIVE k(kind) AS (VALUES('payout'), ('payment')), d(kind, v) AS (
			SELECT kind, (SELECT min(error_code) FROM operations o WHERE o.kind = k.kind AND o.error_code <> '') FROM k
			UNION ALL SELECT kind, (SELECT min(error_code) FROM operations o WHERE o.kind = d.kind AND o.error_code <> '' AND o.error_code > d.v) FROM d WHERE d.v IS NOT NULL LIMIT 200)
			SELECT DISTINCT v FROM d WHERE v <> '' ORDER BY v`,
	} {
		values, err := readStrings(ctx, j.read, query)
		if err != nil {
			return nil, j.readError(ctx, "reading known values", err)
		}
		v[field] = values
	}
	return v, nil
}

// Newest returns the row number of the newest operation, session, exchange, notification or intent,
// so that a list can tell how many have come since.
func (j *Journal) Newest(ctx context.Context, l List) (int64, error) {
	var id sql.NullInt64
	err := j.read.QueryRowContext(ctx, `SELECT max(id) FROM `+tableOf(l).table).Scan(&id)
	return id.Int64, j.readError(ctx, "reading the newest row", err)
}
