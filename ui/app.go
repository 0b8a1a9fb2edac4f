package ui

import (
	"context"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"pikedash/ui/page"
	"pikedash/ui/widget"
)

// App is the dashboard's only tea.Model: it routes messages, cuts the terminal into boxes, and owns
// what is common to all screens: dialogs, the status line, the environment.
type App struct {
	deps    *page.Deps
	opt     Options
	specs   []ScreenSpec
	pages   map[page.ID]page.Page
	at      page.ID
	trail   []page.ID // screens that were left by opening something on another
	before  page.ID   // the screen before this one
	dialogs widget.Stack
	toasts  widget.Toasts

	w, h    int
	now     time.Time
	lastKey string // the key that may open a dialog
	touched bool   // a key was pressed since the start
	title   string
	ages    bool

	vitals      page.Vitals
	vitalsKnown bool
	vitalsBusy  bool
	vitalsRead  time.Time
	keyShort    string
	locked      bool
	lockLeft    time.Duration

	opening    bool      // the first environment is being opened: there is no journal to show yet
	openErr    error     // why it was not opened
	switching  page.Wait // to another environment; zero What when not
	switchTurn uint64
	fast       bool      // a quick tick is under way
	fastUntil  time.Time // ticks are quick until then, so that waits show up at once
	watched    context.Context
	unwatch    context.CancelFunc
	quitAsked  bool
	crash      string
	after      func(time.Duration, func() tea.Msg) tea.Cmd // makes a message later; tests stop it
}

// New makes the App. The first screen is the one that the options name, else the first registered.
func New(deps *page.Deps, specs []ScreenSpec, o Options) *App {
	a := &App{deps: deps, opt: o, specs: specs, pages: map[page.ID]page.Page{}, now: deps.Now(), after: later}
	a.at = o.Start
	if a.spec(a.at) == nil && len(specs) > 0 {
		a.at = specs[0].ID
	}
	a.watched, a.unwatch = context.WithCancel(context.Background())
	a.opening = o.Opening
	a.arrive()
	return a
}

// Init starts the clock, the watch over the journal, and the first screen.
func (a *App) Init() tea.Cmd {
	return a.guard(func() tea.Cmd {
		a.fastUntil = a.now.Add(quickFor)
		desk := a.deps.Desk.At()
		if a.opening {
			return tea.Batch(a.tick(), a.retitle())
		}
		cmds := []tea.Cmd{a.tick(), watch(a.watched, a.deps.Services, desk), a.readVitals()}
		if a.spec(a.at) != nil {
			cmds = append(cmds, a.show(a.at, a.opt.Arg))
		}
		return tea.Batch(append(cmds, a.retitle())...)
	})
}

// onSize takes over the terminal's size. The first one is when there is something to be seen: only then is
// the environment opened, so that this work does not hold the first frame up.
func (a *App) onSize(m tea.WindowSizeMsg) tea.Cmd {
	first := a.w == 0
	a.w, a.h = m.Width, m.Height
	a.resize()
	if first && a.opening {
		return a.switchEnv(a.deps.Desk.At().Env.Name)
	}
	return nil
}

func (a *App) spec(id page.ID) *ScreenSpec {
	for i := range a.specs {
		if a.specs[i].ID == id {
			return &a.specs[i]
		}
	}
	return nil
}

// page returns the screen in front; nil before there is one.
func (a *App) page() page.Page { return a.pages[a.at] }

// close ends what the App started.
func (a *App) close() {
	a.unwatch()
	if d := a.deps.Desk.At(); d != nil && d.Lock != nil {
		d.Lock.LockNow()
	}
}

// The clock.
const (
	slowTick  = time.Second
	quickTick = 150 * time.Millisecond
	quickFor  = 2 * time.Second
)

// tick starts the next tick: quick while something is waited for.
func (a *App) tick() tea.Cmd {
	d := slowTick
	a.fast = a.waiting() || a.now.Before(a.fastUntil)
	if a.fast {
		d = quickTick
	}
	clock := a.deps.Now
	return a.after(d, func() tea.Msg { return tickMsg{clock()} })
}

// later makes a message when d has passed.
func later(d time.Duration, msg func() tea.Msg) tea.Cmd {
	return tea.Tick(d, func(time.Time) tea.Msg { return msg() })
}

// waiting says that a screen or the App waits for something.
func (a *App) waiting() bool {
	if a.switching.What != "" {
		return true
	}
	for _, p := range a.pages {
		if w, ok := p.(page.Waiter); ok && len(w.Waits()) > 0 {
			return true
		}
	}
	return false
}

func (a *App) onTick(m tickMsg) tea.Cmd {
	a.now = m.now
	cmds := []tea.Cmd{a.tick(), a.broadcast(page.Tick{Now: m.now}), a.dialogs.Update(page.Tick{Now: m.now})}
	if was := a.locked; a.readLock() && !was && a.locked {
		cmds = append(cmds, a.broadcast(page.LockChanged{}))
		a.notice(page.Warning, "live is locked again: the 15 minutes are over")
	}
	if m.now.Sub(a.vitalsRead) > vitalsEvery {
		cmds = append(cmds, a.readVitals())
	}
	return tea.Batch(cmds...)
}

// arrive takes over what stays the same while we are at a desk.
func (a *App) arrive() {
	a.keyShort = ""
	if d := a.deps.Desk.At(); d != nil && d.Env != nil {
		a.keyShort = d.KeyShort()
	}
	a.readLock()
}

// readLock takes over how the lock is; it says whether the desk has one.
func (a *App) readLock() bool {
	d := a.deps.Desk.At()
	if d == nil || d.Lock == nil {
		a.locked, a.lockLeft = false, 0
		return false
	}
	a.locked, a.lockLeft = d.Lock.Locked(d.Env), d.Lock.Remaining(d.Env)
	return true
}

// retitle names the window after the environment and the screen; no command when it is the same.
func (a *App) retitle() tea.Cmd {
	text := a.windowTitle()
	if text == a.title {
		return nil
	}
	a.title = text
	return tea.SetWindowTitle(text)
}
