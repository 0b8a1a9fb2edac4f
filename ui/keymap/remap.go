package keymap

import (
	"errors"
	"fmt"
	"reflect"
	"sort"
	"strings"
)

// Remap returns the bindings with the keys of some exchanged: the configuration's [keys] table, from
// a binding's ID such as "list.filter" to its new keys. An empty list takes the action's keys away.
// All mistakes are reported together: unknown IDs, keys that no terminal sends, clashes, and actions
// that must keep a key.
func Remap(changes map[string][]string) (*Map, error) {
	m := New()
	if len(changes) == 0 {
		return m, nil
	}
	index := m.index()
	var problems []error
	for _, id := range sortedKeys(changes) {
		b, ok := index[id]
		if !ok {
			problems = append(problems, fmt.Errorf("keys.%s: there is no such action%s", id, suggest(id, index)))
			continue
		}
		fresh := make([]string, 0, len(changes[id]))
		for _, k := range changes[id] {
			key := unlabel(k)
			if !sendable(key) {
				problems = append(problems, fmt.Errorf("keys.%s: no terminal sends the key %q", id, k))
				continue
			}
			fresh = append(fresh, key)
		}
		b.keys = fresh
	}
	for _, id := range []string{"always.quit", "dialog.cancel", "dialog.accept", "global.back"} {
		if len(index[id].keys) == 0 {
			problems = append(problems, fmt.Errorf("keys.%s: this action must keep a key", id))
		}
	}
	for _, c := range m.Clashes() {
		problems = append(problems, c)
	}
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	return m, nil
}

// index gives access to every binding by its ID.
func (m *Map) index() map[string]*Binding {
	out := map[string]*Binding{}
	v := reflect.ValueOf(m).Elem()
	for i := range v.NumField() {
		group := v.Field(i)
		for j := range group.NumField() {
			if b, ok := group.Field(j).Addr().Interface().(*Binding); ok {
				out[b.ID] = b
			}
		}
	}
	return out
}

// sendable says whether a terminal can send key, so that a slip of the pen is noticed.
func sendable(key string) bool {
	if key == "" {
		return false
	}
	bare := strings.TrimPrefix(key, "alt+")
	if _, ok := named()[bare]; ok {
		return true
	}
	return len([]rune(bare)) == 1
}

func sortedKeys(m map[string][]string) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}

// suggest names the action that id was probably meant to be.
func suggest(id string, index map[string]*Binding) string {
	best, bestCost := "", len(id)/2+1
	ids := make([]string, 0, len(index))
	for known := range index {
		ids = append(ids, known)
	}
	sort.Strings(ids)
	for _, known := range ids {
		if c := distance(id, known); c < bestCost {
			best, bestCost = known, c
		}
	}
	if best == "" {
		return ""
	}
	return "; did you mean " + best + "?"
}

// distance is the Levenshtein distance in bytes; IDs are ASCII.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diagonal := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := diagonal
			if a[i-1] != b[j-1] {
				cost++
			}
			diagonal = row[j]
			row[j] = min(cost, row[j]+1, row[j-1]+1)
		}
	}
	return row[len(b)]
}
