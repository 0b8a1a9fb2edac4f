package uitest

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// hardText holds what emulators get wrong when it arrives in pieces.
const hardText = "e\u0301|x\u0304\u0323|漢字|👩‍🚀|🇪🇺|\x1b[1;38;2;1;2;3mИйо\u0308\x1b[0m|\x1b]2;tit\u0301le\x07|\x1b[3;2HZo\u0308|é\u0304|end"

func drawn(t *testing.T, width int, pieces ...string) *Frame {
	t.Helper()
	e := newEmulator(width, 6, false)
	for _, p := range pieces {
		_, err := e.feed.write([]byte(p))
		require.NoError(t, err)
	}
	require.NoError(t, e.feed.flush())
	return e.frame()
}

func TestPiecesDrawLikeTheWhole(t *testing.T) {
	whole := drawn(t, 60, hardText)
	require.Equal(t, "e\u0301|x\u0304\u0323|漢字|👩‍🚀|🇪🇺|Ийо\u0308||", whole.Line(0))
	require.Equal(t, " Zo\u0308|é\u0304|end", whole.Line(2))
	for i := 1; i < len(hardText); i++ {
		require.Equal(t, whole, drawn(t, 60, hardText[:i], hardText[i:]), "cut at byte %d: %q | %q", i, hardText[:i], hardText[i:])
	}
	single := make([]string, len(hardText))
	for i := range len(hardText) {
		single[i] = hardText[i : i+1]
	}
	require.Equal(t, whole, drawn(t, 60, single...), "byte by byte")
}

func TestMarksInTheLastColumn(t *testing.T) {
	f := drawn(t, 3, "abx\u0304")
	require.Equal(t, "abx\u0304", f.Line(0))
	f = drawn(t, 3, "abx", "\u0304\u0323")
	require.Equal(t, "abx\u0304\u0323", f.Line(0), "in pieces")
	f = drawn(t, 3, "abcx\u0304")
	require.Equal(t, "abc\nx\u0304", f.Line(0)+"\n"+f.Line(1), "after a wrap")
}

func TestHeldTextIsShownInTime(t *testing.T) {
	e := newEmulator(20, 2, false)
	held, err := e.feed.write([]byte("ab漢"))
	require.NoError(t, err)
	require.True(t, held, "the cluster may go on")
	require.Equal(t, "ab", e.frame().Line(0))
	require.NoError(t, e.feed.flush())
	require.Equal(t, "ab漢", e.frame().Line(0))
}
