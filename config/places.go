package config

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

// place is where a key stands in the file.
type place struct {
	path         []string
	line, column int
	depth        int  // parts of the path that come from the table around it
	table        bool // [a.b] or [[a.b]] instead of a = 1
	list         bool // [[a.b]]
	start, end   int  // bytes of the expression; of a table only its header
	value        int  // first byte of the value; 0 for a table
}

// places is every key of a file in its order.
type places struct {
	all []place
}

// indexPlaces finds every key of data. It is only called for text that may be bad TOML: the error
// then repeats the parser's.
func indexPlaces(data []byte) (*places, error) {
	var out places
	var p unstable.Parser
	p.Reset(data)
	var table []string
	for p.NextExpression() {
		n := p.Expression()
		switch n.Kind {
		case unstable.Table, unstable.ArrayTable:
			e := headOf(&p, n, nil)
			e.table, e.list = true, n.Kind == unstable.ArrayTable
			table = e.path
			out.all = append(out.all, e)
		case unstable.KeyValue:
			out.addValue(&p, n, table, data)
		default:
			// Comments carry no setting.
		}
	}
	if err := p.Error(); err != nil {
		return nil, fmt.Errorf("reading the keys: %w", err)
	}
	return &out, nil
}

// headOf reads the dotted key of a node below the table it stands in.
func headOf(p *unstable.Parser, n *unstable.Node, table []string) place {
	e := place{path: slices.Clone(table), depth: len(table)}
	it := n.Key()
	for first := true; it.Next(); first = false {
		k := it.Node()
		shape := p.Shape(k.Raw)
		if first {
			e.line, e.column, e.start = shape.Start.Line, shape.Start.Column, shape.Start.Offset
		}
		e.end = shape.End.Offset
		e.path = append(e.path, string(k.Data))
	}
	return e
}

// addValue records a key and, for an inline table, the keys inside.
func (ps *places) addValue(p *unstable.Parser, n *unstable.Node, table []string, data []byte) {
	e := headOf(p, n, table)
	e.value = e.end
	for e.value < len(data) && strings.IndexByte(" \t=", data[e.value]) >= 0 {
		e.value++
	}
	e.end = e.start + int(n.Raw.Length)
	ps.all = append(ps.all, e)
	if v := n.Value(); v.Kind == unstable.InlineTable {
		it := v.Children()
		for it.Next() {
			ps.addValue(p, it.Node(), e.path, data)
		}
	}
}

// find returns the place of a key; the last one for a key in a list of tables.
func (ps *places) find(path ...string) (place, bool) {
	for i := len(ps.all) - 1; i >= 0; i-- {
		if slices.Equal(ps.all[i].path, path) {
			return ps.all[i], true
		}
	}
	return place{}, false
}

// unknown returns an error for the first key that no setting has.
func (ps *places) unknown(file string) error {
	for _, e := range ps.all {
		i, known := firstUnknown(reflect.TypeFor[fileShape](), e.path)
		if i < 0 {
			continue
		}
		return &Error{File: file, Line: e.line, Column: e.column, Key: strings.Join(e.path[:i+1], "."),
			Reason: "there is no such setting", Hint: hintNearest(e.path[i], known, "")}
	}
	return nil
}

// firstUnknown walks a path through the shape. It returns the index of the first part that has no
// place there, with the names that would have one, or -1.
func firstUnknown(t reflect.Type, path []string) (int, []string) {
	for i, part := range path {
		for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
			t = t.Elem()
		}
		switch t.Kind() {
		case reflect.Map:
			t = t.Elem()
			if t.Kind() == reflect.Interface {
				return -1, nil
			}
		case reflect.Struct:
			field, names := fieldOf(t, part)
			if field == nil {
				return i, names
			}
			t = field
		default:
			return i, nil
		}
	}
	return -1, nil
}

// fieldOf returns the type of the field with the given TOML name, and all names of the struct.
func fieldOf(t reflect.Type, want string) (reflect.Type, []string) {
	var names []string
	for i := range t.NumField() {
		f := t.Field(i)
		tag := f.Tag.Get("toml")
		if tag == want {
			return f.Type, nil
		}
		names = append(names, tag)
	}
	return nil, names
}
