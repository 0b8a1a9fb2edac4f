package command

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"pikedash/pikeapi/sandbox"
)

// The last piece of --fault is a delay; whatever is wrong with a piece is a wrong usage.
func TestFaultFlag(t *testing.T) {
	faults, err := parseFaults([]string{"webhook_late:::20s", "slow:session/confirm:1:500ms"})
	require.NoError(t, err)
	assert.Equal(t, []sandbox.Fault{{Kind: "webhook_late", DelayMS: 20_000}, {Kind: "slow", Method: "session/confirm", Count: 1, DelayMS: 500}}, faults)
	for _, bad := range []string{"", "nonsense", "slow::x", "slow::-1", "slow:::soon", "slow:::1us", "slow:::-1s"} {
		_, err := parseFaults([]string{bad})
		assert.Equal(t, exitUsage, asFault(err).exit, bad)
	}
}

// A sandbox that is told something impossible says so as a wrong usage, before it opens anything.
func TestSandboxUsage(t *testing.T) {
	m := newMachine(t)
	m.key("shop.pem", testKeys()[0])
	for _, flags := range []string{"--speed 0.0001", "--speed NaN", "--speed -1", "--fault slow:session/nope", "--fault webhook_late:session/create",
		"--webhook-url ftp://x/", "--wallet lots"} {
		args := append([]string{"sandbox", "--listen", "127.0.0.1:0", "--project", "shop", "--partner-key", m.home + "/shop.pem.pub"}, strings.Fields(flags)...)
		s := m.run(args...)
		assert.Equal(t, exitUsage, s.code, "%s: %s", flags, s.err)
	}
	s := m.run("sandbox", "--listen", "0.0.0.0:0", "--project", "shop", "--partner-key", m.home+"/shop.pem.pub")
	assert.Contains(t, s.err, "--allow-remote")
}

// Who waits for the sandbox's port finds the key in its file then.
func TestKeyIsThereBeforeThePort(t *testing.T) {
	m := newMachine(t)
	m.key("shop.pem", testKeys()[0])
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { require.NoError(t, taken.Close()) }()
	out := filepath.Join(t.TempDir(), "pike.pem")
	s := m.run("sandbox", "--listen", taken.Addr().String(), "--project", "shop", "--partner-key", m.home+"/shop.pem.pub", "--pike-key-out", out)
	assert.Equal(t, exitFailure, s.code)
	text, err := os.ReadFile(out)
	require.NoError(t, err)
	assert.Contains(t, string(text), "BEGIN PUBLIC KEY")
}

// Faults of answers and of webhooks are chosen apart, each with the methods or types that it can be
// limited to, and with a delay.
func TestFaultsFromTheScreen(t *testing.T) {
	_, url := newMachine(t).sandboxAt(nil)
	d := deskSandbox{&host{url: url}}
	var seen []string
	for _, control := range d.Controls() {
		if control.Name != "fault" {
			continue
		}
		kinds, methods := control.Args[0].Choices, control.Args[1].Choices
		for _, kind := range kinds {
			seen = append(seen, kind)
			for _, method := range []string{methods[0], methods[len(methods)-1]} {
				said, err := d.Do(t.Context(), "fault", map[string]string{"kind": kind, "method": method, "count": "1", "delay": "20s"})
				require.NoError(t, err, kind+" "+method)
				assert.Contains(t, said, kind)
				assert.Contains(t, said, "20s")
			}
		}
	}
	assert.Len(t, seen, len(sandbox.FaultKinds()))
	faults, err := d.host.controls().Faults(t.Context())
	require.NoError(t, err)
	assert.Len(t, faults, 2*len(seen))
	assert.EqualValues(t, 20*time.Second/time.Millisecond, faults[0].DelayMS)
	_, err = d.Do(t.Context(), "fault", map[string]string{"kind": "slow", "delay": "soon"})
	assert.Error(t, err)
	said, err := d.Do(t.Context(), "faults", nil)
	require.NoError(t, err)
	assert.Contains(t, said, "lost_answer for every method, 20s late, once")
}

// Ending a fault that is not in force, or ending and adding at once, is a mistake.
func TestFaultVerbMistakes(t *testing.T) {
	m := newMachine(t)
	_, url := m.sandboxAt(nil)
	for _, args := range [][]string{{"--clear", "7"}, {"slow", "--clear", "all"}, {"slow", "--delay", "1us"}, {"slow", "--count", "-1"},
		{"slow", "--method", "ready_to_confirm"}, {"lost_anser"}} {
		s := m.run(append([]string{"sandbox", "fault", "--at", url}, args...)...)
		assert.Equal(t, exitUsage, s.code, "%v: %s", args, s.err)
	}
	assert.Contains(t, m.ok("sandbox", "fault", "webhook_late", "--delay", "20s", "--count", "1", "--at", url).out, "for every webhook, 20s late, once")
	assert.Contains(t, m.ok("sandbox", "state", "--at", url).out, "webhook_late")
}
