package widget

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/exp/golden"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"pikedash/ui/keymap"
	"pikedash/ui/theme"
)

const sample = `{"status":"ok","session":{"id":"ps_1","payout_list":[{"id":"po_1","amount":15000,"x":null},{"id":"po_2","empty":{},"none":[]}],"we ird":true},"text":"a \"quoted\" \u001b[31m ü"}`

type jsonKit struct {
	*JSONView
	keys   *keymap.Map
	copied string
}

func newJSON(th *theme.Theme, data string) *jsonKit {
	k := &jsonKit{keys: keymap.New()}
	k.JSONView = NewJSONView(JSONOptions{Theme: th, Keys: k.keys, Now: newClock().now, OnCopy: func(_, text string) tea.Cmd {
		k.copied = text
		return nil
	}})
	k.SetSize(60, 16)
	drive(k.Load([]byte(data)), k.Update)
	return k
}

func (k *jsonKit) press(b keymap.Binding) {
	cmd, _ := k.Key(b.Msg())
	drive(cmd, k.Update)
}

func (k *jsonKit) find(text string) {
	k.press(k.keys.JSON.Search)
	for _, r := range text {
		cmd, _ := k.Key(key(string(r)))
		drive(cmd, k.Update)
	}
	k.press(k.keys.Filter.Accept)
}

func TestJSONViewIsExactlyItsBox(t *testing.T) {
	deep := strings.Repeat(`{"a":[`, 200) + "1" + strings.Repeat("]}", 200)
	for _, data := range []string{sample, "", "not json \x00\x1b]0;x\x07\r\nsecond", deep, `"` + strings.Repeat("王", 500) + `"`, "{", "[1,2", "\xff\xfe\x80", "]", `{"a":}`} {
		for _, s := range sizes() {
			k := newJSON(colours(), data)
			k.SetSize(s[0], s[1])
			exact(t, k.View(newClock().t), s[0], s[1])
			for _, b := range []keymap.Binding{k.keys.Move.Bottom, k.keys.JSON.Fold, k.keys.JSON.FoldAll, k.keys.Move.Top, k.keys.JSON.Right, k.keys.JSON.Raw, k.keys.Move.Bottom, k.keys.JSON.Raw} {
				k.press(b)
				exact(t, k.View(newClock().t), s[0], s[1])
			}
			k.find("a")
			exact(t, k.View(newClock().t), s[0], s[1])
		}
	}
}

func TestJSONViewGolden(t *testing.T) {
	k := newJSON(plain(), sample)
	k.find("payout_list")
	k.Back()
	k.press(k.keys.JSON.Fold)
	golden.RequireEqual(t, k.View(newClock().t))
}

// The layout is the one of encoding/json, for any JSON.
func TestLayoutEqualsIndent(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		data, err := json.Marshal(randomJSON(r, 4))
		require.NoError(t, err)
		var want bytes.Buffer
		require.NoError(t, json.Indent(&want, data, "", "  "))
		d := layoutJSON(data)
		if !d.json || string(d.text) != want.String() {
			r.Fatalf("%s became\n%s", data, d.text)
		}
		for i := range d.lines() {
			if c := int(d.closes[i]); c > 0 {
				open, ok := d.opener(c)
				if !ok || open != i || d.parent[i+1] != int32(i) {
					r.Fatalf("line %d closes at %d, which opens at %d", i, c, open)
				}
			}
		}
	})
}

func randomJSON(r *rapid.T, depth int) any {
	kind := rapid.IntRange(0, 6).Draw(r, "kind")
	if depth == 0 {
		kind %= 4
	}
	switch kind {
	case 0:
		return rapid.String().Draw(r, "string")
	case 1:
		return rapid.Float64Range(-1e9, 1e9).Draw(r, "number")
	case 2:
		return rapid.Bool().Draw(r, "bool")
	case 3:
		return nil
	case 4, 5:
		out := map[string]any{}
		for range rapid.IntRange(0, 4).Draw(r, "members") {
			out[rapid.String().Draw(r, "key")] = randomJSON(r, depth-1)
		}
		return out
	}
	out := []any{}
	for range rapid.IntRange(0, 4).Draw(r, "elements") {
		out = append(out, randomJSON(r, depth-1))
	}
	return out
}

func TestJSONPathsAndValues(t *testing.T) {
	k := newJSON(plain(), sample)
	for text, want := range map[string][2]string{
		`"amount"`:      {"session.payout_list[0].amount", "15000"},
		`po_2`:          {"session.payout_list[1].id", "po_2"},
		`"we ird"`:      {`session["we ird"]`, "true"},
		`"payout_list"`: {"session.payout_list", ""},
		`"text"`:        {"text", "a \"quoted\" \x1b[31m ü"},
	} {
		k.find(text)
		k.press(k.keys.JSON.CopyPath)
		assert.Equal(t, want[0], k.copied)
		k.press(k.keys.JSON.CopyValue)
		if want[1] != "" {
			assert.Equal(t, want[1], k.copied)
		} else {
			assert.True(t, json.Valid([]byte(k.copied)), k.copied)
		}
	}
}

func TestJSONFoldsHideAndSearchReveals(t *testing.T) {
	k := newJSON(plain(), sample)
	k.press(k.keys.JSON.FoldAll)
	view := k.View(newClock().t)
	assert.NotContains(t, view, "po_1")
	assert.Contains(t, view, `"session": {`)
	k.press(k.keys.Move.Bottom)
	k.press(k.keys.Move.Up)
	assert.Contains(t, lineWith(k.View(newClock().t), ">"), `"text"`)
	k.press(k.keys.Move.Up)
	assert.Contains(t, lineWith(k.View(newClock().t), ">"), `"session"`)
	k.find("PO_2")
	assert.Contains(t, lineWith(k.View(newClock().t), ">"), "po_2")
	assert.Contains(t, k.View(newClock().t), "match 1 of 1")
}

func TestJSONSearchTakesKeysOnlyWhileTyping(t *testing.T) {
	k := newJSON(plain(), sample)
	assert.False(t, k.CapturesKeys())
	k.press(k.keys.JSON.Search)
	assert.True(t, k.CapturesKeys())
	k.press(k.keys.Filter.Cancel)
	assert.False(t, k.CapturesKeys())
	k.find("nowhere")
	assert.Contains(t, k.View(newClock().t), "nothing matches nowhere")
	assert.True(t, k.Back())
	assert.False(t, k.Back())
}

func TestJSONShowsControlCharacters(t *testing.T) {
	k := newJSON(plain(), "plain\x1b[31m text\x07")
	assert.Contains(t, k.View(newClock().t), "plain␛[31m text␇")
	assert.Contains(t, k.Problem(), "not JSON")
}

func TestHostileNestingStaysSmall(t *testing.T) {
	for _, data := range []string{
		strings.Repeat("[", 1_000_000), strings.Repeat("[", 60) + strings.Repeat("1,", 500_000) + "1" + strings.Repeat("]", 60),
	} {
		d := layoutJSON([]byte(data))
		assert.False(t, d.json)
		assert.Len(t, d.text, len(data))
	}
}

func TestJSONDropsAnOlderLayout(t *testing.T) {
	k := newJSON(plain(), sample)
	old := k.Load([]byte(`{"old":1}`))
	drive(k.Load([]byte(`{"new":1}`)), k.Update)
	drive(old, k.Update)
	assert.Contains(t, k.View(newClock().t), `"new"`)
}

func TestRawKeepsEveryByteInSight(t *testing.T) {
	k := newJSON(plain(), strings.Repeat("aä王", 50)+"\n\nend")
	k.SetRaw(true)
	k.SetSize(30, 40)
	text := ""
	lines := strings.Split(k.View(newClock().t), "\n")
	for _, l := range lines[:len(lines)-1] { // the last one says that it is not JSON
		text += strings.TrimSpace(strings.TrimPrefix(l, ">"))
	}
	assert.Equal(t, strings.Repeat("aä王", 50)+"end", text)
}

func lineWith(view, part string) string {
	for _, l := range strings.Split(view, "\n") {
		if strings.Contains(l, part) {
			return l
		}
	}
	return ""
}

func TestHexAndDiffAreExactlyTheirBoxes(t *testing.T) {
	var pairs []BytePair
	for i := range 300 {
		p := BytePair{int16(i % 256), int16(i % 256)}
		if i%50 == 49 {
			p.Right = -1
		}
		pairs = append(pairs, p)
	}
	k := keymap.New()
	for _, s := range sizes() {
		h := NewHexView(colours(), k.Scroll)
		h.SetSize(s[0], s[1])
		exact(t, h.View(), s[0], s[1])
		h.Set(bytes.Repeat([]byte{0, 10, 200, 'x'}, 999))
		h.Key(k.Scroll.Bottom.Msg())
		exact(t, h.View(), s[0], s[1])
		d := NewDiffView(colours(), k.Scroll, k.JSON, "received \x1b", "signed")
		d.SetSize(s[0], s[1])
		exact(t, d.View(), s[0], s[1])
		d.Set(pairs, 0, 0)
		d.Key(k.JSON.NextMatch.Msg())
		exact(t, d.View(), s[0], s[1])
	}
}

func TestDiffMarksWhatDiffers(t *testing.T) {
	d := NewDiffView(plain(), keymap.New().Scroll, keymap.New().JSON, "received", "signed")
	d.SetSize(110, 3)
	d.Set([]BytePair{{'}', '}'}, {-1, '\n'}}, 0xe0, 0xe0)
	view := d.View()
	assert.Contains(t, view, "00e0  7d[0a]")
	assert.Contains(t, view, "}␊")
	d.Set([]BytePair{{':', ':'}, {-1, ' '}, {'{', '{'}}, 0, 0)
	assert.Contains(t, d.View(), ":{ ", "what is not there is no blank")
	assert.Contains(t, d.View(), ": {")
}

func TestHexShowsOffsets(t *testing.T) {
	h := NewHexView(plain(), keymap.New().Scroll)
	h.SetSize(80, 2)
	h.Set([]byte("hello\n\xff" + strings.Repeat("z", 20)))
	assert.Contains(t, h.View(), "00000000  68 65 6c 6c 6f 0a ff")
	assert.Contains(t, h.View(), "hello␊·")
	assert.Contains(t, h.View(), fmt.Sprintf("%08x", 16))
}
