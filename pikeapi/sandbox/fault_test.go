package sandbox

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestAnswerFaults: each fault spoils the answer in its own way, the work is done all the same, and
// the same key then brings the stored answer.
func TestAnswerFaults(t *testing.T) {
	cases := map[FaultKind]func(t *testing.T, r *reply, err error){
		FaultLostAnswer:  func(t *testing.T, r *reply, err error) { assert.ErrorIs(t, err, io.EOF) },
		FaultResetBefore: wasReset,
		FaultResetAfter:  wasReset,
		FaultStatus500: func(t *testing.T, r *reply, err error) {
			require.NoError(t, err)
			assert.Equal(t, 500, r.status)
			assert.Equal(t, "internal_error", r.text("error.code"))
		},
		FaultStatus502: func(t *testing.T, r *reply, err error) {
			require.NoError(t, err)
			assert.Equal(t, 502, r.status)
			assert.Contains(t, string(r.raw), "<html>")
		},
		FaultNotJSON: func(t *testing.T, r *reply, err error) {
			require.NoError(t, err)
			assert.Equal(t, 200, r.status)
			assert.Nil(t, r.v)
		},
		FaultCutBody: func(t *testing.T, r *reply, err error) {
			require.ErrorIs(t, err, io.ErrUnexpectedEOF)
			assert.Equal(t, 200, r.status)
			assert.True(t, strings.HasPrefix(string(r.raw), `{"status":"ok"`), string(r.raw))
		},
		FaultHugeBody: func(t *testing.T, r *reply, err error) {
			require.NoError(t, err)
			assert.InDelta(t, 16<<20, len(r.raw), 100)
			assert.Equal(t, "ok", r.v["status"])
		},
		FaultWrongType: func(t *testing.T, r *reply, err error) {
			require.NoError(t, err)
			assert.Contains(t, r.header.Get("Content-Type"), "text/html")
			assert.Equal(t, "ok", r.v["status"])
		},
	}
	for kind, check := range cases {
		t.Run(string(kind), func(t *testing.T) {
			b := newBox(t)
			b.fault(Fault{Kind: kind, Method: "session/init/payout", Count: 1})
			b.ok(2, "session/create", `{}`)
			body := []byte(payoutBody(2, goodCard, 100))
			r, err := b.send("/api/v2/session/init/payout", body, withKey("key-1"), once)
			check(t, r, err)
			state, err := b.s.Controls().State(context.Background())
			require.NoError(t, err)
			done := 2
			if kind == FaultResetBefore {
				done = 1
			}
			assert.Equal(t, done, state.SessionsIn)
			assert.Empty(t, state.Faults, "it was limited to one")
			again := b.ok(2, "session/init/payout", string(body), withKey("key-1"))
			assert.NotEmpty(t, again.text("session.id"))
			state, err = b.s.Controls().State(context.Background())
			require.NoError(t, err)
			assert.Equal(t, 2, state.SessionsIn, "the key keeps it from being done twice")
		})
	}
}

// once keeps Go's transport from repeating a request by itself: a request with an idempotency key of
// its own convention is not marked, a body that cannot be rewound is never sent again.
func once(r *http.Request) { r.GetBody = nil; r.Close = true }

func wasReset(t *testing.T, _ *reply, err error) {
	assert.True(t, errors.Is(err, syscall.ECONNRESET), "%v", err)
}

func TestSkipWork(t *testing.T) {
	b := newBox(t)
	b.fault(Fault{Kind: FaultStatus502, Count: 1, SkipWork: true})
	assert.Equal(t, 502, b.call(2, "session/create", `{}`).status)
	state, err := b.s.Controls().State(context.Background())
	require.NoError(t, err)
	assert.Zero(t, state.SessionsIn)
}

func TestFaultsAreLimited(t *testing.T) {
	b := newBox(t, func(c *Config) { c.Faults = []Fault{{Kind: FaultStatus502, Method: "session/create", Count: 2}} })
	assert.Equal(t, 502, b.call(2, "session/create", `{}`).status)
	b.refused("authentication_error", 2, "session/create", `{}`, header("X-PARTNER-SIGN", "x"))
	assert.Equal(t, 502, b.call(1, "session/create", `{}`).status)
	b.ok(2, "session/create", `{}`)
	ctx := context.Background()
	f, err := b.s.Controls().AddFault(ctx, Fault{Kind: FaultStatus502})
	require.NoError(t, err)
	assert.Equal(t, 502, b.call(2, "session/create", `{}`).status)
	list, err := b.s.Controls().Faults(ctx)
	require.NoError(t, err)
	require.Len(t, list, 1)
	assert.Equal(t, 1, list[0].Hits)
	n, err := b.s.Controls().ClearFaults(ctx, f.ID)
	require.NoError(t, err)
	assert.Equal(t, 1, n)
	b.ok(2, "session/create", `{}`)
	for _, bad := range []Fault{{Kind: "nonsense"}, {Kind: FaultSlow, DelayMS: -1}, {Kind: FaultSlow, Method: "nope"}, {Kind: FaultWebhookLate, Method: "session/create"}, {Kind: FaultHugeBody, Size: 1 << 40}} {
		_, err := b.s.Controls().AddFault(ctx, bad)
		assert.Error(t, err, bad.Kind)
	}
}

func TestSlowAnswer(t *testing.T) {
	b := newBox(t)
	b.fault(Fault{Kind: FaultSlow, Count: 1, DelayMS: 5000})
	done := make(chan *reply, 1)
	go func() {
		r, err := b.send("/api/v2/session/create", []byte(`{}`))
		assert.NoError(t, err)
		done <- r
	}()
	require.Eventually(t, func() bool { return b.clock.has(startTime.Add(5 * time.Second)) }, waitFor, tick)
	b.advance(4999 * time.Millisecond)
	select {
	case <-done:
		t.Fatal("the answer came early")
	default:
	}
	b.advance(time.Millisecond)
	assert.Equal(t, 200, (<-done).status)
}

// TestWebhookFaults runs a payout with each fault on its first notification.
func TestWebhookFaults(t *testing.T) {
	run := func(t *testing.T, f Fault) *box {
		b := newBox(t)
		b.hooks.now = b.clock.Now
		f.Method, f.Count = "ready_to_confirm", 1
		b.fault(f)
		id := b.payout(2, goodCard, 100)
		b.confirmed(2, id)
		b.advance(2 * time.Minute)
		b.is(id, "accepted", "succeeded", "", "")
		return b
	}
	ready, finished := "ready_to_confirm", "payment_finished"
	t.Run("duplicate", func(t *testing.T) {
		b := run(t, Fault{Kind: FaultWebhookDuplicate})
		assert.Equal(t, []string{ready, ready, finished}, b.hooks.kinds())
		assert.Equal(t, b.hooks.all()[0].body, b.hooks.all()[1].body)
	})
	t.Run("late", func(t *testing.T) {
		b := run(t, Fault{Kind: FaultWebhookLate})
		assert.Equal(t, []string{finished, ready}, b.hooks.kinds())
		assert.Equal(t, startTime.Add(time.Minute+300*time.Millisecond), b.hooks.all()[1].at)
	})
	t.Run("reordered", func(t *testing.T) {
		b := run(t, Fault{Kind: FaultWebhookReordered})
		assert.Equal(t, []string{finished, ready}, b.hooks.kinds())
		assert.Equal(t, b.hooks.all()[0].at, b.hooks.all()[1].at, "right after the next one")
	})
	t.Run("reordered without a next one", func(t *testing.T) {
		b := newBox(t)
		b.fault(Fault{Kind: FaultWebhookReordered})
		b.payout(2, goodCard, 100)
		b.advance(heldAtMost)
		assert.Empty(t, b.hooks.all())
		b.advance(time.Second)
		assert.Equal(t, []string{ready}, b.hooks.kinds())
	})
	t.Run("bad signature", func(t *testing.T) {
		b := run(t, Fault{Kind: FaultWebhookBadSignature})
		assert.NotEqual(t, sign(t, pikeTestKey(), b.hooks.all()[0].body), b.hooks.all()[0].sign)
		assert.Equal(t, sign(t, pikeTestKey(), append(b.hooks.all()[0].body, '\n')), b.hooks.all()[0].sign)
		b.verify(b.hooks.all()[1])
	})
	t.Run("unsigned", func(t *testing.T) {
		b := run(t, Fault{Kind: FaultWebhookUnsigned})
		assert.Empty(t, b.hooks.all()[0].sign)
	})
	t.Run("missing", func(t *testing.T) {
		b := run(t, Fault{Kind: FaultWebhookMissing})
		assert.Equal(t, []string{finished}, b.hooks.kinds())
	})
	t.Run("key rotation", func(t *testing.T) {
		b := run(t, Fault{Kind: FaultKeyRotation})
		assert.NotEqual(t, pikeTestKey().N, b.s.PublicKey().N)
		b.verify(b.hooks.all()[0])
		b.verify(b.hooks.all()[1])
	})
}

func TestFaultKindsAreDescribed(t *testing.T) {
	for _, k := range FaultKinds() {
		assert.NoError(t, Fault{Kind: FaultKind(k.Kind)}.Check())
		assert.NotEmpty(t, k.Sentence)
	}
	assert.Len(t, FaultKinds(), 17)
}
