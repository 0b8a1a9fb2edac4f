package page

import (
	"context"
	"errors"
	"fmt"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"pikedash/pikeapi"
	"pikedash/ui/widget"
)

// SendTimeout is how long a screen waits for Pike's answer to a call.
const SendTimeout = 40 * time.Second

// Money is a call that the operator is about to make, as the dialog states it. It is the one way from
// a screen to a call that changes something.
type Money struct {
	Desk     *Desk
	Prepared *pikeapi.Prepared
	Sentence string         // what happens: amount, recipient, project, environment
	After    string         // what can be undone afterwards
	Warn     []string       // such as an earlier payout like this one
	Yes      string         // the button
	Amount   *pikeapi.Money // what live asks to be typed; nil asks for the project's name
	// Then starts the call with the permit that the answer gave.
	Then func(pikeapi.Permit) tea.Cmd

	duplicate bool
}

// Dialog asks: for the amount in live, elsewhere for a key that is not the one that opened it.
func (m Money) Dialog() widget.Dialog {
	text := []string{m.Sentence}
	if m.After != "" {
		text = append(text, m.After)
	}
	yes := m.Yes
	if yes == "" {
		yes = "Send"
	}
	if !m.Desk.Live() {
		return &widget.Confirm{Text: text, Warn: m.Warn, Yes: yes, Then: m.confirmed()}
	}
	label, check := m.typed()
	return &widget.TypeToConfirm{
		Text: text, Warn: m.Warn, Yes: yes, Label: label, Check: check,
		Then: func(string) tea.Cmd { return m.confirmed() },
	}
}

// typed says what live asks to be typed.
func (m Money) typed() (label string, check func(string) error) {
	if m.Amount == nil {
		project := m.Desk.Env.Project
		return "Type the project's name to send:", func(s string) error {
			if s != project {
				return errors.New("that is not the project's name")
			}
			return nil
		}
	}
	want := *m.Amount
	return "Type the amount to send:", func(s string) error {
		got, err := pikeapi.ParseAmount(s)
		if err != nil {
			if got, err = pikeapi.ParseMoney(s, want.Currency); err != nil {
				return err
			}
		}
		if !got.Equal(want) {
			return fmt.Errorf("the request says %s", want.Format())
		}
		return nil
	}
}

// confirmed gets the permit at the moment of the answer, so that a lock that closed meanwhile counts.
func (m Money) confirmed() tea.Cmd {
	return func() tea.Msg {
		permit := pikeapi.Permit{}
		if m.Desk.Lock != nil {
			granted, err := m.Desk.Lock.Permit(m.Desk.Env)
			if err != nil {
				return Notice{Level: Failure, Text: err.Error()}
			}
			permit = granted
		}
		permit.Duplicate = m.duplicate
		return m.Then(permit)()
	}
}

// Again is the dialog after the duplicate radar stopped the call: the same question with the earlier
// request named, whose answer lets the call pass. ok is false for every other error.
func (m Money) Again(err error) (again widget.Dialog, ok bool) {
	var blocked *pikeapi.BlockedError
	if !errors.As(err, &blocked) || blocked.Rule != pikeapi.RuleDuplicate || m.duplicate {
		return nil, false
	}
	m.duplicate = true
	m.Warn = append([]string{blocked.Reason}, m.Warn...)
	m.Yes = "Send it nevertheless"
	return m.Dialog(), true
}

// SendPrepared carries the call out on the desk's client. It blocks: call it from a command.
func SendPrepared(d *Desk, p *pikeapi.Prepared, permit pikeapi.Permit) *pikeapi.Result {
	ctx, cancel := context.WithTimeout(context.Background(), SendTimeout)
	defer cancel()
	return d.Client.Send(ctx, p, permit)
}

// Outcome says what became of a call, in one sentence, and how loud.
func Outcome(r *pikeapi.Result) Notice {
	what := r.Prepared.Method.Name
	var blocked *pikeapi.BlockedError
	switch {
	case errors.As(r.Err, &blocked):
		return Notice{Level: Failure, Text: "not sent: " + blocked.Reason}
	case r.RecordErr != nil:
		return Notice{Level: Failure, Text: fmt.Sprintf("%s was %s, but %v", what, r.Outcome, r.RecordErr)}
	case r.Outcome == pikeapi.Accepted:
		return Notice{Level: Success, Text: what + " accepted by Pike"}
	case r.Outcome == pikeapi.Unknown:
		return Notice{Level: Failure, Text: fmt.Sprintf("%s: the outcome is UNKNOWN, it may have been carried out: %v", what, r.Err)}
	case r.Outcome == pikeapi.Refused:
		return Notice{Level: Failure, Text: fmt.Sprintf("%s: %v", what, r.Err)}
	}
	return Notice{Level: Failure, Text: fmt.Sprintf("%s was not sent: %v", what, r.Err)}
}
