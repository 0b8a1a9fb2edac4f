package command

import (
	"cmp"
	"context"
	"errors"
	"os"
	"runtime/debug"
	"slices"

	"github.com/spf13/cobra"

	"pikedash/config"
	"pikedash/pikeapi"
	"pikedash/ui"
	"pikedash/ui/keymap"
	"pikedash/ui/page"
	"pikedash/ui/term"
	"pikedash/ui/theme"
)

// runDashboard opens the dashboard. Without a terminal it prints the usage and ends with 2.
func (a *app) runDashboard(cmd *cobra.Command, _ []string) (err error) {
	settings, err := a.config(cmd)
	if err != nil {
		return err
	}
	if a.plainWanted(settings) {
		return a.runPlain(cmd, settings)
	}
	out, isFile := a.out.w.(*os.File)
	if !isFile || !a.terminal(a.in) || !a.terminal(a.out) {
		a.err.raw(helpText(a.root(true)))
		a.err.line("")
		return usage("call a verb such as pikedash payouts, or run it in a terminal", "the dashboard needs a terminal")
	}
	r, err := a.runtime(cmd)
	if err != nil {
		return err
	}
	r.stays = true
	a.roomyHeap()
	defer func() { err = errors.Join(err, r.close()) }()
	keyMap, err := remap(r.settings)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(cmd.Context())
	defer stop()
	s := r.newServices(ctx)
	defer func() { err = errors.Join(err, s.end()) }()
	look, err := a.theme(r.settings, out)
	if err != nil {
		return err
	}
	r.drawn, r.signers.warn = true, r.warn
	s.signers.ask = nil // the dashboard asks for passphrases itself: see OpenKey
	place := page.NewPlace(s.front())
	deps := &page.Deps{Theme: look, Keys: keyMap, Now: a.now, Desk: place, Stamps: page.NewStamps(place), Flows: r.settings.Paths.Flows(), Archive: archive{s},
		Settings: loadUIState(r.settings.Paths), Services: rig(s, a.getenv)}
	screen := term.NewScreen(out)
	return ui.Run(ctx, deps, ui.Options{
		Opening: true, Mouse: r.settings.Mouse.Value, Clipboard: term.NewClipboard(clipboardMode(r.settings), screen, a.getenv),
		Editor: term.NewEditor(a.getenv), Input: a.in, Screen: screen, Crash: pikeapi.MaskText,
	})
}

// front is the desk of the chosen environment that can be looked at, but not worked at: its journal and its
// key are opened behind the first frame.
func (s *services) front() *page.Desk {
	p := s.settings.Current()
	env := &pikeapi.Environment{Name: p.Name, Kind: pikeapi.EnvKind(p.Kind.Value), BaseURL: p.BaseURL.Value, Project: p.Project.Value}
	if version, err := pikeapi.ParseVersion(p.APIVersion.Value); err == nil { // else Switch says what is wrong
		env.Version = version
	}
	return &page.Desk{Lock: s.lock, Env: env}
}

// remap gives the actions the keys that the user wants.
func remap(s *config.Settings) (*keymap.Map, error) {
	changes := map[string][]string{}
	for action, keys := range s.Keys {
		changes[action] = keys.Value
	}
	m, err := keymap.Remap(changes)
	if err != nil {
		return nil, &config.Error{File: s.File.Value, Key: "keys", Reason: err.Error()}
	}
	return m, nil
}

// theme chooses the colours. NO_COLOR and --no-color leave none.
func (a *app) theme(s *config.Settings, out *os.File) (*theme.Theme, error) {
	variant, err := theme.ParseVariant(s.Theme.Value)
	if err != nil {
		return nil, &config.Error{Key: "theme (" + s.Theme.Origin.String() + ")", Reason: err.Error()}
	}
	if a.flags.noColor {
		variant = theme.Silent
	}
	locale := cmp.Or(a.getenv("LC_ALL"), a.getenv("LC_CTYPE"), a.getenv("LANG"))
	ascii := slices.Contains([]string{"C", "POSIX"}, locale)
	return theme.New(theme.Detect(out, variant, ascii)), nil
}

// clipboardMode is the clipboard's mode in the words of ui/term.
func clipboardMode(s *config.Settings) string {
	if s.Clipboard.Value == "tool" {
		return "host"
	}
	return s.Clipboard.Value
}

// How much garbage may gather. What the dashboard keeps is a few megabytes, so that with Go's own measure
// a burst of keys would be interrupted by a collection every few pictures. The limit keeps large bodies
// from taking several times their size.
const (
	heapGrowth = 400       // percent of what is in use
	heapLimit  = 192 << 20 // bytes, from which on collecting goes before room
)

// roomyHeap trades memory for fewer pauses, unless the user has said what he wants.
func (a *app) roomyHeap() {
	if a.getenv("GOGC") == "" {
		debug.SetGCPercent(heapGrowth)
	}
	if a.getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(heapLimit)
	}
}
