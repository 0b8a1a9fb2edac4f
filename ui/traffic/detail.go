package traffic

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"pikedash/pikeapi"
	"pikedash/pikeapi/journal"
	"pikedash/ui/page"
	"pikedash/ui/widget"
)

// detail is an open request with its answer.
type detail struct {
	deps  *page.Deps
	id    int64
	x     *journal.Exchange // nil until it was read
	err   error
	since time.Time
	side  int // 0 request, 1 answer
	panes [2]*pane
	w, h  int
}

// pane is one side of an exchange.
type pane struct {
	title   string
	body    *widget.BodyView
	headers []string // "Name: value", sorted, cleaned
	masked  bool
	digest  pikeapi.Digest
	bytes   int
	rect    widget.Rect
	heads   int // lines of headers that are shown
}

func newDetail(deps *page.Deps, id int64) *detail {
	d := &detail{deps: deps, id: id, since: deps.Now()}
	for i, title := range []string{"request", "answer"} {
		d.panes[i] = &pane{title: title, body: widget.NewBodyView(widget.JSONOptions{
			Theme: deps.Theme, Keys: deps.Keys, Now: deps.Now, OnCopy: page.CopyText,
		})}
	}
	return d
}

func (d *detail) name() string { return fmt.Sprintf("exchange %d", d.id) }

// pane is the side that has the keys.
func (d *detail) pane() *pane { return d.panes[d.side] }

// set takes a reading in. Bodies that did not change keep their place.
func (d *detail) set(x *journal.Exchange, err error) tea.Cmd {
	d.err = err
	if err != nil {
		return nil
	}
	first := d.x == nil
	d.x = x
	request := d.panes[0].set(x.Header, x.Body, x.BodyMasked, x.Digest, x.RequestBytes, first)
	answer := d.panes[1].set(x.ResponseHeader, x.ResponseBody, x.ResponseMasked, x.ResponseDigest, x.ResponseBytes, first)
	d.layout()
	return tea.Batch(request, answer)
}

func (p *pane) set(h http.Header, body []byte, masked bool, digest pikeapi.Digest, n int, first bool) tea.Cmd {
	p.masked, p.digest, p.bytes, p.headers = masked, digest, n, nil
	for name, values := range h {
		for _, v := range values {
			p.headers = append(p.headers, widget.Clean(name)+": "+widget.Clean(v))
		}
	}
	slices.Sort(p.headers)
	if !first && bytes.Equal(body, p.body.Bytes()) {
		return nil
	}
	return p.body.Load(body)
}

// update takes in what the bodies' commands found.
func (d *detail) update(msg tea.Msg) tea.Cmd {
	return tea.Batch(d.panes[0].body.Update(msg), d.panes[1].body.Update(msg))
}

// beside is the width from which request and answer stand next to each other.
const beside = 130

func (d *detail) wide() bool { return d.w >= beside }

func (d *detail) setSize(w, h int) {
	d.w, d.h = w, h
	d.layout()
}

// layout divides the box among the panes below the head.
func (d *detail) layout() {
	_, rest := widget.Rect{W: d.w, H: d.h}.Top(len(d.head()))
	left, right := rest, rest
	if d.wide() {
		left, right = rest.Left(rest.W / 2)
	}
	for i, r := range []widget.Rect{left, right} {
		p := d.panes[i]
		p.rect = r
		p.heads = min(len(p.headers), max(0, (r.H-4)/3))
		p.body.SetSize(max(0, r.W-2), max(0, r.H-p.heads-len(d.facts(i, r.W))))
	}
}

// head says what the exchange was, above both sides.
func (d *detail) head() []string {
	t, x := d.deps.Theme, d.x
	if x == nil {
		return []string{" " + t.Title.Paint("Exchange "+fmt.Sprint(d.id))}
	}
	badge := t.Outcome(string(x.Outcome)).String()
	if x.Outcome == "" {
		badge = t.Moves.Paint(t.Glyphs.Moving + " no answer yet")
	}
	line := " " + badge + "   " + t.Title.Paint(widget.Clean(x.Method)) + " " + x.Version.String()
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
	lines := []string{widget.Ends(line, right, d.w), " " + widget.Cut("POST "+widget.Clean(x.URL), max(0, d.w-2))}
	if d.h >= 12 {
		lines = append(lines, " "+widget.Cut(d.sent(), max(0, d.w-2)))
	}
	if text := d.failure(); text != "" && d.h >= 9 {
		for i, l := range widget.Wrap(text, max(1, d.w-4)) {
			if i < 3 {
				lines = append(lines, "   "+t.Bad.Paint(l))
			}
		}
	}
	return lines
}

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
	if x.ErrorCode == "" && x.ErrorText == "" {
		return ""
	}
	text := widget.Clean(strings.TrimPrefix(x.ErrorCode+": "+x.ErrorText, ": "))
	if advice, ok := pikeapi.ErrorAdvice(x.ErrorCode); ok {
		text = strings.TrimRight(text, ". :") + ". " + advice
	}
	return strings.TrimSuffix(text, ": ")
}

// facts are the lines of a side above its headers: title, digest and signature, and the body's
// heading comes after the headers.
func (d *detail) facts(side, w int) []string {
	t, p := d.deps.Theme, d.panes[side]
	lines := []string{d.paneTitle(side, w)}
	if d.h < 9 {
		return lines
	}
	if p.bytes > 0 || side == 0 {
		lines = append(lines, "   "+t.Dim.Paint("sha256     ")+widget.CutMiddle(p.digest.String(), max(0, w-16)))
	}
	if side == 0 {
		key := ""
		if fp := d.x.KeyFingerprint; fp != "" {
			key = "   " + t.Dim.Paint("key ") + widget.CutMiddle(fp, 12)
		}
		signature := widget.CutMiddle(widget.Clean(d.x.Signature), max(8, w-16-widget.Width(key)))
		lines = append(lines, widget.Cut("   "+t.Dim.Paint("signature  ")+signature+key, max(0, w-1)))
	}
	return lines
}

// paneTitle names the side, how its body is shown, and whether it is masked.
func (d *detail) paneTitle(side, w int) string {
	t, p := d.deps.Theme, d.panes[side]
	name := p.title
	if side == d.side {
		name = "[" + name + "]"
	}
	text := name + "   " + p.body.Mode().String() + "   " + widget.Thousands(p.bytes) + " bytes"
	if p.masked {
		text += "   masked: digest of the true bytes"
	}
	if side == 1 && d.x.Outcome == "" {
		text = name + "   none yet"
	} else if side == 1 && d.x.HTTPStatus == 0 {
		text = name + "   none came"
	}
	line := widget.Rule(t, text, w)
	if !d.wide() {
		other := d.panes[1-side].title
		line = widget.Ends(widget.Rule(t, text, max(0, w-len(other)-3)), t.Dim.Paint(" "+d.deps.Keys.Traffic.Side.Label()+" "+other), w)
	}
	return line
}

// view draws exactly the box.
func (d *detail) view(now time.Time) string {
	if d.x == nil {
		return widget.FitLines(append(d.head(), "", "   "+d.waiting(now)), d.w, d.h)
	}
	head := widget.FitLines(d.head(), d.w, min(d.h, len(d.head())))
	body := ""
	if d.wide() {
		body = widget.Beside(d.paneView(0, now), d.paneView(1, now))
	} else {
		body = d.paneView(d.side, now)
	}
	return widget.Fit(widget.Below(head, body), d.w, d.h)
}

func (d *detail) waiting(now time.Time) string {
	t := d.deps.Theme
	if d.err != nil {
		return t.Bad.Paint(widget.Cut("It could not be read: "+widget.Clean(d.err.Error()), max(0, d.w-4)))
	}
	return t.Dim.Paint(widget.WaitText("the journal", d.since, d.since.Add(readTime), now))
}

// paneView draws one side in exactly its box.
func (d *detail) paneView(side int, now time.Time) string {
	t, p := d.deps.Theme, d.panes[side]
	lines := d.facts(side, p.rect.W)
	for i, h := range p.headers[:p.heads] {
		if i == p.heads-1 && p.heads < len(p.headers) {
			h = fmt.Sprintf("%s %d more headers", t.Glyphs.Ellipsis, len(p.headers)-i)
		}
		lines = append(lines, "   "+t.Dim.Paint(widget.Cut(h, max(0, p.rect.W-4))))
	}
	for _, l := range strings.Split(p.body.View(now), "\n") {
		lines = append(lines, " "+l)
	}
	return widget.FitLines(lines, p.rect.W, p.rect.H)
}
