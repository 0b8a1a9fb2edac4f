package flows

import (
	"context"
	"fmt"
	"slices"

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
	case page.EnvChanged:
		m.stop()
		m.desk, m.results = msg.Desk, map[job]flow.Result{}
		m.table.Restyle()
		if len(m.flows) == 0 {
			return m.Init()
		}
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
	case k.List.Copy.Matches(msg):
		if f, ok := m.chosen(); ok {
			return page.CopyText(f.Name, f.Name)
		}
		return nil
	case k.List.Open.Matches(msg):
		if m.steps {
			return m.showExchange()
		}
		m.steps, m.cursor = true, m.firstBad()
		m.SetSize(m.w, m.h)
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

func (m *Model) onLoaded(msg loaded) tea.Cmd {
	m.flows, m.problem = msg.flows, ""
	if msg.err != nil {
		m.problem = msg.err.Error()
	}
	return m.table.Load()
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
	for len(m.queue) > 0 && len(m.running) < atOnce {
		j := m.queue[0]
		m.queue = m.queue[1:]
		i := slices.IndexFunc(m.flows, func(f *flow.Flow) bool { return f.Name == j.name })
		if i < 0 {
			continue
		}
		m.running[j] = m.deps.Now()
		cmds = append(cmds, run(m.ctx, m.deps.Stamps.Now(), m.desk, m.pair, m.flows[i], j.version))
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
		level, text = page.Failure, fmt.Sprintf("%d of %d runs failed", failed, passed+failed)
	}
	if skipped > 0 {
		text += fmt.Sprintf(", %d skipped: they need the sandbox's controls", skipped)
	}
	return page.Say(level, text)
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

// line is one line of the list of steps: a step of one version's run.
type line struct {
	version pikeapi.Version
	step    flow.StepResult
}

// lines are the steps of the chosen flow's runs.
func (m *Model) lines() []line {
	f, ok := m.chosen()
	if !ok {
		return nil
	}
	var out []line
	for _, v := range f.RunVersions() {
		for _, s := range m.results[job{f.Name, v}].Steps {
			out = append(out, line{v, s})
		}
	}
	return out
}

// firstBad is the place of the first step that left the path; 0 when all is well.
func (m *Model) firstBad() int {
	return max(0, slices.IndexFunc(m.lines(), func(l line) bool { return l.step.Verdict == flow.Failed }))
}

func (m *Model) move(msg tea.KeyMsg) {
	k, n := m.deps.Keys.Move, len(m.lines())
	switch {
	case k.Up.Matches(msg):
		m.cursor--
	case k.Down.Matches(msg):
		m.cursor++
	case k.Top.Matches(msg):
		m.cursor = 0
	case k.Bottom.Matches(msg):
		m.cursor = n - 1
	}
	m.cursor = max(0, min(m.cursor, n-1))
}

// exchange is that of the chosen step; nil when it has none.
func (m *Model) exchange() *flow.Exchange {
	lines := m.lines()
	if !m.steps || m.cursor >= len(lines) {
		return nil
	}
	return lines[m.cursor].step.Exchange
}

// showExchange opens the exchange: in Traffic where it was recorded, else as text.
func (m *Model) showExchange() tea.Cmd {
	x := m.exchange()
	if x == nil {
		return nil
	}
	if m.desk.Kind() == string(pikeapi.Demo) && x.ID > 0 {
		return page.Go(page.Traffic, page.OpenExchange{ID: x.ID})
	}
	return page.AskFor(&widget.Reader{Title: x.Method, Lines: exchangeLines(x)})
}

func exchangeLines(x *flow.Exchange) []string {
	lines := []string{"POST " + x.URL, "SHA-256    " + x.Digest, "signature  " + x.Signature, "", x.Request, "",
		fmt.Sprintf("%s, HTTP %d", x.Outcome, x.Status), "", x.Answer, "", "Protected data is masked; digest and signature are those of the true bytes."}
	var out []string
	for _, l := range lines {
		out = append(out, widget.CleanLines(l)...)
	}
	return out
}
