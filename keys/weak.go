package keys

import (
	"crypto/rsa"
	"fmt"
	"math/big"
	"math/bits"
	"slices"
)

// MaxBits is the largest modulus that is accepted, in bits: a hostile key must not buy minutes of
// arithmetic.
const MaxBits = 16384

// inspectBits is the smallest modulus that signatures are still explained with, in bits. Foreign
// signatures by such keys exist; none is made or accepted here.
const inspectBits = 512

const newPair = "make a new pair: openssl genrsa -out private.pem 2048 && openssl rsa -in private.pem -pubout -out public.pem"

func exponent(pub *rsa.PublicKey) *big.Int { return big.NewInt(int64(pub.E)) }

func inconsistent() *Problem {
	return refuse(CodeInconsistent, "the parts of this private key do not fit together; the file was damaged or edited",
		"restore the file from a backup, or "+newPair)
}

// firstRefused returns the first problem that forbids the use of a key, or nil.
func firstRefused(problems []Problem) *Problem {
	for i := range problems {
		if problems[i].Refused {
			return &problems[i]
		}
	}
	return nil
}

// sentences returns the sentences of the problems that do not forbid the use of a key.
func sentences(problems []Problem) []string {
	var list []string
	for _, p := range problems {
		if !p.Refused {
			list = append(list, p.Sentence)
		}
	}
	return list
}

// checkNumbers looks at a public modulus and exponent: what makes a key unusable, and what makes
// it weak. It is fast (well below a millisecond for 4096 bits) and needs no private part.
func checkNumbers(n, e *big.Int) []Problem {
	var list []Problem
	add := func(refused bool, code, sentence, fix string) {
		list = append(list, Problem{Code: code, Sentence: sentence, Fix: fix, Refused: refused})
	}
	bits := n.BitLen()
	switch {
	case n.Sign() <= 0 || bits < MinBits:
		add(true, CodeTooSmall, fmt.Sprintf("the key has %d bits, at least %d are needed", bits, MinBits), newPair)
		if n.Sign() <= 0 || bits < inspectBits {
			return list
		}
	case bits > MaxBits:
		add(true, CodeTooBig, fmt.Sprintf("the key has %d bits, more than %d are not accepted", bits, MaxBits), newPair)
		return list
	}
	switch {
	case e.Cmp(big.NewInt(1)) <= 0:
		add(true, CodeExponentOne, "the public exponent is "+shortNumber(e)+": such a key signs nothing at all", newPair)
	case e.Bit(0) == 0:
		add(true, CodeExponentEven, "the public exponent "+shortNumber(e)+" is even, which no RSA key has", newPair)
	case e.BitLen() > 31:
		add(true, CodeExponentHuge, fmt.Sprintf("the public exponent has %d bits; exponents above 31 bits are refused by many programs, this one among them", e.BitLen()), newPair)
	case e.Cmp(big.NewInt(65537)) < 0:
		add(false, CodeExponentSmall, "the public exponent is "+shortNumber(e)+"; it works, but a verifier with a careless padding check can be fooled (65537 is usual)", newPair)
	}
	switch factor := smallFactor(n); {
	case n.Bit(0) == 0:
		add(true, CodeModulusEven, "the modulus is even, which none is: the file is damaged or no RSA key", newPair)
	case factor != 0:
		add(true, CodeSmallFactor, fmt.Sprintf("the modulus is divisible by %d: the file is damaged, or everybody can compute the private key", factor), newPair)
	case closePrimes(n):
		add(true, CodeClosePrimes, "the two primes lie so close together that everybody can compute the private key (Fermat's method)", newPair)
	case roca(n):
		add(false, CodeROCA, "the modulus carries the mark of the ROCA flaw (CVE-2017-15361, Infineon chips): the private key can probably be computed from it", newPair)
	}
	return list
}

// shortNumber prints a small number in full and a large one by its size.
func shortNumber(v *big.Int) string {
	if v.BitLen() <= 64 {
		return v.String()
	}
	return fmt.Sprintf("of %d bits", v.BitLen())
}

// smallPrimes returns the odd primes below limit.
func smallPrimes(limit int) []int {
	composite := make([]bool, limit)
	var primes []int
	for i := 3; i < limit; i += 2 {
		if composite[i] {
			continue
		}
		primes = append(primes, i)
		for j := i * i; j < limit; j += 2 * i {
			composite[j] = true
		}
	}
	return primes
}

// smallFactor returns a prime below 1000 that divides n, or 0.
func smallFactor(n *big.Int) int {
	words := n.Bits()
	for _, p := range smallPrimes(1000) {
		var rest uint
		for _, w := range slices.Backward(words) {
			_, rest = bits.Div(rest, uint(w), uint(p))
		}
		if rest == 0 {
			return p
		}
	}
	return 0
}

// closePrimes tries a hundred steps of Fermat's factorisation, which finds primes that agree in
// somewhat more than their upper half (CVE-2022-26320). n must be odd.
func closePrimes(n *big.Int) bool {
	const steps = 100
	if n.Bit(0) == 0 {
		return false
	}
	a := new(big.Int).Sqrt(n)
	if new(big.Int).Mul(a, a).Cmp(n) == 0 {
		return true
	}
	one := big.NewInt(1)
	var square, root big.Int
	for range steps {
		a.Add(a, one)
		square.Mul(a, a).Sub(&square, n)
		if !maybeSquare(square.Bits()) {
			continue
		}
		root.Sqrt(&square)
		if root.Mul(&root, &root).Cmp(&square) == 0 {
			return true
		}
	}
	return false
}

// maybeSquare sees by the last six bits that most numbers are no squares, which saves their roots.
func maybeSquare(words []big.Word) bool {
	if len(words) == 0 {
		return true
	}
	switch words[0] & 63 {
	case 0, 1, 4, 9, 16, 17, 25, 33, 36, 41, 49, 57:
		return true
	}
	return false
}

// roca reports whether n has the structure of the flawed Infineon generator: every prime it made is
// k*M + 65537^a mod M, with M the product of the first primes, so modulo each of these primes n is
// a power of 65537. Source: Nemec et al., "The Return of Coppersmith's Attack", CCS 2017, section
// 2. By chance about one ordinary modulus in 2^27 passes for the primes up to 167, and far fewer
// for the longer list that belongs to keys from 1984 bits on.
func roca(n *big.Int) bool {
	limit := 168
	if n.BitLen() >= 1984 {
		limit = 702
	}
	var rest big.Int
	for _, p := range smallPrimes(limit) {
		r := int(rest.Mod(n, big.NewInt(int64(p))).Int64())
		if !powerOf65537(r, p) {
			return false
		}
	}
	return true
}

// powerOf65537 reports whether r is a power of 65537 modulo the prime p.
func powerOf65537(r, p int) bool {
	generator := 65537 % p
	power := 1
	for range p {
		if power == r {
			return true
		}
		power = power * generator % p
	}
	return false
}
