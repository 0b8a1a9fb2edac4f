package journal

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"pikedash/pikeapi"
)

// A condition is a piece of SQL over one list's table, with its parameters. Values that a person
// typed are always parameters.
type condition struct {
	sql  string
	args []any
}

// A selection is a filter in the terms of one list's table.
type selection struct {
	list   listTable
	equal  map[string][]any // column -> the values that it may have
	spans  map[string]span  // column -> low <= x < high
	ids    []condition      // an id or a session: a few rows, or a range of an index
	rest   []condition
	money  []condition     // on amounts and currencies, beyond what equal and spans say
	loose  []term          // amounts without a currency, until all currencies are known
	words  []string        // folded, 3 characters or more: the trigram index knows which sessions may match
	guards map[string]bool // conditions of partial indexes that the filter implies
	never  bool            // nothing can match
	inText int             // how many conditions search within texts
}

// A span is a half-open range of numbers.
type span struct{ low, high *int64 }

// compile turns a filter into conditions on a list.
func (f Filter) compile(l List, environment string) (*selection, error) {
	if err := f.Check(l); err != nil {
		return nil, err
	}
	s := &selection{list: tableOf(l), equal: map[string][]any{}, spans: map[string]span{}, guards: map[string]bool{}}
	for _, t := range f.terms {
		if err := s.add(t, environment); err != nil {
			return nil, err
		}
	}
	s.settleAmounts()
	return s, nil
}

func (s *selection) add(t term, environment string) error {
	switch t.field {
	case "":
		s.addWord(t)
	case "env":
		if slices.Contains(t.values, strings.ToLower(environment)) == t.negated {
			s.never = true
		}
	case "amount":
		s.addAmount(t)
	case "created", "updated":
		s.addSpan(t, s.list.column(t.field))
	case "id", "session":
		s.addID(t)
	case "recipient", "customer", "method":
		s.addPart(t)
	case "has":
		if len(t.values) == 1 && !t.negated {
			s.guards[s.list.has(t.values[0]).sql] = true
		}
		s.addAny(t, s.list.has)
	case "badge":
		s.addAny(t, badgeCondition)
	case "next":
		s.addAny(t, nextCondition)
	case "http":
		s.addAny(t, httpCondition)
	case "error":
		s.addError(t)
	case "version":
		s.addSet(t, "version", versionValues(t.values))
	case "outcome":
		s.addSet(t, s.list.column("outcome"), outcomeValues(s.list.id, t.values))
	default:
		s.addSet(t, s.list.column(t.field), anyValues(t.values))
	}
	return nil
}

func (s *selection) push(t term, c condition) {
	if t.negated {
		c.sql = "NOT (" + c.sql + ")"
	}
	s.rest = append(s.rest, c)
}

func (s *selection) addWord(t term) {
	s.inText++
	if !t.negated && len([]rune(t.word)) >= 3 {
		s.words = append(s.words, t.word)
	}
	if s.list.id == ListSessions {
		s.push(t, condition{`(instr(t.text, ?) OR EXISTS (SELECT 1 FROM operations o WHERE o.session_row = t.id AND instr(o.text, ?)))`, []any{t.word, t.word}})
		return
	}
	s.push(t, condition{`instr(t.text, ?)`, []any{t.word}})
}

func (s *selection) addPart(t term) {
	s.inText++
	// Names and references are part of the text that the trigram index knows; methods are not.
	if !t.negated && t.field != "method" && len([]rune(t.word)) >= 3 {
		s.words = append(s.words, t.word)
	}
	s.push(t, condition{fmt.Sprintf(`instr(t.%s, ?)`, s.list.column(t.field)), []any{t.word}})
}

// addAmount asks for an amount. One with a currency is one condition: -amount>5eur keeps dollars.
func (s *selection) addAmount(t term) {
	if t.currency == "" && !t.negated {
		s.loose = append(s.loose, t)
		return
	}
	c := t.inOwnDigits()
	if t.currency != "" {
		digits, _ := pikeapi.CurrencyDigits(t.currency)
		exact := t.spanIn(digits)
		if !t.negated {
			s.narrow("amount", exact)
			if s.equal["currency"] == nil {
				s.equal["currency"] = []any{t.currency}
				return
			}
		}
		c = spanCondition("amount", exact)
		c.sql, c.args = "("+c.sql+" AND t.currency = ?)", append(c.args, t.currency)
	} else if s.list.amountless != "" {
		c.sql = "(" + c.sql + " AND " + s.list.amountless + ")"
	}
	s.push(t, c)
}

// settleAmounts holds amounts without a currency against the rows: in minor units where the filter
// leaves currencies of one kind only, else by each row's own digits.
func (s *selection) settleAmounts() {
	digits, known := s.currencyDigits()
	for _, t := range s.loose {
		if known {
			s.narrow("amount", t.spanIn(digits))
		} else {
			s.narrow("amount", t.widest())
			s.money = append(s.money, t.inOwnDigits())
		}
		if s.list.amountless != "" {
			s.rest = append(s.rest, condition{sql: s.list.amountless})
		}
	}
}

// currencyDigits is how many digits every currency that may occur has; false when they differ.
func (s *selection) currencyDigits() (digits int, known bool) {
	for i, c := range s.equal["currency"] {
		code, _ := c.(string)
		n, ok := pikeapi.CurrencyDigits(code)
		if !ok {
			n = 2
		}
		if i > 0 && n != digits {
			return 0, false
		}
		digits, known = n, true
	}
	return digits, known
}

func (s *selection) addSpan(t term, column string) {
	if t.negated {
		s.push(t, spanCondition(column, span{t.low, t.high}))
		return
	}
	s.narrow(column, span{t.low, t.high})
}

// narrow joins a range with what is asked of the column already.
func (s *selection) narrow(column string, n span) {
	have := s.spans[column]
	if n.low != nil && (have.low == nil || *n.low > *have.low) {
		have.low = n.low
	}
	if n.high != nil && (have.high == nil || *n.high < *have.high) {
		have.high = n.high
	}
	s.spans[column] = have
}

func spanCondition(column string, n span) condition {
	var parts []string
	var args []any
	if n.low != nil {
		parts, args = append(parts, "t."+column+" >= ?"), append(args, *n.low)
	}
	if n.high != nil {
		parts, args = append(parts, "t."+column+" < ?"), append(args, *n.high)
	}
	if len(parts) == 0 {
		return condition{sql: "1"}
	}
	return condition{strings.Join(parts, " AND "), args}
}

// addSet asks a column to have one of some values; several such terms must all hold.
func (s *selection) addSet(t term, column string, values []any) {
	values = distinct(values) // a row must not come once for each
	have, asked := s.equal[column]
	switch {
	case t.negated:
		s.push(t, inCondition(column, values))
	case asked:
		var both []any
		for _, v := range have {
			if slices.Contains(values, v) {
				both = append(both, v)
			}
		}
		s.equal[column] = both
		s.never = s.never || len(both) == 0
	default:
		s.equal[column] = values
	}
}

func distinct(values []any) []any {
	var out []any
	for _, v := range values {
		if !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out
}

func inCondition(column string, values []any) condition {
	return condition{fmt.Sprintf("t.%s IN (%s)", column, placeholders(len(values))), values}
}

func placeholders(n int) string { return strings.TrimSuffix(strings.Repeat("?,", n), ",") }

// addError looks for error codes; a session has those of its operations too.
func (s *selection) addError(t term) {
	values := anyValues(t.values)
	if s.list.id != ListSessions {
		s.addSet(t, "error_code", values)
		return
	}
	c := inCondition("error_code", values)
	c.sql = fmt.Sprintf(`(%s OR EXISTS (SELECT 1 FROM operations o WHERE o.session_row = t.id AND o.error_code IN (%s)))`, c.sql, placeholders(len(values)))
	c.args = append(append([]any{}, values...), values...)
	s.push(t, c)
}

// addID looks for an id, whole or its beginning.
func (s *selection) addID(t term) {
	column := s.list.column(t.field)
	value := t.values[0]
	var c condition
	number, err := strconv.ParseInt(value, 10, 64)
	switch {
	case s.list.id == ListExchanges && t.field == "id" && !t.prefix && err == nil: // as the screens name requests
		c = condition{"t.id = ?", []any{number}}
	case column == "id": // the row number
		c = condition{"CAST(t.id AS TEXT) = ?", []any{value}}
		if t.prefix {
			c = condition{"substr(CAST(t.id AS TEXT), 1, ?) = ?", []any{len(value), value}}
		}
	case t.prefix:
		c = condition{fmt.Sprintf("(t.%s >= ? AND t.%s < ?)", column, column), []any{value, value + "\U0010FFFF"}}
	default:
		c = condition{fmt.Sprintf("t.%s = ?", column), []any{value}}
	}
	if t.negated {
		s.push(t, c)
		return
	}
	if s.list.id == ListOperations && t.field == "session" {
		// Through the session's row, which has the indexes.
		c.sql = "t.session_row IN (SELECT s.id FROM sessions s WHERE " + strings.ReplaceAll(c.sql, "t.session_id", "s.session_id") + ")"
	}
	s.ids = append(s.ids, c)
}

// addAny joins the conditions of several values with or.
func (s *selection) addAny(t term, one func(value string) condition) {
	var parts []string
	var args []any
	for _, v := range t.values {
		c := one(v)
		parts, args = append(parts, "("+c.sql+")"), append(args, c.args...)
	}
	s.push(t, condition{"(" + strings.Join(parts, " OR ") + ")", args})
}

func badgeCondition(v string) condition {
	switch v {
	case "duplicate":
		return condition{sql: "t.duplicate_of <> 0"}
	case "late":
		return condition{sql: "t.late <> 0"}
	}
	return condition{"t.badge = ?", []any{v}}
}

func nextCondition(v string) condition {
	switch v {
	case "any":
		return condition{sql: "t.next_action <> ''"}
	case "none":
		return condition{sql: "t.next_action = ''"}
	}
	return condition{"t.next_action = ?", []any{v}}
}

// httpCondition takes a status such as 400, or a class such as 4xx.
func httpCondition(v string) condition {
	if class, ok := strings.CutSuffix(v, "xx"); ok && len(class) == 1 {
		return condition{"CAST(t.http_status / 100 AS TEXT) = ?", []any{class}}
	}
	return condition{"CAST(t.http_status AS TEXT) = ?", []any{v}}
}

func versionValues(values []string) []any {
	var out []any
	for _, v := range values {
		if version, err := pikeapi.ParseVersion(v); err == nil {
			out = append(out, int64(version))
		}
	}
	return out
}

// outcomeValues translates what is still open: an exchange has no outcome yet, an intent is sent.
func outcomeValues(l List, values []string) []any {
	out := anyValues(values)
	for i, v := range out {
		switch {
		case v == "open" && l == ListIntents:
			out[i] = string(StateSent)
		case v == "open":
			out[i] = ""
		}
	}
	return out
}

func anyValues(values []string) []any {
	out := make([]any, len(values))
	for i, v := range values {
		out[i] = v
	}
	return out
}
