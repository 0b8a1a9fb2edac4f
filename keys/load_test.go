//go:build unix

package keys

import (
	"bytes"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"errors"
	"math/big"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSmallKeysAreRefused(t *testing.T) {
	d := newFolder(t)
	for _, bits := range []string{"512", "1024", "2047"} {
		d.run("openssl", "genrsa", "-out", "key", bits)
		d.run("openssl", "rsa", "-in", "key", "-pubout", "-out", "pub")
		_, err := ReadPrivateFile(d.at("key"), nil)
		p := problemOf(t, err)
		assert.Equal(t, CodeTooSmall, p.Code)
		assert.Contains(t, p.Sentence, bits+" bits")
		_, err = ReadPublicFile(d.at("pub"))
		assert.Equal(t, CodeTooSmall, problemOf(t, err).Code)
		assert.Contains(t, codes(DoctorFile(d.at("pub")).Problems), CodeTooSmall)
	}
}

func TestFilesThatOthersCanReadAreRefusedBeforeThePassphrase(t *testing.T) {
	d := newFolder(t)
	d.write("key.pem", privatePEM(t, firstKey()), 0o600)
	d.run("openssl", "rsa", "-in", "key.pem", "-aes256", "-passout", "pass:x", "-out", "locked.pem")
	never := func(string) ([]byte, error) {
		t.Error("the passphrase was asked for")
		return nil, errors.New("no")
	}
	for _, name := range []string{"key.pem", "locked.pem"} {
		for _, mode := range []os.FileMode{0o640, 0o604, 0o644, 0o620, 0o777, 0o610} {
			require.NoError(t, os.Chmod(d.at(name), mode))
			_, err := ReadPrivateFile(d.at(name), never)
			p := problemOf(t, err)
			assert.Equal(t, CodePermissions, p.Code)
			assert.Equal(t, "chmod 600 "+d.at(name), p.Fix)
		}
	}
	// The advice works, and a read-only key is fine too.
	d.shell("chmod 600 key.pem")
	_, err := ReadPrivateFile(d.at("key.pem"), nil)
	assert.NoError(t, err)
	require.NoError(t, os.Chmod(d.at("key.pem"), 0o400))
	_, err = ReadPrivateFile(d.at("key.pem"), nil)
	assert.NoError(t, err)
	// A public key in an open file is told what it is, not scolded for its mode.
	d.write("public.pem", publicPEM(t, firstKey()), 0o644)
	_, err = ReadPrivateFile(d.at("public.pem"), nil)
	assert.Equal(t, CodePublicForPrivate, problemOf(t, err).Code)
}

func TestOnlyRegularFilesOfAKeysSizeAreRead(t *testing.T) {
	d := newFolder(t)
	require.NoError(t, syscall.Mkfifo(d.at("pipe"), 0o600))
	d.write("huge", bytes.Repeat([]byte("A"), MaxFileBytes+1), 0o600)
	d.write("empty", nil, 0o600)
	require.NoError(t, os.Symlink(d.at("nowhere"), d.at("dangling")))
	for name, code := range map[string]string{
		".": "directory", "pipe": CodeNotRegular, "huge": "too_large", "empty": "empty",
		"missing": CodeMissing, "dangling": CodeMissing, "huge/below": CodeUnreadable,
	} {
		_, err := ReadPrivateFile(d.at(name), nil)
		p := problemOf(t, err)
		assert.Equal(t, code, p.Code)
		assert.Contains(t, p.Sentence, d.at(name))
		_, err = ReadPublicFile(d.at(name))
		assert.Equal(t, code, problemOf(t, err).Code)
		assert.Contains(t, codes(DoctorFile(d.at(name)).Problems), code)
	}
	_, err := ReadPrivateFile("/dev/zero", nil)
	assert.Equal(t, CodeNotRegular, problemOf(t, err).Code)
	_, err = ParsePrivate(bytes.Repeat([]byte("A"), MaxFileBytes+1), nil)
	assert.Equal(t, "too_large", problemOf(t, err).Code)

	// A link to a key is followed; the mode of the key counts.
	d.write("key.pem", privatePEM(t, firstKey()), 0o600)
	require.NoError(t, os.Symlink(d.at("key.pem"), d.at("link")))
	_, err = ReadPrivateFile(d.at("link"), nil)
	assert.NoError(t, err)
}

func TestSeveralBlocksAreRefused(t *testing.T) {
	private, public := privatePEM(t, firstKey()), publicPEM(t, firstKey())
	both := append(append([]byte{}, private...), public...)
	for _, data := range [][]byte{both, append(append([]byte{}, private...), private...), []byte(oneLine(`\n`)(string(both)))} {
		_, err := ParsePrivate(data, nil)
		p := problemOf(t, err)
		assert.Equal(t, CodeSeveralBlocks, p.Code)
		assert.Contains(t, p.Sentence, "2 blocks")
		_, err = ParsePublic(data)
		assert.Equal(t, CodeSeveralBlocks, problemOf(t, err).Code)
	}
	// A private key behind a public one still makes the file a secret.
	hidden := append(append([]byte{}, public...), private...)
	assert.Contains(t, codes(Doctor("x", hidden, 0o644).Problems), CodePermissions)
	// Text around one block is no harm: openssl writes such files.
	text := append([]byte("Bag Attributes\n    localKeyID: 01\nKey Attributes: <No Attributes>\n"), private...)
	got, err := ParsePrivate(append(text, "\nafterwards\n"...), nil)
	require.NoError(t, err)
	assert.Empty(t, got.Warnings)
}

func TestDamagedKeysAreCalledDamaged(t *testing.T) {
	good := string(privatePEM(t, firstKey()))
	lines := strings.Split(strings.TrimSpace(good), "\n")
	without := func(i int) string {
		return strings.Join(append(append([]string{}, lines[:i]...), lines[i+1:]...), "\n")
	}
	for name, c := range map[string]struct{ data, code string }{
		"a line is missing":    {without(5), CodeTruncated},
		"the end is missing":   {strings.Join(lines[:10], "\n"), CodeTruncated},
		"a character is odd":   {strings.Replace(good, lines[3], "*"+lines[3][1:], 1), CodeBroken},
		"nothing inside":       {lines[0] + "\n" + lines[len(lines)-1], CodeBroken},
		"BEGIN line only":      {lines[0], CodeBroken},
		"a number was changed": {flipped(t, good, 900), CodeInconsistent},
	} {
		_, err := ParsePrivate([]byte(c.data), nil)
		assert.Equalf(t, c.code, problemOf(t, err).Code, "%s: %v", name, err)
		assert.Empty(t, Doctor("x", []byte(c.data), 0o600).UsableAs, name)
	}
	zeroed := strings.Replace(good, lines[2], strings.Repeat("A", 64), 1)
	_, err := ParsePrivate([]byte(zeroed), nil)
	assert.Contains(t, []string{CodeInconsistent, CodeSmallFactor, CodeModulusEven}, problemOf(t, err).Code)

	der, err := base64.StdEncoding.DecodeString(body64(good))
	require.NoError(t, err)
	_, err = ParsePrivate(der[:len(der)-100], nil)
	assert.Equal(t, CodeTruncated, problemOf(t, err).Code)
	longer, err := ParsePrivate(append(der, 1, 2, 3), nil)
	require.NoError(t, err)
	assert.Len(t, longer.Warnings, 1)
}

// flipped changes one bit of the key's DER.
func flipped(t *testing.T, text string, at int) string {
	t.Helper()
	der, err := base64.StdEncoding.DecodeString(body64(text))
	require.NoError(t, err)
	der[at] ^= 4
	return "-----BEGIN PRIVATE KEY-----\n" + base64.StdEncoding.EncodeToString(der) + "\n-----END PRIVATE KEY-----\n"
}

func TestThePassphraseComesFromTheCallbackOnly(t *testing.T) {
	d := newFolder(t)
	d.write("key.pem", privatePEM(t, firstKey()), 0o600)
	pass := "pass:" + testPassphrase
	d.run("openssl", "rsa", "-in", "key.pem", "-aes256", "-passout", pass, "-out", "new.pem")
	d.run("openssl", "rsa", "-in", "key.pem", "-traditional", "-aes256", "-passout", pass, "-out", "old.pem")
	for _, name := range []string{"new.pem", "old.pem"} {
		_, err := ReadPrivateFile(d.at(name), nil)
		assert.Equal(t, CodePassphraseNeeded, problemOf(t, err).Code)

		given := []byte(testPassphrase)
		asked := ""
		_, err = ReadPrivateFile(d.at(name), func(prompt string) ([]byte, error) { asked = prompt; return given, nil })
		require.NoError(t, err)
		assert.Equal(t, "Passphrase for "+d.at(name), asked)
		assert.Equal(t, make([]byte, len(testPassphrase)), given, "the passphrase is overwritten after use")

		for _, wrong := range []string{"", "wrong", testPassphrase + "\n"} {
			_, err = ReadPrivateFile(d.at(name), func(string) ([]byte, error) { return []byte(wrong), nil })
			assert.Equal(t, CodePassphraseWrong, problemOf(t, err).Code)
		}
		stop := errors.New("the person pressed escape")
		_, err = ReadPrivateFile(d.at(name), func(string) ([]byte, error) { return nil, stop })
		assert.ErrorIs(t, err, stop)
	}
	// A passphrase is not asked for where none is needed.
	_, err := ReadPrivateFile(d.at("key.pem"), func(string) ([]byte, error) { return nil, errors.New("asked") })
	assert.NoError(t, err)
}

func TestEncryptionThatIsNotReadSaysHowToConvert(t *testing.T) {
	d := newFolder(t)
	d.write("key.pem", privatePEM(t, firstKey()), 0o600)
	d.run("openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "ec.pem")
	pass := "pass:" + testPassphrase
	for name, argv := range map[string][]string{
		"PBES1":       {"pkcs8", "-topk8", "-v1", "PBE-SHA1-3DES"},
		"SHA-512":     {"pkcs8", "-topk8", "-v2", "aes256", "-v2prf", "hmacWithSHA512"},
		"Camellia":    {"pkcs8", "-topk8", "-v2", "camellia256"},
		"iterations":  {"pkcs8", "-topk8", "-iter", "4000001"},
		"old Camelia": {"rsa", "-traditional", "-camellia256"},
	} {
		t.Run(name, func(t *testing.T) {
			d := folder{t, d.path}
			d.run(append(append([]string{"openssl"}, argv...), "-in", "key.pem", "-passout", pass, "-out", "odd.pem")...)
			require.NoError(t, os.Chmod(d.at("odd.pem"), 0o600))
			_, err := ReadPrivateFile(d.at("odd.pem"), passphrase)
			p := problemOf(t, err)
			assert.Equal(t, CodeEncryption, p.Code)
			// Run the advice; the passphrases that it asks a person for are given here.
			d.shell(p.Fix + " -passin '" + pass + "' -passout '" + pass + "'")
			private, err := ReadPrivateFile(d.at("private.pem"), passphrase)
			require.NoError(t, err)
			assert.True(t, private.Key.Equal(firstKey()))
		})
	}
	t.Run("an EC key inside", func(t *testing.T) {
		d := folder{t, d.path}
		d.run("openssl", "pkcs8", "-topk8", "-in", "ec.pem", "-passout", pass, "-out", "odd.pem")
		_, err := ReadPrivateFile(d.at("odd.pem"), passphrase)
		assert.Equal(t, string(KindECPrivate), problemOf(t, err).Code)
	})
}

// What must never be seen: any run of the key's Base64, of its DER in hex, or of the passphrase.
func TestErrorsAndDiagnosesHoldNoKeyMaterial(t *testing.T) {
	d, _ := zoo(t)
	entries, err := os.ReadDir(d.path)
	require.NoError(t, err)
	var files [][]byte
	for _, entry := range entries {
		if !entry.IsDir() {
			files = append(files, d.read(entry.Name()))
		}
	}
	good := string(privatePEM(t, firstKey()))
	for _, damage := range damages() {
		hurt := damage.apply(good)
		files = append(files, []byte(hurt), []byte(hurt[:len(hurt)/2]), []byte(hurt[len(hurt)/3:]), []byte(strings.ReplaceAll(hurt, "A", "*")))
	}
	for _, file := range files {
		for _, variant := range [][]byte{file, file[:len(file)*2/3], append([]byte("{\""), file...)} {
			said := whatIsSaid(t, variant)
			assert.NotContains(t, said, testPassphrase)
			for at := 0; at+10 <= len(variant); at += 3 {
				piece := string(variant[at : at+10])
				if strings.Trim(piece, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=") != "" || known(piece) {
					continue
				}
				require.NotContainsf(t, said, piece, "material of the file is in the text")
			}
		}
	}
}

// known are the words that may stand both in a file and in a sentence about it.
func known(piece string) bool {
	return strings.Contains("ENCRYPTED CERTIFICATE RSAKeyValue ExportPkcs8PrivateKeyPem", strings.TrimRight(piece, "-= "))
}

// whatIsSaid collects every text that the package makes about data.
func whatIsSaid(t *testing.T, data []byte) string {
	t.Helper()
	var b strings.Builder
	private, err := ParsePrivate(data, func(string) ([]byte, error) { return []byte("wrong " + testPassphrase), nil })
	if err != nil {
		b.WriteString(err.Error())
	} else {
		b.WriteString(private.Form + strings.Join(private.Warnings, " "))
	}
	public, err := ParsePublic(data)
	if err != nil {
		b.WriteString(err.Error())
	} else {
		b.WriteString(public.Form + strings.Join(public.Warnings, " "))
	}
	diagnosis, err := json.Marshal(Doctor("key.pem", data, 0o644))
	require.NoError(t, err)
	b.Write(diagnosis)
	return b.String()
}

// crypto/x509 takes a key without its CRT values (RFC 8017, A.1.2 demands them); a file that only
// some programs read is refused, by loader and doctor alike.
func TestAKeyWithoutItsCRTValuesIsRefused(t *testing.T) {
	key := firstKey()
	inner, err := asn1.Marshal(struct {
		Version       int
		N, E, D, P, Q *big.Int
	}{0, key.N, exponent(&key.PublicKey), key.D, key.Primes[0], key.Primes[1]})
	require.NoError(t, err)
	der, err := asn1.Marshal(struct {
		Version   int
		Algorithm pkix.AlgorithmIdentifier
		Key       []byte
	}{0, pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}, Parameters: asn1.NullRawValue}, inner})
	require.NoError(t, err)
	_, err = ParsePrivate(der, nil)
	assert.Equal(t, CodeInconsistent, problemOf(t, err).Code)
	assert.Equal(t, []string{CodeInconsistent}, codes(Doctor("x", der, 0o600).Problems))
}
