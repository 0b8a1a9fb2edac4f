package ui

import (
	"fmt"
	"sort"
	"strings"
	"time"

	"pikedash/ui/page"
	"pikedash/ui/widget"
)

// piece is a part of the status line. The piece with the highest rank goes first when the line is too
// long; rank 0 never goes.
type piece struct {
	text  string
	rank  int
	right bool
}

// statusLine says where we are and what waits.
func (a *App) statusLine() string {
	pieces := append(a.leftPieces(), a.rightPieces()...)
	for {
		left, right := joinPieces(pieces)
		if widget.Width(left)+widget.Width(right)+1 <= a.w || !dropPiece(&pieces) {
			return widget.Ends(left, right, a.w)
		}
	}
}

func joinPieces(pieces []piece) (left, right string) {
	var l, r []string
	for _, p := range pieces {
		if p.right {
			r = append(r, p.text)
		} else {
			l = append(l, p.text)
		}
	}
	left = " " + strings.Join(l, "  ")
	if len(r) > 0 {
		right = strings.Join(r, "   ") + " "
	}
	return left, right
}

// dropPiece leaves out the least important piece; false when none may go.
func dropPiece(pieces *[]piece) bool {
	worst := -1
	for i, p := range *pieces {
		if p.rank > 0 && (worst < 0 || p.rank > (*pieces)[worst].rank) {
			worst = i
		}
	}
	if worst < 0 {
		return false
	}
	*pieces = append((*pieces)[:worst:worst], (*pieces)[worst+1:]...)
	return true
}

func (a *App) leftPieces() []piece {
	t := a.deps.Theme
	out := []piece{{text: t.Dim.Paint("pikedash"), rank: 5}}
	d := a.deps.Desk.At()
	if d == nil || d.Env == nil {
		return out
	}
	mark := a.deps.Theme.Environment(d.Kind())
	out = append(out, piece{text: mark.Ink.Paint(" " + mark.Text() + " ")})
	if a.live() {
		out = append(out, a.lockPiece())
	}
	out = append(out,
		piece{text: t.Text.Paint(widget.Cut(widget.Clean(d.Env.Project), 32)), rank: 2},
		piece{text: t.Dim.Paint(d.Env.Version.String()), rank: 4})
	switch {
	case d.Env.Signer != nil:
		out = append(out, piece{text: t.Dim.Paint("key " + a.keyShort), rank: 6})
	case !a.opening: // else it is being opened
		out = append(out, piece{text: t.Wait.Paint("no key"), rank: 3})
	}
	return out
}

func (a *App) lockPiece() piece {
	t := a.deps.Theme
	if a.locked {
		return piece{text: t.Strong.Paint("locked")}
	}
	left := a.lockLeft.Round(time.Second)
	return piece{text: t.Bad.Paint(fmt.Sprintf("UNLOCKED %d:%02d", int(left.Minutes()), int(left.Seconds())%60))}
}

func (a *App) rightPieces() []piece {
	t := a.deps.Theme
	var out []piece
	add := func(rank int, text string) { out = append(out, piece{text: text, rank: rank, right: true}) }
	v := a.vitals
	if v.Unknown > 0 {
		add(0, t.Unknown.Paint(fmt.Sprintf("%s %d UNKNOWN", t.Glyphs.Unknown, v.Unknown)))
	}
	if v.Problem != "" {
		add(1, t.Bad.Paint(t.Glyphs.Failed+" "+widget.Cut(widget.Clean(v.Problem), 40)))
	}
	for _, w := range a.waits() {
		add(3, t.Moves.Paint(w))
	}
	if v.Waiting > 0 {
		verb := "wait"
		if v.Waiting == 1 {
			verb = "waits"
		}
		add(2, t.Wait.Paint(fmt.Sprintf("%s %d %s for you", t.Glyphs.Pending, v.Waiting, verb)))
	}
	switch r := v.Receiver; {
	case r.Listening:
		add(7, t.Good.Paint(t.Glyphs.Moving)+" "+t.Dim.Paint("hooks "+port(r.Address)))
	case r.Err != "":
		add(6, t.Bad.Paint(t.Glyphs.Failed+" hooks"))
	}
	if v.Latency > 0 {
		add(8, t.Dim.Paint(widget.Span(v.Latency)))
	}
	add(9, t.Dim.Paint(a.now.Format(time.TimeOnly)))
	return out
}

// waits says what is waited for, the oldest only, once it takes long.
func (a *App) waits() []string {
	var all []page.Wait
	if a.switching.What != "" {
		all = append(all, a.switching)
	}
	for _, s := range a.specs {
		if w, ok := a.pages[s.ID].(page.Waiter); ok {
			all = append(all, w.Waits()...)
		}
	}
	sort.SliceStable(all, func(i, j int) bool { return all[i].Since.Before(all[j].Since) })
	for _, w := range all {
		if text := widget.WaitText(widget.Clean(w.What), w.Since, w.Deadline, a.now); text != "" {
			return []string{widget.Cut(text, 60)}
		}
	}
	return nil
}

// port is the part of an address that tells receivers apart.
func port(address string) string {
	if i := strings.LastIndexByte(address, ':'); i >= 0 {
		return address[i+1:]
	}
	return address
}

// screensLine lists the screens; the one in front stands in brackets. When it is narrow the names of
// the others are cut to four letters, then to none.
func (a *App) screensLine() string {
	line := ""
	for _, letters := range []int{99, 4, 0} {
		line = " " + strings.Join(a.screenNames(letters), "")
		if widget.Width(line) <= a.w {
			break
		}
	}
	return widget.Pad(line, a.w)
}

func (a *App) screenNames(letters int) []string {
	t := a.deps.Theme
	var out []string
	for _, s := range a.specs {
		name := s.Name
		if s.Digit >= 0 {
			name = fmt.Sprintf("%d %s", s.Digit, s.Name)
		}
		switch {
		case s.ID == a.at:
			out = append(out, t.Accent.Paint("["+name+"]"))
		case s.Digit < 0:
		case letters == 0:
			out = append(out, " "+t.Dim.Paint(fmt.Sprint(s.Digit))+" ")
		default:
			short := s.Name[:min(letters, len(s.Name))]
			out = append(out, " "+t.Dim.Paint(fmt.Sprint(s.Digit))+" "+t.Text.Paint(short)+" ")
		}
	}
	return out
}

// hintLine speaks on the left and hints on the right.
func (a *App) hintLine() string {
	left := " "
	if toast, ok := a.toasts.Current(a.now); ok {
		text := toast.Badge.Glyph + " " + toast.Text
		left += toast.Badge.Ink.Paint(widget.Cut(text, max(10, a.w-2)))
	}
	if a.dialogs.Open() {
		return widget.Pad(left, a.w)
	}
	room := a.w - widget.Width(left) - 3
	return widget.Ends(left, a.hints(room)+" ", a.w)
}

// hints joins as many hints as fit in w cells; help is always the last of them.
func (a *App) hints(w int) string {
	t, k := a.deps.Theme, a.deps.Keys
	last := page.Hint{Key: k.Global.Help}
	p := a.page()
	if p != nil && p.CapturesKeys() {
		last = page.Hint{Key: k.Always.Palette}
	}
	var out []string
	used := hintWidth(last)
	if p != nil {
		for _, h := range p.Help() {
			n := hintWidth(h) + 3
			if h.Off != "" || h.Rare || h.Key.Label() == "" {
				continue
			}
			if used+n > w {
				break
			}
			used += n
			out = append(out, drawHint(a, h))
		}
	}
	if used > w {
		return ""
	}
	out = append(out, drawHint(a, last))
	return strings.Join(out, t.Dim.Paint(" "+t.Glyphs.Dot+" "))
}

func hintWidth(h page.Hint) int { return widget.Width(h.Key.Label()) + 1 + widget.Width(h.Label()) }

func drawHint(a *App, h page.Hint) string {
	return a.deps.Theme.Accent.Paint(h.Key.Label()) + " " + a.deps.Theme.Dim.Paint(h.Label())
}
