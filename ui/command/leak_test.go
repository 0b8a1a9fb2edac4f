package command

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"pikedash/pikeapi"
	"pikedash/pikeapi/sandbox"
)

// The values that are planted. The numbers are the published examples and the sandbox's trigger cards.
const (
	plantedNumber = "4000000000000002"
	plantedCode   = "739"
	plantedHolder = "PLANTED HOLDERNAME"
	plantedToken  = "b16b00b5c0ffee00b16b00b5c0ffee00b16b00b5c0ffee00b16b00b5c0ffee00"
)

// TestNothingSecretIsEverWritten sends marked card numbers, security codes, holder names and tokens
// through every verb that takes a body, well and badly, and then searches everything that was
// written: stdout, stderr and every file below the home but the bodies themselves.
func TestNothingSecretIsEverWritten(t *testing.T) {
	m := newMachine(t)
	server, good := m.sandboxAt(nil)
	_, lossy := m.sandboxAt(func(c *sandbox.Config) {
		c.Faults = []sandbox.Fault{{Kind: sandbox.FaultLostAnswer}}
	})
	m.settings("[profiles.good]\nkind = \"sandbox\"\nproject = \"shop\"\nbase_url = \"" + good + "\"\n" +
		"[profiles.lossy]\nkind = \"sandbox\"\nproject = \"shop\"\nbase_url = \"" + lossy + "\"\n" +
		"[profiles.away]\nkind = \"sandbox\"\nproject = \"shop\"\nbase_url = \"" + closedPort(t) + "\"\n")
	card := `"bank_card":{"number":"` + plantedNumber + `","expiration_month":"12","expiration_year":"39","security_code":"` + plantedCode +
		`","cardholder_name":"` + plantedHolder + `"}`
	bodies := map[string]string{
		"session/init/payment": `{"payment_details":{"type":"card","card":{"type":"bank_card",` + card + `}},"amount_details":{"amount":1500,"currency":"eur"},"customer":{"reference":"c"},"metadata":"` + plantedNumber + `"}`,
		"session/init/payout":  `{"payout_details":{"type":"card","card":{"type":"bank_card","bank_card":{"number":"` + plantedNumber + `"}}},"amount_details":{"amount":1500,"currency":"eur"}}`,
		"tokenize/elements":    `{"card":{"number":"` + plantedNumber + `","expiration_month":"12","expiration_year":"39","security_code":"` + plantedCode + `"}}`,
		"token/info":           `{"type":"recurrent_token","recurrent_token":{"token":"` + plantedToken + `"}}`,
		"recurrent/status":     `{"recurrent":{"token":"` + plantedToken + `"}}`,
		"session/create":       `{"card ` + plantedNumber + ` broken`,
	}
	var all strings.Builder
	planted := map[string]bool{}
	run := func(args ...string) {
		for _, extra := range [][]string{nil, {"--json"}} {
			s := m.run(append(args, extra...)...)
			all.WriteString(s.out + s.err)
		}
	}
	for method, body := range bodies {
		file := m.file("planted/"+strings.ReplaceAll(method, "/", "-"), body)
		planted[file] = true
		for _, profile := range []string{"good", "lossy", "away"} {
			if m, _ := pikeapi.LookupMethod(method); profile != "good" && !m.Mutates {
				continue // reads are tried three times: slow, and nothing new
			}
			run("send", method, "--profile", profile, "--body", file, "--log-level", "debug")
			run("send", method, "--profile", profile, "--body", file, "--dry-run")
		}
		run("prepare", method, "--profile", "good", "--body", file, "--out", filepath.Join(m.home, "sealed-"+filepath.Base(file)))
		run("explain", "--body", file, "--signature", "AAAA", "--key", filepath.Join(m.home, "config/pikedash/keys/sandbox.pem.pub"))
		run("verify", "--body", file, "--signature", plantedNumber, "--key", filepath.Join(m.home, "config/pikedash/keys/sandbox.pem.pub"))
	}
	for _, profile := range []string{"good", "lossy", "away"} {
		for _, verb := range [][]string{{"payouts", "--filter", "kind:payment"}, {"payouts"}, {"sessions"}, {"unknown", "list"}, {"journal", "export"}, {"journal", "verify"}} {
			run(append(verb, "--profile", profile)...)
		}
	}
	state, err := server.Controls().State(t.Context())
	require.NoError(t, err)
	for _, x := range state.Sessions {
		_, err := server.Controls().Advance(t.Context(), x.ID, "failed")
		require.NoError(t, err)
		run("send", "session/status", "--profile", "good", "--session", x.ID)
		run("evidence", x.ID, "--profile", "good")
	}
	run("send", "session/status", "--profile", "good", "--session", plantedNumber)
	require.True(t, strings.Contains(all.String(), `"status":"failed"`), "the operations went all the way")

	secrets := []string{plantedNumber, plantedHolder, plantedToken, "PRIVATE KEY", `code":"` + plantedCode, "4000 0000 0000 0002", "4000-0000-0000-0002"}
	for _, secret := range secrets {
		assert.False(t, strings.Contains(all.String(), secret), "%s was printed", secret)
	}
	files := 0
	require.NoError(t, filepath.WalkDir(m.home, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || planted[path] || strings.HasSuffix(path, ".pem") {
			return err
		}
		files++
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, secret := range secrets {
			assert.False(t, bytes.Contains(data, []byte(secret)), "%s is in %s", secret, path)
		}
		return nil
	}))
	assert.Greater(t, files, 8, "journals, seals, log and settings were searched")
}
