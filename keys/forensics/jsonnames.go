package forensics

import "bytes"

// versionPartner returns the other API version's name for a quoted key, "" when both versions share
// it. direction +1 looks from v1 to v2, -1 the reverse, 0 both. Source: "API interaction", table of
// names by version.
func versionPartner(key []byte, direction int8) string {
	for _, p := range [...][2]string{
		{"payment_method", "payout_details"}, {"payments", "payout_list"}, {"acquiring_payments", "payment_list"},
	} {
		if len(key) < 2 {
			return ""
		}
		name := key[1 : len(key)-1]
		if direction >= 0 && string(name) == p[0] {
			return p[1]
		}
		if direction <= 0 && string(name) == p[1] {
			return p[0]
		}
	}
	return ""
}

// isAmountKey reports whether a quoted key names an amount of money.
func isAmountKey(key []byte) bool {
	lower := bytes.ToLower(key)
	for _, word := range [...]string{"amount", "price", "total", "sum", "value", "fee", "balance", "rate", "cost"} {
		if bytes.Contains(lower, []byte(word)) {
			return true
		}
	}
	return false
}
