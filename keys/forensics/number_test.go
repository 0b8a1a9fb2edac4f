package forensics

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// The expected texts were printed by Node 20, Python 3.11, PHP 8.2 (plain, with
// JSON_PRESERVE_ZERO_FRACTION, with serialize_precision=17) and jq 1.6.
func TestNumbersAsRealProgramsPrintThem(t *testing.T) {
	modes := []numberMode{numberJS, numberPython, numberPHP, numberPHPZero, numberPHPOld, numberJQ}
	for in, want := range map[string][6]string{
		"100.0":                {"100", "100.0", "100", "100.0", "100", "100"},
		"1.50":                 {"1.5", "1.5", "1.5", "1.5", "1.5", "1.5"},
		"1e2":                  {"100", "100.0", "100", "100.0", "100", "100"},
		"0.1":                  {"0.1", "0.1", "0.1", "0.1", "0.10000000000000001", "0.1"},
		"1e-7":                 {"1e-7", "1e-07", "1.0e-7", "1.0e-7", "9.9999999999999995e-8", "1e-07"},
		"0.00001":              {"0.00001", "1e-05", "1.0e-5", "1.0e-5", "1.0000000000000001e-5", "1e-05"},
		"0.0001":               {"0.0001", "0.0001", "0.0001", "0.0001", "0.0001", "0.0001"},
		"123456789012345678":   {"123456789012345680", "123456789012345678", "123456789012345678", "123456789012345678", "123456789012345678", "123456789012345680"},
		"12345678901234567890": {"12345678901234567000", "12345678901234567890", "1.2345678901234567e+19", "1.2345678901234567e+19", "1.2345678901234567e+19", "12345678901234567000"},
		"1e16":                 {"10000000000000000", "1e+16", "10000000000000000", "10000000000000000.0", "10000000000000000", "1e+16"},
		"1e15":                 {"1000000000000000", "1000000000000000.0", "1000000000000000", "1000000000000000.0", "1000000000000000", "1000000000000000"},
		"1e21":                 {"1e+21", "1e+21", "1.0e+21", "1.0e+21", "1.0e+21", "1e+21"},
		"1.5e300":              {"1.5e+300", "1.5e+300", "1.5e+300", "1.5e+300", "1.5000000000000001e+300", "1.5e+300"},
		"-0":                   {"0", "0", "0", "0", "0", "-0"},
		"-0.0":                 {"0", "-0.0", "-0", "-0.0", "-0", "-0"},
		"0.000001234":          {"0.000001234", "1.234e-06", "1.234e-6", "1.234e-6", "1.234e-6", "1.234e-06"},
	} {
		for i, m := range modes {
			assert.Equal(t, want[i], string(appendNumber(nil, []byte(in), m)), "%s %s", in, m.name())
		}
	}
}

func TestNumbersInOtherFormats(t *testing.T) {
	for _, c := range []struct {
		mode     numberMode
		in, want string
	}{
		{numberGo, "1e-7", "1e-7"}, {numberGo, "100.0", "100"}, {numberGo, "1e21", "1e+21"}, {numberGo, "1e20", "100000000000000000000"},
		{numberJava, "100.0", "100.0"}, {numberJava, "1e7", "1.0E7"}, {numberJava, "0.0001", "1.0E-4"}, {numberJava, "1234567.5", "1234567.5"},
		{numberPoint1, "150", "150.0"}, {numberPoint2, "150", "150.00"}, {numberFixed2, "150.5", "150.50"},
		{numberTrimmed, "150.00", "150"}, {numberTrimmed, "1.50", "1.5"}, {numberInteger, "1.99", "1"},
		{numberExact, "1.5e3", "1500"}, {numberExact, "1E-2", "0.01"}, {numberExact, "7", "7"},
	} {
		assert.Equal(t, c.want, string(appendNumber(nil, []byte(c.in), c.mode)), "%s %s", c.in, c.mode.name())
	}
}
