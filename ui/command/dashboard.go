package command

import (
	"context"
	"errors"
	"os"
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
		a.err.raw(helpText(cmd))
		a.err.line("")
		return usage("call a verb such as pikedash payouts, or run it in a terminal", "the dashboard needs a terminal")
	}
	r, err := a.runtime(cmd)
	if err != nil {
		return err
	}
	r.stays = true
	defer func() { err = errors.Join(err, r.close()) }()
	keyMap, err := remap(r.settings)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(cmd.Context())
	defer stop()
	s, err := r.newServices(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.end()) }()
	look, err := a.theme(r.settings, out)
	if err != nil {
		return err
	}
	desk, opening, err := s.first(ctx)
	if err != nil {
		return err
	}
	r.drawn, r.signers.warn = true, r.warn
	place := page.NewPlace(desk)
	deps := &page.Deps{Theme: look, Keys: keyMap, Now: a.now, Desk: place, Stamps: page.NewStamps(place), Flows: r.settings.Paths.Flows(), Archive: archive{s},
		Settings: loadUIState(r.settings.Paths), Services: rig(s, a.getenv)}
	screen := term.NewScreen(out)
	return ui.Run(ctx, deps, ui.Options{
		Opening: opening, Mouse: r.settings.Mouse.Value, Clipboard: term.NewClipboard(clipboardMode(r.settings), screen, a.getenv),
		Editor: term.NewEditor(a.getenv), Input: a.in, Screen: screen, Crash: pikeapi.MaskText,
	})
}

// first opens the chosen environment. Where its key is at hand at once, only the front of the desk is
// made, and the journal is opened behind the first frame: opening says so. Where a passphrase must be
// asked for or a key must be made, that happens now: later the dashboard has the terminal.
func (s *services) first(ctx context.Context) (desk *page.Desk, opening bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	p := s.settings.Current()
	if desk = s.front(ctx, p); desk == nil {
		desk, err = s.Switch(ctx, p.Name)
	} else {
		opening = true
	}
	s.signers.ask = nil // from now on the dashboard asks: see OpenKey
	return desk, opening, err
}

// front is a desk that can be looked at, but not worked at; nil where making it would take long or
// would fail.
func (s *services) front(ctx context.Context, p *config.Profile) *page.Desk {
	file := p.Key.File.Value
	if p.Kind.Value == config.Sandbox && !p.Key.Set() {
		file, _ = s.signers.sandboxKeyFiles()
	}
	if file == "" {
		return nil // agents and commands may ask for something
	}
	version, err := pikeapi.ParseVersion(p.APIVersion.Value)
	if err != nil {
		return nil
	}
	signer, err := s.signers.quietly(ctx, p, file)
	if err != nil {
		return nil
	}
	return &page.Desk{Lock: s.lock, Env: &pikeapi.Environment{Name: p.Name, Kind: pikeapi.EnvKind(p.Kind.Value), BaseURL: p.BaseURL.Value,
		Project: p.Project.Value, Version: version, Signer: signer}}
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
	locale := a.getenv("LC_ALL") + a.getenv("LC_CTYPE") + a.getenv("LANG")
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
