package webhooks

import (
	"fmt"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"pikedash/pikeapi/journal"
	"pikedash/ui/page"
	"pikedash/ui/widget"
)

// detail is an open webhook.
type detail struct {
	deps   *page.Deps
	id     int64
	w      *journal.Webhook // nil until it was read
	err    error
	since  time.Time
	record *widget.RecordView
	left   func(*journal.WebhookRow) (time.Duration, bool) // see Model.left
	width  int
	height int
}

func newDetail(deps *page.Deps, id int64, left func(*journal.WebhookRow) (time.Duration, bool)) *detail {
	return &detail{deps: deps, id: id, left: left, since: deps.Now(), record: widget.NewRecordView(widget.JSONOptions{
		Theme: deps.Theme, Keys: deps.Keys, Now: deps.Now, OnCopy: page.CopyText,
	})}
}

func (d *detail) name() string { return fmt.Sprintf("webhook %d", d.id) }

// set takes a reading in.
func (d *detail) set(w *journal.Webhook, err error) tea.Cmd {
	d.err = err
	if err != nil {
		return nil
	}
	d.w = w
	cmd := d.record.Set(w.Header, w.Body)
	d.setSize(d.width, d.height)
	return cmd
}

func (d *detail) setSize(w, h int) {
	d.width, d.height = w, h
	d.record.SetSize(w, h, len(d.lines()))
}

// Heights below which lines are left out.
const (
	small    = 9
	middling = 14
)

// lines stand above the headers: what came, what is known of it, and the body's heading.
func (d *detail) lines() []string {
	t, w := d.deps.Theme, d.w
	if w == nil {
		return []string{" " + t.Title.Paint("Webhook "+fmt.Sprint(d.id))}
	}
	row := rowOf(w)
	left := " " + t.Webhook(string(w.Badge)).String()
	for _, mark := range marks(t, &row) {
		left += "   " + mark.String()
	}
	left += "   " + t.Title.Paint(typeName(&row))
	if span, waits := d.left(&row); waits {
		left += "   " + t.Wait.Paint(t.Glyphs.Pending+" "+waitText(span))
	}
	right := ""
	if w.SessionID != "" {
		right = t.Dim.Paint("session ") + widget.CutMiddle(widget.Clean(w.SessionID), 24) + " "
	}
	out := []string{widget.Ends(left, right, d.width)}
	if d.height < small {
		return append(out, d.heading())
	}
	for i, l := range widget.Wrap(d.judgement(), max(1, d.width-4)) {
		if i < 3 {
			out = append(out, "   "+l)
		}
	}
	if d.height >= middling {
		for _, l := range widget.Wrap(d.way(), max(1, d.width-4)) {
			out = append(out, "   "+t.Dim.Paint(l))
		}
	}
	out = append(out, d.heading(), "   "+t.Dim.Paint("sha256     ")+widget.CutMiddle(w.Digest.String(), max(0, d.width-16)))
	if w.Signature != "" {
		out = append(out, "   "+t.Dim.Paint("signature  ")+widget.CutMiddle(widget.Clean(w.Signature), max(0, d.width-16)))
	}
	return out
}

// judgement says what is known of the signature and of the message, in sentences.
func (d *detail) judgement() string {
	w := d.w
	text := ""
	switch w.Badge {
	case journal.BadgeVerified:
		text = "Its signature is right"
		if w.Key != "" {
			text += ": made with " + widget.Clean(w.Key)
		}
		text += "."
	case journal.BadgeUnsigned:
		text = "It bears no signature: anybody could have sent it. Nothing that it says is believed."
	case journal.BadgeBad:
		text = "Its signature is wrong: nothing that it says is believed."
	}
	if w.Cause != "" {
		text += " Cause: " + widget.Clean(strings.TrimRight(w.Cause, ".")) + "."
	}
	if w.DuplicateOf != 0 {
		text += fmt.Sprintf(" It repeats webhook %d.", w.DuplicateOf)
	}
	if w.Late {
		text += " What it says is older than what was known when it came: the session was left as it was."
	}
	if w.Problem != "" {
		text += " Its body could not be read: " + widget.Clean(w.Problem)
	}
	return text
}

// way says how it came and where it went.
func (d *detail) way() string {
	w := d.w
	text := "received " + w.Received.In(d.since.Location()).Format("2006-01-02 15:04:05.000")
	if w.Remote != "" {
		text += " from " + widget.Clean(w.Remote)
	}
	if w.ReplyStatus != 0 {
		text += fmt.Sprintf(", answered with HTTP %d", w.ReplyStatus)
	}
	if f := w.Forward; f != nil && f.URL != "" {
		text += "; sent on to " + widget.Clean(f.URL)
		if f.Error != "" {
			text += ": " + widget.Clean(f.Error)
		} else {
			text += fmt.Sprintf(": HTTP %d in %s", f.Status, widget.Span(f.Latency))
		}
	}
	return text
}

// heading names how the body is shown, and whether it is masked.
func (d *detail) heading() string {
	text := fmt.Sprintf("body   %s   %s bytes", d.record.Body.Mode(), widget.Thousands(d.w.Bytes))
	if d.w.Masked {
		text += "   masked, sha256 of the true bytes"
	}
	return widget.Rule(d.deps.Theme, text, d.width)
}

// view draws exactly the box.
func (d *detail) view(now time.Time) string {
	if d.w != nil {
		return d.record.View(d.lines(), now)
	}
	t := d.deps.Theme
	text := t.Dim.Paint(widget.WaitText("the journal", d.since, d.since.Add(readTime), now))
	if d.err != nil {
		text = t.Bad.Paint(widget.Cut("It could not be read: "+widget.Clean(d.err.Error()), max(0, d.width-4)))
	}
	return widget.FitLines(append(d.lines(), "", "   "+text), d.width, d.height)
}

// rowOf is the webhook as its row in the list.
func rowOf(w *journal.Webhook) journal.WebhookRow {
	return journal.WebhookRow{
		ID: w.ID, Type: w.Type, SessionID: w.SessionID, Badge: w.Badge, Cause: w.Cause, Duplicate: w.DuplicateOf != 0,
		DuplicateOf: w.DuplicateOf, Late: w.Late, Problem: w.Problem,
	}
}
