package payouts

import (
	"context"
	"errors"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"pikedash/pikeapi"
	"pikedash/pikeapi/journal"
	"pikedash/ui/page"
)

// readTime is how long reading a detail may take.
const readTime = 10 * time.Second

// detailRead brings what is known of the row under the cursor.
type detailRead struct {
	page.Stamp
	row     journal.OperationRow
	session *journal.SessionDetail
	known   *pikeapi.Session
	events  []journal.Event
	err     error
}

// rested says that a cursor that was moved on while a detail was read has had time to come to rest.
type rested struct{ page.Stamp }

func rest(stamp page.Stamp) tea.Cmd {
	return tea.Tick(page.RestTime, func(time.Time) tea.Msg { return rested{stamp} })
}

// readDetail reads the session of an operation, and its operation anew.
func readDetail(s store, stamp page.Stamp, row journal.OperationRow) tea.Cmd {
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), readTime)
		defer cancel()
		out := detailRead{Stamp: stamp, row: row}
		if row.SessionID == "" {
			return out
		}
		if out.session, out.err = s.Session(ctx, row.SessionID); out.err != nil {
			out.session = nil
			if errors.Is(out.err, journal.ErrNotFound) {
				out.err = nil
			}
			return out
		}
		out.known = page.KnownSession(out.session)
		for _, o := range out.session.Operations {
			if o.ID == row.ID {
				out.row = o
			}
		}
		out.events, out.err = s.Timeline(ctx, row.SessionID)
		return out
	}
}
