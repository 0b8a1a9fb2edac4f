package unknown

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/exp/golden"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"pikedash/pikeapi"
	"pikedash/pikeapi/journal"
	"pikedash/ui/page"
	"pikedash/ui/uitest/kit"
	"pikedash/ui/widget"
)

type fakeStore struct {
	rows     []journal.IntentRow
	body     []byte
	err      error
	resolved string
}

func (s *fakeStore) Unknown(context.Context) ([]journal.IntentRow, error) { return s.rows, s.err }

func (s *fakeStore) OpenBody(context.Context, string) ([]byte, error) { return s.body, s.err }

func (s *fakeStore) Intent(_ context.Context, id string) (*journal.IntentRow, error) {
	for i := range s.rows {
		if s.rows[i].OperationID == id {
			return &s.rows[i], s.err
		}
	}
	return nil, journal.ErrNotFound
}

func (s *fakeStore) Resolve(_ context.Context, id, note string) error {
	s.resolved = id + ": " + note
	return s.err
}

type fakeClient struct {
	calls   []pikeapi.Call
	permits []pikeapi.Permit
	digest  pikeapi.Digest
	outcome pikeapi.Outcome
	err     error
	send    func() // what sending brings about
}

func (c *fakeClient) Prepare(_ context.Context, env *pikeapi.Environment, call pikeapi.Call) (*pikeapi.Prepared, error) {
	c.calls = append(c.calls, call)
	m, _ := pikeapi.LookupMethod(call.Method)
	return &pikeapi.Prepared{Env: env, Method: m, Body: call.Body, Digest: c.digest}, nil
}

func (c *fakeClient) Send(_ context.Context, p *pikeapi.Prepared, permit pikeapi.Permit) *pikeapi.Result {
	c.permits = append(c.permits, permit)
	if c.send != nil {
		c.send()
	}
	return &pikeapi.Result{Prepared: p, Outcome: c.outcome, Err: c.err}
}

// bench is the screen over two outcomes that nobody knows.
type bench struct {
	*kit.Kit[*Model]
	*Model
	store  *fakeStore
	client *fakeClient
}

func newBench(t *testing.T, o kit.Options) *bench {
	t.Helper()
	now := kit.Noon()
	client := &fakeClient{outcome: pikeapi.Accepted}
	store := &fakeStore{
		body: []byte("{}"),
		rows: []journal.IntentRow{
			{
				ID: 1, OperationID: "op-1", ExchangeID: 41, State: journal.StateUnknown, Method: "session/init/payout", Version: pikeapi.V2,
				Amount: &pikeapi.Money{Amount: 150000, Currency: "eur"}, Recipient: "Jane Roe", Target: "visa 520000··7771",
				IdempotencyKey: "5e0c1111-2222-3333-9a1f", TakesKey: true,
				Created: now.Add(-10 * time.Minute), SentAt: now.Add(-10 * time.Minute), ResendUntil: now.Add(22*time.Hour + 50*time.Minute),
				HasBody: true, Attempts: 1, Reason: "the connection broke before the answer", Project: "shop-eu", SessionID: "ps_70120",
			},
			{ID: 2, OperationID: "op-2", State: journal.StateUnknown, Method: "token", Version: pikeapi.V1, Created: now.Add(-26 * time.Hour), Reason: "bad\x1b[31m"},
		},
	}
	o.W, o.H = 110, 16
	o.Desk = func(d *page.Desk) { d.Client = client }
	k := kit.New(t, func(d *page.Deps) *Model {
		m := New(d)
		m.store = store
		return m
	}, o)
	return &bench{k, k.M, store, client}
}

func TestViewIsExactlyItsBox(t *testing.T) {
	for _, colours := range []bool{false, true} {
		for _, s := range [][2]int{{1, 1}, {20, 5}, {60, 10}, {80, 19}, {200, 45}, {240, 65}} {
			k := newBench(t, kit.Options{Kind: pikeapi.Live, Colours: colours})
			for range 3 {
				k.SetSize(s[0], s[1])
				kit.Exact(t, k.View(), s[0], s[1])
				k.Press(k.Keys.Move.Down)
			}
		}
	}
}

func TestGolden(t *testing.T) {
	golden.RequireEqual(t, newBench(t, kit.Options{Kind: pikeapi.Demo}).View())
}

func TestAskSendsAStatusRequestOnly(t *testing.T) {
	k := newBench(t, kit.Options{Kind: pikeapi.Live})
	k.Press(k.Keys.Unknown.Ask)
	require.Len(t, k.client.calls, 1)
	assert.Equal(t, pikeapi.MethodStatus, k.client.calls[0].Method)
	assert.Contains(t, string(k.client.calls[0].Body), "ps_70120")
	note := kit.Last[page.Notice](k.Kit)
	assert.Equal(t, page.Warning, note.Level, "the answer did not settle it")
	assert.Contains(t, note.Text, "still unknown")
	assert.Empty(t, k.Waits())

	k.client.send = func() { k.store.rows[0].State = journal.StateAccepted }
	k.Press(k.Keys.Unknown.Ask)
	note = kit.Last[page.Notice](k.Kit)
	assert.Equal(t, page.Success, note.Level)
	assert.Contains(t, note.Text, "the request is accepted now")
}

func TestEveryErrorOfAKeyHasItsOwnNextStep(t *testing.T) {
	for code, want := range map[string]string{
		"idempotency_key_already_exists":  "Wait a minute",
		"idempotency_key_params_mismatch": "Compare the digests",
		"idempotency_key_not_supported":   "nothing protects a repeat",
	} {
		k := newBench(t, kit.Options{Kind: pikeapi.Demo})
		k.store.rows[0].ErrorCode = code
		k.Changed()
		assert.Contains(t, strings.Join(strings.Fields(k.View()), " "), want, code)
		assert.Equal(t, code == "idempotency_key_already_exists", k.Help()[1].Off == "", code)
	}
}

func TestNoWayOutIsCutOff(t *testing.T) {
	for _, size := range [][2]int{{60, 10}, {60, 6}, {80, 19}, {40, 8}, {200, 45}} {
		k := newBench(t, kit.Options{Kind: pikeapi.Demo})
		k.SetSize(size[0], size[1])
		for range 2 {
			view := k.View()
			for _, way := range []string{"s  ask for the session", "r  send the same bytes", "m  mark as resolved"} {
				assert.Contains(t, view, way, size)
			}
			k.Press(k.Keys.Move.Down)
		}
	}
}

func TestResendAsksFirstAndKeepsBytesAndKey(t *testing.T) {
	k := newBench(t, kit.Options{Kind: pikeapi.Demo})
	k.Press(k.Keys.Unknown.Resend)
	require.Empty(t, k.client.permits, "nothing is sent by the key alone")
	dialog := kit.DialogOf[*widget.Confirm](k.Kit)
	assert.Contains(t, dialog.Text[0], "1,500.00 EUR to Jane Roe, visa 520000··7771 again, with the same key, from project shop-eu, on DEMO")
	k.Run(dialog.Then)
	require.Len(t, k.client.permits, 1)
	assert.Equal(t, "op-1", k.client.permits[0].Resend)
	call := k.client.calls[0]
	assert.Equal(t, "5e0c1111-2222-3333-9a1f", call.IdempotencyKey)
	assert.Equal(t, "{}", string(call.Body))
	assert.Equal(t, k.store.rows[0].Created, call.FirstSent)
}

func TestResendNeverSendsOtherBytes(t *testing.T) {
	k := newBench(t, kit.Options{Kind: pikeapi.Demo})
	k.client.digest = pikeapi.Digest{1}
	k.Press(k.Keys.Unknown.Resend)
	assert.Empty(t, k.client.permits)
	assert.Empty(t, k.Waits(), "another try is possible")
	assert.Contains(t, kit.Last[page.Notice](k.Kit).Text, "not the ones that were sent")
}

func TestResendOnLive(t *testing.T) {
	k := newBench(t, kit.Options{Kind: pikeapi.Live})
	assert.Contains(t, k.Help()[1].Off, "live is locked: U unlocks it")
	require.NoError(t, k.desk.Lock.Unlock(k.desk.Env, "shop-eu"))
	assert.Empty(t, k.Help()[1].Off)
	k.Press(k.Keys.Unknown.Resend)
	dialog := kit.DialogOf[*widget.TypeToConfirm](k.Kit)
	for typed, right := range map[string]bool{"1500.00": true, "1500.00 EUR": true, "1500": true, "150.00": false, "1500.00 USD": false, "x": false} {
		assert.Equal(t, right, dialog.Check(typed) == nil, typed)
	}
}

func TestWaysOutThatAreClosedSayWhy(t *testing.T) {
	k := newBench(t, kit.Options{Kind: pikeapi.Demo})
	k.Press(k.Keys.Move.Down)
	hints := k.Help()
	assert.Contains(t, hints[0].Off, "the session is not known")
	assert.Contains(t, hints[1].Off, "takes no idempotency key")
	assert.Empty(t, hints[2].Off, "by hand is always open")
	k.Press(k.Keys.Move.Up)
	k.Run(k.Update(page.Tick{Now: kit.Noon().Add(24 * time.Hour)}))
	assert.Contains(t, k.Help()[1].Off, "the idempotency key is older than 23 hours")
}

func TestNothingElseStartsWhileOneIsInFlight(t *testing.T) {
	k := newBench(t, kit.Options{Kind: pikeapi.Demo})
	_ = k.Update(begun{Stamp: k.deps.Stamps.Now(), row: k.store.rows[0], prepared: &pikeapi.Prepared{}})
	require.Len(t, k.Waits(), 1)
	assert.True(t, k.Waits()[0].Request)
	for _, h := range k.Help()[:3] {
		assert.Contains(t, h.Off, "waiting for Pike's answer")
	}
}

func TestResolveNeedsANote(t *testing.T) {
	k := newBench(t, kit.Options{Kind: pikeapi.Demo})
	k.Press(k.Keys.Unknown.Resolve)
	dialog := kit.DialogOf[*widget.Prompt](k.Kit)
	assert.Error(t, dialog.Check("  "))
	k.Run(dialog.Then(" seen at Pike "))
	assert.Equal(t, "op-1: seen at Pike", k.store.resolved)
}

func TestFailuresAreSaid(t *testing.T) {
	k := newBench(t, kit.Options{Kind: pikeapi.Demo})
	k.client.outcome, k.client.err = pikeapi.NotSent, errors.New("connection refused")
	k.Press(k.Keys.Unknown.Ask)
	assert.Equal(t, page.Failure, kit.Last[page.Notice](k.Kit).Level)
	assert.Contains(t, kit.Last[page.Notice](k.Kit).Text, "connection refused")
	k.store.rows = nil
	k.Changed()
	assert.Contains(t, k.View(), "Every outcome is known.")
	k.store.err = errors.New("disk gone")
	k.Changed()
	assert.Contains(t, k.View(), "disk gone")
}

// Each thing is said once, and what has no room says so.
func TestNothingIsSaidTwice(t *testing.T) {
	k := newBench(t, kit.Options{Kind: pikeapi.Demo})
	k.store.rows[0].Reason = "no answer came; the outcome is unknown: the call may have been carried out"
	k.Changed()
	assert.Equal(t, 1, strings.Count(k.View(), "may have been carried out."))
	assert.NotContains(t, k.View(), "the outcome is unknown")
	k.SetSize(80, 19)
	assert.Contains(t, k.View(), " 10 min ago \n", "the age stays where the method has no room")
	k.SetSize(60, 8)
	assert.Regexp(t, `(?m)It may have been carried out\..* … *$`, k.View())
}

func TestTheMouseChooses(t *testing.T) {
	k := newBench(t, kit.Options{})
	k.Run(k.Update(page.Mouse{X: 5, Y: 2})) // title, the first outcome, the second
	assert.Equal(t, int64(2), k.current().ID)
	k.Run(k.Update(page.Mouse{X: 5, Y: 3}))
	assert.Equal(t, int64(2), k.current().ID, "the rule is no line")
	k.Run(k.Update(page.Mouse{X: 5, Y: 9, Wheel: -1}))
	assert.Equal(t, int64(1), k.current().ID)
	k.Run(k.Update(page.Mouse{X: 5, Y: 9, Wheel: -1}))
	assert.Equal(t, int64(1), k.current().ID)
	k.SetSize(110, 10)
	k.Run(k.Update(page.Mouse{X: 5, Y: 2}))
	assert.Equal(t, int64(1), k.current().ID, "where there is no list, nothing is chosen")
}

func TestTheCursorStaysOnItsRow(t *testing.T) {
	k := newBench(t, kit.Options{Kind: pikeapi.Demo})
	k.Press(k.Keys.Move.Down)
	k.store.rows = append([]journal.IntentRow{{ID: 9, OperationID: "op-9", State: journal.StateUnknown}}, k.store.rows...)
	k.Changed()
	assert.Equal(t, int64(2), k.current().ID)
	k.Run(k.Open(page.OpenIntent{ID: 1}))
	assert.Equal(t, int64(1), k.current().ID)
	k.Press(k.Keys.Unknown.Session)
	assert.Equal(t, page.OpenSession{ID: "ps_70120"}, kit.Last[page.Navigate](k.Kit).Arg)
	k.Press(k.Keys.Unknown.Inspect)
	assert.Equal(t, page.OpenExchange{ID: 41}, kit.Last[page.Navigate](k.Kit).Arg)
}
