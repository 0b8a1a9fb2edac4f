package sandbox

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

// maxInFlight is how many notifications are on the wire at once.
const maxInFlight = 16

// outgoing is a delivery in the hands of the dispatcher.
type outgoing struct {
	id      int64
	session string
	apart   bool // not part of its session's order
	held    bool // waits until another one of its session is over
	now     bool // its time has come: it is not queued again
}

// dispatcher sends notifications in the background: those of one session one after the other, in
// the order in which they were made, those of different sessions side by side. Its lock may be
// taken while Server.mu is held, never the other way round.
type dispatcher struct {
	s      *Server
	client *http.Client
	ctx    context.Context
	stop   context.CancelFunc
	wg     sync.WaitGroup

	mu       sync.Mutex
	queues   map[string][]outgoing // by session; the first is being tried
	held     map[string][]outgoing
	ready    []outgoing
	inFlight int
	closed   bool
}

func newDispatcher(s *Server, client *http.Client) *dispatcher {
	if client == nil {
		client = &http.Client{
			Transport: &http.Transport{
				Proxy: http.ProxyFromEnvironment, MaxIdleConnsPerHost: maxInFlight, IdleConnTimeout: 30 * time.Second,
				DisableCompression: true, // else it adds a header
			},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}
	}
	ctx, stop := context.WithCancel(context.Background())
	return &dispatcher{
		s: s, client: client, ctx: ctx, stop: stop,
		queues: map[string][]outgoing{}, held: map[string][]outgoing{},
	}
}

// add takes over a delivery that is durable.
func (d *dispatcher) add(o outgoing) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case o.now:
		d.unhold(o)
		d.push(o)
	case o.held:
		d.held[o.session] = append(d.held[o.session], o)
	case o.apart:
		d.push(o)
	default:
		d.queues[o.session] = append(d.queues[o.session], o)
		if len(d.queues[o.session]) == 1 {
			d.push(o)
		}
	}
	d.pump()
}

// wait puts a delivery in its session's queue without sending it: its timer will.
func (d *dispatcher) wait(o outgoing) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !o.apart {
		d.queues[o.session] = append(d.queues[o.session], o)
	}
}

func (d *dispatcher) unhold(o outgoing) {
	for i, h := range d.held[o.session] {
		if h.id == o.id {
			d.held[o.session] = append(d.held[o.session][:i:i], d.held[o.session][i+1:]...)
			return
		}
	}
}

func (d *dispatcher) push(o outgoing) {
	d.s.busy.add(1)
	d.ready = append(d.ready, o)
}

// pump starts what may be on the wire. The caller holds mu.
func (d *dispatcher) pump() {
	for d.inFlight < maxInFlight && len(d.ready) > 0 && !d.closed {
		o := d.ready[0]
		d.ready = d.ready[1:]
		d.inFlight++
		d.wg.Add(1)
		go d.try(o)
	}
}

// try makes one attempt and puts the next delivery of the session in line when this one is over.
func (d *dispatcher) try(o outgoing) {
	defer d.wg.Done()
	defer d.s.busy.add(-1)
	over := d.s.attempt(d.ctx, d.client, o.id)
	var released []outgoing
	d.mu.Lock()
	d.inFlight--
	if over {
		if !o.apart {
			released = d.held[o.session]
			delete(d.held, o.session)
		}
		d.nextOf(o)
	}
	d.pump()
	d.mu.Unlock()
	for _, r := range released {
		d.s.release(r.id)
	}
}

// nextOf puts the next delivery of the session in line where o was the first. One that is sent apart
// may be: it was sent anew while its session waited for it.
func (d *dispatcher) nextOf(o outgoing) {
	q := d.queues[o.session]
	if len(q) == 0 || q[0].id != o.id {
		return
	}
	if q = q[1:]; len(q) == 0 {
		delete(d.queues, o.session)
		return
	}
	d.queues[o.session] = q
	d.push(q[0])
}

// forget drops what waits, after the state was reset.
func (d *dispatcher) forget() {
	d.mu.Lock()
	defer d.mu.Unlock()
	clear(d.queues)
	clear(d.held)
}

func (d *dispatcher) close() {
	d.mu.Lock()
	d.closed = true
	d.mu.Unlock()
	d.stop()
	d.wg.Wait()
	d.client.CloseIdleConnections()
}

// release sends a held delivery now.
func (s *Server) release(id int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	_, err := s.updateLocked(func(t *tx) error {
		if d, ok := t.w.deliveries[id]; ok && d.Held {
			t.dropTimer(d.Timer)
			t.deliveryDue(id)
		}
		return nil
	})
	if err != nil {
		s.log.Error("a held notification could not be released", "delivery", id, "error", err)
	}
}

// attempt sends one delivery and records what became of it. It reports whether the delivery is over.
func (s *Server) attempt(ctx context.Context, client *http.Client, id int64) bool {
	s.mu.Lock()
	d, ok := s.w.deliveries[id]
	if !ok || d.Status != deliveryPending {
		s.mu.Unlock()
		return true
	}
	copied := *d
	url := s.projects[d.Project].options().WebhookURL
	at := s.clock.Now()
	s.mu.Unlock()

	a := Attempt{At: at}
	started := time.Now()
	status, err := s.post(ctx, client, url, &copied)
	a.Status, a.Millis = status, time.Since(started).Milliseconds()
	if err != nil {
		a.Error = clip(err.Error(), 200)
	}
	if ctx.Err() != nil {
		return false // shut down: it will be sent after the restart
	}
	delivered := status == http.StatusOK || (s.cfg.Accept2xx && status/100 == 2)
	over := false
	err = s.durable(func(t *tx) error {
		d, ok := t.w.deliveries[id]
		if !ok || d.Status != deliveryPending {
			over = true // forgotten, or delivered by an attempt beside this one
			return nil
		}
		over = t.attempted(d, a, delivered)
		return nil
	})
	if err != nil {
		s.log.Error("an attempt to deliver could not be recorded", "delivery", id, "error", err)
	}
	return over
}

// post puts one notification on the wire and returns the partner's HTTP status.
func (s *Server) post(ctx context.Context, client *http.Client, url string, d *delivery) (int, error) {
	if url == "" {
		return 0, fmt.Errorf("project %s has no webhook address", d.Project)
	}
	if d.Rotate {
		if _, err := s.RotateKey(); err != nil {
			return 0, fmt.Errorf("rotating the key: %w", err)
		}
	}
	ctx, cancel := context.WithTimeout(ctx, WebhookTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(d.Body))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Content-Type", "application/json")
	if !d.Unsigned {
		signed := d.Body
		if d.BadSign {
			signed = append(bytes.Clone(d.Body), '\n')
		}
		sign, err := s.key.sign(signed)
		if err != nil {
			return 0, err
		}
		req.Header.Set("X-Partner-Sign", sign)
	}
	resp, err := client.Do(req)
	if err != nil {
		return 0, err
	}
	// The answer's body says nothing; reading a little of it lets the connection be used again.
	_, err = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10))
	if closeErr := resp.Body.Close(); err == nil {
		err = closeErr
	}
	return resp.StatusCode, err
}

// tracker counts what is under way and tells when nothing is.
type tracker struct {
	mu      sync.Mutex
	n       int
	waiters []chan struct{}
}

func (b *tracker) add(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.n += n
	if b.n > 0 {
		return
	}
	for _, w := range b.waiters {
		close(w)
	}
	b.waiters = nil
}

func (b *tracker) wait(ctx context.Context) error {
	b.mu.Lock()
	if b.n <= 0 {
		b.mu.Unlock()
		return nil
	}
	w := make(chan struct{})
	b.waiters = append(b.waiters, w)
	b.mu.Unlock()
	select {
	case <-w:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
