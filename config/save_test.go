package config

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestSetKeepsEverythingElse(t *testing.T) {
	cases := []struct {
		name, before string
		path         []string
		value        any
		after        string
	}{
		{"new file", "", []string{"theme"}, "dark", "theme = \"dark\"\n"},
		{"replaced", "# mine\ntheme = \"light\"   # as I like it\nmouse = true\n", []string{"theme"}, "dark",
			"# mine\ntheme = \"dark\"   # as I like it\nmouse = true\n"},
		{"added at the top", "mouse = true # m\n\n[webhook]\nlisten = \"127.0.0.1:1\"\n", []string{"theme"}, "dark",
			"mouse = true # m\ntheme = \"dark\"\n\n[webhook]\nlisten = \"127.0.0.1:1\"\n"},
		{"added before the first table", "[webhook]\nlisten = \"127.0.0.1:1\"\n", []string{"mouse"}, true,
			"mouse = true\n[webhook]\nlisten = \"127.0.0.1:1\"\n"},
		{"added to a table", "[profiles.demo]\n# the shop\nproject = \"a\"\n\n[profiles.live]\nproject = \"b\"\n",
			[]string{"profiles", "demo", "api_version"}, "v1",
			"[profiles.demo]\n# the shop\nproject = \"a\"\napi_version = \"v1\"\n\n[profiles.live]\nproject = \"b\"\n"},
		{"new table", "theme = \"dark\"", []string{"profiles", "demo", "project"}, "a\"b",
			"theme = \"dark\"\n\n[profiles.demo]\nproject = \"a\\\"b\"\n"},
		{"list over lines", "[profiles.demo.limits]\ncurrencies = [\n  \"eur\", # main\n]\nmethods = [\"x\"]\n",
			[]string{"profiles", "demo", "limits", "currencies"}, []string{"eur", "usd"},
			"[profiles.demo.limits]\ncurrencies = [\"eur\", \"usd\"]\nmethods = [\"x\"]\n"},
		{"inline table", "[profiles.demo]\nkey = { file = \"a.pem\", public = \"b.pem\" }\n",
			[]string{"profiles", "demo", "key", "file"}, "c.pem",
			"[profiles.demo]\nkey = { file = \"c.pem\", public = \"b.pem\" }\n"},
		{"dotted key", "profiles.demo.project = \"a\"\n", []string{"profiles", "demo", "project"}, "b",
			"profiles.demo.project = \"b\"\n"},
		{"odd key", "", []string{"keys", "new.send"}, []string{"f2"}, "\n[keys]\n\"new.send\" = [\"f2\"]\n"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, file := home(t)
			if c.before != "" {
				write(t, file, c.before)
			}
			require.NoError(t, Set(file, c.path, c.value))
			got, err := os.ReadFile(file)
			require.NoError(t, err)
			assert.Equal(t, c.after, string(got))
			info, err := os.Stat(file)
			require.NoError(t, err)
			assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
		})
	}
}

func TestWhatIsSetIsRead(t *testing.T) {
	p, file := home(t)
	rapid.Check(t, func(r *rapid.T) {
		want := rapid.StringMatching(`[ -~]{0,40}`).Draw(r, "project")
		if want != "" && (want[0] == ' ' || want[len(want)-1] == ' ') {
			want = "x" + want + "x"
		}
		require.NoError(r, Set(file, []string{"profiles", "sandbox", "project"}, want))
		s, err := Load(Options{Paths: p})
		require.NoError(r, err)
		assert.Equal(r, want, s.Profiles[Sandbox].Project.Value)
	})
}

func TestABadValueIsNotWritten(t *testing.T) {
	_, file := home(t)
	write(t, file, "theme = \"dark\"\n")
	for _, c := range []struct {
		path  []string
		value any
	}{
		{[]string{"profiles", "demo", "api_version"}, "v9"},
		{[]string{"profil"}, "demo"},
		{[]string{"profile"}, "nobody"},
		{[]string{"theme"}, 7},
		{[]string{"theme"}, true},
		{[]string{"profiles", "live", "base_url"}, "http://127.0.0.1:1"},
		{[]string{"profiles", "demo", "project"}, "-----BEGIN PRIVATE KEY-----"},
	} {
		require.Error(t, Set(file, c.path, c.value), c.path)
		got, err := os.ReadFile(file)
		require.NoError(t, err)
		assert.Equal(t, "theme = \"dark\"\n", string(got))
	}
}

func TestAFailedWriteLeavesTheOldFile(t *testing.T) {
	_, file := home(t)
	write(t, file, "theme = \"dark\"\n")
	dir := filepath.Dir(file)
	if os.Geteuid() == 0 {
		// Root writes anywhere, so the new name is made impossible instead: the target is a folder.
		target := filepath.Join(dir, "folder")
		require.NoError(t, os.MkdirAll(filepath.Join(target, "inside"), 0o700))
		require.Error(t, WriteFile(target, []byte("new")))
		assert.DirExists(t, filepath.Join(target, "inside"))
	} else {
		require.NoError(t, os.Chmod(dir, 0o500))
		t.Cleanup(func() { require.NoError(t, os.Chmod(dir, 0o700)) })
		require.Error(t, Set(file, []string{"theme"}, "light"))
	}
	got, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, "theme = \"dark\"\n", string(got))
	left, err := filepath.Glob(filepath.Join(dir, ".*"))
	require.NoError(t, err)
	assert.Empty(t, left, "no half-written file stays behind")
}

func TestNoWriteThroughASymlink(t *testing.T) {
	_, file := home(t)
	target := filepath.Join(t.TempDir(), "target.toml")
	write(t, target, "theme = \"dark\"\n")
	require.NoError(t, os.Symlink(target, file))
	err := Set(file, []string{"theme"}, "light")
	require.ErrorContains(t, err, "symbolic link")
	got, err := os.ReadFile(target)
	require.NoError(t, err)
	assert.Equal(t, "theme = \"dark\"\n", string(got))
}

func TestAddPikeKey(t *testing.T) {
	p, file := home(t)
	write(t, file, "[profiles.demo]\nproject = \"a\"")
	require.NoError(t, AddPikeKey(file, "demo", "Pike one", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"))
	require.NoError(t, AddPikeKey(file, "demo", "Pike two", "BBBB"))
	s, err := Load(Options{Paths: p})
	require.NoError(t, err)
	keys := s.Profiles[Demo].PikeKeys
	require.Len(t, keys, 2)
	assert.Equal(t, "Pike one", keys[0].Name)
	assert.Equal(t, "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", keys[0].PEM)
	assert.Equal(t, "Pike two", keys[1].Name)
	assert.Equal(t, "a", s.Profiles[Demo].Project.Value)
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("profile = \"demo\"\n[profiles.demo]\nkey = { file = \"x\" }\n"))
	f.Add([]byte("[[profiles.demo.pike_keys]]\nname='q'\n[keys]\na=['b']\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		s := &Settings{Paths: Paths{Home: "/h"}, File: Default("/h/config.toml")}
		if err := s.verify(data); err != nil {
			assert.NotEmpty(t, err.Error())
		}
	})
}
