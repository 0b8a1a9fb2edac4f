package main

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// The pictures show a world that stands still: a program built with the tag screenshots, whose clock
// only moves where a script says so, and keys that are made from numbers written here. They protect
// nothing and open nothing.

// stillTag is the build tag of the photographed program.
const stillTag = "screenshots"

// start is the time on the pictures.
const start = "2026-11-02T09:41:07Z"

// partnerKey and pikeKey decide which keys are made.
const (
	partnerKey = 1
	pikeKey    = 2
)

// still is what a home needs so that its pictures are the same everywhere.
type still struct {
	config string // more of the settings file
	server bool   // the embedded sandbox runs; else its address is only shown
}

// env returns the variables of the program.
func (s still) env(home string) []string {
	return []string{"PIKEDASH_STILL_START=" + start, "PIKEDASH_STILL_CLOCK=" + clockFile(home)}
}

func clockFile(home string) string { return filepath.Join(home, ".clock") }

// lay writes settings, keys and the clock into a home.
func (s still) lay(home string) error {
	dir := filepath.Join(home, ".config", "pikedash")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("laying out a home: %w", err)
	}
	partner, err := keyFromSeed(partnerKey)
	if err != nil {
		return err
	}
	pike, err := keyFromSeed(pikeKey)
	if err != nil {
		return err
	}
	private, err := x509.MarshalPKCS8PrivateKey(partner)
	if err != nil {
		return fmt.Errorf("writing a key: %w", err)
	}
	public, err := x509.MarshalPKIXPublicKey(&pike.PublicKey)
	if err != nil {
		return fmt.Errorf("writing a key: %w", err)
	}
	settings := "[webhook]\nlisten = \"127.0.0.1:8132\"\n\n[profiles.sandbox]\nproject = \"shop-eu\"\n"
	if !s.server {
		settings += "base_url = \"http://127.0.0.1:8131\"\n"
	}
	settings += "[profiles.sandbox.key]\nfile = \"~/.config/pikedash/shop-eu.pem\"\n"
	if !s.server {
		settings += "[[profiles.sandbox.pike_keys]]\nname = \"Pike's sandbox key\"\nfile = \"~/.config/pikedash/pike.pub.pem\"\n"
	}
	settings += s.config
	return errors.Join(
		os.WriteFile(filepath.Join(dir, "shop-eu.pem"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), 0o600),
		os.WriteFile(filepath.Join(dir, "pike.pub.pem"), pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public}), 0o600),
		os.WriteFile(filepath.Join(home, bodyFile), []byte(body), 0o600),
		os.WriteFile(filepath.Join(dir, "config.toml"), []byte(settings), 0o600),
		setClock(home, 0),
	)
}

// A body that lies in every home, and its file.
const (
	bodyFile = "refund.json"
	body     = `{"session_id":"ps_70100599","amount_details":{"amount":2600,"currency":"eur"},"metadata":{"order":10599}}`
)

// echoed is what the shell makes of the body and the partner's key when echo writes the body: a
// signature over one byte more.
func echoed() string {
	key, err := keyFromSeed(partnerKey)
	if err != nil {
		panic(err) // the number is written above
	}
	digest := sha256.Sum256([]byte(body + "\n"))
	signature, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, digest[:])
	if err != nil {
		panic(err)
	}
	return base64.StdEncoding.EncodeToString(signature)
}

// setClock lets the program's clock show start plus d. The file is replaced at once: it is read all
// the time.
func setClock(home string, d time.Duration) error {
	aside := clockFile(home) + ".new"
	if err := os.WriteFile(aside, []byte(strconv.FormatInt(d.Milliseconds(), 10)), 0o600); err != nil {
		return fmt.Errorf("moving the clock: %w", err)
	}
	if err := os.Rename(aside, clockFile(home)); err != nil {
		return fmt.Errorf("moving the clock: %w", err)
	}
	return nil
}

// keyFromSeed makes the RSA key of 2048 bits that belongs to a number: crypto/rsa never makes the same
// key twice.
func keyFromSeed(seed uint64) (*rsa.PrivateKey, error) {
	random := rand.New(rand.NewPCG(seed, 0x7069636b))
	e := big.NewInt(65537)
	p, q := primeFrom(random, e), primeFrom(random, e)
	one := big.NewInt(1)
	phi := new(big.Int).Mul(new(big.Int).Sub(p, one), new(big.Int).Sub(q, one))
	key := &rsa.PrivateKey{
		PublicKey: rsa.PublicKey{N: new(big.Int).Mul(p, q), E: int(e.Int64())},
		D:         new(big.Int).ModInverse(e, phi), Primes: []*big.Int{p, q},
	}
	key.Precompute()
	if err := key.Validate(); err != nil {
		return nil, fmt.Errorf("making the key of number %d: %w", seed, err)
	}
	return key, nil
}

// primeFrom returns the first prime after a random number of 1024 bits that fits the exponent.
func primeFrom(random *rand.Rand, e *big.Int) *big.Int {
	n := new(big.Int)
	for range 16 {
		n.Lsh(n, 64).Or(n, new(big.Int).SetUint64(random.Uint64()))
	}
	n.SetBit(n, 1023, 1).SetBit(n, 1022, 1).SetBit(n, 0, 1)
	one, two := big.NewInt(1), big.NewInt(2)
	for !n.ProbablyPrime(20) || new(big.Int).GCD(nil, nil, new(big.Int).Sub(n, one), e).Cmp(one) != 0 {
		n.Add(n, two)
	}
	return n
}
