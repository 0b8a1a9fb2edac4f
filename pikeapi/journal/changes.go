package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Change says which lists may look different from before. Several changes may arrive as one.
type Change struct {
	Exchanges bool
	Intents   bool
	Sessions  bool // sessions, operations, refunds and their history
	Webhooks  bool
	External  bool // another program wrote; all lists are set then
}

func (c Change) empty() bool { return c == Change{} }

func (c Change) merge(d Change) Change {
	return Change{
		Exchanges: c.Exchanges || d.Exchanges, Intents: c.Intents || d.Intents,
		Sessions: c.Sessions || d.Sessions, Webhooks: c.Webhooks || d.Webhooks,
		External: c.External || d.External,
	}
}

// A hub hands changes to whoever listens. A slow listener gets one merged change, never a queue.
type hub struct {
	mu        sync.Mutex
	listeners map[chan Change]struct{}
	closed    bool
}

func newHub() *hub { return &hub{listeners: map[chan Change]struct{}{}} }

func (h *hub) publish(c Change) {
	if c.empty() {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for ch := range h.listeners {
		merged := c
		select {
		case waiting := <-ch:
			merged = merged.merge(waiting)
		default:
		}
		ch <- merged // has room: only this function sends, and it holds the lock
	}
}

func (h *hub) listen() (<-chan Change, func()) {
	ch := make(chan Change, 1)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		close(ch)
		return ch, func() {}
	}
	h.listeners[ch] = struct{}{}
	return ch, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		if _, ok := h.listeners[ch]; ok {
			delete(h.listeners, ch)
			close(ch)
		}
	}
}

func (h *hub) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for ch := range h.listeners {
		delete(h.listeners, ch)
		close(ch)
	}
}

// Changes returns a channel that receives after every commit of this program and after those of other
// programs, and a function that ends it. The channel is closed when the journal is.
func (j *Journal) Changes() (<-chan Change, func()) { return j.hub.listen() }

// recoverEvery is how many polls lie between two looks for programs that died.
const recoverEvery = 25

// startPolling looks for writes of other programs at every tick.
func (j *Journal) startPolling(tick <-chan time.Time) {
	ctx, cancel := context.WithCancel(context.Background())
	j.stopPoll = cancel
	j.polling.Add(1)
	go func() {
		defer j.polling.Done()
		if tick == nil {
			ticker := time.NewTicker(defaultPoll)
			defer ticker.Stop()
			tick = ticker.C
		}
		j.poll(ctx, tick)
	}()
}

func (j *Journal) poll(ctx context.Context, tick <-chan time.Time) {
	version := j.dataVersion(ctx, 0)
	for n := 1; ; n++ {
		select {
		case <-ctx.Done():
			return
		case _, ok := <-tick:
			if !ok {
				return
			}
		}
		if now := j.dataVersion(ctx, version); now != version {
			version = now
			j.hub.publish(Change{Exchanges: true, Intents: true, Sessions: true, Webhooks: true, External: true})
		}
		if n%recoverEvery == 0 || j.lost.any() {
			// What fails here is tried again at the next turn, and at the next start.
			_, _ = j.Recover(ctx)
			j.shred(ctx)
		}
	}
}

// shred empties the write-ahead log after kept bodies were erased: it still holds the pages on which
// they stood, encrypted, until it is written over. Where another program is reading it is tried again.
func (j *Journal) shred(ctx context.Context) {
	if !j.erased.Swap(false) {
		return
	}
	busy := 1
	// Nobody waits for it, so it waits for nobody.
	_ = j.write.apart(ctx, func(ctx context.Context, conn *sql.Conn) error {
		var wait, log, done int
		if err := conn.QueryRowContext(ctx, `PRAGMA busy_timeout`).Scan(&wait); err != nil {
			return err
		}
		if _, err := conn.ExecContext(ctx, `PRAGMA busy_timeout = 0`); err != nil {
			return err
		}
		err := conn.QueryRowContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &log, &done)
		_, back := conn.ExecContext(ctx, fmt.Sprintf(`PRAGMA busy_timeout = %d`, wait))
		return errors.Join(err, back)
	})
	if busy != 0 {
		j.erased.Store(true)
	}
}

// dataVersion reads the counter that SQLite moves when another connection than the writing one has
// committed. Where it cannot be read, nothing has changed that could be shown.
func (j *Journal) dataVersion(ctx context.Context, last int64) int64 {
	version := last
	err := j.write.apart(ctx, func(ctx context.Context, conn *sql.Conn) error {
		return conn.QueryRowContext(ctx, `PRAGMA data_version`).Scan(&version)
	})
	if err != nil {
		return last
	}
	return version
}
