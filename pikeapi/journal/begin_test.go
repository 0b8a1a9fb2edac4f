package journal

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"pikedash/pikeapi"
)

func TestIntentIsOnDiskBeforeBeginReturns(t *testing.T) {
	dir := t.TempDir()
	j := openTest(t, dir, nil)
	p := payoutTo(testEnv(pikeapi.Policy{}), "t1", 15000, "")
	id := begin(t, j, p, pikeapi.Permit{})

	// Another connection to the same file sees it, with the exact bytes for a resend.
	k := openTest(t, dir, nil)
	i, err := k.Intent(ctxb(), p.ID)
	require.NoError(t, err)
	assert.Equal(t, StateSent, i.State, "the first journal lives: its intent is in flight, not unknown")
	assert.Equal(t, id, i.ExchangeID)
	assert.Equal(t, p.Digest, i.Digest)
	assert.Equal(t, int64(15000), i.Amount.Amount)
	body, err := k.OpenBody(ctxb(), p.ID)
	require.NoError(t, err)
	assert.Equal(t, p.Body, body)
}

func TestOutcomesSettleIntents(t *testing.T) {
	j := openTest(t, t.TempDir(), nil)
	for outcome, want := range map[pikeapi.Outcome]IntentState{
		pikeapi.Accepted: StateAccepted, pikeapi.Refused: StateRefused, pikeapi.NotSent: StateNotSent, pikeapi.Unknown: StateUnknown,
	} {
		p := payoutTo(testEnv(pikeapi.Policy{}), "target-"+string(outcome), 100, "")
		send(t, j, p, outcome, `{"status":"ok"}`)
		assert.Equal(t, want, stateOf(t, j, p.ID))
		_, err := j.OpenBody(ctxb(), p.ID)
		if want == StateUnknown {
			assert.NoError(t, err)
		} else {
			assert.ErrorIs(t, err, ErrNotFound, "the body of a final intent is erased")
		}
	}
	v, err := j.Verify(ctxb())
	require.NoError(t, err)
	assert.True(t, v.OK(), "%v", v.Problems)
	assert.EqualValues(t, 8, v.Entries)
}

func TestUnknownBlocksLookalikes(t *testing.T) {
	j := openTest(t, t.TempDir(), nil)
	env := testEnv(pikeapi.Policy{})
	first := payoutTo(env, "card-a", 15000, "1")
	send(t, j, first, pikeapi.Unknown, "")

	// Same target, amount and currency; other bytes.
	_, err := j.Begin(ctxb(), payoutTo(env, "card-a", 15000, "2"), pikeapi.Permit{Duplicate: true})
	assert.Equal(t, first.ID, blockedBy(t, err, pikeapi.RuleLookalike))
	// Same bytes, target not known.
	same := prepared(env, pikeapi.MethodInitPayout, first.Body)
	_, err = j.Begin(ctxb(), same, pikeapi.Permit{Duplicate: true})
	blockedBy(t, err, pikeapi.RuleLookalike)
	// Other amount, other target: no look-alikes.
	send(t, j, payoutTo(env, "card-a", 15001, "3"), pikeapi.Accepted, `{"status":"ok"}`)
	send(t, j, payoutTo(env, "card-b", 15000, "4"), pikeapi.Accepted, `{"status":"ok"}`)

	require.Error(t, j.Resolve(ctxb(), first.ID, "  "), "a note is needed")
	require.NoError(t, j.Resolve(ctxb(), first.ID, "seen in the bank's statement"))
	assert.Equal(t, StateResolved, stateOf(t, j, first.ID))
	require.Error(t, j.Resolve(ctxb(), first.ID, "again"))
	send(t, j, payoutTo(env, "card-a", 15000, "5"), pikeapi.Accepted, `{"status":"ok"}`)
}

func TestConfirmAndCancelOfOneSessionAreNoLookalikes(t *testing.T) {
	j := openTest(t, t.TempDir(), nil)
	env := testEnv(pikeapi.Policy{})
	body := []byte(`{"session_id":"ps_1"}`)
	send(t, j, prepared(env, pikeapi.MethodConfirm, body), pikeapi.Unknown, "")
	send(t, j, prepared(env, pikeapi.MethodCancel, body), pikeapi.Accepted, `{"status":"ok"}`)
	_, err := j.Begin(ctxb(), prepared(env, pikeapi.MethodConfirm, body), pikeapi.Permit{})
	blockedBy(t, err, pikeapi.RuleLookalike)
}

func TestResend(t *testing.T) {
	clock := newClock()
	j := openTest(t, t.TempDir(), clock)
	env := testEnv(pikeapi.Policy{})
	first := payoutTo(env, "card-a", 15000, "1")
	send(t, j, first, pikeapi.Unknown, "")
	again := func() *pikeapi.Prepared {
		p := payoutTo(env, "card-a", 15000, "1")
		p.IdempotencyKey = first.IdempotencyKey
		return p
	}
	permit := pikeapi.Permit{Resend: first.ID}

	t.Run("refuses other bytes, keys and methods", func(t *testing.T) {
		other := payoutTo(env, "card-a", 15000, "2")
		other.IdempotencyKey = first.IdempotencyKey
		_, err := j.Begin(ctxb(), other, permit)
		blockedBy(t, err, pikeapi.RuleResend)
		_, err = j.Begin(ctxb(), payoutTo(env, "card-a", 15000, "1"), permit)
		blockedBy(t, err, pikeapi.RuleResend)
		_, err = j.Begin(ctxb(), again(), pikeapi.Permit{Resend: "nobody"})
		blockedBy(t, err, pikeapi.RuleResend)
	})
	t.Run("refuses another server and another submerchant", func(t *testing.T) {
		live := testEnv(pikeapi.Policy{})
		live.Kind = pikeapi.Live
		j := openTest(t, t.TempDir(), clock)
		there := payoutTo(live, "card-a", 15000, "1")
		send(t, j, there, pikeapi.Unknown, "")
		again := func() *pikeapi.Prepared {
			p := payoutTo(live, "card-a", 15000, "1")
			p.IdempotencyKey = there.IdempotencyKey
			return p
		}
		other := again()
		other.URL = "http://127.0.0.1:9999/api/v2/session/init/payout"
		_, err := j.Begin(ctxb(), other, pikeapi.Permit{Resend: there.ID})
		blockedBy(t, err, pikeapi.RuleResend)
		other = again()
		other.Header.Set(pikeapi.HeaderSubmerchant, "another")
		_, err = j.Begin(ctxb(), other, pikeapi.Permit{Resend: there.ID})
		blockedBy(t, err, pikeapi.RuleResend)
		begin(t, j, again(), pikeapi.Permit{Resend: there.ID})
	})
	t.Run("what does not get through leaves it unknown", func(t *testing.T) {
		clock.add(time.Hour)
		p := again()
		id := begin(t, j, p, permit)
		_, err := j.Begin(ctxb(), again(), permit)
		blockedBy(t, err, pikeapi.RuleResend) // one resend at a time
		require.NoError(t, j.Finish(ctxb(), result(p, id, pikeapi.NotSent, "")))
		assert.Equal(t, StateUnknown, stateOf(t, j, first.ID))
		p = again()
		id = begin(t, j, p, permit)
		require.NoError(t, j.Finish(ctxb(), result(p, id, pikeapi.Refused, "authentication_error")))
		assert.Equal(t, StateUnknown, stateOf(t, j, first.ID))
		p = again()
		id = begin(t, j, p, permit)
		require.NoError(t, j.Finish(ctxb(), result(p, id, pikeapi.Refused, "idempotency_key_already_exists")))
		assert.Equal(t, StateUnknown, stateOf(t, j, first.ID))
	})
	t.Run("not past 23 hours", func(t *testing.T) {
		clock.add(22*time.Hour + time.Minute)
		_, err := j.Begin(ctxb(), again(), permit)
		blockedBy(t, err, pikeapi.RuleKeyExpired)
	})
	t.Run("not after the clock was set back", func(t *testing.T) {
		clock.add(-22 * time.Hour)
		begin(t, j, prepared(env, pikeapi.MethodStatus, []byte(`{"session_id":"ps_9"}`)), pikeapi.Permit{})
		_, err := j.Begin(ctxb(), again(), permit)
		blockedBy(t, err, pikeapi.RuleKeyExpired)
	})
	i, err := j.Intent(ctxb(), first.ID)
	require.NoError(t, err)
	assert.Equal(t, 4, i.Attempts)
	v, err := j.Verify(ctxb())
	require.NoError(t, err)
	assert.True(t, v.OK(), "%v", v.Problems)
}

func TestResendSettles(t *testing.T) {
	j := openTest(t, t.TempDir(), nil)
	env := testEnv(pikeapi.Policy{})
	first := payoutTo(env, "card-a", 15000, "1")
	send(t, j, first, pikeapi.Unknown, "")
	again := payoutTo(env, "card-a", 15000, "1")
	again.IdempotencyKey = first.IdempotencyKey
	id := begin(t, j, again, pikeapi.Permit{Resend: first.ID})
	assert.Equal(t, StateSent, stateOf(t, j, first.ID))
	require.NoError(t, j.Finish(ctxb(), result(again, id, pikeapi.Accepted, `{"status":"ok","session":{"id":"ps_5","status":"in_progress","created_at":"2026-11-20T11:00:00.000000Z","updated_at":"2026-11-20T11:00:00.000000Z"}}`)))
	i, err := j.Intent(ctxb(), first.ID)
	require.NoError(t, err)
	assert.Equal(t, StateAccepted, i.State)
	assert.Equal(t, "ps_5", i.SessionID)
	assert.False(t, i.HasBody)
}

// TestAJournalKeepsToOneKind: a profile that was demo and is live now takes nothing from one to the other.
func TestAJournalKeepsToOneKind(t *testing.T) {
	j := openTest(t, t.TempDir(), nil)
	env := testEnv(pikeapi.Policy{})
	env.Kind = pikeapi.Demo
	first := payoutTo(env, "card-a", 15000, "1")
	send(t, j, first, pikeapi.Unknown, "")
	for _, kind := range []pikeapi.EnvKind{pikeapi.Live, pikeapi.Sandbox} {
		env := testEnv(pikeapi.Policy{})
		env.Kind = kind
		p := payoutTo(env, "card-a", 15000, "1")
		p.IdempotencyKey = first.IdempotencyKey
		_, err := j.Begin(ctxb(), p, pikeapi.Permit{Resend: first.ID})
		blockedBy(t, err, RuleOtherKind)
		_, err = j.Begin(ctxb(), payoutTo(env, "card-b", 100, "2"), pikeapi.Permit{})
		blockedBy(t, err, RuleOtherKind)
		// A session's status there says nothing about the one here.
		_, err = j.Begin(ctxb(), prepared(env, pikeapi.MethodStatus, []byte(`{"session_id":"ps_9"}`)), pikeapi.Permit{})
		blockedBy(t, err, RuleOtherKind)
	}
	assert.Equal(t, StateUnknown, stateOf(t, j, first.ID))
}

func TestMethodWithoutKeyCannotBeResent(t *testing.T) {
	j := openTest(t, t.TempDir(), nil)
	env := testEnv(pikeapi.Policy{})
	p := prepared(env, pikeapi.MethodRecurrentDisable, []byte(`{"recurrent":{"token":"abc"}}`))
	send(t, j, p, pikeapi.Unknown, "")
	again := prepared(env, pikeapi.MethodRecurrentDisable, p.Body)
	_, err := j.Begin(ctxb(), again, pikeapi.Permit{Resend: p.ID})
	blockedBy(t, err, pikeapi.RuleResend)
	_, err = j.OpenBody(ctxb(), p.ID)
	assert.ErrorIs(t, err, ErrNotFound)
}

func TestDuplicateRadar(t *testing.T) {
	clock := newClock()
	j := openTest(t, t.TempDir(), clock)
	env := testEnv(pikeapi.Policy{DuplicateAfter: time.Hour})
	first := payoutTo(env, "card-a", 15000, "1")
	send(t, j, first, pikeapi.Accepted, `{"status":"ok"}`)
	clock.add(30 * time.Minute)
	_, err := j.Begin(ctxb(), payoutTo(env, "card-a", 15000, "2"), pikeapi.Permit{})
	assert.Equal(t, first.ID, blockedBy(t, err, pikeapi.RuleDuplicate))
	clock.add(31 * time.Minute)
	send(t, j, payoutTo(env, "card-a", 15000, "3"), pikeapi.Accepted, `{"status":"ok"}`)
	// The very same bytes warn whenever they were sent.
	clock.add(100 * time.Hour)
	same := payoutTo(env, "card-a", 15000, "1")
	_, err = j.Begin(ctxb(), same, pikeapi.Permit{})
	blockedBy(t, err, pikeapi.RuleDuplicate)
	begin(t, j, same, pikeapi.Permit{Duplicate: true})
}

// TestASealedRequestPassesOnce: two people may approve it at the same moment, and both say that it is no
// mistake.
func TestASealedRequestPassesOnce(t *testing.T) {
	j := openTest(t, t.TempDir(), nil)
	env := testEnv(pikeapi.Policy{DuplicateAfter: time.Hour})
	permit := pikeapi.Permit{Approved: true, Duplicate: true}
	first, second := payoutTo(env, "a", 100, ""), payoutTo(env, "a", 100, "")
	second.IdempotencyKey = first.IdempotencyKey
	id := begin(t, j, first, permit)
	_, err := j.Begin(ctxb(), second, permit)
	assert.Equal(t, first.ID, blockedBy(t, err, RuleSingleUse))
	require.NoError(t, j.Finish(ctxb(), result(first, id, pikeapi.NotSent, "")))
	id = begin(t, j, second, permit) // the first did not leave
	require.NoError(t, j.Finish(ctxb(), result(second, id, pikeapi.Refused, "declined")))
	third := payoutTo(env, "a", 100, "")
	third.IdempotencyKey = first.IdempotencyKey
	_, err = j.Begin(ctxb(), third, permit)
	assert.Equal(t, second.ID, blockedBy(t, err, RuleSingleUse))
	token := func() *pikeapi.Prepared { return prepared(env, pikeapi.MethodToken, []byte(`{}`)) }
	begin(t, j, token(), permit)
	_, err = j.Begin(ctxb(), token(), permit)
	blockedBy(t, err, RuleSingleUse)
}

func TestSingleUse(t *testing.T) {
	j := openTest(t, t.TempDir(), nil)
	p := payoutTo(testEnv(pikeapi.Policy{}), "card-a", 15000, "1")
	require.NoError(t, j.RecordPrepared(ctxb(), p))
	assert.Equal(t, StatePrepared, stateOf(t, j, p.ID))
	send(t, j, p, pikeapi.Refused, "invalid_request")
	_, err := j.Begin(ctxb(), p, pikeapi.Permit{Duplicate: true})
	blockedBy(t, err, RuleSingleUse)
}

func TestLimitsPerHourAndDay(t *testing.T) {
	clock := newClock()
	j := openTest(t, t.TempDir(), clock)
	env := testEnv(pikeapi.Policy{MaxPerHour: map[string]int64{"eur": 1000}, MaxPerDay: map[string]int64{"eur": 1500}})
	try := func(n int, amount int64, outcome pikeapi.Outcome) error {
		p := payoutTo(env, fmt.Sprint("card-", n), amount, "")
		id, err := j.Begin(ctxb(), p, pikeapi.Permit{})
		if err == nil {
			require.NoError(t, j.Finish(ctxb(), result(p, id, outcome, `{"status":"ok"}`)))
		}
		return err
	}
	require.NoError(t, try(1, 600, pikeapi.Accepted))
	require.NoError(t, try(2, 5000-4600, pikeapi.Refused), "400 more fits")
	require.NoError(t, try(3, 400, pikeapi.Unknown), "a refused one does not count")
	blockedBy(t, try(4, 1, pikeapi.Accepted), pikeapi.RuleMaxPerHour)
	clock.add(61 * time.Minute)
	require.NoError(t, try(5, 500, pikeapi.Accepted))
	blockedBy(t, try(6, 1, pikeapi.Accepted), pikeapi.RuleMaxPerDay)
	clock.add(-30 * time.Minute)
	blockedBy(t, try(7, 501, pikeapi.Accepted), pikeapi.RuleMaxPerHour) // a clock set back forgives nothing
	clock.add(25 * time.Hour)
	require.NoError(t, try(8, 1000, pikeapi.Accepted))

	// A start in a known session counts with the session's amount where the body holds none.
	require.NoError(t, j.Observe(ctxb(), sessionAt("ps_1", pikeapi.SessionCreated, clock.now(), "", operation(pikeapi.Payout, "po_1", pikeapi.OperationInProgress, 700)), pikeapi.V2, "test"))
	p := prepared(env, pikeapi.MethodStartPayout, []byte(`{"session_id":"ps_1"}`))
	p.Summary = pikeapi.Summary{Kind: pikeapi.Payout, SessionID: "ps_1"}
	_, err := j.Begin(ctxb(), p, pikeapi.Permit{})
	blockedBy(t, err, pikeapi.RuleMaxPerHour)
}

// TestConfirmingWhatOthersBeganCounts: the sums are of what leaves through this profile.
func TestConfirmingWhatOthersBeganCounts(t *testing.T) {
	clock := newClock()
	j := openTest(t, t.TempDir(), clock)
	env := testEnv(pikeapi.Policy{MaxPerHour: map[string]int64{"eur": 1000}})
	confirm := func(session string, amount int64) error {
		require.NoError(t, j.Observe(ctxb(), sessionAt(session, pikeapi.SessionInProgress, clock.now(), pikeapi.NextConfirm, operation(pikeapi.Payout, "po_"+session, pikeapi.OperationPending, amount)), pikeapi.V2, "test"))
		p := prepared(env, pikeapi.MethodConfirm, []byte(`{"session_id":"`+session+`"}`))
		p.Summary = pikeapi.Summary{SessionID: session}
		id, err := j.Begin(ctxb(), p, pikeapi.Permit{})
		if err == nil {
			require.NoError(t, j.Finish(ctxb(), result(p, id, pikeapi.Accepted, `{"status":"ok"}`)))
		}
		return err
	}
	require.NoError(t, confirm("ps_a", 600))
	blockedBy(t, confirm("ps_b", 401), pikeapi.RuleMaxPerHour)
	ours := payoutTo(env, "card-a", 400, "")
	send(t, j, ours, pikeapi.Accepted, `{"status":"ok","session":{"id":"ps_c","status":"in_progress","created_at":"2026-11-20T11:00:00.000000Z","updated_at":"2026-11-20T11:00:00.000000Z"}}`)
	require.NoError(t, confirm("ps_c", 400), "what was counted when it was begun is not counted again")
	_, err := j.Begin(ctxb(), payoutTo(env, "card-b", 1, ""), pikeapi.Permit{})
	blockedBy(t, err, pikeapi.RuleMaxPerHour)
}

func TestConcurrentLookalikesOnePasses(t *testing.T) {
	dir := t.TempDir()
	a, b := openTest(t, dir, nil), openTest(t, dir, nil)
	env := testEnv(pikeapi.Policy{})
	var passed atomic.Int32
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			j := []*Journal{a, b}[i%2]
			if _, err := j.Begin(ctxb(), payoutTo(env, "card-a", 15000, fmt.Sprint(i)), pikeapi.Permit{Duplicate: true}); err == nil {
				passed.Add(1)
			} else {
				blockedBy(t, err, RuleInFlight)
			}
		}()
	}
	wg.Wait()
	assert.EqualValues(t, 1, passed.Load())
}

func TestSecurityCodeStaysInMemory(t *testing.T) {
	dir := t.TempDir()
	j := openTest(t, dir, nil)
	env := testEnv(pikeapi.Policy{})
	body := []byte(`{"payment_details":{"type":"card","card":{"type":"bank_card","bank_card":{"number":"5555555555554444","security_code":"987"}}},"amount_details":{"amount":777,"currency":"usd"}}`)
	p := prepared(env, pikeapi.MethodInitPayment, body)
	send(t, j, p, pikeapi.Unknown, "")
	got, err := j.OpenBody(ctxb(), p.ID)
	require.NoError(t, err)
	assert.Equal(t, body, got)
	k := openTest(t, dir, nil)
	_, err = k.OpenBody(ctxb(), p.ID)
	assert.ErrorIs(t, err, ErrNotFound, "another program cannot have it")
	require.NoError(t, j.Resolve(ctxb(), p.ID, "gone"))
	_, err = j.OpenBody(ctxb(), p.ID)
	assert.ErrorIs(t, err, ErrNotFound)
}

// Nothing that must be masked may be found in any file of the journal.
func TestMaskingOnWrite(t *testing.T) {
	dir := t.TempDir()
	j := openTest(t, dir, nil)
	env := testEnv(pikeapi.Policy{})
	body := []byte(`{"payment_details":{"type":"card","card":{"type":"bank_card","bank_card":{"number":"5555555555554444","expiration_month":"07","security_code":"9531","cardholder_name":"PLANTED HOLDER"}}},"amount_details":{"amount":777,"currency":"usd"},"participant_details":{"recipient":{"full_name":"Planted Person"}},"metadata":"card 4000 0000 0000 9995 there"}`)
	p := prepared(env, pikeapi.MethodInitPayment, body)
	p.Header.Set("X-Partner-Idempotency-Key", p.IdempotencyKey)
	id := begin(t, j, p, pikeapi.Permit{})
	r := result(p, id, pikeapi.Accepted, `{"status":"ok","session":{"id":"ps_1","status":"accepted","created_at":"2026-11-20T11:00:00.000000Z","updated_at":"2026-11-20T11:00:00.000000Z","payment_list":[{"id":"pm_1","status":"succeeded","created_at":"2026-11-20T11:00:00.000000Z","payment_details":{"type":"card","card":{"brand":"visa","last4":"4444"}},"amount_details":{"amount":777,"currency":"usd"},"customer":{"reference":"buyer-1"},"metadata":"4000000000009995","recurrent":{"token":"plantedtoken0123456789abcdef"}}]}}`)
	require.NotNil(t, r.Response)
	require.NoError(t, j.Finish(ctxb(), r))
	hook := []byte(`{"type":"payment_finished","session":{"id":"ps_1","note":"5555 5555 5555 4444"}}`)
	w, err := j.RecordWebhook(ctxb(), Webhook{Body: hook, Badge: BadgeVerified})
	require.NoError(t, err)
	assert.True(t, w.Masked)
	_, err = w.Raw(ctxb())
	assert.ErrorIs(t, err, ErrNoRaw)

	e, err := j.Exchange(ctxb(), id)
	require.NoError(t, err)
	assert.True(t, e.BodyMasked)
	assert.True(t, e.ResponseMasked)
	assert.Equal(t, p.Digest, e.Digest, "the digest of the true bytes is kept")
	assert.Contains(t, string(e.Body), "555555··4444")

	require.NoError(t, j.Close())
	seen := 0
	for _, name := range allFiles(t, dir) {
		data, err := os.ReadFile(name)
		require.NoError(t, err)
		seen += len(data)
		for _, secret := range []string{"5555555555554444", "5555 5555 5555 4444", "4000000000009995", "4000 0000 0000 9995", "9531", "PLANTED HOLDER", "Planted Person", "plantedtoken0123456789abcdef"} {
			assert.False(t, bytes.Contains(data, []byte(secret)), "%s holds %q", filepath.Base(name), secret)
		}
		info, err := os.Stat(name)
		require.NoError(t, err)
		assert.Zero(t, info.Mode().Perm()&0o077, "%s is open to others", name)
	}
	assert.NotZero(t, seen)
}

func allFiles(t *testing.T, dir string) []string {
	t.Helper()
	var all []string
	require.NoError(t, filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			all = append(all, path)
		}
		return err
	}))
	return all
}

func TestKeptBodyIsErasedWhenItsKeyExpires(t *testing.T) {
	clock := newClock()
	j := openTest(t, t.TempDir(), clock)
	p := payoutTo(testEnv(pikeapi.Policy{}), "card-a", 15000, "1")
	send(t, j, p, pikeapi.Unknown, "")
	i, err := j.Intent(ctxb(), p.ID)
	require.NoError(t, err)
	assert.Equal(t, clock.now().Add(23*time.Hour), i.ResendUntil)
	clock.add(23*time.Hour + 30*time.Minute)
	_, err = j.Recover(ctxb())
	require.NoError(t, err)
	_, err = j.OpenBody(ctxb(), p.ID)
	require.NoError(t, err)
	clock.add(31 * time.Minute)
	_, err = j.Recover(ctxb())
	require.NoError(t, err)
	_, err = j.OpenBody(ctxb(), p.ID)
	require.ErrorIs(t, err, ErrNotFound)
	assert.Equal(t, StateUnknown, stateOf(t, j, p.ID), "it stays unknown until it is settled")
}

// TestAnErasedBodyIsInNoFile: neither in the database nor in its write-ahead log, while the program runs on.
func TestAnErasedBodyIsInNoFile(t *testing.T) {
	dir, tick := t.TempDir(), make(chan time.Time)
	j, err := Open(ctxb(), dir, "sandbox", Options{Tick: tick})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, j.Close()) })
	p := payoutTo(testEnv(pikeapi.Policy{}), "a", 1, "")
	send(t, j, p, pikeapi.Unknown, "")
	var sealed []byte
	require.NoError(t, j.read.QueryRow(`SELECT b.data FROM intents i JOIN bodies b ON b.id = i.sealed`).Scan(&sealed))
	found := func() (names []string) {
		for _, name := range allFiles(t, dir) {
			data, err := os.ReadFile(name)
			require.NoError(t, err)
			if bytes.Contains(data, sealed) {
				names = append(names, filepath.Base(name))
			}
		}
		return names
	}
	require.NotEmpty(t, found())
	require.NoError(t, j.Resolve(ctxb(), p.ID, "seen"))
	require.NotEmpty(t, found(), "the log still has it")
	for range recoverEvery + 1 { // the next tick is taken when the turn before is done
		tick <- time.Time{}
	}
	assert.Empty(t, found())
}

func TestOldPreparationIsNotSent(t *testing.T) {
	clock := newClock()
	j := openTest(t, t.TempDir(), clock)
	p := payoutTo(testEnv(pikeapi.Policy{}), "card-a", 15000, "1")
	p.CreatedAt, p.Expires = clock.now(), clock.now().Add(24*time.Hour)
	clock.add(23*time.Hour + time.Second)
	_, err := j.Begin(ctxb(), p, pikeapi.Permit{})
	blockedBy(t, err, pikeapi.RuleKeyExpired)
}
