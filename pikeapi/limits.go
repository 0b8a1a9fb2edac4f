package pikeapi

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// The rules of BlockedError. They are stable: scripts and tests compare them.
const (
	RuleLiveLocked    = "live_locked"       // live is locked
	RuleConfirmAmount = "confirm_amount"    // the amount typed is not the amount of the call
	RuleLookalike     = "unknown_lookalike" // a look-alike has an unknown outcome
	RuleDuplicate     = "duplicate"         // the same was sent before
	RuleMaxAmount     = "max_amount"        // above the largest single amount
	RuleMaxPerHour    = "max_per_hour"      // above the largest sum of 60 minutes
	RuleMaxPerDay     = "max_per_day"       // above the largest sum of 24 hours
	RuleCurrency      = "currency"          // a currency that is not allowed
	RuleMethod        = "method"            // a method that is not allowed
	RuleKeyExpired    = "key_expired"       // a resend after the idempotency key's safe life
	RuleResend        = "resend"            // a resend that cannot be one
	RuleAmbiguous     = "ambiguous"         // a body that two programs would read differently
	RuleNoJournal     = "no_journal"        // a mutation without a place to record it
	RuleChanged       = "changed"           // a prepared request was changed after it was signed
	RuleTwoPeople     = "two_people"        // the profile lets nobody move money alone
)

// KeyLife is how long Pike remembers an idempotency key. Source: Pike's page "API interaction".
const KeyLife = 24 * time.Hour

// ResendLimit is how long after its first use a key may be used again: KeyLife less an hour for
// clocks that differ.
const ResendLimit = 23 * time.Hour

// clockSlack is how far first use may lie in the future before the clock is thought to be wrong.
const clockSlack = 5 * time.Minute

// CheckResend says whether a request whose idempotency key was first used at first may be sent
// again at now. It returns a *BlockedError past ResendLimit, and when the clock was set back so far
// that the key's age is not known.
func CheckResend(first, now time.Time) error {
	switch age := now.Round(0).Sub(first.Round(0)); {
	case first.IsZero():
		return &BlockedError{Rule: RuleResend, Reason: "when the idempotency key was first used is not known: it cannot be sent again"}
	case age < -clockSlack:
		return &BlockedError{Rule: RuleKeyExpired, Reason: "the clock was set back since the first attempt: how old the idempotency key is cannot be told; ask for the session's status instead"}
	case age >= ResendLimit:
		return &BlockedError{Rule: RuleKeyExpired, Reason: "the idempotency key is older than 23 hours: sent again, the call could be carried out twice; ask for the session's status, or resolve it by hand"}
	}
	return nil
}

// CheckCall holds a call against the limits that need no history: methods, currencies, largest
// single amount. It returns nil or a *BlockedError.
func (p Policy) CheckCall(m Method, s Summary) error {
	if !m.Mutates {
		return nil
	}
	if len(p.Methods) > 0 && !slices.Contains(p.Methods, m.Name) {
		return &BlockedError{Rule: RuleMethod, Reason: m.Name + " is not among the methods that this profile allows: " + strings.Join(p.Methods, ", ")}
	}
	limited := p.limitsAmounts()
	if limited && s.Ambiguous != "" {
		return &BlockedError{Rule: RuleAmbiguous, Reason: "the limits cannot be held against this body: " + s.Ambiguous}
	}
	if s.Amount != nil {
		return p.CheckAmount(*s.Amount)
	}
	if limited && (m.Name == MethodInitPayout || m.Name == MethodInitPayment) {
		return &BlockedError{Rule: RuleMaxAmount, Reason: "the amount cannot be read from the body, so the profile's limits cannot be held against it"}
	}
	return nil
}

// CheckAlone refuses a call that moves money where the profile wants two people for it. A resend was
// approved when it was sent first. It returns nil or a *BlockedError.
func (p Policy) CheckAlone(m Method, permit Permit) error {
	if !p.ForbidSelf || !m.MovesMoney || permit.Approved || permit.Resend != "" {
		return nil
	}
	return &BlockedError{Rule: RuleTwoPeople, Reason: "this profile lets nobody move money alone: write the request with pikedash prepare, and have somebody else send it with pikedash approve"}
}

// limitsAmounts says whether any limit needs the amount of a call.
func (p Policy) limitsAmounts() bool {
	return len(p.Currencies)+len(p.MaxAmount)+len(p.MaxPerHour)+len(p.MaxPerDay) > 0
}

// CheckUnknownAmount refuses a call that moves an amount which neither its body nor what is known of
// its session tells, where the profile limits amounts. It returns nil or a *BlockedError.
func (p Policy) CheckUnknownAmount(m Method, session string) error {
	if !m.MovesMoney || !p.limitsAmounts() {
		return nil
	}
	return &BlockedError{Rule: RuleMaxAmount, Reason: fmt.Sprintf(
		"the amount of session %s is not known here, so the profile's limits cannot be held against it: read its status first", session)}
}

// CheckAmount holds one amount against the allowed currencies and the largest single amount. Where no
// currencies are listed but amounts are limited, those that have a limit are allowed: another currency
// would be the way round it. The journal uses it with a session's amount for calls whose body holds none (start, confirm, capture,
// refund). It returns nil or a *BlockedError.
func (p Policy) CheckAmount(a Money) error {
	currency := strings.ToLower(a.Currency)
	if len(p.Currencies) > 0 && !slices.ContainsFunc(p.Currencies, func(c string) bool { return strings.EqualFold(c, currency) }) {
		return &BlockedError{Rule: RuleCurrency, Reason: fmt.Sprintf("%s is not among the currencies that this profile allows: %s",
			a.Code(), strings.ToUpper(strings.Join(p.Currencies, ", ")))}
	}
	if len(p.Currencies) == 0 && p.limitsAmounts() && p.MaxAmount[currency]+p.MaxPerHour[currency]+p.MaxPerDay[currency] == 0 {
		return &BlockedError{Rule: RuleCurrency, Reason: fmt.Sprintf(
			"the profile limits amounts and says nothing of %s: give it a limit, or allow it in limits.currencies", a.Code())}
	}
	if most, ok := p.MaxAmount[currency]; ok && most > 0 && a.Amount > most {
		return &BlockedError{Rule: RuleMaxAmount, Reason: fmt.Sprintf("%s is above the profile's largest single amount of %s; only the configuration can raise it",
			a.Format(), Money{most, a.Currency}.Format())}
	}
	return nil
}

// Counts says whether calls of the method count towards the sums per hour and per day: those that
// bring a new amount into motion. Confirming and capturing go on with an amount that was counted.
func (m Method) Counts() bool {
	switch m.Name {
	case MethodInitPayout, MethodInitPayment, MethodStartPayout, MethodStartPayment, MethodRefund:
		return true
	}
	return false
}

// NeedsSums says whether the policy has a limit on sums in the currency of a, so that the journal
// has to count.
func (p Policy) NeedsSums(a Money) bool {
	currency := strings.ToLower(a.Currency)
	return p.MaxPerHour[currency] > 0 || p.MaxPerDay[currency] > 0
}

// CheckSums holds a against the limits per hour and per day. hour and day are the sums, in minor
// units of the same currency, of the counted calls of the last 60 minutes and 24 hours that were
// not refused and not provably unsent; a itself is not among them. It returns nil or a *BlockedError.
func (p Policy) CheckSums(a Money, hour, day int64) error {
	currency := strings.ToLower(a.Currency)
	for _, w := range []struct {
		rule, span string
		sum, most  int64
	}{
		{RuleMaxPerHour, "hour", hour, p.MaxPerHour[currency]},
		{RuleMaxPerDay, "day", day, p.MaxPerDay[currency]},
	} {
		if w.most <= 0 {
			continue
		}
		total, ok := addAmounts(w.sum, a.Amount)
		if !ok || total > w.most {
			return &BlockedError{Rule: w.rule, Reason: fmt.Sprintf("with %s the last %s would come to more than the profile's %s (so far %s); only the configuration can raise it",
				a.Format(), w.span, Money{w.most, a.Currency}.Format(), Money{w.sum, a.Currency}.Format())}
		}
	}
	return nil
}
