package unknown

import (
	"context"
	"errors"
	"fmt"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"pikedash/pikeapi"
	"pikedash/pikeapi/journal"
	"pikedash/ui/page"
)

const (
	readTime = 10 * time.Second
	sendTime = 60 * time.Second // longer than the client's own deadline, which decides
)

// loaded brings the list.
type loaded struct {
	page.Stamp
	rows []journal.IntentRow
	err  error
}

// settled brings what became of an attempt to settle an outcome.
type settled struct {
	page.Stamp
	what   string
	result *pikeapi.Result // nil when nothing was sent
	err    error
}

// TooLate implements page.Late.
func (s settled) TooLate() string {
	return "the answer to " + s.what + " came after the switch: it is in the journal of the environment that was asked"
}

// load reads the list.
func load(s store, stamp page.Stamp) tea.Cmd {
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), readTime)
		defer cancel()
		rows, err := s.Unknown(ctx)
		return loaded{stamp, rows, err}
	}
}

// ask asks Pike for the status of the intent's session.
func ask(c page.Client, env *pikeapi.Environment, stamp page.Stamp, i journal.IntentRow) tea.Cmd {
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), sendTime)
		defer cancel()
		out := settled{Stamp: stamp, what: "session/status of " + i.SessionID}
		body, err := pikeapi.SessionCall{SessionID: i.SessionID}.Body(i.Version)
		if err != nil {
			out.err = fmt.Errorf("making the request: %w", err)
			return out
		}
		p, err := c.Prepare(ctx, env, pikeapi.Call{Method: pikeapi.MethodStatus, Version: i.Version, Body: body})
		if err != nil {
			out.err = fmt.Errorf("preparing the request: %w", err)
			return out
		}
		out.result = c.Send(ctx, p, pikeapi.Permit{})
		return out
	}
}

// resend sends the same bytes with the same key.
func resend(s store, c page.Client, l page.Lock, env *pikeapi.Environment, stamp page.Stamp, i journal.IntentRow) tea.Cmd {
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), sendTime)
		defer cancel()
		out := settled{Stamp: stamp, what: "the second sending of " + i.Method}
		body, err := s.OpenBody(ctx, i.OperationID)
		if err != nil {
			out.err = fmt.Errorf("opening the kept bytes: %w", err)
			return out
		}
		p, err := c.Prepare(ctx, env, pikeapi.Call{
			Method: i.Method, Version: i.Version, Body: body, IdempotencyKey: i.IdempotencyKey, FirstSent: i.Created,
		})
		if err != nil {
			out.err = fmt.Errorf("preparing the request: %w", err)
			return out
		}
		if p.Digest != i.Digest {
			out.err = errors.New("the kept bytes are not the ones that were sent: nothing was sent now")
			return out
		}
		permit, err := l.Permit(env)
		if err != nil {
			out.err = err
			return out
		}
		permit.Resend = i.OperationID
		out.result = c.Send(ctx, p, permit)
		return out
	}
}

// resolve marks an intent as resolved by hand.
func resolve(s store, stamp page.Stamp, i journal.IntentRow, note string) tea.Cmd {
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), readTime)
		defer cancel()
		return settled{Stamp: stamp, what: "resolving " + i.Method, err: s.Resolve(ctx, i.OperationID, note)}
	}
}

func errAmount(want pikeapi.Money) error { return fmt.Errorf("the amount is %s", want.Format()) }
