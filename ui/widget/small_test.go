package widget

import (
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"pikedash/ui/keymap"
)

func TestCleanLeavesNothingThatATerminalObeys(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		s := rapid.OneOf(rapid.String(), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) })).Draw(r, "text")
		out := Clean(s)
		runes := []rune(out)
		for i, c := range runes {
			parts := c == noWidth && i > 0 && i+1 < len(runes) && joining(runes[i-1]) && joining(runes[i+1])
			if c < 0x20 || c >= 0x7f && c < 0xa0 || hidden(c) && !parts {
				r.Fatalf("%q kept %U", s, c)
			}
		}
		if Clean(out) != out {
			r.Fatalf("%q is not clean", out)
		}
	})
}

func TestCuttingAndPaddingAreExact(t *testing.T) {
	alphabet := rapid.SampledFrom([]string{"a", "ü", "王", "e\u0301", "👍", "й", " ", "-", "한"})
	rapid.Check(t, func(r *rapid.T) {
		s := Clean(strings.Join(rapid.SliceOf(alphabet).Draw(r, "text"), ""))
		w := rapid.IntRange(0, 30).Draw(r, "width")
		for name, got := range map[string]string{"Pad": Pad(s, w), "PadLeft": PadLeft(s, w)} {
			if ansi.StringWidth(got) != w {
				r.Fatalf("%s(%q, %d) = %q", name, s, w, got)
			}
		}
		for name, got := range map[string]string{"Cut": Cut(s, w), "CutMiddle": CutMiddle(s, w)} {
			if ansi.StringWidth(got) > w {
				r.Fatalf("%s(%q, %d) = %q", name, s, w, got)
			}
		}
	})
}

func TestCutMiddleKeepsBothEnds(t *testing.T) {
	assert.Equal(t, "5e0c…9a1f", CutMiddle("5e0c1111-2222-9a1f", 9))
}

func TestOverlayKeepsTheBox(t *testing.T) {
	piece := rapid.SampledFrom([]string{"a", "王", "ü ", "x\u0301"})
	rapid.Check(t, func(r *rapid.T) {
		w, h := rapid.IntRange(1, 40).Draw(r, "w"), rapid.IntRange(1, 10).Draw(r, "h")
		base := Fit(strings.Repeat(strings.Join(rapid.SliceOfN(piece, 0, 30).Draw(r, "base"), "")+"\n", h), w, h)
		over := Fit(colours().Bad.Paint("王x"), rapid.IntRange(1, 20).Draw(r, "ow"), rapid.IntRange(1, 12).Draw(r, "oh"))
		out := Overlay(base, over, rapid.IntRange(0, 30).Draw(r, "x"), rapid.IntRange(0, 9).Draw(r, "y"))
		lines := strings.Split(out, "\n")
		if len(lines) != h {
			r.Fatalf("%d lines", len(lines))
		}
		for _, l := range lines {
			if ansi.StringWidth(l) != w {
				r.Fatalf("%q is %d wide, not %d", l, ansi.StringWidth(l), w)
			}
		}
	})
}

func TestRectsAddUp(t *testing.T) {
	r := Rect{0, 0, 80, 24}
	top, rest := r.Top(3)
	assert.Equal(t, Rect{0, 0, 80, 3}, top)
	bottom, rest := rest.Bottom(2)
	assert.Equal(t, Rect{0, 22, 80, 2}, bottom)
	left, rest := rest.Left(30)
	assert.Equal(t, Rect{0, 3, 30, 19}, left)
	assert.Equal(t, Rect{30, 3, 50, 19}, rest)
	_, none := rest.Right(90)
	assert.Zero(t, none.W)
}

func TestLineKeepsWhatIsTyped(t *testing.T) {
	k := keymap.New().Text
	var l Line
	l.Multi = true
	for _, m := range []string{"héllo\tworld\n", "x"} {
		l.Update(paste(m), k)
	}
	assert.Equal(t, "héllo\tworld\nx", l.Value())
	l.Update(k.KillWord.Msg(), k)
	assert.Equal(t, "héllo\tworld\n", l.Value())
	l.Update(k.Left.Msg(), k)
	l.Update(k.KillBefore.Msg(), k)
	assert.Equal(t, "\n", l.Value())
}

func TestLineScrollsSideways(t *testing.T) {
	k := keymap.New().Text
	var l Line
	l.SetValue(strings.Repeat("王", 30) + "end")
	view := l.View(plain(), 12, true)
	assert.Equal(t, 12, ansi.StringWidth(view))
	assert.Contains(t, view, "end▏")
	l.Update(k.Start.Msg(), k)
	assert.True(t, strings.HasPrefix(l.View(plain(), 12, true), "▏王"))
}

func testFilter() (*FilterLine, *keymap.Map) {
	k := keymap.New()
	f := NewFilterLine(FilterOptions{
		Theme: plain(), Keys: k, Recent: []string{"status:failed", "amount>100"},
		Complete: func(text string, at int) (int, []Completion) {
			if strings.HasSuffix(text[:at], "status:") {
				return at, []Completion{{Text: "failed"}, {Text: "pending"}}
			}
			return at, nil
		},
		Check: func(text string) *Mistake {
			if i := strings.Index(text, "faild"); i >= 0 {
				return &Mistake{Offset: i, Length: 5, Reason: "no status is called faild"}
			}
			if strings.Count(text, `"`)%2 == 1 {
				return &Mistake{Offset: strings.LastIndex(text, `"`), Length: 1, Reason: "a quote is not closed", Unfinished: true}
			}
			return nil
		},
	})
	return f, k
}

func typeFilter(f *FilterLine, text string) (last FilterEvent) {
	for _, r := range text {
		last = f.Key(key(string(r)))
	}
	return last
}

func TestFilterCompletes(t *testing.T) {
	f, k := testFilter()
	f.Open()
	assert.Equal(t, FilterChanged, typeFilter(f, "status:"))
	assert.Contains(t, f.Over(Fit("", 60, 10), 60, 10, 0), "pending")
	f.Key(k.Filter.Next.Msg())
	f.Key(k.Filter.Next.Msg())
	assert.Equal(t, FilterChanged, f.Key(k.Filter.Accept.Msg()))
	assert.Equal(t, "status:pending", f.Text())
	assert.Equal(t, FilterAccepted, f.Key(k.Filter.Accept.Msg()))
	assert.False(t, f.Active())
}

func TestFilterSaysWhatIsWrong(t *testing.T) {
	f, k := testFilter()
	f.Open()
	typeFilter(f, "status:faild")
	assert.Contains(t, f.View(80), "✗ no status is called faild")
	assert.Equal(t, FilterNothing, f.Key(k.Filter.Accept.Msg()), "a wrong filter is not taken")
	assert.Equal(t, FilterLeft, f.Key(k.Filter.Cancel.Msg()))
	assert.Equal(t, "", f.Text(), "esc brings the old text back")
	for _, w := range []int{1, 2, 10, 20, 60, 200} {
		f.Open()
		typeFilter(f, "status:faild 王小明")
		assert.Equal(t, w, ansi.StringWidth(f.View(w)))
		f.Key(k.Filter.Cancel.Msg())
	}
}

func TestFilterIsPatientWithWhatIsBeingTyped(t *testing.T) {
	f, k := testFilter()
	f.Open()
	typeFilter(f, `"jane`)
	assert.NotContains(t, f.View(80), "not closed")
	assert.Equal(t, FilterNothing, f.Key(k.Filter.Accept.Msg()), "it is not taken either")
	assert.Contains(t, f.View(80), "not closed", "enter asks for the reason")
	typeFilter(f, `"`)
	assert.NotContains(t, f.View(80), "not closed")
}

func TestALongFilterIsUnderlinedAroundItsCursor(t *testing.T) {
	f, k := testFilter()
	f.opt.Theme = colours()
	f.Open()
	typeFilter(f, strings.Repeat("王", 30)+" faild")
	view := f.View(40)
	assert.Equal(t, 40, ansi.StringWidth(view))
	assert.Contains(t, view, colours().Mistake.Paint("f"))
	assert.Contains(t, ansi.Strip(view), "faild▏")
	f.Key(k.Text.Start.Msg())
	assert.Contains(t, ansi.Strip(f.View(40)), "/ ▏王")
}

func TestFilterRemembers(t *testing.T) {
	f, k := testFilter()
	f.Open()
	f.Key(k.Filter.Next.Msg())
	assert.Equal(t, "status:failed", f.Text())
	f.Key(k.Filter.Next.Msg())
	assert.Equal(t, "amount>100", f.Text())
	f.Key(k.Filter.Prev.Msg())
	f.Key(k.Filter.Prev.Msg())
	assert.Equal(t, "", f.Text())
	assert.Equal(t, []string{"x", "status:failed", "amount>100"}, f.Remember("x"))
}

func TestPlots(t *testing.T) {
	th := plain()
	for _, w := range []int{0, 1, 5, 40} {
		for _, v := range [][]float64{nil, {0}, {1, 2, 3}, make([]float64, 100), {5, -1, 1e9}} {
			for _, l := range Plot(th, th.Good, v, w, 4) {
				assert.Equal(t, w, ansi.StringWidth(l))
			}
			assert.Equal(t, w, ansi.StringWidth(Meter(th, th.Good, 3, 7, w)))
			assert.Equal(t, w, ansi.StringWidth(Tabs(th, []string{"all", "failed today", "王"}, 1, w)))
		}
	}
	assert.Equal(t, []string{"  ▃▅█"}, Plot(th, th.Good, []float64{1, 2, 3}, 5, 1))
}

func TestSpans(t *testing.T) {
	for d, want := range map[time.Duration]string{
		12 * time.Millisecond: "12 ms", 3 * time.Second: "3 s", 4 * time.Minute: "4 min",
		-2 * time.Second: "-2 s", -1 << 63: "-106751 d 23 h", 238 * time.Minute: "3 h 58 min", 52 * time.Hour: "2 d 4 h", 2 * time.Hour: "2 h",
	} {
		assert.Equal(t, want, Span(d))
	}
	now := newClock().t
	assert.Equal(t, "14:02:31", Stamp(now.Add(-51*time.Second), now, false))
	assert.Equal(t, "51 s ago", Stamp(now.Add(-51*time.Second), now, true))
	for _, d := range []time.Duration{0, time.Second, 59 * time.Minute, 23*time.Hour + 59*time.Minute, 300*24*time.Hour + 23*time.Hour, -time.Hour} {
		for _, age := range []bool{true, false} {
			assert.LessOrEqual(t, Width(Stamp(now.Add(-d), now, age)), StampWidth, "a column of a list holds it: %s", d)
		}
	}
	assert.Equal(t, "11-20 14:03", Stamp(now.Add(-72*time.Hour), now, false))
	assert.Equal(t, "—", Stamp(time.Time{}, now, false))
	assert.Equal(t, "", WaitText("Pike", now, time.Time{}, now.Add(100*time.Millisecond)))
	require.Equal(t, "waiting for Pike", WaitText("Pike", now, time.Time{}, now.Add(200*time.Millisecond)))
	assert.Equal(t, "-1,204,000", Thousands(-1204000))
}

// Terminals give each letter that is no mark its cell; what is drawn must count them so.
func TestLettersThatJoinTakeTheirCells(t *testing.T) {
	for text, cells := range map[string]int{
		"\u0e44\u0e17\u0e22\u0e2a\u0e23\u0e30\u0e2d\u0e33": 8, // Thai, with sara am
		"\u0928\u092e\u0938\u094d\u0924\u0947":             4, // Devanagari: sta is one shape
		"\u0915\u093f":                                     2, // a vowel sign that takes a cell
		"\u0b95\u0bca":                                     2, // Tamil
		"e\u0301a\u0308":                                   2, // Latin marks take none
		"\u6f22\u5b57":                                     4, // Chinese takes two each
		"\U0001f44d\U0001f3fd":                             2, // a tone of skin goes
		"\u0418\u0432\u0430\u043d":                         4,
	} {
		clean := Clean(text)
		assert.Equal(t, cells, Width(clean), "%q", clean)
		assert.Equal(t, clean, Clean(clean), "%q", clean)
		assert.Equal(t, cells, Width(Cut(clean, cells)), "%q", clean)
		assert.LessOrEqual(t, Width(Cut(clean, cells-1)), cells-1, "%q", clean)
	}
}
