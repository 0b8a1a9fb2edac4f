// Command minimal is the smallest Bubble Tea program that the benchmarks can compare with: a list
// of numbered rows with a cursor, on the alternate screen, at the frame rate of the flag -fps.
package main

import (
	"flag"
	"fmt"
	"os"
	"strings"

	tea "github.com/charmbracelet/bubbletea"
)

type model struct{ cursor, height int }

func (m model) Init() tea.Cmd { return nil }

func (m model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.height = msg.Height
	case tea.KeyMsg:
		switch msg.Type {
		case tea.KeyDown:
			m.cursor++
		case tea.KeyUp:
			m.cursor = max(0, m.cursor-1)
		case tea.KeyCtrlC:
			return m, tea.Quit
		}
	}
	return m, nil
}

// View shows the page of rows that holds the cursor.
func (m model) View() string {
	page := max(1, m.height-2)
	first := m.cursor / page * page
	lines := []string{"minimal ready"}
	for row := first; row < first+page; row++ {
		mark := "  "
		if row == m.cursor {
			mark = "> "
		}
		lines = append(lines, fmt.Sprintf("%srow %d", mark, row))
	}
	return strings.Join(lines, "\n")
}

func main() {
	fps := flag.Int("fps", 120, "frames per second")
	flag.Parse()
	if _, err := tea.NewProgram(model{}, tea.WithAltScreen(), tea.WithFPS(*fps)).Run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
