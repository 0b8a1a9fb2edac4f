package page

import (
	"context"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"pikedash/pikeapi"
	"pikedash/pikeapi/journal"
)

// followRead brings what has become of a session that is followed.
type followRead struct {
	Stamp
	owner  ID
	id     string
	detail *journal.SessionDetail
	err    error
}

// Follow looks what has become of the sessions that something was done with; screens call it when the
// journal has changed.
func (d *Deeds) Follow() tea.Cmd {
	var cmds []tea.Cmd
	for id, f := range d.followed {
		cmds = append(cmds, readFollowed(f.store, d.deps.Stamps.Next(string(d.owner)+".follow."+id), d.owner, id))
	}
	return tea.Batch(cmds...)
}

func readFollowed(s SessionReader, stamp Stamp, owner ID, id string) tea.Cmd {
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), prepareTime)
		defer cancel()
		detail, err := s.Session(ctx, id)
		return followRead{Stamp: stamp, owner: owner, id: id, detail: detail, err: err}
	}
}

// onFollow says it when the session has gone on, and stops at its end.
func (d *Deeds) onFollow(m followRead) tea.Cmd {
	f, ok := d.followed[m.id]
	if !ok || m.err != nil {
		return nil // read again at the next change
	}
	state := SessionState(m.detail.Status, m.detail.NextAction)
	if m.detail.Status.Final() && !refundOpen(m.detail) {
		delete(d.followed, m.id)
	} else {
		d.followed[m.id] = following{f.store, state}
	}
	if state == f.said {
		return nil
	}
	level, text := Success, "session "+m.id+": "+state
	var failed []string
	for i := range m.detail.Operations {
		o := &m.detail.Operations[i]
		if o.Status == pikeapi.OperationSucceeded {
			text += "; " + DescribeOperation(o) + " succeeded"
		}
		if o.Status == pikeapi.OperationFailed {
			failed = append(failed, strings.TrimSuffix(DescribeOperation(o)+" failed: "+o.ErrorCode, ": "))
		}
	}
	for _, r := range m.detail.Refunds {
		what := "refund"
		if r.Chargeback {
			what = "chargeback"
		}
		if r.Status == pikeapi.RefundDeclined {
			failed = append(failed, what+" of "+r.Amount.Format()+" declined")
		} else {
			text += "; " + what + " of " + r.Amount.Format() + " " + strings.ReplaceAll(string(r.Status), "_", " ")
		}
	}
	if len(failed) > 0 {
		level, text = Failure, text+"; "+strings.Join(failed, "; ")
	} else if m.detail.Status == pikeapi.SessionError || m.detail.Status == pikeapi.SessionCancelled {
		level = Warning
	}
	return Say(level, text)
}

// refundOpen says that a refund is still being processed.
func refundOpen(s *journal.SessionDetail) bool {
	for _, r := range s.Refunds {
		if !r.Status.Final() {
			return true
		}
	}
	return false
}
