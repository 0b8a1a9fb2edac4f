package command

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"pikedash/pikeapi"
	"pikedash/pikeapi/journal"
)

// How often an unfinished session is asked for. A session is due again when it was not heard of for
// a while that grows with its age: a fresh one soon, an old one rarely. Every answer and every
// webhook counts as hearing of it, so nothing is asked where webhooks arrive in time.
const (
	pollEvery    = time.Second      // between two looks for due sessions
	pollSoonest  = 2 * time.Second  // a session that has just changed
	pollLatest   = 10 * time.Minute // an old one
	pollWaiting  = 30 * time.Second // one that waits for the operator changes by itself only at its deadline
	pollAtOnce   = 3
	pollBatch    = 20
	pollRefusals = 2                  // then a session is asked for by hand only
	pollAge      = 8 * 24 * time.Hour // what has not changed for longer is asked for by hand only
)

// poller keeps the unfinished sessions of one environment fresh.
type poller struct {
	ask     func(ctx context.Context, session string) error
	journal *journal.Journal
	now     func() time.Time
	log     *slog.Logger

	mu      sync.Mutex
	refused map[string]int // how often Pike refused a session since the start
}

// run asks until ctx ends.
func (p *poller) run(ctx context.Context) {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		p.turn(ctx)
	}
}

// turn asks for what is due now, a bounded number at once, and returns how many.
func (p *poller) turn(ctx context.Context) int {
	now := p.now()
	rows, err := p.journal.Unfinished(ctx, now.Add(-pollSoonest), pollBatch*5)
	if err != nil {
		if ctx.Err() == nil {
			p.log.Warn("unfinished sessions cannot be read", "error", err)
		}
		return 0
	}
	var group sync.WaitGroup
	slots := make(chan struct{}, pollAtOnce)
	asked := 0
	for _, s := range rows {
		if asked == pollBatch || ctx.Err() != nil {
			break
		}
		if !due(s, now) || p.givenUp(s.SessionID) {
			continue
		}
		asked++
		slots <- struct{}{}
		group.Go(func() {
			defer func() { <-slots }()
			if err := p.ask(ctx, s.SessionID); err != nil && ctx.Err() == nil {
				p.fruitless(ctx, s.SessionID, err)
			}
		})
	}
	group.Wait()
	return asked
}

// fruitless notes that asking told nothing. A session that Pike refuses is asked for a few times only:
// it belongs to another project, or to a sandbox that has been emptied.
func (p *poller) fruitless(ctx context.Context, session string, err error) {
	p.log.Debug("asking for a session", "session", session, "error", err)
	var refused *pikeapi.APIError
	if errors.As(err, &refused) {
		p.mu.Lock()
		if p.refused == nil {
			p.refused = map[string]int{}
		}
		p.refused[session]++
		p.mu.Unlock()
	}
	if err := p.journal.Asked(ctx, session); err != nil && ctx.Err() == nil {
		p.log.Warn("noting that a session was asked for", "session", session, "error", err)
	}
}

// givenUp says that Pike has refused a session too often.
func (p *poller) givenUp(session string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.refused[session] >= pollRefusals
}

// due says whether a session is to be asked for now.
func due(s journal.SessionRow, now time.Time) bool {
	changed := s.Updated
	if changed.IsZero() {
		changed = s.Created
	}
	age := now.Sub(changed)
	if s.Status == "" || s.Status == pikeapi.SessionCreated || age > pollAge {
		// Ids that were imported are fetched by the import; a created session waits for the partner.
		return false
	}
	wait := min(max(age/2, pollSoonest), pollLatest)
	if s.NextAction != "" && s.Deadline.After(now) {
		wait = max(wait, pollWaiting)
	}
	if s.Status == pikeapi.SessionError {
		// Pike's support decides it, some day.
		wait = pollLatest
	}
	return now.Sub(s.Observed) >= wait
}
