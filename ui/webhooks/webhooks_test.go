package webhooks

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/exp/golden"
	"github.com/muesli/termenv"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"pikedash/pikeapi"
	"pikedash/pikeapi/journal"
	"pikedash/ui/keymap"
	"pikedash/ui/page"
	"pikedash/ui/theme"
	"pikedash/ui/widget"
)

type settings struct{}

func (settings) Kept(string) string        { return "" }
func (settings) Keep(string, string) error { return nil }

// fakeReceiver notes what is replayed.
type fakeReceiver struct {
	status  page.ReceiverStatus
	answer  int
	err     error
	replays []string
}

func (r *fakeReceiver) Status() page.ReceiverStatus { return r.status }

func (r *fakeReceiver) Replay(_ context.Context, id int64, resign bool) (int, error) {
	r.replays = append(r.replays, fmt.Sprintf("%d %t", id, resign))
	return r.answer, r.err
}

// fakeSandbox says that there is one.
type fakeSandbox struct{ page.Sandbox }

// kit is the screen over a real journal; what it says to the App is kept.
type kit struct {
	*Model
	t        testing.TB
	j        *journal.Journal
	receiver *fakeReceiver
	keys     *keymap.Map
	sent     []tea.Msg
}

func noon() time.Time { return time.Date(2026, 11, 23, 14, 3, 22, 0, time.UTC) }

func openJournal(t testing.TB) *journal.Journal {
	j, err := journal.Open(context.Background(), t.TempDir(), "sandbox", journal.Options{Now: noon, Tick: make(chan time.Time)})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, j.Close()) })
	return j
}

func newKit(t testing.TB, kind pikeapi.EnvKind, profile termenv.Profile) *kit {
	k := &kit{t: t, keys: keymap.New(), j: openJournal(t), receiver: &fakeReceiver{answer: 200, status: page.ReceiverStatus{
		Listening: true, Address: "127.0.0.1:8132", Forward: "http://127.0.0.1:9000/hook", Received: 12, Rejected: 2,
	}}}
	d := &page.Desk{Env: &pikeapi.Environment{Name: string(kind), Kind: kind, Project: "shop-eu", Version: pikeapi.V2, Epoch: 1}, Journal: k.j, Receiver: k.receiver}
	if kind == pikeapi.Sandbox {
		d.Sandbox = fakeSandbox{}
	}
	place := page.NewPlace(d)
	k.Model = New(&page.Deps{
		Theme: theme.New(theme.Options{Profile: profile, DarkBG: true}), Keys: k.keys, Now: noon,
		Desk: place, Stamps: page.NewStamps(place), Settings: settings{},
	})
	k.SetSize(100, 16)
	return k
}

func (k *kit) start() *kit { k.run(k.Init()); return k }

// run carries commands out; what is for the App is kept in sent.
func (k *kit) run(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	switch msg := cmd().(type) {
	case nil:
	case tea.BatchMsg:
		for _, c := range msg {
			k.run(c)
		}
	case page.Notice, page.Ask, page.Navigate, page.Copy:
		k.sent = append(k.sent, msg)
	default:
		k.run(k.Update(msg))
	}
}

func (k *kit) press(bs ...keymap.Binding) {
	for _, b := range bs {
		k.run(k.Update(b.Msg()))
	}
}

func last[T any](k *kit) T {
	k.t.Helper()
	require.NotEmpty(k.t, k.sent)
	msg, ok := k.sent[len(k.sent)-1].(T)
	require.True(k.t, ok, "%T", k.sent[len(k.sent)-1])
	return msg
}

// off returns why a key cannot be used now.
func (k *kit) off(b keymap.Binding) string {
	for _, h := range k.Help() {
		if h.Key.ID == b.ID {
			return h.Off
		}
	}
	k.t.Fatalf("%s is not in the help", b.ID)
	return ""
}

// take records a webhook, as the receiver does.
func (k *kit) take(badge journal.Badge, kind, session string, updated time.Time, change func(*journal.Webhook)) *journal.Webhook {
	body := fmt.Sprintf(`{"type":%q,"session":{"id":%q,"status":"in_progress","updated_at":%q}}`, kind, session, updated.Format(time.RFC3339))
	w := journal.Webhook{
		Received: noon(), Header: http.Header{"Content-Type": {"application/json"}, "X-Partner-Sign": {"kX9vQw=="}}, Body: []byte(body),
		Signature: "kX9vQw==", Badge: badge, Version: pikeapi.V2, Remote: "127.0.0.1:40001", ReplyStatus: 200,
		Parsed: &pikeapi.Notification{Type: kind, Session: &pikeapi.Session{ID: session, Status: pikeapi.SessionInProgress, CreatedAt: updated, UpdatedAt: updated}},
	}
	if badge == journal.BadgeVerified {
		w.Key = "Pike's sandbox key"
	}
	if change != nil {
		change(&w)
	}
	got, err := k.j.RecordWebhook(context.Background(), w)
	require.NoError(k.t, err)
	return got
}

// busy fills the inbox with one of each kind: verified, its repeat, a late one, unsigned, bad, unknown
// type, unreadable.
func (k *kit) busy() *kit {
	at := noon().Add(-time.Minute)
	k.take(journal.BadgeVerified, "ready_to_confirm", "ps_1", at, nil)
	k.take(journal.BadgeVerified, "ready_to_confirm", "ps_1", at, nil)
	k.take(journal.BadgeVerified, "action_required", "ps_1", at.Add(-time.Minute), nil)
	k.take(journal.BadgeUnsigned, "payment_finished", "ps_2", at, func(w *journal.Webhook) { w.Signature, w.ReplyStatus = "", 401 })
	k.take(journal.BadgeBad, "payment_finished", "ps_1", at, func(w *journal.Webhook) {
		w.ReplyStatus, w.Cause = 401, "signed over the same body plus a trailing newline"
	})
	k.take(journal.BadgeVerified, "payout_dreamt", "ps_1", at.Add(time.Second), nil)
	k.take(journal.BadgeUnsigned, "", "", at, func(w *journal.Webhook) {
		w.Body, w.Parsed, w.Problem, w.ReplyStatus = []byte("not JSON at all"), nil, "the body is not JSON", 401
	})
	return k
}

func exact(t require.TestingT, m page.Page, w, h int) {
	view := m.View()
	if w <= 0 || h <= 0 {
		return
	}
	lines := strings.Split(view, "\n")
	require.Len(t, lines, h)
	for _, l := range lines {
		require.Equal(t, w, ansi.StringWidth(l), "%q", l)
		for _, r := range ansi.Strip(l) {
			require.False(t, r < 0x20 || r >= 0x7f && r < 0xa0 || r == 0x202e, "%q", l)
		}
	}
}

func TestGoldenInbox(t *testing.T) {
	k := newKit(t, pikeapi.Sandbox, termenv.Ascii).busy().start()
	k.SetSize(80, 19)
	golden.RequireEqual(t, k.View())
}

func TestGoldenLesson(t *testing.T) {
	golden.RequireEqual(t, newKit(t, pikeapi.Demo, termenv.Ascii).start().View())
}

func TestGoldenBadSignature(t *testing.T) {
	k := newKit(t, pikeapi.Sandbox, termenv.Ascii).busy().start()
	k.SetSize(80, 19)
	k.run(k.Open(page.OpenWebhook{ID: 5}))
	golden.RequireEqual(t, k.View())
}

func TestGoldenTall(t *testing.T) {
	k := newKit(t, pikeapi.Sandbox, termenv.Ascii).busy().start()
	k.SetSize(200, 45)
	k.run(k.Open(page.OpenWebhook{ID: 3}))
	golden.RequireEqual(t, k.View())
}

func TestViewIsExactlyItsBox(t *testing.T) {
	k := newKit(t, pikeapi.Sandbox, termenv.ANSI256)
	for i, evil := range []string{"\x1b]52;c;eA==\x07", "王小明 é́́ \u202e\x9b31m", "\x00\xff\xfe{\"a\":", strings.Repeat("長", 300), "\r\n\t"} {
		k.take(journal.BadgeBad, evil, "ps_"+evil, noon(), func(w *journal.Webhook) {
			w.Body, w.Cause, w.Problem, w.Remote, w.Signature = []byte(evil), evil, evil, evil, evil
			w.Header = http.Header{"X-" + evil: {evil}}
		})
		require.NoError(t, k.j.RecordForward(context.Background(), int64(i+1), journal.Forwarding{URL: evil, Status: 500, Error: evil}))
	}
	k.busy()
	k.receiver.status.Forward, k.receiver.status.Err = "http://evil/\x1b[31m", "\x1b[2J"
	k.start()
	k.run(k.Update(page.Tick{Now: noon()}))
	presses := []keymap.Binding{
		k.keys.List.Open, k.keys.Move.Down, k.keys.Move.Up, k.keys.Move.Bottom, k.keys.Webhooks.Raw, k.keys.JSON.Right, k.keys.JSON.FoldAll,
		k.keys.JSON.Fold, k.keys.List.Filter, k.keys.Filter.Accept, k.keys.List.NextTab, k.keys.List.Mark,
	}
	rapid.Check(t, func(r *rapid.T) {
		w, h := rapid.IntRange(0, 240).Draw(r, "w"), rapid.IntRange(0, 70).Draw(r, "h")
		k.receiver.status.Listening = rapid.Bool().Draw(r, "listening")
		k.run(k.Update(page.Tick{Now: noon()}))
		k.SetSize(w, h)
		for range rapid.IntRange(0, 4).Draw(r, "keys") {
			if rapid.IntRange(0, 9).Draw(r, "back") == 0 {
				k.Back()
				k.run(k.Update(page.WentBack{}))
			}
			k.press(rapid.SampledFrom(presses).Draw(r, "key"))
			exact(r, k.Model, w, h)
		}
		exact(r, k.Model, w, h)
	})
}

func TestBoxOfTheLesson(t *testing.T) {
	for _, kind := range []pikeapi.EnvKind{pikeapi.Sandbox, pikeapi.Live} {
		for _, listening := range []bool{true, false} {
			k := newKit(t, kind, termenv.Ascii)
			k.receiver.status.Listening = listening
			k.readReceiver()
			k.start()
			for _, s := range [][2]int{{20, 5}, {60, 10}, {80, 19}, {200, 45}, {240, 70}} {
				k.SetSize(s[0], s[1])
				exact(t, k.Model, s[0], s[1])
			}
		}
	}
}

func TestEveryMarkIsShown(t *testing.T) {
	k := newKit(t, pikeapi.Sandbox, termenv.Ascii).busy().start()
	k.SetSize(200, 20)
	view := k.View()
	for _, want := range []string{
		"✓ verified", "? unsigned", "✗ bad signature", "○ duplicate", "◐ late", "? unknown type", "✗ unreadable",
		"signed over the same body plus a trailing newline",
	} {
		assert.Contains(t, view, want)
	}
	k.run(k.Open(page.OpenWebhook{ID: 2}))
	assert.Contains(t, k.View(), "It repeats webhook 1.")
	k.run(k.Open(page.OpenWebhook{ID: 3}))
	assert.Contains(t, k.View(), "older than what was known")
	k.run(k.Open(page.OpenWebhook{ID: 4}))
	assert.Contains(t, k.View(), "anybody could have sent it")
	k.run(k.Open(page.OpenWebhook{ID: 7}))
	assert.Contains(t, k.View(), "the body is not JSON")
}

func TestTheReceiverStandsOnTop(t *testing.T) {
	k := newKit(t, pikeapi.Sandbox, termenv.Ascii).busy().start()
	first := strings.Split(k.View(), "\n")[0]
	assert.Contains(t, first, "● receives http://127.0.0.1:8132/")
	assert.Contains(t, first, "12 received, 2 not verified")
	k.receiver.status = page.ReceiverStatus{Err: "the address is taken"}
	k.run(k.Update(page.Tick{Now: noon()}))
	assert.Contains(t, strings.Split(k.View(), "\n")[0], "no receiver  the address is taken")
	k.press(k.keys.Webhooks.Receiver)
	reader, ok := last[page.Ask](k).Dialog.(*widget.Reader)
	require.True(t, ok)
	assert.Contains(t, strings.Join(reader.Lines, " "), "the address is taken")
}

func TestTheInboxFollowsUntilTheUserMoves(t *testing.T) {
	k := newKit(t, pikeapi.Sandbox, termenv.Ascii).busy().start()
	k.SetSize(100, 6) // few rows, so that new ones are out of sight
	k.take(journal.BadgeVerified, "payment_finished", "ps_9", noon(), nil)
	k.run(k.Update(page.JournalChanged{}))
	id, _ := k.chosen()
	assert.EqualValues(t, 8, id)
	k.press(k.keys.Move.Bottom)
	for i := range 12 {
		k.take(journal.BadgeVerified, "payment_finished", fmt.Sprint("ps_new", i), noon(), nil)
	}
	k.run(k.Update(page.JournalChanged{}))
	id, _ = k.chosen()
	assert.EqualValues(t, 1, id, "the user's place stays")
	assert.Contains(t, k.View(), "12 new")
	k.press(k.keys.List.Follow)
	id, _ = k.chosen()
	assert.EqualValues(t, 20, id)
	assert.NotContains(t, k.View(), "12 new")
}

func TestReplay(t *testing.T) {
	k := newKit(t, pikeapi.Sandbox, termenv.Ascii).busy().start()
	k.press(k.keys.Move.Bottom, k.keys.Webhooks.Replay)
	assert.Equal(t, []string{"1 false"}, k.receiver.replays)
	assert.Equal(t, page.Success, last[page.Notice](k).Level)
	k.press(k.keys.Webhooks.Resign)
	assert.Equal(t, []string{"1 false", "1 true"}, k.receiver.replays)
	k.receiver.answer = 503
	k.press(k.keys.Webhooks.Replay)
	assert.Contains(t, last[page.Notice](k).Text, "answered HTTP 503")
	k.receiver.err = errors.New("connection refused")
	k.press(k.keys.Webhooks.Replay)
	assert.Equal(t, page.Failure, last[page.Notice](k).Level)
	assert.Empty(t, k.Waits())

	_ = k.Update(startReplay{k.deps.Stamps.Now(), 1, false}) // in flight
	assert.Len(t, k.Waits(), 1)
	assert.Contains(t, k.off(k.keys.Webhooks.Replay), "waiting for")
	n := len(k.receiver.replays)
	k.press(k.keys.Webhooks.Replay)
	assert.Len(t, k.receiver.replays, n)
}

func TestReplaySaysWhyNot(t *testing.T) {
	k := newKit(t, pikeapi.Demo, termenv.Ascii).busy().start()
	assert.Contains(t, k.off(k.keys.Webhooks.Resign), "Pike's key is Pike's")
	k.press(k.keys.Webhooks.Resign)
	assert.Empty(t, k.receiver.replays)
	k.receiver.status.Forward = ""
	k.run(k.Update(page.Tick{Now: noon()}))
	assert.Contains(t, k.off(k.keys.Webhooks.Replay), "webhook.forward")

	k.receiver.status.Forward = "http://127.0.0.1:9000/"
	k.run(k.Update(page.Tick{Now: noon()}))
	w := k.take(journal.BadgeVerified, "ready_to_confirm", "ps_7", noon(), func(w *journal.Webhook) { w.Body = []byte(`{"pan":"4242424242424242"}`) })
	k.run(k.Open(page.OpenWebhook{ID: w.ID}))
	assert.Contains(t, k.off(k.keys.Webhooks.Replay), "whole card number")
	assert.NotContains(t, k.View(), "4242424242424242")
	assert.Contains(t, k.View(), "masked, sha256 of the true bytes")
}

func TestReplayOnLiveAsksFirst(t *testing.T) {
	k := newKit(t, pikeapi.Live, termenv.Ascii).busy().start()
	k.press(k.keys.Webhooks.Replay)
	assert.Empty(t, k.receiver.replays)
	dialog, ok := last[page.Ask](k).Dialog.(*widget.Confirm)
	require.True(t, ok)
	k.run(dialog.Then)
	assert.Equal(t, []string{"7 false"}, k.receiver.replays)
}

func TestKeysLeadOn(t *testing.T) {
	k := newKit(t, pikeapi.Sandbox, termenv.Ascii).busy().start()
	assert.Equal(t, "it names no session", k.off(k.keys.Webhooks.Session))
	k.press(k.keys.Move.Bottom, k.keys.Webhooks.Session)
	assert.Equal(t, page.OpenSession{ID: "ps_1"}, last[page.Navigate](k).Arg)
	k.press(k.keys.Webhooks.Inspect)
	assert.Equal(t, page.Navigate{Screen: page.Signature, Arg: page.OpenWebhook{ID: 1}}, last[page.Navigate](k))
	k.press(k.keys.List.Open)
	assert.Equal(t, "Webhooks › webhook 1", k.Title())
	k.press(k.keys.List.Open)
	assert.Equal(t, page.OpenWebhook{ID: 1}, last[page.Navigate](k).Arg)
	assert.True(t, k.Back())
	assert.Equal(t, "Webhooks", k.Title())
	k.run(k.Open(page.OpenSession{ID: "ps_2"}))
	assert.True(t, k.Back(), "the filter")
	k.run(k.Update(page.WentBack{}))
	assert.False(t, k.Back())
}

func TestCopies(t *testing.T) {
	k := newKit(t, pikeapi.Sandbox, termenv.Ascii).busy().start()
	k.press(k.keys.Move.Bottom, k.keys.List.CopyMenu)
	menu, ok := last[page.Ask](k).Dialog.(*widget.Menu)
	require.True(t, ok)
	texts := map[string]string{}
	for _, i := range menu.Items {
		got, ok := i.Then().(page.Copy)
		require.True(t, ok)
		texts[i.Title] = got.Text
	}
	assert.Equal(t, "body, raw", menu.Items[0].Title)
	assert.Contains(t, texts["body, raw"], `{"type":"ready_to_confirm"`)
	assert.Equal(t, fmt.Sprintf("%x", sha256.Sum256([]byte(texts["body, raw"]))), texts["digest"])
	assert.Contains(t, texts["openssl"], "openssl dgst -sha256 -verify pike.pem")
	assert.Contains(t, texts["JSON"], `"badge": "verified"`)
}

func TestAnotherEnvironmentShowsNothingOfTheOldOne(t *testing.T) {
	k := newKit(t, pikeapi.Sandbox, termenv.Ascii).busy().start()
	k.press(k.keys.List.Open)
	other := &page.Desk{Env: &pikeapi.Environment{Name: "demo", Kind: pikeapi.Demo, Project: "shop-eu", Epoch: 2}, Journal: openJournal(t)}
	k.deps.Desk.Set(other)
	k.run(k.Update(page.EnvChanged{Desk: other}))
	assert.NotContains(t, k.View(), "ps_")
	assert.Contains(t, k.View(), "no webhooks are received here")
	exact(t, k.Model, 100, 16)
}

func TestLateAnswersAreSaid(t *testing.T) {
	assert.Contains(t, replayed{id: 4, to: "http://x", status: 200}.TooLate(), "HTTP 200")
	assert.Contains(t, replayed{id: 4, err: errors.New("gone")}.TooLate(), "was not sent: gone")
}

// TestWhatStillWaits: a verified ready_to_confirm says how long its session still waits for the
// operator; its repeat, a badly signed one, and one whose session went on do not.
func TestWhatStillWaits(t *testing.T) {
	k := newKit(t, pikeapi.Sandbox, termenv.Ascii)
	next := func(w *journal.Webhook) { w.Parsed.Session.NextAction = pikeapi.NextConfirm }
	at := noon().Add(-6 * time.Minute)
	k.take(journal.BadgeVerified, "ready_to_confirm", "ps_1", at, next)
	k.take(journal.BadgeVerified, "ready_to_confirm", "ps_1", at, next)
	k.take(journal.BadgeBad, "ready_to_confirm", "ps_1", at, next)
	k.take(journal.BadgeVerified, "ready_to_confirm", "ps_2", at, next)
	k.take(journal.BadgeVerified, "action_required", "ps_2", at.Add(time.Minute), nil)
	k.start()
	k.SetSize(118, 16)
	require.Equal(t, 1, strings.Count(k.View(), "3 h 54 min left"), k.View())
	k.run(k.Update(page.Tick{Now: noon().Add(time.Hour)}))
	require.Contains(t, k.View(), "2 h 54 min left")
	k.run(k.Open(page.OpenWebhook{ID: 1}))
	require.Contains(t, k.View(), "2 h 54 min left")

	k.take(journal.BadgeVerified, "payment_finished", "ps_1", at.Add(2*time.Minute), nil)
	k.run(k.Update(page.JournalChanged{}))
	require.NotContains(t, k.View(), "left")
}
