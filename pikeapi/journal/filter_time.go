package journal

import (
	"fmt"
	"strings"
	"time"
)

// A moment is what a date, a time or an age names: a span from start until end.
type moment struct {
	start, end time.Time
	age        bool
}

// times reads a date (2026-11-01), a time (2026-11-01T14:30), a name of a day or an age (2h, 3d) after
// a sign. Of an age, < means younger and > means older, as people say it.
func (p parser) times(t *term, tok token, op string) error {
	from, to, isRange := strings.Cut(tok.value, "..")
	if isRange {
		return p.timeRange(t, tok, op, from, to)
	}
	m, err := p.moment(from)
	if err != nil {
		return fail(tok, err.Error())
	}
	if m.age {
		switch op {
		case "", "<", "<=":
			t.low = microsOf(m.start)
		default:
			t.high = microsOf(m.start)
		}
		return nil
	}
	switch op {
	case ">":
		t.low = microsOf(m.end)
	case ">=":
		t.low = microsOf(m.start)
	case "<":
		t.high = microsOf(m.start)
	case "<=":
		t.high = microsOf(m.end)
	default:
		t.low, t.high = microsOf(m.start), microsOf(m.end)
	}
	return nil
}

func (p parser) timeRange(t *term, tok token, op, from, to string) error {
	if op != "" {
		return fail(tok, "a range takes no sign: write created:2026-11-01..2026-11-05")
	}
	if from == "" && to == "" {
		return fail(tok, "a range needs at least one end")
	}
	if from != "" {
		m, err := p.moment(from)
		if err != nil {
			return fail(tok, err.Error())
		}
		t.low = microsOf(m.start)
	}
	if to != "" {
		m, err := p.moment(to)
		if err != nil {
			return fail(tok, err.Error())
		}
		t.high = microsOf(m.end)
	}
	return nil
}

func microsOf(t time.Time) *int64 {
	us := t.UnixMicro()
	return &us
}

// ParseTime reads what a filter takes after created:, and returns the span that it names; an age names
// one moment. ok is false for anything else.
func ParseTime(text string, now time.Time) (start, end time.Time, ok bool) {
	m, err := parser{now: now}.moment(text)
	return m.start, m.end, err == nil
}

func (p parser) moment(s string) (moment, error) {
	switch strings.ToLower(s) {
	case "now":
		return moment{start: p.now, end: p.now}, nil
	case "today":
		return p.day(p.now), nil
	case "yesterday":
		return p.day(p.now.AddDate(0, 0, -1)), nil
	}
	if d, ok := parseAge(s); ok {
		at := p.now.Add(-d)
		return moment{start: at, end: at, age: true}, nil
	}
	where := p.now.Location()
	for _, form := range []struct {
		layout string
		span   func(time.Time) time.Time
	}{
		{"2006-01-02", func(t time.Time) time.Time { return t.AddDate(0, 0, 1) }},
		{"2006-01", func(t time.Time) time.Time { return t.AddDate(0, 1, 0) }},
		{"2006-01-02T15:04", func(t time.Time) time.Time { return t.Add(time.Minute) }},
		{"2006-01-02T15:04:05", func(t time.Time) time.Time { return t.Add(time.Second) }},
		{time.RFC3339Nano, func(t time.Time) time.Time { return t.Add(time.Microsecond) }},
	} {
		if at, err := time.ParseInLocation(form.layout, s, where); err == nil {
			if at.Year() < 1970 || at.Year() > 9999 {
				return moment{}, fmt.Errorf("the year %d is out of range", at.Year())
			}
			return moment{start: at, end: form.span(at)}, nil
		}
	}
	return moment{}, fmt.Errorf("%q is not a date or an age: write 2026-11-01, 2026-11-01T14:30, today, 2h or 3d", s)
}

func (p parser) day(at time.Time) moment {
	start := time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, at.Location())
	return moment{start: start, end: start.AddDate(0, 0, 1)}
}

// parseAge reads 30s, 15m, 2h, 3d or 1w.
func parseAge(s string) (time.Duration, bool) {
	if len(s) < 2 {
		return 0, false
	}
	unit := map[byte]time.Duration{'s': time.Second, 'm': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour, 'w': 7 * 24 * time.Hour}[s[len(s)-1]|0x20]
	if unit == 0 || len(s) > 8 {
		return 0, false
	}
	n := int64(0)
	for _, c := range s[:len(s)-1] {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	if n > int64(100*365*24*time.Hour/unit) {
		return 0, false
	}
	return time.Duration(n) * unit, true
}
