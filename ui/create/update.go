package create

import (
	"errors"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"pikedash/pikeapi"
	"pikedash/pikeapi/journal"
	"pikedash/ui/page"
	"pikedash/ui/widget"
)

// litTime is how long changed words stay lit after a change of version.
const litTime = time.Second

// Update implements page.Page.
func (m *Model) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.KeyMsg:
		return m.onKey(msg)
	case page.Tick:
		m.now = msg.Now
	case page.Shown:
		m.away = false
	case page.EnvChanged:
		return m.onEnvironment(msg.Desk)
	case page.VersionChanged:
		m.setVersion(msg.Version)
		return m.refresh()
	case page.Edited:
		return m.onEdited(msg)
	case due:
		return m.prepare(msg.Stamp, previewed)
	case preparation:
		return m.onPrepared(msg)
	case leaving:
		return m.onLeaving(msg)
	case sent:
		return m.onSent(msg)
	case toMethod:
		m.setMethod(string(msg))
		return m.refresh()
	case toCard:
		m.form.SetValue(fSource, byCard)
		m.arrange()
		m.form.SetValue(fCard, string(msg))
		return m.refresh()
	}
	return nil
}

// toMethod and toCard are what the menus choose.
type (
	toMethod string
	toCard   string
)

func (m *Model) onKey(msg tea.KeyMsg) tea.Cmd {
	k := m.deps.Keys.Create
	switch {
	case k.DryRun.Matches(msg):
		return m.check(dryRun)
	case k.TestCards.Matches(msg):
		return page.AskFor(m.cardMenu())
	case k.Curl.Matches(msg):
		return m.copyCurl()
	case k.Version.Matches(msg):
		m.setVersion(other(m.version))
		return m.refresh()
	case k.Method.Matches(msg):
		return page.AskFor(m.methodMenu())
	case k.NewKey.Matches(msg):
		m.key = pikeapi.NewIdempotencyKey()
		return tea.Batch(m.refresh(), page.Say(page.Info, "a new idempotency key: the request counts as another one"))
	case k.Preview.Matches(msg) && !m.wide():
		m.preview = !m.preview
		return nil
	}
	if m.preview && !m.wide() {
		return nil
	}
	form := m.deps.Keys.Form
	if m.last != nil && !form.Submit.Matches(msg) {
		return nil
	}
	if m.away && !form.Submit.Matches(msg) && !form.Edit.Matches(msg) {
		m.away = !form.Enter.Matches(msg) && !form.Next.Matches(msg) && !form.Prev.Matches(msg)
		return nil
	}
	return m.onForm(msg)
}

// onForm gives a key to the form.
func (m *Model) onForm(msg tea.KeyMsg) tea.Cmd {
	before := m.form.Focused()
	event := m.form.Key(msg)
	switch event {
	case widget.FormSubmit:
		return m.check(toSend)
	case widget.FormEdit:
		return m.edit()
	case widget.FormLeft:
		if !m.Back() {
			m.away = true
		}
	case widget.FormChanged:
		m.arrange()
		m.judge()
		return m.refresh()
	case widget.FormMoved:
		m.touched[before] = true
		m.judge()
	case widget.FormNothing:
	}
	return nil
}

func other(v pikeapi.Version) pikeapi.Version {
	if v == pikeapi.V1 {
		return pikeapi.V2
	}
	return pikeapi.V1
}

// setVersion changes the spelling, and lights the words that changed.
func (m *Model) setVersion(v pikeapi.Version) {
	if v == m.version {
		return
	}
	m.version, m.lit = v, m.deps.Now().Add(litTime)
}

// onEnvironment keeps what was typed and makes the preview anew, for the other place.
func (m *Model) onEnvironment(desk *page.Desk) tea.Cmd {
	m.version, m.last, m.sending, m.asked = desk.Env.Version, nil, time.Time{}, nil
	m.key = pikeapi.NewIdempotencyKey()
	return m.refresh()
}

// onPrepared takes over a preview, and goes on to the dialog or the dry run where that was asked for.
func (m *Model) onPrepared(msg preparation) tea.Cmd {
	m.prepared, m.problem = msg.prepared, ""
	if msg.err != nil {
		m.prepared, m.problem = nil, msg.err.Error()
		if msg.purpose != previewed {
			return page.Say(page.Failure, "not sent: "+m.problem)
		}
		return nil
	}
	switch msg.purpose {
	case toSend:
		m.asked = m.ask(msg.desk, msg.prepared)
		return page.AskFor(m.asked.Dialog())
	case dryRun:
		return page.AskFor(m.dryRun(msg.prepared))
	case previewed:
	}
	return nil
}

// onSent shows what became of the request.
func (m *Model) onSent(msg sent) tea.Cmd {
	m.sending = time.Time{}
	r := msg.result
	if m.asked != nil {
		if again, ok := m.asked.Again(r.Err); ok {
			return page.AskFor(again)
		}
	}
	notice := page.Send(page.Outcome(r))
	switch r.Outcome {
	case pikeapi.Accepted:
		return tea.Batch(notice, m.done(r))
	case pikeapi.Refused, pikeapi.Unknown:
		// The key belongs to the request that Pike saw; what is sent next is another one.
		m.key = pikeapi.NewIdempotencyKey()
		m.form.Wipe(fCode)
	case pikeapi.NotSent:
	}
	m.last = r
	var blocked *pikeapi.BlockedError
	if errors.As(r.Err, &blocked) && !needsReading(blocked) {
		m.last = nil // one line says it
	}
	return tea.Batch(notice, m.refresh())
}

// needsReading says whether a rule's refusal is about what happened before, and too long for one line.
func needsReading(blocked *pikeapi.BlockedError) bool {
	return blocked.Rule == pikeapi.RuleLookalike || blocked.Rule == journal.RuleSetAside
}

// done empties what must not be sent twice and goes to the session.
func (m *Model) done(r *pikeapi.Result) tea.Cmd {
	m.key, m.last, m.edited = pikeapi.NewIdempotencyKey(), nil, nil
	m.lockFields("")
	m.form.Wipe(fCode)
	m.form.MarkClean()
	m.touched = map[string]bool{}
	m.judge()
	cmds := []tea.Cmd{m.refresh()}
	if r.Response != nil && r.Response.Session != nil {
		cmds = append(cmds, page.Go(page.Sessions, page.OpenSession{ID: r.Response.Session.ID}))
	}
	return tea.Batch(cmds...)
}
