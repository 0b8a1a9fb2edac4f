package ui

import (
	"errors"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/stretchr/testify/assert"

	"pikedash/ui/page"
)

// opening is a kit whose first environment is still to be opened, by the command that it returns.
func opening(t *testing.T) (*kit, tea.Cmd) {
	t.Helper()
	k := newKit(t, "sandbox")
	k.screens = map[page.ID]*probe{}
	k.app = New(k.deps, k.specs(), Options{Opening: true})
	k.app.after = func(time.Duration, func() tea.Msg) tea.Cmd { return nil }
	k.run(k.app.Init())
	_, cmd := k.app.Update(tea.WindowSizeMsg{Width: 118, Height: 30})
	return k, cmd
}

func TestTheFirstFrameDoesNotWaitForTheJournal(t *testing.T) {
	k, open := opening(t)
	assert.Contains(t, k.view(), "SANDBOX")
	assert.Empty(t, k.screens, "no screen is made before there is a journal")
	k.press("3", "ctrl+p", "esc", "e", "esc")
	assert.Empty(t, k.screens, "whatever is pressed")

	k.run(open)
	assert.Contains(t, k.screens, page.Payouts, "the screen that was asked for meanwhile")
	assert.Len(t, k.screens, 1)
	assert.False(t, k.quit)
	k.press("1")
	assert.Contains(t, k.screens, page.Sessions)
}

func TestAnEnvironmentThatCannotBeOpenedEndsTheProgram(t *testing.T) {
	k, open := opening(t)
	k.services.fail = errors.New("the disk is full")
	k.run(open)
	assert.True(t, k.quit)
	assert.ErrorContains(t, k.app.openErr, "the disk is full")
	assert.Empty(t, k.screens)
}

func TestThePassphraseOfTheFirstKeyIsAskedFor(t *testing.T) {
	k, open := opening(t)
	k.services.sealed, k.services.secret = "sandbox", "open sesame"
	k.run(open)
	assert.Contains(t, k.view(), "the key sandbox.pem has a passphrase")
	k.typeSlowly("open sesame")
	k.press("enter")
	assert.Contains(t, k.screens, page.Overview)
	assert.False(t, k.quit)

	k, open = opening(t)
	k.services.sealed, k.services.secret = "sandbox", "open sesame"
	k.run(open)
	k.press("esc")
	assert.True(t, k.quit)
	assert.ErrorContains(t, k.app.openErr, "has a passphrase")
}
