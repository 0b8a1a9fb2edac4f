package signature

import (
	"context"
	"errors"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"pikedash/keys"
	"pikedash/keys/forensics"
	"pikedash/ui/page"
)

// editID names our question to the editor.
const editID = "signature.body"

// Update handles a message.
func (m *Model) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.KeyMsg:
		return m.onKey(msg)
	case page.Tick:
		m.now = msg.Now
	case page.EnvChanged:
		m.arrive(msg.Desk)
		return m.readRing()
	case page.Shown:
		return m.readRing()
	case ringRead:
		return m.onRing(msg)
	case recordLoaded:
		return m.onRecord(msg)
	case brought:
		return m.onBrought(msg)
	case progressed:
		m.tried, m.total = msg.tried, msg.total
		return listen(msg.more)
	case explained:
		m.onExplained(msg)
	case menuRead:
		return m.onMenu(msg)
	case openRecord:
		return m.openRecord(msg.record)
	case chooseKey:
		m.subject.key = keyChoice{fingerprint: msg.fingerprint, chosen: msg.fingerprint != ""}
		return m.look()
	case page.Edited:
		return m.onEdited(msg)
	case page.Mouse:
		m.onMouse(msg)
	}
	return nil
}

func (m *Model) onKey(msg tea.KeyMsg) tea.Cmd {
	if m.gather.what != nothing {
		return m.gatherKey(msg)
	}
	k := m.deps.Keys.Signature
	switch {
	case k.Body.Matches(msg):
		return m.askPath("body file", "The body is read byte by byte and never changed.", func(stamp page.Stamp, path string) tea.Cmd { return readFile(stamp, aBody, path) })
	case k.Signature.Matches(msg):
		m.gather = gather{what: aSignature}
	case k.Paste.Matches(msg):
		m.gather = gather{what: aBody}
	case k.Keys.Matches(msg):
		return m.askKey()
	case k.Journal.Matches(msg):
		return readMenu(m.store, m.deps.Stamps.Next(slotMenu))
	case k.Edit.Matches(msg):
		return m.edit()
	case k.Again.Matches(msg):
		return m.again()
	case k.Bytes.Matches(msg):
		m.nextPane()
	case k.Language.Matches(msg):
		m.lang = (m.lang + 1) % len(forensics.Languages())
	default:
		return m.outKey(msg)
	}
	return nil
}

// outKey handles the keys that hand something out, and scrolling.
func (m *Model) outKey(msg tea.KeyMsg) tea.Cmd {
	k := m.deps.Keys.Signature
	switch {
	case k.OpenSSL.Matches(msg):
		return m.showOpenSSL()
	case k.Report.Matches(msg):
		return page.CopyText("the report", m.reportText())
	case k.Snippet.Matches(msg):
		return page.CopyText("the snippet for "+m.language(), m.snippet())
	}
	m.scroll(msg)
	return nil
}

// scroll gives a key to the pane that is drawn.
func (m *Model) scroll(msg tea.KeyMsg) {
	switch m.shownPane() {
	case paneDiff:
		m.diff.Key(msg)
	case paneBytes:
		m.hex.Key(msg)
	case paneReport, panes:
		m.scrollReport(msg)
	}
}

// onMouse scrolls by three lines a notch.
func (m *Model) onMouse(msg page.Mouse) {
	k := m.deps.Keys.Scroll
	for range min(30, 3*max(msg.Wheel, -msg.Wheel)) {
		if msg.Wheel < 0 {
			m.scroll(k.Up.Msg())
		} else {
			m.scroll(k.Down.Msg())
		}
	}
}

// openRecord asks for a record to be inspected.
type openRecord struct{ record record }

// openRecord reads an entry of the journal.
func (m *Model) openRecord(r record) tea.Cmd {
	m.stop()
	m.gather = gather{}
	m.report, m.err, m.cancelled = nil, nil, false
	m.subject = subject{from: r}
	m.begin(r.String(), readTime)
	return loadRecord(m.store, m.deps.Stamps.Next(slotLoad), r)
}

func (m *Model) begin(what string, atMost time.Duration) {
	now := m.deps.Now()
	m.now = now
	m.wait = page.Wait{What: what, Since: now, Deadline: now.Add(atMost)}
	m.tried, m.total = 0, 0
}

func (m *Model) onRecord(msg recordLoaded) tea.Cmd {
	m.wait = page.Wait{}
	if msg.err != nil {
		m.err = msg.err
		return nil
	}
	m.subject = msg.subject
	return m.look()
}

// readRing reads the keys anew.
func (m *Model) readRing() tea.Cmd {
	all, _ := m.deps.KeyStore()
	return readRing(m.deps.Stamps.Next(slotRing), deskRing(m.desk), all)
}

// deskRing is what the environment itself knows of keys.
func deskRing(d *page.Desk) keys.Ring {
	var ring keys.Ring
	if d.Env.Signer != nil {
		ring = append(ring, keys.Known{Name: d.Env.Name + " key", Environment: d.Env.Name, Role: keys.RoleOwn, Public: d.Env.Signer.Public()})
	}
	return append(ring, d.Env.PikeKeys...)
}

func (m *Model) onRing(msg ringRead) tea.Cmd {
	first := m.ring == nil
	m.ring = append(keys.Ring{}, msg.ring...) // never nil: it was read, even where it is empty
	if msg.err != nil {
		return page.Say(page.Warning, "not every key could be read: "+msg.err.Error())
	}
	if first && m.report == nil && m.wait.What == "" && !m.cancelled {
		return m.look()
	}
	return nil
}

// look explains what there is, once it is complete.
func (m *Model) look() tea.Cmd {
	m.stop()
	m.report, m.err, m.cancelled, m.pairs, m.top = nil, nil, false, nil, 0
	m.wait = page.Wait{}
	m.hex.Set(m.subject.body)
	m.place()
	if !m.subject.complete() || m.ring == nil {
		return nil
	}
	ctx, cancel := context.WithCancel(context.Background())
	m.cancel = cancel
	m.begin("the search", explainTime)
	return explain(ctx, m.deps.Stamps.Next(slotExplain), m.subject, m.ring, m.store, m.desk.Env.Name)
}

// onExplained takes a report over and chooses what to show of it.
func (m *Model) onExplained(msg explained) {
	m.wait, m.cancel = page.Wait{}, nil
	switch {
	case errors.Is(msg.err, context.Canceled):
		m.cancelled = true
		return
	case msg.err != nil:
		m.err = msg.err
		return
	}
	m.report, m.expected = &msg.report, msg.expected
	m.diff.Right = "signed"
	if v := msg.report.Signed.Variant; v != "" {
		m.diff.Right = "signed: " + v
	}
	m.pairs, m.pairsAt = msg.pairs, msg.at
	m.diff.Set(m.pairs, msg.at[0], msg.at[1])
	switch {
	case len(m.pairs) > 0:
		m.pane = paneDiff
	case msg.report.Valid:
		m.pane = paneBytes
	default:
		m.pane = paneReport
	}
	m.place()
	m.diff.Set(m.pairs, msg.at[0], msg.at[1]) // the first difference is in sight, however low the pane
}

// shownPane is the pane that is drawn: the comparison only where there is one.
func (m *Model) shownPane() pane {
	if m.pane == paneDiff && len(m.pairs) == 0 {
		return paneBytes
	}
	return m.pane
}

func (m *Model) nextPane() {
	m.pane = (m.shownPane() + 1) % panes
	m.place()
}

func (m *Model) scrollReport(msg tea.KeyMsg) {
	k := m.deps.Keys.Scroll
	page := max(1, m.h/2)
	switch {
	case k.Up.Matches(msg):
		m.top--
	case k.Down.Matches(msg):
		m.top++
	case k.PageUp.Matches(msg), k.HalfUp.Matches(msg):
		m.top -= page
	case k.PageDown.Matches(msg), k.HalfDown.Matches(msg):
		m.top += page
	case k.Top.Matches(msg):
		m.top = 0
	case k.Bottom.Matches(msg):
		m.top = 1 << 30
	}
	_, room := m.heights()
	m.top = max(0, min(m.top, len(m.words(max(1, m.w-4)))-room+1))
}
