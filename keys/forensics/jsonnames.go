package forensics

import (
	"bytes"
	"sync"
)

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

// docNames are the names of fields in the order in which Pike's documents write them. The signer of a
// body that was sorted on its way most likely wrote this order. Source: the tables and examples of
// methods, objects and webhooks. Read only.
var docNames = sync.OnceValue(func() map[string]int {
	ranks := map[string]int{}
	for i, name := range [...]string{
		"type", "system_type", "session", "session_id", "id", "status", "created_at", "updated_at", "finished_at", "payments", "payout_list",
		"acquiring_payments", "payment_list", "next_action", "payment_method", "payout_details", "payment_details", "card", "bank_card",
		"number", "expiration_month", "expiration_year", "security_code", "cardholder_name", "brand", "last4", "bin", "card_id",
		"amount_details", "amount", "currency", "amounts", "participant_details", "sender", "recipient", "full_name", "first_name",
		"last_name", "middle_name", "customer", "reference", "contacts", "email", "phone", "payment_options", "return_url", "recurrent",
		"customer_interaction", "redirect", "url", "base_url", "method", "qs", "params", "inform", "transaction_info", "rrn", "auth_code",
		"refunds", "is_chargeback", "metadata", "error", "code", "description",
	} {
		ranks[name] = i
	}
	return ranks
})

// docRank places a field's name, those that the documents do not know at the end.
func docRank(name string) int {
	if i, ok := docNames()[name]; ok {
		return i
	}
	return len(docNames())
}
