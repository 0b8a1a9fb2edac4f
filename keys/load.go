package keys

import (
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"io/fs"
	"runtime"
	"slices"
	"strings"
)

// Passphrase asks for the passphrase of an encrypted key. prompt is one line for a person. The
// slice that it returns is overwritten after use. Passphrases reach this package in no other way.
type Passphrase func(prompt string) ([]byte, error)

// Private is a private key that was loaded.
type Private struct {
	Key      *rsa.PrivateKey
	Form     string   // for people, such as "PKCS#8 PEM"
	Warnings []string // sentences on what was repaired or is weak; empty for a good file
}

// Public is a public key that was loaded.
type Public struct {
	Key      *rsa.PublicKey
	Form     string   // for people, such as "PKIX PEM"
	Warnings []string // sentences on what was repaired or is weak; empty for a good file
}

// source is where the bytes of a key came from.
type source struct {
	name string      // the path; empty for bytes that came without one
	mode fs.FileMode // 0 when not known
}

// ParsePrivate reads an RSA private key: PKCS#8 or PKCS#1, as PEM, DER or Base64 of DER; encrypted
// PKCS#8 (PBES2) and legacy encrypted PEM, for which it calls ask once (nil: such keys are refused).
// PEMs whose line breaks were lost or escaped are repaired with a warning. Every error is or wraps
// a *Problem, save that of ask; no error text holds contents of data.
func ParsePrivate(data []byte, ask Passphrase) (*Private, error) {
	return parsePrivate(data, source{}, ask)
}

// ParsePublic reads an RSA public key: PKIX, PKCS#1 or an X.509 certificate, as PEM, DER or Base64
// of DER, with the repairs and errors of ParsePrivate. A private key is refused.
func ParsePublic(data []byte) (*Public, error) {
	return parsePublic(data, source{}, false)
}

// InspectPublic is ParsePublic for looking at a signature rather than relying on it: keys below MinBits
// are taken, with a warning.
func InspectPublic(data []byte) (*Public, error) {
	return parsePublic(data, source{}, true)
}

func parsePrivate(data []byte, from source, ask Passphrase) (*Private, error) {
	f := recogniseFrom(data, from)
	if p := unusable(f, true); p != nil {
		return nil, from.finish(p)
	}
	if p := openMode(f.kind, from.mode); p != nil {
		return nil, from.finish(p)
	}
	kind, der := f.kind, f.der
	if kind.encrypted() {
		opened, err := decrypt(f, from, ask)
		if err != nil {
			var p *Problem
			if errors.As(err, &p) {
				return nil, from.finish(p)
			}
			return nil, err
		}
		defer clear(opened.der)
		if opened.kind != KindPrivatePKCS8 && opened.kind != KindPrivatePKCS1 {
			return nil, from.finish(wrongKind(opened, true))
		}
		kind, der, f.n, f.e = opened.kind, opened.der, opened.n, opened.e
	}
	weak := checkNumbers(f.n, f.e)
	if p := firstRefused(weak); p != nil {
		return nil, from.finish(p)
	}
	key, p := privateFromDER(kind, der)
	if p != nil {
		return nil, from.finish(p)
	}
	return &Private{Key: key, Form: f.form(), Warnings: sentences(slices.Concat(f.problems, weak))}, nil
}

// unusable returns why f cannot be loaded as the wanted half, or nil.
func unusable(f *found, wantPrivate bool) *Problem {
	fits := f.kind.public()
	if wantPrivate {
		fits = f.kind.private()
	}
	flaw := firstRefused(f.problems)
	switch {
	case flaw != nil && (fits || f.kind == KindUnknown || flaw.Code == CodeSeveralBlocks):
		return flaw
	case !fits:
		return wrongKind(f, wantPrivate)
	case f.n == nil && wantPrivate && !f.kind.encrypted():
		return inconsistent()
	case f.n == nil && f.kind == KindCertificate:
		return refuse("certificate_not_rsa", "this is a certificate for another kind of key than RSA", convert(KindECPublic, ""))
	case f.n == nil && !wantPrivate:
		return broken()
	}
	return nil
}

// privateFromDER parses an unencrypted key. The parsers of crypto/x509 check that its parts fit
// together and precompute what signing needs. Their error texts are not passed on.
func privateFromDER(kind Kind, der []byte) (*rsa.PrivateKey, *Problem) {
	if kind == KindPrivatePKCS1 {
		key, err := x509.ParsePKCS1PrivateKey(der)
		if err != nil {
			return nil, inconsistent()
		}
		return key, nil
	}
	parsed, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, inconsistent()
	}
	key, ok := parsed.(*rsa.PrivateKey)
	if !ok {
		return nil, inconsistent()
	}
	return key, nil
}

func parsePublic(data []byte, from source, inspect bool) (*Public, error) {
	f := recogniseFrom(data, from)
	if p := unusable(f, false); p != nil {
		return nil, from.finish(p)
	}
	weak := checkNumbers(f.n, f.e)
	if inspect && f.n.BitLen() >= inspectBits && len(weak) > 0 && weak[0].Code == CodeTooSmall {
		weak[0].Refused = false
	}
	if p := firstRefused(weak); p != nil {
		return nil, from.finish(p)
	}
	// checkNumbers has seen to it that the exponent fits 31 bits.
	pub := &rsa.PublicKey{N: f.n, E: int(f.e.Int64())}
	return &Public{Key: pub, Form: f.form(), Warnings: sentences(slices.Concat(f.problems, weak))}, nil
}

// recogniseFrom is recognise with the limits that hold for files.
func recogniseFrom(data []byte, from source) *found {
	switch {
	case from.mode.IsDir():
		return &found{kind: KindDirectory}
	case len(data) > MaxFileBytes:
		return &found{kind: KindTooLarge}
	}
	return recognise(data)
}

// openMode returns the Problem of a private key that others than its owner can reach, or nil. It
// follows ssh: any permission bit for group or others is one too many. A mode of 0 is not known.
func openMode(k Kind, mode fs.FileMode) *Problem {
	open := mode.Perm() & 0o077
	if open == 0 || !k.secret() || runtime.GOOS == "windows" {
		return nil
	}
	who := "others"
	if open&0o007 == 0 {
		who = "the group"
	}
	return refuse(CodePermissions,
		"the private key's file is open to "+who+" (mode "+octal(mode)+"); only its owner may read it", "chmod 600 FILE")
}

// finish puts the file's name into a Problem, which is copied.
func (from source) finish(p *Problem) *Problem {
	own := *p
	own.Fix = strings.ReplaceAll(own.Fix, "FILE", shellQuote(from.name))
	if from.name != "" {
		own.Sentence = shellQuote(from.name) + ": " + own.Sentence
	}
	return &own
}
