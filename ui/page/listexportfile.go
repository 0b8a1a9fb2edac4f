package page

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"pikedash/pikeapi/journal"
)

// begin opens a file beside the one to be written: a half-written export never bears its name.
func (e *exporting[T]) begin() tea.Cmd {
	return func() tea.Msg {
		path, err := filepath.Abs(e.path) // says later where the file is
		if err != nil {
			return e.fail(err)
		}
		e.path = path
		if _, err := os.Lstat(e.path); err == nil {
			return e.fail(fmt.Errorf("%s exists already", e.path))
		} else if !errors.Is(err, fs.ErrNotExist) {
			return e.fail(err)
		}
		file, err := os.CreateTemp(filepath.Dir(e.path), ".export-*"+e.form.suffix) // 0600
		if err != nil {
			return e.fail(err)
		}
		e.file, e.out = file, bufio.NewWriterSize(file, 1<<16)
		if e.form.lines {
			e.asJSON()
		} else {
			err = e.asCSV()
		}
		if err != nil {
			return e.fail(err)
		}
		return e.next()
	}
}

func (e *exporting[T]) asCSV() error {
	if e.form.sheet {
		// Without this mark some spreadsheets do not read UTF-8.
		if _, err := e.out.WriteString("\ufeff"); err != nil {
			return err
		}
	}
	sheet := csv.NewWriter(e.out)
	head := make([]string, len(e.fields))
	for i, f := range e.fields {
		head[i] = f.Name
	}
	e.write = func(fields []ExportField[T], row *T) error {
		cells := make([]string, len(fields))
		for i, f := range fields {
			cells[i] = f.Text(row)
			if e.form.sheet {
				cells[i] = safeCell(cells[i])
			}
		}
		return sheet.Write(cells)
	}
	e.flush = func() error { sheet.Flush(); return sheet.Error() }
	return sheet.Write(head)
}

// safeCell keeps plain numbers as they are: only text could be taken for a formula.
func safeCell(s string) string {
	digits := strings.TrimPrefix(s, "-")
	if digits != "" && strings.Trim(digits, "0123456789.,") == "" {
		return s
	}
	return journal.SafeCell(s)
}

func (e *exporting[T]) asJSON() {
	e.write = func(fields []ExportField[T], row *T) error {
		line, err := jsonRow(fields, row)
		if err == nil {
			_, err = e.out.Write(append(line, '\n'))
		}
		return err
	}
	e.flush = func() error { return nil }
}

// jsonRow is a row as an object, its members in the order of the fields.
func jsonRow[T any](fields []ExportField[T], row *T) ([]byte, error) {
	out := []byte{'{'}
	for i, f := range fields {
		if i > 0 {
			out = append(out, ',')
		}
		name, err := marshal(f.Name)
		if err != nil {
			return nil, err
		}
		value := []byte(f.Text(row))
		if !f.Bare {
			if value, err = marshal(string(value)); err != nil {
				return nil, err
			}
		}
		out = append(append(append(out, name...), ':'), value...)
	}
	return append(out, '}'), nil
}

// step writes the next rows.
func (e *exporting[T]) step() tea.Cmd { return func() tea.Msg { return e.next() } }

func (e *exporting[T]) next() tea.Msg {
	for range exportPages {
		more, err := e.page()
		if err == nil && !more {
			err = e.finish()
		}
		switch {
		case err != nil:
			return e.fail(err)
		case !more:
			return exportStep{owner: e.owner, job: e, path: e.path, done: e.done, finished: true}
		}
	}
	return exportStep{owner: e.owner, job: e, path: e.path, done: e.done}
}

// page writes a page of rows; more says that there may be others after it.
func (e *exporting[T]) page() (more bool, err error) {
	if err := e.ctx.Err(); err != nil {
		return false, err
	}
	rows := e.rows
	if e.rows == nil {
		ctx, cancel := context.WithTimeout(e.ctx, listTime)
		defer cancel()
		if rows, err = e.read(ctx, e.query, e.from, journal.Forward, exportPage); err != nil {
			return false, err
		}
	}
	for i := range rows {
		if e.except[rowID(e.row(&rows[i]))] {
			continue
		}
		if err := e.write(e.fields, &rows[i]); err != nil {
			return false, err
		}
		e.done++
	}
	if e.rows != nil || len(rows) < exportPage {
		return false, nil
	}
	at := e.cursor(&rows[len(rows)-1], e.query.Sort)
	e.from = &at
	return true, nil
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
	return exportStep{owner: e.owner, job: e, path: e.path, done: e.done, err: err}
}
