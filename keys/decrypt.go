package keys

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math"

	"github.com/youmark/pkcs8"
	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

const (
	// maxIterations bounds PBKDF2; openssl uses 2048 by default, today's advice is below 1.3 million.
	maxIterations = 4_000_000
	// maxScryptBytes bounds the memory that scrypt may ask for.
	maxScryptBytes = 256 << 20
	// reencrypt rewrites a key with today's encryption, which every program here reads.
	reencrypt = "openssl pkey -in FILE -aes256 -out private.pem"
)

// decrypt asks for the passphrase and opens f. Its errors are Problems, save what ask returned.
func decrypt(f *found, from source, ask Passphrase) (*found, error) {
	if f.kind == KindPrivateEncrypted {
		// Before a person is asked for anything, see whether it can work at all.
		if p := checkPBES2(f.der); p != nil {
			return nil, p
		}
	}
	if ask == nil {
		return nil, refuse(CodePassphraseNeeded, "this is "+f.kind.what()+", and no passphrase can be asked for here",
			"run this in a terminal, or write an unencrypted copy: (umask 077; openssl pkey -in FILE -out private.pem)")
	}
	name := "the private key"
	if from.name != "" {
		name = shellQuote(from.name)
	}
	passphrase, err := ask("Passphrase for " + name)
	if err != nil {
		return nil, fmt.Errorf("asking for the passphrase of %s: %w", name, err)
	}
	defer clear(passphrase)
	if len(passphrase) == 0 {
		return nil, wrongPassphrase("the passphrase is empty, and the key is encrypted")
	}
	if f.kind == KindPrivateLegacy {
		return decryptLegacy(f, passphrase)
	}
	return decryptPKCS8(f.der, passphrase)
}

func wrongPassphrase(sentence string) *Problem {
	return refuse(CodePassphraseWrong, sentence, "try again; to check it by hand: openssl pkey -in FILE -noout")
}

const wrongOrDamaged = "the passphrase is wrong, or the file is damaged"

// decryptPKCS8 opens an encrypted PKCS#8 key that checkPBES2 has passed.
func decryptPKCS8(der, passphrase []byte) (*found, error) {
	key, err := pkcs8.ParsePKCS8PrivateKey(der, passphrase)
	if err != nil {
		return nil, wrongPassphrase(wrongOrDamaged)
	}
	plainDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, wrongPassphrase(wrongOrDamaged)
	}
	kind, n, e := sniff(plainDER)
	return &found{kind: kind, armour: armourDER, der: plainDER, n: n, e: e}, nil
}

// decryptLegacy opens a key in OpenSSL's old format. Its padding check lets one wrong passphrase in
// 256 pass, so the contents decide.
func decryptLegacy(f *found, passphrase []byte) (*found, error) {
	block := &pem.Block{Type: f.label, Headers: f.headers, Bytes: f.der}
	//lint:ignore SA1019 the format is obsolete, but partners have keys in it
	der, err := x509.DecryptPEMBlock(block, passphrase) //nolint:staticcheck // as above
	switch {
	case err == x509.IncorrectPasswordError: //nolint:errorlint // the package returns it bare
		return nil, wrongPassphrase(wrongOrDamaged)
	case err != nil:
		return nil, refuse(CodeEncryption, "the key's old encryption is not one that is understood here, or its headers are damaged", reencrypt)
	}
	opened := recogniseDER(der, armourDER)
	if opened == nil {
		return nil, wrongPassphrase(wrongOrDamaged)
	}
	return opened, nil
}

// checkPBES2 looks at the parameters of an encrypted PKCS#8 key (RFC 8018, appendix A): whether the
// encryption is known, and whether it keeps to limits. A hostile file must not cost minutes or
// gigabytes, nor reach the decryption with lengths that no cipher has.
func checkPBES2(der []byte) *Problem {
	var outer, algorithm, parameters, kdf, scheme, data cryptobyte.String
	input := cryptobyte.String(der)
	if !input.ReadASN1(&outer, asn1.SEQUENCE) || !outer.ReadASN1(&algorithm, asn1.SEQUENCE) || !outer.ReadASN1(&data, asn1.OCTET_STRING) {
		return broken()
	}
	if identifierOf(&algorithm) != "1.2.840.113549.1.5.13" {
		return refuse(CodeEncryption, "the key is encrypted in an outdated way (older than PBES2), which is not read here", reencrypt)
	}
	if !algorithm.ReadASN1(&parameters, asn1.SEQUENCE) || !parameters.ReadASN1(&kdf, asn1.SEQUENCE) || !parameters.ReadASN1(&scheme, asn1.SEQUENCE) {
		return broken()
	}
	if p := checkKDF(kdf); p != nil {
		return p
	}
	return checkCipher(scheme, len(data))
}

// identifierOf reads an object identifier off s, or returns "".
func identifierOf(s *cryptobyte.String) string {
	id := identifier(*s)
	if id != "" && !s.SkipASN1(asn1.OBJECT_IDENTIFIER) {
		return ""
	}
	return id
}

func checkKDF(kdf cryptobyte.String) *Problem {
	var parameters, salt cryptobyte.String
	id := identifierOf(&kdf)
	if !kdf.ReadASN1(&parameters, asn1.SEQUENCE) || !parameters.ReadASN1(&salt, asn1.OCTET_STRING) {
		return refuse(CodeEncryption, "the key is encrypted in a way that is not understood here", reencrypt)
	}
	costly := refuse(CodeEncryption, "the key's encryption asks for more work or memory than is allowed here", reencrypt)
	switch id {
	case "1.2.840.113549.1.5.12": // PBKDF2
		var iterations int64
		if !parameters.ReadASN1Integer(&iterations) || iterations < 1 {
			return broken()
		}
		if iterations > maxIterations {
			return costly
		}
		return checkPRF(parameters)
	case "1.3.6.1.4.1.11591.4.11": // scrypt
		var n, r, p int64
		if !parameters.ReadASN1Integer(&n) || !parameters.ReadASN1Integer(&r) || !parameters.ReadASN1Integer(&p) || min(n, r, p) < 1 {
			return broken()
		}
		if max(n, r, p) > math.MaxInt32 || 128*n > maxScryptBytes/r || p > 16 {
			return costly
		}
		return nil
	}
	return refuse(CodeEncryption, "the key is encrypted with a key derivation that is not understood here", reencrypt)
}

// checkPRF accepts what the decryption library knows: HMAC with SHA-1 (the default) or SHA-256.
func checkPRF(parameters cryptobyte.String) *Problem {
	if parameters.Empty() {
		return nil
	}
	var prf cryptobyte.String
	if parameters.ReadASN1(&prf, asn1.SEQUENCE) {
		switch identifier(prf) {
		case "1.2.840.113549.2.7", "1.2.840.113549.2.9":
			return nil
		}
	}
	return refuse(CodeEncryption, "the key is encrypted with a key derivation that is not understood here (other than HMAC with SHA-1 or SHA-256)", reencrypt)
}

func checkCipher(scheme cryptobyte.String, length int) *Problem {
	block := 16
	switch identifierOf(&scheme) {
	case "1.2.840.113549.3.7": // DES-EDE3-CBC
		block = 8
	case "2.16.840.1.101.3.4.1.2", "2.16.840.1.101.3.4.1.22", "2.16.840.1.101.3.4.1.42": // AES-CBC
	default:
		return refuse(CodeEncryption, "the key is encrypted with a cipher other than AES-CBC and 3DES, which is not read here", reencrypt)
	}
	var iv cryptobyte.String
	if !scheme.ReadASN1(&iv, asn1.OCTET_STRING) || len(iv) != block || length == 0 || length%block != 0 {
		return broken()
	}
	return nil
}
