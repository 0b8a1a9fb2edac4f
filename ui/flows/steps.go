package flows

import (
	"fmt"
	"slices"

	tea "github.com/charmbracelet/bubbletea"

	"pikedash/pikeapi"
	"pikedash/pikeapi/flow"
	"pikedash/ui/page"
	"pikedash/ui/widget"
)

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
		j := job{f.Name, v}
		for _, s := range m.results[j].Steps {
			out = append(out, line{v, s})
		}
		if s, ok := m.reached[j]; ok && !m.running[j].IsZero() {
			s.Took = m.now.Sub(m.running[j])
			out = append(out, line{v, s})
		}
	}
	return out
}

// firstBad is the place of the first step that left the path; 0 when all is well.
func (m *Model) firstBad() int {
	return max(0, slices.IndexFunc(m.lines(), func(l line) bool { return l.step.Verdict == flow.Failed }))
}

// move moves through the steps.
func (m *Model) move(msg tea.KeyMsg) {
	_, steps := m.split()
	if to, took := widget.MoveCursor(m.deps.Keys.Move, msg, m.cursor, m.stepCount(), steps-1); took {
		m.moveTo(to)
	}
}

func (m *Model) moveTo(step int) { m.cursor = max(0, min(step, m.stepCount()-1)) }

// stepCount is how many steps are listed: those that ran, else those that would.
func (m *Model) stepCount() int {
	if n := len(m.lines()); n > 0 {
		return n
	}
	return len(m.plan())
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
