package ui

import (
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"pikedash/ui/term"
)

// pace draws the App: at once after a pause, and at most once per frame. Of a thousand arrows in one
// read all but a few pictures would be thrown away, and drawing them would hold the arrows up.
type pace struct {
	app    *App
	screen painter
	now    func() time.Time
	drawn  time.Time // when the last picture was made
	due    bool      // a frameMsg is on its way
}

// painter is what pictures are drawn on: the terminal.
type painter interface {
	Show(picture string)
	Resize(width, height int)
}

// frameMsg says that the next frame may be drawn.
type frameMsg struct{}

// frame is the time between two pictures: 120 in a second.
const frame = time.Second / 120

func newPace(app *App, screen painter) *pace { return &pace{app: app, screen: screen, now: time.Now} }

// Init implements tea.Model.
func (p *pace) Init() tea.Cmd { return p.app.Init() }

// Update implements tea.Model.
func (p *pace) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	var cmd tea.Cmd
	if _, ok := msg.(frameMsg); ok {
		p.due = false
		p.draw()
		return p, nil
	}
	_, cmd = p.app.Update(msg)
	size, resized := msg.(tea.WindowSizeMsg)
	if resized {
		p.screen.Resize(size.Width, size.Height)
	}
	switch since := p.now().Sub(p.drawn); {
	case resized || since >= frame:
		p.draw()
	case !p.due:
		p.due = true
		cmd = tea.Batch(cmd, tea.Tick(frame-since, func(time.Time) tea.Msg { return frameMsg{} }))
	}
	return p, cmd
}

func (p *pace) draw() {
	p.drawn = p.now()
	p.screen.Show(p.app.View())
}

// View implements tea.Model. The pictures go another way: see term.Screen.
func (p *pace) View() string { return term.NoPicture }
