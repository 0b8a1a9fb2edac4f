package widget

import (
	"context"
	"encoding/json"

	tea "github.com/charmbracelet/bubbletea"
)

type docMsg struct {
	view *JSONView
	turn uint64
	doc  *jsonDoc
}

type validMsg struct {
	view    *JSONView
	turn    uint64
	problem string
}

type foundMsg struct {
	view  *JSONView
	turn  uint64
	query string
	lines []int
}

type pathMsg struct {
	view *JSONView
	turn uint64
	text string
	what string
}

// layout lays data out, off the loop; of large data first of all the head.
func layout(v *JSONView, turn uint64, data []byte, first bool) tea.Cmd {
	return func() tea.Msg {
		if first && len(data) > largeBody {
			if head := layoutHead(data); head != nil {
				return docMsg{v, turn, head}
			}
		}
		return docMsg{v, turn, layoutJSON(data)}
	}
}

// largeBody is from which size on a body's head is laid out first, in bytes.
const largeBody = 512 << 10

// validate says what is wrong with data as JSON, off the loop.
func validate(v *JSONView, turn uint64, data []byte) tea.Cmd {
	return func() tea.Msg {
		problem := ""
		if !json.Valid(data) {
			var any json.RawMessage
			problem = "not JSON"
			if err := json.Unmarshal(data, &any); err != nil {
				problem += ": " + err.Error()
			}
		}
		return validMsg{v, turn, problem}
	}
}

// searchDoc searches off the loop.
func searchDoc(ctx context.Context, v *JSONView, turn uint64, d *jsonDoc, query string) tea.Cmd {
	return func() tea.Msg { return foundMsg{v, turn, query, d.find(ctx, query, mostFound)} }
}
