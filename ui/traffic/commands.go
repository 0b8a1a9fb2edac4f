package traffic

import (
	"context"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"pikedash/pikeapi/journal"
	"pikedash/ui/page"
)

const (
	slotDetail = "traffic.detail"
	readTime   = 10 * time.Second
)

// loaded brings the request that is to be shown.
type loaded struct {
	page.Stamp
	id  int64
	x   *journal.Exchange
	err error
}

// fetched brings a request of which something is to be copied.
type fetched struct {
	page.Stamp
	what copying
	x    *journal.Exchange
	err  error
}

func load(s store, stamp page.Stamp, id int64) tea.Cmd {
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), readTime)
		defer cancel()
		x, err := s.Exchange(ctx, id)
		return loaded{stamp, id, x, err}
	}
}

func fetch(s store, stamp page.Stamp, id int64, what copying) tea.Cmd {
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), readTime)
		defer cancel()
		x, err := s.Exchange(ctx, id)
		return fetched{stamp, what, x, err}
	}
}
