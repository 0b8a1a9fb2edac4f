package command

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"pikedash/keys"
	"pikedash/pikeapi/sandbox"
)

// The values that are marked. The numbers are the sandbox's trigger cards.
const (
	markedNumber    = "4000000000000101"
	markedHolder    = "QXHOLDER MARKED"
	markedRecipient = "QXRECIPIENT MARKED"
	markedToken     = "9f3c51d2a8b7460e9f3c51d2a8b7460e9f3c51d2a8b7460e9f3c51d2a8b7460e"
	markedHash      = "77aa10b6d4e84c1f77aa10b6d4e84c1f77aa10b6d4e84c1f77aa10b6d4e84c1f"
	markedSecure    = "QXPAREQMARKED0123456789"
	markedMail      = "qxmarked@leak.example"
	markedDocument  = "QXDOCUMENT4711"
	markedCode      = "7391"
)

// leakNames are the marked values by what they are. A security code is so short that it is only
// looked for as a value.
func leakNames() map[string]string {
	return map[string]string{"card number": markedNumber, "holder": markedHolder, "token": markedToken, "hash": markedHash,
		"3-D Secure": markedSecure, "mail": markedMail, "document": markedDocument, "security code": `"` + markedCode + `"`,
		"escaped security code": `\"` + markedCode + `\"`, "private key": "PRIVATE KEY"}
}

// leakForms are the ways in which a value could be written down without being seen at once.
func leakForms(secret string) []string {
	var percent, escaped strings.Builder
	for i := range len(secret) {
		fmt.Fprintf(&percent, "%%%02X", secret[i])
		fmt.Fprintf(&escaped, `\u%04x`, secret[i])
	}
	forms := []string{secret, hex.EncodeToString([]byte(secret)), strings.ToUpper(hex.EncodeToString([]byte(secret))),
		percent.String(), strings.ToLower(percent.String()), escaped.String(), strings.ReplaceAll(secret, " ", "%20"), strings.ReplaceAll(secret, " ", "+")}
	for shift := range 3 {
		// The characters of the ends also hold bits of the neighbours.
		text := base64.RawStdEncoding.EncodeToString(append(make([]byte, shift), secret...))
		text = text[(shift*8+5)/6 : len(text)-1]
		forms = append(forms, text, strings.NewReplacer("+", "-", "/", "_").Replace(text))
	}
	if secret == markedNumber {
		sum := sha256.Sum256([]byte(secret))
		forms = append(forms, hex.EncodeToString(sum[:])) // one of a million guesses is right
		for _, gap := range []string{" ", "-", "."} {
			forms = append(forms, strings.Join([]string{secret[:4], secret[4:8], secret[8:12], secret[12:]}, gap))
		}
	}
	slices.Sort(forms)
	return slices.Compact(forms)
}

// leaksIn names the marked values that a text holds.
func leaksIn(data []byte, more map[string]string) []string {
	var found []string
	for _, names := range []map[string]string{leakNames(), more} {
		for what, secret := range names {
			for _, form := range leakForms(secret) {
				if bytes.Contains(data, []byte(form)) {
					found = append(found, what+" as "+form)
				}
			}
		}
	}
	return found
}

// TestTheSearchFindsWhatIsThere: a search that finds nothing must be able to.
func TestTheSearchFindsWhatIsThere(t *testing.T) {
	for shift := range 3 {
		text := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("x", shift) + markedNumber + "tail"))
		assert.NotEmpty(t, leaksIn([]byte(text), nil), "base64, shifted by %d", shift)
	}
	assert.NotEmpty(t, leaksIn([]byte(hex.EncodeToString([]byte(`{"n":"`+markedNumber+`"}`))), nil))
	assert.NotEmpty(t, leaksIn([]byte(`"security_code":"7391"`), nil))
	assert.Empty(t, leaksIn([]byte("400000··0101, 7391 bytes, "+markedRecipient), nil))
}

// leakBodies are requests full of marked values, by method.
func leakBodies() map[string]string {
	card := `{"type":"bank_card","bank_card":{"number":"` + markedNumber + `","expiration_month":"12","expiration_year":"39","security_code":"` + markedCode + `","cardholder_name":"` + markedHolder + `"}}`
	persons := `"participant_details":{"recipient":{"full_name":"` + markedRecipient + `","email":"` + markedMail + `","document_number":"` + markedDocument + `"}}`
	secure := `"tds_data":{"cres":"` + markedSecure + `"},"redirect":{"url":"https://acs.example/` + markedSecure + `","qs":"PaReq=` + markedSecure + `","params":{"PaReq":"` + markedSecure + `"}}`
	amount := `"amount_details":{"amount":1500,"currency":"eur"}`
	return map[string]string{
		"session/init/payment": `{"payment_details":{"type":"card","card":` + card + `},` + amount + `,"customer":{"reference":"c","contacts":[{"email":"` + markedMail + `"}]},` +
			persons + `,` + secure + `,"metadata":"card ` + markedNumber[:4] + " " + markedNumber[4:8] + " " + markedNumber[8:12] + " " + markedNumber[12:] + `"}`,
		"session/init/payout":  `{"payout_details":{"type":"card","card":{"type":"bank_card","bank_card":{"number":"` + markedNumber + `","cardholder_name":"` + markedHolder + `"}}},` + amount + `,` + persons + `}`,
		"session/create":       `{"payout_details":{"type":"card","card":{"type":"tokenized_card","tokenized_card":{"token":"` + markedToken + `"}}},` + amount + `,` + persons + `}`,
		"session/refund":       `{"session_id":"` + markedNumber + `","metadata":{"card":"` + markedNumber + `"}}`,
		"session/confirm":      `{"session_id":"ps_none","payout_details":{"type":"card","card":{"type":"encrypted_card","encrypted_card":{"number_hash":"` + markedHash + `","security_code_hash":"` + markedHash + `"}}}}`,
		"tokenize/elements":    `{"card":{"number":"` + markedNumber + `","expiration_month":"12","expiration_year":"39","security_code":"` + markedCode + `","cardholder_name":"` + markedHolder + `"}}`,
		"token/info":           `{"type":"recurrent_token","recurrent_token":{"token":"` + markedToken + `"}}`,
		"recurrent/disable":    `{"recurrent":{"token":"` + markedToken + `"}}`,
		"session/status":       `{"session_id":"` + markedNumber + `","note":"{\"security_code\":\"` + markedCode + `\"}"`, // broken
		"session/start/payout": `{"session_id":"ps_none","payout_details":{"type":"card","card":{"type":"bank_card","bank_card":{"number":` + markedNumber + `}}}}`,
	}
}

// leakRun is a program that is fed with marked values, and everything that it printed.
type leakRun struct {
	m       *machine
	planted map[string]bool // the files with the values, which are not searched
	mu      sync.Mutex
	lists   strings.Builder // what lists printed: recipients are allowed there
	other   strings.Builder
}

func (r *leakRun) run(args ...string) {
	for _, extra := range [][]string{nil, {"--json"}} {
		s := r.m.run(append(slices.Clone(args), append([]string{"--log-level", "debug"}, extra...)...)...)
		r.mu.Lock()
		out := &r.other
		if args[0] == "payouts" || args[0] == "sessions" || args[0] == "unknown" || args[0] == "prepare" || args[0] == "approve" || slices.Contains(args, "--dry-run") {
			out = &r.lists
		}
		out.WriteString("\n" + s.out + "\n" + s.err)
		r.mu.Unlock()
	}
}

// TestNothingMarkedIsFound sends marked values through every path of the command line and the receiver,
// and searches everything that was written for them.
func TestNothingMarkedIsFound(t *testing.T) {
	m := newMachine(t)
	server, good := m.sandboxAt(nil)
	_, lossy := m.sandboxAt(func(c *sandbox.Config) { c.Faults = []sandbox.Fault{{Kind: sandbox.FaultLostAnswer}} })
	echo := echoServer(t)
	profile := func(name, url string) string {
		return "[profiles." + name + "]\nkind = \"sandbox\"\nproject = \"shop\"\nbase_url = \"" + url + "\"\n"
	}
	m.settings(profile("good", good) + profile("lossy", lossy) + profile("away", closedPort(t)) + profile("echo", echo))
	r := &leakRun{m: m, planted: map[string]bool{}}
	r.bodies(t)
	r.arguments()
	r.webhooks(t)
	state, err := server.Controls().State(t.Context())
	require.NoError(t, err)
	require.NotEmpty(t, state.Sessions)
	for _, x := range state.Sessions {
		r.run("send", "session/status", "--profile", "good", "--session", x.ID)
		r.run("evidence", x.ID, "--profile", "good")
		r.run("evidence", x.ID, "--profile", "good", "--out", filepath.Join(m.home, "out", x.ID))
	}
	for _, name := range []string{"good", "lossy", "away", "echo", "sandbox"} {
		for _, verb := range [][]string{{"payouts"}, {"payouts", "--csv"}, {"sessions"}, {"unknown", "list"}, {"journal", "verify"},
			{"journal", "export"}, {"journal", "export", "--format", "csv", "--out", filepath.Join(m.home, "out", name+".csv")}} {
			r.run(append(verb, "--profile", name)...)
		}
	}
	r.search(t)
}

// bodies sends, tries out, seals and explains every body in every environment.
func (r *leakRun) bodies(t *testing.T) {
	public := filepath.Join(r.m.home, "config/pikedash/keys/sandbox.pem.pub")
	require.NoError(t, os.MkdirAll(filepath.Join(r.m.home, "out"), 0o700))
	for method, body := range leakBodies() {
		file := r.m.file("planted/"+strings.ReplaceAll(method, "/", "-"), body)
		r.planted[file] = true
		for _, name := range []string{"good", "lossy", "away", "echo", "sandbox"} {
			reading := method == "session/status" || method == "token/info"
			if reading && (name == "lossy" || name == "away") {
				continue // reads are tried three times: slow, and nothing new
			}
			r.run("send", method, "--profile", name, "--body", file)
		}
		r.run("send", method, "--profile", "good", "--body", file, "--read-only")
		r.run("send", method, "--profile", "good", "--body", file, "--dry-run")
		r.run("send", method, "--profile", "good", "--body", file, "--live", "--confirm-amount", markedNumber)
		sealed := filepath.Join(r.m.home, "out", "sealed-"+filepath.Base(file))
		r.run("prepare", method, "--profile", "good", "--body", file, "--out", sealed)
		r.run("approve", sealed, "--profile", "good", "--show")
		r.run("approve", sealed, "--profile", "good")
		r.run("sign", "--profile", "good", "--body", file)
		r.run("explain", "--body", file, "--signature", "AAAA", "--key", public)
		r.run("verify", "--body", file, "--signature", "AAAA", "--key", public)
		r.run("explain", "--body", file, "--signature", markedToken+markedNumber, "--key", public)
	}
}

// arguments plants the card number where nobody expects one.
func (r *leakRun) arguments() {
	body := r.m.payout("harmless", "4711")
	for _, args := range [][]string{
		{"send", markedNumber}, {"send", "session/status", "--session", markedNumber}, {markedNumber}, {"unknown", markedNumber},
		{"send", "session/init/payout", "--body", body, "--idempotency-key", markedNumber},
		{"send", "session/init/payout", "--body", body, "--" + markedNumber},
		{"send", "session/init/payout", "--body", body, "--confirm-amount", markedNumber + "EUR", "--live"},
		{"unknown", "query", markedNumber}, {"unknown", "resend", markedNumber}, {"unknown", "resolve", markedNumber, "--note", markedNumber},
		{"payouts", "--filter", markedNumber}, {"payouts", "--filter", "amount>>" + markedNumber}, {"payouts", "--sort", markedNumber},
		{"evidence", markedNumber}, {"journal", "export", "--since", markedNumber}, {"sessions", "import", markedNumber},
		{"approve", filepath.Join(r.m.home, markedNumber)}, {"prepare", "session/confirm", "--session", markedNumber, "--out", filepath.Join(r.m.home, "out/s")},
	} {
		r.run(append(args, "--profile", "good")...)
	}
}

// webhooks has marked notifications received: signed, unsigned and broken.
func (r *leakRun) webhooks(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	address := strings.TrimPrefix(closedPort(t), "http://")
	ended := make(chan said)
	listening := *r.m
	listening.ctx = ctx
	go func() {
		ended <- listening.run("listen", "--profile", "good", "--listen", address, "--log-level", "debug", "--accept-unsigned")
	}()
	require.Eventually(t, func() bool { return reachable(t.Context(), address) }, 10*time.Second, 10*time.Millisecond)
	signer, err := keys.NewSigner(testKeys()[1], "Pike")
	require.NoError(t, err)
	for i, body := range []string{
		`{"type":"payment_finished","session":{"id":"ps_hook","status":"accepted","created_at":"2026-11-23T09:00:00Z","updated_at":"2026-11-23T09:00:00Z","payments":[{"id":"pm_hook","status":"succeeded","created_at":"2026-11-23T09:00:00Z",` +
			`"cardholder_name":"` + markedHolder + `","recurrent":{"token":"` + markedToken + `"},"customer":{"reference":"c","contacts":[{"email":"` + markedMail + `"}]},"amount_details":{"amount":100,"currency":"eur"},` +
			`"payment_details":{"type":"card","card":{"brand":"visa","last4":"0101","bin":"400000","number":"` + markedNumber + `","security_code":"` + markedCode + `"}},"metadata":"` + markedNumber + `",` +
			`"customer_interaction":{"type":"redirect","redirect":{"url":"https://acs.example/` + markedSecure + `","qs":{"x":"` + markedSecure + `"},"params":{"PaReq":"` + markedSecure + `"}}}}]}}`,
		`{"type":"` + markedNumber + `","session":{"id":"` + markedNumber + `"},"error":{"code":"` + markedNumber + `","description":"card ` + markedNumber + ` of"}}`,
		`{"card":"` + markedNumber + `", broken "cardholder_name":"` + markedHolder + `","token":"` + markedToken + `"`,
		"number=" + markedNumber + "&cardholder_name=" + strings.ReplaceAll(markedHolder, " ", "+") + "&token=" + markedToken,
	} {
		for _, signed := range []bool{true, false} {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+address+"/"+markedNumber+"?card="+markedNumber, strings.NewReader(body))
			require.NoError(t, err)
			req.Header.Set("Content-Type", "application/json")
			req.Header.Set("X-Card", markedNumber)
			if signed {
				raw, err := signer.Sign(t.Context(), []byte(body))
				require.NoError(t, err)
				req.Header.Set("X-Partner-Sign", encode64(raw))
			}
			answer, err := http.DefaultClient.Do(req)
			require.NoError(t, err, "%d", i)
			require.NoError(t, answer.Body.Close())
		}
	}
	stop()
	s := <-ended
	r.other.WriteString(s.out + s.err)
}

// echoServer answers with what it was asked, marked values and all, as an error.
func echoServer(t *testing.T) string {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, err := io.ReadAll(q.Body)
		if err != nil {
			return
		}
		w.Header().Set("X-Echo", markedNumber)
		w.WriteHeader(http.StatusBadRequest)
		_, err = fmt.Fprintf(w, `{"status":"error","error":{"code":%q,"description":%q},"request":%q}`, "code "+markedNumber, string(body), string(body))
		assert.NoError(t, err)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// search looks at everything that was printed and written.
func (r *leakRun) search(t *testing.T) {
	names := map[string]string{"recipient": markedRecipient}
	assert.Empty(t, leaksIn([]byte(r.other.String()), names), "printed")
	assert.Empty(t, leaksIn([]byte(r.lists.String()), nil), "printed by lists")
	files, journals := 0, 0
	require.NoError(t, filepath.WalkDir(r.m.home, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || r.planted[path] || strings.HasSuffix(path, ".pem") {
			return err
		}
		files++
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		more := names
		name := filepath.Base(path)
		if strings.HasPrefix(name, "journal.db") || strings.HasPrefix(name, "sealed-") {
			more = nil // names are looked for in the tables; a sealed request says whom it pays
		}
		found := leaksIn(data, more)
		if strings.HasPrefix(name, "sandbox.db") {
			// The books of the simulated Pike: it knows whom it pays, and no card.
			found = slices.DeleteFunc(found, func(s string) bool { return !strings.HasPrefix(s, "card") && !strings.Contains(s, "security code") })
		}
		assert.Empty(t, found, "in %s", path)
		if name == "journal.db" {
			journals++
			assert.Empty(t, tablesWith(t, path, markedRecipient), "names are in the lists alone: %s", path)
		}
		return nil
	}))
	assert.Greater(t, files, 30, "journals, sealed requests, bundles, exports, log and settings were searched")
	assert.GreaterOrEqual(t, journals, 5)
}

// tablesWith lists the tables of a journal that hold a text, but for those in which operators look for
// names: sessions, operations, intents and their indexes.
func tablesWith(t *testing.T, path, text string) []string {
	db, err := sql.Open("sqlite", "file:"+path+"?mode=ro")
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	tables := column(t, db, `SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'`)
	require.Greater(t, len(tables), 5)
	var found []string
	for _, table := range tables {
		if slices.ContainsFunc([]string{"sessions", "operations", "intents"}, func(allowed string) bool { return strings.HasPrefix(table, allowed) }) {
			continue
		}
		for _, c := range column(t, db, `SELECT name FROM pragma_table_info('`+table+`')`) {
			var n int
			require.NoError(t, db.QueryRow(`SELECT count(*) FROM "`+table+`" WHERE instr(CAST("`+c+`" AS BLOB), CAST(? AS BLOB)) > 0`, text).Scan(&n))
			if n > 0 {
				found = append(found, table+"."+c)
			}
		}
	}
	return found
}

func column(t *testing.T, db *sql.DB, query string) []string {
	rows, err := db.Query(query)
	require.NoError(t, err)
	defer func() { require.NoError(t, rows.Close()) }()
	var out []string
	for rows.Next() {
		var s string
		require.NoError(t, rows.Scan(&s))
		out = append(out, s)
	}
	require.NoError(t, rows.Err())
	return out
}

// TestASecurityCodeIsNeverSealed: it lives in memory until it is sent, and in no file.
func TestASecurityCodeIsNeverSealed(t *testing.T) {
	m, sent := sealMachine(t, "")
	for name, body := range map[string]string{
		"plain":          leakBodies()["session/init/payment"],
		"cased":          `{"card":{"Security_Code":"7391"}}`,
		"number":         `{"card":{"security_code":7391}}`,
		"hidden":         `{"card":{"security\u005fcode":"7391"}}`,
		"called cvv":     `{"card":{"cvv":"7391"}}`,
		"called cvc2":    `{"card":{"CVC2":7391}}`,
		"dashed":         `{"card":{"security-code":"7391"}}`,
		"named twice":    `{"card":{"security_code":"7391","security_code":""}}`,
		"a second value": `{"card":{"security_code":""}} {"card":{"security_code":"7391"}}`,
		"within a text":  `{"metadata":"{\"security_code\":\"7391\"}"}`,
		"in a list":      `{"security_code":["7391"]}`,
		"in an object":   `{"security_code":{"value":"7391"}}`,
		"after a mark":   "\xef\xbb\xbf" + `{"cvv":"7391"}`,
		"broken":         `{"cvv":"7391"`,
	} {
		file := filepath.Join(m.home, name+".sealed")
		s := m.run("prepare", "session/init/payment", "--body", m.file(name, body), "--out", file, "--json")
		assert.Equal(t, exitBlocked, s.code, "%s: %s", name, s.out)
		assert.Equal(t, "security_code", s.rule(t), name)
		assert.NoFileExists(t, file)
	}
	assert.Equal(t, 0, sent())
}
