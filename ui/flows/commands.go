package flows

import (
	"context"
	"maps"
	"sync"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"pikedash/pikeapi"
	"pikedash/pikeapi/flow"
	"pikedash/ui/page"
	"pikedash/ui/widget"
)

// loaded brings the flows.
type loaded struct {
	page.Stamp
	flows []*flow.Flow
	err   error
}

// paired brings the keys of the private sandboxes.
type paired struct {
	page.Stamp
	pair *flow.Pair
	err  error
}

// ended brings the result of one run.
type ended struct {
	page.Stamp
	job    job
	result flow.Result
}

// sourced brings a flow's file.
type sourced struct {
	page.Stamp
	name string
	text []byte
	err  error
}

func load(stamp page.Stamp, dir string) tea.Cmd {
	return func() tea.Msg {
		all, err := flow.Load(dir)
		return loaded{stamp, all, err}
	}
}

// pairTime is how long making two keys may take.
const pairTime = time.Minute

func makePair(stamp page.Stamp) tea.Cmd {
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), pairTime)
		defer cancel()
		pair, err := flow.NewPair(ctx)
		return paired{stamp, pair, err}
	}
}

// news is where runs tell of the step that they begin. The screen looks there at every tick.
type news struct {
	mu sync.Mutex
	at map[job]flow.StepResult
}

func newNews() *news { return &news{at: map[job]flow.StepResult{}} }

// note is a flow.Watcher.
func (n *news) note(f *flow.Flow, v pikeapi.Version, s flow.StepResult) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.at[job{f.Name, v}] = s
}

func (n *news) read() map[job]flow.StepResult {
	n.mu.Lock()
	defer n.mu.Unlock()
	return maps.Clone(n.at)
}

// run runs one flow in one version: in a private sandbox, or on the desk's demo server.
func run(ctx context.Context, stamp page.Stamp, desk *page.Desk, pair *flow.Pair, f *flow.Flow, v pikeapi.Version, watch flow.Watcher) tea.Cmd {
	open := func(ctx context.Context, f *flow.Flow) (flow.Place, error) { return flow.NewSandbox(ctx, f, pair) }
	if desk.Kind() == string(pikeapi.Demo) {
		open = func(ctx context.Context, f *flow.Flow) (flow.Place, error) {
			if f.NeedsControl() {
				return nil, flow.ErrNoControl
			}
			return flow.NewRemote(ctx, desk.Client, desk.Env, desk.Journal)
		}
	}
	return func() tea.Msg {
		return ended{stamp, job{f.Name, v}, flow.RunOne(ctx, f, v, open, watch)}
	}
}

func readSource(stamp page.Stamp, f *flow.Flow) tea.Cmd {
	return func() tea.Msg {
		text, err := f.Source()
		return sourced{stamp, f.Name, text, err}
	}
}

// source is the table's view of the flows, which are few and all in memory. The table reads it beside
// the screen.
type source struct {
	mu    sync.Mutex
	flows []*flow.Flow
}

func (s *source) set(flows []*flow.Flow) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.flows = flows
}

func (s *source) all() []*flow.Flow {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.flows
}

// Page implements widget.Source.
func (s *source) Page(_ context.Context, from *row, dir widget.Direction, n int) ([]row, error) {
	all := s.all()
	first, last := 0, len(all)
	switch {
	case from != nil && dir == widget.Forward:
		first = min(from.place+1, last)
	case from != nil:
		last = min(from.place, last)
	}
	if dir == widget.Forward {
		last = min(last, first+n)
	} else {
		first = max(first, last-n)
	}
	var rows []row
	for i := first; i < last; i++ {
		rows = append(rows, row{i, all[i]})
	}
	return rows, nil
}

// Count implements widget.Source.
func (s *source) Count(context.Context) (int, error) { return len(s.all()), nil }
