package keymap

import "fmt"

// New returns the bindings that the program ships with.
func New() *Map {
	m := &Map{}
	m.fillGlobal()
	m.Move = move("move", []string{"k"}, []string{"j"}, []string{"g"}, []string{"G"})
	m.Scroll = move("scroll", nil, nil, nil, nil)
	m.fillList()
	m.fillTyping()
	m.fillScreens()
	return m
}

func (m *Map) fillGlobal() {
	m.Always = Always{
		Quit:    bind("always.quit", "quit", "Quit, also while typing", "ctrl+c"),
		Suspend: bind("always.suspend", "suspend", "Go to the shell; fg brings you back", "ctrl+z"),
		Palette: bind("always.palette", "palette", "Find any action, screen or session, also while typing", "ctrl+p"),
	}
	g := Global{
		Help:         bind("global.help", "all keys", "Show every key that works here", "?"),
		Palette:      bind("global.palette", "palette", "Find any action, screen or session", ":"),
		Environments: bind("global.environments", "environments", "Switch the environment", "e"),
		Activity:     bind("global.activity", "activity", "Show what was said and done", "!"),
		Unknown:      bind("global.unknown", "unknown outcomes", "Show the requests whose outcome nobody knows", "u"),
		Controls:     bind("global.controls", "test controls", "Move the sandbox's clock, cause faults", "ctrl+t"),
		Lock:         bind("global.lock", "lock", "Lock live at once", "L"),
		Unlock:       bind("global.unlock", "unlock", "Unlock live for 15 minutes", "U"),
		Times:        bind("global.times", "times", "Change between time of day and age", "T"),
		Back:         bind("global.back", "back", "One level out; never quits", "esc"),
		Previous:     bind("global.previous", "previous screen", "Back to the screen before", "-"),
		Leave:        bind("global.leave", "back or quit", "One level out, or quit from a screen's top", "q"),
	}
	for i, b := range []*Binding{
		&g.Screen0, &g.Screen1, &g.Screen2, &g.Screen3, &g.Screen4,
		&g.Screen5, &g.Screen6, &g.Screen7, &g.Screen8, &g.Screen9,
	} {
		digit := fmt.Sprint(i)
		*b = bind("global.screen"+digit, "screen "+digit, "Go to screen "+digit, digit)
	}
	m.Global = g
}

func move(group string, up, down, top, bottom []string) Move {
	b := func(id, name, does, key string, more []string) Binding {
		return bind(group+"."+id, name, does, append([]string{key}, more...)...)
	}
	return Move{
		Up:       b("up", "up", "One up", "up", up),
		Down:     b("down", "down", "One down", "down", down),
		PageUp:   b("page_up", "page up", "A page up", "pgup", nil),
		PageDown: b("page_down", "page down", "A page down", "pgdown", nil),
		HalfUp:   b("half_up", "half up", "Half a page up", "ctrl+u", nil),
		HalfDown: b("half_down", "half down", "Half a page down", "ctrl+d", nil),
		Top:      b("top", "start", "To the start", "home", top),
		Bottom:   b("bottom", "end", "To the end", "end", bottom),
	}
}

func (m *Map) fillList() {
	m.List = List{
		Open:        bind("list.open", "open", "Open the chosen row", "enter"),
		Filter:      bind("list.filter", "filter", "Narrow the list with a filter", "/"),
		Sort:        bind("list.sort", "sort", "Sort by the next column", "s"),
		SortReverse: bind("list.sort_reverse", "reverse", "Turn the order round", "S"),
		Mark:        bind("list.mark", "mark", "Mark or unmark the row", " "),
		MarkRange:   bind("list.mark_range", "mark range", "Mark from here to the cursor", "v"),
		MarkAll:     bind("list.mark_all", "mark all", "Mark all that match, or none", "*"),
		Refresh:     bind("list.refresh", "refresh", "Read again", "r", "ctrl+r"),
		Copy:        bind("list.copy", "copy", "Copy the id", "y"),
		CopyMenu:    bind("list.copy_menu", "copy more", "Choose what to copy", "Y"),
		NextTab:     bind("list.next_tab", "next view", "Go to the next saved view", "]"),
		PrevTab:     bind("list.prev_tab", "previous view", "Go to the saved view before", "["),
		NextPane:    bind("list.next_pane", "next pane", "Go to the next pane", "tab"),
		PrevPane:    bind("list.prev_pane", "previous pane", "Go to the pane before", "shift+tab"),
		JumpTo:      bind("list.jump", "jump", "Jump to a date or an id", "ctrl+g"),
		Columns:     bind("list.columns", "columns", "Choose and order the columns", "C"),
		Totals:      bind("list.totals", "totals", "Show the totals by currency and state", "="),
		Export:      bind("list.export", "export", "Export what matches or what is marked", "E"),
		SaveView:    bind("list.save_view", "save view", "Keep the filter as a view", "ctrl+s"),
		Follow:      bind("list.follow", "follow", "Follow the newest again", "f"),
	}
	m.JSON = JSON{
		Fold:      bind("json.fold", "fold", "Fold or unfold the block", " ", "enter"),
		FoldAll:   bind("json.fold_all", "fold all", "Fold everything below the top", "z"),
		UnfoldAll: bind("json.unfold_all", "unfold all", "Unfold everything", "Z"),
		Raw:       bind("json.raw", "raw", "Change between pretty and raw", "p"),
		Search:    bind("json.search", "search", "Search in the text", "/"),
		NextMatch: bind("json.next", "next match", "Go to the next match", "n"),
		PrevMatch: bind("json.prev", "previous match", "Go to the match before", "N"),
		CopyPath:  bind("json.copy_path", "copy path", "Copy the path of the line", "P"),
		CopyValue: bind("json.copy_value", "copy value", "Copy the value of the line", "y"),
		Left:      bind("json.left", "left", "Show more of the left", "left"),
		Right:     bind("json.right", "right", "Show more of the right of long lines", "right"),
	}
}

func (m *Map) fillTyping() {
	m.Filter = Filter{
		Accept:   bind("filter.accept", "keep", "Keep the filter", "enter"),
		Cancel:   bind("filter.cancel", "leave", "Leave the field; once more clears the filter", "esc"),
		Complete: bind("filter.complete", "complete", "Take the completion", "tab"),
		Next:     bind("filter.next", "next", "Next completion or older filter", "down"),
		Prev:     bind("filter.prev", "previous", "Completion or filter before", "up"),
	}
	m.Text = Text{
		Left:       bind("text.left", "left", "One character left", "left"),
		Right:      bind("text.right", "right", "One character right", "right"),
		WordLeft:   bind("text.word_left", "word left", "One word left", "ctrl+left", "alt+left", "alt+b"),
		WordRight:  bind("text.word_right", "word right", "One word right", "ctrl+right", "alt+right", "alt+f"),
		Start:      bind("text.start", "start", "To the start of the line", "home", "ctrl+a"),
		End:        bind("text.end", "end", "To the end of the line", "end", "ctrl+e"),
		Back:       bind("text.back", "delete back", "Delete the character before", "backspace", "ctrl+h"),
		Delete:     bind("text.delete", "delete", "Delete the character after", "delete"),
		KillWord:   bind("text.kill_word", "delete word", "Delete the word before", "ctrl+w", "alt+backspace"),
		KillBefore: bind("text.kill_before", "delete to start", "Delete to the start of the line", "ctrl+u"),
		KillAfter:  bind("text.kill_after", "delete to end", "Delete to the end of the line", "ctrl+k"),
	}
	m.Form = Form{
		Next:   bind("form.next", "next field", "Go to the next field", "tab"),
		Prev:   bind("form.prev", "field before", "Go to the field before", "shift+tab"),
		Enter:  bind("form.enter", "next", "Next field, or a new line in a long text", "enter"),
		Up:     bind("form.up", "up", "Field or line above", "up"),
		Down:   bind("form.down", "down", "Field or line below", "down"),
		Left:   bind("form.left", "before", "Choice before", "left"),
		Right:  bind("form.right", "next", "Next choice", "right"),
		Toggle: bind("form.toggle", "change", "Change a switch or choice", " "),
		Submit: bind("form.submit", "send", "Send", "ctrl+s"),
		Edit:   bind("form.edit", "edit", "Edit in $EDITOR", "ctrl+o"),
		Leave:  bind("form.leave", "leave", "Leave the form; it keeps its values", "esc"),
	}
	m.Dialog = Dialog{
		Yes:    bind("dialog.yes", "yes", "Do it", "y"),
		YesToo: bind("dialog.yes_too", "yes", "Do it, where y opened the dialog", "s"),
		No:     bind("dialog.no", "no", "Do nothing", "n"),
		Accept: bind("dialog.accept", "choose", "Take the button or line with the mark", "enter"),
		Cancel: bind("dialog.cancel", "cancel", "Close, do nothing", "esc"),
		Next:   bind("dialog.next", "next", "Next button", "tab", "right"),
		Prev:   bind("dialog.prev", "before", "Button before", "shift+tab", "left"),
	}
}
