//go:build unix

package command

import (
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// Where no core files are allowed, as in many containers, only root could allow one: nobody else may be
// told of an error at every start.
func TestCoreFilesAreNeverAllowedAnew(t *testing.T) {
	require.NoError(t, unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}))
	require.NoError(t, noCore())
	var limit unix.Rlimit
	require.NoError(t, unix.Getrlimit(unix.RLIMIT_CORE, &limit))
	require.Zero(t, limit.Max)
	require.Zero(t, limit.Cur)
}
