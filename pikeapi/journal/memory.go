package journal

import (
	"strings"
	"sync"
	"unicode/utf8"
)

// lostFinishes remembers what Finish could not write, and the bodies that must not be written at all.
type lostFinishes struct {
	mu        sync.Mutex
	exchanges map[int64]struct{}
	bodies    map[string][]byte // by operation id
}

func (l *lostFinishes) add(exchange int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.exchanges == nil {
		l.exchanges = map[int64]struct{}{}
	}
	l.exchanges[exchange] = struct{}{}
}

func (l *lostFinishes) any() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.exchanges) > 0
}

func (l *lostFinishes) list() []int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	var ids []int64
	for id := range l.exchanges {
		ids = append(ids, id)
	}
	return ids
}

func (l *lostFinishes) drop(ids []int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, id := range ids {
		delete(l.exchanges, id)
	}
}

func (j *Journal) remember(operation string, body []byte) {
	j.lost.mu.Lock()
	defer j.lost.mu.Unlock()
	if j.lost.bodies == nil {
		j.lost.bodies = map[string][]byte{}
	}
	j.lost.bodies[operation] = append([]byte(nil), body...)
}

func (j *Journal) remembered(operation string) []byte {
	j.lost.mu.Lock()
	defer j.lost.mu.Unlock()
	body, ok := j.lost.bodies[operation]
	if !ok {
		return nil
	}
	return append([]byte(nil), body...)
}

// forget overwrites and drops a body that lived in memory only.
func (j *Journal) forget(operation string) {
	j.lost.mu.Lock()
	defer j.lost.mu.Unlock()
	clear(j.lost.bodies[operation])
	delete(j.lost.bodies, operation)
}

// fold is the form in which texts are searched: lower case, valid UTF-8, no control characters. The
// search and every reference to it use this one function, so that index, scan and test agree.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == utf8.RuneError {
			return ' '
		}
		return r
	}, strings.ToLower(strings.ToValidUTF8(s, " ")))
}

// searchText is what words are matched against: the parts, folded, one on each line.
func searchText(parts ...string) string {
	var b strings.Builder
	for _, p := range parts {
		if p == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(fold(p))
	}
	return b.String()
}
