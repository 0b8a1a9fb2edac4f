// Package ui is the dashboard: the App, which is the only tea.Model, and the place where the screens
// are wired to it.
package ui

// Screens lists the dashboard's screens in the order of their digits. It is the one place that knows
// them all.
func Screens() []ScreenSpec {
	return []ScreenSpec{}
}
