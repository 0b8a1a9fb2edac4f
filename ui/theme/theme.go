// Package theme holds every colour and glyph of the dashboard. Nothing else in ui makes a style.
//
// Colours are ready-made SGR sequences: painting a word is a concatenation, so a frame of a table
// costs microseconds. Only the sixteen colours that every terminal has carry meaning; where the
// terminal has more, the selected row gets a quiet background as well.
package theme

import (
	"fmt"
	"strings"

	"github.com/muesli/termenv"
)

// Variant is a set of colours that a user chooses by name.
type Variant string

// The variants.
const (
	Auto   Variant = "auto"   // dark or light, by the terminal's background
	Dark   Variant = "dark"   // for light text on a dark background
	Light  Variant = "light"  // for dark text on a light background
	Mono   Variant = "mono"   // bold, faint and reverse, no colour
	Blind  Variant = "blind"  // blue and orange instead of green and red
	Silent Variant = "silent" // no sequences at all: what NO_COLOR gives
)

// Variants returns the names that a user can choose from.
func Variants() []Variant { return []Variant{Auto, Dark, Light, Mono, Blind} }

// ParseVariant reads a variant's name; empty means Auto.
func ParseVariant(s string) (Variant, error) {
	v := Variant(strings.ToLower(strings.TrimSpace(s)))
	if v == "" {
		return Auto, nil
	}
	for _, known := range Variants() {
		if v == known {
			return v, nil
		}
	}
	return "", fmt.Errorf("theme %q is not known: use auto, dark, light, mono or blind", s)
}

// reset ends every painted piece of text.
const reset = "\x1b[0m"

// Ink is a way of painting text: a prepared sequence, and the same upon a selected row.
type Ink struct {
	on  string
	sel string
}

// Paint returns text in this ink. Text must hold no sequences of its own.
func (i Ink) Paint(text string) string {
	if i.on == "" || text == "" {
		return text
	}
	return i.on + text + reset
}

// PaintSelected is Paint for a piece of the selected row.
func (i Ink) PaintSelected(text string) string {
	if i.sel == "" || text == "" {
		return text
	}
	return i.sel + text + reset
}

// On returns the sequence that starts the ink, and Off the one that ends it; both are empty in a
// theme without sequences. They are for drawing loops that write into one builder.
func (i Ink) On(selected bool) string {
	if selected {
		return i.sel
	}
	return i.on
}

// Off returns the sequence that ends the ink.
func (i Ink) Off(selected bool) string {
	if i.On(selected) == "" {
		return ""
	}
	return reset
}

// Theme is every visual decision. It is made once and not changed.
type Theme struct {
	Variant Variant
	Glyphs  Glyphs
	spell   *strings.Replacer // where the terminal shows nothing but ASCII; else nil

	// What states mean; see Badge. Colour says state and nothing else.
	Good, Wait, Moves, Bad, Unknown, Old Ink

	Text, Strong, Dim, Title  Ink // words
	Header, Rule, Accent      Ink // table heads, lines, the cursor mark and key names
	Selected                  Ink // plain text on the selected row
	Marked                    Ink // rows that are marked
	Match, Lit                Ink // found text; text that has just changed
	Mistake                   Ink // underlined: what is wrong in typed text
	Sandbox, Demo, Live       Ink // environment marks
	LiveRule                  Ink // the rules above and below the body on live
	Button, Focused           Ink // dialog buttons
	Key, String, Number, Word Ink // JSON
	Same, Added, Removed      Ink // byte differences
}

// Options decide what New makes.
type Options struct {
	Variant Variant
	Profile termenv.Profile // what the terminal can do; Ascii gives no sequences
	DarkBG  bool            // the terminal's background, for Auto
	ASCII   bool            // glyphs of ASCII only
}

// New makes a theme.
func New(o Options) *Theme {
	v := o.Variant
	if v == "" || v == Auto {
		v = Light
		if o.DarkBG {
			v = Dark
		}
	}
	if o.Profile == termenv.Ascii {
		v = Silent
	}
	t := &Theme{Variant: v, Glyphs: glyphs(o.ASCII)}
	if o.ASCII {
		t.spell = strings.NewReplacer("…", "~", "·", ".", "—", "-", "–", "-", "→", ">", "←", "<", "↑", "^", "↓", "v", "•", "*", "µ", "u", "×", "x", "∅", "0")
	}
	rich := o.Profile == termenv.ANSI256 || o.Profile == termenv.TrueColor
	p := palettes(v)
	if rich && (v == Dark || v == Light || v == Blind) {
		p.old = grey(v)
	}
	t.fill(p, background(v, rich))
	return t
}

// Spell writes the signs that the program uses in a drawn frame in ASCII, where the terminal shows nothing
// else: each cell stays a cell. Letters from outside stay as they are.
func (t *Theme) Spell(frame string) string {
	if t.spell == nil {
		return frame
	}
	return t.spell.Replace(frame)
}

// grey is the SGR parameter of quiet text where the terminal has more than sixteen colours: bright
// black, the only grey among the sixteen, is as dark as the background in some palettes.
func grey(v Variant) string {
	if v == Light {
		return "38;5;241"
	}
	return "38;5;246"
}

// background is the SGR parameter of a selected row's background; empty where the sixteen colours
// offer none that is readable on every terminal.
func background(v Variant, rich bool) string {
	switch {
	case v == Mono:
		return "7"
	case !rich:
		return "1"
	case v == Dark || v == Blind:
		return "48;5;237"
	case v == Light:
		return "48;5;254"
	}
	return ""
}

func (t *Theme) fill(p palette, bg string) {
	ink := func(params string) Ink {
		if t.Variant == Silent {
			return Ink{}
		}
		return Ink{on: sgr(params), sel: sgr(join(params, bg))}
	}
	t.Good, t.Wait, t.Moves = ink(p.good), ink(p.wait), ink(p.moves)
	t.Bad, t.Unknown, t.Old = ink(p.bad), ink(p.unknown), ink(p.old)
	t.Text, t.Strong, t.Dim = ink(""), ink("1"), ink(p.old)
	t.Title, t.Header, t.Rule = ink("1"), ink(p.old), ink(p.old)
	t.Accent, t.Selected, t.Marked = ink(p.accent), ink(""), ink(p.accent)
	t.Match, t.Lit, t.Mistake = ink(p.match), ink(p.match), ink(join("4", p.bad))
	t.Sandbox, t.Demo, t.Live = ink(join("1", p.sandbox)), ink(join("1", p.demo)), ink(p.live)
	t.LiveRule, t.Button, t.Focused = ink(p.liveRule), ink(""), ink(p.focus)
	t.Key, t.String, t.Number, t.Word = ink(p.jsonKey), ink(p.jsonString), ink(p.jsonNumber), ink(p.jsonWord)
	t.Same, t.Added, t.Removed = ink(p.old), ink(p.added), ink(p.removed)
}

func sgr(params string) string {
	if params == "" {
		return ""
	}
	return "\x1b[" + params + "m"
}

func join(a, b string) string {
	switch {
	case a == "":
		return b
	case b == "":
		return a
	}
	return a + ";" + b
}
