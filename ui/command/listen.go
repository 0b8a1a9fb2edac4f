package command

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"pikedash/keys"
	"pikedash/pikeapi/webhook"
)

// listenFlags are the flags of listen.
type listenFlags struct {
	listen, forward string
	allowRemote     bool
	forwardAll      bool
	acceptUnsigned  bool
}

func (a *app) listenVerb() *cobra.Command {
	var l listenFlags
	cmd := &cobra.Command{
		Use: "listen", Short: "Receive Pike's webhooks, verify, record and forward them", Args: cobra.NoArgs,
		Long: "Receives Pike's notifications: keeps the raw bytes, verifies them with the profile's Pike keys, records them in\n" +
			"the journal, answers, and sends the same bytes and headers on. In the sandbox it serves the sandbox too. It\n" +
			"runs until it is interrupted.",
		Example: "pikedash listen --forward http://127.0.0.1:9000/hook\npikedash listen --profile demo --listen 127.0.0.1:8132 --json",
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.listen(cmd, &l) },
	}
	f := cmd.Flags()
	f.StringVar(&l.listen, "listen", "", "`ADDRESS` to listen at (default: webhook.listen of the settings)")
	f.StringVar(&l.forward, "forward", "", "`URL` to send verified notifications on to (default: webhook.forward)")
	f.BoolVar(&l.forwardAll, "forward-all", false, "send on what is not verified, too")
	f.BoolVar(&l.acceptUnsigned, "accept-unsigned", false, "answer 200 instead of 401 to what is unsigned or badly signed")
	f.BoolVar(&l.allowRemote, "allow-remote", false, "listen where other machines can reach it: everybody there can send notifications")
	group(cmd, "Output", "forward", "forward-all")
	group(cmd, "Safety", "allow-remote", "accept-unsigned")
	exits(cmd, exitKey)
	return cmd
}

func (a *app) listen(cmd *cobra.Command, l *listenFlags) (err error) {
	r, err := a.runtime(cmd)
	if err != nil {
		return err
	}
	r.stays = true
	if l.listen != "" {
		r.settings.Listen.Value = l.listen
	}
	defer func() { err = errors.Join(err, r.close()) }()
	p := r.settings.Current()
	env, j, err := r.open(cmd.Context(), p)
	if err != nil {
		return err
	}
	if l.forward == "" {
		l.forward = r.settings.Forward.Value
	}
	s := services{runtime: r}
	embedded := r.sandbox != nil
	store := newTellingStore(webhook.InJournal(j), a)
	defer store.close()
	o := webhook.Options{Keys: func() keys.Ring { return s.hookRing(env, embedded) }, Store: store, Forward: l.forward,
		ForwardAll: l.forwardAll, AllowRemote: l.allowRemote, Log: r.log}
	if l.acceptUnsigned {
		o.RejectStatus = http.StatusOK
	}
	hook, err := webhook.New(o)
	if err != nil {
		return usage("", "%v", err)
	}
	defer func() { err = errors.Join(err, hook.Close()) }()
	running, err := hook.Listen(cmd.Context(), r.settings.Listen.Value)
	if err != nil {
		return listenFault(err)
	}
	if a.flags.json {
		a.out.object(struct {
			Schema      int    `json:"schema"`
			URL         string `json:"url"`
			Environment string `json:"environment"`
			Keys        int    `json:"pike_keys"`
			Forward     string `json:"forward,omitempty"`
		}{1, running.URL, env.Name, len(env.PikeKeys), l.forward})
	} else {
		a.out.line("listening at %s for %s; stop it with ctrl+c", running.URL, env.Name)
		if l.forward != "" {
			a.out.line("what is verified is sent on to %s", l.forward)
		}
		if len(env.PikeKeys) == 0 {
			a.out.line("no key of Pike is known for %s: nothing can be verified; add it to profiles.%s.pike_keys", env.Name, env.Name)
		}
	}
	return running.Wait()
}

// tellingStore prints a line for each notification that is recorded or sent on. Printing waits for
// the reader of stdout, so it happens apart: Pike must get its answer in time.
type tellingStore struct {
	webhook.Store
	a     *app
	lines chan func()
	gone  chan struct{}
	done  sync.WaitGroup

	skipped atomic.Int64 // lines that had no room
}

// tellingAhead is how many lines may wait for the reader of stdout.
const tellingAhead = 4096

func newTellingStore(s webhook.Store, a *app) *tellingStore {
	t := &tellingStore{Store: s, a: a, lines: make(chan func(), tellingAhead), gone: make(chan struct{})}
	t.done.Go(t.print)
	return t
}

// print prints lines until the end, and then what still waits.
func (t *tellingStore) print() {
	for {
		select {
		case line := <-t.lines:
			line()
			continue
		case <-t.gone:
		}
		select {
		case line := <-t.lines:
			line()
		default:
			return
		}
	}
}

// later prints in turn. It never waits: what a slow reader has no room for is counted and left out, and
// said when there is room again.
func (t *tellingStore) later(line func()) {
	left := t.skipped.Swap(0)
	if !t.offer(func() {
		t.leftOut(left)
		line()
	}) {
		t.skipped.Add(left + 1)
	}
}

func (t *tellingStore) leftOut(n int64) {
	if n > 0 {
		t.a.err.line("%d lines are left out: the reader of this output is too slow; the journal has every notification", n)
	}
}

func (t *tellingStore) offer(line func()) bool {
	select {
	case t.lines <- line:
		return true
	default:
		return false
	}
}

// close prints what waits.
func (t *tellingStore) close() {
	close(t.gone)
	t.done.Wait()
	t.leftOut(t.skipped.Load())
}

// notificationJSON is a line of listen --json.
type notificationJSON struct {
	Schema    int    `json:"schema"`
	Webhook   int64  `json:"webhook"`
	Type      string `json:"type"`
	Session   string `json:"session,omitempty"`
	Badge     string `json:"badge"`
	Cause     string `json:"cause,omitempty"`
	Problem   string `json:"problem,omitempty"` // why the body could not be read
	Key       string `json:"key,omitempty"`
	Bytes     int    `json:"bytes"`
	Duplicate bool   `json:"duplicate"`
	Late      bool   `json:"late"`
	Reply     int    `json:"reply"`
}

// Record records and tells.
func (t *tellingStore) Record(ctx context.Context, r *webhook.Received) (webhook.Stored, error) {
	stored, err := t.Store.Record(ctx, r)
	if err != nil {
		return stored, err
	}
	n := notificationJSON{Schema: 1, Webhook: stored.ID, Badge: string(r.Badge), Cause: r.Cause, Problem: clean(r.Problem), Key: r.Key, Bytes: len(r.Body),
		Duplicate: stored.Duplicate, Late: stored.Late, Reply: r.Reply}
	if r.Parsed != nil {
		n.Type = clean(r.Parsed.Type)
		if r.Parsed.Session != nil {
			n.Session = clean(r.Parsed.Session.ID)
		}
	}
	t.later(func() { t.tell(n, r.At) })
	return stored, nil
}

func (t *tellingStore) tell(n notificationJSON, at time.Time) {
	if t.a.flags.json {
		t.a.out.object(n)
		return
	}
	marks := ""
	if n.Type == "" {
		n.Type = "no type"
	}
	if n.Problem != "" {
		marks += "  unreadable"
	}
	if n.Duplicate {
		marks += "  duplicate"
	}
	if n.Late {
		marks += "  late"
	}
	t.a.out.line("<-- %s  %s  %s  %s%s  [%d]", at.Format("15:04:05.000"), n.Type, n.Session, n.Badge, marks, n.Reply)
	for _, why := range []string{n.Cause, n.Problem} {
		if why != "" {
			t.a.out.line("    %s", why)
		}
	}
}

// forwardedJSON is a line of listen --json: what became of sending a notification on.
type forwardedJSON struct {
	Schema    int    `json:"schema"`
	Forwarded int64  `json:"forwarded"` // number of the notification
	URL       string `json:"url"`
	Status    int    `json:"status,omitempty"` // HTTP status; none when no answer came
	Millis    int64  `json:"millis"`
	Error     string `json:"error,omitempty"`
}

// Forwarded records and tells.
func (t *tellingStore) Forwarded(ctx context.Context, id int64, f webhook.Forward) error {
	t.later(func() {
		switch {
		case t.a.flags.json:
			t.a.out.object(forwardedJSON{1, id, f.URL, f.Status, f.Latency.Milliseconds(), clean(f.Error)})
		case f.Error != "":
			t.a.out.line("--> %s  %s", f.URL, clean(f.Error))
		default:
			t.a.out.line("--> %s  HTTP %d in %s", f.URL, f.Status, f.Latency.Round(time.Millisecond))
		}
	})
	return t.Store.Forwarded(ctx, id, f)
}
