package page

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"pikedash/pikeapi"
	"pikedash/pikeapi/journal"
	"pikedash/ui/widget"
)

// ExportField is a field of an export: a column of CSV, a member of JSON Lines.
type ExportField[T any] struct {
	Name string
	Text func(*T) string
	Bare bool // a whole number, true or false: JSON Lines has it without quotes
}

// TextField makes a field of words.
func TextField[T any](name string, text func(*T) string) ExportField[T] {
	return ExportField[T]{Name: name, Text: text}
}

// NumberField makes a field of whole numbers.
func NumberField[T any](name string, number func(*T) int64) ExportField[T] {
	return ExportField[T]{Name: name, Bare: true, Text: func(r *T) string { return strconv.FormatInt(number(r), 10) }}
}

// FlagField makes a field of true and false.
func FlagField[T any](name string, flag func(*T) bool) ExportField[T] {
	return ExportField[T]{Name: name, Bare: true, Text: func(r *T) string { return strconv.FormatBool(flag(r)) }}
}

// TimeField makes a field of a time in UTC; empty for none.
func TimeField[T any](name string, at func(*T) time.Time) ExportField[T] {
	return TextField(name, func(r *T) string {
		if at(r).IsZero() {
			return ""
		}
		return at(r).UTC().Format(time.RFC3339Nano)
	})
}

// MajorUnits is an amount as other programs read it: no currency, no separators.
func MajorUnits(m pikeapi.Money) string { return strings.ReplaceAll(m.Number(), ",", "") }

// An export reads pages of rows; after some of them it says how far it is.
const (
	exportPage  = 1000 // rows
	exportPages = 8
)

// exporting is an export under way. Only one of its steps runs at a time, so it needs no lock; what
// the loop reads of it comes in the step's message.
type exporting[T any] struct {
	owner  string
	form   exportForm
	path   string // of the finished file
	file   *os.File
	out    *bufio.Writer
	write  func([]ExportField[T], *T) error
	flush  func() error
	fields []ExportField[T]
	read   ReadRows[T]
	query  journal.Query
	cursor func(*T, journal.Sort) journal.Cursor
	row    func(*T) int64
	except map[string]bool // rows of all that are not marked
	rows   []T             // rows that are marked one by one; then nothing is read
	from   *journal.Cursor
	done   int
	whole  int // 0 when not known

	ctx    context.Context
	cancel context.CancelFunc
	dialog *widget.Progress
}

// exportStep says how far an export is.
type exportStep struct {
	owner    string
	job      any // which export
	path     string
	done     int
	finished bool
	err      error
}

// exportForm is a form that an export can have.
type exportForm struct {
	title, detail, suffix string
	sheet                 bool // for people with a spreadsheet: no cell is taken for a formula
	lines                 bool // JSON Lines instead of CSV
}

func exportForms() []exportForm {
	return []exportForm{
		{title: "CSV for spreadsheets", detail: "no cell is taken for a formula", suffix: ".csv", sheet: true},
		{title: "CSV", detail: "every value as it is, for programs", suffix: ".csv"},
		{title: "JSON Lines", detail: "one object a line", suffix: ".jsonl", lines: true},
	}
}

// askExport asks for the form and the place.
func (l *Listing[T]) askExport() tea.Cmd {
	var items []widget.Item
	for _, f := range exportForms() {
		items = append(items, widget.Item{Title: f.title, Detail: f.detail, Then: Send(listDo{l.opt.Name, func() tea.Cmd { return l.askPath(f) }})})
	}
	return AskFor(&widget.Menu{Title: "export", Text: []string{"Writes " + l.what() + " to a file."}, Items: items})
}

func (l *Listing[T]) askPath(form exportForm) tea.Cmd {
	name := l.opt.Name + "-" + l.deps.Desk.At().Env.Name + "-" + l.deps.Now().Format("20060102-150405") + form.suffix
	return AskFor(&widget.Prompt{
		Title: "export", Label: "File:", Value: name, Yes: "write",
		Then: func(path string) tea.Cmd {
			return Send(listDo{l.opt.Name, func() tea.Cmd { return l.startExport(home(path), form) }})
		},
	})
}

// home puts the user's folder in the place of ~, as a shell does.
func home(path string) string {
	if rest, ok := strings.CutPrefix(path, "~/"); ok {
		if dir, err := os.UserHomeDir(); err == nil {
			return filepath.Join(dir, rest)
		}
	}
	return path
}

func (l *Listing[T]) startExport(path string, form exportForm) tea.Cmd {
	if l.export != nil {
		return Say(Warning, "an export is being written already")
	}
	e := &exporting[T]{
		owner: l.opt.Name, form: form, path: path, fields: l.opt.Fields, read: l.opt.Read, query: l.query(l.table.Sort()),
		cursor: l.opt.Cursor, row: l.opt.Row, dialog: &widget.Progress{Title: "export"},
	}
	e.ctx, e.cancel = context.WithCancel(context.Background())
	all, except := l.table.AllMarked()
	n, known := l.table.MarkCount()
	switch {
	case all:
		e.except = map[string]bool{}
		for _, id := range except {
			e.except[id] = true
		}
		if known {
			e.whole = n
		}
	case n > 0:
		e.rows, e.whole = l.table.Marked(), n
	default:
		if total, ok := l.table.Total(); ok {
			e.whole = total
		}
	}
	l.export = e
	cancel := e.cancel
	e.dialog.Stop = func() tea.Cmd { cancel(); return nil }
	e.dialog.Set("Writing "+path, 0, float64(e.whole))
	return tea.Batch(AskFor(e.dialog), e.begin())
}

// stopExport gives an export up: its environment is left.
func (l *Listing[T]) stopExport() {
	if l.export != nil {
		l.export.cancel()
	}
}

func (l *Listing[T]) onExport(m exportStep) tea.Cmd {
	e := l.export
	if e == nil || m.job != any(e) {
		return nil
	}
	e.dialog.Set("Writing "+m.path+": "+widget.Thousands(m.done)+" rows", float64(m.done), float64(e.whole))
	if m.err == nil && !m.finished {
		return e.step()
	}
	l.export = nil
	e.dialog.Finish()
	e.cancel()
	switch {
	case errors.Is(m.err, context.Canceled):
		return Say(Warning, "the export was stopped; nothing was written to "+m.path)
	case m.err != nil:
		return Say(Failure, "the export failed, nothing was written to "+m.path+": "+m.err.Error())
	}
	return Say(Success, fmt.Sprintf("%s rows written to %s", widget.Thousands(m.done), m.path))
}
