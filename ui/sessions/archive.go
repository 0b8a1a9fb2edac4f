package sessions

import (
	"context"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"pikedash/ui/page"
	"pikedash/ui/widget"
)

// archived says what became of keeping something of a session.
type archived struct {
	page.Stamp
	what string // such as "the evidence"
	path string
	err  error
}

// archiveHints are the keys that keep something of the open session.
func (m *Model) archiveHints() []page.Hint {
	off := ""
	if m.deps.Archive == nil {
		off = "nothing can be kept here"
	}
	k := m.deps.Keys.Sessions
	return []page.Hint{{Key: k.Evidence, Off: off, Rare: true}, {Key: k.SaveFlow, Off: off, Rare: true}}
}

// evidence writes the bundle for Pike's support.
func (m *Model) evidence() tea.Cmd {
	if m.deps.Archive == nil {
		return nil
	}
	archive, desk, stamp, id := m.deps.Archive, m.deps.Desk.At(), m.deps.Stamps.Next("sessions.archive"), m.detail.id
	return keep(stamp, "the evidence", func(ctx context.Context) (string, error) { return archive.Evidence(ctx, desk, id) })
}

// saveFlow asks for a name and writes the session as a flow.
func (m *Model) saveFlow() tea.Cmd {
	if m.deps.Archive == nil {
		return nil
	}
	archive, desk, stamps, id := m.deps.Archive, m.deps.Desk.At(), m.deps.Stamps, m.detail.id
	return page.AskFor(&widget.Prompt{
		Title: "save as a flow", Label: "Name:", Value: strings.ToLower(strings.ReplaceAll(id, "_", "-")),
		Text: []string{"The session's calls and notifications become steps. Protected values are replaced by examples."},
		Then: func(name string) tea.Cmd {
			return keep(stamps.Now(), "the flow "+name, func(ctx context.Context) (string, error) { return archive.SaveFlow(ctx, desk, id, name) })
		},
	})
}

func keep(stamp page.Stamp, what string, write func(context.Context) (string, error)) tea.Cmd {
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), readTime)
		defer cancel()
		path, err := write(ctx)
		return archived{stamp, what, path, err}
	}
}

func (m *Model) onArchived(msg archived) tea.Cmd {
	if msg.err != nil {
		return page.Say(page.Failure, msg.what+" was not written: "+msg.err.Error())
	}
	return page.Say(page.Success, msg.what+" lies at "+msg.path)
}
