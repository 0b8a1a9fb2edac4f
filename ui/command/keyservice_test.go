package command

import (
	"context"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/youmark/pkcs8"

	"pikedash/keys"
	"pikedash/ui/page"
)

// TestTheDashboardsKeys changes a profile while the dashboard runs, as the screen of the keys does.
func TestTheDashboardsKeys(t *testing.T) {
	m := newMachine(t)
	m.settings("# mine\n[webhook]\nlisten = \"127.0.0.1:0\"\n[profiles.live]\nproject = \"shop\"\nkey = { file = \"live.pem\" }\n")
	m.key("config/pikedash/live.pem", testKeys()[0])
	file := filepath.Join(m.home, "config", "pikedash", "config.toml")
	a := &app{in: strings.NewReader(""), out: &printer{w: &strings.Builder{}}, err: &printer{w: &strings.Builder{}}, getenv: func(string) string { return "" }, now: time.Now}
	r, err := a.runtime(a.root(true))
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	s := r.newServices(ctx)
	t.Cleanup(func() {
		stop()
		assert.NoError(t, s.end())
		assert.NoError(t, r.close())
	})
	find := func(environment string, role keys.Role) (out []page.KeyInfo) {
		list, err := s.Keys(ctx)
		require.NoError(t, err)
		for _, k := range list.Keys {
			if k.Environment == environment && k.Role == role {
				out = append(out, k)
			}
		}
		return out
	}
	info := func(environment string) page.EnvInfo {
		for _, e := range s.Environments() {
			if e.Name == environment {
				return e
			}
		}
		require.Fail(t, "no environment "+environment)
		return page.EnvInfo{}
	}
	require.NotEmpty(t, find("demo", keys.RoleOwn)[0].Problem)
	require.Contains(t, info("demo").Problem, "no project")

	require.NoError(t, s.SetProject(ctx, "demo", "shop-eu"))
	assert.Equal(t, "shop-eu", info("demo").Project)
	assert.Contains(t, info("demo").Problem, "no signing key")

	path := s.KeyFile("demo")
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
	require.NoError(t, keys.WritePrivateFile(path, testKeys()[2]))
	require.NoError(t, s.UseKey(ctx, "demo", path))
	own := find("demo", keys.RoleOwn)[0]
	assert.Equal(t, keys.FingerprintOf(&testKeys()[2].PublicKey), own.Fingerprint)
	assert.Equal(t, path, own.File)
	assert.Equal(t, "0600", own.Mode)
	assert.Empty(t, info("demo").Problem)

	desk, err := s.Switch(ctx, "demo")
	require.NoError(t, err)
	assert.Equal(t, "shop-eu", desk.Env.Project, "the next switch sees the change")
	assert.Empty(t, desk.Env.PikeKeys)
	require.NoError(t, s.TrustPike(ctx, "demo", "Pike's demo key", &testKeys()[1].PublicKey))
	trusted := find("demo", keys.RolePike)
	require.Len(t, trusted, 1, "it is listed once")
	assert.Equal(t, "Pike's demo key", trusted[0].Name)
	_, known := s.hookRing(desk.Env, false).Find(keys.FingerprintOf(&testKeys()[1].PublicKey))
	assert.True(t, known, "notifications are checked with it at once")
	again, err := s.Switch(ctx, "demo")
	require.NoError(t, err)
	assert.Len(t, again.Env.PikeKeys, 1)

	// A key with a passphrase is opened once, until the program ends.
	sealed, err := pkcs8.MarshalPrivateKey(testKeys()[2], []byte("open sesame"), nil)
	require.NoError(t, err)
	s.signers.ask = nil // as in the dashboard
	require.NoError(t, os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: sealed}), 0o600))
	require.NoError(t, s.UseKey(ctx, "demo", path))
	var need *page.SealedKey
	_, err = s.Switch(ctx, "demo")
	require.ErrorAs(t, err, &need)
	assert.False(t, need.Wrong)
	require.ErrorAs(t, s.OpenKey(ctx, "demo", "sesame"), &need)
	assert.True(t, need.Wrong)
	require.NoError(t, s.OpenKey(ctx, "demo", "open sesame"))
	_, err = s.Switch(ctx, "demo")
	require.NoError(t, err)

	// One key in demo and live is refused at the next switch, and said at once.
	require.NoError(t, s.UseKey(ctx, "demo", filepath.Join(filepath.Dir(file), "live.pem")))
	list, err := s.Keys(ctx)
	require.NoError(t, err)
	assert.Contains(t, list.Shared, "share the key")
	_, err = s.Switch(ctx, "demo")
	require.ErrorContains(t, err, "share the key")

	text, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.True(t, strings.HasPrefix(string(text), "# mine\n"), "the file's own words stay")
	require.Error(t, s.SetProject(ctx, "nowhere", "x"))
}
