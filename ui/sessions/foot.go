package sessions

import (
	"pikedash/pikeapi"
	"pikedash/pikeapi/journal"
	"pikedash/ui/page"
	"pikedash/ui/widget"
)

// low is the height below which the time line gets what it can: no empty line beneath it, and no reasons
// of the protocol why something cannot be done; the help has them.
const low = 12

// footing says what is expected next, and what can be done.
func (m *Model) footing() []string {
	t, d := m.deps.Theme, m.detail
	w, _ := m.split()
	if d.session == nil || m.h < 8 {
		return nil
	}
	var lines []string
	if m.h >= low {
		lines = append(lines, "")
	}
	if next := expected(d.session, d.known); next != "" && m.h >= 10 {
		lines = append(lines, "   "+t.Dim.Paint("Next  ")+widget.Cut(next, max(0, w-9)))
	}
	return append(lines, m.actionLines()...)
}

// actionLines name what can be done, then what cannot be and why, in as many lines as it takes.
func (m *Model) actionLines() []string {
	t := m.deps.Theme
	w, _ := m.split()
	var can, cannot, reasons []string
	names := map[string]string{} // by reason
	for _, a := range m.actions() {
		if a.why == "" {
			can = append(can, t.Accent.Paint(a.key.Label())+" "+t.Strong.Paint(a.key.Name))
			continue
		}
		if m.h < low && !a.legal {
			continue
		}
		if names[a.brief] == "" {
			reasons = append(reasons, a.brief)
			names[a.brief] = a.name
		} else {
			names[a.brief] += ", " + a.name
		}
	}
	for _, why := range reasons {
		cannot = append(cannot, t.Dim.Paint("— "+names[why]+": "+why))
	}
	parts := append(can, cannot...)
	if len(parts) == 0 {
		return nil
	}
	lines := []string{""}
	for _, part := range parts {
		last := lines[len(lines)-1]
		if last != "" && widget.Width(last)+3+widget.Width(part) > w {
			lines = append(lines, "")
			last = ""
		}
		lines[len(lines)-1] = last + "   " + part
	}
	if most := 1 + m.h/12; len(lines) > most {
		lines = lines[:most]
	}
	for i := range lines {
		lines[i] = widget.Cut(lines[i], w)
	}
	return lines
}

// brieflyIllegal is why the protocol does not allow an action now, in three words; help and the status
// line say it whole.
func brieflyIllegal(s *pikeapi.Session, name string) string {
	over := map[pikeapi.SessionStatus]string{
		pikeapi.SessionCancelled: "cancelled", pikeapi.SessionError: "in error", "": "status not known", pikeapi.SessionAccepted: "accepted already",
	}[s.Status]
	switch {
	case name == page.ActionRefund && len(s.Payouts) > 0 && s.Status != pikeapi.SessionCancelled:
		return "it is a payout"
	case name == page.ActionRefund && s.Status == pikeapi.SessionAccepted:
		return "given back already"
	case over != "":
		return over
	case name == page.ActionRefund:
		return "not finished yet"
	case name == page.ActionCapture:
		return "nothing is held"
	case name == page.ActionStart:
		return "started already"
	}
	return "it does not wait"
}

// expected says what the protocol lets happen next.
func expected(s *journal.SessionDetail, known *pikeapi.Session) string {
	payment := len(known.Payments) > 0
	switch s.Status {
	case pikeapi.SessionCreated:
		return "a payout or a payment is started in it, or it is cancelled"
	case pikeapi.SessionAccepted:
		if payment {
			return "nothing more, unless the payment is refunded or charged back"
		}
		return "nothing more: the money has been paid out"
	case pikeapi.SessionCancelled:
		return "nothing more: a cancelled session stays cancelled"
	case pikeapi.SessionError:
		return "Pike's support decides; nothing can be done from here"
	case pikeapi.SessionInProgress:
		return expectedWhile(s, payment)
	}
	return ""
}

// expectedWhile is expected for a session in progress.
func expectedWhile(s *journal.SessionDetail, payment bool) string {
	for _, r := range s.Refunds {
		if !r.Status.Final() {
			return "Pike carries the refund out, then sends payment_refunded"
		}
	}
	for _, o := range s.Operations {
		if o.Interaction != "" && !o.Status.Final() && s.NextAction == "" {
			return "the payer acts within an hour, else the session is cancelled"
		}
	}
	switch {
	case s.NextAction == pikeapi.NextConfirm:
		return "you confirm or cancel within four hours of the notification, else Pike cancels"
	case s.NextAction == pikeapi.NextCapture:
		return "you capture or cancel; after 3 days and 23 hours the money goes back to the payer"
	case payment:
		return "Pike takes the payment, then sends ready_to_capture, action_required or payment_finished"
	}
	for _, h := range s.History {
		if h.Next == pikeapi.NextConfirm {
			return "Pike pays out, then sends payment_finished"
		}
	}
	return "Pike makes ready, then sends ready_to_confirm"
}
