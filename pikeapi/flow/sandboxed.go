package flow

import (
	"context"
	"crypto/rsa"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"pikedash/keys"
	"pikedash/pikeapi"
	"pikedash/pikeapi/sandbox"
	"pikedash/pikeapi/webhook"
)

// start is where the clock of every private sandbox stands, so that runs are alike.
func start() time.Time { return time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC) }

// sandboxed is a private sandbox with a receiver, both over real HTTP on loopback, for one run. Its
// clock stands still but for Pass and Advance, so nothing is waited for in real time.
type sandboxed struct {
	server *sandbox.Server
	client *pikeapi.Client
	env    *pikeapi.Environment
	hooks  *webhook.Receiver
	inbox  *inbox
	stop   context.CancelFunc
	ended  []func() error
}

// Pair is the partner's and the sandbox's key of private sandboxes. Runs may share one: making keys
// takes longer than a run.
type Pair struct {
	partner keys.Signer
	pike    *rsa.PrivateKey
}

// NewPair makes the keys.
func NewPair(ctx context.Context) (*Pair, error) {
	own, err := keys.Generate(ctx, keys.MinBits)
	if err != nil {
		return nil, fmt.Errorf("making the partner's key: %w", err)
	}
	pike, err := keys.Generate(ctx, keys.MinBits)
	if err != nil {
		return nil, fmt.Errorf("making the sandbox's key: %w", err)
	}
	signer, err := keys.NewSigner(own, "key of this run")
	if err != nil {
		return nil, err
	}
	return &Pair{partner: signer, pike: pike}, nil
}

// NewSandbox opens a private sandbox as f wants it.
func NewSandbox(ctx context.Context, f *Flow, pair *Pair) (Place, error) {
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	p := &sandboxed{inbox: &inbox{}, stop: stop}
	if err := p.open(ctx, f, pair); err != nil {
		return nil, errors.Join(err, p.Close())
	}
	return p, nil
}

func (p *sandboxed) open(ctx context.Context, f *Flow, pair *Pair) error {
	hooks, err := webhook.New(webhook.Options{Keys: p.ring, Store: p.inbox})
	if err != nil {
		return err
	}
	p.hooks = hooks
	p.ended = append(p.ended, hooks.Close)
	at, err := hooks.Listen(ctx, "127.0.0.1:0")
	if err != nil {
		return err
	}
	p.ended = append(p.ended, at.Wait)
	cfg := sandbox.Config{
		Project: "flows", WebhookURL: at.URL, Control: true, Clock: sandbox.NewManualClock(start()), PikeKey: pair.pike,
		PartnerKeys: keys.Ring{{Name: "partner", Role: keys.RoleOwn, Public: pair.partner.Public()}},
		AutoConfirm: f.Sandbox.AutoConfirm, Hold: f.Sandbox.Hold,
	}
	if f.Sandbox.Balance > 0 {
		cfg.Wallets = []sandbox.Wallet{{Currency: "eur", Balance: f.Sandbox.Balance}}
	}
	if p.server, err = sandbox.New(cfg); err != nil {
		return err
	}
	p.ended = append(p.ended, p.server.Close)
	running, err := p.server.Listen(ctx, "127.0.0.1:0")
	if err != nil {
		return err
	}
	p.ended = append(p.ended, running.Wait)
	p.client = pikeapi.NewClient(pikeapi.Options{Timeout: 10 * time.Second})
	p.env = &pikeapi.Environment{
		Name: "sandbox", Kind: pikeapi.Sandbox, BaseURL: running.URL, Project: "flows", Version: pikeapi.V2,
		Signer: pair.partner, Recorder: &memory{},
	}
	return nil
}

// ring is asked for at each notification, because a flow can rotate Pike's key.
func (p *sandboxed) ring() keys.Ring {
	return keys.Ring{{Name: "Pike sandbox key", Environment: "sandbox", Role: keys.RolePike, Public: p.server.PublicKey()}}
}

func (p *sandboxed) Client() Caller                    { return p.client }
func (p *sandboxed) Environment() *pikeapi.Environment { return p.env }
func (p *sandboxed) Arrivals() []Arrival               { return p.inbox.all() }

// Vars implements Place: the trigger cards.
func (p *sandboxed) Vars() map[string]string { return Cards() }

// Cards returns the variables card.success and so on: the sandbox's trigger cards by their outcome.
func Cards() map[string]string {
	names := map[string]string{
		sandbox.OutcomeSuccess: "success", sandbox.Outcome3DS: "three_ds", sandbox.OutcomeNeverReady: "never_ready",
		"declined_by_issuer_bank": "declined", "insufficient_funds": "insufficient_funds", "bank_card_expired": "expired",
		"provider_internal_error": "provider_fault",
	}
	vars := map[string]string{}
	for _, t := range sandbox.Triggers() {
		if name, ok := names[t.Outcome]; ok && t.Kind == sandbox.TriggerCard {
			vars["card."+name] = t.Value
		}
	}
	return vars
}

// quantum is how far Pass moves the clock: less than any two steps of the sandbox lie apart.
const quantum = 100 * time.Millisecond

// Pass implements Place: it moves the clock a little, or to the next delivery once nothing moves.
func (p *sandboxed) Pass(ctx context.Context, limit time.Duration) (time.Duration, error) {
	if err := p.server.Settle(ctx); err != nil {
		return 0, err
	}
	step := min(limit, quantum)
	if limit > time.Minute {
		step = time.Second
	}
	return step, p.server.Advance(ctx, step)
}

// Advance implements Place.
func (p *sandboxed) Advance(ctx context.Context, d time.Duration) error {
	return p.server.Advance(ctx, d)
}

// Fault implements Place.
func (p *sandboxed) Fault(ctx context.Context, f Fault) error {
	_, err := p.server.Controls().AddFault(ctx, f.sandbox())
	return err
}

// sandbox is the fault as the sandbox takes it.
func (f Fault) sandbox() sandbox.Fault {
	return sandbox.Fault{Kind: sandbox.FaultKind(f.Kind), Method: f.Method, Count: max(f.Count, 1), DelayMS: f.DelayMS}
}

// countSessions is the control that counts sessions, which the sandbox's own controls do not have.
const countSessions = "sessions"

// Control implements Place: the acts of the sandbox, and sessions, which counts.
func (p *sandboxed) Control(ctx context.Context, name string, with map[string]string) (map[string]any, error) {
	c := p.server.Controls()
	if name == countSessions {
		return p.sessions(ctx, with["at_least"])
	}
	act := sandbox.ActRequest{Session: with["session"], Act: sandbox.Act(name), Code: with["code"]}
	if text := with["amount"]; text != "" {
		amount, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("amount %q is not a number of minor units", text)
		}
		act.Amount = amount
	}
	s, err := c.Act(ctx, act)
	if err != nil {
		return nil, err
	}
	return map[string]any{"status": s.Status, "state": s.State}, nil
}

// sessions counts the sessions; with atLeast it waits until there are so many, which is how a flow
// knows that a call that runs in the background has reached the server.
func (p *sandboxed) sessions(ctx context.Context, atLeast string) (map[string]any, error) {
	want, err := strconv.Atoi("0" + atLeast)
	if err != nil {
		return nil, fmt.Errorf("at_least %q is not a number", atLeast)
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for {
		s, err := p.server.Controls().State(ctx)
		if err != nil {
			return nil, err
		}
		if s.SessionsIn >= want {
			return map[string]any{"sessions": strconv.Itoa(s.SessionsIn)}, nil
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("there are %d sessions, expected %d: %w", s.SessionsIn, want, ctx.Err())
		case <-tick.C:
		}
	}
}

// Close implements Place.
func (p *sandboxed) Close() error {
	p.stop()
	var errs []error
	for _, end := range slices.Backward(p.ended) {
		errs = append(errs, end())
	}
	if p.client != nil {
		p.client.CloseIdle()
	}
	return errors.Join(errs...)
}

// memory is the recorder of a private sandbox: its calls concern nobody's money.
type memory struct{ last atomic.Int64 }

func (m *memory) Begin(context.Context, *pikeapi.Prepared, pikeapi.Permit) (int64, error) {
	return m.last.Add(1), nil
}

func (m *memory) Finish(context.Context, *pikeapi.Result) error { return nil }

// inbox keeps the notifications of one run.
type inbox struct {
	mu   sync.Mutex
	list []Arrival
	seen map[string]bool      // type, session and updated_at
	last map[string]time.Time // newest updated_at by session
}

// Record implements webhook.Store.
func (b *inbox) Record(_ context.Context, r *webhook.Received) (webhook.Stored, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	a := Arrival{At: r.At, Body: r.Body, Signature: string(r.Badge)}
	if r.Parsed != nil {
		a.Type = r.Parsed.Type
		if s := r.Parsed.Session; s != nil && r.Badge == webhook.Verified {
			a.SessionID = s.ID
			a.Duplicate, a.Late = b.note(a.Type, s)
		} else if s != nil {
			a.SessionID = s.ID
		}
	}
	b.list = append(b.list, a)
	return webhook.Stored{ID: int64(len(b.list)), Duplicate: a.Duplicate, Late: a.Late}, nil
}

// note says whether a notification came before, and whether a newer one did.
func (b *inbox) note(kind string, s *pikeapi.Session) (duplicate, late bool) {
	if b.seen == nil {
		b.seen, b.last = map[string]bool{}, map[string]time.Time{}
	}
	key := kind + " " + s.ID + " " + s.UpdatedAt.Format(time.RFC3339Nano)
	duplicate = b.seen[key]
	b.seen[key] = true
	late = s.UpdatedAt.Before(b.last[s.ID])
	if s.UpdatedAt.After(b.last[s.ID]) {
		b.last[s.ID] = s.UpdatedAt
	}
	return duplicate, late
}

// Forwarded implements webhook.Store; a private receiver forwards nothing.
func (b *inbox) Forwarded(context.Context, int64, webhook.Forward) error { return nil }

func (b *inbox) all() []Arrival {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.list)
}
