package keys

import (
	"fmt"
	"strings"
)

// The commands below are run by the tests as they stand, with FILE replaced by a file's quoted name:
// they must stay exact.

// decodeBase64 writes what FILE holds in Base64, however it is wrapped or quoted.
const decodeBase64 = `tr -cd 'A-Za-z0-9+/=' < FILE | openssl base64 -d -A`

// convert returns the command that makes a loadable key of a file of kind k, or other advice where
// no command can. armour is one of the armour constants.
func convert(k Kind, armour string) string {
	if armour == armourBase64 {
		return decodeBase64 + " | " + strings.Replace(convert(k, armourDER), "-in FILE ", "", 1)
	}
	inform := ""
	if armour == armourDER {
		inform = "-inform DER "
	}
	switch k {
	case KindPrivatePKCS8, KindPrivatePKCS1, KindPrivateEncrypted, KindPrivateLegacy:
		return "openssl pkey " + inform + "-in FILE -pubout -out public.pem"
	case KindCertificate:
		return "openssl x509 " + inform + "-in FILE -pubkey -noout > public.pem"
	case KindCertificateRequest:
		return "openssl req " + inform + "-in FILE -pubkey -noout > public.pem"
	case KindPublicPKIX:
		return "openssl pkey -pubin " + inform + "-in FILE -out public.pem"
	case KindPublicPKCS1:
		return "openssl rsa -RSAPublicKey_in " + inform + "-in FILE -pubout -out public.pem"
	case KindOpenSSHPrivate:
		return `(umask 077; cat FILE > private.pem) && ssh-keygen -p -m PKCS8 -N "" -f private.pem`
	case KindSSHPublic:
		return "ssh-keygen -e -m PKCS8 -f FILE > public.pem"
	case KindSSH2Public:
		return "ssh-keygen -i -m RFC4716 -f FILE > key.pub && ssh-keygen -e -m PKCS8 -f key.pub > public.pem"
	case KindPuTTY:
		return "puttygen FILE -O private-openssh -o private.pem && chmod 600 private.pem"
	case KindJWKPrivate:
		return fromJWK("createPrivateKey", "pkcs8", "private.pem")
	case KindJWKPublic:
		return fromJWK("createPublicKey", "spki", "public.pem")
	case KindPKCS12:
		return "(umask 077; openssl pkcs12 -in FILE -nocerts -nodes -out private.pem)"
	case KindPKCS7:
		return "openssl pkcs7 " + inform + "-in FILE -print_certs | openssl x509 -pubkey -noout > public.pem"
	}
	return adviceElse(k)
}

// fromJWK uses Node, because neither openssl nor ssh-keygen reads JSON Web Keys.
func fromJWK(constructor, kind, out string) string {
	return fmt.Sprintf(`(umask 077; node -e 'const c=require("crypto"),f=require("fs");process.stdout.write(c.%s({key:JSON.parse(f.readFileSync(process.argv[1])),format:"jwk"}).export({type:%q,format:"pem"}))' FILE > %s)`,
		constructor, kind, out)
}

// adviceElse answers for the kinds of which no command makes an RSA key.
func adviceElse(k Kind) string {
	switch k {
	case KindSignatureRaw, KindSignatureBase64, KindSignatureHex:
		return "give this file as the signature (--signature-file FILE) and a key file as the key"
	case KindJWKSet:
		return "save the one key with kty RSA that is meant as a file of its own, then look at that"
	case KindXML:
		return "export the key as PEM where it was made (RSA.ExportPkcs8PrivateKeyPem or ExportSubjectPublicKeyInfoPem)"
	case KindDirectory:
		return "name the file in it that holds the key: ls -l FILE"
	case KindPSSPrivate, KindPSSPublic:
		return "Pike checks PKCS#1 v1.5 signatures; " + newPair
	case KindECPrivate, KindECPublic, KindEdPrivate, KindEdPublic, KindOtherPrivate, KindOtherPublic, KindParameters, KindPGP:
		return "Pike takes RSA keys only; " + newPair
	case KindEmpty, KindTooLarge, KindNoFile, KindJSON, KindText, KindUnknown, KindSignatureECDSA:
		return "find the right file, or " + newPair
	}
	return newPair
}

// wrongKind says why a file of kind k is not what is needed.
func wrongKind(f *found, needPrivate bool) *Problem {
	needed := "an RSA public key"
	if needPrivate {
		needed = "an RSA private key"
	}
	is := "this is " + f.kind.what()
	switch {
	case needPrivate && f.kind.public():
		return refuse(CodePublicForPrivate, is+"; signing needs the private key that belongs to it",
			"name the private key's file; it cannot be computed from this one")
	case needPrivate && (f.kind == KindSSHPublic || f.kind == KindSSH2Public || f.kind == KindJWKPublic):
		return refuse(string(f.kind), is+"; signing needs the private key that belongs to it",
			"name the private key's file; it cannot be computed from this one")
	case !needPrivate && f.kind.private():
		return refuse(CodePrivateForPublic, is+" where a public key is needed; keep it to yourself",
			f.convert())
	case !needPrivate && f.kind.secret():
		return refuse(string(f.kind), is+" where a public key is needed; keep it to yourself",
			"make a private.pem first: "+f.convert())
	}
	return refuse(string(f.kind), is+"; "+needed+" is needed", f.convert())
}
