//go:build unix

package keys

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func modeOf(t *testing.T, path string) os.FileMode {
	t.Helper()
	info, err := os.Lstat(path)
	require.NoError(t, err)
	return info.Mode().Perm()
}

func TestGenerateOffersThreeSizes(t *testing.T) {
	for _, bits := range []int{-1, 0, 512, 1024, 2047, 2049, 8192} {
		_, err := Generate(context.Background(), bits)
		assert.Equal(t, CodeUnusualBits, problemOf(t, err).Code)
	}
	key, err := Generate(context.Background(), 2048)
	require.NoError(t, err)
	assert.Equal(t, 2048, key.N.BitLen())
	assert.Equal(t, 65537, key.E)

	ended, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	_, err = Generate(ended, 4096)
	assert.ErrorIs(t, err, context.DeadlineExceeded)
}

func TestKeysAreWrittenWithTheirModesWhateverTheUmask(t *testing.T) {
	for _, mask := range []int{0, 0o077, 0o777 &^ 0o700} {
		old := syscall.Umask(mask)
		d := newFolder(t)
		deep := d.at("a/b")
		err := WritePair(filepath.Join(deep, "private.pem"), filepath.Join(deep, "public.pem"), firstKey())
		syscall.Umask(old)
		require.NoError(t, err)
		assert.Equal(t, os.FileMode(0o600), modeOf(t, filepath.Join(deep, "private.pem")))
		assert.Equal(t, os.FileMode(0o644), modeOf(t, filepath.Join(deep, "public.pem")))
		assert.Equal(t, os.FileMode(0o700), modeOf(t, deep))
		assert.Equal(t, os.FileMode(0o700), modeOf(t, d.at("a")))
		entries, err := os.ReadDir(deep)
		require.NoError(t, err)
		assert.Len(t, entries, 2, "no temporary file is left")

		private, err := ReadPrivateFile(filepath.Join(deep, "private.pem"), nil)
		require.NoError(t, err)
		public, err := ReadPublicFile(filepath.Join(deep, "public.pem"))
		require.NoError(t, err)
		assert.NoError(t, Pair(private.Key, public.Key))
	}
}

func TestNothingIsEverOverwritten(t *testing.T) {
	d := newFolder(t)
	d.write("file", []byte("precious"), 0o644)
	require.NoError(t, os.Mkdir(d.at("folder"), 0o700))
	d.write("target", []byte("precious"), 0o644)
	require.NoError(t, os.Symlink(d.at("target"), d.at("link")))
	require.NoError(t, os.Symlink(d.at("nowhere"), d.at("dangling")))
	before, err := os.ReadDir(d.path)
	require.NoError(t, err)
	for _, name := range []string{"file", "folder", "link", "dangling"} {
		assert.Equal(t, CodeExists, problemOf(t, WritePrivateFile(d.at(name), firstKey())).Code)
		assert.Equal(t, CodeExists, problemOf(t, WritePublicFile(d.at(name), &firstKey().PublicKey)).Code)
		// A taken name for one half leaves the other half unwritten too.
		assert.Equal(t, CodeExists, problemOf(t, WritePair(d.at("new"), d.at(name), firstKey())).Code)
	}
	assert.Error(t, WritePair(d.at("same"), d.at("./same"), firstKey()))
	assert.Error(t, WritePrivateFile(d.at("file/below"), firstKey()))
	assert.Error(t, WritePrivateFile(d.at("none"), nil))
	assert.Error(t, WritePublicFile(d.at("none"), nil))
	assert.Equal(t, "precious", string(d.read("file")))
	assert.Equal(t, "precious", string(d.read("target")))
	after, err := os.ReadDir(d.path)
	require.NoError(t, err)
	assert.Equal(t, len(before), len(after), "no temporary file is left")
}

func TestOfManyWritersOneWins(t *testing.T) {
	d := newFolder(t)
	var won atomic.Int32
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			if WritePrivateFile(d.at("key.pem"), firstKey()) == nil {
				won.Add(1)
			}
		})
	}
	group.Wait()
	assert.Equal(t, int32(1), won.Load())
	_, err := ReadPrivateFile(d.at("key.pem"), nil)
	assert.NoError(t, err)
}

func TestPairAndSharedKeys(t *testing.T) {
	first, second := firstKey(), secondKey()
	assert.NoError(t, Pair(first, &first.PublicKey))
	p := problemOf(t, Pair(first, &second.PublicKey))
	assert.Equal(t, CodePairMismatch, p.Code)
	assert.Contains(t, p.Sentence, FingerprintOf(&first.PublicKey).Short())
	assert.Contains(t, p.Sentence, FingerprintOf(&second.PublicKey).Short())
	cousin := first.PublicKey
	cousin.E = 3
	assert.Contains(t, problemOf(t, Pair(first, &cousin)).Sentence, "exponent")
	assert.Error(t, Pair(nil, &first.PublicKey))
	assert.Error(t, Pair(first, nil))

	ring := Ring{
		{Name: "demo key", Environment: "demo", Role: RoleOwn, Public: &first.PublicKey},
		{Name: "live key", Environment: "live", Role: RoleOwn, Public: &second.PublicKey},
		{Name: "Pike", Environment: "live", Role: RolePike, Public: &first.PublicKey},
	}
	_, _, shared := ring.SharedBetween("demo", "live")
	assert.False(t, shared, "Pike's keys are not the partner's")
	ring = append(ring, Known{Name: "old live key", Environment: "live", Role: RoleRetired, Public: &cousin})
	a, b, shared := ring.SharedBetween("demo", "live")
	require.True(t, shared)
	assert.Equal(t, "demo key", a.Name)
	assert.Equal(t, "old live key", b.Name)
	known, ok := ring.Find(FingerprintOf(&second.PublicKey))
	assert.True(t, ok)
	assert.Equal(t, "live key", known.Name)
	_, ok = ring.Find("none")
	assert.False(t, ok)
}

// File systems without hard links take the second way, which keeps to the same rules.
func TestTheWayWithoutHardLinks(t *testing.T) {
	d := newFolder(t)
	require.NoError(t, createExclusive(d.at("key.pem"), privatePEM(t, firstKey()), privateMode))
	_, err := ReadPrivateFile(d.at("key.pem"), nil)
	require.NoError(t, err)
	assert.Error(t, createExclusive(d.at("key.pem"), nil, privateMode))
	require.NoError(t, os.Symlink(d.at("nowhere"), d.at("link")))
	assert.Error(t, createExclusive(d.at("link"), nil, privateMode))
	assert.NoFileExists(t, d.at("nowhere"))
}

func TestNamesAreQuotedForTheShell(t *testing.T) {
	d := newFolder(t)
	for _, name := range []string{"plain.pem", "with blank", "it's", "$(rm x)", "-rf", "a;b", "käse", `back\slash`, "~", "*", "`x`", "a&b"} {
		d.write(name, []byte(name), 0o600)
		assert.Equal(t, name, string(d.run("sh", "-c", "cat "+shellQuote(name))), name)
	}
	assert.Equal(t, "FILE", shellQuote(""))
	assert.Equal(t, "'a?b'", shellQuote("a\x1bb"))
}
