package page

import (
	"time"

	"pikedash/ui/widget"
)

// headLines is how many lines stand above the table: the title, and the filter where there is one.
func (l *Listing[T]) headLines() int {
	switch {
	case l.h < 3:
		return 0
	case l.filterShown():
		return 2
	}
	return 1
}

func (l *Listing[T]) filterShown() bool { return l.line.Active() || l.typed != "" }

// View draws the listing in exactly its box.
func (l *Listing[T]) View(now time.Time) string {
	table := l.table.View(now)
	var out string
	switch l.headLines() {
	case 0:
		out = table
	case 1:
		out = widget.Below(l.head(), table)
	default:
		out = widget.Below(l.head(), l.filterView(), table)
	}
	return widget.Fit(l.line.Over(out, l.w, l.h, 1), l.w, l.h)
}

// head is the title with the views, or with what is marked, and the counts.
func (l *Listing[T]) head() string {
	t := l.deps.Theme
	title := " " + t.Title.Paint(l.opt.Title) + "  "
	right := t.Dim.Paint(l.table.Counts(l.all)) + " "
	if marks := l.markText(l.w - widget.Width(right) - 5); marks != "" {
		return widget.Ends(" "+t.Marked.Paint(t.Glyphs.Mark+" "+marks), right, l.w)
	}
	names := make([]string, len(l.views))
	for i, v := range l.views {
		names[i] = v.Name
	}
	room := l.w - widget.Width(title) - widget.Width(right) - 1
	return widget.Ends(title+widget.Tabs(t, names, l.tab, max(0, room)), right, l.w)
}

// filterView is the filter with the totals of what fits it.
func (l *Listing[T]) filterView() string {
	t := l.deps.Theme
	if l.line.Active() {
		return l.line.View(l.w)
	}
	left := t.Accent.Paint("/") + " " + widget.Clean(l.typed)
	text := ""
	if all, _ := l.table.AllMarked(); !all {
		text = TotalsText(l.totals, l.w-widget.Width(left)-3)
	}
	if text == "" {
		return widget.Pad(left, l.w)
	}
	return widget.Ends(left, t.Dim.Paint(text)+" ", l.w)
}

// Hints are the keys that all lists have, for the end of a screen's Help.
func (l *Listing[T]) Hints() []Hint {
	k := l.deps.Keys.List
	save := Hint{Key: k.SaveView, Rare: true}
	if l.tab >= 0 && l.tab < len(l.opt.Views) {
		save.Off = "the filter is one of the views that are always there"
	} else if l.tab >= 0 {
		save.Name = "forget view"
	}
	out := []Hint{{Key: k.Filter}}
	if !l.opt.Follow { // the others have it among their own keys
		out = []Hint{{Key: k.Follow, Name: "see the new ones", Rare: l.table.Fresh() == 0}, {Key: k.Filter}}
	}
	out = append(out, Rarely(k.Mark, k.MarkRange, k.MarkAll, k.Sort, k.SortReverse, k.NextTab, k.PrevTab)...)
	out = append(out, save)
	export, totals := Hint{Key: k.Export, Rare: true}, Hint{Key: k.Totals, Rare: true}
	if l.export != nil {
		export.Off = "an export is being written"
	}
	if !l.addsUp() {
		totals.Off = noTotals
	}
	return append(append(out, totals, export), Rarely(k.JumpTo, k.Columns, k.Refresh)...)
}

// TypingHints are the keys while a filter is typed, instead of a screen's own.
func (l *Listing[T]) TypingHints() []Hint {
	k := l.deps.Keys.Filter
	complete, next := Hint{Key: k.Complete}, Hint{Key: k.Next}
	if !l.line.Completes() {
		complete.Off = "nothing can be completed here"
		next.Name = "older filters"
	}
	return []Hint{{Key: k.Accept}, complete, next, {Key: k.Cancel}, {Key: k.Prev, Rare: true}}
}

// Find offers the saved views to the palette.
func (l *Listing[T]) Find(screen ID) []Entry {
	out := make([]Entry, 0, len(l.views))
	for _, v := range l.views {
		out = append(out, Entry{Title: l.opt.Title + ": " + v.Name, Detail: v.Filter, Msg: Navigate{Screen: screen, Arg: OpenFilter{Text: v.Filter}}})
	}
	return out
}
