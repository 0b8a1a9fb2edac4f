package command

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"pikedash/pikeapi/webhook"
)

// recorded is a store that only counts.
type recorded struct{ id int64 }

func (r *recorded) Record(context.Context, *webhook.Received) (webhook.Stored, error) {
	r.id++
	return webhook.Stored{ID: r.id}, nil
}
func (r *recorded) Forwarded(context.Context, int64, webhook.Forward) error { return nil }

// stuck is a reader of the output that takes nothing until it is told to.
type stuck struct {
	free chan struct{}
	bytes.Buffer
}

func (s *stuck) Write(b []byte) (int, error) {
	<-s.free
	return s.Buffer.Write(b)
}

// TestListenWaitsForNoReader: Pike gets its answer although nobody reads what listen prints, and what
// had no room is said.
func TestListenWaitsForNoReader(t *testing.T) {
	out, errs := &stuck{free: make(chan struct{})}, &bytes.Buffer{}
	a := &app{out: &printer{w: out}, err: &printer{w: errs}}
	s := newTellingStore(&recorded{}, a)
	const more = 100
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range tellingAhead + more {
			_, err := s.Record(t.Context(), &webhook.Received{Badge: webhook.Unsigned})
			assert.NoError(t, err)
		}
	}()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		require.Fail(t, "recording waits for the reader of the output")
	}
	close(out.free)
	s.close()
	lines := strings.Count(out.String(), "<-- ")
	assert.GreaterOrEqual(t, lines, tellingAhead)
	assert.Contains(t, errs.String(), "lines are left out")
}
