package command

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"pikedash/pikeapi"
	"pikedash/pikeapi/sandbox"
)

// TestAFaultOfPikeIsNoRefusal: after HTTP 500 nobody knows, and the message says so.
func TestAFaultOfPikeIsNoRefusal(t *testing.T) {
	m, server := lossyMachine(t, pikeapi.MethodCancel)
	_, err := server.Controls().AddFault(t.Context(), sandbox.Fault{Kind: sandbox.FaultStatus500, Method: pikeapi.MethodInitPayout, Count: 1})
	require.NoError(t, err)
	s := m.run("send", "session/init/payout", "--body", m.payout("p.json", "15000"))
	assert.Equal(t, exitUnknown, s.code)
	assert.NotContains(t, s.err, "refused")
	assert.Contains(t, s.err, "Pike answered: internal_error")
	assert.Contains(t, s.err, "the outcome is unknown")
	s = m.run("send", "session/status", "--session", "ps_0")
	assert.Contains(t, s.err, "Pike refused: invalid_request")
}

// fullDisk takes nothing.
type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

// TestALostOutputIsNoLostCall: a script that only sees a failure would send it anew.
func TestALostOutputIsNoLostCall(t *testing.T) {
	m, server := lossyMachine(t, pikeapi.MethodCancel)
	var errs bytes.Buffer
	code := Run(m.ctx, []string{"send", "session/init/payout", "--body", m.payout("p.json", "15000")}, strings.NewReader(""), fullDisk{}, &errs)
	assert.Equal(t, exitFailure, code)
	assert.Equal(t, 1, sessionsAt(t, server))
	assert.Contains(t, errs.String(), "Pike accepted the call; do not send it anew")
}
