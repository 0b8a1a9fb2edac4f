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

const readTime = 10 * time.Second

// loaded brings the list.
type loaded struct {
	page.Stamp
	rows []journal.IntentRow
	err  error
}

// readied brings the kept bytes, signed and ready to be sent again.
type readied struct {
	page.Stamp
	row      journal.IntentRow
	prepared *pikeapi.Prepared
	err      error
}

// begun is the operator's yes.
type begun struct {
	page.Stamp
	row      journal.IntentRow
	prepared *pikeapi.Prepared
	permit   pikeapi.Permit
}

// settled brings what became of an attempt to settle an outcome.
type settled struct {
	page.Stamp
	what   string
	row    journal.IntentRow
	result *pikeapi.Result    // nil when nothing was sent
	after  *journal.IntentRow // where the intent stands now; nil when that could not be read
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

// standing reads where an intent stands, after something was done about it.
func standing(s store, operation string) *journal.IntentRow {
	ctx, cancel := context.WithTimeout(context.Background(), readTime)
	defer cancel()
	row, err := s.Intent(ctx, operation)
	if err != nil {
		return nil // the list, which is read next, says what is wrong
	}
	return row
}

// ask asks Pike for the status of the intent's session.
func ask(s store, d *page.Desk, stamp page.Stamp, i journal.IntentRow) tea.Cmd {
	return func() tea.Msg {
		out := settled{Stamp: stamp, row: i, what: "session/status of " + i.SessionID}
		ctx, cancel := context.WithTimeout(context.Background(), readTime)
		defer cancel()
		body, err := pikeapi.SessionCall{SessionID: i.SessionID}.Body(i.Version)
		if err != nil {
			out.err = fmt.Errorf("making the request: %w", err)
			return out
		}
		p, err := d.Client.Prepare(ctx, d.Env, pikeapi.Call{Method: pikeapi.MethodStatus, Version: i.Version, Body: body})
		if err != nil {
			out.err = fmt.Errorf("preparing the request: %w", err)
			return out
		}
		out.result = page.SendPrepared(d, p, pikeapi.Permit{})
		out.after = standing(s, i.OperationID)
		return out
	}
}

// ready opens the kept bytes and signs them, with the same key and for the first attempt's time.
func ready(s store, d *page.Desk, stamp page.Stamp, i journal.IntentRow) tea.Cmd {
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), readTime)
		defer cancel()
		out := readied{Stamp: stamp, row: i}
		body, err := s.OpenBody(ctx, i.OperationID)
		if err != nil {
			out.err = fmt.Errorf("opening the kept bytes: %w", err)
			return out
		}
		out.prepared, err = d.Client.Prepare(ctx, d.Env, pikeapi.Call{
			Method: i.Method, Version: i.Version, Body: body, IdempotencyKey: i.IdempotencyKey, FirstSent: i.KeySince(),
		})
		switch {
		case err != nil:
			out.err = fmt.Errorf("preparing the request: %w", err)
		case out.prepared.Digest != i.Digest:
			out.err = errors.New("the kept bytes are not the ones that were sent: nothing was sent now")
		}
		return out
	}
}

// resend sends the same bytes with the same key.
func resend(s store, d *page.Desk, stamp page.Stamp, b begun) tea.Cmd {
	return func() tea.Msg {
		permit := b.permit
		permit.Resend = b.row.OperationID
		out := settled{Stamp: stamp, row: b.row, what: "the second sending of " + b.row.Method, result: page.SendPrepared(d, b.prepared, permit)}
		out.after = standing(s, b.row.OperationID)
		return out
	}
}

// resolve marks an intent as resolved by hand.
func resolve(s store, stamp page.Stamp, i journal.IntentRow, note string) tea.Cmd {
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), readTime)
		defer cancel()
		out := settled{Stamp: stamp, row: i, what: "resolving " + i.Method, err: s.Resolve(ctx, i.OperationID, note)}
		out.after = standing(s, i.OperationID)
		return out
	}
}
