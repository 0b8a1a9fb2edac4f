package keys

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
)

// Sizes returns the sizes in bits that Generate offers; the first is what Pike's own example makes.
func Sizes() []int { return []int{2048, 3072, 4096} }

// Generate makes a new RSA key of 2048, 3072 or 4096 bits with the exponent 65537; other sizes are
// refused. It takes from a tenth of a second to several seconds. When ctx ends first, Generate
// returns its error at once; the search for primes cannot be interrupted and ends by itself, and
// its key is thrown away.
func Generate(ctx context.Context, bits int) (*rsa.PrivateKey, error) {
	if !slices.Contains(Sizes(), bits) {
		return nil, refuse(CodeUnusualBits,
			fmt.Sprintf("a key of %d bits is not offered", bits), "choose 2048, 3072 or 4096 bits")
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("generating a key of %d bits: %w", bits, err)
	}
	type result struct {
		key *rsa.PrivateKey
		err error
	}
	done := make(chan result, 1)
	go func() {
		key, err := rsa.GenerateKey(rand.Reader, bits)
		done <- result{key, err}
	}()
	select {
	case <-ctx.Done():
		return nil, fmt.Errorf("generating a key of %d bits: %w", bits, ctx.Err())
	case r := <-done:
		if r.err != nil {
			return nil, fmt.Errorf("generating a key of %d bits: %w", bits, r.err)
		}
		return r.key, nil
	}
}

// EncodePrivate returns key as an unencrypted PKCS#8 PEM ("PRIVATE KEY"), the form that
// `openssl genrsa` writes since version 3.
func EncodePrivate(key *rsa.PrivateKey) ([]byte, error) {
	if key == nil {
		return nil, errors.New("encoding the private key: there is none")
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("encoding the private key: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}

// EncodePublic returns pub as a PKIX PEM ("PUBLIC KEY"), the form that `openssl rsa -pubout` writes
// and that is handed to Pike.
func EncodePublic(pub *rsa.PublicKey) ([]byte, error) {
	if pub == nil || pub.N == nil {
		return nil, errors.New("encoding the public key: there is none")
	}
	der, err := x509.MarshalPKIXPublicKey(pub)
	if err != nil {
		return nil, fmt.Errorf("encoding the public key: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), nil
}
