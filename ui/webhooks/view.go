package webhooks

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"pikedash/pikeapi"
	"pikedash/pikeapi/journal"
	"pikedash/ui/theme"
	"pikedash/ui/widget"
)

// View draws the receiver and the inbox, or the open webhook; where there is room, all of it.
func (m *Model) View() string {
	above, below := m.split()
	if m.detail != nil && above == 0 {
		return widget.Fit(m.detail.view(m.now), m.w, m.h)
	}
	var out string
	if m.top() > 0 {
		out = m.receiverLine()
	}
	if m.detail == nil && m.nothing() {
		return widget.Fit(widget.Below(out, strings.Join(m.lesson(), "\n")), m.w, m.h)
	}
	out = widget.Fit(widget.Below(out, m.list.View(m.now)), m.w, above)
	if m.detail != nil {
		out = widget.Below(out, widget.Rule(m.deps.Theme, m.detail.name(), m.w), widget.Fit(m.detail.view(m.now), m.w, below))
	}
	return widget.Fit(out, m.w, m.h)
}

// nothing says that no webhook has come yet.
func (m *Model) nothing() bool {
	_, some := m.list.Current()
	return !some && m.list.Loaded() && m.list.Filter() == "" && !m.list.Captures()
}

// receiverLine says how the receiver is.
func (m *Model) receiverLine() string {
	t, r := m.deps.Theme, m.receiver
	if !r.Listening {
		why := r.Err
		if why == "" {
			why = "it is switched off"
		}
		return widget.Pad(" "+t.Wait.Paint(t.Glyphs.Cancelled+" no receiver")+"  "+t.Dim.Paint(widget.Clean(why)), m.w)
	}
	left := " " + t.Good.Paint(t.Glyphs.Moving+" receives") + " " + widget.Clean(address(r.Address))
	if r.Forward != "" {
		left += " " + t.Dim.Paint(t.Glyphs.Right) + " " + widget.Clean(r.Forward)
	}
	right := t.Dim.Paint(widget.Thousands(r.Received) + " received")
	if r.Rejected > 0 {
		right += t.Dim.Paint(", ") + t.Bad.Paint(widget.Thousands(r.Rejected)+" not verified")
	}
	return widget.Ends(left, right+" ", m.w)
}

// address is where webhooks are to be sent.
func address(hostPort string) string { return "http://" + hostPort + "/" }

// lesson is shown instead of an empty list: how to get the first webhook.
func (m *Model) lesson() []string {
	t := m.deps.Theme
	out := []string{"", "   " + t.Title.Paint("No webhook has come yet."), ""}
	if m.h < low {
		out = out[1:2]
	}
	for _, l := range m.guide() {
		if strings.HasPrefix(l, command) { // it is copied whole or not at all
			out = append(out, "   "+widget.Clean(l))
			continue
		}
		for _, w := range widget.Wrap(widget.Clean(l), max(1, m.w-6)) {
			out = append(out, "   "+w)
		}
	}
	if room := m.h - m.top(); len(out) > room && room > 0 {
		out = append(out[:room-1], "   "+t.Dim.Paint("more with "+m.deps.Keys.Webhooks.Receiver.Label()))
	}
	for i := range out {
		out[i] = widget.Cut(out[i], m.w)
	}
	return out
}

// low is the height below which the lesson has no empty lines.
const low = 12

// command begins a line of the guide that is a command.
const command = "  "

// guide says where webhooks are received and how to point Pike there.
func (m *Model) guide() []string {
	r, k := m.receiver, m.deps.Keys
	if !r.Listening {
		why := r.Err
		if why == "" {
			why = "it is switched off"
		}
		return []string{
			"The receiver does not listen: " + why + ".",
			"Set webhook.listen in the settings, such as 127.0.0.1:8132, and start again. When another program of this name listens there, that one receives, and what it receives shows up here as well.",
		}
	}
	here := address(r.Address)
	var out []string
	switch {
	case m.desk.Sandbox != nil:
		out = append(out,
			"The embedded sandbox sends its webhooks to "+here+" by itself. Make a payout with "+k.Global.Screen2.Label()+" and watch.",
			"A sandbox that runs alone sends them here with:",
			command+"pikedash sandbox --webhook-url "+here)
	default:
		out = append(out,
			"Pike sends webhooks to the one address that your Pike manager has on file for the project "+m.desk.Env.Project+". Ask for an https address of yours that leads to "+here+" on this machine, such as a tunnel or a reverse proxy.",
			"Pike signs them with its own key: add its public key with "+k.Global.Screen7.Label()+" Keys, or every webhook counts as badly signed.")
	}
	out = append(out, "To see that it listens, send something. It shows up as unsigned:", command+"curl -d '{\"type\":\"hello\"}' "+here)
	if r.Forward == "" {
		return append(out, "To send verified webhooks on to a program of yours, set webhook.forward in the settings.")
	}
	return append(out, "Verified webhooks are sent on to "+r.Forward+", the same bytes and headers.")
}

func (m *Model) columns() []widget.Column[journal.WebhookRow] {
	type row = journal.WebhookRow
	t := m.deps.Theme
	dim := func(text func(*row) string) func(*row) widget.Cell {
		return func(r *row) widget.Cell { return widget.Cell{Text: text(r), Ink: t.Dim} }
	}
	return []widget.Column[row]{
		{Key: string(journal.ByCreated), Title: "RECEIVED", Width: 11, Sort: true, Down: true, Cell: func(r *row) widget.Cell {
			return widget.Cell{Text: widget.Stamp(r.Received, m.now, m.ages)}
		}},
		{Key: string(journal.ByStatus), Title: "SIGNATURE", Width: 15, Sort: true, Cell: func(r *row) widget.Cell {
			b := t.Webhook(string(r.Badge))
			return widget.Cell{Text: b.Text(), Ink: b.Ink}
		}},
		{Key: string(journal.ByType), Title: "TYPE", Width: 16, Sort: true, Cell: func(r *row) widget.Cell {
			cell := widget.Cell{Text: typeName(r)}
			if _, waits := m.left(r); waits {
				cell.Ink = t.Wait
			}
			return cell
		}},
		{Key: "session", Title: "SESSION", Width: 11, Flex: 1, Priority: 2, Middle: true, Cell: func(r *row) widget.Cell { return widget.Cell{Text: r.SessionID} }},
		{Key: "state", Title: "SAYS", Width: 13, Priority: 4, Cell: func(r *row) widget.Cell {
			if r.SessionStatus == "" {
				return widget.Cell{}
			}
			b := t.Session(string(r.SessionStatus))
			if r.Badge != journal.BadgeVerified {
				b.Ink = t.Dim // nothing that it says is believed
			}
			return widget.Cell{Text: b.Text(), Ink: b.Ink}
		}},
		{Key: "note", Title: "NOTE", Width: 9, Good: 16, Flex: 2, Priority: 1, Cell: func(r *row) widget.Cell { return m.note(r) }},
		{Key: "forward", Title: "SENT ON", Width: 9, Priority: 3, Cell: func(r *row) widget.Cell { return sentOn(t, r) }},
		{Key: "reply", Title: "REPLY", Width: 5, Priority: 6, Align: widget.Right, Cell: dim(func(r *row) string { return status(r.ReplyStatus) })},
		{Key: "key", Title: "KEY", Width: 20, Priority: 7, Cell: dim(func(r *row) string { return r.Key })},
		{Key: "bytes", Title: "BYTES", Width: 7, Priority: 8, Align: widget.Right, Cell: dim(func(r *row) string { return widget.Thousands(r.Bytes) })},
	}
}

// known lists the types of notifications that this program knows.
func known() []string {
	return []string{pikeapi.NotifyReadyToConfirm, pikeapi.NotifyActionRequired, pikeapi.NotifyReadyToCapture, pikeapi.NotifyPaymentFinished, pikeapi.NotifyPaymentRefunded}
}

func typeName(r *journal.WebhookRow) string {
	if r.Type == "" {
		return "no type"
	}
	return widget.Clean(r.Type)
}

// waitText says how long an operator has; 0 where that is not known.
func waitText(left time.Duration) string {
	if left == 0 {
		return "waits for you"
	}
	return widget.Span(left) + " left"
}

// marks are the badges besides that of the signature.
func marks(t *theme.Theme, r *journal.WebhookRow) []theme.Badge {
	var out []theme.Badge
	if r.Duplicate {
		out = append(out, t.Webhook("duplicate"))
	}
	if r.Late {
		out = append(out, t.Webhook("late"))
	}
	switch {
	case r.Problem != "":
		out = append(out, theme.Badge{Glyph: t.Glyphs.Failed, Word: "unreadable", Ink: t.Bad})
	case !slices.Contains(known(), r.Type):
		out = append(out, theme.Badge{Glyph: t.Glyphs.Unknown, Word: "unknown type", Ink: t.Unknown})
	}
	return out
}

// note is how long its session still waits for the operator, the marks of a row, then why its
// signature is bad.
func (m *Model) note(r *journal.WebhookRow) widget.Cell {
	t := m.deps.Theme
	var words []string
	ink := t.Dim
	if left, waits := m.left(r); waits {
		words, ink = append(words, waitText(left)), t.Wait
	}
	for _, b := range marks(t, r) {
		words = append(words, b.Text())
		ink = b.Ink
	}
	if r.Cause != "" {
		words = append(words, r.Cause)
		ink = t.Bad
	}
	return widget.Cell{Text: strings.Join(words, "  "), Ink: ink}
}

func sentOn(t *theme.Theme, r *journal.WebhookRow) widget.Cell {
	switch {
	case r.ForwardError != "":
		return widget.Cell{Text: t.Glyphs.Failed + " failed", Ink: t.Bad}
	case r.ForwardStatus == 0:
		return widget.Cell{}
	case r.ForwardStatus > 299:
		return widget.Cell{Text: fmt.Sprintf("%s %d", t.Glyphs.Failed, r.ForwardStatus), Ink: t.Bad}
	}
	return widget.Cell{Text: fmt.Sprintf("%s %d", t.Glyphs.Done, r.ForwardStatus), Ink: t.Good}
}

func status(code int) string {
	if code == 0 {
		return "—"
	}
	return fmt.Sprint(code)
}
