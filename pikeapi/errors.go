package pikeapi

import (
	"fmt"
	"strings"
)

// RetryVerdict says what may be done after one of Pike's errors. It is the program's judgement of
// the protocol, not Pike's promise.
type RetryVerdict string

// The verdicts.
const (
	RetryNo           RetryVerdict = "no"            // the same request will be refused again
	RetryLater        RetryVerdict = "later"         // a new operation may succeed later
	RetrySameKey      RetryVerdict = "same_key"      // the same bytes with the same key, after a pause
	RetryWithoutKey   RetryVerdict = "without_key"   // the same request without the key's header
	RetryReadStatus   RetryVerdict = "read_status"   // ask session/status before anything else
	RetryNewOperation RetryVerdict = "new_operation" // a new session, once this one is final
)

// RejectReason is one anti-fraud rule that refused an operation.
type RejectReason struct {
	RuleAlias      string
	ListAlias      string // empty when no list was involved
	ExpirationDate string // as it came; empty when the entry does not expire
}

// APIError is Pike's refusal, in the envelope of an answer, in a session or in an operation.
type APIError struct {
	Code          string // as Pike wrote it; "http_404" or "unnamed_error" when it named none
	Description   string // Pike's words, masked and without control characters
	HTTPStatus    int    // 0 when the error is part of a session
	Where         string // answer, session, payout or payment
	RejectReasons []RejectReason
	Verdict       RetryVerdict
	Advice        string // one sentence on what to do
}

// Error returns code, description and advice. It holds no card number.
func (e *APIError) Error() string {
	var b strings.Builder
	said := "Pike refused: "
	if known, ok := lookupError(e.Code); ok && known.unknown || e.HTTPStatus >= 500 {
		said = "Pike answered: " // which is no refusal
	}
	b.WriteString(said + e.Code)
	if e.Description != "" {
		b.WriteString(" (" + strings.TrimRight(e.Description, ". ") + ")")
	}
	if e.HTTPStatus != 0 {
		fmt.Fprintf(&b, ", HTTP %d", e.HTTPStatus)
	}
	if e.Advice != "" {
		b.WriteString(". " + e.Advice)
	}
	return b.String()
}

// Auth says whether the project, the signature or the rights are at fault.
func (e *APIError) Auth() bool {
	switch e.Code {
	case "identification_error", "authentication_error", "authorization_error", "http_401", "http_403":
		return true
	}
	return false
}

// Explain turns an error object of a session or an operation into an APIError. where is session,
// payout or payment.
func (d *ErrorDetail) Explain(where string) *APIError { return newAPIError(d, 0, where) }

func newAPIError(d *ErrorDetail, status int, where string) *APIError {
	e := &APIError{HTTPStatus: status, Where: where}
	if d != nil {
		e.Code, e.Description, e.RejectReasons = oneLine(MaskText(d.Code)), oneLine(MaskText(d.Description)), d.RejectReasons
	}
	if e.Code == "" {
		e.Code = "unnamed_error"
		if status >= 400 {
			e.Code = fmt.Sprintf("http_%d", status)
		}
	}
	e.Verdict, e.Advice = RetryNo, adviceForStatus(status)
	if k, ok := lookupError(e.Code); ok {
		e.Verdict, e.Advice = k.verdict, k.advice
	}
	if len(e.RejectReasons) > 0 {
		names := make([]string, len(e.RejectReasons))
		for i, r := range e.RejectReasons {
			names[i] = oneLine(r.RuleAlias)
		}
		e.Advice += " Rules: " + strings.Join(names, ", ") + "."
	}
	return e
}

func adviceForStatus(status int) string {
	switch {
	case status == 404:
		return "The server does not know this path: check base URL, API version and method."
	case status == 405:
		return "The server does not take POST here: check the base URL."
	case status == 429:
		return "The server takes no more calls just now: wait, then send again."
	case status == 413:
		return "The body is too large for the server."
	case status >= 500:
		return "The server failed: what became of the call is not known; read the session's status."
	}
	return "The code is not in the published list: read the description, or ask Pike's support."
}

// ErrorAdvice returns the plain sentence for one of Pike's documented codes, and whether the code
// is documented.
func ErrorAdvice(code string) (sentence string, known bool) {
	k, ok := lookupError(code)
	return k.advice, ok
}

// ErrorCodes returns the documented codes.
func ErrorCodes() []string {
	all := knownErrors()
	codes := make([]string, len(all))
	for i, k := range all {
		codes[i] = k.code
	}
	return codes
}

func lookupError(code string) (knownError, bool) {
	for _, k := range knownErrors() {
		if strings.EqualFold(k.code, code) {
			return k, true
		}
	}
	return knownError{}, false
}

// TransportError says that no usable answer came, and how far the request got.
type TransportError struct {
	Stage string // journal, prepare, dial, tls, proxy, connection, write, wait, read or answer
	Sent  bool   // false: provably, not one byte of the request left
	Err   error
}

// Error says at what stage the call failed and what that means.
func (e *TransportError) Error() string {
	text := oneLine(MaskText(e.Err.Error()))
	if e.Sent {
		return text + "; the outcome is unknown: the call may have been carried out"
	}
	return text + "; nothing was sent"
}

func (e *TransportError) Unwrap() error { return e.Err }

// CallError says that a call cannot be made as it is: an unknown method, a version that the method
// does not have, a bad idempotency key, an address that is not allowed. Nothing was signed or sent.
type CallError struct {
	Field  string // method, version, body, idempotency_key, base_url, project, submerchant or key
	Reason string
}

func (e *CallError) Error() string { return e.Reason }

// SignError says that the key did not make a signature.
type SignError struct{ Err error }

func (e *SignError) Error() string { return e.Err.Error() }
func (e *SignError) Unwrap() error { return e.Err }

// oneLine replaces control characters, so that a text from outside cannot move the cursor or forge
// a line, and cuts what is longer than an error text should be.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\r' || r == '\t':
			return ' '
		case r < ' ' || (r >= 0x7f && r <= 0x9f) || r == 0x2028 || r == 0x2029 || (r >= 0x202a && r <= 0x202e) || (r >= 0x2066 && r <= 0x2069):
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	if r := []rune(s); len(r) > 500 {
		return string(r[:499]) + "…"
	}
	return strings.TrimSpace(s)
}
