package command

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"pikedash/pikeapi"
	"pikedash/pikeapi/sandbox"
)

// payment writes a payment's body with the card that always goes well.
func (m *machine) payment(name, amount string) string {
	return m.file(name, `{"payment_details":{"type":"card","card":{"type":"bank_card","bank_card":{"number":"4242424242424242","expiration_month":"12","expiration_year":"39"}}},`+
		`"amount_details":{"amount":`+amount+`,"currency":"eur"},"customer":{"reference":"buyer"},"metadata":"m-`+name+`"}`)
}

// opened sends a body that makes a session, brings the session to a state, and returns its id.
func (m *machine) opened(server *sandbox.Server, method, body, to string, more ...string) string {
	m.t.Helper()
	s := m.ok(append([]string{"send", method, "--body", body, "--allow-duplicate", "--json"}, more...)...)
	session, ok := s.object(m.t)["session"].(string)
	require.True(m.t, ok, s.out)
	if to != "" {
		_, err := server.Controls().Advance(m.t.Context(), session, to)
		require.NoError(m.t, err)
	}
	// The journal hears of it.
	m.ok(append([]string{"send", "session/status", "--session", session}, profileOf(more)...)...)
	return session
}

// profileOf keeps the profile of a list of flags.
func profileOf(flags []string) []string {
	for i, f := range flags {
		if f == "--profile" {
			return flags[i : i+2]
		}
	}
	return nil
}

// rule is the stable code of the error of a run with --json.
func (s said) rule(t *testing.T) string {
	t.Helper()
	code, _ := at(s.object(t), "error", "code").(string)
	return code
}

// TestALostRefundIsNotMadeTwiceInOtherWords: the body of a refund names no recipient, so a second one
// with another blank or reason is recognised by its session.
func TestALostRefundIsNotMadeTwiceInOtherWords(t *testing.T) {
	m, server := lossyMachine(t, pikeapi.MethodRefund)
	session := m.opened(server, "session/init/payment", m.payment("p", "15000"), "succeeded")
	refund := func(name, form string) said {
		return m.run("send", "session/refund", "--json", "--allow-duplicate", "--body", m.file(name, `{"session_id":"`+session+`"`+form+`}`))
	}
	require.Equal(t, exitUnknown, refund("a", `,"amount_details":{"amount":5000,"currency":"eur"}`).code)
	for name, form := range map[string]string{
		"blank":    ` ,"amount_details":{"amount":5000,"currency":"eur"}`,
		"case":     `,"amount_details":{"amount":5000,"currency":"EUR"}`,
		"metadata": `,"amount_details":{"amount":5000,"currency":"eur"},"metadata":"again"`,
		"whole":    ``,
	} {
		s := refund(name, form)
		assert.Equal(t, exitBlocked, s.code, "%s: %s", name, s.out)
		assert.Equal(t, "unknown_lookalike", s.rule(t), name)
	}
	assert.Equal(t, 1, refundsAt(t, server, session), "one refund was made")
	// Another amount is another refund.
	assert.Equal(t, exitDone, refund("other", `,"amount_details":{"amount":1000,"currency":"eur"}`).code)
}

// refundsAt counts the refunds of a session at the server.
func refundsAt(t *testing.T, server *sandbox.Server, session string) int {
	t.Helper()
	state, err := server.Controls().Session(t.Context(), session)
	require.NoError(t, err)
	parsed, err := pikeapi.ParseSession(state.Raw)
	require.NoError(t, err)
	n := 0
	for _, o := range parsed.Operations() {
		n += len(o.Refunds)
	}
	return n
}

// TestTheSameRefundTwiceIsWarnedAbout: the duplicate radar sees refunds too.
func TestTheSameRefundTwiceIsWarnedAbout(t *testing.T) {
	m := newMachine(t)
	server, url := m.sandboxAt(nil)
	m.settings("profile = \"shop\"\n[profiles.shop]\nkind = \"sandbox\"\nproject = \"shop\"\nbase_url = \"" + url + "\"\nduplicate_window = \"24h\"\n")
	session := m.opened(server, "session/init/payment", m.payment("p", "15000"), "succeeded")
	refund := func(name, form string, more ...string) said {
		return m.run(append([]string{"send", "session/refund", "--json", "--body",
			m.file(name, `{"session_id":"`+session+`","amount_details":{"amount":1000,"currency":"eur"}`+form+`}`)}, more...)...)
	}
	require.Equal(t, exitDone, refund("a", "").code)
	s := refund("b", ` ,"metadata":"x"`)
	assert.Equal(t, exitBlocked, s.code, s.out)
	assert.Equal(t, "duplicate", s.rule(t))
	assert.Equal(t, exitDone, refund("c", ` ,"metadata":"x"`, "--allow-duplicate").code)
}

// TestAnAmountThatPikeIgnoresConfirmsNothing: a confirmation takes no amount, so one in its body must
// not stand for the session's.
func TestAnAmountThatPikeIgnoresConfirmsNothing(t *testing.T) {
	m, server := liveMachine(t, "[profiles.practice.limits]\nmax_amount = [\"200.00 EUR\"]\n")
	session := m.opened(server, "session/init/payout", m.payout("p", "15000"), "ready_to_confirm",
		"--profile", "practice", "--live", "--confirm-amount", "150.00EUR")
	for _, method := range []string{"session/confirm", "session/cancel"} {
		body := m.file("c.json", `{"session_id":"`+session+`","amount_details":{"amount":1,"currency":"eur"}}`)
		for _, amount := range []string{"0.01EUR", "150.00EUR"} {
			s := m.run("send", method, "--profile", "practice", "--body", body, "--live", "--confirm-amount", amount, "--json")
			assert.Equal(t, exitBlocked, s.code, "%s %s: %s", method, amount, s.out)
		}
	}
	state, err := server.Controls().Session(t.Context(), session)
	require.NoError(t, err)
	assert.Equal(t, "confirm", state.NextAction, "the session still waits")
}

// TestLimitsHoldForSessionsThatAreNotKnownHere: where neither the body nor the journal tells the
// amount, a limited profile sends nothing.
func TestLimitsHoldForSessionsThatAreNotKnownHere(t *testing.T) {
	m := newMachine(t)
	server, url := m.sandboxAt(nil)
	profile := func(name string) string {
		return "[profiles." + name + "]\nkind = \"sandbox\"\nproject = \"shop\"\nbase_url = \"" + url + "\"\n"
	}
	m.settings(profile("free") + profile("tight") + "[profiles.tight.limits]\nmax_amount = [\"10.00 EUR\"]\nmax_per_hour = [\"15.00 EUR\"]\n")
	session := m.opened(server, "session/init/payment", m.payment("p", "15000"), "succeeded", "--profile", "free")
	whole := m.file("r", `{"session_id":"`+session+`"}`)
	s := m.run("send", "session/refund", "--profile", "tight", "--body", whole, "--json")
	assert.Equal(t, exitBlocked, s.code, s.out)
	assert.Equal(t, "max_amount", s.rule(t))
	waiting := m.opened(server, "session/init/payout", m.payout("q", "15000"), "ready_to_confirm", "--profile", "free")
	s = m.run("send", "session/confirm", "--profile", "tight", "--session", waiting, "--json")
	assert.Equal(t, exitBlocked, s.code, s.out)
	assert.Equal(t, 0, refundsAt(t, server, session))
	// Once the session is known the limit itself decides; cancelling moves no money.
	m.ok("send", "session/status", "--profile", "tight", "--session", waiting)
	s = m.run("send", "session/confirm", "--profile", "tight", "--session", waiting, "--json")
	assert.Equal(t, "max_amount", s.rule(t))
	assert.Equal(t, exitDone, m.run("send", "session/cancel", "--profile", "tight", "--session", waiting).code)
}
