package sessions

import (
	"context"
	"crypto/sha256"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/exp/golden"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"pikedash/pikeapi"
	"pikedash/pikeapi/journal"
	"pikedash/ui/page"
)

// exchange records a call and its answer, 18 ms long.
func (k *kit) exchange(method, session string, s *pikeapi.Session) int64 {
	k.t.Helper()
	m, _ := pikeapi.LookupMethod(method)
	body := []byte(`{"session_id":"` + session + `"}`)
	p := &pikeapi.Prepared{
		ID: method + k.time.String(), Env: k.deps.Desk.At().Env, Method: m, Version: pikeapi.V2, URL: "http://127.0.0.1/api/v2/" + method,
		Header: http.Header{}, Body: body, Digest: sha256.Sum256(body), Signature: "c2ln", KeyFingerprint: "3f9a" + strings.Repeat("0", 56) + "c21e",
		IdempotencyKey: "5e0c0000-0000-4000-8000-000000009a1f", Summary: pikeapi.Summary{SessionID: session},
	}
	id, err := k.journal.Begin(context.Background(), p, pikeapi.Permit{Duplicate: true})
	require.NoError(k.t, err)
	started := k.time
	k.time = k.time.Add(18 * time.Millisecond)
	r := &pikeapi.Result{Prepared: p, ExchangeID: id, Outcome: pikeapi.Accepted, HTTPStatus: 200, Started: started, Finished: k.time, Response: &pikeapi.Response{Status: "ok", Session: s}, Attempts: 1}
	require.NoError(k.t, k.journal.Finish(context.Background(), r))
	return id
}

func (k *kit) webhook(kind string, s *pikeapi.Session, badge journal.Badge) int64 {
	k.t.Helper()
	w, err := k.journal.RecordWebhook(context.Background(), journal.Webhook{
		Received: k.time, Body: []byte(`{"type":"` + kind + `"}`), Badge: badge, Key: "Pike's sandbox key", Version: pikeapi.V2,
		Parsed: &pikeapi.Notification{Type: kind, Session: s},
	})
	require.NoError(k.t, err)
	return w.ID
}

// story plays a payout until it waits for the operator, and returns the webhook's row.
func (k *kit) story() int64 {
	k.t.Helper()
	k.time = fixed()
	k.exchange(pikeapi.MethodInitPayout, "ps_70120", sessionAt("ps_70120", pikeapi.SessionInProgress, "", k.time, payout("po_8001", pikeapi.OperationInProgress, 15000, "Jane Roe")))
	k.time = k.time.Add(1200 * time.Millisecond)
	s := sessionAt("ps_70120", pikeapi.SessionInProgress, pikeapi.NextConfirm, k.time, payout("po_8001", pikeapi.OperationPending, 15000, "Jane Roe"))
	id := k.webhook("ready_to_confirm", s, journal.BadgeVerified)
	k.time = k.time.Add(3 * time.Second)
	k.webhook("ready_to_confirm", s, journal.BadgeVerified)
	return id
}

func (k *kit) open(id string) {
	k.t.Helper()
	k.run(k.m.Update(page.Tick{Now: k.time}))
	k.run(k.m.Open(page.OpenSession{ID: id}))
}

func newStory(t *testing.T) *kit {
	k := newKit(t, nil)
	k.story()
	k.changed()
	return k
}

func TestList(t *testing.T) {
	k := newStory(t)
	k.m.SetSize(118, 12)
	golden.RequireEqual(t, k.m.View())
}

func TestDetail(t *testing.T) {
	k := newStory(t)
	k.m.SetSize(118, 24)
	k.press(k.deps.Keys.List.Open)
	assert.Equal(t, "Sessions › ps_70120", k.m.Title())
	golden.RequireEqual(t, k.m.View())
}

func TestDetailSmall(t *testing.T) {
	k := newStory(t)
	k.open("ps_70120")
	k.m.SetSize(60, 11)
	golden.RequireEqual(t, k.m.View())
}

func TestEmptyTeaches(t *testing.T) {
	k := newKit(t, nil)
	assert.Contains(t, k.m.View(), "No sessions yet. 2 makes one.")
}

func TestTheTimeLineOpensWhatItShows(t *testing.T) {
	k := newKit(t, nil)
	hook := k.story()
	k.open("ps_70120")
	k.press(k.deps.Keys.Move.Top, k.deps.Keys.List.Open, k.deps.Keys.Sessions.Inspect)
	require.Len(t, k.went, 2)
	assert.Equal(t, page.Traffic, k.went[0].Screen)
	assert.Equal(t, page.Navigate{Screen: page.Signature, Arg: k.went[0].Arg}, k.went[1])
	for range 3 {
		k.press(k.deps.Keys.Move.Down)
	}
	require.NotZero(t, k.m.chosen().webhook, "the line of the notification")
	k.press(k.deps.Keys.List.Open, k.deps.Keys.Sessions.Inspect)
	assert.Equal(t, page.Navigate{Screen: page.Webhooks, Arg: page.OpenWebhook{ID: hook}}, k.went[2])
	assert.Equal(t, page.Navigate{Screen: page.Signature, Arg: page.OpenWebhook{ID: hook}}, k.went[3])
	k.press(k.deps.Keys.Move.Down, k.deps.Keys.List.Open)
	assert.Contains(t, k.lastSaid(), "neither a request nor a webhook")
}

func TestActionsThatAreNotLegalSayWhy(t *testing.T) {
	k := newStory(t)
	k.open("ps_70120")
	s := k.deps.Keys.Sessions
	k.press(s.Capture)
	assert.Equal(t, "capture: no money is held for a capture: the session waits for confirm", k.lastSaid())
	k.press(s.Refund)
	assert.Equal(t, "refund: only an accepted session can be refunded: it waits for confirm", k.lastSaid())
	k.press(s.Pay)
	assert.Contains(t, k.lastSaid(), "start:")
	k.press(s.Finish)
	assert.Contains(t, k.lastSaid(), "only the sandbox can play the payer")
	assert.Empty(t, k.asked)
}

func TestConfirmIsFollowedToTheEnd(t *testing.T) {
	k := newStory(t)
	k.open("ps_70120")
	k.client.answer = func(p *pikeapi.Prepared) *pikeapi.Result {
		s := sessionAt("ps_70120", pikeapi.SessionInProgress, "", k.time, payout("po_8001", pikeapi.OperationInProgress, 15000, "Jane Roe"))
		require.NoError(t, k.journal.Observe(context.Background(), s, pikeapi.V2, "test"))
		return &pikeapi.Result{Prepared: p, Outcome: pikeapi.Accepted, HTTPStatus: 200, Response: &pikeapi.Response{Session: s}}
	}
	k.press(k.deps.Keys.Sessions.Confirm)
	assert.Contains(t, k.dialog().View(100, 20), "Confirm the payout of 150.00 EUR to Jane Roe, visa 520000··7771, project shop-eu, on")
	k.answer(k.deps.Keys.Dialog.Yes.Msg())
	require.Len(t, k.client.sent, 1)
	assert.Equal(t, pikeapi.MethodConfirm, k.client.sent[0].Method.Name)
	k.time = k.time.Add(time.Second)
	failed := payout("po_8001", pikeapi.OperationFailed, 15000, "Jane Roe")
	failed.Error = &pikeapi.ErrorDetail{Code: "insufficient_funds"}
	failed.FinishedAt = k.time
	k.observe(sessionAt("ps_70120", pikeapi.SessionCancelled, "", k.time, failed))
	k.changed()
	assert.Contains(t, k.lastSaid(), "session ps_70120: cancelled; payout of 150.00 EUR to Jane Roe, visa 520000··7771 failed: insufficient_funds")
	assert.Equal(t, page.Failure, k.said[len(k.said)-1].Level)
	assert.Contains(t, k.m.View(), "insufficient_funds: The card has too little money")
	assert.Contains(t, k.m.View(), "a cancelled session stays cancelled")
}

func TestCaptureAsksForTheAmount(t *testing.T) {
	k := newKit(t, nil)
	pm := payout("pm_1", pikeapi.OperationPending, 15000, "")
	pm.Kind = pikeapi.Payment
	k.observe(sessionAt("ps_1", pikeapi.SessionInProgress, pikeapi.NextCapture, k.time, pm))
	k.open("ps_1")
	k.press(k.deps.Keys.Sessions.Capture)
	assert.Contains(t, k.dialog().View(100, 20), "At most 150.00 EUR.")
	k.answer(k.deps.Keys.Text.KillBefore.Msg(), tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("150.01"), Paste: true}, k.deps.Keys.Dialog.Accept.Msg())
	assert.Contains(t, k.dialog().View(100, 20), "that is more than 150.00 EUR")
	k.answer(k.deps.Keys.Text.KillBefore.Msg(), tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("100"), Paste: true}, k.deps.Keys.Dialog.Accept.Msg())
	assert.Contains(t, k.dialog().View(100, 20), "Take 100.00 EUR of what is held")
	k.answer(k.deps.Keys.Dialog.Yes.Msg())
	require.Len(t, k.client.sent, 1)
	assert.Equal(t, `{"session_id":"ps_1","amount_details":{"amount":10000,"currency":"eur"}}`, string(k.client.sent[0].Body))
}

func TestRefundOfWhatIsLeft(t *testing.T) {
	k := newKit(t, nil)
	pm := payout("pm_1", pikeapi.OperationSucceeded, 15000, "")
	pm.Kind, pm.FinishedAt = pikeapi.Payment, k.time
	pm.Refunds = []pikeapi.Refund{{ID: "rf_1", Status: pikeapi.RefundAccepted, CreatedAt: k.time, Amount: pikeapi.Money{Amount: 5000, Currency: "eur"}}}
	k.observe(sessionAt("ps_1", pikeapi.SessionAccepted, "", k.time, pm))
	k.open("ps_1")
	assert.Contains(t, k.m.View(), "refund rf_1  50.00 EUR")
	k.press(k.deps.Keys.Sessions.Refund)
	assert.Contains(t, k.dialog().View(100, 20), "At most 100.00 EUR.")
}

func TestAnUnknownOutcomeIsLoud(t *testing.T) {
	k := newStory(t)
	k.open("ps_70120")
	k.client.answer = func(p *pikeapi.Prepared) *pikeapi.Result {
		return &pikeapi.Result{Prepared: p, Outcome: pikeapi.Unknown, Err: &pikeapi.TransportError{Stage: "wait", Sent: true, Err: errors.New("the connection broke")}}
	}
	k.press(k.deps.Keys.Sessions.Confirm)
	k.answer(k.deps.Keys.Dialog.Yes.Msg())
	assert.Contains(t, k.lastSaid(), "UNKNOWN")
	assert.Equal(t, page.Failure, k.said[len(k.said)-1].Level)
	assert.Empty(t, k.m.Waits(), "nothing is in flight any more")
}

func TestADuplicateIsAskedAboutAgain(t *testing.T) {
	k := newStory(t)
	k.open("ps_70120")
	turn := 0
	k.client.answer = func(p *pikeapi.Prepared) *pikeapi.Result {
		if turn++; turn == 1 {
			return &pikeapi.Result{Prepared: p, Outcome: pikeapi.NotSent, Err: &pikeapi.BlockedError{Rule: pikeapi.RuleDuplicate, Reason: "the same was sent 4 minutes ago"}}
		}
		return &pikeapi.Result{Prepared: p, Outcome: pikeapi.Accepted, HTTPStatus: 200}
	}
	k.press(k.deps.Keys.Sessions.Cancel)
	k.answer(k.deps.Keys.Dialog.Yes.Msg())
	assert.Contains(t, k.dialog().View(100, 20), "the same was sent 4 minutes ago")
	k.answer(k.deps.Keys.Dialog.Yes.Msg())
	assert.Len(t, k.client.sent, 2)
	assert.Contains(t, k.lastSaid(), "session/cancel accepted by Pike")
}

func TestStatusIsAskedWithoutAQuestion(t *testing.T) {
	k := newKit(t, nil)
	k.open("ps_elsewhere")
	assert.Contains(t, k.m.View(), "Nothing is known of this session here. r asks Pike for it.")
	k.client.answer = func(p *pikeapi.Prepared) *pikeapi.Result {
		s := sessionAt("ps_elsewhere", pikeapi.SessionAccepted, "", k.time, payout("po_1", pikeapi.OperationSucceeded, 100, "Jane Roe"))
		require.NoError(t, k.journal.Observe(context.Background(), s, pikeapi.V2, "test"))
		return &pikeapi.Result{Prepared: p, Outcome: pikeapi.Accepted, HTTPStatus: 200, Response: &pikeapi.Response{Session: s}}
	}
	k.press(k.deps.Keys.List.Refresh)
	assert.Empty(t, k.asked)
	require.Len(t, k.client.sent, 1)
	assert.Equal(t, pikeapi.MethodStatus, k.client.sent[0].Method.Name)
	assert.Equal(t, "session ps_elsewhere: accepted", k.lastSaid())
	k.changed()
	assert.Contains(t, k.m.View(), "✓ accepted")
}

func TestALockThatClosesMeanwhileCounts(t *testing.T) {
	k := newStory(t)
	desk := k.desk(2, pikeapi.Live)
	k.deps.Desk.Set(desk)
	k.run(k.m.Update(page.EnvChanged{Desk: desk}))
	require.NoError(t, desk.Lock.Unlock(desk.Env, "shop-eu"))
	k.open("ps_70120")
	k.press(k.deps.Keys.Sessions.Confirm)
	assert.Contains(t, k.dialog().View(100, 20), "Type the amount to send:")
	desk.Lock.LockNow()
	for _, r := range "150.00" {
		k.answer(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{r}})
	}
	k.answer(k.deps.Keys.Dialog.Accept.Msg())
	assert.Empty(t, k.client.sent)
	assert.Contains(t, k.lastSaid(), "locked")
	k.press(k.deps.Keys.Sessions.Confirm)
	assert.Contains(t, k.lastSaid(), "live is locked")
	assert.Contains(t, k.m.View(), "confirm, cancel: live is locked")
}

func TestNothingIsSentAfterASwitch(t *testing.T) {
	k := newStory(t)
	k.open("ps_70120")
	k.press(k.deps.Keys.Sessions.Confirm)
	dialog := k.dialog()
	desk := k.desk(2, pikeapi.Demo)
	k.deps.Desk.Set(desk)
	k.run(k.m.Update(page.EnvChanged{Desk: desk}))
	k.asked = append(k.asked[:0], dialog) // as if the dialog had outlived the switch
	k.answer(k.deps.Keys.Dialog.Yes.Msg())
	assert.Empty(t, k.client.sent, "the yes was for another environment")
}

func TestContradictionsAreFlagged(t *testing.T) {
	k := newKit(t, nil)
	done := payout("po_1", pikeapi.OperationSucceeded, 100, "Jane Roe")
	done.FinishedAt = k.time
	k.observe(sessionAt("ps_1", pikeapi.SessionCancelled, "", k.time, done))
	k.open("ps_1")
	assert.Contains(t, k.m.View(), "✗ contradicts the protocol: payout po_1 succeeded although the session is cancelled")
}

func TestTheCursorStaysAtTheEndUntilItIsMoved(t *testing.T) {
	k := newStory(t)
	k.open("ps_70120")
	last := len(k.m.detail.entries) - 1
	assert.Equal(t, last, k.m.detail.cursor)
	k.press(k.deps.Keys.Move.Up)
	key := k.m.chosen().key
	k.time = k.time.Add(time.Second)
	k.observe(sessionAt("ps_70120", pikeapi.SessionCancelled, "", k.time, payout("po_8001", pikeapi.OperationFailed, 15000, "Jane Roe")))
	k.changed()
	assert.Equal(t, key, k.m.chosen().key, "it stays on its line")
	k.press(k.deps.Keys.Move.Bottom)
	k.time = k.time.Add(time.Second)
	k.exchange(pikeapi.MethodStatus, "ps_70120", nil)
	k.changed()
	assert.Equal(t, len(k.m.detail.entries)-1, k.m.detail.cursor, "it follows the end")
}

func TestEscLeadsBackToTheScreenThatOpenedIt(t *testing.T) {
	k := newStory(t)
	k.press(k.deps.Keys.List.Open)
	assert.True(t, k.m.Back(), "to the list")
	assert.False(t, k.m.Back())
	k.open("ps_70120")
	assert.False(t, k.m.Back(), "to the screen that opened it")
	assert.Equal(t, "Sessions", k.m.Title())
}

func TestCopyAndJSON(t *testing.T) {
	k := newStory(t)
	k.open("ps_70120")
	k.press(k.deps.Keys.List.Copy)
	assert.Equal(t, page.Copy{What: "ps_70120", Text: "ps_70120"}, k.copied[0])
	k.press(k.deps.Keys.List.CopyMenu)
	assert.Contains(t, k.dialog().View(100, 20), "po_8001")
	assert.Contains(t, k.dialog().View(100, 20), "webhook's SHA-256", "the chosen line is a notification")
	k.press(k.deps.Keys.Move.Top, k.deps.Keys.List.CopyMenu)
	assert.Contains(t, k.dialog().View(100, 20), "request's signature  c2ln")
	k.press(k.deps.Keys.Sessions.Raw)
	assert.Contains(t, k.m.View(), `"ps_70120"`)
	k.press(k.deps.Keys.Sessions.Raw)
	assert.Equal(t, "Sessions › ps_70120", k.m.Title())
}

func TestStartGoesToTheForm(t *testing.T) {
	k := newKit(t, nil)
	k.observe(&pikeapi.Session{ID: "ps_new", Status: pikeapi.SessionCreated, CreatedAt: k.time, UpdatedAt: k.time, Version: pikeapi.V2, Raw: []byte(`{"id":"ps_new"}`)})
	k.open("ps_new")
	assert.Contains(t, k.m.View(), "nothing started yet")
	k.press(k.deps.Keys.Sessions.Pay)
	k.answer(k.deps.Keys.Dialog.Accept.Msg())
	require.Len(t, k.went, 1)
	assert.Equal(t, page.OpenForm{Method: pikeapi.MethodStartPayout, Values: map[string]string{"session_id": "ps_new"}}, k.went[0].Arg)
}

func TestOpenAtAnOperation(t *testing.T) {
	k := newStory(t)
	k.run(k.m.Open(page.OpenOperation{ID: "po_8001"}))
	assert.Equal(t, "Sessions › ps_70120", k.m.Title())
}

func TestBrief(t *testing.T) {
	for d, want := range map[time.Duration]string{
		250 * time.Millisecond: "250 ms", 1200 * time.Millisecond: "1.2 s", 45 * time.Second: "45 s", 3 * time.Minute: "3 min",
		90 * time.Minute: "1:30 h", 50 * time.Hour: "2 d", -2 * time.Second: "-2.0 s",
	} {
		assert.Equal(t, want, brief(d))
		assert.LessOrEqual(t, len(want), gapWidth-1)
	}
}

// TestBoxesHoldWhateverIsPressed presses keys at random over texts that try to break out.
func TestBoxesHoldWhateverIsPressed(t *testing.T) {
	hostile := "\x1b[31mЗоя\u202e 漢字かな\u0301\x00\r\n\tעברית" + strings.Repeat("é", 300)
	k := newKit(t, func(j *journal.Journal) { require.NoError(t, j.Seed(context.Background(), 60, 7, fixed())) })
	k.story()
	op := payout("po_"+hostile, "\x1b]0;x\x07odd", 9_000_000_000_000_000, hostile)
	op.Error = &pikeapi.ErrorDetail{Code: hostile, Description: hostile}
	op.Customer, op.Card = hostile, &pikeapi.Card{Brand: hostile, Last4: "\x1b[2J"}
	k.time = k.time.Add(time.Minute)
	evil := sessionAt("ps_"+hostile, "\x1b[2Jodd", "\x1b[1mdance", k.time, op)
	k.observe(evil)
	k.webhook(hostile, evil, journal.BadgeBad)
	k.changed()
	m := k.deps.Keys
	keys := bindings(m.Move, m.List, m.Sessions, m.JSON, m.Filter)
	sizes := [][2]int{{20, 5}, {60, 11}, {80, 19}, {118, 34}, {200, 45}, {240, 65}, {1, 1}, {3, 2}, {0, 0}, {40, 1}, {79, 9}}
	rapid.Check(t, func(r *rapid.T) {
		size := rapid.SampledFrom(sizes).Draw(r, "size")
		k.m.SetSize(size[0], size[1])
		k.asked = nil
		for k.m.CapturesKeys() {
			k.press(k.deps.Keys.Filter.Cancel)
		}
		k.run(k.m.Open(page.OpenFilter{}))
		for range rapid.IntRange(0, 4).Draw(r, "pages") {
			k.press(k.deps.Keys.Move.PageDown)
		}
		if rapid.Bool().Draw(r, "open") {
			k.open(rapid.SampledFrom([]string{"ps_70120", evil.ID, "nothing"}).Draw(r, "session"))
		}
		for range rapid.IntRange(0, 6).Draw(r, "presses") {
			k.key(rapid.SampledFrom(keys).Draw(r, "key").Msg())
			k.press(k.deps.Keys.Filter.Cancel)
		}
		exact(r, k.m.View(), size[0], size[1])
	})
}

func TestListAndDetailSideBySide(t *testing.T) {
	k := newStory(t)
	k.time = k.time.Add(time.Minute)
	k.observe(sessionAt("ps_70121", pikeapi.SessionInProgress, "", k.time, payout("po_8002", pikeapi.OperationInProgress, 100, "Zoë Müller")))
	k.changed()
	k.m.SetSize(190, 20)
	k.press(k.deps.Keys.Move.Top, k.deps.Keys.List.Open)
	assert.Equal(t, "Sessions › ps_70121", k.m.Title())
	k.press(k.deps.Keys.List.NextPane, k.deps.Keys.Move.Down)
	assert.Equal(t, "Sessions › ps_70120", k.m.Title(), "the detail follows the list's cursor")
	golden.RequireEqual(t, k.m.View())
	k.press(k.deps.Keys.List.NextPane, k.deps.Keys.Move.Up)
	assert.Equal(t, "Sessions › ps_70120", k.m.Title(), "keys go to the time line again")
	assert.Less(t, k.m.detail.cursor, len(k.m.detail.entries)-1)
	assert.True(t, k.m.Back())
	assert.Equal(t, "Sessions", k.m.Title())
}

func TestTheMouseChoosesSideAndLine(t *testing.T) {
	k := newStory(t)
	k.m.SetSize(190, 20)
	k.press(k.deps.Keys.List.Open)
	_, x := k.m.split()
	head := len(k.m.heading())
	k.run(k.m.Update(page.Mouse{X: x + 4, Y: head + 1}))
	assert.Equal(t, 1, k.m.detail.cursor, "a click chooses the line")
	k.run(k.m.Update(page.Mouse{X: x + 4, Y: head, Wheel: 1}))
	assert.Equal(t, 4, k.m.detail.cursor, "the wheel goes on from it")
	k.run(k.m.Update(page.Mouse{X: 4, Y: 3}))
	assert.True(t, k.m.listFront(), "a click on the list gives it the keys")
	k.run(k.m.Update(page.Mouse{X: x + 4, Y: head + 30}))
	assert.False(t, k.m.listFront())
	assert.Equal(t, 4, k.m.detail.cursor, "below the last line is no line")
}
