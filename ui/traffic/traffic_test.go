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

// recorder writes exchanges into a journal, as the client does.
type recorder struct {
	t   testing.TB
	j   *journal.Journal
	env *pikeapi.Environment
	n   int
}

// bench is the screen under test, and what fills its journal.
type bench struct {
	*kit.Kit[*Model]
	*Model
	*recorder
}

// newBench makes a screen in a box of 100 by 16 cells; fill fills the journal before.
func newBench(t testing.TB, o kit.Options, fill func(*recorder)) *bench {
	t.Helper()
	rec := &recorder{t: t, env: &pikeapi.Environment{Name: "sandbox", Kind: pikeapi.Sandbox, Project: "shop-eu", Version: pikeapi.V2, Epoch: 1}}
	o.W, o.H = 100, 16
	o.Fill = func(j *journal.Journal) {
		rec.j = j
		if fill != nil {
			fill(rec)
		}
	}
	k := kit.New(t, New, o)
	return &bench{k, k.M, rec}
}

// newBusy is a screen over one exchange of each kind.
func newBusy(t testing.TB) *bench {
	t.Helper()
	return newBench(t, kit.Options{}, (*recorder).busy)
}

// begin records a request, as the client does before it sends.
func (r *recorder) begin(method, body, session string) (*pikeapi.Prepared, int64) {
	r.n++
	m, ok := pikeapi.LookupMethod(method)
	require.True(r.t, ok, method)
	p := &pikeapi.Prepared{
		ID: fmt.Sprintf("00000000-0000-7000-8000-%012d", r.n), Env: r.env, Method: m, Version: pikeapi.V2,
		URL: "http://127.0.0.1:8131/api/v2/" + method, Header: http.Header{"Content-Type": {"application/json"}, "X-Partner-Project": {"shop-eu"}},
		Body: []byte(body), Digest: sha256.Sum256([]byte(body)), Signature: strings.Repeat("c2ln", 85) + "Qw==",
		KeyFingerprint: "3f9a" + strings.Repeat("0", 56) + "c21e", CreatedAt: kit.Noon(), Summary: pikeapi.Summary{SessionID: session},
	}
	if m.TakesKey {
		p.IdempotencyKey = fmt.Sprintf("5e0c0000-0000-4000-8000-%012d", r.n)
	}
	if m.Mutates {
		p.Summary.Kind, p.Summary.Amount = pikeapi.Payout, &pikeapi.Money{Amount: 150000 + int64(r.n), Currency: "eur"}
	}
	id, err := r.j.Begin(context.Background(), p, pikeapi.Permit{})
	require.NoError(r.t, err)
	return p, id
}

// finish records what became of it.
func (r *recorder) finish(p *pikeapi.Prepared, id int64, outcome pikeapi.Outcome, status int, answer string, err error) {
	res := &pikeapi.Result{
		Prepared: p, ExchangeID: id, Outcome: outcome, HTTPStatus: status, Body: []byte(answer), Err: err,
		Started: kit.Noon(), Finished: kit.Noon().Add(18 * time.Millisecond),
	}
	if status != 0 {
		res.Header = http.Header{"Content-Type": {"application/json"}}
	}
	require.NoError(r.t, r.j.Finish(context.Background(), res))
}

const (
	card     = `{"payout_details":{"type":"card","card":{"type":"bank_card","bank_card":{"number":"4242424242424242"}}},"amount_details":{"amount":150001,"currency":"eur"}}`
	ask      = `{"session_id":"ps_70120"}`
	answered = `{"status":"ok","session":{"id":"ps_70120","status":"in_progress"}}`
)

// busy fills the journal with one exchange of each kind.
func (r *recorder) busy() {
	p, id := r.begin(pikeapi.MethodInitPayout, card, "")
	r.finish(p, id, pikeapi.Accepted, 200, answered, nil)
	p, id = r.begin(pikeapi.MethodStatus, ask, "ps_70120")
	r.finish(p, id, pikeapi.Accepted, 200, answered, nil)
	p, id = r.begin(pikeapi.MethodConfirm, ask, "ps_70120")
	r.finish(p, id, pikeapi.Refused, 400, `{"status":"error"}`, &pikeapi.APIError{Code: "session_not_found", Description: "no such session"})
	p, id = r.begin(pikeapi.MethodCancel, ask, "ps_70120")
	r.finish(p, id, pikeapi.Unknown, 0, "", errors.New("the connection broke before the answer"))
	r.begin(pikeapi.MethodStatus, `{"session_id":"ps_2"}`, "ps_2")
}

func TestGoldenList(t *testing.T) {
	golden.RequireEqual(t, newBusy(t).View())
}

func TestGoldenDetail(t *testing.T) {
	k := newBusy(t)
	k.SetSize(80, 19)
	k.Press(k.Keys.Move.Bottom, k.Keys.List.Open)
	golden.RequireEqual(t, k.View())
}

func TestGoldenDetailWide(t *testing.T) {
	k := newBusy(t)
	k.SetSize(200, 45)
	k.Press(k.Keys.Move.Bottom, k.Keys.List.Open)
	golden.RequireEqual(t, k.View())
}

func TestGoldenRefused(t *testing.T) {
	k := newBusy(t)
	k.SetSize(80, 19)
	k.Run(k.Open(page.OpenExchange{ID: 3}))
	k.Press(k.Keys.Traffic.Side)
	golden.RequireEqual(t, k.View())
}

// Whatever was recorded, and whatever is pressed: the screen is exactly its box and lets nothing
// through that would steer the terminal.
func TestViewIsExactlyItsBox(t *testing.T) {
	k := newBench(t, kit.Options{Colours: true}, func(r *recorder) {
		for _, evil := range []string{"\x1b]52;c;eA==\x07", "王小明 é́́ \u202e\x9b31m", "\x00\xff\xfe{\"a\":", `{"deep":[[[["` + strings.Repeat("長", 200) + `"]]]]}`, "", "\r\n\t"} {
			p, id := r.begin(pikeapi.MethodStatus, evil, "ps_"+evil)
			p.Header.Set("X-Evil", evil)
			r.finish(p, id, pikeapi.Refused, 400, evil, &pikeapi.APIError{Code: "x" + evil, Description: evil})
		}
		r.busy()
	})
	presses := []keymap.Binding{
		k.Keys.List.Open, k.Keys.Move.Down, k.Keys.Move.Up, k.Keys.Move.Bottom, k.Keys.Traffic.Side, k.Keys.Traffic.Raw, k.Keys.JSON.Right,
		k.Keys.JSON.FoldAll, k.Keys.JSON.Fold, k.Keys.List.Filter, k.Keys.Filter.Accept, k.Keys.List.NextTab, k.Keys.List.Mark, k.Keys.JSON.Raw,
	}
	rapid.Check(t, func(r *rapid.T) {
		w, h := rapid.IntRange(0, 240).Draw(r, "w"), rapid.IntRange(0, 70).Draw(r, "h")
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

func TestBoxAtTheNamedSizes(t *testing.T) {
	for _, s := range [][2]int{{20, 5}, {60, 15}, {80, 24}, {200, 50}, {240, 70}} {
		k := newBusy(t)
		k.SetSize(s[0], s[1])
		for id := range int64(6) {
			kit.Exact(t, k.View(), s[0], s[1])
			k.Run(k.Open(page.OpenExchange{ID: id + 1}))
		}
	}
}

func TestTheAnswerComesIntoTheOpenRequest(t *testing.T) {
	k := newBench(t, kit.Options{}, nil)
	p, id := k.begin(pikeapi.MethodStatus, ask, "ps_70120")
	k.Changed()
	assert.Contains(t, k.View(), "in flight")
	k.Press(k.Keys.List.Open, k.Keys.Traffic.Side)
	assert.Contains(t, k.View(), "none yet")
	k.finish(p, id, pikeapi.Accepted, 200, answered, nil)
	k.Changed()
	assert.Contains(t, k.View(), "HTTP 200")
	assert.Contains(t, k.View(), `"in_progress"`)
}

func TestTheListFollowsTheNewestUntilTheUserMoves(t *testing.T) {
	k := newBusy(t)
	p, id := k.begin(pikeapi.MethodWalletBalance, `{}`, "")
	k.finish(p, id, pikeapi.Accepted, 200, "{}", nil)
	k.Changed()
	row, ok := k.list.Current()
	require.True(t, ok)
	assert.Equal(t, id, row.ID, "it stays on the newest")
	k.Press(k.Keys.Move.Down)
	row, _ = k.list.Current()
	k.begin(pikeapi.MethodWalletBalance, `{ }`, "")
	k.Changed()
	after, _ := k.list.Current()
	assert.Equal(t, row.ID, after.ID, "it stays where the user went")
	k.Press(k.Keys.List.Follow)
	after, _ = k.list.Current()
	assert.Equal(t, id+1, after.ID)
}

func TestMaskedRecordsSaySo(t *testing.T) {
	k := newBusy(t)
	k.SetSize(100, 30)
	k.Run(k.Open(page.OpenExchange{ID: 1}))
	view := k.View()
	assert.Contains(t, view, "masked, sha256 of the true bytes")
	assert.Contains(t, view, fmt.Sprintf("%x", sha256.Sum256([]byte(card))), "the digest is that of what was sent")
	assert.NotContains(t, view, "4242424242424242")
	k.Press(k.Keys.Traffic.Curl)
	got := kit.Last[page.Copy](k.Kit)
	assert.Contains(t, got.What, "which is masked")
	assert.Contains(t, got.Text, "# The record is masked")
	assert.NotContains(t, got.Text, "4242424242424242")
	k.Run(k.Open(page.OpenExchange{ID: 2}))
	assert.NotContains(t, k.View(), "masked")
}

func TestCopies(t *testing.T) {
	k := newBusy(t)
	k.Press(k.Keys.Move.Bottom, k.Keys.Move.Up) // the second exchange, read only for the copy
	k.Press(k.Keys.Traffic.Curl)
	script := kit.Last[page.Copy](k.Kit).Text
	assert.Contains(t, script, `printf '%s' '{"session_id":"ps_70120"}' > request-2.json`)
	assert.Contains(t, script, "--data-binary @request-2.json")
	assert.NotContains(t, script, "c2lnc2ln", "the signature is made anew")
	k.Press(k.Keys.Traffic.OpenSSL)
	assert.Contains(t, kit.Last[page.Copy](k.Kit).Text, "openssl dgst -sha256 -sign private.pem request-2.json")
	k.Press(k.Keys.List.Copy)
	assert.Equal(t, "2", kit.Last[page.Copy](k.Kit).Text)

	k.Press(k.Keys.List.CopyMenu)
	menu := kit.DialogOf[*widget.Menu](k.Kit)
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

	k.Press(k.Keys.List.Open, k.Keys.Traffic.Raw, k.Keys.JSON.CopyValue)
	assert.Equal(t, ask, kit.Last[page.Copy](k.Kit).Text, "raw is copied whole, as it was")
}

func TestKeysLeadOn(t *testing.T) {
	k := newBusy(t)
	k.Press(k.Keys.Move.Bottom, k.Keys.Traffic.Inspect)
	assert.Equal(t, page.Navigate{Screen: page.Signature, Arg: page.OpenExchange{ID: 1}}, kit.Last[page.Navigate](k.Kit))
	k.Press(k.Keys.Move.Up, k.Keys.Traffic.Session)
	assert.Equal(t, page.Navigate{Screen: page.Sessions, Arg: page.OpenSession{ID: "ps_70120"}}, kit.Last[page.Navigate](k.Kit))
	k.Press(k.Keys.List.Open, k.Keys.List.Open)
	assert.Equal(t, page.Navigate{Screen: page.Signature, Arg: page.OpenExchange{ID: 2}}, kit.Last[page.Navigate](k.Kit))

	p, id := k.begin(pikeapi.MethodWalletBalance, `{}`, "")
	k.finish(p, id, pikeapi.Accepted, 200, "{}", nil)
	k.Run(k.Open(page.OpenExchange{ID: id}))
	for _, h := range k.Help() {
		if h.Key.ID == k.Keys.Traffic.Session.ID {
			assert.Contains(t, h.Off, "no session")
		}
	}
}

func TestOpenAndBack(t *testing.T) {
	k := newBusy(t)
	k.Run(k.Open(page.OpenFilter{Text: "session:ps_2"}))
	assert.Equal(t, "session:ps_2", k.list.Filter())
	k.Run(k.Open(page.OpenExchange{ID: 1}))
	assert.Equal(t, "Traffic › exchange 1", k.Title())
	k.Press(k.Keys.JSON.Search)
	assert.True(t, k.CapturesKeys())
	for i, want := range []string{"Traffic › exchange 1", "Traffic"} {
		assert.True(t, k.Back(), i)
		assert.Equal(t, want, k.Title())
	}
	assert.False(t, k.CapturesKeys())
	assert.True(t, k.Back(), "the filter")
	k.Run(k.Update(page.WentBack{}))
	assert.Empty(t, k.list.Filter())
	assert.False(t, k.Back())
	k.Run(k.Open(page.OpenSession{ID: "ps_70120"}))
	assert.Equal(t, "session:ps_70120", k.list.Filter())
}

func TestAnotherEnvironmentShowsNothingOfTheOldOne(t *testing.T) {
	k := newBusy(t)
	k.Press(k.Keys.List.Open)
	other := &page.Desk{Env: &pikeapi.Environment{Name: "demo", Kind: pikeapi.Demo, Project: "shop-eu", Epoch: 2}, Journal: kit.OpenJournal(t, kit.Noon)}
	k.MoveTo(other)
	assert.NotContains(t, k.View(), "ps_")
	assert.Contains(t, k.View(), "No request has been sent yet.")
}

func TestAVanishedRecordSaysSo(t *testing.T) {
	k := newBusy(t)
	k.Run(k.Open(page.OpenExchange{ID: 999}))
	assert.Contains(t, k.View(), "It could not be read: ")
	kit.Exact(t, k.View(), 100, 16)
	k.Press(k.Keys.Traffic.Curl)
	assert.Contains(t, kit.Last[page.Notice](k.Kit).Text, "there is no request here")
}

func TestBodyModesAreNamed(t *testing.T) {
	k := newBusy(t)
	k.Run(k.Open(page.OpenExchange{ID: 2}))
	for _, want := range []string{"pretty", "raw", "hexadecimal", "pretty"} {
		assert.Contains(t, k.View(), "[request]   "+want)
		k.Press(k.Keys.Traffic.Raw)
	}
}

func TestTheMouseFindsTheSideUnderIt(t *testing.T) {
	k := newBusy(t)
	k.SetSize(200, 20)
	k.Run(k.Open(page.OpenExchange{ID: 1}))
	k.Run(k.Update(page.Mouse{X: 150, Y: 10}))
	assert.Contains(t, k.View(), "[answer]")
	before := k.View()
	k.Run(k.Update(page.Mouse{X: 20, Y: 10, Wheel: 2}))
	assert.Contains(t, k.View(), "[answer]", "the wheel moves no focus")
	assert.NotEqual(t, before, k.View())
	assert.Empty(t, k.Session())
	k.Run(k.Open(page.OpenExchange{ID: 2}))
	assert.Equal(t, "ps_70120", k.Session())
}

func TestAClickOnARowOpensItWhereOneIsOpenAlready(t *testing.T) {
	k := newBusy(t)
	k.SetSize(118, 45)
	k.Run(k.Update(page.Mouse{X: 10, Y: 3})) // title, names of the columns, the first row, the second
	assert.Equal(t, "Traffic", k.Title(), "a click alone opens nothing")
	k.Press(k.Keys.List.Open)
	assert.Equal(t, "Traffic › exchange 4", k.Title())
	k.Run(k.Update(page.Mouse{X: 10, Y: 4}))
	assert.Equal(t, "Traffic › exchange 3", k.Title())
	k.Run(k.Update(page.Mouse{X: 10, Y: 0}))
	assert.Equal(t, "Traffic › exchange 3", k.Title())
}

func TestPollingCanBeLeftOut(t *testing.T) {
	k := newBusy(t)
	k.Press(k.Keys.List.NextTab)
	assert.Equal(t, 1, strings.Count(k.View(), "session/status"), "in the filter only")
	assert.Contains(t, k.View(), "session/confirm")
}
