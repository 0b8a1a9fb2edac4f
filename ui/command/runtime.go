package command

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"pikedash/config"
	"pikedash/keys"
	"pikedash/pikeapi"
	"pikedash/pikeapi/journal"
	"pikedash/pikeapi/sandbox"
)

// runtime is the program put together: settings, signers, the one client with its lock, a journal
// for each environment in use, and the embedded sandbox once something needs it.
type runtime struct {
	app      *app
	settings *config.Settings
	signers  *signers
	lock     *pikeapi.Lock
	client   *pikeapi.Client
	log      *slog.Logger
	closeLog func() error
	epoch    atomic.Uint64
	stays    bool   // this program runs on: others may use its sandbox
	drawn    bool   // the dashboard has the terminal: what would be printed would spoil it
	hooksAt  string // where the dashboard's receiver listens; empty: where the settings say

	mu       sync.Mutex // guards journals
	journals map[string]*journal.Journal

	rewritten atomic.Pointer[config.Settings] // the profiles as the dashboard has changed them; nil: as they were

	hosting sync.Mutex // guards sandbox
	sandbox *host
}

// profiles returns the settings with what was changed since the start. Only profiles change.
func (r *runtime) profiles() *config.Settings {
	if s := r.rewritten.Load(); s != nil {
		return s
	}
	return r.settings
}

// runtime puts the program together for one run. The caller closes it.
func (a *app) runtime(cmd *cobra.Command) (*runtime, error) {
	s, err := a.config(cmd)
	if err != nil {
		return nil, err
	}
	log, closeLog, err := openLog(s)
	if err != nil {
		return nil, err
	}
	lock := pikeapi.NewLock(a.now)
	return &runtime{
		app: a, settings: s, signers: a.signersFor(s), lock: lock, log: log, closeLog: closeLog,
		client:   pikeapi.NewClient(pikeapi.Options{Timeout: s.Timeout.Value, Now: a.now, AllowHost: a.flags.allowHost, Lock: lock}),
		journals: map[string]*journal.Journal{},
	}, nil
}

// close gives back what was opened, the sandbox last: the journals may still hear of it.
func (r *runtime) close() error {
	r.client.CloseIdle()
	r.mu.Lock()
	defer r.mu.Unlock()
	var errs []error
	for name, j := range r.journals {
		if err := j.Close(); err != nil {
			errs = append(errs, fmt.Errorf("closing the journal of %s: %w", name, err))
		}
	}
	if r.sandbox != nil {
		errs = append(errs, r.sandbox.close())
	}
	return errors.Join(append(errs, r.closeLog())...)
}

// journal opens the journal of an environment, once.
func (r *runtime) journal(ctx context.Context, name string) (*journal.Journal, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if j, ok := r.journals[name]; ok {
		return j, nil
	}
	for _, dir := range []string{r.settings.Paths.State, r.settings.Paths.Journals()} {
		if err := config.MakeDir(dir); err != nil {
			return nil, fileFault(err, "making room for the journal")
		}
	}
	j, err := journal.Open(ctx, r.settings.Paths.Journals(), name, journal.Options{Now: r.app.now})
	if err != nil {
		return nil, fileFault(err, "opening the journal of %s", name)
	}
	for _, w := range j.Warnings() {
		r.warn(w)
	}
	r.journals[name] = j
	return j, nil
}

// warn logs a warning, and prints it where nothing is drawn; the dashboard shows the journal's itself.
func (r *runtime) warn(text string) {
	r.log.Warn(text)
	if !r.drawn {
		r.app.err.line("pikedash: %s", text)
	}
}

// open makes the chosen environment ready to be spoken to. The journal is opened while the key is read.
func (r *runtime) open(ctx context.Context, p *config.Profile) (*pikeapi.Environment, *journal.Journal, error) {
	var j *journal.Journal
	var g errgroup.Group
	g.Go(func() (err error) {
		j, err = r.journal(ctx, p.Name)
		return err
	})
	env, err := r.environment(ctx, p)
	if err == nil && env.Kind == pikeapi.Sandbox {
		err = r.placeSandbox(ctx, p, env)
	}
	if journalErr := g.Wait(); err == nil {
		err = journalErr
	}
	if err != nil {
		return nil, nil, err
	}
	env.Recorder = j
	if r.settings.ReadOnly.Value {
		env.Recorder = readOnly{j}
	}
	return env, j, nil
}

// placeSandbox gives a sandbox environment its address and Pike's key: those of the embedded one, or
// what the one at the base URL says of itself.
func (r *runtime) placeSandbox(ctx context.Context, p *config.Profile, env *pikeapi.Environment) error {
	if env.BaseURL == "" {
		h, err := r.embedded(ctx, p, env)
		if err != nil {
			return err
		}
		env.BaseURL = h.url
		env.PikeKeys = append(env.PikeKeys, h.pikeKey())
		return nil
	}
	if len(env.PikeKeys) > 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	key, err := sandbox.NewControl(env.BaseURL, nil).PikeKey(ctx)
	if err != nil {
		// It need not be ours, or have its controls switched on.
		r.log.Debug("the sandbox does not show its key", "error", err)
		return nil
	}
	env.PikeKeys = keys.Ring{{Name: "Pike's sandbox key", Environment: env.Name, Role: keys.RolePike, Public: key}}
	return nil
}

// embedded starts or finds the embedded sandbox for a profile.
func (r *runtime) embedded(ctx context.Context, p *config.Profile, env *pikeapi.Environment) (*host, error) {
	r.hosting.Lock()
	defer r.hosting.Unlock()
	if r.sandbox != nil {
		return r.sandbox, nil
	}
	h, err := startHost(ctx, hostOptions{
		listen: r.sandboxAddress(), stays: r.stays, later: r.stays, log: r.log,
		config: sandbox.Config{
			Project: env.Project, PartnerKeys: keys.Ring{{Name: p.Name + " key", Environment: p.Name, Role: keys.RoleOwn, Public: env.Signer.Public()}},
			WebhookURL: r.hookURL(), StateDir: r.settings.Paths.Sandbox(), Control: true, Log: r.log,
			Clock: sandboxClock(r.app.now),
		},
	})
	if err != nil {
		return nil, err
	}
	r.sandbox = h
	return h, nil
}

// sandboxAddress is where the embedded sandbox listens. A verb that ends at once takes any port, so
// that it never stands in the way of a program that stays.
func (r *runtime) sandboxAddress() string {
	if r.stays {
		return sandbox.DefaultAddr
	}
	return "127.0.0.1:0"
}

// hookURL is where the embedded sandbox sends its notifications: to the receiver of the dashboard.
func (r *runtime) hookURL() string {
	at := r.settings.Listen.Value
	if r.hooksAt != "" {
		at = r.hooksAt
	}
	host, port, err := net.SplitHostPort(at)
	if err != nil {
		return ""
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port) + "/" + config.Sandbox
}

// reachable says whether somebody listens at host:port.
func reachable(ctx context.Context, at string) bool {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", at)
	if err != nil {
		return false
	}
	return conn.Close() == nil
}

// trimmed returns the words of a text in one line, for messages.
func trimmed(s string) string { return strings.Join(strings.Fields(s), " ") }
