package command

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"pikedash/pikeapi"
	"pikedash/pikeapi/sandbox"
)

// lossyMachine has a profile whose server loses the first answer to a method after it did the work.
func lossyMachine(t *testing.T, method string) (*machine, *sandbox.Server) {
	t.Helper()
	m := newMachine(t)
	server, url := m.sandboxAt(func(c *sandbox.Config) {
		c.Faults = []sandbox.Fault{{Kind: sandbox.FaultLostAnswer, Method: method, Count: 1}}
	})
	m.settings("profile = \"shop\"\n[profiles.shop]\nkind = \"sandbox\"\nproject = \"shop\"\nbase_url = \"" + url + "\"\n")
	return m, server
}

func (m *machine) unknown() []any {
	list, ok := m.ok("unknown", "list", "--json").object(m.t)["unknown"].([]any)
	require.True(m.t, ok)
	return list
}

func TestALostAnswerIsSettledByTheSameBytes(t *testing.T) {
	m, server := lossyMachine(t, pikeapi.MethodInitPayout)
	body := m.payout("p.json", "15000")
	s := m.run("send", "session/init/payout", "--body", body)
	require.Equal(t, exitUnknown, s.code, s.err)
	assert.Contains(t, s.err, "pikedash unknown list")

	list := m.unknown()
	require.Len(t, list, 1)
	operation, ok := at(list[0], "operation").(string)
	require.True(t, ok)
	assert.Equal(t, "150.00 EUR", at(list[0], "amount"))
	assert.Equal(t, []any{"resend", "resolve"}, at(list[0], "ways_out"), "no session is known, so it cannot be asked for")
	assert.NotContains(t, m.ok("unknown", "list").out, "4242424242424242")

	s = m.run("unknown", "query", operation)
	assert.Equal(t, exitBlocked, s.code)

	s = m.ok("unknown", "resend", operation, "--json")
	assert.Equal(t, "accepted", s.object(t)["outcome"])
	assert.Empty(t, m.unknown())
	assert.Equal(t, 1, sessionsAt(t, server), "one payout, although the bytes went out twice")

	s = m.run("unknown", "resend", operation)
	assert.Equal(t, exitFailure, s.code)
	assert.Contains(t, s.err, "not unknown")
}

func TestALostConfirmationIsAskedFor(t *testing.T) {
	m, server := lossyMachine(t, pikeapi.MethodConfirm)
	session, ok := m.ok("send", "session/init/payout", "--body", m.payout("p.json", "15000"), "--json").object(t)["session"].(string)
	require.True(t, ok)
	_, err := server.Controls().Advance(t.Context(), session, "ready_to_confirm")
	require.NoError(t, err)
	require.Equal(t, exitUnknown, m.run("send", "session/confirm", "--session", session).code)
	list := m.unknown()
	require.Len(t, list, 1)
	assert.Equal(t, []any{"query", "resend", "resolve"}, at(list[0], "ways_out"))
	operation, ok := at(list[0], "operation").(string)
	require.True(t, ok)
	s := m.ok("unknown", "query", operation)
	assert.Contains(t, s.out, session)
	assert.Contains(t, s.out, "the request is ")
}

func TestResolveByHandNeedsANote(t *testing.T) {
	m, _ := lossyMachine(t, pikeapi.MethodInitPayout)
	body := m.payout("p.json", "15000")
	require.Equal(t, exitUnknown, m.run("send", "session/init/payout", "--body", body).code)
	operation, ok := at(m.unknown()[0], "operation").(string)
	require.True(t, ok)
	assert.Equal(t, exitUsage, m.run("unknown", "resolve", operation).code)
	assert.Equal(t, exitUsage, m.run("unknown", "resolve", operation, "--note", "  ").code)
	assert.Equal(t, exitBlocked, m.run("unknown", "resolve", operation, "--note", "x", "--read-only").code)
	s := m.ok("unknown", "resolve", operation, "--note", "support says no, card 4242424242424242")
	assert.Contains(t, s.out, "support says no")
	assert.NotContains(t, s.out, "4242424242424242")
	assert.Empty(t, m.unknown())
	assert.Equal(t, exitFailure, m.run("unknown", "resolve", "nothing", "--note", "x").code)
	assert.Contains(t, m.ok("journal", "export").out, "support says no")
}
