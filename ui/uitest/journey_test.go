package uitest_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"pikedash/ui/uitest"
)

// The journeys of this file drive the real program, in homes of their own, and at the same time.

// firstLine is on the screen as soon as the dashboard can be used.
const firstLine = "SANDBOX"

// settings writes the settings file of a home. The receiver gets a port that is free now, so that
// programs on this machine do not hear each other's notifications.
func settings(t *testing.T, home, more string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, l.Close())
	dir := filepath.Join(home, ".config", "pikedash")
	require.NoError(t, os.MkdirAll(dir, 0o700))
	text := fmt.Sprintf("[webhook]\nlisten = %q\n\n%s", l.Addr().String(), more)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "config.toml"), []byte(text), 0o600))
}

// verb runs one verb of the program in a home and returns its exit code and what it wrote to stdout.
func verb(ctx context.Context, path, home string, args ...string) (code int, stdout, stderr string, err error) {
	env, err := uitest.Environment(uitest.Options{Home: home})
	if err != nil {
		return -1, "", "", err
	}
	var out, errs strings.Builder
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env, cmd.Dir, cmd.Stdout, cmd.Stderr = env, home, &out, &errs
	err = cmd.Run()
	if cmd.ProcessState == nil {
		return -1, "", "", err
	}
	return cmd.ProcessState.ExitCode(), out.String(), errs.String(), nil
}

// dashboard starts the real program in a new home.
func dashboard(t *testing.T, o uitest.Options) *uitest.Driver {
	t.Helper()
	o.Path = uitest.Build(t)
	t.Parallel()
	if o.Home == "" {
		o.Home = t.TempDir()
		settings(t, o.Home, "")
	}
	if o.Width == 0 {
		o.Width, o.Height = 118, 34
	}
	d := uitest.Start(t, o)
	d.WaitText(firstLine, "● hooks")
	return d
}

// fill opens the form and fills it. Values are pasted: the keys are another test's business.
func fill(d *uitest.Driver, recipient, card, amount string) {
	d.Press("2")
	d.WaitText("New payout", "Recipient")
	d.Paste(recipient)
	d.WaitText(recipient)
	d.Press("tab", "tab")
	d.Paste(card)
	d.WaitText(card[len(card)-4:])
	d.Press("tab")
	d.Paste(amount)
	d.WaitText(amount, "minor units")
	d.Press("tab")
	d.Paste("EUR")
	d.WaitText("signed by")
}

// pay sends a payout and waits until Pike wants it confirmed.
func pay(d *uitest.Driver, recipient, card, amount string) {
	fill(d, recipient, card, amount)
	d.Press("ctrl+s")
	d.Answer("[ Send  y ]", "y")
	d.WaitText("accepted by Pike", recipient)
	d.WaitText("c confirm", "waits for you: confirm")
}

func TestAPayoutFromTheFormToSucceeded(t *testing.T) {
	d := dashboard(t, uitest.Options{})
	pay(d, "Jane Roe", "4242424242424242", "150.00")

	d.Press("3")
	d.WaitText("Payouts", "pending", "150.00 EUR", "Jane Roe", "visa ··4242")
	d.Press("c")
	d.WaitText("Confirm the payout of 150.00 EUR to Jane Roe", "SANDBOX")
	d.Answer("[ Confirm  y ]", "y")
	d.WaitFor("the payout to succeed in the list, without a key", func(f *uitest.Frame) bool {
		return f.Contains("✓ succeeded") && f.Contains("150.00 EUR") && f.Contains("[3 Payouts]")
	})
	d.Press("6")
	d.WaitText("session/init/payout", "session/confirm")
	d.Press("ctrl+c")
	require.Zero(t, d.WaitExit())
	d.RequireRestored()
}

func TestADeclinedCardSaysWhy(t *testing.T) {
	d := dashboard(t, uitest.Options{})
	pay(d, "Ann Poe", "4000000000000002", "20.00")
	d.Press("c")
	d.Answer("[ Confirm  y ]", "y")
	d.WaitText("✗ failed", "declined_by_issuer_bank")
	d.Press("3")
	d.WaitText("[3 Payouts]", "✗ failed", "20.00 EUR", "Ann Poe")
}

func TestACancelledPayoutStaysCancelled(t *testing.T) {
	d := dashboard(t, uitest.Options{})
	pay(d, "Max Roe", "4242424242424242", "30.00")
	d.Press("x")
	d.WaitText("ancel")
	d.Answer("y ]", "y")
	d.WaitText("⊘ cancelled", "session_cancelled_by_partner")
	d.Press("3")
	d.WaitText("[3 Payouts]", "✗ failed", "30.00 EUR")
	d.Press("c")
	d.WaitText("confirm:")
	require.NotContains(t, d.Text(), "[ Confirm", "what is over cannot be confirmed")
}

// slowServer stands for a Pike that answers a payout only when it is released.
type slowServer struct {
	arrived chan struct{}
	release chan struct{}
	payouts atomic.Int64
}

func (s *slowServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if strings.HasSuffix(r.URL.Path, "/init/payout") {
		if s.payouts.Add(1) == 1 {
			close(s.arrived)
		}
		select {
		case <-s.release:
		case <-r.Context().Done():
		}
	}
	w.Header().Set("Content-Type", "application/json")
	const answer = `{"status":"ok","session":{"id":"ps_777","status":"in_progress","type":"payout",` +
		`"created_at":"2026-11-23T10:00:00.000001Z","updated_at":"2026-11-23T10:00:00.000001Z"}}`
	if _, err := io.WriteString(w, answer); err != nil {
		return // the program was ended by its test
	}
}

func TestAnAnswerInFlightStaysWithItsEnvironment(t *testing.T) {
	path, home := uitest.Build(t), t.TempDir()
	slow := &slowServer{arrived: make(chan struct{}), release: make(chan struct{})}
	server := httptest.NewServer(slow)
	t.Cleanup(server.Close)
	key := filepath.Join(home, "rehearsal.pem")
	code, _, stderr, err := verb(t.Context(), path, home, "keys", "generate", "--out", key)
	require.NoError(t, err)
	require.Zero(t, code, stderr)
	settings(t, home, fmt.Sprintf("[profiles.rehearsal]\nkind = \"demo\"\nbase_url = %q\nproject = \"shop-r\"\n[profiles.rehearsal.key]\nfile = %q\n", server.URL, key))
	d := dashboard(t, uitest.Options{Home: home})

	move := func(environment, sign string) {
		t.Helper()
		d.Press("e")
		d.WaitText("─ environments ─")
		_, to, ok := d.Frame().Find(environment + " ")
		require.True(t, ok, d.Frame().Dump())
		_, from, ok := d.Frame().Find("> ◆")
		if !ok {
			_, from, ok = d.Frame().Find("> ▲")
		}
		require.True(t, ok, d.Frame().Dump())
		for ; from < to; from++ {
			d.Press("down")
		}
		for ; from > to; from-- {
			d.Press("up")
		}
		d.Press("enter")
		d.WaitText(sign)
	}
	move("rehearsal", "you are in rehearsal")
	fill(d, "Jane Roe", "4242424242424242", "150.00")
	d.Press("ctrl+s")
	d.Answer("[ Send  y ]", "y")
	<-slow.arrived
	d.Press("esc")
	move("sandbox", "you are in sandbox")
	close(slow.release)
	d.WaitText("in rehearsal: ") // the late answer is told, and where it belongs

	d.Press("1")
	d.WaitText("[1 Sessions]", "No sessions yet")
	require.NotContains(t, d.Text(), "ps_777")
	move("rehearsal", "you are in rehearsal")
	d.WaitText("ps_777")
	require.EqualValues(t, 1, slow.payouts.Load())
}

func TestResizeToTheSmallestAndBack(t *testing.T) {
	d := dashboard(t, uitest.Options{})
	fill(d, "Jane Roe", "4242424242424242", "150.00")
	d.Settle()
	before := body(d.Frame())
	d.Resize(60, 15)
	d.WaitFor("the form in 60x15", func(f *uitest.Frame) bool {
		return f.Width == 60 && f.Contains("Recipient") && f.Contains("Jane Roe") && !f.Contains("What will be sent")
	})
	d.Settle()
	require.Len(t, strings.Split(d.Text(), "\n"), 15)
	d.Resize(118, 34)
	d.WaitText("What will be sent", "signed by")
	d.WaitFor("the same screen as before", func(f *uitest.Frame) bool { return body(f) == before })
}

// body returns the screen without its first line, which has a clock.
func body(f *uitest.Frame) string {
	_, rest, _ := strings.Cut(f.Text(), "\n")
	return rest
}

func TestPasteFillsOneField(t *testing.T) {
	d := dashboard(t, uitest.Options{})
	d.Press("2")
	d.WaitText("New payout", "Recipient")
	d.Paste("Jane\nRoe") // a line end must not leave the field, and nothing is sent
	d.WaitFor("the paste in its field", func(f *uitest.Frame) bool { return f.Contains("> Recipient      Jane") })
	require.Contains(t, d.Text(), "Roe")
	d.Press("tab", "tab")
	d.Paste("4242 4242 4242 4242\n")
	d.WaitText("sandbox: succeeds")
	d.Press("tab")
	d.Paste("1,500.00")
	d.Press("tab")
	d.Paste("eur")
	d.WaitText("150,000 minor units")
	d.Settle()
	require.Contains(t, d.Text(), "[2 New]")
	require.NotContains(t, d.Text(), "[ Send", "a paste opens no dialog")
}

func TestQuittingTheDashboardRestoresTheTerminal(t *testing.T) {
	d := dashboard(t, uitest.Options{})
	require.True(t, d.Frame().AltScreen)
	d.Press("q")
	require.Zero(t, d.WaitExit())
	d.RequireRestored()
}

func TestASignalRestoresTheTerminal(t *testing.T) {
	d := dashboard(t, uitest.Options{})
	require.NoError(t, d.Signal(syscall.SIGTERM))
	require.NotEqual(t, -1, d.WaitExit())
	d.RequireRestored()
}

// TestAStartThatFailsSaysWhy lets a file lie where the journal's folder should be made.
func TestAStartThatFailsSaysWhy(t *testing.T) {
	home := t.TempDir()
	settings(t, home, "")
	require.NoError(t, os.MkdirAll(filepath.Join(home, ".local", "state", "pikedash"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(home, ".local", "state", "pikedash", "journal"), nil, 0o600))
	d := uitest.Start(t, uitest.Options{Path: uitest.Build(t), Home: home, Width: 118, Height: 34})
	require.Equal(t, 1, d.WaitExit())
	d.RequireRestored()
	require.Contains(t, d.Text(), "making room for the journal")
}

// TestAKeyWithAPassphraseIsOpenedInTheDashboard starts with one, then mistypes it once.
func TestAKeyWithAPassphraseIsOpenedInTheDashboard(t *testing.T) {
	home := t.TempDir()
	path := filepath.Join(home, "sealed.pem")
	out, err := exec.Command("openssl", "genpkey", "-quiet", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-aes256", "-pass", "pass:open sesame", "-out", path).CombinedOutput()
	require.NoError(t, err, string(out))
	require.NoError(t, os.Chmod(path, 0o600))
	settings(t, home, "[profiles.sandbox.key]\nfile = \"~/sealed.pem\"\n")
	d := uitest.Start(t, uitest.Options{Path: uitest.Build(t), Home: home, Width: 118, Height: 34})
	d.WaitText("sealed.pem has a passphrase")
	d.Type("sesame")
	d.Press("enter")
	d.WaitText("does not open")
	d.Type("open sesame")
	d.Press("enter")
	d.WaitText("● hooks")
	require.NotContains(t, string(d.Raw()), "sesame", "what is typed is not shown")
}

func TestAPanicRestoresTheTerminal(t *testing.T) {
	broken := uitest.BuildPackage(t, "pikedash", "uitest")
	whole := uitest.Build(t)
	for _, c := range []struct {
		where, text string
		keys        []string
	}{
		{"update", "broken in the loop", []string{"e"}},
		{"command", "broken in a command", []string{"e", "end", "enter"}},
	} {
		t.Run(c.where, func(t *testing.T) {
			t.Parallel()
			for _, path := range []string{whole, broken} {
				d := uitest.Start(t, uitest.Options{Path: path, Env: []string{"PIKEDASH_UITEST_PANIC=" + c.where}})
				d.WaitText(firstLine, "● hooks")
				d.Press(c.keys...)
				if path == whole {
					d.WaitFor("the ordinary program to go on", func(f *uitest.Frame) bool {
						return f.Contains("─ environments ─") || f.Contains("API v1")
					})
					continue
				}
				require.Equal(t, 1, d.WaitExit())
				d.RequireRestored()
				said := string(d.Raw())
				require.Contains(t, said, c.text)
				require.NotContains(t, said, "4242424242424242", "what a crash prints is masked")
			}
		})
	}
}
