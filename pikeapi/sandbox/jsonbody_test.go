package sandbox

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// slowNesting is checkNesting by the standard library's tokens: whether a name occurs twice, and how
// deep it goes.
func slowNesting(t require.TestingT, body string) (twice bool, deep int) {
	d := json.NewDecoder(strings.NewReader(body))
	var names []map[string]bool // nil for an array
	var isName []bool
	for d.More() || len(names) > 0 {
		token, err := d.Token()
		require.NoError(t, err)
		n := len(names)
		if delim, ok := token.(json.Delim); ok && (delim == '}' || delim == ']') {
			names, isName = names[:n-1], isName[:n-1]
			continue
		}
		if n > 0 && names[n-1] != nil {
			if isName[n-1] {
				twice = twice || names[n-1][token.(string)]
				names[n-1][token.(string)] = true
			}
			isName[n-1] = !isName[n-1]
		}
		switch token {
		case json.Delim('{'):
			names, isName = append(names, map[string]bool{}), append(isName, true)
		case json.Delim('['):
			names, isName = append(names, nil), append(isName, false)
		}
		deep = max(deep, len(names))
	}
	return twice, deep
}

// drawJSON writes a random value, with names that are often the same and texts that hold what means
// something in JSON.
func drawJSON(t *rapid.T, depth int) string {
	text := func() string {
		return rapid.SampledFrom([]string{`"a"`, `"b"`, `"\u0061"`, `"\""`, `"\\"`, `"{"`, `"a:b,c"`, `""`, `"é"`, `"]}"`, `"\\\""`}).Draw(t, "text")
	}
	kind := rapid.IntRange(0, 5).Draw(t, "kind")
	if depth == 0 && kind > 3 {
		kind = 0
	}
	switch kind {
	case 4, 5:
		var parts []string
		for range rapid.IntRange(0, 4).Draw(t, "parts") {
			part := drawJSON(t, depth-1)
			if kind == 4 {
				part = text() + rapid.SampledFrom([]string{":", " : ", ":\n"}).Draw(t, "colon") + part
			}
			parts = append(parts, part)
		}
		all := strings.Join(parts, rapid.SampledFrom([]string{",", " ,\t"}).Draw(t, "comma"))
		if kind == 4 {
			return "{" + all + "}"
		}
		return "[" + all + "]"
	case 1:
		return rapid.SampledFrom([]string{"1", "-2.5e7", "true", "false", "null"}).Draw(t, "scalar")
	}
	return text()
}

// TestNesting holds the walk over a body against the standard library's reading of it.
func TestNesting(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		body := drawJSON(rt, 5)
		require.True(rt, json.Valid([]byte(body)), body)
		twice, deep := slowNesting(rt, body)
		require.LessOrEqual(rt, deep, maxDepth)
		assert.Equal(rt, twice, checkNesting([]byte(body)) != nil, body)
	})
	assert.NoError(t, checkNesting([]byte(strings.Repeat("[", maxDepth)+strings.Repeat("]", maxDepth))))
	assert.Error(t, checkNesting([]byte(strings.Repeat("[", maxDepth+1)+strings.Repeat("]", maxDepth+1))))
}
