package uitest

import "sync"

// queue is an endless buffer between those who have input for the program and the one goroutine
// that writes it. Putting never blocks: the emulator must not wait for a program that does not read.
type queue struct {
	mu     sync.Mutex
	filled *sync.Cond
	data   [][]byte
	closed bool
}

func newQueue() *queue {
	q := &queue{}
	q.filled = sync.NewCond(&q.mu)
	return q
}

func (q *queue) put(p []byte) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.data = append(q.data, p)
	q.filled.Signal()
}

// take waits for input; false means that the queue is closed.
func (q *queue) take() ([]byte, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.data) == 0 && !q.closed {
		q.filled.Wait()
	}
	if q.closed {
		return nil, false
	}
	p := q.data[0]
	q.data = q.data[1:]
	return p, true
}

func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.filled.Broadcast()
}
