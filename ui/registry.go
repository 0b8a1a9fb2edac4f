package ui

import (
	"pikedash/ui/page"
)

// ScreenSpec is a screen that the App can show. It is made when it is first visited.
type ScreenSpec struct {
	ID    page.ID
	Digit int    // the key that goes there; -1 for none
	Name  string // in the line of screens
	Does  string // in the palette, a sentence
	New   func(deps *page.Deps) page.Page
}
