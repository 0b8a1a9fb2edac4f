package signature

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"pikedash/keys"
	"pikedash/keys/forensics"
	"pikedash/ui/page"
	"pikedash/ui/widget"
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
	switch m.shownPane() {
	case paneDiff:
		m.diff.Key(msg)
	case paneBytes:
		m.hex.Key(msg)
	case paneReport, panes:
		m.scrollReport(msg)
	}
	return nil
}

// askPath asks for a path, then reads.
func (m *Model) askPath(title, text string, read func(page.Stamp, string) tea.Cmd) tea.Cmd {
	stamp := m.deps.Stamps.Now()
	return page.AskFor(&widget.Prompt{
		Title: title, Text: []string{text}, Label: "Path:", Yes: "read",
		Then: func(path string) tea.Cmd { return read(stamp, path) },
	})
}

// chooseKey says which key should have signed; without a fingerprint it is found by itself.
type chooseKey struct{ fingerprint keys.Fingerprint }

// openRecord asks for a record to be inspected.
type openRecord struct{ record record }

// askKey offers every key that is known, and files.
func (m *Model) askKey() tea.Cmd {
	prompt := m.askPath("key file", "A public key, or a private one of which only the public half is used.", readKey)
	items := []widget.Item{
		{Title: "find it", Detail: "the key of this environment that fits", Then: page.Send(chooseKey{})},
		{Title: "a file", Detail: "a public key that is in no profile", Then: prompt},
	}
	seen := map[keys.Fingerprint]bool{}
	for _, k := range m.ring {
		f := keys.FingerprintOf(k.Public)
		if seen[f] {
			continue
		}
		seen[f] = true
		items = append(items, widget.Item{
			Title: describeKey(k), Detail: fmt.Sprintf("%s  RSA-%d", f.Short(), k.Public.N.BitLen()), Then: page.Send(chooseKey{f}),
		})
	}
	return page.AskFor(&widget.Menu{Title: "the key that should have signed", Items: items, Search: true})
}

func (m *Model) onMenu(msg menuRead) tea.Cmd {
	if msg.err != nil {
		return page.Say(page.Failure, "the journal could not be read: "+msg.err.Error())
	}
	menu := &widget.Menu{Title: "what to inspect", Search: true, Empty: "nothing was sent or received yet"}
	for _, w := range msg.webhooks {
		menu.Items = append(menu.Items, widget.Item{
			Title:  fmt.Sprintf("webhook %d  %s", w.ID, w.Type),
			Detail: fmt.Sprintf("%s  %s  %d bytes  %s", widget.Stamp(w.Received, m.deps.Now(), false), m.deps.Theme.Webhook(string(w.Badge)).Text(), w.Bytes, w.SessionID),
			Then:   page.Send(openRecord{record{webhookRecord, w.ID}}),
		})
	}
	for _, x := range msg.exchanges {
		menu.Items = append(menu.Items, widget.Item{
			Title:  fmt.Sprintf("exchange %d  %s", x.ID, x.Method),
			Detail: fmt.Sprintf("%s  %s  %d bytes  %s", widget.Stamp(x.Started, m.deps.Now(), false), m.deps.Theme.Outcome(string(x.Outcome)).Text(), x.RequestBytes, x.SessionID),
			Then:   page.Send(openRecord{record{exchangeRecord, x.ID}}),
		})
	}
	return page.AskFor(menu)
}

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

// onBrought takes a part of the evidence over.
func (m *Model) onBrought(msg brought) tea.Cmd {
	if msg.err != nil {
		return page.Say(page.Failure, "not read: "+msg.err.Error())
	}
	switch msg.what {
	case aBody:
		m.subject.setBody(msg.data, msg.digest, msg.from, msg.path, msg.notes)
	case aSignature:
		m.subject.setSignature(string(msg.data), msg.from, msg.path)
	case aKey:
		m.subject.key = keyChoice{chosen: true, file: msg.key}
	case nothing:
	}
	return m.look()
}

// edit opens the editor on the body. A record stays in the journal: its true bytes go into no file.
func (m *Model) edit() tea.Cmd {
	ask := page.Edit{ID: editID, Suffix: ".json"}
	if !m.subject.record() {
		ask.Content = m.subject.body
	}
	return page.Send(ask)
}

// onEdited takes over what the editor wrote.
func (m *Model) onEdited(msg page.Edited) tea.Cmd {
	switch {
	case msg.ID != editID:
		return nil
	case msg.Err != nil:
		return page.Say(page.Failure, "the editor: "+msg.Err.Error())
	case !msg.Changed && m.subject.hasBody:
		return page.Say(page.Info, "the body is as it was")
	}
	return take(m.deps.Stamps.Now(), msg.Content, "edited", []string{"edited here: most editors end a file with a newline"})
}

// again reads files anew and looks again.
func (m *Model) again() tea.Cmd {
	s := &m.subject
	switch {
	case s.record():
		choice := s.key
		cmd := m.openRecord(s.from)
		m.subject.key = choice
		return cmd
	case s.bodyFile != "" || s.sigFile != "":
		var cmds []tea.Cmd
		if s.bodyFile != "" {
			cmds = append(cmds, readFile(m.deps.Stamps.Now(), aBody, s.bodyFile))
		}
		if s.sigFile != "" {
			cmds = append(cmds, readFile(m.deps.Stamps.Now(), aSignature, s.sigFile))
		}
		return tea.Batch(cmds...)
	}
	return m.look()
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
	return explain(ctx, m.deps.Stamps.Next(slotExplain), m.subject, m.ring, m.desk.Env.Name)
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

// showOpenSSL shows the same check as commands.
func (m *Model) showOpenSSL() tea.Cmd {
	lines := []string{"Put the body into body.bin and the public key into public.pem:"}
	var text strings.Builder
	for _, c := range forensics.OpenSSL(m.subject.evidence(m.ring, m.expected)) {
		lines = append(lines, "", "# "+c.Purpose, c.Line)
		text.WriteString("# " + c.Purpose + "\n" + c.Line + "\n")
	}
	return page.AskFor(&widget.Reader{Title: "the same with openssl", Lines: lines, Copy: func() tea.Cmd {
		return page.CopyText("the openssl commands", text.String())
	}})
}
