package term

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Editor starts the user's editor. The zero value does not: use NewEditor.
type Editor struct {
	Getenv func(string) string
	Dir    string // where temporary files go; empty means the system's place
}

// NewEditor takes the editor's name from the environment.
func NewEditor(getenv func(string) string) Editor { return Editor{Getenv: getenv} }

// Editing is a text that is being edited, in a file that only its owner can read.
type Editing struct {
	Cmd    *exec.Cmd
	dir    string
	path   string
	before []byte
}

// Argv returns the editor and its arguments: $VISUAL, else $EDITOR, else vi.
func (e Editor) Argv() ([]string, error) {
	for _, name := range []string{"VISUAL", "EDITOR"} {
		if v := strings.TrimSpace(e.Getenv(name)); v != "" {
			argv, err := Split(v)
			if err != nil {
				return nil, fmt.Errorf("$%s: %w", name, err)
			}
			return argv, nil
		}
	}
	return []string{"vi"}, nil
}

// Prepare writes content to a file and makes the command that edits it. It does I/O. Finish must be
// called, whatever happens.
func (e Editor) Prepare(content []byte, suffix string) (*Editing, error) {
	argv, err := e.Argv()
	if err != nil {
		return nil, err
	}
	return prepare(e.Dir, argv, content, suffix)
}

// PreparePager is Prepare for reading only: $PAGER, else less.
func (e Editor) PreparePager(content []byte, suffix string) (*Editing, error) {
	pager := strings.TrimSpace(e.Getenv("PAGER"))
	if pager == "" {
		pager = "less"
	}
	argv, err := Split(pager)
	if err != nil {
		return nil, fmt.Errorf("$PAGER: %w", err)
	}
	return prepare(e.Dir, argv, content, suffix)
}

func prepare(parent string, argv []string, content []byte, suffix string) (*Editing, error) {
	if _, err := exec.LookPath(argv[0]); err != nil {
		return nil, fmt.Errorf("%s cannot be started: %w", argv[0], err)
	}
	// A directory of its own, mode 0700: editors leave swap and backup files beside the text.
	dir, err := os.MkdirTemp(parent, "pikedash-")
	if err != nil {
		return nil, fmt.Errorf("making a place for the text: %w", err)
	}
	path := filepath.Join(dir, "text"+filepath.Base("x" + suffix)[1:])
	if err := os.WriteFile(path, content, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("writing the text: %w", err), os.RemoveAll(dir))
	}
	cmd := exec.Command(argv[0], append(argv[1:len(argv):len(argv)], path)...) //nolint:gosec // the user's own editor
	return &Editing{Cmd: cmd, dir: dir, path: path, before: bytes.Clone(content)}, nil
}

// Finish reads what the editor left, byte by byte as it is, and removes the file. runErr is how the
// editor ended; after an error the text counts as unchanged.
func (e *Editing) Finish(runErr error) (content []byte, changed bool, err error) {
	defer func() {
		if rmErr := os.RemoveAll(e.dir); rmErr != nil && err == nil {
			err = fmt.Errorf("removing the text: %w", rmErr)
		}
	}()
	if runErr != nil {
		return e.before, false, fmt.Errorf("%s: %w", filepath.Base(e.Cmd.Path), runErr)
	}
	content, err = os.ReadFile(e.path)
	if err != nil {
		return e.before, false, fmt.Errorf("reading the text back: %w", err)
	}
	return content, !bytes.Equal(content, e.before), nil
}

// Split parts a command line into words as a shell does: blanks part, quotes and backslashes hold
// together. It expands nothing.
func Split(line string) ([]string, error) {
	var words []string
	var word strings.Builder
	var quote rune
	inWord, escaped := false, false
	for _, r := range line {
		switch {
		case escaped:
			word.WriteRune(r)
			escaped = false
		case r == '\\' && quote != '\'':
			escaped, inWord = true, true
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(r)
		case r == '\'' || r == '"':
			quote, inWord = r, true
		case r == ' ' || r == '\t' || r == '\n':
			if inWord {
				words = append(words, word.String())
				word.Reset()
				inWord = false
			}
		default:
			word.WriteRune(r)
			inWord = true
		}
	}
	if quote != 0 || escaped {
		return nil, errors.New("a quote does not end")
	}
	if inWord {
		words = append(words, word.String())
	}
	if len(words) == 0 {
		return nil, errors.New("no program is named")
	}
	return words, nil
}
