// Package flow runs named rehearsals of Pike's protocol: a readable TOML file of steps (call, wait
// for a notification or a state, test control, assert) that says pass or fail step by step, against
// a private sandbox or Pike's demo server. Live is refused.
package flow

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"

	"pikedash/pikeapi"
)

//go:embed shipped/*.toml
var shipped embed.FS

// MaxFile is the largest flow file that is read, in bytes.
const MaxFile = 1 << 20

// Flow is one rehearsal.
type Flow struct {
	Name     string            `toml:"-"` // the file's name without .toml
	Title    string            `toml:"title"`
	About    string            `toml:"about,omitempty"`
	Versions []string          `toml:"versions,omitempty"` // "v1", "v2"; the flow runs once for each; empty means both
	Sandbox  Options           `toml:"sandbox,omitempty"`
	Vars     map[string]string `toml:"vars,omitempty"`
	Steps    []Step            `toml:"step"`
	Path     string            `toml:"-"` // where it was read; empty for a shipped one
}

// Options are the settings of the sandbox project that a flow needs.
type Options struct {
	AutoConfirm bool  `toml:"auto_confirm,omitempty"` // no ready_to_confirm
	Hold        bool  `toml:"hold,omitempty"`         // two-step payments
	Balance     int64 `toml:"balance,omitempty"`      // wallet at start in minor units of EUR; 0 takes the sandbox's own
	Only        bool  `toml:"only,omitempty"`         // it rests on what only the sandbox does, such as a refund that ends in 13
}

// Step is one step; exactly one of Call, Join, Repeat, Wait, Poll, Control, Advance and Fault is set.
type Step struct {
	Name string `toml:"name,omitempty"` // for people and for Repeat

	Call string `toml:"call,omitempty"` // a method, such as session/init/payout
	Body string `toml:"body,omitempty"` // JSON; ${name} is replaced
	Key  string `toml:"key,omitempty"`  // name of an idempotency key of this run; the same name is the same key

	Background bool `toml:"background,omitempty"` // of a call: go on without its answer, see Join

	Join    string            `toml:"join,omitempty"`    // name of a call in the background: wait for its answer
	Repeat  string            `toml:"repeat,omitempty"`  // name of an earlier call: the same bytes and key again
	Wait    string            `toml:"wait,omitempty"`    // a notification type
	Poll    string            `toml:"poll,omitempty"`    // a session id: session/status until Expect holds
	Control string            `toml:"control,omitempty"` // a test control of the sandbox
	With    map[string]string `toml:"with,omitempty"`    // its arguments
	Advance string            `toml:"advance,omitempty"` // moves the sandbox's clock, such as "240m"
	Fault   *Fault            `toml:"fault,omitempty"`

	Within string            `toml:"within,omitempty"` // limit of Wait and Poll on the server's clock; default 60s
	Expect map[string]any    `toml:"expect,omitempty"` // path -> value; "*" present, "-" absent
	Save   map[string]string `toml:"save,omitempty"`   // variable -> path

	line int // where it begins in the file, from 1; 0 where that is not known
}

// Fault is a fault that the sandbox shall show.
type Fault struct {
	Kind   string `toml:"kind"`
	Method string `toml:"method,omitempty"`
	Count  int    `toml:"count,omitempty"` // how often; 0 means once
	// DelayMS belongs to slow and webhook_late: milliseconds on the sandbox's clock.
	DelayMS int64 `toml:"delay_ms,omitempty"`
}

// defaultWithin is how long a step waits on the server's clock when it does not say.
const defaultWithin = 60 * time.Second

// within returns the step's limit.
func (s *Step) within() time.Duration {
	if d, err := time.ParseDuration(s.Within); err == nil {
		return d
	}
	return defaultWithin
}

// Label names the step for people.
func (s *Step) Label() string {
	switch {
	case s.Name != "":
		return s.Name
	case s.Call != "":
		return s.Call
	case s.Join != "":
		return "the answer to " + s.Join
	case s.Repeat != "":
		return "repeat " + s.Repeat
	case s.Wait != "":
		return "wait for " + s.Wait
	case s.Poll != "":
		return "ask for the status"
	case s.Control != "":
		return "control " + s.Control
	case s.Advance != "":
		return "clock + " + s.Advance
	case s.Fault != nil:
		return "fault " + s.Fault.Kind
	}
	return "nothing"
}

// NeedsControl says whether the flow uses what only the sandbox has: options, controls, or cards that
// make things fail.
func (f *Flow) NeedsControl() bool {
	if f.Sandbox != (Options{}) {
		return true
	}
	return slices.ContainsFunc(f.Steps, func(s Step) bool {
		other := strings.Contains(strings.ReplaceAll(s.Body, "${card.success}", ""), "${card.")
		return s.Control != "" || s.Advance != "" || s.Fault != nil || other
	})
}

// RunVersions returns the versions that the flow runs in.
func (f *Flow) RunVersions() []pikeapi.Version {
	var vs []pikeapi.Version
	for _, v := range f.Versions {
		if p, err := pikeapi.ParseVersion(v); err == nil {
			vs = append(vs, p)
		}
	}
	if len(vs) == 0 {
		vs = []pikeapi.Version{pikeapi.V1, pikeapi.V2}
	}
	return vs
}

// Parse reads a flow from TOML. The error names line and key, and what is wrong.
func Parse(name string, data []byte) (*Flow, error) {
	if len(data) > MaxFile {
		return nil, tooLarge(name, int64(len(data)))
	}
	f := &Flow{Name: name}
	dec := toml.NewDecoder(bytes.NewReader(data)).DisallowUnknownFields()
	if err := dec.Decode(f); err != nil {
		return nil, fmt.Errorf("flow %s: %s", name, describe(err))
	}
	for i, line := range stepLines(data) {
		if i < len(f.Steps) {
			f.Steps[i].line = line
		}
	}
	if err := f.check(); err != nil {
		return nil, fmt.Errorf("flow %s: %w", name, err)
	}
	return f, nil
}

// Source returns the flow's file as it stands.
func (f *Flow) Source() ([]byte, error) {
	if f.Path != "" {
		return os.ReadFile(f.Path)
	}
	return fs.ReadFile(shipped, "shipped/"+f.Name+".toml")
}

// Shipped returns the flows that come with the program, by name.
func Shipped() ([]*Flow, error) {
	all, _, err := readAll(shipped, "shipped", "")
	return all, err
}

// Load returns the shipped flows and those in dir, by name; one in dir hides a shipped one of the
// same name. A missing dir is fine. A bad file is left out, and the error tells of every one, beside
// the flows that can be run.
func Load(dir string) ([]*Flow, error) {
	all, err := Shipped()
	if err != nil || dir == "" {
		return all, err
	}
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return all, nil
	}
	own, bad, err := readAll(os.DirFS(dir), ".", dir)
	for _, f := range own {
		bad = append(bad, f.Name) // it hides a shipped one, too
	}
	all = slices.DeleteFunc(all, func(f *Flow) bool { return slices.Contains(bad, f.Name) })
	all = append(all, own...)
	sort.Slice(all, func(i, j int) bool { return all[i].Name < all[j].Name })
	return all, err
}

// readAll reads the flows of a folder; bad are the names of those that cannot be read.
func readAll(fsys fs.FS, root, dir string) (all []*Flow, bad []string, err error) {
	entries, err := fs.ReadDir(fsys, root)
	if err != nil {
		return nil, nil, fmt.Errorf("reading flows: %w", err)
	}
	var errs []error
	for _, e := range entries {
		if e.IsDir() || filepath.Ext(e.Name()) != ".toml" {
			continue
		}
		name := strings.TrimSuffix(e.Name(), ".toml")
		f, err := readOne(fsys, filepath.ToSlash(filepath.Join(root, e.Name())), name)
		if err != nil {
			bad, errs = append(bad, name), append(errs, err)
			continue
		}
		if dir != "" {
			f.Path = filepath.Join(dir, e.Name())
		}
		all = append(all, f)
	}
	return all, bad, errors.Join(errs...)
}

func readOne(fsys fs.FS, path, name string) (*Flow, error) {
	info, err := fs.Stat(fsys, path) // before opening: opening a pipe waits for its other end
	switch {
	case err != nil:
		return nil, fmt.Errorf("reading flow %s: %w", name, err)
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("flow %s: it is no plain file", name)
	case info.Size() > MaxFile:
		return nil, tooLarge(name, info.Size())
	}
	data, err := fs.ReadFile(fsys, path)
	if err != nil {
		return nil, fmt.Errorf("reading flow %s: %w", name, err)
	}
	return Parse(name, data)
}

func tooLarge(name string, size int64) error {
	return fmt.Errorf("flow %s: the file has %d bytes, more than the %d that are read", name, size, MaxFile)
}
