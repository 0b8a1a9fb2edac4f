package sandbox

import (
	"fmt"
	"time"
)

// This file is the state machine of payouts and payments. Source: protocol reference 6.2 to 6.5.
// Calls of the partner are in actions.go; what happens by itself, after a time, is here.

// start makes the operation of a session that was created, from what its draft says.
func (t *tx) start(s *session, payout bool, version int) {
	opts := t.s.projects[s.Project].options()
	op := &operation{Payout: payout, Status: statusInProgress, CreatedAt: t.now, Amount: *s.Draft.Amount}
	if payout {
		op.ID = fmt.Sprintf("po_%d", t.number("po"))
		op.Instrument = *s.Draft.Target
		t.reserve(s, op)
	} else {
		op.ID = fmt.Sprintf("pm_%d", t.number("pm"))
		op.Instrument = *s.Draft.Source
		op.Hold = opts.Hold
	}
	s.Op = op
	s.Version = version
	s.Status = statusInProgress
	t.touch(s)
	t.stop(s)
	if op.Instrument.Outcome != OutcomeNeverReady {
		t.at(s, timerReady, t.s.cfg.ReadyAfter)
	}
}

// reserve takes the amount of a payout out of the wallet; where there is too little, the payout
// will fail.
func (t *tx) reserve(s *session, op *operation) {
	w, ok := t.w.wallets[walletKey(s.Project, op.Amount.Currency)]
	if !ok || w.Balance < op.Amount.Amount {
		op.Force = "insufficient_wallet_balance"
		return
	}
	w.Balance -= op.Amount.Amount
	op.Reserved = true
	t.putWallet(w)
}

// release gives a reserved or returned amount back to the wallet.
func (t *tx) release(s *session, a amount) {
	if w, ok := t.w.wallets[walletKey(s.Project, a.Currency)]; ok {
		w.Balance += a.Amount
		t.putWallet(w)
	}
}

func (t *tx) putWallet(w *wallet) { t.put(kindWallet, walletKey(w.Project, w.Currency), w) }

// step is what happens to a session when its main timer is due.
func (t *tx) step(s *session, kind timerKind) {
	switch kind {
	case timerReady:
		t.ready(s)
	case timerProcess:
		t.processed(s)
	case timerCapture:
		t.captured(s)
	case timerCancel:
		t.fail(s, "session_cancelled_by_partner")
	case timerConfirmEnd:
		t.fail(s, "confirm_timeout")
	case timerPayerEnd:
		t.fail(s, "3DS_error")
	case timerHoldEnd:
		t.holdOver(s)
	case timerCreatedEnd:
		s.Status = statusCancelled
		t.touch(s)
	}
}

// ready: Pike can carry out the operation and waits for the partner's confirmation.
func (t *tx) ready(s *session) {
	if s.Op.Force == "insufficient_wallet_balance" {
		t.fail(s, s.Op.Force)
		return
	}
	if t.s.projects[s.Project].options().AutoConfirm {
		t.confirmed(s)
		return
	}
	s.Op.Status = statusPending
	s.NextAction = nextConfirm
	t.touch(s)
	t.at(s, timerConfirmEnd, ConfirmLimit)
	t.notify(s, "ready_to_confirm")
}

// confirmed: the partner said go, or the project confirms by itself.
func (t *tx) confirmed(s *session) {
	s.Op.Status = statusInProgress
	s.NextAction = ""
	s.ConfirmedAt = t.now
	t.touch(s)
	t.at(s, timerProcess, t.s.cfg.ProcessAfter)
}

// processed: the provider has an answer.
func (t *tx) processed(s *session) {
	op := s.Op
	switch {
	case !op.Payout && t.asksPayer(op) && !op.PayerDone && op.Force == "":
		t.askPayer(s)
	case op.Force != "":
		t.fail(s, op.Force)
	case op.Instrument.expired(t.now):
		t.fail(s, "bank_card_expired")
	case op.Instrument.Outcome == providerFault:
		t.fault(s)
	case op.Instrument.declines():
		t.fail(s, op.Instrument.Outcome)
	case op.Hold:
		t.held(s)
	default:
		t.succeed(s)
	}
}

// asksPayer reports whether a payment needs 3-D Secure: by its card, or because a client-initiated
// recurring payment always does.
func (t *tx) asksPayer(op *operation) bool {
	if op.Instrument.Type == "recurrent" {
		return op.Instrument.Initiator == "client"
	}
	return op.Instrument.Outcome == Outcome3DS
}

// askPayer: the payer must pass 3-D Secure.
func (t *tx) askPayer(s *session) {
	s.Op.Status = statusPending
	s.Op.PayerToken = newToken()
	t.touch(s)
	t.at(s, timerPayerEnd, PayerLimit)
	t.notify(s, "action_required")
}

// payerDone: 3-D Secure ended well or badly.
func (t *tx) payerDone(s *session, ok bool) {
	s.Op.PayerToken = ""
	if !ok {
		t.stop(s)
		t.fail(s, "3DS_error")
		return
	}
	s.Op.PayerDone = true
	s.Op.Status = statusInProgress
	t.touch(s)
	t.at(s, timerProcess, t.s.cfg.ProcessAfter)
}

// held: the money of a two-step payment is held until the partner captures it.
func (t *tx) held(s *session) {
	s.Op.Status = statusPending
	s.NextAction = nextCapture
	t.touch(s)
	t.at(s, timerHoldEnd, HoldLimit)
	t.notify(s, "ready_to_capture")
}

// holdOver: nobody captured in time.
func (t *tx) holdOver(s *session) {
	if t.s.projects[s.Project].options().CaptureOnExpiry {
		t.captured(s)
		return
	}
	t.fail(s, "capture_timeout")
}

// captured: the held money, or a part of it, was debited. The rest is released.
func (t *tx) captured(s *session) {
	if s.Op.CaptureOf != nil {
		s.Op.Amount.Amount = s.Op.CaptureOf.Amount
	}
	t.succeed(s)
}

// succeed ends an operation well.
func (t *tx) succeed(s *session) {
	op := s.Op
	t.stop(s)
	op.Status = statusSucceeded
	op.Error, s.Error = nil, nil
	op.FinishedAt = t.now
	op.Reserved = false
	number := t.number("rrn")
	op.RRN = fmt.Sprintf("%s%08d", t.now.Format("06")+"00", number%100_000_000)
	op.AuthCode = fmt.Sprintf("%06X", (number*7919)%0x1000000)
	if !op.Payout {
		s.CapturedAt = t.now
		if s.Draft.Recurrent && op.Recurrent == "" {
			op.Recurrent = t.newRecurrent(s)
		}
	}
	t.end(s, statusAccepted)
}

// fail ends an operation badly: a clean refusal, which cancels the session.
func (t *tx) fail(s *session, code string) {
	op := s.Op
	t.stop(s)
	op.Status = statusFailed
	op.FinishedAt = t.now
	op.Error = &failure{code, codeText(code)}
	if op.Reserved {
		op.Reserved = false
		t.release(s, op.Amount)
	}
	s.Error = nil
	t.end(s, statusCancelled)
}

// fault ends an operation with an unknown outcome: the session's error status is not final.
func (t *tx) fault(s *session) {
	t.stop(s)
	s.Op.Status = statusFailed
	s.Op.FinishedAt = t.now
	s.Op.Error = &failure{providerFault, codeText(providerFault)}
	s.Error = &failure{providerFault, codeText(providerFault)}
	t.end(s, statusError)
}

func (t *tx) end(s *session, status string) {
	s.Status = status
	s.NextAction = ""
	s.Op.PayerToken = ""
	t.touch(s)
	t.notify(s, "payment_finished")
}

// newRecurrent makes the token of a first recurring payment.
func (t *tx) newRecurrent(s *session) string {
	card := s.Op.Instrument
	card.Type, card.Initiator, card.Token = "card", "", ""
	r := &recurrentToken{
		Token: newToken(), Project: s.Project, Card: card, CreatedAt: t.now,
		FinishedAt: t.now.AddDate(2, 0, 0), Active: true,
	}
	t.w.recurrents[r.Token] = r
	t.put(kindRecur, r.Token, r)
	return r.Token
}

// expired reports whether a card's expiry, where it is known, lies before now.
func (i instrument) expired(now time.Time) bool {
	if i.Month == "" || i.Year == "" {
		return false
	}
	end, err := time.Parse("01/06", i.Month+"/"+i.Year)
	return err == nil && !now.Before(end.AddDate(0, 1, 0))
}

// declines reports whether the outcome is an error code.
func (i instrument) declines() bool {
	switch i.Outcome {
	case OutcomeSuccess, Outcome3DS, OutcomeNeverReady, "":
		return false
	}
	return true
}
