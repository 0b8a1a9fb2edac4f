package keyring

import (
	"context"
	"errors"

	tea "github.com/charmbracelet/bubbletea"

	"pikedash/pikeapi"
	"pikedash/ui/page"
)

// tested says what a signed test call found out.
type tested struct {
	page.Stamp
	ok   bool
	said string
}

// TooLate implements page.Late.
func (tested) TooLate() string { return "the answer to the test call came after the switch" }

// testSession is a session that nobody has: asking for it changes nothing and still needs a good
// signature.
const testSession = "ps_first_steps"

// testCall asks Pike for a session that does not exist. Any answer but one about project, signature
// or rights shows that the signature was accepted.
func testCall(stamp page.Stamp, d *page.Desk) tea.Cmd {
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), callTime)
		defer cancel()
		body, err := pikeapi.SessionCall{SessionID: testSession}.Body(d.Env.Version)
		if err != nil {
			return tested{stamp, false, "the test call could not be made: " + err.Error()}
		}
		p, err := d.Client.Prepare(ctx, d.Env, pikeapi.Call{Method: pikeapi.MethodStatus, Version: d.Env.Version, Body: body})
		if err != nil {
			return tested{stamp, false, "the test call could not be prepared: " + err.Error()}
		}
		r := d.Client.Send(ctx, p, pikeapi.Permit{})
		var refused *pikeapi.APIError
		switch {
		case r.Outcome == pikeapi.Accepted:
			return tested{stamp, true, "Pike answered: the signature was accepted"}
		case errors.As(r.Err, &refused) && refused.Auth():
			return tested{stamp, false, refused.Error()}
		case errors.As(r.Err, &refused) && r.Outcome == pikeapi.Refused:
			return tested{stamp, true, "Pike accepted the signature (and says " + refused.Code + ", as it should: there is no such session)"}
		case r.Err != nil:
			return tested{stamp, false, r.Err.Error()}
		}
		return tested{stamp, false, "the outcome is " + string(r.Outcome)}
	}
}
