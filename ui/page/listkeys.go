package page

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"pikedash/pikeapi/journal"
	"pikedash/ui/widget"
)

// Key handles the keys that all lists have. It says whether it took the key.
func (l *Listing[T]) Key(msg tea.KeyMsg) (tea.Cmd, bool) {
	if l.line.Active() {
		return l.filterKey(msg), true
	}
	k := l.deps.Keys.List
	switch {
	case k.Filter.Matches(msg):
		l.line.Open()
		l.resize()
		return nil, true
	case k.NextTab.Matches(msg):
		return l.goTab(1), true
	case k.PrevTab.Matches(msg):
		return l.goTab(-1), true
	case k.SaveView.Matches(msg):
		return l.saveView(), true
	case k.Columns.Matches(msg):
		return AskFor(&widget.ColumnsDialog{States: l.table.Arrangement(), Then: l.arrange}), true
	case k.JumpTo.Matches(msg):
		return l.askJump(), true
	case k.Export.Matches(msg):
		return l.askExport(), true
	case k.Totals.Matches(msg):
		return l.askTotals(), true
	}
	marked := l.markState()
	cmd, took := l.table.Key(msg)
	if took && l.markState() != marked {
		cmd = tea.Batch(cmd, l.refreshTotals())
		l.resize()
	}
	return cmd, took
}

// typingPause is how long the filter's text stays unchanged before the list is read with it.
const typingPause = 120 * time.Millisecond

// RestTime is how long a cursor that moves on while its row's detail is read is given before the next
// detail is read. A single key does not wait.
const RestTime = 40 * time.Millisecond

// listTyped says that nothing more was typed for a while.
type listTyped struct {
	owner string
	turn  int
}

func (l *Listing[T]) filterKey(msg tea.KeyMsg) tea.Cmd {
	event := l.line.Key(msg)
	l.resize()
	switch event {
	case widget.FilterChanged:
		l.turn++
		typed := listTyped{l.opt.Name, l.turn}
		return tea.Tick(typingPause, func(time.Time) tea.Msg { return typed })
	case widget.FilterLeft:
		l.turn++
		return l.apply(l.line.Text())
	case widget.FilterAccepted:
		l.turn++
		text := strings.TrimSpace(l.line.Text())
		l.line.Set(text)
		cmd := l.apply(text)
		if text == "" {
			return cmd
		}
		l.recent = l.line.Remember(text)
		return tea.Batch(cmd, keepJSON(l.deps, l.opt.Name+".recent", l.recent))
	}
	return nil
}

// apply puts the typed filter in force while it is typed; a wrong one keeps the old rows.
func (l *Listing[T]) apply(typed string) tea.Cmd {
	if typed == l.typed || !l.setTyped(typed) {
		return nil
	}
	l.table.ClearMarks()
	return tea.Batch(l.table.Load(), l.readAll(), l.refreshTotals())
}

// unfinished says that the last word may become a field, or is a single letter: then the list waits
// for more, or for enter.
func (l *Listing[T]) unfinished() bool {
	text := l.line.Text()
	last := text[strings.LastIndexByte(text, ' ')+1:]
	if len(last) < 2 {
		return last != ""
	}
	_, ways := l.complete(text, len(text))
	return slices.ContainsFunc(ways, func(c widget.Completion) bool { return strings.HasSuffix(c.Text, ":") })
}

// check says what is wrong with a filter, for underlining.
func (l *Listing[T]) check(text string) *widget.Mistake {
	_, err := l.parse(text)
	var wrong *journal.FilterError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &wrong):
		return &widget.Mistake{Offset: wrong.Offset, Length: wrong.Length, Reason: wrong.Error(), Unfinished: wrong.Unfinished}
	}
	return &widget.Mistake{Length: len(text), Reason: err.Error()}
}

// mostRecent is how many filters that were used before are offered.
const mostRecent = 4

// complete offers fields and values; where nothing was typed yet, first the filters used before.
func (l *Listing[T]) complete(text string, cursor int) (from int, list []widget.Completion) {
	if text == "" {
		for _, r := range l.recent[:min(len(l.recent), mostRecent)] {
			list = append(list, widget.Completion{Text: r, Detail: "used before"})
		}
	}
	for _, c := range journal.CompleteFor(l.opt.List, l.words, text, cursor) {
		from = c.Start
		list = append(list, widget.Completion{Text: c.Text, Detail: c.Help})
	}
	return from, list
}

// goTab goes to the next saved view.
func (l *Listing[T]) goTab(by int) tea.Cmd {
	at := l.tab + by
	if l.tab < 0 && by < 0 {
		at = len(l.views) - 1
	}
	at = (at + len(l.views)) % len(l.views)
	return l.SetFilter(l.views[at].Filter)
}

// saveView keeps the filter under a name, or forgets the view that it is.
func (l *Listing[T]) saveView() tea.Cmd {
	shipped := len(l.opt.Views)
	switch {
	case l.tab >= 0 && l.tab < shipped:
		return Say(Info, "this view is kept already: type another filter with "+l.deps.Keys.List.Filter.Label())
	case l.tab >= shipped:
		at := l.tab
		return AskFor(&widget.Confirm{Title: "views", Text: []string{"Forget the view " + l.views[at].Name + "?"}, Yes: "Forget",
			Then: Send(listDo{l.opt.Name, func() tea.Cmd { return l.forget(at) }})})
	}
	filter := l.typed
	return AskFor(&widget.Prompt{
		Title: "save view", Text: []string{filter}, Label: "Name:", Yes: "save",
		Check: func(name string) error { return l.checkName(name) },
		Then: func(name string) tea.Cmd {
			return Send(listDo{l.opt.Name, func() tea.Cmd { return l.remember(View{strings.TrimSpace(name), filter}) }})
		},
	})
}

// listDo brings what a dialog's answer starts back into the loop.
type listDo struct {
	owner string
	run   func() tea.Cmd
}

func (l *Listing[T]) checkName(name string) error {
	name = strings.TrimSpace(name)
	switch {
	case name == "":
		return errors.New("a view needs a name")
	case widget.Width(name) > 24:
		return errors.New("that is too long for a tab: at most 24 letters")
	case slices.ContainsFunc(l.views, func(v View) bool { return v.Name == name }):
		return errors.New("there is a view of that name already")
	}
	return nil
}

func (l *Listing[T]) remember(v View) tea.Cmd {
	l.views = append(l.views, v)
	l.setTyped(l.typed)
	return tea.Batch(l.keepViews(), Say(Success, "the view "+v.Name+" is kept"))
}

func (l *Listing[T]) forget(at int) tea.Cmd {
	if at < len(l.opt.Views) || at >= len(l.views) {
		return nil
	}
	name := l.views[at].Name
	l.views = slices.Delete(l.views, at, at+1)
	l.setTyped(l.typed)
	return tea.Batch(l.keepViews(), Say(Success, "the view "+name+" is forgotten"))
}

func (l *Listing[T]) keepViews() tea.Cmd {
	return keepJSON(l.deps, l.opt.Name+".views", append([]View{}, l.views[len(l.opt.Views):]...))
}

// arrange puts columns in the user's order and keeps it.
func (l *Listing[T]) arrange(states []widget.ColumnState) tea.Cmd {
	return Send(listDo{l.opt.Name, func() tea.Cmd {
		l.table.Arrange(states)
		return keepJSON(l.deps, l.opt.Name+".columns", states)
	}})
}

func (l *Listing[T]) askJump() tea.Cmd {
	q, read, store, owner := l.query(l.table.Sort()), l.opt.Read, l.store, l.opt.Name
	now := l.deps.Now()
	stamp := l.deps.Stamps.Next(owner + ".jump")
	return AskFor(&widget.Prompt{
		Title: "jump", Text: []string{"An id, a date such as 2026-11-20, a time such as 14:05, or an age such as 3d."}, Label: "To:", Yes: "jump",
		Then: func(typed string) tea.Cmd {
			return jump(store, read, stamp, owner, l.opt.List, q, strings.TrimSpace(typed), now)
		},
	})
}

// jump finds the row that a date, a time or an id means.
func jump[T any](s ListStore, read ReadRows[T], stamp Stamp, owner string, list journal.List, q journal.Query, typed string, now time.Time) tea.Cmd {
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), listTime)
		defer cancel()
		var at journal.Cursor
		if moment, ok := parseMoment(typed, now, q.Sort.Ascending); ok {
			if c := q.Sort.Column; c != "" && c != journal.ByCreated && c != journal.ByUpdated {
				return Notice{Level: Warning, Text: fmt.Sprintf("the list is ordered by %s: order it by time to jump to a date", c)}
			}
			at = journal.At(q.Sort, moment)
		} else {
			c, found, err := s.Locate(ctx, list, q, typed)
			if err != nil {
				return Notice{Level: Failure, Text: err.Error()}
			}
			if !found {
				return Notice{Level: Warning, Text: "nothing here has the id " + typed + "; a filter may hide it"}
			}
			at = c.Before(q.Sort)
		}
		rows, err := read(ctx, q, &at, journal.Forward, 1)
		if err == nil && len(rows) == 0 {
			rows, err = read(ctx, q, nil, journal.Backward, 1)
		}
		if err != nil {
			return Notice{Level: Failure, Text: err.Error()}
		}
		if len(rows) == 0 {
			return Notice{Level: Warning, Text: "the list is empty"}
		}
		return listMsg{Stamp: stamp, owner: owner, jump: rows[0]}
	}
}

// parseMoment reads a date, a time of today or an age. What names a span, such as a day or a minute, means
// its end in a list with the newest first, so that the jump lands within it.
func parseMoment(typed string, now time.Time, ascending bool) (time.Time, bool) {
	text := strings.Replace(typed, " ", "T", 1)
	if strings.Contains(typed, ":") && !strings.Contains(text, "-") {
		text = now.Format(time.DateOnly) + "T" + text
	}
	start, end, ok := journal.ParseTime(text, now)
	if ascending || end == start {
		return start, ok
	}
	return end.Add(-time.Microsecond), ok
}
