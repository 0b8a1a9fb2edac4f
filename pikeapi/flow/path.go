package flow

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"pikedash/pikeapi"
)

// variable matches ${name} in bodies, paths and values.
var variable = pattern(`\$\{([a-zA-Z0-9_.]+)\}`)

// pattern compiles a regular expression when it is first used: most starts of the dashboard run no flow.
func pattern(text string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(text) })
}

// names are the variables that differ between the API versions. Source: Pike's page "API interaction".
func names(v pikeapi.Version) map[string]string {
	if v == pikeapi.V1 {
		return map[string]string{"payout_target": "payment_method", "payouts": "payments", "payments": "acquiring_payments"}
	}
	return map[string]string{"payout_target": "payout_details", "payouts": "payout_list", "payments": "payment_list"}
}

// expand replaces every ${name}; an unknown name is an error.
func expand(text string, vars map[string]string) (string, error) {
	var unknown string
	out := variable().ReplaceAllStringFunc(text, func(m string) string {
		name := m[2 : len(m)-1]
		value, ok := vars[name]
		if !ok && unknown == "" {
			unknown = name
		}
		return value
	})
	if unknown != "" {
		return "", fmt.Errorf("the variable ${%s} has no value here", unknown)
	}
	return out, nil
}

// document reads JSON keeping the text of numbers.
func document(body []byte) (any, error) {
	if len(bytes.TrimSpace(body)) == 0 {
		return nil, nil
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var doc any
	if err := dec.Decode(&doc); err != nil {
		return nil, fmt.Errorf("the answer is not JSON: %w", err)
	}
	return doc, nil
}

// lookup follows a dotted path, in which a number is an index, through objects and arrays.
func lookup(doc any, path string) (any, bool) {
	at := doc
	for part := range strings.SplitSeq(path, ".") {
		switch node := at.(type) {
		case map[string]any:
			next, ok := node[part]
			if !ok {
				return nil, false
			}
			at = next
		case []any:
			i, err := strconv.Atoi(part)
			if err != nil || i < 0 || i >= len(node) {
				return nil, false
			}
			at = node[i]
		default:
			return nil, false
		}
	}
	return at, true
}

// text writes a value the way it is compared and shown.
func text(v any) string {
	switch t := v.(type) {
	case string:
		return t
	case nil:
		return "null"
	case json.Number:
		return t.String()
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(raw)
}

// Difference is one expectation that was not met.
type Difference struct {
	Path     string `json:"path"`
	Expected string `json:"expected"`
	Seen     string `json:"seen"`
}

// The marks of expectations that name no value.
const (
	present = "*"
	absent  = "-"
)

// compare holds doc against the expectations, in the order of their paths.
func compare(doc any, expect map[string]any, vars map[string]string) ([]Difference, error) {
	var diffs []Difference
	for _, raw := range sortedKeys(expect) {
		path, err := expand(raw, vars)
		if err != nil {
			return nil, err
		}
		want, err := expand(text(expect[raw]), vars)
		if err != nil {
			return nil, err
		}
		value, ok := lookup(doc, path)
		seen := "(absent)"
		if ok {
			seen = text(value)
		}
		if met(want, seen, ok) {
			continue
		}
		diffs = append(diffs, Difference{Path: path, Expected: meaning(want), Seen: pikeapi.MaskText(seen)})
	}
	return diffs, nil
}

func met(want, seen string, ok bool) bool {
	switch want {
	case present:
		return ok
	case absent:
		return !ok
	}
	// One expectation may allow several values: "pending|in_progress" (Pike's own pages disagree in places).
	if !ok {
		return false
	}
	for alternative := range strings.SplitSeq(want, "|") {
		if alternative == seen {
			return true
		}
	}
	return false
}

func meaning(want string) string {
	switch want {
	case present:
		return "(present)"
	case absent:
		return "(absent)"
	}
	return want
}
