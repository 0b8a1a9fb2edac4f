package widget

import (
	"pikedash/ui/keymap"
	"pikedash/ui/theme"
)

// FieldKind says how a field is filled.
type FieldKind int

// The kinds of fields.
const (
	TextField   FieldKind = iota
	SelectField           // one of Choices
	ToggleField           // "yes" or "no"
	MultiField            // several lines
	DigitsField           // a card number: shown in groups of four, masked while another field has the focus
	SecretField           // a security code: never shown
	FoldField             // a line that shows or hides the fields of its group
)

// Yes and No are the values of a ToggleField and of an open and a closed FoldField.
const (
	Yes = "yes"
	No  = "no"
)

// Field is one field of a form. Value, Error, Note and Off may be changed at any time through the form.
type Field struct {
	Key     string // stable name
	Label   string
	Kind    FieldKind
	Choices []string // of a SelectField
	Titles  []string // what is shown for Choices; nil shows them as they are
	Group   string   // the key of the FoldField that hides it; empty is never hidden
	Hint    string   // dim, in the empty field
	Lines   int      // height of a MultiField; 3 when 0
	Limit   int      // most characters; 0 for no limit but memory

	note    string
	err     string
	off     string
	hidden  bool
	choice  int
	line    Line
	touched bool
}

// Form is a list of fields. It keeps every value until it is told otherwise, scrolls when it is higher
// than its box, and never sends anything by itself.
type Form struct {
	theme  *theme.Theme
	keys   *keymap.Map
	fields []*Field
	focus  int
	top    int
	w, h   int
	labelW int
	first  map[string]string // values that count as untouched
}

// NewForm makes a form of fields.
func NewForm(t *theme.Theme, k *keymap.Map, fields ...Field) *Form {
	f := &Form{theme: t, keys: k, first: map[string]string{}}
	for i := range fields {
		fd := fields[i]
		fd.line.Multi = fd.Kind == MultiField
		fd.line.Limit = fd.Limit
		if fd.Kind == DigitsField || fd.Kind == SecretField {
			fd.line.Accept = func(r rune) bool { return r >= '0' && r <= '9' }
		}
		f.fields = append(f.fields, &fd)
		f.labelW = max(f.labelW, Width(fd.Label))
	}
	f.MarkClean()
	f.focusFirst()
	return f
}

// SetSize tells the box, in cells.
func (f *Form) SetSize(w, h int) { f.w, f.h = max(0, w), max(0, h); f.keepInSight() }

func (f *Form) field(key string) *Field {
	for _, fd := range f.fields {
		if fd.Key == key {
			return fd
		}
	}
	return nil
}

// Value returns what a field holds, exactly as typed: digits without blanks, a choice's name, "yes" or
// "no". It is empty for a field that does not exist.
func (f *Form) Value(key string) string {
	fd := f.field(key)
	if fd == nil {
		return ""
	}
	return fd.value()
}

func (fd *Field) value() string {
	switch fd.Kind {
	case SelectField:
		if fd.choice < len(fd.Choices) {
			return fd.Choices[fd.choice]
		}
		return ""
	case ToggleField, FoldField:
		if fd.choice == 1 {
			return Yes
		}
		return No
	case TextField, MultiField, DigitsField, SecretField:
	}
	return fd.line.Value()
}

// SetValue fills a field. It is not counted as typed by the user.
func (f *Form) SetValue(key, value string) {
	fd := f.field(key)
	if fd == nil {
		return
	}
	switch fd.Kind {
	case SelectField:
		for i, c := range fd.Choices {
			if c == value {
				fd.choice = i
			}
		}
	case ToggleField, FoldField:
		fd.choice = 0
		if value == Yes {
			fd.choice = 1
		}
	case TextField, MultiField, DigitsField, SecretField:
		fd.line.SetValue("")
		fd.line.Insert(value)
	}
}

// SetChoices exchanges what a SelectField offers; the present choice stays where it still exists.
func (f *Form) SetChoices(key string, choices, titles []string) {
	fd := f.field(key)
	if fd == nil {
		return
	}
	now := fd.value()
	fd.Choices, fd.Titles, fd.choice = choices, titles, 0
	f.SetValue(key, now)
}

// SetLabel renames a field, as a change of API version does.
func (f *Form) SetLabel(key, label string) {
	if fd := f.field(key); fd != nil {
		fd.Label = label
		f.labelW = 0
		for _, other := range f.fields {
			f.labelW = max(f.labelW, Width(other.Label))
		}
	}
}

// SetError puts an error under a field; empty takes it away.
func (f *Form) SetError(key, text string) {
	if fd := f.field(key); fd != nil {
		fd.err = Clean(text)
	}
	f.keepInSight()
}

// SetErrors sets the errors of all fields at once, by key, and returns how many there are.
func (f *Form) SetErrors(errs map[string]string) int {
	n := 0
	for _, fd := range f.fields {
		fd.err = Clean(errs[fd.Key])
		if fd.err != "" {
			n++
		}
	}
	f.keepInSight()
	return n
}

// SetNote puts a remark to the right of a field, such as "visa  sandbox: succeeds".
func (f *Form) SetNote(key, text string) {
	if fd := f.field(key); fd != nil {
		fd.note = Clean(text)
	}
}

// SetHidden shows or hides a field. A hidden field keeps its value.
func (f *Form) SetHidden(key string, hidden bool) {
	if fd := f.field(key); fd != nil {
		fd.hidden = hidden
	}
	f.focusFirst()
}

// SetOff makes a field unchangeable, with the reason; empty makes it changeable.
func (f *Form) SetOff(key, reason string) {
	if fd := f.field(key); fd != nil {
		fd.off = reason
	}
}

// Focused returns the key of the field with the focus.
func (f *Form) Focused() string {
	if f.focus < len(f.fields) {
		return f.fields[f.focus].Key
	}
	return ""
}

// Focus moves the focus to a field; it opens the group that hides it.
func (f *Form) Focus(key string) {
	for i, fd := range f.fields {
		if fd.Key == key {
			if fd.Group != "" {
				f.SetValue(fd.Group, Yes)
			}
			f.focus = i
		}
	}
	f.keepInSight()
}

// FocusError moves the focus to the first field with an error; it says whether there is one.
func (f *Form) FocusError() bool {
	for _, fd := range f.fields {
		if fd.err != "" && !fd.hidden {
			f.Focus(fd.Key)
			return true
		}
	}
	return false
}

// Dirty says that a value differs from what it was at the last MarkClean.
func (f *Form) Dirty() bool {
	for _, fd := range f.fields {
		if fd.Kind != FoldField && fd.value() != f.first[fd.Key] {
			return true
		}
	}
	return false
}

// MarkClean makes the present values the ones that need not be kept. Secrets are not copied.
func (f *Form) MarkClean() {
	for _, fd := range f.fields {
		if fd.Kind != SecretField {
			f.first[fd.Key] = fd.value()
		}
	}
}

// Wipe empties a field and overwrites what it held: security codes, once they are sent.
func (f *Form) Wipe(key string) {
	fd := f.field(key)
	if fd == nil {
		return
	}
	clear(fd.line.runes[:cap(fd.line.runes)])
	fd.line.runes, fd.line.cursor = nil, 0
}
