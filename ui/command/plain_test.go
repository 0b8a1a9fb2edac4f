package command

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestPlainPassesOverEmptyLines(t *testing.T) {
	m := newMachine(t)
	m.settings("plain = true\n")
	s := m.with("\n   \n\nversion\n\n").run()
	assert.Equal(t, exitDone, s.code, s.err)
	assert.Empty(t, s.err)
	assert.Contains(t, s.out, "Environment SANDBOX, project sandbox-shop, API v2.")
	assert.NotContains(t, s.out, "kind")
	s = m.with("status\nexplain 'x\n").run()
	assert.Equal(t, exitUsage, s.code)
	assert.Contains(t, s.err, "a quote does not end")
	assert.Equal(t, 2, strings.Count(s.out, "Environment "))
}

func TestOneLongValueMovesNoOtherLine(t *testing.T) {
	var b bytes.Buffer
	p := &printer{w: &b}
	p.table([][]string{{"TO", "CARD"}, {strings.Repeat("A", 200), "visa"}, {"Jane Roe", "visa"}})
	lines := strings.Split(b.String(), "\n")
	assert.Equal(t, strings.Repeat("A", 200)+"  visa", lines[1])
	assert.Equal(t, widestColumn+2, strings.Index(lines[2], "visa"))
	assert.Equal(t, widestColumn+2, strings.Index(lines[0], "CARD"))
}
