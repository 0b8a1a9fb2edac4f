package pikeapi

// knownError is one row of the documented table of codes.
type knownError struct {
	code    string
	verdict RetryVerdict
	// unknown: the code does not say that nothing was done, so a call that meets it has an unknown
	// outcome.
	unknown bool
	// silent: as the answer to a resend it says nothing about the first attempt, because Pike gives
	// it before it looks at the idempotency key, or because the first attempt may be what caused it.
	silent bool
	advice string
}

// knownErrors is the table of documented codes. Sources: Pike's page "API interaction" for the
// idempotency codes, the platform's page "Errors" for the others.
func knownErrors() []knownError {
	return []knownError{
		{code: "identification_error", verdict: RetryNo, silent: true, advice: "Pike does not know this project: check the project name and that it belongs to this environment."},
		{code: "authentication_error", verdict: RetryNo, silent: true, advice: "The signature does not fit: check that Pike holds the public half of this key; the Signature screen explains the cause."},
		{code: "authorization_error", verdict: RetryNo, silent: true, advice: "The project may not do this: ask your Pike manager to enable it."},
		{code: "invalid_request", verdict: RetryNo, advice: "The request is malformed or a parameter is wrong: read the description, mend the field and send a new request."},
		{code: "internal_error", verdict: RetrySameKey, unknown: true, advice: "Pike had a fault: what became of the call is not known; read the status, or send the same bytes with the same key later."},
		{code: "idempotency_key_params_mismatch", verdict: RetryNo, silent: true, advice: "This idempotency key was used for another request: compare the two digests, and use a new key only if the first request is settled."},
		{code: "idempotency_key_already_exists", verdict: RetrySameKey, unknown: true, advice: "An earlier request with this key is still being processed: wait and read the status, or ask again with the same key; never take a new one."},
		{code: "idempotency_key_not_supported", verdict: RetryWithoutKey, silent: true, advice: "This method takes no idempotency key: send it without the key, and never automatically."},
		{code: "session_wrong_state", verdict: RetryReadStatus, silent: true, advice: "The session is not in a state that allows this: read its status."},
		{code: "session_cancelled", verdict: RetryNewOperation, silent: true, advice: "The session was cancelled: make a new one if the operation is still wanted."},
		{code: "session_cancelled_by_partner", verdict: RetryNewOperation, silent: true, advice: "The session was cancelled from your side: make a new one if the operation is still wanted."},
		{code: "confirm_timeout", verdict: RetryNewOperation, advice: "The session was not confirmed within 240 minutes and was cancelled: make a new one if the operation is still wanted."},
		{code: "capture_timeout", verdict: RetryNewOperation, advice: "The held money was not captured in time and was released: read the status, then make a new session."},
		{code: "operation_rejected", verdict: RetryNo, silent: true, advice: "The operation was refused for security reasons: ask Pike's support before trying again."},
		{code: "insufficient_wallet_balance", verdict: RetryLater, silent: true, advice: "The deposit at Pike is too low: top it up, then make a new operation."},
		{code: "wallet_internal_error", verdict: RetryLater, unknown: true, advice: "Pike had a fault in the handling of balances: read the status, then make a new operation later."},
		{code: "routing_internal_error", verdict: RetryLater, advice: "Pike could not decide how to route the operation: make a new one later, or ask Pike's support."},
		{code: "refund_amount_too_large", verdict: RetryNo, silent: true, advice: "The refund is larger than what is left of the payment: lower the amount."},
		{code: "insufficient_funds", verdict: RetryNo, silent: true, advice: "The card has too little money: the payer can use another card or a smaller amount."},
		{code: "bank_card_expired", verdict: RetryNo, advice: "The card has expired: use another card."},
		{code: "card_number_does_not_exist", verdict: RetryNo, advice: "No card has this number: check the digits."},
		{code: "declined_by_issuer_bank", verdict: RetryNo, advice: "The card's bank refused: the holder can ask his bank, or use another card."},
		{code: "not_permitted_by_issuer_bank", verdict: RetryNo, advice: "The card's bank does not permit this operation: use another card."},
		{code: "activity_count_exceeded", verdict: RetryLater, silent: true, advice: "The card has reached its number of operations: make a new operation later, or use another card."},
		{code: "account_not_found", verdict: RetryNo, advice: "The account was not found: check its number."},
		{code: "amount_less_allowed_provider", verdict: RetryNo, advice: "The amount is below the provider's minimum: raise it."},
		{code: "binding_is_deactivated", verdict: RetryNo, advice: "The card is not verified for this agent any more: bind it again or use another card."},
		{code: "3DS_error", verdict: RetryNewOperation, advice: "3-D Secure failed: the payer can try again with a new payment."},
		{code: "provider_internal_error", verdict: RetryLater, unknown: true, advice: "The provider had a fault: read the status, then make a new operation later."},
		{code: "provider_issuer_unavailable", verdict: RetryLater, advice: "The card's bank could not be reached: make a new operation later."},
		{code: "provider_foreign_transfer_prohibited", verdict: RetryNo, advice: "Foreign cards are not allowed here: use another card."},
		{code: "provider_exceeds_amount_limit", verdict: RetryNo, silent: true, advice: "The amount is above the provider's limit: lower it."},
		{code: "provider_timeout", verdict: RetryReadStatus, unknown: true, advice: "The provider did not answer: the outcome is not known; read the status and wait, do not send again."},
		{code: "taxpayer_unknown", verdict: RetryNo, advice: "The taxpayer is not known (a matter of a sister brand): check the tax reference."},
		{code: "taxpayer_not_bound", verdict: RetryNo, advice: "The taxpayer has not bound the partner (a matter of a sister brand): the binding has to be made first."},
		{code: "taxpayer_already_bound", verdict: RetryNo, advice: "The taxpayer is bound already (a matter of a sister brand): nothing needs to be done."},
		{code: "taxpayer_income_exceeds_amount_limit", verdict: RetryNo, advice: "The taxpayer's income is above the limit (a matter of a sister brand)."},
		{code: "npd_service_internal_error", verdict: RetryLater, advice: "The tax service had a fault (a matter of a sister brand): make a new operation later."},
	}
}
