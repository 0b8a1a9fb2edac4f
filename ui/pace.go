package ui

import (
	"time"

	tea "github.com/charmbracelet/bubbletea"
)

// pace draws the App once per frame at most. Bubble Tea asks for a picture after each message and shows
// the newest one of each frame: of a thousand arrows in one read all but a few pictures are thrown away,
// and drawing them holds the arrows up.
type pace struct {
	app     *App
	now     func() time.Time
	drawn   time.Time // when the picture was last made
	picture string
	fresh   bool // the picture is made anew when it is asked for
	due     bool // a frameMsg is on its way
}

// frameMsg says that the next frame may be drawn.
type frameMsg struct{}

// frame is the time between two pictures.
const frame = time.Second / fps

func newPace(app *App) *pace { return &pace{app: app, now: time.Now, fresh: true} }

// Init implements tea.Model.
func (p *pace) Init() tea.Cmd { return p.app.Init() }

// Update implements tea.Model.
func (p *pace) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	now := p.now()
	if _, ok := msg.(frameMsg); ok {
		p.due, p.fresh, p.drawn = false, true, now
		return p, nil
	}
	_, cmd := p.app.Update(msg)
	switch since := now.Sub(p.drawn); {
	case since >= frame:
		p.fresh, p.drawn = true, now
	case !p.due:
		p.due = true
		cmd = tea.Batch(cmd, tea.Tick(frame-since, func(time.Time) tea.Msg { return frameMsg{} }))
	}
	return p, cmd
}

// View implements tea.Model.
func (p *pace) View() string {
	if p.fresh {
		p.picture, p.fresh = p.app.View(), false
	}
	return p.picture
}
