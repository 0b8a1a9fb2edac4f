package flow

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"

	"pikedash/pikeapi"
	"pikedash/pikeapi/sandbox"
)

// This file finds the mistakes in a flow's file before anything is run.

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
		return fmt.Sprintf("line %d, column %d: %s", row, col, plainTOML(bad))
	}
	return err.Error()
}

var wrongKind = pattern(`cannot decode TOML (.+) into .* of type (.+)$`)

// plainTOML says without Go's names that a value is of the wrong kind.
func plainTOML(err *toml.DecodeError) string {
	said := strings.TrimPrefix(err.Error(), "toml: ")
	parts := wrongKind().FindStringSubmatch(said)
	if parts == nil {
		return said
	}
	wanted := map[string]string{"string": "text in quotes", "bool": "true or false", "int": "a whole number", "int64": "a whole number"}[parts[2]]
	switch {
	case wanted != "":
	case strings.HasPrefix(parts[2], "[]"):
		wanted = "a list"
	default:
		wanted = "a table"
	}
	return fmt.Sprintf("%s is %s where %s is needed", strings.Join(err.Key(), "."), withArticle(parts[1]), wanted)
}

func withArticle(kind string) string {
	if strings.ContainsAny(kind[:1], "aeiou") {
		return "an " + kind
	}
	return "a " + kind
}

// stepLines returns the lines at which the steps of a flow's file begin.
func stepLines(data []byte) []int {
	var lines []int
	var p unstable.Parser
	p.Reset(data)
	for p.NextExpression() {
		e := p.Expression()
		if e.Kind != unstable.ArrayTable {
			continue
		}
		key := e.Key()
		if key.Next() && string(key.Node().Data) == "step" && key.IsLast() {
			lines = append(lines, p.Shape(key.Node().Raw).Start.Line)
		}
	}
	return lines
}

// check finds what TOML cannot: steps that do nothing or two things, unknown methods, names and times.
func (f *Flow) check() error {
	if len(f.Steps) == 0 {
		return errors.New("it has no steps")
	}
	for _, v := range f.Versions {
		if _, err := pikeapi.ParseVersion(v); err != nil {
			return fmt.Errorf("versions: %w", err)
		}
	}
	c := newScope(f)
	for i := range f.Steps {
		s := &f.Steps[i]
		err := s.check()
		if err == nil {
			err = c.add(s)
		}
		if err != nil {
			return s.mistake(i, err)
		}
	}
	for i := range f.Steps {
		if s := &f.Steps[i]; slices.Contains(c.pending, s) {
			return s.mistake(i, fmt.Errorf("nothing takes its answer: add a step with join = %q", s.Name))
		}
	}
	return nil
}

// mistake says of which step, counted from 0, and in which line an error speaks.
func (s *Step) mistake(i int, err error) error {
	return fmt.Errorf("%sstep %d (%s): %w", s.place(), i+1, s.Label(), err)
}

// place is the step's line, for the begin of a sentence.
func (s *Step) place() string {
	if s.line == 0 {
		return ""
	}
	return fmt.Sprintf("line %d: ", s.line)
}

func (s *Step) check() error {
	kinds := 0
	for _, set := range []bool{s.Call != "", s.Join != "", s.Repeat != "", s.Wait != "", s.Poll != "", s.Control != "", s.Advance != "", s.Fault != nil} {
		if set {
			kinds++
		}
	}
	if kinds != 1 {
		return errors.New("a step does exactly one thing: call, join, repeat, wait, poll, control, advance or fault")
	}
	if err := s.checkCall(); err != nil {
		return err
	}
	for key, text := range map[string]string{"within": s.Within, "advance": s.Advance} {
		if text == "" {
			continue
		}
		if d, err := time.ParseDuration(text); err != nil || d <= 0 {
			return fmt.Errorf("%s = %q is not a time such as 30s or 240m", key, text)
		}
	}
	if err := s.checkIdle(); err != nil {
		return err
	}
	return s.checkServer()
}

// checkCall checks what belongs to a call.
func (s *Step) checkCall() error {
	method, known := pikeapi.LookupMethod(s.Call)
	switch {
	case s.Call != "" && !known:
		return fmt.Errorf("%q is not a method of Pike", s.Call)
	case s.Background && (s.Call == "" || s.Name == ""):
		return errors.New("only a call with a name runs in the background")
	case s.Call == "" && s.Body != "":
		return errors.New("only a call has a body")
	case s.Call == "" && s.Key != "":
		return errors.New("only a call has an idempotency key; repeat uses the key of its call")
	case s.Key != "" && !method.TakesKey:
		return fmt.Errorf("%s takes no idempotency key", s.Call)
	}
	return nil
}

// checkServer checks what is asked of the server besides calls.
func (s *Step) checkServer() error {
	switch {
	case s.Wait != "" && !slices.Contains(sandbox.WebhookTypes(), s.Wait):
		return fmt.Errorf("there is no notification %q: it is one of %s", s.Wait, strings.Join(sandbox.WebhookTypes(), ", "))
	case s.Poll != "" && len(s.Expect) == 0:
		return errors.New("a poll asks until what it expects holds: it needs step.expect")
	case s.Fault != nil:
		return s.Fault.sandbox().Check()
	case s.Control == "":
		if len(s.With) > 0 {
			return errors.New("only a control has arguments in with")
		}
		return nil
	}
	known := controlArgs()[s.Control]
	if known == nil {
		return fmt.Errorf("there is no control %q: it is one of %s", s.Control, strings.Join(slices.Sorted(maps.Keys(controlArgs())), ", "))
	}
	for _, name := range sortedKeys(s.With) {
		if !slices.Contains(known, name) {
			return fmt.Errorf("the control %s has no argument %q: it takes %s", s.Control, name, strings.Join(known, ", "))
		}
	}
	return nil
}

// controlArgs are the test controls of a private sandbox, each with its arguments.
func controlArgs() map[string][]string {
	args := map[string][]string{countSessions: {"at_least"}}
	for _, act := range sandbox.Acts() {
		args[act] = []string{"session", "amount", "code"}
	}
	return args
}
