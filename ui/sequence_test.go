package ui

import (
	"reflect"

	tea "github.com/charmbracelet/bubbletea"
)

// sequence returns the commands of Bubble Tea's unnamed type of sequences.
func sequence(msg tea.Msg) ([]tea.Cmd, bool) {
	v := reflect.ValueOf(msg)
	if v.Kind() != reflect.Slice || v.Type().Elem() != reflect.TypeOf(tea.Cmd(nil)) {
		return nil, false
	}
	var out []tea.Cmd
	for i := range v.Len() {
		c, _ := v.Index(i).Interface().(tea.Cmd)
		out = append(out, c)
	}
	return out, true
}
