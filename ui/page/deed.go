package page

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"pikedash/pikeapi"
	"pikedash/pikeapi/journal"
	"pikedash/ui/widget"
)

// prepareTime is how long reading a session and signing a call about it may take.
const prepareTime = 15 * time.Second

// What can be done with a session: the names of pikeapi.Actions, and asking for its status.
const (
	ActionConfirm = "confirm"
	ActionCancel  = "cancel"
	ActionCapture = "capture"
	ActionRefund  = "refund"
	ActionStart   = "start"
	ActionStatus  = "status"
)

// SessionReader reads one session; *journal.Journal is one.
type SessionReader interface {
	Session(ctx context.Context, sessionID string) (*journal.SessionDetail, error)
}

// Deed is something that the operator wants done with a session.
type Deed struct {
	Desk    *Desk
	Action  string // one of the Action constants, but for ActionStart
	Session string
	Amount  *pikeapi.Money // of capture and refund; nil for everything

	store SessionReader
}

// KnownSession is a session as Pike last described it; where its object is not kept, as much of it as
// the rows tell.
func KnownSession(d *journal.SessionDetail) *pikeapi.Session {
	if len(d.Raw) > 0 {
		if s, err := pikeapi.ParseSession(d.Raw); err == nil && s.Status == d.Status && s.NextAction == d.NextAction && len(s.Operations()) == len(d.Operations) {
			return s
		}
	}
	s := &pikeapi.Session{ID: d.SessionID, Status: d.Status, NextAction: d.NextAction, CreatedAt: d.Created, UpdatedAt: d.Updated, FinishedAt: d.Finished, Version: d.Version}
	for _, row := range d.Operations {
		op := pikeapi.Operation{Kind: row.Kind, ID: row.OperationID, Status: row.Status, Amount: row.Amount, Recipient: row.Recipient, CreatedAt: row.Created, FinishedAt: row.Finished}
		for _, r := range d.Refunds {
			if r.OperationID == row.OperationID {
				op.Refunds = append(op.Refunds, pikeapi.Refund{ID: r.RefundID, Status: r.Status, Amount: r.Amount, Chargeback: r.Chargeback, CreatedAt: r.Created, FinishedAt: r.Finished})
			}
		}
		if row.Kind == pikeapi.Payment {
			s.Payments = append(s.Payments, op)
		} else {
			s.Payouts = append(s.Payouts, op)
		}
	}
	return s
}

// prepare reads the session as it is now, checks that the deed is legal, and signs its request. Nothing
// is sent.
func (d Deed) prepare(ctx context.Context) (Money, error) {
	detail, err := d.store.Session(ctx, d.Session)
	if d.Action == ActionStatus && errors.Is(err, journal.ErrNotFound) {
		detail, err = &journal.SessionDetail{SessionRow: journal.SessionRow{SessionID: d.Session}}, nil
	}
	if err != nil {
		return Money{}, err
	}
	if legal := KnownSession(detail).Legal(d.Action); d.Action != ActionStatus && !legal.Allowed {
		return Money{}, errors.New(legal.Reason)
	}
	body, err := d.request().Body(d.Desk.Env.Version)
	if err != nil {
		return Money{}, err
	}
	p, err := d.Desk.Client.Prepare(ctx, d.Desk.Env, pikeapi.Call{Method: MethodsOf(d.Action)[0], Body: body})
	if err != nil {
		return Money{}, err
	}
	return d.ask(detail, p), nil
}

// MethodsOf are the methods that carry an action out: one, but for ActionStart.
func MethodsOf(action string) []string {
	switch action {
	case ActionStart:
		return []string{pikeapi.MethodStartPayout, pikeapi.MethodStartPayment}
	case ActionCancel:
		return []string{pikeapi.MethodCancel}
	case ActionCapture:
		return []string{pikeapi.MethodCapture}
	case ActionRefund:
		return []string{pikeapi.MethodRefund}
	case ActionStatus:
		return []string{pikeapi.MethodStatus}
	}
	return []string{pikeapi.MethodConfirm}
}

// request is the body of the deed.
func (d Deed) request() pikeapi.Request {
	switch d.Action {
	case ActionCapture:
		return pikeapi.CaptureCall{SessionID: d.Session, Amount: d.Amount}
	case ActionRefund:
		return pikeapi.RefundCall{SessionID: d.Session, Amount: d.Amount}
	}
	return pikeapi.SessionCall{SessionID: d.Session}
}

// ask states the deed as a question.
func (d Deed) ask(s *journal.SessionDetail, p *pikeapi.Prepared) Money {
	what := DescribeSession(s)
	where := fmt.Sprintf(", project %s, on %s.", d.Desk.Env.Project, strings.ToUpper(d.Desk.Kind()))
	m := Money{Desk: d.Desk, Prepared: p}
	total := s.Amount
	if total.Currency != "" {
		m.Amount = &total
	}
	amount := total.Format()
	if d.Amount != nil {
		amount, m.Amount = d.Amount.Format(), d.Amount
	}
	switch d.Action {
	case ActionCancel:
		m.Sentence, m.After, m.Yes = "Cancel session "+s.SessionID+", "+what+where, "A cancelled session stays cancelled: it cannot be opened again.", "Cancel the session"
		m.Amount = nil
	case ActionCapture:
		m.Sentence, m.After, m.Yes = "Take "+amount+" of what is held, "+what+where, "It can be done once: what is not taken goes back to the payer.", "Take "+amount
	case ActionRefund:
		m.Sentence, m.After, m.Yes = "Give "+amount+" back, of "+what+where, "A refund cannot be called back.", "Give "+amount+" back"
	default:
		m.Sentence, m.After, m.Yes = "Confirm "+what+where, "After you confirm it cannot be taken back.", "Confirm"
		if s.Kind == pikeapi.Payment {
			m.After = "The payer is charged; after that only a refund gives it back."
		}
	}
	if s.Flag != "" {
		m.Warn = append(m.Warn, "Something is odd about this session: "+s.Flag)
	}
	return m
}

// DescribeSession says what a session is about: "the payout of 150.00 EUR to Jane Roe, visa
// 520000··7771".
func DescribeSession(s *journal.SessionDetail) string {
	if len(s.Operations) == 0 {
		return "in which nothing has been started"
	}
	text := DescribeOperation(&s.Operations[0])
	if n := len(s.Operations) - 1; n > 0 {
		text += fmt.Sprintf(" and %d more", n)
	}
	return "the " + text
}

// DescribeOperation says what an operation is: "payout of 150.00 EUR to Jane Roe, visa 520000··7771".
func DescribeOperation(o *journal.OperationRow) string {
	text := string(o.Kind) + " of " + o.Amount.Format()
	if o.Recipient != "" {
		text += " to " + o.Recipient
	}
	if card := CardText(o.Brand, o.BIN, o.Last4); card != "" {
		text += ", " + card
	}
	return text
}

// CardText is a card as it is shown: "visa 520000··7771"; empty without one.
func CardText(brand, bin, last4 string) string {
	number := ""
	if bin != "" || last4 != "" {
		number = bin + "··" + last4
	}
	return strings.TrimSpace(strings.ToLower(brand) + " " + number)
}

// AskAmount asks how much, at most most; everything stands there at first. Then starts the deed.
func AskAmount(action string, most *pikeapi.Money, currency string, then func(pikeapi.Money) tea.Cmd) widget.Dialog {
	p := &widget.Prompt{Title: action, Label: "Amount in " + strings.ToUpper(currency) + ":", Yes: "go on"}
	if most != nil {
		p.Text = []string{"At most " + most.Format() + "."}
		p.Value = strings.ReplaceAll(most.Number(), ",", "")
	}
	p.Check = func(typed string) error {
		m, err := readAmount(typed, currency)
		switch {
		case err != nil:
			return err
		case m.Amount <= 0:
			return errors.New("the amount must be more than nothing")
		case most != nil && m.Amount > most.Amount:
			return errors.New("that is more than " + most.Format())
		}
		return nil
	}
	p.Then = func(typed string) tea.Cmd {
		m, err := readAmount(typed, currency)
		if err != nil {
			return Say(Failure, err.Error())
		}
		return then(m)
	}
	return p
}

// readAmount reads an amount with or without its currency, which must be the given one.
func readAmount(typed, currency string) (pikeapi.Money, error) {
	m, err := pikeapi.ParseMoney(typed, currency)
	if err != nil {
		if with, werr := pikeapi.ParseAmount(typed); werr == nil {
			m, err = with, nil
		}
	}
	if err == nil && !strings.EqualFold(m.Currency, currency) {
		return m, errors.New("the currency must be " + strings.ToUpper(currency))
	}
	return m, err
}

// Preview is the beginning of a text of any length, safe to draw.
func Preview(text string) string {
	const most = 200 // bytes: more than is ever shown
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "…"
	}
	return widget.Cut(widget.Clean(text), 44)
}
