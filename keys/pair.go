package keys

import (
	"crypto/rsa"
	"errors"
	"fmt"
)

// Pair says whether a private key and a public key belong together: nil, or a Problem with the code
// "pair_mismatch" that names both by fingerprint.
func Pair(priv *rsa.PrivateKey, pub *rsa.PublicKey) error {
	if priv == nil || priv.N == nil || pub == nil || pub.N == nil {
		return errors.New("comparing a key pair: one half is missing")
	}
	own := &priv.PublicKey
	switch {
	case own.Equal(pub):
		return nil
	case own.N.Cmp(pub.N) == 0:
		return refuse(CodePairMismatch,
			fmt.Sprintf("the keys share their modulus but not their exponent (private %d, public %d)", own.E, pub.E),
			"write the public half of the private key anew and register that one")
	case own.N.BitLen() != pub.N.BitLen():
		return refuse(CodePairMismatch,
			fmt.Sprintf("the keys do not belong together: the private one has %d bits (%s), the public one %d (%s)",
				own.N.BitLen(), FingerprintOf(own).Short(), pub.N.BitLen(), FingerprintOf(pub).Short()),
			"find the partner of one of them, or register the public half of this private key")
	}
	return refuse(CodePairMismatch,
		fmt.Sprintf("the keys do not belong together: the private one is %s, the public one is %s",
			FingerprintOf(own).Short(), FingerprintOf(pub).Short()),
		"find the partner of one of them, or register the public half of this private key")
}

// SharedBetween returns the first key of the partner, present or retired, that belongs to both
// environments. Only the body of a request is signed, neither host nor project: with one key in
// demo and live, a body signed for demo can be replayed against live. Keys are compared by their
// modulus, because two exponents over one modulus have one private secret.
func (r Ring) SharedBetween(environment, other string) (first, second Known, shared bool) {
	for _, a := range r {
		if a.Environment != environment || a.Role == RolePike || a.Public == nil {
			continue
		}
		for _, b := range r {
			if b.Environment == other && b.Role != RolePike && b.Public != nil && a.Public.N.Cmp(b.Public.N) == 0 {
				return a, b, true
			}
		}
	}
	return Known{}, Known{}, false
}
