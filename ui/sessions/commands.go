package sessions

import (
	"context"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"pikedash/pikeapi"
	"pikedash/pikeapi/journal"
	"pikedash/ui/page"
)

// How long things may take.
const (
	readTime    = 10 * time.Second
	controlTime = 30 * time.Second
)

// detailRead brings a session with its time line.
type detailRead struct {
	page.Stamp
	id      string
	session *journal.SessionDetail
	known   *pikeapi.Session
	odd     []string // what contradicts the protocol
	events  []journal.Event
	err     error
}

// rested says that a cursor that was moved on while a session was read has had time to come to rest.
type rested struct{ page.Stamp }

func rest(stamp page.Stamp) tea.Cmd {
	return tea.Tick(page.RestTime, func(time.Time) tea.Msg { return rested{stamp} })
}

func readDetail(s store, stamp page.Stamp, id string) tea.Cmd {
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), readTime)
		defer cancel()
		out := detailRead{Stamp: stamp, id: id}
		if out.session, out.err = s.Session(ctx, id); out.session != nil {
			out.known = page.KnownSession(out.session)
			out.odd = oddities(out.session, out.known)
		}
		events, err := s.Timeline(ctx, id) // requests may be known of a session that is not
		out.events = events
		if out.err == nil {
			out.err = err
		}
		return out
	}
}

// operationFound brings the session of an operation.
type operationFound struct {
	page.Stamp
	session string
	err     error
}

func findOperation(s store, stamp page.Stamp, id string) tea.Cmd {
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), readTime)
		defer cancel()
		o, err := s.Operation(ctx, id)
		if err != nil {
			return operationFound{Stamp: stamp, err: err}
		}
		return operationFound{Stamp: stamp, session: o.SessionID}
	}
}

// played says what the sandbox did.
type played struct {
	page.Stamp
	said string
	err  error
}

// finish3DS plays the payer.
func finish3DS(s page.Sandbox, stamp page.Stamp, id, result string) tea.Cmd {
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), controlTime)
		defer cancel()
		said, err := s.Do(ctx, "finish_3ds", map[string]string{"session": id, "result": result})
		return played{Stamp: stamp, said: said, err: err}
	}
}

// oddities gathers what contradicts the protocol, each once.
func oddities(s *journal.SessionDetail, known *pikeapi.Session) []string {
	var out []string
	seen := map[string]bool{}
	add := func(text string) {
		if text != "" && !seen[text] {
			seen[text] = true
			out = append(out, text)
		}
	}
	add(s.Flag)
	if s.Status != "" {
		for _, c := range pikeapi.Contradictions(known) {
			add(c)
		}
	}
	return out
}

// copyable brings what can be copied of the chosen line, after what can be of the session.
type copyable struct {
	page.Stamp
	rows [][3]string // title, name for the toast, text
	err  error
}

// readCopyable reads a request or a notification in full. Bodies are masked as they are in the journal.
func readCopyable(s store, stamp page.Stamp, exchange, webhook int64, rows [][3]string) tea.Cmd {
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), readTime)
		defer cancel()
		out := copyable{Stamp: stamp, rows: rows}
		if exchange != 0 {
			x, err := s.Exchange(ctx, exchange)
			if err != nil {
				out.err = err
				return out
			}
			out.rows = append(out.rows,
				[3]string{"request body (masked)", "the request body", string(x.Body)},
				[3]string{"request's SHA-256", "the request's SHA-256", x.Digest.String()},
				[3]string{"request's signature", "the signature", x.Signature},
				[3]string{"answer body (masked)", "the answer", string(x.ResponseBody)},
				[3]string{"idempotency key", "the idempotency key", x.IdempotencyKey})
		}
		if webhook != 0 {
			w, err := s.Webhook(ctx, webhook)
			if err != nil {
				out.err = err
				return out
			}
			out.rows = append(out.rows,
				[3]string{"webhook body (masked)", "the webhook's body", string(w.Body)},
				[3]string{"webhook's SHA-256", "the webhook's SHA-256", w.Digest.String()},
				[3]string{"webhook's signature", "the webhook's signature", w.Signature})
		}
		return out
	}
}
