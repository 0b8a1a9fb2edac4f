package forensics

import (
	"encoding/base64"
	"encoding/hex"
	"strconv"
	"strings"
)

// form is a way in which a digest is written before it gets signed as if it were the body.
type form struct {
	code  Cause
	desc  string // completes "the signer signed …"
	build func(dst, digest []byte, alg *hashAlg) []byte
}

// shortForms are the forms that every candidate is tried in.
func shortForms() []form { return commonForms[:] }

// commonForms are cheap and cover what most signers do wrong. Read only.
var commonForms = [...]form{
	{DoubleHash, "the digest itself, so it was hashed twice", func(dst, d []byte, _ *hashAlg) []byte { return append(dst, d...) }},
	{DigestHexSigned, "the digest as lower-case hex text", func(dst, d []byte, _ *hashAlg) []byte { return hex.AppendEncode(dst, d) }},
	{DigestHexSigned, "the digest as upper-case hex text", appendUpperHex},
	{DigestBase64Signed, "the digest as Base64 text", func(dst, d []byte, _ *hashAlg) []byte { return base64.StdEncoding.AppendEncode(dst, d) }},
	{DigestHexSigned, "the digest as lower-case hex text and a newline", func(dst, d []byte, _ *hashAlg) []byte { return append(hex.AppendEncode(dst, d), '\n') }},
	{DigestBase64Signed, "the digest as Base64 text and a newline", func(dst, d []byte, _ *hashAlg) []byte {
		return append(base64.StdEncoding.AppendEncode(dst, d), '\n')
	}},
}

// usualForms are commonForms and the lines that checksum programs print for stdin. Read only.
var usualForms = append(commonForms[:len(commonForms):len(commonForms)], stdinLines()...)

func stdinLines() []form {
	line := func(desc, before, after string) form {
		return form{DigestLineSigned, desc, func(dst, d []byte, _ *hashAlg) []byte {
			return append(append(hex.AppendEncode(append(dst, before...), d), after...), '\n')
		}}
	}
	return []form{
		line("the line that sha256sum prints", "", "  -"), line("the line that openssl dgst prints", "SHA2-256(stdin)= ", ""),
		line("the line that old openssl dgst prints", "(stdin)= ", ""), line("the line that openssl 1.1 dgst prints", "SHA256(stdin)= ", ""),
	}
}

func appendUpperHex(dst, d []byte, _ *hashAlg) []byte {
	const digits = "0123456789ABCDEF"
	for _, c := range d {
		dst = append(dst, digits[c>>4], digits[c&15])
	}
	return dst
}

// fullForms are all forms. The list is built for a few candidates of a search only.
func fullForms() []form {
	out := append([]form{}, commonForms[:]...)
	text := func(code Cause, desc string, f func(d []byte, alg *hashAlg) string) {
		out = append(out, form{code, desc, func(dst, d []byte, alg *hashAlg) []byte { return append(dst, f(d, alg)...) }})
	}
	hexOf := func(d []byte, _ *hashAlg) string { return hex.EncodeToString(d) }
	b64 := base64.StdEncoding.EncodeToString
	text(DigestHexSigned, "the digest as hex text and CR LF", func(d []byte, a *hashAlg) string { return hexOf(d, a) + "\r\n" })
	text(DigestHexSigned, "the digest as upper-case hex text and a newline", func(d []byte, a *hashAlg) string { return strings.ToUpper(hexOf(d, a)) + "\n" })
	text(DigestHexSigned, "the digest as upper-case hex text and CR LF", func(d []byte, a *hashAlg) string { return strings.ToUpper(hexOf(d, a)) + "\r\n" })
	text(DigestHexSigned, "the digest as hex text with 0x before it", func(d []byte, a *hashAlg) string { return "0x" + hexOf(d, a) })
	text(DigestHexSigned, "the digest as hex text in quotes", func(d []byte, a *hashAlg) string { return `"` + hexOf(d, a) + `"` })
	text(DigestHexSigned, "the digest as hex with colons", func(d []byte, _ *hashAlg) string { return colons(d, ":", false) })
	text(DigestHexSigned, "the digest as upper-case hex with colons", func(d []byte, _ *hashAlg) string { return colons(d, ":", true) })
	text(DigestHexSigned, "the digest as hex in lines of 60 (xxd -p)", func(d []byte, a *hashAlg) string { return wrapLines(hexOf(d, a), 60, "\n") + "\n" })
	text(DigestHexSigned, "the digest as hex text after the hash's name", func(d []byte, a *hashAlg) string {
		return strings.ToLower(strings.ReplaceAll(a.name, "-", "")) + "=" + hexOf(d, a)
	})
	text(DigestHexSigned, "the digest as hex text after the hash's name and a colon", func(d []byte, a *hashAlg) string {
		return strings.ToLower(strings.ReplaceAll(a.name, "-", "")) + ":" + hexOf(d, a)
	})
	text(DigestHexSigned, "the digest as hex text without the zeros before it (BigInteger)", func(d []byte, a *hashAlg) string {
		return strings.TrimLeft(hexOf(d, a), "0")
	})
	text(DigestHexSigned, "the digest as hex text with bytes below 10 as one digit (Integer.toHexString)", func(d []byte, _ *hashAlg) string { return narrowHex(d) })
	text(DigestHexSigned, "the digest as upper-case hex with dashes (BitConverter)", func(d []byte, _ *hashAlg) string { return colons(d, "-", true) })
	text(DigestBase64Signed, "the digest as Base64 text and CR LF", func(d []byte, _ *hashAlg) string { return b64(d) + "\r\n" })
	text(DigestBase64Signed, "the digest as Base64 without padding", func(d []byte, _ *hashAlg) string { return base64.RawStdEncoding.EncodeToString(d) })
	text(DigestBase64Signed, "the digest as URL-safe Base64", func(d []byte, _ *hashAlg) string { return base64.URLEncoding.EncodeToString(d) })
	text(DigestBase64Signed, "the digest as URL-safe Base64 without padding", func(d []byte, _ *hashAlg) string { return base64.RawURLEncoding.EncodeToString(d) })
	text(DigestBase64Signed, "the digest as Base64 of its hex text", func(d []byte, a *hashAlg) string { return b64([]byte(hexOf(d, a))) })
	text(DigestBase64Signed, "the digest as Base64 of its hex text and newline", func(d []byte, a *hashAlg) string { return b64([]byte(hexOf(d, a) + "\n")) })
	text(DigestBase64Signed, "a Digest header's value", func(d []byte, a *hashAlg) string { return a.name + "=" + b64(d) })
	text(DigestBase64Signed, "a Content-Digest header's value", func(d []byte, a *hashAlg) string { return strings.ToLower(a.name) + "=:" + b64(d) + ":" })
	text(DigestBase64Signed, "a Digest header", func(d []byte, a *hashAlg) string { return "Digest: " + a.name + "=" + b64(d) })
	out = append(out, form{DoubleHash, "the digest wrapped as DigestInfo, hashed once more", func(dst, d []byte, a *hashAlg) []byte {
		return append(dst, digestInfoFor(a, d)...)
	}})
	out = append(out, form{DoubleHash, "the digest of the digest, so it was hashed three times", func(dst, d []byte, a *hashAlg) []byte {
		return append(dst, a.sum(d)...)
	}})
	out = append(out, form{DoubleHash, "the digest and a newline, so it was hashed twice", func(dst, d []byte, _ *hashAlg) []byte {
		return append(append(dst, d...), '\n')
	}})
	return append(out, lineForms()...)
}

// narrowHex writes each byte in hex without the zero that fills it up to two digits.
func narrowHex(d []byte) string {
	out := make([]byte, 0, 2*len(d))
	for _, c := range d {
		out = strconv.AppendUint(out, uint64(c), 16)
	}
	return string(out)
}

func colons(d []byte, sep string, upper bool) string {
	parts := make([]string, len(d))
	for i, c := range d {
		parts[i] = hex.EncodeToString([]byte{c})
	}
	s := strings.Join(parts, sep)
	if upper {
		s = strings.ToUpper(s)
	}
	return s
}

// fileNames are the names under which examples keep a body. The empty name stands for stdin.
var fileNames = []string{
	"stdin", "-", "body.json", "body", "body.txt", "request.json", "request", "payload.json", "payload", "data.json", "data",
	"data.txt", "myfile.txt", "message.txt", "message", "msg", "file", "file.json", "file.txt", "input", "input.json", "input.txt",
	"test.json", "test.txt", "req.json", "json", "/tmp/body.json", "./body.json", "/tmp/body", "/dev/stdin", "/dev/fd/63",
	"session.json", "payout.json", "payment.json", "order.json", "test", "post.json", "body.bin", "tmp.json",
}

// lineForms are the lines that openssl dgst, sha256sum, shasum and their relatives print.
func lineForms() []form {
	var out []form
	add := func(desc string, before func(name string, alg *hashAlg) []string, after string, name string) {
		for _, end := range []string{"\n", "", "\r\n"} {
			for i := range before(name, sha256Alg) {
				out = append(out, form{DigestLineSigned, desc, func(dst, d []byte, alg *hashAlg) []byte {
					dst = append(dst, before(name, alg)[i]...)
					dst = hex.AppendEncode(dst, d)
					return append(append(dst, after...), end...)
				}})
			}
		}
	}
	for _, name := range fileNames {
		for i := range opensslLabels(name, sha256Alg)[:2] {
			out = append(out, form{DigestLineSigned, "the line that openssl dgst -c prints", func(dst, d []byte, alg *hashAlg) []byte {
				return append(append(append(dst, opensslLabels(name, alg)[i]...), colons(d, ":", false)...), '\n')
			}})
		}
	}
	add("the line that old openssl dgst prints, (stdin)= …", func(string, *hashAlg) []string { return []string{"(stdin)= "} }, "", "")
	for _, name := range fileNames {
		if name != "-" {
			add("the line that openssl dgst prints, "+sha256Alg.name+"("+name+")= …", opensslLabels, "", name)
			add("the line that openssl dgst -r prints", noLabels, " *"+name, name)
		}
		if name != "stdin" {
			add("the line that sha256sum prints", noLabels, "  "+name, name)
			add("the line that sha256sum -b prints", noLabels, " *"+name, name)
			add("the line that sha256sum --tag prints", tagLabels, "", name)
		}
	}
	return out
}

func noLabels(string, *hashAlg) []string { return []string{""} }

func tagLabels(name string, alg *hashAlg) []string {
	return []string{strings.ReplaceAll(alg.name, "-", "") + " (" + name + ") = "}
}

// opensslLabels are the labels of openssl 3 (SHA2-256) and of the versions before (SHA256).
func opensslLabels(name string, alg *hashAlg) []string {
	old := strings.ReplaceAll(alg.name, "-", "")
	modern := strings.Replace(alg.name, "SHA-", "SHA2-", 1)
	if alg.name == "SHA-1" {
		modern = "SHA1"
	}
	return []string{modern + "(" + name + ")= ", old + "(" + name + ")= ", old + " (" + name + ") = "}
}
