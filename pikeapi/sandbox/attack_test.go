package sandbox

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// FuzzHandler sends any bytes, signed well, to every method, and any bytes to any path: the answer is
// always in Pike's form, and nothing panics.
func FuzzHandler(f *testing.F) {
	var names []string
	for name := range newMethods() {
		names = append(names, name)
	}
	for _, seed := range []string{`{}`, `[]`, ``, payoutBody(1, goodCard, 1), payoutBody(2, payerCard, 1), paymentBody(goodCard, 1, `{"recurrent":true}`),
		sessionBody("ps_100001"), `{"session_id":"ps_100001","amount_details":{"amount":1,"currency":"eur"}}`, `{"type":"card","card":{"type":"tokenized_card"}}`,
		`{"a":1,"a":2}`, "\xef\xbb\xbf{}", strings.Repeat("[", 5000), `{"amount_details":{"amount":1e999}}`, `{"metadata":"\ud800"}`, `{"customer":{"reference":"\u0000"}}`} {
		f.Add(uint8(0), seed, "key-1", "/api/v2/session/create")
		f.Add(uint8(7), seed, "", "//api/v1/token")
	}
	b := newBox(f)
	f.Fuzz(func(t *testing.T, pick uint8, body, key, path string) {
		method := names[int(pick)%len(names)]
		for _, target := range []string{"/api/v1/" + method, "/api/v2/" + method, path} {
			r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1/", strings.NewReader(body))
			r.URL.Path = target
			r.Header.Set("X-Partner-Project", "shop")
			r.Header.Set("X-Partner-Sign", sign(t, partnerKey(), []byte(body)))
			if key != "" {
				r.Header.Set("X-Partner-Idempotency-Key", key)
			}
			w := httptest.NewRecorder()
			b.s.ServeHTTP(w, r)
			if strings.HasPrefix(cleanPath(target), payerPath) || strings.HasPrefix(cleanPath(target), controlPath) {
				continue
			}
			checkAnswerForm(t, w)
		}
		b.clock.Advance(400 * time.Millisecond)
	})
}

// checkAnswerForm holds an answer against Pike's form.
func checkAnswerForm(t *testing.T, w *httptest.ResponseRecorder) {
	var v struct {
		Status string
		Error  *failure
	}
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &v), w.Body.String())
	switch w.Code {
	case 200:
		require.Equal(t, "ok", v.Status)
	case 400, 404, 405:
		require.Equal(t, "error", v.Status)
		require.NotEmpty(t, v.Error.Code)
		require.NotEmpty(t, v.Error.Description)
	default:
		t.Fatalf("HTTP %d: %s", w.Code, w.Body)
	}
}

// FuzzControl sends any bytes to the test controls.
func FuzzControl(f *testing.F) {
	b := newBox(f)
	var names []string
	for name := range b.s.controls() {
		if name != "POST clock" && name != "POST rotate-key" { // slow, not risky
			names = append(names, name)
		}
	}
	f.Add(uint8(0), `{"session":"ps_100001","act":"next"}`)
	f.Add(uint8(1), `{"kind":"slow","count":1}`)
	f.Fuzz(func(t *testing.T, pick uint8, body string) {
		verb, path, _ := strings.Cut(names[int(pick)%len(names)], " ")
		r := httptest.NewRequest(verb, "http://127.0.0.1"+controlPath+path, strings.NewReader(body))
		r.RemoteAddr = "127.0.0.1:1"
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		b.s.ServeHTTP(w, r)
		require.Contains(t, []int{200, 400}, w.Code, w.Body.String())
		if path != "delivery" {
			require.True(t, json.Valid(w.Body.Bytes()))
		}
	})
}

// TestAnyWay drives sessions by random actions and checks what must hold at every moment: money is
// neither made nor lost, statuses are of the documented sets, and final ones stay.
func TestAnyWay(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		clock := NewManualClock(startTime)
		cfg := testConfig(clock)
		cfg.Wallets = []Wallet{{"eur", 5000}}
		cfg.Hold = rapid.Bool().Draw(rt, "hold")
		cfg.AutoConfirm = rapid.Bool().Draw(rt, "auto")
		s, err := New(cfg)
		require.NoError(rt, err)
		defer func() { _ = s.Close() }()
		do := func(path, body string) {
			r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
			r.Header.Set("X-Partner-Project", "shop")
			r.Header.Set("X-Partner-Sign", sign(t, partnerKey(), []byte(body)))
			w := httptest.NewRecorder()
			s.ServeHTTP(w, r)
			if w.Code != 200 && w.Code != 400 {
				rt.Fatalf("%s answered %d %s", path, w.Code, w.Body)
			}
		}
		cards := []string{goodCard, payerCard, declinedCard, poorCard, expiredCard, faultyCard, stuckCard}
		steps := rapid.IntRange(1, 25).Draw(rt, "steps")
		for range steps {
			id := fmt.Sprintf("ps_%d", firstNumber+rapid.IntRange(1, 4).Draw(rt, "session"))
			sum := rapid.Int64Range(1, 3000).Draw(rt, "amount")
			card := rapid.SampledFrom(cards).Draw(rt, "card")
			switch rapid.IntRange(0, 8).Draw(rt, "action") {
			case 0:
				do("/api/v2/session/init/payout", payoutBody(2, card, sum))
			case 1:
				do("/api/v1/session/init/payment", paymentBody(card, sum, ""))
			case 2:
				do("/api/v2/session/confirm", sessionBody(id))
			case 3:
				do("/api/v2/session/cancel", sessionBody(id))
			case 4:
				do("/api/v2/session/capture", refundBody(id, sum))
			case 5:
				do("/api/v2/session/refund", refundBody(id, sum))
			case 6:
				act := rapid.SampledFrom([]Act{ActPayerOK, ActPayerFail, ActChargeback, ActReturnPayout, ActFinalizeOK, ActFinalizeFail, ActFail, ActNext}).Draw(rt, "act")
				_, _ = s.Controls().Act(context.Background(), ActRequest{Session: id, Act: act})
			default:
				clock.Advance(rapid.SampledFrom([]time.Duration{time.Millisecond, 300 * time.Millisecond, time.Second, 2 * time.Hour, 100 * time.Hour}).Draw(rt, "time"))
			}
			checkWorld(rt, s.w)
		}
	})
}

// checkWorld checks what holds in every state.
func checkWorld(t *rapid.T, w *world) {
	balance := w.wallets[walletKey("shop", "eur")].Balance
	for _, s := range w.sessions {
		op := s.Op
		if op == nil {
			continue
		}
		running := op.Status == statusInProgress || op.Status == statusPending
		assert.Contains(t, []string{statusInProgress, statusAccepted, statusCancelled, statusError}, s.Status)
		assert.Equal(t, running && s.Status != statusInProgress, false, "%s: a running operation in a session that is over", s.ID)
		assert.GreaterOrEqual(t, op.refundable(), int64(0))
		if s.NextAction != "" {
			assert.Equal(t, statusPending, op.Status)
		}
		if op.Payout && (op.Reserved || op.Status == statusSucceeded) {
			balance += op.Amount.Amount
			for _, r := range op.Refunds {
				balance -= r.Amount.Amount
			}
		}
	}
	assert.Equal(t, int64(5000), balance, "money was made or lost")
}

// TestManyConnections opens more connections than are served at once: the rest wait, and a good
// request is answered once the idle ones are gone.
func TestManyConnections(t *testing.T) {
	cfg := testConfig(NewManualClock(startTime))
	cfg.MaxConnections = 50
	s, err := New(cfg)
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	run, err := s.Listen(ctx, "127.0.0.1:0")
	require.NoError(t, err)
	var idle []net.Conn
	for range 200 {
		c, err := net.Dial("tcp", run.Addr)
		require.NoError(t, err)
		_, err = fmt.Fprintf(c, "POST /api/v2/session/create HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n{")
		require.NoError(t, err)
		idle = append(idle, c)
	}
	done := make(chan int, 1)
	go func() {
		b := &box{t: t, url: run.URL}
		r, err := b.send("/api/v2/session/create", []byte(`{}`))
		if assert.NoError(t, err) {
			done <- r.status
		}
	}()
	for _, c := range idle {
		require.NoError(t, c.Close())
	}
	assert.Equal(t, 200, <-done)
	cancel()
	require.NoError(t, run.Wait())
}

// TestLargeBodies: more large bodies at once than there is room for are read one after the other.
func TestLargeBodies(t *testing.T) {
	b := newBox(t)
	body := []byte(`{"padding":"` + strings.Repeat("x", 900<<10) + `"}`)
	var wg sync.WaitGroup
	for range largeAtOnce + 8 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			r, err := b.send("/api/v2/session/create", body)
			if assert.NoError(t, err) {
				assert.Equal(t, 200, r.status)
			}
		}()
	}
	wg.Wait()
	assert.Empty(t, b.s.large)
}

// TestRawNonsense sends what is not HTTP, and requests that break off.
func TestRawNonsense(t *testing.T) {
	s, err := New(testConfig(NewManualClock(startTime)))
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	run, err := s.Listen(ctx, "127.0.0.1:0")
	require.NoError(t, err)
	for _, raw := range []string{"\x16\x03\x01\x02\x00", "GET / HTTP/9.9\r\n\r\n", "POST /api/v2/session/create HTTP/1.1\r\n\r\n",
		"POST /api/v2/session/create HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzzz\r\n", strings.Repeat("A", 1<<20)} {
		c, err := net.Dial("tcp", run.Addr)
		require.NoError(t, err)
		_, _ = c.Write([]byte(raw)) // the server may hang up meanwhile
		_ = c.(*net.TCPConn).CloseWrite()
		require.NoError(t, c.SetReadDeadline(time.Now().Add(waitFor)))
		if resp, err := http.ReadResponse(bufio.NewReader(c), nil); err == nil {
			assert.GreaterOrEqual(t, resp.StatusCode, 400, "%.40q", raw)
		}
		require.NoError(t, c.Close())
	}
	b := &box{t: t, url: run.URL}
	b.ok(2, "session/create", `{}`)
}

func TestListenGuard(t *testing.T) {
	s, err := New(testConfig(NewManualClock(startTime)))
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	for _, addr := range []string{"0.0.0.0:0", ":0", "[::]:0", "192.0.2.1:1", "nonsense"} {
		_, err := s.Listen(context.Background(), addr)
		assert.Error(t, err, addr)
	}
	ctx, cancel := context.WithCancel(context.Background())
	run, err := s.Listen(ctx, "localhost:0")
	require.NoError(t, err)
	_, err = s.Listen(ctx, run.Addr)
	require.ErrorContains(t, err, run.Addr)
	cancel()
	require.NoError(t, run.Wait())
}

// TestBadSignaturesAreBounded: many badly signed requests at once are all refused; only a few are
// explained.
func TestBadSignaturesAreBounded(t *testing.T) {
	b := newBox(t)
	body := []byte(`{"metadata":"` + strings.Repeat("x", 2000) + `"}`)
	bad := sign(t, partnerKey(), append(bytes.Clone(body), '\n'))
	var wg sync.WaitGroup
	for range 64 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			r, err := b.send("/api/v2/session/create", body, header("X-PARTNER-SIGN", bad))
			if assert.NoError(t, err) {
				assert.Equal(t, "authentication_error", r.text("error.code"))
			}
		}()
	}
	wg.Wait()
	assert.Empty(t, b.s.causes)
}
