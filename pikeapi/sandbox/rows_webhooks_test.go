package sandbox

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"pikedash/pikeapi"
)

func webhookRows() []row {
	rows := []row{
		{"7.1 delivery verb and headers", func(t *testing.T) {
			b := newBox(t)
			b.payout(2, goodCard, 100)
			b.ready()
			x := b.lastHook("ready_to_confirm")
			assert.Equal(t, "application/json", x.header.Get("Content-Type"))
			assert.Len(t, x.sign, 344)
			assert.Empty(t, x.header.Get("X-PARTNER-PROJECT"))
			assert.ElementsMatch(t, []string{"type", "session"}, keysOf(x.v))
		}},
		{"7.1 delivery expected reply 200", func(t *testing.T) { testRedelivered(t, 200, false) }},
		{"7.1 delivery redelivery on 4xx", func(t *testing.T) { testRedelivered(t, 404, true) }},
		{"7.1 delivery redelivery on 5xx", func(t *testing.T) { testRedelivered(t, 503, true) }},
		{"7.1 delivery 3xx and other 2xx", func(t *testing.T) {
			testRedelivered(t, 302, true)
			testRedelivered(t, 204, true)
			b := newBox(t, func(c *Config) { c.Accept2xx = true })
			b.hooks.answer = func(int) int { return 204 }
			b.payout(2, goodCard, 100)
			b.advance(time.Minute)
			assert.Len(t, b.hooks.all(), 1, "2xx counts where that is chosen")
		}},
		{"7.1 delivery redelivery on no answer", func(t *testing.T) {
			ln, err := net.Listen("tcp", "127.0.0.1:0")
			require.NoError(t, err)
			closed := "http://" + ln.Addr().String()
			require.NoError(t, ln.Close())
			b := newBox(t)
			b.options(func(o *Options) { o.WebhookURL = closed })
			b.payout(2, goodCard, 100)
			b.ready()
			state, err := b.s.Controls().State(context.Background())
			require.NoError(t, err)
			require.Len(t, state.Deliveries, 1)
			assert.Equal(t, "pending", state.Deliveries[0].Status)
			assert.NotEmpty(t, state.Deliveries[0].Log[0].Error)
			b.options(func(o *Options) { o.WebhookURL = b.hooks.url })
			b.advance(15 * time.Second)
			assert.Equal(t, []string{"ready_to_confirm"}, b.hooks.kinds())
		}},
		{"7.1 delivery order within a session", testOrder},
		{"7.1 delivery without webhooks", func(t *testing.T) {
			b := newBox(t, func(c *Config) { c.WebhookURL = "" })
			id := b.payout(2, goodCard, 100)
			b.confirmed(2, id)
			b.is(id, "accepted", "succeeded", "", "")
			state, err := b.s.Controls().State(context.Background())
			require.NoError(t, err)
			assert.Equal(t, "unsent", state.Deliveries[0].Status)
		}},
	}
	for kind, reach := range webhookScenes() {
		rows = append(rows, bothOf("7.2 webhook "+kind, func(t *testing.T, v int) {
			b := newBox(t, func(c *Config) { c.Hold = kind == "ready_to_capture" })
			id, item, next := reach(b, v)
			x := b.lastHook(kind)
			assert.Equal(t, id, x.id)
			assert.Equal(t, item, x.state.item)
			assert.Equal(t, next, x.state.next)
			assert.Nil(t, x.state.s[listName(3-v, true)], "names of the version that started the operation")
			assert.Nil(t, x.state.s[listName(3-v, false)])
			if kind != "payment_refunded" {
				now, err := json.Marshal(b.ok(v, "session/status", sessionBody(id)).get("session"))
				require.NoError(t, err)
				then, err := json.Marshal(x.v["session"])
				require.NoError(t, err)
				assert.JSONEq(t, string(now), string(then), "the notification shows what session/status shows")
			}
		}))
	}
	return rows
}

func keysOf(m map[string]any) []string {
	var names []string
	for k := range m {
		names = append(names, k)
	}
	return names
}

// webhookScenes bring a session to where a notification of each type was sent.
func webhookScenes() map[string]func(b *box, v int) (id, item, next string) {
	return map[string]func(b *box, v int) (string, string, string){
		"ready_to_confirm": func(b *box, v int) (string, string, string) {
			id := b.payout(v, goodCard, 100)
			b.ready()
			return id, "pending", "confirm"
		},
		"action_required": func(b *box, v int) (string, string, string) {
			id := b.payment(v, payerCard, 100, "")
			b.confirmed(v, id)
			return id, "pending", ""
		},
		"ready_to_capture": func(b *box, v int) (string, string, string) {
			id := b.payment(v, goodCard, 100, "")
			b.confirmed(v, id)
			return id, "pending", "capture"
		},
		"payment_finished": func(b *box, v int) (string, string, string) {
			id := b.payout(v, goodCard, 100)
			b.confirmed(v, id)
			return id, "succeeded", ""
		},
		"payment_refunded": func(b *box, v int) (string, string, string) {
			id := b.payment(v, goodCard, 100, "")
			b.confirmed(v, id)
			b.ok(v, "session/refund", sessionBody(id))
			b.process()
			return id, "succeeded", ""
		},
	}
}

func (b *box) options(change func(*Options)) {
	b.t.Helper()
	ctx := context.Background()
	o, err := b.s.Controls().Options(ctx, "")
	require.NoError(b.t, err)
	change(&o)
	require.NoError(b.t, b.s.Controls().SetOptions(ctx, "", o))
}

func testRedelivered(t *testing.T, status int, again bool) {
	t.Helper()
	b := newBox(t)
	b.hooks.answer = func(n int) int {
		if n == 1 {
			return status
		}
		return 200
	}
	b.payout(2, goodCard, 100)
	b.ready()
	b.advance(15*time.Second - justBefore)
	assert.Len(t, b.hooks.all(), 1)
	b.advance(time.Hour)
	all := b.hooks.all()
	if !again {
		assert.Len(t, all, 1)
		return
	}
	require.Len(t, all, 2)
	assert.Equal(t, all[0].body, all[1].body, "the same bytes are sent again")
	assert.Equal(t, all[0].sign, all[1].sign)
}

// testOrder: a notification that is not taken holds back the later ones of its session, not those of
// other sessions.
func testOrder(t *testing.T) {
	b := newBox(t)
	b.hooks.answer = func(n int) int {
		if n == 1 {
			return 500
		}
		return 200
	}
	first := b.payout(2, goodCard, 100)
	b.ready()
	b.ok(2, "session/confirm", sessionBody(first))
	b.process()
	second := b.payout(2, goodCard, 100)
	b.ready()
	b.advance(time.Minute)
	var got []string
	for _, x := range b.hooks.all() {
		who := "first "
		if x.id == second {
			who = "second "
		}
		got = append(got, who+x.kind)
	}
	assert.Equal(t, []string{"first ready_to_confirm", "second ready_to_confirm", "first ready_to_confirm", "first payment_finished"}, got)
}

// TestWebhookVersion: the project's setting decides over the version of the call.
func TestWebhookVersion(t *testing.T) {
	b := newBox(t, func(c *Config) { c.WebhookVersion = pikeapi.V1 })
	b.payout(2, goodCard, 100)
	b.ready()
	assert.NotNil(t, b.lastHook("ready_to_confirm").state.s["payments"])
}

func TestWebhookRedirectIsNotFollowed(t *testing.T) {
	b := newBox(t)
	reached := false
	mux := http.NewServeMux()
	mux.HandleFunc("/a", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/b", http.StatusTemporaryRedirect) })
	mux.HandleFunc("/b", func(http.ResponseWriter, *http.Request) { reached = true })
	web := &http.Server{Handler: mux}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	go func() { _ = web.Serve(ln) }()
	defer func() { _ = web.Close() }()
	b.options(func(o *Options) { o.WebhookURL = "http://" + ln.Addr().String() + "/a" })
	b.payout(2, goodCard, 100)
	b.ready()
	assert.False(t, reached)
}
