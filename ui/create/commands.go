package create

import (
	"context"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"pikedash/pikeapi"
	"pikedash/ui/page"
)

const (
	previewPause   = 120 * time.Millisecond
	prepareTimeout = 90 * time.Second // a signer may ask for a touch or a PIN
)

// purpose says what a preparation was for.
type purpose int

const (
	previewed purpose = iota
	dryRun
	toSend
)

// due says that typing has stopped and the preview may be made.
type due struct{ page.Stamp }

// preparation is a signed request, or why there is none.
type preparation struct {
	page.Stamp
	purpose  purpose
	desk     *page.Desk
	prepared *pikeapi.Prepared
	err      error
}

// sent is what became of a request.
type sent struct {
	page.Stamp
	result *pikeapi.Result
}

// TooLate implements page.Late: the operator hears of a payment also after a change of environment.
func (s sent) TooLate() string {
	return "in " + s.result.Prepared.Env.Name + ": " + page.Outcome(s.result).Text
}

// pause asks for a preview once typing has stopped: a later key supersedes the stamp.
func pause(stamp page.Stamp, rest time.Duration) tea.Cmd {
	return tea.Tick(rest, func(time.Time) tea.Msg { return due{stamp} })
}

// prepare signs the request off the loop.
func prepare(desk *page.Desk, stamp page.Stamp, call pikeapi.Call, why purpose) tea.Cmd {
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), prepareTimeout)
		defer cancel()
		p, err := desk.Client.Prepare(ctx, desk.Env, call)
		return preparation{stamp, why, desk, p, err}
	}
}

// send carries the request out.
func send(desk *page.Desk, stamp page.Stamp, p *pikeapi.Prepared, permit pikeapi.Permit) tea.Cmd {
	return func() tea.Msg { return sent{stamp, page.SendPrepared(desk, p, permit)} }
}
