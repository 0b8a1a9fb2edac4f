package sessions

import (
	"fmt"
	"time"

	"pikedash/pikeapi"
	"pikedash/pikeapi/journal"
)

// entry is one line of the time line: a request with its answer, a notification, a change of state, or
// a run of askings for the status that changed nothing.
type entry struct {
	key      string // stays the same when the time line is read again
	at       time.Time
	gap      time.Duration // since the event before
	first    bool
	kind     journal.EventKind
	ex       *journal.ExchangeRow
	hook     *journal.WebhookRow
	change   *journal.Transition
	answered bool  // the answer came next: it stands on the request's own line
	exchange int64 // row number; 0 for none
	webhook  int64
	original time.Time // of a duplicate: when the first one came

	asked  int                  // of a run: how many were answered; 0 for every other line
	latest *journal.ExchangeRow // of a run
}

// entriesOf makes lines of events. An answer that comes right after its request shares its line.
func entriesOf(events []journal.Event) []entry {
	out := make([]entry, 0, len(events))
	received, vain := map[int64]time.Time{}, inVain(events)
	for i, ev := range events {
		e := entry{at: ev.At, gap: ev.Gap, first: i == 0, kind: ev.Kind, ex: ev.Exchange, hook: ev.Webhook, change: ev.Transition}
		switch {
		case ev.Exchange != nil:
			e.exchange = ev.Exchange.ID
			e.key = fmt.Sprintf("%s %d", ev.Kind, ev.Exchange.ID)
			if ev.Kind == journal.EventAnswer && (vain[e.exchange] || answer(out, e.exchange)) {
				continue
			}
			e.answered = vain[e.exchange]
		case ev.Webhook != nil:
			e.webhook = ev.Webhook.ID
			e.key = fmt.Sprintf("webhook %d", ev.Webhook.ID)
			received[ev.Webhook.ID] = ev.At
			e.original = received[ev.Webhook.DuplicateOf]
		case ev.Transition != nil:
			e.key = fmt.Sprintf("state %d", ev.Transition.ID)
		default:
			continue
		}
		out = append(out, e)
	}
	return fold(out, vain)
}

// inVain are the askings for the status, by row number, that changed nothing, or have not yet: polling
// makes any number of them.
func inVain(events []journal.Event) map[int64]bool {
	changed := map[string]bool{}
	for _, ev := range events {
		if ev.Transition != nil {
			changed[ev.Transition.Source] = true
		}
	}
	out := map[int64]bool{}
	for _, ev := range events {
		if x := ev.Exchange; x != nil && x.Method == pikeapi.MethodStatus && (x.Outcome == pikeapi.Accepted || x.Outcome == "") {
			out[x.ID] = !changed[source(x.ID)]
		}
	}
	return out
}

// source names an exchange as a change of state does that it brought about.
func source(exchange int64) string { return fmt.Sprintf("exchange %d", exchange) }

// fold makes one line of two or more askings in vain that nothing lies between. It keeps the name of
// the first, so that the cursor stays on it.
func fold(lines []entry, vain map[int64]bool) []entry {
	out := make([]entry, 0, len(lines))
	for len(lines) > 0 {
		n, asked := 0, 0
		for ; n < len(lines) && vain[lines[n].exchange]; n++ {
			if lines[n].ex.Outcome != "" {
				asked++
			}
		}
		if asked < 2 {
			n = max(1, n)
			out = append(out, lines[:n]...)
		} else {
			run := lines[0]
			run.asked, run.latest, run.exchange = asked, lines[n-1].ex, 0
			out = append(out, run)
			if n < len(lines) {
				lines[n].gap = lines[n].at.Sub(run.at) // since the line before, not since the last asking
			}
		}
		lines = lines[n:]
	}
	return out
}

// answer puts an answer on its request's line when nothing but what it changed lies between them.
func answer(lines []entry, exchange int64) bool {
	for i := len(lines) - 1; i >= 0; i-- {
		e := &lines[i]
		switch {
		case e.kind == journal.EventRequest && e.exchange == exchange:
			e.answered = true
			return true
		case e.change == nil || e.change.Source != source(exchange):
			return false
		}
	}
	return false
}

// chosenKey names the line under the cursor; empty when the cursor stays at the end.
func (d *detail) chosenKey() string {
	if d.end || d.cursor >= len(d.entries) {
		return ""
	}
	return d.entries[d.cursor].key
}

// restore puts the cursor on a line again after the time line was read anew.
func (d *detail) restore(key string) {
	if key == "" {
		d.cursor = max(0, len(d.entries)-1)
		return
	}
	for i := range d.entries {
		if d.entries[i].key == key {
			d.cursor = i
			return
		}
	}
	d.cursor = min(d.cursor, max(0, len(d.entries)-1))
}

// chosen is the line under the cursor; nil without one.
func (m *Model) chosen() *entry {
	d := m.detail
	if d == nil || d.cursor < 0 || d.cursor >= len(d.entries) {
		return nil
	}
	return &d.entries[d.cursor]
}
