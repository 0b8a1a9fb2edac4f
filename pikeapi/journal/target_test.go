package journal

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"pikedash/pikeapi"
)

// A plain hash of project and card number gives the number away to whoever tries the million numbers
// that the first six and last four digits leave open.
func TestTargetsAreNotKeptAsPlainHashes(t *testing.T) {
	j := openTest(t, t.TempDir(), newClock())
	env := testEnv(pikeapi.Policy{DuplicateAfter: time.Hour})
	const plain = "9d1f2c4b5a60718293a4b5c6d7e8f90112233445566778899aabbccddeeff001"
	p := payoutTo(env, plain, 15000, "1")
	_, err := j.Begin(context.Background(), p, pikeapi.Permit{})
	require.NoError(t, err)

	_, err = j.Begin(context.Background(), payoutTo(env, plain, 15000, "2"), pikeapi.Permit{})
	var blocked *pikeapi.BlockedError
	require.True(t, errors.As(err, &blocked), "the look-alike is still found")

	var stored string
	require.NoError(t, j.read.QueryRow(`SELECT target_key FROM intents LIMIT 1`).Scan(&stored))
	require.Len(t, stored, 64)
	require.NotEqual(t, plain, stored)
}
