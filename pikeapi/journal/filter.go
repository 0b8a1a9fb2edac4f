package journal

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
)

// Filter is a parsed filter text. The zero value lets everything pass. All terms must hold.
type Filter struct {
	text  string
	terms []term
}

// String returns the text that the filter was made from.
func (f Filter) String() string { return f.text }

// Empty reports whether everything passes.
func (f Filter) Empty() bool { return len(f.terms) == 0 }

// WithDefaults adds the terms of d whose fields f does not name itself.
func (f Filter) WithDefaults(d Filter) Filter {
	out := Filter{text: strings.TrimSpace(d.text + " " + f.text)}
	for _, t := range d.terms {
		if !slices.ContainsFunc(f.terms, func(own term) bool { return own.field == t.field }) {
			out.terms = append(out.terms, t)
		}
	}
	out.terms = append(out.terms, f.terms...)
	return out
}

// Term writes the condition that a field has a value, in quotes where it needs them.
func Term(name, value string) string {
	if f, _ := lookupField(name); f.kind == kindSet && !slices.Contains(f.values, value) {
		return name + ":" + quote(value)
	}
	return name + ":" + quoted(value)
}

// quoted puts a value in quotes when it could be read otherwise without them.
func quoted(value string) string {
	special := func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(`",\*`, r) }
	if value == "" || strings.ContainsFunc(value, special) {
		return quote(value)
	}
	return value
}

func quote(value string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(value) + `"`
}

// FilterError says what is wrong in a filter text and where, so that it can be underlined. Offset and
// Length are in bytes.
type FilterError struct {
	Offset, Length int
	Reason         string
	Nearest        string // the name that was probably meant; empty when there is none
	Unfinished     bool   // right so far: a quote that is open, a field without its value
}

// Error returns the reason, with the name that was probably meant.
func (e *FilterError) Error() string {
	if e.Nearest != "" {
		return fmt.Sprintf("%s: did you mean %s?", e.Reason, e.Nearest)
	}
	return e.Reason
}

// A term is one condition of a filter.
type term struct {
	offset, length int
	negated        bool
	field          string   // empty for a word or phrase
	word           string   // folded; of a word and of fields that search within a text
	values         []string // of fields with a set of values
	prefix         bool     // the one value is a beginning: po_80*
	low, high      *int64   // of times: low <= x < high
	from, to       *bound   // of amounts
	currency       string   // of an amount; empty when none was given
}

// fieldKind says how the value of a field is read.
type fieldKind int

const (
	kindSet     fieldKind = iota // a list of known words
	kindFree                     // a list of any words
	kindID                       // one id, or a beginning of one
	kindPart                     // a part of a text
	kindAmount                   // a comparison with an amount
	kindTime                     // a comparison with a date or an age
	kindVersion                  // v1, v2
)

// A field is a name that may stand before a colon.
type field struct {
	name   string
	kind   fieldKind
	values []string // of kindSet; offered for kindFree
	help   string
}

// fields returns every field of the language, in the order in which they are offered.
func fields() []field {
	return []field{
		{"status", kindSet, []string{"created", "in_progress", "pending", "succeeded", "failed", "accepted", "cancelled", "error", "prepared", "sent", "refused", "not_sent", "unknown", "resolved"}, "state, several with commas"},
		{"amount", kindAmount, nil, "amount in major units: >100, 10..50eur"},
		{"currency", kindFree, []string{"eur", "usd"}, "currency code"},
		{"created", kindTime, []string{"today", "yesterday"}, "date or age: >2026-11-01, <2h"},
		{"updated", kindTime, []string{"today", "yesterday"}, "date or age of the last change"},
		{"kind", kindSet, []string{"payout", "payment"}, "payout or payment"},
		{"error", kindFree, nil, "error code"},
		{"has", kindSet, []string{"refund", "error", "metadata", "card", "session"}, "what a row has"},
		{"recipient", kindPart, nil, "part of the recipient's name"},
		{"customer", kindPart, nil, "part of the customer's reference"},
		{"id", kindID, nil, "id; po_80* for a beginning"},
		{"session", kindID, nil, "session id; ps_70* for a beginning"},
		{"method", kindPart, nil, "method of the call, or type of the card or account"},
		{"next", kindSet, []string{"confirm", "capture", "any", "none"}, "what Pike waits for"},
		{"outcome", kindSet, []string{"accepted", "refused", "not_sent", "unknown", "open"}, "outcome of a call"},
		{"http", kindFree, []string{"200", "400", "500"}, "HTTP status of the answer"},
		{"type", kindFree, []string{"ready_to_confirm", "action_required", "ready_to_capture", "payment_finished", "payment_refunded"}, "type of a notification"},
		{"badge", kindSet, []string{"verified", "unsigned", "bad_signature", "duplicate", "late"}, "what is known of a notification"},
		{"env", kindFree, []string{"sandbox", "demo", "live"}, "environment"},
		{"version", kindVersion, []string{"v1", "v2"}, "API version"},
	}
}

// aliases are other names of fields and values that people try.
func alias(name string) string {
	switch name {
	case "state":
		return "status"
	case "date", "time", "received", "started":
		return "created"
	case "code":
		return "error"
	case "to", "name":
		return "recipient"
	case "reference", "ref":
		return "customer"
	case "environment":
		return "env"
	case "api":
		return "version"
	}
	return name
}

func lookupField(name string) (field, bool) {
	name = alias(strings.ToLower(name))
	for _, f := range fields() {
		if f.name == name {
			return f, true
		}
	}
	return field{}, false
}

// applies says which fields a list has.
func (l List) applies(name string) bool {
	common := []string{"amount", "currency", "created", "kind", "error", "id", "session", "env", "version"}
	var own []string
	switch l {
	case ListOperations:
		own = []string{"status", "updated", "has", "recipient", "customer", "method", "next"}
	case ListSessions:
		own = []string{"status", "updated", "has", "recipient", "customer", "next"}
	case ListExchanges:
		own = []string{"method", "outcome", "http", "has"}
	case ListWebhooks:
		own = []string{"status", "type", "badge", "has"}
	case ListIntents:
		own = []string{"status", "recipient", "method", "outcome", "http", "has"}
	}
	return slices.Contains(common, name) || slices.Contains(own, name)
}

// Check reports the first term that the list cannot answer, as a *FilterError.
func (f Filter) Check(l List) error {
	for _, t := range f.terms {
		if t.field != "" && !l.applies(t.field) {
			return &FilterError{Offset: t.offset, Length: t.length, Reason: fmt.Sprintf("%s have no %s", l, t.field)}
		}
	}
	return nil
}

// ParseFilter reads a filter text; now is what ages and names of days are counted from, and its
// location is that of dates. The error is a *FilterError.
func ParseFilter(text string, now time.Time) (Filter, error) {
	f := Filter{text: text}
	tokens, err := lex(text)
	if err != nil {
		return Filter{}, err
	}
	p := parser{now: now}
	for _, tok := range tokens {
		t, err := p.term(tok)
		if err != nil {
			return Filter{}, err
		}
		f.terms = append(f.terms, t)
	}
	return f, nil
}

// nearest returns the candidate that is at most two edits away from name, the closest first.
func nearest(name string, candidates []string) string {
	best, at := "", 3
	for _, c := range candidates {
		if d := distance(strings.ToLower(name), c); d < at {
			best, at = c, d
		}
	}
	return best
}

// distance counts the insertions, deletions and changes that make b of a.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for i := range row {
		row[i] = i
	}
	for i := 1; i <= len(a); i++ {
		diagonal := row[0]
		row[0] = i
		for k := 1; k <= len(b); k++ {
			cost := diagonal
			if a[i-1] != b[k-1] {
				cost++
			}
			diagonal = row[k]
			row[k] = min(cost, row[k]+1, row[k-1]+1)
		}
	}
	return row[len(b)]
}
