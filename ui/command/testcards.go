package command

import (
	"pikedash/pikeapi"
	"pikedash/pikeapi/sandbox"
	"pikedash/ui/page"
)

// exampleCard is the number of Pike's own examples. Pike publishes no test cards.
const exampleCard = "4242424242424242"

// testCards are the cards to try things with in an environment: the sandbox's triggers, in demo the
// number of Pike's examples, in live none.
func testCards(kind pikeapi.EnvKind) []page.TestCard {
	switch kind {
	case pikeapi.Sandbox:
		var cards []page.TestCard
		for _, t := range sandbox.Triggers() {
			if t.Kind == sandbox.TriggerCard {
				cards = append(cards, page.TestCard{Number: t.Value, Outcome: "sandbox: " + inWords(t.Outcome), Does: t.Sentence})
			}
		}
		return cards
	case pikeapi.Demo:
		return []page.TestCard{{Number: exampleCard, Outcome: "Pike's example",
			Does: "Pike publishes no test cards; this number stands in the examples of its documentation."}}
	case pikeapi.Live:
	}
	return nil
}

// inWords says a trigger's outcome in a few words; error codes are words enough.
func inWords(outcome string) string {
	switch outcome {
	case sandbox.OutcomeSuccess:
		return "succeeds"
	case sandbox.Outcome3DS:
		return "3-D Secure"
	case sandbox.OutcomeNeverReady:
		return "never ready"
	}
	return outcome
}
