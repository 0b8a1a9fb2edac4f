// Package flows is screen 8: rehearsals of Pike's protocol that say pass or fail step by step, each
// in a private sandbox, or against Pike's demo server.
package flows

import (
	"context"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"pikedash/pikeapi"
	"pikedash/pikeapi/flow"
	"pikedash/ui/page"
	"pikedash/ui/widget"
)

// Model is the screen.
type Model struct {
	deps  *page.Deps
	desk  *page.Desk
	table *widget.Table[row]
	now   time.Time
	w, h  int

	flows   []*flow.Flow
	source  source // the same, as the table reads them
	problem string // why the flows cannot be read
	results map[job]flow.Result
	running map[job]time.Time
	reached map[job]flow.StepResult // the steps at which the runs are, as of the last tick
	news    *news                   // where the runs tell of their steps
	queue   []job
	pair    *flow.Pair // the keys of private sandboxes, once they are made
	making  bool
	ctx     context.Context // of the runs; cancelled by stop
	cancel  context.CancelFunc

	steps  bool // the steps of the chosen flow have the focus
	cursor int  // among the steps
}

// job is one flow in one version.
type job struct {
	name    string
	version pikeapi.Version
}

// row is a flow in the table.
type row struct {
	place int
	flow  *flow.Flow
}

// New makes the screen.
func New(deps *page.Deps) *Model {
	m := &Model{deps: deps, desk: deps.Desk.At(), now: deps.Now(), results: map[job]flow.Result{}, running: map[job]time.Time{}, news: newNews()}
	m.ctx, m.cancel = context.WithCancel(context.Background())
	m.table = widget.NewTable(widget.TableOptions[row]{
		Theme: deps.Theme, Keys: deps.Keys, Now: deps.Now, Marks: true, Columns: m.columns(),
		ID:    func(r *row) string { return r.flow.Name },
		Open:  func(widget.Sort) widget.Source[row] { return &m.source },
		Front: func() bool { return !m.steps },
		Waits: "the flows", Empty: "There are no flows.",
	})
	return m
}

// Init reads the flows.
func (m *Model) Init() tea.Cmd {
	return load(m.deps.Stamps.Next("flows.load"), m.deps.Flows)
}

// Title is the breadcrumb.
func (m *Model) Title() string {
	if r, ok := m.chosen(); ok && m.steps {
		return "Flows › " + r.Name
	}
	return "Flows"
}

// CapturesKeys implements page.Page: nothing is typed here.
func (m *Model) CapturesKeys() bool { return false }

// SetSize tells the box, in cells.
func (m *Model) SetSize(w, h int) {
	m.w, m.h = max(0, w), max(0, h)
	list, _ := m.split()
	m.table.SetSize(m.w, max(0, list-len(m.head())))
}

// split divides the height between the list and the steps.
func (m *Model) split() (list, steps int) {
	switch {
	case m.h < 18 && m.steps:
		return 0, m.h
	case m.h < 18:
		return m.h, 0
	}
	list = m.h / 2
	return list, m.h - list
}

// Back implements page.Backer.
func (m *Model) Back() bool {
	if !m.steps {
		if n, _ := m.table.MarkCount(); n > 0 {
			m.table.ClearMarks()
			return true
		}
		return false
	}
	m.focus(false)
	return true
}

// focus gives the keys to the steps of the chosen flow, or to the list.
func (m *Model) focus(steps bool) {
	m.steps, m.cursor = steps, 0
	if steps {
		m.cursor = m.firstBad()
	}
	m.SetSize(m.w, m.h)
}

// Waits implements page.Waiter. Private sandboxes move no money, so quitting need not ask.
func (m *Model) Waits() []page.Wait {
	var out []page.Wait
	for j, since := range m.running {
		out = append(out, page.Wait{What: "the flow " + j.name, Since: since, Request: m.desk.Kind() == string(pikeapi.Demo)})
	}
	return out
}

// chosen returns the flow under the cursor.
func (m *Model) chosen() (*flow.Flow, bool) {
	r, ok := m.table.Current()
	if !ok {
		return nil, false
	}
	return r.flow, true
}

// Help implements page.Page.
func (m *Model) Help() []page.Hint {
	k := m.deps.Keys
	run, all := page.Hint{Key: k.Flows.Run}, page.Hint{Key: k.Flows.RunAll}
	if m.desk.Live() {
		run.Off, all.Off = "flows do not run against live", "flows do not run against live"
	}
	stop := page.Hint{Key: k.Flows.Stop}
	if len(m.running)+len(m.queue) == 0 {
		stop.Off = "nothing is running"
	}
	exchange := page.Hint{Key: k.Flows.Exchange}
	if m.exchange() == nil {
		exchange.Off = "the chosen step has no exchange: open a flow that ran, and choose a call"
	}
	hints := []page.Hint{{Key: k.List.Open, Name: "steps"}, run, all, stop, exchange, {Key: k.Flows.Source}, {Key: k.List.NextPane, Rare: true}}
	if m.steps {
		hints = []page.Hint{exchange, run, all, stop, {Key: k.Flows.Source}, {Key: k.List.NextPane, Name: "list", Rare: true}}
	}
	return append(hints, page.Rarely(k.List.Refresh, k.List.Mark, k.List.MarkAll, k.List.Copy)...)
}
