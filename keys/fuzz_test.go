package keys

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"github.com/youmark/pkcs8"
	"golang.org/x/crypto/ssh"
)

// seeds adds one input of each family. They are made here, because keys are not committed.
func seeds(f *testing.F) {
	f.Helper()
	key := firstKey()
	private, public := privatePEM(f, key), publicPEM(f, key)
	f.Add(private)
	f.Add(public)
	for _, damage := range damages() {
		f.Add([]byte(damage.apply(string(private))))
	}
	block, _ := pem.Decode(private)
	f.Add(block.Bytes)
	f.Add(block.Bytes[:len(block.Bytes)/2])
	block, _ = pem.Decode(public)
	f.Add(block.Bytes)
	f.Add(x509.MarshalPKCS1PrivateKey(key))
	f.Add(x509.MarshalPKCS1PublicKey(&key.PublicKey))
	for _, kdf := range []pkcs8.KDFOpts{
		pkcs8.PBKDF2Opts{SaltSize: 8, IterationCount: 2, HMACHash: crypto.SHA256},
		pkcs8.ScryptOpts{SaltSize: 8, CostParameter: 2, BlockSize: 1, ParallelizationParameter: 1},
	} {
		locked, err := pkcs8.MarshalPrivateKey(key, []byte(testPassphrase), &pkcs8.Opts{Cipher: pkcs8.AES256CBC, KDFOpts: kdf})
		require.NoError(f, err)
		f.Add(locked)
		f.Add(pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: locked}))
	}
	f.Add([]byte("-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00112233445566778899AABBCCDDEEFF\n\nAAAAAAAAAAAAAAAAAAAAAA==\n-----END RSA PRIVATE KEY-----\n"))
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(f, err)
	der, err := x509.MarshalPKCS8PrivateKey(other)
	require.NoError(f, err)
	f.Add(der)
	opensshBlock, err := ssh.MarshalPrivateKey(key, "comment")
	require.NoError(f, err)
	f.Add(pem.EncodeToMemory(opensshBlock))
	wire, err := ssh.NewPublicKey(&key.PublicKey)
	require.NoError(f, err)
	f.Add(ssh.MarshalAuthorizedKey(wire))
	for _, text := range []string{"", " \n", `{"kty":"RSA","n":"AQAB","e":"AQAB","d":"AA"}`, `{"keys":[{}]}`, "[1]", "{", "-----BEGIN",
		"---- BEGIN SSH2 PUBLIC KEY ----\nAAAA\n---- END SSH2 PUBLIC KEY ----", "PuTTY-User-Key-File-2: ssh-rsa", "<RSAKeyValue>",
		"0\x84\xff\xff\xff\xff", "0\x80\x00\x00", "\xff\xfe-\x00-\x00", "openssh-key-v1\x00", "LS0tLS1CRUdJTiBY"} {
		f.Add([]byte(text))
	}
}

// wellSpoken fails for a text that a terminal or a log should not get.
func wellSpoken(t *testing.T, text string) {
	t.Helper()
	require.True(t, utf8.ValidString(text))
	for _, r := range text {
		require.False(t, unicode.IsControl(r), "control character in %q", text)
	}
}

func FuzzParsePrivate(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		private, err := ParsePrivate(data, passphrase)
		if err != nil {
			wellSpoken(t, err.Error())
			var p *Problem
			require.True(t, errors.As(err, &p))
			return
		}
		signer, err := NewSigner(private.Key, "fuzz")
		require.NoError(t, err)
		value, err := SignBase64(context.Background(), signer, data)
		require.NoError(t, err)
		require.NoError(t, Verify(signer.Public(), data, value))
	})
}

func FuzzParsePublic(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		public, err := ParsePublic(data)
		if err != nil {
			wellSpoken(t, err.Error())
			var p *Problem
			require.True(t, errors.As(err, &p))
			return
		}
		require.GreaterOrEqual(t, public.Key.N.BitLen(), MinBits)
		text, err := EncodePublic(public.Key)
		require.NoError(t, err)
		again, err := ParsePublic(text)
		require.NoError(t, err)
		require.True(t, again.Key.Equal(public.Key))
		require.Error(t, Verify(public.Key, data, "AAAA"))
	})
}

// The doctor must take anything, and agree with the loaders about what can be used.
func FuzzDoctor(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		d := Doctor("some key.pem", data, 0o600)
		text, err := json.Marshal(d)
		require.NoError(t, err)
		wellSpoken(t, string(text))
		require.NotEmpty(t, d.Sentence)
		_, err = ParsePublic(data)
		require.Equal(t, err == nil, d.UsableAs == "public", "%s: %v", text, err)
		_, err = ParsePrivate(data, nil)
		if !d.Encrypted {
			require.Equal(t, err == nil, d.UsableAs == "private", "%s: %v", text, err)
		}
	})
}
