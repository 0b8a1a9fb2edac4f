package ui

import (
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestPaceDrawsOncePerFrame sends a burst: the first key is drawn at once, the rest with the next frame.
func TestPaceDrawsOncePerFrame(t *testing.T) {
	k := newKit(t, "sandbox")
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	p := newPace(k.app)
	p.now = func() time.Time { return now }
	before := p.View()

	now = now.Add(time.Second)
	p.Update(tea.WindowSizeMsg{Width: 90, Height: 20})
	first := p.View()
	assert.NotEqual(t, before, first, "what comes after a pause is drawn at once")

	waits := 0
	for range 100 {
		now = now.Add(time.Microsecond)
		if _, cmd := p.Update(tea.WindowSizeMsg{Width: 100, Height: 25}); cmd != nil && p.due {
			waits++
		}
		require.Equal(t, first, p.View(), "the frame is not over")
	}
	assert.Positive(t, waits)
	assert.True(t, p.due, "a picture is on its way")
	p.Update(frameMsg{})
	assert.Equal(t, k.app.View(), p.View(), "the next frame shows the newest")
	assert.False(t, p.due)
}
