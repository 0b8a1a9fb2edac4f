package theme

import (
	"strings"
	"unicode"
)

// Glyphs are the signs that go with words. They are one cell wide, without variation selectors, so
// that every terminal agrees about their width.
type Glyphs struct {
	Done, Pending, Moving, Failed, Unknown, Created, Cancelled string
	Sandbox, Demo, Live                                        string
	Cursor, Mark, Caret, Up, Down, Right, Left                 string
	Rule, HeavyRule, Ellipsis, Dot, Crumb, Folded, Open        string
	Bar                                                        []string // an eighth to a whole block
	Frame                                                      Frame
	LiveFrame                                                  Frame
}

// Frame is the parts of a border.
type Frame struct{ TopLeft, Top, TopRight, Left, Right, BottomLeft, Bottom, BottomRight string }

func glyphs(ascii bool) Glyphs {
	if ascii {
		plain := Frame{"+", "-", "+", "|", "|", "+", "-", "+"}
		heavy := Frame{"#", "=", "#", "#", "#", "#", "=", "#"}
		return Glyphs{
			Done: "+", Pending: "o", Moving: "*", Failed: "x", Unknown: "?", Created: ".", Cancelled: "-",
			Sandbox: "<>", Demo: "^", Live: "#",
			Cursor: ">", Mark: "*", Caret: "_", Up: "^", Down: "v", Right: ">", Left: "<",
			Rule: "-", HeavyRule: "=", Ellipsis: "~", Dot: "-", Crumb: ">", Folded: "+", Open: "-",
			Bar:   []string{"_", "_", ".", ".", "-", "-", "=", "#"},
			Frame: plain, LiveFrame: heavy,
		}
	}
	return Glyphs{
		Done: "✓", Pending: "◐", Moving: "●", Failed: "✗", Unknown: "?", Created: "○", Cancelled: "⊘",
		Sandbox: "◆", Demo: "▲", Live: "■",
		Cursor: ">", Mark: "▪", Caret: "▏", Up: "↑", Down: "↓", Right: "→", Left: "←",
		Rule: "─", HeavyRule: "━", Ellipsis: "…", Dot: "·", Crumb: "›", Folded: "▸", Open: "▾",
		Bar:       []string{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"},
		Frame:     Frame{"┌", "─", "┐", "│", "│", "└", "─", "┘"},
		LiveFrame: Frame{"┏", "━", "┓", "┃", "┃", "┗", "━", "┛"},
	}
}

// Badge is a state as it is shown: glyph, word and colour, so that none of the three is needed.
type Badge struct {
	Glyph string
	Word  string
	Ink   Ink
}

// Text returns glyph and word, without colour.
func (b Badge) Text() string { return b.Glyph + " " + b.Word }

// String returns glyph and word in their colour.
func (b Badge) String() string { return b.Ink.Paint(b.Text()) }

// Session returns the badge of a session's status, as Pike spells it.
func (t *Theme) Session(status string) Badge {
	switch status {
	case "accepted":
		return Badge{t.Glyphs.Done, "accepted", t.Good}
	case "cancelled", "canceled":
		return Badge{t.Glyphs.Cancelled, "cancelled", t.Old}
	}
	return t.anything(status)
}

// Operation returns the badge of a payout's or payment's status, as Pike spells it.
func (t *Theme) Operation(status string) Badge {
	switch status {
	case "pending":
		return Badge{t.Glyphs.Pending, "pending", t.Wait}
	case "succeeded":
		return Badge{t.Glyphs.Done, "succeeded", t.Good}
	case "failed":
		return Badge{t.Glyphs.Failed, "failed", t.Bad}
	}
	return t.anything(status)
}

// Refund returns the badge of a refund's status, as Pike spells it.
func (t *Theme) Refund(status string) Badge {
	switch status {
	case "accepted":
		return Badge{t.Glyphs.Done, "refunded", t.Good}
	case "declined":
		return Badge{t.Glyphs.Failed, "declined", t.Bad}
	}
	return t.anything(status)
}

// anything returns the badge of a status that means the same of all of Pike's objects.
func (t *Theme) anything(status string) Badge {
	switch status {
	case "created":
		return Badge{t.Glyphs.Created, "created", t.Old}
	case "in_progress":
		return Badge{t.Glyphs.Moving, "in progress", t.Moves}
	case "error":
		return Badge{t.Glyphs.Failed, "error", t.Bad}
	}
	return t.other(status)
}

// Outcome returns the badge of a call's outcome or an intent's state.
func (t *Theme) Outcome(outcome string) Badge {
	switch outcome {
	case "prepared":
		return Badge{t.Glyphs.Created, "prepared", t.Old}
	case "sent":
		return Badge{t.Glyphs.Moving, "sent", t.Moves}
	case "accepted":
		return Badge{t.Glyphs.Done, "accepted", t.Good}
	case "refused":
		return Badge{t.Glyphs.Failed, "refused", t.Bad}
	case "not_sent":
		return Badge{t.Glyphs.Cancelled, "not sent", t.Wait}
	case "unknown":
		return Badge{t.Glyphs.Unknown, "UNKNOWN", t.Unknown}
	case "resolved":
		return Badge{t.Glyphs.Done, "resolved", t.Old}
	}
	return t.other(outcome)
}

// Webhook returns the badge of a received notification: verified, unsigned, bad, duplicate, late.
func (t *Theme) Webhook(mark string) Badge {
	switch mark {
	case "verified":
		return Badge{t.Glyphs.Done, "verified", t.Good}
	case "unsigned":
		return Badge{t.Glyphs.Unknown, "unsigned", t.Wait}
	case "bad", "bad_signature":
		return Badge{t.Glyphs.Failed, "bad signature", t.Bad}
	case "duplicate":
		return Badge{t.Glyphs.Created, "duplicate", t.Old}
	case "late":
		return Badge{t.Glyphs.Pending, "late", t.Old}
	}
	return t.other(mark)
}

// Check returns the badge of a test or a check: passed, failed, running, waiting, skipped.
func (t *Theme) Check(state string) Badge {
	switch state {
	case "passed", "ok", "valid":
		return Badge{t.Glyphs.Done, state, t.Good}
	case "failed", "invalid":
		return Badge{t.Glyphs.Failed, state, t.Bad}
	case "running":
		return Badge{t.Glyphs.Moving, state, t.Moves}
	case "waiting":
		return Badge{t.Glyphs.Pending, state, t.Wait}
	case "skipped":
		return Badge{t.Glyphs.Cancelled, state, t.Old}
	}
	return t.other(state)
}

// other is a state that this program does not know: shown as it came, but for what could steer the
// terminal, and never as success.
func (t *Theme) other(state string) Badge {
	word := strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return -1
	}, state)
	if runes := []rune(word); len(runes) > mostWord {
		word = string(runes[:mostWord-1]) + "…"
	}
	if word == "" {
		return Badge{t.Glyphs.Dot, "—", t.Old}
	}
	return Badge{t.Glyphs.Unknown, word, t.Unknown}
}

// mostWord is how long the word of an unknown state gets, in characters.
const mostWord = 24

// Environment returns the mark of an environment kind: sandbox, demo or live.
func (t *Theme) Environment(kind string) Badge {
	switch kind {
	case "sandbox":
		return Badge{t.Glyphs.Sandbox, "SANDBOX", t.Sandbox}
	case "demo":
		return Badge{t.Glyphs.Demo, "DEMO", t.Demo}
	case "live":
		return Badge{t.Glyphs.Live, "LIVE", t.Live}
	}
	return t.other(kind)
}
