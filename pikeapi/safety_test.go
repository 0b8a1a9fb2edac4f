package pikeapi

import (
	"math"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// clock is a clock that tests move.
type clock struct{ at time.Time }

func (c *clock) now() time.Time       { return c.at }
func (c *clock) move(d time.Duration) { c.at = c.at.Add(d) }

func newClock() *clock { return &clock{time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)} }

func rule(t testing.TB, err error) string {
	if err == nil {
		return ""
	}
	var blocked *BlockedError
	require.ErrorAs(t, err, &blocked)
	assert.NotEmpty(t, blocked.Reason)
	return blocked.Rule
}

func liveEnv(base string) *Environment {
	env := testEnv(base)
	env.Name, env.Kind, env.Project = "live", Live, "big-shop"
	return env
}

func TestLiveIsLocked(t *testing.T) {
	base, hits := serve(t, func(w http.ResponseWriter, _ *http.Request) { say(w, okBody) })
	clk := newClock()
	lock := NewLock(clk.now)
	c := NewClient(Options{Now: clk.now, Lock: lock})
	t.Cleanup(c.CloseIdle)
	env := liveEnv(base)
	send := func(permit Permit) *Result {
		return c.Send(t.Context(), prepare(t, c, env, MethodInitPayout, payoutBody(t, V2)), permit)
	}
	assert.True(t, lock.Locked(env))
	assert.Equal(t, RuleLiveLocked, rule(t, send(Permit{}).Err))
	assert.Equal(t, RuleLiveLocked, rule(t, send(Permit{Duplicate: true}).Err))
	_, err := lock.Permit(env)
	assert.Equal(t, RuleLiveLocked, rule(t, err))
	assert.Equal(t, Accepted, c.Send(t.Context(), prepare(t, c, env, MethodStatus, []byte(`{"session_id":"ps_1"}`)), Permit{}).Outcome, "reading is allowed")
	assert.Equal(t, int32(1), hits.Load())
	assert.Empty(t, env.Recorder.(*recorder).begun[1:], "a blocked call is not even an intent")

	for _, typed := range []string{"", "big-shop ", "Big-Shop", "y"} {
		assert.Error(t, lock.Unlock(env, typed))
	}
	assert.Error(t, lock.Unlock(testEnv(base), "shop"), "a sandbox has no lock")
	require.NoError(t, lock.Unlock(env, "big-shop"))
	assert.Equal(t, UnlockTime, lock.Remaining(env))
	permit, err := lock.Permit(env)
	require.NoError(t, err)
	assert.Equal(t, Accepted, send(permit).Outcome)

	foreign := NewLock(clk.now)
	require.NoError(t, foreign.Unlock(env, "big-shop"))
	other, err := foreign.Permit(env)
	require.NoError(t, err)
	assert.Equal(t, RuleLiveLocked, rule(t, send(other).Err), "another lock opens nothing, even while this one is open")
	lock.LockNow()
	assert.Equal(t, RuleLiveLocked, rule(t, send(permit).Err), "a permit from before the lock was closed is void")
	assert.Equal(t, RuleLiveLocked, rule(t, send(other).Err))

	require.NoError(t, lock.Unlock(env, "big-shop"))
	permit, err = lock.Permit(env)
	require.NoError(t, err)
	clk.move(UnlockTime - time.Second)
	assert.Equal(t, time.Second, lock.Remaining(env))
	assert.Equal(t, Accepted, send(permit).Outcome)
	clk.move(time.Second)
	assert.True(t, lock.Locked(env))
	assert.Equal(t, RuleLiveLocked, rule(t, send(permit).Err))

	require.NoError(t, lock.Unlock(env, "big-shop"))
	clk.move(-time.Hour)
	assert.True(t, lock.Locked(env), "a clock that is set back does not lengthen the time")

	clk.move(2 * time.Hour)
	require.NoError(t, lock.Unlock(env, "big-shop"))
	permit, err = lock.Permit(env)
	require.NoError(t, err)
	switched := *env
	switched.Epoch++
	assert.True(t, lock.Locked(&switched), "a switch away and back locks")
	r := c.Send(t.Context(), prepare(t, c, &switched, MethodInitPayout, payoutBody(t, V2)), permit)
	assert.Equal(t, RuleLiveLocked, rule(t, r.Err))
	demo := testEnv(base)
	p, err := lock.Permit(demo)
	require.NoError(t, err)
	assert.Equal(t, Permit{}, p)
	assert.False(t, lock.Locked(demo))
}

func TestConfirmAmount(t *testing.T) {
	base, hits := serve(t, func(w http.ResponseWriter, _ *http.Request) { say(w, okBody) })
	env, c := liveEnv(base), testClient(t)
	p := prepare(t, c, env, MethodInitPayout, payoutBody(t, V2))
	for _, typed := range []string{"", "y", "150", "150.00", "150.01EUR", "150.00USD", "15000EUR", "1.500,00EUR"} {
		_, err := ConfirmAmount(env, p, typed)
		assert.Equal(t, RuleConfirmAmount, rule(t, err), typed)
	}
	permit, err := ConfirmAmount(env, p, "150.00EUR")
	require.NoError(t, err)
	other := prepare(t, c, env, MethodInitPayout, payoutBody(t, V2))
	assert.Equal(t, RuleLiveLocked, rule(t, c.Send(t.Context(), other, permit).Err), "a permit is for one request")
	assert.Equal(t, Accepted, c.Send(t.Context(), p, permit).Outcome)
	assert.Equal(t, RuleLiveLocked, rule(t, c.Send(t.Context(), p, permit).Err), "and for one sending")
	assert.Equal(t, int32(1), hits.Load())

	confirm := prepare(t, c, env, MethodConfirm, []byte(`{"session_id":"ps_1"}`))
	_, err = ConfirmAmount(env, confirm, "150.00EUR")
	assert.Equal(t, RuleConfirmAmount, rule(t, err), "the session's amount has to be known")
	_, err = ConfirmAmount(env, confirm, "150.00EUR", Money{15001, "eur"})
	assert.Equal(t, RuleConfirmAmount, rule(t, err))
	permit, err = ConfirmAmount(env, confirm, "150.00EUR", Money{15000, "eur"})
	require.NoError(t, err)
	assert.Equal(t, Accepted, c.Send(t.Context(), confirm, permit).Outcome)

	token := prepare(t, c, env, MethodRecurrentDisable, []byte(`{"recurrent":{"token":"t"}}`))
	_, err = ConfirmAmount(env, token, "1EUR")
	assert.Error(t, err)
	_, err = ConfirmAmount(env, token, "none")
	assert.NoError(t, err)

	_, err = ConfirmAmount(testEnv(base), p, "150.00EUR")
	assert.ErrorContains(t, err, "not live")
	same := *env
	_, err = ConfirmAmount(&same, p, "150.00EUR")
	assert.Error(t, err)
}

func TestAChangedRequestIsNotSent(t *testing.T) {
	base, hits := serve(t, func(w http.ResponseWriter, _ *http.Request) { say(w, okBody) })
	env, c := testEnv(base), testClient(t)
	for name, change := range map[string]func(*Prepared){
		"a byte of the body": func(p *Prepared) { p.Body[len(p.Body)-2] ^= 1 },
		"another body":       func(p *Prepared) { p.Body = []byte(`{}`) },
		"the digest":         func(p *Prepared) { p.Digest[0]++ },
		"the amount told":    func(p *Prepared) { p.Summary.Amount = &Money{1, "eur"} },
		"the amount itself":  func(p *Prepared) { p.Summary.Amount.Amount = 1 },
		"the recipient told": func(p *Prepared) { p.Summary.TargetKey = "" },
		"the address":        func(p *Prepared) { p.URL = LiveURL + "/api/v1/session/confirm" },
		"a header":           func(p *Prepared) { p.Header.Set("X-Evil", "1") },
		"the key":            func(p *Prepared) { p.IdempotencyKey = "another" },
		"the environment":    func(p *Prepared) { p.Env = liveEnv(base) },
		"the method":         func(p *Prepared) { p.Method.Mutates = false },
		"made by hand":       func(p *Prepared) { *p = Prepared{Env: p.Env, Method: p.Method, Body: p.Body} },
		"no environment":     func(p *Prepared) { p.Env = nil },
	} {
		p := prepare(t, c, env, MethodInitPayout, payoutBody(t, V2))
		change(p)
		r := c.Send(t.Context(), p, Permit{})
		assert.Equal(t, RuleChanged, rule(t, r.Err), name)
		assert.Equal(t, NotSent, r.Outcome)
	}
	assert.Zero(t, hits.Load())
}

func TestLimitsWithoutHistory(t *testing.T) {
	body := func(amount int64, currency string) []byte {
		b, err := InitPayout{Target: Instrument{Token: "t"}, Amount: Money{amount, currency}}.Body(V2)
		require.NoError(t, err)
		return b
	}
	env, c := testEnv("http://127.0.0.1:1"), testClient(t)
	env.Policy = Policy{MaxAmount: map[string]int64{"eur": 1000}, Currencies: []string{"eur", "usd"}, Methods: []string{MethodInitPayout, MethodStartPayout}}
	for _, test := range []struct {
		method string
		body   []byte
		rule   string
	}{
		{MethodInitPayout, body(1000, "EUR"), ""},
		{MethodInitPayout, body(1001, "EUR"), RuleMaxAmount},
		{MethodInitPayout, body(math.MaxInt64, "Eur"), RuleMaxAmount},
		{MethodInitPayout, body(5000, "usd"), ""},
		{MethodInitPayout, body(1, "rub"), RuleCurrency},
		{MethodInitPayment, body(1, "eur"), RuleMethod},
		{MethodInitPayout, []byte(`{}`), RuleMaxAmount},
		{MethodInitPayout, []byte(`{"amount_details":{"amount":"1.0e9","currency":"eur"}}`), RuleAmbiguous},
		{MethodInitPayout, []byte(`{"amount_details":{"amount":1,"currency":"eur","amount":9999}}`), RuleAmbiguous},
		{MethodInitPayout, []byte(`not json`), RuleAmbiguous},
		{MethodStartPayout, []byte(`{"session_id":"ps_1"}`), ""},
		{MethodStatus, []byte(`{"session_id":"ps_1"}`), ""},
	} {
		_, err := c.Prepare(t.Context(), env, Call{Method: test.method, Body: test.body})
		assert.Equal(t, test.rule, rule(t, err), "%s %s", test.method, test.body)
	}
}

func TestLimitsOfSums(t *testing.T) {
	for _, named := range []Policy{{MaxAmount: map[string]int64{"eur": 1000}}, {MaxPerHour: map[string]int64{"eur": 1000}}, {MaxPerDay: map[string]int64{"eur": 1000}}} {
		assert.NoError(t, named.CheckAmount(Money{100, "EUR"}))
		assert.Equal(t, RuleCurrency, rule(t, named.CheckAmount(Money{1, "usd"})), "another currency is no way round a limit")
		named.Currencies = []string{"usd"}
		assert.NoError(t, named.CheckAmount(Money{1, "usd"}), "unless it was allowed by name")
	}
	p := Policy{MaxPerHour: map[string]int64{"eur": 1000}, MaxPerDay: map[string]int64{"eur": 5000}}
	m := Money{400, "EUR"}
	assert.True(t, p.NeedsSums(m))
	assert.False(t, p.NeedsSums(Money{1, "usd"}))
	assert.Equal(t, "", rule(t, p.CheckSums(m, 600, 600)))
	assert.Equal(t, RuleMaxPerHour, rule(t, p.CheckSums(m, 601, 601)))
	assert.Equal(t, RuleMaxPerDay, rule(t, p.CheckSums(m, 0, 4601)))
	assert.Equal(t, RuleMaxPerHour, rule(t, p.CheckSums(m, math.MaxInt64, 0)), "a sum that overflows is above every limit")
	assert.Equal(t, "", rule(t, p.CheckSums(Money{1, "usd"}, math.MaxInt64, math.MaxInt64)))
	for _, m := range Methods() {
		assert.False(t, m.Counts() && !m.MovesMoney, m.Name)
	}
}

func TestAmbiguousBodiesAreRefusedInLiveOnly(t *testing.T) {
	base, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) { say(w, okBody) })
	lock := NewLock(nil)
	c := NewClient(Options{Lock: lock})
	t.Cleanup(c.CloseIdle)
	twice := []byte(`{"session_id":"ps_1","session_id":"ps_2"}`)
	live := liveEnv(base)
	require.NoError(t, lock.Unlock(live, live.Project))
	permit, err := lock.Permit(live)
	require.NoError(t, err)
	assert.Equal(t, RuleAmbiguous, rule(t, c.Send(t.Context(), prepare(t, c, live, MethodConfirm, twice), permit).Err))
	assert.Equal(t, Accepted, c.Send(t.Context(), prepare(t, c, testEnv(base), MethodConfirm, twice), Permit{}).Outcome, "a sandbox is there to be tried")
}

func TestResendEndsAt23Hours(t *testing.T) {
	base, hits := serve(t, func(w http.ResponseWriter, _ *http.Request) { say(w, okBody) })
	clk := newClock()
	env, c := testEnv(base), testClient(t)
	c.now = clk.now
	first := prepare(t, c, env, MethodInitPayout, payoutBody(t, V2))
	again := func() *Result {
		p, err := c.Prepare(t.Context(), env, Call{Method: MethodInitPayout, Body: first.Body, IdempotencyKey: first.IdempotencyKey, FirstSent: first.CreatedAt})
		require.NoError(t, err)
		assert.Equal(t, first.Signature, p.Signature)
		assert.Equal(t, first.Expires, p.Expires)
		return c.Send(t.Context(), p, Permit{Resend: first.ID})
	}
	clk.move(ResendLimit - time.Second)
	assert.Equal(t, Accepted, again().Outcome)
	clk.move(time.Second)
	assert.Equal(t, RuleKeyExpired, rule(t, again().Err))
	assert.Equal(t, int32(1), hits.Load())

	fresh := prepare(t, c, env, MethodInitPayout, payoutBody(t, V2))
	assert.Equal(t, RuleResend, rule(t, c.Send(t.Context(), fresh, Permit{Resend: first.ID}).Err), "a fresh request is no resend")
	token := prepare(t, c, env, MethodToken, []byte(`{}`))
	assert.Equal(t, RuleResend, rule(t, c.Send(t.Context(), token, Permit{Resend: first.ID}).Err), "without a key there is no resend")

	now := clk.now()
	assert.Equal(t, RuleKeyExpired, rule(t, CheckResend(now.Add(time.Hour), now)), "the clock was set back")
	assert.Equal(t, "", rule(t, CheckResend(now.Add(time.Minute), now)))
	assert.Equal(t, RuleResend, rule(t, CheckResend(time.Time{}, now)))
}

// TestNobodyMovesMoneyAlone: where the profile wants two people, only what was approved or was sent
// before goes out; what moves no money always does.
func TestNobodyMovesMoneyAlone(t *testing.T) {
	base, hits := serve(t, func(w http.ResponseWriter, _ *http.Request) { say(w, okBody) })
	env, c := testEnv(base), testClient(t)
	env.Policy.ForbidSelf = true
	send := func(method, body string, permit Permit) *Result {
		return c.Send(t.Context(), prepare(t, c, env, method, []byte(body)), permit)
	}
	for _, m := range Methods() {
		if !m.MovesMoney {
			continue
		}
		assert.Equal(t, RuleTwoPeople, rule(t, send(m.Name, `{"session_id":"ps_1"}`, Permit{Duplicate: true}).Err), m.Name)
	}
	assert.Equal(t, int32(0), hits.Load())
	assert.Equal(t, Accepted, send(MethodInitPayout, string(payoutBody(t, V2)), Permit{Approved: true}).Outcome)
	assert.Equal(t, Accepted, send(MethodCancel, `{"session_id":"ps_1"}`, Permit{}).Outcome)
	p, err := c.Prepare(t.Context(), env, Call{Method: MethodInitPayout, Body: payoutBody(t, V2), IdempotencyKey: "key-1234", FirstSent: time.Now().Add(-time.Hour)})
	require.NoError(t, err)
	assert.Equal(t, Accepted, c.Send(t.Context(), p, Permit{Resend: "op"}).Outcome)
}
