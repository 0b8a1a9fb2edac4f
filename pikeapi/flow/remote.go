package flow

import (
	"context"
	"fmt"
	"time"

	"pikedash/pikeapi"
	"pikedash/pikeapi/journal"
)

// remote is a server that cannot be steered, such as Pike's demo server. Notifications come from the
// journal, so a receiver must be recording into it: the dashboard, or pikedash listen.
type remote struct {
	client   Caller
	env      *pikeapi.Environment
	journal  *journal.Journal
	first    int64 // notifications up to this row were there before
	arrivals []Arrival
}

// exampleCard is the number of Pike's own examples. Pike publishes no test cards.
const exampleCard = "4242424242424242"

// NewRemote opens a place at a server that this program does not run. It refuses live.
func NewRemote(ctx context.Context, client Caller, env *pikeapi.Environment, j *journal.Journal) (Place, error) {
	if env.Kind == pikeapi.Live {
		return nil, fmt.Errorf("flows do not run against live")
	}
	newest, err := j.Newest(ctx, journal.ListWebhooks)
	if err != nil {
		return nil, err
	}
	return &remote{client: client, env: env, journal: j, first: newest}, nil
}

func (p *remote) Client() Caller                    { return p.client }
func (p *remote) Environment() *pikeapi.Environment { return p.env }
func (p *remote) Arrivals() []Arrival               { return p.arrivals }
func (p *remote) Close() error                      { return nil }

// Vars implements Place.
func (p *remote) Vars() map[string]string { return map[string]string{"card.success": exampleCard} }

// Pass implements Place: it waits in real time for the journal to change, a second at most.
func (p *remote) Pass(ctx context.Context, limit time.Duration) (time.Duration, error) {
	changes, done := p.journal.Changes()
	defer done()
	began := time.Now()
	timer := time.NewTimer(min(limit, time.Second))
	defer timer.Stop()
	select {
	case <-changes:
	case <-timer.C:
	case <-ctx.Done():
		return time.Since(began), ctx.Err()
	}
	return max(time.Since(began), time.Millisecond), p.take(ctx)
}

// take reads the notifications that came since the last time.
func (p *remote) take(ctx context.Context) error {
	rows, err := p.journal.Webhooks(ctx, journal.Query{Sort: journal.Sort{Column: journal.ByCreated}}, nil, journal.Forward, 200)
	if err != nil {
		return err
	}
	for i := len(rows) - 1; i >= 0; i-- { // the newest come first
		row := rows[i]
		if row.ID <= p.first {
			continue
		}
		p.first = row.ID
		w, err := p.journal.Webhook(ctx, row.ID)
		if err != nil {
			return err
		}
		body := w.Body
		if w.HasRaw {
			if body, err = w.Raw(ctx); err != nil {
				return err
			}
		}
		p.arrivals = append(p.arrivals, Arrival{At: row.Received, Type: row.Type, SessionID: row.SessionID, Body: body,
			Signature: string(row.Badge), Duplicate: row.Duplicate, Late: row.Late})
	}
	return nil
}

// Advance implements Place.
func (p *remote) Advance(context.Context, time.Duration) error { return ErrNoControl }

// Fault implements Place.
func (p *remote) Fault(context.Context, Fault) error { return ErrNoControl }

// Control implements Place.
func (p *remote) Control(context.Context, string, map[string]string) (map[string]any, error) {
	return nil, ErrNoControl
}
