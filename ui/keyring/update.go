package keyring

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"pikedash/keys"
	"pikedash/ui/page"
	"pikedash/ui/widget"
)

// Update handles a message.
func (m *Model) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.KeyMsg:
		return m.onKey(msg)
	case page.Tick:
		m.onTick(msg)
	case page.EnvChanged:
		m.desk = msg.Desk
		m.guide.arrive()
		return m.reload()
	case page.Shown:
		return m.reload()
	case page.Mouse:
		return m.onMouse(msg)
	case loaded:
		return m.onLoaded(msg)
	case startMaking:
		return m.onStart(msg)
	case stopMaking:
		m.stop()
		return nil
	case made:
		return m.onMade(msg)
	case examined:
		return m.onExamined(msg)
	case compared:
		return m.onCompared(msg)
	case offered:
		return m.onOffered(msg)
	case saved:
		return m.onSaved(msg)
	case tested:
		return m.onTested(msg)
	}
	return m.table.Update(msg)
}

// onTick keeps the clock, and the time that a pair takes.
func (m *Model) onTick(msg page.Tick) {
	m.now = msg.Now
	if m.making != nil {
		m.making.Set("making "+m.makeWait.What+", "+widget.Span(m.now.Sub(m.makeWait.Since)), 0, 0)
	}
}

func (m *Model) onMouse(msg page.Mouse) tea.Cmd {
	switch {
	case m.guide.open || m.over:
		return nil
	case msg.Wheel != 0:
		return m.table.Scroll(msg.Wheel)
	}
	return m.table.Click(msg.Y - len(m.head()))
}

func (m *Model) onKey(msg tea.KeyMsg) tea.Cmd {
	k := m.deps.Keys
	if k.Keyring.Guide.Matches(msg) {
		m.guide.open = !m.guide.open
		m.guide.cursor = m.firstOpenStep()
		return nil
	}
	if m.guide.open {
		return m.guideKey(msg)
	}
	switch {
	case k.Keyring.Generate.Matches(msg):
		return m.askSize(m.profile())
	case k.Keyring.AddPike.Matches(msg):
		return m.askTrust()
	case k.Keyring.Doctor.Matches(msg):
		return m.askDoctor()
	case k.Keyring.Fits.Matches(msg):
		return m.askPair()
	case k.List.Columns.Matches(msg):
		return page.AskFor(&widget.ColumnsDialog{States: m.table.Arrangement(), Then: m.arrange})
	case k.List.Refresh.Matches(msg):
		return m.reload()
	}
	if r, ok := m.table.Current(); ok {
		if cmd, took := m.rowKey(msg, &r); took {
			return cmd
		}
	}
	cmd, _ := m.table.Key(msg)
	return cmd
}

// rowKey handles the keys that are about the chosen key.
func (m *Model) rowKey(msg tea.KeyMsg, r *row) (tea.Cmd, bool) {
	k := m.deps.Keys
	switch {
	case k.List.Open.Matches(msg):
		if !m.detailFits() && !m.over {
			m.over = true
			m.place()
			return nil, true
		}
		return showPublic(r), true
	case k.List.Copy.Matches(msg):
		return copyPublic(r), true
	case k.List.CopyMenu.Matches(msg):
		return copyMenu(r), true
	case k.Keyring.Inspect.Matches(msg):
		return page.Go(page.Signature, page.OpenKey{Fingerprint: r.Fingerprint}), true
	}
	return nil, false
}

// arrange puts the columns in the user's order and keeps it.
func (m *Model) arrange(states []widget.ColumnState) tea.Cmd {
	m.table.Arrange(states)
	return keep(m.deps.Settings, columnsKept, columnsText(states))
}

// onLoaded takes the list over.
func (m *Model) onLoaded(msg loaded) tea.Cmd {
	m.err = msg.err
	if msg.err != nil {
		return page.Say(page.Failure, "the keys could not be read: "+msg.err.Error())
	}
	rows := rowsOf(msg.list.Keys)
	m.rows = rows
	m.shelf.rows.Store(&rows)
	m.shared = msg.list.Shared
	if m.deps.Services != nil {
		m.envs = m.deps.Services.Environments()
	}
	m.place()
	return tea.Batch(m.table.Refresh(), m.jump())
}

// rowsOf says of each key in which profiles it is used.
func rowsOf(list []page.KeyInfo) []row {
	out := make([]row, 0, len(list))
	for _, k := range list {
		r := row{KeyInfo: k, used: []string{k.Environment}}
		for _, other := range list {
			if k.Fingerprint != "" && other.Fingerprint == k.Fingerprint && !slices.Contains(r.used, other.Environment) {
				r.used = append(r.used, other.Environment)
			}
		}
		out = append(out, r)
	}
	return out
}

// profile is the environment that a new key is for: that of the chosen row, else the present one.
func (m *Model) profile() string {
	if r, ok := m.table.Current(); ok && r.Environment != "" {
		return r.Environment
	}
	return m.desk.Env.Name
}

// startMaking asks for a pair to be made.
type startMaking struct {
	path, profile string
	bits          int
}

// stopMaking asks for the making to be stopped.
type stopMaking struct{}

// askSize asks for the size of a new pair, then for its place.
func (m *Model) askSize(profile string) tea.Cmd {
	menu := &widget.Menu{Title: "a new key pair", Text: []string{"How large shall the key be?"}}
	notes := []string{"what Pike's own example makes", "slower to sign, good for decades", "slowest; seldom of use"}
	for i, bits := range keys.Sizes() {
		menu.Items = append(menu.Items, widget.Item{Title: fmt.Sprintf("%d bits", bits), Detail: notes[min(i, len(notes)-1)], Then: m.askPlace(profile, bits)})
	}
	return page.AskFor(menu)
}

func (m *Model) askPlace(profile string, bits int) tea.Cmd {
	return page.AskFor(&widget.Prompt{
		Title: "a new key pair",
		Text: []string{
			"Where shall the private half go? It gets mode 0600, and the public half lies beside it as .pub.pem.",
			"A file that exists is never overwritten.",
		},
		Label: "Path:", Value: m.proposal(profile), Yes: "make it",
		Then: func(path string) tea.Cmd { return page.Send(startMaking{path, profile, bits}) },
	})
}

// proposal is a path that no key of the list has.
func (m *Model) proposal(profile string) string {
	if m.store == nil {
		return profile + ".pem"
	}
	path := m.store.KeyFile(profile)
	taken := func(p string) bool {
		return slices.ContainsFunc(m.rows, func(r row) bool { return r.File == p })
	}
	if !taken(path) {
		return path
	}
	return strings.TrimSuffix(path, ".pem") + "-" + m.deps.Now().Format("20060102-1504") + ".pem"
}

func (m *Model) onStart(msg startMaking) tea.Cmd {
	if m.makeWait.What != "" {
		return page.Say(page.Warning, "a pair is being made already")
	}
	ctx, cancel := context.WithCancel(context.Background())
	m.cancel = cancel
	now := m.deps.Now()
	m.makeWait = page.Wait{What: fmt.Sprintf("a new key of %d bits", msg.bits), Since: now, Deadline: now.Add(makeTime)}
	m.making = &widget.Progress{Title: "a new key pair", Stop: func() tea.Cmd { return page.Send(stopMaking{}) }}
	m.making.Set("making "+m.makeWait.What, 0, 0)
	m.guide.profile = msg.profile
	return tea.Sequence(page.AskFor(m.making), makePair(ctx, msg.path, msg.bits))
}

func (m *Model) stop() {
	if m.cancel != nil {
		m.cancel()
		m.cancel = nil
	}
}

func (m *Model) onMade(msg made) tea.Cmd {
	m.stop()
	m.makeWait = page.Wait{}
	if m.making != nil {
		m.making.Finish()
		m.making = nil
	}
	switch {
	case errors.Is(msg.err, context.Canceled):
		return page.Say(page.Info, "stopped: no key was written")
	case msg.err != nil:
		return page.Say(page.Failure, "no pair was made: "+msg.err.Error())
	}
	return tea.Batch(m.reload(), page.Say(page.Success, "made "+msg.private), page.AskFor(m.madeMenu(msg)))
}

// madeMenu says what was made and what to do with it.
func (m *Model) madeMenu(msg made) widget.Dialog {
	f := keys.FingerprintOf(msg.pub)
	known := row{KeyInfo: page.KeyInfo{Known: keys.Known{Name: "the new key", Public: msg.pub}, Fingerprint: f, File: msg.public}}
	profile := m.guide.profile
	menu := &widget.Menu{
		Title: "a new key pair",
		Text: []string{
			fmt.Sprintf("private  %s  (mode 0600)", msg.private),
			fmt.Sprintf("public   %s  (for Pike's manager)", msg.public),
			"fingerprint  " + string(f), "",
		},
	}
	if m.store != nil {
		menu.Items = append(menu.Items, widget.Item{
			Title: "sign with it in " + profile, Detail: "writes the settings; from the next switch to it",
			Then: useKey(m.deps.Stamps.Now(), m.store, profile, msg.private, m.others(profile)),
		})
	}
	menu.Items = append(menu.Items, widget.Item{Title: "show the public half", Detail: "as Pike's manager needs it", Then: showPublic(&known)},
		widget.Item{Title: "copy the public half", Then: copyPublic(&known)})
	return menu
}

func (m *Model) onSaved(msg saved) tea.Cmd {
	if msg.err != nil {
		return page.Say(page.Failure, "the settings were not written: "+msg.err.Error())
	}
	return tea.Batch(page.Say(page.Success, msg.said), m.reload())
}
