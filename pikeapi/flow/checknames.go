package flow

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"pikedash/pikeapi"
)

// scope is what the steps before one have named: steps, and variables with a value.
type scope struct {
	steps   map[string]*Step
	pending []*Step // calls in the background that no step took the answer of yet
	vars    map[string]bool
}

func newScope(f *Flow) *scope {
	c := &scope{steps: map[string]*Step{}, vars: map[string]bool{"run": true}}
	for _, known := range []map[string]string{Cards(), names(pikeapi.V1), f.Vars} {
		for name := range known {
			c.vars[name] = true
		}
	}
	return c
}

// add checks what a step refers to, and takes in what it names.
func (c *scope) add(s *Step) error {
	if err := c.checkVars(s); err != nil {
		return err
	}
	if err := c.checkSteps(s); err != nil {
		return err
	}
	for name := range s.Save {
		c.vars[name] = true
	}
	if s.Name == "" {
		return nil
	}
	if c.steps[s.Name] != nil {
		return fmt.Errorf("an earlier step is named %q, too", s.Name)
	}
	c.steps[s.Name] = s
	if s.Background {
		c.pending = append(c.pending, s)
	}
	return nil
}

// checkSteps checks repeat and join.
func (c *scope) checkSteps(s *Step) error {
	for _, name := range []string{s.Repeat, s.Join} {
		earlier := c.steps[name]
		switch {
		case name == "":
		case earlier == nil:
			return fmt.Errorf("no earlier step is named %q", name)
		case s.Repeat != "" && earlier.Call == "":
			return fmt.Errorf("the step %q is no call that could be repeated", name)
		case s.Join != "" && !slices.Contains(c.pending, earlier):
			return fmt.Errorf("the step %q has no answer to wait for: only a call with background = true has one, once", name)
		case s.Join != "":
			c.pending = slices.DeleteFunc(c.pending, func(p *Step) bool { return p == earlier })
		}
	}
	return nil
}

// checkVars finds variables that have no value when the step begins. What a step saves, it saves at its
// end; a save's own path may use earlier ones only.
func (c *scope) checkVars(s *Step) error {
	texts := []string{s.Body, s.Poll}
	for _, path := range sortedKeys(s.Expect) {
		texts = append(texts, path, text(s.Expect[path]))
	}
	for _, m := range []map[string]string{s.With, s.Save} {
		texts = append(texts, slices.Sorted(maps.Values(m))...)
	}
	for _, t := range texts {
		for _, m := range variable().FindAllStringSubmatch(t, -1) {
			if name := m[1]; !c.vars[name] {
				return fmt.Errorf("the variable ${%s} has no value here: give it one in vars, or in the save of an earlier step", name)
			}
		}
	}
	return nil
}

// checkIdle refuses what a step cannot do anything with.
func (s *Step) checkIdle() error {
	judges := len(s.Expect)+len(s.Save) > 0
	switch {
	case judges && s.Background:
		return errors.New("a call in the background has no answer yet: expect and save belong to the step that joins it")
	case judges && (s.Advance != "" || s.Fault != nil):
		return errors.New("this step has no answer: expect and save belong to another one")
	case s.Within != "" && s.Wait == "" && s.Poll == "":
		return errors.New("only wait and poll have a limit in within")
	}
	return nil
}
