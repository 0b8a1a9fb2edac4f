package command

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"

	"pikedash/config"
	"pikedash/keys"
	"pikedash/pikeapi"
	"pikedash/pikeapi/journal"
	"pikedash/ui/page"
)

// services are the program's verbs for the dashboard: they open desks and keep them fresh.
type services struct {
	*runtime
	listen   func() (*receiver, error) // starts the receiver
	receiver *receiver                 // nil until the first environment is opened

	mu      sync.Mutex
	infos   func() []page.EnvInfo // made once, and again when a profile was changed
	desks   map[*page.Desk]openDesk
	trusted keys.Ring // Pike's keys that were added since the start

	saving sync.Mutex // one change of the settings file at a time
}

// openDesk is what belongs to a desk while it is used.
type openDesk struct {
	stop    func()                // ends what keeps it fresh
	changes <-chan journal.Change // of its journal; what happens between two calls of Watch waits here
}

var _ page.Services = (*services)(nil)

// newServices prepares the verbs. The receiver listens, until ctx ends, once an environment is opened.
func (r *runtime) newServices(ctx context.Context) *services {
	s := &services{runtime: r, desks: map[*page.Desk]openDesk{}}
	s.listen = func() (*receiver, error) {
		return startReceiver(ctx, r.settings.Listen.Value, r.spareHook(), r.settings.Forward.Value, r.app.now, r.log)
	}
	s.remake(ctx)
	return s
}

// receive starts the receiver where it does not run yet.
func (s *services) receive() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.receiver != nil {
		return nil
	}
	hooks, err := s.listen()
	if err != nil {
		return err
	}
	s.receiver, s.hooksAt = hooks, hooks.at
	return nil
}

// spareHook is where the receiver listens when nobody chose its address and another program has it.
// Only the embedded sandbox can be told of another address; Pike's servers cannot.
func (r *runtime) spareHook() string {
	if r.settings.Listen.Origin.Source != config.FromDefault || r.settings.Current().Kind.Value != string(pikeapi.Sandbox) {
		return ""
	}
	return "127.0.0.1:0"
}

// Environments lists what can be switched to.
func (s *services) Environments() []page.EnvInfo {
	s.mu.Lock()
	infos := s.infos
	s.mu.Unlock()
	return infos()
}

// remake has the environments listed anew when they are asked for next.
func (s *services) remake(ctx context.Context) {
	ctx = context.WithoutCancel(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.infos = sync.OnceValue(func() []page.EnvInfo { return s.readInfos(ctx) })
}

// readInfos looks at every profile without opening anything.
func (s *services) readInfos(ctx context.Context) []page.EnvInfo {
	var out []page.EnvInfo
	settings := s.profiles()
	list := s.signers.keysOf(ctx, settings)
	for _, n := range settings.Names() {
		p := settings.Profiles[n]
		version, err := pikeapi.ParseVersion(p.APIVersion.Value)
		if err != nil {
			version = pikeapi.V2
		}
		info := page.EnvInfo{Name: n, Kind: pikeapi.EnvKind(p.Kind.Value), Project: p.Project.Value, Version: version, BaseURL: p.BaseURL.Value}
		for _, k := range list {
			if k.Profile == n && k.Role == keys.RoleOwn {
				info.Key = k.Fingerprint.Short()
			}
		}
		info.Problem = problemOf(settings, list, p, s.app.flags.allowHost)
		out = append(out, info)
	}
	return out
}

// problemOf says why a profile cannot be used, in a few words.
func problemOf(settings *config.Settings, list []keyOf, p *config.Profile, allow []string) string {
	switch {
	case p.Project.Value == "":
		return "no project: set profiles." + p.Name + ".project"
	case !p.Key.Set() && p.Kind.Value != config.Sandbox:
		return "no signing key: see 7 Keys"
	}
	if err := p.CheckHost(allow); err != nil {
		return err.Error()
	}
	if err := refuseShared(settings, list, p); err != nil {
		return err.Error()
	}
	return ""
}

// Switch opens an environment.
func (s *services) Switch(ctx context.Context, name string) (*page.Desk, error) {
	p, err := s.profiles().Find(name)
	if err != nil {
		return nil, err
	}
	if err := s.receive(); err != nil {
		return nil, err
	}
	env, j, err := s.open(ctx, p)
	if err != nil {
		return nil, s.sealed(p, err)
	}
	return s.desk(p, env, j), nil
}

// OpenKey opens the encrypted key of an environment.
func (s *services) OpenKey(ctx context.Context, name, passphrase string) error {
	p, err := s.profiles().Find(name)
	if err != nil {
		return err
	}
	_, err = s.signers.make(ctx, p, func(string) ([]byte, error) { return []byte(passphrase), nil })
	return s.sealed(p, err)
}

// sealed tells the dashboard that a passphrase is what is missing.
func (s *services) sealed(p *config.Profile, err error) error {
	var problem *keys.Problem
	if !errors.As(err, &problem) || problem.Code != keys.CodePassphraseNeeded && problem.Code != keys.CodePassphraseWrong {
		return err
	}
	return &page.SealedKey{Key: s.signers.short(p.Key.File.Value), Wrong: problem.Code == keys.CodePassphraseWrong}
}

// desk puts a desk together and starts what keeps it fresh.
func (s *services) desk(p *config.Profile, env *pikeapi.Environment, j *journal.Journal) *page.Desk {
	d := &page.Desk{Env: env, Journal: j, Client: s.client, Lock: s.lock, TestCards: testCards(env.Kind)}
	hooks := deskReceiver{receiver: s.receiver, name: env.Name, journal: j}
	embedded := env.Kind == pikeapi.Sandbox && p.BaseURL.Value == "" && s.sandbox != nil
	if embedded {
		d.Sandbox = newDeskSandbox(s.sandbox)
		hooks.signer = s.sandboxSigner
	}
	d.Receiver = hooks
	s.receiver.enter(env.Name, func() keys.Ring { return s.hookRing(env, embedded) }, j)

	ctx, stop := context.WithCancel(context.Background())
	changes, end := j.Changes()
	s.mu.Lock()
	s.desks[d] = openDesk{stop: func() { stop(); end() }, changes: changes}
	s.mu.Unlock()
	poll := &poller{journal: j, now: s.app.now, log: s.log, ask: func(ctx context.Context, id string) error { return s.ask(ctx, env, id) }}
	if polls {
		go poll.run(ctx)
	}
	return d
}

// hookRing is what a notification of an environment is checked with. The sandbox can change its key
// while it runs.
func (s *services) hookRing(env *pikeapi.Environment, embedded bool) keys.Ring {
	ring := append(append(keys.Ring{}, env.PikeKeys...), s.trustedIn(env.Name)...)
	if embedded {
		now := s.sandbox.pikeKey()
		if _, known := ring.Find(keys.FingerprintOf(now.Public)); !known {
			ring = append(keys.Ring{now}, ring...)
		}
	}
	return append(ring, keys.Known{Name: env.Name + " key", Environment: env.Name, Role: keys.RoleOwn, Public: env.Signer.Public()})
}

// sandboxSigner opens the embedded sandbox's own key, which lies in its state folder.
func (s *services) sandboxSigner() (keys.Signer, error) {
	key, err := keys.ReadPrivateFile(filepath.Join(s.settings.Paths.Sandbox(), sandboxPrivate), nil)
	if err != nil {
		return nil, fmt.Errorf("opening the sandbox's own key: %w", err)
	}
	return keys.NewSigner(key.Key, "the sandbox's own key")
}

// Leave ends what kept a desk fresh. Requests in flight on it end by themselves, and its journal stays
// open until the program ends: late notifications still find it.
func (s *services) Leave(d *page.Desk) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if open, ok := s.desks[d]; ok {
		open.stop()
		delete(s.desks, d)
	}
}

// SetVersion makes a desk with another API version.
func (s *services) SetVersion(_ context.Context, d *page.Desk, v pikeapi.Version) (*page.Desk, error) {
	p, err := s.profiles().Find(d.Env.Name)
	if err != nil {
		return nil, err
	}
	env := *d.Env
	env.Version, env.Epoch = v, s.epoch.Add(1)
	return s.desk(p, &env, d.Journal), nil
}

// Watch waits until a desk's journal has changed.
func (s *services) Watch(ctx context.Context, d *page.Desk) error {
	s.mu.Lock()
	desk := s.desks[d]
	s.mu.Unlock()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case _, open := <-desk.changes: // nil, and so never, for a desk that was left
		if !open {
			return errors.New("the journal is closed")
		}
		return nil
	}
}

// vitalsWaiting bounds how many waiting sessions are counted.
const vitalsWaiting = 1000

// Vitals reads what the status line shows.
func (s *services) Vitals(ctx context.Context, d *page.Desk) (page.Vitals, error) {
	v := page.Vitals{Receiver: s.receiver.status()}
	unknown, err := d.Journal.Unknown(ctx)
	if err != nil {
		return v, err
	}
	waiting, err := d.Journal.Waiting(ctx, vitalsWaiting)
	if err != nil {
		return v, err
	}
	last, err := d.Journal.Exchanges(ctx, journal.Query{}, nil, journal.Forward, 5)
	if err != nil {
		return v, err
	}
	v.Unknown, v.Waiting = len(unknown), len(waiting)
	for _, x := range last {
		if x.HTTPStatus != 0 {
			v.Latency = x.Latency
			break
		}
	}
	if w := d.Journal.Warnings(); len(w) > 0 {
		v.Problem = w[len(w)-1]
	}
	if d.Sandbox != nil && v.Problem == "" {
		v.Problem = s.sandbox.problem()
	}
	return v, nil
}

// end stops everything that the services started.
func (s *services) end() error {
	s.mu.Lock()
	for d, open := range s.desks {
		open.stop()
		delete(s.desks, d)
	}
	s.mu.Unlock()
	if s.receiver == nil {
		return nil
	}
	return s.receiver.hook.Close()
}
