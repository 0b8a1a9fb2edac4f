package flows

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"pikedash/pikeapi"
	"pikedash/pikeapi/flow"
	"pikedash/ui/page"
	"pikedash/ui/widget"
)

// Update implements page.Page.
func (m *Model) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.KeyMsg:
		return m.onKey(msg)
	case page.Tick:
		m.now = msg.Now
		if len(m.running) > 0 {
			m.reached = m.news.read()
			m.table.Restyle()
		}
	case page.Shown:
		if m.flows != nil {
			return m.Init() // a session may have been saved as a flow meanwhile
		}
	case page.EnvChanged:
		m.stop()
		m.desk, m.results = msg.Desk, map[job]flow.Result{}
		m.table.Restyle()
		if len(m.flows) == 0 {
			return m.Init()
		}
	case page.Mouse:
		return m.onMouse(msg)
	case loaded:
		return m.onLoaded(msg)
	case paired:
		return m.onPaired(msg)
	case ended:
		return m.onEnded(msg)
	case sourced:
		if msg.err != nil {
			return page.Say(page.Failure, msg.err.Error())
		}
		return page.AskFor(&widget.Reader{Title: msg.name, Lines: widget.CleanLines(string(msg.text)),
			Copy: func() tea.Cmd { return page.CopyText("the flow "+msg.name, string(msg.text)) }})
	}
	return m.table.Update(msg)
}

// onMouse moves what lies under the mouse, and gives the keys to the side that is clicked.
func (m *Model) onMouse(at page.Mouse) tea.Cmd {
	list, _ := m.split()
	if at.Wheel == 0 && m.steps != (at.Y >= list) {
		m.focus(at.Y >= list)
	}
	if at.Y >= list {
		m.moveTo(m.cursor + 3*at.Wheel)
		return nil
	}
	cmd := m.table.Scroll(at.Wheel)
	if at.Wheel == 0 {
		cmd = m.table.Click(at.Y - len(m.head()))
	}
	m.cursor = m.firstBad()
	return cmd
}

func (m *Model) onKey(msg tea.KeyMsg) tea.Cmd {
	k := m.deps.Keys
	switch {
	case k.Flows.Run.Matches(msg):
		return m.start(m.wanted())
	case k.Flows.RunAll.Matches(msg):
		return m.start(m.flows)
	case k.Flows.Stop.Matches(msg):
		m.stop()
		return page.Say(page.Info, "stopped: what had not ended counts as not run")
	case k.Flows.Source.Matches(msg):
		if f, ok := m.chosen(); ok {
			return readSource(m.deps.Stamps.Next("flows.source"), f)
		}
		return nil
	case k.Flows.Exchange.Matches(msg):
		return m.showExchange()
	case k.List.Refresh.Matches(msg):
		return m.Init()
	case k.List.Copy.Matches(msg):
		if f, ok := m.chosen(); ok {
			return page.CopyText(f.Name, f.Name)
		}
		return nil
	case k.List.Open.Matches(msg):
		if m.steps {
			return m.showExchange()
		}
		m.focus(true)
		return nil
	case k.List.NextPane.Matches(msg), k.List.PrevPane.Matches(msg):
		m.focus(!m.steps)
		return nil
	}
	if m.steps {
		m.move(msg)
		return nil
	}
	cmd, _ := m.table.Key(msg)
	m.cursor = m.firstBad()
	return cmd
}

// wanted is what run starts: the marked flows, else the one under the cursor.
func (m *Model) wanted() []*flow.Flow {
	if n, _ := m.table.MarkCount(); n > 0 {
		return slices.DeleteFunc(slices.Clone(m.flows), func(f *flow.Flow) bool { return !m.marked(f.Name) })
	}
	if f, ok := m.chosen(); ok {
		return []*flow.Flow{f}
	}
	return nil
}

func (m *Model) marked(name string) bool {
	if all, except := m.table.AllMarked(); all {
		return !slices.Contains(except, name)
	}
	return slices.ContainsFunc(m.table.Marked(), func(r row) bool { return r.flow.Name == name })
}

// onLoaded takes the flows over. The result of a flow whose file was changed is one of another flow.
func (m *Model) onLoaded(msg loaded) tea.Cmd {
	for _, f := range m.flows {
		same := slices.ContainsFunc(msg.flows, func(n *flow.Flow) bool { return reflect.DeepEqual(f, n) })
		for _, v := range f.RunVersions() {
			if !same {
				delete(m.results, job{f.Name, v})
			}
		}
	}
	first := m.flows == nil
	m.flows, m.problem = msg.flows, ""
	m.source.set(msg.flows)
	if msg.err != nil {
		m.problem = msg.err.Error()
	}
	m.SetSize(m.w, m.h)
	if first {
		return m.table.Load()
	}
	return m.table.Refresh()
}

// start queues flows in each of their versions.
func (m *Model) start(flows []*flow.Flow) tea.Cmd {
	if m.ctx.Err() != nil {
		m.ctx, m.cancel = context.WithCancel(context.Background())
	}
	for _, f := range flows {
		for _, v := range f.RunVersions() {
			j := job{f.Name, v}
			if _, busy := m.running[j]; busy || slices.Contains(m.queue, j) {
				continue
			}
			delete(m.results, j)
			m.queue = append(m.queue, j)
		}
	}
	m.table.Restyle()
	if m.pair == nil && m.desk.Kind() != string(pikeapi.Demo) {
		if m.making {
			return nil
		}
		m.making = true
		return makePair(m.deps.Stamps.Now())
	}
	return m.next()
}

func (m *Model) onPaired(msg paired) tea.Cmd {
	m.making = false
	if msg.err != nil {
		m.queue = nil
		return page.Say(page.Failure, msg.err.Error())
	}
	m.pair = msg.pair
	return m.next()
}

// next starts what the queue and the limit allow.
func (m *Model) next() tea.Cmd {
	var cmds []tea.Cmd
	for len(m.queue) > 0 && len(m.running) < flow.AtOnce(pikeapi.EnvKind(m.desk.Kind())) {
		j := m.queue[0]
		m.queue = m.queue[1:]
		i := slices.IndexFunc(m.flows, func(f *flow.Flow) bool { return f.Name == j.name })
		if i < 0 {
			continue
		}
		m.running[j] = m.deps.Now()
		cmds = append(cmds, run(m.ctx, m.deps.Stamps.Now(), m.desk, m.pair, m.flows[i], j.version, m.news.note))
	}
	return tea.Batch(cmds...)
}

func (m *Model) onEnded(msg ended) tea.Cmd {
	if _, wanted := m.running[msg.job]; !wanted {
		return nil // it was stopped
	}
	delete(m.running, msg.job)
	m.results[msg.job] = msg.result
	m.table.Restyle()
	if len(m.queue)+len(m.running) > 0 {
		return m.next()
	}
	passed, failed, skipped := m.counts()
	level, text := page.Success, fmt.Sprintf("%d runs passed", passed)
	if failed > 0 {
		level, text = page.Failure, fmt.Sprintf("%d of %d runs failed: %s", failed, passed+failed, m.firstFailed())
	}
	if skipped > 0 {
		text += fmt.Sprintf(", %d skipped: they need the sandbox's controls", skipped)
	}
	return page.Say(level, text)
}

// firstFailed names the failed flows, the first ones by name.
func (m *Model) firstFailed() string {
	var names []string
	for _, f := range m.flows {
		if slices.ContainsFunc(f.RunVersions(), func(v pikeapi.Version) bool { return m.results[job{f.Name, v}].Verdict == flow.Failed }) {
			names = append(names, f.Name)
		}
	}
	if more := len(names) - 3; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:3], ", "), more)
	}
	return strings.Join(names, ", ")
}

// counts adds up the results.
func (m *Model) counts() (passed, failed, skipped int) {
	for _, r := range m.results {
		switch r.Verdict {
		case flow.Passed:
			passed++
		case flow.Skipped:
			skipped++
		case flow.Failed, flow.Running:
			failed++
		}
	}
	return passed, failed, skipped
}

// stop ends what runs and forgets what waits.
func (m *Model) stop() {
	m.cancel()
	m.queue = nil
	clear(m.running)
	m.table.Restyle()
}
