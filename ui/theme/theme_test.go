package theme

import (
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/muesli/termenv"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func inks(t *Theme) map[string]Ink {
	out := map[string]Ink{}
	v := reflect.ValueOf(*t)
	for i := range v.NumField() {
		if !v.Type().Field(i).IsExported() {
			continue
		}
		if ink, ok := v.Field(i).Interface().(Ink); ok {
			out[v.Type().Field(i).Name] = ink
		}
	}
	return out
}

func TestNoColourMeansNoSequences(t *testing.T) {
	th := New(Options{Profile: termenv.Ascii, Variant: Dark})
	for name, ink := range inks(th) {
		assert.Equal(t, "x", ink.Paint("x"), name)
		assert.Equal(t, "x", ink.PaintSelected("x"), name)
		assert.Empty(t, ink.Off(true), name)
	}
	assert.Equal(t, "✗ failed", th.Operation("failed").String())
}

// Meaning is carried by the sixteen colours alone; only the selected row may use more.
func TestSixteenColoursAreEnough(t *testing.T) {
	quiet := regexp.MustCompile(`^\x1b\[38;5;24\dm$`)
	basic := regexp.MustCompile(`^(\x1b\[(0|1|2|4|7|3[0-7]|4[0-7]|9[0-7]|10[0-7])(;(1|2|4|7|3[0-7]|4[0-7]|9[0-7]|10[0-7]))*m)?$`)
	for _, v := range []Variant{Dark, Light, Mono, Blind} {
		for name, ink := range inks(New(Options{Profile: termenv.TrueColor, Variant: v})) {
			if !quiet.MatchString(ink.on) { // grey means nothing, and is faint where it is not to be had
				assert.Regexp(t, basic, ink.on, "%s %s", v, name)
			}
		}
		for name, ink := range inks(New(Options{Profile: termenv.ANSI, Variant: v})) {
			assert.Regexp(t, basic, ink.sel, "%s %s selected", v, name)
		}
	}
}

func TestStatesDifferInColour(t *testing.T) {
	for _, v := range []Variant{Dark, Light, Blind} {
		th := New(Options{Profile: termenv.ANSI, Variant: v})
		seen := map[string]string{}
		for name, ink := range map[string]Ink{"good": th.Good, "wait": th.Wait, "moves": th.Moves, "bad": th.Bad, "unknown": th.Unknown, "old": th.Old} {
			other, taken := seen[ink.on]
			assert.False(t, taken, "%s: %s looks like %s", v, name, other)
			seen[ink.on] = name
		}
		env := map[string]bool{th.Sandbox.on: true, th.Demo.on: true, th.Live.on: true}
		assert.Len(t, env, 3, string(v))
	}
}

func TestMonoUsesNoColour(t *testing.T) {
	for name, ink := range inks(New(Options{Profile: termenv.TrueColor, Variant: Mono})) {
		assert.NotRegexp(t, `(^|[;\[])(3|4|9|10)\d`, ink.on, name)
	}
}

func TestEveryStateHasGlyphWordAndColour(t *testing.T) {
	for _, ascii := range []bool{false, true} {
		th := New(Options{Profile: termenv.ANSI, Variant: Dark, ASCII: ascii})
		var all []Badge
		for _, s := range []string{"created", "in_progress", "accepted", "cancelled", "canceled", "error"} {
			all = append(all, th.Session(s))
		}
		for _, s := range []string{"in_progress", "pending", "succeeded", "failed"} {
			all = append(all, th.Operation(s))
		}
		for _, s := range []string{"in_progress", "accepted", "declined", "error"} {
			all = append(all, th.Refund(s))
		}
		for _, s := range []string{"prepared", "sent", "accepted", "refused", "not_sent", "unknown", "resolved"} {
			all = append(all, th.Outcome(s))
		}
		for _, s := range []string{"verified", "unsigned", "bad_signature", "duplicate", "late"} {
			all = append(all, th.Webhook(s))
		}
		for _, s := range []string{"sandbox", "demo", "live"} {
			all = append(all, th.Environment(s))
		}
		for _, b := range all {
			assert.NotEmpty(t, b.Word)
			assert.LessOrEqual(t, ansi.StringWidth(b.Glyph), 2, b.Word)
			assert.NotEqual(t, b.Text(), b.String(), b.Word)
		}
	}
}

func TestUnknownStatesAreNotTakenForSuccess(t *testing.T) {
	th := New(Options{Profile: termenv.ANSI, Variant: Dark})
	assert.Equal(t, "? half_done", th.Operation("half_done").Text())
	assert.Equal(t, th.Unknown, th.Operation("half_done").Ink)
	assert.Equal(t, "? [31mdone", th.Operation("\x1b[31mdo\u202ene\u009b").Text(), "nothing steers the terminal")
	assert.Equal(t, 24, len([]rune(th.Session(strings.Repeat("x", 100)).Word)))
	assert.Equal(t, "—", th.Refund("\x00").Word)
}

func TestAutoFollowsTheBackground(t *testing.T) {
	assert.Equal(t, Dark, New(Options{Profile: termenv.ANSI, DarkBG: true}).Variant)
	assert.Equal(t, Light, New(Options{Profile: termenv.ANSI}).Variant)
	v, err := ParseVariant(" Mono ")
	require.NoError(t, err)
	assert.Equal(t, Mono, v)
	_, err = ParseVariant("solarized")
	assert.ErrorContains(t, err, "use auto, dark, light, mono or blind")
}

func TestASCIISpellsTheProgramsOwnSigns(t *testing.T) {
	frame := "key c979·49a4  Anna W…  ↑↓ scroll  — no → yes"
	assert.Equal(t, frame, New(Options{}).Spell(frame))
	plain := New(Options{ASCII: true}).Spell(frame)
	assert.Equal(t, "key c979.49a4  Anna W~  ^v scroll  - no > yes", plain)
}
