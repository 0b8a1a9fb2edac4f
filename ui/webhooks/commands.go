package webhooks

import (
	"context"
	"fmt"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"pikedash/pikeapi/journal"
	"pikedash/ui/page"
)

const (
	slotDetail = "webhooks.detail"
	readTime   = 10 * time.Second
	replayTime = 20 * time.Second // longer than the receiver's own deadline, which decides
)

// loaded brings the webhook that is to be shown.
type loaded struct {
	page.Stamp
	id  int64
	w   *journal.Webhook
	err error
}

// fetched brings a webhook of which something is to be copied.
type fetched struct {
	page.Stamp
	w   *journal.Webhook
	err error
}

// replayed brings what the forward address answered.
type replayed struct {
	page.Stamp
	id     int64
	to     string
	status int // HTTP
	err    error
}

// TooLate implements page.Late.
func (r replayed) TooLate() string {
	if r.err != nil {
		return fmt.Sprintf("webhook %d of the environment before was not sent: %v", r.id, r.err)
	}
	return fmt.Sprintf("webhook %d of the environment before was sent to %s: HTTP %d", r.id, r.to, r.status)
}

func load(s store, stamp page.Stamp, id int64) tea.Cmd {
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), readTime)
		defer cancel()
		w, err := s.Webhook(ctx, id)
		return loaded{stamp, id, w, err}
	}
}

// waited brings the sessions that wait for the operator.
type waited struct {
	page.Stamp
	list []journal.Waiting
	err  error
}

// waitingMost bounds how many sessions are read: more are not in sight at once.
const waitingMost = 500

func readWaiting(s store, stamp page.Stamp) tea.Cmd {
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), readTime)
		defer cancel()
		list, err := s.Waiting(ctx, waitingMost)
		return waited{stamp, list, err}
	}
}

func fetch(s store, stamp page.Stamp, id int64) tea.Cmd {
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), readTime)
		defer cancel()
		w, err := s.Webhook(ctx, id)
		return fetched{stamp, w, err}
	}
}

func replay(r page.Receiver, what startReplay, to string) tea.Cmd {
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), replayTime)
		defer cancel()
		status, err := r.Replay(ctx, what.id, what.resign)
		return replayed{what.Stamp, what.id, to, status, err}
	}
}
