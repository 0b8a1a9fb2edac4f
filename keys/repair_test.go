package keys

import (
	"encoding/base64"
	"encoding/pem"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// damage is one way in which a PEM text gets hurt on its way through variables and editors.
type damage struct {
	name  string
	code  string // what the doctor calls it
	apply func(pem string) string
}

func oneLine(glue string) func(string) string {
	return func(text string) string { return strings.ReplaceAll(strings.TrimSpace(text), "\n", glue) }
}

func quote(mark string, inner func(string) string) func(string) string {
	return func(text string) string { return mark + inner(text) + mark }
}

func body64(text string) string {
	block, _ := pem.Decode([]byte(text))
	return base64.StdEncoding.EncodeToString(block.Bytes)
}

func inUTF16(text string, big bool) string {
	var b strings.Builder
	for _, unit := range utf16.Encode([]rune("\ufeff" + text)) {
		low, high := byte(unit), byte(unit>>8)
		if big {
			low, high = high, low
		}
		b.WriteByte(low)
		b.WriteByte(high)
	}
	return b.String()
}

func damages() []damage {
	return []damage{
		{`\n`, CodeEscapedNewlines, oneLine(`\n`)},
		{`\r\n`, CodeEscapedNewlines, oneLine(`\r\n`)},
		{`\\n`, CodeEscapedNewlines, oneLine(`\\n`)},
		{`\n in quotes`, CodeEscapedNewlines, quote(`"`, oneLine(`\n`))},
		{`\n in a JSON file`, CodeEscapedNewlines, func(s string) string { return `{"private_key":"` + oneLine(`\n`)(s) + `\n"}` }},
		{`\n and newline`, CodeEscapedNewlines, func(s string) string { return strings.ReplaceAll(s, "\n", "\\n\n") }},
		{"source text", CodeEscapedNewlines, func(s string) string {
			return "\"" + strings.ReplaceAll(strings.TrimSpace(s), "\n", "\\n\"\n  \"") + "\\n\""
		}},
		{"blanks", CodeBlanks, oneLine(" ")},
		{"tabs in an assignment", CodeBlanks, func(s string) string { return "PIKE_KEY='" + oneLine("\t")(s) + "'\n" }},
		{"one line", CodeOneLine, oneLine("")},
		{"one line quoted", CodeQuoted, func(s string) string {
			return strings.Replace(strings.Replace(oneLine("")(s), "KEY-----", `KEY-----"`, 1), "-----END", `"-----END`, 1)
		}},
		{"indented", CodeLayout, func(s string) string { return "  " + strings.ReplaceAll(strings.TrimSpace(s), "\n", "\n    ") }},
		{"mail quote", CodeLayout, func(s string) string { return "> " + strings.ReplaceAll(strings.TrimSpace(s), "\n", "\n> ") }},
		{"dashes of a word processor", CodeLayout, func(s string) string { return strings.ReplaceAll(s, "-----", "–——–") }},
		{"no-break spaces", CodeLayout, func(s string) string { return strings.ReplaceAll(s, "\n", "\u00a0\n") }},
		{"no END line", CodeEndMissing, func(s string) string { return s[:strings.Index(s, "-----END")] }},
		{"no padding", CodePadding, func(s string) string { return strings.ReplaceAll(strings.ReplaceAll(s, "=\n", "\n"), "=\n", "\n") }},
		{"byte order mark", CodeBOM, func(s string) string { return "\ufeff" + s }},
		{"UTF-16 LE", CodeUTF16, func(s string) string { return inUTF16(s, false) }},
		{"UTF-16 BE", CodeUTF16, func(s string) string { return inUTF16(s, true) }},
		{"Base64 without PEM lines", CodeNoArmour, body64},
		{"wrapped Base64 without PEM lines", CodeNoArmour, func(s string) string {
			lines := strings.Split(strings.TrimSpace(s), "\n")
			return strings.Join(lines[1:len(lines)-1], "\n")
		}},
		{"Base64 of PEM", CodeBase64OfPEM, func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }},
		{"CR LF", CodeCRLF, func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }},
	}
}

// paddedPEM returns an RSA private key's PEM whose Base64 ends in '=', so that taking it off is a damage.
func paddedPEM(t *testing.T) []byte {
	t.Helper()
	for range 30 {
		text := privatePEM(t, makeKey())
		if strings.Contains(string(text), "=\n") {
			return text
		}
	}
	t.Fatal("no key with padding in 30")
	return nil
}

func codes(problems []Problem) []string {
	list := make([]string, 0, len(problems))
	for _, p := range problems {
		list = append(list, p.Code)
	}
	return list
}

func TestDamagedPEMsAreRepairedWithAWarning(t *testing.T) {
	good := paddedPEM(t)
	private, err := ParsePrivate(good, nil)
	require.NoError(t, err)
	public := publicPEM(t, private.Key)
	for _, damage := range damages() {
		t.Run(damage.name, func(t *testing.T) {
			hurt := []byte(damage.apply(string(good)))
			require.NotEqual(t, string(good), string(hurt))
			again, err := ParsePrivate(hurt, nil)
			require.NoError(t, err)
			assert.True(t, again.Key.Equal(private.Key))
			if damage.code != CodeCRLF {
				assert.NotEmpty(t, again.Warnings)
			}
			d := Doctor("key.pem", hurt, 0o600)
			assert.Equal(t, KindPrivatePKCS8, d.Kind)
			assert.Contains(t, codes(d.Problems), damage.code)
			assert.Equal(t, "private", d.UsableAs)

			if damage.code == CodePadding {
				return // a public key of 2048 bits has no padding
			}
			half, err := ParsePublic([]byte(damage.apply(string(public))))
			require.NoError(t, err)
			assert.True(t, half.Key.Equal(&private.Key.PublicKey))
		})
	}
}

// The doctor's commands are run as they stand; what they write must load and give no warning.
func TestTheDoctorsRepairCommandsWork(t *testing.T) {
	tool(t, "perl")
	good := paddedPEM(t)
	want, err := ParsePrivate(good, nil)
	require.NoError(t, err)
	for _, damage := range damages() {
		t.Run(damage.name, func(t *testing.T) {
			d := newFolder(t)
			path := d.write("it's a key.pem", []byte(damage.apply(string(good))), 0o600)
			fix := ""
			for _, p := range Doctor(path, d.read("it's a key.pem"), 0o600).Problems {
				if p.Code == damage.code {
					fix = p.Fix
				}
			}
			require.NotEmpty(t, fix)
			d.shell(fix)
			private, err := ReadPrivateFile(d.at("repaired.pem"), nil)
			require.NoError(t, err)
			assert.Empty(t, private.Warnings)
			assert.True(t, private.Key.Equal(want.Key))
			d.run("openssl", "pkey", "-in", "repaired.pem", "-noout")
		})
	}
}

func TestAnEncryptedKeyIsRepairedToo(t *testing.T) {
	d := newFolder(t)
	d.write("key.pem", privatePEM(t, firstKey()), 0o600)
	pass := "pass:" + testPassphrase
	d.run("openssl", "rsa", "-in", "key.pem", "-traditional", "-aes256", "-passout", pass, "-out", "aes")
	d.run("openssl", "rsa", "-in", "key.pem", "-traditional", "-des3", "-passout", pass, "-out", "des")
	d.run("openssl", "pkcs8", "-topk8", "-in", "key.pem", "-passout", pass, "-out", "new")
	for _, name := range []string{"aes", "des", "new"} {
		for _, glue := range []string{`\n`, " ", "\n  "} {
			hurt := oneLine(glue)(string(d.read(name)))
			private, err := ParsePrivate([]byte(hurt), passphrase)
			require.NoErrorf(t, err, "%s with %q", name, glue)
			assert.True(t, private.Key.Equal(firstKey()))
			assert.NotEmpty(t, private.Warnings)
		}
	}
}

func TestAMislabelledKeyLoadsWithAWarning(t *testing.T) {
	relabelled := func(text []byte, from, to string) []byte {
		return []byte(strings.ReplaceAll(string(text), from, to))
	}
	private := relabelled(privatePEM(t, firstKey()), "PRIVATE KEY", "RSA PRIVATE KEY")
	got, err := ParsePrivate(private, nil)
	require.NoError(t, err)
	assert.Len(t, got.Warnings, 1)
	public := relabelled(publicPEM(t, firstKey()), "PUBLIC KEY", "RSA PUBLIC KEY")
	half, err := ParsePublic(public)
	require.NoError(t, err)
	assert.Len(t, half.Warnings, 1)

	for _, text := range [][]byte{private, public} {
		d := newFolder(t)
		path := d.write("key", text, 0o600)
		diagnosis := Doctor(path, text, 0o600)
		require.Equal(t, []string{CodeMislabelled}, codes(diagnosis.Problems))
		d.shell(diagnosis.Problems[0].Fix)
		assert.Empty(t, Doctor("key", d.read("repaired.pem"), 0o600).Problems)
	}
	// The private half under a public label stays what it is: private.
	_, err = ParsePublic(relabelled(privatePEM(t, firstKey()), "PRIVATE KEY", "PUBLIC KEY"))
	assert.Equal(t, CodePrivateForPublic, problemOf(t, err).Code)
}

func TestLayersOfBase64AreTakenOff(t *testing.T) {
	text := privatePEM(t, firstKey())
	for layer := 1; layer <= 3; layer++ {
		text = []byte(base64.StdEncoding.EncodeToString(text))
		private, err := ParsePrivate(text, nil)
		require.NoError(t, err)
		assert.Len(t, private.Warnings, layer)
	}
	assert.Equal(t, KindText, Doctor("x", []byte(base64.StdEncoding.EncodeToString([]byte("no key at all, just text"))), 0).Kind)
}
