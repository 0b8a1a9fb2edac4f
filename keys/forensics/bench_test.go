package forensics

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"pikedash/keys"
)

// testKeys are private keys made once for all tests of a run.
var testKeys = sync.OnceValues(func() ([]*rsa.PrivateKey, error) {
	var out []*rsa.PrivateKey
	for range 10 {
		k, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			return nil, err
		}
		out = append(out, k)
	}
	return out, nil
})

func privateKeys(t testing.TB) []*rsa.PrivateKey {
	t.Helper()
	k, err := testKeys()
	require.NoError(t, err)
	return k
}

func signWith(t testing.TB, key *rsa.PrivateKey, data []byte) string {
	t.Helper()
	sum := sha256.Sum256(data)
	raw, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, sum[:])
	require.NoError(t, err)
	return base64.StdEncoding.EncodeToString(raw)
}

// evidenceFor is evidence with the first test key as the expected one and n-1 others in the ring.
func evidenceFor(t testing.TB, body []byte, signature string, n int) Evidence {
	t.Helper()
	e := Evidence{Body: body, BodyKnown: true, Signature: signature}
	for i, k := range privateKeys(t)[:n] {
		known := keys.Known{Name: fmt.Sprintf("key %d", i), Role: keys.RoleOwn, Public: &k.PublicKey}
		if i == 0 {
			e.Expected = known
		} else {
			e.Ring = append(e.Ring, known)
		}
	}
	return e
}

// bodyOf makes JSON of about n bytes with everything that variants turn on: accents, slashes, nulls,
// fractions, nested lists.
func bodyOf(t testing.TB, n int) []byte {
	t.Helper()
	var items []any
	size := 0
	for i := 0; size < n; i++ {
		item := map[string]any{"id": fmt.Sprintf("ps_%05d", i), "name": "José Müller", "url": "https://shop.example/cb?a=1&b=2", "amount": 100.5 + float64(i), "note": nil, "tags": []string{"a", "b"}}
		b, err := json.Marshal(item)
		require.NoError(t, err)
		size += len(b) + 1
		items = append(items, item)
	}
	body, err := json.Marshal(map[string]any{"items": items})
	require.NoError(t, err)
	return body
}

// Every benchmark that issue 2 puts a bound on prints the work and its yardstick side by side.

func BenchmarkVerify(b *testing.B) {
	body := bodyOf(b, 500)
	e := evidenceFor(b, body, signWith(b, privateKeys(b)[0], body), 1)
	for b.Loop() {
		if keys.Verify(e.Expected.Public, body, e.Signature) != nil {
			b.Fatal("does not verify")
		}
	}
}

func BenchmarkRecover(b *testing.B) {
	key := privateKeys(b)[0]
	raw, err := base64.StdEncoding.DecodeString(signWith(b, key, []byte("x")))
	require.NoError(b, err)
	for b.Loop() {
		if blk, ok := recoverBlock(raw, key.N, key.E); !ok || blk.kind != emDigestInfo {
			b.Fatal("not recovered")
		}
	}
}

func BenchmarkSign(b *testing.B) {
	body := bodyOf(b, 4096)
	key := privateKeys(b)[0]
	for b.Loop() {
		signWith(b, key, body)
	}
}

func benchmarkExplain(b *testing.B, size int, signed func([]byte) []byte, want Cause) {
	b.Helper()
	body := bodyOf(b, size)
	e := evidenceFor(b, body, signWith(b, privateKeys(b)[0], signed(body)), 10)
	var r Report
	for b.Loop() {
		r = Explain(context.Background(), e)
	}
	if r.First() != want {
		b.Fatalf("%v", r.Causes)
	}
	b.ReportMetric(float64(r.Tried.Variants), "variants")
	b.ReportMetric(float64(r.Tried.Bytes)/float64(len(body)), "bodies-hashed")
}

func other([]byte) []byte { return []byte("something else") }

func BenchmarkExplain4KBWorst(b *testing.B) { benchmarkExplain(b, 4096, other, BodyDiffers) }

func BenchmarkExplain4KBNewline(b *testing.B) {
	benchmarkExplain(b, 4096, func(body []byte) []byte { return append(body[:len(body):len(body)], '\n') }, BodyTrailingNewline)
}

func BenchmarkExplain300BWorst(b *testing.B) { benchmarkExplain(b, 200, other, BodyDiffers) }
func BenchmarkExplain64KBWorst(b *testing.B) { benchmarkExplain(b, 64<<10, other, BodyDiffers) }

func BenchmarkExplain1MBWorst(b *testing.B) { benchmarkExplain(b, 1<<20, other, BodyDiffers) }
func BenchmarkHash1MB(b *testing.B) {
	body := bodyOf(b, 1<<20)
	for b.Loop() {
		sha256.Sum256(body)
	}
}

func BenchmarkExplainWrongKey(b *testing.B) {
	body := bodyOf(b, 4096)
	raw := make([]byte, 256)
	_, err := rand.Read(raw)
	require.NoError(b, err)
	raw[0] = 0
	e := evidenceFor(b, body, base64.StdEncoding.EncodeToString(raw), 10)
	for b.Loop() {
		if r := Explain(context.Background(), e); r.First() != KeyWrong {
			b.Fatal(r.Causes)
		}
	}
}

// ratio runs two things in turn and returns the median of how much longer the first takes per run.
// The machine is noisy: only ratios of interleaved runs say something (performance notes, section 0).
func ratio(rounds, n, m int, slow, yardstick func()) float64 {
	out := make([]float64, rounds)
	for i := range out {
		start := time.Now()
		for range n {
			slow()
		}
		mid := time.Now()
		for range m {
			yardstick()
		}
		end := time.Now()
		out[i] = (float64(mid.Sub(start)) / float64(n)) / (float64(end.Sub(mid)) / float64(m))
	}
	slices.Sort(out)
	return out[rounds/2]
}

// BenchmarkBounds prints the ratios that have bounds: a recovery takes at most 2 plain verifications,
// the explanation of a 4 KiB body with 10 keys at most 30 signatures.
func BenchmarkBounds(b *testing.B) {
	key := privateKeys(b)[0]
	body := bodyOf(b, 4096)
	good := signWith(b, key, body)
	raw, err := base64.StdEncoding.DecodeString(good)
	require.NoError(b, err)
	bad := evidenceFor(b, body, signWith(b, key, []byte("something else")), 10)
	small := []byte(`{"amount":1}`)
	smallSign := signWith(b, key, small)
	for b.Loop() {
		recovery := ratio(7, 300, 300, func() { recoverBlock(raw, key.N, key.E) }, func() {
			if keys.Verify(&key.PublicKey, small, smallSign) != nil {
				b.Fatal("does not verify")
			}
		})
		explain := ratio(7, 3, 40, func() { Explain(context.Background(), bad) }, func() { signWith(b, key, body) })
		b.ReportMetric(recovery, "recover/verify")
		b.ReportMetric(explain, "explain4KB/sign")
	}
}
