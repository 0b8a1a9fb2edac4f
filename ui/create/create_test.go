package create

import (
	"context"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/exp/golden"
	"github.com/stretchr/testify/require"

	"pikedash/keys"
	"pikedash/pikeapi"
	"pikedash/pikeapi/journal"
	"pikedash/ui/page"
	"pikedash/ui/uitest/kit"
)

// fakeClient prepares for real and remembers what it was told to send.
type fakeClient struct {
	*pikeapi.Client
	sent []*pikeapi.Prepared
	say  func(p *pikeapi.Prepared) *pikeapi.Result
}

func (c *fakeClient) Send(_ context.Context, p *pikeapi.Prepared, _ pikeapi.Permit) *pikeapi.Result {
	c.sent = append(c.sent, p)
	return c.say(p)
}

func accepted(p *pikeapi.Prepared) *pikeapi.Result {
	return &pikeapi.Result{Prepared: p, Outcome: pikeapi.Accepted, HTTPStatus: 200,
		Response: &pikeapi.Response{Session: &pikeapi.Session{ID: "ps_1"}}}
}

// bench is the form with a client that signs.
type bench struct {
	*kit.Kit[*Model]
	*Model
	client *fakeClient
}

func newBench(t *testing.T, kind pikeapi.EnvKind) *bench {
	t.Helper()
	key, err := keys.Generate(t.Context(), 2048)
	require.NoError(t, err)
	signer, err := keys.NewSigner(key, "test key")
	require.NoError(t, err)
	client := &fakeClient{Client: pikeapi.NewClient(pikeapi.Options{Now: kit.Noon}), say: accepted}
	k := kit.New(t, func(d *page.Deps) *Model {
		m := New(d)
		m.rest = 0
		return m
	}, kit.Options{Kind: kind, W: 118, H: 30, Desk: func(d *page.Desk) {
		d.Client, d.Env.Signer, d.Env.BaseURL = client, signer, "http://127.0.0.1:8131"
		d.TestCards = []page.TestCard{{Number: "4242424242424242", Outcome: "sandbox: succeeds", Does: "Succeeds."}}
	}})
	return &bench{k, k.M, client}
}

// hand presses a key as a hand does: in the dialog where one is open.
func (b *bench) hand(msg tea.KeyMsg) {
	b.T.Helper()
	if len(b.Asked) > 0 {
		b.Hit(msg)
		return
	}
	b.Key(msg)
}

func (b *bench) typeIn(field, text string) {
	b.T.Helper()
	b.form.Focus(field)
	b.Type(text)
}

func (b *bench) fill() {
	b.T.Helper()
	b.typeIn(fRecipient, "Jane Roe")
	b.typeIn(fCard, "4242424242424242")
	b.typeIn(fAmount, "150.00")
	b.typeIn(fMetadata, `{"order":9001}`)
}

// submit sends what is filled in, and says yes.
func (b *bench) submit() {
	b.T.Helper()
	b.Press(b.Keys.Form.Submit)
	b.Answer(b.Keys.Dialog.Yes.Msg())
}

func TestWhatIsPreviewedIsWhatIsSent(t *testing.T) {
	b := newBench(t, pikeapi.Sandbox)
	b.fill()
	shown := b.prepared
	require.NotNil(t, shown)
	require.JSONEq(t, `{"payout_details":{"type":"card","card":{"type":"bank_card","bank_card":{"number":"4242424242424242"}}},
		"amount_details":{"amount":15000,"currency":"eur"},"participant_details":{"recipient":{"full_name":"Jane Roe"}},
		"metadata":{"order":9001}}`, string(shown.Body))

	b.Press(b.Keys.Form.Submit)
	require.Len(t, b.Asked, 1)
	b.Answer(b.Keys.Dialog.Yes.Msg())
	require.Len(t, b.client.sent, 1)
	require.Equal(t, shown.Body, b.client.sent[0].Body)
	require.Equal(t, shown.Signature, b.client.sent[0].Signature)
	require.Equal(t, shown.IdempotencyKey, b.client.sent[0].IdempotencyKey)
	require.Equal(t, []page.Navigate{{Screen: page.Sessions, Arg: page.OpenSession{ID: "ps_1"}}}, b.Went)
	require.NotEqual(t, shown.IdempotencyKey, b.key, "the next request has a key of its own")
}

func TestVersionRenamesTheFields(t *testing.T) {
	b := newBench(t, pikeapi.Sandbox)
	b.fill()
	require.Contains(t, b.View(), "payout_details")
	b.Press(b.Keys.Create.Version)
	require.Contains(t, string(b.prepared.Body), `"payment_method"`)
	require.Contains(t, b.prepared.URL, "/api/v1/")
	require.NotContains(t, b.View(), "payout_details")
	require.Equal(t, "Jane Roe", b.form.Value(fRecipient))
}

func TestAnIncompleteFormIsNotSentAndKeepsItsValues(t *testing.T) {
	b := newBench(t, pikeapi.Sandbox)
	b.typeIn(fRecipient, "Jane Roe")
	b.typeIn(fCard, "4242424242424241")
	b.Press(b.Keys.Form.Submit)
	require.Empty(t, b.Asked)
	view := b.View()
	require.Contains(t, view, "check digit")
	require.Contains(t, view, "the amount is missing")
	require.Equal(t, fCard, b.form.Focused())
	require.Equal(t, "Jane Roe", b.form.Value(fRecipient))
	require.Empty(t, b.client.sent)
}

// What becomes of a test card stands beside its number, and gives way to it.
func TestTheWholeCardNumberIsInSight(t *testing.T) {
	b := newBench(t, pikeapi.Sandbox)
	b.typeIn(fCard, "4242424242424242")
	b.form.Focus(fAmount)
	for width, note := range map[int]string{118: "visa  sandbox: succeeds", 100: "visa  succeeds", 80: "visa  sandbox: succeeds", 60: "visa  succeeds"} {
		b.SetSize(width, 30)
		require.Regexp(t, "4242 42·· ···· 4242 +"+note+" ", b.View(), "at %d", width)
	}
	b.Press(b.Keys.Create.TestCards)
	require.Contains(t, b.Dialog().View(100, 20), "4242424242424242  succeeds  Succeeds.")
}

// TestLimitsStandBesideTheirFields: what the profile does not allow is said before anything is asked.
func TestLimitsStandBesideTheirFields(t *testing.T) {
	b := newBench(t, pikeapi.Sandbox)
	b.deps.Desk.At().Env.Policy = pikeapi.Policy{MaxAmount: map[string]int64{"eur": 50000}, Currencies: []string{"eur"}}
	b.fill()
	require.Contains(t, b.View(), "at most 500.00")
	b.form.SetValue(fAmount, "500.01")
	b.Press(b.Keys.Form.Submit)
	require.Empty(t, b.Asked)
	require.Equal(t, fAmount, b.form.Focused())
	require.Contains(t, strings.Join(strings.Fields(b.View()), " "), "500.01 EUR is above the profile's largest")
	b.form.SetValue(fAmount, "500")
	b.form.SetValue(fCurrency, "USD")
	b.Press(b.Keys.Form.Submit)
	require.Empty(t, b.Asked)
	require.Equal(t, fCurrency, b.form.Focused())
	require.Empty(t, b.client.sent)
}

func TestRefusalKeepsTheFormAndGivesAdvice(t *testing.T) {
	b := newBench(t, pikeapi.Sandbox)
	b.client.say = func(p *pikeapi.Prepared) *pikeapi.Result {
		return &pikeapi.Result{Prepared: p, Outcome: pikeapi.Refused, HTTPStatus: 400,
			Err: (&pikeapi.ErrorDetail{Code: "insufficient_wallet_balance", Description: "too little"}).Explain("answer")}
	}
	b.fill()
	key := b.key
	b.submit()
	require.Contains(t, b.View(), "insufficient_wallet_balance")
	require.True(t, b.Back())
	require.Equal(t, "4242424242424242", b.form.Value(fCard))
	require.NotEqual(t, key, b.key)
}

func TestUnknownSaysSoLoudly(t *testing.T) {
	b := newBench(t, pikeapi.Sandbox)
	b.client.say = func(p *pikeapi.Prepared) *pikeapi.Result {
		return &pikeapi.Result{Prepared: p, Outcome: pikeapi.Unknown, Err: &pikeapi.TransportError{Stage: "read", Sent: true, Err: context.DeadlineExceeded}}
	}
	b.fill()
	b.submit()
	require.Contains(t, b.View(), "It may have been carried out.")
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
		b.submit()
		require.NotNil(t, b.last, name)
		require.False(t, b.CapturesKeys(), name)
		before := b.form.Value(fMetadata) + b.form.Value(fAmount)
		b.hand(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("u")})
		require.Equal(t, before, b.form.Value(fMetadata)+b.form.Value(fAmount), name)
		require.True(t, b.Back(), name)
		require.True(t, b.CapturesKeys(), name)
	}
}

func TestCarelessHandsSendNothing(t *testing.T) {
	paste := func(s string) tea.KeyMsg { return tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(s), Paste: true} }
	for name, hands := range map[string]func(b *bench){
		"held ctrl+s": func(b *bench) {
			for range 40 {
				b.hand(b.Keys.Form.Submit.Msg())
			}
		},
		"held enter": func(b *bench) {
			b.Press(b.Keys.Form.Submit)
			for range 40 {
				b.Time = b.Time.Add(30 * time.Millisecond)
				b.hand(b.Keys.Dialog.Accept.Msg())
			}
		},
		"yes at once": func(b *bench) {
			b.Press(b.Keys.Form.Submit)
			b.hand(b.Keys.Dialog.Yes.Msg())
		},
		"paste": func(b *bench) {
			b.Press(b.Keys.Form.Submit)
			b.Time = b.Time.Add(time.Second)
			b.hand(paste("y\n"))
			b.hand(paste("150.00 EUR\n"))
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
	require.Contains(t, b.Off(b.Keys.Form.Submit), "live is locked")
	b.fill()
	b.Press(b.Keys.Form.Submit)
	require.Empty(t, b.Asked)
	require.Contains(t, b.LastSaid(), "send: live is locked")
}

// Where the profile wants two people, money is not asked about first and refused then; what moves none
// can be sent.
func TestNobodySendsMoneyAloneWhereTheProfileWantsTwo(t *testing.T) {
	b := newBench(t, pikeapi.Sandbox)
	b.Env().Policy.ForbidSelf = true
	b.fill()
	b.Press(b.Keys.Form.Submit)
	require.Empty(t, b.Asked)
	require.Contains(t, b.LastSaid(), "send: this profile lets nobody move money alone: write the request with pikedash prepare")
	b.Press(b.Keys.Create.DryRun)
	require.Len(t, b.Asked, 1, "it can be looked at")
	b.Run(page.Send(toMethod(pikeapi.MethodCreate)))
	require.Empty(t, b.Off(b.Keys.Form.Submit))
}

func TestTheEditorsFileHoldsNoCardData(t *testing.T) {
	b := newBench(t, pikeapi.Sandbox)
	b.fill()
	b.Press(b.Keys.Form.Edit)
	require.Len(t, b.Edits, 1)
	require.NotContains(t, string(b.Edits[0].Content), "4242424242424242")
	edited := []byte(strings.Replace(string(b.Edits[0].Content), "Jane Roe", "John\tRoe\r\n", 1))
	b.Run(page.Send(page.Edited{ID: editID, Content: edited, Changed: true}))
	require.Equal(t, strings.ReplaceAll(string(edited), numberMark, "4242424242424242"), string(b.prepared.Body))
}

func TestTheEditorsFileHoldsNoToken(t *testing.T) {
	b := newBench(t, pikeapi.Sandbox)
	b.fill()
	b.form.SetValue(fSource, byToken)
	b.arrange()
	b.form.SetValue(fToken, "secret-token-0123456789abcdef")
	b.Press(b.Keys.Form.Edit)
	require.Len(t, b.Edits, 1)
	require.NotContains(t, string(b.Edits[0].Content), "secret-token")
	edited := []byte(strings.Replace(string(b.Edits[0].Content), "Jane", "Joan", 1))
	b.Run(page.Send(page.Edited{ID: editID, Content: edited, Changed: true}))
	require.Equal(t, strings.ReplaceAll(string(edited), tokenMark, "secret-token-0123456789abcdef"), string(b.prepared.Body))
}

// A card number in a field where it does not belong would stand in the file as it is.
func TestNoEditorForCardDataInTheWrongField(t *testing.T) {
	for _, key := range []string{fRecipient, fCustomer, fMetadata} {
		b := newBench(t, pikeapi.Sandbox)
		b.fill()
		b.form.SetValue(key, "card 4000 0000 0000 3220")
		b.Press(b.Keys.Form.Edit)
		require.Empty(t, b.Edits, key)
	}
}

func TestTheCommandHoldsNoCardData(t *testing.T) {
	b := newBench(t, pikeapi.Sandbox)
	b.fill()
	b.Press(b.Keys.Create.Curl)
	require.Len(t, b.Copied, 1)
	require.NotContains(t, b.Copied[0].Text, "4242424242424242")
	require.Contains(t, b.Copied[0].Text, "--data-binary")
}

func TestEnvironmentChangeKeepsTheForm(t *testing.T) {
	b := newBench(t, pikeapi.Sandbox)
	b.fill()
	other := *b.deps.Desk.At()
	env := *other.Env
	env.Name, env.Epoch, env.Version = "demo", 2, pikeapi.V1
	other.Env = &env
	b.MoveTo(&other)
	require.Equal(t, "150.00", b.form.Value(fAmount))
	require.Equal(t, "demo", b.prepared.Env.Name)
	require.NotEmpty(t, b.Unsaved())
}

func TestGolden(t *testing.T) {
	b := newBench(t, pikeapi.Sandbox)
	b.key = "5e0c0000-0000-4000-8000-000000009a1f"
	b.fill()
	b.prepared.Signature = "kX9v"
	b.prepared.Header.Set(pikeapi.HeaderSign, "kX9v")
	view := strings.ReplaceAll(b.View(), b.deps.Desk.At().KeyShort(), "3f9a·c21e")
	golden.RequireEqual(t, view)
}

func TestExactBox(t *testing.T) {
	b := newBench(t, pikeapi.Sandbox)
	b.typeIn(fRecipient, "Иванов \x1b[31m漢字 e\u0301 \u202e")
	b.typeIn(fMetadata, strings.Repeat("漢", 200))
	b.Press(b.Keys.Form.Submit)
	for _, last := range []*pikeapi.Result{nil, {Prepared: b.prepared, Outcome: pikeapi.Unknown, Err: context.Canceled}} {
		b.last = last
		for _, size := range [][2]int{{20, 5}, {60, 15}, {80, 24}, {99, 20}, {100, 20}, {200, 50}, {240, 70}} {
			b.SetSize(size[0], size[1])
			kit.Exact(t, b.View(), size[0], size[1])
		}
	}
}
