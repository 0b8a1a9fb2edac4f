package pikeapi

import "time"

// liveGrant is the proof that a live mutation was allowed on purpose: made by Lock.Permit or by
// ConfirmAmount, and by nothing else.
type liveGrant struct {
	environment string
	expires     time.Time
}
