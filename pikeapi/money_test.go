package pikeapi

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestCurrencyTable(t *testing.T) {
	for code, want := range map[string]int{"eur": 2, "JPY": 0, "kwd": 3, "CLF": 4, "UYW": 4, "UZS": 2, "AMD": 2, "IQD": 3, "IDR": 2, "MGA": 2,
		"UGX": 0, "ISK": 0, "XCG": 2, "ZWG": 2, "SLE": 2, "VED": 2, "VES": 2, "BGN": 2, "CHE": 2, "MXV": 2, "USN": 2, "UYI": 0} {
		got, ok := CurrencyDigits(code)
		assert.True(t, ok, code)
		assert.Equal(t, want, got, code)
	}
	for _, code := range []string{"", "eu", "euro", "XXX", "XAU", "ZZZ", "E R", "UR ", "F C", "ÄÖ"} {
		_, ok := CurrencyDigits(code)
		assert.False(t, ok, code)
	}
	all := Currencies()
	seen := map[string]bool{}
	for _, code := range all {
		assert.Len(t, code, 3)
		assert.False(t, seen[code], "%s twice", code)
		seen[code] = true
		_, ok := CurrencyDigits(code)
		assert.True(t, ok, code)
	}
	assert.Greater(t, len(all), 160)
	for _, code := range strings.Fields(digits2Old + " " + digitsNone) {
		assert.False(t, seen[code], code)
	}
}

func TestFormatMoney(t *testing.T) {
	for want, m := range map[string]Money{
		"1,500.00 EUR": {150000, "eur"}, "0.05 EUR": {5, "EUR"}, "0.00 EUR": {0, "eur"}, "-1,500.00 EUR": {-150000, "eur"},
		"1,500 JPY": {1500, "jpy"}, "0 JPY": {0, "jpy"}, "1.500 KWD": {1500, "kwd"}, "12,345.6789 CLF": {123456789, "clf"},
		"999.99 USD": {99999, "usd"}, "1,000.00 USD": {100000, "usd"}, "1,000,000.00 USD": {100000000, "usd"},
		"150000 minor units of TONC": {150000, "tonc"}, "7 minor units": {7, ""},
		"92,233,720,368,547,758.07 EUR":  {math.MaxInt64, "eur"},
		"-92,233,720,368,547,758.08 EUR": {math.MinInt64, "eur"},
	} {
		assert.Equal(t, want, m.Format())
	}
}

func TestParseMoney(t *testing.T) {
	for _, test := range []struct {
		text, currency string
		want           int64
	}{
		{"150.00", "EUR", 15000}, {"150", "eur", 15000}, {"150.5", "eur", 15050}, {"150,50", "eur", 15050}, {"0.05", "eur", 5},
		{"0,5", "eur", 50}, {"1,500.00", "eur", 150000}, {"1.500,00", "eur", 150000}, {"1 500,00", "eur", 150000},
		{"1\u00a0500,00", "eur", 150000}, {"1\u202f500.00", "eur", 150000}, {"1'500.00", "eur", 150000}, {"1,500,000", "eur", 150000000},
		{"1.500.000,5", "eur", 150000050}, {"1 500 000", "eur", 150000000}, {" 7 ", "eur", 700}, {"1500", "jpy", 1500}, {"1,500", "jpy", 1500},
		{"1.500", "kwd", 1500}, {"0.500", "kwd", 500}, {"0,500", "kwd", 500}, {"1,500.125", "kwd", 1500125}, {"92233720368547758.07", "eur", math.MaxInt64}, {"007", "eur", 700},
		{"1000.125", "kwd", 1000125},
	} {
		got, err := ParseMoney(test.text, test.currency)
		require.NoError(t, err, test.text)
		assert.Equal(t, test.want, got.Amount, "%s %s", test.text, test.currency)
		assert.Equal(t, strings.ToLower(test.currency), got.Currency)
	}
	for _, test := range []struct{ text, currency, reason string }{
		{"", "eur", "missing"}, {"1,500", "eur", "two ways"}, {"1.500", "eur", "two ways"}, {"1,500", "kwd", "two ways"}, {"1.500", "jpy", "two ways"},
		{"150.000", "eur", "two ways"}, {"1500.000", "eur", "2 decimals"}, {"150.00", "jpy", "no decimals"}, {"0.123", "eur", "2 decimals"},
		{"1,50,000", "eur", "groups"}, {"1,500.00.0", "eur", "not an amount"}, {"12 34", "eur", "groups"}, {"0 500", "eur", "begin with 0"}, {"1 500 ", "xau", "minor units"},
		{"-5", "eur", "negative"}, {"−5", "eur", "negative"}, {"+5", "eur", "not an amount"}, {"1e3", "eur", "not an amount"}, {"0x10", "eur", "not an amount"},
		{".50", "eur", "digit is missing"}, {"150.", "eur", "not an amount"}, {"150 .00", "eur", "group"}, {"abc", "eur", "not an amount"}, {"٥", "eur", "not an amount"},
		{"92233720368547758.08", "eur", "too large"}, {"99999999999999999999999", "eur", "too large"}, {"5", "", "missing"}, {"5", "zzz", "ISO 4217"}, {"1 500.00,5", "eur", "not an amount"},
	} {
		got, err := ParseMoney(test.text, test.currency)
		assert.ErrorContains(t, err, test.reason, "%s %s gave %v", test.text, test.currency, got)
	}
}

func TestParseAmount(t *testing.T) {
	for text, want := range map[string]Money{
		"150.00EUR": {15000, "eur"}, "150.00 eur": {15000, "eur"}, "EUR 1,500.00": {150000, "eur"}, "1 500,00\u00a0EUR": {150000, "eur"}, "1,500 JPY": {1500, "jpy"},
	} {
		got, err := ParseAmount(text)
		require.NoError(t, err, text)
		assert.Equal(t, want, got)
	}
	for _, text := range []string{"", "150.00", "EUR", "150.00EURO", "EUR 5 EUR", "150.00 E", "€150"} {
		_, err := ParseAmount(text)
		assert.Error(t, err, text)
	}
}

func TestMoneyRoundTrips(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := Money{rapid.Int64Range(0, math.MaxInt64).Draw(t, "amount"), strings.ToLower(rapid.SampledFrom(Currencies()).Draw(t, "currency"))}
		back, err := ParseAmount(m.Format())
		require.NoError(t, err, m.Format())
		assert.Equal(t, m, back)
	})
}

// What a person types is either read as one number in one way or refused; removing the marks of a
// number that was read must never change it.
func TestParseMoneyNeverGuesses(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[0-9., ]{1,14}`).Draw(t, "text")
		m, err := ParseMoney(text, "eur")
		if err != nil {
			return
		}
		digits := strings.NewReplacer(",", "", ".", "", " ", "").Replace(text)
		want, err := parseDigits(digits)
		require.NoError(t, err)
		assert.Contains(t, []int64{want, want * 10, want * 100}, m.Amount, text)
		again, err := ParseAmount(m.Format())
		require.NoError(t, err)
		assert.Equal(t, m, again)
	})
}

func TestAddMoney(t *testing.T) {
	sum, err := Money{1, "eur"}.Add(Money{2, "EUR"})
	require.NoError(t, err)
	assert.True(t, sum.Equal(Money{3, "Eur"}))
	_, err = Money{1, "eur"}.Add(Money{2, "usd"})
	assert.Error(t, err)
	_, err = Money{math.MaxInt64, "eur"}.Add(Money{1, "eur"})
	assert.ErrorIs(t, err, ErrOverflow)
	_, err = Money{math.MinInt64, "eur"}.Add(Money{-1, "eur"})
	assert.ErrorIs(t, err, ErrOverflow)
}
