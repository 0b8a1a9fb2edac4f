package theme

import (
	"os"

	"github.com/charmbracelet/lipgloss"
	"github.com/muesli/termenv"
)

// Detect returns the options for the terminal behind out. It may ask the terminal for its
// background, so it is called once, before the program takes the terminal over. A variant other
// than Auto is not asked for. Bubble Tea has Lip Gloss ask for standard output's when the program starts,
// and Lip Gloss keeps the answer.
func Detect(out *os.File, v Variant, ascii bool) Options {
	o := termenv.NewOutput(out)
	opt := Options{Variant: v, Profile: o.EnvColorProfile(), ASCII: ascii, DarkBG: true}
	if v == Auto && opt.Profile != termenv.Ascii {
		if out == os.Stdout {
			opt.DarkBG = lipgloss.HasDarkBackground()
		} else {
			opt.DarkBG = o.HasDarkBackground()
		}
	}
	return opt
}
