// Package kit drives one screen in a test: over a real journal, with a clock that stands still, and with
// hands that press its keys as the App would. What the screen says to the App is kept.
package kit

import (
	"context"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/muesli/termenv"
	"github.com/stretchr/testify/require"

	"pikedash/pikeapi"
	"pikedash/pikeapi/journal"
	"pikedash/ui/keymap"
	"pikedash/ui/page"
	"pikedash/ui/theme"
	"pikedash/ui/widget"
)

// Noon is where the clock starts.
func Noon() time.Time { return time.Date(2026, 11, 23, 14, 3, 22, 0, time.UTC) }

// Options are what a test may want otherwise. The zero value is an empty journal in the sandbox, a
// terminal without colours, and a box of 118 by 34 cells.
type Options struct {
	Fill    func(*journal.Journal) // before the screen is made
	Kind    pikeapi.EnvKind        // of the environment
	Desk    func(*page.Desk)       // puts on the desk what the screen needs besides
	Deps    func(*page.Deps)       // gives the screen what it needs besides
	Colours bool                   // 256 of them, on a dark background
	W, H    int
}

// Kit is a screen under test.
type Kit[M page.Page] struct {
	T       testing.TB
	M       M
	Deps    *page.Deps
	Keys    *keymap.Map
	Journal *journal.Journal
	Client  *Client
	Time    time.Time // what the clock shows

	// What the screen said to the App, by kind and all together.
	Asked  []widget.Dialog // those that are open
	Said   []page.Notice
	Went   []page.Navigate
	Copied []page.Copy
	Edits  []page.Edit
	Sent   []tea.Msg

	opener string // the key that was pressed last
}

// New makes a screen and carries out what it starts with.
func New[M page.Page](t testing.TB, screen func(*page.Deps) M, o Options) *Kit[M] {
	t.Helper()
	k := &Kit[M]{T: t, Time: Noon(), Keys: keymap.New()}
	now := func() time.Time { return k.Time }
	k.Journal = OpenJournal(t, now)
	if o.Fill != nil {
		o.Fill(k.Journal)
	}
	k.Client = &Client{Answer: func(p *pikeapi.Prepared) *pikeapi.Result {
		return &pikeapi.Result{Prepared: p, Outcome: pikeapi.Accepted, HTTPStatus: 200}
	}}
	colours := termenv.Ascii
	if o.Colours {
		colours = termenv.ANSI256
	}
	if o.Kind == "" {
		o.Kind = pikeapi.Sandbox
	}
	desk := k.Desk(1, o.Kind)
	if o.Desk != nil {
		o.Desk(desk)
	}
	place := page.NewPlace(desk)
	k.Deps = &page.Deps{
		Theme: theme.New(theme.Options{Profile: colours, DarkBG: true}), Keys: k.Keys, Now: now,
		Desk: place, Stamps: page.NewStamps(place), Settings: settings{},
	}
	if o.Deps != nil {
		o.Deps(k.Deps)
	}
	k.M = screen(k.Deps)
	if o.W == 0 {
		o.W, o.H = 118, 34
	}
	k.M.SetSize(o.W, o.H)
	k.Run(k.M.Init())
	return k
}

// OpenJournal opens a journal of its own, which looks for no other program.
func OpenJournal(t testing.TB, now func() time.Time) *journal.Journal {
	t.Helper()
	j, err := journal.Open(context.Background(), t.TempDir(), "sandbox", journal.Options{Now: now, Tick: make(chan time.Time)})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, j.Close()) })
	return j
}

// Desk is a place to work at, over the kit's journal.
func (k *Kit[M]) Desk(epoch uint64, kind pikeapi.EnvKind) *page.Desk {
	return &page.Desk{
		Env:     &pikeapi.Environment{Name: string(kind), Kind: kind, Project: "shop-eu", Version: pikeapi.V2, Epoch: epoch},
		Journal: k.Journal, Client: k.Client, Lock: pikeapi.NewLock(func() time.Time { return k.Time }),
	}
}

// Env is the environment in which the screen is.
func (k *Kit[M]) Env() *pikeapi.Environment { return k.Deps.Desk.At().Env }

// MoveTo goes to another desk, as the App does after a switch.
func (k *Kit[M]) MoveTo(d *page.Desk) {
	k.T.Helper()
	k.Deps.Desk.Set(d)
	k.Run(k.M.Update(page.EnvChanged{Desk: d}))
}

// Run executes a command and all that follows from it, and does the App's part.
func (k *Kit[M]) Run(cmd tea.Cmd) {
	k.T.Helper()
	queue := []tea.Cmd{cmd}
	for n := 0; len(queue) > 0; n++ {
		require.Less(k.T, n, 2000, "commands without an end")
		cmd, queue = queue[0], queue[1:]
		if cmd == nil {
			continue
		}
		switch msg := cmd().(type) {
		case nil:
		case tea.BatchMsg:
			queue = append(queue, msg...)
		case page.Ask, page.Notice, page.Navigate, page.Copy, page.Edit:
			k.keep(msg)
		default:
			queue = append(queue, k.give(msg)...)
		}
	}
}

// keep does what the App does with what is for it.
func (k *Kit[M]) keep(msg tea.Msg) {
	k.Sent = append(k.Sent, msg)
	switch msg := msg.(type) {
	case page.Ask:
		k.Asked = append(k.Asked, msg.Dialog)
		msg.Dialog.Open(widget.Setting{Theme: k.Deps.Theme, Keys: k.Keys, Now: k.Deps.Now, Opener: k.opener, Live: k.Deps.Desk.At().Live()})
	case page.Notice:
		k.Said = append(k.Said, msg)
	case page.Navigate:
		k.Went = append(k.Went, msg)
	case page.Copy:
		k.Copied = append(k.Copied, msg)
	case page.Edit:
		k.Edits = append(k.Edits, msg)
	}
}

// give hands a message to the screen and to the open dialogs; an answer that is too old is dropped.
func (k *Kit[M]) give(msg tea.Msg) []tea.Cmd {
	if s, ok := msg.(page.Stamped); ok {
		if fresh, _ := k.Deps.Stamps.Fresh(s.Answers()); !fresh {
			return nil
		}
	}
	cmds := []tea.Cmd{k.M.Update(msg)}
	for _, d := range k.Asked {
		if next, done := d.Update(msg); done {
			cmds = append(cmds, next)
		}
	}
	return cmds
}

// Press presses keys as the App would: what cannot be done is refused with its reason.
func (k *Kit[M]) Press(keys ...keymap.Binding) {
	k.T.Helper()
	for _, b := range keys {
		k.Key(b.Msg())
	}
}

// Key is Press for one key.
func (k *Kit[M]) Key(msg tea.KeyMsg) {
	k.T.Helper()
	k.opener = msg.String()
	captures := k.M.CapturesKeys()
	if !captures && k.Keys.Global.Back.Matches(msg) {
		if b, ok := any(k.M).(page.Backer); ok && b.Back() {
			k.Run(k.M.Update(page.WentBack{}))
		}
		return
	}
	text := captures && (msg.Type == tea.KeyRunes || msg.Type == tea.KeySpace)
	for _, h := range k.M.Help() {
		if h.Off != "" && h.Key.Matches(msg) && !text {
			k.keep(page.Notice{Level: page.Warning, Text: h.Label() + ": " + h.Off})
			return
		}
	}
	k.Run(k.M.Update(msg))
}

// Type types letters.
func (k *Kit[M]) Type(s string) {
	k.T.Helper()
	for _, r := range s {
		msg := tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{r}}
		if r == ' ' {
			msg.Type = tea.KeySpace
		}
		k.Key(msg)
	}
}

// Dialog is the one that was asked last.
func (k *Kit[M]) Dialog() widget.Dialog {
	k.T.Helper()
	require.NotEmpty(k.T, k.Asked, "nothing was asked")
	return k.Asked[len(k.Asked)-1]
}

// DialogOf is the dialog that was asked last, which has to be a D.
func DialogOf[D widget.Dialog, M page.Page](k *Kit[M]) D {
	k.T.Helper()
	d, ok := k.Dialog().(D)
	require.True(k.T, ok, "%T", k.Dialog())
	return d
}

// Answer presses keys in the dialog that was asked last, slowly enough to be heard.
func (k *Kit[M]) Answer(msgs ...tea.KeyMsg) {
	k.T.Helper()
	for _, msg := range msgs {
		k.Time = k.Time.Add(time.Second)
		k.Hit(msg)
	}
}

// Hit presses a key in the dialog that was asked last, at once.
func (k *Kit[M]) Hit(msg tea.KeyMsg) {
	k.T.Helper()
	k.opener = msg.String()
	cmd, done := k.Dialog().Update(msg)
	if done {
		k.Asked = k.Asked[:len(k.Asked)-1]
	}
	k.Run(cmd)
}

// Off is why a key cannot be used now; empty when it can.
func (k *Kit[M]) Off(b keymap.Binding) string {
	k.T.Helper()
	for _, h := range k.M.Help() {
		if h.Key.ID == b.ID {
			return h.Off
		}
	}
	require.Fail(k.T, b.ID+" is not in the help")
	return ""
}

// LastSaid is the last notice's text; empty without one.
func (k *Kit[M]) LastSaid() string {
	if len(k.Said) == 0 {
		return ""
	}
	return k.Said[len(k.Said)-1].Text
}

// Changed tells the screen that the journal has changed.
func (k *Kit[M]) Changed() {
	k.T.Helper()
	k.Run(k.M.Update(page.JournalChanged{Epoch: k.Env().Epoch}))
}

// Observe records a session as Pike tells it.
func (k *Kit[M]) Observe(s *pikeapi.Session) {
	k.T.Helper()
	require.NoError(k.T, k.Journal.Observe(context.Background(), s, pikeapi.V2, "test"))
}

// Last is the last message for the App, which has to be a T.
func Last[T any, M page.Page](k *Kit[M]) T {
	k.T.Helper()
	require.NotEmpty(k.T, k.Sent)
	msg, ok := k.Sent[len(k.Sent)-1].(T)
	require.True(k.T, ok, "%T", k.Sent[len(k.Sent)-1])
	return msg
}
