package keys

import (
	"crypto"
	"crypto/x509/pkix"
	"encoding/asn1"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/youmark/pkcs8"
)

// lockedKey is EncryptedPrivateKeyInfo (RFC 5958, 3) with PBES2, every part of which can be bent.
type lockedKey struct {
	scheme, kdf, cipher asn1.ObjectIdentifier
	parameters          any // of the key derivation
	iv, data            []byte
}

func (k lockedKey) der(t *testing.T) []byte {
	t.Helper()
	part := func(id asn1.ObjectIdentifier, parameters any) pkix.AlgorithmIdentifier {
		der, err := asn1.Marshal(parameters)
		require.NoError(t, err)
		return pkix.AlgorithmIdentifier{Algorithm: id, Parameters: asn1.RawValue{FullBytes: der}}
	}
	type pair struct{ KDF, Cipher pkix.AlgorithmIdentifier }
	der, err := asn1.Marshal(struct {
		Algorithm pkix.AlgorithmIdentifier
		Data      []byte
	}{part(k.scheme, pair{part(k.kdf, k.parameters), part(k.cipher, k.iv)}), k.data})
	require.NoError(t, err)
	return der
}

type pbkdf2Numbers struct {
	Salt       []byte
	Iterations int64
}

type scryptNumbers struct {
	Salt    []byte
	N, R, P int64
}

// A file from outside must not cost minutes or gigabytes, nor make the cipher panic, whatever its
// parameters say. None of these gets as far as the question for the passphrase.
func TestHostileEncryptionIsRefusedBeforeAnythingIsComputed(t *testing.T) {
	pbes2 := asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 13}
	pbkdf2 := asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 12}
	scrypt := asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 11591, 4, 11}
	aes := asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 1, 42}
	gcm := asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 1, 46}
	des := asn1.ObjectIdentifier{1, 2, 840, 113549, 3, 7}
	salt, iv, data := make([]byte, 8), make([]byte, 16), make([]byte, 1216)
	fine := pbkdf2Numbers{salt, 1000}
	for name, c := range map[string]struct {
		key  lockedKey
		code string
	}{
		"fine":                {lockedKey{pbes2, pbkdf2, aes, fine, iv, data}, CodePassphraseNeeded},
		"fine with scrypt":    {lockedKey{pbes2, scrypt, aes, scryptNumbers{salt, 1 << 14, 8, 1}, iv, data}, CodePassphraseNeeded},
		"short IV":            {lockedKey{pbes2, pbkdf2, aes, fine, iv[:8], data}, CodeBroken},
		"no IV":               {lockedKey{pbes2, pbkdf2, aes, fine, nil, data}, CodeBroken},
		"long IV":             {lockedKey{pbes2, pbkdf2, des, fine, iv, data}, CodeBroken},
		"half a block":        {lockedKey{pbes2, pbkdf2, aes, fine, iv, data[:1209]}, CodeBroken},
		"no data":             {lockedKey{pbes2, pbkdf2, aes, fine, iv, nil}, CodeBroken},
		"GCM":                 {lockedKey{pbes2, pbkdf2, gcm, fine, iv[:12], data}, CodeEncryption},
		"no iterations":       {lockedKey{pbes2, pbkdf2, aes, pbkdf2Numbers{salt, 0}, iv, data}, CodeBroken},
		"negative iterations": {lockedKey{pbes2, pbkdf2, aes, pbkdf2Numbers{salt, -5}, iv, data}, CodeBroken},
		"endless iterations":  {lockedKey{pbes2, pbkdf2, aes, pbkdf2Numbers{salt, 1 << 40}, iv, data}, CodeEncryption},
		"scrypt, gigabytes":   {lockedKey{pbes2, scrypt, aes, scryptNumbers{salt, 1 << 24, 8, 1}, iv, data}, CodeEncryption},
		"scrypt, overflow":    {lockedKey{pbes2, scrypt, aes, scryptNumbers{salt, 1 << 62, 1 << 62, 1}, iv, data}, CodeEncryption},
		"scrypt, parallel":    {lockedKey{pbes2, scrypt, aes, scryptNumbers{salt, 1 << 14, 8, 1 << 20}, iv, data}, CodeEncryption},
		"scrypt, zero":        {lockedKey{pbes2, scrypt, aes, scryptNumbers{salt, 0, 0, 0}, iv, data}, CodeBroken},
		"another derivation":  {lockedKey{pbes2, asn1.ObjectIdentifier{1, 2, 3}, aes, fine, iv, data}, CodeEncryption},
	} {
		der := c.key.der(t)
		_, err := ParsePrivate(der, nil)
		assert.Equal(t, c.code, problemOf(t, err).Code, name)
		if c.code != CodePassphraseNeeded {
			assert.Contains(t, codes(Doctor("x", der, 0o600).Problems), c.code, name)
			continue
		}
		_, err = ParsePrivate(der, passphrase)
		assert.Equal(t, CodePassphraseWrong, problemOf(t, err).Code, name)
	}
}

// Iterations are counted by the file's author; the usual advice of today must still load.
func TestManyIterationsStillLoad(t *testing.T) {
	locked, err := pkcs8.MarshalPrivateKey(firstKey(), []byte(testPassphrase), &pkcs8.Opts{Cipher: pkcs8.AES256CBC,
		KDFOpts: pkcs8.PBKDF2Opts{SaltSize: 16, IterationCount: 600_000, HMACHash: crypto.SHA256}})
	require.NoError(t, err)
	private, err := ParsePrivate(locked, passphrase)
	require.NoError(t, err)
	assert.True(t, private.Key.Equal(firstKey()))
}
