package create

import (
	"context"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/exp/golden"
	"github.com/muesli/termenv"
	"github.com/stretchr/testify/require"

	"pikedash/keys"
	"pikedash/pikeapi"
	"pikedash/pikeapi/journal"
	"pikedash/ui/keymap"
	"pikedash/ui/page"
	"pikedash/ui/theme"
	"pikedash/ui/widget"
)

var fixed = time.Date(2026, 1, 15, 14, 3, 22, 0, time.UTC)

// fakeClient prepares for real and remembers what it was told to send.
type fakeClient struct {
	*pikeapi.Client
	sent []*pikeapi.Prepared
	with []pikeapi.Permit
	say  func(p *pikeapi.Prepared) *pikeapi.Result
}

func (c *fakeClient) Send(_ context.Context, p *pikeapi.Prepared, permit pikeapi.Permit) *pikeapi.Result {
	c.sent, c.with = append(c.sent, p), append(c.with, permit)
	return c.say(p)
}

func accepted(p *pikeapi.Prepared) *pikeapi.Result {
	return &pikeapi.Result{Prepared: p, Outcome: pikeapi.Accepted, HTTPStatus: 200,
		Response: &pikeapi.Response{Session: &pikeapi.Session{ID: "ps_1"}}}
}

type bench struct {
	t      *testing.T
	m      *Model
	deps   *page.Deps
	client *fakeClient
	stack  widget.Stack
	now    time.Time
	said   []page.Notice
	gone   []page.Navigate
	copied []string
	edits  []page.Edit
}

func newBench(t *testing.T, kind pikeapi.EnvKind) *bench {
	t.Helper()
	key, err := keys.Generate(t.Context(), 2048)
	require.NoError(t, err)
	signer, err := keys.NewSigner(key, "test key")
	require.NoError(t, err)
	b := &bench{t: t, now: fixed}
	clock := func() time.Time { return b.now }
	lock := pikeapi.NewLock(clock)
	b.client = &fakeClient{Client: pikeapi.NewClient(pikeapi.Options{Now: clock, Lock: lock}), say: accepted}
	env := &pikeapi.Environment{Name: string(kind), Kind: kind, BaseURL: "http://127.0.0.1:8131", Project: "shop-eu",
		Version: pikeapi.V2, Signer: signer, Epoch: 1}
	desk := &page.Desk{Env: env, Client: b.client, Lock: lock,
		TestCards: []page.TestCard{{Number: "4242424242424242", Outcome: "sandbox: succeeds", Does: "Succeeds."}}}
	place := page.NewPlace(desk)
	b.deps = &page.Deps{Theme: theme.New(theme.Options{Profile: termenv.Ascii}), Keys: keymap.New(), Now: clock,
		Desk: place, Stamps: page.NewStamps(place)}
	b.m = New(b.deps)
	b.m.rest = 0
	b.m.SetSize(118, 30)
	b.run(b.m.Init())
	return b
}

// run carries commands out until none are left, as the App does.
func (b *bench) run(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	switch msg := cmd().(type) {
	case nil:
	case tea.BatchMsg:
		for _, c := range msg {
			b.run(c)
		}
	case page.Ask:
		b.stack.Push(msg.Dialog, widget.Setting{Theme: b.deps.Theme, Keys: b.deps.Keys, Now: b.deps.Now, Opener: "ctrl+s"})
	case page.Notice:
		b.said = append(b.said, msg)
	case page.Navigate:
		b.gone = append(b.gone, msg)
	case page.Copy:
		b.copied = append(b.copied, msg.Text)
	case page.Edit:
		b.edits = append(b.edits, msg)
	default:
		if s, ok := msg.(page.Stamped); ok {
			if fresh, _ := b.deps.Stamps.Fresh(s.Answers()); !fresh {
				return
			}
		}
		b.run(b.m.Update(msg))
		b.run(b.stack.Update(msg))
	}
}

func (b *bench) press(k keymap.Binding) { b.key(k.Msg()) }

func (b *bench) key(msg tea.KeyMsg) {
	if b.stack.Open() {
		b.run(b.stack.Key(msg))
		return
	}
	b.run(b.m.Update(msg))
}

func (b *bench) typeIn(field, text string) {
	b.m.form.Focus(field)
	for _, r := range text {
		b.key(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{r}})
	}
}

func (b *bench) fill() {
	b.typeIn(fRecipient, "Jane Roe")
	b.typeIn(fCard, "4242424242424242")
	b.typeIn(fAmount, "150.00")
	b.typeIn(fMetadata, `{"order":9001}`)
}

// wait lets the time pass in which a dialog is deaf.
func (b *bench) wait() { b.now = b.now.Add(time.Second) }

func TestWhatIsPreviewedIsWhatIsSent(t *testing.T) {
	b := newBench(t, pikeapi.Sandbox)
	b.fill()
	shown := b.m.prepared
	require.NotNil(t, shown)
	require.JSONEq(t, `{"payout_details":{"type":"card","card":{"type":"bank_card","bank_card":{"number":"4242424242424242"}}},
		"amount_details":{"amount":15000,"currency":"eur"},"participant_details":{"recipient":{"full_name":"Jane Roe"}},
		"metadata":{"order":9001}}`, string(shown.Body))

	b.press(b.deps.Keys.Form.Submit)
	require.True(t, b.stack.Open())
	b.wait()
	b.press(b.deps.Keys.Dialog.Yes)
	require.Len(t, b.client.sent, 1)
	require.Equal(t, shown.Body, b.client.sent[0].Body)
	require.Equal(t, shown.Signature, b.client.sent[0].Signature)
	require.Equal(t, shown.IdempotencyKey, b.client.sent[0].IdempotencyKey)
	require.Equal(t, []page.Navigate{{Screen: page.Sessions, Arg: page.OpenSession{ID: "ps_1"}}}, b.gone)
	require.NotEqual(t, shown.IdempotencyKey, b.m.key, "the next request has a key of its own")
}

func TestVersionRenamesTheFields(t *testing.T) {
	b := newBench(t, pikeapi.Sandbox)
	b.fill()
	require.Contains(t, b.m.View(), "payout_details")
	b.press(b.deps.Keys.Create.Version)
	require.Contains(t, string(b.m.prepared.Body), `"payment_method"`)
	require.Contains(t, b.m.prepared.URL, "/api/v1/")
	require.NotContains(t, b.m.View(), "payout_details")
	require.Equal(t, "Jane Roe", b.m.form.Value(fRecipient))
}

func TestAnIncompleteFormIsNotSentAndKeepsItsValues(t *testing.T) {
	b := newBench(t, pikeapi.Sandbox)
	b.typeIn(fRecipient, "Jane Roe")
	b.typeIn(fCard, "4242424242424241")
	b.press(b.deps.Keys.Form.Submit)
	require.False(t, b.stack.Open())
	view := b.m.View()
	require.Contains(t, view, "check digit")
	require.Contains(t, view, "the amount is missing")
	require.Equal(t, fCard, b.m.form.Focused())
	require.Equal(t, "Jane Roe", b.m.form.Value(fRecipient))
	require.Empty(t, b.client.sent)
}

// TestLimitsStandBesideTheirFields: what the profile does not allow is said before anything is asked.
func TestLimitsStandBesideTheirFields(t *testing.T) {
	b := newBench(t, pikeapi.Sandbox)
	b.deps.Desk.At().Env.Policy = pikeapi.Policy{MaxAmount: map[string]int64{"eur": 50000}, Currencies: []string{"eur"}}
	b.fill()
	require.Contains(t, b.m.View(), "at most 500.00")
	b.m.form.SetValue(fAmount, "500.01")
	b.press(b.deps.Keys.Form.Submit)
	require.False(t, b.stack.Open())
	require.Equal(t, fAmount, b.m.form.Focused())
	require.Contains(t, strings.Join(strings.Fields(b.m.View()), " "), "500.01 EUR is above the profile's largest")
	b.m.form.SetValue(fAmount, "500")
	b.m.form.SetValue(fCurrency, "USD")
	b.press(b.deps.Keys.Form.Submit)
	require.False(t, b.stack.Open())
	require.Equal(t, fCurrency, b.m.form.Focused())
	require.Empty(t, b.client.sent)
}

func TestRefusalKeepsTheFormAndGivesAdvice(t *testing.T) {
	b := newBench(t, pikeapi.Sandbox)
	b.client.say = func(p *pikeapi.Prepared) *pikeapi.Result {
		return &pikeapi.Result{Prepared: p, Outcome: pikeapi.Refused, HTTPStatus: 400,
			Err: (&pikeapi.ErrorDetail{Code: "insufficient_wallet_balance", Description: "too little"}).Explain("answer")}
	}
	b.fill()
	key := b.m.key
	b.press(b.deps.Keys.Form.Submit)
	b.wait()
	b.press(b.deps.Keys.Dialog.Yes)
	require.Contains(t, b.m.View(), "insufficient_wallet_balance")
	require.True(t, b.m.Back())
	require.Equal(t, "4242424242424242", b.m.form.Value(fCard))
	require.NotEqual(t, key, b.m.key)
}

func TestUnknownSaysSoLoudly(t *testing.T) {
	b := newBench(t, pikeapi.Sandbox)
	b.client.say = func(p *pikeapi.Prepared) *pikeapi.Result {
		return &pikeapi.Result{Prepared: p, Outcome: pikeapi.Unknown, Err: &pikeapi.TransportError{Stage: "read", Sent: true, Err: context.DeadlineExceeded}}
	}
	b.fill()
	b.press(b.deps.Keys.Form.Submit)
	b.wait()
	b.press(b.deps.Keys.Dialog.Yes)
	require.Contains(t, b.m.View(), "It may have been carried out.")
}

// TestThePanelTakesNoLetters: what became of the last request stands where the form was, so a key that it
// names must reach the App and not the hidden form.
func TestThePanelTakesNoLetters(t *testing.T) {
	for name, result := range map[string]*pikeapi.Result{
		"unknown":      {Outcome: pikeapi.Unknown, Err: &pikeapi.TransportError{Stage: "read", Sent: true, Err: context.DeadlineExceeded}},
		"a look-alike": {Outcome: pikeapi.NotSent, Err: &pikeapi.BlockedError{Rule: pikeapi.RuleLookalike, Reason: "a request like this was sent"}},
		"a damage":     {Outcome: pikeapi.NotSent, Err: &pikeapi.BlockedError{Rule: journal.RuleSetAside, Reason: "the journal was damaged"}},
	} {
		b := newBench(t, pikeapi.Sandbox)
		b.client.say = func(p *pikeapi.Prepared) *pikeapi.Result { result.Prepared = p; return result }
		b.fill()
		b.press(b.deps.Keys.Form.Submit)
		b.wait()
		b.press(b.deps.Keys.Dialog.Yes)
		require.NotNil(t, b.m.last, name)
		require.False(t, b.m.CapturesKeys(), name)
		before := b.m.form.Value(fMetadata) + b.m.form.Value(fAmount)
		b.key(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("u")})
		require.Equal(t, before, b.m.form.Value(fMetadata)+b.m.form.Value(fAmount), name)
		require.True(t, b.m.Back(), name)
		require.True(t, b.m.CapturesKeys(), name)
	}
}

func TestCarelessHandsSendNothing(t *testing.T) {
	paste := func(s string) tea.KeyMsg { return tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(s), Paste: true} }
	for name, hands := range map[string]func(b *bench){
		"held ctrl+s": func(b *bench) {
			for range 40 {
				b.press(b.deps.Keys.Form.Submit)
			}
		},
		"held enter": func(b *bench) {
			b.press(b.deps.Keys.Form.Submit)
			for range 40 {
				b.now = b.now.Add(30 * time.Millisecond)
				b.press(b.deps.Keys.Dialog.Accept)
			}
		},
		"yes at once": func(b *bench) {
			b.press(b.deps.Keys.Form.Submit)
			b.press(b.deps.Keys.Dialog.Yes)
		},
		"paste": func(b *bench) {
			b.press(b.deps.Keys.Form.Submit)
			b.wait()
			b.key(paste("y\n"))
			b.key(paste("150.00 EUR\n"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, pikeapi.Sandbox)
			b.fill()
			hands(b)
			require.Empty(t, b.client.sent)
		})
	}
}

func TestLockedLiveOffersNoSending(t *testing.T) {
	b := newBench(t, pikeapi.Live)
	for _, h := range b.m.Help() {
		if h.Label() == "send" {
			require.Contains(t, h.Off, "live is locked")
			return
		}
	}
	t.Fatal("the hints do not name sending")
}

func TestTheEditorsFileHoldsNoCardData(t *testing.T) {
	b := newBench(t, pikeapi.Sandbox)
	b.fill()
	b.press(b.deps.Keys.Form.Edit)
	require.Len(t, b.edits, 1)
	require.NotContains(t, string(b.edits[0].Content), "4242424242424242")
	edited := []byte(strings.Replace(string(b.edits[0].Content), "Jane Roe", "John\tRoe\r\n", 1))
	b.run(page.Send(page.Edited{ID: editID, Content: edited, Changed: true}))
	require.Equal(t, strings.ReplaceAll(string(edited), numberMark, "4242424242424242"), string(b.m.prepared.Body))
}

func TestTheEditorsFileHoldsNoToken(t *testing.T) {
	b := newBench(t, pikeapi.Sandbox)
	b.fill()
	b.m.form.SetValue(fSource, byToken)
	b.m.arrange()
	b.m.form.SetValue(fToken, "secret-token-0123456789abcdef")
	b.press(b.deps.Keys.Form.Edit)
	require.Len(t, b.edits, 1)
	require.NotContains(t, string(b.edits[0].Content), "secret-token")
	edited := []byte(strings.Replace(string(b.edits[0].Content), "Jane", "Joan", 1))
	b.run(page.Send(page.Edited{ID: editID, Content: edited, Changed: true}))
	require.Equal(t, strings.ReplaceAll(string(edited), tokenMark, "secret-token-0123456789abcdef"), string(b.m.prepared.Body))
}

// A card number in a field where it does not belong would stand in the file as it is.
func TestNoEditorForCardDataInTheWrongField(t *testing.T) {
	for _, key := range []string{fRecipient, fCustomer, fMetadata} {
		b := newBench(t, pikeapi.Sandbox)
		b.fill()
		b.m.form.SetValue(key, "card 4000 0000 0000 3220")
		b.press(b.deps.Keys.Form.Edit)
		require.Empty(t, b.edits, key)
	}
}

func TestTheCommandHoldsNoCardData(t *testing.T) {
	b := newBench(t, pikeapi.Sandbox)
	b.fill()
	b.press(b.deps.Keys.Create.Curl)
	require.Len(t, b.copied, 1)
	require.NotContains(t, b.copied[0], "4242424242424242")
	require.Contains(t, b.copied[0], "--data-binary")
}

func TestEnvironmentChangeKeepsTheForm(t *testing.T) {
	b := newBench(t, pikeapi.Sandbox)
	b.fill()
	other := *b.deps.Desk.At()
	env := *other.Env
	env.Name, env.Epoch, env.Version = "demo", 2, pikeapi.V1
	other.Env = &env
	b.deps.Desk.Set(&other)
	b.run(page.Send(page.EnvChanged{Desk: &other}))
	require.Equal(t, "150.00", b.m.form.Value(fAmount))
	require.Equal(t, "demo", b.m.prepared.Env.Name)
	require.NotEmpty(t, b.m.Unsaved())
}

func TestGolden(t *testing.T) {
	b := newBench(t, pikeapi.Sandbox)
	b.m.key = "5e0c0000-0000-4000-8000-000000009a1f"
	b.fill()
	b.m.prepared.Signature = "kX9v"
	b.m.prepared.Header.Set(pikeapi.HeaderSign, "kX9v")
	view := strings.ReplaceAll(b.m.View(), b.deps.Desk.At().KeyShort(), "3f9a·c21e")
	golden.RequireEqual(t, view)
}

func TestExactBox(t *testing.T) {
	b := newBench(t, pikeapi.Sandbox)
	b.typeIn(fRecipient, "Иванов \x1b[31m漢字 e\u0301 \u202e")
	b.typeIn(fMetadata, strings.Repeat("漢", 200))
	b.press(b.deps.Keys.Form.Submit)
	for _, last := range []*pikeapi.Result{nil, {Prepared: b.m.prepared, Outcome: pikeapi.Unknown, Err: context.Canceled}} {
		b.m.last = last
		for _, size := range [][2]int{{20, 5}, {60, 15}, {80, 24}, {99, 20}, {100, 20}, {200, 50}, {240, 70}} {
			b.m.SetSize(size[0], size[1])
			lines := strings.Split(b.m.View(), "\n")
			require.Len(t, lines, size[1], "%v", size)
			for _, l := range lines {
				require.Equal(t, size[0], ansi.StringWidth(l), "%v: %q", size, l)
			}
		}
	}
}
