package sandbox

import (
	"time"

	"pikedash/pikeapi"
)

// The states of a delivery.
const (
	deliveryPending   = "pending"
	deliveryDelivered = "delivered"
	deliveryGivenUp   = "given_up"
	deliveryDropped   = "dropped" // by a fault
	deliveryUnsent    = "unsent"  // the project has no webhook address
)

// delivery is one notification on its way to the partner.
type delivery struct {
	ID        int64     `json:"id"`
	Project   string    `json:"project"`
	Session   string    `json:"session"`
	Type      string    `json:"type"`
	Body      []byte    `json:"body"`
	Status    string    `json:"status"`
	CreatedAt time.Time `json:"created_at"`
	FirstAt   time.Time `json:"first_at,omitzero"` // of the first attempt
	NextAt    time.Time `json:"next_at,omitzero"`  // of the next attempt
	Attempts  int       `json:"attempts"`
	Log       []Attempt `json:"log,omitempty"` // the last ones
	Apart     bool      `json:"apart,omitempty"`
	Held      bool      `json:"held,omitempty"` // goes out after the next one of its session
	BadSign   bool      `json:"bad_sign,omitempty"`
	Unsigned  bool      `json:"unsigned,omitempty"`
	Rotate    bool      `json:"rotate,omitempty"` // the key is rotated first
	Timer     int64     `json:"timer,omitempty"`
}

// Attempt is one try to deliver a notification.
type Attempt struct {
	At     time.Time `json:"at"`
	Status int       `json:"status,omitempty"` // HTTP status; 0 when no answer came
	Error  string    `json:"error,omitempty"`
	Millis int64     `json:"millis"` // real time that it took
}

const (
	keptAttempts   = 12
	keptDeliveries = 1000 // that are over
)

// redeliveryGaps are the pauses between attempts; after RedeliverLimit there is no further one.
// Source: Pike's page "Webhooks" says growing up to 15 minutes, over after about 30 minutes; the
// steps are a choice (12 #16).
func redeliveryGaps() []time.Duration {
	return []time.Duration{
		15 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute, 15 * time.Minute,
	}
}

// notify makes a notification of the session as it is now.
func (t *tx) notify(s *session, kind string) {
	opts := t.s.projects[s.Project].options()
	version := opts.WebhookVersion
	if version == 0 {
		version = pikeapi.Version(s.Version)
	}
	d := delivery{
		Project: s.Project, Session: s.ID, Type: kind, Status: deliveryPending, CreatedAt: t.now,
		Body: encode(struct {
			Type    string      `json:"type"`
			Session sessionView `json:"session"`
		}{kind, t.s.view(s, version)}),
	}
	if opts.WebhookURL == "" {
		d.Status = deliveryUnsent
		t.addDelivery(d)
		return
	}
	late, copies := d.apply(t.s.faults.takeWebhook(kind))
	if d.Status != deliveryPending {
		t.addDelivery(d)
		return
	}
	for range copies {
		x := t.addDelivery(d)
		if late > 0 || x.Held {
			t.deliverIn(x, late)
		}
		if late == 0 {
			t.send = append(t.send, x.outgoing(false))
		}
		d.Rotate = false
	}
}

// apply puts the faults on a delivery.
func (d *delivery) apply(faults []Fault) (late time.Duration, copies int) {
	copies = 1
	for _, f := range faults {
		switch f.Kind {
		case FaultWebhookMissing:
			d.Status = deliveryDropped
		case FaultWebhookDuplicate:
			copies = 2
		case FaultWebhookLate:
			d.Apart, late = true, f.delay(time.Minute)
		case FaultWebhookReordered:
			d.Apart, d.Held = true, true
		case FaultWebhookBadSignature:
			d.BadSign = true
		case FaultWebhookUnsigned:
			d.Unsigned = true
		case FaultKeyRotation:
			d.Rotate = true
		}
	}
	return late, copies
}

// heldAtMost is how long a reordered notification waits for another one of its session.
const heldAtMost = time.Minute

// deliverIn sets the timer of a late or held delivery.
func (t *tx) deliverIn(d *delivery, late time.Duration) {
	if late == 0 {
		late = heldAtMost
	}
	d.NextAt = t.now.Add(late)
	d.Timer = t.newTimer(timerEntry{Kind: timerDeliver, Due: d.NextAt, Delivery: d.ID}).ID
}

func (t *tx) addDelivery(d delivery) *delivery {
	d.ID = t.number(kindDelivery) - firstNumber
	t.w.deliveries[d.ID] = &d
	t.put(kindDelivery, idText(d.ID), &d)
	if d.Status != deliveryPending {
		t.over(&d)
	}
	return &d
}

// over counts a delivery among those that need nothing more, and forgets the oldest.
func (t *tx) over(d *delivery) {
	t.w.finished = append(t.w.finished, d.ID)
	for len(t.w.finished) > keptDeliveries {
		id := t.w.finished[0]
		t.w.finished = t.w.finished[1:]
		if old, ok := t.w.deliveries[id]; ok && old.Status != deliveryPending {
			delete(t.w.deliveries, id)
			t.drop(kindDelivery, idText(id))
		}
	}
}

// deliveryDue sends a delivery whose time has come.
func (t *tx) deliveryDue(id int64) {
	d, ok := t.w.deliveries[id]
	if !ok || d.Status != deliveryPending {
		return
	}
	d.Timer, d.Held = 0, false
	t.put(kindDelivery, idText(id), d)
	t.send = append(t.send, d.outgoing(true))
}

// again sends a delivery anew, whatever became of it, outside of its session's order.
func (t *tx) again(d *delivery) {
	t.dropTimer(d.Timer)
	d.Status, d.Attempts, d.FirstAt, d.Timer, d.Apart, d.Held = deliveryPending, 0, time.Time{}, 0, true, false
	d.BadSign, d.Unsigned, d.Rotate = false, false, false
	t.put(kindDelivery, idText(d.ID), d)
	t.send = append(t.send, d.outgoing(true))
}

// attempted records an attempt and reports whether the delivery is over.
func (t *tx) attempted(d *delivery, a Attempt, delivered bool) bool {
	if d.FirstAt.IsZero() {
		d.FirstAt = a.At
	}
	d.Attempts++
	d.Rotate = false
	d.Log = append(d.Log, a)
	if len(d.Log) > keptAttempts {
		d.Log = append([]Attempt(nil), d.Log[len(d.Log)-keptAttempts:]...)
	}
	d.NextAt = time.Time{}
	t.put(kindDelivery, idText(d.ID), d)
	gaps := redeliveryGaps()
	switch {
	case delivered:
		d.Status = deliveryDelivered
	case t.now.Sub(d.FirstAt) >= RedeliverLimit || d.Attempts > len(gaps):
		d.Status = deliveryGivenUp
	default:
		d.NextAt = t.now.Add(gaps[d.Attempts-1])
		d.Timer = t.newTimer(timerEntry{Kind: timerDeliver, Due: d.NextAt, Delivery: d.ID}).ID
		return false
	}
	t.over(d)
	return true
}

// outgoing says what the dispatcher must know of a delivery.
func (d *delivery) outgoing(now bool) outgoing {
	return outgoing{id: d.ID, session: d.Session, apart: d.Apart, held: d.Held, now: now}
}
