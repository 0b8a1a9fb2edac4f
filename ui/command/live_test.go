package command

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"pikedash/pikeapi/sandbox"
)

// liveMachine has a profile of the kind live whose server is a sandbox on this machine.
func liveMachine(t *testing.T, limits string) (*machine, *sandbox.Server) {
	t.Helper()
	m := newMachine(t)
	server, url := m.sandboxAt(nil)
	key := m.key("live.pem", testKeys()[0])
	m.settings("[profiles.practice]\nkind = \"live\"\nproject = \"shop\"\nbase_url = \"" + url + "\"\nkey.file = \"" + key + "\"\n" +
		"[profiles.test]\nkind = \"demo\"\nproject = \"shop\"\nbase_url = \"" + url + "\"\nkey.file = \"" + m.key("demo.pem", testKeys()[2]) + "\"\n" + limits)
	return m, server
}

// sessions is how many sessions the server holds: what really happened.
func sessionsAt(t *testing.T, s *sandbox.Server) int {
	t.Helper()
	state, err := s.Controls().State(t.Context())
	if !assert.NoError(t, err) {
		return -1
	}
	return state.SessionsIn
}

// TestLiveNeedsBothFlagsAndTheExactAmount tries every way to send on live that is not the right one.
func TestLiveNeedsBothFlagsAndTheExactAmount(t *testing.T) {
	m, server := liveMachine(t, "")
	body := m.payout("p.json", "15000")
	send := func(args ...string) said {
		return m.run(append([]string{"send", "session/init/payout", "--profile", "practice", "--body", body, "--json"}, args...)...)
	}
	t.Setenv("PIKEDASH_LIVE", "1")
	t.Setenv("PIKEDASH_CONFIRM_AMOUNT", "150.00EUR")
	t.Setenv("PIKEDASH_UNLOCK", "shop")
	for _, c := range []struct {
		args []string
		rule string
	}{
		{nil, "live_locked"},
		{[]string{"--live"}, "live_locked"},
		{[]string{"--confirm-amount", "150.00EUR"}, "live_locked"},
		{[]string{"--live", "--confirm-amount", "150.01EUR"}, "confirm_amount"},
		{[]string{"--live", "--confirm-amount", "15000"}, "confirm_amount"},
		{[]string{"--live", "--confirm-amount", "150.00USD"}, "confirm_amount"},
		{[]string{"--live", "--confirm-amount", "none"}, "confirm_amount"},
		{[]string{"--live", "--confirm-amount", "yes"}, "confirm_amount"},
		{[]string{"--live", "--confirm-amount", ""}, "live_locked"},
	} {
		s := send(c.args...)
		assert.Equal(t, exitBlocked, s.code, "%v %s", c.args, s.err)
		assert.Equal(t, c.rule, at(s.object(t), "error", "code"), "%v", c.args)
	}
	assert.Equal(t, 0, sessionsAt(t, server), "nothing reached the server")

	s := send("--live", "--confirm-amount", "150.00EUR")
	assert.Equal(t, exitDone, s.code, s.err)
	assert.Equal(t, 1, sessionsAt(t, server))
}

func TestLiveAndDemoDoNotMix(t *testing.T) {
	m, server := liveMachine(t, "")
	body := m.payout("p.json", "15000")
	for _, args := range [][]string{
		{"--profile", "test", "--live"},
		{"--profile", "test", "--live", "--confirm-amount", "150.00EUR"},
		{"--profile", "test", "--confirm-amount", "150.00EUR"},
		{"--profile", "sandbox", "--live"},
	} {
		s := m.run(append([]string{"send", "session/init/payout", "--body", body}, args...)...)
		assert.Equal(t, exitBlocked, s.code, "%v", args)
		assert.Contains(t, s.err, "was given, but the profile")
	}
	assert.Equal(t, 0, sessionsAt(t, server))
	// Reading needs no permission, and a dry run sends nothing.
	assert.NotEqual(t, exitBlocked, m.run("send", "session/status", "--profile", "practice", "--session", "ps_1").code)
	m.ok("send", "session/init/payout", "--profile", "practice", "--body", body, "--dry-run")
}

// TestConfirmOnLiveNeedsTheSessionsAmount: the body of a confirmation holds no amount, so the amount
// is that of the session as the journal knows it.
func TestConfirmOnLiveNeedsTheSessionsAmount(t *testing.T) {
	m, server := liveMachine(t, "")
	s := m.ok("send", "session/init/payout", "--profile", "practice", "--body", m.payout("p.json", "15000"), "--live", "--confirm-amount", "150.00EUR", "--json")
	session, ok := s.object(t)["session"].(string)
	assert.True(t, ok)
	_, err := server.Controls().Advance(t.Context(), session, "ready_to_confirm")
	assert.NoError(t, err)
	confirm := []string{"send", "session/confirm", "--profile", "practice", "--session", session, "--live", "--confirm-amount"}
	assert.Equal(t, exitBlocked, m.run(append(confirm, "15.00EUR")...).code)
	assert.Equal(t, exitBlocked, m.run(append(confirm, "none")...).code)
	assert.Equal(t, exitDone, m.run(append(confirm, "150.00 EUR")...).code)
}

func TestLimitsOfAProfile(t *testing.T) {
	m, _ := liveMachine(t, "[profiles.test.limits]\nmax_amount = [\"100.00 EUR\"]\nmax_per_hour = [\"150.00 EUR\"]\ncurrencies = [\"eur\"]\nmethods = [\"session/init/payout\"]\n")
	send := func(name, amount string) said {
		return m.run("send", "session/init/payout", "--profile", "test", "--body", m.payout(name, amount), "--json")
	}
	rule := func(s said) any { return at(s.object(t), "error", "code") }
	assert.Equal(t, "max_amount", rule(send("a.json", "10001")))
	usd := m.file("usd.json", `{"payout_details":{"type":"card","card":{"type":"bank_card","bank_card":{"number":"4242424242424242"}}},"amount_details":{"amount":1,"currency":"usd"}}`)
	assert.Equal(t, "currency", rule(m.run("send", "session/init/payout", "--profile", "test", "--body", usd, "--json")))
	assert.Equal(t, "method", rule(m.run("send", "session/cancel", "--profile", "test", "--session", "ps_1", "--json")))
}

func TestSumsPerHourAreCountedFromTheJournal(t *testing.T) {
	m := newMachine(t)
	server, url := m.sandboxAt(nil)
	m.settings("[profiles.shop]\nkind = \"sandbox\"\nproject = \"shop\"\nbase_url = \"" + url + "\"\n[profiles.shop.limits]\nmax_per_hour = [\"250.00 EUR\"]\n")
	send := func(name, amount string) said {
		return m.run("send", "session/init/payout", "--profile", "shop", "--body", m.payout(name, amount), "--json")
	}
	assert.Equal(t, exitDone, send("a.json", "10000").code)
	assert.Equal(t, exitDone, send("b.json", "14000").code)
	s := send("c.json", "1001")
	assert.Equal(t, exitBlocked, s.code)
	assert.Equal(t, "max_per_hour", at(s.object(t), "error", "code"))
	assert.Equal(t, exitDone, send("d.json", "1000").code, "up to the limit itself")
	assert.Equal(t, 3, sessionsAt(t, server))
}

func TestBadLimitsNameTheirPlace(t *testing.T) {
	m := newMachine(t)
	body := m.payout("p.json", "1")
	for text, want := range map[string]string{
		"max_amount = [\"1.005 EUR\"]":         "profiles.sandbox.limits.max_amount (file ",
		"max_per_day = [\"1 EUR\", \"2 eur\"]": "EUR occurs twice",
		"max_per_hour = [\"0 EUR\"]":           "is no limit",
		"methods = [\"session/init/payot\"]":   "is no method that changes something",
		"methods = [\"session/status\"]":       "is no method that changes something",
	} {
		m.settings("[profiles.sandbox.limits]\n" + text + "\n")
		s := m.run("send", "session/init/payout", "--body", body, "--dry-run")
		assert.Equal(t, exitFailure, s.code, text)
		assert.Contains(t, s.err, want)
		assert.Contains(t, s.err, "config.toml:2")
	}
}
