// Package webhook receives Pike's notifications: it reads the raw bytes, verifies their signature
// before anything is parsed, has them recorded, answers fast, and sends the same bytes on where that
// is wanted.
package webhook

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"pikedash/keys"
	"pikedash/pikeapi"
)

// DefaultAddr is where the receiver listens unless it is told otherwise.
const DefaultAddr = "127.0.0.1:8132"

// MaxBody is the largest notification that is read, in bytes.
const MaxBody = 1 << 20

// Badge says what is known of a notification's signature. The words are those of the journal.
type Badge string

// The badges.
const (
	Verified Badge = "verified"
	Unsigned Badge = "unsigned"
	Bad      Badge = "bad_signature"
)

// Received is one notification as it came.
type Received struct {
	At        time.Time
	Header    http.Header
	Body      []byte // exactly as it came
	Signature string
	Badge     Badge
	Cause     string // why the signature is bad, in words
	Key       string // name of the key that made the signature
	Remote    string // address of the sender
	Problem   string // why the body could not be read
	Version   pikeapi.Version
	Parsed    *pikeapi.Notification // nil when the body could not be read
	Reply     int                   // HTTP status that is answered
}

// Stored is what the store made of a notification.
type Stored struct {
	ID        int64
	Duplicate bool // type, session and update time were seen before
	Late      bool // older than what was known already
}

// Forward is what became of sending a notification on.
type Forward struct {
	URL     string
	At      time.Time
	Status  int // HTTP status of the reply; 0 when none came
	Latency time.Duration
	Error   string
}

// Store makes notifications durable. The journal is one, behind a small adapter.
type Store interface {
	// Record returns when the notification is on disk. Nothing is answered with 200 before.
	Record(ctx context.Context, r *Received) (Stored, error)
	// Forwarded records what became of sending it on.
	Forwarded(ctx context.Context, id int64, f Forward) error
}

// Options is what New needs. Keys and Store are mandatory.
type Options struct {
	// Keys returns the known keys at this moment: those with the role pike verify, the others serve
	// to name who signed instead.
	Keys  func() keys.Ring
	Store Store

	RejectStatus int    // answer to unsigned and badly signed notifications; 0 is 401; 200 takes them
	Forward      string // address to which verified notifications are sent on; empty: none
	ForwardAll   bool   // send on what is not verified, too

	ForwardTimeout time.Duration // 0 is 10 s
	ForwardQueue   int           // notifications that may wait to be sent on; 0 is 1024
	ReadTimeout    time.Duration // for a whole request; 0 is 15 s
	StoreTimeout   time.Duration // for recording; 0 is 8 s, less than the time that Pike waits
	MaxAtOnce      int           // requests in work; 0 is 128
	MaxConnections int           // of Listen; 0 is 4096
	AllowRemote    bool          // Listen may bind to an address that is not loopback

	HTTP *http.Client     // sends on; nil: one without redirects
	Now  func() time.Time // nil is time.Now
	Log  *slog.Logger     // nil discards
}

// Status is what the receiver did since it was made.
type Status struct {
	Listening     string // address; empty while it does not listen
	Forward       string // address; empty: none
	Received      int64  // notifications read completely
	Verified      int64
	Unsigned      int64
	Bad           int64
	Duplicates    int64
	NotStored     int64 // answered 503: Pike sends them again
	Forwarded     int64
	ForwardErrors int64
	Waiting       int // to be sent on
	Last          time.Time
	LastType      string
}

// Receiver is an http.Handler for Pike's notifications. It is safe for concurrent use.
type Receiver struct {
	o       Options
	id      string // marks what this receiver sends on
	slots   chan struct{}
	causes  chan struct{}
	large   chan struct{} // places to read a large body
	heavy   chan struct{} // places to work on one
	queue   chan forwardJob
	stop    context.CancelFunc
	ctx     context.Context
	working sync.WaitGroup

	mu     sync.Mutex
	status Status
}

// New makes a receiver. Close must be called at the end.
func New(o Options) (*Receiver, error) {
	switch {
	case o.Keys == nil:
		return nil, errors.New("the receiver needs keys to verify with")
	case o.Store == nil:
		return nil, errors.New("the receiver needs a store")
	case o.RejectStatus != 0 && o.RejectStatus != http.StatusOK && (o.RejectStatus < 400 || o.RejectStatus > 499):
		return nil, fmt.Errorf("unsigned notifications cannot be answered with %d: use 200 or a 4xx status", o.RejectStatus)
	}
	o.fill()
	r := &Receiver{
		o: o, id: newID(), slots: make(chan struct{}, o.MaxAtOnce), causes: make(chan struct{}, causeAtOnce),
		large: make(chan struct{}, largeAtOnce), heavy: make(chan struct{}, heavyAtOnce),
		queue: make(chan forwardJob, o.ForwardQueue),
	}
	if err := r.SetForward(o.Forward); err != nil {
		return nil, err
	}
	r.ctx, r.stop = context.WithCancel(context.Background())
	r.working.Add(1)
	go r.forwardAll()
	return r, nil
}

func (o *Options) fill() {
	setDefault(&o.RejectStatus, http.StatusUnauthorized)
	setDefault(&o.ForwardTimeout, 10*time.Second)
	setDefault(&o.ForwardQueue, 1024)
	setDefault(&o.ReadTimeout, 15*time.Second)
	setDefault(&o.StoreTimeout, 8*time.Second)
	setDefault(&o.MaxAtOnce, 128)
	setDefault(&o.MaxConnections, 4096)
	if o.HTTP == nil {
		o.HTTP = &http.Client{
			// Without DisableCompression a header would be added to those that came.
			Transport:     &http.Transport{Proxy: http.ProxyFromEnvironment, IdleConnTimeout: 30 * time.Second, DisableCompression: true},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// Status returns what the receiver did so far.
func (r *Receiver) Status() Status {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.status
	s.Waiting = len(r.queue)
	return s
}

func (r *Receiver) count(change func(*Status)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change(&r.status)
}

// Close ends sending on: what is on the wire is cut, what waits is recorded as not sent.
func (r *Receiver) Close() error {
	r.stop()
	r.working.Wait()
	r.o.HTTP.CloseIdleConnections()
	return nil
}
