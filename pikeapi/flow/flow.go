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
		return nil, fmt.Errorf("flow %s: the file has %d bytes, more than the %d that are read", name, len(data), MaxFile)
	}
	f := &Flow{Name: name}
	dec := toml.NewDecoder(bytes.NewReader(data)).DisallowUnknownFields()
	if err := dec.Decode(f); err != nil {
		return nil, fmt.Errorf("flow %s: %s", name, describe(err))
	}
	if err := f.check(); err != nil {
		return nil, fmt.Errorf("flow %s: %w", name, err)
	}
	return f, nil
}

// describe puts line and column of a TOML error into one sentence.
func describe(err error) string {
	var strict *toml.StrictMissingError
	if errors.As(err, &strict) && len(strict.Errors) > 0 {
		first := strict.Errors[0]
		row, _ := first.Position()
		return fmt.Sprintf("line %d: unknown key %q", row, strings.Join(first.Key(), "."))
	}
	var bad *toml.DecodeError
	if errors.As(err, &bad) {
		row, col := bad.Position()
		return fmt.Sprintf("line %d, column %d: %s", row, col, bad.Error())
	}
	return err.Error()
}

// check finds what TOML cannot: steps that do nothing or two things, unknown methods, names and times.
func (f *Flow) check() error {
	if len(f.Steps) == 0 {
		return errors.New("it has no steps")
	}
	for _, v := range f.Versions {
		if _, err := pikeapi.ParseVersion(v); err != nil {
			return err
		}
	}
	named := map[string]bool{}
	for i := range f.Steps {
		s := &f.Steps[i]
		if err := s.check(named); err != nil {
			return fmt.Errorf("step %d (%s): %w", i+1, s.Label(), err)
		}
		if s.Name != "" {
			named[s.Name] = true
		}
	}
	return nil
}

func (s *Step) check(named map[string]bool) error {
	kinds := 0
	for _, set := range []bool{s.Call != "", s.Join != "", s.Repeat != "", s.Wait != "", s.Poll != "", s.Control != "", s.Advance != "", s.Fault != nil} {
		if set {
			kinds++
		}
	}
	if kinds != 1 {
		return errors.New("a step does exactly one thing: call, join, repeat, wait, poll, control, advance or fault")
	}
	if s.Call != "" {
		if _, ok := pikeapi.LookupMethod(s.Call); !ok {
			return fmt.Errorf("%q is not a method of Pike", s.Call)
		}
	}
	for _, earlier := range []string{s.Repeat, s.Join} {
		if earlier != "" && !named[earlier] {
			return fmt.Errorf("no earlier step is named %q", earlier)
		}
	}
	if s.Background && (s.Call == "" || s.Name == "") {
		return errors.New("only a call with a name runs in the background")
	}
	if s.Body != "" && s.Call == "" {
		return errors.New("only a call has a body")
	}
	for key, text := range map[string]string{"within": s.Within, "advance": s.Advance} {
		if text == "" {
			continue
		}
		if d, err := time.ParseDuration(text); err != nil || d <= 0 {
			return fmt.Errorf("%s = %q is not a time such as 30s or 240m", key, text)
		}
	}
	return nil
}

// Source returns the flow's file as it stands.
func (f *Flow) Source() ([]byte, error) {
	if f.Path != "" {
		return os.ReadFile(f.Path)
	}
	return fs.ReadFile(shipped, "shipped/"+f.Name+".toml")
}

// Shipped returns the flows that come with the program, by name.
func Shipped() ([]*Flow, error) { return readAll(shipped, "shipped", "") }

// Load returns the shipped flows and those in dir, by name; one in dir hides a shipped one of the
// same name. A missing dir is fine; a bad file is an error that names it.
func Load(dir string) ([]*Flow, error) {
	all, err := Shipped()
	if err != nil || dir == "" {
		return all, err
	}
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return all, nil
	}
	own, err := readAll(os.DirFS(dir), ".", dir)
	if err != nil {
		return nil, err
	}
	for _, f := range own {
		all = slices.DeleteFunc(all, func(s *Flow) bool { return s.Name == f.Name })
		all = append(all, f)
	}
	sort.Slice(all, func(i, j int) bool { return all[i].Name < all[j].Name })
	return all, nil
}

func readAll(fsys fs.FS, root, dir string) ([]*Flow, error) {
	entries, err := fs.ReadDir(fsys, root)
	if err != nil {
		return nil, fmt.Errorf("reading flows: %w", err)
	}
	var all []*Flow
	for _, e := range entries {
		if e.IsDir() || filepath.Ext(e.Name()) != ".toml" {
			continue
		}
		data, err := fs.ReadFile(fsys, filepath.ToSlash(filepath.Join(root, e.Name())))
		if err != nil {
			return nil, fmt.Errorf("reading flow %s: %w", e.Name(), err)
		}
		f, err := Parse(strings.TrimSuffix(e.Name(), ".toml"), data)
		if err != nil {
			return nil, err
		}
		if dir != "" {
			f.Path = filepath.Join(dir, e.Name())
		}
		all = append(all, f)
	}
	return all, nil
}
