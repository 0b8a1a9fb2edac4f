package forensics

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"pikedash/keys"
)

var plainBody = []byte(`{"payout_details":{"type":"card"},"amount_details":{"amount":15000,"currency":"eur"}}`)

func explain(e Evidence) Report { return Explain(context.Background(), e) }

func TestAGoodSignatureStandsAlone(t *testing.T) {
	e := evidenceFor(t, plainBody, signWith(t, privateKeys(t)[0], plainBody), 3)
	r := explain(e)
	assert.True(t, r.Valid)
	assert.Equal(t, []Cause{OK}, r.Causes)
	assert.Equal(t, "Made by your key 0 over these 85 bytes, with RSASSA-PKCS1-v1_5 and SHA-256.", r.Summary)
	assert.Equal(t, plainBody, r.SignedBytes)
}

func TestTheReportNamesTheOtherKey(t *testing.T) {
	e := evidenceFor(t, plainBody, signWith(t, privateKeys(t)[2], plainBody), 3)
	e.Ring[1].Name = "demo key"
	r := explain(e)
	assert.False(t, r.Valid)
	assert.Equal(t, []Cause{KeyOtherKnown}, r.Causes)
	assert.Equal(t, "made by your demo key, not by the expected key", r.Summary)
	assert.Equal(t, "demo key", r.Key.Name)
	assert.Equal(t, "key 0", r.Expected.Name)
	assert.Equal(t, string(keys.FingerprintOf(&privateKeys(t)[2].PublicKey)), r.Key.Fingerprint)
}

func TestTheSignatureOfAnotherRequestIsNamed(t *testing.T) {
	other := []byte(`{"amount":7}`)
	e := evidenceFor(t, plainBody, signWith(t, privateKeys(t)[0], other), 1)
	e.Journal = map[[32]byte]string{sha256.Sum256(other): "request 41", {1}: "request 42"}
	r := explain(e)
	assert.Equal(t, []Cause{BodyOtherRequest}, r.Causes)
	assert.Contains(t, r.Summary, "request 41")

	sum := sha256.Sum256(other)
	e.Signature = signWith(t, privateKeys(t)[0], []byte(hex.EncodeToString(sum[:])))
	r = explain(e)
	assert.Equal(t, []Cause{DigestHexSigned, BodyOtherRequest}, r.Causes)
}

func TestAVariantOfTheBodyComesBeforeAnotherRequest(t *testing.T) {
	signed := append(plainBody[:len(plainBody):len(plainBody)], '\n')
	e := evidenceFor(t, plainBody, signWith(t, privateKeys(t)[0], signed), 1)
	e.Journal = map[[32]byte]string{sha256.Sum256(signed): "request 41"}
	assert.Equal(t, []Cause{BodyTrailingNewline}, explain(e).Causes)
}

func TestOnlyTheDigestIsKnown(t *testing.T) {
	key := privateKeys(t)[0]
	e := evidenceFor(t, []byte("masked"), signWith(t, key, plainBody), 1)
	e.Masked, e.Digest = true, sha256.Sum256(plainBody)
	assert.True(t, explain(e).Valid, "the digest decides, not the masked text")

	e.Masked, e.BodyKnown, e.Body = false, false, nil
	assert.True(t, explain(e).Valid)

	hexed := hex.EncodeToString(e.Digest[:])
	e.Signature = signWith(t, key, []byte(hexed))
	r := explain(e)
	assert.Equal(t, []Cause{DigestHexSigned}, r.Causes)
	assert.Equal(t, -1, r.Body.Bytes)

	e.Signature = signWith(t, key, append(plainBody[:len(plainBody):len(plainBody)], '\n'))
	r = explain(e)
	assert.Equal(t, []Cause{BodyDiffers}, r.Causes)
	assert.NotEmpty(t, r.Notes)
	assert.False(t, r.SignedKnown)
}

func TestMaskedTextIsNeverSearched(t *testing.T) {
	key := privateKeys(t)[0]
	masked := []byte(`{"number":"424242******4242"}`)
	e := evidenceFor(t, masked, signWith(t, key, append(masked[:len(masked):len(masked)], '\n')), 1)
	e.Masked, e.Digest = true, sha256.Sum256([]byte(`{"number":"other"}`))
	assert.Equal(t, []Cause{BodyDiffers}, explain(e).Causes)
}

func TestExtraMaterialFromTheRequest(t *testing.T) {
	c := Context{Method: "POST", Path: "/api/v2/session/create", URL: "https://proxy-demo.pikepayments.com/api/v2/session/create", Project: "shop-eu", IdempotencyKey: "5e0c-9a1f", Timestamp: "1790000000"}
	body := string(plainBody)
	for name, text := range map[string]string{
		"project before": "shop-eu" + body, "project after": body + "shop-eu", "timestamp": "1790000000." + body, "key": "5e0c-9a1f\n" + body,
		"url": c.URL + body, "request line": "POST /api/v2/session/create\n" + body, "lines": "POST\n/api/v2/session/create\n1790000000\n" + body,
		"project and time": "shop-eu|1790000000|" + body, "around": "shop-eu:" + body + ":1790000000",
	} {
		e := evidenceFor(t, plainBody, signWith(t, privateKeys(t)[0], []byte(text)), 1)
		e.Context = c
		r := explain(e)
		assert.Equal(t, []Cause{BodyExtraSigned}, r.Causes, name)
		assert.Equal(t, text, string(r.SignedBytes), name)
	}
}

func TestTheAnnouncedLengthExplainsATruncation(t *testing.T) {
	long := []byte(strings.Repeat("0123456789", 2000))
	e := evidenceFor(t, long, signWith(t, privateKeys(t)[0], long[:12345]), 1)
	assert.Equal(t, []Cause{BodyDiffers}, explain(e).Causes, "no reason to cut there")
	e.Context.ContentLength = 12345
	assert.Equal(t, []Cause{BodyTruncated}, explain(e).Causes)
}

func TestLargeBodiesGetTheReducedSet(t *testing.T) {
	body := bodyOf(t, 2<<20)
	key := privateKeys(t)[0]
	e := evidenceFor(t, body, signWith(t, key, append(body[:len(body):len(body)], '\n')), 1)
	assert.Equal(t, []Cause{BodyTrailingNewline}, explain(e).Causes)
	e.Signature = signWith(t, key, restyle(nil, body, &style{spacing: spacePython}))
	assert.Equal(t, []Cause{BodyReformatted}, explain(e).Causes)
	e.Signature = signWith(t, key, []byte("other"))
	r := explain(e)
	assert.Equal(t, []Cause{BodyDiffers}, r.Causes)
	require.Len(t, r.Notes, 1)
	assert.Contains(t, r.Notes[0], "reduced set")
}

// Below 1 MiB nothing that is common may be cut from the search: neither by the bound on the time for
// 4 KiB nor by the length.
func TestLongerBodiesGetWhatShortOnesGet(t *testing.T) {
	key := privateKeys(t)[0]
	for _, size := range []int{1 << 10, 4 << 10, 200 << 10} {
		sorted := bodyOf(t, size)
		tree := newPlan(sorted)
		mirrored := tree.try(nil, func(n *node) { n.each(func(c *node) { c.order(orderMirror) }) })
		nulls := tree.try(nil, func(n *node) { n.each(func(c *node) { c.drop((*node).isNull, false) }) })
		python := restyle(nil, sorted, &stacks[0])
		for name, c := range map[string]struct {
			received, signed []byte
			first            Cause
		}{
			"sorted":           {mirrored, sorted, BodyKeyOrder},
			"sorted by Python": {mirrored, restyle(nil, sorted, &style{spacing: spacePython}), BodyKeyOrder},
			"nulls dropped":    {sorted, nulls, BodyNullDropped},
			"JSON string":      {sorted, []byte(jsonString(style{unicode: unicodeLower})(python)), BodyDoubleEncoded},
			"UTF-16":           {sorted, utf16Bytes(string(sorted), false, true), BodyCharset},
			"indented":         {sorted, append(restyle(nil, sorted, &style{spacing: space4}), '\n'), BodyReformatted},
		} {
			r := explain(evidenceFor(t, c.received, signWith(t, key, c.signed), 1))
			assert.Equal(t, c.first, r.First(), "%s in %d bytes: %v", name, size, r.Causes)
		}
	}
}

// A terminal turns the line feeds of what is pasted into carriage returns.
func TestAPastedBodyIsKnownByItsLineEnds(t *testing.T) {
	pretty := append(restyle(nil, plainBody, &style{spacing: space2}), '\n')
	pasted := replaceAll(pretty, "\n", "\r")
	r := explain(evidenceFor(t, pasted, signWith(t, privateKeys(t)[0], pretty), 1))
	assert.Equal(t, []Cause{BodyCRLF}, r.Causes)
	assert.Equal(t, pretty, r.SignedBytes)
}

// What Pike signed is mended by checking the raw body, not by signing anew.
func TestTheCureDependsOnWhoSigned(t *testing.T) {
	python := restyle(nil, plainBody, &style{spacing: spacePython})
	e := evidenceFor(t, python, signWith(t, privateKeys(t)[0], plainBody), 2)
	for _, c := range []struct {
		role           keys.Role
		fix, snippet   string
		notFix, notSub string
	}{
		{keys.RolePike, "raw body, before anything parses", "php://input", "Serialise once", "openssl_sign"},
		{keys.RoleOwn, "Serialise once", "openssl_sign", "raw body", "php://input"},
		{"", "If this is a notification of Pike's", "openssl_sign", "Pike signed", "php://input"},
	} {
		e.Expected.Role = c.role
		f := explain(e).Findings[0]
		require.Equal(t, BodyReformatted, f.Code)
		assert.Contains(t, f.Fix, c.fix)
		assert.NotContains(t, f.Fix, c.notFix)
		assert.Contains(t, f.Snippets["php"], c.snippet)
		assert.NotContains(t, f.Snippets["php"], c.notSub)
	}
	// A notification that was checked with the partner's own key.
	e.Expected.Role, e.Ring[0].Role = keys.RoleOwn, keys.RolePike
	e.Signature = signWith(t, privateKeys(t)[1], plainBody)
	r := explain(e)
	require.Equal(t, []Cause{KeyOtherKnown, BodyReformatted}, r.Causes)
	assert.Contains(t, r.Findings[1].Snippets["go"], "io.ReadAll(r.Body)")
}

func TestACancelledSearchSaysSo(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	e := evidenceFor(t, bodyOf(t, 4096), signWith(t, privateKeys(t)[0], []byte("other")), 1)
	calls := 0
	e.Progress = func(tried, total int) {
		calls++
		assert.LessOrEqual(t, tried, total)
		cancel()
	}
	r := Explain(ctx, e)
	assert.Equal(t, 1, calls, "nothing is tried after the cancellation")
	assert.Equal(t, []Cause{BodyDiffers}, r.Causes)
	assert.Contains(t, r.Notes[0], "cancelled")
}

func TestExplainDoesNotChangeItsEvidence(t *testing.T) {
	body := bodyOf(t, 500)
	before := string(body)
	e := evidenceFor(t, body, signWith(t, privateKeys(t)[0], []byte("other")), 2)
	first := explain(e)
	assert.Equal(t, before, string(body))
	again := explain(e)
	assert.Equal(t, first, again, "the same evidence gives the same report")
}

func TestTheJSONOfAReport(t *testing.T) {
	signed := append(plainBody[:len(plainBody):len(plainBody)], '\n')
	r := explain(evidenceFor(t, plainBody, signWith(t, privateKeys(t)[0], signed), 1))
	text, err := r.JSON()
	require.NoError(t, err)
	var got map[string]any
	require.NoError(t, json.Unmarshal(text, &got))
	sum, own := sha256.Sum256(signed), sha256.Sum256(plainBody)
	assert.EqualValues(t, 1, got["schema"])
	assert.Equal(t, false, got["valid"])
	assert.Equal(t, []any{"body_trailing_newline"}, got["causes"])
	assert.Equal(t, map[string]any{"bytes": float64(len(plainBody)), "sha256": hex.EncodeToString(own[:])}, got["body"])
	s := got["signed"].(map[string]any)
	assert.Equal(t, hex.EncodeToString(sum[:]), s["sha256"])
	assert.Equal(t, "SHA-256", s["hash"])
	assert.Equal(t, "PKCS1-v1_5", s["scheme"])
	assert.EqualValues(t, len(signed), s["bytes"])
	assert.Equal(t, "the body plus a newline", s["variant"])
	k := got["key"].(map[string]any)
	assert.EqualValues(t, 2048, k["bits"])
	assert.Len(t, k["fingerprint"], 64)
	f := got["findings"].([]any)[0].(map[string]any)
	assert.Contains(t, f["evidence"], `The first difference is at byte 85: received the end, signed 0a ("\n").`)
	assert.Equal(t, "certain", f["certainty"])
	assert.Len(t, f["snippets"], len(languages))
	assert.NotContains(t, string(text), "payout_details", "the body is no part of the report")
	assert.NotContains(t, string(text), "\n")
}

func TestRepairedValuesVerify(t *testing.T) {
	good := signWith(t, privateKeys(t)[0], plainBody)
	e := evidenceFor(t, plainBody, `"`+strings.ReplaceAll(good, "+", "%2B")+`"`, 1)
	r := explain(e)
	require.Equal(t, SigQuoted, r.First())
	assert.Equal(t, good, r.Findings[0].Repaired)
	assert.NoError(t, keys.Verify(e.Expected.Public, plainBody, r.Findings[0].Repaired))
}

func TestAWrongCharacterIsRepaired(t *testing.T) {
	good := signWith(t, privateKeys(t)[0], plainBody)
	r := explain(evidenceFor(t, plainBody, good[:100]+"*"+good[101:], 1))
	assert.Equal(t, []Cause{SigNotBase64}, r.Causes)
	assert.Equal(t, good, r.Findings[0].Repaired)
}

func TestEveryCauseHasWordsAndSnippets(t *testing.T) {
	text, err := os.ReadFile("codes.go")
	require.NoError(t, err)
	n := 0
	for line := range strings.SplitSeq(string(text), "\n") {
		fields := strings.Fields(line)
		if len(fields) < 4 || fields[1] != "Cause" || fields[2] != "=" {
			continue
		}
		c := Cause(strings.Trim(fields[3], `"`))
		n++
		a := adviceFor(c)
		assert.NotEmpty(t, a.what, c)
		assert.NotEmpty(t, a.fix, c)
		if c != OK {
			for _, lang := range Languages() {
				assert.NotEmpty(t, snippetsFor(c, keys.RoleOwn)[lang], "%s %s", c, lang)
			}
		}
		if strings.HasPrefix(string(c), "body_") {
			assert.GreaterOrEqual(t, bodyRank(c), 0, "%s has no place in the order", c)
		}
	}
	assert.Greater(t, n, 70)
}

// TestNoFalseAccusation signs nothing: random numbers must be called the work of a wrong key and
// nothing else. PIKEDASH_SOAK=1 tries 100,000.
func TestNoFalseAccusation(t *testing.T) {
	n := 4000
	if os.Getenv("PIKEDASH_SOAK") != "" {
		n = 100_000
	}
	e := evidenceFor(t, plainBody, "", 1)
	for range n {
		s, err := rand.Int(rand.Reader, e.Expected.Public.N)
		require.NoError(t, err)
		e.Signature = base64.StdEncoding.EncodeToString(s.FillBytes(make([]byte, 256)))
		r := explain(e)
		if len(r.Causes) != 1 || r.Causes[0] != KeyWrong || r.Valid {
			t.Fatalf("%v for %s", r.Causes, e.Signature)
		}
	}
}

func TestOpenSSLCommandsHoldOnlyTheSignature(t *testing.T) {
	good := signWith(t, privateKeys(t)[0], plainBody)
	for _, value := range []string{good, `"` + good + `"`, "'; rm -rf / #", "$(reboot)", ""} {
		for _, c := range OpenSSL(evidenceFor(t, plainBody, value, 1)) {
			assert.NotEmpty(t, c.Purpose)
			assert.NotContains(t, c.Line, "rm -rf")
			assert.NotContains(t, c.Line, "reboot")
		}
	}
	lines := OpenSSL(evidenceFor(t, plainBody, `"`+good+`"`, 1))
	assert.Contains(t, lines[2].Line, good)
}
