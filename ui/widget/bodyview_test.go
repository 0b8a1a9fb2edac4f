package widget

import (
	"net/http"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"pikedash/ui/keymap"
)

func bodyOptions() JSONOptions {
	return JSONOptions{Theme: plain(), Keys: keymap.New(), Now: newClock().now}
}

func TestBodyGoesThroughItsModes(t *testing.T) {
	v := NewBodyView(bodyOptions())
	v.SetSize(60, 6)
	drive(v.Load([]byte(`{"a":1}`)), v.Update)
	assert.Equal(t, BodyPretty, v.Mode())
	assert.Contains(t, v.View(newClock().now()), `"a": 1`)
	v.Cycle()
	assert.Equal(t, BodyRaw, v.Mode())
	assert.Contains(t, v.View(newClock().now()), `{"a":1}`)
	v.Cycle()
	assert.Equal(t, BodyHex, v.Mode())
	assert.Contains(t, v.View(newClock().now()), "7b 22 61 22")
	v.Cycle()
	assert.Equal(t, BodyPretty, v.Mode())

	drive(v.Load([]byte("not JSON")), v.Update)
	assert.Equal(t, BodyRaw, v.Mode(), "what is not JSON has no pretty form")
	v.Cycle()
	assert.Equal(t, BodyHex, v.Mode())
	v.Cycle()
	assert.Equal(t, BodyRaw, v.Mode())
}

func TestBodyScrolls(t *testing.T) {
	v := NewBodyView(bodyOptions())
	v.SetSize(40, 4)
	drive(v.Load([]byte("["+strings.Repeat("1,", 50)+"2]")), v.Update)
	top := v.View(newClock().now())
	v.Scroll(3)
	assert.NotEqual(t, top, v.View(newClock().now()))
	v.Scroll(-9)
	assert.Equal(t, top, v.View(newClock().now()))
}

func TestRecordPutsOwnHeadersFirstAndCountsTheRest(t *testing.T) {
	v := NewRecordView(bodyOptions())
	v.SetSize(50, 11, 2) // 9 lines for headers and body: 3 headers
	drive(v.Set(http.Header{"Accept": {"a"}, "X-Own": {"b"}, "Date": {"c\x1b[31m"}, "Host": {"d"}}, []byte("{}")), v.Body.Update)
	lines := strings.Split(v.View([]string{"one", "two"}, newClock().now()), "\n")
	require.Len(t, lines, 11)
	for _, l := range lines {
		assert.Equal(t, 50, ansi.StringWidth(l))
	}
	assert.Contains(t, lines[2], "X-Own: b")
	assert.Contains(t, lines[3], "Accept: a")
	assert.Contains(t, lines[4], "2 more headers")
}

func TestRecordKeepsItsPlaceWhenNothingChanged(t *testing.T) {
	v := NewRecordView(bodyOptions())
	v.SetSize(40, 6, 0)
	body := []byte("[" + strings.Repeat("1,", 50) + "2]")
	drive(v.Set(nil, body), v.Body.Update)
	v.Body.Scroll(5)
	before := v.View(nil, newClock().now())
	assert.Nil(t, v.Set(nil, append([]byte(nil), body...)))
	assert.Equal(t, before, v.View(nil, newClock().now()))
}
