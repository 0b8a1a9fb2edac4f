package sandbox

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestManualClockOrder: due calls run in the order of their times, and of their making within one
// time; calls that are made on the way and fall due run too; the clock shows each one's time.
func TestManualClockOrder(t *testing.T) {
	c := NewManualClock(startTime)
	var got []string
	at := func(name string, d time.Duration) Timer {
		return c.AfterFunc(d, func() { got = append(got, name+" "+c.Now().Sub(startTime).String()) })
	}
	at("third", 3*time.Second)
	at("first", time.Second)
	at("also first", time.Second)
	stopped := at("never", 2*time.Second)
	c.AfterFunc(time.Second, func() { at("made on the way", time.Second) })
	at("later", time.Minute)
	assert.True(t, stopped.Stop())
	assert.False(t, stopped.Stop())
	c.Advance(10 * time.Second)
	assert.Equal(t, []string{"first 1s", "also first 1s", "made on the way 2s", "third 3s"}, got)
	assert.Equal(t, startTime.Add(10*time.Second), c.Now())
	due, ok := c.Next()
	assert.True(t, ok)
	assert.Equal(t, startTime.Add(time.Minute), due)
}

// TestRealClock: it runs as fast as it was told, rings by itself, and can be moved.
func TestRealClock(t *testing.T) {
	c := newRealClock(startTime, 1000)
	defer c.close()
	rang := make(chan time.Time, 1)
	c.AfterFunc(10*time.Second, func() { rang <- c.Now() })
	at := <-rang
	assert.GreaterOrEqual(t, at.Sub(startTime), 10*time.Second)
	slow := newRealClock(startTime, 1)
	defer slow.close()
	var order []int
	slow.AfterFunc(2*time.Hour, func() { order = append(order, 2) })
	slow.AfterFunc(time.Hour, func() {
		order = append(order, 1)
		assert.InDelta(t, float64(time.Hour), float64(slow.Now().Sub(startTime)), float64(time.Minute), "each call sees its own time")
	})
	slow.AfterFunc(10*time.Hour, func() { order = append(order, 3) })
	slow.Advance(3 * time.Hour)
	assert.Equal(t, []int{1, 2}, order)
	assert.InDelta(t, float64(3*time.Hour), float64(slow.Now().Sub(startTime)), float64(time.Minute))
}

// TestFastClockLeftAlone: a fast clock that nobody asks for days neither stands still nor runs back.
func TestFastClockLeftAlone(t *testing.T) {
	c := newRealClock(startTime, MaxSpeed)
	defer c.close()
	last := c.Now()
	for range 5 {
		c.start = c.start.Add(-100 * time.Hour) // real hours without a question
		now := c.Now()
		assert.Greater(t, now.Sub(last), 10*365*24*time.Hour)
		last = now
	}
}

func TestRealClockStops(t *testing.T) {
	c := newRealClock(startTime, 1)
	var rang atomic.Bool
	timer := c.AfterFunc(time.Millisecond, func() { rang.Store(true) })
	require.True(t, timer.Stop())
	c.AfterFunc(time.Hour, func() { rang.Store(true) })
	c.close()
	c.Advance(2 * time.Hour)
	assert.False(t, rang.Load(), "nothing rings after close")
}
