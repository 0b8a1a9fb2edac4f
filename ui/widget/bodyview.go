package widget

import (
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"pikedash/ui/keymap"
)

// BodyMode is how a body is shown.
type BodyMode int

// The modes, in the order in which Cycle goes through them.
const (
	BodyPretty BodyMode = iota // laid out anew
	BodyRaw                    // the bytes as text, as they came
	BodyHex                    // the bytes
)

// String names the mode for a heading.
func (m BodyMode) String() string {
	switch m {
	case BodyRaw:
		return "raw"
	case BodyHex:
		return "hexadecimal"
	}
	return "pretty"
}

// BodyView shows a body pretty, raw or in hexadecimal. The bytes are never changed.
type BodyView struct {
	json *JSONView
	hex  *HexView
	move keymap.Move
	mode BodyMode
	data []byte
}

// NewBodyView makes an empty view.
func NewBodyView(o JSONOptions) *BodyView {
	return &BodyView{json: NewJSONView(o), hex: NewHexView(o.Theme, o.Keys.Move), move: o.Keys.Move}
}

// Load shows other bytes in the same mode. They must not be changed afterwards.
func (v *BodyView) Load(data []byte) tea.Cmd {
	if data == nil {
		data = []byte{}
	}
	v.data = data
	v.hex.Set(data)
	return v.json.Load(data)
}

// Bytes returns what is shown.
func (v *BodyView) Bytes() []byte { return v.data }

// Mode says how the body is shown. What is not JSON has no pretty form and is shown raw.
func (v *BodyView) Mode() BodyMode {
	if v.mode != BodyHex && v.json.Raw() {
		return BodyRaw
	}
	return v.mode
}

// Cycle goes to the next mode.
func (v *BodyView) Cycle() {
	switch v.Mode() {
	case BodyPretty:
		v.mode = BodyRaw
	case BodyRaw:
		v.mode = BodyHex
	case BodyHex:
		v.mode = BodyPretty
	}
	v.json.SetRaw(v.mode == BodyRaw)
}

// SetSize tells the box, in cells.
func (v *BodyView) SetSize(w, h int) {
	v.json.SetSize(w, h)
	v.hex.SetSize(w, h)
}

// Key handles moving, folding and searching; it says whether it took the key.
func (v *BodyView) Key(msg tea.KeyMsg) (tea.Cmd, bool) {
	if v.mode == BodyHex {
		return nil, v.hex.Key(msg)
	}
	cmd, took := v.json.Key(msg)
	if v.json.raw {
		v.mode = BodyRaw
	} else {
		v.mode = BodyPretty
	}
	return cmd, took
}

// Scroll moves as the wheel does: three lines a notch, negative is up.
func (v *BodyView) Scroll(notches int) {
	step := v.move.Down.Msg()
	if notches < 0 {
		step, notches = v.move.Up.Msg(), -notches
	}
	if v.CapturesKeys() {
		return
	}
	for range 3 * notches {
		v.Key(step)
	}
}

// Update takes in what the view's commands found. Screens pass it every message that is not a key.
func (v *BodyView) Update(msg tea.Msg) tea.Cmd { return v.json.Update(msg) }

// CapturesKeys says that a search is being typed.
func (v *BodyView) CapturesKeys() bool { return v.mode != BodyHex && v.json.CapturesKeys() }

// Back leaves the search; it says whether there was one.
func (v *BodyView) Back() bool { return v.mode != BodyHex && v.json.Back() }

// View draws exactly the box.
func (v *BodyView) View(now time.Time) string {
	if v.mode == BodyHex {
		return v.hex.View()
	}
	return v.json.View(now)
}
