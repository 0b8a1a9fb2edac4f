package keys

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"fmt"
)

// fileSigner signs with a private key that is held in memory. The key is parsed and precomputed
// once, never written to afterwards, and therefore safe for concurrent use.
type fileSigner struct {
	key      *rsa.PrivateKey
	describe string
}

// NewSigner returns a Signer for a key in memory. describe says where the key came from, such as
// "file ~/pike/private.pem"; it is shown to people. The key must not be changed afterwards. It
// fails for a missing or inconsistent key and for one below MinBits.
func NewSigner(key *rsa.PrivateKey, describe string) (Signer, error) {
	if key == nil || key.N == nil || key.D == nil {
		return nil, errors.New("making a signer: there is no private key")
	}
	if p := firstRefused(checkNumbers(key.N, exponent(&key.PublicKey))); p != nil {
		return nil, fmt.Errorf("making a signer for %s: %w", describe, p)
	}
	own := *key
	own.Precompute()
	if err := own.Validate(); err != nil {
		return nil, fmt.Errorf("making a signer for %s: %w", describe, inconsistent())
	}
	return &fileSigner{key: &own, describe: describe}, nil
}

func (s *fileSigner) Public() *rsa.PublicKey { return &s.key.PublicKey }

func (s *fileSigner) Describe() string { return s.describe }

// Sign implements Signer. The signature is as long as the modulus, leading zeros included, and
// deterministic: RSASSA-PKCS1-v1_5 uses no random bytes.
func (s *fileSigner) Sign(ctx context.Context, body []byte) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	digest := sha256.Sum256(body)
	return rsa.SignPKCS1v15(nil, s.key, crypto.SHA256, digest[:])
}

// accept brings a signature that was made outside this process to the modulus' length and checks
// it with the public key. Tokens and some agents drop leading zero bytes, about once in 256
// signatures; such a value is refused by every verifier, so the zeros are put back here.
func accept(pub *rsa.PublicKey, body, raw []byte) ([]byte, error) {
	size := pub.Size()
	for len(raw) > size && raw[0] == 0 {
		raw = raw[1:]
	}
	if len(raw) > size {
		return nil, fmt.Errorf("the signature has %d bytes, a key of %d bits makes %d", len(raw), pub.N.BitLen(), size)
	}
	padded := make([]byte, size)
	copy(padded[size-len(raw):], raw)
	digest := sha256.Sum256(body)
	if err := rsa.VerifyPKCS1v15(pub, crypto.SHA256, digest[:], padded); err != nil {
		return nil, ErrSignature
	}
	return padded, nil
}
