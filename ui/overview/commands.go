package overview

import (
	"context"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"pikedash/pikeapi/journal"
	"pikedash/ui/page"
)

const (
	readTime  = 10 * time.Second
	waitsMost = 8 // waiting sessions that are read
)

// numbers brings what the screen shows.
type numbers struct {
	page.Stamp
	stats   *journal.Stats
	waiting []journal.Waiting
	err     error
}

func read(s store, stamp page.Stamp, now time.Time) tea.Cmd {
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), readTime)
		defer cancel()
		stats, err := s.Stats(ctx, now)
		if err != nil {
			return numbers{Stamp: stamp, err: err}
		}
		waiting, err := s.Waiting(ctx, waitsMost)
		return numbers{stamp, stats, waiting, err}
	}
}
