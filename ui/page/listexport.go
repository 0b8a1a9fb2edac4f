package page

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"pikedash/pikeapi/journal"
	"pikedash/ui/widget"
)

// ExportField is a field of an export: a column of CSV, a member of JSON Lines.
type ExportField[T any] struct {
	Name   string
	Text   func(*T) string
	Number bool // a whole number: JSON Lines has it without quotes
}

// exportPage is how many rows are written in one step.
const exportPage = 1000

// exporting is an export under way. Only one of its steps runs at a time, so it needs no lock; what
// the loop reads of it comes in the step's message.
type exporting[T any] struct {
	owner  string
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
	done     int
	finished bool
	err      error
}

// askExport asks for the form and the place.
func (l *Listing[T]) askExport() tea.Cmd {
	what := "what the filter lets through"
	if n, _ := l.table.MarkCount(); n > 0 {
		what = "the " + widget.Thousands(n) + " marked rows"
	} else if l.typed == "" {
		what = "the whole list"
	}
	item := func(title, detail, suffix string) widget.Item {
		return widget.Item{Title: title, Detail: detail, Then: Send(listDo{l.opt.Name, func() tea.Cmd { return l.askPath(suffix) }})}
	}
	return AskFor(&widget.Menu{Title: "export", Text: []string{"Writes " + what + " to a file."}, Items: []widget.Item{
		item("CSV", "safe for spreadsheets: no cell is taken for a formula", ".csv"),
		item("JSON Lines", "one object a line", ".jsonl"),
	}})
}

func (l *Listing[T]) askPath(suffix string) tea.Cmd {
	name := l.opt.Name + "-" + l.deps.Desk.At().Env.Name + "-" + l.deps.Now().Format("20060102-150405") + suffix
	return AskFor(&widget.Prompt{
		Title: "export", Label: "File:", Value: name, Yes: "write",
		Then: func(path string) tea.Cmd {
			return Send(listDo{l.opt.Name, func() tea.Cmd { return l.startExport(home(path), suffix) }})
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

func (l *Listing[T]) startExport(path, suffix string) tea.Cmd {
	if l.export != nil {
		return Say(Warning, "an export is being written already")
	}
	e := &exporting[T]{
		owner: l.opt.Name, path: path, fields: l.opt.Fields, read: l.opt.Read, query: l.query(l.table.Sort()),
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
	return tea.Batch(AskFor(e.dialog), e.begin(suffix))
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
	e.dialog.Set("Writing "+e.path+": "+widget.Thousands(m.done)+" rows", float64(m.done), float64(e.whole))
	if m.err == nil && !m.finished {
		return e.step()
	}
	l.export = nil
	e.dialog.Finish()
	e.cancel()
	switch {
	case errors.Is(m.err, context.Canceled):
		return Say(Warning, "the export was stopped; nothing was written to "+e.path)
	case m.err != nil:
		return Say(Failure, "the export failed, nothing was written to "+e.path+": "+m.err.Error())
	}
	return Say(Success, fmt.Sprintf("%s rows written to %s", widget.Thousands(m.done), e.path))
}

// begin opens a file beside the one to be written: a half-written export never bears its name.
func (e *exporting[T]) begin(suffix string) tea.Cmd {
	return func() tea.Msg {
		if _, err := os.Lstat(e.path); err == nil {
			return e.fail(fmt.Errorf("%s exists already", e.path))
		} else if !errors.Is(err, fs.ErrNotExist) {
			return e.fail(err)
		}
		file, err := os.CreateTemp(filepath.Dir(e.path), ".export-*"+suffix) // 0600
		if err != nil {
			return e.fail(err)
		}
		e.file, e.out = file, bufio.NewWriterSize(file, 1<<16)
		if suffix == ".csv" {
			err = e.asCSV()
		} else {
			e.asJSON()
		}
		if err != nil {
			return e.fail(err)
		}
		return e.next()
	}
}

func (e *exporting[T]) asCSV() error {
	sheet := csv.NewWriter(e.out)
	head := make([]string, len(e.fields))
	for i, f := range e.fields {
		head[i] = f.Name
	}
	e.write = func(fields []ExportField[T], row *T) error {
		cells := make([]string, len(fields))
		for i, f := range fields {
			cells[i] = safeCell(f.Text(row))
		}
		return sheet.Write(cells)
	}
	e.flush = func() error { sheet.Flush(); return sheet.Error() }
	return sheet.Write(head)
}

// safeCell keeps plain numbers as they are: only text could be taken for a formula.
func safeCell(s string) string {
	if _, err := strconv.ParseFloat(strings.ReplaceAll(s, ",", ""), 64); err == nil {
		return s
	}
	return journal.SafeCell(s)
}

func (e *exporting[T]) asJSON() {
	e.write = func(fields []ExportField[T], row *T) error {
		var b strings.Builder
		b.WriteByte('{')
		for i, f := range fields {
			if i > 0 {
				b.WriteByte(',')
			}
			name, err := json.Marshal(f.Name)
			if err != nil {
				return err
			}
			text := f.Text(row)
			value, err := json.Marshal(text)
			if err != nil {
				return err
			}
			if _, nerr := strconv.ParseInt(text, 10, 64); f.Number && nerr == nil {
				value = []byte(text)
			}
			b.Write(name)
			b.WriteByte(':')
			b.Write(value)
		}
		b.WriteString("}\n")
		_, err := io.WriteString(e.out, b.String())
		return err
	}
	e.flush = func() error { return nil }
}

// step writes the next rows.
func (e *exporting[T]) step() tea.Cmd { return func() tea.Msg { return e.next() } }

func (e *exporting[T]) next() tea.Msg {
	if err := e.ctx.Err(); err != nil {
		return e.fail(err)
	}
	rows := e.rows
	if e.rows == nil {
		ctx, cancel := context.WithTimeout(e.ctx, listTime)
		defer cancel()
		var err error
		if rows, err = e.read(ctx, e.query, e.from, journal.Forward, exportPage); err != nil {
			return e.fail(err)
		}
	}
	for i := range rows {
		if e.except[rowID(e.row(&rows[i]))] {
			continue
		}
		if err := e.write(e.fields, &rows[i]); err != nil {
			return e.fail(err)
		}
		e.done++
	}
	if e.rows == nil && len(rows) == exportPage {
		at := e.cursor(&rows[len(rows)-1], e.query.Sort)
		e.from = &at
		return exportStep{owner: e.owner, job: e, done: e.done}
	}
	if err := e.finish(); err != nil {
		return e.fail(err)
	}
	return exportStep{owner: e.owner, job: e, done: e.done, finished: true}
}

// finish gives the file its name, once everything is on disk.
func (e *exporting[T]) finish() error {
	err := e.flush()
	if err == nil {
		err = e.out.Flush()
	}
	if err == nil {
		err = e.file.Sync()
	}
	if err = errors.Join(err, e.file.Close()); err != nil {
		return err
	}
	// A link, not a renaming: it never replaces a file that has come meanwhile.
	if err := os.Link(e.file.Name(), e.path); errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s exists already", e.path)
	} else if err != nil {
		if err := os.Rename(e.file.Name(), e.path); err != nil {
			return err
		}
		return nil
	}
	return os.Remove(e.file.Name())
}

// fail says why nothing was written, and leaves nothing behind.
func (e *exporting[T]) fail(err error) tea.Msg {
	if e.file != nil {
		name := e.file.Name()
		_ = e.file.Close() //nolint:errcheck // it may be closed already
		if rerr := os.Remove(name); rerr != nil && !errors.Is(rerr, fs.ErrNotExist) {
			err = errors.Join(err, rerr)
		}
	}
	return exportStep{owner: e.owner, job: e, done: e.done, err: err}
}
