package uitest_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"pikedash/keys"
	"pikedash/pikeapi"
	"pikedash/ui/uitest"
)

// verifier is a server that checks each signature and counts; it stands for Pike in measurements.
type verifier struct {
	pub            *rsa.PublicKey
	good, rejected atomic.Int64
}

const answer = `{"status":"ok","session":{"id":"ps_1","status":"in_progress","created_at":"2026-11-23T10:00:00.000001Z","updated_at":"2026-11-23T10:00:00.000001Z"}}`

func (v *verifier) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err == nil {
		err = keys.Verify(v.pub, body, r.Header.Get(pikeapi.HeaderSign))
	}
	if err != nil {
		v.rejected.Add(1)
		http.Error(w, err.Error(), http.StatusForbidden)
		return
	}
	v.good.Add(1)
	w.Header().Set("Content-Type", "application/json")
	if _, err := io.WriteString(w, answer); err != nil {
		v.rejected.Add(1)
	}
}

// nowhere is a recorder that keeps nothing: the pipeline that is compared with keeps nothing either.
type nowhere struct{}

func (nowhere) Begin(context.Context, *pikeapi.Prepared, pikeapi.Permit) (int64, error) {
	return 1, nil
}
func (nowhere) Finish(context.Context, *pikeapi.Result) error { return nil }

// exchangeBench is one key, one server and one body for all ways of sending.
type exchangeBench struct {
	server  *httptest.Server
	checks  *verifier
	client  *pikeapi.Client
	env     *pikeapi.Environment
	key     *rsa.PrivateKey
	body    []byte
	keyFile string
	dir     string
}

func newExchangeBench(tb testing.TB) *exchangeBench {
	tb.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(tb, err)
	signer, err := keys.NewSigner(key, "a key for this measurement")
	require.NoError(tb, err)
	e := &exchangeBench{key: key, checks: &verifier{pub: &key.PublicKey}, client: pikeapi.NewClient(pikeapi.Options{}), dir: tb.TempDir()}
	tb.Cleanup(e.client.CloseIdle)
	e.server = httptest.NewServer(e.checks)
	tb.Cleanup(e.server.Close)
	e.env = &pikeapi.Environment{
		Name: "sandbox", Kind: pikeapi.Sandbox, BaseURL: e.server.URL, Project: "bench",
		Version: pikeapi.V2, Signer: signer, Recorder: nowhere{},
	}
	// About 500 bytes, as in the baselines.
	e.body = []byte(`{"payout_details":{"type":"card","card":{"type":"bank_card","bank_card":{"number":"4242424242424242"}}},` +
		`"amount_details":{"amount":15000,"currency":"eur"},"participant_details":{"recipient":{"full_name":"Jane Roe"}},` +
		`"customer":{"reference":"buyer-77"},"metadata":"` + strings.Repeat("x", 240) + `"}`)
	e.keyFile = filepath.Join(e.dir, "key.pem")
	require.NoError(tb, keys.WritePrivateFile(e.keyFile, key))
	require.NoError(tb, os.WriteFile(filepath.Join(e.dir, "body.json"), e.body, 0o600))
	return e
}

// send makes one signed request with the product's client.
func (e *exchangeBench) send(ctx context.Context) error {
	p, err := e.client.Prepare(ctx, e.env, pikeapi.Call{Method: "session/init/payout", Body: e.body})
	if err != nil {
		return err
	}
	if r := e.client.Send(ctx, p, pikeapi.Permit{}); r.Outcome != pikeapi.Accepted {
		return fmt.Errorf("the outcome is %s: %w", r.Outcome, r.Err)
	}
	return nil
}

// clientRate sends with the product's client, n at once, for d; it returns requests per second.
func (e *exchangeBench) clientRate(tb testing.TB, n int, d time.Duration) float64 {
	tb.Helper()
	ctx := context.Background()
	var done atomic.Int64
	var failed atomic.Pointer[error]
	var wg sync.WaitGroup
	start := time.Now()
	for range n {
		wg.Go(func() {
			for time.Since(start) < d {
				if err := e.send(ctx); err != nil {
					failed.Store(&err)
					return
				}
				done.Add(1)
			}
		})
	}
	wg.Wait()
	if err := failed.Load(); err != nil {
		tb.Fatal(*err)
	}
	return float64(done.Load()) / time.Since(start).Seconds()
}

// shellRequest signs and sends one request the way Pike's documentation does it.
const shellRequest = `set -e
sign=$(openssl dgst -sha256 -sign "$KEY" "$BODY" | base64 -w0)
curl -sS --fail -o /dev/null -X POST -H "X-PARTNER-PROJECT: bench" -H "X-PARTNER-SIGN: $sign" \
  -H "X-PARTNER-IDEMPOTENCY-KEY: shell-$1" -H "Content-Type: application/json" --data-binary @"$BODY" "$URL"
`

// shellRate sends count requests through openssl, base64 and curl, n at once.
func (e *exchangeBench) shellRate(tb testing.TB, n, count int) float64 {
	tb.Helper()
	var numbers strings.Builder
	for i := range count {
		fmt.Fprintf(&numbers, "%d\n", i)
	}
	script := filepath.Join(e.dir, "request.sh")
	require.NoError(tb, os.WriteFile(script, []byte(shellRequest), 0o600))
	cmd := exec.Command("xargs", "-P", fmt.Sprint(n), "-n", "1", "sh", script)
	cmd.Stdin = strings.NewReader(numbers.String())
	cmd.Env = append(os.Environ(), "KEY="+e.keyFile, "BODY="+filepath.Join(e.dir, "body.json"), "URL="+e.server.URL+"/api/v2/session/init/payout")
	before := e.checks.good.Load()
	start := time.Now()
	out, err := cmd.CombinedOutput()
	took := time.Since(start)
	require.NoError(tb, err, string(out))
	require.EqualValues(tb, count, e.checks.good.Load()-before, "each request of the pipeline was verified")
	return float64(count) / took.Seconds()
}

// BenchmarkAgainstShellPipeline compares requests per second with those of openssl, base64 and curl.
func BenchmarkAgainstShellPipeline(b *testing.B) {
	for _, tool := range []string{"openssl", "base64", "curl", "xargs", "sh"} {
		if _, err := exec.LookPath(tool); err != nil {
			b.Skipf("%s is not here", tool)
		}
	}
	for _, n := range []int{1, 8, 64} {
		b.Run(fmt.Sprintf("at-once-%d", n), func(b *testing.B) {
			e := newExchangeBench(b)
			for range b.N {
				var ratios, client, shell []float64
				for range 5 {
					c, s := e.clientRate(b, n, time.Second), e.shellRate(b, n, 100)
					ratios, client, shell = append(ratios, c/s), append(client, c), append(shell, s)
				}
				b.ReportMetric(uitest.Median(client), "client-req/s")
				b.ReportMetric(uitest.Median(shell), "shell-req/s")
				uitest.AtLeast(b, uitest.Median(ratios), 10, "client/shell")
			}
			require.Zero(b, e.checks.rejected.Load())
		})
	}
}

// BenchmarkSignedRequest compares a signed request with its unavoidable parts, a bare RSA signature
// and the round trip of a request that was signed before.
func BenchmarkSignedRequest(b *testing.B) {
	e := newExchangeBench(b)
	ctx := context.Background()
	signature, err := keys.SignBase64(ctx, e.env.Signer, e.body)
	require.NoError(b, err)
	plain := &http.Client{Transport: &http.Transport{}}
	defer plain.CloseIdleConnections()
	roundTrip := func() error {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, e.server.URL+"/api/v2/session/init/payout", strings.NewReader(string(e.body)))
		if err != nil {
			return err
		}
		req.Header.Set(pikeapi.HeaderSign, signature)
		res, err := plain.Do(req)
		if err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, res.Body)
		if e := res.Body.Close(); err == nil {
			err = e
		}
		return err
	}
	bare := func() error { _, err := e.env.Signer.Sign(ctx, e.body); return err }
	whole := func() error { return e.send(ctx) }
	for range b.N {
		var ratios []float64
		for range 10 {
			var took [3][]time.Duration
			for range 150 { // interleaved one by one: the machine's moods hit all three alike
				for i, f := range []func() error{bare, roundTrip, whole} {
					start := time.Now()
					require.NoError(b, f())
					took[i] = append(took[i], time.Since(start))
				}
			}
			ratios = append(ratios, float64(uitest.Median(took[2]))/float64(uitest.Median(took[0])+uitest.Median(took[1])))
		}
		uitest.Limit(b, uitest.Median(ratios), 1.15, "request/(sign+round-trip)")
	}
}
