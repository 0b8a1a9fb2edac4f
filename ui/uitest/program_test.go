package uitest_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/lipgloss"

	"pikedash/ui/uitest"
)

// programVariable makes the test binary run one of the small programs below instead of tests.
const programVariable = "UITEST_PROGRAM"

func TestMain(m *testing.M) {
	switch os.Getenv(programVariable) {
	case "":
		os.Exit(uitest.Main(m))
	case "tea":
		if _, err := tea.NewProgram(probe{}, tea.WithAltScreen(), tea.WithReportFocus()).Run(); err != nil {
			fmt.Println("ended with:", err)
			os.Exit(3)
		}
	case "colors":
		fmt.Print("\x1b[31m1\x1b[0m\x1b[91m2\x1b[0m\x1b[38;5;208m3\x1b[0m\x1b[38;2;1;2;3;48;2;4;5;6m4\x1b[0m" +
			"\x1b[1ma\x1b[0m\x1b[2mb\x1b[0m\x1b[3mc\x1b[0m\x1b[4md\x1b[0m\x1b[4:3;58;2;9;8;7me\x1b[0m\x1b[7mf\x1b[0m\x1b[9mg\x1b[0m" +
			"\x1b]8;;https://example.com\x07h\x1b]8;;\x07\r\n")
	case "environment":
		fmt.Println(strings.Join(os.Environ(), "\n"))
	}
	os.Exit(0)
}

// start runs one of the programs of TestMain.
func start(t *testing.T, program string, o uitest.Options) *uitest.Driver {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	o.Path = self
	o.Env = append(o.Env, programVariable+"="+program)
	return uitest.Start(t, o)
}

// probe is a small Bubble Tea program that shows what reaches it.
type probe struct {
	keys          []string
	width, height int
}

func (p probe) Init() tea.Cmd { return nil }

func (p probe) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		p.width, p.height = msg.Width, msg.Height
	case tea.KeyMsg:
		switch msg.String() {
		case "q":
			return p, tea.Quit
		case "ctrl+x":
			panic("boom in Update")
		case "ctrl+g":
			return p, func() tea.Msg { panic("boom in a command") }
		}
		p.keys = append(p.keys, fmt.Sprintf("%q", msg.String()))
	}
	return p, nil
}

func (p probe) View() string {
	return strings.Join([]string{
		fmt.Sprintf("size %dx%d dark=%v", p.width, p.height, lipgloss.HasDarkBackground()),
		"wide 漢字|e\u0301|x\u0304|👩‍🚀| end",
		"keys " + strings.Join(p.keys, " "),
	}, "\n")
}
