package forensics

import (
	"bytes"
	"math"
	"math/big"
	"strconv"
)

// numberMode is how a program prints a number that it has parsed.
type numberMode uint8

const (
	numberKeep       numberMode = iota
	numberJS                    // JavaScript: shortest, 1e21, integers without a point
	numberPython                // Python: integers exact, floats by repr
	numberPHP                   // PHP 7.1 and later: floats with precision 17 mode 0, whole ones without a point
	numberPHPZero               // the same with JSON_PRESERVE_ZERO_FRACTION
	numberPHPOld                // PHP before 7.1: 17 significant digits
	numberGo                    // Go: float64, exponents below 1e-6 and from 1e21
	numberJQ                    // jq up to 1.6: shortest digits, exponents as C prints them
	numberJava                  // Java's Double.toString
	numberPoint1                // every number with one decimal at least: 100.0
	numberFixed2                // two decimals: 100.00
	numberPoint2                // whole numbers with two decimals, others kept
	numberTrimmed               // trailing zeros of the fraction cut, digits exact (decimal types)
	numberInteger               // the fraction cut
	numberExact                 // exponent notation resolved, digits exact
	numberPerl                  // Perl: 15 significant digits, integers exact
	numberBigDecimal            // Java: BigDecimal without trailing zeros
	numberFull                  // doubles without a fraction printed in full
	numberModes                 // how many there are for JSON
	numberPHPText               // PHP: floats as strings, 14 significant digits
)

// name says in words what mode does.
func (m numberMode) name() string {
	return [...]string{
		"kept", "as JavaScript prints them", "as Python prints them", "as PHP prints them",
		"as PHP prints them with JSON_PRESERVE_ZERO_FRACTION", "as old PHP prints them", "as Go prints float64",
		"as jq 1.6 prints them", "as Java prints doubles", "with a decimal point", "with two decimals",
		"with .00 after whole numbers", "without trailing zeros", "without their fraction", "without exponents", "as Perl prints them",
		"as Java prints a BigDecimal without trailing zeros", "as doubles printed in full",
	}[m]
}

// maxNumber is the longest number that is rewritten, in digits. Longer ones are kept.
const maxNumber = 400

// appendNumber appends the number tok as mode prints it. Numbers that the mode cannot print are kept.
func appendNumber(dst, tok []byte, mode numberMode) []byte {
	if len(tok) > maxNumber {
		return append(dst, tok...)
	}
	switch mode {
	case numberPoint1, numberPoint2:
		if !isInteger(tok) {
			return append(dst, tok...)
		}
		return append(append(dst, tok...), [2]string{".0", ".00"}[b2i(mode == numberPoint2)]...)
	case numberTrimmed:
		return append(dst, trimFraction(tok)...)
	case numberInteger:
		if i := bytes.IndexByte(tok, '.'); i > 0 && !bytes.ContainsAny(tok, "eE") {
			tok = tok[:i]
		}
		return append(dst, tok...)
	case numberExact:
		return appendExact(dst, tok)
	case numberBigDecimal:
		return appendBigDecimal(dst, tok)
	}
	if isInteger(tok) && exactInteger(tok, mode) {
		return append(dst, tok...)
	}
	if string(tok) == "-0" && mode >= numberPython && mode <= numberPHPOld {
		return append(dst, '0') // an integer, and those have no negative zero
	}
	f, err := strconv.ParseFloat(string(tok), 64)
	if err != nil || math.IsInf(f, 0) || math.IsNaN(f) {
		return append(dst, tok...)
	}
	return appendFloat(dst, f, mode)
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// exactInteger reports whether a program of this mode reads an integer without loss. PHP turns
// integers beyond 64 bits into floats, JavaScript turns all numbers into floats.
func exactInteger(tok []byte, mode numberMode) bool {
	switch mode {
	case numberPython, numberJava, numberPerl:
		return string(tok) != "-0"
	case numberPHP, numberPHPZero, numberPHPOld, numberPHPText:
		_, err := strconv.ParseInt(string(tok), 10, 64)
		return err == nil && string(tok) != "-0"
	case numberFixed2:
		return false
	}
	return len(tok) <= 15 && string(tok) != "-0"
}

// appendFloat prints f as a program of this mode does.
func appendFloat(dst []byte, f float64, mode numberMode) []byte {
	switch mode {
	case numberFixed2:
		return strconv.AppendFloat(dst, f, 'f', 2, 64)
	case numberFull:
		return strconv.AppendFloat(dst, f, 'f', b2i(f == math.Trunc(f))-1, 64)
	case numberPHPText:
		return appendGeneral(dst, strconv.AppendFloat(nil, f, 'e', 13, 64), 15, -5, "E", 1, true)
	case numberPerl:
		return appendGeneral(dst, strconv.AppendFloat(nil, f, 'e', 14, 64), 15, -5, "e", 2, false)
	case numberPHPOld:
		return appendGeneral(dst, strconv.AppendFloat(nil, f, 'e', 16, 64), 17, -5, "e", 1, true)
	}
	sci := strconv.AppendFloat(nil, f, 'e', -1, 64)
	switch mode {
	case numberJQ:
		_, digits, _ := splitScientific(sci)
		return appendGeneral(dst, sci, len(digits)+15, -5, "e", 2, false)
	case numberJS:
		if f == 0 {
			return append(dst, '0')
		}
		return appendGeneral(dst, sci, 21, -7, "e", 1, false)
	case numberGo:
		return appendGeneral(dst, sci, 21, -7, "e", 2-b2i(math.Abs(f) < 1), false)
	case numberPython:
		return appendPoint(dst, sci, 16, -5, "e", 2)
	case numberPHP:
		return appendGeneral(dst, sci, 17, -5, "e", 1, true)
	case numberPHPZero:
		return appendPoint(dst, sci, 17, -5, "e", 1)
	case numberJava:
		return appendJava(dst, sci)
	}
	return dst
}

// appendPoint is appendGeneral with .0 after whole numbers.
func appendPoint(dst, sci []byte, high, low int, exp string, width int) []byte {
	start := len(dst)
	dst = appendGeneral(dst, sci, high, low, exp, width, high == 17)
	if isInteger(dst[start:]) {
		dst = append(dst, ".0"...)
	}
	return dst
}

// appendGeneral prints a number given as d.ddde±x. Exponents from high and up to low are written with
// the exponent; width is the exponent's least number of digits; point writes 1.0e+25 for 1e+25.
func appendGeneral(dst, sci []byte, high, low int, exp string, width int, point bool) []byte {
	neg, digits, x := splitScientific(sci)
	if neg {
		dst = append(dst, '-')
	}
	if x >= high || x <= low {
		dst = append(dst, digits[0])
		switch {
		case len(digits) > 1:
			dst = append(append(dst, '.'), digits[1:]...)
		case point:
			dst = append(dst, ".0"...)
		}
		return appendExponent(append(dst, exp...), x, width)
	}
	return appendPlain(dst, digits, x)
}

// appendJava prints as Double.toString does: plain from 1e-3 up to 1e7, always with a point.
func appendJava(dst, sci []byte) []byte {
	neg, digits, x := splitScientific(sci)
	if neg {
		dst = append(dst, '-')
	}
	if x >= 7 || x < -3 {
		dst = append(dst, digits[0], '.')
		if len(digits) > 1 {
			dst = append(dst, digits[1:]...)
		} else {
			dst = append(dst, '0')
		}
		return strconv.AppendInt(append(dst, 'E'), int64(x), 10)
	}
	dst = appendPlain(dst, digits, x)
	if x >= len(digits)-1 {
		dst = append(dst, ".0"...)
	}
	return dst
}

func appendExponent(dst []byte, x, width int) []byte {
	sign := byte('+')
	if x < 0 {
		sign, x = '-', -x
	}
	dst = append(dst, sign)
	if width == 2 && x < 10 {
		dst = append(dst, '0')
	}
	return strconv.AppendInt(dst, int64(x), 10)
}

// splitScientific takes -d.ddde±x apart; digits has no trailing zeros.
func splitScientific(sci []byte) (neg bool, digits []byte, x int) {
	if sci[0] == '-' {
		neg, sci = true, sci[1:]
	}
	i := bytes.IndexByte(sci, 'e')
	for _, c := range sci[i+2:] { // after the sign, which strconv always writes
		x = x*10 + int(c-'0')
	}
	if sci[i+1] == '-' {
		x = -x
	}
	digits = bytes.TrimRight(bytes.ReplaceAll(sci[:i], []byte("."), nil), "0")
	if len(digits) == 0 {
		digits = []byte("0")
	}
	return neg, digits, x
}

// appendPlain writes digits × 10^(x-len+1) without an exponent.
func appendPlain(dst, digits []byte, x int) []byte {
	if x < 0 {
		dst = append(dst, "0."...)
		for range -x - 1 {
			dst = append(dst, '0')
		}
		return append(dst, digits...)
	}
	for i := 0; i <= x || i < len(digits); i++ {
		if i == x+1 {
			dst = append(dst, '.')
		}
		if i < len(digits) {
			dst = append(dst, digits[i])
		} else {
			dst = append(dst, '0')
		}
	}
	return dst
}

// trimFraction cuts zeros at the end of a fraction: 150.00 becomes 150, 1.50 becomes 1.5.
func trimFraction(tok []byte) []byte {
	if bytes.IndexByte(tok, '.') < 0 || bytes.ContainsAny(tok, "eE") {
		return tok
	}
	return bytes.TrimRight(bytes.TrimRight(tok, "0"), ".")
}

// appendBigDecimal prints as Java's BigDecimal does after stripTrailingZeros: 15000 becomes 1.5E+4,
// 150.0 becomes 1.5E+2 and 1.50 becomes 1.5.
func appendBigDecimal(dst, tok []byte) []byte {
	mantissa, exp := tok, 0
	if i := bytes.IndexAny(tok, "eE"); i >= 0 {
		x, err := strconv.Atoi(string(tok[i+1:]))
		if err != nil || x > maxNumber || x < -maxNumber {
			return append(dst, tok...)
		}
		mantissa, exp = tok[:i], x
	}
	neg := mantissa[0] == '-'
	whole, fraction, _ := bytes.Cut(bytes.TrimPrefix(mantissa, []byte("-")), []byte("."))
	all := append(bytes.Clone(whole), fraction...)
	digits := bytes.TrimLeft(all, "0")
	short := bytes.TrimRight(digits, "0")
	if len(short) == 0 {
		return append(dst, '0')
	}
	scale := len(fraction) - exp - (len(digits) - len(short))
	x := len(short) - 1 - scale
	if neg {
		dst = append(dst, '-')
	}
	if scale >= 0 && x >= -6 {
		return appendPlain(dst, short, x)
	}
	dst = append(dst, short[0])
	if len(short) > 1 {
		dst = append(append(dst, '.'), short[1:]...)
	}
	if x == 0 {
		return dst
	}
	return appendExponent(append(dst, 'E'), x, 1)
}

// appendExact resolves an exponent without losing digits: 1.5e3 becomes 1500.
func appendExact(dst, tok []byte) []byte {
	i := bytes.IndexAny(tok, "eE")
	if i < 0 {
		return append(dst, tok...)
	}
	x, err := strconv.Atoi(string(tok[i+1:]))
	if err != nil || x > maxNumber || x < -maxNumber {
		return append(dst, tok...)
	}
	r, ok := new(big.Rat).SetString(string(tok))
	if !ok {
		return append(dst, tok...)
	}
	n := 0
	if p := bytes.IndexByte(tok[:i], '.'); p >= 0 {
		n = i - p - 1
	}
	return append(dst, r.FloatString(max(0, n-x))...)
}
