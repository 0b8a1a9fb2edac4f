package forensics

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// sides puts the rows of a diff back together.
func sides(rows []DiffRow) (received, signed []byte) {
	for _, r := range rows {
		for _, b := range r.Received {
			if b.Present {
				received = append(received, b.Value)
			}
		}
		for _, b := range r.Signed {
			if b.Present {
				signed = append(signed, b.Value)
			}
		}
	}
	return received, signed
}

func TestDiffShowsATrailingNewline(t *testing.T) {
	rows := Diff([]byte(`{"m":1}`), []byte("{\"m\":1}\n"))
	require.Len(t, rows, 1)
	last := rows[0].Signed[len(rows[0].Signed)-1]
	assert.Equal(t, DiffByte{Value: '\n', Present: true, Changed: true}, last)
	assert.Equal(t, '␊', last.Glyph())
	assert.False(t, rows[0].Received[7].Present)
	assert.False(t, rows[0].Received[6].Changed)
}

func TestDiffAlignsInsertions(t *testing.T) {
	rows := Diff([]byte(`{"a":1,"b":2,"c":3}`), []byte(`{"a": 1, "b": 2, "c": 3}`))
	changed := 0
	for _, r := range rows {
		for i := range r.Signed {
			if r.Signed[i].Changed {
				changed++
				assert.Equal(t, byte(' '), r.Signed[i].Value)
			}
		}
	}
	assert.Equal(t, 5, changed, "only the five blanks differ")
}

func TestDiffSkipsEqualStretches(t *testing.T) {
	long := strings.Repeat("0123456789abcdef", 1000)
	a, b := []byte("x"+long+"y"+long), []byte("X"+long+"Y"+long)
	rows := Diff(a, b)
	require.LessOrEqual(t, len(rows), maxDiffRows)
	skipped := 0
	for _, r := range rows {
		skipped += r.Skipped
	}
	assert.Greater(t, skipped, 15000)
	received, _ := sides(rows)
	assert.Contains(t, string(received), "y", "the second difference is shown")
}

func TestDiffOfEqualBytesIsEmpty(t *testing.T) {
	assert.Empty(t, Diff([]byte("abc"), []byte("abc")))
	assert.Empty(t, Diff(nil, nil))
}

func TestDiffIsFaithfulAndBounded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := []byte(rapid.StringOfN(rapid.RuneFrom([]rune("ab{}\n ")), 0, 200, -1).Draw(t, "a"))
		b := []byte(rapid.StringOfN(rapid.RuneFrom([]rune("ab{}\n ")), 0, 200, -1).Draw(t, "b"))
		rows := Diff(a, b)
		if len(rows) > maxDiffRows {
			t.Fatalf("%d rows", len(rows))
		}
		for _, r := range rows {
			if len(r.Received) != len(r.Signed) || len(r.Received) > DiffWidth {
				t.Fatalf("uneven row")
			}
			offset := r.ReceivedOffset
			for _, c := range r.Received {
				if c.Present {
					if a[offset] != c.Value {
						t.Fatalf("byte %d is %02x, shown %02x", offset, a[offset], c.Value)
					}
					offset++
				}
			}
			for i := range r.Received {
				x, y := r.Received[i], r.Signed[i]
				if same := x.Present && y.Present && x.Value == y.Value; same == x.Changed {
					t.Fatalf("wrong mark")
				}
			}
		}
		if got := len(rows) > 0; got == bytes.Equal(a, b) {
			t.Fatalf("rows for equal bytes, or none for different ones")
		}
	})
}
