package payouts

import (
	"context"
	"errors"
	"os"
	"path/filepath"
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
	"pikedash/ui/keymap"
	"pikedash/ui/page"
	"pikedash/ui/uitest/kit"
)

func newKit(t *testing.T, fill func(*journal.Journal)) *kit.Kit[*Model] {
	t.Helper()
	return kit.New(t, New, kit.Options{Fill: fill})
}

// three fills a journal: one that waits, one that failed, one that succeeded.
func three(t *testing.T) func(*journal.Journal) {
	return func(j *journal.Journal) {
		t.Helper()
		ctx, at := context.Background(), kit.Noon().Add(-10*time.Minute)
		failed := kit.Payout("po_7998", pikeapi.OperationFailed, 21000, "Иванов Иван")
		failed.Error = &pikeapi.ErrorDetail{Code: "insufficient_funds", Description: "not enough"}
		failed.FinishedAt = at.Add(time.Minute)
		done := kit.Payout("po_7990", pikeapi.OperationSucceeded, 1200000, "Zoë Müller")
		done.FinishedAt = at
		done.Metadata = []byte(`{"order":9001}`)
		for _, s := range []*pikeapi.Session{
			kit.SessionAt("ps_1", pikeapi.SessionAccepted, "", at, done),
			kit.SessionAt("ps_2", pikeapi.SessionCancelled, "", at.Add(time.Minute), failed),
			kit.SessionAt("ps_3", pikeapi.SessionInProgress, pikeapi.NextConfirm, at.Add(2*time.Minute), kit.Payout("po_8001", pikeapi.OperationPending, 150000, "Jane Roe")),
		} {
			require.NoError(t, j.Observe(ctx, s, pikeapi.V2, "test"))
		}
	}
}

func TestListAndDetail(t *testing.T) {
	k := newKit(t, three(t))
	golden.RequireEqual(t, k.M.View())
}

func TestBeside(t *testing.T) {
	k := newKit(t, three(t))
	k.M.SetSize(170, 24)
	k.Press(k.Keys.Move.Down)
	golden.RequireEqual(t, k.M.View())
}

func TestOverTheListWhereItIsSmall(t *testing.T) {
	k := newKit(t, three(t))
	k.M.SetSize(80, 18)
	assert.NotContains(t, k.M.View(), "po_8001", "the list has no room for ids")
	k.Press(k.Keys.List.Open)
	assert.Equal(t, "Payouts › po_8001", k.M.Title())
	golden.RequireEqual(t, k.M.View())
	k.Press(k.Keys.List.Open)
	require.Len(t, k.Went, 1, "enter goes on to the session")
	assert.Equal(t, page.Navigate{Screen: page.Sessions, Arg: page.OpenSession{ID: "ps_3"}}, k.Went[0])
	k.Press(k.Keys.Global.Back)
	assert.Equal(t, "Payouts", k.M.Title())
}

// A filter is never typed where it cannot be seen.
func TestTheFilterLeavesTheDetailThatLiesOverTheList(t *testing.T) {
	k := newKit(t, three(t))
	k.M.SetSize(80, 18)
	k.Press(k.Keys.List.Open, k.Keys.List.Filter)
	assert.Equal(t, "Payouts", k.M.Title())
	k.Type("status:failed")
	assert.Contains(t, k.M.View(), "/ status:failed")
}

func TestEmptyTeaches(t *testing.T) {
	k := newKit(t, nil)
	assert.Contains(t, k.M.View(), "No payouts yet. Press 2 to make one.")
	assert.NotContains(t, k.M.View(), "Choose a payout", "there is none to choose")
	for _, h := range k.M.Help() {
		if h.Key.ID == "payouts.confirm" {
			assert.Equal(t, "no payout is chosen", h.Off)
		}
	}
}

func TestPaymentsOnlyWhenAskedFor(t *testing.T) {
	k := newKit(t, func(j *journal.Journal) {
		three(t)(j)
		pm := kit.Payout("pm_1", pikeapi.OperationSucceeded, 500, "")
		pm.Kind = pikeapi.Payment
		require.NoError(t, j.Observe(context.Background(), kit.SessionAt("ps_9", pikeapi.SessionAccepted, "", kit.Noon(), pm), pikeapi.V2, "test"))
	})
	assert.NotContains(t, k.M.View(), "pm_1")
	k.Run(k.M.Open(page.OpenFilter{Text: "kind:payment"}))
	assert.Contains(t, k.M.View(), "pm_1")
	assert.NotContains(t, k.M.View(), "po_8001")
	k.Press(k.Keys.Global.Back)
	assert.Contains(t, k.M.View(), "po_8001", "esc clears the filter and reads anew")
}

func TestTheFilterIsTypedAndItsMistakeKeepsTheRows(t *testing.T) {
	k := newKit(t, three(t))
	keys := k.Keys
	k.Press(keys.List.Filter)
	require.True(t, k.M.CapturesKeys())
	k.Type("status:failed")
	k.Key(keys.Filter.Accept.Msg())
	view := k.M.View()
	assert.Contains(t, view, "po_7998")
	assert.NotContains(t, view, "po_8001")
	assert.Contains(t, view, "1 of 3")
	assert.Contains(t, view, "1 failed   210.00 EUR", "the totals of the filter")
	assert.Contains(t, k.Deps.Settings.Kept("payouts.recent"), "status:failed")
	k.Press(keys.List.Filter)
	k.Type(" amount>x")
	assert.Contains(t, k.M.View(), "po_7998", "a mistake keeps the rows")
	k.Key(keys.Filter.Cancel.Msg())
	assert.False(t, k.M.CapturesKeys())
	assert.Contains(t, k.M.View(), "/ status:failed")
}

func TestMarksAreAddedUp(t *testing.T) {
	k := newKit(t, three(t))
	keys := k.Keys.List
	k.Press(keys.Mark, keys.Mark)
	assert.Contains(t, k.M.View(), "2 marked   1 failed  1 pending   1,710.00 EUR")
	k.Press(k.Keys.Global.Back)
	assert.NotContains(t, k.M.View(), "marked")
	k.Press(keys.MarkAll)
	assert.Contains(t, k.M.View(), "3 marked   1 failed  1 pending  1 succeeded   13,710.00 EUR")
	k.Press(k.Keys.Move.Top, keys.Mark)
	assert.Contains(t, k.M.View(), "2 marked   1 failed  1 succeeded   12,210.00 EUR", "all but one")
}

func TestViewsAreSavedByName(t *testing.T) {
	k := newKit(t, three(t))
	k.Press(k.Keys.List.SaveView)
	assert.Contains(t, k.LastSaid(), "always there")
	k.Run(k.M.Open(page.OpenFilter{Text: "amount>1000"}))
	k.Press(k.Keys.List.SaveView)
	for _, r := range "over 1,000 €" {
		k.Answer(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{r}})
	}
	k.Answer(k.Keys.Dialog.Accept.Msg())
	assert.Contains(t, k.M.View(), "[over 1,000 €]")
	assert.JSONEq(t, `[{"name":"over 1,000 €","filter":"amount>1000"}]`, k.Deps.Settings.Kept("payouts.views"))
	again := New(k.Deps)
	again.SetSize(118, 20)
	assert.Contains(t, again.View(), "over 1,000 €", "it is there at the next start")
	k.Press(k.Keys.List.NextTab)
	assert.Contains(t, k.M.View(), "[all]")
	found := k.M.Find()
	require.Len(t, found, 5+3, "the palette has the views and the payouts")
	assert.Equal(t, page.Navigate{Screen: page.Payouts, Arg: page.OpenOperation{ID: "po_8001"}}, found[5].Msg)
}

func TestConfirmFromHere(t *testing.T) {
	k := newKit(t, three(t))
	k.Client.Answer = func(p *pikeapi.Prepared) *pikeapi.Result {
		s := kit.SessionAt("ps_3", pikeapi.SessionInProgress, "", k.Time, kit.Payout("po_8001", pikeapi.OperationInProgress, 150000, "Jane Roe"))
		require.NoError(t, k.Journal.Observe(context.Background(), s, pikeapi.V2, "test"))
		return &pikeapi.Result{Prepared: p, Outcome: pikeapi.Accepted, HTTPStatus: 200, Response: &pikeapi.Response{Session: s}}
	}
	k.Press(k.Keys.Payouts.Confirm)
	asked := k.Dialog().View(100, 20)
	assert.Contains(t, asked, "Confirm the payout of 1,500.00 EUR to Jane Roe, visa 520000··7771")
	assert.Contains(t, asked, "cannot be taken back")
	assert.Empty(t, k.Client.Sent, "nothing is sent before the answer")
	k.Answer(k.Keys.Dialog.Yes.Msg())
	require.Len(t, k.Client.Sent, 1)
	assert.Equal(t, `{"session_id":"ps_3"}`, string(k.Client.Sent[0].Body))
	assert.Contains(t, k.LastSaid(), "confirm of ps_3 accepted by Pike: in progress")
	k.Time = k.Time.Add(time.Second)
	done := kit.Payout("po_8001", pikeapi.OperationSucceeded, 150000, "Jane Roe")
	done.FinishedAt = k.Time
	k.Observe(kit.SessionAt("ps_3", pikeapi.SessionAccepted, "", k.Time, done))
	k.Changed()
	assert.Contains(t, k.LastSaid(), "session ps_3: accepted; payout of 1,500.00 EUR to Jane Roe, visa 520000··7771 succeeded")
	assert.Contains(t, k.M.View(), "✓ succeeded 1,500.00 EUR")
	before := len(k.Said)
	k.Changed()
	assert.Len(t, k.Said, before, "its end is said once")
}

func TestWhatCannotBeDoneSaysWhy(t *testing.T) {
	k := newKit(t, three(t))
	k.Press(k.Keys.Move.Down, k.Keys.Payouts.Confirm)
	assert.Equal(t, "confirm: the session is not waiting for a confirmation: it is cancelled", k.LastSaid())
	assert.Empty(t, k.Asked)
}

func TestLiveIsLocked(t *testing.T) {
	k := newKit(t, three(t))
	desk := k.Desk(2, pikeapi.Live)
	k.Deps.Desk.Set(desk)
	k.Run(k.M.Update(page.EnvChanged{Desk: desk}))
	k.Press(k.Keys.Payouts.Confirm)
	assert.Contains(t, k.LastSaid(), "live is locked")
	require.NoError(t, desk.Lock.Unlock(desk.Env, "shop-eu"))
	k.Press(k.Keys.Payouts.Confirm)
	asked := k.Dialog().View(100, 20)
	assert.Contains(t, asked, "LIVE")
	assert.Contains(t, asked, "Type the amount to send:")
	k.Answer(k.Keys.Dialog.Accept.Msg())
	assert.Empty(t, k.Client.Sent, "enter with nothing typed is no yes")
}

func TestNobodyConfirmsAloneWhereTheProfileWantsTwo(t *testing.T) {
	k := newKit(t, three(t))
	require.Empty(t, k.Off(k.Keys.Payouts.Confirm))
	k.Env().Policy.ForbidSelf = true
	assert.Contains(t, k.Off(k.Keys.Payouts.Confirm), "this profile lets nobody move money alone")
	assert.Empty(t, k.Off(k.Keys.Payouts.Cancel), "cancelling moves none")
	assert.NotContains(t, k.M.View(), "c confirm")
	k.Press(k.Keys.Payouts.Confirm)
	assert.Empty(t, k.Asked)
	k.Press(k.Keys.Move.Down)
	assert.NotContains(t, k.Off(k.Keys.Payouts.Confirm), "alone", "of what cannot be confirmed at all, that is the reason")
}

func TestAnAnswerOfAnotherEnvironmentIsDropped(t *testing.T) {
	k := newKit(t, three(t))
	cmd := k.M.read()
	if cmd == nil {
		k.M.detail.busy = false
		cmd = k.M.read()
	}
	require.NotNil(t, cmd)
	msg := cmd()
	desk := k.Desk(2, pikeapi.Demo)
	k.Deps.Desk.Set(desk)
	fresh, foreign := k.Deps.Stamps.Fresh(msg.(page.Stamped).Answers())
	assert.False(t, fresh)
	assert.True(t, foreign)
}

func TestWaysOn(t *testing.T) {
	k := newKit(t, three(t))
	p := k.Keys.Payouts
	k.Press(p.Traffic, p.Again, p.Session)
	require.Len(t, k.Went, 3)
	assert.Equal(t, page.OpenFilter{Text: "session:ps_3"}, k.Went[0].Arg)
	form := k.Went[1].Arg.(page.OpenForm)
	assert.Equal(t, pikeapi.MethodInitPayout, form.Method)
	assert.Equal(t, "1500.00", form.Values["amount"])
	assert.NotContains(t, form.Values, "card", "card numbers are never among them")
	k.Press(p.Inspect)
	assert.Contains(t, k.LastSaid(), "no request or webhook of this payout is recorded here")
	k.Press(k.Keys.List.Copy)
	assert.Equal(t, "po_8001", k.Copied[0].Text)
	k.Press(p.Raw)
	assert.Contains(t, k.M.Title(), "JSON")
	assert.Contains(t, k.M.View(), `"ps_3"`)
	k.Press(p.Raw)
	assert.Equal(t, "Payouts", k.M.Title())
}

func TestLiveRowsDoNotMoveTheCursor(t *testing.T) {
	k := newKit(t, three(t))
	k.Press(k.Keys.Move.Down)
	row, _ := k.M.list.Current()
	require.Equal(t, "po_7998", row.OperationID)
	k.Observe(kit.SessionAt("ps_4", pikeapi.SessionInProgress, "", kit.Noon(), kit.Payout("po_9000", pikeapi.OperationInProgress, 1, "New")))
	k.Changed()
	row, _ = k.M.list.Current()
	assert.Equal(t, "po_7998", row.OperationID, "the cursor stays on its row")
	assert.Contains(t, k.M.View(), "po_9000")
	assert.Equal(t, "po_7998", k.M.detail.row.OperationID)
}

func TestExport(t *testing.T) {
	k := newKit(t, func(j *journal.Journal) {
		three(t)(j)
		evil := kit.Payout("po_evil", pikeapi.OperationFailed, 100, "=HYPERLINK(\"x\")")
		require.NoError(t, j.Observe(context.Background(), kit.SessionAt("ps_e", pikeapi.SessionCancelled, "", kit.Noon(), evil), pikeapi.V2, "test"))
	})
	export := func(down int, name string) string {
		path := filepath.Join(t.TempDir(), name)
		k.Press(k.Keys.List.Export)
		for range down {
			k.Answer(k.Keys.Move.Down.Msg())
		}
		k.Answer(k.Keys.Dialog.Accept.Msg())
		k.Answer(k.Keys.Text.KillBefore.Msg(), tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(path), Paste: true}, k.Keys.Dialog.Accept.Msg())
		k.Asked = nil
		data, err := os.ReadFile(path)
		require.NoError(t, err, k.LastSaid())
		info, err := os.Stat(path)
		require.NoError(t, err)
		assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
		left, err := os.ReadDir(filepath.Dir(path))
		require.NoError(t, err)
		assert.Len(t, left, 1, "nothing half-written is left")
		return string(data)
	}
	all := export(0, "all.csv")
	assert.Len(t, strings.Split(strings.TrimSpace(all), "\n"), 5, "a head and four rows")
	assert.Contains(t, all, `'=HYPERLINK`, "no formula")
	assert.Contains(t, all, "1500.00,150000,EUR,Jane Roe")
	assert.True(t, strings.HasPrefix(all, "\ufeffcreated,"), "a spreadsheet sees that it is UTF-8")
	assert.Contains(t, k.LastSaid(), "4 rows written to /")
	exact := export(1, "exact.csv")
	assert.True(t, strings.HasPrefix(exact, "created,"))
	assert.Contains(t, exact, `"=HYPERLINK(""x"")"`, "for programs every value stays as it is")
	k.Press(k.Keys.List.MarkAll, k.Keys.Move.Top, k.Keys.List.Mark)
	most := export(2, "marks.jsonl")
	assert.Len(t, strings.Split(strings.TrimSpace(most), "\n"), 3, "all but the one that was unmarked")
	assert.NotContains(t, most, "po_evil")
	assert.Contains(t, most, `"amount_minor":150000`)
}

func TestTotalsByCurrencyAndState(t *testing.T) {
	k := newKit(t, func(j *journal.Journal) {
		three(t)(j)
		yen := kit.Payout("po_yen", pikeapi.OperationFailed, 1200000, "Jane Roe")
		yen.Amount.Currency = "jpy"
		require.NoError(t, j.Observe(context.Background(), kit.SessionAt("ps_y", pikeapi.SessionCancelled, "", kit.Noon(), yen), pikeapi.V2, "test"))
	})
	totals := func() string {
		k.Press(k.Keys.List.Totals)
		view := k.Dialog().View(100, 30)
		k.Asked = nil
		return view
	}
	all := totals()
	assert.Contains(t, all, "totals of the whole list")
	assert.Regexp(t, `✗ failed +1 +210\.00 EUR`, all)
	assert.Regexp(t, `together +3 +13,710\.00 EUR`, all)
	assert.Regexp(t, `✗ failed +1 +1,200,000 +JPY`, all)
	assert.NotRegexp(t, `together.*JPY`, all, "one state needs no sum")
	k.Press(k.Keys.List.Mark, k.Keys.List.Mark)
	assert.Contains(t, totals(), "totals of the 2 marked rows")
	k.Press(k.Keys.Global.Back, k.Keys.List.MarkAll, k.Keys.Move.Top, k.Keys.List.Mark)
	assert.NotContains(t, totals(), "JPY", "what was unmarked is not in the sum")
}

func TestHintsWhileAFilterIsTyped(t *testing.T) {
	k := newKit(t, three(t))
	k.Press(k.Keys.List.Filter)
	for _, h := range k.M.Help() {
		assert.True(t, strings.HasPrefix(h.Key.ID, "filter."), "%s is a letter now", h.Key.ID)
	}
}

func TestExportNeverWritesOverAFile(t *testing.T) {
	k := newKit(t, three(t))
	path := filepath.Join(t.TempDir(), "there.csv")
	require.NoError(t, os.WriteFile(path, []byte("mine"), 0o600))
	k.Press(k.Keys.List.Export)
	k.Answer(k.Keys.Dialog.Accept.Msg())
	k.Answer(k.Keys.Text.KillBefore.Msg(), tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(path), Paste: true}, k.Keys.Dialog.Accept.Msg())
	assert.Contains(t, k.LastSaid(), "exists already")
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, "mine", string(data))
}

func TestJump(t *testing.T) {
	k := newKit(t, three(t))
	k.Press(k.Keys.List.JumpTo)
	k.Answer(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("po_7990"), Paste: true}, k.Keys.Dialog.Accept.Msg())
	row, _ := k.M.list.Current()
	assert.Equal(t, "po_7990", row.OperationID)
	k.Asked = nil
	k.Press(k.Keys.List.JumpTo)
	k.Answer(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("13:55"), Paste: true}, k.Keys.Dialog.Accept.Msg())
	row, _ = k.M.list.Current()
	assert.Equal(t, "po_8001", row.OperationID, "the newest within 13:55")
	for typed, want := range map[string]string{"13:54:22": "po_7998", "13:54": "po_7998", "2026-11-23 13:53": "po_7990", "yesterday": "po_7990", "ps_2": "po_7998", "1h": "po_7990"} {
		k.Asked = nil
		k.Press(k.Keys.List.JumpTo)
		k.Answer(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(typed), Paste: true}, k.Keys.Dialog.Accept.Msg())
		row, _ = k.M.list.Current()
		assert.Equal(t, want, row.OperationID, typed)
	}
}

func TestAFailedReadingIsSaid(t *testing.T) {
	k := newKit(t, three(t))
	k.M.onDetail(detailRead{row: k.M.detail.row, err: errors.New("the disk is gone")})
	assert.Contains(t, k.M.View(), "the disk is gone")
}

// TestBoxesHoldWhateverIsPressed presses keys at random over texts that try to break out.
func TestBoxesHoldWhateverIsPressed(t *testing.T) {
	hostile := "\x1b[31mЗоя\u202e 漢字かな\u0301\x00\r\n\tעברית" + strings.Repeat("é", 300)
	fill := func(j *journal.Journal) {
		three(t)(j)
		require.NoError(t, j.Seed(context.Background(), 60, 7, kit.Noon()))
		for _, status := range []pikeapi.OperationStatus{pikeapi.OperationFailed, "\x1b]0;x\x07odd"} {
			op := kit.Payout("po_"+hostile, status, 9_000_000_000_000_000, hostile)
			op.Error = &pikeapi.ErrorDetail{Code: hostile, Description: hostile}
			op.Customer, op.Card = hostile, &pikeapi.Card{Brand: hostile, Last4: "\x1b[2J"}
			require.NoError(t, j.Observe(context.Background(), kit.SessionAt("ps_"+string(status), pikeapi.SessionCancelled, "", kit.Noon(), op), pikeapi.V2, "test"))
		}
	}
	k := newKit(t, fill)
	m := k.Keys
	keys := kit.Bindings(m.Move, m.List, m.Payouts, m.JSON, m.Filter)
	sizes := [][2]int{{20, 5}, {60, 11}, {80, 19}, {118, 34}, {200, 45}, {240, 65}, {1, 1}, {3, 2}, {0, 0}, {150, 12}, {149, 26}}
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
		for range rapid.IntRange(1, 6).Draw(r, "presses") {
			k.Key(rapid.SampledFrom(keys).Draw(r, "key").Msg())
		}
		kit.Exact(r, k.M.View(), size[0], size[1])
	})
}

func TestRecentFiltersAreOffered(t *testing.T) {
	k := newKit(t, three(t))
	k.Press(k.Keys.List.Filter)
	k.Type("status:failed")
	k.Key(k.Keys.Filter.Accept.Msg())
	k.Press(k.Keys.Global.Back, k.Keys.List.Filter)
	assert.Contains(t, k.M.View(), "status:failed  used before")
	k.Key(k.Keys.Filter.Next.Msg())
	k.Key(k.Keys.Filter.Accept.Msg())
	k.Key(k.Keys.Filter.Accept.Msg())
	assert.Equal(t, "status:failed", k.M.list.Filter())
}

func TestOpenAtAPayment(t *testing.T) {
	k := newKit(t, three(t))
	pm := kit.Payout("pm_1", pikeapi.OperationSucceeded, 500, "")
	pm.Kind = pikeapi.Payment
	k.Observe(kit.SessionAt("ps_9", pikeapi.SessionAccepted, "", kit.Noon(), pm))
	k.Run(k.M.Open(page.OpenOperation{ID: "pm_1"}))
	assert.Equal(t, "pm_1", k.M.detail.row.OperationID)
	assert.Contains(t, k.M.View(), "─ pm_1 ─")
}

func TestColumnsAreKept(t *testing.T) {
	k := newKit(t, three(t))
	k.Press(k.Keys.List.Columns)
	k.Answer(k.Keys.List.Mark.Msg(), k.Keys.Dialog.Accept.Msg())
	assert.NotContains(t, k.M.View(), "CREATED")
	assert.Contains(t, k.Deps.Settings.Kept("payouts.columns"), `"Key":"created","Title":"CREATED","Hidden":true`)
}

func TestTheMouseScrollsWhatLiesUnderIt(t *testing.T) {
	k := newKit(t, three(t))
	k.M.SetSize(118, 26)
	_, h := k.M.detailBox()
	k.Run(k.M.Update(page.Mouse{X: 4, Y: 3}))
	row, _ := k.M.list.Current()
	assert.Equal(t, "po_7998", row.OperationID, "a click on the list moves its cursor")
	k.Run(k.M.Update(page.Mouse{X: 4, Y: 26 - h + 2, Wheel: 1}))
	row, _ = k.M.list.Current()
	assert.Equal(t, "po_7998", row.OperationID, "the wheel over the detail leaves the list alone")
	assert.False(t, k.M.focused)
	k.Run(k.M.Update(page.Mouse{X: 4, Y: 26 - h + 2}))
	assert.True(t, k.M.focused, "a click gives it the keys")
	k.Run(k.M.Update(page.Mouse{X: 4, Y: 2}))
	assert.False(t, k.M.focused)
}

func TestTotalsOfMarksFollowTheRows(t *testing.T) {
	k := newKit(t, three(t))
	k.Press(k.Keys.List.Mark, k.Keys.List.Mark)
	head := func() string { return strings.Split(k.M.View(), "\n")[0] }
	assert.Contains(t, head(), "2 marked   1 failed  1 pending   1,710.00 EUR")
	k.Time = k.Time.Add(time.Minute)
	k.Observe(kit.SessionAt("ps_3", pikeapi.SessionAccepted, "", k.Time, kit.Payout("po_8001", pikeapi.OperationSucceeded, 150000, "Jane Roe")))
	k.Changed()
	assert.Contains(t, head(), "2 marked   1 failed  1 succeeded   1,710.00 EUR", "a marked row has changed its state")
	k.Press(k.Keys.Move.Top, k.Keys.List.Mark)
	assert.Contains(t, head(), "1 marked   1 failed   210.00 EUR")
	k.Press(k.Keys.Global.Back, k.Keys.List.Mark)
	assert.Contains(t, head(), "1 marked   1 failed   210.00 EUR", "nothing is left of the marks before")
}

// seen counts which sessions are read.
type seen struct {
	store
	ids []string
}

func (s *seen) Session(ctx context.Context, id string) (*journal.SessionDetail, error) {
	s.ids = append(s.ids, id)
	return s.store.Session(ctx, id)
}

// A thousand arrows in one write must not have every row's detail read on the way.
func TestRowsOnTheWayAreNotRead(t *testing.T) {
	k := newKit(t, three(t))
	s := &seen{store: k.M.store}
	k.M.store = s
	press := func(b keymap.Binding) tea.Cmd {
		k.M.list.Key(b.Msg())
		return k.M.follow()
	}
	first := press(k.Keys.Move.Down)
	require.NotNil(t, first, "a single key does not wait")
	require.Nil(t, press(k.Keys.Move.Down))
	next := k.M.Update(first())
	require.Nil(t, press(k.Keys.Move.Up))
	require.Nil(t, press(k.Keys.Move.Up))
	k.Run(next)
	assert.Equal(t, []string{"ps_2", "ps_3"}, s.ids)
	require.NotNil(t, k.M.detail.session)
	assert.Equal(t, "ps_3", k.M.detail.session.SessionID)
}

// What nobody sees is not read: of a million rows it would hold up the screen in front.
func TestAListBehindAnotherScreenIsReadWhenItIsShown(t *testing.T) {
	k := newKit(t, three(t))
	k.Run(k.M.Update(page.Hidden{}))
	k.Observe(kit.SessionAt("ps_4", pikeapi.SessionInProgress, pikeapi.NextConfirm, kit.Noon().Add(-time.Minute), kit.Payout("po_8002", pikeapi.OperationPending, 7700, "Rui Roe")))
	k.Changed()
	assert.NotContains(t, k.M.View(), "po_8002")
	k.Run(k.M.Update(page.Shown{}))
	assert.Contains(t, k.M.View(), "po_8002")
}

func TestNoLongValueHidesAnother(t *testing.T) {
	k := newKit(t, func(j *journal.Journal) {
		p := kit.Payout("po_1", pikeapi.OperationPending, 1500, strings.Repeat("Konstantin ", 20)+"end")
		p.Metadata = []byte(`"\u6f22\u5b57 ` + strings.Repeat("x ", 100) + `last"`)
		p.Card.CardID = strings.Repeat("ab", 31) + "yz"
		require.NoError(t, j.Observe(context.Background(), kit.SessionAt("ps_1", pikeapi.SessionInProgress, pikeapi.NextConfirm, kit.Noon(), p), pikeapi.V2, "test"))
	})
	for _, w := range []int{80, 118, 200} {
		k.M.SetSize(w, 40)
		view := k.M.View()
		kit.Exact(t, view, w, 40)
		require.Contains(t, view, "visa 520000··7771", "%d cells", w)
		require.Regexp(t, "recipient +Konstantin", view)
		require.Contains(t, view, "end ", "the name is told in full")
		require.Regexp(t, "metadata +漢字 x", view)
		require.Contains(t, strings.Join(k.M.detailLines(w), "\n"), "last") // the detail scrolls to it
		require.Regexp(t, "card id +abab.*yz ", view)
	}
}
