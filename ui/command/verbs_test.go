package command

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"pikedash/keys"
	"pikedash/pikeapi/sandbox"
)

func TestListsFilterSortAndLimit(t *testing.T) {
	m := newMachine(t)
	m.ok("dev", "seed", "--rows", "1200", "--now", "2026-11-01T12:00:00Z")
	all := m.ok("payouts", "--json", "--limit", "0").object(t)
	payouts, ok := all["payouts"].([]any)
	require.True(t, ok)
	require.Greater(t, len(payouts), 600, "more than one page")
	assert.EqualValues(t, len(payouts), all["count"])
	assert.Equal(t, false, all["more"])
	seen := map[any]bool{}
	last := "9"
	for _, p := range payouts {
		assert.Equal(t, "payout", at(p, "kind"))
		created, ok := at(p, "created").(string)
		require.True(t, ok)
		require.LessOrEqual(t, created, last, "newest first")
		last = created
		seen[at(p, "id")] = true
	}
	assert.Len(t, seen, len(payouts), "paging repeats nothing")

	few := m.ok("payouts", "--json", "--limit", "7", "--filter", "status:failed").object(t)
	assert.EqualValues(t, 7, few["count"])
	assert.Equal(t, true, few["more"])
	for _, p := range few["payouts"].([]any) {
		assert.Equal(t, "failed", at(p, "status"))
	}
	payments := m.ok("payouts", "--json", "--limit", "3", "--filter", "Kind=payment").object(t)
	assert.Equal(t, "payment", at(payments["payouts"].([]any)[0], "kind"))
	s := m.ok("payouts", "--limit", "2")
	assert.Len(t, strings.Split(strings.TrimSpace(s.out), "\n"), 3)
	assert.Contains(t, s.err, "more than 2")

	rows, err := csv.NewReader(strings.NewReader(m.ok("sessions", "--csv", "--limit", "0").out)).ReadAll()
	require.NoError(t, err)
	assert.Equal(t, "CREATED", rows[0][0])
	assert.Greater(t, len(rows), 600)

	asc := m.ok("payouts", "--json", "--sort", "amount", "--ascending", "--limit", "5").object(t)["payouts"].([]any)
	assert.LessOrEqual(t, at(asc[0], "amount"), at(asc[4], "amount"))

	for _, bad := range [][]string{{"--filter", "colour:red"}, {"--filter", "amount>x"}, {"--sort", "colour"}, {"--limit", "-1"}, {"--csv", "--json"}} {
		s := m.run(append([]string{"payouts"}, bad...)...)
		assert.Equal(t, exitUsage, s.code, "%v", bad)
	}
	assert.Contains(t, m.run("payouts", "--filter", "eur colour:red").err, "eur »colour«")
	assert.Equal(t, exitBlocked, m.run("dev", "seed", "--profile", "live").code, "made-up data never gets into a live journal")
}

func TestImportFetchesAndGoesOn(t *testing.T) {
	m := newMachine(t)
	server, url := m.sandboxAt(nil)
	m.settings("profile = \"shop\"\n[profiles.shop]\nkind = \"sandbox\"\nproject = \"shop\"\nbase_url = \"" + url + "\"\n")
	var ids []string
	for _, amount := range []string{"100", "200", "300"} {
		id, ok := m.ok("send", "session/init/payout", "--body", m.payout("p"+amount, amount), "--json").object(t)["session"].(string)
		require.True(t, ok)
		ids = append(ids, id)
	}
	// Another profile, whose journal knows nothing of them.
	m.settings("profile = \"fresh\"\n[profiles.fresh]\nkind = \"sandbox\"\nproject = \"shop\"\nbase_url = \"" + url + "\"\n")
	list := m.file("ids", "# mine\n"+strings.Join(ids, "\n")+"\n\n"+ids[0]+"\nps_404\n")
	s := m.run("sessions", "import", list, "--json")
	assert.Equal(t, exitRefused, s.code, "one id is unknown at Pike")
	v := s.object(t)
	assert.EqualValues(t, 4, v["ids"])
	assert.EqualValues(t, 3, v["fetched"])
	assert.EqualValues(t, 1, v["failed"])
	again := m.run("sessions", "import", list, "--json").object(t)
	assert.EqualValues(t, 3, again["known"], "what is known is not fetched again")
	assert.EqualValues(t, 0, again["fetched"])
	assert.EqualValues(t, 3, m.ok("sessions", "--filter", "status:in_progress", "--json").object(t)["count"])
	assert.Equal(t, exitUsage, m.with("not an id\n").run("sessions", "import", "-").code)
	assert.Equal(t, exitUsage, m.run("sessions", "import", list, "--at-once", "99").code)
	_ = server
}

func TestJournalVerbs(t *testing.T) {
	m := newMachine(t)
	m.ok("send", "session/init/payout", "--body", m.payout("p", "100"))
	v := m.ok("journal", "verify", "--json").object(t)
	assert.Equal(t, true, v["ok"])
	assert.NotEmpty(t, v["head"])

	lines := strings.Split(strings.TrimSpace(m.ok("journal", "export").out), "\n")
	for _, l := range lines {
		assert.True(t, json.Valid([]byte(l)), l)
	}
	out := filepath.Join(m.home, "audit.csv")
	s := m.ok("journal", "export", "--format", "csv", "--out", out)
	assert.Empty(t, s.out)
	assert.Contains(t, string(readFile(t, out)), "session/init/payout")
	assert.Equal(t, exitUsage, m.run("journal", "export", "--format", "xml").code)
	assert.Equal(t, exitUsage, m.run("journal", "export", "--since", "soon").code)
	assert.NotContains(t, m.ok("journal", "export", "--since", "2100-01-01").out, "session/init/payout")

	assert.Equal(t, exitUsage, m.run("journal", "prune").code)
	assert.Equal(t, exitFailure, m.run("journal", "prune", "--before", "2100-01-01").code, "what is younger than a day stays")
	p := m.ok("journal", "prune", "--before", "2020-01-01", "--json").object(t)
	assert.EqualValues(t, 0, p["exchanges"])

	// An edit of the database is found.
	db := filepath.Join(m.home, "state/pikedash/journal/sandbox/journal.db")
	data := readFile(t, db)
	changed := bytes.ReplaceAll(data, []byte(`"event":"sent"`), []byte(`"event":"bent"`))
	require.NotEqual(t, data, changed)
	require.NoError(t, os.WriteFile(db, changed, 0o600))
	s = m.run("journal", "verify")
	assert.Equal(t, exitFailure, s.code)
	assert.Contains(t, s.err, "the audit chain is broken")
}

func TestEvidence(t *testing.T) {
	m := newMachine(t)
	session, ok := m.ok("send", "session/init/payout", "--body", m.payout("p", "100"), "--json").object(t)["session"].(string)
	require.True(t, ok)
	text := m.ok("evidence", session).out
	assert.Contains(t, text, "--data-binary @request-1.json")
	assert.Contains(t, text, "fits the body's digest and the key sandbox key")
	assert.NotContains(t, text, "4242424242424242")
	v := m.ok("evidence", session, "--json").object(t)
	assert.Equal(t, session, v["session"])
	exchanges, ok := v["exchanges"].([]any)
	require.True(t, ok)
	require.NotEmpty(t, exchanges)
	signature := m.ok("send", "session/init/payout", "--body", m.payout("p", "100"), "--dry-run", "--json").object(t)
	sign := at(signature, "headers", "X-Partner-Sign").([]any)[0].(string)
	assert.NotContains(t, text, sign, "a signature can be replayed, so it is left out")
	assert.Equal(t, exitFailure, m.run("evidence", "ps_0").code)
	// The recorded request can be explained from its digest alone.
	assert.Equal(t, exitDone, m.run("explain", "--exchange", "1").code)
	assert.Equal(t, exitFailure, m.run("explain", "--exchange", "99").code)
	assert.Equal(t, exitUsage, m.run("explain", "--exchange", "1", "--body", "x").code)
	// A signature that belongs to it is named under another body.
	old := strings.TrimSpace(m.ok("sign", "--body", m.payout("p", "100")).out)
	other := m.run("explain", "--body", m.file("other.json", `{"x":1}`), "--signature", old, "--json").object(t)
	assert.Equal(t, []any{"body_other_request"}, other["causes"])
	assert.Contains(t, other["summary"], "request 1")
}

// TestEveryVerbHasHelp walks the tree: purpose, example, exit codes, and no flag that takes a secret.
func TestEveryVerbHasHelp(t *testing.T) {
	m := newMachine(t)
	var walk func(path []string)
	walk = func(path []string) {
		help := m.ok(append(path, "--help")...).out
		name := "pikedash " + strings.Join(path, " ")
		assert.Contains(t, help, "\nExamples:\n  ", name)
		assert.Contains(t, help, "\nUsage:\n  pikedash", name)
		assert.Contains(t, help, "\nExit codes:\n  0    done", name)
		assert.Less(t, strings.Index(help, "Examples:"), strings.Index(help, "Usage:"), "examples first")
		assert.NotRegexp(t, `--(pass|password|passphrase|secret|private-key)\b`, help, name)
		_, verbs, found := strings.Cut(help, "\nVerbs:\n")
		if !found {
			return
		}
		verbs, _, _ = strings.Cut(verbs, "\n\n")
		for l := range strings.Lines(verbs) {
			if verb := strings.Fields(l)[0]; verb != "help" {
				walk(append(path[:len(path):len(path)], verb))
			}
		}
	}
	walk(nil)
	assert.Equal(t, exitUsage, m.run("keys").code)
	assert.Contains(t, m.run("keys", "genrate").err, "did you mean pikedash keys generate?")
	assert.Contains(t, m.ok("help", "keys", "doctor").out, "certificate")
}

func TestVersionCompletionManSBOM(t *testing.T) {
	m := newMachine(t)
	assert.Contains(t, m.ok("version").out, "pikedash ")
	assert.NotEmpty(t, m.ok("version", "--json").object(t)["go"])
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		assert.Contains(t, m.ok("completion", shell).out, "pikedash", shell)
	}
	assert.Equal(t, exitUsage, m.run("completion", "tcsh").code)
	dir := filepath.Join(m.home, "man")
	m.ok("man", dir)
	assert.FileExists(t, filepath.Join(dir, "pikedash-send.1"))
	var bom map[string]any
	require.NoError(t, json.Unmarshal([]byte(m.ok("sbom").out), &bom))
	assert.Equal(t, "CycloneDX", bom["bomFormat"])
}

func TestWithoutATerminalTheDashboardIsUsage(t *testing.T) {
	m := newMachine(t)
	s := m.run()
	assert.Equal(t, exitUsage, s.code)
	assert.Empty(t, s.out)
	assert.Contains(t, s.err, "Usage:")
	assert.Contains(t, s.err, "needs a terminal")
}

func TestLineByLine(t *testing.T) {
	m := newMachine(t)
	body := m.payout("p", "100")
	s := m.with("status\nsend session/init/payout --body '" + body + "'\npayouts --json\n").run("--plain")
	assert.Equal(t, exitDone, s.code, s.err)
	assert.Contains(t, s.out, "Environment SANDBOX, project sandbox-shop")
	assert.Contains(t, s.out, `"status":`)
	assert.NotContains(t, s.out, "\x1b", "nothing is redrawn")
	s = m.with("nonsense\n").run("--plain")
	assert.Equal(t, exitUsage, s.code, "a pipe learns how its last verb ended")
	t.Setenv("ACCESSIBLE", "1")
	s = m.with("'unended\nquit\npayouts\n").run()
	assert.NotContains(t, s.out, "CREATED", "quit quits")
}

// A server is a run that goes on until it is stopped, with its output to read meanwhile.
type server struct {
	out  *bufio.Reader
	stop context.CancelFunc
	done chan int
	err  *bytes.Buffer
}

func (m *machine) start(args ...string) *server {
	m.t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	r, w, err := os.Pipe() // with room for what nobody has read yet
	require.NoError(m.t, err)
	s := &server{out: bufio.NewReader(r), stop: stop, done: make(chan int, 1), err: &bytes.Buffer{}}
	go func() {
		s.done <- Run(ctx, args, strings.NewReader(""), w, s.err)
		assert.NoError(m.t, w.Close())
	}()
	m.t.Cleanup(func() {
		stop()
		assert.NoError(m.t, r.Close())
	})
	return s
}

// line reads the next line of output.
func (s *server) line(t *testing.T) string {
	t.Helper()
	text, err := s.out.ReadString('\n')
	if err != nil {
		require.NoError(t, err, "the server ended with %d: %s", <-s.done, s.err.String())
	}
	return text
}

// end stops the server and returns its exit code.
func (s *server) end(t *testing.T) int {
	t.Helper()
	s.stop()
	_, err := io.Copy(io.Discard, s.out)
	require.NoError(t, err)
	return <-s.done
}

func TestSandboxServesAPartnerOfItsOwn(t *testing.T) {
	m := newMachine(t)
	partner := m.key("partner.pem", testKeys()[2])
	out := filepath.Join(m.home, "pike.pem")
	srv := m.start("sandbox", "--listen", "127.0.0.1:0", "--project", "mine", "--partner-key", partner+".pub", "--pike-key-out", out,
		"--fault", "status_500:session/confirm:1", "--wallet", "1.00 EUR", "--json")
	var said struct {
		URL     string               `json:"url"`
		Project string               `json:"project"`
		PikeKey struct{ PEM string } `json:"pike_key"`
	}
	require.NoError(t, json.Unmarshal([]byte(srv.line(t)), &said))
	assert.Equal(t, "mine", said.Project)
	assert.Equal(t, said.PikeKey.PEM, string(readFile(t, out)))

	send := []string{"--project", "mine", "--base-url", said.URL, "--key-file", partner}
	session, ok := m.ok(append([]string{"send", "session/init/payout", "--body", m.payout("p", "100"), "--json"}, send...)...).object(t)["session"].(string)
	require.True(t, ok)
	at := []string{"--at", said.URL}
	run := func(args ...string) said2 { return said2{m.run(append(args, at...)...)} }
	run("sandbox", "advance", session, "ready_to_confirm").has(t, exitDone, "waits for confirm")
	s := m.run(append([]string{"send", "session/confirm", "--session", session}, send...)...)
	assert.Equal(t, exitUnknown, s.code, "HTTP 500: nobody knows")
	run("sandbox", "state").has(t, exitDone, session)
	run("sandbox", "state", session, "--json").has(t, exitDone, `"schema":1`)
	run("sandbox", "fault", "slow", "--method", "session/status", "--count", "2").has(t, exitDone, "2 times")
	run("sandbox", "fault").has(t, exitDone, "slow for session/status")
	run("sandbox", "fault", "--clear", "all").has(t, exitDone, "ended")
	run("sandbox", "fault", "slwo").has(t, exitUsage, "")
	run("sandbox", "fault", "--clear", "x").has(t, exitUsage, "")
	run("sandbox", "advance", session, "nowhere").has(t, exitUsage, "")
	run("sandbox", "advance", "ps_0", "succeeded").has(t, exitFailure, "")
	run("sandbox", "act", session, "dance").has(t, exitUsage, "")
	run("sandbox", "clock", "24h").has(t, exitDone, "T")
	run("sandbox", "clock", "back").has(t, exitUsage, "")
	assert.Equal(t, exitDone, srv.end(t))
	assert.Equal(t, exitNotSent, m.run("sandbox", "state", "--at", said.URL).code)
	for _, at := range []string{"https://proxy.pikepayments.com", "proxy-demo.pikepayments.com", "http://192.0.2.1:8131"} {
		s := m.run("sandbox", "clock", "5m", "--at", at)
		assert.Equal(t, exitUsage, s.code, at)
		assert.Contains(t, s.err, "is not on this machine")
		assert.Contains(t, s.err, "--allow-host")
	}
	for _, at := range []string{"http://", "ftp://localhost", "http://[::1", "::"} {
		s := m.run("sandbox", "state", "--at", at)
		assert.Equal(t, exitUsage, s.code, at)
		assert.Contains(t, s.err, "no address of a sandbox")
	}
	for _, bad := range [][]string{{"--fault", "slwo"}, {"--fault", "slow:x:y"}, {"--wallet", "much"}, {"--listen", "0.0.0.0:0"}} {
		s := m.run(append([]string{"sandbox", "--partner-key", partner + ".pub"}, bad...)...)
		assert.NotEqual(t, exitDone, s.code, "%v", bad)
	}
}

type said2 struct{ said }

func (s said2) has(t *testing.T, code int, text string) {
	t.Helper()
	assert.Equal(t, code, s.code, s.err)
	assert.Contains(t, s.out, text)
}

// TestVerbsShareTheSandboxThatIsServed: while pikedash sandbox runs, the other verbs use that one.
func TestVerbsShareTheSandboxThatIsServed(t *testing.T) {
	m := newMachine(t)
	srv := m.start("sandbox", "--listen", "127.0.0.1:0")
	url := regexp.MustCompile(`http://[0-9.:]+`).FindString(srv.line(t))
	require.NotEmpty(t, url)
	v := m.ok("send", "session/init/payout", "--body", m.payout("p", "100"), "--json").object(t)
	assert.Equal(t, url+"/api/v2/session/init/payout", v["url"])
	assert.Contains(t, m.ok("sandbox", "state").out, v["session"], "the controls find it too")
	second := m.run("sandbox")
	assert.Equal(t, exitFailure, second.code)
	assert.Contains(t, second.err, url)
	assert.Equal(t, exitDone, srv.end(t))
	// It is gone: the next verb serves the same state by itself.
	v = m.ok("send", "session/status", "--session", v["session"].(string), "--json").object(t)
	assert.Equal(t, "accepted", v["outcome"])
}

func TestListenVerifiesRecordsAndForwards(t *testing.T) {
	m := newMachine(t)
	got := make(chan []byte, 10)
	next := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if assert.NoError(t, err) {
			got <- body
		}
	}))
	defer next.Close()
	pike, err := keys.NewSigner(testKeys()[1], "pike")
	require.NoError(t, err)
	m.key("pike.pem", testKeys()[1])
	_, url := m.sandboxAt(nil)
	m.settings("profile = \"shop\"\n[profiles.shop]\nkind = \"sandbox\"\nproject = \"shop\"\nbase_url = \"" + url + "\"\n[[profiles.shop.pike_keys]]\nname = \"Pike\"\nfile = \"" + m.home + "/pike.pem.pub\"\n")
	srv := m.start("listen", "--listen", "127.0.0.1:0", "--forward", next.URL, "--json")
	var said struct{ URL string }
	require.NoError(t, json.Unmarshal([]byte(srv.line(t)), &said))

	body := []byte(`{"type":"ready_to_confirm","session":{"id":"ps_7","status":"in_progress","created_at":"2026-11-01T10:00:00.000001Z","updated_at":"2026-11-01T10:00:01.000001Z","next_action":"confirm"}}`)
	post := func(signature string) int {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, said.URL, bytes.NewReader(body))
		require.NoError(t, err)
		if signature != "" {
			req.Header.Set("X-PARTNER-SIGN", signature)
		}
		resp, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		return resp.StatusCode
	}
	signature, err := keys.SignBase64(t.Context(), pike, body)
	require.NoError(t, err)
	assert.Equal(t, http.StatusOK, post(signature))
	line := srv.line(t)
	assert.Contains(t, line, `"badge":"verified"`)
	assert.Contains(t, line, `"session":"ps_7"`)
	assert.Equal(t, body, <-got, "the same bytes are sent on")
	assert.Regexp(t, `^\{"schema":1,"forwarded":1,"url":"`+next.URL+`","status":200,"millis":\d+\}`, srv.line(t))
	assert.Equal(t, http.StatusUnauthorized, post(""))
	assert.Contains(t, srv.line(t), `"badge":"unsigned"`)
	assert.Equal(t, http.StatusUnauthorized, post(strings.Repeat("A", 344)))
	assert.Contains(t, srv.line(t), `"badge":"bad_signature"`)
	assert.Equal(t, http.StatusOK, post(signature))
	assert.Contains(t, srv.line(t), `"duplicate":true`)
	assert.Equal(t, exitDone, srv.end(t))

	assert.EqualValues(t, 1, m.ok("sessions", "--json", "--filter", "next:confirm").object(t)["count"])
	assert.Equal(t, exitDone, m.run("explain", "--webhook", "1").code)
	assert.Equal(t, exitInvalid, m.run("explain", "--webhook", "3").code)
	assert.Equal(t, exitFailure, m.run("listen", "--listen", "0.0.0.0:0").code, "other machines are let in on purpose only")
}

// A receiver cannot be told to send to itself.
func TestListenRefusesALoop(t *testing.T) {
	m := newMachine(t)
	_, url := m.sandboxAt(nil)
	port := strings.TrimPrefix(closedPort(t), "http://")
	s := m.run("listen", "--listen", port, "--forward", "http://"+port+"/", "--base-url", url, "--project", "shop")
	assert.Equal(t, exitFailure, s.code)
	assert.Contains(t, s.err, "loop")
}

func TestFaultsAreWrittenWithColons(t *testing.T) {
	faults, err := parseFaults([]string{"slow", "lost_answer:session/confirm", "status_500:session/init/payout:3"})
	require.NoError(t, err)
	assert.Equal(t, []sandbox.Fault{{Kind: "slow"}, {Kind: "lost_answer", Method: "session/confirm"}, {Kind: "status_500", Method: "session/init/payout", Count: 3}}, faults)
}
