package sandbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"unicode/utf8"
)

// refusal is Pike's error object in an answer.
type refusal struct {
	status      int // HTTP status; 0: decided by the code
	code        string
	description string
}

func (r *refusal) Error() string { return r.code + ": " + r.description }

func refuse(code, format string, args ...any) *refusal {
	return &refusal{code: code, description: fmt.Sprintf(format, args...)}
}

func invalid(format string, args ...any) *refusal { return refuse("invalid_request", format, args...) }

// httpStatus is the HTTP status of a refusal. Pike's documentation gives none: 400 is the only one
// ever seen, and the others are options.
func (c *Config) httpStatus(r *refusal) int {
	switch {
	case r.code == "internal_error":
		return http.StatusInternalServerError
	case r.status != 0:
		return r.status
	case c.ErrorsAs200:
		return http.StatusOK
	case c.AuthStatus && (r.code == "identification_error" || r.code == "authentication_error"):
		return http.StatusUnauthorized
	case c.AuthStatus && r.code == "authorization_error":
		return http.StatusForbidden
	}
	return http.StatusBadRequest
}

// answer is what goes back to the partner.
type answer struct {
	status int
	body   []byte
}

func (s *Server) refused(r *refusal) answer {
	return answer{s.cfg.httpStatus(r), encode(struct {
		Status string  `json:"status"`
		Error  failure `json:"error"`
	}{"error", failure{r.code, r.description}})}
}

// encode writes JSON as Pike does: compact, without HTML escapes.
func encode(v any) []byte {
	var buf bytes.Buffer
	e := json.NewEncoder(&buf)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		// Answers are plain structs with checked raw JSON.
		panic(fmt.Sprintf("encoding an answer: %v", err))
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n"))
}

// clip shortens text from outside for a description, to n bytes and valid UTF-8.
func clip(text string, n int) string {
	if len(text) <= n {
		return text
	}
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n] + "…"
}

// codeText is the description of an error that a session or an operation carries.
// Source: protocol reference 8.2.
func codeText(code string) string {
	if text, ok := codeTexts()[code]; ok {
		return text
	}
	return "The operation failed."
}

func codeTexts() map[string]string {
	return map[string]string{
		"internal_error":                       "Server fault; the operation may be repeated later.",
		"session_cancelled":                    "The session was cancelled.",
		"session_cancelled_by_partner":         "The session was cancelled by session/cancel.",
		"confirm_timeout":                      "The session was not confirmed within 240 minutes and was cancelled.",
		"capture_timeout":                      "The held payment was not captured within 3 days and 23 hours and was cancelled.",
		"operation_rejected":                   "The operation was refused for security reasons.",
		"insufficient_wallet_balance":          "The partner's wallet holds less than the amount of the payout.",
		"wallet_internal_error":                "A fault in the handling of the balance.",
		"routing_internal_error":               "The payment conditions could not be determined.",
		"insufficient_funds":                   "The card has too little money.",
		"bank_card_expired":                    "The card has expired.",
		"card_number_does_not_exist":           "There is no card with this number.",
		"declined_by_issuer_bank":              "The issuing bank refused.",
		"not_permitted_by_issuer_bank":         "The issuing bank does not permit the operation.",
		"activity_count_exceeded":              "The card's limit on the number of operations is reached.",
		"account_not_found":                    "The account was not found.",
		"amount_less_allowed_provider":         "The amount is below the provider's minimum.",
		"binding_is_deactivated":               "The card is not verified for this agent.",
		"3DS_error":                            "3-D Secure failed or was not finished in time.",
		"provider_internal_error":              "A fault at the provider; the outcome is not known yet.",
		"provider_issuer_unavailable":          "The issuing bank cannot be reached.",
		"provider_foreign_transfer_prohibited": "A foreign card is not allowed.",
		"provider_exceeds_amount_limit":        "The amount is above the provider's limit.",
		"provider_timeout":                     "The provider did not answer; the outcome is unknown.",
		"taxpayer_unknown":                     "The taxpayer is not known.",
		"taxpayer_not_bound":                   "The taxpayer is not bound to the partner.",
		"taxpayer_already_bound":               "The taxpayer is bound already.",
		"taxpayer_income_exceeds_amount_limit": "The taxpayer's income exceeds the limit.",
		"npd_service_internal_error":           "A fault at the tax service.",
	}
}
