package payouts

import (
	"context"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
	"github.com/muesli/termenv"
	"github.com/stretchr/testify/require"

	"pikedash/pikeapi"
	"pikedash/pikeapi/journal"
	"pikedash/ui/keymap"
	"pikedash/ui/page"
	"pikedash/ui/theme"
	"pikedash/ui/widget"
)

// fixed is the clock's start.
func fixed() time.Time { return time.Date(2026, 11, 23, 14, 3, 22, 0, time.UTC) }

// fakeClient signs nothing and sends nowhere.
type fakeClient struct {
	journal *journal.Journal
	sent    []*pikeapi.Prepared
	answer  func(p *pikeapi.Prepared) *pikeapi.Result
}

func (c *fakeClient) Prepare(_ context.Context, env *pikeapi.Environment, call pikeapi.Call) (*pikeapi.Prepared, error) {
	m, _ := pikeapi.LookupMethod(call.Method)
	return &pikeapi.Prepared{ID: "request-" + call.Method, Env: env, Method: m, Version: env.Version, Body: call.Body, CreatedAt: fixed()}, nil
}

func (c *fakeClient) Send(_ context.Context, p *pikeapi.Prepared, _ pikeapi.Permit) *pikeapi.Result {
	c.sent = append(c.sent, p)
	return c.answer(p)
}

// fakeSettings keep in memory.
type fakeSettings map[string]string

func (s fakeSettings) Kept(key string) string { return s[key] }

func (s fakeSettings) Keep(key, value string) error { s[key] = value; return nil }

// kit is a screen over a real journal, and hands that press its keys.
type kit struct {
	t       *testing.T
	m       *Model
	deps    *page.Deps
	journal *journal.Journal
	client  *fakeClient
	time    time.Time
	asked   []widget.Dialog
	said    []page.Notice
	went    []page.Navigate
	copied  []page.Copy
}

func openJournal(t *testing.T, now func() time.Time) *journal.Journal {
	t.Helper()
	j, err := journal.Open(context.Background(), t.TempDir(), "sandbox", journal.Options{Now: now, Tick: make(chan time.Time)})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, j.Close()) })
	return j
}

func newKit(t *testing.T, fill func(*journal.Journal)) *kit {
	t.Helper()
	k := &kit{t: t, time: fixed()}
	now := func() time.Time { return k.time }
	k.journal = openJournal(t, now)
	if fill != nil {
		fill(k.journal)
	}
	k.client = &fakeClient{journal: k.journal}
	k.client.answer = func(p *pikeapi.Prepared) *pikeapi.Result {
		return &pikeapi.Result{Prepared: p, Outcome: pikeapi.Accepted, HTTPStatus: 200}
	}
	place := page.NewPlace(k.desk(1, pikeapi.Sandbox))
	k.deps = &page.Deps{
		Theme: theme.New(theme.Options{Profile: termenv.Ascii}), Keys: keymap.New(), Now: now,
		Desk: place, Stamps: page.NewStamps(place), Settings: fakeSettings{},
	}
	k.m = New(k.deps)
	k.m.SetSize(118, 34)
	k.run(k.m.Init())
	return k
}

func (k *kit) desk(epoch uint64, kind pikeapi.EnvKind) *page.Desk {
	return &page.Desk{
		Env:     &pikeapi.Environment{Name: string(kind), Kind: kind, Project: "shop-eu", Version: pikeapi.V2, Epoch: epoch},
		Journal: k.journal, Client: k.client, Lock: pikeapi.NewLock(func() time.Time { return k.time }),
	}
}

// run executes a command and all that follows from it, and does the App's part.
func (k *kit) run(cmd tea.Cmd) {
	k.t.Helper()
	queue := []tea.Cmd{cmd}
	for n := 0; len(queue) > 0; n++ {
		require.Less(k.t, n, 2000, "commands without an end")
		cmd, queue = queue[0], queue[1:]
		if cmd == nil {
			continue
		}
		switch msg := cmd().(type) {
		case nil:
		case tea.BatchMsg:
			queue = append(queue, msg...)
		case page.Ask:
			k.asked = append(k.asked, msg.Dialog)
			msg.Dialog.Open(widget.Setting{Theme: k.deps.Theme, Keys: k.deps.Keys, Now: k.deps.Now, Live: k.deps.Desk.At().Live()})
		case page.Notice:
			k.said = append(k.said, msg)
		case page.Navigate:
			k.went = append(k.went, msg)
		case page.Copy:
			k.copied = append(k.copied, msg)
		default:
			if s, ok := msg.(page.Stamped); ok {
				if fresh, _ := k.deps.Stamps.Fresh(s.Answers()); !fresh {
					continue
				}
			}
			queue = append(queue, k.m.Update(msg))
			for _, d := range k.asked {
				if next, done := d.Update(msg); done {
					queue = append(queue, next)
				}
			}
		}
	}
}

// press presses a key as the App would: what cannot be done is refused with its reason.
func (k *kit) press(keys ...keymap.Binding) {
	k.t.Helper()
	for _, b := range keys {
		k.key(b.Msg())
	}
}

func (k *kit) key(msg tea.KeyMsg) {
	k.t.Helper()
	if !k.m.CapturesKeys() {
		if k.deps.Keys.Global.Back.Matches(msg) {
			if k.m.Back() {
				k.run(k.m.Update(page.WentBack{}))
			}
			return
		}
		for _, h := range k.m.Help() {
			if h.Off != "" && h.Key.Matches(msg) {
				k.said = append(k.said, page.Notice{Level: page.Warning, Text: h.Label() + ": " + h.Off})
				return
			}
		}
	}
	k.run(k.m.Update(msg))
}

// text types letters.
func (k *kit) text(s string) {
	k.t.Helper()
	for _, r := range s {
		msg := tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{r}}
		if r == ' ' {
			msg.Type = tea.KeySpace
		}
		k.key(msg)
	}
}

// dialog is the one that was asked last.
func (k *kit) dialog() widget.Dialog {
	k.t.Helper()
	require.NotEmpty(k.t, k.asked, "nothing was asked")
	return k.asked[len(k.asked)-1]
}

// answer presses a key in the dialog that was asked last, slowly enough to be heard.
func (k *kit) answer(msgs ...tea.KeyMsg) {
	k.t.Helper()
	for _, msg := range msgs {
		k.time = k.time.Add(time.Second)
		cmd, done := k.dialog().Update(msg)
		if done {
			k.asked = k.asked[:len(k.asked)-1]
		}
		k.run(cmd)
	}
}

func (k *kit) lastSaid() string {
	if len(k.said) == 0 {
		return ""
	}
	return k.said[len(k.said)-1].Text
}

func (k *kit) changed() { k.t.Helper(); k.run(k.m.Update(page.JournalChanged{Epoch: 1})) }

// exact checks that a view is exactly its box, and that nothing leaks through it.
func exact(t require.TestingT, view string, w, h int) {
	if w <= 0 || h <= 0 {
		require.Empty(t, view)
		return
	}
	lines := strings.Split(view, "\n")
	require.Len(t, lines, h)
	for i, l := range lines {
		if got := ansi.StringWidth(l); got != w {
			require.Fail(t, "not its box", "line %d at %dx%d has %d cells: %q", i, w, h, got, l)
		}
		leaks := func(r rune) bool { return r < 0x20 || r >= 0x7f && r < 0xa0 || r == 0x202e }
		if strings.ContainsFunc(ansi.Strip(l), leaks) {
			require.Fail(t, "a control character", "line %d: %q", i, l)
		}
	}
}

// sessionAt makes a session with one operation, as Pike tells it.
func sessionAt(id string, status pikeapi.SessionStatus, next pikeapi.NextAction, at time.Time, op pikeapi.Operation) *pikeapi.Session {
	s := &pikeapi.Session{ID: id, Status: status, NextAction: next, CreatedAt: at, UpdatedAt: at, Version: pikeapi.V2}
	if op.CreatedAt.IsZero() {
		op.CreatedAt = at
	}
	if op.Kind == pikeapi.Payment {
		s.Payments = append(s.Payments, op)
	} else {
		s.Payouts = append(s.Payouts, op)
	}
	raw, err := json.Marshal(map[string]any{"id": id, "status": status})
	if err != nil {
		panic(err)
	}
	s.Raw = raw
	return s
}

func payout(id string, status pikeapi.OperationStatus, amount int64, to string) pikeapi.Operation {
	return pikeapi.Operation{
		Kind: pikeapi.Payout, ID: id, Status: status, Amount: pikeapi.Money{Amount: amount, Currency: "eur"}, Method: "card", Recipient: to,
		Card: &pikeapi.Card{Brand: "visa", BIN: "520000", Last4: "7771"},
	}
}

func (k *kit) observe(s *pikeapi.Session) {
	k.t.Helper()
	require.NoError(k.t, k.journal.Observe(context.Background(), s, pikeapi.V2, "test"))
}

// bindings lists every key of a group of the keymap.
func bindings(groups ...any) []keymap.Binding {
	var out []keymap.Binding
	for _, g := range groups {
		v := reflect.ValueOf(g)
		for i := range v.NumField() {
			if b, ok := v.Field(i).Interface().(keymap.Binding); ok {
				out = append(out, b)
			}
		}
	}
	return out
}
