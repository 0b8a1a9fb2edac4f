package sandbox

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"pikedash/pikeapi"
)

// onSessionControl changes one session and answers with its state.
func (s *Server) onSessionControl(id string, do func(*tx, *session) error) (any, error) {
	var out SessionState
	err := s.durable(func(t *tx) error {
		x, err := t.w.session(id)
		if err != nil {
			return err
		}
		if err := do(t, x); err != nil {
			return err
		}
		out = t.s.sessionState(x, true)
		return nil
	})
	return out, err
}

func (s *Server) postAct(r *http.Request) (any, error) {
	var in ActRequest
	if err := readControlBody(r, &in); err != nil {
		return nil, err
	}
	if in.Code != "" && codeTexts()[in.Code] == "" {
		return nil, fmt.Errorf("error code %q is not one that a session can carry", clip(in.Code, 40))
	}
	return s.onSessionControl(in.Session, func(t *tx, x *session) error { return t.act(x, in) })
}

func (t *tx) act(x *session, in ActRequest) error {
	switch in.Act {
	case ActPayerOK, ActPayerFail:
		if x.Op == nil || x.Op.PayerToken == "" {
			return wrongState(x, string(in.Act), "the payer is asked only after action_required")
		}
		t.payerDone(x, in.Act == ActPayerOK)
		return nil
	case ActChargeback, ActReturnPayout:
		return t.actGiveBack(x, in)
	case ActFinalizeOK:
		return t.settleFault(x, true, "")
	case ActFinalizeFail:
		return t.settleFault(x, false, orElse(in.Code, providerFault))
	case ActFail:
		return t.actFail(x, orElse(in.Code, "operation_rejected"))
	case ActNext:
		return t.next(x)
	}
	return invalid("act %q is not known; use %s", clip(string(in.Act), 40), strings.Join(Acts(), ", "))
}

func orElse(text, other string) string {
	if text == "" {
		return other
	}
	return text
}

func (t *tx) actGiveBack(x *session, in ActRequest) error {
	if x.Op != nil && x.Op.Payout != (in.Act == ActReturnPayout) {
		return wrongState(x, string(in.Act), "a chargeback concerns a payment, a returned payout a payout")
	}
	var part *amount
	if in.Amount != 0 && x.Op != nil {
		part = &amount{in.Amount, x.Op.Amount.Currency}
	}
	return t.giveBack(x, part)
}

// actFail makes a running operation end with an error code once it is processed.
func (t *tx) actFail(x *session, code string) error {
	if x.Op == nil || x.Status != statusInProgress || x.Op.Status == statusSucceeded {
		return wrongState(x, "fail", "it is for an operation under way")
	}
	x.Op.Force = code
	t.put(kindSession, x.ID, x)
	return nil
}

// next makes what a session's timer stands for happen now. An operation that never becomes ready
// has no timer: it becomes ready.
func (t *tx) next(x *session) error {
	if e, ok := t.w.timers[x.Timer]; ok {
		t.dropTimer(e.ID)
		t.due(e)
		return nil
	}
	if x.Op != nil && x.Op.Status == statusInProgress && x.Status == statusInProgress && x.ConfirmedAt.IsZero() {
		t.ready(x)
		return nil
	}
	for _, e := range t.w.timers {
		if e.Kind == timerRefund && e.Session == x.ID {
			t.dropTimer(e.ID)
			t.due(e)
			return nil
		}
	}
	return wrongState(x, "next", "nothing is going to happen to it by itself")
}

func (s *Server) postAdvance(r *http.Request) (any, error) {
	var in AdvanceRequest
	if err := readControlBody(r, &in); err != nil {
		return nil, err
	}
	if !slices.Contains(AdvanceTargets(), in.To) {
		return nil, fmt.Errorf("state %q is not known; use %s", clip(in.To, 40), strings.Join(AdvanceTargets(), ", "))
	}
	return s.onSessionControl(in.Session, func(t *tx, x *session) error { return t.advance(x, in.To) })
}

// reached names the state of a session in the terms of AdvanceTargets.
func (x *session) reached() string {
	switch {
	case x.Status == statusError:
		return "error"
	case x.Op == nil:
		return x.Status
	case x.Op.Status == statusSucceeded, x.Op.Status == statusFailed:
		return x.Op.Status
	case x.NextAction == nextConfirm:
		return "ready_to_confirm"
	case x.NextAction == nextCapture:
		return "ready_to_capture"
	case x.Op.PayerToken != "":
		return "action_required"
	}
	return statusInProgress
}

// advance takes steps until a session is where it shall be. Eight are more than any way has.
func (t *tx) advance(x *session, to string) error {
	for range 8 {
		at := x.reached()
		if at == to || (to == statusCancelled && x.Status == statusCancelled) {
			return nil
		}
		if err := t.toward(x, at, to); err != nil {
			return err
		}
	}
	return wrongState(x, "advance to "+to, "it cannot get there from here")
}

// toward takes one step: the partner's, the payer's, or what happens by itself.
func (t *tx) toward(x *session, at, to string) error {
	switch {
	case at == statusCreated && to == statusCancelled:
		return t.cancel(x)
	case x.Op == nil || at == statusSucceeded || at == statusFailed || at == "error":
		return wrongState(x, "advance to "+to, "its operation is over, or has not started")
	case to == statusCancelled && (at == "ready_to_confirm" || at == "ready_to_capture"):
		return t.cancel(x)
	case to == statusFailed && x.Op.Force == "" && !x.Op.Instrument.declines():
		x.Op.Force = "operation_rejected"
		return nil
	case to == "error" && at == "ready_to_confirm":
		x.Op.Instrument.Outcome = providerFault
	}
	switch at {
	case "ready_to_confirm":
		return t.confirm(x)
	case "ready_to_capture":
		if to == statusFailed {
			t.stop(x)
			t.fail(x, x.Op.Force)
			return nil
		}
		return t.capture(x, nil)
	case "action_required":
		t.payerDone(x, to != statusFailed)
		return nil
	}
	return t.next(x)
}

// postUse stands for a payer in a widget: it uses up a public token.
func (s *Server) postUse(r *http.Request) (any, error) {
	var in UseRequest
	if err := readControlBody(r, &in); err != nil {
		return nil, err
	}
	f := newFields(nil, false)
	card := cardInput{number: in.Number, month: in.Month, year: in.Year}
	card.check(f, false)
	if f.err != nil {
		return nil, f.err
	}
	var out UseAnswer
	err := s.durable(func(t *tx) error {
		p, ok := t.w.publics[in.PublicToken]
		if !ok || !p.usable(t.now) {
			return invalid("the public token is not known, was used, or its 24 hours are over")
		}
		return t.use(p, card, &out)
	})
	return out, err
}

func (t *tx) use(p *publicToken, card cardInput, out *UseAnswer) error {
	kept := card.keep(t.s.secret, p.Project)
	if p.SessionID != "" {
		x, err := t.w.session(p.SessionID)
		if err != nil {
			return err
		}
		if err := x.checkStart("paying in the widget"); err != nil {
			return err
		}
		d := x.Draft
		d.Source = &kept
		c := &call{project: t.s.projects[p.Project], version: pikeapi.Version(x.Version)}
		if err := d.complete(c, false); err != nil {
			return err
		}
		x.Draft = d
		t.start(x, false, x.Version)
		out.Session = x.ID
	} else {
		out.Token = t.keepCard(kept).Token
	}
	p.UsedAt = t.now
	t.put(kindPublic, p.Token, p)
	return nil
}

// postReset makes the state what it was at the first start. Pike's key and the options stay.
func (s *Server) postReset(*http.Request) (any, error) {
	s.faults.clear(0)
	return nil, s.durable(func(t *tx) error {
		old := t.w
		for id := range old.timers {
			t.dropTimer(id)
		}
		t.dropAll(old)
		fresh := newWorld()
		fresh.meta = old.meta // numbers go on: an old id never names a new session
		t.w, s.w = fresh, fresh
		s.dispatch.forget()
		return s.prepareState(t)
	})
}

func (t *tx) dropAll(w *world) {
	for id := range w.sessions {
		t.drop(kindSession, id)
	}
	for id := range w.wallets {
		t.drop(kindWallet, id)
	}
	for id := range w.cards {
		t.drop(kindCard, id)
	}
	for id := range w.recurrents {
		t.drop(kindRecur, id)
	}
	for id := range w.publics {
		t.drop(kindPublic, id)
	}
	for id := range w.keys {
		t.drop(kindKey, id)
	}
	for id := range w.deliveries {
		t.drop(kindDelivery, idText(id))
	}
}
