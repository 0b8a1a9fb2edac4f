package journal

import (
	"time"

	"pikedash/pikeapi"
)

// The answers of Pike to a key that it knows already, or does not take. Source: Pike's page "Errors".
const (
	keyExists   = "idempotency_key_already_exists"
	keyMismatch = "idempotency_key_params_mismatch"
	keyRefused  = "idempotency_key_not_supported"
)

// ResendOff says why the same bytes must not be sent again with the same key at a time; empty when
// they may.
func (r IntentRow) ResendOff(now time.Time) string {
	switch {
	case r.State != StateUnknown:
		return "its outcome is known: it is " + string(r.State)
	case !r.TakesKey:
		return r.Method + " takes no idempotency key: sent again, it could be carried out twice"
	case r.ErrorCode == keyMismatch:
		return "Pike has other bytes under this key: sent again, they would be refused again"
	case r.ErrorCode == keyRefused:
		return "Pike takes no key for this call: sent again, it would be refused again, and without the key it could be carried out twice"
	case !r.HasBody:
		return "the bytes are no longer kept"
	}
	if err := pikeapi.CheckResend(r.KeySince(), now); err != nil {
		return err.Error()
	}
	return ""
}

// KeySince is since when Pike may know the key: the moment from which the time for a resend is counted.
func (r IntentRow) KeySince() time.Time { return keySince(r.Created, r.Expires) }

// keySince is the first use of a key that ends at expires; a key may be older than its request.
func keySince(created, expires time.Time) time.Time {
	if first := expires.Add(-pikeapi.KeyLife); !expires.IsZero() && first.Before(created) {
		return first
	}
	return created
}

// AskOff says why the status of the session cannot be asked for; empty when it can.
func (r IntentRow) AskOff() string {
	if r.SessionID == "" {
		return "the session is not known: the answer was lost before it could name one"
	}
	return ""
}

// NextStep says what to do about an unknown outcome first, by what Pike answered last.
func (r IntentRow) NextStep(now time.Time) string {
	known := r.AskOff() == ""
	switch r.ErrorCode {
	case keyExists:
		text := "Pike is still busy with the first request under this key. Wait a minute, then "
		if known {
			return text + "ask for the session's status; never take a new key."
		}
		return text + "send the same bytes with the same key again; never take a new key."
	case keyMismatch:
		return "Under this key Pike has a request with other bytes. Compare the digests of the two, ask Pike's support which one was carried out, then resolve it by hand."
	case keyRefused:
		if known {
			return "Pike takes no key for this call, so nothing protects a repeat: ask for the session's status, and resolve it by hand by what it says."
		}
		return "Pike takes no key for this call, so nothing protects a repeat: look at Pike whether it was carried out, then resolve it by hand."
	}
	switch {
	case known:
		return "Ask for the session's status first: what it says of the request settles it."
	case r.ResendOff(now) == "":
		return "Send the same bytes with the same key: Pike carries out one of the two and answers with what became of it."
	}
	return "Look at Pike, or ask its support, whether it was carried out; then resolve it by hand."
}
