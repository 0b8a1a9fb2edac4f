package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// home gives a test its own folders and returns them with the path of the settings file.
func home(t *testing.T) (Paths, string) {
	t.Helper()
	dir := t.TempDir()
	p := Paths{Config: filepath.Join(dir, "config"), State: filepath.Join(dir, "state"),
		Data: filepath.Join(dir, "data"), Cache: filepath.Join(dir, "cache"), Home: dir}
	require.NoError(t, MakeDir(p.Config))
	return p, p.File()
}

func write(t *testing.T, path, text string) {
	t.Helper()
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
}

// env answers like os.Getenv from pairs.
func env(pairs ...string) func(string) string {
	return func(key string) string {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == key {
				return pairs[i+1]
			}
		}
		return ""
	}
}

func TestMissingFileGivesTheDefaults(t *testing.T) {
	p, file := home(t)
	s, err := Load(Options{Paths: p})
	require.NoError(t, err)
	assert.False(t, s.FileExists)
	assert.Equal(t, file, s.File.Value)
	assert.Equal(t, "sandbox", s.Profile.Value)
	assert.Equal(t, FromDefault, s.Profile.Origin.Source)
	assert.Equal(t, []string{"sandbox", "demo", "live"}, s.Names())
	assert.Equal(t, "https://proxy.pikepayments.com", s.Profiles[Live].BaseURL.Value)
	assert.Equal(t, "https://proxy-demo.pikepayments.com", s.Profiles[Demo].BaseURL.Value)
	assert.Equal(t, "v2", s.Current().APIVersion.Value)
}

func TestTheStrongerSourceWins(t *testing.T) {
	p, file := home(t)
	write(t, file, "profile = \"demo\"\n\n[profiles.demo]\nproject = \"from-file\"\napi_version = \"v1\"\n")
	projects := func(o Options) Value[string] {
		o.Paths = p
		s, err := Load(o)
		require.NoError(t, err)
		assert.Equal(t, "v1", s.Current().APIVersion.Value)
		return s.Current().Project
	}
	v := projects(Options{})
	assert.Equal(t, "from-file", v.Value)
	assert.Equal(t, "file "+file+":4", v.Origin.String())

	v = projects(Options{Getenv: env("PIKEDASH_PROJECT", "from-variable")})
	assert.Equal(t, "from-variable", v.Value)
	assert.Equal(t, "environment PIKEDASH_PROJECT", v.Origin.String())

	v = projects(Options{Getenv: env("PIKEDASH_PROJECT", "from-variable"), Flags: map[string]string{"project": "from-flag"}})
	assert.Equal(t, "from-flag", v.Value)
	assert.Equal(t, "flag --project", v.Origin.String())
}

func TestEveryVariableArrives(t *testing.T) {
	p, _ := home(t)
	other := filepath.Join(p.Home, "other.toml")
	write(t, other, "theme = \"dark\"\n")
	s, err := Load(Options{Paths: p, Getenv: env("PIKEDASH_CONFIG", other, "PIKEDASH_PROFILE", "sandbox",
		"PIKEDASH_PROJECT", "shop", "PIKEDASH_KEY_FILE", "~/key.pem", "PIKEDASH_API_VERSION", "v1",
		"PIKEDASH_BASE_URL", "http://127.0.0.1:9999/", "PIKEDASH_LOG_LEVEL", "debug", "PIKEDASH_READONLY", "1")})
	require.NoError(t, err)
	assert.Equal(t, "dark", s.Theme.Value)
	assert.Equal(t, "environment PIKEDASH_CONFIG", s.File.Origin.String())
	c := s.Current()
	assert.Equal(t, "shop", c.Project.Value)
	assert.Equal(t, filepath.Join(p.Home, "key.pem"), c.Key.File.Value)
	assert.Equal(t, "v1", c.APIVersion.Value)
	assert.Equal(t, "http://127.0.0.1:9999", c.BaseURL.Value)
	assert.Equal(t, "debug", s.LogLevel.Value)
	assert.True(t, s.ReadOnly.Value)
}

func TestNoVariableUnlocksLive(t *testing.T) {
	for key := range Variables() {
		assert.NotContains(t, key, "unlock")
		assert.NotContains(t, key, "live")
	}
}

func TestTheWholeFileIsRead(t *testing.T) {
	p, file := home(t)
	write(t, file, `
profile = "demo"
theme = "light"
mouse = true
clipboard = "osc52"
timeout = "45s"

[webhook]
listen = "127.0.0.1:9132"
forward = "http://127.0.0.1:9000/hook"

[keys]
refresh = "f5"
quit = ["q", "ctrl+q"]

[profiles.demo]
project = "shop-eu"
submerchant = "payer-1"
duplicate_window = "2d"
forbid_self_approval = true
key = { agent = "3f9a", public = "pub.pem" }

[profiles.demo.limits]
max_amount = ["150.00 EUR", "200 usd"]
currencies = ["eur"]
methods = ["session/init/payout"]

[[profiles.demo.pike_keys]]
name = "Pike 2025"
file = "old.pem"

[[profiles.demo.pike_keys]]
name = "Pike 2026"
pem = "-----BEGIN PUBLIC KEY-----"

[profiles.practice]
kind = "live"
base_url = "http://127.0.0.1:9443"
[profiles.practice.key]
command = ["sign-it", "--slot", "1"]
public = "/keys/pub.pem"
`)
	s, err := Load(Options{Paths: p})
	require.NoError(t, err)
	assert.Equal(t, 45*time.Second, s.Timeout.Value)
	assert.Equal(t, []string{"q", "ctrl+q"}, s.Keys["quit"].Value)
	assert.Equal(t, []string{"f5"}, s.Keys["refresh"].Value)
	assert.Contains(t, s.Keys["quit"].Origin.Where, ":14")
	d := s.Current()
	assert.Equal(t, "3f9a", d.Key.Agent.Value)
	assert.Equal(t, filepath.Join(p.Config, "pub.pem"), d.Key.Public.Value)
	assert.True(t, d.Key.Set())
	assert.Equal(t, 48*time.Hour, d.DuplicateWindow.Value)
	assert.Equal(t, []string{"150.00 EUR", "200 usd"}, d.MaxAmount.Value)
	require.Len(t, d.PikeKeys, 2)
	assert.Equal(t, filepath.Join(p.Config, "old.pem"), d.PikeKeys[0].File)
	assert.Equal(t, []string{"sandbox", "demo", "live", "practice"}, s.Names())
	assert.Equal(t, "http://127.0.0.1:9443", s.Profiles["practice"].BaseURL.Value)

	var text []string
	for _, e := range s.Entries() {
		text = append(text, e.Key+"="+e.Value+" "+e.Origin)
	}
	all := strings.Join(text, "\n")
	assert.Contains(t, all, "profiles.demo.limits.max_amount=150.00 EUR, 200 usd file "+file+":24")
	assert.Contains(t, all, "profiles.sandbox.base_url=(embedded) default")
	assert.NotContains(t, all, "--slot", "arguments of a command are not shown")
}

func TestMistakesNameTheirPlace(t *testing.T) {
	cases := []struct {
		name, text, want string // want follows the file's name
	}{
		{"bad TOML", "theme = \n", ":1:9: unexpected character"},
		{"unknown key", "theme = \"dark\"\nthme = \"x\"\n", `:2:1: thme: there is no such setting; did you mean "theme"?`},
		{"unknown key in a profile", "[profiles.demo]\n  projct = \"x\"\n", `:2:3: profiles.demo.projct: there is no such setting; did you mean "project"?`},
		{"unknown table", "[profile.demo]\nproject = \"x\"\n", `:1:2: profile.demo: there is no such setting`},
		{"unknown key in an inline table", "[profiles.demo]\nkey = { fil = \"x\" }\n", `:2:9: profiles.demo.key.fil: there is no such setting; did you mean "file"?`},
		{"unknown key in a list of tables", "[[profiles.demo.pike_keys]]\nnome = \"x\"\n", `:2:1: profiles.demo.pike_keys.nome: there is no such setting; did you mean "name"?`},
		{"nothing near", "[webhook]\nzzzzzzzz = 1\n", `:2:1: webhook.zzzzzzzz: there is no such setting; known here are forward, listen`},
		{"wrong type", "[profiles.demo]\nproject = 7\n", ":2:11: profiles.demo.project: it is a TOML integer, but a text in quotes is needed"},
		{"wrong type of a flag", "mouse = \"yes\"\n", ":1:9: mouse: it is a TOML string, but true or false is needed"},
		{"twice", "theme = \"dark\"\ntheme = \"light\"\n", ":2:1"},
		{"version", "[profiles.demo]\n\napi_version = \"v3\"\n", `:3:1: profiles.demo.api_version: "v3" is not known`},
		{"duration", "timeout = \"soon\"\n", `:1:1: timeout: "soon" is not a length of time`},
		{"negative duration", "timeout = \"-3s\"\n", `:1:1: timeout: "-3s" is not a length of time`},
		{"clipboard", "clipboard = \"ocs52\"\n", `:1:1: clipboard: "ocs52" is not known; did you mean "osc52"?`},
		{"profile", "profile = \"dmeo\"\n", `:1:1: profile: there is no profile "dmeo"; did you mean "demo"?`},
		{"own profile without kind", "[profiles.shop]\nproject = \"x\"\n", ":1:2: profiles.shop: a profile of your own needs a kind"},
		{"kind", "[profiles.shop]\nkind = \"prod\"\n", `:2:1: profiles.shop.kind: "prod" is not known`},
		{"kind of live", "[profiles.live]\nkind = \"sandbox\"\n", ":2:1: profiles.live.kind: the kind of a built-in profile is fixed"},
		{"name", "[profiles.\"../x\"]\nkind = \"demo\"\n", `profiles.../x: a profile's name`},
		{"live elsewhere", "[profiles.live]\nbase_url = \"http://127.0.0.1:1\"\n", ":2:1: profiles.live.base_url: the server of the profile live is fixed"},
		{"demo elsewhere", "[profiles.demo]\nbase_url = \"https://proxy.pikepayments.com\"\n", ":2:1: profiles.demo.base_url: the server of the profile demo is fixed"},
		{"http far away", "[profiles.sandbox]\nbase_url = \"http://example.com\"\n", ":2:1: profiles.sandbox.base_url: http is only allowed to this machine"},
		{"far away", "[profiles.sandbox]\nbase_url = \"https://example.com\"\n", ":2:1: profiles.sandbox.base_url: example.com is neither Pike's server nor on this machine; add --allow-host example.com"},
		{"path in the URL", "[profiles.sandbox]\nbase_url = \"http://localhost/api\"\n", ":2:1: profiles.sandbox.base_url: the URL has more than scheme and host"},
		{"password in the URL", "[profiles.sandbox]\nbase_url = \"http://a:b@localhost\"\n", "the URL holds a user or a password"},
		{"not a URL", "[profiles.sandbox]\nbase_url = \"localhost:1\"\n", "is not the URL of a server"},
		{"limit", "[profiles.live.limits]\nmax_amount = [\"150\"]\n", `:2:1: profiles.live.limits.max_amount: "150" is not an amount such as "150.00 EUR"`},
		{"empty limit", "[profiles.live.limits]\nmax_amount = []\n", ":2:1: profiles.live.limits.max_amount: the list is empty"},
		{"currency", "[profiles.live.limits]\ncurrencies = [\"euro\"]\n", `:2:1: profiles.live.limits.currencies: "euro" is not a currency`},
		{"two keys", "[profiles.demo.key]\nfile = \"a\"\nagent = \"b\"\n", ":1:2: profiles.demo.key: more than one place of the signing key"},
		{"command without public", "[profiles.demo.key]\ncommand = [\"a\"]\n", ":2:1: profiles.demo.key.command: a command needs the public half"},
		{"empty command", "[profiles.demo.key]\ncommand = []\npublic = \"p\"\n", ":2:1: profiles.demo.key.command: the command is empty"},
		{"public key without a place", "[[profiles.demo.pike_keys]]\nname = \"x\"\n", ":1:3: profiles.demo.pike_keys: key 1 needs either file or pem"},
		{"header injection", "[profiles.demo]\nproject = \"a\\nX-EVIL: b\"\n", ":2:1: profiles.demo.project: it holds a character that a header cannot carry"},
		{"listen", "[webhook]\nlisten = \"8132\"\n", `:2:1: webhook.listen: "8132" is not an address`},
		{"forward", "[webhook]\nforward = \"host\"\n", `:2:1: webhook.forward: "host" is not a URL`},
		{"key binding", "[keys]\nquit = 3\n", ":2:1: keys.quit: a key is written as a text in quotes"},
		{"private key", "theme = \"dark\"\nx = '''-----BEGIN PRIVATE KEY-----'''\n", ":2:19: the file holds the text of a private key"},
		{"private key, PKCS#1, in a comment", "# -----BEGIN RSA PRIVATE KEY-----\n", ":1:18: the file holds the text of a private key"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			p, file := home(t)
			write(t, file, c.text)
			_, err := Load(Options{Paths: p})
			require.Error(t, err)
			assert.Contains(t, err.Error(), c.want)
			assert.Contains(t, err.Error(), file)
			var e *Error
			assert.ErrorAs(t, err, &e)
		})
	}
}

func TestMistakesInFlagsNameTheFlag(t *testing.T) {
	p, _ := home(t)
	for _, c := range []struct {
		o    Options
		want string
	}{
		{Options{Flags: map[string]string{"profile": "lve"}}, `--profile: there is no profile "lve"; did you mean "live"?`},
		{Options{Flags: map[string]string{"api_version": "3"}}, `--api: "3" is not known`},
		{Options{Getenv: env("PIKEDASH_READONLY", "maybe")}, `PIKEDASH_READONLY: "maybe" is neither true nor false`},
		{Options{Getenv: env("PIKEDASH_PROFILE", "live", "PIKEDASH_BASE_URL", "http://127.0.0.1:1")}, "PIKEDASH_BASE_URL: the server of the profile live is fixed"},
		{Options{Flags: map[string]string{"timeout": "x"}}, `--timeout: "x" is not a length of time`},
	} {
		c.o.Paths = p
		_, err := Load(c.o)
		require.Error(t, err)
		assert.Contains(t, err.Error(), c.want)
	}
}

func TestAHostCanBeAllowedByName(t *testing.T) {
	p, file := home(t)
	write(t, file, "[profiles.sandbox]\nbase_url = \"https://pike.internal.example\"\n")
	_, err := Load(Options{Paths: p, AllowHost: []string{"pike.internal.example"}})
	require.NoError(t, err)
	_, err = Load(Options{Paths: p, AllowHost: []string{"other.example"}})
	require.Error(t, err)
}

func TestAFileThatOthersCanWriteToIsRefused(t *testing.T) {
	p, file := home(t)
	write(t, file, "theme = \"dark\"\n")
	for _, mode := range []os.FileMode{0o620, 0o602, 0o666} {
		require.NoError(t, os.Chmod(file, mode))
		_, err := Load(Options{Paths: p})
		require.Error(t, err)
		assert.Contains(t, err.Error(), "others can write to it")
		assert.Contains(t, err.Error(), "chmod 600 "+file)
	}
	require.NoError(t, os.Chmod(file, 0o644))
	_, err := Load(Options{Paths: p})
	require.NoError(t, err, "reading by others is harmless: the file holds no secret")
}

func TestAFolderInPlaceOfTheFileIsRefused(t *testing.T) {
	p, file := home(t)
	require.NoError(t, os.Mkdir(file, 0o700))
	_, err := Load(Options{Paths: p})
	require.Error(t, err)
	assert.Contains(t, err.Error(), "it is a folder")
}

// TestOneLiveProjectHasOneProfile: a second profile would have limits and unknown outcomes of its own.
func TestOneLiveProjectHasOneProfile(t *testing.T) {
	p, file := home(t)
	shop := "[profiles.live]\nproject = \"shop\"\n"
	write(t, file, shop+"[profiles.other]\nkind = \"live\"\nproject = \"shop\"\n")
	_, err := Load(Options{Paths: p})
	require.Error(t, err)
	assert.Contains(t, err.Error(), file+":5:1: profiles.other.project: the profiles live and other are both live for the project shop")

	write(t, file, shop+"[profiles.other]\nkind = \"live\"\nproject = \"second\"\n")
	_, err = Load(Options{Paths: p})
	require.NoError(t, err)
	_, err = Load(Options{Paths: p, Flags: map[string]string{"profile": "other", "project": "shop"}})
	require.Error(t, err, "nor by a flag")
	assert.Contains(t, err.Error(), "--project")

	for _, more := range []string{"kind = \"demo\"\nproject = \"shop\"\n", "kind = \"live\"\nproject = \"shop\"\nsubmerchant = \"branch\"\n"} {
		write(t, file, shop+"[profiles.other]\n"+more)
		_, err = Load(Options{Paths: p})
		require.NoError(t, err, more)
	}
}

func TestNearest(t *testing.T) {
	names := []string{"project", "submerchant", "api_version", "base_url"}
	for word, want := range map[string]string{
		"projct": "project", "porject": "project", "Project": "project", "api": "api_version",
		"baseurl": "base_url", "x": "", "colour_of_the_sky": "",
	} {
		assert.Equal(t, want, Nearest(word, names), word)
	}
}

func TestLoopback(t *testing.T) {
	for host, want := range map[string]bool{"localhost": true, "LOCALHOST": true, "127.0.0.1": true, "127.1.2.3": true, "::1": true,
		"[::1]": true, "0.0.0.0": false, "10.0.0.1": false, "localhost.example.com": false, "127.0.0.1.nip.example": false, "": false} {
		assert.Equal(t, want, IsLoopback(host), host)
	}
}

func TestFoldersArePrivate(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	require.NoError(t, MakeDir(dir))
	info, err := os.Stat(dir)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o700), info.Mode().Perm())
	require.NoError(t, os.Chmod(dir, 0o777))
	assert.ErrorContains(t, MakeDir(dir), "can be written by others")
}

func TestPathsFollowXDG(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("HOME", dir)
	t.Setenv("XDG_CONFIG_HOME", filepath.Join(dir, "c"))
	t.Setenv("XDG_STATE_HOME", filepath.Join(dir, "s"))
	p := FindPaths()
	assert.Equal(t, filepath.Join(dir, "c", "pikedash", "config.toml"), p.File())
	assert.Equal(t, filepath.Join(dir, "s", "pikedash", "journal"), p.Journals())
	assert.Equal(t, filepath.Join(dir, "x"), p.Expand("~/x", "/base"))
	assert.Equal(t, "/base/x", p.Expand("x", "/base"))
	assert.Equal(t, "/y", p.Expand("/y", "/base"))
}
