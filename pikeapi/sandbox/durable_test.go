package sandbox

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"pikedash/keys"
)

// kept makes a box whose state is in dir, and a function that closes it and opens it again.
func kept(t *testing.T, dir string, change ...func(*Config)) (*box, func() *box) {
	clock := NewManualClock(startTime)
	h := newHooks(t)
	h.now = clock.Now
	open := func() *box {
		cfg := testConfig(clock)
		cfg.PikeKey, cfg.StateDir, cfg.WebhookURL = nil, dir, h.url
		for _, c := range change {
			c(&cfg)
		}
		return openBox(t, cfg, h, clock)
	}
	b := open()
	return b, func() *box {
		require.NoError(t, b.s.Close())
		b = open()
		return b
	}
}

// TestRestart: sessions, timers, wallets, tokens, keys, deliveries and Pike's key survive.
func TestRestart(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	b, restart := kept(t, dir)
	pub := b.s.PublicKey()
	body := payoutBody(2, goodCard, 100)
	first := b.ok(2, "session/init/payout", body, withKey("key-1"))
	id := first.text("session.id")
	token := tokenOf(b, declinedCard)
	recurrent := recurrentOf(b)
	b = restart()
	assert.Equal(t, pub, b.s.PublicKey())
	assert.Equal(t, first.raw, b.ok(2, "session/init/payout", body, withKey("key-1")).raw)
	assert.EqualValues(t, 100_000_000-100, b.balance("eur"))
	b.is(id, "in_progress", "pending", "confirm", "")
	b.ok(2, "session/confirm", sessionBody(id))
	b = restart()
	b.process()
	b.is(id, "accepted", "succeeded", "", "")
	b.lastHook("payment_finished")
	b.ok(1, "token/info", `{"type":"card","card":{"type":"tokenized_card","tokenized_card":{"token":"`+token+`"}}}`)
	b.ok(1, "recurrent/status", `{"recurrent":{"token":"`+recurrent+`"}}`)
	next := b.payout(2, goodCard, 100)
	assert.NotEqual(t, id, next)
	b = restart()
	b.advance(5 * time.Hour)
	b.is(next, "cancelled", "failed", "", "confirm_timeout")
}

// TestRestartKeepsRedeliveries: a notification that was refused is sent again after a restart, at its
// time, and the later one of its session still waits for it.
func TestRestartKeepsRedeliveries(t *testing.T) {
	b, restart := kept(t, t.TempDir())
	b.hooks.answer = func(n int) int {
		if n == 1 {
			return 500
		}
		return 200
	}
	id := b.payout(2, goodCard, 100)
	b.confirmed(2, id)
	require.Equal(t, []string{"ready_to_confirm"}, b.hooks.kinds())
	b = restart()
	b.advance(13 * time.Second)
	require.Equal(t, []string{"ready_to_confirm"}, b.hooks.kinds())
	b.advance(2 * time.Second)
	require.Equal(t, []string{"ready_to_confirm", "ready_to_confirm", "payment_finished"}, b.hooks.kinds())
}

// TestNothingSecretOnDisk: no card number, security code or holder's name is in the state folder,
// and its files are private.
func TestNothingSecretOnDisk(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	b, restart := kept(t, dir)
	number := "4000000000003220"
	body := strings.Replace(paymentBody(number, 100, ""), `"security_code":"321"`, `"security_code":"987","cardholder_name":"KARL KARTE"`, 1)
	body = strings.Replace(body, `{"order":9001}`, `{"note":"card `+number+`","n":`+number+`}`, 1)
	id := b.ok(2, "session/init/payment", body, withKey("key-1")).text("session.id")
	r := b.ok(1, "tokenize/elements", `{"card":{"number":"`+number+`","expiration_month":"07","expiration_year":"29","security_code":"987","cardholder_name":"KARL KARTE"}}`)
	require.NotEmpty(t, r.text("token"))
	b.confirmed(2, id)
	b = restart()
	assert.Equal(t, "card 4000009999993220", dig(b.state(id).v, "metadata.note"))
	require.NoError(t, b.s.Close())
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.NotEmpty(t, entries)
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		require.NoError(t, err)
		info, err := e.Info()
		require.NoError(t, err)
		assert.Zero(t, info.Mode()&0o077, e.Name())
		for _, secret := range []string{number, `"987"`, "KARL KARTE", "security_code"} {
			assert.NotContains(t, string(data), secret, e.Name())
		}
	}
}

func TestStateIsForOne(t *testing.T) {
	dir := t.TempDir()
	kept(t, dir)
	cfg := testConfig(NewManualClock(startTime))
	cfg.StateDir = dir
	_, err := New(cfg)
	require.ErrorContains(t, err, "in use by another")
}

func TestBrokenState(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, stateFile), []byte(strings.Repeat("this is no database ", 100)), 0o600))
	cfg := testConfig(NewManualClock(startTime))
	cfg.StateDir = dir
	_, err := New(cfg)
	require.Error(t, err)
	dir = t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, privateFile), []byte("no key"), 0o600))
	cfg.StateDir, cfg.PikeKey = dir, nil
	_, err = New(cfg)
	require.ErrorContains(t, err, "key")
}

// killDir names the state folder to the process that TestKill starts and kills.
const killDir = "PIKEDASH_TEST_KILL_DIR"

// TestKillServer is the process that TestKill kills: a sandbox on the real clock.
func TestKillServer(t *testing.T) {
	dir := os.Getenv(killDir)
	if dir == "" {
		t.Skip("only started by TestKill")
	}
	pub, err := keys.ReadPublicFile(filepath.Join(dir, "partner.pem"))
	require.NoError(t, err)
	s, err := New(Config{Project: "shop", PartnerKeys: keys.Ring{{Role: keys.RoleOwn, Public: pub.Key}}, StateDir: filepath.Join(dir, "state"), Speed: 20})
	require.NoError(t, err)
	run, err := s.Listen(context.Background(), "127.0.0.1:0")
	require.NoError(t, err)
	fmt.Println("listening " + run.URL)
	require.NoError(t, run.Wait())
}

// TestKill kills a sandbox with SIGKILL again and again, in the middle of many requests, and checks
// that everything that was answered is there afterwards, once.
func TestKill(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, keys.WritePublicFile(filepath.Join(dir, "partner.pem"), &partnerKey().PublicKey))
	answered := map[string]string{} // key -> answer
	bodies := map[string]string{}
	var mu sync.Mutex
	rounds := 5
	if testing.Short() {
		rounds = 1
	}
	for round := range rounds {
		base, kill := startKillable(t, dir)
		b := &box{t: t, url: base}
		var wg sync.WaitGroup
		done := make(chan struct{})
		for worker := range 4 {
			wg.Add(1)
			go func() {
				defer wg.Done()
				for i := 0; ; i++ {
					key, body := fmt.Sprintf("key-%d-%d-%d", round, worker, i), payoutBody(2, goodCard, int64(i+1))
					r, err := b.send("/api/v2/session/init/payout", []byte(body), withKey(key))
					if err != nil {
						return
					}
					mu.Lock()
					answered[key], bodies[key] = string(r.raw), body
					if len(answered) == 40*(round+1) {
						close(done)
					}
					mu.Unlock()
				}
			}()
		}
		<-done
		kill()
		wg.Wait()
	}
	base, kill := startKillable(t, dir)
	defer kill()
	b := &box{t: t, url: base}
	ids := map[string]bool{}
	for key, want := range answered {
		r, err := b.send("/api/v2/session/init/payout", []byte(bodies[key]), withKey(key))
		require.NoError(t, err)
		require.Equal(t, want, string(r.raw), "the answer under %s changed", key)
		id := r.text("session.id")
		require.False(t, ids[id], "%s was made twice", id)
		ids[id] = true
		require.Equal(t, 200, b.call(2, "session/status", sessionBody(id)).status)
	}
	t.Logf("%d answered payouts survived %d kills", len(answered), rounds)
}

func startKillable(t *testing.T, dir string) (base string, kill func()) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run", "^TestKillServer$", "-test.timeout", "2m")
	cmd.Env = append(os.Environ(), killDir+"="+dir)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	cmd.Stderr = os.Stderr
	require.NoError(t, cmd.Start())
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if url, ok := strings.CutPrefix(lines.Text(), "listening "); ok {
			go func() {
				for lines.Scan() {
					continue
				}
			}()
			return url, func() {
				require.NoError(t, cmd.Process.Kill())
				_ = cmd.Wait() // it was killed
				http.DefaultClient.CloseIdleConnections()
			}
		}
	}
	t.Fatal("the sandbox did not start")
	return "", nil
}

// TestConcurrentSameKey: of many requests with one key at once, one is carried out and the others are
// answered with the same bytes or told to wait.
func TestConcurrentSameKey(t *testing.T) {
	b, _ := kept(t, t.TempDir())
	body := []byte(payoutBody(2, goodCard, 100))
	var wg sync.WaitGroup
	var mu sync.Mutex
	answers := map[string]int{}
	for range 32 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			r, err := b.send("/api/v2/session/init/payout", body, withKey("key-1"))
			if !assert.NoError(t, err) {
				return
			}
			mu.Lock()
			defer mu.Unlock()
			if code := r.text("error.code"); code != "" {
				answers[code]++
				return
			}
			answers[string(r.raw)]++
		}()
	}
	wg.Wait()
	delete(answers, "idempotency_key_already_exists")
	assert.Len(t, answers, 1)
	state, err := b.s.Controls().State(context.Background())
	require.NoError(t, err)
	assert.Equal(t, 1, state.SessionsIn)
	raw, err := json.Marshal(state)
	require.NoError(t, err)
	assert.NotContains(t, string(raw), goodCard)
}

// TestDiskRecovers: what could not be written is written with the next change, in the right order.
func TestDiskRecovers(t *testing.T) {
	s, err := openStore(t.TempDir(), false)
	require.NoError(t, err)
	commit := func(changes ...change) error {
		done := make(chan error, 1)
		s.commit(changes, func(err error) { done <- err })
		return <-done
	}
	ctx := context.Background()
	require.NoError(t, commit(change{"k", "1", []byte("old")}, change{"k", "2", []byte("gone soon")}))
	_, err = s.conn.ExecContext(ctx, "ALTER TABLE entity RENAME TO away")
	require.NoError(t, err)
	require.Error(t, commit(change{"k", "1", []byte("new")}, change{kind: "k", id: "2"}))
	_, err = s.conn.ExecContext(ctx, "ALTER TABLE away RENAME TO entity")
	require.NoError(t, err)
	require.NoError(t, commit(change{"k", "3", []byte("next")}))
	got := map[string]string{}
	require.NoError(t, s.load(func(_, id string, data []byte) error { got[id] = string(data); return nil }))
	assert.Equal(t, map[string]string{"1": "new", "3": "next"}, got)
	require.NoError(t, s.close())
	require.Error(t, commit(change{"k", "4", []byte("late")}))
}

// failingStore is a disk that is full.
type failingStore struct{ memoryStore }

func (failingStore) commit(_ []change, done func(error)) {
	go done(os.ErrInvalid)
}

func TestStateThatCannotBeSaved(t *testing.T) {
	b := newBox(t)
	b.s.mu.Lock()
	b.s.store = failingStore{}
	b.s.mu.Unlock()
	r := b.refused("internal_error", 2, "session/create", `{}`)
	assert.Equal(t, 500, r.status)
}
