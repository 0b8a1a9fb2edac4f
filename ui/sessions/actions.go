package sessions

import (
	tea "github.com/charmbracelet/bubbletea"

	"pikedash/pikeapi"
	"pikedash/ui/keymap"
	"pikedash/ui/page"
	"pikedash/ui/widget"
)

// action is one of the five things that can be done with a session.
type action struct {
	name  string
	key   keymap.Binding
	legal bool           // the protocol allows it
	why   string         // why it cannot be done now; empty when it can
	brief string         // the same in three words
	most  *pikeapi.Money // of capture and refund
}

// actions lists the five, in the order of a session's life.
func (m *Model) actions() []action {
	k := m.deps.Keys.Sessions
	keys := map[string]keymap.Binding{
		page.ActionStart: k.Pay, page.ActionConfirm: k.Confirm, page.ActionCancel: k.Cancel,
		page.ActionCapture: k.Capture, page.ActionRefund: k.Refund,
	}
	known := &pikeapi.Session{}
	if m.detail != nil && m.detail.known != nil {
		known = m.detail.known
	}
	out := make([]action, 0, 5)
	for _, a := range pikeapi.Actions(known) {
		one := action{name: a.Name, key: keys[a.Name], legal: a.Allowed, why: a.Reason, most: a.Most}
		switch {
		case m.detail == nil || m.detail.session == nil:
			one.why, one.brief = "the session is not known here: ask for its status first", "not known here"
		case a.Allowed:
			forbidden := m.forbids(a.Name)
			one.why, one.brief = forbidden.Why, forbidden.Brief
		default:
			one.brief = brieflyIllegal(known, a.Name)
		}
		out = append(out, one)
	}
	return out
}

// legalRow says why an action is not possible on the list's row; empty when it is.
func (m *Model) legalRow(name string) string {
	row, ok := m.list.Current()
	if !ok {
		return "no session is chosen"
	}
	s := pikeapi.Session{ID: row.SessionID, Status: row.Status, NextAction: row.NextAction}
	if legal := s.Legal(name); !legal.Allowed {
		return legal.Reason
	}
	return m.forbids(name).Why
}

// forbids says why an action cannot be done from here, whatever the session.
func (m *Model) forbids(action string) page.Forbidden {
	return m.deps.Desk.At().Forbids(m.deps.Keys.Global.Unlock.Label(), page.MethodsOf(action)...)
}

// act starts an action: with the amount asked first where it takes one.
func (m *Model) act(a action) tea.Cmd {
	if a.why != "" {
		return page.Say(page.Warning, a.name+": "+a.why)
	}
	id := m.detail.id
	switch a.name {
	case page.ActionStart:
		return m.chooseStart(id)
	case page.ActionCapture, page.ActionRefund:
		currency := m.detail.session.Amount.Currency
		if a.most != nil {
			currency = a.most.Currency
		}
		return page.AskFor(page.AskAmount(a.name, a.most, currency, func(amount pikeapi.Money) tea.Cmd {
			return page.Send(chosenAmount{Stamp: m.deps.Stamps.Now(), action: a.name, id: id, amount: amount})
		}))
	}
	return m.start(a.name, id, nil)
}

// chosenAmount brings the amount that was asked for back into the loop.
type chosenAmount struct {
	page.Stamp
	action, id string
	amount     pikeapi.Money
}

// start signs a request about a session and asks.
func (m *Model) start(name, id string, amount *pikeapi.Money) tea.Cmd {
	return m.deeds.Start(page.Deed{Desk: m.deps.Desk.At(), Action: name, Session: id, Amount: amount}, m.store)
}

// chooseStart goes to the form New, for this session.
func (m *Model) chooseStart(id string) tea.Cmd {
	item := func(title, detail, method string) widget.Item {
		return widget.Item{
			Title: title, Detail: detail, Off: m.deps.Desk.At().Forbids(m.deps.Keys.Global.Unlock.Label(), method).Why,
			Then: page.Go(page.Create, page.OpenForm{Method: method, Values: map[string]string{"session_id": id}}),
		}
	}
	return page.AskFor(&widget.Menu{Title: "start in " + id, Items: []widget.Item{
		item("payout", "money to a recipient", pikeapi.MethodStartPayout), item("payment", "money from a payer", pikeapi.MethodStartPayment),
	}})
}
