// Package keymap declares every key of the dashboard, once. Help, hints, palette and the README's
// table are made from here; nothing else compares keys with words.
package keymap

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"
)

// Binding is one action and the keys that start it.
type Binding struct {
	ID   string // stable name for the configuration, such as "list.filter"
	Name string // one or two words for hints, such as "filter"
	Does string // a sentence for help
	keys []string
}

// bind makes a binding.
func bind(id, name, does string, keys ...string) Binding {
	return Binding{ID: id, Name: name, Does: does, keys: keys}
}

// Matches says whether msg is one of the binding's keys. Pasted text never matches.
func (b Binding) Matches(msg tea.KeyMsg) bool {
	if msg.Paste {
		return false
	}
	pressed := msg.String()
	for _, k := range b.keys {
		if k == pressed {
			return true
		}
	}
	return false
}

// Keys returns the keys as the terminal names them.
func (b Binding) Keys() []string { return append([]string(nil), b.keys...) }

// Label returns the first key as people write it, such as "enter", "space" or "ctrl+s"; empty for a
// binding whose keys were all taken away.
func (b Binding) Label() string {
	if len(b.keys) == 0 {
		return ""
	}
	return label(b.keys[0])
}

// Labels returns all keys as people write them, divided by blanks.
func (b Binding) Labels() string {
	out := make([]string, len(b.keys))
	for i, k := range b.keys {
		out[i] = label(k)
	}
	return strings.Join(out, " ")
}

// Msg returns the key message that starts the action, for menus that stand in for a key.
func (b Binding) Msg() tea.KeyMsg {
	if len(b.keys) == 0 {
		return tea.KeyMsg{}
	}
	return parse(b.keys[0])
}

// label names the keys that do not show.
func label(key string) string {
	switch key {
	case " ":
		return "space"
	case "up":
		return "↑"
	case "down":
		return "↓"
	case "left":
		return "←"
	case "right":
		return "→"
	case "pgdown":
		return "pgdn"
	}
	return key
}

// unlabel is the reverse of label, and forgives the common other spellings.
func unlabel(key string) string {
	switch k := strings.TrimSpace(key); strings.ToLower(k) {
	case "space":
		return " "
	case "↑":
		return "up"
	case "↓":
		return "down"
	case "←":
		return "left"
	case "→":
		return "right"
	case "pgdn", "pagedown":
		return "pgdown"
	case "pageup":
		return "pgup"
	case "return":
		return "enter"
	case "escape":
		return "esc"
	default:
		return k
	}
}

// named lists the key types by the names that Bubble Tea prints; it is built on each call because
// parse is rare.
func named() map[string]tea.KeyType {
	m := map[string]tea.KeyType{}
	for t := tea.KeyType(-127); t <= 127; t++ {
		if t == tea.KeyRunes || t == tea.KeySpace {
			continue
		}
		if s := t.String(); s != "" {
			if _, taken := m[s]; !taken {
				m[s] = t
			}
		}
	}
	return m
}

// parse makes the message that a terminal would send for key.
func parse(key string) tea.KeyMsg {
	if key == " " {
		return tea.KeyMsg{Type: tea.KeySpace, Runes: []rune{' '}}
	}
	alt := strings.HasPrefix(key, "alt+")
	key = strings.TrimPrefix(key, "alt+")
	if t, ok := named()[key]; ok {
		return tea.KeyMsg{Type: t, Alt: alt}
	}
	return tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(key), Alt: alt}
}
