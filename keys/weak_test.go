package keys

import (
	"crypto/rand"
	"encoding/asn1"
	"math/big"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// rocaPrime makes a prime the way the flawed generator did: k*M + 65537^a mod M.
func rocaPrime(t *testing.T, bits, primes int) *big.Int {
	t.Helper()
	m := big.NewInt(2)
	for _, p := range smallPrimes(primes) {
		m.Mul(m, big.NewInt(int64(p)))
	}
	free := new(big.Int).Lsh(big.NewInt(1), uint(bits-m.BitLen()))
	for range 100_000 {
		a, err := rand.Int(rand.Reader, m)
		require.NoError(t, err)
		k, err := rand.Int(rand.Reader, free)
		require.NoError(t, err)
		k.SetBit(k, free.BitLen()-2, 1)
		p := new(big.Int).Exp(big.NewInt(65537), a, m)
		p.Add(p, k.Mul(k, m))
		if p.BitLen() == bits && p.ProbablyPrime(8) {
			return p
		}
	}
	t.Fatal("no prime found")
	return nil
}

func primeOf(t *testing.T, bits int) *big.Int {
	t.Helper()
	p, err := rand.Prime(rand.Reader, bits)
	require.NoError(t, err)
	return p
}

func TestROCAKeysAreFoundAndOthersAreNot(t *testing.T) {
	weak := new(big.Int)
	for weak.BitLen() != 2048 {
		weak.Mul(rocaPrime(t, 1024, 702), rocaPrime(t, 1024, 702))
	}
	assert.True(t, roca(weak))
	assert.False(t, roca(new(big.Int).Mul(rocaPrime(t, 1024, 702), primeOf(t, 1024))), "one prime alone does not make it")
	for range 2000 {
		n, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 2048))
		require.NoError(t, err)
		assert.False(t, roca(n.SetBit(n, 2047, 1).SetBit(n, 0, 1)))
	}
	assert.Equal(t, []string{CodeROCA}, codes(checkNumbers(weak, big.NewInt(65537))))
}

func TestWeakNumbersAreFound(t *testing.T) {
	good := firstKey().N
	e := big.NewInt(65537)
	p := primeOf(t, 1024)
	next := new(big.Int).Add(p, big.NewInt(2))
	for !next.ProbablyPrime(8) {
		next.Add(next, big.NewInt(2))
	}
	shifted := func(n *big.Int, by uint) *big.Int { return new(big.Int).Lsh(n, by) }
	for name, c := range map[string]struct {
		n, e    *big.Int
		code    string
		refused bool
	}{
		"exponent 0":     {good, big.NewInt(0), CodeExponentOne, true},
		"exponent 1":     {good, big.NewInt(1), CodeExponentOne, true},
		"exponent 2":     {good, big.NewInt(2), CodeExponentEven, true},
		"exponent 65536": {good, big.NewInt(65536), CodeExponentEven, true},
		"exponent 3":     {good, big.NewInt(3), CodeExponentSmall, false},
		"exponent 17":    {good, big.NewInt(17), CodeExponentSmall, false},
		"exponent 2^31":  {good, big.NewInt(1<<31 + 1), CodeExponentHuge, true},
		"exponent huge":  {good, new(big.Int).Sub(good, big.NewInt(2)), CodeExponentHuge, true},
		"negative":       {new(big.Int).Neg(good), e, CodeTooSmall, true},
		"zero":           {big.NewInt(0), e, CodeTooSmall, true},
		"too big":        {shifted(big.NewInt(1), MaxBits), e, CodeTooBig, true},
		"even":           {shifted(good, 1), e, CodeModulusEven, true},
		"divisible by 7": {new(big.Int).Mul(good, big.NewInt(7)), e, CodeSmallFactor, true},
		"square":         {new(big.Int).Mul(p, p), e, CodeClosePrimes, true},
		"close primes":   {new(big.Int).Mul(p, next), e, CodeClosePrimes, true},
	} {
		problems := checkNumbers(c.n, c.e)
		require.Containsf(t, codes(problems), c.code, name)
		assert.Equal(t, c.refused, firstRefused(problems) != nil, name)
	}
	assert.Empty(t, checkNumbers(good, e))
	assert.Empty(t, checkNumbers(good, big.NewInt(1<<31-1)))
}

// The loaders hold to the same judgement, and the doctor describes exponents that crypto/x509 refuses.
func TestOddExponentsInFiles(t *testing.T) {
	d := newFolder(t)
	d.run("openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-pkeyopt", "rsa_keygen_pubexp:3", "-out", "three.pem")
	private, err := ReadPrivateFile(d.at("three.pem"), nil)
	require.NoError(t, err)
	assert.Len(t, private.Warnings, 1)
	diagnosis := DoctorFile(d.at("three.pem"))
	assert.Equal(t, "3", diagnosis.Exponent)
	assert.Equal(t, "private", diagnosis.UsableAs)

	type key struct{ N, E *big.Int }
	for e, code := range map[string]string{"1": CodeExponentOne, "4": CodeExponentEven, "4294967297": CodeExponentHuge} {
		odd, ok := new(big.Int).SetString(e, 10)
		require.True(t, ok)
		der, err := asn1.Marshal(key{firstKey().N, odd})
		require.NoError(t, err)
		_, err = ParsePublic(der)
		assert.Equal(t, code, problemOf(t, err).Code)
		diagnosis := Doctor("key.der", der, 0)
		assert.Equal(t, []string{code}, codes(diagnosis.Problems))
		assert.Equal(t, e, diagnosis.Exponent)
		assert.Len(t, string(diagnosis.Fingerprint), 64)
	}
	// A key of three primes is unusual but right.
	d.run("openssl", "genrsa", "-primes", "3", "-out", "multi.pem", "3072")
	private, err = ReadPrivateFile(d.at("multi.pem"), nil)
	require.NoError(t, err)
	assert.NoError(t, Verify(&private.Key.PublicKey, body, signature(t, private.Key, body)))
}

func TestNoSquareIsPassedOver(t *testing.T) {
	for i := range int64(300) {
		square := big.NewInt(i * i)
		assert.True(t, maybeSquare(square.Bits()), i)
	}
}

// A signature by a small key is looked at, though no such key is ever relied on.
func TestSmallKeysAreTakenToInspectOnly(t *testing.T) {
	d := newFolder(t)
	d.shell("openssl genrsa -traditional -out small.pem 1024 && openssl rsa -in small.pem -pubout -out small.pub.pem")
	d.shell("openssl genrsa -out tiny.pem 512 && openssl rsa -in tiny.pem -pubout -out tiny.pub.pem")
	_, err := ReadPublicFile(d.at("small.pub.pem"))
	assert.ErrorContains(t, err, "1024 bits")
	for name, bits := range map[string]int{"small.pub.pem": 1024, "tiny.pub.pem": 512} {
		pub, err := InspectPublicFile(d.at(name))
		require.NoError(t, err, name)
		assert.Equal(t, bits, pub.Key.N.BitLen())
		require.NotEmpty(t, pub.Warnings)
		assert.Contains(t, pub.Warnings[0], "at least 2048 are needed")
	}
	_, err = InspectPublic([]byte("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"))
	assert.Error(t, err)
	_, err = InspectPublicFile(d.at("small.pem"))
	assert.ErrorContains(t, err, "private key")
	_, err = ReadPrivateFile(d.at("small.pem"), nil)
	assert.Error(t, err, "nothing is signed with it")
}
