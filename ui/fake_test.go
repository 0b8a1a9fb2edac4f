package ui

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/muesli/termenv"

	"pikedash/pikeapi"
	"pikedash/ui/keymap"
	"pikedash/ui/page"
	"pikedash/ui/term"
	"pikedash/ui/theme"
	"pikedash/ui/widget"
)

// probe is a screen that notes what reaches it.
type probe struct {
	deps     *page.Deps
	name     string
	w, h     int
	seen     []tea.Msg
	keys     []string
	hints    []page.Hint
	captures bool
	levels   int
	unsaved  string
	waits    []page.Wait
	opened   any
	react    func(tea.Msg) tea.Cmd
	view     func() string
}

func (p *probe) Init() tea.Cmd        { return nil }
func (p *probe) Title() string        { return p.name }
func (p *probe) CapturesKeys() bool   { return p.captures }
func (p *probe) SetSize(w, h int)     { p.w, p.h = w, h }
func (p *probe) Help() []page.Hint    { return p.hints }
func (p *probe) Unsaved() string      { return p.unsaved }
func (p *probe) Waits() []page.Wait   { return p.waits }
func (p *probe) Open(arg any) tea.Cmd { p.opened = arg; return nil }

func (p *probe) Back() bool {
	if p.levels == 0 {
		return false
	}
	p.levels--
	return true
}

func (p *probe) View() string {
	if p.view != nil {
		return p.view()
	}
	return widget.Fit(" "+p.name, p.w, p.h)
}

func (p *probe) Update(msg tea.Msg) tea.Cmd {
	if k, ok := msg.(tea.KeyMsg); ok {
		p.keys = append(p.keys, k.String())
	} else {
		p.seen = append(p.seen, msg)
	}
	if p.react != nil {
		return p.react(msg)
	}
	return nil
}

// saw counts the messages of a type that reached a probe.
func saw[T any](p *probe) (n int) {
	for _, m := range p.seen {
		if _, ok := m.(T); ok {
			n++
		}
	}
	return n
}

// fakeServices switches between desks that live in memory.
type fakeServices struct {
	epoch  uint64
	vitals page.Vitals
	fail   error
	left   []string
	now    func() time.Time
	base   page.Desk // what every desk has
	sealed string    // the environment whose key has a passphrase
	secret string    // that passphrase, until it was given
}

func (s *fakeServices) desk(name string) *page.Desk {
	s.epoch++
	d := s.base
	d.Env = &pikeapi.Environment{
		Name: name, Kind: pikeapi.EnvKind(name), Project: "shop-eu", Version: pikeapi.V2, Epoch: s.epoch,
		BaseURL: "https://" + name + ".example",
	}
	d.Lock = pikeapi.NewLock(s.now)
	return &d
}

func (s *fakeServices) Environments() []page.EnvInfo {
	var out []page.EnvInfo
	for _, n := range []string{"sandbox", "demo", "live"} {
		out = append(out, page.EnvInfo{
			Name: n, Kind: pikeapi.EnvKind(n), Project: "shop-eu", Version: pikeapi.V2, BaseURL: "https://" + n + ".example",
		})
	}
	return append(out, page.EnvInfo{Name: "broken", Kind: pikeapi.Demo, Problem: "no key file"})
}

func (s *fakeServices) Switch(_ context.Context, name string) (*page.Desk, error) {
	if s.fail != nil {
		return nil, s.fail
	}
	if s.secret != "" && name == s.sealed {
		return nil, &page.SealedKey{Key: name + ".pem"}
	}
	return s.desk(name), nil
}

func (s *fakeServices) OpenKey(_ context.Context, name, passphrase string) error {
	if passphrase != s.secret {
		return &page.SealedKey{Key: name + ".pem", Wrong: true}
	}
	s.secret = ""
	return nil
}

func (s *fakeServices) Leave(d *page.Desk) { s.left = append(s.left, d.Env.Name) }

func (s *fakeServices) SetVersion(_ context.Context, d *page.Desk, v pikeapi.Version) (*page.Desk, error) {
	out := s.desk(d.Env.Name)
	out.Env.Version = v
	return out, nil
}

func (s *fakeServices) Watch(context.Context, *page.Desk) error { return context.Canceled }

func (s *fakeServices) Vitals(context.Context, *page.Desk) (page.Vitals, error) {
	return s.vitals, nil
}

type fakeSettings struct{}

func (fakeSettings) Kept(string) string        { return "" }
func (fakeSettings) Keep(string, string) error { return nil }

// kit is an App with probes for screens, and hands that press its keys.
type kit struct {
	t        *testing.T
	app      *App
	deps     *page.Deps
	services *fakeServices
	screens  map[page.ID]*probe
	time     time.Time
	quit     bool
	copied   strings.Builder
}

func newKit(t *testing.T, env string) *kit {
	return newKitTheme(t, env, theme.New(theme.Options{Profile: termenv.Ascii}))
}

func newKitTheme(t *testing.T, env string, th *theme.Theme) *kit {
	k := &kit{t: t, screens: map[page.ID]*probe{}, time: time.Date(2026, 11, 23, 14, 3, 22, 0, time.UTC)}
	now := func() time.Time { return k.time }
	k.services = &fakeServices{now: now}
	place := page.NewPlace(k.services.desk(env))
	k.deps = &page.Deps{
		Theme: th, Keys: keymap.New(), Now: now, Desk: place, Stamps: page.NewStamps(place),
		Settings: fakeSettings{}, Services: k.services,
	}
	getenv := func(string) string { return "" }
	k.app = New(k.deps, k.specs(), Options{Clipboard: term.NewClipboard("osc52", &k.copied, getenv), Editor: term.NewEditor(getenv)})
	k.app.after = func(time.Duration, func() tea.Msg) tea.Cmd { return nil }
	k.run(k.app.Init())
	k.send(tea.WindowSizeMsg{Width: 118, Height: 30})
	return k
}

func (k *kit) specs() []ScreenSpec {
	var specs []ScreenSpec
	for i, id := range []page.ID{
		page.Overview, page.Sessions, page.Create, page.Payouts, page.Webhooks, page.Signature, page.Traffic,
		page.Keyring, page.Flows, page.Unknown,
	} {
		spec := ScreenSpec{ID: id, Digit: i, Name: strings.ToUpper(string(id[:1])) + string(id[1:]), Does: "Go to " + string(id)}
		if id == page.Unknown {
			spec.Digit = -1
		}
		spec.New = func(d *page.Deps) page.Page {
			p := &probe{deps: d, name: spec.Name}
			k.screens[id] = p
			return p
		}
		specs = append(specs, spec)
	}
	return specs
}

// run carries out a command and everything that follows from it.
func (k *kit) run(cmd tea.Cmd) {
	for queue := []tea.Cmd{cmd}; len(queue) > 0; {
		c := queue[0]
		queue = queue[1:]
		if c == nil {
			continue
		}
		msg := c()
		if next, ok := sequence(msg); ok {
			queue = append(queue, next...)
			continue
		}
		switch msg.(type) {
		case nil:
		case tea.QuitMsg:
			k.quit = true
		default:
			_, cmd := k.app.Update(msg)
			queue = append(queue, cmd)
		}
	}
}

func (k *kit) send(msg tea.Msg) {
	_, cmd := k.app.Update(msg)
	k.run(cmd)
}

func (k *kit) press(keys ...string) {
	m := k.deps.Keys
	special := map[string]tea.KeyMsg{
		"enter": m.Dialog.Accept.Msg(), "esc": m.Dialog.Cancel.Msg(), "ctrl+c": m.Always.Quit.Msg(),
		"ctrl+p": m.Always.Palette.Msg(), "ctrl+t": m.Global.Controls.Msg(), "down": m.Scroll.Down.Msg(),
		"tab": m.Dialog.Next.Msg(),
	}
	for _, s := range keys {
		msg, ok := special[s]
		if !ok {
			msg = tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(s)}
		}
		k.send(msg)
	}
}

// wait lets time pass, as dialogs want before they listen.
func (k *kit) wait(d time.Duration) {
	k.time = k.time.Add(d)
	k.app.now = k.time
}

func (k *kit) typeSlowly(text string) {
	for _, r := range text {
		k.wait(100 * time.Millisecond)
		k.press(string(r))
	}
}

func (k *kit) view() string { return k.app.View() }

var errRefused = errors.New("the server is not there")
