package traffic

import (
	"fmt"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"pikedash/pikeapi"
	"pikedash/pikeapi/journal"
	"pikedash/ui/page"
	"pikedash/ui/widget"
)

// The sides of an exchange.
const (
	request = iota
	answer
)

// detail is an open request with its answer.
type detail struct {
	deps  *page.Deps
	id    int64
	x     *journal.Exchange // nil until it was read
	err   error
	since time.Time
	side  int // the one that has the keys
	sides [2]*widget.RecordView
	boxes [2]widget.Rect
	w, h  int
}

func newDetail(deps *page.Deps, id int64) *detail {
	d := &detail{deps: deps, id: id, since: deps.Now()}
	for i := range d.sides {
		d.sides[i] = widget.NewRecordView(widget.JSONOptions{Theme: deps.Theme, Keys: deps.Keys, Now: deps.Now, OnCopy: page.CopyText})
	}
	return d
}

func (d *detail) name() string { return fmt.Sprintf("exchange %d", d.id) }

// body is the body that has the keys.
func (d *detail) body() *widget.BodyView { return d.sides[d.side].Body }

// set takes a reading in.
func (d *detail) set(x *journal.Exchange, err error) tea.Cmd {
	d.err = err
	if err != nil {
		return nil
	}
	d.x = x
	cmd := tea.Batch(d.sides[request].Set(x.Header, x.Body), d.sides[answer].Set(x.ResponseHeader, x.ResponseBody))
	d.layout()
	return cmd
}

// update takes in what the bodies' commands found.
func (d *detail) update(msg tea.Msg) tea.Cmd {
	return tea.Batch(d.sides[request].Body.Update(msg), d.sides[answer].Body.Update(msg))
}

// point scrolls the side under the mouse; a click gives it the keys.
func (d *detail) point(x, wheel int) {
	side := d.side
	if d.wide() {
		side = request
		if x >= d.boxes[answer].X {
			side = answer
		}
	}
	if wheel != 0 {
		d.sides[side].Body.Scroll(wheel)
		return
	}
	d.side = side
}

// beside is the width from which request and answer stand next to each other.
const beside = 130

func (d *detail) wide() bool { return d.w >= beside }

func (d *detail) setSize(w, h int) {
	d.w, d.h = w, h
	d.layout()
}

// layout divides the box among the sides, below the head.
func (d *detail) layout() {
	_, rest := widget.Rect{W: d.w, H: d.h}.Top(len(d.head()))
	d.boxes = [2]widget.Rect{rest, rest}
	if d.wide() {
		d.boxes[request], d.boxes[answer] = rest.Left(rest.W / 2)
	}
	for i, v := range d.sides {
		v.SetSize(d.boxes[i].W, d.boxes[i].H, len(d.facts(i)))
	}
}

// head says what the exchange was, above both sides.
func (d *detail) head() []string {
	t, x := d.deps.Theme, d.x
	if x == nil {
		return []string{" " + t.Title.Paint("Exchange "+fmt.Sprint(d.id))}
	}
	badge := outcome(t, &x.ExchangeRow)
	line := " " + badge.Ink.Paint(badge.Text) + "   " + t.Title.Paint(widget.Clean(x.Method)) + " " + x.Version.String()
	if x.HTTPStatus != 0 {
		line += fmt.Sprintf("   HTTP %d", x.HTTPStatus)
	}
	if x.Latency > 0 {
		line += "   " + widget.Span(x.Latency)
	}
	right := ""
	if x.SessionID != "" {
		right = t.Dim.Paint("session ") + widget.CutMiddle(widget.Clean(x.SessionID), 24) + " "
	}
	lines := []string{widget.Ends(line, right, d.w)}
	if d.h >= small {
		lines = append(lines, " "+widget.Cut("POST "+widget.Clean(x.URL), max(0, d.w-2)))
	}
	if text := d.failure(); text != "" && d.h >= small {
		for i, l := range widget.Wrap(text, max(1, d.w-4)) {
			if i < 3 {
				lines = append(lines, "   "+t.Bad.Paint(l))
			}
		}
	}
	if d.h >= middling {
		lines = append(lines, " "+widget.Cut(d.sent(), max(0, d.w-2)))
	}
	return lines
}

// Heights below which lines are left out.
const (
	small    = 9
	middling = 14
)

// sent says when it was sent, by whom, and for how much.
func (d *detail) sent() string {
	t, x := d.deps.Theme, d.x
	text := t.Dim.Paint("sent ") + x.Started.In(d.since.Location()).Format("2006-01-02 15:04:05.000")
	if x.Amount != nil {
		text += t.Dim.Paint("   amount ") + widget.Clean(x.Amount.Format())
	}
	if x.IdempotencyKey != "" {
		text += t.Dim.Paint("   idempotency key ") + widget.CutMiddle(widget.Clean(x.IdempotencyKey), 20)
	}
	if x.Project != "" {
		text += t.Dim.Paint("   project ") + widget.Cut(widget.Clean(x.Project), 30)
	}
	return text
}

// failure says what went wrong, and what to do about it.
func (d *detail) failure() string {
	x := d.x
	text := x.ErrorText
	if x.ErrorCode != "" && !strings.Contains(text, x.ErrorCode) {
		text = strings.TrimSuffix(x.ErrorCode+": "+text, ": ")
	}
	text = widget.Clean(text)
	if advice, ok := pikeapi.ErrorAdvice(x.ErrorCode); ok && x.ErrorCode != "" {
		text = strings.TrimRight(text, ". ") + ". " + advice
	}
	return text
}

// facts are the lines of a side above its headers.
func (d *detail) facts(side int) []string {
	t, x, w := d.deps.Theme, d.x, d.boxes[side].W
	lines := []string{d.sideTitle(side)}
	if x == nil || d.h < small {
		return lines
	}
	room := max(0, w-16)
	if side == answer {
		if x.HTTPStatus != 0 {
			lines = append(lines, "   "+t.Dim.Paint("sha256     ")+widget.CutMiddle(x.ResponseDigest.String(), room))
		}
		return lines
	}
	key := ""
	if fp := x.KeyFingerprint; fp != "" {
		key = t.Dim.Paint("   by key ") + widget.Clean(page.ShortKey(fp))
	}
	return append(lines,
		"   "+t.Dim.Paint("sha256     ")+widget.CutMiddle(x.Digest.String(), room),
		"   "+t.Dim.Paint("signature  ")+widget.CutMiddle(widget.Clean(x.Signature), max(8, room-widget.Width(key)))+key)
}

// sideTitle names the side, how its body is shown, and whether it is masked.
func (d *detail) sideTitle(side int) string {
	t, w := d.deps.Theme, d.boxes[side].W
	names := [2]string{"request", "answer"}
	name := names[side]
	if side == d.side {
		name = "[" + name + "]"
	}
	line := widget.Rule(t, name+"   "+d.sideText(side), w)
	if d.wide() {
		return line
	}
	other := " " + d.deps.Keys.Traffic.Side.Label() + " " + names[1-side] + " "
	return widget.Ends(widget.Rule(t, name+"   "+d.sideText(side), max(0, w-widget.Width(other)-1)), t.Dim.Paint(other), w)
}

func (d *detail) sideText(side int) string {
	x := d.x
	if x == nil {
		return ""
	}
	n, masked := x.RequestBytes, x.BodyMasked
	if side == answer {
		switch {
		case x.Outcome == "":
			return "none yet"
		case x.HTTPStatus == 0:
			return "none came"
		}
		n, masked = x.ResponseBytes, x.ResponseMasked
	}
	text := fmt.Sprintf("%s   %s bytes", d.sides[side].Body.Mode(), widget.Thousands(n))
	if masked {
		text += "   masked, sha256 of the true bytes"
	}
	return text
}

// view draws exactly the box.
func (d *detail) view(now time.Time) string {
	head := d.head()
	if d.x == nil {
		return widget.FitLines(append(head, "", "   "+d.waiting(now)), d.w, d.h)
	}
	body := d.sides[d.side].View(d.facts(d.side), now)
	if d.wide() {
		body = widget.Beside(d.sides[request].View(d.facts(request), now), d.sides[answer].View(d.facts(answer), now))
	}
	return widget.Fit(widget.Below(widget.FitLines(head, d.w, min(d.h, len(head))), body), d.w, d.h)
}

func (d *detail) waiting(now time.Time) string {
	t := d.deps.Theme
	if d.err != nil {
		return t.Bad.Paint(widget.Cut("It could not be read: "+widget.Clean(d.err.Error()), max(0, d.w-4)))
	}
	return t.Dim.Paint(widget.WaitText("the journal", d.since, d.since.Add(readTime), now))
}
