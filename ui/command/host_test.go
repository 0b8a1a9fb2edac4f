package command

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"pikedash/keys"
	"pikedash/pikeapi"
	"pikedash/pikeapi/journal"
	"pikedash/pikeapi/sandbox"
	"pikedash/pikeapi/webhook"
	"pikedash/ui/page"
)

func hostFor(t *testing.T, dir string, stays bool) *host {
	t.Helper()
	h, err := startHost(t.Context(), hostOptions{listen: "127.0.0.1:0", stays: stays, log: slog.New(slog.DiscardHandler),
		config: sandbox.Config{Project: "shop", StateDir: dir, Control: true,
			PartnerKeys: keys.Ring{{Name: "p", Role: keys.RoleOwn, Public: &testKeys()[0].PublicKey}}}})
	require.NoError(t, err)
	return h
}

// TestASecondProgramJoinsAndTakesOver: the address stays good when the first program goes away.
func TestASecondProgramJoinsAndTakesOver(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "sandbox")
	first := hostFor(t, dir, true)
	assert.True(t, first.here())
	second := hostFor(t, dir, true)
	assert.False(t, second.here(), "the folder belongs to the first one")
	assert.Equal(t, first.url, second.url)
	assert.Equal(t, keys.FingerprintOf(first.pikeKey().Public), keys.FingerprintOf(second.pikeKey().Public))
	_, err := second.controls().State(t.Context())
	require.NoError(t, err)

	require.NoError(t, first.close())
	require.Eventually(t, second.here, 10*time.Second, 20*time.Millisecond, "it takes over")
	state, err := sandbox.NewControl(second.url, nil).State(t.Context())
	require.NoError(t, err, "at the address that the first one had")
	assert.Equal(t, "shop", state.Projects[0].Name)
	require.NoError(t, second.close())
	_, found := readAddress(dir)
	assert.False(t, found, "nobody is left to be found")
}

// A program that was killed leaves its address behind; another user's sandbox may be there by now.
func TestAnAddressIsBelievedOnlyWithTheFoldersOwnKey(t *testing.T) {
	foreign := hostFor(t, filepath.Join(t.TempDir(), "sandbox"), true)
	dir := filepath.Join(t.TempDir(), "sandbox")
	own := hostFor(t, dir, true)
	key := own.pikeKey().Public
	require.NoError(t, own.close())
	require.NoError(t, own.publish(address{foreign.url, 1, true}))
	_, ok := answersAt(t.Context(), dir, foreign.url)
	assert.False(t, ok)
	// As the dashboard starts: with an address before the state is open.
	own, err := startHost(t.Context(), hostOptions{listen: "127.0.0.1:0", stays: true, later: true, log: slog.New(slog.DiscardHandler),
		config: sandbox.Config{Project: "shop", StateDir: dir, Control: true,
			PartnerKeys: keys.Ring{{Name: "p", Role: keys.RoleOwn, Public: &testKeys()[0].PublicKey}}}})
	require.NoError(t, err)
	require.NotEqual(t, foreign.url, own.url)
	require.Eventually(t, own.here, 10*time.Second, 20*time.Millisecond)
	assert.True(t, key.Equal(own.pikeKey().Public))
	_, ok = answersAt(t.Context(), dir, own.url)
	assert.True(t, ok)
	require.NoError(t, own.close())
	require.NoError(t, foreign.close())
}

// What is in the way of serving may stay there for hours: it is said, and tried less and less often.
func TestATakenAddressIsSaidAndTriedAgain(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "sandbox")
	first := hostFor(t, dir, true)
	require.NoError(t, first.close())
	var lc net.ListenConfig
	taken, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	h := &host{o: first.o, url: "http://" + taken.Addr().String()}
	life, stop := context.WithCancel(t.Context())
	h.stop = stop
	h.done.Go(func() { h.keep(life) })
	require.Eventually(t, func() bool { return strings.Contains(h.problem(), "cannot listen") }, 10*time.Second, 5*time.Millisecond)
	require.NoError(t, taken.Close())
	require.Eventually(t, h.here, 10*time.Second, 5*time.Millisecond)
	assert.Empty(t, h.problem())
	require.NoError(t, h.close())

	pause, tries := hostRetry, 0
	for in := time.Duration(0); in < time.Minute; in += pause {
		pause, tries = longer(pause), tries+1
	}
	assert.Less(t, tries, 20, "in a minute")
}

// A verb that ends at once does not lend its sandbox: the next one waits for its end.
func TestAProgramThatEndsAtOnceIsWaitedFor(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "sandbox")
	first := hostFor(t, dir, false)
	got := make(chan *host)
	go func() { got <- hostFor(t, dir, false) }()
	select {
	case <-got:
		t.Fatal("two programs have one state folder")
	case <-time.After(3 * hostRetry):
	}
	require.NoError(t, first.close())
	second := <-got
	assert.True(t, second.here())
	require.NoError(t, second.close())
}

func TestOnlyThisMachineIsBelievedAsAnAddress(t *testing.T) {
	for text, want := range map[string]bool{
		`{"url":"http://127.0.0.1:8131","stays":true}`: true, `{"url":"http://[::1]:8131"}`: true,
		`{"url":"http://10.0.0.1:8131"}`: false, `{"url":"https://127.0.0.1"}`: false, `{"url":"http://127.0.0.1.evil.example"}`: false,
		`{`: false, ``: false, `{"url":"http://user@evil.example:80"}`: false,
	} {
		_, ok := parseAddress([]byte(text))
		assert.Equal(t, want, ok, text)
	}
}

func TestDue(t *testing.T) {
	now := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	row := func(status pikeapi.SessionStatus, updated, observed time.Duration) journal.SessionRow {
		return journal.SessionRow{Status: status, Created: ago(updated), Updated: ago(updated), Observed: ago(observed)}
	}
	waiting := row(pikeapi.SessionInProgress, 10*time.Second, 20*time.Second)
	waiting.NextAction, waiting.Deadline = pikeapi.NextConfirm, now.Add(time.Hour)
	late := waiting
	late.Deadline = ago(time.Second)
	for _, c := range []struct {
		name string
		row  journal.SessionRow
		want bool
	}{
		{"fresh", row(pikeapi.SessionInProgress, time.Second, time.Second), false},
		{"a little later", row(pikeapi.SessionInProgress, 3*time.Second, 3*time.Second), true},
		{"older, heard of lately", row(pikeapi.SessionInProgress, time.Minute, 20*time.Second), false},
		{"older, not heard of", row(pikeapi.SessionInProgress, time.Minute, 31*time.Second), true},
		{"old, at most every ten minutes", row(pikeapi.SessionInProgress, 24*time.Hour, 11*time.Minute), true},
		{"waits for the operator", waiting, false},
		{"its deadline is over", late, true},
		{"created", row(pikeapi.SessionCreated, time.Hour, time.Hour), false},
		{"imported, never asked for", row("", time.Hour, time.Hour), false},
		{"in error", row(pikeapi.SessionError, time.Minute, 5*time.Minute), false},
		{"in error, a while later", row(pikeapi.SessionError, time.Hour, 11*time.Minute), true},
		{"forgotten", row(pikeapi.SessionInProgress, 30*24*time.Hour, 24*time.Hour), false},
	} {
		assert.Equal(t, c.want, due(c.row, now), c.name)
	}
}

func TestThePollerAsksABoundedNumber(t *testing.T) {
	now := time.Now()
	j := openJournal(t, "shop", func() time.Time { return now })
	for i := range 30 {
		s := &pikeapi.Session{ID: "ps_" + string(rune('a'+i%26)) + string(rune('a'+i/26)), Status: pikeapi.SessionInProgress, CreatedAt: now, UpdatedAt: now}
		require.NoError(t, j.Observe(t.Context(), s, pikeapi.V2, "test"))
	}
	now = now.Add(time.Minute)
	asked := make(chan string, 100)
	p := &poller{journal: j, now: func() time.Time { return now }, log: slog.New(slog.DiscardHandler),
		ask: func(_ context.Context, id string) error { asked <- id; return nil }}
	assert.Equal(t, pollBatch, p.turn(t.Context()))
	assert.Len(t, asked, pollBatch)
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	assert.Equal(t, 0, p.turn(stopped))
}

// A session that Pike does not know must not be asked for every second, nor keep others from their turn.
func TestThePollerGivesUpOnWhatPikeRefuses(t *testing.T) {
	now := time.Now()
	j := openJournal(t, "shop", func() time.Time { return now })
	s := &pikeapi.Session{ID: "ps_lost", Status: pikeapi.SessionInProgress, CreatedAt: now, UpdatedAt: now}
	require.NoError(t, j.Observe(t.Context(), s, pikeapi.V2, "test"))
	asked := 0
	p := &poller{journal: j, now: func() time.Time { return now }, log: slog.New(slog.DiscardHandler),
		ask: func(context.Context, string) error { asked++; return &pikeapi.APIError{Code: "invalid_request"} }}
	for range 100 {
		now = now.Add(time.Second)
		p.turn(t.Context())
	}
	assert.Equal(t, pollRefusals, asked)
}

func openJournal(t *testing.T, name string, now func() time.Time) *journal.Journal {
	t.Helper()
	j, err := journal.Open(t.Context(), t.TempDir(), name, journal.Options{Now: now})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, j.Close()) })
	return j
}

// TestNotificationsGoToTheirOwnJournal: the key that signed decides, not the environment in front.
func TestNotificationsGoToTheirOwnJournal(t *testing.T) {
	a, b := openJournal(t, "a", time.Now), openJournal(t, "b", time.Now)
	r, err := startReceiver(t.Context(), "", "", "", time.Now, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, r.hook.Close()) })
	ring := func(name string) func() keys.Ring {
		return func() keys.Ring {
			return keys.Ring{{Name: name, Role: keys.RolePike, Public: &testKeys()[0].PublicKey}}
		}
	}
	_, err = r.Record(t.Context(), &webhook.Received{})
	require.Error(t, err, "nothing is open yet: Pike shall send it again")
	r.enter("a", ring("key a"), a)
	r.enter("b", ring("key b"), b)
	count := func(j *journal.Journal) int {
		rows, err := j.Webhooks(t.Context(), journal.Query{}, nil, journal.Forward, 10)
		require.NoError(t, err)
		return len(rows)
	}
	record := func(badge webhook.Badge, key string) int64 {
		s, err := r.Record(t.Context(), &webhook.Received{At: time.Now(), Header: http.Header{}, Body: []byte(`{}`), Badge: badge, Key: key})
		require.NoError(t, err)
		return s.ID
	}
	id := record(webhook.Verified, "key a")
	assert.Equal(t, []int{1, 0}, []int{count(a), count(b)})
	record(webhook.Verified, "key b")
	assert.Equal(t, []int{1, 1}, []int{count(a), count(b)})
	record(webhook.Bad, "key a")
	assert.Equal(t, []int{1, 2}, []int{count(a), count(b)}, "what is not verified goes to the environment in front")
	r.enter("a", ring("key a"), a)
	record(webhook.Unsigned, "")
	assert.Equal(t, []int{2, 2}, []int{count(a), count(b)})
	require.NoError(t, r.Forwarded(t.Context(), id, webhook.Forward{URL: "http://127.0.0.1:1", Status: 200, At: time.Now()}))
	w, err := a.Webhook(t.Context(), 1)
	require.NoError(t, err)
	assert.Equal(t, 200, w.Forward.Status)
	assert.Len(t, r.keys(), 2)
	assert.Equal(t, "key a", r.keys()[0].Name)
	assert.Error(t, r.Forwarded(t.Context(), 77, webhook.Forward{}))
	assert.False(t, r.status().Listening)
	assert.NotEmpty(t, r.status().Err)
}

// TestTheDashboardsServices opens desks and switches between them, without a screen.
func TestTheDashboardsServices(t *testing.T) {
	m := newMachine(t)
	_, url := m.sandboxAt(nil)
	m.settings("[webhook]\nlisten = \"127.0.0.1:0\"\n[profiles.shop]\nkind = \"sandbox\"\nproject = \"shop\"\nbase_url = \"" + url + "\"\n[profiles.quiet]\nkind = \"sandbox\"\nproject = \"quiet\"\nbase_url = \"" + url + "\"\n")
	a := &app{in: strings.NewReader(""), out: &printer{w: &strings.Builder{}}, err: &printer{w: &strings.Builder{}}, getenv: func(string) string { return "" }, now: time.Now}
	cmd := a.root(true)
	r, err := a.runtime(cmd)
	require.NoError(t, err)
	r.stays = true
	ctx, stop := context.WithCancel(t.Context())
	s := r.newServices(ctx)
	t.Cleanup(func() {
		stop()
		assert.NoError(t, s.end())
		assert.NoError(t, r.close())
	})
	front := s.front()
	assert.Nil(t, front.Journal)
	assert.Nil(t, front.Env.Signer)
	assert.Equal(t, "sandbox", front.Env.Name)
	first, err := s.Switch(ctx, "sandbox")
	require.NoError(t, err)
	require.NotNil(t, first.Sandbox)
	assert.True(t, first.Receiver.Status().Listening)
	assert.NotEmpty(t, first.Sandbox.Controls())

	var infos = map[string]page.EnvInfo{}
	for _, e := range s.Environments() {
		infos[e.Name] = e
	}
	assert.Empty(t, infos["sandbox"].Problem)
	assert.Contains(t, infos["demo"].Problem, "no project")
	assert.NotEmpty(t, infos["shop"].Key)

	second, err := s.Switch(ctx, "shop")
	require.NoError(t, err)
	assert.Greater(t, second.Env.Epoch, first.Env.Epoch, "answers of the first desk are stale now")
	assert.Nil(t, second.Sandbox, "it is not the embedded one")
	s.Leave(first)
	third, err := s.Switch(ctx, "quiet")
	require.NoError(t, err)
	other, err := s.SetVersion(ctx, second, pikeapi.V1)
	require.NoError(t, err)
	assert.Equal(t, pikeapi.V1, other.Env.Version)
	assert.Equal(t, pikeapi.V2, second.Env.Version, "an environment never changes")
	_, err = s.Switch(ctx, "demo")
	require.Error(t, err)
	_, err = s.Switch(ctx, "nobody")
	require.Error(t, err)

	// A payout is seen by whoever watches, and counted once it waits for the operator.
	watched := make(chan error, 1)
	go func() { watched <- s.Watch(ctx, other) }()
	body := readFile(t, m.payout("p", "100"))
	p, err := other.Client.Prepare(ctx, other.Env, pikeapi.Call{Method: pikeapi.MethodInitPayout, Version: pikeapi.V2, Body: body})
	require.NoError(t, err)
	got := other.Client.Send(ctx, p, pikeapi.Permit{})
	require.Equal(t, pikeapi.Accepted, got.Outcome, got.Err)
	require.NoError(t, <-watched)
	v, err := s.Vitals(ctx, other)
	require.NoError(t, err)
	assert.Equal(t, 0, v.Unknown)
	assert.Positive(t, v.Latency)

	// What happens while nobody watches is not missed.
	watch := func(patience time.Duration) error {
		ctx, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		return s.Watch(ctx, third)
	}
	_, err = third.Journal.RecordWebhook(ctx, journal.Webhook{Body: []byte("{}")})
	require.NoError(t, err)
	require.NoError(t, watch(5*time.Second))
	require.ErrorIs(t, watch(10*time.Millisecond), context.DeadlineExceeded)
}

func TestUIState(t *testing.T) {
	m := newMachine(t)
	a := &app{getenv: func(string) string { return "" }}
	settings, err := a.config(a.root(true))
	require.NoError(t, err)
	m.file("state/pikedash/x", "")
	s := loadUIState(settings.Paths)
	assert.Empty(t, s.Kept("columns"))
	require.NoError(t, s.Keep("columns", "a,b"))
	require.NoError(t, s.Keep("views", "{}"))
	require.NoError(t, s.Keep("views", ""))
	again := loadUIState(settings.Paths)
	assert.Equal(t, "a,b", again.Kept("columns"))
	assert.Empty(t, again.Kept("views"))
	m.file("state/pikedash/ui.json", "broken")
	assert.Empty(t, loadUIState(settings.Paths).Kept("columns"), "comfort only: it starts anew")
}

func TestKeysOfTheSettingsAreChecked(t *testing.T) {
	m := newMachine(t)
	m.settings("[keys]\n\"list.filtr\" = \"f\"\n")
	a := &app{getenv: func(string) string { return "" }}
	settings, err := a.config(a.root(true))
	require.NoError(t, err)
	_, err = remap(settings)
	require.ErrorContains(t, err, "list.filter")
	assert.Contains(t, err.Error(), "config.toml")
}
