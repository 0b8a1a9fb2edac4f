package sessions

import (
	"fmt"
	"time"

	"pikedash/pikeapi/journal"
)

// entry is one line of the time line: a request with its answer, a notification, or a change of state.
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
}

// entriesOf makes lines of events. An answer that comes right after its request shares its line.
func entriesOf(events []journal.Event) []entry {
	out := make([]entry, 0, len(events))
	received := map[int64]time.Time{}
	for i, ev := range events {
		e := entry{at: ev.At, gap: ev.Gap, first: i == 0, kind: ev.Kind, ex: ev.Exchange, hook: ev.Webhook, change: ev.Transition}
		switch {
		case ev.Exchange != nil:
			e.exchange = ev.Exchange.ID
			e.key = fmt.Sprintf("%s %d", ev.Kind, ev.Exchange.ID)
			if ev.Kind == journal.EventAnswer && answer(out, e.exchange) {
				continue
			}
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
	return out
}

// answer puts an answer on its request's line when nothing but what it changed lies between them.
func answer(lines []entry, exchange int64) bool {
	source := fmt.Sprintf("exchange %d", exchange)
	for i := len(lines) - 1; i >= 0; i-- {
		e := &lines[i]
		switch {
		case e.kind == journal.EventRequest && e.exchange == exchange:
			e.answered = true
			return true
		case e.change == nil || e.change.Source != source:
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
