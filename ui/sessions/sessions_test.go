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
	"pikedash/ui/uitest/kit"
	"pikedash/ui/widget"
)

// bench is the screen, and what fills its journal.
type bench struct{ *kit.Kit[*Model] }

func newKit(t *testing.T, fill func(*journal.Journal)) *bench {
	t.Helper()
	return &bench{kit.New(t, New, kit.Options{Fill: fill})}
}

// exchange records a call and its answer, 18 ms long.
func (k *bench) exchange(method, session string, s *pikeapi.Session) int64 {
	k.T.Helper()
	r := k.begin(method, session)
	k.Time = k.Time.Add(18 * time.Millisecond)
	r.Outcome, r.HTTPStatus, r.Response = pikeapi.Accepted, 200, &pikeapi.Response{Status: "ok", Session: s}
	k.finish(r)
	return r.ExchangeID
}

// begin records a call that is on its way.
func (k *bench) begin(method, session string) *pikeapi.Result {
	k.T.Helper()
	m, _ := pikeapi.LookupMethod(method)
	body := []byte(`{"session_id":"` + session + `"}`)
	p := &pikeapi.Prepared{
		ID: method + k.Time.String(), Env: k.Deps.Desk.At().Env, Method: m, Version: pikeapi.V2, URL: "http://127.0.0.1/api/v2/" + method,
		Header: http.Header{}, Body: body, Digest: sha256.Sum256(body), Signature: "c2ln", KeyFingerprint: "3f9a" + strings.Repeat("0", 56) + "c21e",
		IdempotencyKey: "5e0c0000-0000-4000-8000-000000009a1f", Summary: pikeapi.Summary{SessionID: session},
	}
	id, err := k.Journal.Begin(context.Background(), p, pikeapi.Permit{Duplicate: true})
	require.NoError(k.T, err)
	return &pikeapi.Result{Prepared: p, ExchangeID: id, Started: k.Time, Attempts: 1}
}

// finish records the call's answer, which comes now.
func (k *bench) finish(r *pikeapi.Result) {
	k.T.Helper()
	r.Finished = k.Time
	require.NoError(k.T, k.Journal.Finish(context.Background(), r))
}

func (k *bench) webhook(kind string, s *pikeapi.Session, badge journal.Badge) int64 {
	k.T.Helper()
	w, err := k.Journal.RecordWebhook(context.Background(), journal.Webhook{
		Received: k.Time, Body: []byte(`{"type":"` + kind + `"}`), Badge: badge, Key: "Pike's sandbox key", Version: pikeapi.V2,
		Parsed: &pikeapi.Notification{Type: kind, Session: s},
	})
	require.NoError(k.T, err)
	return w.ID
}

// story plays a payout until it waits for the operator, and returns the webhook's row.
func (k *bench) story() int64 {
	k.T.Helper()
	k.Time = kit.Noon()
	k.exchange(pikeapi.MethodInitPayout, "ps_70120", kit.SessionAt("ps_70120", pikeapi.SessionInProgress, "", k.Time, kit.Payout("po_8001", pikeapi.OperationInProgress, 15000, "Jane Roe")))
	k.Time = k.Time.Add(1200 * time.Millisecond)
	s := kit.SessionAt("ps_70120", pikeapi.SessionInProgress, pikeapi.NextConfirm, k.Time, kit.Payout("po_8001", pikeapi.OperationPending, 15000, "Jane Roe"))
	id := k.webhook("ready_to_confirm", s, journal.BadgeVerified)
	k.Time = k.Time.Add(3 * time.Second)
	k.webhook("ready_to_confirm", s, journal.BadgeVerified)
	return id
}

func (k *bench) open(id string) {
	k.T.Helper()
	k.Run(k.M.Update(page.Tick{Now: k.Time}))
	k.Run(k.M.Open(page.OpenSession{ID: id}))
}

func newStory(t *testing.T) *bench {
	k := newKit(t, nil)
	k.story()
	k.Changed()
	return k
}

func TestList(t *testing.T) {
	k := newStory(t)
	k.M.SetSize(118, 12)
	golden.RequireEqual(t, k.M.View())
}

func TestDetail(t *testing.T) {
	k := newStory(t)
	k.M.SetSize(118, 24)
	k.Press(k.Keys.List.Open)
	assert.Equal(t, "Sessions › ps_70120", k.M.Title())
	golden.RequireEqual(t, k.M.View())
}

func TestDetailSmall(t *testing.T) {
	k := newStory(t)
	k.open("ps_70120")
	k.M.SetSize(60, 11)
	golden.RequireEqual(t, k.M.View())
}

func TestEmptyTeaches(t *testing.T) {
	k := newKit(t, nil)
	assert.Contains(t, k.M.View(), "No sessions yet. Press 2 to make one.")
}

func TestTheTimeLineOpensWhatItShows(t *testing.T) {
	k := newKit(t, nil)
	hook := k.story()
	k.open("ps_70120")
	k.Press(k.Keys.Move.Top, k.Keys.List.Open, k.Keys.Sessions.Inspect)
	require.Len(t, k.Went, 2)
	assert.Equal(t, page.Traffic, k.Went[0].Screen)
	assert.Equal(t, page.Navigate{Screen: page.Signature, Arg: k.Went[0].Arg}, k.Went[1])
	for range 3 {
		k.Press(k.Keys.Move.Down)
	}
	require.NotZero(t, k.M.chosen().webhook, "the line of the notification")
	k.Press(k.Keys.List.Open, k.Keys.Sessions.Inspect)
	assert.Equal(t, page.Navigate{Screen: page.Webhooks, Arg: page.OpenWebhook{ID: hook}}, k.Went[2])
	assert.Equal(t, page.Navigate{Screen: page.Signature, Arg: page.OpenWebhook{ID: hook}}, k.Went[3])
	k.Press(k.Keys.Move.Down, k.Keys.List.Open)
	assert.Contains(t, k.LastSaid(), "neither a request nor a webhook")
}

func TestActionsThatAreNotLegalSayWhy(t *testing.T) {
	k := newStory(t)
	k.open("ps_70120")
	s := k.Keys.Sessions
	k.Press(s.Capture)
	assert.Equal(t, "capture: no money is held for a capture: the session waits for confirm", k.LastSaid())
	k.Press(s.Refund)
	assert.Equal(t, "refund: only an accepted session can be refunded: it waits for confirm", k.LastSaid())
	k.Press(s.Pay)
	assert.Contains(t, k.LastSaid(), "start:")
	k.Press(s.Finish)
	assert.Contains(t, k.LastSaid(), "only the sandbox can play the payer")
	assert.Empty(t, k.Asked)
}

func TestConfirmIsFollowedToTheEnd(t *testing.T) {
	k := newStory(t)
	k.open("ps_70120")
	k.Client.Answer = func(p *pikeapi.Prepared) *pikeapi.Result {
		s := kit.SessionAt("ps_70120", pikeapi.SessionInProgress, "", k.Time, kit.Payout("po_8001", pikeapi.OperationInProgress, 15000, "Jane Roe"))
		require.NoError(t, k.Journal.Observe(context.Background(), s, pikeapi.V2, "test"))
		return &pikeapi.Result{Prepared: p, Outcome: pikeapi.Accepted, HTTPStatus: 200, Response: &pikeapi.Response{Session: s}}
	}
	k.Press(k.Keys.Sessions.Confirm)
	assert.Contains(t, k.Dialog().View(100, 20), "Confirm the payout of 150.00 EUR to Jane Roe, visa 520000··7771, project shop-eu, on")
	k.Answer(k.Keys.Dialog.Yes.Msg())
	require.Len(t, k.Client.Sent, 1)
	assert.Equal(t, pikeapi.MethodConfirm, k.Client.Sent[0].Method.Name)
	k.Time = k.Time.Add(time.Second)
	failed := kit.Payout("po_8001", pikeapi.OperationFailed, 15000, "Jane Roe")
	failed.Error = &pikeapi.ErrorDetail{Code: "insufficient_funds"}
	failed.FinishedAt = k.Time
	k.Observe(kit.SessionAt("ps_70120", pikeapi.SessionCancelled, "", k.Time, failed))
	k.Changed()
	assert.Contains(t, k.LastSaid(), "session ps_70120: cancelled; payout of 150.00 EUR to Jane Roe, visa 520000··7771 failed: insufficient_funds")
	assert.Equal(t, page.Failure, k.Said[len(k.Said)-1].Level)
	assert.Contains(t, k.M.View(), "insufficient_funds: The card has too little money")
	assert.Contains(t, k.M.View(), "a cancelled session stays cancelled")
}

func TestCaptureAsksForTheAmount(t *testing.T) {
	k := newKit(t, nil)
	pm := kit.Payout("pm_1", pikeapi.OperationPending, 15000, "")
	pm.Kind = pikeapi.Payment
	k.Observe(kit.SessionAt("ps_1", pikeapi.SessionInProgress, pikeapi.NextCapture, k.Time, pm))
	k.open("ps_1")
	k.Press(k.Keys.Sessions.Capture)
	assert.Contains(t, k.Dialog().View(100, 20), "At most 150.00 EUR.")
	k.Answer(k.Keys.Text.KillBefore.Msg(), tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("150.01"), Paste: true}, k.Keys.Dialog.Accept.Msg())
	assert.Contains(t, k.Dialog().View(100, 20), "that is more than 150.00 EUR")
	k.Answer(k.Keys.Text.KillBefore.Msg(), tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("100"), Paste: true}, k.Keys.Dialog.Accept.Msg())
	assert.Contains(t, k.Dialog().View(100, 20), "Take 100.00 EUR of what is held")
	k.Answer(k.Keys.Dialog.Yes.Msg())
	require.Len(t, k.Client.Sent, 1)
	assert.Equal(t, `{"session_id":"ps_1","amount_details":{"amount":10000,"currency":"eur"}}`, string(k.Client.Sent[0].Body))
}

func TestRefundOfWhatIsLeft(t *testing.T) {
	k := newKit(t, nil)
	pm := kit.Payout("pm_1", pikeapi.OperationSucceeded, 15000, "")
	pm.Kind, pm.FinishedAt = pikeapi.Payment, k.Time
	pm.Refunds = []pikeapi.Refund{{ID: "rf_1", Status: pikeapi.RefundAccepted, CreatedAt: k.Time, Amount: pikeapi.Money{Amount: 5000, Currency: "eur"}}}
	k.Observe(kit.SessionAt("ps_1", pikeapi.SessionAccepted, "", k.Time, pm))
	k.open("ps_1")
	assert.Contains(t, k.M.View(), "refund rf_1  50.00 EUR")
	k.Press(k.Keys.Sessions.Refund)
	assert.Contains(t, k.Dialog().View(100, 20), "At most 100.00 EUR.")
}

func TestAnUnknownOutcomeIsLoud(t *testing.T) {
	k := newStory(t)
	k.open("ps_70120")
	k.Client.Answer = func(p *pikeapi.Prepared) *pikeapi.Result {
		return &pikeapi.Result{Prepared: p, Outcome: pikeapi.Unknown, Err: &pikeapi.TransportError{Stage: "wait", Sent: true, Err: errors.New("the connection broke")}}
	}
	k.Press(k.Keys.Sessions.Confirm)
	k.Answer(k.Keys.Dialog.Yes.Msg())
	assert.Contains(t, k.LastSaid(), "UNKNOWN")
	assert.Equal(t, page.Failure, k.Said[len(k.Said)-1].Level)
	assert.Empty(t, k.M.Waits(), "nothing is in flight any more")
}

func TestADuplicateIsAskedAboutAgain(t *testing.T) {
	k := newStory(t)
	k.open("ps_70120")
	turn := 0
	k.Client.Answer = func(p *pikeapi.Prepared) *pikeapi.Result {
		if turn++; turn == 1 {
			return &pikeapi.Result{Prepared: p, Outcome: pikeapi.NotSent, Err: &pikeapi.BlockedError{Rule: pikeapi.RuleDuplicate, Reason: "the same was sent 4 minutes ago"}}
		}
		return &pikeapi.Result{Prepared: p, Outcome: pikeapi.Accepted, HTTPStatus: 200}
	}
	k.Press(k.Keys.Sessions.Cancel)
	k.Answer(k.Keys.Dialog.Yes.Msg())
	assert.Contains(t, k.Dialog().View(100, 20), "the same was sent 4 minutes ago")
	k.Answer(k.Keys.Dialog.Yes.Msg())
	assert.Len(t, k.Client.Sent, 1, "the key that opened a question does not answer it")
	k.Answer(k.Keys.Dialog.YesToo.Msg())
	assert.Len(t, k.Client.Sent, 2)
	assert.Contains(t, k.LastSaid(), "session/cancel accepted by Pike")
}

func TestStatusIsAskedWithoutAQuestion(t *testing.T) {
	k := newKit(t, nil)
	k.open("ps_elsewhere")
	assert.Contains(t, k.M.View(), "Nothing is known of this session here. r asks Pike for it.")
	k.Client.Answer = func(p *pikeapi.Prepared) *pikeapi.Result {
		s := kit.SessionAt("ps_elsewhere", pikeapi.SessionAccepted, "", k.Time, kit.Payout("po_1", pikeapi.OperationSucceeded, 100, "Jane Roe"))
		require.NoError(t, k.Journal.Observe(context.Background(), s, pikeapi.V2, "test"))
		return &pikeapi.Result{Prepared: p, Outcome: pikeapi.Accepted, HTTPStatus: 200, Response: &pikeapi.Response{Session: s}}
	}
	k.Press(k.Keys.List.Refresh)
	assert.Empty(t, k.Asked)
	require.Len(t, k.Client.Sent, 1)
	assert.Equal(t, pikeapi.MethodStatus, k.Client.Sent[0].Method.Name)
	assert.Equal(t, "session ps_elsewhere: accepted", k.LastSaid())
	k.Changed()
	assert.Contains(t, k.M.View(), "✓ accepted")
}

func TestALockThatClosesMeanwhileCounts(t *testing.T) {
	k := newStory(t)
	desk := k.Desk(2, pikeapi.Live)
	k.Deps.Desk.Set(desk)
	k.Run(k.M.Update(page.EnvChanged{Desk: desk}))
	require.NoError(t, desk.Lock.Unlock(desk.Env, "shop-eu"))
	k.open("ps_70120")
	k.Press(k.Keys.Sessions.Confirm)
	assert.Contains(t, k.Dialog().View(100, 20), "Type the amount to send:")
	desk.Lock.LockNow()
	for _, r := range "150.00" {
		k.Answer(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{r}})
	}
	k.Answer(k.Keys.Dialog.Accept.Msg())
	assert.Empty(t, k.Client.Sent)
	assert.Contains(t, k.LastSaid(), "locked")
	k.Press(k.Keys.Sessions.Confirm)
	assert.Contains(t, k.LastSaid(), "live is locked")
	assert.Contains(t, k.M.View(), "confirm, cancel: live is locked")
}

func TestNothingIsSentAfterASwitch(t *testing.T) {
	k := newStory(t)
	k.open("ps_70120")
	k.Press(k.Keys.Sessions.Confirm)
	dialog := k.Dialog()
	desk := k.Desk(2, pikeapi.Demo)
	k.Deps.Desk.Set(desk)
	k.Run(k.M.Update(page.EnvChanged{Desk: desk}))
	k.Asked = append(k.Asked[:0], dialog) // as if the dialog had outlived the switch
	k.Answer(k.Keys.Dialog.Yes.Msg())
	assert.Empty(t, k.Client.Sent, "the yes was for another environment")
}

func TestContradictionsAreFlagged(t *testing.T) {
	k := newKit(t, nil)
	done := kit.Payout("po_1", pikeapi.OperationSucceeded, 100, "Jane Roe")
	done.FinishedAt = k.Time
	k.Observe(kit.SessionAt("ps_1", pikeapi.SessionCancelled, "", k.Time, done))
	k.open("ps_1")
	assert.Contains(t, k.M.View(), "✗ contradicts the protocol: payout po_1 succeeded although the session is cancelled")
}

func TestTheCursorStaysAtTheEndUntilItIsMoved(t *testing.T) {
	k := newStory(t)
	k.open("ps_70120")
	last := len(k.M.detail.entries) - 1
	assert.Equal(t, last, k.M.detail.cursor)
	k.Press(k.Keys.Move.Up)
	key := k.M.chosen().key
	k.Time = k.Time.Add(time.Second)
	k.Observe(kit.SessionAt("ps_70120", pikeapi.SessionCancelled, "", k.Time, kit.Payout("po_8001", pikeapi.OperationFailed, 15000, "Jane Roe")))
	k.Changed()
	assert.Equal(t, key, k.M.chosen().key, "it stays on its line")
	k.Press(k.Keys.Move.Bottom)
	k.Time = k.Time.Add(time.Second)
	k.exchange(pikeapi.MethodStatus, "ps_70120", nil)
	k.Changed()
	assert.Equal(t, len(k.M.detail.entries)-1, k.M.detail.cursor, "it follows the end")
}

// What a profile wants two people for is dimmed with the reason, not asked first and refused then.
func TestNobodyMovesMoneyAloneWhereTheProfileWantsTwo(t *testing.T) {
	k := newStory(t)
	k.Env().Policy.ForbidSelf = true
	keys := k.Keys.Sessions
	const why = "this profile lets nobody move money alone"
	assert.Contains(t, k.Off(keys.Confirm), why, "in the list")
	assert.Empty(t, k.Off(keys.Cancel), "cancelling moves none")
	k.open("ps_70120")
	assert.Contains(t, k.M.View(), "— confirm: it takes two people")
	k.M.SetSize(60, 10)
	assert.Contains(t, k.M.View(), "x cancel   — confirm: it takes two people", "also where there is room for no other reason")
	k.M.SetSize(118, 34)
	k.Press(keys.Confirm)
	assert.Contains(t, k.LastSaid(), "confirm: "+why)
	assert.Empty(t, k.Asked)
	assert.Contains(t, k.Off(keys.Refund), "only an accepted session can be refunded", "what the protocol forbids comes first")

	held := kit.Payout("pm_1", pikeapi.OperationPending, 500, "")
	held.Kind = pikeapi.Payment
	k.Observe(kit.SessionAt("ps_held", pikeapi.SessionInProgress, pikeapi.NextCapture, k.Time, held))
	k.open("ps_held")
	assert.Contains(t, k.Off(keys.Capture), why)
	paid := held
	paid.ID, paid.Status, paid.FinishedAt = "pm_2", pikeapi.OperationSucceeded, k.Time
	k.Observe(kit.SessionAt("ps_paid", pikeapi.SessionAccepted, "", k.Time, paid))
	k.open("ps_paid")
	assert.Contains(t, k.Off(keys.Refund), why)
	k.Observe(&pikeapi.Session{ID: "ps_new", Status: pikeapi.SessionCreated, CreatedAt: k.Time, UpdatedAt: k.Time, Version: pikeapi.V2, Raw: []byte(`{"id":"ps_new"}`)})
	k.open("ps_new")
	assert.Contains(t, k.Off(keys.Pay), why)
}

func TestMethodsThatTheProfileDoesNotAllowAreDimmed(t *testing.T) {
	k := newStory(t)
	k.Env().Policy.Methods = []string{pikeapi.MethodCancel, pikeapi.MethodStartPayment}
	k.open("ps_70120")
	assert.Contains(t, k.Off(k.Keys.Sessions.Confirm), "session/confirm is not among the methods that this profile allows")
	assert.Empty(t, k.Off(k.Keys.Sessions.Cancel))
	k.Observe(&pikeapi.Session{ID: "ps_new", Status: pikeapi.SessionCreated, CreatedAt: k.Time, UpdatedAt: k.Time, Version: pikeapi.V2, Raw: []byte(`{"id":"ps_new"}`)})
	k.open("ps_new")
	assert.Empty(t, k.Off(k.Keys.Sessions.Pay), "one of the two can be started")
	k.Press(k.Keys.Sessions.Pay)
	menu, ok := k.Dialog().(*widget.Menu)
	require.True(t, ok)
	assert.Contains(t, menu.Items[0].Off, "session/start/payout is not among")
	assert.Empty(t, menu.Items[1].Off)
}

func TestEscLeadsBackToTheScreenThatOpenedIt(t *testing.T) {
	k := newStory(t)
	k.Press(k.Keys.List.Open)
	assert.True(t, k.M.Back(), "to the list")
	assert.False(t, k.M.Back())
	k.open("ps_70120")
	assert.False(t, k.M.Back(), "to the screen that opened it")
	assert.Equal(t, "Sessions", k.M.Title())
}

func TestCopyAndJSON(t *testing.T) {
	k := newStory(t)
	k.open("ps_70120")
	k.Press(k.Keys.List.Copy)
	assert.Equal(t, page.Copy{What: "ps_70120", Text: "ps_70120"}, k.Copied[0])
	k.Press(k.Keys.List.CopyMenu)
	assert.Contains(t, k.Dialog().View(100, 20), "po_8001")
	assert.Contains(t, k.Dialog().View(100, 20), "webhook's SHA-256", "the chosen line is a notification")
	k.Press(k.Keys.Move.Top, k.Keys.List.CopyMenu)
	assert.Regexp(t, "request's signature +c2ln", k.Dialog().View(100, 20))
	k.Press(k.Keys.Sessions.Raw)
	assert.Contains(t, k.M.View(), `"ps_70120"`)
	k.Press(k.Keys.Sessions.Raw)
	assert.Equal(t, "Sessions › ps_70120", k.M.Title())
}

func TestStartGoesToTheForm(t *testing.T) {
	k := newKit(t, nil)
	k.Observe(&pikeapi.Session{ID: "ps_new", Status: pikeapi.SessionCreated, CreatedAt: k.Time, UpdatedAt: k.Time, Version: pikeapi.V2, Raw: []byte(`{"id":"ps_new"}`)})
	k.open("ps_new")
	assert.Contains(t, k.M.View(), "nothing started yet")
	k.Press(k.Keys.Sessions.Pay)
	k.Answer(k.Keys.Dialog.Accept.Msg())
	require.Len(t, k.Went, 1)
	assert.Equal(t, page.OpenForm{Method: pikeapi.MethodStartPayout, Values: map[string]string{"session_id": "ps_new"}}, k.Went[0].Arg)
}

func TestOpenAtAnOperation(t *testing.T) {
	k := newStory(t)
	k.Run(k.M.Open(page.OpenOperation{ID: "po_8001"}))
	assert.Equal(t, "Sessions › ps_70120", k.M.Title())
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
	k := newKit(t, func(j *journal.Journal) { require.NoError(t, j.Seed(context.Background(), 60, 7, kit.Noon())) })
	k.story()
	op := kit.Payout("po_"+hostile, "\x1b]0;x\x07odd", 9_000_000_000_000_000, hostile)
	op.Error = &pikeapi.ErrorDetail{Code: hostile, Description: hostile}
	op.Customer, op.Card = hostile, &pikeapi.Card{Brand: hostile, Last4: "\x1b[2J"}
	k.Time = k.Time.Add(time.Minute)
	evil := kit.SessionAt("ps_"+hostile, "\x1b[2Jodd", "\x1b[1mdance", k.Time, op)
	k.Observe(evil)
	k.webhook(hostile, evil, journal.BadgeBad)
	k.Changed()
	m := k.Keys
	keys := kit.Bindings(m.Move, m.List, m.Sessions, m.JSON, m.Filter)
	sizes := [][2]int{{20, 5}, {60, 11}, {80, 19}, {118, 34}, {200, 45}, {240, 65}, {1, 1}, {3, 2}, {0, 0}, {40, 1}, {79, 9}}
	rapid.Check(t, func(r *rapid.T) {
		size := rapid.SampledFrom(sizes).Draw(r, "size")
		k.M.SetSize(size[0], size[1])
		k.Asked = nil
		for k.M.CapturesKeys() {
			k.Press(k.Keys.Filter.Cancel)
		}
		k.Run(k.M.Open(page.OpenFilter{}))
		for range rapid.IntRange(0, 4).Draw(r, "pages") {
			k.Press(k.Keys.Move.PageDown)
		}
		if rapid.Bool().Draw(r, "open") {
			k.open(rapid.SampledFrom([]string{"ps_70120", evil.ID, "nothing"}).Draw(r, "session"))
		}
		for range rapid.IntRange(0, 6).Draw(r, "presses") {
			k.Key(rapid.SampledFrom(keys).Draw(r, "key").Msg())
			k.Press(k.Keys.Filter.Cancel)
		}
		kit.Exact(r, k.M.View(), size[0], size[1])
	})
}

func TestListAndDetailSideBySide(t *testing.T) {
	k := newStory(t)
	k.Time = k.Time.Add(time.Minute)
	k.Observe(kit.SessionAt("ps_70121", pikeapi.SessionInProgress, "", k.Time, kit.Payout("po_8002", pikeapi.OperationInProgress, 100, "Zoë Müller")))
	k.Changed()
	k.M.SetSize(190, 20)
	k.Press(k.Keys.Move.Top, k.Keys.List.Open)
	assert.Equal(t, "Sessions › ps_70121", k.M.Title())
	k.Press(k.Keys.List.NextPane, k.Keys.Move.Down)
	assert.Equal(t, "Sessions › ps_70120", k.M.Title(), "the detail follows the list's cursor")
	golden.RequireEqual(t, k.M.View())
	k.Press(k.Keys.List.NextPane, k.Keys.Move.Up)
	assert.Equal(t, "Sessions › ps_70120", k.M.Title(), "keys go to the time line again")
	assert.Contains(t, k.M.View(), "·  ps_70120", "the list shows that it has not got the keys")
	assert.Less(t, k.M.detail.cursor, len(k.M.detail.entries)-1)
	assert.True(t, k.M.Back())
	assert.Equal(t, "Sessions", k.M.Title())
}

func TestTheMouseChoosesSideAndLine(t *testing.T) {
	k := newStory(t)
	k.M.SetSize(190, 20)
	k.Press(k.Keys.List.Open)
	_, x := k.M.split()
	head := len(k.M.heading())
	k.Run(k.M.Update(page.Mouse{X: x + 4, Y: head + 1}))
	assert.Equal(t, 1, k.M.detail.cursor, "a click chooses the line")
	k.Run(k.M.Update(page.Mouse{X: x + 4, Y: head, Wheel: 1}))
	assert.Equal(t, 4, k.M.detail.cursor, "the wheel goes on from it")
	k.Run(k.M.Update(page.Mouse{X: 4, Y: 3}))
	assert.True(t, k.M.listFront(), "a click on the list gives it the keys")
	k.Run(k.M.Update(page.Mouse{X: x + 4, Y: head + 30}))
	assert.False(t, k.M.listFront())
	assert.Equal(t, 4, k.M.detail.cursor, "below the last line is no line")
}

func TestACardKeepsItsLastDigitsWhereItIsNarrow(t *testing.T) {
	k := newStory(t)
	k.open("ps_70120")
	for w := 60; w < 100; w++ {
		k.M.SetSize(w, 20)
		for _, l := range k.M.operationLines() {
			require.LessOrEqual(t, widget.Width(l), w)
			require.NotContains(t, l, "…", "%d cells", w)
			require.Contains(t, l, "··7771")
		}
	}
}
