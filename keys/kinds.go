package keys

import "fmt"

// Kind says what a file is. The values are stable: JSON and tests use them.
type Kind string

// The kinds of files that are told apart.
const (
	KindPrivatePKCS8     Kind = "private_pkcs8"
	KindPrivatePKCS1     Kind = "private_pkcs1"
	KindPrivateEncrypted Kind = "private_pkcs8_encrypted"
	KindPrivateLegacy    Kind = "private_legacy_encrypted" // Proc-Type: 4,ENCRYPTED
	KindPublicPKIX       Kind = "public_pkix"
	KindPublicPKCS1      Kind = "public_pkcs1"
	KindCertificate      Kind = "certificate"

	KindCertificateRequest Kind = "certificate_request"
	KindOpenSSHPrivate     Kind = "openssh_private"
	KindSSHPublic          Kind = "ssh_public"
	KindSSH2Public         Kind = "ssh2_public" // RFC 4716
	KindPuTTY              Kind = "putty_private"
	KindJWKPrivate         Kind = "jwk_private"
	KindJWKPublic          Kind = "jwk_public"
	KindJWKSet             Kind = "jwk_set"
	KindXML                Kind = "xml_rsa" // .NET's RSAKeyValue
	KindPKCS12             Kind = "pkcs12"
	KindPKCS7              Kind = "pkcs7"
	KindPGP                Kind = "pgp"
	KindPSSPrivate         Kind = "rsa_pss_private"
	KindPSSPublic          Kind = "rsa_pss_public"
	KindECPrivate          Kind = "ec_private"
	KindECPublic           Kind = "ec_public"
	KindEdPrivate          Kind = "ed25519_private" // and Ed448, X25519, X448
	KindEdPublic           Kind = "ed25519_public"
	KindOtherPrivate       Kind = "other_private" // DSA, DH, GOST, ...
	KindOtherPublic        Kind = "other_public"
	KindParameters         Kind = "parameters" // EC, DSA or DH parameters without a key
	KindSignatureRaw       Kind = "signature_raw"
	KindSignatureBase64    Kind = "signature_base64"
	KindSignatureHex       Kind = "signature_hex"
	KindSignatureECDSA     Kind = "signature_ecdsa"
	KindJSON               Kind = "json"
	KindEmpty              Kind = "empty"
	KindDirectory          Kind = "directory"
	KindTooLarge           Kind = "too_large"
	KindNoFile             Kind = "no_file"
	KindText               Kind = "text"
	KindUnknown            Kind = "unknown"
)

// form is the name of an RSA key's form, without the armour.
func (k Kind) form() string {
	switch k {
	case KindPrivatePKCS8:
		return "PKCS#8"
	case KindPrivatePKCS1:
		return "PKCS#1"
	case KindPrivateEncrypted:
		return "encrypted PKCS#8"
	case KindPrivateLegacy:
		return "PKCS#1 with Proc-Type encryption"
	case KindPublicPKIX:
		return "PKIX"
	case KindPublicPKCS1:
		return "PKCS#1"
	case KindCertificate:
		return "X.509 certificate"
	}
	return ""
}

// private reports whether the file is an RSA private key in a form that can be loaded.
func (k Kind) private() bool {
	return k == KindPrivatePKCS8 || k == KindPrivatePKCS1 || k.encrypted()
}

func (k Kind) encrypted() bool { return k == KindPrivateEncrypted || k == KindPrivateLegacy }

// public reports whether an RSA public key can be loaded from the file.
func (k Kind) public() bool {
	return k == KindPublicPKIX || k == KindPublicPKCS1 || k == KindCertificate
}

// secret reports whether the file holds any kind of private key, so that nobody else should read it.
func (k Kind) secret() bool {
	switch k {
	case KindOpenSSHPrivate, KindPuTTY, KindJWKPrivate, KindPKCS12, KindPSSPrivate,
		KindECPrivate, KindEdPrivate, KindOtherPrivate:
		return true
	}
	return k.private()
}

// what says in words what a file of this kind is, as in "this is ...".
func (k Kind) what() string {
	switch k {
	case KindPrivatePKCS8, KindPrivatePKCS1:
		return "an RSA private key"
	case KindPrivateEncrypted:
		return "a private key that is encrypted with a passphrase"
	case KindPrivateLegacy:
		return "an RSA private key that is encrypted with a passphrase in the old way (Proc-Type)"
	case KindPublicPKIX, KindPublicPKCS1:
		return "an RSA public key"
	case KindCertificate:
		return "a certificate"
	case KindCertificateRequest:
		return "a certificate request"
	case KindOpenSSHPrivate:
		return "a private key in OpenSSH's own format"
	case KindSSHPublic:
		return "a public key in OpenSSH's format"
	case KindSSH2Public:
		return "a public key in SSH2 format (RFC 4716)"
	case KindPuTTY:
		return "a PuTTY private key (PPK)"
	case KindJWKPrivate:
		return "a private JSON Web Key"
	case KindJWKPublic:
		return "a public JSON Web Key"
	case KindJWKSet:
		return "a set of JSON Web Keys"
	case KindXML:
		return "a key in .NET's XML format"
	case KindPKCS12:
		return "a PKCS#12 container (.p12, .pfx)"
	case KindPKCS7:
		return "a PKCS#7 container (.p7b)"
	case KindPGP:
		return "a PGP key or message"
	case KindPSSPrivate:
		return "an RSA private key that is restricted to PSS padding"
	case KindPSSPublic:
		return "an RSA public key that is restricted to PSS padding"
	}
	return k.whatElse()
}

// whatElse is the second half of what: everything that has nothing to do with RSA keys.
func (k Kind) whatElse() string {
	switch k {
	case KindECPrivate:
		return "an elliptic-curve (ECDSA) private key"
	case KindECPublic:
		return "an elliptic-curve (ECDSA) public key"
	case KindEdPrivate:
		return "an Ed25519-like private key"
	case KindEdPublic:
		return "an Ed25519-like public key"
	case KindOtherPrivate:
		return "a private key of another kind than RSA"
	case KindOtherPublic:
		return "a public key of another kind than RSA"
	case KindParameters:
		return "a set of parameters without a key"
	case KindSignatureRaw:
		return "most likely a raw RSA signature, not a key"
	case KindSignatureBase64:
		return "most likely an RSA signature in Base64, not a key"
	case KindSignatureHex:
		return "most likely an RSA signature in hex, not a key"
	case KindSignatureECDSA:
		return "an ECDSA signature, not a key"
	case KindJSON:
		return "JSON, not a key"
	case KindEmpty:
		return "an empty file"
	case KindDirectory:
		return "a directory"
	case KindTooLarge:
		return fmt.Sprintf("a file of more than %d KiB, which no key is", MaxFileBytes/1024)
	case KindNoFile:
		return "no file that can be read"
	case KindText:
		return "text without a key in it"
	}
	return "binary data that is no known kind of key"
}
