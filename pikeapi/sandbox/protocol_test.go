package sandbox

import (
	"fmt"
	"sort"
	"strings"
	"testing"
)

// row is one row of a table of the protocol reference and the test that covers it.
type row struct {
	id   string
	test func(t *testing.T)
}

// protocolRows lists every row of the reference's tables of methods and their parameters (4), states
// and limits (6), webhooks (7), errors (8) and choices (12), written down from the reference and not
// from the tests.
func protocolRows() []string {
	var rows []string
	add := func(table string, names ...string) {
		for _, n := range names {
			rows = append(rows, table+" "+n)
		}
	}
	add("4.1", "session/create", "session/init/payment", "session/init/payout", "session/init/payout/fiscalization",
		"session/start/payment", "session/start/payout", "session/start/payout/fiscalization", "session/confirm", "session/cancel",
		"session/capture", "session/refund", "session/chargeback", "session/status", "session/multi/init", "token", "token/info",
		"tokenize/elements", "recurrent/disable", "recurrent/status", "wallet/balance", "fps/banks", "fps/customer_verification",
		"fiscalization", "subscription/cancel", "subscription/restore", "sberpay/push")
	for _, p := range paramTable() {
		rows = append(rows, p.row())
	}
	add("6.1", "set session", "set payment, payout", "set refund", "set next_action", "final")
	add("6.2 payout", "#1 create", "#2 start", "#3 ready", "#4a confirm", "#5 done", "#5' refused", "#4b cancel", "#4c confirm time-out", "automatic confirmation")
	add("6.3 payment", "#1 start", "#2 ready", "#3 confirm", "#4 payer must act", "#5 payer done", "#6 result", "payer idle")
	add("6.4 hold", "#6 held", "#7a capture", "#8 debited", "#7b cancel", "#7c hold over", "#7c debit instead")
	add("6.5 recurring", "first payment", "merchant-initiated", "client-initiated", "payout by token")
	add("6.6 refund", "#1 refund", "#2 done", "#2' refused", "chargeback", "returned payout")
	add("6.7 limit", "confirm 240 min", "payer 60 min", "hold 3 d 23 h", "idempotency key 24 h", "public token 24 h, single use", "webhook redelivery 30 min", "created session 24 h")
	add("6.8 legal", "start/*", "confirm", "cancel", "capture", "refund", "status")
	add("7.1 delivery", "set-up", "other headers", "extra fields", "default set", "verb and headers", "expected reply 200", "redelivery on 4xx", "redelivery on 5xx", "redelivery on no answer", "3xx and other 2xx", "order within a session", "without webhooks")
	add("7.2 webhook", "ready_to_confirm", "action_required", "ready_to_capture", "payment_finished", "payment_refunded")
	add("8.1", "HTTP 400 and above is an error with code and description", "HTTP 400 for idempotency_key_already_exists",
		"an error may come as HTTP 200", "one code, several descriptions")
	add("8.2 error", errorCodes()...)
	for i := 1; i <= 44; i++ {
		add("12 choice", fmt.Sprintf("#%d", i))
	}
	for _, tr := range []string{"4242424242424242", "4000000000003220", "4000000000000002", "4000000000009995", "4000000000000069",
		"4000000000000119", "4000000000000101", "above the wallet balance", "ends in 13", "auto_confirm", "hold"} {
		add("12 trigger", tr)
	}
	return rows
}

// errorCodes is the code table of the reference, 8.2.
func errorCodes() []string {
	return strings.Fields(`identification_error authentication_error authorization_error invalid_request internal_error
		idempotency_key_params_mismatch idempotency_key_already_exists idempotency_key_not_supported session_wrong_state
		session_cancelled session_cancelled_by_partner confirm_timeout capture_timeout operation_rejected
		insufficient_wallet_balance wallet_internal_error routing_internal_error refund_amount_too_large insufficient_funds
		bank_card_expired card_number_does_not_exist declined_by_issuer_bank not_permitted_by_issuer_bank
		activity_count_exceeded account_not_found amount_less_allowed_provider binding_is_deactivated 3DS_error
		provider_internal_error provider_issuer_unavailable provider_foreign_transfer_prohibited
		provider_exceeds_amount_limit provider_timeout taxpayer_unknown taxpayer_not_bound taxpayer_already_bound
		taxpayer_income_exceeds_amount_limit npd_service_internal_error`)
}

func coveredRows() []row {
	var all []row
	for _, part := range [][]row{methodRows(), paramRows(), setRows(), payoutRows(), paymentRows(), refundRows(), limitRows(), legalRows(), webhookRows(), errorRows(), choiceRows(), triggerRows()} {
		all = append(all, part...)
	}
	return all
}

// TestProtocol runs the test of every row of the reference, prints the table, and fails for a row
// without a test and for a test without a row.
func TestProtocol(t *testing.T) {
	tests := map[string]func(*testing.T){}
	for _, r := range coveredRows() {
		if tests[r.id] != nil {
			t.Errorf("%s has two tests", r.id)
		}
		tests[r.id] = r.test
	}
	var table []string
	for _, id := range protocolRows() {
		test, ok := tests[id]
		delete(tests, id)
		result := "MISSING"
		if ok {
			result = "ok"
			if !t.Run(id, test) {
				result = "FAILED"
			}
		} else {
			t.Errorf("no test covers %s", id)
		}
		table = append(table, fmt.Sprintf("%-8s %s", result, id))
	}
	var extra []string
	for id := range tests {
		extra = append(extra, id)
	}
	sort.Strings(extra)
	for _, id := range extra {
		t.Errorf("a test names %s, which is no row of the reference", id)
	}
	t.Logf("coverage of the protocol reference, %d rows:\n%s", len(table), strings.Join(table, "\n"))
}
