//go:build unix

package command

import (
	"bytes"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"pikedash/pikeapi"
	"pikedash/pikeapi/sandbox"
)

// TestASignalDuringACallLeavesItUnknown: whichever key ends the program while it waits, what was sent is
// listed, and no exit code says that it was a mistake of usage.
func TestASignalDuringACallLeavesItUnknown(t *testing.T) {
	m, server := lossyMachine(t, pikeapi.MethodCancel)
	for i, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGQUIT} {
		_, err := server.Controls().ClearFaults(t.Context(), 0)
		require.NoError(t, err)
		_, err = server.Controls().AddFault(t.Context(), sandbox.Fault{Kind: sandbox.FaultSlow, Method: pikeapi.MethodInitPayout, Count: 2, DelayMS: 60000})
		require.NoError(t, err)
		body := m.payout("p.json", strings.Repeat("1", i+3))
		var out, errs bytes.Buffer
		code := make(chan int, 1)
		go func() {
			code <- Main([]string{"send", "session/init/payout", "--body", body}, strings.NewReader(""), &out, &errs)
		}()
		require.Eventually(t, func() bool {
			faults, err := server.Controls().Faults(t.Context())
			return err == nil && len(faults) == 1 && faults[0].Hits == 1
		}, 25*time.Second, 5*time.Millisecond)
		require.NoError(t, syscall.Kill(os.Getpid(), signal))
		assert.Equal(t, exitUnknown, <-code, "%s: %s", signal, errs.String())
		assert.Contains(t, errs.String(), "pikedash unknown list")
		assert.Len(t, m.unknown(), i+1, signal.String())
	}
	var cores unix.Rlimit
	require.NoError(t, unix.Getrlimit(unix.RLIMIT_CORE, &cores))
	assert.LessOrEqual(t, int64(cores.Cur), int64(1), "a core file would hold what is in memory")
}
