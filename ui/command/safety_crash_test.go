package command

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// panicking is a stream whose first use is a fault of the program, with a card number in its text.
type panicking struct{}

func (panicking) Read([]byte) (int, error)  { panic(`reading {"number":"` + markedNumber + `"}`) }
func (panicking) Write([]byte) (int, error) { panic(`writing {"number":"` + markedNumber + `"}`) }

// TestACrashShowsNoCardAndForgetsNoPayout: a verb that panics before or after a payout ends with 1 and a
// masked text, and the journal knows what was sent.
func TestACrashShowsNoCardAndForgetsNoPayout(t *testing.T) {
	m, server, _ := shopMachine(t)
	for name, c := range map[string]struct {
		body string
		sent int
	}{
		"before the wire": {"-", 0},
		"after it":        {m.payout("p", "15000"), 1},
	} {
		var errs strings.Builder
		a := &app{in: panicking{}, out: &printer{w: panicking{}}, err: &printer{w: &errs}, getenv: os.Getenv, now: time.Now}
		before := sessionsAt(t, server)
		code := a.run(t.Context(), []string{"send", "session/init/payout", "--body", c.body})
		assert.Equal(t, exitFailure, code, name)
		assert.Contains(t, errs.String(), "a fault of the program", name)
		assert.Contains(t, errs.String(), "pikedash unknown list", name)
		assert.Empty(t, leaksIn([]byte(errs.String()), nil), name)
		assert.Equal(t, c.sent, sessionsAt(t, server)-before, name)
		assert.Empty(t, m.unknown(), "%s: it is known what became of it", name)
	}
	s := m.run("send", "session/init/payout", "--body", m.payout("p", "15000"), "--json")
	assert.Equal(t, "duplicate", s.rule(t), "what was sent is remembered")
	m.ok("journal", "verify")
}
