package keyring

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/charmbracelet/x/exp/golden"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"pikedash/keys"
	"pikedash/pikeapi"
	"pikedash/ui/page"
	"pikedash/ui/uitest/kit"
	"pikedash/ui/widget"
)

// testKeys are made once: making them is what takes time.
var testKeys = sync.OnceValue(func() (out [3]*rsa.PrivateKey) {
	for i := range out {
		k, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}
		out[i] = k
	}
	return out
})

const (
	demoKey = iota
	pikeKey
	otherKey
)

// fakeServices are the settings, in memory.
type fakeServices struct {
	page.Services
	list    page.KeyList
	envs    []page.EnvInfo
	dir     string
	err     error
	trusted []string
	used    []string
	project string
}

func (s *fakeServices) Environments() []page.EnvInfo               { return s.envs }
func (s *fakeServices) Keys(context.Context) (page.KeyList, error) { return s.list, s.err }
func (s *fakeServices) KeyFile(profile string) string              { return filepath.Join(s.dir, profile+".pem") }

func (s *fakeServices) TrustPike(_ context.Context, profile, name string, pub *rsa.PublicKey) error {
	s.trusted = append(s.trusted, profile+" "+name+" "+string(keys.FingerprintOf(pub)))
	return s.err
}

func (s *fakeServices) UseKey(_ context.Context, profile, file string) error {
	s.used = append(s.used, profile+" "+file)
	return s.err
}

func (s *fakeServices) SetProject(_ context.Context, _, project string) error {
	s.project = project
	return s.err
}

type fakeClient struct{ result *pikeapi.Result }

func (c *fakeClient) Prepare(_ context.Context, env *pikeapi.Environment, call pikeapi.Call) (*pikeapi.Prepared, error) {
	return &pikeapi.Prepared{Env: env, Body: call.Body}, nil
}

func (c *fakeClient) Send(_ context.Context, p *pikeapi.Prepared, _ pikeapi.Permit) *pikeapi.Result {
	c.result.Prepared = p
	return c.result
}

func info(name, env string, kind pikeapi.EnvKind, role keys.Role, key int) page.KeyInfo {
	pub := &testKeys()[key].PublicKey
	return page.KeyInfo{
		Known: keys.Known{Name: name, Environment: env, Role: role, Public: pub}, Kind: kind, Where: "file ~/pike/" + env + ".pem",
		File: "/home/x/pike/" + env + ".pem", Form: "PKCS#8 PEM", Mode: "0600", Bits: 2048, Fingerprint: keys.FingerprintOf(pub),
	}
}

// bench is the screen over settings that are in memory.
type bench struct {
	*kit.Kit[*Model]
	*Model
	services *fakeServices
	client   *fakeClient
}

func newBench(t *testing.T, o kit.Options) *bench {
	t.Helper()
	missing := page.KeyInfo{Known: keys.Known{Name: "live key", Environment: "live", Role: keys.RoleOwn}, Kind: pikeapi.Live, Where: "none", Problem: "no signing key is configured"}
	client := &fakeClient{result: &pikeapi.Result{Outcome: pikeapi.Accepted}}
	services := &fakeServices{
		dir: t.TempDir(),
		envs: []page.EnvInfo{
			{Name: "sandbox", Kind: pikeapi.Sandbox, Project: "sandbox-shop"}, {Name: "demo", Kind: pikeapi.Demo, Project: "shop-eu"},
			{Name: "live", Kind: pikeapi.Live},
		},
		list: page.KeyList{Keys: []page.KeyInfo{missing, info("demo key", "demo", pikeapi.Demo, keys.RoleOwn, demoKey), info("Pike's demo key", "demo", pikeapi.Demo, keys.RolePike, pikeKey)}},
	}
	o.Kind, o.W, o.H = pikeapi.Demo, 118, 30
	o.Desk = func(d *page.Desk) { d.Client = client }
	o.Deps = func(d *page.Deps) { d.Services = services }
	k := kit.New(t, New, o)
	return &bench{k, k.M, services, client}
}

// choose moves the cursor to a key by its name.
func (k *bench) choose(name string) {
	k.Press(k.Keys.Move.Top)
	for range k.rows {
		if r, ok := k.table.Current(); ok && r.Name == name {
			return
		}
		k.Press(k.Keys.Move.Down)
	}
	require.Fail(k.T, "no key "+name)
}

// settled replaces what is new in each run: the fingerprints of the test's keys.
func settled(view string) []byte {
	for _, key := range testKeys() {
		f := keys.FingerprintOf(&key.PublicKey)
		view = strings.ReplaceAll(view, string(f), strings.Repeat("3f9a", 16))
		view = strings.ReplaceAll(view, f.Short(), "3f9a·c21e")
	}
	return []byte(view)
}

func TestGoldenList(t *testing.T) {
	k := newBench(t, kit.Options{})
	k.choose("demo key")
	golden.RequireEqual(t, settled(k.View()))
}

func TestGoldenGuideSmall(t *testing.T) {
	k := newBench(t, kit.Options{})
	k.SetSize(80, 19)
	k.Press(k.Keys.Keyring.Guide)
	golden.RequireEqual(t, settled(k.View()))
}

func TestDetailSaysAllThatIsKnown(t *testing.T) {
	k := newBench(t, kit.Options{})
	k.choose("demo key")
	view := k.View()
	for _, want := range []string{string(keys.FingerprintOf(&testKeys()[demoKey].PublicKey)), "RSA-2048", "exponent 65537", "PKCS#8 PEM", "mode 0600", "signs your requests"} {
		assert.Contains(t, view, want)
	}
	k.choose("live key")
	assert.Contains(t, k.View(), "no signing key is configured")
}

func TestOneKeyInDemoAndLiveIsLoud(t *testing.T) {
	k := newBench(t, kit.Options{})
	k.services.list.Keys[0] = info("live key", "live", pikeapi.Live, keys.RoleOwn, demoKey)
	k.services.list.Shared = "the profiles demo and live share the key"
	k.Press(k.Keys.List.Refresh)
	k.choose("demo key")
	view := k.View()
	assert.Contains(t, view, "✗ demo and live share a key")
	assert.Contains(t, view, "✗ shared")
	assert.Contains(t, view, "can be replayed on the other")
	assert.Contains(t, view, "demo, live", "used in")

	// And it is refused before it is written.
	path := filepath.Join(t.TempDir(), "demo.pem")
	require.NoError(t, keys.WritePrivateFile(path, testKeys()[demoKey]))
	k.Run(useKey(page.Stamp{Epoch: 1}, k.services, "demo", path, k.others("demo")))
	assert.Empty(t, k.services.used)
	assert.Contains(t, kit.Last[page.Notice](k.Kit).Text, "this key signs in live already")
}

func TestNewPairAsksShowsAndIsWritten(t *testing.T) {
	k := newBench(t, kit.Options{})
	k.Press(k.Keys.Keyring.Generate)
	sizes := kit.DialogOf[*widget.Menu](k.Kit)
	require.Len(t, sizes.Items, 3)
	k.Run(sizes.Items[0].Then)
	path := filepath.Join(t.TempDir(), "made.pem")
	start := k.onStart(kit.DialogOf[*widget.Prompt](k.Kit).Then(path)().(startMaking))
	require.Len(t, k.Waits(), 1)
	k.Update(page.Tick{Now: k.now.Add(3 * time.Second)})
	require.NotNil(t, k.making)
	assert.NotNil(t, start, "the work is a command, not done in Update")
	k.Run(makePair(context.Background(), path, 2048))
	assert.Empty(t, k.Waits())
	menu := kit.DialogOf[*widget.Menu](k.Kit)
	assert.Contains(t, strings.Join(menu.Text, "\n"), path)
	stat, err := os.Stat(path)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), stat.Mode().Perm())
	pub, err := keys.ReadPublicFile(strings.TrimSuffix(path, ".pem") + ".pub.pem")
	require.NoError(t, err)
	assert.Contains(t, strings.Join(menu.Text, "\n"), string(keys.FingerprintOf(pub.Key)))
	k.Run(menu.Items[0].Then)
	assert.Equal(t, []string{"live " + path}, k.services.used, "the profile of the chosen row")

	before, err := os.ReadFile(path)
	require.NoError(t, err)
	k.Run(makePair(context.Background(), path, 2048))
	assert.Contains(t, kit.Last[page.Notice](k.Kit).Text, "never overwritten")
	after, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, before, after)
}

func TestMakingAPairCanBeStopped(t *testing.T) {
	k := newBench(t, kit.Options{})
	path := filepath.Join(t.TempDir(), "never.pem")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	k.Run(makePair(ctx, path, 4096))
	assert.Contains(t, kit.Last[page.Notice](k.Kit).Text, "no key was written")
	assert.NoFileExists(t, path)
}

func TestPikesKeyIsTrustedOnlyAfterItsFingerprintWasShown(t *testing.T) {
	k := newBench(t, kit.Options{})
	path := filepath.Join(t.TempDir(), "pike.pem")
	require.NoError(t, keys.WritePublicFile(path, &testKeys()[otherKey].PublicKey))
	k.Press(k.Keys.Keyring.AddPike)
	envs := kit.DialogOf[*widget.Menu](k.Kit)
	require.Len(t, envs.Items, 3)
	assert.Equal(t, 1, envs.At, "the present environment")
	k.Run(envs.Items[1].Then)
	k.Run(kit.DialogOf[*widget.Prompt](k.Kit).Then(path))
	assert.Empty(t, k.services.trusted, "nothing is trusted by naming it")
	ask := kit.DialogOf[*widget.Confirm](k.Kit)
	f := string(keys.FingerprintOf(&testKeys()[otherKey].PublicKey))
	assert.Contains(t, strings.Join(ask.Text, "\n"), spaced(f))
	assert.Equal(t, f, strings.ReplaceAll(spaced(f), " ", ""))
	k.Run(ask.Then)
	require.Len(t, k.services.trusted, 1)
	assert.Contains(t, k.services.trusted[0], f)
	assert.Contains(t, k.services.trusted[0], "demo Pike's demo key")
}

func TestAPastedKeyIsReadAndForeignOnesRefused(t *testing.T) {
	k := newBench(t, kit.Options{})
	pem, err := keys.EncodePublic(&testKeys()[otherKey].PublicKey)
	require.NoError(t, err)
	k.Run(readOffer(page.Stamp{Epoch: 1}, "demo", strings.ReplaceAll(string(pem), "\n", " ")))
	assert.Contains(t, kit.DialogOf[*widget.Confirm](k.Kit).Text[0], "the pasted text")

	for name, private := range map[string]*rsa.PrivateKey{"private": testKeys()[otherKey]} {
		text, err := keys.EncodePrivate(private)
		require.NoError(t, err)
		k.Run(readOffer(page.Stamp{Epoch: 1}, "demo", string(text)))
		said := kit.Last[page.Notice](k.Kit)
		assert.Equal(t, page.Failure, said.Level, name)
		assert.NotContains(t, said.Text, string(text[40:80]), "no part of a private key is shown")
	}
	path := filepath.Join(t.TempDir(), "own.pem")
	require.NoError(t, keys.WritePublicFile(path, &testKeys()[demoKey].PublicKey))
	k.Run(readOffer(page.Stamp{Epoch: 1}, "demo", path))
	assert.Contains(t, kit.Last[page.Notice](k.Kit).Text, "a key of your own")
	require.NoError(t, keys.WritePublicFile(path+".2", &testKeys()[pikeKey].PublicKey))
	k.Run(readOffer(page.Stamp{Epoch: 1}, "demo", path+".2"))
	assert.Contains(t, kit.Last[page.Notice](k.Kit).Text, "is trusted in demo already")
	assert.Empty(t, k.services.trusted)
}

func TestOnlyPublicHalvesAreShownAndCopied(t *testing.T) {
	k := newBench(t, kit.Options{})
	k.choose("demo key")
	k.Press(k.Keys.List.Open)
	reader := kit.DialogOf[*widget.Reader](k.Kit)
	text := strings.Join(reader.Lines, "\n")
	assert.Contains(t, text, "-----BEGIN PUBLIC KEY-----")
	assert.NotContains(t, text, "PRIVATE")
	k.Press(k.Keys.List.Copy)
	copied := kit.Last[page.Copy](k.Kit).Text
	pub, err := keys.ParsePublic([]byte(copied))
	require.NoError(t, err)
	assert.True(t, pub.Key.Equal(&testKeys()[demoKey].PublicKey))
	k.Press(k.Keys.List.CopyMenu)
	for _, it := range kit.DialogOf[*widget.Menu](k.Kit).Items {
		k.Run(it.Then)
		assert.NotContains(t, kit.Last[page.Copy](k.Kit).Text, "PRIVATE", it.Title)
	}
}

func TestDoctorAndPair(t *testing.T) {
	k := newBench(t, kit.Options{})
	dir := t.TempDir()
	private, public, other := filepath.Join(dir, "a.pem"), filepath.Join(dir, "a.pub.pem"), filepath.Join(dir, "b.pub.pem")
	require.NoError(t, keys.WritePair(private, public, testKeys()[demoKey]))
	require.NoError(t, keys.WritePublicFile(other, &testKeys()[otherKey].PublicKey))

	k.Press(k.Keys.Keyring.Doctor)
	k.Run(kit.DialogOf[*widget.Prompt](k.Kit).Then(private))
	text := strings.Join(kit.DialogOf[*widget.Reader](k.Kit).Lines, "\n")
	assert.Contains(t, text, "RSA private key, 2048 bits")
	assert.Contains(t, text, string(keys.FingerprintOf(&testKeys()[demoKey].PublicKey)))

	k.Press(k.Keys.Keyring.Fits)
	k.Run(kit.DialogOf[*widget.Prompt](k.Kit).Then(private))
	k.Run(kit.DialogOf[*widget.Prompt](k.Kit).Then(public))
	assert.Contains(t, kit.DialogOf[*widget.Reader](k.Kit).Lines[0], "Yes")
	k.Run(comparePair(page.Stamp{Epoch: 1}, private, other))
	assert.Contains(t, strings.Join(kit.DialogOf[*widget.Reader](k.Kit).Lines, "\n"), "do not belong together")
	k.Run(examine(page.Stamp{Epoch: 1}, filepath.Join(dir, "none")))
	assert.Contains(t, strings.Join(kit.DialogOf[*widget.Reader](k.Kit).Lines, "\n"), "no such file")
}

func TestGuideKnowsHowFarTheWayIs(t *testing.T) {
	k := newBench(t, kit.Options{})
	done := func() (out []bool) {
		for _, s := range k.steps() {
			out = append(out, s.done)
		}
		return out
	}
	assert.Equal(t, []bool{true, true, false, true, false}, done())
	k.Press(k.Keys.Keyring.Guide)
	assert.Equal(t, 2, k.guide.cursor, "the first step that is open")
	k.Press(k.Keys.List.Open)
	menu := kit.DialogOf[*widget.Menu](k.Kit)
	k.Run(menu.Items[2].Then)
	assert.Equal(t, []bool{true, true, true, true, false}, done())
	k.Press(k.Keys.Move.Bottom)
	k.Press(k.Keys.List.Open)
	assert.Equal(t, []bool{true, true, true, true, true}, done())
	assert.Empty(t, k.Waits())
	require.True(t, k.Back())
	assert.False(t, k.Back())
}

func TestTheGuideIsOfTheDemoProfileInUse(t *testing.T) {
	k := newBench(t, kit.Options{})
	k.envs = append(k.envs, page.EnvInfo{Name: "test", Kind: pikeapi.Demo, Project: "shop-eu"}, page.EnvInfo{Name: "other", Kind: pikeapi.Demo})
	assert.Equal(t, "demo", k.guideEnv().Name)
	envs := k.envs
	for at, want := range map[string]string{"test": "test", "live": "demo", "demo": "demo"} {
		k.MoveTo(&page.Desk{Env: &pikeapi.Environment{Name: at, Epoch: 2}})
		k.envs = envs
		assert.Equal(t, want, k.guideEnv().Name, at)
	}
}

func TestTestCallTellsSignatureFromOtherErrors(t *testing.T) {
	for _, c := range []struct {
		result pikeapi.Result
		ok     bool
	}{
		{pikeapi.Result{Outcome: pikeapi.Accepted}, true},
		{pikeapi.Result{Outcome: pikeapi.Refused, Err: &pikeapi.APIError{Code: "session_not_found"}}, true},
		{pikeapi.Result{Outcome: pikeapi.Refused, Err: &pikeapi.APIError{Code: "authentication_error"}}, false},
		{pikeapi.Result{Outcome: pikeapi.NotSent, Err: errors.New("no route to host")}, false},
	} {
		k := newBench(t, kit.Options{})
		k.client.result = &c.result
		k.Run(k.steps()[4].act())
		assert.Equal(t, c.ok, k.guide.tested, "%v", c.result.Err)
	}
}

func TestTestCallNeedsItsEnvironment(t *testing.T) {
	k := newBench(t, kit.Options{})
	desk := &page.Desk{Env: &pikeapi.Environment{Name: "sandbox", Kind: pikeapi.Sandbox, Epoch: 2}}
	k.MoveTo(desk)
	assert.Contains(t, k.steps()[4].off, "switch to demo first")
}

func TestKeysThatCannotBeReadSayWhy(t *testing.T) {
	k := newBench(t, kit.Options{})
	k.choose("live key")
	assert.NotEmpty(t, k.Off(k.Keys.Keyring.Inspect))
	k.services.err = errors.New("the disk is gone")
	k.Press(k.Keys.List.Refresh)
	assert.Contains(t, kit.Last[page.Notice](k.Kit).Text, "the disk is gone")
}

func TestInspectGoesToTheInspector(t *testing.T) {
	k := newBench(t, kit.Options{})
	k.choose("demo key")
	k.Press(k.Keys.Keyring.Inspect)
	go2 := kit.Last[page.Navigate](k.Kit)
	assert.Equal(t, page.Signature, go2.Screen)
	assert.Equal(t, page.OpenKey{Fingerprint: keys.FingerprintOf(&testKeys()[demoKey].PublicKey)}, go2.Arg)
}

func TestThePagesOfAListAreTheList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 30).Draw(t, "n")
		rows := make([]row, n)
		for i := range rows {
			rows[i].Name = fmt.Sprint(rapid.IntRange(0, 9).Draw(t, "name"), "-", i)
			rows[i].Bits = rapid.IntRange(0, 3).Draw(t, "bits")
		}
		s := source{&shelf{}, widget.Sort{Key: rapid.SampledFrom([]string{"name", "size", "environment"}).Draw(t, "key"), Desc: rapid.Bool().Draw(t, "desc")}}
		s.shelf.rows.Store(&rows)
		step := rapid.IntRange(1, 7).Draw(t, "step")
		var forward, backward []row
		var from *row
		for {
			page, err := s.Page(context.Background(), from, widget.Forward, step)
			require.NoError(t, err)
			forward = append(forward, page...)
			if len(page) < step {
				break
			}
			from = &page[len(page)-1]
		}
		from = nil
		for {
			page, err := s.Page(context.Background(), from, widget.Backward, step)
			require.NoError(t, err)
			backward = append(append([]row(nil), page...), backward...)
			if len(page) < step {
				break
			}
			from = &page[0]
		}
		require.Len(t, forward, n)
		require.Equal(t, forward, backward)
	})
}

func TestViewIsExactlyItsBox(t *testing.T) {
	hostile := "\x1b[31m\u202e漢字 \u0301\x00\xff " + strings.Repeat("long ", 40)
	for _, colours := range []bool{false, true} {
		k := newBench(t, kit.Options{Colours: colours})
		list := k.services.list.Keys
		list[1].Name, list[1].Where, list[1].Form, list[1].Problem = hostile, hostile, hostile, hostile
		list[2].Name, list[2].Warnings = hostile, []string{hostile, hostile}
		k.services.list.Shared = hostile
		k.services.envs[1].Project = hostile
		k.Press(k.Keys.List.Refresh)
		states := []func(){
			func() {},
			func() { k.Press(k.Keys.Move.Down) },
			func() { k.Press(k.Keys.Move.Down) },
			func() { k.over = true },
			func() { k.Press(k.Keys.Keyring.Guide); k.guide.said = hostile },
			func() { k.Press(k.Keys.Move.Bottom) },
			func() { k.Back(); k.services.list = page.KeyList{}; k.Press(k.Keys.List.Refresh) },
		}
		for _, change := range states {
			k.SetSize(118, 30)
			change()
			for _, s := range [][2]int{{1, 1}, {20, 5}, {60, 10}, {80, 19}, {118, 30}, {200, 45}, {240, 65}} {
				k.SetSize(s[0], s[1])
				kit.Exact(t, k.View(), s[0], s[1])
			}
		}
	}
}
