package command

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"pikedash/keys"
	"pikedash/keys/forensics"
)

func TestKeysGenerateShowExport(t *testing.T) {
	m := newMachine(t)
	private := filepath.Join(m.home, "k", "demo.pem")
	v := m.ok("keys", "generate", "--out", private, "--json").object(t)
	assert.Equal(t, filepath.Join(m.home, "k", "demo.pub.pem"), v["public"])
	info, err := os.Stat(private)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())

	again := m.run("keys", "generate", "--out", private)
	assert.Equal(t, exitKey, again.code, "a key is never overwritten")
	assert.Contains(t, again.err, "exists")

	shown := m.ok("keys", "show", private, "--json").object(t)
	assert.Equal(t, v["fingerprint"], shown["fingerprint"])
	exported := m.ok("keys", "export", private).out
	pub, err := keys.ParsePublic([]byte(exported))
	require.NoError(t, err)
	assert.EqualValues(t, v["fingerprint"], keys.FingerprintOf(pub.Key))
	assert.NotContains(t, m.ok("keys", "show", private).out, "PRIVATE")

	// Without names, the key goes where the profile's name says.
	m.ok("keys", "generate", "--profile", "demo")
	assert.FileExists(t, filepath.Join(m.home, "config/pikedash/keys/demo.pem"))
	assert.Equal(t, exitKey, m.run("keys", "generate", "--bits", "1024", "--out", filepath.Join(m.home, "weak.pem")).code)
}

func TestKeysListFindsASharedKey(t *testing.T) {
	m := newMachine(t)
	file := m.key("both.pem", testKeys()[2])
	m.settings("[profiles.demo]\nproject = \"a\"\nkey.file = \"" + file + "\"\n[profiles.live]\nproject = \"a\"\nkey.file = \"" + m.key("copy.pem", testKeys()[2]) + "\"\n")
	s := m.run("keys", "list")
	assert.Equal(t, exitKey, s.code)
	assert.Contains(t, s.err, "share the key")
	assert.Contains(t, s.out, keys.FingerprintOf(&testKeys()[2].PublicKey).Short())

	// And no call is made with it, on either side.
	for _, profile := range []string{"demo", "live"} {
		s = m.run("send", "session/init/payout", "--profile", profile, "--body", m.payout("p.json", "1"), "--dry-run")
		assert.Equal(t, exitKey, s.code, s.out)
		assert.Contains(t, s.err, "can be replayed on the other")
	}
}

func TestKeysDoctor(t *testing.T) {
	m := newMachine(t)
	good := m.key("good.pem", testKeys()[0])
	bad := m.file("bad.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
	s := m.ok("keys", "doctor", good, "--pair", good+".pub")
	assert.Contains(t, s.out, "as the private key")
	assert.Contains(t, s.out, "belong together")
	s = m.run("keys", "doctor", good, bad, "--json")
	assert.Equal(t, exitKey, s.code)
	files, ok := s.object(t)["files"].([]any)
	require.True(t, ok)
	assert.Equal(t, "private", at(files[0], "usable_as"))
	assert.Equal(t, "", at(files[1], "usable_as"))
	s = m.run("keys", "doctor", good, "--pair", m.key("o.pem", testKeys()[1])+".pub")
	assert.Equal(t, exitKey, s.code)
	assert.Contains(t, s.err, "do not belong together")
	assert.Equal(t, exitUsage, m.run("keys", "doctor").code)
	require.NoError(t, os.Chmod(good, 0o644))
	s = m.run("keys", "doctor", good)
	assert.Equal(t, exitKey, s.code)
	assert.Contains(t, s.out, "chmod")
}

// TestSignAndVerifyWithOpenssl exchanges signatures with the real openssl, in both directions.
func TestSignAndVerifyWithOpenssl(t *testing.T) {
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("openssl is not installed")
	}
	m := newMachine(t)
	key := m.key("k.pem", testKeys()[2])
	body := m.file("body.json", "{\"a\": 1}\r\n\x00\t")
	ours := strings.TrimSpace(m.ok("sign", "--body", body, "--key-file", key).out)
	raw, err := base64.StdEncoding.DecodeString(ours)
	require.NoError(t, err)
	theirs, err := exec.Command(openssl, "dgst", "-sha256", "-sign", key, body).Output()
	require.NoError(t, err)
	assert.Equal(t, theirs, raw, "the same bytes, key and scheme")

	s := m.ok("verify", "--body", body, "--signature", base64.StdEncoding.EncodeToString(theirs), "--key", key+".pub")
	assert.Contains(t, s.out, "valid")
	sig := m.file("sig", ours+"\n")
	v := m.with("{\"a\": 1}\r\n\x00\t").ok("verify", "--body", "-", "--signature-file", sig, "--key", key+".pub", "--json").object(t)
	assert.Equal(t, true, v["valid"])
	s = m.with("{\"a\": 1}").run("verify", "--body", "-", "--signature-file", sig, "--key", key+".pub")
	assert.Equal(t, exitInvalid, s.code)
	assert.Contains(t, s.err, "pikedash explain")
}

func TestExplain(t *testing.T) {
	m := newMachine(t)
	key := m.key("k.pem", testKeys()[2])
	other := m.key("other.pem", testKeys()[1])
	body := `{"amount":1,"note":"x"}`
	signed := strings.TrimSpace(m.with(body+"\n").ok("sign", "--body", "-", "--key-file", key).out)
	file := m.file("body.json", body)

	s := m.run("explain", "--body", file, "--signature", signed, "--key", key+".pub")
	assert.Equal(t, exitInvalid, s.code)
	assert.Contains(t, s.out, "INVALID")
	assert.Contains(t, s.out, "body_trailing_newline")
	assert.Contains(t, s.out, "printf", "the fix comes with a snippet")

	v := m.run("explain", "--body", file, "--signature", signed, "--key", key+".pub", "--json").object(t)
	assert.Equal(t, []any{"body_trailing_newline"}, v["causes"])
	assert.Equal(t, false, v["valid"])
	assert.EqualValues(t, len(body), at(v, "body", "bytes"))
	assert.EqualValues(t, len(body)+1, at(v, "signed", "bytes"))

	right := strings.TrimSpace(m.ok("sign", "--body", file, "--key-file", key).out)
	s = m.run("explain", "--body", file, "--signature", right, "--key", key+".pub", "--key", other+".pub", "--json")
	assert.Equal(t, exitDone, s.code)
	assert.Equal(t, []any{"ok"}, s.object(t)["causes"])
	s = m.run("explain", "--body", file, "--signature", right, "--key", key+".pub", "--expect-key", other+".pub", "--json")
	assert.Equal(t, exitInvalid, s.code)
	assert.Equal(t, []any{"key_other_known"}, s.object(t)["causes"])

	// A key that is too small to be used is good enough to explain its signatures.
	weak, err := rsa.GenerateKey(rand.Reader, 1024)
	require.NoError(t, err)
	sum := sha256.Sum256([]byte(body))
	raw, err := rsa.SignPKCS1v15(nil, weak, crypto.SHA256, sum[:])
	require.NoError(t, err)
	s = m.run("explain", "--body", file, "--signature", base64.StdEncoding.EncodeToString(raw), "--key", m.key("weak.pem", weak)+".pub")
	assert.Equal(t, exitDone, s.code)
	assert.Contains(t, s.out, "VALID")
	assert.Contains(t, s.out, "note: The key has 1024 bits; Pike takes keys from 2048 bits on.")

	assert.Equal(t, exitUsage, m.run("explain", "--body", file, "--signature", right, "--key", key+".pub", "--lang", "cobol").code)
	assert.Equal(t, exitUsage, m.run("explain", "--signature", right, "--key", key+".pub").code)
	assert.Equal(t, exitUsage, m.run("explain", "--body", "-", "--signature-file", "-", "--key", key+".pub").code)
	assert.Equal(t, exitKey, m.run("explain", "--body", file, "--signature", right, "--key", file).code)
}

// A key of the settings gives a foreign signature its name.
func TestExplainNamesTheProfileWhoseKeySigned(t *testing.T) {
	m := newMachine(t)
	demo := m.key("demo.pem", testKeys()[2])
	m.settings("[profiles.demo]\nproject = \"a\"\nkey.file = \"" + demo + "\"\n")
	body := m.file("b.json", "{}")
	signature := strings.TrimSpace(m.ok("sign", "--body", body, "--profile", "demo").out)
	v := m.run("explain", "--body", body, "--signature", signature, "--key", m.key("x.pem", testKeys()[1])+".pub", "--json").object(t)
	assert.Equal(t, []any{"key_other_known"}, v["causes"])
	assert.Equal(t, "demo key", at(v, "key", "name"))

	// Without --key, the chosen profile's key is the expected one.
	assert.Equal(t, exitDone, m.run("explain", "--body", body, "--signature", signature, "--profile", "demo").code)

	// Broken settings do not keep anybody from examining a signature.
	m.settings("theme = \n")
	s := m.run("explain", "--body", body, "--signature", signature, "--key", demo+".pub")
	assert.Equal(t, exitDone, s.code, s.err)
	assert.Contains(t, s.err, "left out")
}

// Of several keys that may have signed, the one that fits is the expected one: Pike renews its keys too.
func TestARecordIsHeldAgainstEveryKeyThatMayHaveSigned(t *testing.T) {
	ring := keys.Ring{
		{Environment: "demo", Role: keys.RoleOwn, Public: &testKeys()[0].PublicKey},
		{Environment: "demo", Role: keys.RolePike, Public: &testKeys()[1].PublicKey},
		{Environment: "demo", Role: keys.RolePike, Public: &testKeys()[2].PublicKey},
		{Environment: "live", Role: keys.RolePike, Public: &testKeys()[0].PublicKey},
	}
	for i, want := range []int{1, 1, 2} {
		signer, err := keys.NewSigner(testKeys()[i], "test")
		require.NoError(t, err)
		signature, err := keys.SignBase64(t.Context(), signer, []byte("{}"))
		require.NoError(t, err)
		e := &forensics.Evidence{Body: []byte("{}"), BodyKnown: true, Signature: signature}
		assert.Equal(t, want, signerOf(ring, "demo", true, e), "signed by key %d", i)
		e = &forensics.Evidence{Digest: sha256.Sum256([]byte("{}")), Masked: true, Signature: signature}
		assert.Equal(t, want, signerOf(ring, "demo", true, e), "of a masked record")
	}
	assert.Equal(t, -1, signerOf(ring, "live", false, &forensics.Evidence{}))
}

func TestExplainManyCases(t *testing.T) {
	m := newMachine(t)
	key := m.key("k.pem", testKeys()[2])
	public, err := os.ReadFile(key + ".pub")
	require.NoError(t, err)
	sign := func(body string) string {
		return strings.TrimSpace(m.with(body).ok("sign", "--body", "-", "--key-file", key).out)
	}
	line := func(id any, body, signature string, keyText string) string {
		text, err := json.Marshal(map[string]any{"id": id, "body_b64": base64.StdEncoding.EncodeToString([]byte(body)), "signature": signature, "keys": []string{keyText}})
		require.NoError(t, err)
		return string(text) + "\n"
	}
	cases := line("a", "{}", sign("{}"), string(public)) + "\n" + line(2, "{}", sign("{}\n"), string(public)) + "not json\n" + line("d", "{}", "", "no key")
	s := m.with(cases).run("explain", "--jsonl")
	assert.Equal(t, exitFailure, s.code, "a line could not be read")
	var got []map[string]any
	for text := range strings.Lines(s.out) {
		var v map[string]any
		require.NoError(t, json.Unmarshal([]byte(text), &v))
		got = append(got, v)
	}
	require.Len(t, got, 4, "one answer for each case, in order")
	assert.Equal(t, "a", got[0]["id"])
	assert.Equal(t, []any{"ok"}, got[0]["causes"])
	assert.EqualValues(t, 2, got[1]["id"])
	assert.Equal(t, []any{"body_trailing_newline"}, got[1]["causes"])
	assert.Nil(t, got[2]["id"])
	assert.NotEmpty(t, at(got[2], "error", "message"))
	assert.Equal(t, "d", got[3]["id"])
	assert.Contains(t, at(got[3], "error", "message"), "key 1")

	assert.Equal(t, exitInvalid, m.with(line(1, "{}", sign("[]"), string(public))).run("explain", "--jsonl").code)
	assert.Equal(t, exitDone, m.with(line(1, "{}", sign("{}"), string(public))).run("explain", "--jsonl").code)
}
