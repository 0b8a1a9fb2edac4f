package page

// Stamp says which question a message answers. A message that embeds a Stamp is dropped by the App
// when its environment is no longer the present one, or when a later question of the same slot has
// superseded it.
type Stamp struct {
	Epoch   uint64 // of the environment that was asked
	Slot    string // which question, such as "payouts.detail"; empty is never superseded
	Request uint64
}

// Answers returns the stamp itself, so that embedding it makes a message Stamped.
func (s Stamp) Answers() Stamp { return s }

// Stamped is a message that answers a question.
type Stamped interface{ Answers() Stamp }

// Late is a stamped message whose drop the operator must hear of, such as the result of a payment.
// The App puts the sentence in the status line.
type Late interface{ TooLate() string }

// Stamps numbers questions. Only the App's loop uses it.
type Stamps struct {
	place *Place
	last  map[string]uint64
	next  uint64
}

// NewStamps starts to number.
func NewStamps(place *Place) *Stamps { return &Stamps{place: place, last: map[string]uint64{}} }

// Next stamps a question and supersedes every earlier one of the same slot.
func (s *Stamps) Next(slot string) Stamp {
	s.next++
	s.last[slot] = s.next
	return Stamp{Epoch: s.epoch(), Slot: slot, Request: s.next}
}

// Now stamps a question that nothing supersedes, such as a payment: only a change of environment makes
// its answer stale.
func (s *Stamps) Now() Stamp { return Stamp{Epoch: s.epoch()} }

// Cancel makes the answers to every earlier question of slot stale.
func (s *Stamps) Cancel(slot string) { s.Next(slot) }

// Fresh says whether an answer may be shown; when it may not, foreign says that it belongs to another
// environment.
func (s *Stamps) Fresh(st Stamp) (fresh, foreign bool) {
	if st.Epoch != s.epoch() {
		return false, true
	}
	return st.Slot == "" || s.last[st.Slot] == st.Request, false
}

func (s *Stamps) epoch() uint64 {
	if d := s.place.At(); d != nil && d.Env != nil {
		return d.Env.Epoch
	}
	return 0
}
