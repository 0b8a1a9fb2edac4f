package journal

import (
	"context"
	"sort"
	"time"
)

// timelineLimit bounds the events of each kind that a time line shows: the newest.
const timelineLimit = 2000

// Timeline merges what is known of a session in the order of time: requests, answers, notifications
// and changes of state, each with the gap to the one before. A change comes after the event that told
// of it.
func (j *Journal) Timeline(ctx context.Context, sessionID string) ([]Event, error) {
	events, err := j.timeline(ctx, sessionID)
	if err != nil {
		return nil, j.readError(ctx, "reading the time line of "+sessionID, err)
	}
	sort.SliceStable(events, func(i, k int) bool { return events[i].At.Before(events[k].At) })
	for i := 1; i < len(events); i++ {
		events[i].Gap = events[i].At.Sub(events[i-1].At)
	}
	return events, nil
}

func (j *Journal) timeline(ctx context.Context, sessionID string) ([]Event, error) {
	var events []Event
	rows, err := j.read.QueryContext(ctx, `SELECT `+exchangeColumns+` FROM exchanges t WHERE t.session_id = ? AND t.session_id <> '' ORDER BY t.started DESC, t.id DESC LIMIT ?`, sessionID, timelineLimit)
	if err != nil {
		return nil, err
	}
	exchanges, err := scanAll(rows, scanExchange)
	if err != nil {
		return nil, err
	}
	for i := range exchanges {
		e := &exchanges[len(exchanges)-1-i]
		events = append(events, Event{Kind: EventRequest, At: e.Started, Exchange: e})
		if e.Outcome != "" {
			events = append(events, Event{Kind: EventAnswer, At: e.Started.Add(max(e.Latency, time.Microsecond)), Exchange: e})
		}
	}
	if rows, err = j.read.QueryContext(ctx, `SELECT `+webhookColumns+` FROM webhooks t WHERE t.session_id = ? AND t.session_id <> '' ORDER BY t.received DESC, t.id DESC LIMIT ?`, sessionID, timelineLimit); err != nil {
		return nil, err
	}
	webhooks, err := scanAll(rows, scanWebhook)
	if err != nil {
		return nil, err
	}
	for i := range webhooks {
		w := &webhooks[len(webhooks)-1-i]
		events = append(events, Event{Kind: EventWebhook, At: w.Received, Webhook: w})
	}
	history, err := j.history(ctx, sessionID)
	if err != nil {
		return nil, err
	}
	for i := range history {
		// Where the change was observed, not where Pike's clock puts it: the two clocks differ.
		events = append(events, Event{Kind: EventState, At: history[i].Observed, Transition: &history[i]})
	}
	return events, nil
}
