//go:build unix

package sandbox

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sort"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"pikedash/keys"
)

// cpuTime is the processor time that this process used so far.
func cpuTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func median(list []float64) float64 {
	sort.Float64s(list)
	return list[len(list)/2]
}

const (
	benchRounds   = 10
	benchRequests = 600
)

// serve calls a handler n times with one signed body; keys make each request a new piece of work.
func serve(b *testing.B, h http.Handler, body []byte, signature string, n int, key *atomic.Int64) {
	for range n {
		r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1/api/v2/session/init/payout", bytes.NewReader(body))
		r.Header.Set("X-Partner-Project", "shop")
		r.Header.Set("X-Partner-Sign", signature)
		if key != nil {
			r.Header.Set("X-Partner-Idempotency-Key", fmt.Sprintf("bench-%d", key.Add(1)))
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != 200 {
			b.Fatal(w.Body.String())
		}
	}
}

// BenchmarkVerify compares processor time per request with verification to the same server without
// it plus one bare verification. The goal is at most 1.25, as the median of interleaved rounds.
func BenchmarkVerify(b *testing.B) {
	body := []byte(payoutBody(2, goodCard, 1))
	signature := sign(b, partnerKey(), body)
	server := func(skip bool) *Server {
		cfg := testConfig(NewManualClock(startTime))
		cfg.skipVerify = skip
		s, err := New(cfg)
		require.NoError(b, err)
		b.Cleanup(func() { require.NoError(b, s.Close()) })
		return s
	}
	with, without := server(false), server(true)
	per := func(work func()) float64 {
		before := cpuTime(b)
		work()
		return float64(cpuTime(b)-before) / benchRequests
	}
	for b.Loop() {
		var ratios, costs []float64
		for range benchRounds {
			verified := per(func() { serve(b, with, body, signature, benchRequests, nil) })
			plain := per(func() { serve(b, without, body, signature, benchRequests, nil) })
			bare := per(func() {
				for range benchRequests {
					require.NoError(b, keys.Verify(&partnerKey().PublicKey, body, signature))
				}
			})
			ratios = append(ratios, verified/(plain+bare))
			costs = append(costs, verified/1000)
		}
		b.ReportMetric(median(ratios), "verified/(plain+verify)")
		if median(ratios) > 1.25 {
			b.Errorf("a verified request costs %.2f times an unverified one plus a bare verification; at most 1.25 is the goal", median(ratios))
		}
		b.ReportMetric(median(costs), "cpu-µs/request")
	}
}

// BenchmarkDurable compares durable requests per second with grouped commits to one transaction for
// each, 64 requests at once. The goal is at least 2.5, as the median of interleaved rounds.
func BenchmarkDurable(b *testing.B) {
	body := []byte(payoutBody(2, goodCard, 1))
	signature := sign(b, partnerKey(), body)
	server := func(single bool) *Server {
		cfg := testConfig(NewManualClock(startTime))
		cfg.StateDir, cfg.singleCommits = b.TempDir(), single
		s, err := New(cfg)
		require.NoError(b, err)
		b.Cleanup(func() { require.NoError(b, s.Close()) })
		return s
	}
	grouped, single := server(false), server(true)
	var key atomic.Int64
	rate := func(s *Server) float64 {
		done := make(chan struct{})
		started := time.Now()
		for range 64 {
			go func() {
				serve(b, s, body, signature, benchRequests/20, &key)
				done <- struct{}{}
			}()
		}
		for range 64 {
			<-done
		}
		return 64 * benchRequests / 20 / time.Since(started).Seconds()
	}
	for b.Loop() {
		var ratios, rates []float64
		for range benchRounds {
			g, s := rate(grouped), rate(single)
			ratios = append(ratios, g/s)
			rates = append(rates, g)
		}
		b.ReportMetric(median(ratios), "grouped/single")
		if median(ratios) < 2.5 {
			b.Errorf("grouped commits are %.2f times single ones; at least 2.5 is the goal", median(ratios))
		}
		b.ReportMetric(median(rates), "requests/s")
	}
}
