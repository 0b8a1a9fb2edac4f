package journal

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"time"

	"github.com/google/uuid"

	"pikedash/pikeapi"
)

// seedProject is the project of made-up calls.
const seedProject = "sandbox"

// seedCalls is the traffic of one made-up session.
type seedCalls struct {
	calls []seedCall
	hooks []seedHook
	steps []seedStep
}

type seedCall struct {
	id, method, url, session string
	at                       time.Time
	latency                  time.Duration
	outcome, code, text      string
	status, bytes            int
	amount                   int64
	currency, key            string
	digest                   [32]byte
	signature, fingerprint   string
	request, response        []byte
	masked                   bool
}

type seedHook struct {
	kind, status, cause, key, code string
	signature                      string
	at, updated                    time.Time
	badge                          Badge
	duplicate                      bool
	body                           []byte
	reply                          int
}

type seedStep struct {
	object, id, was, became, next string
	at                            time.Time
}

// addTraffic makes the calls, notifications and steps that led to where the row stands.
func (g *generator) addTraffic(r *seedRow) error {
	c := &seedCalls{}
	r.traffic = c
	started := r.created.Add(200 * time.Millisecond)
	ready := r.created.Add(900 * time.Millisecond)
	if g.random.IntN(25) == 0 {
		refused, err := g.initCall(r, r.created.Add(-40*time.Second))
		if err != nil {
			return err
		}
		refused.outcome, refused.status, refused.code, refused.session = "refused", 400, "invalid_request", ""
		refused.text = "amount_details.currency: three letters are needed"
		refused.response = []byte(`{"status":"error","error":{"code":"invalid_request","description":"amount_details.currency: three letters are needed"}}`)
		c.calls = append(c.calls, refused)
	}
	first, err := g.initCall(r, r.created.Add(-5*time.Millisecond))
	if err != nil {
		return err
	}
	first.response = append(append([]byte(`{"status":"ok","session":`), g.sessionJSON(r, "in_progress", "", "in_progress", started)...), '}')
	c.calls = append(c.calls, first)
	c.step("session", r.sessionID, "", "in_progress", "", r.created)
	c.step(r.kind(), r.operationID, "", "in_progress", "", started)
	if r.status == "in_progress" {
		return nil
	}
	c.hooks = append(c.hooks, g.hook(r, "ready_to_confirm", "in_progress", "confirm", "pending", ready, ready.Add(30*time.Millisecond)))
	c.step("session", r.sessionID, "in_progress", "in_progress", "confirm", ready)
	c.step(r.kind(), r.operationID, "in_progress", "pending", "", ready)
	if r.next == "confirm" {
		return nil
	}
	confirm, err := g.confirmCall(r, ready.Add(200*time.Millisecond))
	if err != nil {
		return err
	}
	c.calls = append(c.calls, confirm)
	g.addEnd(r, c)
	return nil
}

func (g *generator) addEnd(r *seedRow, c *seedCalls) {
	end, kind := r.updated(), "payment_finished"
	if r.next == "capture" {
		end, kind = r.created.Add(1500*time.Millisecond), "ready_to_capture"
		c.step("session", r.sessionID, "in_progress", "in_progress", "capture", end)
	} else {
		c.step("session", r.sessionID, "in_progress", r.session, "", end)
		c.step(r.kind(), r.operationID, "pending", r.status, "", end)
	}
	last := g.hook(r, kind, r.session, r.next, r.status, end, end.Add(40*time.Millisecond))
	last.code = r.errorCode
	if g.random.IntN(40) == 0 {
		forged := last
		forged.badge, forged.key, forged.reply = BadgeBad, "", 400
		forged.cause = "no key that is known here made this signature"
		forged.at = last.at.Add(-20 * time.Millisecond)
		c.hooks = append(c.hooks, forged)
	}
	c.hooks = append(c.hooks, last)
	if g.random.IntN(20) == 0 {
		again := last
		again.duplicate, again.at = true, last.at.Add(15*time.Second)
		c.hooks = append(c.hooks, again)
	}
}

// signHooks signs the notifications as Pike would. Forged ones get a signature that no key made.
func (g *generator) signHooks(r *seedRow) error {
	if g.o.SignHook == nil || r.traffic == nil {
		return nil
	}
	for i := range r.traffic.hooks {
		h := &r.traffic.hooks[i]
		if h.badge == BadgeBad {
			h.signature = g.noSignature()
			continue
		}
		signature, key, err := g.o.SignHook(h.body)
		if err != nil {
			return err
		}
		h.signature, h.key = signature, key
	}
	return nil
}

// noSignature has the form of a signature by a key of 2048 bits.
func (g *generator) noSignature() string {
	raw := make([]byte, 256)
	for i := range raw {
		raw[i] = byte(g.random.Uint32())
	}
	raw[0] &= 0x3f
	return base64.StdEncoding.EncodeToString(raw)
}

func (c *seedCalls) step(object, id, was, became, next string, at time.Time) {
	c.steps = append(c.steps, seedStep{object, id, was, became, next, at})
}

func (g *generator) hook(r *seedRow, kind, status, next, operation string, updated, at time.Time) seedHook {
	body := fmt.Appendf(nil, `{"type":"%s","session":`, kind)
	body = append(append(body, g.sessionJSON(r, status, next, operation, updated)...), '}')
	return seedHook{kind: kind, status: status, at: at, updated: updated, badge: BadgeVerified, key: "sandbox", body: body, reply: 200}
}

func (g *generator) initCall(r *seedRow, at time.Time) (seedCall, error) {
	target := "payout_details"
	switch {
	case !r.payout:
		target = "payment_details"
	case r.version == 1:
		target = "payment_method"
	}
	body := fmt.Appendf(nil, `{"%s":{"type":"card","card":{"type":"bank_card","bank_card":{"number":"%s"}}},"amount_details":{"amount":%d,"currency":"%s"},"customer":{"reference":"%s"},"participant_details":{"recipient":{"full_name":"%s"}}`,
		target, r.card.number, r.amount, r.currency, r.customer, r.recipient)
	if r.metadata != "" {
		body = append(append(body, `,"metadata":`...), r.metadata...)
	}
	c, err := g.call(r, "session/init/"+r.kind(), at, append(body, '}'))
	c.amount, c.currency = r.amount, r.currency
	return c, err
}

func (g *generator) confirmCall(r *seedRow, at time.Time) (seedCall, error) {
	method := "session/confirm"
	if r.errorCode == "session_cancelled_by_partner" {
		method = "session/cancel"
	}
	c, err := g.call(r, method, at, []byte(`{"session_id":"`+r.sessionID+`"}`))
	c.response = append(append([]byte(`{"status":"ok","session":`), g.sessionJSON(r, "in_progress", "", "in_progress", at)...), '}')
	return c, err
}

// call makes an accepted call; its digest and signature are those of the true bytes.
func (g *generator) call(r *seedRow, method string, at time.Time, body []byte) (seedCall, error) {
	c := seedCall{
		id: g.id(at), method: method, url: fmt.Sprintf("http://127.0.0.1:8131/api/v%d/%s", r.version, method), session: r.sessionID,
		at: at, latency: time.Duration(6000+g.random.IntN(40000)) * time.Microsecond, outcome: "accepted", status: 200,
		bytes: len(body), digest: sha256.Sum256(body), key: g.id(at),
	}
	if g.random.IntN(50) == 0 {
		c.latency *= 20
	}
	c.request, c.masked = pikeapi.MaskJSON(body)
	if g.o.Sign == nil {
		return c, nil
	}
	var err error
	c.signature, c.fingerprint, err = g.o.Sign(body)
	return c, err
}

// id is a UUID in time order (version 7) from the generator's dice.
func (g *generator) id(at time.Time) string {
	var u uuid.UUID
	ms := at.UnixMilli()
	for i := range 6 {
		u[i] = byte(ms >> (8 * (5 - i)))
	}
	for i := 6; i < 16; i++ {
		u[i] = byte(g.random.Uint32())
	}
	u[6], u[8] = u[6]&0x0f|0x70, u[8]&0x3f|0x80
	return u.String()
}
