package unknown

import (
	"errors"
	"strings"

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
	case loaded:
		m.onLoaded(msg)
	case startResend:
		m.begin("Pike's answer to "+msg.row.Method, true)
		return resend(m.store, m.desk.Client, m.desk.Lock, m.desk.Env, msg.Stamp, msg.row)
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
	k, move := m.deps.Keys.Unknown, m.deps.Keys.Move
	i := m.current()
	if i == nil {
		return nil
	}
	switch {
	case k.Ask.Matches(msg):
		m.begin("Pike's answer to session/status", false)
		return ask(m.desk.Client, m.desk.Env, m.deps.Stamps.Now(), *i)
	case k.Resend.Matches(msg):
		return m.onResend(*i)
	case k.Resolve.Matches(msg):
		return m.onResolve(*i)
	case k.Session.Matches(msg):
		return page.Go(page.Sessions, page.OpenSession{ID: i.SessionID})
	case k.Inspect.Matches(msg):
		return page.Go(page.Signature, page.OpenExchange{ID: i.ExchangeID})
	case move.Up.Matches(msg):
		m.cursor = max(0, m.cursor-1)
	case move.Down.Matches(msg):
		m.cursor = min(len(m.rows)-1, m.cursor+1)
	case move.Top.Matches(msg):
		m.cursor = 0
	case move.Bottom.Matches(msg):
		m.cursor = len(m.rows) - 1
	}
	return nil
}

// begin notes that something is under way: every key but looking is inert until it is over.
func (m *Model) begin(what string, request bool) {
	now := m.deps.Now()
	m.wait = page.Wait{What: what, Since: now, Deadline: now.Add(sendTime), Request: request}
}

// startResend is the answer of the dialog that asks whether the bytes may be sent again.
type startResend struct {
	page.Stamp
	row journal.IntentRow
}

func (m *Model) onResend(i journal.IntentRow) tea.Cmd {
	stamp := m.deps.Stamps.Now()
	text := []string{
		"Send the same bytes of " + describe(&i) + " again, with the same key, from project " + widget.Clean(i.Project) + ", on " + m.desk.Env.Name + ".",
		"Pike carries out one of the two. If the first one never arrived, this one does what it was to do.",
	}
	send := page.Send(startResend{stamp, i})
	if !m.desk.Live() {
		return page.AskFor(&widget.Confirm{Title: "send again", Text: text, Yes: "Send again", Then: send})
	}
	dialog := &widget.TypeToConfirm{
		Title: "send again", Text: text, Label: "Type the word AGAIN:", Yes: "Send again",
		Check: func(typed string) error {
			if typed != "AGAIN" {
				return errors.New("type AGAIN in capitals, or esc")
			}
			return nil
		},
		Then: func(string) tea.Cmd { return send },
	}
	if i.Amount != nil {
		amount := *i.Amount
		dialog.Label = "Type the amount to send:"
		dialog.Check = func(typed string) error { return amountFits(typed, amount) }
	}
	return page.AskFor(dialog)
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

// onSettled says what became of an attempt.
func (m *Model) onSettled(msg settled) tea.Cmd {
	m.wait = page.Wait{}
	say := page.Say(page.Success, msg.what+": done")
	switch {
	case msg.err != nil:
		say = page.Say(page.Failure, msg.err.Error())
	case msg.result != nil:
		say = m.sayResult(msg)
	}
	return tea.Batch(say, m.reload())
}

func (m *Model) sayResult(msg settled) tea.Cmd {
	switch r := msg.result; {
	case r.Outcome == pikeapi.Accepted:
		return page.Say(page.Success, "Pike answered "+msg.what)
	case r.Err != nil:
		return page.Say(page.Failure, msg.what+": "+r.Err.Error())
	default:
		return page.Say(page.Warning, msg.what+": "+string(r.Outcome))
	}
}
