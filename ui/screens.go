// Package ui is the dashboard: the App, which is the only tea.Model, and the place where the screens
// are wired to it.
package ui

import (
	"pikedash/ui/create"
	"pikedash/ui/flows"
	"pikedash/ui/keyring"
	"pikedash/ui/overview"
	"pikedash/ui/page"
	"pikedash/ui/payouts"
	"pikedash/ui/sessions"
	"pikedash/ui/signature"
	"pikedash/ui/traffic"
	"pikedash/ui/unknown"
	"pikedash/ui/webhooks"
)

// Screens lists the dashboard's screens in the order of their digits. It is the one place that knows
// them all.
func Screens() []ScreenSpec {
	return []ScreenSpec{
		{
			ID: page.Overview, Digit: 0, Name: "Overview", Does: "What waits, what happened, and whether all is well",
			New: func(d *page.Deps) page.Page { return overview.New(d) },
		},
		{
			ID: page.Sessions, Digit: 1, Name: "Sessions", Does: "Payment sessions, their time lines, and what can be done with them",
			New: func(d *page.Deps) page.Page { return sessions.New(d) },
		},
		{
			ID: page.Create, Digit: 2, Name: "New", Does: "Make a session, a payout or a payment",
			New: func(d *page.Deps) page.Page { return create.New(d) },
		},
		{
			ID: page.Payouts, Digit: 3, Name: "Payouts", Does: "Payouts and payments of all sessions, newest first",
			New: func(d *page.Deps) page.Page { return payouts.New(d) },
		},
		{
			ID: page.Webhooks, Digit: 4, Name: "Webhooks", Does: "Pike's notifications as they come in, each with what is known of its signature",
			New: func(d *page.Deps) page.Page { return webhooks.New(d) },
		},
		{
			ID: page.Signature, Digit: 5, Name: "Signature", Does: "Say why a signature verifies or does not",
			New: func(d *page.Deps) page.Page { return signature.New(d) },
		},
		{
			ID: page.Traffic, Digit: 6, Name: "Traffic", Does: "Every request that was sent and what came back",
			New: func(d *page.Deps) page.Page { return traffic.New(d) },
		},
		{
			ID: page.Keyring, Digit: 7, Name: "Keys", Does: "Every key, new pairs, the doctor, first steps",
			New: func(d *page.Deps) page.Page { return keyring.New(d) },
		},
		{
			ID: page.Flows, Digit: 8, Name: "Flows", Does: "Rehearse Pike's protocol and see pass or fail, step by step",
			New: func(d *page.Deps) page.Page { return flows.New(d) },
		},
		{
			ID: page.Unknown, Digit: -1, Name: "Unknown outcomes", Does: "Settle requests whose outcome nobody knows",
			New: func(d *page.Deps) page.Page { return unknown.New(d) },
		},
	}
}
