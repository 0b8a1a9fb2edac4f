package command

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"pikedash/pikeapi/journal"
)

// rowsOf reads pages until the limit and hands each row over.
func rowsOf[T interface {
	Cursor(journal.Sort) journal.Cursor
}](ctx context.Context, q journal.Query, limit int, page func(context.Context, journal.Query, *journal.Cursor, journal.Direction, int) ([]T, error), each func(T) error) (more bool, err error) {
	var from *journal.Cursor
	for left := limit; ; {
		n := listPage
		if limit > 0 {
			n = min(listPage, left+1) // one more, to know whether there is more
		}
		rows, err := page(ctx, q, from, journal.Forward, n)
		if err != nil {
			return false, err
		}
		for _, r := range rows {
			if limit > 0 && left == 0 {
				return true, nil
			}
			left--
			if err := each(r); err != nil {
				return false, err
			}
		}
		if len(rows) < n {
			return false, nil
		}
		c := rows[len(rows)-1].Cursor(q.Sort)
		from = &c
	}
}

// writer prints rows one by one: as JSON in one object, as CSV, or as a table.
type rowWriter struct {
	a     *app
	name  string
	all   bool // no filter hides anything
	csv   *csv.Writer
	rows  [][]string
	count int
}

func (a *app) rowWriter(list journal.List, l *listFlags, head []string) (*rowWriter, error) {
	name := list.String()
	w := &rowWriter{a: a, name: name, all: strings.TrimSpace(l.filter) == ""}
	switch {
	case a.flags.json:
		a.out.raw(`{"schema":1,"` + name + `":[`)
	case l.csv:
		w.csv = csv.NewWriter(a.out)
		return w, w.csv.Write(head)
	default:
		w.rows = [][]string{head}
	}
	return w, nil
}

// add prints one row; object is its JSON, cells its columns.
func (w *rowWriter) add(object any, cells []string) error {
	w.count++
	switch {
	case w.a.flags.json:
		text, err := json.Marshal(object)
		if err != nil {
			return fmt.Errorf("writing a row: %w", err)
		}
		if w.count > 1 {
			w.a.out.raw(",")
		}
		w.a.out.raw("\n" + string(text))
	case w.csv != nil:
		for i := range cells {
			cells[i] = journal.SafeCell(cells[i])
		}
		return w.csv.Write(cells)
	default:
		w.rows = append(w.rows, cells)
	}
	return w.a.out.failed()
}

// end finishes the output.
func (w *rowWriter) end(more bool, err error) error {
	switch {
	case w.a.flags.json:
		return w.endJSON(more, err)
	case w.csv != nil:
		w.csv.Flush()
		err = errors.Join(err, w.csv.Error())
	default:
		alignAmounts(w.rows, slices.Index(w.rows[0], "AMOUNT"))
		w.a.out.table(w.rows)
		w.nothing(err)
	}
	if more {
		w.a.err.line("there are more than %d: raise --limit, or 0 for all", w.count)
	}
	return w.fault(err)
}

// fault says what failed; being interrupted is no failure of the file.
func (w *rowWriter) fault(err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	return fileFault(err, "reading the %s", w.name)
}

// endJSON closes the object; what went wrong is part of it, so that it stays one value.
func (w *rowWriter) endJSON(more bool, err error) error {
	tail := ""
	if err != nil {
		err = w.fault(err)
		text, jerr := json.Marshal(asFault(err).body())
		if jerr != nil {
			return errors.Join(err, jerr)
		}
		tail, err = `,"error":`+string(text), shown{err}
	}
	w.a.out.raw(fmt.Sprintf("\n],\"count\":%d,\"more\":%t%s}\n", w.count, more || err != nil, tail))
	return err
}

// nothing says why a table is empty.
func (w *rowWriter) nothing(err error) {
	switch {
	case err != nil || w.count > 0:
	case w.all:
		w.a.err.line("no %s are known in this profile's journal", w.name)
	default:
		w.a.err.line("no %s fit the filter", w.name)
	}
}
