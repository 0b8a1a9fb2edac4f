package keymap

import (
	"fmt"
	"reflect"
	"strings"
)

// Section is a group of bindings with a heading, for help and the README.
type Section struct {
	Title    string
	Bindings []Binding
}

// titles gives the headings of the groups, by the field's name in Map.
func titles() map[string]string {
	return map[string]string{
		"Always": "Everywhere, also while typing", "Global": "Everywhere", "Move": "Moving", "Scroll": "Scrolling",
		"List": "Lists", "Filter": "Typing a filter", "Text": "Typing text", "Form": "Forms",
		"Dialog": "Dialogs", "JSON": "Bodies", "Overview": "Overview", "Sessions": "Sessions",
		"Create": "New", "Payouts": "Payouts", "Webhooks": "Webhooks", "Signature": "Signature",
		"Traffic": "Traffic", "Keyring": "Keys", "Flows": "Flows", "Unknown": "Unknown outcomes",
	}
}

// Sections returns all bindings, in the order in which they are declared.
func (m *Map) Sections() []Section {
	heads := titles()
	v := reflect.ValueOf(m).Elem()
	out := make([]Section, 0, v.NumField())
	for i := range v.NumField() {
		out = append(out, Section{Title: heads[v.Type().Field(i).Name], Bindings: Of(v.Field(i).Interface())})
	}
	return out
}

// Section returns the bindings of one group with its heading, such as Section(m.List).
func (m *Map) Section(group any) Section {
	return Section{Title: titles()[reflect.TypeOf(group).Name()], Bindings: Of(group)}
}

// Of returns the bindings of a group in the order in which they are declared.
func Of(group any) []Binding {
	v := reflect.ValueOf(group)
	out := make([]Binding, 0, v.NumField())
	for i := range v.NumField() {
		if b, ok := v.Field(i).Interface().(Binding); ok {
			out = append(out, b)
		}
	}
	return out
}

// Markdown returns the README's table of keys.
func (m *Map) Markdown() string {
	var b strings.Builder
	for _, s := range m.Sections() {
		if s.Title == titles()["Scroll"] {
			continue // the same as Moving, without letters
		}
		fmt.Fprintf(&b, "**%s**\n\n| Key | Does |\n|---|---|\n", s.Title)
		for _, k := range fold(s.Bindings) {
			fmt.Fprintf(&b, "| %s | %s |\n", k[0], k[1])
		}
		b.WriteString("\n")
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}

// screens is the name of the row that stands for the ten digits.
const screens = "global.screens"

// Folded puts one row in the place of the ten digits, as long as each is its own key.
func Folded(bindings []Binding) []Binding {
	var out, digits []Binding
	own := true
	for _, b := range bindings {
		if digit, is := strings.CutPrefix(b.ID, "global.screen"); is {
			own = own && b.Labels() == digit
			digits = append(digits, b)
		}
	}
	for _, b := range bindings {
		switch {
		case len(digits) == 0 || !own || !strings.HasPrefix(b.ID, "global.screen"):
			out = append(out, b)
		case b.ID == digits[0].ID:
			out = append(out, bind(screens, "screens", "Go to the screen with this number", b.Label()+" … "+digits[len(digits)-1].Label()))
		}
	}
	return out
}

// fold writes each binding as a row of keys and sentence, and the ten digits as one row.
func fold(bindings []Binding) [][2]string {
	var out [][2]string
	for _, b := range Folded(bindings) {
		if b.ID == screens {
			out = append(out, [2]string{"`" + strings.ReplaceAll(b.Label(), " … ", "` … `") + "`", b.Does})
			continue
		}
		var ks []string
		for _, k := range b.keys {
			ks = append(ks, "`"+strings.ReplaceAll(label(k), "|", "\\|")+"`")
		}
		out = append(out, [2]string{strings.Join(ks, " "), b.Does})
	}
	return out
}

// Context is a set of groups that are active together; no two of their bindings may share a key.
type Context struct {
	Name   string
	Groups []any
}

// Contexts returns every set of groups that are active together.
func (m *Map) Contexts() []Context {
	list := func(name string, own any) Context {
		return Context{name, []any{m.Always, m.Global, m.Move, m.List, own}}
	}
	return []Context{
		list("overview", m.Overview), list("sessions", m.Sessions), list("payouts", m.Payouts),
		list("webhooks", m.Webhooks), list("traffic", m.Traffic), list("keyring", m.Keyring),
		list("flows", m.Flows),
		{"create", []any{m.Always, m.Form, m.Create}},
		{"signature", []any{m.Always, m.Global, m.Scroll, m.Signature}},
		{"unknown", []any{m.Always, m.Global, m.Move, m.Unknown}},
		{"body", []any{m.Always, m.Global, m.Move, m.JSON}},
		{"typing a filter", []any{m.Always, m.Filter, m.Text}},
		{"dialog", []any{m.Always, m.Dialog}},
	}
}

// Clash is a key that two bindings claim in one place.
type Clash struct{ Context, Key, First, Second string }

func (c Clash) Error() string {
	return fmt.Sprintf("key %s means both %s and %s (%s)", label(c.Key), c.First, c.Second, c.Context)
}

// Clashes returns every key that two bindings claim in one place.
func (m *Map) Clashes() []Clash {
	var out []Clash
	seen := map[Clash]bool{}
	for _, c := range m.Contexts() {
		owner := map[string]string{}
		for _, g := range c.Groups {
			for _, b := range Of(g) {
				for _, k := range b.keys {
					first, taken := owner[k]
					if !taken {
						owner[k] = b.ID
						continue
					}
					id := Clash{"", k, first, b.ID}
					if !seen[id] {
						seen[id] = true
						out = append(out, Clash{c.Name, k, first, b.ID})
					}
				}
			}
		}
	}
	return out
}
