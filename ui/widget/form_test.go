package widget

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/exp/golden"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"pikedash/ui/keymap"
	"pikedash/ui/theme"
)

func testForm(th *theme.Theme) *Form {
	f := NewForm(th, keymap.New(),
		Field{Key: "recipient", Label: "Recipient", Hint: "first and last name"},
		Field{Key: "card", Label: "Card", Kind: DigitsField, Limit: 19},
		Field{Key: "code", Label: "Security code", Kind: SecretField, Limit: 4},
		Field{Key: "currency", Label: "Currency", Kind: SelectField, Choices: []string{"eur", "usd", "kzt"}, Titles: []string{"EUR", "USD", "KZT"}},
		Field{Key: "metadata", Label: "Metadata", Kind: MultiField},
		Field{Key: "more", Label: "more fields", Kind: FoldField},
		Field{Key: "descriptor", Label: "Descriptor", Group: "more"},
		Field{Key: "fast", Label: "Fast", Kind: ToggleField, Group: "more"},
	)
	f.SetSize(70, 14)
	return f
}

func typeIn(f *Form, text string) {
	for _, r := range text {
		f.Key(key(string(r)))
	}
}

func TestFormIsExactlyItsBox(t *testing.T) {
	for _, s := range sizes() {
		f := testForm(colours())
		f.SetSize(s[0], s[1])
		exact(t, f.View(), s[0], s[1])
		f.SetValue("recipient", "王小明 \x1b[31m\x00 e\u0301")
		f.SetValue("metadata", "{\r\n\t\"a\": 1\n}")
		f.SetErrors(map[string]string{"recipient": strings.Repeat("long words ", 30), "card": "the check digit is wrong"})
		f.SetNote("card", "visa  sandbox: succeeds")
		for range 9 {
			exact(t, f.View(), s[0], s[1])
			f.Key(f.keys.Form.Next.Msg())
		}
	}
}

func TestFormGolden(t *testing.T) {
	f := testForm(plain())
	typeIn(f, "Jane Roe")
	f.Key(f.keys.Form.Next.Msg())
	typeIn(f, "4242 4242-4242 4242")
	f.Key(f.keys.Form.Next.Msg())
	typeIn(f, "123")
	f.SetNote("card", "visa  sandbox: succeeds")
	f.SetError("currency", "this project has no EUR wallet")
	golden.RequireEqual(t, f.View())
}

func TestCardNumberIsMaskedWithoutFocus(t *testing.T) {
	f := testForm(plain())
	f.Focus("card")
	typeIn(f, "4242424242424242")
	assert.Contains(t, f.View(), "4242 4242 4242 4242")
	assert.Equal(t, "4242424242424242", f.Value("card"))
	f.Key(f.keys.Form.Next.Msg())
	assert.Contains(t, f.View(), "4242 42·· ···· 4242")
	assert.NotContains(t, f.View(), "4242 4242 4242")
}

func TestSecurityCodeIsNeverDrawn(t *testing.T) {
	f := testForm(plain())
	f.Focus("code")
	typeIn(f, "987")
	assert.NotContains(t, f.View(), "9")
	f.Key(f.keys.Form.Next.Msg())
	assert.NotContains(t, f.View(), "9")
	assert.Equal(t, "987", f.Value("code"))
	f.Wipe("code")
	assert.Empty(t, f.Value("code"))
}

func TestFormKeepsBytes(t *testing.T) {
	f := testForm(plain())
	f.Focus("metadata")
	text := "{\n\t\"a\":  \"ü\"\n}"
	f.Key(paste(text))
	assert.Equal(t, text, f.Value("metadata"))
}

func TestFormValuesStayWhenHiddenOrRenamed(t *testing.T) {
	f := testForm(plain())
	typeIn(f, "Jane")
	f.SetHidden("recipient", true)
	f.SetLabel("recipient", "Receiver")
	f.SetHidden("recipient", false)
	assert.Equal(t, "Jane", f.Value("recipient"))
	assert.True(t, f.Dirty())
	f.MarkClean()
	assert.False(t, f.Dirty())
}

func TestFormGroupsFold(t *testing.T) {
	f := testForm(plain())
	require.NotContains(t, f.View(), "Descriptor")
	f.Focus("more")
	assert.Equal(t, FormChanged, f.Key(f.keys.Form.Enter.Msg()))
	assert.Contains(t, f.View(), "Descriptor")
	f.SetError("descriptor", "too long")
	assert.True(t, f.FocusError())
	assert.Equal(t, "descriptor", f.Focused())
}

func TestFormChoices(t *testing.T) {
	f := testForm(plain())
	f.Focus("currency")
	typeIn(f, "k")
	assert.Equal(t, "kzt", f.Value("currency"))
	f.Key(f.keys.Form.Right.Msg())
	assert.Equal(t, "eur", f.Value("currency"))
	f.SetOff("currency", "fixed by the session")
	f.Key(f.keys.Form.Right.Msg())
	assert.Equal(t, "eur", f.Value("currency"))
	f.SetChoices("currency", []string{"usd", "eur"}, nil)
	assert.Equal(t, "eur", f.Value("currency"))
}

func TestFormErrorsGoWhenTyping(t *testing.T) {
	f := testForm(plain())
	assert.Equal(t, 1, f.SetErrors(map[string]string{"recipient": "needed"}))
	require.Contains(t, f.View(), "needed")
	typeIn(f, "J")
	assert.NotContains(t, f.View(), "needed")
}

func TestFormEvents(t *testing.T) {
	f := testForm(plain())
	k := f.keys.Form
	assert.Equal(t, FormSubmit, f.Key(k.Submit.Msg()))
	assert.Equal(t, FormLeft, f.Key(k.Leave.Msg()))
	assert.Equal(t, FormEdit, f.Key(k.Edit.Msg()))
	assert.Equal(t, FormMoved, f.Key(k.Enter.Msg()), "enter never sends")
	assert.Equal(t, "card", f.Focused())
	assert.Equal(t, FormMoved, f.Key(k.Prev.Msg()))
	assert.Equal(t, FormMoved, f.Key(k.Prev.Msg()))
	assert.Equal(t, "more", f.Focused(), "round the end, over what is folded")
}

func TestAValueGetsTheRoomThatNoNoteNeeds(t *testing.T) {
	f := testForm(plain())
	long := strings.Repeat("Konstantin ", 4) + "end"
	f.SetValue("recipient", long)
	f.Key(f.keys.Form.Next.Msg())
	assert.Contains(t, f.View(), long)
	f.SetNote("recipient", "a note")
	assert.NotContains(t, f.View(), long)
	assert.Contains(t, f.View(), "a note")
}
