package command

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"pikedash/keys"
	"pikedash/pikeapi/journal"
	"pikedash/pikeapi/webhook"
	"pikedash/ui/page"
)

// receiver takes in the webhooks of all environments that are open. Which key made a notification's
// signature decides whose journal it goes to; what nobody's key signed goes to the environment that
// is open in front.
type receiver struct {
	hook *webhook.Receiver
	at   string // host and port where it listens
	fail string // why it does not listen

	mu     sync.Mutex
	places []*hookPlace
	front  *hookPlace
}

// hookPlace is an open environment.
type hookPlace struct {
	name    string
	ring    func() keys.Ring
	journal *journal.Journal
	index   int64
}

// startReceiver listens at an address until ctx ends. Another program may have it already: then a
// spare address is taken where one is given, else that other one receives, and the reason is shown.
func startReceiver(ctx context.Context, listen, spare, forward string, now func() time.Time, log *slog.Logger) (*receiver, error) {
	r := &receiver{}
	hook, err := webhook.New(webhook.Options{Keys: r.keys, Store: r, Forward: forward, Now: now, Log: log})
	if err != nil {
		return nil, &fault{exit: exitFailure, category: "user_input", code: "receiver", message: err.Error()}
	}
	r.hook = hook
	if listen == "" {
		r.fail = "it is switched off"
		return r, nil
	}
	running, err := hook.Listen(ctx, listen)
	if err != nil && spare != "" {
		log.Info("the receiver takes another address", "reason", err)
		running, err = hook.Listen(ctx, spare)
	}
	if err != nil {
		r.fail = err.Error()
		return r, nil
	}
	r.at = running.Addr
	return r, nil
}

// enter makes an environment the one in front, and remembers it.
func (r *receiver) enter(name string, ring func() keys.Ring, j *journal.Journal) {
	r.mu.Lock()
	defer r.mu.Unlock()
	i := slices.IndexFunc(r.places, func(p *hookPlace) bool { return p.name == name })
	if i < 0 {
		i = len(r.places)
		r.places = append(r.places, &hookPlace{name: name, index: int64(i)})
	}
	r.places[i].ring, r.places[i].journal = ring, j
	r.front = r.places[i]
}

// keys returns the keys of all open environments, those in front first.
func (r *receiver) keys() keys.Ring {
	r.mu.Lock()
	defer r.mu.Unlock()
	var ring keys.Ring
	if r.front != nil {
		ring = append(ring, r.front.ring()...)
	}
	for _, p := range r.places {
		if p != r.front {
			ring = append(ring, p.ring()...)
		}
	}
	return ring
}

// place finds whose notification it is.
func (r *receiver) place(n *webhook.Received) *hookPlace {
	r.mu.Lock()
	defer r.mu.Unlock()
	if n.Badge == webhook.Verified {
		for _, p := range r.places {
			if slices.ContainsFunc(p.ring(), func(k keys.Known) bool { return k.Role == keys.RolePike && k.Name == n.Key }) {
				return p
			}
		}
	}
	return r.front
}

// maxPlaces is how many environments can be told apart in a record's number.
const maxPlaces = 256

// Record records a notification in the journal that it belongs to. The number that it returns names
// journal and row.
func (r *receiver) Record(ctx context.Context, n *webhook.Received) (webhook.Stored, error) {
	p := r.place(n)
	if p == nil {
		return webhook.Stored{}, errors.New("no environment is open yet")
	}
	stored, err := webhook.InJournal(p.journal).Record(ctx, n)
	stored.ID = stored.ID*maxPlaces + p.index
	return stored, err
}

// Forwarded records what became of sending a notification on.
func (r *receiver) Forwarded(ctx context.Context, id int64, f webhook.Forward) error {
	r.mu.Lock()
	var p *hookPlace
	if i := id % maxPlaces; i < int64(len(r.places)) {
		p = r.places[i]
	}
	r.mu.Unlock()
	if p == nil {
		return fmt.Errorf("notification %d belongs to no environment", id)
	}
	return webhook.InJournal(p.journal).Forwarded(ctx, id/maxPlaces, f)
}

// status is how the receiver is, for the status line.
func (r *receiver) status() page.ReceiverStatus {
	s := r.hook.Status()
	return page.ReceiverStatus{Listening: s.Listening != "", Address: s.Listening, Forward: s.Forward,
		Received: int(s.Received), Rejected: int(s.Unsigned + s.Bad), Err: r.fail}
}

// deskReceiver is the receiver as one desk sees it.
type deskReceiver struct {
	*receiver
	name    string
	journal *journal.Journal
	signer  func() (keys.Signer, error) // of the embedded sandbox's own key; nil elsewhere
}

// Status says how the receiver is.
func (d deskReceiver) Status() page.ReceiverStatus { return d.status() }

// replayTime bounds one replay.
const replayTime = 15 * time.Second

// Replay sends a recorded webhook to the forward address once more.
func (d deskReceiver) Replay(ctx context.Context, id int64, resign bool) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, replayTime)
	defer cancel()
	w, err := d.journal.Webhook(ctx, id)
	if err != nil {
		return 0, err
	}
	raw, err := w.Raw(ctx)
	if err != nil {
		return 0, err
	}
	var signer keys.Signer
	if resign {
		if d.signer == nil {
			return 0, errors.New("only the embedded sandbox's notifications can be signed anew: Pike's key is Pike's")
		}
		if signer, err = d.signer(); err != nil {
			return 0, err
		}
	}
	stored := int64(0)
	if i := d.index(); i >= 0 {
		stored = id*maxPlaces + i
	}
	header := w.Header.Clone() // masked when it was recorded
	if header == nil {
		header = http.Header{}
	}
	if w.Signature != "" {
		header.Set("X-Partner-Sign", w.Signature)
	}
	f, err := d.hook.Replay(ctx, stored, header, raw, signer)
	return f.Status, err
}

// index is the place's number, or -1.
func (d deskReceiver) index() int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, p := range d.places {
		if p.name == d.name {
			return p.index
		}
	}
	return -1
}
