package widget

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"
)

// FormEvent is what a key did to a form.
type FormEvent int

// The events.
const (
	FormNothing FormEvent = iota
	FormMoved             // another field has the focus
	FormChanged           // a value changed
	FormLeft              // esc
	FormSubmit            // ctrl+s
	FormEdit              // ctrl+o: the focused field, in the editor
)

// Key handles a key.
func (f *Form) Key(msg tea.KeyMsg) FormEvent {
	k := f.keys.Form
	switch {
	case k.Leave.Matches(msg):
		return FormLeft
	case k.Submit.Matches(msg):
		return FormSubmit
	case k.Edit.Matches(msg):
		return FormEdit
	case k.Next.Matches(msg):
		return f.step(1)
	case k.Prev.Matches(msg):
		return f.step(-1)
	}
	if f.focus >= len(f.fields) {
		return FormNothing
	}
	return f.fieldKey(f.fields[f.focus], msg)
}

// fieldKey gives a key to the field with the focus.
func (f *Form) fieldKey(fd *Field, msg tea.KeyMsg) FormEvent {
	k := f.keys.Form
	switch fd.Kind {
	case SelectField, ToggleField, FoldField:
		return f.choiceKey(fd, msg)
	case MultiField:
		if k.Enter.Matches(msg) && fd.off == "" {
			fd.line.Insert("\n")
			return f.typedIn(fd)
		}
		if k.Up.Matches(msg) && fd.line.moveRow(-1) || k.Down.Matches(msg) && fd.line.moveRow(1) {
			f.keepInSight()
			return FormMoved
		}
	case TextField, DigitsField, SecretField:
	}
	switch {
	case k.Up.Matches(msg):
		return f.step(-1)
	case k.Down.Matches(msg), k.Enter.Matches(msg):
		return f.step(1)
	}
	if fd.off != "" {
		return FormNothing
	}
	old := fd.line.Value()
	if !fd.line.Update(msg, f.keys.Text) {
		return FormNothing
	}
	if fd.line.Value() == old {
		return FormMoved
	}
	return f.typedIn(fd)
}

func (f *Form) typedIn(fd *Field) FormEvent {
	fd.err, fd.touched = "", true
	f.keepInSight()
	return FormChanged
}

func (f *Form) choiceKey(fd *Field, msg tea.KeyMsg) FormEvent {
	k := f.keys.Form
	by := 0
	switch {
	case k.Up.Matches(msg):
		return f.step(-1)
	case k.Down.Matches(msg):
		return f.step(1)
	case k.Enter.Matches(msg) && fd.Kind != FoldField:
		return f.step(1)
	case k.Right.Matches(msg), k.Toggle.Matches(msg), k.Enter.Matches(msg):
		by = 1
	case k.Left.Matches(msg):
		by = -1
	default:
		return f.search(fd, msg)
	}
	if fd.off != "" {
		return FormNothing
	}
	n := 2
	if fd.Kind == SelectField {
		n = len(fd.Choices)
	}
	if n == 0 {
		return FormNothing
	}
	fd.choice = (fd.choice + by + n) % n
	return f.typedIn(fd)
}

// search goes to the next choice that begins with the typed letter.
func (f *Form) search(fd *Field, msg tea.KeyMsg) FormEvent {
	if !typed(msg) || msg.Paste || fd.Kind != SelectField || fd.off != "" {
		return FormNothing
	}
	want := strings.ToLower(string(msg.Runes))
	for i := 1; i <= len(fd.Choices); i++ {
		at := (fd.choice + i) % len(fd.Choices)
		if strings.HasPrefix(strings.ToLower(fd.title(at)), want) {
			fd.choice = at
			return f.typedIn(fd)
		}
	}
	return FormNothing
}

func (fd *Field) title(i int) string {
	if i < len(fd.Titles) {
		return fd.Titles[i]
	}
	if i < len(fd.Choices) {
		return fd.Choices[i]
	}
	return ""
}

// shown says that a field is not hidden, by itself or in a closed group.
func (f *Form) shown(fd *Field) bool {
	return !fd.hidden && (fd.Group == "" || f.Value(fd.Group) == Yes)
}

// step moves the focus by fields, round the ends.
func (f *Form) step(by int) FormEvent {
	n := len(f.fields)
	for i := 1; i <= n; i++ {
		at := ((f.focus+by*i)%n + n) % n
		if f.shown(f.fields[at]) {
			f.focus = at
			f.keepInSight()
			return FormMoved
		}
	}
	return FormNothing
}

// focusFirst puts the focus on a field that is shown, when it is not on one.
func (f *Form) focusFirst() {
	if f.focus < len(f.fields) && f.shown(f.fields[f.focus]) {
		return
	}
	for i, fd := range f.fields {
		if f.shown(fd) {
			f.focus = i
			return
		}
	}
}
