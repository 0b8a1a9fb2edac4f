package forensics

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// fault is one mistake: what it makes of the body, the cause that must be named, and whether it makes
// a difference to this body.
type fault struct {
	name string
	want Cause
	make func([]byte) []byte
}

var faults = []fault{
	{"echo", BodyTrailingNewline, func(b []byte) []byte { return append(bytes.Clone(b), '\n') }},
	{"windows echo", BodyTrailingNewline, func(b []byte) []byte { return append(bytes.Clone(b), "\r\n"...) }},
	{"NUL", BodyTrailingByte, func(b []byte) []byte { return append(bytes.Clone(b), 0) }},
	{"BOM", BodyBOM, func(b []byte) []byte { return append([]byte("\xef\xbb\xbf"), b...) }},
	{"blank", BodyWhitespace, func(b []byte) []byte { return append(bytes.Clone(b), ' ') }},
	{"python separators", BodyReformatted, func(b []byte) []byte { return restyle(nil, b, &style{spacing: spacePython}) }},
	{"indent", BodyReformatted, func(b []byte) []byte {
		var out bytes.Buffer
		if json.Indent(&out, b, "", "  ") != nil {
			return b
		}
		return out.Bytes()
	}},
	{"base64", BodyBase64Signed, func(b []byte) []byte { return []byte(base64.StdEncoding.EncodeToString(b)) }},
	{"hex", BodyHexSigned, func(b []byte) []byte { return []byte(hex.EncodeToString(b)) }},
	{"JSON string", BodyDoubleEncoded, func(b []byte) []byte {
		out, err := json.Marshal(string(b))
		if err != nil {
			return b
		}
		return []byte(strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&").Replace(string(out)))
	}},
	{"UTF-16", BodyCharset, func(b []byte) []byte { return utf16Bytes(string(b), false, true) }},
	{"twice", BodyExtraSigned, func(b []byte) []byte { return append(bytes.Clone(b), b...) }},
	{"slashes", BodySlashEscape, func(b []byte) []byte { return []byte(strings.ReplaceAll(string(b), "/", `\/`)) }},
}

// drawValue draws JSON of bounded depth and writes it compactly.
func drawValue(t *rapid.T, depth int) string {
	kinds := 5
	if depth > 0 {
		kinds = 7
	}
	switch rapid.IntRange(0, kinds-1).Draw(t, "kind") {
	case 0:
		return fmt.Sprint(rapid.IntRange(2, 1_000_000).Draw(t, "int"))
	case 1:
		return rapid.SampledFrom([]string{"1.50", "100.0", "1e2", "0.25", "12345678901234567890"}).Draw(t, "float")
	case 2, 3:
		s := rapid.StringOfN(rapid.RuneFrom([]rune("abc é/<Ж😀\"\\")), 1, 12, -1).Draw(t, "string")
		return string(drawString(s))
	case 4:
		return rapid.SampledFrom([]string{"true", "false", "null", "[]", "{}", `""`}).Draw(t, "word")
	case 5:
		var parts []string
		for range rapid.IntRange(1, 3).Draw(t, "items") {
			parts = append(parts, drawValue(t, depth-1))
		}
		return "[" + strings.Join(parts, ",") + "]"
	}
	return drawObject(t, depth-1)
}

func drawString(s string) []byte {
	out := []byte{'"'}
	for _, r := range s {
		if r == '"' || r == '\\' {
			out = append(out, '\\')
		}
		out = append(out, string(r)...)
	}
	return append(out, '"')
}

func drawObject(t *rapid.T, depth int) string {
	var parts []string
	for i := range rapid.IntRange(1, 4).Draw(t, "members") {
		parts = append(parts, fmt.Sprintf(`"%s%d":%s`, rapid.SampledFrom([]string{"amount", "b", "zeta", "payment_method", "имя"}).Draw(t, "key"), i, drawValue(t, depth)))
	}
	return "{" + strings.Join(parts, ",") + "}"
}

func TestFaultsInRandomBodies(t *testing.T) {
	key := privateKeys(t)[0]
	rapid.Check(t, func(rt *rapid.T) {
		body := []byte(`{"id":"ps_1","of":["a/b",1],` + drawObject(rt, 2)[1:])
		f := rapid.SampledFrom(faults).Draw(rt, "fault")
		signed := f.make(body)
		if bytes.Equal(signed, body) {
			rt.Skip()
		}
		e := evidenceFor(t, body, signWith(t, key, signed), 2)
		r := explain(e)
		if r.Valid || r.First() != f.want {
			rt.Fatalf("%s of %s: %v", f.name, body, r.Causes)
		}
		if !bytes.Equal(r.SignedBytes, signed) {
			rt.Fatalf("%s of %s: signed bytes are %q", f.name, body, r.SignedBytes)
		}
		if e.Signature = signWith(t, key, body); !explain(e).Valid {
			rt.Fatalf("a good signature of %s is refused", body)
		}
	})
}

func TestTwoFaultsAreBothNamed(t *testing.T) {
	key := privateKeys(t)[0]
	rapid.Check(t, func(rt *rapid.T) {
		body := []byte(`{"id":"ps_1","list":[1,2],` + drawObject(rt, 1)[1:])
		first := rapid.SampledFrom([]fault{faults[5], faults[6]}).Draw(rt, "first")
		signed := append(first.make(body), '\n')
		r := explain(evidenceFor(t, body, signWith(t, key, signed), 1))
		if want := []Cause{first.want, BodyTrailingNewline}; !causesEqual(r.Causes, want) {
			rt.Fatalf("%s and a newline of %s: %v", first.name, body, r.Causes)
		}
	})
}

func causesEqual(a, b []Cause) bool { return fmt.Sprint(a) == fmt.Sprint(b) }

// TestHostileInputEndsSoon throws any bytes at the inspector: it must not panic, must not call them
// valid, and must end soon.
func TestHostileInputEndsSoon(t *testing.T) {
	key := privateKeys(t)[0]
	rapid.Check(t, func(rt *rapid.T) {
		body := rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(rt, "body")
		signature := rapid.OneOf(rapid.String(), rapid.Just(signWith(t, key, []byte("x"))), rapid.StringMatching(`[ -~]{300,400}`)).Draw(rt, "signature")
		start := time.Now()
		r := explain(evidenceFor(t, body, signature, 2))
		if r.Valid != (len(r.Causes) == 1 && r.Causes[0] == OK) || len(r.Causes) == 0 || r.Summary == "" {
			rt.Fatalf("valid %v, causes %v, summary %q", r.Valid, r.Causes, r.Summary)
		}
		if took := time.Since(start); took > 10*time.Second {
			rt.Fatalf("took %v", took)
		}
	})
}

func TestHostileBodies(t *testing.T) {
	key := privateKeys(t)[0]
	size := 1 // most of these use all of the time that they are given
	if os.Getenv("PIKEDASH_SOAK") != "" {
		size = 10
	}
	for name, body := range map[string][]byte{
		"deep":         bytes.Repeat([]byte("["), size<<17),
		"deep pairs":   append(bytes.Repeat([]byte(`{"a":`), 600), bytes.Repeat([]byte("}"), 600)...),
		"at the limit": append(bytes.Repeat([]byte("["), maxDepth), bytes.Repeat([]byte("]"), maxDepth)...),
		"many numbers": append(append([]byte("[0"), bytes.Repeat([]byte(",0"), size*10_000)...), ']'),
		"many keys":    []byte("{" + strings.Repeat(`"a":1,`, size*2_000) + `"a":1}`),
		"long number":  append(bytes.Repeat([]byte("9"), size<<15), "e999999999"...),
		"exponent":     []byte(`{"amount":1e400,"b":1e-400,"c":1E+99999}`),
		"surrogates":   []byte(`{"a":"\ud800","b":"\udc00\ud800","c":"\uD83D\uDE00"}`),
		"invalid":      []byte("{\"a\":\"\xff\xfe\x80\",\"b\":\"\xc3\"}"),
		"gzip bomb":    {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0xff, 0xff, 0xff},
		"nothing":      nil,
		"large":        bytes.Repeat([]byte(`{"a":"é/<\u00e9"} `), 200_000),
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			defer cancel()
			r := Explain(ctx, evidenceFor(t, body, signWith(t, key, []byte("other")), 1))
			if r.First() != BodyDiffers || ctx.Err() != nil {
				t.Fatalf("%v %v", r.Causes, ctx.Err())
			}
		})
	}
}
