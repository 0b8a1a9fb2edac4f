package unknown

import (
	"errors"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"pikedash/pikeapi"
	"pikedash/pikeapi/journal"
	"pikedash/ui/page"
	"pikedash/ui/widget"
)

// Update handles a message.
func (m *Model) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.KeyMsg:
		return m.onKey(msg)
	case page.Tick:
		m.now = msg.Now
	case page.EnvChanged:
		m.arrive(msg.Desk)
		return m.reload()
	case page.JournalChanged, page.Shown:
		return m.reload()
	case page.Mouse:
		m.onMouse(msg)
	case loaded:
		m.onLoaded(msg)
	case readied:
		return m.onReadied(msg)
	case begun:
		m.begin("Pike's answer to "+msg.row.Method, page.SendTimeout, true)
		return resend(m.store, m.desk, m.deps.Stamps.Now(), msg)
	case settled:
		return m.onSettled(msg)
	}
	return nil
}

// onLoaded takes the list over; the cursor stays on its intent.
func (m *Model) onLoaded(msg loaded) {
	m.err = msg.err
	if msg.err != nil {
		return
	}
	if i := m.current(); i != nil && m.want == 0 {
		m.want = i.ID
	}
	m.rows, m.loaded = msg.rows, true
	m.cursor = min(m.cursor, max(0, len(m.rows)-1))
	m.choose()
	m.want = 0
}

func (m *Model) onKey(msg tea.KeyMsg) tea.Cmd {
	k := m.deps.Keys.Unknown
	i := m.current()
	if i == nil {
		return nil
	}
	switch {
	case k.Ask.Matches(msg):
		m.begin("Pike's answer to session/status", page.SendTimeout, false)
		return ask(m.store, m.desk, m.deps.Stamps.Now(), *i)
	case k.Resend.Matches(msg):
		m.begin("the kept bytes", readTime, false)
		return ready(m.store, m.desk, m.deps.Stamps.Now(), *i)
	case k.Resolve.Matches(msg):
		return m.onResolve(*i)
	case k.Session.Matches(msg):
		return page.Go(page.Sessions, page.OpenSession{ID: i.SessionID})
	case k.Inspect.Matches(msg):
		return page.Go(page.Traffic, page.OpenExchange{ID: i.ExchangeID})
	}
	_, inSight := m.inSight()
	m.cursor, _ = widget.MoveCursor(m.deps.Keys.Move, msg, m.cursor, len(m.rows), inSight)
	return nil
}

// onMouse moves through the list; a click chooses the line under it, below the title.
func (m *Model) onMouse(at page.Mouse) {
	to := m.cursor + at.Wheel
	if top, n := m.inSight(); at.Wheel == 0 && at.Y > 0 && at.Y <= n {
		to = top + at.Y - 1
	}
	m.cursor = max(0, min(to, len(m.rows)-1))
}

// begin notes that something is under way: every key but looking is inert until it is over.
func (m *Model) begin(what string, patience time.Duration, request bool) {
	now := m.deps.Now()
	m.wait = page.Wait{What: what, Since: now, Deadline: now.Add(patience), Request: request}
}

// onReadied asks whether the bytes may be sent again.
func (m *Model) onReadied(msg readied) tea.Cmd {
	m.wait = page.Wait{}
	if msg.err != nil {
		return page.Say(page.Failure, msg.err.Error())
	}
	i, stamp := msg.row, m.deps.Stamps.Now()
	money := page.Money{
		Desk: m.desk, Prepared: msg.prepared, Amount: i.Moves(), Yes: "Send again",
		Sentence: "Send the same bytes of " + describe(&i) + " again, with the same key, from project " + widget.Clean(i.Project) + ", on " + strings.ToUpper(m.desk.Kind()) + ".",
		After:    "Pike carries out one of the two. If the first one never arrived, this one does what it was to do.",
		Then: func(permit pikeapi.Permit) tea.Cmd {
			return page.Send(begun{stamp, i, msg.prepared, permit})
		},
	}
	return page.AskFor(money.Dialog())
}

func (m *Model) onResolve(i journal.IntentRow) tea.Cmd {
	stamp, s := m.deps.Stamps.Now(), m.store
	return page.AskFor(&widget.Prompt{
		Title: "resolved by hand",
		Text: []string{
			describe(&i) + ": say how you found out what became of it. The note stays in the journal.",
			"From then on a request like it can be sent again.",
		},
		Label: "Note:", Yes: "Resolve",
		Check: func(note string) error {
			if strings.TrimSpace(note) == "" {
				return errors.New("a note is needed, such as: seen as succeeded at Pike, ticket 77")
			}
			return nil
		},
		Then: func(note string) tea.Cmd { return resolve(s, stamp, i, strings.TrimSpace(note)) },
	})
}

// onSettled says what became of an attempt, and where the request stands now.
func (m *Model) onSettled(msg settled) tea.Cmd {
	m.wait = page.Wait{}
	return tea.Batch(page.Send(m.said(msg)), m.reload())
}

func (m *Model) said(msg settled) page.Notice {
	if msg.err != nil {
		return page.Notice{Level: page.Failure, Text: msg.what + ": " + msg.err.Error()}
	}
	note := page.Notice{Level: page.Success, Text: msg.what + ": done"}
	if msg.result != nil {
		note = page.Outcome(msg.result)
	}
	switch after := msg.after; {
	case after == nil:
	case after.State == journal.StateUnknown:
		note.Level = max(note.Level, page.Warning)
		note.Text += ". The request is still unknown: " + after.NextStep(m.deps.Now())
	default:
		note.Text = "the request is " + string(after.State) + " now (" + note.Text + ")"
		if after.State == journal.StateAccepted || after.State == journal.StateResolved {
			note.Level = page.Success
		}
	}
	return note
}
