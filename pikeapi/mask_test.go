package pikeapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestMaskJSON(t *testing.T) {
	token := strings.Repeat("0123456789abcdef", 4)
	tests := []struct{ name, in, want string }{
		{"card", `{"bank_card":{"number":"4242424242424242","expiration_month":"05","expiration_year":"29","security_code":"123","cardholder_name":"J ROE"}}`,
			`{"bank_card":{"number":"424242··4242","expiration_month":"***","expiration_year":"***","security_code":"***","cardholder_name":"***"}}`},
		{"layout and order stay", "{ \"z\" : 1.50 ,\r\n\t\"security_code\" :\"123\", \"a\":[ true, null ,\"\\u00e9\\/\" ] }\n",
			"{ \"z\" : 1.50 ,\r\n\t\"security_code\" :\"***\", \"a\":[ true, null ,\"\\u00e9\\/\" ] }\n"},
		{"numbers as numbers", `{"number":4242424242424242,"security_code":123,"x":4242424242424242,"amount":4242424242424242}`,
			`{"number":"424242··4242","security_code":"***","x":"424242··4242","amount":4242424242424242}`},
		{"a wrong check digit in a card's field", `{"number":"4242424242424243"}`, `{"number":"424242··4243"}`},
		{"short number", `{"number":"12"}`, `{"number":"***"}`},
		{"empty values", `{"number":"","token":"","security_code":""}`, `{"number":"","token":"","security_code":""}`},
		{"tokens", `{"token":"` + token + `","public_token":"` + token + `","public_tokens":{"token":"` + token + `","type":"card"},"number_hash":"` + token + `","short":{"token":"12345"}}`,
			`{"token":"··cdef","public_token":"··cdef","public_tokens":{"token":"··cdef","type":"card"},"number_hash":"··cdef","short":{"token":"***"}}`},
		{"public token as an object", `{"public_token":{"token":"` + token + `","is_active":true}}`, `{"public_token":{"token":"··cdef","is_active":true}}`},
		{"person", `{"participant_details":{"recipient":{"full_name":"Jane Roe","country_iso2":"LV","city":"Riga","anything":["x",{"y":"z"}],"currency":"eur","flat":7}},"customer":{"reference":"u-7","contacts":[{"email":"a@b.example","phone":"+371"}]}}`,
			`{"participant_details":{"recipient":{"full_name":"***","country_iso2":"LV","city":"***","anything":["***",{"y":"***"}],"currency":"eur","flat":"***"}},"customer":{"reference":"u-7","contacts":[{"email":"***","phone":"***"}]}}`},
		{"redirect", `{"customer_interaction":{"type":"redirect","redirect":{"url":"https://acs.example/3ds?tx=1","base_url":"https://acs.example/3ds","method":"POST","qs":{"tx":"1"},"params":{"PaReq":"eJx","MD":"m-1"},"tds_data":{"a":"b"}}},"url":"https://kept.example"}`,
			`{"customer_interaction":{"type":"redirect","redirect":{"url":"***","base_url":"https://acs.example/3ds","method":"POST","qs":{"tx":"***"},"params":{"PaReq":"***","MD":"***"},"tds_data":{"a":"***"}}},"url":"https://kept.example"}`},
		{"bank account", `{"bank_account":{"system_type":"iban","iban":{"account":"LV80BANK0000435195001"}}}`, `{"bank_account":{"system_type":"iban","iban":{"account":"··5001"}}}`},
		{"escaped names", `{"numb\u0065r":"4242424242424242","\u0073ecurity_code":"123","SECURITY-CODE":"9","cvv":"1","securityCode":"2"}`,
			`{"numb\u0065r":"424242··4242","\u0073ecurity_code":"***","SECURITY-CODE":"***","cvv":"***","securityCode":"***"}`},
		{"a name twice", `{"security_code":"123","security_code":"456"}`, `{"security_code":"***","security_code":"***"}`},
		{"a list under a card's name", `{"number":["4242424242424242",4000000000000002],"security_code":["1",["2"]]}`, `{"number":["424242··4242","400000··0002"],"security_code":["***",["***"]]}`},
		{"a card as a name", `{"4242424242424242":1}`, `{"424242··4242":1}`},
		{"JSON in a string", `{"raw":"{\"security_code\":\"123\",\"in\":\"{\\\"number\\\":\\\"4242424242424242\\\"}\"}"}`,
			`{"raw":"{\"security_code\":\"***\",\"in\":\"{\\\"number\\\":\\\"424242··4242\\\"}\"}"}`},
		{"text around JSON in a string", `{"log":"sent {\"cvv\":\"123\"} to 4242-4242-4242-4242"}`, `{"log":"sent {\"cvv\":\"***\"} to 424242··4242"}`},
		{"free text", `{"metadata":"card 4242 4242 4242 4242, thanks","description":"4242424242424243"}`, `{"metadata":"card 424242··4242, thanks","description":"4242424242424243"}`},
		{"what is fine to log", `{"id":"ps_70113","rrn":"501500000042","arn":"74027424242424242424242","card":{"brand":"visa","last4":"0010","bin":"400000"},"created_at":"2025-01-15T10:01:00.200001Z"}`,
			`{"id":"ps_70113","rrn":"501500000042","arn":"74027424242424242424242","card":{"brand":"visa","last4":"0010","bin":"400000"},"created_at":"2025-01-15T10:01:00.200001Z"}`},
		{"split over a list", `{"a":["4242", "4242",4242,"4242"],"b":1}`, `{"a":["***", "***","***","***"],"b":1}`},
		{"split over members", `{"x":"1234","p1":"4000","p2":"0000" , "p3":"0000","p4":"3220","y":"5678"}`, `{"x":"1234","p1":"***","p2":"***" , "p3":"***","p4":"***","y":"5678"}`},
		{"split 4 6 5", `["3782","822463","10005"]`, `["***","***","***"]`},
		{"four numbers that are no card", `{"n":[1500,2500,3500,4500],"codes":["4242","4242","4242","4243"]}`, `{"n":[1500,2500,3500,4500],"codes":["4242","4242","4242","4243"]}`},
		{"groups in different objects", `[{"a":"4242"},{"a":"4242"},{"a":"4242"},{"a":"4242"}]`, `[{"a":"4242"},{"a":"4242"},{"a":"4242"},{"a":"4242"}]`},
		{"cut in a secret", `{"payout":{"number":"42424242424`, `{"payout":{"number":"***"`},
		{"cut in a person", `{"participant_details":{"recipient":{"city":"Ri`, `{"participant_details":{"recipient":{"city":"***"`},
		{"form", `number=4242424242424242&security_code=123&x=1`, `number=424242··4242&security_code=***&x=1`},
		{"single quotes", `{'security_code': '123', 'full_name': 'Jane Roe'}`, `{'security_code': '***', 'full_name': '***'}`},
		{"HTML", `<input name="x" value="4242424242424242">`, `<input name="x" value="424242··4242">`},
		{"lines", "{\"cvv\":\"123\"}\n{\"cvv\":\"456\"}\n", "{\"cvv\":\"***\"}\n{\"cvv\":\"***\"}\n"},
		{"quoted in a log line", `level=info body="{\"security_code\":\"123\"}"`, `level=info body="{\"security_code\":\"***\"}"`},
		{"quoted parity upset", `5" wide {"security_code":"123"}`, `5" wide {"security_code":"***"}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, changed := MaskJSON([]byte(test.in))
			assert.Equal(t, test.want, string(got))
			assert.Equal(t, test.in != test.want, changed)
			again, changed := MaskJSON(got)
			assert.Equal(t, string(got), string(again), "masking twice is masking once")
			assert.False(t, changed)
		})
	}
}

// TestMaskDeepNesting: a body of mere brackets costs little memory, and what stands too deep to be
// followed is hidden.
func TestMaskDeepNesting(t *testing.T) {
	for _, unit := range []string{"[", "{", `{"a":`, "[1,"} {
		body := bytes.Repeat([]byte(unit), 1<<20/len(unit))
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		masked, _ := MaskJSON(body)
		runtime.ReadMemStats(&after)
		assert.Less(t, (after.TotalAlloc-before.TotalAlloc)>>20, uint64(24+24*padded/100), "MiB for 1 MiB of %s", unit)
		again, changed := MaskJSON(masked)
		assert.False(t, changed)
		assert.True(t, bytes.Equal(masked, again))
	}
	open, end := strings.Repeat("[", 20_000), strings.Repeat("]", 20_000)
	masked, _ := MaskJSON([]byte(`[` + open + `"Jane Roe",{"x":"4242"}` + end + `,{"a":"kept","cvv":"123"}]`))
	assert.Equal(t, `[`+open+`"***",{"x":"***"}`+end+`,{"a":"kept","cvv":"***"}]`, string(masked))
}

func TestMaskText(t *testing.T) {
	for in, want := range map[string]string{
		"pay 4242424242424242 now":                        "pay 424242··4242 now",
		"4242 4242 4242 4242 12/29":                       "424242··4242 12/29",
		"12 4242-4242-4242-4242":                          "12 424242··4242",
		"4242\u00a04242\u202f42424242":                    "424242··4242",
		"378282246310005 and 6011111111111117":            "378282··0005 and 601111··1117",
		"424242424242424212291234":                        "424242··1234",
		"order 1234567890123456":                          "order 1234567890123456",
		"digest 4242424242424242aaaaaaaaaaaaaaaaaaaaaaaa": "digest 4242424242424242aaaaaaaaaaaaaaaaaaaaaaaa",
		"id 42424242-4242-4242-8242-42424242424a":         "id 42424242-4242-4242-8242-42424242424a",
		"customer.contacts.email: this is not an e-mail":  "customer.contacts.email: this is not an e-mail",
		"security_code: the security code is missing":     "security_code: the security code is missing",
		"the token: expired":                              "the token: expired",
		"cvv: 123":                                        "cvv: ***",
		"2025-01-15 10:00:00":                             "2025-01-15 10:00:00",
		"":                                                "",
	} {
		got := MaskText(in)
		assert.Equal(t, want, got)
		assert.Equal(t, got, MaskText(got))
	}
}

func TestMaskHeader(t *testing.T) {
	h := http.Header{}
	h.Set(HeaderSign, strings.Repeat("A", 340)+"xyz=")
	h.Set(HeaderKey, "0199aaaa-0000-4000-8000-00000000beef")
	h.Set(HeaderProject, "shop")
	h.Set("Authorization", "Bearer secret")
	h.Set("X-Note", "4242424242424242")
	m := MaskHeader(h)
	assert.Equal(t, "··xyz=", m.Get(HeaderSign))
	assert.Equal(t, "··beef", m.Get(HeaderKey))
	assert.Equal(t, "shop", m.Get(HeaderProject))
	assert.Equal(t, "***", m.Get("Authorization"))
	assert.Equal(t, "424242··4242", m.Get("X-Note"))
	assert.Equal(t, m, MaskHeader(m))
	assert.Contains(t, h.Get("Authorization"), "secret", "the header itself is left alone")
}

// A card, a code and a name at any place of any JSON never come through.
func TestNothingSecretComesThrough(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		secrets := map[string]any{"number": "4000001234567899", "security_code": "QSECRETQ", "cardholder_name": "QSECRETQ", "token": "QSECRETQSECRETQ-tail",
			"number_hash": "QSECRETQ1234567890", "participant_details": map[string]any{"recipient": []any{"QSECRETQ"}}, "note": "4000001234567899"}
		var doc any = secrets
		for range rapid.IntRange(0, 5).Draw(t, "depth") {
			switch rapid.IntRange(0, 2).Draw(t, "wrap") {
			case 0:
				doc = map[string]any{rapid.String().Draw(t, "name"): doc, "other": rapid.String().Draw(t, "text")}
			case 1:
				doc = []any{rapid.Float64Range(-1e9, 1e9).Draw(t, "number"), doc}
			default:
				b, err := json.Marshal(doc)
				require.NoError(t, err)
				if len(b) > 4000 || strings.Count(string(b), `\`) > 200 {
					continue
				}
				doc = map[string]any{"inner": string(b)}
			}
		}
		b, err := json.Marshal(doc)
		require.NoError(t, err)
		if cut := rapid.IntRange(0, 2).Draw(t, "cut"); cut == 1 {
			b = b[:rapid.IntRange(0, len(b)).Draw(t, "at")]
		}
		masked, _ := MaskJSON(b)
		assert.NotContains(t, string(masked), "QSECRETQ", string(b))
		assert.NotContains(t, string(masked), "4000001234567899", string(b))
		if json.Valid(b) {
			assert.True(t, json.Valid(masked))
		}
		again, changed := MaskJSON(masked)
		assert.False(t, changed, "%s\n%s", masked, again)
	})
}

func FuzzMask(f *testing.F) {
	for _, seed := range []string{`{"number":"4242424242424242"}`, `4242 4242 4242 4242 1`, `x424242··4242 1234 5678 9`, `{"a":"{\"cvv\":\"1\"}"`, `"""cvv=1`, "\"\xc2", `{"token":{"token":["aaaaaaaaaaaaaaaa"]}}`, `{"":"0·=\":"}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		once, _ := MaskJSON(b)
		twice, changed := MaskJSON(once)
		if changed {
			t.Fatalf("masking %q\ngave %q\nthen %q", b, once, twice)
		}
		if json.Valid(b) && !json.Valid(once) {
			t.Fatalf("%q is JSON, %q is not", b, once)
		}
	})
}

// Ten times the input may take about ten times as long: generously bounded, it catches a square.
func TestMaskingTakesLinearTime(t *testing.T) {
	for name, unit := range map[string]string{
		"digits": "4", "groups": "42 ", "quotes": `"`, "escapes": `\"`, "open": `{"a":[`, "names": `cvv:`, "hex": "4a", "names and quotes": `"cvv`, "dots": "424242··", "backslashes": `\`, "spaces after a name": `cvv   `,
		"values": `{"number":"4242424242424242"},`,
	} {
		measure := func(n int) time.Duration {
			b := bytes.Repeat([]byte(unit), n/len(unit))
			best := time.Hour
			for range 5 {
				start := time.Now()
				MaskJSON(b)
				best = min(best, time.Since(start))
			}
			return best
		}
		small, large := measure(20_000), measure(200_000)
		assert.Less(t, large, 50*small+40*time.Millisecond, fmt.Sprintf("%s: %s, then %s", name, small, large))
	}
}
