package page

import (
	"context"
	"fmt"
	"sort"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"pikedash/pikeapi"
	"pikedash/ui/widget"
)

// Deeds carries out what the operator wants done with sessions, for the screen that owns it: sign, ask,
// send, say what became of it. It knows what is in flight.
type Deeds struct {
	deps  *Deps
	owner ID
	waits map[string]Wait // by the id of the request
	// sessions that are followed to their end, because something was done with them
	followed map[string]following
}

// following is a session that is followed, and what was last said of it.
type following struct {
	store SessionReader
	said  string
}

// NewDeeds makes one for a screen.
func NewDeeds(deps *Deps, owner ID) *Deeds {
	return &Deeds{deps: deps, owner: owner, waits: map[string]Wait{}, followed: map[string]following{}}
}

// deedReady is a request that is signed and waits for the operator's answer.
type deedReady struct {
	Stamp
	owner ID
	deed  Deed
	money Money
	err   error
}

// deedBegun is the operator's yes.
type deedBegun struct {
	Stamp
	owner  ID
	deed   Deed
	money  Money
	permit pikeapi.Permit
}

// deedDone is what became of the request.
type deedDone struct {
	Stamp
	owner  ID
	deed   Deed
	money  Money
	result *pikeapi.Result
}

// TooLate says it to an operator who has switched the environment meanwhile.
func (d deedDone) TooLate() string {
	return fmt.Sprintf("in %s, session %s: %s", d.deed.Desk.Env.Name, d.deed.Session, Outcome(d.result).Text)
}

// Start signs the request of a deed and asks about it. Store is read for what the session is now.
func (d *Deeds) Start(deed Deed, store SessionReader) tea.Cmd {
	stamp, owner := d.deps.Stamps.Next(string(d.owner)+".deed"), d.owner
	if deed.Action == ActionStatus {
		stamp = d.deps.Stamps.Now()
	}
	deed.store = store
	return prepareDeed(deed, stamp, owner)
}

func prepareDeed(deed Deed, stamp Stamp, owner ID) tea.Cmd {
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), prepareTime)
		defer cancel()
		money, err := deed.prepare(ctx)
		return deedReady{Stamp: stamp, owner: owner, deed: deed, money: money, err: err}
	}
}

// Update takes in what became of deeds. It says whether the message was one of this screen's deeds.
func (d *Deeds) Update(msg tea.Msg) (tea.Cmd, bool) {
	switch m := msg.(type) {
	case deedReady:
		if m.owner == d.owner {
			return d.onReady(m), true
		}
	case deedBegun:
		if m.owner == d.owner {
			return d.onBegun(m), true
		}
	case deedDone:
		if m.owner == d.owner {
			return d.onDone(m), true
		}
	case followRead:
		if m.owner == d.owner {
			return d.onFollow(m), true
		}
	case EnvChanged:
		d.waits, d.followed = map[string]Wait{}, map[string]following{}
	}
	return nil, false
}

func (d *Deeds) onReady(m deedReady) tea.Cmd {
	if m.err != nil {
		return Say(Failure, m.deed.Action+" of "+m.deed.Session+": "+m.err.Error())
	}
	if m.deed.Action == ActionStatus {
		return Send(deedBegun{Stamp: m.Stamp, owner: d.owner, deed: m.deed, money: m.money})
	}
	m.money.Then = d.begin(m.deed, m.money)
	return AskFor(m.money.Dialog())
}

// begin makes the command that a yes starts: back into the loop, so that the screen knows what is in
// flight before it is sent.
func (d *Deeds) begin(deed Deed, money Money) func(pikeapi.Permit) tea.Cmd {
	stamp, owner := d.deps.Stamps.Now(), d.owner
	return func(permit pikeapi.Permit) tea.Cmd {
		return Send(deedBegun{Stamp: stamp, owner: owner, deed: deed, money: money, permit: permit})
	}
}

func (d *Deeds) onBegun(m deedBegun) tea.Cmd {
	now := d.deps.Now()
	d.waits[m.money.Prepared.ID] = Wait{
		What:  "Pike's answer to " + m.money.Prepared.Method.Name,
		Since: now, Deadline: now.Add(SendTimeout), Request: m.deed.Action != ActionStatus,
	}
	return sendDeed(m.deed, m.money, m.permit, d.deps.Stamps.Now(), d.owner)
}

func sendDeed(deed Deed, money Money, permit pikeapi.Permit, stamp Stamp, owner ID) tea.Cmd {
	return func() tea.Msg {
		return deedDone{Stamp: stamp, owner: owner, deed: deed, money: money, result: SendPrepared(deed.Desk, money.Prepared, permit)}
	}
}

func (d *Deeds) onDone(m deedDone) tea.Cmd {
	delete(d.waits, m.money.Prepared.ID)
	m.money.Then = d.begin(m.deed, m.money)
	if again, ok := m.money.Again(m.result.Err); ok {
		return AskFor(again)
	}
	note := Outcome(m.result)
	if r := m.result.Response; m.result.Outcome == pikeapi.Accepted && note.Level == Success && r != nil && r.Session != nil {
		state := SessionState(r.Session.Status, r.Session.NextAction)
		note.Text = m.deed.said() + ": " + state
		if m.deed.Action != ActionStatus {
			d.followed[m.deed.Session] = following{m.deed.store, state}
		}
	}
	return Send(note)
}

// said is the deed as a beginning of a sentence about what became of it.
func (d Deed) said() string {
	if d.Action == ActionStatus {
		return "session " + d.Session
	}
	return d.Action + " of " + d.Session + " accepted by Pike"
}

// SessionState says where a session stands: "in progress, waits for confirm".
func SessionState(status pikeapi.SessionStatus, next pikeapi.NextAction) string {
	text := strings.ReplaceAll(string(status), "_", " ")
	if text == "" {
		text = "not known yet"
	}
	if next != "" {
		text += ", waits for " + string(next)
	}
	return widget.Clean(text)
}

// Waits lists what is in flight, the oldest first.
func (d *Deeds) Waits() []Wait {
	out := make([]Wait, 0, len(d.waits))
	for _, w := range d.waits {
		out = append(out, w)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Since.Before(out[j].Since) })
	return out
}

// Sending says since when a call is in flight; zero when none is.
func (d *Deeds) Sending() time.Time {
	if w := d.Waits(); len(w) > 0 {
		return w[0].Since
	}
	return time.Time{}
}
