package pikeapi

import (
	"sort"
	"strings"
)

// The ISO 4217 list by number of digits after the decimal point. It includes the funds codes and,
// because old records name them, the codes that were withdrawn since 2018. Source: ISO 4217 list
// one and list three.
const (
	digits0 = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
	digits2 = "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD " +
		"CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS " +
		"GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL " +
		"MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK " +
		"PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS " +
		"TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG"
	digits3 = "BHD IQD JOD KWD LYD OMR TND"
	digits4 = "CLF UYW"
	// withdrawn codes, all with two digits
	digits2Old = "ANG BGN CUC HRK MRO SLL STD VEF ZWL"
	// codes that have no minor unit at all: metals, baskets, testing, no currency
	digitsNone = "XAD XAG XAU XBA XBB XBC XBD XDR XPD XPT XSU XTS XUA XXX"
)

// CurrencyDigits returns how many digits the currency has after the decimal point. The code may be
// in either case. It returns false for codes that are unknown and for those without a minor unit.
func CurrencyDigits(code string) (int, bool) {
	if len(code) != 3 {
		return 0, false
	}
	up := strings.ToUpper(code)
	if !isLetters(up) {
		return 0, false
	}
	switch {
	case inList(digits2, up), inList(digits2Old, up):
		return 2, true
	case inList(digits0, up):
		return 0, true
	case inList(digits3, up):
		return 3, true
	case inList(digits4, up):
		return 4, true
	}
	return 0, false
}

// Currencies returns every active code that has a minor unit, in upper case and sorted.
func Currencies() []string {
	all := strings.Fields(digits0 + " " + digits2 + " " + digits3 + " " + digits4)
	sort.Strings(all)
	return all
}

// inList says whether list, codes with blanks between, holds code.
func inList(list, code string) bool {
	i := strings.Index(list, code)
	return i >= 0 && i%4 == 0
}

func isLetters(s string) bool {
	for i := range len(s) {
		if s[i] < 'A' || s[i] > 'Z' {
			return false
		}
	}
	return s != ""
}

// checkCurrency says what is wrong with a currency that is to be sent; "" when nothing is.
func checkCurrency(code string) string {
	if code == "" {
		return "the currency is missing, such as eur"
	}
	up := strings.ToUpper(code)
	if len(code) != 3 || !isLetters(up) {
		return "a currency has three letters, such as eur"
	}
	if inList(digitsNone, up) {
		return up + " has no minor units: Pike's amounts are counted in minor units"
	}
	if _, ok := CurrencyDigits(code); !ok {
		return up + " is not a currency of ISO 4217"
	}
	return ""
}
