package forensics

import (
	"bytes"
	"compress/flate"
	"encoding/json"
	"io"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// TestDeflateGivesZlibsBytes compares with streams that zlib and Node made.
func TestDeflateGivesZlibsBytes(t *testing.T) {
	text, err := os.ReadFile("testdata/deflate.json")
	require.NoError(t, err)
	var cases []struct{ Text, Zlib6, Zlib9, Node6, Node9 []byte }
	require.NoError(t, json.Unmarshal(text, &cases))
	require.Greater(t, len(cases), 20)
	for _, c := range cases {
		assert.Equal(t, c.Zlib6, deflate(c.Text, deflateDefault, false), "zlib, level 6, %d bytes", len(c.Text))
		assert.Equal(t, c.Zlib9, deflate(c.Text, deflateBest, false), "zlib, level 9, %d bytes", len(c.Text))
		assert.Equal(t, c.Node6, deflate(c.Text, deflateDefault, true), "Node, level 6, %d bytes", len(c.Text))
		assert.Equal(t, c.Node9, deflate(c.Text, deflateBest, true), "Node, level 9, %d bytes", len(c.Text))
	}
	assert.Nil(t, deflate(make([]byte, maxDeflate+1), deflateDefault, false))
}

func TestDeflateRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.SliceOfN(rapid.Byte(), 0, 2000), rapid.SliceOfN(rapid.SampledFrom([]byte("ab{}:,\"")), 0, 3000)).Draw(t, "text")
		for _, wide := range []bool{false, true} {
			back, err := io.ReadAll(flate.NewReader(bytes.NewReader(deflate(text, deflateDefault, wide))))
			if err != nil || !bytes.Equal(back, text) {
				t.Fatalf("comes back as %q, %v", back, err)
			}
		}
	})
}
