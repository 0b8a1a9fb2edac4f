package traffic

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

// kit is the screen over a real journal; what it says to the App is kept.
type kit struct {
	*Model
	t    testing.TB
	j    *journal.Journal
	env  *pikeapi.Environment
	keys *keymap.Map
	sent []tea.Msg
	now  time.Time
	n    int
}

func noon() time.Time { return time.Date(2026, 11, 23, 14, 3, 22, 0, time.UTC) }

func openJournal(t testing.TB) *journal.Journal {
	j, err := journal.Open(context.Background(), t.TempDir(), "sandbox", journal.Options{Now: noon, Tick: make(chan time.Time)})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, j.Close()) })
	return j
}

func newKit(t testing.TB, profile termenv.Profile) *kit {
	k := &kit{t: t, keys: keymap.New(), now: noon(), j: openJournal(t), env: &pikeapi.Environment{Name: "sandbox", Kind: pikeapi.Sandbox, Project: "shop-eu", Version: pikeapi.V2, Epoch: 1}}
	place := page.NewPlace(&page.Desk{Env: k.env, Journal: k.j})
	k.Model = New(&page.Deps{
		Theme: theme.New(theme.Options{Profile: profile, DarkBG: true}), Keys: k.keys, Now: func() time.Time { return k.now },
		Desk: place, Stamps: page.NewStamps(place), Settings: settings{},
	})
	k.SetSize(100, 16)
	return k
}

// start shows the screen, once the journal holds what the test needs.
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

// last returns the last message for the App.
func last[T any](k *kit) T {
	k.t.Helper()
	require.NotEmpty(k.t, k.sent)
	msg, ok := k.sent[len(k.sent)-1].(T)
	require.True(k.t, ok, "%T", k.sent[len(k.sent)-1])
	return msg
}

// begin records a request, as the client does before it sends.
func (k *kit) begin(method, body, session string) (*pikeapi.Prepared, int64) {
	k.n++
	m, ok := pikeapi.LookupMethod(method)
	require.True(k.t, ok, method)
	p := &pikeapi.Prepared{
		ID: fmt.Sprintf("00000000-0000-7000-8000-%012d", k.n), Env: k.env, Method: m, Version: pikeapi.V2,
		URL: "http://127.0.0.1:8131/api/v2/" + method, Header: http.Header{"Content-Type": {"application/json"}, "X-Partner-Project": {"shop-eu"}},
		Body: []byte(body), Digest: sha256.Sum256([]byte(body)), Signature: strings.Repeat("c2ln", 85) + "Qw==",
		KeyFingerprint: "3f9a" + strings.Repeat("0", 56) + "c21e", CreatedAt: k.now, Summary: pikeapi.Summary{SessionID: session},
	}
	if m.TakesKey {
		p.IdempotencyKey = fmt.Sprintf("5e0c0000-0000-4000-8000-%012d", k.n)
	}
	if m.Mutates {
		p.Summary.Kind, p.Summary.Amount = pikeapi.Payout, &pikeapi.Money{Amount: 150000 + int64(k.n), Currency: "eur"}
	}
	id, err := k.j.Begin(context.Background(), p, pikeapi.Permit{})
	require.NoError(k.t, err)
	return p, id
}

// finish records what became of it.
func (k *kit) finish(p *pikeapi.Prepared, id int64, outcome pikeapi.Outcome, status int, answer string, err error) {
	r := &pikeapi.Result{
		Prepared: p, ExchangeID: id, Outcome: outcome, HTTPStatus: status, Body: []byte(answer), Err: err,
		Started: k.now, Finished: k.now.Add(18 * time.Millisecond),
	}
	if status != 0 {
		r.Header = http.Header{"Content-Type": {"application/json"}}
	}
	require.NoError(k.t, k.j.Finish(context.Background(), r))
}

const (
	card     = `{"payout_details":{"type":"card","card":{"type":"bank_card","bank_card":{"number":"4242424242424242"}}},"amount_details":{"amount":150001,"currency":"eur"}}`
	ask      = `{"session_id":"ps_70120"}`
	answered = `{"status":"ok","session":{"id":"ps_70120","status":"in_progress"}}`
)

// busy fills the journal with one exchange of each kind.
func (k *kit) busy() *kit {
	p, id := k.begin(pikeapi.MethodInitPayout, card, "")
	k.finish(p, id, pikeapi.Accepted, 200, answered, nil)
	p, id = k.begin(pikeapi.MethodStatus, ask, "ps_70120")
	k.finish(p, id, pikeapi.Accepted, 200, answered, nil)
	p, id = k.begin(pikeapi.MethodConfirm, ask, "ps_70120")
	k.finish(p, id, pikeapi.Refused, 400, `{"status":"error"}`, &pikeapi.APIError{Code: "session_not_found", Description: "no such session"})
	p, id = k.begin(pikeapi.MethodCancel, ask, "ps_70120")
	k.finish(p, id, pikeapi.Unknown, 0, "", errors.New("the connection broke before the answer"))
	k.begin(pikeapi.MethodStatus, `{"session_id":"ps_2"}`, "ps_2")
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

func TestGoldenList(t *testing.T) {
	golden.RequireEqual(t, newKit(t, termenv.Ascii).busy().start().View())
}

func TestGoldenDetail(t *testing.T) {
	k := newKit(t, termenv.Ascii).busy().start()
	k.SetSize(80, 19)
	k.press(k.keys.Move.Bottom, k.keys.List.Open)
	golden.RequireEqual(t, k.View())
}

func TestGoldenDetailWide(t *testing.T) {
	k := newKit(t, termenv.Ascii).busy().start()
	k.SetSize(200, 45)
	k.press(k.keys.Move.Bottom, k.keys.List.Open)
	golden.RequireEqual(t, k.View())
}

func TestGoldenRefused(t *testing.T) {
	k := newKit(t, termenv.Ascii).busy().start()
	k.SetSize(80, 19)
	k.run(k.Open(page.OpenExchange{ID: 3}))
	k.press(k.keys.Traffic.Side)
	golden.RequireEqual(t, k.View())
}

// Whatever was recorded, and whatever is pressed: the screen is exactly its box and lets nothing
// through that would steer the terminal.
func TestViewIsExactlyItsBox(t *testing.T) {
	k := newKit(t, termenv.ANSI256)
	for _, evil := range []string{"\x1b]52;c;eA==\x07", "王小明 é́́ \u202e\x9b31m", "\x00\xff\xfe{\"a\":", `{"deep":[[[["` + strings.Repeat("長", 200) + `"]]]]}`, "", "\r\n\t"} {
		p, id := k.begin(pikeapi.MethodStatus, evil, "ps_"+evil)
		p.Header.Set("X-Evil", evil)
		k.finish(p, id, pikeapi.Refused, 400, evil, &pikeapi.APIError{Code: "x" + evil, Description: evil})
	}
	k.busy().start()
	presses := []keymap.Binding{
		k.keys.List.Open, k.keys.Move.Down, k.keys.Move.Up, k.keys.Move.Bottom, k.keys.Traffic.Side, k.keys.Traffic.Raw, k.keys.JSON.Right,
		k.keys.JSON.FoldAll, k.keys.JSON.Fold, k.keys.List.Filter, k.keys.Filter.Accept, k.keys.List.NextTab, k.keys.List.Mark, k.keys.JSON.Raw,
	}
	rapid.Check(t, func(r *rapid.T) {
		w, h := rapid.IntRange(0, 240).Draw(r, "w"), rapid.IntRange(0, 70).Draw(r, "h")
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

func TestBoxAtTheNamedSizes(t *testing.T) {
	for _, s := range [][2]int{{20, 5}, {60, 15}, {80, 24}, {200, 50}, {240, 70}} {
		k := newKit(t, termenv.Ascii).busy().start()
		k.SetSize(s[0], s[1])
		for id := range int64(6) {
			exact(t, k.Model, s[0], s[1])
			k.run(k.Open(page.OpenExchange{ID: id + 1}))
		}
	}
}

func TestTheAnswerComesIntoTheOpenRequest(t *testing.T) {
	k := newKit(t, termenv.Ascii).start()
	p, id := k.begin(pikeapi.MethodStatus, ask, "ps_70120")
	k.run(k.Update(page.JournalChanged{}))
	assert.Contains(t, k.View(), "in flight")
	k.press(k.keys.List.Open, k.keys.Traffic.Side)
	assert.Contains(t, k.View(), "none yet")
	k.finish(p, id, pikeapi.Accepted, 200, answered, nil)
	k.run(k.Update(page.JournalChanged{}))
	assert.Contains(t, k.View(), "HTTP 200")
	assert.Contains(t, k.View(), `"in_progress"`)
}

func TestTheListFollowsTheNewestUntilTheUserMoves(t *testing.T) {
	k := newKit(t, termenv.Ascii).busy().start()
	p, id := k.begin(pikeapi.MethodWalletBalance, `{}`, "")
	k.finish(p, id, pikeapi.Accepted, 200, "{}", nil)
	k.run(k.Update(page.JournalChanged{}))
	row, ok := k.list.Current()
	require.True(t, ok)
	assert.Equal(t, id, row.ID, "it stays on the newest")
	k.press(k.keys.Move.Down)
	row, _ = k.list.Current()
	k.begin(pikeapi.MethodWalletBalance, `{ }`, "")
	k.run(k.Update(page.JournalChanged{}))
	after, _ := k.list.Current()
	assert.Equal(t, row.ID, after.ID, "it stays where the user went")
	k.press(k.keys.List.Follow)
	after, _ = k.list.Current()
	assert.Equal(t, id+1, after.ID)
}

func TestMaskedRecordsSaySo(t *testing.T) {
	k := newKit(t, termenv.Ascii).busy().start()
	k.SetSize(100, 30)
	k.run(k.Open(page.OpenExchange{ID: 1}))
	view := k.View()
	assert.Contains(t, view, "masked, sha256 of the true bytes")
	assert.Contains(t, view, fmt.Sprintf("%x", sha256.Sum256([]byte(card))), "the digest is that of what was sent")
	assert.NotContains(t, view, "4242424242424242")
	k.press(k.keys.Traffic.Curl)
	got := last[page.Copy](k)
	assert.Contains(t, got.What, "which is masked")
	assert.Contains(t, got.Text, "# The record is masked")
	assert.NotContains(t, got.Text, "4242424242424242")
	k.run(k.Open(page.OpenExchange{ID: 2}))
	assert.NotContains(t, k.View(), "masked")
}

func TestCopies(t *testing.T) {
	k := newKit(t, termenv.Ascii).busy().start()
	k.press(k.keys.Move.Bottom, k.keys.Move.Up) // the second exchange, read only for the copy
	k.press(k.keys.Traffic.Curl)
	script := last[page.Copy](k).Text
	assert.Contains(t, script, `printf '%s' '{"session_id":"ps_70120"}' > request-2.json`)
	assert.Contains(t, script, "--data-binary @request-2.json")
	assert.NotContains(t, script, "c2lnc2ln", "the signature is made anew")
	k.press(k.keys.Traffic.OpenSSL)
	assert.Contains(t, last[page.Copy](k).Text, "openssl dgst -sha256 -sign private.pem request-2.json")
	k.press(k.keys.List.Copy)
	assert.Equal(t, "2", last[page.Copy](k).Text)

	k.press(k.keys.List.CopyMenu)
	menu, ok := last[page.Ask](k).Dialog.(*widget.Menu)
	require.True(t, ok)
	texts := map[string]string{}
	for _, i := range menu.Items {
		got, ok := i.Then().(page.Copy)
		require.True(t, ok)
		texts[i.Title] = got.Text
		assert.Equal(t, got.Text == "", i.Off != "", i.Title)
	}
	assert.Equal(t, "request body, raw", menu.Items[0].Title)
	assert.Equal(t, ask, texts["request body, raw"])
	assert.Equal(t, answered, texts["answer body, raw"])
	assert.Len(t, texts["signature"], 344)
	assert.Equal(t, fmt.Sprintf("%x", sha256.Sum256([]byte(ask))), texts["digest"])
	var whole record
	require.NoError(t, json.Unmarshal([]byte(texts["JSON"]), &whole))
	assert.Equal(t, ask, whole.Body)
	assert.Equal(t, "accepted", whole.Outcome)

	k.press(k.keys.List.Open, k.keys.Traffic.Raw, k.keys.JSON.CopyValue)
	assert.Equal(t, ask, last[page.Copy](k).Text, "raw is copied whole, as it was")
}

func TestKeysLeadOn(t *testing.T) {
	k := newKit(t, termenv.Ascii).busy().start()
	k.press(k.keys.Move.Bottom, k.keys.Traffic.Inspect)
	assert.Equal(t, page.Navigate{Screen: page.Signature, Arg: page.OpenExchange{ID: 1}}, last[page.Navigate](k))
	k.press(k.keys.Move.Up, k.keys.Traffic.Session)
	assert.Equal(t, page.Navigate{Screen: page.Sessions, Arg: page.OpenSession{ID: "ps_70120"}}, last[page.Navigate](k))
	k.press(k.keys.List.Open, k.keys.List.Open)
	assert.Equal(t, page.Navigate{Screen: page.Signature, Arg: page.OpenExchange{ID: 2}}, last[page.Navigate](k))

	p, id := k.begin(pikeapi.MethodWalletBalance, `{}`, "")
	k.finish(p, id, pikeapi.Accepted, 200, "{}", nil)
	k.run(k.Open(page.OpenExchange{ID: id}))
	for _, h := range k.Help() {
		if h.Key.ID == k.keys.Traffic.Session.ID {
			assert.Contains(t, h.Off, "no session")
		}
	}
}

func TestOpenAndBack(t *testing.T) {
	k := newKit(t, termenv.Ascii).busy().start()
	k.run(k.Open(page.OpenFilter{Text: "session:ps_2"}))
	assert.Equal(t, "session:ps_2", k.list.Filter())
	k.run(k.Open(page.OpenExchange{ID: 1}))
	assert.Equal(t, "Traffic › exchange 1", k.Title())
	k.press(k.keys.JSON.Search)
	assert.True(t, k.CapturesKeys())
	for i, want := range []string{"Traffic › exchange 1", "Traffic"} {
		assert.True(t, k.Back(), i)
		assert.Equal(t, want, k.Title())
	}
	assert.False(t, k.CapturesKeys())
	assert.True(t, k.Back(), "the filter")
	k.run(k.Update(page.WentBack{}))
	assert.Empty(t, k.list.Filter())
	assert.False(t, k.Back())
	k.run(k.Open(page.OpenSession{ID: "ps_70120"}))
	assert.Equal(t, "session:ps_70120", k.list.Filter())
}

func TestAnotherEnvironmentShowsNothingOfTheOldOne(t *testing.T) {
	k := newKit(t, termenv.Ascii).busy().start()
	k.press(k.keys.List.Open)
	other := &page.Desk{Env: &pikeapi.Environment{Name: "demo", Kind: pikeapi.Demo, Project: "shop-eu", Epoch: 2}, Journal: openJournal(t)}
	k.deps.Desk.Set(other)
	k.run(k.Update(page.EnvChanged{Desk: other}))
	assert.NotContains(t, k.View(), "ps_")
	assert.Contains(t, k.View(), "No request has been sent yet.")
}

func TestAVanishedRecordSaysSo(t *testing.T) {
	k := newKit(t, termenv.Ascii).busy().start()
	k.run(k.Open(page.OpenExchange{ID: 999}))
	assert.Contains(t, k.View(), "It could not be read: ")
	exact(t, k.Model, 100, 16)
	k.press(k.keys.Traffic.Curl)
	assert.Equal(t, page.Failure, last[page.Notice](k).Level)
}

func TestBodyModesAreNamed(t *testing.T) {
	k := newKit(t, termenv.Ascii).busy().start()
	k.run(k.Open(page.OpenExchange{ID: 2}))
	for _, want := range []string{"pretty", "raw", "hexadecimal", "pretty"} {
		assert.Contains(t, k.View(), "[request]   "+want)
		k.press(k.keys.Traffic.Raw)
	}
}

func TestTheMouseFindsTheSideUnderIt(t *testing.T) {
	k := newKit(t, termenv.Ascii).busy().start()
	k.SetSize(200, 20)
	k.run(k.Open(page.OpenExchange{ID: 1}))
	k.run(k.Update(page.Mouse{X: 150, Y: 10}))
	assert.Contains(t, k.View(), "[answer]")
	before := k.View()
	k.run(k.Update(page.Mouse{X: 20, Y: 10, Wheel: 2}))
	assert.Contains(t, k.View(), "[answer]", "the wheel moves no focus")
	assert.NotEqual(t, before, k.View())
	assert.Empty(t, k.Session())
	k.run(k.Open(page.OpenExchange{ID: 2}))
	assert.Equal(t, "ps_70120", k.Session())
}

func TestPollingCanBeLeftOut(t *testing.T) {
	k := newKit(t, termenv.Ascii).busy().start()
	k.press(k.keys.List.NextTab)
	assert.Equal(t, 1, strings.Count(k.View(), "session/status"), "in the filter only")
	assert.Contains(t, k.View(), "session/confirm")
}
