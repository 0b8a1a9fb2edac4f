package pikeapi

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"pikedash/keys"
)

// BenchmarkSignedRequest holds Prepare and Send against what they cannot do without: one bare
// signature and one round trip of a body that was signed before. The three run in turn, so that a
// noisy machine hits all of them; "ratio" is the median over rounds of client/(sign+trip), with at
// most 1.15 as the goal.
func BenchmarkSignedRequest(b *testing.B) {
	pub := &testKey().PublicKey
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || keys.Verify(pub, body, r.Header.Get(HeaderSign)) != nil {
			http.Error(w, "no", http.StatusBadRequest)
			return
		}
		say(w, okBody)
	}))
	defer s.Close()
	env, c := testEnv(s.URL), testClient(b)
	body := payoutBody(b, V2)
	ready := prepare(b, c, env, MethodInitPayout, body)
	const perRound = 20
	var clientTotal, floorTotal time.Duration
	var ratios []float64
	for b.Loop() {
		var whole, sign, trip time.Duration
		for range perRound {
			start := time.Now()
			r := c.Send(b.Context(), prepare(b, c, env, MethodInitPayout, body), Permit{})
			whole += time.Since(start)
			require.Equal(b, Accepted, r.Outcome, "%v", r.Err)

			start = time.Now()
			_, err := keys.SignBase64(b.Context(), env.Signer, body)
			sign += time.Since(start)
			require.NoError(b, err)

			start = time.Now()
			roundTrip(b, s.Client(), ready)
			trip += time.Since(start)
		}
		clientTotal, floorTotal = clientTotal+whole, floorTotal+sign+trip
		ratios = append(ratios, float64(whole)/float64(sign+trip))
	}
	slices.Sort(ratios)
	b.ReportMetric(ratios[len(ratios)/2], "ratio")
	b.ReportMetric(float64(clientTotal.Microseconds())/float64(len(ratios)*perRound), "µs/request")
	b.ReportMetric(float64(floorTotal.Microseconds())/float64(len(ratios)*perRound), "µs/floor")
	b.ReportMetric(0, "ns/op")
}

func roundTrip(b *testing.B, client *http.Client, p *Prepared) {
	req, err := http.NewRequest(http.MethodPost, p.URL, bytes.NewReader(p.Body))
	require.NoError(b, err)
	req.Header = p.Header
	answer, err := client.Do(req)
	require.NoError(b, err)
	_, err = io.ReadAll(answer.Body)
	require.NoError(b, err)
	require.NoError(b, answer.Body.Close())
}

func BenchmarkMaskJSON(b *testing.B) {
	body := payoutBody(b, V2)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		MaskJSON(body)
	}
}

func BenchmarkParseNotification(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		_, err := ParseNotification([]byte(refundedV2))
		require.NoError(b, err)
	}
}
