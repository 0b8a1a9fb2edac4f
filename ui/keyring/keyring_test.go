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

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/exp/golden"
	"github.com/muesli/termenv"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"pikedash/keys"
	"pikedash/pikeapi"
	"pikedash/ui/keymap"
	"pikedash/ui/page"
	"pikedash/ui/theme"
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

type fakeSettings map[string]string

func (s fakeSettings) Kept(key string) string { return s[key] }

func (s fakeSettings) Keep(key, value string) error {
	s[key] = value
	return nil
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

type kit struct {
	*Model
	t        *testing.T
	keys     *keymap.Map
	services *fakeServices
	settings fakeSettings
	client   *fakeClient
	sent     []tea.Msg
	now      time.Time
}

func newKit(t *testing.T, profile termenv.Profile) *kit {
	now := time.Date(2026, 11, 23, 14, 12, 0, 0, time.UTC)
	missing := page.KeyInfo{Known: keys.Known{Name: "live key", Environment: "live", Role: keys.RoleOwn}, Kind: pikeapi.Live, Where: "none", Problem: "no signing key is configured"}
	k := &kit{t: t, keys: keymap.New(), now: now, settings: fakeSettings{}, client: &fakeClient{result: &pikeapi.Result{Outcome: pikeapi.Accepted}}, services: &fakeServices{
		dir: t.TempDir(),
		envs: []page.EnvInfo{
			{Name: "sandbox", Kind: pikeapi.Sandbox, Project: "sandbox-shop"}, {Name: "demo", Kind: pikeapi.Demo, Project: "shop-eu"},
			{Name: "live", Kind: pikeapi.Live},
		},
		list: page.KeyList{Keys: []page.KeyInfo{missing, info("demo key", "demo", pikeapi.Demo, keys.RoleOwn, demoKey), info("Pike's demo key", "demo", pikeapi.Demo, keys.RolePike, pikeKey)}},
	}}
	place := page.NewPlace(&page.Desk{Env: &pikeapi.Environment{Name: "demo", Kind: pikeapi.Demo, Project: "shop-eu", Version: pikeapi.V2, Epoch: 1}, Client: k.client})
	k.Model = New(&page.Deps{
		Theme: theme.New(theme.Options{Profile: profile, DarkBG: true}), Keys: k.keys, Now: func() time.Time { return now },
		Desk: place, Stamps: page.NewStamps(place), Settings: k.settings, Services: k.services,
	})
	k.SetSize(118, 30)
	k.run(k.Init())
	return k
}

// run carries commands out; what is for the App is kept in sent.
func (k *kit) run(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	switch msg := cmd().(type) {
	case nil:
	case tea.BatchMsg:
		for _, c := range msg {
			k.run(c)
		}
	case page.Notice, page.Ask, page.Navigate, page.Copy:
		k.sent = append(k.sent, msg)
	default:
		k.run(k.Update(msg))
	}
}

func (k *kit) press(b keymap.Binding) { k.run(k.Update(b.Msg())) }

func last[T any](k *kit) T {
	k.t.Helper()
	require.NotEmpty(k.t, k.sent)
	msg, ok := k.sent[len(k.sent)-1].(T)
	require.True(k.t, ok, "%T", k.sent[len(k.sent)-1])
	return msg
}

// dialog returns the dialog that was opened last.
func dialog[T widget.Dialog](k *kit) T {
	k.t.Helper()
	for i := len(k.sent) - 1; i >= 0; i-- {
		if ask, ok := k.sent[i].(page.Ask); ok {
			d, ok := ask.Dialog.(T)
			require.True(k.t, ok, "%T", ask.Dialog)
			return d
		}
	}
	require.Fail(k.t, "no dialog was opened")
	panic("unreachable")
}

// choose moves the cursor to a key by its name.
func (k *kit) choose(name string) {
	k.press(k.keys.Move.Top)
	for range k.rows {
		if r, ok := k.table.Current(); ok && r.Name == name {
			return
		}
		k.press(k.keys.Move.Down)
	}
	require.Fail(k.t, "no key "+name)
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
	k := newKit(t, termenv.Ascii)
	k.choose("demo key")
	golden.RequireEqual(t, settled(k.View()))
}

func TestGoldenGuideSmall(t *testing.T) {
	k := newKit(t, termenv.Ascii)
	k.SetSize(80, 19)
	k.press(k.keys.Keyring.Guide)
	golden.RequireEqual(t, settled(k.View()))
}

func TestDetailSaysAllThatIsKnown(t *testing.T) {
	k := newKit(t, termenv.Ascii)
	k.choose("demo key")
	view := k.View()
	for _, want := range []string{string(keys.FingerprintOf(&testKeys()[demoKey].PublicKey)), "RSA-2048", "exponent 65537", "PKCS#8 PEM", "mode 0600", "signs your requests"} {
		assert.Contains(t, view, want)
	}
	k.choose("live key")
	assert.Contains(t, k.View(), "no signing key is configured")
}

func TestOneKeyInDemoAndLiveIsLoud(t *testing.T) {
	k := newKit(t, termenv.Ascii)
	k.services.list.Keys[0] = info("live key", "live", pikeapi.Live, keys.RoleOwn, demoKey)
	k.services.list.Shared = "the profiles demo and live share the key"
	k.press(k.keys.List.Refresh)
	k.choose("demo key")
	view := k.View()
	assert.Contains(t, view, "✗ demo and live share a key")
	assert.Contains(t, view, "✗ shared")
	assert.Contains(t, view, "can be replayed on the other")
	assert.Contains(t, view, "demo, live", "used in")

	// And it is refused before it is written.
	path := filepath.Join(t.TempDir(), "demo.pem")
	require.NoError(t, keys.WritePrivateFile(path, testKeys()[demoKey]))
	k.run(useKey(page.Stamp{Epoch: 1}, k.services, "demo", path, k.others("demo")))
	assert.Empty(t, k.services.used)
	assert.Contains(t, last[page.Notice](k).Text, "this key signs in live already")
}

func TestNewPairAsksShowsAndIsWritten(t *testing.T) {
	k := newKit(t, termenv.Ascii)
	k.press(k.keys.Keyring.Generate)
	sizes := dialog[*widget.Menu](k)
	require.Len(t, sizes.Items, 3)
	k.run(sizes.Items[0].Then)
	path := filepath.Join(t.TempDir(), "made.pem")
	start := k.onStart(dialog[*widget.Prompt](k).Then(path)().(startMaking))
	require.Len(t, k.Waits(), 1)
	k.Update(page.Tick{Now: k.now.Add(3 * time.Second)})
	require.NotNil(t, k.making)
	assert.NotNil(t, start, "the work is a command, not done in Update")
	k.run(makePair(context.Background(), path, 2048))
	assert.Empty(t, k.Waits())
	menu := dialog[*widget.Menu](k)
	assert.Contains(t, strings.Join(menu.Text, "\n"), path)
	stat, err := os.Stat(path)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), stat.Mode().Perm())
	pub, err := keys.ReadPublicFile(strings.TrimSuffix(path, ".pem") + ".pub.pem")
	require.NoError(t, err)
	assert.Contains(t, strings.Join(menu.Text, "\n"), string(keys.FingerprintOf(pub.Key)))
	k.run(menu.Items[0].Then)
	assert.Equal(t, []string{"live " + path}, k.services.used, "the profile of the chosen row")

	before, err := os.ReadFile(path)
	require.NoError(t, err)
	k.run(makePair(context.Background(), path, 2048))
	assert.Contains(t, last[page.Notice](k).Text, "never overwritten")
	after, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, before, after)
}

func TestMakingAPairCanBeStopped(t *testing.T) {
	k := newKit(t, termenv.Ascii)
	path := filepath.Join(t.TempDir(), "never.pem")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	k.run(makePair(ctx, path, 4096))
	assert.Contains(t, last[page.Notice](k).Text, "no key was written")
	assert.NoFileExists(t, path)
}

func TestPikesKeyIsTrustedOnlyAfterItsFingerprintWasShown(t *testing.T) {
	k := newKit(t, termenv.Ascii)
	path := filepath.Join(t.TempDir(), "pike.pem")
	require.NoError(t, keys.WritePublicFile(path, &testKeys()[otherKey].PublicKey))
	k.press(k.keys.Keyring.AddPike)
	envs := dialog[*widget.Menu](k)
	require.Len(t, envs.Items, 3)
	assert.Equal(t, 1, envs.At, "the present environment")
	k.run(envs.Items[1].Then)
	k.run(dialog[*widget.Prompt](k).Then(path))
	assert.Empty(t, k.services.trusted, "nothing is trusted by naming it")
	ask := dialog[*widget.Confirm](k)
	f := string(keys.FingerprintOf(&testKeys()[otherKey].PublicKey))
	assert.Contains(t, strings.Join(ask.Text, "\n"), spaced(f))
	assert.Equal(t, f, strings.ReplaceAll(spaced(f), " ", ""))
	k.run(ask.Then)
	require.Len(t, k.services.trusted, 1)
	assert.Contains(t, k.services.trusted[0], f)
	assert.Contains(t, k.services.trusted[0], "demo Pike's demo key")
}

func TestAPastedKeyIsReadAndForeignOnesRefused(t *testing.T) {
	k := newKit(t, termenv.Ascii)
	pem, err := keys.EncodePublic(&testKeys()[otherKey].PublicKey)
	require.NoError(t, err)
	k.run(readOffer(page.Stamp{Epoch: 1}, "demo", strings.ReplaceAll(string(pem), "\n", " ")))
	assert.Contains(t, dialog[*widget.Confirm](k).Text[0], "the pasted text")

	for name, private := range map[string]*rsa.PrivateKey{"private": testKeys()[otherKey]} {
		text, err := keys.EncodePrivate(private)
		require.NoError(t, err)
		k.run(readOffer(page.Stamp{Epoch: 1}, "demo", string(text)))
		said := last[page.Notice](k)
		assert.Equal(t, page.Failure, said.Level, name)
		assert.NotContains(t, said.Text, string(text[40:80]), "no part of a private key is shown")
	}
	path := filepath.Join(t.TempDir(), "own.pem")
	require.NoError(t, keys.WritePublicFile(path, &testKeys()[demoKey].PublicKey))
	k.run(readOffer(page.Stamp{Epoch: 1}, "demo", path))
	assert.Contains(t, last[page.Notice](k).Text, "a key of your own")
	require.NoError(t, keys.WritePublicFile(path+".2", &testKeys()[pikeKey].PublicKey))
	k.run(readOffer(page.Stamp{Epoch: 1}, "demo", path+".2"))
	assert.Contains(t, last[page.Notice](k).Text, "is trusted in demo already")
	assert.Empty(t, k.services.trusted)
}

func TestOnlyPublicHalvesAreShownAndCopied(t *testing.T) {
	k := newKit(t, termenv.Ascii)
	k.choose("demo key")
	k.press(k.keys.List.Open)
	reader := dialog[*widget.Reader](k)
	text := strings.Join(reader.Lines, "\n")
	assert.Contains(t, text, "-----BEGIN PUBLIC KEY-----")
	assert.NotContains(t, text, "PRIVATE")
	k.press(k.keys.List.Copy)
	copied := last[page.Copy](k).Text
	pub, err := keys.ParsePublic([]byte(copied))
	require.NoError(t, err)
	assert.True(t, pub.Key.Equal(&testKeys()[demoKey].PublicKey))
	k.press(k.keys.List.CopyMenu)
	for _, it := range dialog[*widget.Menu](k).Items {
		k.run(it.Then)
		assert.NotContains(t, last[page.Copy](k).Text, "PRIVATE", it.Title)
	}
}

func TestDoctorAndPair(t *testing.T) {
	k := newKit(t, termenv.Ascii)
	dir := t.TempDir()
	private, public, other := filepath.Join(dir, "a.pem"), filepath.Join(dir, "a.pub.pem"), filepath.Join(dir, "b.pub.pem")
	require.NoError(t, keys.WritePair(private, public, testKeys()[demoKey]))
	require.NoError(t, keys.WritePublicFile(other, &testKeys()[otherKey].PublicKey))

	k.press(k.keys.Keyring.Doctor)
	k.run(dialog[*widget.Prompt](k).Then(private))
	text := strings.Join(dialog[*widget.Reader](k).Lines, "\n")
	assert.Contains(t, text, "RSA private key, 2048 bits")
	assert.Contains(t, text, string(keys.FingerprintOf(&testKeys()[demoKey].PublicKey)))

	k.press(k.keys.Keyring.Fits)
	k.run(dialog[*widget.Prompt](k).Then(private))
	k.run(dialog[*widget.Prompt](k).Then(public))
	assert.Contains(t, dialog[*widget.Reader](k).Lines[0], "Yes")
	k.run(comparePair(page.Stamp{Epoch: 1}, private, other))
	assert.Contains(t, strings.Join(dialog[*widget.Reader](k).Lines, "\n"), "do not belong together")
	k.run(examine(page.Stamp{Epoch: 1}, filepath.Join(dir, "none")))
	assert.Contains(t, strings.Join(dialog[*widget.Reader](k).Lines, "\n"), "no such file")
}

func TestGuideKnowsHowFarTheWayIs(t *testing.T) {
	k := newKit(t, termenv.Ascii)
	done := func() (out []bool) {
		for _, s := range k.steps() {
			out = append(out, s.done)
		}
		return out
	}
	assert.Equal(t, []bool{true, true, false, true, false}, done())
	k.press(k.keys.Keyring.Guide)
	assert.Equal(t, 2, k.guide.cursor, "the first step that is open")
	k.press(k.keys.List.Open)
	menu := dialog[*widget.Menu](k)
	k.run(menu.Items[2].Then)
	assert.Equal(t, []bool{true, true, true, true, false}, done())
	k.press(k.keys.Move.Bottom)
	k.press(k.keys.List.Open)
	assert.Equal(t, []bool{true, true, true, true, true}, done())
	assert.Empty(t, k.Waits())
	require.True(t, k.Back())
	assert.False(t, k.Back())
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
		k := newKit(t, termenv.Ascii)
		k.client.result = &c.result
		k.run(k.steps()[4].act())
		assert.Equal(t, c.ok, k.guide.tested, "%v", c.result.Err)
	}
}

func TestTestCallNeedsItsEnvironment(t *testing.T) {
	k := newKit(t, termenv.Ascii)
	desk := &page.Desk{Env: &pikeapi.Environment{Name: "sandbox", Kind: pikeapi.Sandbox, Epoch: 2}}
	k.deps.Desk.Set(desk)
	k.run(k.Update(page.EnvChanged{Desk: desk}))
	assert.Contains(t, k.steps()[4].off, "switch to demo first")
}

func TestKeysThatCannotBeReadSayWhy(t *testing.T) {
	k := newKit(t, termenv.Ascii)
	k.choose("live key")
	for _, h := range k.Help() {
		if h.Key.ID == k.keys.Keyring.Inspect.ID {
			assert.NotEmpty(t, h.Off)
		}
	}
	k.services.err = errors.New("the disk is gone")
	k.press(k.keys.List.Refresh)
	assert.Contains(t, last[page.Notice](k).Text, "the disk is gone")
}

func TestInspectGoesToTheInspector(t *testing.T) {
	k := newKit(t, termenv.Ascii)
	k.choose("demo key")
	k.press(k.keys.Keyring.Inspect)
	go2 := last[page.Navigate](k)
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
	for _, profile := range []termenv.Profile{termenv.Ascii, termenv.ANSI256} {
		k := newKit(t, profile)
		list := k.services.list.Keys
		list[1].Name, list[1].Where, list[1].Form, list[1].Problem = hostile, hostile, hostile, hostile
		list[2].Name, list[2].Warnings = hostile, []string{hostile, hostile}
		k.services.list.Shared = hostile
		k.services.envs[1].Project = hostile
		k.press(k.keys.List.Refresh)
		states := []func(){
			func() {},
			func() { k.press(k.keys.Move.Down) },
			func() { k.press(k.keys.Move.Down) },
			func() { k.over = true },
			func() { k.press(k.keys.Keyring.Guide); k.guide.said = hostile },
			func() { k.press(k.keys.Move.Bottom) },
			func() { k.Back(); k.services.list = page.KeyList{}; k.press(k.keys.List.Refresh) },
		}
		for i, change := range states {
			k.SetSize(118, 30)
			change()
			for _, s := range [][2]int{{1, 1}, {20, 5}, {60, 10}, {80, 19}, {118, 30}, {200, 45}, {240, 65}} {
				k.SetSize(s[0], s[1])
				lines := strings.Split(k.View(), "\n")
				require.Len(t, lines, s[1], "state %d %v", i, s)
				for _, l := range lines {
					require.Equal(t, s[0], ansi.StringWidth(l), "state %d %v %q", i, s, l)
					require.NotContains(t, ansi.Strip(l), "\x1b", "state %d", i)
				}
			}
		}
	}
}
