package webhooks

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/exp/golden"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"pikedash/pikeapi"
	"pikedash/pikeapi/journal"
	"pikedash/ui/keymap"
	"pikedash/ui/page"
	"pikedash/ui/uitest/kit"
	"pikedash/ui/widget"
)

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

// recorder writes webhooks into a journal, as the receiver does.
type recorder struct {
	t testing.TB
	j *journal.Journal
}

// bench is the screen under test, with a receiver that only listens, and what fills its journal.
type bench struct {
	*kit.Kit[*Model]
	*Model
	*recorder
	receiver *fakeReceiver
}

// newBench makes a screen in a box of 100 by 16 cells; fill fills the journal before.
func newBench(t testing.TB, o kit.Options, fill func(*recorder)) *bench {
	t.Helper()
	rec := &recorder{t: t}
	receiver := &fakeReceiver{answer: 200, status: page.ReceiverStatus{
		Listening: true, Address: "127.0.0.1:8132", Forward: "http://127.0.0.1:9000/hook", Received: 12, Rejected: 2,
	}}
	o.W, o.H = 100, 16
	o.Fill = func(j *journal.Journal) {
		rec.j = j
		if fill != nil {
			fill(rec)
		}
	}
	o.Desk = func(d *page.Desk) {
		d.Receiver = receiver
		if d.Env.Kind == pikeapi.Sandbox {
			d.Sandbox = fakeSandbox{}
		}
	}
	k := kit.New(t, New, o)
	return &bench{k, k.M, rec, receiver}
}

// newBusy is a screen over one webhook of each kind.
func newBusy(t testing.TB, kind pikeapi.EnvKind) *bench {
	t.Helper()
	return newBench(t, kit.Options{Kind: kind}, (*recorder).busy)
}

// tick lets a second go by: then the screen asks the receiver anew.
func (b *bench) tick(now time.Time) { b.Run(b.Update(page.Tick{Now: now})) }

// take records a webhook, as the receiver does.
func (r *recorder) take(badge journal.Badge, kind, session string, updated time.Time, change func(*journal.Webhook)) *journal.Webhook {
	body := fmt.Sprintf(`{"type":%q,"session":{"id":%q,"status":"in_progress","updated_at":%q}}`, kind, session, updated.Format(time.RFC3339))
	w := journal.Webhook{
		Received: kit.Noon(), Header: http.Header{"Content-Type": {"application/json"}, "X-Partner-Sign": {"kX9vQw=="}}, Body: []byte(body),
		Signature: "kX9vQw==", Badge: badge, Version: pikeapi.V2, Remote: "127.0.0.1:40001", ReplyStatus: 200,
		Parsed: &pikeapi.Notification{Type: kind, Session: &pikeapi.Session{ID: session, Status: pikeapi.SessionInProgress, CreatedAt: updated, UpdatedAt: updated}},
	}
	if badge == journal.BadgeVerified {
		w.Key = "Pike's sandbox key"
	}
	if change != nil {
		change(&w)
	}
	got, err := r.j.RecordWebhook(context.Background(), w)
	require.NoError(r.t, err)
	return got
}

// busy fills the inbox with one of each kind: verified, its repeat, a late one, unsigned, bad, unknown
// type, unreadable.
func (r *recorder) busy() {
	at := kit.Noon().Add(-time.Minute)
	r.take(journal.BadgeVerified, "ready_to_confirm", "ps_1", at, nil)
	r.take(journal.BadgeVerified, "ready_to_confirm", "ps_1", at, nil)
	r.take(journal.BadgeVerified, "action_required", "ps_1", at.Add(-time.Minute), nil)
	r.take(journal.BadgeUnsigned, "payment_finished", "ps_2", at, func(w *journal.Webhook) { w.Signature, w.ReplyStatus = "", 401 })
	r.take(journal.BadgeBad, "payment_finished", "ps_1", at, func(w *journal.Webhook) {
		w.ReplyStatus, w.Cause = 401, "signed over the same body plus a trailing newline"
	})
	r.take(journal.BadgeVerified, "payout_dreamt", "ps_1", at.Add(time.Second), nil)
	r.take(journal.BadgeUnsigned, "", "", at, func(w *journal.Webhook) {
		w.Body, w.Parsed, w.Problem, w.ReplyStatus = []byte("not JSON at all"), nil, "the body is not JSON", 401
	})
}

func TestGoldenInbox(t *testing.T) {
	k := newBusy(t, pikeapi.Sandbox)
	k.SetSize(80, 19)
	golden.RequireEqual(t, k.View())
}

func TestGoldenLesson(t *testing.T) {
	golden.RequireEqual(t, newBench(t, kit.Options{Kind: pikeapi.Demo}, nil).View())
}

func TestGoldenBadSignature(t *testing.T) {
	k := newBusy(t, pikeapi.Sandbox)
	k.SetSize(80, 19)
	k.Run(k.Open(page.OpenWebhook{ID: 5}))
	golden.RequireEqual(t, k.View())
}

func TestGoldenTall(t *testing.T) {
	k := newBusy(t, pikeapi.Sandbox)
	k.SetSize(200, 45)
	k.Run(k.Open(page.OpenWebhook{ID: 3}))
	golden.RequireEqual(t, k.View())
}

func TestViewIsExactlyItsBox(t *testing.T) {
	k := newBench(t, kit.Options{Colours: true}, nil)
	for i, evil := range []string{"\x1b]52;c;eA==\x07", "王小明 é́́ \u202e\x9b31m", "\x00\xff\xfe{\"a\":", strings.Repeat("長", 300), "\r\n\t"} {
		k.take(journal.BadgeBad, evil, "ps_"+evil, kit.Noon(), func(w *journal.Webhook) {
			w.Body, w.Cause, w.Problem, w.Remote, w.Signature = []byte(evil), evil, evil, evil, evil
			w.Header = http.Header{"X-" + evil: {evil}}
		})
		require.NoError(t, k.j.RecordForward(context.Background(), int64(i+1), journal.Forwarding{URL: evil, Status: 500, Error: evil}))
	}
	k.busy()
	k.receiver.status.Forward, k.receiver.status.Err = "http://evil/\x1b[31m", "\x1b[2J"
	k.Changed()
	k.tick(kit.Noon())
	presses := []keymap.Binding{
		k.Keys.List.Open, k.Keys.Move.Down, k.Keys.Move.Up, k.Keys.Move.Bottom, k.Keys.Webhooks.Raw, k.Keys.JSON.Right, k.Keys.JSON.FoldAll,
		k.Keys.JSON.Fold, k.Keys.List.Filter, k.Keys.Filter.Accept, k.Keys.List.NextTab, k.Keys.List.Mark,
	}
	rapid.Check(t, func(r *rapid.T) {
		w, h := rapid.IntRange(0, 240).Draw(r, "w"), rapid.IntRange(0, 70).Draw(r, "h")
		k.receiver.status.Listening = rapid.Bool().Draw(r, "listening")
		k.tick(kit.Noon())
		k.SetSize(w, h)
		for range rapid.IntRange(0, 4).Draw(r, "keys") {
			if rapid.IntRange(0, 9).Draw(r, "back") == 0 {
				k.Back()
				k.Run(k.Update(page.WentBack{}))
			}
			k.Press(rapid.SampledFrom(presses).Draw(r, "key"))
			kit.Exact(r, k.View(), w, h)
		}
		kit.Exact(r, k.View(), w, h)
	})
}

func TestBoxOfTheLesson(t *testing.T) {
	for _, kind := range []pikeapi.EnvKind{pikeapi.Sandbox, pikeapi.Live} {
		for _, listening := range []bool{true, false} {
			k := newBench(t, kit.Options{Kind: kind}, nil)
			k.receiver.status.Listening = listening
			k.tick(kit.Noon())
			for _, s := range [][2]int{{20, 5}, {60, 10}, {80, 19}, {200, 45}, {240, 70}} {
				k.SetSize(s[0], s[1])
				kit.Exact(t, k.View(), s[0], s[1])
			}
		}
	}
}

// A command in the lesson stands on a line of its own, whole; what has no room says where it is.
func TestTheLessonBreaksNoCommand(t *testing.T) {
	k := newBench(t, kit.Options{}, nil)
	k.SetSize(60, 10)
	assert.Contains(t, k.View(), " pikedash sandbox --webhook-url http://127.0.0.1:8132/ ")
	assert.Contains(t, k.View(), "more with l")
	k.SetSize(60, 19)
	assert.Contains(t, k.View(), ` curl -d '{"type":"hello"}' http://127.0.0.1:8132/ `)
	assert.NotContains(t, k.View(), "more with l")
}

func TestEveryMarkIsShown(t *testing.T) {
	k := newBusy(t, pikeapi.Sandbox)
	k.SetSize(200, 20)
	view := k.View()
	for _, want := range []string{
		"✓ verified", "? unsigned", "✗ bad signature", "○ duplicate", "◐ late", "? unknown type", "✗ unreadable",
		"signed over the same body plus a trailing newline",
	} {
		assert.Contains(t, view, want)
	}
	k.Run(k.Open(page.OpenWebhook{ID: 2}))
	assert.Contains(t, k.View(), "It repeats webhook 1.")
	k.Run(k.Open(page.OpenWebhook{ID: 3}))
	assert.Contains(t, k.View(), "older than what was known")
	k.Run(k.Open(page.OpenWebhook{ID: 4}))
	assert.Contains(t, k.View(), "anybody could have sent it")
	k.Run(k.Open(page.OpenWebhook{ID: 7}))
	assert.Contains(t, k.View(), "the body is not JSON")
}

func TestTheReceiverStandsOnTop(t *testing.T) {
	k := newBusy(t, pikeapi.Sandbox)
	first := strings.Split(k.View(), "\n")[0]
	assert.Contains(t, first, "● receives http://127.0.0.1:8132/")
	assert.Contains(t, first, "12 received, 2 not verified")
	k.receiver.status = page.ReceiverStatus{Err: "the address is taken"}
	k.tick(kit.Noon())
	assert.Contains(t, strings.Split(k.View(), "\n")[0], "no receiver  the address is taken")
	k.Press(k.Keys.Webhooks.Receiver)
	reader := kit.DialogOf[*widget.Reader](k.Kit)
	assert.Contains(t, strings.Join(reader.Lines, " "), "the address is taken")
}

func TestTheInboxFollowsUntilTheUserMoves(t *testing.T) {
	k := newBusy(t, pikeapi.Sandbox)
	k.SetSize(100, 6) // few rows, so that new ones are out of sight
	k.take(journal.BadgeVerified, "payment_finished", "ps_9", kit.Noon(), nil)
	k.Changed()
	id, _ := k.chosen()
	assert.EqualValues(t, 8, id)
	k.Press(k.Keys.Move.Bottom)
	for i := range 12 {
		k.take(journal.BadgeVerified, "payment_finished", fmt.Sprint("ps_new", i), kit.Noon(), nil)
	}
	k.Changed()
	id, _ = k.chosen()
	assert.EqualValues(t, 1, id, "the user's place stays")
	assert.Contains(t, k.View(), "12 new")
	k.Press(k.Keys.List.Follow)
	id, _ = k.chosen()
	assert.EqualValues(t, 20, id)
	assert.NotContains(t, k.View(), "12 new")
}

func TestReplay(t *testing.T) {
	k := newBusy(t, pikeapi.Sandbox)
	k.Press(k.Keys.Move.Bottom, k.Keys.Webhooks.Replay)
	assert.Equal(t, []string{"1 false"}, k.receiver.replays)
	assert.Equal(t, page.Success, kit.Last[page.Notice](k.Kit).Level)
	k.Press(k.Keys.Webhooks.Resign)
	assert.Equal(t, []string{"1 false", "1 true"}, k.receiver.replays)
	k.receiver.answer = 503
	k.Press(k.Keys.Webhooks.Replay)
	assert.Contains(t, kit.Last[page.Notice](k.Kit).Text, "answered HTTP 503")
	k.receiver.err = errors.New("connection refused")
	k.Press(k.Keys.Webhooks.Replay)
	assert.Equal(t, page.Failure, kit.Last[page.Notice](k.Kit).Level)
	assert.Empty(t, k.Waits())

	_ = k.Update(startReplay{k.deps.Stamps.Now(), 1, false}) // in flight
	assert.Len(t, k.Waits(), 1)
	assert.Contains(t, k.Off(k.Keys.Webhooks.Replay), "waiting for")
	n := len(k.receiver.replays)
	k.Press(k.Keys.Webhooks.Replay)
	k.Run(k.Update(k.Keys.Webhooks.Replay.Msg())) // nor does the screen by itself
	assert.Len(t, k.receiver.replays, n)
}

func TestReplaySaysWhyNot(t *testing.T) {
	k := newBusy(t, pikeapi.Demo)
	assert.Contains(t, k.Off(k.Keys.Webhooks.Resign), "Pike's key is Pike's")
	k.Press(k.Keys.Webhooks.Resign)
	k.Run(k.Update(k.Keys.Webhooks.Resign.Msg())) // nor does the screen by itself
	assert.Empty(t, k.receiver.replays)
	k.receiver.status.Forward = ""
	k.tick(kit.Noon())
	assert.Contains(t, k.Off(k.Keys.Webhooks.Replay), "webhook.forward")

	k.receiver.status.Forward = "http://127.0.0.1:9000/"
	k.tick(kit.Noon())
	w := k.take(journal.BadgeVerified, "ready_to_confirm", "ps_7", kit.Noon(), func(w *journal.Webhook) { w.Body = []byte(`{"pan":"4242424242424242"}`) })
	k.Run(k.Open(page.OpenWebhook{ID: w.ID}))
	assert.Contains(t, k.Off(k.Keys.Webhooks.Replay), "whole card number")
	assert.NotContains(t, k.View(), "4242424242424242")
	assert.Contains(t, k.View(), "masked, sha256 of the true bytes")
}

func TestReplayOnLiveAsksFirst(t *testing.T) {
	k := newBusy(t, pikeapi.Live)
	k.Press(k.Keys.Webhooks.Replay)
	assert.Empty(t, k.receiver.replays)
	dialog := kit.DialogOf[*widget.Confirm](k.Kit)
	k.Run(dialog.Then)
	assert.Equal(t, []string{"7 false"}, k.receiver.replays)
}

func TestKeysLeadOn(t *testing.T) {
	k := newBusy(t, pikeapi.Sandbox)
	assert.Equal(t, "it names no session", k.Off(k.Keys.Webhooks.Session))
	k.Press(k.Keys.Move.Bottom, k.Keys.Webhooks.Session)
	assert.Equal(t, page.OpenSession{ID: "ps_1"}, kit.Last[page.Navigate](k.Kit).Arg)
	k.Press(k.Keys.Webhooks.Inspect)
	assert.Equal(t, page.Navigate{Screen: page.Signature, Arg: page.OpenWebhook{ID: 1}}, kit.Last[page.Navigate](k.Kit))
	k.Press(k.Keys.List.Open)
	assert.Equal(t, "Webhooks › webhook 1", k.Title())
	k.Press(k.Keys.List.Open)
	assert.Equal(t, page.OpenWebhook{ID: 1}, kit.Last[page.Navigate](k.Kit).Arg)
	assert.True(t, k.Back())
	assert.Equal(t, "Webhooks", k.Title())
	k.Run(k.Open(page.OpenSession{ID: "ps_2"}))
	assert.True(t, k.Back(), "the filter")
	k.Run(k.Update(page.WentBack{}))
	assert.False(t, k.Back())
}

func TestCopies(t *testing.T) {
	k := newBusy(t, pikeapi.Sandbox)
	k.Press(k.Keys.Move.Bottom, k.Keys.List.CopyMenu)
	menu := kit.DialogOf[*widget.Menu](k.Kit)
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
	k := newBusy(t, pikeapi.Sandbox)
	k.Press(k.Keys.List.Open)
	other := &page.Desk{Env: &pikeapi.Environment{Name: "demo", Kind: pikeapi.Demo, Project: "shop-eu", Epoch: 2}, Journal: kit.OpenJournal(t, kit.Noon)}
	k.MoveTo(other)
	assert.NotContains(t, k.View(), "ps_")
	assert.Contains(t, k.View(), "no webhooks are received here")
	kit.Exact(t, k.View(), 100, 16)
}

func TestTheHintsAreThoseOfWhatHasTheKeys(t *testing.T) {
	k := newBusy(t, pikeapi.Sandbox)
	first := func() string { return k.Help()[0].Key.ID }
	assert.Equal(t, k.Keys.List.Open.ID, first())
	k.Press(k.Keys.List.Filter)
	assert.Equal(t, k.Keys.Filter.Accept.ID, first(), "while a filter is typed")
	k.Key(k.Keys.Filter.Cancel.Msg())
	k.Press(k.Keys.List.Open, k.Keys.JSON.Search)
	assert.Equal(t, k.Keys.Filter.Accept.ID, first(), "while the body is searched")
	assert.Equal(t, "search", k.Help()[0].Label())
}

func TestTheListGivesItsKeysToTheOpenWebhook(t *testing.T) {
	k := newBusy(t, pikeapi.Sandbox)
	k.SetSize(118, 45)
	assert.Contains(t, k.View(), "\n>  14:03:22")
	k.Press(k.Keys.List.Open)
	assert.Contains(t, k.View(), "14:03:22", "the list is still in sight")
	assert.NotContains(t, k.View(), "\n>  14:03:22", "but its cursor has no keys")
}

// With an open webhook below the list, the mouse finds what lies under it.
func TestTheMouseFindsListAndBody(t *testing.T) {
	k := newBusy(t, pikeapi.Sandbox)
	k.SetSize(118, 45)
	k.Run(k.Update(page.Mouse{X: 10, Y: 4})) // receiver, title, names of the columns, the first row, the second
	id, _ := k.chosen()
	assert.EqualValues(t, 6, id)
	assert.Equal(t, "Webhooks", k.Title(), "a click alone opens nothing")
	k.Press(k.Keys.List.Open)
	k.Run(k.Update(page.Mouse{X: 10, Y: 5}))
	assert.Equal(t, "Webhooks › webhook 5", k.Title(), "the next row")
	k.Run(k.Update(page.Mouse{X: 10, Y: 0}))
	assert.Equal(t, "Webhooks › webhook 5", k.Title(), "the receiver's line is no row")
	before := k.View()
	k.Run(k.Update(page.Mouse{X: 10, Y: 30, Wheel: 1}))
	assert.NotEqual(t, before, k.View(), "the body moves")
	id, _ = k.chosen()
	assert.EqualValues(t, 5, id)
}

func TestARecordThatCannotBeReadSaysSo(t *testing.T) {
	k := newBusy(t, pikeapi.Sandbox)
	k.Run(k.Open(page.OpenWebhook{ID: 999}))
	assert.Contains(t, k.View(), "It could not be read: ")
	for _, key := range []keymap.Binding{k.Keys.Webhooks.Replay, k.Keys.Webhooks.Session, k.Keys.List.Open, k.Keys.List.CopyMenu} {
		assert.Equal(t, "there is no webhook here", k.Off(key), key.ID)
	}
}

func TestASessionsWebhooksAreFoundWhateverItsIdHolds(t *testing.T) {
	k := newBusy(t, pikeapi.Sandbox)
	k.take(journal.BadgeVerified, "payment_finished", `ps "x" y`, kit.Noon(), nil)
	k.Run(k.Open(page.OpenSession{ID: `ps "x" y`}))
	assert.False(t, k.CapturesKeys(), "the filter is a right one")
	id, _ := k.chosen()
	assert.EqualValues(t, 8, id)
	assert.Contains(t, k.View(), " 1 of 8 ")
}

func TestNumbersAndFlagsAreExportedAsSuch(t *testing.T) {
	k := newBusy(t, pikeapi.Sandbox)
	k.Press(k.Keys.Move.Bottom, k.Keys.Move.Up) // the repeat
	row, _ := k.list.Current()
	var got map[string]any
	require.NoError(t, json.Unmarshal([]byte(page.RowJSON(fields(), &row)), &got))
	assert.Equal(t, true, got["duplicate"])
	assert.Equal(t, 110.0, got["bytes"])
	assert.Equal(t, "2026-11-23T14:03:22Z", got["received"])
}

func TestLateAnswersAreSaid(t *testing.T) {
	assert.Contains(t, replayed{id: 4, to: "http://x", status: 200}.TooLate(), "HTTP 200")
	assert.Contains(t, replayed{id: 4, err: errors.New("gone")}.TooLate(), "was not sent: gone")
}

// TestWhatStillWaits: a verified ready_to_confirm says how long its session still waits for the
// operator; its repeat, a badly signed one, and one whose session went on do not.
func TestWhatStillWaits(t *testing.T) {
	k := newBench(t, kit.Options{}, nil)
	next := func(w *journal.Webhook) { w.Parsed.Session.NextAction = pikeapi.NextConfirm }
	at := kit.Noon().Add(-6 * time.Minute)
	k.take(journal.BadgeVerified, "ready_to_confirm", "ps_1", at, next)
	k.take(journal.BadgeVerified, "ready_to_confirm", "ps_1", at, next)
	k.take(journal.BadgeBad, "ready_to_confirm", "ps_1", at, next)
	k.take(journal.BadgeVerified, "ready_to_confirm", "ps_2", at, next)
	k.take(journal.BadgeVerified, "action_required", "ps_2", at.Add(time.Minute), nil)
	k.Changed()
	k.SetSize(118, 16)
	require.Equal(t, 1, strings.Count(k.View(), "3 h 54 min left"), k.View())
	k.tick(kit.Noon().Add(time.Hour))
	require.Contains(t, k.View(), "2 h 54 min left")
	k.Run(k.Open(page.OpenWebhook{ID: 1}))
	require.Contains(t, k.View(), "2 h 54 min left")

	k.take(journal.BadgeVerified, "payment_finished", "ps_1", at.Add(2*time.Minute), nil)
	k.Changed()
	require.NotContains(t, k.View(), "left")
}
