package widget

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// large is a body whose head is laid out first.
func large() string {
	var b strings.Builder
	b.WriteString(`{"items":[`)
	for i := range 20_000 {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"id":"item-%d","deep":{"a":[1,2,{"b":null}]}}`, i)
	}
	b.WriteString(`],"last":"the \\ud83d\\ude00 end\\/"}`)
	return strings.ReplaceAll(b.String(), `\\`, `\`)
}

func TestTheHeadIsTheBeginningOfTheWhole(t *testing.T) {
	data := []byte(large())
	require.Greater(t, len(data), largeBody)
	head, whole := layoutHead(data), layoutJSON(data)
	require.NotNil(t, head)
	for i := range head.lines() - 1 {
		require.Equal(t, string(whole.line(i)), string(head.line(i)), i)
		require.Equal(t, whole.parent[i], head.parent[i], i)
		require.Equal(t, whole.closes[i] > 0, head.closes[i] > 0, i)
	}
	assert.Nil(t, layoutHead([]byte(`{"small":1}`)), "what is short is laid out whole")
	assert.Nil(t, layoutHead([]byte(strings.Repeat("no json\n", 1e6))))
}

func TestALargeBodyIsSeenBeforeAllOfItIsLaidOut(t *testing.T) {
	k := newJSON(plain(), "{}")
	rest := k.Update(k.Load([]byte(large()))())
	assert.Contains(t, k.View(newClock().t), `"id": "item-0"`)
	k.press(k.keys.JSON.Fold)
	k.press(k.keys.JSON.CopyValue)
	assert.Empty(t, k.copied, "the end of the block is not known yet")
	assert.Empty(t, k.folded)
	k.press(k.keys.Move.Bottom)
	k.find("item-19999")
	exact(t, k.View(newClock().t), 60, 16)
	drive(rest, k.Update)
	assert.Contains(t, k.View(newClock().t), "item-19999   match 1 of 1", "the search goes on when all is there")

	rest = k.Update(k.Load([]byte(large()))())
	k.press(k.keys.Move.Bottom)
	drive(rest, k.Update)
	assert.Equal(t, k.count()-1, k.cursor, "the end is the end of the whole")
	k.press(k.keys.JSON.CopyValue)
	assert.Len(t, k.copied, len(k.doc.text), "the closing line stands for the whole block")
	k.press(k.keys.Move.Up)
	k.press(k.keys.JSON.CopyValue)
	assert.Equal(t, "the \U0001F600 end/", k.copied, "JSON's own escapes are read")
}
