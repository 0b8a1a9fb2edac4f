package sandbox

import (
	"container/heap"
	"sync"
	"time"
)

// Clock is the sandbox's sense of time. All limits of the protocol run on it.
type Clock interface {
	Now() time.Time
	// AfterFunc calls f once, d from now, never before AfterFunc returned. Calls happen one after the
	// other in the order of their times.
	AfterFunc(d time.Duration, f func()) Timer
}

// Timer is a call that is still to come.
type Timer interface {
	// Stop prevents the call and reports whether it was still to come.
	Stop() bool
}

// Mover is a clock that can be moved forward: both clocks of this package are.
type Mover interface {
	// Advance moves the clock by d and runs what falls due on the way, each at its own time.
	Advance(d time.Duration)
	// Next returns when the next call is due.
	Next() (time.Time, bool)
}

// event is a pending call of a clock.
type event struct {
	due   time.Time
	seq   uint64 // order of making, decides between equal times
	index int    // place in the heap; -1 once it is gone
	call  func()
}

type eventHeap []*event

func (h eventHeap) Len() int { return len(h) }
func (h eventHeap) Less(i, j int) bool {
	if h[i].due.Equal(h[j].due) {
		return h[i].seq < h[j].seq
	}
	return h[i].due.Before(h[j].due)
}
func (h eventHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}
func (h *eventHeap) Push(x any) {
	e := x.(*event)
	e.index = len(*h)
	*h = append(*h, e)
}
func (h *eventHeap) Pop() any {
	old := *h
	e := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	e.index = -1
	return e
}

// agenda is the list of pending calls that both clocks keep.
type agenda struct {
	mu   sync.Mutex
	heap eventHeap
	seq  uint64
}

func (a *agenda) add(due time.Time, f func()) *event {
	a.seq++
	e := &event{due: due, seq: a.seq, call: f}
	heap.Push(&a.heap, e)
	return e
}

// popDue removes and returns the first event that is due at t.
func (a *agenda) popDue(t time.Time) *event {
	if len(a.heap) == 0 || a.heap[0].due.After(t) {
		return nil
	}
	return heap.Pop(&a.heap).(*event)
}

func (a *agenda) next() (time.Time, bool) {
	if len(a.heap) == 0 {
		return time.Time{}, false
	}
	return a.heap[0].due, true
}

type agendaTimer struct {
	agenda *agenda
	event  *event
}

func (t agendaTimer) Stop() bool {
	t.agenda.mu.Lock()
	defer t.agenda.mu.Unlock()
	if t.event.index < 0 {
		return false
	}
	heap.Remove(&t.agenda.heap, t.event.index)
	return true
}

// ManualClock stands still until it is moved. It is for tests and for flows.
type ManualClock struct {
	agenda
	now     time.Time
	running sync.Mutex // held while events run, so that two calls of Advance do not mix
}

// NewManualClock returns a clock that shows start.
func NewManualClock(start time.Time) *ManualClock { return &ManualClock{now: start} }

// Now returns the time at which the clock stands.
func (c *ManualClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// AfterFunc implements Clock.
func (c *ManualClock) AfterFunc(d time.Duration, f func()) Timer {
	c.mu.Lock()
	defer c.mu.Unlock()
	return agendaTimer{&c.agenda, c.add(c.now.Add(max(d, 0)), f)}
}

// Next implements Mover.
func (c *ManualClock) Next() (time.Time, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.next()
}

// Advance implements Mover. Events that are made on the way and fall due run too.
func (c *ManualClock) Advance(d time.Duration) {
	c.running.Lock()
	defer c.running.Unlock()
	target := c.Now().Add(d)
	for {
		c.mu.Lock()
		e := c.popDue(target)
		if e == nil {
			c.now = target
			c.mu.Unlock()
			return
		}
		if e.due.After(c.now) {
			c.now = e.due
		}
		c.mu.Unlock()
		e.call()
	}
}

// realClock runs speed times as fast as the machine's clock, and can be moved forward.
type realClock struct {
	agenda
	base    time.Time // what the clock showed at start
	start   time.Time // the machine's clock then
	speed   float64
	moved   time.Duration // sum of all moves
	alarm   *time.Timer
	running sync.Mutex
	closed  bool
}

// The clock's base is moved up now and then, and by no more than a century at once.
const (
	rebaseAfter = 1000 * time.Hour
	farAhead    = 100 * 365 * 24 * time.Hour
)

func newRealClock(base time.Time, speed float64) *realClock {
	return &realClock{base: base, start: time.Now(), speed: speed}
}

func (c *realClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now()
}

func (c *realClock) now() time.Time {
	// A fast clock that nobody asks for days would leave what a Duration can hold.
	passed := time.Duration(min(float64(time.Since(c.start))*c.speed, float64(farAhead)))
	if passed > rebaseAfter {
		c.base, c.start, passed = c.base.Add(passed), time.Now(), 0
	}
	return c.base.Add(passed + c.moved).Round(0)
}

func (c *realClock) AfterFunc(d time.Duration, f func()) Timer {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.add(c.now().Add(max(d, 0)), f)
	if e.index == 0 {
		c.setAlarm()
	}
	return agendaTimer{&c.agenda, e}
}

func (c *realClock) Next() (time.Time, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.next()
}

// setAlarm wakes the clock for its first event. The caller holds mu.
func (c *realClock) setAlarm() {
	due, ok := c.next()
	if !ok || c.closed {
		return
	}
	wait := time.Duration(float64(due.Sub(c.now())) / c.speed)
	if c.alarm == nil {
		c.alarm = time.AfterFunc(max(wait, 0), c.ring)
		return
	}
	c.alarm.Reset(max(wait, 0))
}

func (c *realClock) ring() {
	c.running.Lock()
	defer c.running.Unlock()
	c.runDue()
}

func (c *realClock) runDue() {
	for {
		c.mu.Lock()
		e := c.popDue(c.now())
		if e == nil || c.closed {
			c.setAlarm()
			c.mu.Unlock()
			return
		}
		c.mu.Unlock()
		e.call()
	}
}

func (c *realClock) Advance(d time.Duration) {
	c.running.Lock()
	defer c.running.Unlock()
	for left := d; ; {
		c.mu.Lock()
		due, ok := c.next()
		gap := max(due.Sub(c.now()), 0)
		if !ok || gap > left {
			c.moved += left
			c.mu.Unlock()
			c.runDue()
			return
		}
		c.moved += gap
		left -= gap
		c.mu.Unlock()
		c.runDue()
	}
}

// close stops the clock for good: nothing runs after it returned.
func (c *realClock) close() {
	c.mu.Lock()
	c.closed = true
	if c.alarm != nil {
		c.alarm.Stop()
	}
	c.mu.Unlock()
	c.running.Lock() // wait for what is running
	defer c.running.Unlock()
}
