package ui

import (
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// album keeps the pictures that were shown.
type album struct {
	pictures      []string
	width, height int
}

func (a *album) Show(picture string)      { a.pictures = append(a.pictures, picture) }
func (a *album) Resize(width, height int) { a.width, a.height = width, height }

// TestPaceDrawsOncePerFrame sends a burst: the first key is drawn at once, the rest with the next frame.
func TestPaceDrawsOncePerFrame(t *testing.T) {
	k := newKit(t, "sandbox")
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	var shown album
	p := newPace(k.app, &shown)
	p.now = func() time.Time { return now }

	p.Update(tickMsg{now})
	require.Len(t, shown.pictures, 1, "what comes after a pause is drawn at once")
	for i := range 100 {
		now = now.Add(time.Microsecond)
		_, cmd := p.Update(nudgeMsg{now.Add(time.Hour)})
		require.Equal(t, i == 0, cmd != nil, "one wake-up is asked for")
	}
	require.Len(t, shown.pictures, 1, "the frame is not over")
	p.Update(frameMsg{})
	require.Len(t, shown.pictures, 2)
	assert.Equal(t, k.app.View(), shown.pictures[1], "the next frame shows the newest")
	assert.False(t, p.due)
}

// TestPaceDrawsANewSizeAtOnce shows that no picture of the size before is drawn on the new one.
func TestPaceDrawsANewSizeAtOnce(t *testing.T) {
	k := newKit(t, "sandbox")
	var shown album
	p := newPace(k.app, &shown)
	p.now = func() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) }
	for _, size := range [][2]int{{90, 20}, {100, 25}} {
		p.Update(tea.WindowSizeMsg{Width: size[0], Height: size[1]})
		assert.Equal(t, size, [2]int{shown.width, shown.height})
		exact(t, shown.pictures[len(shown.pictures)-1], size[0], size[1])
	}
	assert.Len(t, shown.pictures, 2)
}
