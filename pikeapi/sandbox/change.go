package sandbox

import (
	"encoding/json"
	"fmt"
	"time"
)

// change is one thing that was written; nil data deletes it.
type change struct {
	kind, id string
	data     []byte
}

type entityKey struct{ kind, id string }

// tx is one atomic change of the state. Work functions look first and change then: once they have
// changed something they must not fail.
type tx struct {
	s       *Server
	w       *world
	now     time.Time
	changes []change
	index   map[entityKey]int
	dirty   []func() change // encodes what was touched, at the end
	send    []outgoing      // deliveries that may go out once this is durable
}

// put marks a thing as changed; it is encoded when the transaction ends.
func (t *tx) put(kind, id string, v any) {
	t.mark(kind, id, func() change {
		data, err := json.Marshal(v)
		if err != nil {
			// Only plain structs with valid raw JSON are kept.
			panic(fmt.Sprintf("encoding %s %s: %v", kind, id, err))
		}
		return change{kind, id, data}
	})
}

func (t *tx) drop(kind, id string) {
	t.mark(kind, id, func() change { return change{kind: kind, id: id} })
}

func (t *tx) mark(kind, id string, encode func() change) {
	key := entityKey{kind, id}
	if i, ok := t.index[key]; ok {
		t.dirty[i] = encode
		return
	}
	if t.index == nil {
		t.index = map[entityKey]int{}
	}
	t.index[key] = len(t.dirty)
	t.dirty = append(t.dirty, encode)
}

func (t *tx) number(kind string) int64 { return t.w.number(kind) }

// touch sets updated_at, which never repeats within a session: partners tell notifications apart by it.
func (t *tx) touch(s *session) {
	now := t.now.Truncate(time.Microsecond)
	if !now.After(s.UpdatedAt) {
		now = s.UpdatedAt.Add(time.Microsecond)
	}
	s.UpdatedAt = now
	t.put(kindSession, s.ID, s)
}

// update runs work as one atomic change and returns a channel that yields once it is durable.
// When work fails nothing was changed.
func (s *Server) update(work func(*tx) error) (<-chan error, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.updateLocked(work)
}

func (s *Server) updateLocked(work func(*tx) error) (<-chan error, error) {
	t := &tx{s: s, w: s.w, now: s.clock.Now().UTC()}
	if err := work(t); err != nil {
		return nil, err
	}
	if len(t.dirty) == 0 {
		for _, o := range t.send {
			s.dispatch.add(o)
		}
		return settled(), nil
	}
	s.w.meta.Now = t.now
	s.w.meta.Offset = time.Until(t.now)
	t.put(kindMeta, "meta", &s.w.meta)
	for _, encode := range t.dirty {
		t.changes = append(t.changes, encode())
	}
	done := make(chan error, 1)
	send := t.send
	s.busy.add(1)
	s.store.commit(t.changes, func(err error) {
		done <- err
		s.committed(send, err)
	})
	return done, nil
}

// settled is the answer of a change that had nothing to write.
func settled() <-chan error {
	c := make(chan error)
	close(c)
	return c
}

// durable waits for a change.
func (s *Server) durable(work func(*tx) error) error {
	done, err := s.update(work)
	if err != nil {
		return err
	}
	return <-done
}

// at runs kind for the session after d, on the sandbox's clock, in place of the session's present timer.
func (t *tx) at(s *session, kind timerKind, d time.Duration) {
	t.stop(s)
	e := t.newTimer(timerEntry{Kind: kind, Due: t.now.Add(d), Session: s.ID})
	s.Timer = e.ID
	t.put(kindSession, s.ID, s)
}

// stop drops the session's timer.
func (t *tx) stop(s *session) {
	if s.Timer != 0 {
		t.dropTimer(s.Timer)
		s.Timer = 0
	}
}

func (t *tx) newTimer(e timerEntry) *timerEntry {
	e.ID = t.number(kindTimer)
	t.w.timers[e.ID] = &e
	t.put(kindTimer, idText(e.ID), &e)
	t.s.arm(&e, t.now)
	return &e
}

func (t *tx) dropTimer(id int64) {
	e, ok := t.w.timers[id]
	if !ok {
		return
	}
	if e.armed != nil {
		e.armed.Stop()
	}
	delete(t.w.timers, id)
	t.drop(kindTimer, idText(id))
}

// arm asks the clock to fire a timer. The caller holds mu.
func (s *Server) arm(e *timerEntry, now time.Time) {
	id := e.ID
	e.armed = s.clock.AfterFunc(e.Due.Sub(now), func() { s.fire(id) })
}

// fire carries out a timer that is due.
func (s *Server) fire(id int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, ok := s.w.timers[id]
	if !ok || s.closed {
		return
	}
	_, err := s.updateLocked(func(t *tx) error {
		t.dropTimer(id)
		t.due(e)
		return nil
	})
	if err != nil {
		s.log.Error("a timer failed", "kind", e.Kind, "session", e.Session, "error", err)
	}
}

// due does what a timer stands for.
func (t *tx) due(e *timerEntry) {
	if e.Kind == timerDeliver {
		t.deliveryDue(e.Delivery)
		return
	}
	s, ok := t.w.sessions[e.Session]
	if !ok {
		return
	}
	if e.Kind == timerRefund {
		t.refundDone(s, e.Refund)
		return
	}
	if s.Timer != e.ID {
		return
	}
	s.Timer = 0
	t.put(kindSession, s.ID, s)
	t.step(s, e.Kind)
}
