package signature

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/exp/golden"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"pikedash/keys"
	"pikedash/keys/forensics"
	"pikedash/pikeapi"
	"pikedash/pikeapi/journal"
	"pikedash/ui/keymap"
	"pikedash/ui/page"
	"pikedash/ui/uitest/kit"
	"pikedash/ui/widget"
)

type fakeStore struct {
	exchange *journal.Exchange
	webhook  *journal.Webhook
	digests  map[[32]byte]string
	err      error
}

func (s *fakeStore) Exchange(context.Context, int64) (*journal.Exchange, error) {
	return s.exchange, s.err
}

func (s *fakeStore) Webhook(context.Context, int64) (*journal.Webhook, error) {
	return s.webhook, s.err
}

func (s *fakeStore) Digests(context.Context) (map[[32]byte]string, error) {
	if s.err != nil {
		return nil, s.err
	}
	return maps.Clone(s.digests), nil
}

func (s *fakeStore) Exchanges(context.Context, journal.Query, *journal.Cursor, journal.Direction, int) ([]journal.ExchangeRow, error) {
	return []journal.ExchangeRow{{ID: 41, Method: "session/init/payout", RequestBytes: 231}}, s.err
}

func (s *fakeStore) Webhooks(context.Context, journal.Query, *journal.Cursor, journal.Direction, int) ([]journal.WebhookRow, error) {
	return []journal.WebhookRow{{ID: 12, Type: "ready_to_confirm\x1b[31m", Bytes: 412, Badge: journal.BadgeVerified}}, s.err
}

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

// The keys: ours, Pike's, and one that nobody knows.
const (
	ours = iota
	pikes
	strangers
)

// bench is the screen over a journal of one record of each kind.
type bench struct {
	*kit.Kit[*Model]
	*Model
	store *fakeStore
}

func newBench(t *testing.T, o kit.Options) *bench {
	t.Helper()
	store := &fakeStore{}
	signer, err := keys.NewSigner(testKeys()[ours], "file demo.pem")
	require.NoError(t, err)
	o.Kind, o.W, o.H = pikeapi.Demo, 118, 30
	o.Desk = func(d *page.Desk) {
		d.Env.Signer = signer
		d.Env.PikeKeys = keys.Ring{{Name: "Pike's demo key", Environment: "demo", Role: keys.RolePike, Public: &testKeys()[pikes].PublicKey}}
	}
	k := kit.New(t, func(d *page.Deps) *Model {
		m := New(d)
		m.store = store
		return m
	}, o)
	return &bench{k, k.M, store}
}

func (k *bench) paste(text string) {
	k.T.Helper()
	k.Key(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(text), Paste: true})
}

// inspect brings a body and a signature as files and pastes would.
func (k *bench) inspect(body []byte, signature string) {
	k.T.Helper()
	k.subject = subject{}
	k.subject.setBody(body, sha256.Sum256(body), "file body.json", "", nil)
	k.subject.setSignature(signature, "file body.sig", "")
	k.Run(k.look())
	require.NotNil(k.T, k.report)
}

func raw(t *testing.T, key int, h crypto.Hash, digest []byte) []byte {
	t.Helper()
	out, err := rsa.SignPKCS1v15(nil, testKeys()[key], h, digest)
	require.NoError(t, err)
	return out
}

func sign(t *testing.T, key int, body string) string {
	sum := sha256.Sum256([]byte(body))
	return base64.StdEncoding.EncodeToString(raw(t, key, crypto.SHA256, sum[:]))
}

const body = `{"amount_details":{"amount":15000,"currency":"eur"},"metadata":"order-9001","note":"Zoë"}`

func TestTheChainBreaksAtTheRightLink(t *testing.T) {
	sum := sha256.Sum256([]byte(body))
	old := sha1.Sum([]byte(body))
	pss, err := rsa.SignPSS(rand.Reader, testKeys()[ours], crypto.SHA256, sum[:], nil)
	require.NoError(t, err)
	good := raw(t, ours, crypto.SHA256, sum[:])
	std := base64.StdEncoding.EncodeToString
	for _, c := range []struct {
		name, signature string
		cause           forensics.Cause
		at              int // the first link that breaks; -1 for none
		also            []int
	}{
		{"good", std(good), forensics.OK, -1, nil},
		{"good by Pike", sign(t, pikes, body), forensics.OK, -1, nil},
		{"newline", sign(t, ours, body+"\n"), forensics.BodyTrailingNewline, linkDigest, nil},
		{"crlf", sign(t, ours, body+"\r\n"), "", linkDigest, nil},
		{"other bytes", sign(t, ours, "something else"), forensics.BodyDiffers, linkDigest, nil},
		{"digest in hex", sign(t, ours, hex.EncodeToString(sum[:])), forensics.DigestHexSigned, linkDigest, nil},
		{"stranger", sign(t, strangers, body), forensics.KeyWrong, linkKey, nil},
		{"sha1", std(raw(t, ours, crypto.SHA1, old[:])), forensics.HashSHA1, linkScheme, nil},
		{"pss", std(pss), forensics.SchemePSS, linkScheme, nil},
		{"hex", hex.EncodeToString(good), forensics.SigHex, linkSignature, nil},
		{"quoted", `"` + std(good) + `"`, forensics.SigQuoted, linkSignature, nil},
		{"empty", "  ", forensics.SigEmpty, linkSignature, nil},
		{"garbage", "not a signature at all!", "", linkSignature, nil},
		{"hex and newline", hex.EncodeToString(raw(t, ours, crypto.SHA256, sumOf(body+"\n"))), forensics.SigHex, linkSignature, []int{linkDigest}},
	} {
		t.Run(c.name, func(t *testing.T) {
			k := newBench(t, kit.Options{})
			k.inspect([]byte(body), c.signature)
			if c.cause != "" {
				assert.Equal(t, c.cause, k.report.First(), k.report.Summary)
			}
			chain := k.chain()
			for i, l := range chain {
				broken := i == c.at
				for _, also := range c.also {
					broken = broken || i == also
				}
				assert.Equal(t, broken, l.state == breaks, "%s: %s", l.name, k.report.Summary)
				assert.Equal(t, i == c.at, l.first, l.name)
				if c.at == -1 {
					assert.Equal(t, holds, l.state, l.name)
				}
			}
			view := k.View()
			assert.Equal(t, c.at == -1, strings.Contains(view, "✓ VALID"))
			assert.Equal(t, c.at != -1, strings.Contains(view, "✗ INVALID"))
			assert.Contains(t, view, "90 bytes", "the length is always shown")
			assert.Contains(t, view, k.short(hexDigest(sum)), "the digest is always shown")
			assert.Contains(t, view, "RSA-2048", "the key is always shown")
		})
	}
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

func TestGoldenInvalid(t *testing.T) {
	k := newBench(t, kit.Options{})
	k.inspect([]byte(body), sign(t, ours, body+"\n"))
	golden.RequireEqual(t, settled(k.View()))
}

func TestGoldenValidSmall(t *testing.T) {
	k := newBench(t, kit.Options{})
	k.SetSize(80, 19)
	k.inspect([]byte(body), sign(t, pikes, body))
	golden.RequireEqual(t, settled(k.View()))
}

func TestGoldenReport(t *testing.T) {
	k := newBench(t, kit.Options{})
	k.SetSize(80, 24)
	k.inspect([]byte(body), sign(t, strangers, body))
	golden.RequireEqual(t, settled(k.View()))
}

func sumOf(s string) []byte {
	sum := sha256.Sum256([]byte(s))
	return sum[:]
}

func TestASignatureOfTheOtherSideIsNamed(t *testing.T) {
	k := newBench(t, kit.Options{})
	k.store.webhook = &journal.Webhook{ID: 12, Body: []byte(body), Digest: sha256.Sum256([]byte(body)), Bytes: len(body), Signature: sign(t, ours, body), Header: http.Header{}}
	k.Run(k.Open(page.OpenWebhook{ID: 12}))
	require.NotNil(t, k.report)
	assert.Equal(t, forensics.KeyOtherKnown, k.report.First())
	assert.Equal(t, breaks, k.chain()[linkKey].state)
	assert.Contains(t, k.View(), "by demo key")
}

func TestABroughtSignatureOfARecordedRequestIsNamed(t *testing.T) {
	const earlier = `{"amount":7}`
	k := newBench(t, kit.Options{})
	k.store.digests = map[[32]byte]string{sha256.Sum256([]byte(earlier)): "request 41", sha256.Sum256([]byte(body)): "request 42"}
	k.inspect([]byte(body), sign(t, ours, earlier))
	assert.Equal(t, forensics.BodyOtherRequest, k.report.First())
	assert.Contains(t, k.View(), "request 41")

	k.store.err = errors.New("the disk is gone")
	k.inspect([]byte(body), sign(t, ours, earlier))
	assert.Equal(t, forensics.BodyDiffers, k.report.First())
	assert.Contains(t, k.View(), "the journal was left out: the disk is gone")
	k.inspect([]byte(body), sign(t, ours, body))
	assert.True(t, k.report.Valid)
	assert.Empty(t, k.report.Notes, "a good signature needs no journal")
}

func TestAMaskedRecordIsCheckedByItsDigestAndSaysSo(t *testing.T) {
	k := newBench(t, kit.Options{})
	k.store.exchange = &journal.Exchange{
		ExchangeRow: journal.ExchangeRow{ID: 41, RequestBytes: len(body), KeyFingerprint: string(keys.FingerprintOf(&testKeys()[ours].PublicKey))},
		Body:        []byte(`{"number":"424242··4242"}`), BodyMasked: true, Digest: sha256.Sum256([]byte(body)), Signature: sign(t, ours, body),
	}
	k.Run(k.Open(page.OpenExchange{ID: 41}))
	require.NotNil(t, k.report)
	assert.True(t, k.report.Valid)
	view := k.View()
	assert.Contains(t, view, "over 90 bytes that are masked here: their digest was checked")
	assert.Contains(t, view, "masked, checked by digest")
	assert.Contains(t, view, "the masked body: not the bytes that were signed")
	assert.Equal(t, "Signature › exchange 41", k.Title())

	k.store.exchange.Signature = sign(t, ours, body+"\n")
	k.Press(k.Keys.Signature.Again)
	require.NotNil(t, k.report)
	assert.False(t, k.report.Valid, "r reads the record again")
	assert.Empty(t, k.pairs, "masked text is never compared as if it were the body")
}

func TestAnUnreadableRecordSaysWhy(t *testing.T) {
	k := newBench(t, kit.Options{})
	k.store.err = errors.New("the disk \x1b[31mis gone")
	k.Run(k.Open(page.OpenExchange{ID: 41}))
	assert.Contains(t, k.View(), "the disk ␛[31mis gone")
	assert.Empty(t, k.Waits())
}

func TestAPasteIsKeptAsItComes(t *testing.T) {
	k := newBench(t, kit.Options{})
	k.Press(k.Keys.Signature.Paste)
	require.True(t, k.CapturesKeys())
	k.paste("{\r\t\"a\": 1\u00a0}")
	k.paste("\x00 ")
	view := k.View()
	assert.Contains(t, view, "which may change line ends")
	assert.Contains(t, view, "line ends that came as CR: 1")
	assert.Contains(t, view, "2 pieces")
	k.Press(k.Keys.Form.Submit)
	assert.False(t, k.CapturesKeys())
	assert.Equal(t, "{\r\t\"a\": 1\u00a0}\x00 ", string(k.subject.body))
	assert.Contains(t, k.View(), "pasted through the terminal")

	k.Press(k.Keys.Signature.Signature)
	k.paste("abc\ndef")
	k.Press(k.Keys.Form.Enter)
	assert.Equal(t, "abc\ndef", k.subject.signature, "a wrapped signature stays wrapped")
	require.NotNil(t, k.report)
}

func TestLettersAreTextWhileGathering(t *testing.T) {
	k := newBench(t, kit.Options{})
	k.Press(k.Keys.Signature.Paste)
	k.Type("oskq1")
	k.Press(k.Keys.Form.Enter)
	k.Press(k.Keys.Text.Back)
	assert.Equal(t, "oskq1", string(k.gather.text))
	k.Press(k.Keys.Form.Leave)
	assert.False(t, k.CapturesKeys())
	assert.False(t, k.subject.hasBody)
}

func TestFilesAreReadByteByByte(t *testing.T) {
	dir := t.TempDir()
	bodyFile, sigFile := filepath.Join(dir, "body \x1b.json"), filepath.Join(dir, "sig")
	content := "\ufeff{\"a\":1}\r\n\xff"
	require.NoError(t, os.WriteFile(bodyFile, []byte(content), 0o600))
	require.NoError(t, os.WriteFile(sigFile, []byte(sign(t, ours, content)+"\n"), 0o600))
	k := newBench(t, kit.Options{})
	k.Press(k.Keys.Signature.Body)
	prompt := kit.DialogOf[*widget.Prompt](k.Kit)
	k.Run(prompt.Then(bodyFile))
	k.Press(k.Keys.Signature.Signature)
	k.paste("@" + sigFile)
	k.Press(k.Keys.Form.Enter)
	require.NotNil(t, k.report)
	assert.True(t, k.report.Valid, k.report.Summary)
	assert.Equal(t, content, string(k.subject.body))

	k.Run(readFile(page.Stamp{Epoch: 1}, aBody, dir))
	assert.Contains(t, kit.Last[page.Notice](k.Kit).Text, "no regular file")
}

// TestAKeyThatIsFoundByItselfMayHaveSignedOtherBytes: a notification that was saved with a newline has
// nothing wrong with its key.
func TestAKeyThatIsFoundByItselfMayHaveSignedOtherBytes(t *testing.T) {
	k := newBench(t, kit.Options{})
	k.inspect([]byte(body+"\n"), sign(t, pikes, body))
	require.NotNil(t, k.report)
	assert.Equal(t, []forensics.Cause{forensics.BodyTrailingNewline}, k.report.Causes)

	k.inspect([]byte(body), sign(t, strangers, body))
	assert.Equal(t, forensics.KeyWrong, k.report.First())
}

func TestTheKeyCanBeChosen(t *testing.T) {
	k := newBench(t, kit.Options{})
	k.inspect([]byte(body), sign(t, ours, body))
	require.True(t, k.report.Valid)
	k.Press(k.Keys.Signature.Keys)
	menu := kit.DialogOf[*widget.Menu](k.Kit)
	assert.Len(t, menu.Items, 4, "find it, a file, ours, Pike's")
	k.Run(k.Open(page.OpenKey{Fingerprint: keys.FingerprintOf(&testKeys()[pikes].PublicKey)}))
	require.NotNil(t, k.report)
	assert.Equal(t, forensics.KeyOtherKnown, k.report.First())

	path := filepath.Join(t.TempDir(), "stranger.pem")
	require.NoError(t, keys.WritePublicFile(path, &testKeys()[strangers].PublicKey))
	k.Run(readKey(page.Stamp{Epoch: 1}, path))
	assert.Equal(t, forensics.KeyOtherKnown, k.report.First())
	assert.Contains(t, k.View(), "stranger.pem")
}

func TestCopiesHoldNoSignatureAndNoBody(t *testing.T) {
	k := newBench(t, kit.Options{})
	signature := sign(t, ours, body+"\n")
	k.inspect([]byte(body), signature)
	k.Press(k.Keys.Signature.Report)
	text := kit.Last[page.Copy](k.Kit).Text
	assert.Contains(t, text, "body_trailing_newline (certain)")
	assert.Contains(t, text, hexDigest(sha256.Sum256([]byte(body))))
	assert.NotContains(t, text, signature[:40])
	assert.NotContains(t, text, "order-9001")

	for i, lang := range forensics.Languages() {
		k.Press(k.Keys.Signature.Snippet)
		got := kit.Last[page.Copy](k.Kit)
		assert.Contains(t, got.What, lang)
		assert.Equal(t, k.report.Findings[0].Snippets[lang], got.Text)
		k.Press(k.Keys.Signature.Language)
		assert.Equal(t, (i+1)%len(forensics.Languages()), k.lang)
	}
	k.Press(k.Keys.Signature.OpenSSL)
	reader := kit.DialogOf[*widget.Reader](k.Kit)
	assert.Contains(t, strings.Join(reader.Lines, "\n"), "openssl dgst -sha256 -verify public.pem")
}

func TestNothingThatIsInspectedChanges(t *testing.T) {
	k := newBench(t, kit.Options{})
	b, s := []byte(body), sign(t, ours, body+"\n")
	k.inspect(b, s)
	for _, key := range []keymap.Binding{k.Keys.Signature.Bytes, k.Keys.Signature.Bytes, k.Keys.Signature.Language, k.Keys.Signature.Again, k.Keys.Signature.Report} {
		k.Press(key)
	}
	assert.Equal(t, body, string(b))
	assert.Equal(t, s, k.subject.signature)
	assert.Equal(t, body, string(k.subject.body))
}

func TestEscStopsTheSearch(t *testing.T) {
	k := newBench(t, kit.Options{})
	k.subject.setBody([]byte(body), sha256.Sum256([]byte(body)), "pasted", "", nil)
	k.subject.setSignature(sign(t, ours, "other"), "typed", "")
	cmd := k.look() // not carried out yet
	require.Len(t, k.Waits(), 1)
	k.Update(page.Tick{Now: k.Time.Add(2 * time.Second)})
	assert.Contains(t, k.View(), "waiting for the search, 2 s")
	assert.Contains(t, k.View(), "esc stops")
	require.True(t, k.Back())
	assert.Empty(t, k.Waits())
	k.Run(cmd)
	assert.Nil(t, k.report, "a stopped search brings nothing")
	assert.Contains(t, k.View(), "STOPPED")
	assert.False(t, k.Back())
	k.Press(k.Keys.Signature.Again)
	assert.NotNil(t, k.report)
}

func TestTheWheelScrolls(t *testing.T) {
	k := newBench(t, kit.Options{})
	k.SetSize(80, 12)
	long := []byte(strings.Repeat("0123456789abcdef", 100))
	k.inspect(long, sign(t, ours, string(long)))
	before := k.View()
	k.Run(k.Update(page.Mouse{Wheel: 2}))
	assert.NotEqual(t, before, k.View())
	assert.Contains(t, k.View(), "00000060")
	k.Run(k.Update(page.Mouse{Wheel: -2}))
	assert.Equal(t, before, k.View())
}

func TestWithoutAKeyItSaysSo(t *testing.T) {
	k := newBench(t, kit.Options{})
	k.subject.setBody([]byte(body), sha256.Sum256([]byte(body)), "pasted", "", nil)
	k.subject.setSignature("x", "typed", "")
	k.ring = keys.Ring{}
	k.Run(k.look())
	assert.Contains(t, k.View(), "no key of demo is known")
	assert.Empty(t, k.Waits())
}

func TestProgressIsHeard(t *testing.T) {
	k := newBench(t, kit.Options{})
	news := make(chan progressed, 1)
	news <- progressed{Stamp: k.deps.Stamps.Next(slotExplain), tried: 7, total: 90, more: news}
	close(news)
	k.begin("the search", explainTime)
	k.Run(listen(news))
	k.Update(page.Tick{Now: k.Time.Add(time.Second)})
	assert.Contains(t, k.View(), "7 of at most 90 variants")
}

func TestAnotherEnvironmentTakesRecordsAway(t *testing.T) {
	k := newBench(t, kit.Options{})
	k.store.exchange = &journal.Exchange{Body: []byte(body), Digest: sha256.Sum256([]byte(body)), Signature: sign(t, ours, body)}
	k.Run(k.Open(page.OpenExchange{ID: 41}))
	require.NotNil(t, k.report)
	desk := &page.Desk{Env: &pikeapi.Environment{Name: "live", Kind: pikeapi.Live, Epoch: 2}}
	k.MoveTo(desk)
	assert.Nil(t, k.report)
	assert.True(t, k.subject.empty())
	assert.Contains(t, k.View(), "choose a recorded request")
}

func TestTheEditorsBytesAreTakenUntouched(t *testing.T) {
	k := newBench(t, kit.Options{})
	k.Press(k.Keys.Signature.Edit)
	asked := kit.Last[page.Edit](k.Kit)
	k.Run(k.Update(page.Edited{ID: asked.ID, Content: []byte("{}\n\x00"), Changed: true}))
	assert.Equal(t, "{}\n\x00", string(k.subject.body))
	k.Run(k.Update(page.Edited{ID: "create.body", Content: []byte("no"), Changed: true}))
	assert.Equal(t, "{}\n\x00", string(k.subject.body), "another screen's answer")
	k.Run(k.Update(page.Edited{ID: asked.ID, Content: []byte("[]"), Changed: true}))
	assert.Equal(t, "[]", string(k.subject.body), "edited once more")

	k.store.webhook = &journal.Webhook{ID: 12, Body: []byte(body), Digest: sha256.Sum256([]byte(body)), Bytes: len(body), Signature: sign(t, pikes, body), Header: http.Header{}}
	k.Run(k.Open(page.OpenWebhook{ID: 12}))
	k.Press(k.Keys.Signature.Edit)
	assert.Empty(t, kit.Last[page.Edit](k.Kit).Content, "a record's bytes go into no file")
}

func TestRecordsAreOffered(t *testing.T) {
	k := newBench(t, kit.Options{})
	k.Press(k.Keys.Signature.Journal)
	menu := kit.DialogOf[*widget.Menu](k.Kit)
	require.Len(t, menu.Items, 2)
	assert.Equal(t, openRecord{record{exchangeRecord, 41}}, menu.Items[1].Then())
}

func TestViewIsExactlyItsBox(t *testing.T) {
	hostile := "{\"n\":\"\x1b[31m\u202e漢字 \u0301\x00\xff\",\"long\":\"" + strings.Repeat("x", 500) + "\"}"
	for _, colours := range []bool{false, true} {
		k := newBench(t, kit.Options{Colours: colours})
		k.deps.Desk.At().Env.PikeKeys[0].Name = "Pike's \x1b[2J漢字 key " + strings.Repeat("long ", 30)
		states := []func(){
			func() {},
			func() { k.Press(k.Keys.Signature.Paste); k.paste(strings.Repeat(hostile+"\r\n\t", 20)) },
			func() { k.Press(k.Keys.Signature.Signature); k.paste(hostile) },
			func() { k.Press(k.Keys.Form.Leave); k.inspect([]byte(hostile), hostile) },
			func() { k.inspect([]byte(hostile), sign(t, ours, hostile+"\n")) },
			func() { k.Press(k.Keys.Signature.Bytes) },
			func() { k.Press(k.Keys.Signature.Bytes) },
			func() { k.inspect(nil, sign(t, pikes, "")) },
			func() {
				k.inspect([]byte(hostile), sign(t, strangers, hostile))
				k.subject.notes = []string{hostile, hostile}
			},
			func() { k.subject.known = false; k.subject.bodyFrom = hostile },
			func() { k.err, k.report = errors.New(hostile), nil },
		}
		for _, change := range states {
			change()
			for _, s := range [][2]int{{1, 1}, {20, 5}, {60, 10}, {80, 19}, {118, 30}, {200, 45}, {240, 65}} {
				k.SetSize(s[0], s[1])
				kit.Exact(t, k.View(), s[0], s[1])
			}
		}
	}
}
