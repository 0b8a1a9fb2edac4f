package command

import (
	"bytes"
	"context"
	"crypto/rsa"
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"pikedash/keys"
	"pikedash/pikeapi/sandbox"
)

// A machine is a home folder in which the program is run, in this process.
type machine struct {
	t    *testing.T
	home string
	in   string
	ctx  context.Context
}

// said is how a run ended and what it printed.
type said struct {
	code     int
	out, err string
}

// testKeys are made once: making RSA keys is slow.
var testKeys = sync.OnceValue(func() []*rsa.PrivateKey {
	var out []*rsa.PrivateKey
	for range 3 {
		k, err := keys.Generate(context.Background(), 2048)
		if err != nil {
			panic(err)
		}
		out = append(out, k)
	}
	return out
})

// newMachine makes an empty home and lets the program use it.
func newMachine(t *testing.T) *machine {
	t.Helper()
	home := t.TempDir()
	t.Setenv("HOME", home)
	for name, dir := range map[string]string{"XDG_CONFIG_HOME": "config", "XDG_STATE_HOME": "state", "XDG_DATA_HOME": "data", "XDG_CACHE_HOME": "cache"} {
		t.Setenv(name, filepath.Join(home, dir))
	}
	for _, name := range []string{"PROFILE", "PROJECT", "KEY_FILE", "API_VERSION", "BASE_URL", "CONFIG", "LOG_LEVEL", "READONLY"} {
		t.Setenv("PIKEDASH_"+name, "")
	}
	t.Setenv("ACCESSIBLE", "")
	t.Setenv("SSH_AUTH_SOCK", "")
	m := &machine{t: t, home: home, ctx: context.Background()}
	// The sandbox's keys are there already, as on every start but the first.
	m.key("config/pikedash/keys/sandbox.pem", testKeys()[0])
	m.key("state/pikedash/sandbox/pike-private.pem", testKeys()[1])
	return m
}

// run runs the program.
func (m *machine) run(args ...string) said {
	m.t.Helper()
	var out, err bytes.Buffer
	code := Run(m.ctx, args, strings.NewReader(m.in), &out, &err)
	return said{code, out.String(), err.String()}
}

// ok runs the program and wants it to end well.
func (m *machine) ok(args ...string) said {
	m.t.Helper()
	s := m.run(args...)
	require.Equal(m.t, exitDone, s.code, "pikedash %s\n%s\n%s", strings.Join(args, " "), s.out, s.err)
	return s
}

// with gives the next run something on stdin.
func (m *machine) with(in string) *machine {
	c := *m
	c.in = in
	return &c
}

// file writes a file below the home and returns its path.
func (m *machine) file(name, text string) string {
	m.t.Helper()
	path := filepath.Join(m.home, name)
	require.NoError(m.t, os.MkdirAll(filepath.Dir(path), 0o700))
	require.NoError(m.t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// key writes a private key and returns its path; the public half lies beside it with .pub.
func (m *machine) key(name string, key *rsa.PrivateKey) string {
	m.t.Helper()
	text, err := keys.EncodePrivate(key)
	require.NoError(m.t, err)
	public, err := keys.EncodePublic(&key.PublicKey)
	require.NoError(m.t, err)
	m.file(name+".pub", string(public))
	return m.file(name, string(text))
}

func (m *machine) settings(text string) { m.file("config/pikedash/config.toml", text) }

// payout writes a payout's body with an amount in minor units and returns the file.
func (m *machine) payout(name string, amount string) string {
	return m.file(name, `{"payout_details":{"type":"card","card":{"type":"bank_card","bank_card":{"number":"4242424242424242"}}},`+
		`"amount_details":{"amount":`+amount+`,"currency":"eur"},"participant_details":{"recipient":{"full_name":"Jane Roe"}},"metadata":"m-`+name+`"}`)
}

// object reads the one JSON value on stdout.
func (s said) object(t *testing.T) map[string]any {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(s.out))
	var v map[string]any
	require.NoError(t, d.Decode(&v), "stdout: %s\nstderr: %s", s.out, s.err)
	require.False(t, d.More(), "one value and nothing else: %s", s.out)
	require.EqualValues(t, 1, v["schema"])
	return v
}

// at follows a path through an object.
func at(v any, path ...string) any {
	for _, p := range path {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[p]
	}
	return v
}

// sandboxAt runs a sandbox for a project with the first test key, and returns it with its address.
func (m *machine) sandboxAt(change func(*sandbox.Config)) (*sandbox.Server, string) {
	m.t.Helper()
	c := sandbox.Config{Project: "shop", PikeKey: testKeys()[1], Control: true,
		PartnerKeys: keys.Ring{{Name: "partner", Role: keys.RoleOwn, Public: &testKeys()[0].PublicKey}}}
	if change != nil {
		change(&c)
	}
	s, err := sandbox.New(c)
	require.NoError(m.t, err)
	ctx, stop := context.WithCancel(context.Background())
	r, err := s.Listen(ctx, "127.0.0.1:0")
	require.NoError(m.t, err)
	m.t.Cleanup(func() {
		stop()
		require.NoError(m.t, r.Wait())
		require.NoError(m.t, s.Close())
	})
	return s, r.URL
}

// closedPort is an address at which nobody listens.
func closedPort(t *testing.T) string {
	t.Helper()
	var lc net.ListenConfig
	l, err := lc.Listen(context.Background(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, l.Close())
	return "http://" + l.Addr().String()
}
