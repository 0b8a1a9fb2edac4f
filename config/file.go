package config

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// maxFile is the largest settings file that is read, in bytes.
const maxFile = 1 << 20

// The shape of the settings file. Pointers tell "not set" from a zero value.
type fileShape struct {
	Profile   *string                 `toml:"profile"`
	LogLevel  *string                 `toml:"log_level"`
	ReadOnly  *bool                   `toml:"read_only"`
	Theme     *string                 `toml:"theme"`
	Mouse     *bool                   `toml:"mouse"`
	Plain     *bool                   `toml:"plain"`
	Clipboard *string                 `toml:"clipboard"`
	Timeout   *string                 `toml:"timeout"`
	Webhook   webhookShape            `toml:"webhook"`
	Keys      map[string]any          `toml:"keys"`
	Profiles  map[string]profileShape `toml:"profiles"`
}

type webhookShape struct {
	Listen  *string `toml:"listen"`
	Forward *string `toml:"forward"`
}

type profileShape struct {
	Kind               *string       `toml:"kind"`
	BaseURL            *string       `toml:"base_url"`
	Project            *string       `toml:"project"`
	Submerchant        *string       `toml:"submerchant"`
	APIVersion         *string       `toml:"api_version"`
	Key                keyShape      `toml:"key"`
	PikeKeys           []publicShape `toml:"pike_keys"`
	RetiredKeys        []publicShape `toml:"retired_keys"`
	Limits             limitsShape   `toml:"limits"`
	DuplicateWindow    *string       `toml:"duplicate_window"`
	ForbidSelfApproval *bool         `toml:"forbid_self_approval"`
}

type keyShape struct {
	File    *string  `toml:"file"`
	Agent   *string  `toml:"agent"`
	Command []string `toml:"command"`
	Public  *string  `toml:"public"`
}

type publicShape struct {
	Name string `toml:"name"`
	File string `toml:"file"`
	PEM  string `toml:"pem"`
}

type limitsShape struct {
	MaxAmount  []string `toml:"max_amount"`
	MaxPerHour []string `toml:"max_per_hour"`
	MaxPerDay  []string `toml:"max_per_day"`
	Currencies []string `toml:"currencies"`
	Methods    []string `toml:"methods"`
}

// readFile returns the content of the settings file. A missing file is not an error: exists is
// then false. A file that others can write to is refused, because it decides where money goes.
func readFile(path string) (data []byte, exists bool, err error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false, nil
	}
	switch {
	case err != nil:
		return nil, false, &Error{File: path, Reason: "it cannot be read: " + reason(err)}
	case info.IsDir():
		return nil, false, &Error{File: path, Reason: "it is a folder, not a file"}
	case othersMayWrite(info):
		return nil, false, &Error{File: path, Reason: fmt.Sprintf("others can write to it (mode %04o)", info.Mode().Perm()),
			Hint: "run chmod 600 " + path}
	case info.Size() > maxFile:
		return nil, false, &Error{File: path, Reason: fmt.Sprintf("it has %d bytes, more than the %d that are read", info.Size(), maxFile)}
	}
	data, err = os.ReadFile(path)
	if err != nil {
		return nil, false, &Error{File: path, Reason: "it cannot be read: " + reason(err)}
	}
	return data, true, nil
}

// reason returns the cause of a file error without repeating the path.
func reason(err error) string {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		return pathErr.Err.Error()
	}
	return err.Error()
}

// parse reads the text of a settings file. Every mistake names line, column and key.
func parse(path string, data []byte) (*fileShape, *places, error) {
	if err := refuseSecrets(path, data); err != nil {
		return nil, nil, err
	}
	var shape fileShape
	err := toml.NewDecoder(bytes.NewReader(data)).Decode(&shape)
	// Unknown keys are looked for first: a misspelt table often makes the types wrong too.
	at, placeErr := indexPlaces(data)
	if placeErr == nil {
		if unknown := at.unknown(path); unknown != nil {
			return nil, nil, unknown
		}
	}
	if err != nil {
		return nil, nil, decodeError(path, err)
	}
	if placeErr != nil {
		return nil, nil, &Error{File: path, Reason: placeErr.Error()}
	}
	return &shape, at, nil
}

// decodeError turns the decoder's error into ours.
func decodeError(path string, err error) error {
	out := &Error{File: path, Reason: strings.TrimPrefix(err.Error(), "toml: ")}
	var de *toml.DecodeError
	if errors.As(err, &de) {
		out.Line, out.Column = de.Position()
		out.Key = strings.Join(de.Key(), ".")
		out.Reason = plainReason(strings.TrimPrefix(de.Error(), "toml: "))
	}
	return out
}

// plainReason rewrites the decoder's messages about Go types for people who never saw this code.
func plainReason(s string) string {
	kind, found := strings.CutPrefix(s, "cannot decode TOML ")
	if !found {
		return s
	}
	kind, rest, _ := strings.Cut(kind, " into ")
	want := "another kind of value"
	for _, c := range []struct{ suffix, word string }{
		{"[]string", "a list of texts"}, {"string", "a text in quotes"}, {"bool", "true or false"},
	} {
		if strings.HasSuffix(rest, c.suffix) {
			want = c.word
			break
		}
	}
	return fmt.Sprintf("it is a TOML %s, but %s is needed", kind, want)
}

// refuseSecrets refuses a private key's text in the file: the file names keys, it does not hold them.
func refuseSecrets(path string, data []byte) error {
	i := bytes.Index(data, []byte("PRIVATE KEY"))
	if i < 0 {
		return nil
	}
	line := 1 + bytes.Count(data[:i], []byte("\n"))
	column := i - bytes.LastIndexByte(data[:i], '\n')
	return &Error{File: path, Line: line, Column: column, Reason: "the file holds the text of a private key",
		Hint: "keep the key in a file of its own with mode 0600 and name it: key.file = \"PATH\""}
}
