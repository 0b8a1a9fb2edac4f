//go:build bench

package widget

import (
	"fmt"
	"io"
	"testing"

	"github.com/alecthomas/chroma/v2/formatters"
	"github.com/alecthomas/chroma/v2/lexers"
	"github.com/alecthomas/chroma/v2/styles"
	"github.com/stretchr/testify/require"
)

// BenchmarkChroma colours the whole body with the chroma library.
func BenchmarkChroma(b *testing.B) {
	for _, n := range []int{10_000, 1_000_000} {
		data := string(body(n))
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				it, err := lexers.Get("json").Tokenise(nil, data)
				require.NoError(b, err)
				require.NoError(b, formatters.Get("terminal256").Format(io.Discard, styles.Get("monokai"), it))
			}
		})
	}
}
