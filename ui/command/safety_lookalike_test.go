package command

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"pikedash/pikeapi"
	"pikedash/pikeapi/sandbox"
)

const (
	cardTarget = `{"type":"card","card":{"type":"bank_card","bank_card":{"number":"4242424242424242"}}}`
	eur200     = `"amount_details":{"amount":200,"currency":"eur"}`
)

// created makes a session by the program and returns its id.
func (m *machine) created(members string) string {
	m.t.Helper()
	s := m.ok("send", "session/create", "--json", "--allow-duplicate", "--body", m.file("created", "{"+members+"}"))
	id, ok := s.object(m.t)["session"].(string)
	require.True(m.t, ok)
	return id
}

// TestALostPayoutIsNotMadeAgainByAnotherRoad: whichever calls share out recipient and amount between
// them, the call that would pay is refused.
func TestALostPayoutIsNotMadeAgainByAnotherRoad(t *testing.T) {
	m, server := lossyMachine(t, pikeapi.MethodInitPayout)
	try := func(method, body string, more ...string) said {
		return m.run(append([]string{"send", method, "--json", "--allow-duplicate", "--body", m.file("b", body)}, more...)...)
	}
	require.Equal(t, exitUnknown, try("session/init/payout", `{"payout_details":`+cardTarget+`,`+eur200+`}`).code)
	for name, c := range map[string]struct{ create, method, body string }{
		"other bytes":              {"", "session/init/payout", `{` + eur200 + `, "payout_details":` + cardTarget + `}`},
		"digits with blanks":       {"", "session/init/payout", `{"payout_details":{"type":"card","card":{"type":"bank_card","bank_card":{"number":"4242 4242 4242 4242"}}},` + eur200 + `}`},
		"the currency's case":      {"", "session/init/payout", `{"payout_details":` + cardTarget + `,"amount_details":{"amount":200,"currency":"EUR"}}`},
		"the amount as text":       {"", "session/init/payout", `{"payout_details":` + cardTarget + `,"amount_details":{"amount":"200","currency":"eur"}}`},
		"the amount with decimals": {"", "session/init/payout", `{"payout_details":` + cardTarget + `,"amount_details":{"amount":200.0,"currency":"eur"}}`},
		"the amount as a power":    {"", "session/init/payout", `{"payout_details":` + cardTarget + `,"amount_details":{"amount":2e2,"currency":"eur"}}`},
		"no amount":                {"", "session/init/payout", `{"payout_details":` + cardTarget + `}`},
		"target first":             {`"payout_details":` + cardTarget, "session/start/payout", `{"session_id":"ID",` + eur200 + `}`},
		"amount first":             {eur200, "session/start/payout", `{"session_id":"ID","payout_details":` + cardTarget + `}`},
		"nothing first":            {`"metadata":"x"`, "session/start/payout", `{"session_id":"ID","payout_details":` + cardTarget + `,` + eur200 + `}`},
		"all at once":              {"", "session/create", `{"payout_details":` + cardTarget + `,` + eur200 + `}`},
	} {
		body := c.body
		if c.create != "" {
			body = replaceID(body, m.created(c.create))
		}
		s := try(c.method, body)
		assert.Equal(t, exitBlocked, s.code, "%s: %s", name, s.out)
		assert.Equal(t, "unknown_lookalike", s.rule(t), name)
	}
	s := try("session/init/payout", `{"payment_method":`+cardTarget+`,`+eur200+`}`, "--api", "v1")
	assert.Equal(t, "unknown_lookalike", s.rule(t), "the other version")
	assert.Equal(t, exitDone, try("session/init/payout", `{"payout_details":`+cardTarget+`,"amount_details":{"amount":201,"currency":"eur"}}`).code, "another amount is another payout")
	state, err := server.Controls().State(t.Context())
	require.NoError(t, err)
	paid := 0
	for _, x := range state.Sessions {
		if x.Operation != "" {
			paid++
		}
	}
	assert.Equal(t, 2, paid, "the lost payout, and the one of another amount")
}

func replaceID(body, id string) string { return strings.ReplaceAll(body, `"ID"`, `"`+id+`"`) }

// TestALostStartBlocksWhatWouldPayTheSame: its own body names neither recipient nor amount.
func TestALostStartBlocksWhatWouldPayTheSame(t *testing.T) {
	for _, method := range []string{pikeapi.MethodStartPayout, pikeapi.MethodConfirm} {
		m, server := lossyMachine(t, method)
		var session string
		if method == pikeapi.MethodConfirm {
			session = m.opened(server, "session/init/payout", m.file("i", `{"payout_details":`+cardTarget+`,`+eur200+`}`), "ready_to_confirm")
		} else {
			session = m.created(`"payout_details":` + cardTarget + `,` + eur200)
		}
		require.Equal(t, exitUnknown, m.run("send", method, "--session", session).code, method)
		list := m.unknown()
		require.Len(t, list, 1)
		assert.Equal(t, "visa 424242··4242", at(list[0], "target"), "%s: it says whom it pays", method)
		if method == pikeapi.MethodConfirm {
			assert.Equal(t, "2.00 EUR", at(list[0], "session_amount"))
		}
		s := m.run("send", "session/init/payout", "--json", "--allow-duplicate", "--body", m.file("again", `{"metadata":"n","payout_details":`+cardTarget+`,`+eur200+`}`))
		assert.Equal(t, exitBlocked, s.code, "%s: %s", method, s.out)
		assert.Equal(t, "unknown_lookalike", s.rule(t), method)
		assert.Equal(t, 1, sessionsAt(t, server), method)
	}
}

// TestAStartIsNoDuplicateOfItsOwnSession: what the session was made with is warned about when another
// one pays the same, not when it is started.
func TestAStartIsNoDuplicateOfItsOwnSession(t *testing.T) {
	m, server, _ := shopMachine(t)
	session := m.created(`"payout_details":` + cardTarget + `,` + eur200)
	m.ok("send", "session/start/payout", "--body", m.file("s", `{"session_id":"`+session+`","payout_details":`+cardTarget+`,`+eur200+`}`))
	_, err := server.Controls().Advance(t.Context(), session, "ready_to_confirm")
	require.NoError(t, err)
	m.ok("send", "session/status", "--session", session)
	m.ok("send", "session/confirm", "--session", session)
	other := m.created(`"payout_details":` + cardTarget)
	s := m.run("send", "session/start/payout", "--json", "--body", m.file("t", `{"session_id":"`+other+`",`+eur200+`}`))
	assert.Equal(t, exitBlocked, s.code, s.out)
	assert.Equal(t, "duplicate", s.rule(t))
}

// TestAKeyIsNotResentPastItsFirstUse: a key that was used before is as old as its first use, whatever
// request has it now.
func TestAKeyIsNotResentPastItsFirstUse(t *testing.T) {
	m, server, _ := shopMachine(t)
	body := m.payout("p", "15000")
	send := []string{"send", "session/init/payout", "--body", body, "--idempotency-key", "my-own-key-1", "--allow-duplicate", "--json"}
	m.ok(send...)
	_, err := server.Controls().AddFault(t.Context(), sandbox.Fault{Kind: sandbox.FaultLostAnswer, Method: pikeapi.MethodInitPayout, Count: 1})
	require.NoError(t, err)
	require.Equal(t, exitUnknown, m.at(later(20), send...).code)
	list := m.unknown()
	require.Len(t, list, 1)
	operation, ok := at(list[0], "operation").(string)
	require.True(t, ok)
	s := m.at(later(23.5), "unknown", "resend", operation, "--json")
	assert.Equal(t, exitBlocked, s.code, "the key is older than 23 hours, its last use is not: %s", s.out)
	assert.Equal(t, "key_expired", s.rule(t))
	m.ok("unknown", "resolve", operation, "--note", "seen")
	s = m.at(later(23.5), send...)
	assert.Equal(t, "key_expired", s.rule(t), "no new request takes it so late: %s", s.out)
	assert.Equal(t, 1, sessionsAt(t, server))
}

// TestASealedRequestIsAsOldAsItsSeal: somebody else may have sent it on another machine at once.
func TestASealedRequestIsAsOldAsItsSeal(t *testing.T) {
	m, server := lossyMachine(t, pikeapi.MethodInitPayout)
	file := m.home + "/p.sealed"
	m.ok("prepare", "session/init/payout", "--body", m.payout("p", "15000"), "--out", file, "--valid", "23h")
	t.Setenv("XDG_STATE_HOME", m.home+"/elsewhere")
	require.Equal(t, exitUnknown, m.at(later(20), "approve", file).code)
	list := m.unknown()
	require.Len(t, list, 1)
	operation, ok := at(list[0], "operation").(string)
	require.True(t, ok)
	s := m.at(later(23.5), "unknown", "resend", operation, "--json")
	assert.Equal(t, "key_expired", s.rule(t), s.out)
	assert.Equal(t, exitDone, m.at(later(22), "unknown", "resend", operation).code)
	assert.Equal(t, 1, sessionsAt(t, server))
}

// later is a clock that goes so many hours ahead.
func later(hours float64) func() time.Time {
	return func() time.Time { return time.Now().Add(time.Duration(hours * float64(time.Hour))) }
}
