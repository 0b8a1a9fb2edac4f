package sandbox

import (
	"strings"
	"time"
	"unicode/utf8"
)

// This file is the idempotency key: 4 to 64 characters, 24 hours. Source: Pike's page "API
// interaction"; what is compared and replayed is a choice (12 #8 to #14).

// checkKey makes the checks of the key that need no lock on the state, and those that do.
func (s *Server) checkKey(q *request) *refusal {
	values := q.http.Header.Values("X-Partner-Idempotency-Key")
	if len(values) == 0 {
		return nil
	}
	key := strings.TrimSpace(values[0])
	n := utf8.RuneCountInString(key)
	switch {
	case len(values) > 1:
		return invalid("the header X-PARTNER-IDEMPOTENCY-KEY was sent %d times", len(values))
	case !q.call.method.takesKey:
		return refuse("idempotency_key_not_supported", "%s takes no idempotency key; send it without the header", q.call.method.name)
	case n < 4 || n > 64:
		return invalid("the idempotency key must have 4 to 64 characters, this one has %d", n)
	}
	q.key = key
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.w.lookKey(q, s.clock.Now())
}

// scope keeps the keys of projects and submerchants apart.
func (q *request) scope() string {
	return q.call.project.name + "\x1f" + q.call.submerchant + "\x1f" + q.key
}

// lookKey refuses a key that is in use for something else, or still at work.
func (w *world) lookKey(q *request, now time.Time) *refusal {
	e, ok := w.keys[q.scope()]
	switch {
	case !ok || !now.Before(e.Expires):
		return nil
	case e.Digest != q.digest():
		return refuse("idempotency_key_params_mismatch", "this key was used for another request, until %s; path or body differ. Seen now: %s %s",
			stamp(e.Expires), q.path, seen(q.body))
	case e.running:
		return refuse("idempotency_key_already_exists", "the earlier request with this key is still being processed; repeat it later with the same key")
	}
	return nil
}

// beginKey looks the key up again, now that the work is about to start, and returns the stored
// answer of an earlier request.
func (t *tx) beginKey(q *request) (*answer, error) {
	if q.key == "" {
		return nil, nil
	}
	if r := t.w.lookKey(q, t.now); r != nil {
		return nil, r
	}
	if e, ok := t.w.keys[q.scope()]; ok && t.now.Before(e.Expires) {
		return &answer{e.Status, e.Answer}, nil
	}
	return nil, nil
}

// keepKey stores the answer under the key. The key counts as at work until finish.
func (t *tx) keepKey(q *request, a answer) {
	if q.key == "" {
		return
	}
	t.dropExpired()
	if old, ok := t.w.keys[q.scope()]; ok {
		old.Seq = 0 // replaced: it no longer owns its scope
	}
	e := &keyEntry{
		Scope: q.scope(), Digest: q.digest(), Status: a.status, Answer: a.body,
		Expires: t.now.Add(KeyLimit), Seq: t.number(kindKey), running: true,
	}
	t.w.keys[e.Scope] = e
	t.w.keyOrder = append(t.w.keyOrder, e)
	t.put(kindKey, e.Scope, e)
	q.entry = e
}

// dropExpired forgets keys whose 24 hours are over.
func (t *tx) dropExpired() {
	for len(t.w.keyOrder) > 0 {
		e := t.w.keyOrder[0]
		if e.Seq != 0 && t.now.Before(e.Expires) {
			return
		}
		t.w.keyOrder[0] = nil
		t.w.keyOrder = t.w.keyOrder[1:]
		if t.w.keys[e.Scope] == e {
			delete(t.w.keys, e.Scope)
			t.drop(kindKey, e.Scope)
		}
	}
}

// finish says that the request was answered: from now on its key replays the answer.
func (s *Server) finish(q *request) {
	if q.entry == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	q.entry.running = false
}
