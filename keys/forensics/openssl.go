package forensics

import "strings"

// Command is one shell command with the reason to run it.
type Command struct {
	Purpose string
	Line    string
}

// OpenSSL returns the openssl commands that show the same facts. They expect the body in body.bin and
// the public key in public.pem, and hold nothing but the signature itself, as standard Base64.
func OpenSSL(e Evidence) []Command {
	value := "signature"
	scheme := ""
	readings := readSignature(e.Signature)
	if a, _ := attribute(readings, usableKeys(&e)); a != nil {
		value, scheme = standard(a.raw), a.block.scheme()
	} else if len(readings) > 0 {
		value = standard(readings[0].raw)
	}
	out := []Command{
		{"the digest of the body", "openssl dgst -sha256 body.bin"},
		{"the last bytes of the body", "tail -c 32 body.bin | xxd"},
		{"the raw signature", "printf '%s' '" + value + "' | openssl base64 -d -A > signature.bin"},
		{"its length: 256 bytes for a 2048-bit key", "wc -c signature.bin"},
		{"the check that Pike makes", "openssl dgst -sha256 -verify public.pem -signature signature.bin body.bin"},
		{"the hash and the digest that were signed", "openssl pkeyutl -verifyrecover -pubin -inkey public.pem -in signature.bin -asn1parse"},
		{"the whole padded block", "openssl pkeyutl -verifyrecover -pubin -inkey public.pem -in signature.bin -pkeyopt rsa_padding_mode:none | xxd"},
		{"the key's fingerprint", "openssl pkey -pubin -in public.pem -outform DER | openssl dgst -sha256"},
	}
	if strings.HasPrefix(scheme, "PSS") {
		out = append(out, Command{"the check with PSS padding", "openssl dgst -sha256 -verify public.pem -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:auto -signature signature.bin body.bin"})
	}
	return out
}
