package forensics

import (
	"fmt"
	"strings"
	"sync"

	"pikedash/keys"
)

// advice is what people read about a cause: what happened, completing "INVALID: …", and what to do.
type advice struct{ what, fix string }

// summaryFor writes the report's one line.
func summaryFor(r *Report) string {
	first := r.First()
	if first == OK {
		return r.Findings[0].Evidence
	}
	text := adviceFor(first).what
	if strings.HasPrefix(string(first), "body_") && r.Signed.Variant != "" && first != BodyOtherRequest && first != BodyDiffers {
		text = "signed over " + r.Signed.Variant
	}
	switch first {
	case KeyOtherKnown:
		if r.Key != nil && r.Key.Name != "" {
			text = fmt.Sprintf("made by %s, not by the expected key", roleName(r.Key.Role, r.Key.Name))
		}
	case BodyOtherRequest:
		text = "signed over " + r.Signed.Variant + ", not over this body"
	}
	if rest := r.Causes[1:]; len(rest) > 0 {
		more := make([]string, len(rest))
		for i, c := range rest {
			more[i] = adviceFor(c).what
		}
		if strings.HasPrefix(string(first), "body_") {
			return text
		}
		text += "; also " + strings.Join(more, ", ")
	}
	return text
}

func roleName(role, name string) string {
	switch role {
	case "own":
		return "your " + name
	case "retired":
		return "your retired " + name
	}
	return name
}

// receivedFix is what to do when Pike signed and the body that was checked is another one.
const receivedFix = "Pike signed the bytes that it sent. Check the signature over the request's raw body, before anything parses, decodes, trims or converts it."

// fixFor says what to do about a cause in a signature by a key of that role.
func fixFor(c Cause, signer keys.Role) string {
	fix := adviceFor(c).fix
	switch {
	case !aboutBody(c):
	case signer == keys.RolePike:
		return receivedFix
	case signer == "" && c != BodyDiffers:
		fix += " If this is a notification of Pike's, check it over the raw body, before anything parses it."
	}
	return fix
}

// adviceFor finds the words for a cause.
func adviceFor(c Cause) advice {
	switch s := string(c); {
	case strings.HasPrefix(s, "sig_"):
		return sigAdvice()[c]
	case strings.HasPrefix(s, "body_"):
		return bodyAdvice()[c]
	}
	return otherAdvice()[c]
}

const encodeFix = "Write the signature as standard Base64 on one line, with + / and = and nothing around it."

// sigAdvice is about how the signature is written. Read only. Like the other tables it is made at its first
// use: a map takes its time at the start of every program that never asks.
var sigAdvice = sync.OnceValue(func() map[Cause]advice {
	return map[Cause]advice{
		SigEmpty:           {"there is no signature", "Send the signature in X-PARTNER-SIGN. When the header is set from a variable, check that the signing step succeeded."},
		SigNotBase64:       {"the signature is not standard Base64", "Base64-encode the raw signature bytes once, right after signing, and send that text unchanged."},
		SigBase64Wrapped:   {"the signature is broken into lines", "Encode without line breaks: openssl base64 -A, base64 -w0, or an encoder that does not wrap."},
		SigBase64URL:       {"the signature uses URL-safe Base64", "Use the standard alphabet (+ and /) with padding, not the URL-safe one (- and _)."},
		SigBase64Unpadded:  {"the signature's Base64 padding is missing", "Keep the = at the end: a 2048-bit signature has 344 characters and ends in ==."},
		SigHex:             {"the signature is written in hex", "Base64-encode the raw bytes, not their hex digits; with openssl leave -hex out."},
		SigDoubleBase64:    {"the signature is Base64-encoded twice", "Encode once. Many libraries return Base64 already; do not encode their result again."},
		SigQuoted:          {"the signature stands in quotes", "Send the bare value. Do not run the header's value through a JSON encoder or repr()."},
		SigPercentEncoded:  {"the signature is percent-encoded", "Headers are not URLs: send + / = as they are."},
		SigPlusToSpace:     {"plus signs of the signature became spaces", "The value went through a form or query decoder. Take it from the header, or encode + as %2B before such a decoder."},
		SigPrefixed:        {"other text stands before the signature", "The header's value is the Base64 text alone, without name, scheme or label."},
		SigPEMArmored:      {"the signature is wrapped in PEM lines", "Send only the Base64 between the BEGIN and END lines, joined to one line."},
		SigTruncated:       {"the signature is cut off", "Send all of it: 344 characters for a 2048-bit key. Look for a column or buffer that is too short, or for a log that shortens."},
		SigLeadingZeroLost: {"the signature lost a leading zero byte", "Left-pad the raw signature with zeros to the length of the modulus before encoding. Without that about one request in 256 fails."},
		SigNotRSA:          {"the value is no RSA signature", "Sign with an RSA key (RSASSA-PKCS1-v1_5, SHA-256), not with HMAC, ECDSA, Ed25519 or a token library."},
		SigHTMLEntity:      {"the signature holds HTML entities", "The value went through an HTML escaper. Put it into the header as it is."},
		SigWhitespace:      {"the signature holds invisible characters", "Take the value from the program, not from a document or chat; save files without a byte order mark."},
		SigTrailingText:    {"other text follows the signature", encodeFix},
		SigExtraBytes:      {"the encoded value holds more than the signature", "Encode exactly the bytes that the signing call returns, as many as the modulus has."},
		SigTextMangled:     {"the raw signature was converted as if it were text", "A signature is bytes. Do not turn it into a string before Base64; write files in binary mode."},
		SigReversed:        {"the signature's bytes are in reverse order", "Windows CryptoAPI returns little-endian signatures: reverse the bytes before encoding."},
		SigCaseChanged:     {"upper and lower case of the signature were lost", "Base64 depends on case. Find the step that changes the header's value to one case and exempt it."},
	}
})

const schemeFix = "Sign with RSASSA-PKCS1-v1_5 and SHA-256, over the body itself; the library hashes it."

// otherAdvice is about the key, the scheme and the hash. Read only.
var otherAdvice = sync.OnceValue(func() map[Cause]advice {
	return map[Cause]advice{
		OK:              {"the signature is good", "Nothing to do."},
		KeyOtherKnown:   {"made by another known key", "Sign with the key whose public half is registered for this project and environment, or check with the key that belongs to the signer."},
		KeyWrong:        {"made by a key that is not known here", "Compare the fingerprints: the public half of the key that signs must be the one that is registered. If it is new, give it to Pike's manager and add it here."},
		KeySizeMismatch: {"made by a key of another size", "The signing key and the registered public key are not a pair. Compare their fingerprints."},
		SchemePSS:       {"padded with PSS in place of PKCS#1 v1.5", "Choose PKCS#1 v1.5 padding; leave PSS options out."},
		SchemeRawDigest: {"a digest was signed without saying which hash made it", "Use the library's sign call with SHA-256, not a raw or private-encrypt call: the hash's name (DigestInfo) belongs inside the padding."},
		SchemeRawBody:   {"the body itself was padded, without hashing", "Use the library's sign call with SHA-256; private-key encryption is not signing."},
		SchemeNoNull:    {"the DigestInfo lacks its NULL parameter", "Use a signer that writes the DigestInfo with parameters NULL (RFC 8017); update the library that leaves it out."},
		SchemeEncrypted: {"encrypted in place of signed", "Use the sign call of the library, not its encrypt call."},
		SchemeX931:      {"padded as ANSI X9.31", "Choose PKCS#1 v1.5 padding."},
		SchemePadding:   {"the padding is malformed", "Let the library build the padding: call its RSASSA-PKCS1-v1_5 sign function with SHA-256."},

		HashMD5:    {"hashed with MD5", schemeFix},
		HashSHA1:   {"hashed with SHA-1", schemeFix + " openssl_sign in PHP takes SHA-1 unless OPENSSL_ALGO_SHA256 is given."},
		HashSHA224: {"hashed with SHA-224", schemeFix},
		HashSHA384: {"hashed with SHA-384", schemeFix},
		HashSHA512: {"hashed with SHA-512", schemeFix},
		HashSHA3:   {"hashed with SHA-3", schemeFix + " SHA-256 is of the SHA-2 family."},
		HashOther:  {"hashed with another function", schemeFix},

		DigestHexSigned:    {"the digest's hex text was signed in place of the body", "Give the body to the sign call. It hashes by itself."},
		DigestBase64Signed: {"the digest's Base64 text was signed in place of the body", "Give the body to the sign call. It hashes by itself."},
		DigestLineSigned:   {"the line that a checksum program prints was signed", "Give the body to the sign call, not the output of openssl dgst or sha256sum."},
		DoubleHash:         {"hashed twice", "Give the body to the sign call, not its digest; or use a call that is made for digests."},
	}
})

const bytesFix = "Make the body's bytes once, sign exactly these bytes, and send exactly these bytes."

// bodyAdvice is about the signed bytes. Read only.
var bodyAdvice = sync.OnceValue(func() map[Cause]advice {
	return map[Cause]advice{
		BodyTrailingNewline:  {"a newline at the end differs", "echo, editors and here-documents add a newline, $(…) takes it off. Use printf '%s', and sign what is sent."},
		BodyNewlinesRemoved:  {"the newlines were removed on the way", "curl -d @file deletes newlines. Use --data-binary @file, which keeps every byte."},
		BodyCRLF:             {"the line ends differ", "Keep one kind of line end: open files in binary mode, and let neither git nor the editor convert them."},
		BodyBOM:              {"a byte order mark differs", "Write UTF-8 without a byte order mark."},
		BodyWhitespace:       {"white space differs", "Do not trim or pad the body between signing and sending. " + bytesFix},
		BodyTrailingByte:     {"one byte at an end differs", "Sign the body's exact length: no terminating NUL, no byte more or less."},
		BodyReformatted:      {"the JSON was written anew with other spacing", "Serialise once. " + bytesFix},
		BodyKeyOrder:         {"the keys of the JSON are in another order", "Do not sort keys for signing unless the sorted text is also what is sent. " + bytesFix},
		BodyUnicodeEscape:    {`\u escapes differ`, "The signed and the sent text escape characters differently. Serialise once. " + bytesFix},
		BodySlashEscape:      {`slashes are escaped (\/) on one side only`, "PHP writes \\/ unless JSON_UNESCAPED_SLASHES is given. Serialise once. " + bytesFix},
		BodyHTMLEscape:       {"HTML-safe escapes differ", "Go, Gson, Rails and System.Text.Json escape < > & by default. Serialise once. " + bytesFix},
		BodyNumberFormat:     {"numbers are written differently", "Amounts changed their text (150.00, 150.0, 150, \"150\") in a parser. " + bytesFix},
		BodyNullDropped:      {"null or empty fields were left out", "Serialise once, with the same settings for null and empty fields. " + bytesFix},
		BodyEmpty:            {"an empty value was signed", "The body was not there yet when it was signed. Sign after the body is built; for no content send and sign {}."},
		BodyCharset:          {"the text is in another charset", "Turn the text into UTF-8 bytes once and sign these bytes."},
		BodyNormalization:    {"the Unicode normal form differs", "Do not normalise between signing and sending. " + bytesFix},
		BodyBase64Signed:     {"Base64 lies between the signed and the sent text", "Sign the bytes that go into the request body, without encoding them first."},
		BodyHexSigned:        {"hex lies between the signed and the sent text", "Sign the bytes that go into the request body, without encoding them first."},
		BodyURLEncodedSigned: {"percent-encoding lies between the signed and the sent text", "Sign and send the JSON itself; it is not a form."},
		BodyDoubleEncoded:    {"the body was quoted as a string on one side", "Encode to JSON once. A text that is JSON already must not be encoded again."},
		BodyGzip:             {"compression lies between the signed and the sent text", "Send the body uncompressed, and sign these bytes."},
		BodyFieldVersion:     {"field names of the other API version were signed", "Build the body for one API version: v1 payment_method, payments, acquiring_payments; v2 payout_details, payout_list, payment_list."},
		BodyExtraSigned:      {"more than the body was signed", "Pike signs the body alone: no method, path, project, time or key."},
		BodyOtherRequest:     {"made for another request", "The header was kept from another request. Compute the signature for each body, right before sending."},
		BodyDiffers:          {"other bytes were signed", "The key and the scheme are right. Print the SHA-256 of the bytes that go into the sign call, compare it with the recovered digest, and look for what changes the body after that."},
		BodyTypeChanged:      {"a value changed its type", "A parser turned null or a flag into something else. " + bytesFix},
		BodyEmptyContainer:   {"{} and [] were swapped", "PHP turns {} into [] when it decodes to arrays. Decode to objects, or keep the bytes. " + bytesFix},
		BodyDuplicateKeys:    {"repeated keys were collapsed", "Give every key once. " + bytesFix},
		BodyFieldAdded:       {"a field was added after signing", "Sign last, after the body is complete."},
		BodyPartSigned:       {"only a part of the body was signed", "Sign the whole body as it is sent."},
		BodyTruncated:        {"only the start of the body was signed", "Sign all of it: read until the end, and count bytes, not characters."},
		BodyReprSigned:       {"the language's own printout was signed, not JSON", "Serialise to JSON first, then sign these bytes."},
		BodyConstantSigned:   {"a fixed text was signed in place of the body", "A name or placeholder was signed where the body's content belongs."},
	}
})
