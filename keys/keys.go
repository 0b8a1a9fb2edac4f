// Package keys holds everything about RSA keys and Pike's signature scheme: loading and generating
// keys, fingerprints, signers, verification, and the ring of public keys that the program knows.
//
// Pike signs and verifies the exact bytes of a body with RSASSA-PKCS1-v1_5 and SHA-256, written as
// standard Base64 on one line in X-PARTNER-SIGN. Source: the page "API interaction" of Pike's
// documentation (its openssl example fixes padding and hash).
package keys

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"strings"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// MinBits is the smallest modulus that is accepted, in bits. Pike's own example makes 2048.
const MinBits = 2048

// ErrSignature says that a well-formed signature does not fit the body and key. keys/forensics
// finds out why.
var ErrSignature = errors.New("the signature does not fit these bytes and this key")

// Fingerprint is the SHA-256 of a key's SubjectPublicKeyInfo in DER, as 64 lower-case hex digits.
type Fingerprint string

// FingerprintOf returns the fingerprint of pub.
func FingerprintOf(pub *rsa.PublicKey) Fingerprint {
	return fingerprintOfNumbers(pub.N, big.NewInt(int64(pub.E)))
}

// fingerprintOfNumbers is FingerprintOf for exponents of any size: SubjectPublicKeyInfo of RFC 5280
// around RSAPublicKey of RFC 8017. It is on the way of every request, and takes a fraction of x509's time.
func fingerprintOfNumbers(n, e *big.Int) Fingerprint {
	var b cryptobyte.Builder
	b.AddASN1(asn1.SEQUENCE, func(key *cryptobyte.Builder) {
		key.AddASN1(asn1.SEQUENCE, func(algorithm *cryptobyte.Builder) {
			algorithm.AddASN1ObjectIdentifier([]int{1, 2, 840, 113549, 1, 1, 1})
			algorithm.AddASN1NULL()
		})
		key.AddASN1(asn1.BIT_STRING, func(bits *cryptobyte.Builder) {
			bits.AddUint8(0)
			bits.AddASN1(asn1.SEQUENCE, func(numbers *cryptobyte.Builder) {
				numbers.AddASN1BigInt(n)
				numbers.AddASN1BigInt(e)
			})
		})
	})
	der, err := b.Bytes()
	if err != nil {
		// The builder fails for lengths above 4 GiB only.
		return ""
	}
	sum := sha256.Sum256(der)
	return Fingerprint(hex.EncodeToString(sum[:]))
}

// Short returns the first and last four digits, the form that is shown on screen.
func (f Fingerprint) Short() string {
	if len(f) < 8 {
		return string(f)
	}
	return string(f[:4] + "·" + f[len(f)-4:])
}

// Signer makes Pike's signatures with one private key.
type Signer interface {
	// Public returns the public half of the key.
	Public() *rsa.PublicKey
	// Sign returns the raw RSASSA-PKCS1-v1_5 SHA-256 signature over body, exactly as long as the
	// modulus. It does not modify or keep body.
	Sign(ctx context.Context, body []byte) ([]byte, error)
	// Describe says where the key lives, such as "file ~/pike/private.pem". It holds no secret.
	Describe() string
}

// SignBase64 signs body and returns the value of X-PARTNER-SIGN: standard Base64, no line breaks.
func SignBase64(ctx context.Context, s Signer, body []byte) (string, error) {
	raw, err := s.Sign(ctx, body)
	if err != nil {
		return "", fmt.Errorf("signing %d bytes with %s: %w", len(body), s.Describe(), err)
	}
	return base64.StdEncoding.EncodeToString(raw), nil
}

// Verify checks signature, the value of X-PARTNER-SIGN, over the exact bytes of body. White space
// around the value is forgiven, everything else must be strict standard Base64. It returns nil,
// an error that wraps ErrSignature, or an error that says how the value is malformed.
func Verify(pub *rsa.PublicKey, body []byte, signature string) error {
	return VerifyDigest(pub, sha256.Sum256(body), signature)
}

// VerifyDigest is Verify for bytes of which only the SHA-256 digest is known, such as those of a
// journal record that was masked.
func VerifyDigest(pub *rsa.PublicKey, digest [32]byte, signature string) error {
	value := strings.TrimSpace(signature)
	if value == "" {
		return errors.New("the signature is empty")
	}
	// Go's decoder skips CR and LF silently; a header that holds them is not what Pike reads.
	if strings.ContainsAny(value, "\r\n") {
		return errors.New("the signature contains line breaks; it must be one line of Base64")
	}
	raw, err := base64.StdEncoding.Strict().DecodeString(value)
	if err != nil {
		return fmt.Errorf("the signature is not standard Base64: %w", err)
	}
	if len(raw) != pub.Size() {
		return fmt.Errorf("the signature has %d bytes, a key of %d bits makes %d", len(raw), pub.N.BitLen(), pub.Size())
	}
	if err := rsa.VerifyPKCS1v15(pub, crypto.SHA256, digest[:], raw); err != nil {
		return ErrSignature
	}
	return nil
}

// Role says whose key a known key is.
type Role string

// The roles of known keys.
const (
	RoleOwn     Role = "own"     // the partner's present key
	RoleRetired Role = "retired" // a key that the partner used before
	RolePike    Role = "pike"    // a key with which Pike signs notifications
)

// Known is a public key that the program can name.
type Known struct {
	Name        string // for people, such as "demo key" or "Pike demo 2026"
	Environment string // the profile that it belongs to; empty when it belongs to none
	Role        Role
	Public      *rsa.PublicKey
}

// Ring is the set of public keys that the program knows.
type Ring []Known

// Find returns the first key of the ring with the given fingerprint.
func (r Ring) Find(f Fingerprint) (Known, bool) {
	for _, k := range r {
		if FingerprintOf(k.Public) == f {
			return k, true
		}
	}
	return Known{}, false
}
