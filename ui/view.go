package ui

import (
	"strings"

	"pikedash/ui/page"
	"pikedash/ui/term"
	"pikedash/ui/widget"
)

// The smallest terminal that the dashboard draws in, in cells.
const (
	minWidth  = 60
	minHeight = 15
)

// boxes is how the terminal is cut.
type boxes struct{ status, screens, upper, body, lower, hints widget.Rect }

// boxes cuts the terminal: two lines above, one below, rules between, the rest is the screen's.
func (a *App) boxes() boxes {
	var b boxes
	rest := widget.Rect{W: a.w, H: a.h}
	b.status, rest = rest.Top(1)
	b.screens, rest = rest.Top(1)
	b.upper, rest = rest.Top(1)
	b.hints, rest = rest.Bottom(1)
	b.lower, rest = rest.Bottom(1)
	b.body = rest
	return b
}

// small says that the terminal is too small to draw in.
func (a *App) small() bool { return a.w < minWidth || a.h < minHeight }

// resize tells every screen its box.
func (a *App) resize() {
	for _, p := range a.pages {
		a.sizePage(p)
	}
}

func (a *App) sizePage(p page.Page) {
	box := a.boxes().body
	p.SetSize(box.W, box.H)
}

// View draws the whole terminal. It is pure: everything it shows was put into fields by Update.
func (a *App) View() (out string) {
	defer func() {
		if r := recover(); r != nil { // the next message ends the program in order
			a.crash = describe(r)
			out = widget.Fit("", a.w, a.h)
		}
	}()
	switch {
	case a.w <= 0 || a.h <= 0:
		return ""
	case a.small():
		return widget.FitLines(widget.Wrap(a.tooSmall(), a.w), a.w, a.h)
	}
	b := a.boxes()
	body := widget.Fit("", b.body.W, b.body.H)
	if p := a.page(); p != nil {
		body = p.View()
	}
	frame := strings.Join([]string{a.statusLine(), a.screensLine(), a.rule(), body, a.rule(), a.hintLine()}, "\n")
	return a.deps.Theme.Spell(a.dialogs.View(frame, a.w, a.h))
}

// tooSmall is what a terminal says that is too small: environment first, it is what matters most.
func (a *App) tooSmall() string {
	text := "pikedash needs at least 60 columns and 15 lines."
	if d := a.deps.Desk.At(); d != nil && d.Env != nil {
		text = a.deps.Theme.Environment(d.Kind()).Text() + ". " + text
	}
	return text
}

// rule is the line above and below the body: heavy and red on live.
func (a *App) rule() string {
	t := a.deps.Theme
	if a.live() {
		return t.LiveRule.Paint(strings.Repeat(t.Glyphs.HeavyRule, a.w))
	}
	return t.Rule.Paint(strings.Repeat(t.Glyphs.Rule, a.w))
}

// windowTitle names environment and screen.
func (a *App) windowTitle() string {
	text := "pikedash"
	if d := a.deps.Desk.At(); d != nil && d.Env != nil {
		text += " " + a.deps.Theme.Environment(d.Kind()).Text()
	}
	if p := a.page(); p != nil {
		text += " " + page.Mask(p.Title())
	}
	return term.Title(text)
}
