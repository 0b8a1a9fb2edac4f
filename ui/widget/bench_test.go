package widget

import (
	"bytes"
	"fmt"
	"testing"

	bubbles "github.com/charmbracelet/bubbles/table"
	tea "github.com/charmbracelet/bubbletea"
	"github.com/stretchr/testify/require"
)

// BenchmarkTableKey is one key with everything that it costs: moving, reading a window now and then,
// and drawing 200x50. It must not depend on the length of the list.
func BenchmarkTableKey(b *testing.B) {
	for _, n := range []int{1_000, 1_000_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			k := newTable(n, colours())
			k.SetSize(200, 50)
			k.do(k.Load())
			k.do(k.JumpTo(makeRow(n / 2)))
			down, up := k.keys.Move.Down.Msg(), k.keys.Move.Up.Msg()
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				msg := down
				if i/400%2 == 1 {
					msg = up
				}
				i++
				cmd, _ := k.Key(msg)
				k.do(cmd)
				_ = k.View(k.clock.t)
			}
		})
	}
}

// BenchmarkBubblesTableKey is the same key in the table of the bubbles library.
func BenchmarkBubblesTableKey(b *testing.B) {
	for _, n := range []int{1_000, 1_000_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			rows := make([]bubbles.Row, n)
			for i := range rows {
				r := makeRow(i)
				rows[i] = bubbles.Row{fmt.Sprintf("po_%07d", r.n), "1,500.00 EUR", r.name, "insufficient_funds"}
			}
			t := bubbles.New(bubbles.WithColumns([]bubbles.Column{
				{Title: "ID", Width: 10}, {Title: "AMOUNT", Width: 16}, {Title: "TO", Width: 80}, {Title: "WHY", Width: 80},
			}), bubbles.WithRows(rows), bubbles.WithHeight(50), bubbles.WithFocused(true))
			t.SetCursor(n / 2)
			down := tea.KeyMsg{Type: tea.KeyDown}
			for b.Loop() {
				t, _ = t.Update(down)
				_ = t.View()
			}
		})
	}
}

// body makes about n bytes of JSON.
func body(n int) []byte {
	var b bytes.Buffer
	b.WriteString(`{"payout_list":[`)
	for i := 0; b.Len() < n; i++ {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"id":"po_%d","status":"succeeded","amount":{"amount":%d,"currency":"eur"},"paid":true,"note":"with \"quotes\""}`, i, i)
	}
	b.WriteString(`]}`)
	return b.Bytes()
}

// BenchmarkJSONFirstPage is a body's way to the screen: layout, line index, colour, one frame.
func BenchmarkJSONFirstPage(b *testing.B) {
	for _, n := range []int{10_000, 10_000_000} {
		data := body(n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				k := newJSONRaw()
				cmd := k.Load(data)
				k.Update(cmd())
				require.NotEmpty(b, k.View(newClock().t))
			}
		})
	}
}

// BenchmarkJSONScroll is one line down in a body that is shown.
func BenchmarkJSONScroll(b *testing.B) {
	for _, n := range []int{10_000, 10_000_000} {
		data := body(n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			k := newJSONRaw()
			k.Update(k.Load(data)())
			for b.Loop() {
				k.step(1)
				if k.cursor > 200 {
					k.cursor = 0
				}
				_ = k.View(newClock().t)
			}
		})
	}
}

func newJSONRaw() *JSONView {
	k := newJSON(colours(), "{}")
	k.SetSize(200, 50)
	return k.JSONView
}
