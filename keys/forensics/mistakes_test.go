package forensics

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"pikedash/keys"
)

// payoutBody has what payouts hold: a name, an address, an amount, a fraction.
const payoutBody = `{"payout_details":{"type":"card"},"amount_details":{"amount":15000,"currency":"eur"},"participant_details":{"recipient":{"full_name":"José Roe"}},"metadata":{"rate":150.0,"url":"https://shop.example/a?b=1&c=2","text":"it's <b>"}}`

func gzipped(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write([]byte(text))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.String()
}

func replaced(pairs ...string) string { return strings.NewReplacer(pairs...).Replace(payoutBody) }

// TestSignedTexts holds what signers made of a body, each found with a real program first.
func TestSignedTexts(t *testing.T) {
	sum := sha256.Sum256([]byte(payoutBody))
	digest := hex.EncodeToString(sum[:])
	zero := zeroDigestBody(t)
	zeroSum := sha256.Sum256([]byte(zero))
	narrow := ""
	for _, c := range zeroSum {
		narrow += fmt.Sprintf("%x", c)
	}
	for _, c := range []struct {
		name, received, signed string
		want                   []Cause
	}{
		{"a NUL after the received body", payoutBody + "\x00", payoutBody, []Cause{BodyTrailingByte}},
		{"NULs after the received body", payoutBody + "\x00\x00\x00", payoutBody, []Cause{BodyTrailingByte}},
		{"a buffer filled up with NULs", payoutBody, payoutBody + strings.Repeat("\x00", 7), []Cause{BodyTrailingByte}},
		{"UTF-16 received, ASCII signed", string(utf16Bytes(`{"a":"b"}`, false, false)), `{"a":"b"}`, []Cause{BodyCharset}},
		{"big-endian UTF-16 received, ASCII signed", string(utf16Bytes(`{"a":"b"}`, true, false)), `{"a":"b"}`, []Cause{BodyCharset}},
		{"an empty object received compressed", gzipped(t, "{}"), "{}", []Cause{BodyGzip}},
		{"an empty object received as Base64", "e30=", "{}", []Cause{BodyBase64Signed}},
		{"Node's ascii", payoutBody, string(clearHighBits([]byte(payoutBody))), []Cause{BodyCharset}},
		{"fmt.Sprint of bytes", payoutBody, fmt.Sprint([]byte(payoutBody)), []Cause{BodyReprSigned}},
		{"String(Uint8Array)", payoutBody, strings.Trim(strings.ReplaceAll(fmt.Sprint([]byte(payoutBody)), " ", ","), "[]"), []Cause{BodyReprSigned}},
		{"JSON.stringify of a Buffer", payoutBody, `{"type":"Buffer","data":` + strings.ReplaceAll(fmt.Sprint([]byte(payoutBody)), " ", ",") + "}", []Cause{BodyReprSigned}},
		{"str(list(bytes))", payoutBody, strings.ReplaceAll(fmt.Sprint([]byte(payoutBody)), " ", ", "), []Cause{BodyReprSigned}},
		{"url.PathEscape", `{"a":"b c","d":[1,2]}`, "%7B%22a%22:%22b%20c%22%2C%22d%22:%5B1%2C2%5D%7D", []Cause{BodyURLEncodedSigned}},
		{"http_build_query of fractions", `{"a":{"b":150.0,"c":1.50},"d":true}`, "a%5Bb%5D=150&a%5Bc%5D=1.5&d=1", []Cause{BodyURLEncodedSigned}},
		{"urllib's urlencode of nested objects", `{"id":"p 1","a":{"b":"é","c":null}}`, "id=p+1&a=%7B%27b%27%3A+%27%C3%A9%27%2C+%27c%27%3A+None%7D", []Cause{BodyURLEncodedSigned}},
		{"Node's querystring", `{"id":"p 1","a":{"b":1},"l":[1,2],"n":null}`, "id=p%201&a=&l=1&l=2&n=", []Cause{BodyURLEncodedSigned}},
		{"URLSearchParams", `{"id":"p 1","a":{"b":1},"l":[1,2],"n":null}`, "id=p+1&a=%5Bobject+Object%5D&l=1%2C2&n=null", []Cause{BodyURLEncodedSigned}},
		{"JSON_HEX_AMP", payoutBody, replaced("&", `\u0026`), []Cause{BodyHTMLEscape}},
		{"JSON_HEX_APOS", payoutBody, replaced("'", `\u0027`), []Cause{BodyHTMLEscape}},
		{"JSON_HEX_TAG and JSON_HEX_AMP", payoutBody, replaced("&", `\u0026`, "<", `\u003C`, ">", `\u003E`), []Cause{BodyHTMLEscape}},
		{"BigDecimal without trailing zeros", payoutBody, replaced("150.0", "1.5E+2"), []Cause{BodyNumberFormat}},
		{"a whole double printed in full", `{"id":12345678901234567890}`, `{"id":12345678901234567168}`, []Cause{BodyNumberFormat}},
		{"two amounts as decimal text", `{"l":[{"amount":1,"n":7},{"amount":25,"n":8}]}`, `{"l":[{"amount":"1.00","n":7},{"amount":"25.00","n":8}]}`, []Cause{BodyNumberFormat}},
		{"the digest after its name", payoutBody, "sha256:" + digest, []Cause{DigestHexSigned}},
		{"openssl dgst -c of a file", payoutBody, "SHA2-256(body.json)= " + colons(sum[:], ":", false) + "\n", []Cause{DigestLineSigned}},
		{"BigInteger.toString(16)", zero, new(big.Int).SetBytes(zeroSum[:]).Text(16), []Cause{DigestHexSigned}},
		{"Integer.toHexString of each byte", zero, narrow, []Cause{DigestHexSigned}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := explain(evidenceFor(t, []byte(c.received), signWith(t, privateKeys(t)[0], []byte(c.signed)), 2))
			assert.Equal(t, c.want, r.Causes, r.Summary)
			if !strings.HasPrefix(string(c.want[0]), "digest_") {
				assert.Equal(t, c.signed, string(r.SignedBytes))
			}
		})
	}
}

// zeroDigestBody is a body whose digest starts with a zero digit.
func zeroDigestBody(t *testing.T) string {
	t.Helper()
	for i := range 10_000 {
		body := fmt.Sprintf(`{"session_id":"ps_%d"}`, i)
		if sum := sha256.Sum256([]byte(body)); sum[0] < 16 {
			return body
		}
	}
	t.Fatal("none found")
	return ""
}

// TestWrittenSignatures holds ways to write a good signature down that programs really have.
func TestWrittenSignatures(t *testing.T) {
	good := signWith(t, privateKeys(t)[0], plainBody)
	raw, err := base64.StdEncoding.DecodeString(good)
	require.NoError(t, err)
	digits := hex.EncodeToString(raw)
	for _, c := range []struct {
		name, text string
		want       []Cause
		repaired   bool
	}{
		{"JSON of an empty string", `""`, []Cause{SigEmpty}, false},
		{"Python's empty bytes", `b''`, []Cause{SigEmpty}, false},
		{"a header without a value", "X-PARTNER-SIGN:", []Cause{SigEmpty}, false},
		{"openssl dgst -hex -r", digits + " *body.json\n", []Cause{SigHex}, true},
		{"sha256sum's way to print", digits + "  body.json\n", []Cause{SigHex}, true},
		{"fmt.Sprint of bytes", fmt.Sprint(raw), []Cause{SigNotBase64}, true},
		{"xxd", xxd(raw), []Cause{SigHex}, true},
		{"hexdump -C", hex.Dump(raw), []Cause{SigHex}, true},
		{"od -tx1", od(raw), []Cause{SigHex}, true},
		{"an idempotency key", "8f14e45f-ceea-467f-9c0d-8a3a0c9a1f10", []Cause{SigNotRSA}, false},
		{"cut to a column of 64", good[:64], []Cause{SigTruncated}, false},
		{"cut to a column of 128", good[:128], []Cause{SigTruncated}, false},
		{"raw bytes read as UTF-8, with a quote before them by chance", `"` + strings.ToValidUTF8(string(raw), "\ufffd"), []Cause{SigNotBase64}, false},
		{"a name before a value with a stray character", "X-PARTNER-SIGN: " + good[:100] + "*" + good[100:], []Cause{SigPrefixed, SigNotBase64}, false},
		{"Base85", `<~9jqo^BlbD-BleB1DJ+*+F(f,q/0JhKF<GL>Cj@.4Gp$d7F!,L7@<6@)/0JDEF<G%<+EV:2F!,O<DJ+*.@<*K0@<6L(Df-\0Ec5e;DffZ(EZee.~>`, []Cause{SigNotBase64}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := explain(evidenceFor(t, plainBody, c.text, 2))
			assert.Equal(t, c.want, r.Causes, r.Summary)
			if c.repaired {
				assert.Equal(t, good, r.Findings[0].Repaired)
			}
		})
	}
}

// xxd prints bytes as xxd does: an offset, pairs of bytes, the text.
func xxd(b []byte) string { return dump(b, "%08x:", 2, true) }

func od(b []byte) string { return dump(b, "%07o", 1, false) + fmt.Sprintf("%07o\n", len(b)) }

func dump(b []byte, offset string, group int, text bool) string {
	var out strings.Builder
	for at := 0; at < len(b); at += 16 {
		row := b[at:min(at+16, len(b))]
		fmt.Fprintf(&out, offset, at)
		for i, c := range row {
			if i%group == 0 {
				out.WriteByte(' ')
			}
			fmt.Fprintf(&out, "%02x", c)
		}
		if text {
			out.WriteString("  ")
			for _, c := range row {
				if c < ' ' || c > '~' {
					c = '.'
				}
				out.WriteByte(c)
			}
		}
		out.WriteByte('\n')
	}
	return out.String()
}

// TestPartsOfTheRequestInTheBody holds fields that the signer's body had and the sent one lacks.
func TestPartsOfTheRequestInTheBody(t *testing.T) {
	c := Context{Project: "shop-eu", IdempotencyKey: "5e0c-9a1f", Timestamp: "1790000000"}
	rest := payoutBody[1:]
	for name, text := range map[string]string{
		"the project first":         `{"project":"shop-eu",` + rest,
		"the project last":          strings.TrimSuffix(payoutBody, "}") + `,"project":"shop-eu"}`,
		"the key":                   `{"idempotency_key":"5e0c-9a1f",` + rest,
		"the time as a number":      strings.TrimSuffix(payoutBody, "}") + `,"timestamp":1790000000}`,
		"the header's name, spaced": `{"X-PARTNER-PROJECT": "shop-eu", "a": 1}`,
	} {
		body := payoutBody
		if strings.Contains(text, `"a"`) {
			body = `{"a":1}`
		}
		e := evidenceFor(t, []byte(body), signWith(t, privateKeys(t)[0], []byte(text)), 1)
		e.Context = c
		r := explain(e)
		assert.Equal(t, BodyExtraSigned, r.First(), "%s: %s", name, r.Summary)
		assert.Equal(t, text, string(r.SignedBytes), name)
	}
}

func TestNothingBetweenPartsIsNotNamed(t *testing.T) {
	e := evidenceFor(t, plainBody, signWith(t, privateKeys(t)[0], append([]byte("shop-eu"), plainBody...)), 1)
	e.Context.Project = "shop-eu"
	assert.Equal(t, "signed over the body with the project before it", explain(e).Summary)
}

func TestSignerIsFoundWhateverWasSigned(t *testing.T) {
	private := privateKeys(t)
	e := evidenceFor(t, plainBody, "", 3)
	ring := append(keys.Ring{e.Expected}, e.Ring...)
	assert.Equal(t, 2, Signer(signWith(t, private[2], []byte("other")), ring))
	assert.Equal(t, 0, Signer(`"`+signWith(t, private[0], []byte("other"))+`"`, ring))
	assert.Equal(t, -1, Signer(signWith(t, private[4], []byte("other")), ring))
	assert.Equal(t, -1, Signer("", ring))
	assert.Equal(t, -1, Signer(signWith(t, private[0], nil), nil))
}
