package command

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"pikedash/config"
	"pikedash/pikeapi"
	"pikedash/pikeapi/sandbox"
)

// at runs the program with a clock of its own.
func (m *machine) at(now func() time.Time, args ...string) said {
	m.t.Helper()
	var out, errs strings.Builder
	a := &app{in: strings.NewReader(""), out: &printer{w: &out}, err: &printer{w: &errs}, getenv: os.Getenv, now: now}
	code := a.run(m.ctx, args)
	return said{code, out.String(), errs.String()}
}

// TestNoVariableAndNoFlagButTheTwoSendsOnLive sets every variable of the program and every flag of send
// that is not the pair.
func TestNoVariableAndNoFlagButTheTwoSendsOnLive(t *testing.T) {
	m, server := liveMachine(t, "")
	body := m.payout("p.json", "15000")
	base := []string{"send", "session/init/payout", "--body", body, "--json"}
	for _, name := range []string{"PIKEDASH_LIVE", "PIKEDASH_CONFIRM_AMOUNT", "PIKEDASH_UNLOCK", "PIKEDASH_YES", "PIKEDASH_FORCE"} {
		t.Setenv(name, "150.00EUR")
	}
	t.Setenv("PIKEDASH_PROFILE", "practice")
	require.NotEmpty(t, config.Variables())
	for _, more := range [][]string{
		{}, {"--live"}, {"--confirm-amount", "150.00EUR"}, {"--allow-duplicate"}, {"--live", "--allow-duplicate"}, {"--live=false", "--confirm-amount", "150.00EUR"},
		{"--live", "--confirm-amount="}, {"--live", "--confirm-amount", " "}, {"--live", "--confirm-amount", "150.00"}, {"--live", "--confirm-amount", "150.00 EUR EUR"},
		{"--live", "--confirm-amount", "+150.00EUR"}, {"--live", "--confirm-amount", "150.001EUR"}, {"--live", "--confirm-amount", "0150.00USD"}, {"--live", "--confirm-amount", "-150.00EUR"},
		{"--live", "--confirm-amount", "150.00EUR", "--read-only"}, {"--live", "--confirm-amount", "149.99EUR", "--confirm-amount", "15.00EUR"},
		{"--idempotency-key", "my-own-key"}, {"--profile", "practice", "--project", "other"}, {"--timeout", "1s"}, {"--env", "practice", "--api", "v1"},
	} {
		s := m.with("150.00EUR\ny\nyes\n").run(append(base, more...)...)
		assert.Equal(t, exitBlocked, s.code, "%v: %s", more, s.err)
		if !assert.Equal(t, 0, sessionsAt(t, server), "%v", more) {
			return
		}
	}
	s := m.run(append(base, "--live", "--confirm-amount", "150.00EUR")...)
	assert.Equal(t, exitDone, s.code, s.err)
}

// TestPikesLiveServerIsLiveUnderNoOtherName: no profile of another kind can be led to it. Nothing is
// sent here even if it could: these are dry runs.
func TestPikesLiveServerIsLiveUnderNoOtherName(t *testing.T) {
	m := newMachine(t)
	body := m.payout("p.json", "15000")
	for _, kind := range []string{"sandbox", "demo"} {
		for _, url := range []string{
			"https://proxy.pikepayments.com", "https://proxy.pikepayments.com/", "https://PROXY.pikepayments.com", "https://proxy.pikepayments.com:443",
			"https://proxy.pikepayments.com.", "https://proxy.pikepayments.com.:443",
		} {
			sly := func(url string) said {
				m.settings("[profiles.sly]\nkind = \"" + kind + "\"\nproject = \"shop\"\nbase_url = \"" + url + "\"\nkey.file = \"" + m.key("sly.pem", testKeys()[2]) + "\"\n")
				return m.run("send", "session/init/payout", "--profile", "sly", "--body", body, "--dry-run", "--allow-host", "proxy.pikepayments.com",
					"--allow-host", "proxy.pikepayments.com.", "--allow-host", "PROXY.pikepayments.com", "--allow-host", "other.example")
			}
			require.Equal(t, exitDone, sly("https://other.example").code, "it is the address that is refused below")
			s := sly(url)
			assert.NotEqual(t, exitDone, s.code, "%s %s: %s", kind, url, s.out)
			m.settings("")
			s = m.run("send", "session/init/payout", "--profile", kind, "--key-file", m.key("sly.pem", testKeys()[2]), "--base-url", url, "--project", "shop", "--body", body, "--dry-run", "--allow-host", "proxy.pikepayments.com")
			assert.NotEqual(t, exitDone, s.code, "--base-url %s on %s: %s", url, kind, s.out)
		}
	}
}

// TestEveryCallOnLiveIsConfirmedWithWhatItMoves goes through the life of a payment and of a payout.
func TestEveryCallOnLiveIsConfirmedWithWhatItMoves(t *testing.T) {
	m, server := liveMachine(t, "")
	practice := []string{"--profile", "practice"}
	confirmed := func(amount string) []string {
		return append([]string{"--live", "--confirm-amount", amount}, practice...)
	}
	call := func(method, body, amount string) said {
		return m.run(append([]string{"send", method, "--json", "--body", m.file("b", body)}, confirmed(amount)...)...)
	}
	refuses := func(method, body string, amounts ...string) {
		t.Helper()
		for _, amount := range amounts {
			s := call(method, body, amount)
			assert.Equal(t, exitBlocked, s.code, "%s %s: %s", method, amount, s.out)
		}
	}
	takes := func(method, body, amount string) {
		t.Helper()
		s := call(method, body, amount)
		assert.Equal(t, exitDone, s.code, "%s %s: %s", method, amount, s.out)
	}
	payment := m.opened(server, "session/init/payment", m.payment("p", "15000"), "succeeded", confirmed("150.00EUR")...)
	part := `{"session_id":"` + payment + `","amount_details":{"amount":2500,"currency":"eur"}}`
	refuses("session/refund", part, "150.00EUR", "125.00EUR", "2500EUR", "none", "25.00USD")
	takes("session/refund", part, "25.00EUR")
	whole := `{"session_id":"` + payment + `"}`
	refuses("session/refund", whole, "25.00EUR", "none", "0.00EUR")
	assert.Equal(t, 1, refundsAt(t, server, payment))

	payout := m.opened(server, "session/init/payout", m.payout("q", "9900"), "ready_to_confirm", confirmed("99.00EUR")...)
	named := `{"session_id":"` + payout + `"}`
	refuses("session/cancel", named, "none", "9.90EUR", "99.01EUR")
	refuses("session/confirm", named, "none", "9.90EUR", "99.01EUR")
	takes("session/confirm", named, "99.00EUR")
	other := m.opened(server, "session/init/payout", m.payout("r", "8800"), "ready_to_confirm", confirmed("88.00EUR")...)
	takes("session/cancel", `{"session_id":"`+other+`"}`, "88 EUR")

	refuses("session/confirm", `{"session_id":"ps_nobody"}`, "none", "1.00EUR")
	made, ok := call("session/create", `{"payout_details":`+cardTarget+`,"amount_details":{"amount":7700,"currency":"eur"}}`, "77.00EUR").object(t)["session"].(string)
	require.True(t, ok)
	refuses("session/start/payout", `{"session_id":"`+made+`"}`, "none", "7.70EUR")
	takes("session/start/payout", `{"session_id":"`+made+`"}`, "77.00EUR")
	token := `{"tokenize_widget":{"access":true}}`
	refuses("token", token, "0.00EUR", "1.00EUR", "yes")
	takes("token", token, "none")
	// What can be read in two ways is confirmed by nothing.
	refuses("session/init/payout", `{"amount_details":{"amount":1,"currency":"eur"},"amount_details":{"amount":15000,"currency":"eur"}}`, "0.01EUR", "150.00EUR")
	refuses("session/init/payout", `{"amount_details":{"amount":1,"currency":"eur"},"Amount_Details":{"amount":15000,"currency":"eur"}}`, "0.01EUR", "150.00EUR")
	refuses("session/init/payout", `{"amount_details":{"amount":1e2,"currency":"eur"}}`, "1.00EUR", "none")
	refuses("session/init/payout", `{"payout_details":`+cardTarget+`,"payment_method":{"type":"wallet"},"amount_details":{"amount":100,"currency":"eur"}}`, "1.00EUR")
}

// TestLimitsHoldAcrossPrograms: several programs with the same profile at once stay below the sum, and
// below it again when the hour is over.
func TestLimitsHoldAcrossPrograms(t *testing.T) {
	m, server := liveMachine(t, "[profiles.practice.limits]\nmax_amount = [\"100.00 EUR\"]\nmax_per_hour = [\"250.00 EUR\"]\nmax_per_day = [\"300.00 EUR\"]\ncurrencies = [\"eur\"]\nmethods = [\"session/init/payout\", \"session/refund\"]\n")
	var wg sync.WaitGroup
	var mu sync.Mutex
	rules := map[string]int{}
	for i := range 8 {
		body := m.payout(fmt.Sprintf("p%d", i), fmt.Sprint(5000+i)) // five of them fit... but for the cents: four
		wg.Go(func() {
			s := m.run("send", "session/init/payout", "--profile", "practice", "--body", body, "--live", "--confirm-amount", fmt.Sprintf("50.%02dEUR", i), "--json")
			mu.Lock()
			defer mu.Unlock()
			rules[fmt.Sprintf("%d %s", s.code, s.rule(t))]++
		})
	}
	wg.Wait()
	assert.Equal(t, map[string]int{"0 ": 4, "8 max_per_hour": 4}, rules)
	assert.Equal(t, 4, sessionsAt(t, server))

	later := func(d time.Duration) func() time.Time { return func() time.Time { return time.Now().Add(d) } }
	send := func(d time.Duration, name, amount, confirm string) string {
		s := m.at(later(d), "send", "session/init/payout", "--profile", "practice", "--body", m.payout(name, amount), "--live", "--confirm-amount", confirm, "--json")
		if s.code == exitDone {
			return "sent"
		}
		assert.Equal(t, exitBlocked, s.code, "%s %s", s.out, s.err)
		return s.rule(t)
	}
	assert.Equal(t, "max_amount", send(0, "large", "10001", "100.01EUR"))
	assert.Equal(t, "sent", send(2*time.Hour, "a", "7000", "70.00EUR"))
	assert.Equal(t, "max_per_day", send(4*time.Hour, "b", "4000", "40.00EUR"))
	assert.Equal(t, "sent", send(25*time.Hour, "c", "4100", "41.00EUR"))
	s := m.run("send", "token", "--profile", "practice", "--body", m.file("t", `{"tokenize_widget":{}}`), "--live", "--confirm-amount", "none", "--json")
	assert.Equal(t, "method", s.rule(t))
}

// TestASealedRequestOnLive needs the pair of flags too, goes to no other kind of environment, and is
// sent once however many approve it at once.
func TestASealedRequestOnLive(t *testing.T) {
	m, server := liveMachine(t, "")
	file := filepath.Join(m.home, "p.sealed")
	m.ok("prepare", "session/init/payout", "--profile", "practice", "--body", m.payout("p.json", "15000"), "--out", file)
	for _, more := range [][]string{
		{"--profile", "practice"}, {"--profile", "practice", "--live"}, {"--profile", "practice", "--confirm-amount", "150.00EUR"},
		{"--profile", "practice", "--live", "--confirm-amount", "15.00EUR"}, {"--profile", "test"}, {"--profile", "test", "--live", "--confirm-amount", "150.00EUR"},
		{"--profile", "sandbox"}, {"--profile", "practice", "--live", "--confirm-amount", "150.00EUR", "--read-only"},
		{"--profile", "practice", "--live", "--confirm-amount", "150.00EUR", "--project", "other"},
	} {
		s := m.run(append([]string{"approve", file, "--json"}, more...)...)
		assert.Equal(t, exitBlocked, s.code, "%v: %s", more, s.err)
	}
	assert.Equal(t, 0, sessionsAt(t, server))
	var wg sync.WaitGroup
	codes := make(chan int, 4)
	for range 4 {
		wg.Go(func() {
			codes <- m.run("approve", file, "--profile", "practice", "--live", "--confirm-amount", "150.00EUR").code
		})
	}
	wg.Wait()
	close(codes)
	sent := 0
	for code := range codes {
		if code == exitDone {
			sent++
		}
	}
	assert.GreaterOrEqual(t, sent, 1)
	assert.Equal(t, 1, sessionsAt(t, server), "one payout, however many approved")
}

// TestAResendOnLiveNeedsTheFlagsAgain: that it was allowed once does not allow it twice.
func TestAResendOnLiveNeedsTheFlagsAgain(t *testing.T) {
	m, server := liveMachine(t, "")
	_, err := server.Controls().AddFault(t.Context(), sandbox.Fault{Kind: sandbox.FaultLostAnswer, Method: pikeapi.MethodInitPayout, Count: 1})
	require.NoError(t, err)
	s := m.run("send", "session/init/payout", "--profile", "practice", "--body", m.payout("p", "15000"), "--live", "--confirm-amount", "150.00EUR")
	require.Equal(t, exitUnknown, s.code, s.err)
	list, ok := m.ok("unknown", "list", "--profile", "practice", "--json").object(t)["unknown"].([]any)
	require.True(t, ok)
	require.Len(t, list, 1)
	operation, ok := at(list[0], "operation").(string)
	require.True(t, ok)
	for _, more := range [][]string{{}, {"--live"}, {"--confirm-amount", "150.00EUR"}, {"--live", "--confirm-amount", "1.00EUR"}} {
		assert.Equal(t, exitBlocked, m.run(append([]string{"unknown", "resend", operation, "--profile", "practice"}, more...)...).code, "%v", more)
	}
	assert.Equal(t, exitDone, m.run("unknown", "resend", operation, "--profile", "practice", "--live", "--confirm-amount", "150.00EUR").code)
	assert.Equal(t, 1, sessionsAt(t, server))
}
