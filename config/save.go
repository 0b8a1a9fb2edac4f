package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Set writes one value into the settings file and leaves every other byte as it is, comments
// included. The file is created when it is missing. value is a string, a bool or a []string.
// The new text is checked before it is written; a failed write leaves the old file.
func Set(file string, path []string, value any) error {
	text, err := encode(value)
	if err != nil {
		return &Error{File: file, Key: strings.Join(path, "."), Reason: err.Error()}
	}
	return rewrite(file, func(data []byte) ([]byte, error) {
		at, err := indexPlaces(data)
		if err != nil {
			return nil, err
		}
		if p, ok := at.find(path...); ok && !p.table {
			return slices.Concat(data[:p.value], []byte(text), data[p.end:]), nil
		}
		line := writeKey(path[len(path)-1]) + " = " + text + "\n"
		return insert(data, at, path[:len(path)-1], line), nil
	})
}

// AddPikeKey adds a public key, as PEM text, to those with which Pike signs for a profile.
func AddPikeKey(file, profile, keyName, pem string) error {
	return rewrite(file, func(data []byte) ([]byte, error) {
		block := fmt.Sprintf("\n[[profiles.%s.pike_keys]]\nname = %s\npem = '''\n%s\n'''\n",
			writeKey(profile), quote(keyName), strings.TrimSpace(pem))
		return append(ended(data), block...), nil
	})
}

// insert puts a line into a table: behind the table's last own key, else behind its header, else
// in a new table at the end.
func insert(data []byte, at *places, table []string, line string) []byte {
	position, found := 0, len(table) == 0
	for _, e := range at.all {
		isHeader := e.table && !e.list && slices.Equal(e.path, table)
		isKey := !e.table && e.depth == len(table) && slices.Equal(e.path[:e.depth], table) && ownLine(data, e)
		if isHeader || isKey {
			position, found = lineEnd(data, e.end), true
		}
	}
	if !found {
		parts := make([]string, len(table))
		for i, t := range table {
			parts[i] = writeKey(t)
		}
		return append(ended(data), "\n["+strings.Join(parts, ".")+"]\n"+line...)
	}
	head := ended(data[:position])
	return slices.Concat(head, []byte(line), data[position:])
}

// ownLine says whether a key begins its line, so that it is no part of an inline table.
func ownLine(data []byte, e place) bool {
	start := strings.LastIndexByte(string(data[:e.start]), '\n') + 1
	return strings.TrimSpace(string(data[start:e.start])) == ""
}

// lineEnd returns the offset behind the line break that follows position.
func lineEnd(data []byte, position int) int {
	if i := strings.IndexByte(string(data[position:]), '\n'); i >= 0 {
		return position + i + 1
	}
	return len(data)
}

// ended returns a copy of data that ends with a line break, unless it is empty.
func ended(data []byte) []byte {
	out := slices.Clone(data)
	if len(out) > 0 && out[len(out)-1] != '\n' {
		out = append(out, '\n')
	}
	return out
}

// encode writes a value as TOML.
func encode(v any) (string, error) {
	switch v := v.(type) {
	case string:
		return quote(v), nil
	case bool:
		return strconv.FormatBool(v), nil
	case []string:
		parts := make([]string, len(v))
		for i, s := range v {
			parts[i] = quote(s)
		}
		return "[" + strings.Join(parts, ", ") + "]", nil
	}
	return "", fmt.Errorf("a value of type %T cannot be written", v)
}

// quote writes a TOML basic string.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r < ' ' || r == 0x7f:
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// writeKey writes one part of a key, in quotes where it needs them.
func writeKey(s string) string {
	if regexp.MustCompile(`^[A-Za-z0-9_-]+$`).MatchString(s) {
		return s
	}
	return quote(s)
}

// rewrite reads the file, lets change make the new text, checks it and replaces the file in one
// step, with mode 0600.
func rewrite(file string, change func([]byte) ([]byte, error)) error {
	data, _, err := readFile(file)
	if err != nil {
		return err
	}
	text, err := change(data)
	if err != nil {
		return &Error{File: file, Reason: err.Error()}
	}
	if err := (&Settings{Paths: FindPaths(), File: Default(file)}).verify(text); err != nil {
		return err
	}
	if err := MakeDir(filepath.Dir(file)); err != nil {
		return err
	}
	return WriteFile(file, text)
}

// verify loads the text as the settings file would be loaded.
func (s *Settings) verify(text []byte) error {
	d := defaults(s.Paths)
	d.File = s.File
	if err := d.takeFile(text); err != nil {
		return err
	}
	if _, err := d.Find(d.Profile.Value); err != nil {
		return placed(err, d.Profile.Origin)
	}
	return d.check()
}

// WriteFile replaces a file with mode 0600 in one step: the new content is on disk before the name
// points to it, and whatever fails leaves the old file. A symbolic link is refused.
func WriteFile(path string, data []byte) (err error) {
	if info, statErr := os.Lstat(path); statErr == nil {
		if info.Mode()&fs.ModeSymlink != 0 {
			return &Error{File: path, Reason: "it is a symbolic link and is not written through", Hint: "name the real file"}
		}
	} else if !errors.Is(statErr, fs.ErrNotExist) {
		return &Error{File: path, Reason: "it cannot be looked at: " + reason(statErr)}
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("writing %s: %w", path, err), ignoreMissing(os.Remove(tmp.Name())))
		}
	}()
	_, err = tmp.Write(data)
	err = errors.Join(err, tmp.Chmod(0o600), tmp.Sync(), tmp.Close())
	if err != nil {
		return err
	}
	if err = os.Rename(tmp.Name(), path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// ignoreMissing drops the error of removing a file that is gone already.
func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
