package webhook

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"pikedash/keys"
	"pikedash/keys/forensics"
	"pikedash/pikeapi"
)

// ServeHTTP takes one notification. It answers 200 once the notification is durable, 503 when it
// could not be recorded, so that Pike sends it again, and RejectStatus when the signature is missing
// or bad; those are recorded too.
func (r *Receiver) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	defer r.recover(w)
	if q.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		reply(w, http.StatusMethodNotAllowed, "Pike sends its notifications with POST")
		return
	}
	if slices.Contains(q.Header.Values(markHeader), r.id) {
		reply(w, http.StatusLoopDetected, "this notification was sent on by this receiver")
		return
	}
	body, ok := r.read(w, q)
	if !ok {
		return
	}
	leave, err := r.enter(q.Context(), len(body))
	if err != nil {
		r.notStored(w, err)
		return
	}
	defer leave()
	n := &Received{
		At: r.o.Now(), Header: q.Header.Clone(), Body: body,
		Signature: strings.Join(q.Header.Values("X-Partner-Sign"), ", "), Remote: q.RemoteAddr,
	}
	r.verify(q, n)
	parse(n)
	n.Reply = http.StatusOK
	if n.Badge != Verified {
		n.Reply = r.o.RejectStatus
	}
	r.take(w, q, n)
}

// smallBody is what every connection may send at once, in bytes. More is read only while one of
// largeAtOnce places is free, so that many connections cannot fill the memory.
const (
	smallBody   = 32 << 10
	largeAtOnce = 64
)

// heavyAtOnce is how many large bodies are in work at once. Masking one and searching it for card
// numbers takes far more memory than the body has.
const heavyAtOnce = 4

// enter waits for a place to work on a body, not longer than recording may take: whoever waited for
// longer has given up. leave gives the place back.
func (r *Receiver) enter(ctx context.Context, size int) (leave func(), err error) {
	ctx, cancel := context.WithTimeout(ctx, r.o.StoreTimeout)
	defer cancel()
	places := []chan struct{}{r.slots}
	if size > smallBody {
		places = []chan struct{}{r.heavy, r.slots}
	}
	for i, place := range places {
		select {
		case place <- struct{}{}:
		case <-ctx.Done():
			free(places[:i])
			return nil, fmt.Errorf("too many notifications are in work: %w", ctx.Err())
		}
	}
	return func() { free(places) }, nil
}

func free(places []chan struct{}) {
	for _, place := range places {
		<-place
	}
}

// read returns the whole body, at most MaxBody bytes.
func (r *Receiver) read(w http.ResponseWriter, q *http.Request) ([]byte, bool) {
	// Where the connection knows no deadlines, the server's own time-outs hold.
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(r.o.ReadTimeout))
	limited := http.MaxBytesReader(w, q.Body, MaxBody)
	body, err := io.ReadAll(io.LimitReader(limited, smallBody))
	if err == nil && len(body) == smallBody {
		select {
		case r.large <- struct{}{}:
			defer func() { <-r.large }()
		case <-q.Context().Done():
			return nil, false
		}
		var rest []byte
		rest, err = io.ReadAll(limited)
		body = append(body, rest...)
	}
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		reply(w, http.StatusRequestEntityTooLarge, fmt.Sprintf("a notification has at most %d bytes", MaxBody))
		return nil, false
	case err != nil:
		reply(w, http.StatusBadRequest, "the body could not be read to its end")
		return nil, false
	}
	return body, true
}

// verify checks the signature over the raw bytes with Pike's keys, before anything is parsed.
func (r *Receiver) verify(q *http.Request, n *Received) {
	ring := r.o.Keys()
	if strings.TrimSpace(n.Signature) == "" {
		n.Badge, n.Cause = Unsigned, "the header X-PARTNER-SIGN is missing"
		return
	}
	var pike keys.Ring
	for _, k := range ring {
		if k.Role == keys.RolePike && k.Public != nil {
			pike = append(pike, k)
		}
	}
	n.Badge = Bad
	if len(pike) == 0 {
		n.Cause = "no public key of Pike is configured for this environment, so the signature cannot be checked"
		return
	}
	var err error
	for _, k := range pike {
		if err = keys.Verify(k.Public, n.Body, n.Signature); err == nil {
			n.Badge, n.Key = Verified, keyName(k)
			return
		}
	}
	n.Cause = err.Error()
	r.explain(q, n, pike[0], ring)
}

func keyName(k keys.Known) string {
	if k.Name != "" {
		return k.Name
	}
	return "key " + keys.FingerprintOf(k.Public).Short()
}

// The bounds of finding out why a signature is bad: it costs far more than checking one.
const (
	causeTime   = 2 * time.Second
	causeBody   = 64 << 10 // bytes
	causeAtOnce = 2
)

// explain asks forensics for the cause. Nothing waits for it: when two searches run already, the
// plain reason stays.
func (r *Receiver) explain(q *http.Request, n *Received, expected keys.Known, ring keys.Ring) {
	if len(n.Body) > causeBody || len(n.Signature) > 8<<10 {
		return
	}
	select {
	case r.causes <- struct{}{}:
		defer func() { <-r.causes }()
	default:
		return
	}
	ctx, cancel := context.WithTimeout(q.Context(), causeTime)
	defer cancel()
	report := forensics.Explain(ctx, forensics.Evidence{
		Body: n.Body, BodyKnown: true, Signature: n.Signature, Expected: expected, Ring: ring,
		Context: forensics.Context{
			Method: q.Method, Path: q.URL.Path, ContentType: q.Header.Get("Content-Type"),
			Encoding: q.Header.Get("Content-Encoding"), ContentLength: q.ContentLength,
		},
	})
	if report.Summary != "" {
		n.Cause = report.Summary
	}
	if report.Key != nil {
		n.Key = report.Key.Name
	}
}

// parse reads the body, whatever the badge says: what is not verified is shown, never believed.
func parse(n *Received) {
	parsed, err := pikeapi.ParseNotification(n.Body)
	if err != nil {
		n.Problem = err.Error()
		return
	}
	n.Parsed = parsed
	if parsed.Session != nil {
		n.Version = parsed.Session.Version
	}
}

// take records a notification, answers, and sends it on.
func (r *Receiver) take(w http.ResponseWriter, q *http.Request, n *Received) {
	// A sender that hangs up must not leave the record half-done.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(q.Context()), r.o.StoreTimeout)
	defer cancel()
	stored, err := r.o.Store.Record(ctx, n)
	if err != nil {
		r.notStored(w, err)
		return
	}
	r.counted(n, stored)
	if n.Reply == http.StatusOK {
		reply(w, http.StatusOK, "")
	} else {
		reply(w, n.Reply, n.Cause)
	}
	if n.Badge == Verified || r.o.ForwardAll {
		r.enqueue(stored.ID, n)
	}
}

// notStored answers so that the notification is sent again.
func (r *Receiver) notStored(w http.ResponseWriter, err error) {
	r.o.Log.Error("a notification could not be recorded", "error", err)
	r.count(func(s *Status) { s.Received++; s.NotStored++ })
	w.Header().Set("Retry-After", "15")
	reply(w, http.StatusServiceUnavailable, "the notification could not be recorded; send it again")
}

func (r *Receiver) counted(n *Received, stored Stored) {
	r.count(func(s *Status) {
		s.Received++
		s.Last = n.At
		if n.Parsed != nil {
			s.LastType = n.Parsed.Type
		}
		if stored.Duplicate {
			s.Duplicates++
		}
		switch n.Badge {
		case Verified:
			s.Verified++
		case Unsigned:
			s.Unsigned++
		default:
			s.Bad++
		}
	})
}

// recover answers 503 after a panic: Pike sends the notification again.
func (r *Receiver) recover(w http.ResponseWriter) {
	p := recover()
	if p == nil {
		return
	}
	if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(p)
	}
	r.o.Log.Error("a notification made the receiver panic", "panic", p, "stack", string(debug.Stack()))
	reply(w, http.StatusServiceUnavailable, "")
}

func reply(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	// The sender may be gone; nothing depends on whether it reads this.
	_, _ = io.WriteString(w, text)
}
