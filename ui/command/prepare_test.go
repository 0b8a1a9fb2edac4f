package command

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"pikedash/config"
	"pikedash/keys"
)

func sealMachine(t *testing.T, more string) (*machine, func() int) {
	t.Helper()
	m := newMachine(t)
	server, url := m.sandboxAt(nil)
	m.settings("profile = \"shop\"\n[profiles.shop]\nkind = \"sandbox\"\nproject = \"shop\"\nbase_url = \"" + url + "\"\n" + more)
	return m, func() int { return sessionsAt(t, server) }
}

func TestPrepareAndApprove(t *testing.T) {
	m, sent := sealMachine(t, "")
	body := m.payout("p.json", "15000")
	file := filepath.Join(m.home, "p.sealed")
	s := m.ok("prepare", "session/init/payout", "--body", body, "--out", file)
	assert.Contains(t, s.out, "150.00 EUR")
	assert.Equal(t, 0, sent(), "nothing is sent by preparing")
	text := string(readFile(t, file))
	assert.NotContains(t, text, "4242424242424242", "the body is encrypted")
	assert.NotContains(t, text, "NDI0MjQyNDI0MjQyNDI0Mg", "not even as Base64")
	info, err := os.Stat(file)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	assert.Equal(t, exitUsage, m.run("prepare", "session/init/payout", "--body", body, "--out", file).code, "no file is overwritten")

	shown := m.ok("approve", file, "--show")
	assert.Contains(t, shown.out, "session/init/payout of 150.00 EUR to Jane Roe")
	assert.Equal(t, 0, sent())

	got := m.ok("approve", file, "--json").object(t)
	assert.Equal(t, "accepted", got["outcome"])
	var sealedFile map[string]any
	require.NoError(t, json.Unmarshal([]byte(text), &sealedFile))
	assert.Equal(t, sealedFile["idempotency_key"], got["idempotency_key"], "the author's key, not a new one")
	assert.Equal(t, at(sealedFile, "body", "sha256"), at(got, "body", "sha256"))
	assert.Equal(t, 1, sent())

	again := m.run("approve", file, "--json")
	assert.Equal(t, exitBlocked, again.code)
	assert.Equal(t, "already_sent", at(again.object(t), "error", "code"))
	assert.Equal(t, exitBlocked, m.run("approve", file, "--allow-duplicate").code)
	assert.Equal(t, 1, sent())
}

func TestApproveRefusesWhatWasChanged(t *testing.T) {
	m, sent := sealMachine(t, "")
	file := filepath.Join(m.home, "p.sealed")
	m.ok("prepare", "session/init/payout", "--body", m.payout("p.json", "15000"), "--out", file)
	text := string(readFile(t, file))
	change := func(name, from, to string) {
		require.Contains(t, text, from)
		changed := m.file(name, strings.Replace(text, from, to, 1))
		s := m.run("approve", changed, "--json")
		assert.Equal(t, exitBlocked, s.code, "%s: %s", from, s.err)
		assert.Equal(t, "changed", at(s.object(t), "error", "code"))
	}
	change("a", "150.00 EUR", "15.00 EUR")
	change("b", `"method": "session/init/payout"`, `"method": "session/init/payment"`)
	var s sealed
	require.NoError(t, json.Unmarshal([]byte(text), &s))
	change("c", s.Expires.Format(time.RFC3339Nano), s.Expires.Add(time.Hour).Format(time.RFC3339Nano))
	change("d", s.IdempotencyKey, "another-key-of-mine")
	change("e", encode64(s.Ciphertext)[:10], "AAAAAAAAAA")
	change("f", string(s.Author.Key)[:60], strings.Repeat("0", 60))
	assert.Equal(t, exitFailure, m.run("approve", m.file("g", "{}")).code)
	assert.Equal(t, exitFailure, m.run("approve", m.file("h", "")).code)
	assert.Equal(t, exitFailure, m.run("approve", filepath.Join(m.home, "none")).code)
	assert.Equal(t, 0, sent())
}

// TestApproveReadsTheFileAsPeopleDo: what the program would overlook is a change too.
func TestApproveReadsTheFileAsPeopleDo(t *testing.T) {
	m, sent := sealMachine(t, "")
	file := filepath.Join(m.home, "p.sealed")
	m.ok("prepare", "session/init/payout", "--body", m.payout("p.json", "15000"), "--out", file)
	text := string(readFile(t, file))
	for name, more := range map[string]string{
		"twice":      `"summary": "session/init/payout of 1.00 EUR to Nobody", `,
		"other-case": `"Summary": "session/init/payout of 1.00 EUR to Nobody", `,
		"unknown":    `"note": "approved by the head of payments", `,
	} {
		s := m.run("approve", m.file(name, strings.Replace(text, `"summary":`, more+`"summary":`, 1)), "--json")
		assert.Equal(t, exitBlocked, s.code, "%s: %s", name, s.out)
		assert.Equal(t, "changed", at(s.object(t), "error", "code"), name)
	}
	assert.Equal(t, 0, sent())
	m.ok("approve", m.file("other-blanks", strings.ReplaceAll(text, "\n  ", "\n\t")))
	assert.Equal(t, 1, sent())
}

// TestAnAuthorOfDemoSealsNothingForLive: a key is trusted with what it is trusted with, and a retired one
// with nothing.
func TestAnAuthorOfDemoSealsNothingForLive(t *testing.T) {
	m, server := liveMachine(t, "")
	live, old := filepath.Join(m.home, "live.pem"), m.key("old.pem", testKeys()[1])
	settings := string(readFile(t, filepath.Join(m.home, "config/pikedash/config.toml")))
	_, url, _ := strings.Cut(settings, "base_url = \"")
	url, _, _ = strings.Cut(url, "\"")
	for key, more := range map[string]string{
		filepath.Join(m.home, "demo.pem"): "",
		old:                               "[[profiles.practice.retired_keys]]\nname = \"old\"\nfile = \"" + old + ".pub\"\n",
	} {
		before := sessionsAt(t, server)
		// The author calls it his key for live.
		author := m.file("author.toml", "[profiles.practice]\nkind = \"live\"\nproject = \"shop\"\nbase_url = \""+url+"\"\nkey.file = \""+key+"\"\n")
		file := key + ".sealed"
		m.ok("prepare", "session/init/payout", "--config", author, "--profile", "practice", "--body", m.payout("p.json", "15000"), "--out", file, "--for", live+".pub")
		m.settings(settings + more)
		approve := []string{"approve", file, "--profile", "practice", "--allow-duplicate", "--live", "--confirm-amount", "150.00EUR", "--json"}
		s := m.run(approve...)
		assert.Equal(t, exitBlocked, s.code, "%s: %s", key, s.out)
		assert.Equal(t, "changed", s.rule(t), key)
		assert.Equal(t, before, sessionsAt(t, server))
		m.ok(append(approve, "--author-key", key+".pub")...)
	}
}

func TestApproveRefusesOtherEnvironmentsAndLateOnes(t *testing.T) {
	m, sent := sealMachine(t, "[profiles.other]\nkind = \"sandbox\"\nproject = \"else\"\nbase_url = \"http://127.0.0.1:1\"\n")
	file := filepath.Join(m.home, "p.sealed")
	m.ok("prepare", "session/init/payout", "--body", m.payout("p.json", "15000"), "--out", file, "--valid", "1h")
	s := m.run("approve", file, "--profile", "other", "--json")
	assert.Equal(t, "other_environment", at(s.object(t), "error", "code"))

	// The clock is the program's: two hours later.
	a := &app{in: strings.NewReader(""), out: &printer{w: &strings.Builder{}}, err: &printer{w: &strings.Builder{}}, getenv: os.Getenv,
		now: func() time.Time { return time.Now().Add(2 * time.Hour) }}
	assert.Equal(t, exitBlocked, a.run(t.Context(), []string{"approve", file}))
	assert.Equal(t, exitUsage, m.run("prepare", "session/init/payout", "--body", m.payout("p.json", "1"), "--out", file+"2", "--valid", "24h").code)
	assert.Equal(t, 0, sent())
}

func TestSelfApproval(t *testing.T) {
	m, sent := sealMachine(t, "forbid_self_approval = true\n")
	file := filepath.Join(m.home, "p.sealed")
	m.ok("prepare", "session/init/payout", "--body", m.payout("p.json", "15000"), "--out", file)
	s := m.run("approve", file, "--json")
	assert.Equal(t, exitBlocked, s.code)
	assert.Equal(t, "self_approval", at(s.object(t), "error", "code"))
	m.ok("approve", file, "--show")
	assert.Equal(t, 0, sent())

	// Nor is there a way past the second person.
	s = m.run("send", "session/init/payout", "--body", m.payout("q.json", "15100"), "--json")
	assert.Equal(t, exitBlocked, s.code)
	assert.Equal(t, "two_people", at(s.object(t), "error", "code"))
	assert.Equal(t, "two_people", at(m.run("send", "session/confirm", "--session", "ps_1", "--json").object(t), "error", "code"))
	assert.Equal(t, exitRefused, m.run("send", "session/cancel", "--session", "ps_1").code, "what moves no money needs no second person")
	t.Setenv("USER", "somebody-else")
	t.Setenv("LOGNAME", "somebody-else")
	assert.Equal(t, exitBlocked, m.run("approve", file).code, "a variable makes nobody another person")
	assert.Equal(t, 0, sent())
	s = m.ok("approve", m.byColleague(file))
	assert.Contains(t, s.out, "session/init/payout of 150.00 EUR to Jane Roe", "what is sent is shown")
	assert.Contains(t, s.out, "by colleague at ")
	assert.Equal(t, 1, sent())
	assert.False(t, sealedAuthor{User: "a", Host: "x"}.sameAs(sealedAuthor{User: "b", Host: "x"}))
	assert.True(t, sealedAuthor{User: "a", Host: "x", Key: "1"}.sameAs(sealedAuthor{User: "a", Host: "x", Key: "2"}), "another key is not another person")
}

// byColleague makes of a sealed request the same one by another author, who has the same key.
func (m *machine) byColleague(file string) string {
	m.t.Helper()
	var s sealed
	require.NoError(m.t, json.Unmarshal(readFile(m.t, file), &s))
	s.Author.User = "colleague"
	signer, err := keys.NewSigner(testKeys()[0], "test")
	require.NoError(m.t, err)
	text, err := s.signed()
	require.NoError(m.t, err)
	s.Seal, err = signer.Sign(m.t.Context(), text)
	require.NoError(m.t, err)
	out, err := json.Marshal(s)
	require.NoError(m.t, err)
	return m.file("colleague.sealed", string(out))
}

// TestSealForOnePerson: sealed for the public key of the approver, only he can open it.
func TestSealForOnePerson(t *testing.T) {
	m, sent := sealMachine(t, "")
	approver := m.key("approver.pem", testKeys()[2])
	file := filepath.Join(m.home, "p.sealed")
	m.ok("prepare", "session/init/payout", "--body", m.payout("p.json", "15000"), "--out", file, "--for", approver+".pub")
	s := m.run("approve", file)
	assert.Equal(t, exitBlocked, s.code)
	assert.Contains(t, s.err, "--open-key")
	s = m.run("approve", file, "--open-key", m.key("wrong.pem", testKeys()[1]))
	assert.Equal(t, exitBlocked, s.code)
	assert.Equal(t, 0, sent())
	m.ok("approve", file, "--open-key", approver)
	assert.Equal(t, 1, sent())
}

// An author whose key nobody knows is nobody.
func TestApproveWantsToKnowTheAuthor(t *testing.T) {
	m, _ := sealMachine(t, "")
	file := filepath.Join(m.home, "p.sealed")
	author := m.key("author.pem", testKeys()[2])
	m.ok("prepare", "session/init/payout", "--body", m.payout("p.json", "15000"), "--out", file, "--key-file", author, "--for", m.key("me.pem", testKeys()[0])+".pub")
	s := m.run("approve", file, "--open-key", filepath.Join(m.home, "me.pem"))
	assert.Equal(t, exitBlocked, s.code)
	assert.Contains(t, s.err, "--author-key")
	m.ok("approve", file, "--open-key", filepath.Join(m.home, "me.pem"), "--author-key", author+".pub")
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	return data
}

func TestPaths(t *testing.T) {
	m := newMachine(t)
	v := m.ok("info", "--json").object(t)
	list, ok := v["paths"].([]any)
	require.True(t, ok)
	assert.Equal(t, filepath.Join(m.home, "config/pikedash/config.toml"), at(list[0], "path"))
	assert.Equal(t, false, at(list[0], "exists"))
	m.settings("theme = \"dark\"\n")
	text := m.ok("info", "--project", "mine").out
	assert.Regexp(t, `theme\s+dark\s+file .*config.toml:1`, text)
	assert.Regexp(t, `profiles.sandbox.project\s+mine\s+flag --project`, text)
	assert.NotEmpty(t, config.Variables())
}
