package journal

import (
	"encoding/base64"
	"fmt"
	"strings"
	"unicode/utf8"

	"pikedash/pikeapi"
)

// FileName is the name under which commands speak of the request's body.
func (x *Exchange) FileName() string { return fmt.Sprintf("request-%d.json", x.ID) }

// OpenSSL returns the commands that show the digest of the request's body, sign it and check that
// signature. The body is in a file; the keys are the reader's own.
func (x *Exchange) OpenSSL() []string {
	file := x.FileName()
	return []string{
		"sha256sum " + file + "   # " + x.Digest.String(),
		"openssl dgst -sha256 -sign private.pem " + file + " | openssl base64 -A > " + file + ".sign",
		"openssl base64 -d -A -in " + file + ".sign -out " + file + ".raw && openssl dgst -sha256 -verify public.pem -signature " + file + ".raw " + file,
	}
}

// Curl returns the request as a curl command. The body comes from a file by --data-binary, because -d
// changes line breaks; the signature is made anew by OpenSSL's second command, and the idempotency
// key is the variable KEY. It holds no secret.
func (x *Exchange) Curl() string {
	file := x.FileName()
	parts := []string{
		"curl -X POST " + pikeapi.ShellWord(x.URL), "-H 'Content-Type: application/json'",
		"-H " + pikeapi.ShellWord("X-PARTNER-PROJECT: "+x.Project), `-H "X-PARTNER-SIGN: $(cat ` + file + `.sign)"`,
	}
	if x.IdempotencyKey != "" {
		parts = append(parts, `-H "X-PARTNER-IDEMPOTENCY-KEY: $KEY"`)
	}
	return strings.Join(append(parts, "--data-binary @"+file), " ")
}

// Script returns the request as shell commands that can be run as they are, with the reader's own
// private.pem: the exact bytes into a file, the signature over them, the call. It keeps the
// idempotency key, so that Pike does not carry the request out twice. Of a masked record it says
// that the true bytes have to be put there.
func (x *Exchange) Script() string {
	var lines []string
	if x.BodyMasked {
		lines = append(lines, fmt.Sprintf("# The record is masked: put the true %d bytes into %s, their sha256 is %s", x.RequestBytes, x.FileName(), x.Digest))
	} else {
		lines = append(lines, bytesCommand(x.Body)+" > "+x.FileName())
	}
	lines = append(lines, x.OpenSSL()[1])
	if x.IdempotencyKey != "" {
		lines = append(lines, "KEY="+pikeapi.ShellWord(x.IdempotencyKey)+"   # the same as before: with another one it would be carried out again")
	}
	return strings.Join(append(lines, x.Curl()), "\n") + "\n"
}

// bytesCommand is a command that prints exactly these bytes. What a terminal would not keep as it is
// goes through Base64.
func bytesCommand(b []byte) string {
	plain := utf8.Valid(b)
	for _, c := range b {
		plain = plain && c >= 0x20 && c != 0x7f
	}
	if plain {
		return "printf '%s' " + pikeapi.ShellWord(string(b))
	}
	return "printf '%s' " + pikeapi.ShellWord(base64.StdEncoding.EncodeToString(b)) + " | openssl base64 -d -A"
}
