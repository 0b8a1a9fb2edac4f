package forensics

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"testing"
)

// FuzzReadSignature feeds the decoder ladder: it must not panic, and must stay within its bounds.
func FuzzReadSignature(f *testing.F) {
	for _, s := range []string{
		"", "AAAA", "X-PARTNER-SIGN: YWJj", `"YWJj\/"`, "%2B%2F%3D", "b'\\x00\\xff'", "-----BEGIN X-----\nYWJj\n-----END X-----", "[1,2,-3]",
		"&#43;&amp;#43;", "00:ff:10", "eyJhbGciOiJub25lIn0.e30.YWJj", "data:;base64,YWJj", "a b c", "…", "\xff\xfe\x00",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		list := readSignature(text)
		if len(list) > maxReadings {
			t.Fatalf("%d readings", len(list))
		}
		for _, r := range list {
			if len(r.raw) > len(text)+2 {
				t.Fatalf("%d bytes out of %d", len(r.raw), len(text))
			}
			orderSteps(r.steps)
		}
	})
}

// FuzzParseBlock feeds the padding parser.
func FuzzParseBlock(f *testing.F) {
	digest := sha256Alg.sum([]byte("x"))
	info := digestInfoFor(sha256Alg, digest)
	f.Add(append(append(append([]byte{0, 1}, bytes.Repeat([]byte{0xff}, 20)...), 0), info...))
	f.Add(append(append([]byte{0, 2}, bytes.Repeat([]byte{7}, 30)...), 0, 'h', 'i'))
	f.Add(append(append([]byte{0x6b}, bytes.Repeat([]byte{0xbb}, 20)...), 0xba, 1, 2, 0x34, 0xcc))
	f.Add(append(make([]byte, 40), digest...))
	f.Add(append(digest, make([]byte, 40)...))
	f.Add(append(bytes.Repeat([]byte{0x11}, 127), 0xbc))
	f.Fuzz(func(t *testing.T, em []byte) {
		if len(em) > 1024 {
			return
		}
		for _, bits := range []int{8 * len(em), 8*len(em) - 7} {
			b := parseBlock(em, bits)
			if b.kind != emNone && b.scheme() == "" {
				t.Fatal("a block without a name")
			}
			for _, a := range b.aims() {
				if a.target.alg == nil {
					t.Fatal("an aim without a hash")
				}
				a.target.fits(digest)
			}
		}
	})
}

// FuzzVariants feeds the variant generator: whatever the body, each variant must be the replay of its
// chain, and writing JSON anew must give JSON that says the same.
func FuzzVariants(f *testing.F) {
	for _, s := range []string{
		`{"a":1}`, `{"a":1.0,"b":null,"c":[{},[]],"d":"\u00e9\/<"}`, "{\"a\": [1,\n2 ]}\n", `"text"`, `[1e400,-0,12345678901234567890]`, "\xef\xbb\xbf{}",
		`{"a":1,"a":2}`, `{"payments":[],"payout_list":[]}`, "\x1f\x8b\x08\x00", "eyJhIjoxfQ==", "a=b&c=d", `"{\"a\":1}"`, "\xff\xfe{\x00}\x00", `{"\ud800":"\udc00"}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if len(body) > 512 {
			return
		}
		if facts := scanJSON(body); facts.ok && json.Valid(body) {
			sameJSON(t, body)
		}
		s := newSearch(context.Background(), body, Context{}, &target{alg: sha256Alg, digest: make([]byte, 32)}, nil)
		s.left = 3_000_000
		if m := s.run(); m != nil {
			t.Fatal("something hashes to zero")
		}
	})
}

// sameJSON checks that spacing and escapes change nothing that a decoder sees.
func sameJSON(t *testing.T, body []byte) {
	t.Helper()
	want := decoded(t, body)
	for i := range spacings {
		for _, st := range []style{{spacing: uint8(i)}, {spacing: uint8(i), slash: slashEscape, unicode: unicodeLower, html: htmlGo, control: controlShort}, {spacing: uint8(i), html: htmlNet, unicode: unicodeUpper, control: controlUpper}} {
			got := restyle(nil, body, &st)
			if !bytes.Equal(decoded(t, got), want) {
				t.Fatalf("%q becomes %q", body, got)
			}
		}
	}
	if got := parseTree(body).write(nil); !bytes.Equal(got, body) {
		t.Fatalf("the tree of %q is written as %q", body, got)
	}
}

func decoded(t *testing.T, b []byte) []byte {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%q: %v", b, err)
	}
	out, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// FuzzExplain feeds the whole of it.
func FuzzExplain(f *testing.F) {
	keys := privateKeys(f)
	f.Add([]byte(`{"a":1}`), signWith(f, keys[0], []byte("{\"a\":1}\n")))
	f.Add([]byte(``), "AAAA")
	f.Add([]byte("\x00"), base64.StdEncoding.EncodeToString(make([]byte, 256)))
	f.Fuzz(func(t *testing.T, body []byte, signature string) {
		if len(body) > 400 {
			return
		}
		r := explain(evidenceFor(t, body, signature, 2))
		if len(r.Causes) == 0 || r.Valid != (r.First() == OK) {
			t.Fatalf("%v, valid %v", r.Causes, r.Valid)
		}
		if _, err := r.JSON(); err != nil {
			t.Fatal(err)
		}
		Diff(body, r.SignedBytes)
	})
}
