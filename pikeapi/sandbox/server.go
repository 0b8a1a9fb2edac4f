package sandbox

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Server is the embedded Pike. It is an http.Handler and safe for concurrent use.
type Server struct {
	cfg      Config
	log      *slog.Logger
	projects map[string]*project
	methods  map[string]*method
	clock    Clock
	own      *realClock // the clock, where it was not given
	speed    float64
	key      *pikeKey
	keyTurn  sync.Mutex // one rotation at a time
	secret   []byte
	store    store
	faults   faultSet
	causes   chan struct{} // searches for the cause of a bad signature, at most causeAtOnce
	large    chan struct{} // places for large bodies
	dispatch *dispatcher
	busy     tracker // commits and deliveries under way

	listening atomic.Pointer[string] // address of Listen
	stopped   chan struct{}

	mu     sync.Mutex // guards w and closed, and orders commits
	w      *world
	closed bool
}

// New makes a sandbox and puts back what its state folder holds. It serves as soon as its handler
// is used; Listen makes it listen by itself. Close must be called at the end.
func New(cfg Config) (*Server, error) {
	cfg.Projects = slices.Clone(cfg.Projects)
	if err := cfg.normalise(); err != nil {
		return nil, fmt.Errorf("sandbox: %w", err)
	}
	s := &Server{
		cfg: cfg, log: cfg.Log, methods: newMethods(), speed: 1, causes: make(chan struct{}, causeAtOnce),
		large: make(chan struct{}, largeAtOnce),
		w:     newWorld(), store: memoryStore{}, stopped: make(chan struct{}), projects: map[string]*project{},
	}
	for _, p := range cfg.Projects {
		s.projects[p.Name] = newProject(p, cfg.Strict)
	}
	for _, f := range cfg.Faults {
		if _, err := s.faults.add(f); err != nil {
			return nil, fmt.Errorf("sandbox: %w", err)
		}
	}
	if err := s.open(); err != nil {
		return nil, fmt.Errorf("sandbox: %w", errors.Join(err, s.store.close()))
	}
	return s, nil
}

// open reads the state, the key and the clock, and lets time run on.
func (s *Server) open() error {
	if s.cfg.StateDir != "" {
		store, err := openStore(s.cfg.StateDir, s.cfg.singleCommits)
		if err != nil {
			return err
		}
		s.store = store
	}
	if err := s.store.load(s.w.load); err != nil {
		return err
	}
	key, err := newPikeKey(s.cfg.PikeKey, s.cfg.StateDir)
	if err != nil {
		return err
	}
	s.key = key
	s.startClock()
	s.dispatch = newDispatcher(s, s.cfg.HTTP)
	s.mu.Lock()
	defer s.mu.Unlock()
	done, err := s.updateLocked(s.prepareState)
	if err != nil {
		return err
	}
	if err := <-done; err != nil {
		return err
	}
	s.resume()
	return nil
}

// startClock uses the given clock, else one that goes on where the state left off.
func (s *Server) startClock() {
	if s.cfg.Clock != nil {
		s.clock = s.cfg.Clock
		return
	}
	now := time.Now().Add(s.w.meta.Offset)
	if s.w.meta.Now.After(now) {
		now = s.w.meta.Now
	}
	s.own = newRealClock(now, s.cfg.Speed)
	s.clock, s.speed = s.own, s.cfg.Speed
}

// prepareState makes what a new state lacks: the secret and the wallets.
func (s *Server) prepareState(t *tx) error {
	if len(s.w.meta.Secret) == 0 {
		s.w.meta.Secret = make([]byte, 32)
		if _, err := rand.Read(s.w.meta.Secret); err != nil {
			return fmt.Errorf("making a secret: %w", err)
		}
		t.put(kindMeta, "meta", &s.w.meta)
	}
	s.secret = s.w.meta.Secret
	for _, p := range s.cfg.Projects {
		for _, w := range p.Wallets {
			key := walletKey(p.Name, w.Currency)
			if _, ok := s.w.wallets[key]; ok {
				continue
			}
			made := &wallet{ID: fmt.Sprint(t.number(kindWallet) - firstNumber), Project: p.Name, Currency: strings.ToLower(w.Currency), Balance: w.Balance}
			s.w.wallets[key] = made
			t.putWallet(made)
		}
	}
	for _, x := range s.w.sessions {
		if s.projects[x.Project] == nil {
			// A project that is no longer served: its sessions live on, nobody can call them.
			s.projects[x.Project] = newProject(Project{Name: x.Project}, false)
		}
	}
	return nil
}

// resume arms the timers and takes up the deliveries of an earlier run. The caller holds mu.
func (s *Server) resume() {
	now := s.clock.Now()
	timers := make([]*timerEntry, 0, len(s.w.timers))
	for _, e := range s.w.timers {
		timers = append(timers, e)
	}
	sort.Slice(timers, func(i, j int) bool { return timers[i].ID < timers[j].ID })
	sort.SliceStable(timers, func(i, j int) bool { return timers[i].Due.Before(timers[j].Due) })
	for _, e := range timers {
		if e.armed == nil {
			s.arm(e, now)
		}
	}
	sort.Slice(s.w.keyOrder, func(i, j int) bool { return s.w.keyOrder[i].Seq < s.w.keyOrder[j].Seq })
	deliveries := make([]*delivery, 0, len(s.w.deliveries))
	for _, d := range s.w.deliveries {
		deliveries = append(deliveries, d)
	}
	sort.Slice(deliveries, func(i, j int) bool { return deliveries[i].ID < deliveries[j].ID })
	for _, d := range deliveries {
		switch {
		case d.Status != deliveryPending:
			s.w.finished = append(s.w.finished, d.ID)
		case d.Timer != 0:
			s.dispatch.wait(d.outgoing(false))
		default:
			s.dispatch.add(d.outgoing(false))
		}
	}
}

// committed is called when a change is durable: its notifications may go out.
func (s *Server) committed(send []outgoing, err error) {
	defer s.busy.add(-1)
	if err != nil {
		s.log.Error("the sandbox's state could not be saved", "error", err)
	}
	for _, o := range send {
		s.dispatch.add(o)
	}
}

// ServeHTTP implements http.Handler: Pike's API, the payer's page, and the test controls.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer s.recover(w)
	s.giveTime(w)
	path := cleanPath(r.URL.Path)
	switch {
	case path == payerPath || strings.HasPrefix(path, payerPath+"/"):
		s.servePayer(w, r, path)
	case strings.HasPrefix(path, controlPath) && s.cfg.Control:
		s.serveControl(w, r)
	default:
		s.servePartner(w, r)
	}
}

// recover turns a panic into an answer. http.ErrAbortHandler is meant, and passed on.
func (s *Server) recover(w http.ResponseWriter) {
	p := recover()
	if p == nil {
		return
	}
	if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(p)
	}
	s.log.Error("a request made the sandbox panic", "panic", p)
	s.send(w, s.refused(refuse("internal_error", "a fault of the sandbox; please report it")))
}

// Settle waits until nothing is being saved or delivered. Redeliveries that wait for their time do
// not count.
func (s *Server) Settle(ctx context.Context) error {
	if err := s.busy.wait(ctx); err != nil {
		return fmt.Errorf("waiting for the sandbox's deliveries: %w", err)
	}
	return nil
}

// How long Advance waits for deliveries at each step, in real time: a partner that does not answer
// must not stop the clock. Once he was waited for in vain, the further steps wait a moment only.
const (
	settleAtMost = 5 * time.Second
	settleMoment = 50 * time.Millisecond
)

// Advance moves the sandbox's clock by d. Everything that falls due on the way happens at its own
// time, redeliveries included. It fails where the given clock cannot be moved.
func (s *Server) Advance(ctx context.Context, d time.Duration) error {
	m, ok := s.clock.(Mover)
	if !ok {
		return errors.New("this sandbox's clock cannot be moved")
	}
	if d < 0 {
		return fmt.Errorf("the clock cannot be moved back (%s)", d)
	}
	target := s.clock.Now().Add(d)
	patience := s.cfg.settleTime
	for {
		patience = s.settleBriefly(ctx, patience)
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("moving the clock: %w", err)
		}
		next, ok := m.Next()
		if !ok || next.After(target) {
			break
		}
		m.Advance(max(next.Sub(s.clock.Now()), 0))
	}
	m.Advance(max(target.Sub(s.clock.Now()), 0))
	s.settleBriefly(ctx, patience)
	return nil
}

// settleBriefly waits for deliveries, at most for patience, and returns the patience for the next time.
func (s *Server) settleBriefly(ctx context.Context, patience time.Duration) time.Duration {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := s.Settle(ctx); err != nil {
		s.log.Debug("the clock moves on while a delivery is under way", "error", err)
		return settleMoment
	}
	return patience
}

// Close stops the clock and the deliveries, and writes what waits. Nothing durable is lost; the
// server must not be used afterwards.
func (s *Server) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	for _, e := range s.w.timers {
		if e.armed != nil {
			e.armed.Stop()
		}
	}
	s.mu.Unlock()
	close(s.stopped)
	if s.own != nil {
		s.own.close()
	}
	s.dispatch.close()
	return s.store.close()
}

// PublicKey returns the key with which webhooks are signed.
func (s *Server) PublicKey() *rsa.PublicKey { return s.key.public() }

// RotateKey replaces Pike's key and returns the new public half.
func (s *Server) RotateKey() (*rsa.PublicKey, error) {
	s.keyTurn.Lock()
	defer s.keyTurn.Unlock()
	return s.key.rotate()
}

// Now returns the time on the sandbox's clock.
func (s *Server) Now() time.Time { return s.clock.Now() }

func (s *Server) projectNames() string {
	names := make([]string, 0, len(s.cfg.Projects))
	for _, p := range s.cfg.Projects {
		names = append(names, p.Name)
	}
	return clip(strings.Join(names, ", "), 200)
}
