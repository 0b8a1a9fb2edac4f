package keys

import (
	"context"
	"encoding/base64"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// opensslKey makes a key pair with openssl itself: key.pem (PKCS#8), pub.pem (PKIX) and body.
func opensslKey(t *testing.T) folder {
	t.Helper()
	d := newFolder(t)
	d.run("openssl", "genrsa", "-out", "key.pem", "2048")
	d.run("openssl", "rsa", "-in", "key.pem", "-pubout", "-out", "pub.pem")
	d.write("body", body, 0o600)
	return d
}

func TestOpenSSLAcceptsOurSignatureFromEveryPrivateForm(t *testing.T) {
	d := opensslKey(t)
	pass := "pass:" + testPassphrase
	forms := []struct {
		form string
		argv []string
	}{
		{"PKCS#8 PEM", []string{"pkcs8", "-topk8", "-nocrypt"}},
		{"PKCS#8 DER", []string{"pkcs8", "-topk8", "-nocrypt", "-outform", "DER"}},
		{"PKCS#1 PEM", []string{"rsa", "-traditional"}},
		{"PKCS#1 DER", []string{"rsa", "-traditional", "-outform", "DER"}},
		{"encrypted PKCS#8 PEM", []string{"pkcs8", "-topk8", "-passout", pass}},
		{"encrypted PKCS#8 PEM", []string{"pkcs8", "-topk8", "-v2", "aes-128-cbc", "-passout", pass}},
		{"encrypted PKCS#8 PEM", []string{"pkcs8", "-topk8", "-v2", "aes-192-cbc", "-v2prf", "hmacWithSHA1", "-passout", pass}},
		{"encrypted PKCS#8 PEM", []string{"pkcs8", "-topk8", "-v2", "des3", "-passout", pass}},
		{"encrypted PKCS#8 PEM", []string{"pkcs8", "-topk8", "-scrypt", "-passout", pass}},
		{"encrypted PKCS#8 PEM", []string{"rsa", "-aes256", "-passout", pass}},
		{"encrypted PKCS#8 DER", []string{"pkcs8", "-topk8", "-outform", "DER", "-passout", pass}},
		{"PKCS#1 with Proc-Type encryption PEM", []string{"rsa", "-traditional", "-aes256", "-passout", pass}},
		{"PKCS#1 with Proc-Type encryption PEM", []string{"rsa", "-traditional", "-aes128", "-passout", pass}},
		{"PKCS#1 with Proc-Type encryption PEM", []string{"rsa", "-traditional", "-des3", "-passout", pass}},
	}
	for _, form := range forms {
		t.Run(form.argv[0]+" "+form.form, func(t *testing.T) {
			d := folder{t, d.path}
			argv := append([]string{"openssl"}, form.argv...)
			d.run(append(argv, "-in", "key.pem", "-out", "form")...)
			require.NoError(t, os.Chmod(d.at("form"), 0o600))

			private, err := ReadPrivateFile(d.at("form"), passphrase)
			require.NoError(t, err)
			assert.Equal(t, form.form, private.Form)
			assert.Empty(t, private.Warnings)
			signer, err := NewSigner(private.Key, "file form")
			require.NoError(t, err)
			raw, err := signer.Sign(context.Background(), body)
			require.NoError(t, err)
			d.write("signature", raw, 0o600)
			out := d.run("openssl", "dgst", "-sha256", "-verify", "pub.pem", "-signature", "signature", "body")
			assert.Contains(t, string(out), "Verified OK")

			// The scheme is deterministic: openssl makes the same bytes.
			d.run("openssl", "dgst", "-sha256", "-sign", "key.pem", "-out", "theirs", "body")
			assert.Equal(t, d.read("theirs"), raw)
		})
	}
}

func TestWeAcceptOpenSSLsSignatureWithEveryPublicForm(t *testing.T) {
	d := opensslKey(t)
	d.run("openssl", "dgst", "-sha256", "-sign", "key.pem", "-out", "raw", "body")
	value := base64.StdEncoding.EncodeToString(d.read("raw"))
	request := []string{"openssl", "req", "-new", "-x509", "-key", "key.pem", "-subj", "/CN=test", "-days", "1"}
	forms := []struct {
		form string
		argv []string
	}{
		{"PKIX PEM", []string{"openssl", "rsa", "-in", "key.pem", "-pubout"}},
		{"PKIX DER", []string{"openssl", "rsa", "-in", "key.pem", "-pubout", "-outform", "DER"}},
		{"PKCS#1 PEM", []string{"openssl", "rsa", "-in", "key.pem", "-RSAPublicKey_out"}},
		{"PKCS#1 DER", []string{"openssl", "rsa", "-in", "key.pem", "-RSAPublicKey_out", "-outform", "DER"}},
		{"X.509 certificate PEM", request},
		{"X.509 certificate DER", append(request[:len(request):len(request)], "-outform", "DER")},
	}
	for _, form := range forms {
		t.Run(form.form, func(t *testing.T) {
			d := folder{t, d.path}
			d.run(append(form.argv, "-out", "form")...)
			public, err := ReadPublicFile(d.at("form"))
			require.NoError(t, err)
			assert.Equal(t, form.form, public.Form)
			assert.Empty(t, public.Warnings)
			assert.NoError(t, Verify(public.Key, body, value))
			assert.ErrorIs(t, Verify(public.Key, append([]byte("x"), body...), value), ErrSignature)
		})
	}
	t.Run("trusted certificate", func(t *testing.T) {
		d := folder{t, d.path}
		d.run(append(request, "-out", "cert")...)
		d.run("openssl", "x509", "-in", "cert", "-trustout", "-addtrust", "serverAuth", "-out", "trusted")
		public, err := ReadPublicFile(d.at("trusted"))
		require.NoError(t, err)
		assert.NoError(t, Verify(public.Key, body, value))
	})
}

func TestOpenSSLReadsWhatWeWrite(t *testing.T) {
	for _, bits := range Sizes() {
		key, err := Generate(context.Background(), bits)
		require.NoError(t, err)
		d := newFolder(t)
		require.NoError(t, WritePair(d.at("private.pem"), d.at("public.pem"), key))
		d.run("openssl", "pkey", "-in", "private.pem", "-check", "-noout")
		d.run("openssl", "rsa", "-in", "private.pem", "-pubout", "-out", "theirs.pem")
		assert.Equal(t, d.read("theirs.pem"), d.read("public.pem"))

		d.write("body", body, 0o600)
		d.write("signature", []byte(signature(t, key, body)), 0o600)
		d.shell("openssl base64 -d -A -in signature -out raw && openssl dgst -sha256 -verify public.pem -signature raw body")

		der := d.run("openssl", "pkey", "-pubin", "-in", "public.pem", "-outform", "DER")
		d.write("der", der, 0o600)
		sum := d.run("openssl", "dgst", "-sha256", "-r", "der")
		assert.Equal(t, string(sum[:64]), string(FingerprintOf(&key.PublicKey)))
	}
}

// The empty body, the two bytes of session/create, and sizes around a SHA-256 block.
func TestBodiesOfEveryLengthAgreeWithOpenSSL(t *testing.T) {
	d := newFolder(t)
	d.write("key.pem", privatePEM(t, firstKey()), 0o600)
	for _, n := range []int{0, 1, 2, 55, 56, 63, 64, 65, 1 << 20} {
		data := make([]byte, n)
		for i := range data {
			data[i] = byte(i * 7)
		}
		d.write("body", data, 0o600)
		d.run("openssl", "dgst", "-sha256", "-sign", "key.pem", "-out", "raw", "body")
		assert.Equal(t, base64.StdEncoding.EncodeToString(d.read("raw")), signature(t, firstKey(), data))
	}
}
