package sandbox

// TriggerKind says where a trigger is put.
type TriggerKind string

// The kinds of triggers.
const (
	TriggerCard   TriggerKind = "card"   // a card number
	TriggerAmount TriggerKind = "amount" // an amount
	TriggerOption TriggerKind = "option" // an option of the project
)

// Trigger is one way to make the sandbox behave in a certain way. None of them comes from Pike.
type Trigger struct {
	Kind     TriggerKind `json:"kind"`
	Value    string      `json:"value"`   // the card number, the rule for the amount, the option's name
	Applies  string      `json:"applies"` // payout, payment, refund or both (payout and payment)
	Outcome  string      `json:"outcome"` // success, 3ds, never_ready, or the error code
	Sentence string      `json:"sentence"`
}

// The outcomes that are not error codes.
const (
	OutcomeSuccess    = "success"
	Outcome3DS        = "3ds"
	OutcomeNeverReady = "never_ready"
)

// providerFault is the outcome that leaves the session in error, which is not final.
const providerFault = "provider_internal_error"

// Triggers returns the table of triggers. README, test-card picker and tests are made from it.
func Triggers() []Trigger {
	return []Trigger{
		{TriggerCard, "4242424242424242", "both", OutcomeSuccess, "Succeeds without 3-D Secure."},
		{TriggerCard, "4000000000003220", "payment", Outcome3DS, "The payer must pass 3-D Secure: the sandbox's page or a control call ends it well or badly. A payout to it succeeds."},
		{TriggerCard, "4000000000000002", "both", "declined_by_issuer_bank", "The issuer declines after the confirmation."},
		{TriggerCard, "4000000000009995", "both", "insufficient_funds", "Fails after the confirmation: too little money on the card."},
		{TriggerCard, "4000000000000069", "both", "bank_card_expired", "Fails after the confirmation: the card has expired."},
		{TriggerCard, "4000000000000119", "both", providerFault, "The operation fails and the session ends in error, which is not final: a control call decides it."},
		{TriggerCard, "4000000000000101", "both", OutcomeNeverReady, "Never becomes ready: stays in progress until a control call moves it."},
		{TriggerAmount, "above the wallet balance", "payout", "insufficient_wallet_balance", "A payout above the wallet's balance fails before it becomes ready."},
		{TriggerAmount, "ends in 13", "refund", "declined", "A refund whose amount in minor units ends in 13 is declined."},
		{TriggerOption, "auto_confirm", "both", OutcomeSuccess, "Operations go on without ready_to_confirm."},
		{TriggerOption, "hold", "payment", OutcomeSuccess, "Payments are two-step: held until session/capture."},
	}
}

// outcomeOf returns what the sandbox does with a card number.
func outcomeOf(number string) string {
	for _, t := range Triggers() {
		if t.Kind == TriggerCard && t.Value == number {
			return t.Outcome
		}
	}
	return OutcomeSuccess
}
