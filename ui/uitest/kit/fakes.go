package kit

import (
	"context"
	"encoding/json"
	"regexp"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/stretchr/testify/require"

	"pikedash/pikeapi"
	"pikedash/ui/keymap"
)

// Client signs nothing and sends nowhere.
type Client struct {
	Sent   []*pikeapi.Prepared
	Answer func(*pikeapi.Prepared) *pikeapi.Result
}

// Prepare implements page.Client.
func (c *Client) Prepare(_ context.Context, env *pikeapi.Environment, call pikeapi.Call) (*pikeapi.Prepared, error) {
	m, _ := pikeapi.LookupMethod(call.Method)
	return &pikeapi.Prepared{ID: "request-" + call.Method, Env: env, Method: m, Version: env.Version, Body: call.Body, CreatedAt: Noon()}, nil
}

// Send implements page.Client.
func (c *Client) Send(_ context.Context, p *pikeapi.Prepared, _ pikeapi.Permit) *pikeapi.Result {
	c.Sent = append(c.Sent, p)
	return c.Answer(p)
}

// settings keep in memory.
type settings map[string]string

func (s settings) Kept(key string) string { return s[key] }

func (s settings) Keep(key, value string) error { s[key] = value; return nil }

// SessionAt makes a session with one operation, as Pike tells it.
func SessionAt(id string, status pikeapi.SessionStatus, next pikeapi.NextAction, at time.Time, op pikeapi.Operation) *pikeapi.Session {
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

// Payout makes a payout in euros to a card.
func Payout(id string, status pikeapi.OperationStatus, amount int64, to string) pikeapi.Operation {
	return pikeapi.Operation{
		Kind: pikeapi.Payout, ID: id, Status: status, Amount: pikeapi.Money{Amount: amount, Currency: "eur"}, Method: "card", Recipient: to,
		Card: &pikeapi.Card{Brand: "visa", BIN: "520000", Last4: "7771"},
	}
}

// Bindings lists every key of some groups of the keymap.
func Bindings(groups ...any) []keymap.Binding {
	var out []keymap.Binding
	for _, g := range groups {
		out = append(out, keymap.Of(g)...)
	}
	return out
}

// Exact checks that a view is exactly its box, and that nothing leaks through it: of all that steers a
// terminal only colours may be in it.
func Exact(t require.TestingT, view string, w, h int) {
	if w <= 0 || h <= 0 {
		require.Empty(t, view)
		return
	}
	colour := regexp.MustCompile(`\x1b\[[0-9;]*m`)
	lines := strings.Split(view, "\n")
	require.Len(t, lines, h)
	for i, l := range lines {
		if got := ansi.StringWidth(l); got != w {
			require.Fail(t, "not its box", "line %d at %dx%d has %d cells: %q", i, w, h, got, l)
		}
		leaks := func(r rune) bool { return r < 0x20 || r >= 0x7f && r < 0xa0 || r == 0x202e }
		if strings.ContainsFunc(colour.ReplaceAllString(l, ""), leaks) {
			require.Fail(t, "a control character", "line %d: %q", i, l)
		}
	}
}
