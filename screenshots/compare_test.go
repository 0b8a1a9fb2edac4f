package main

import (
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"pikedash/ui/uitest"
)

func TestCompareFindsWhatHasChanged(t *testing.T) {
	dir := t.TempDir()
	s := echoShot()
	files, err := s.take(self(t), newWorlds(t), true)
	require.NoError(t, err)
	require.ErrorIs(t, compare(dir, files), os.ErrNotExist)
	require.NoError(t, write(dir, files))
	require.NoError(t, compare(dir, files))

	require.NoError(t, os.WriteFile(filepath.Join(dir, "echo.png"), []byte("packed by another Go"), 0o600))
	require.NoError(t, compare(dir, files))

	require.NoError(t, os.WriteFile(filepath.Join(dir, "echo.txt"), []byte("ready ◆ SANDBOX 41\nho\n\n\n"), 0o600))
	err = compare(dir, files)
	require.ErrorContains(t, err, "line 1")
	require.ErrorContains(t, err, "SANDBOX 42")

	require.NoError(t, os.WriteFile(filepath.Join(dir, "echo.txt"), []byte("ready ◆ SANDBOX 42"), 0o600))
	require.ErrorContains(t, compare(dir, files), "(none)")
}

// TestThePicturesAreCurrent fails when a screen is not drawn as its picture shows it: make screenshots
// takes them anew. The animation is not played again, it only has to be there.
func TestThePicturesAreCurrent(t *testing.T) {
	if testing.Short() {
		t.Skip("starts the program many times")
	}
	binary := uitest.BuildPackage(t, "pikedash", stillTag)
	var stills []shot
	for _, s := range shots() {
		if s.film {
			require.FileExists(t, s.name+".gif")
			continue
		}
		stills = append(stills, s)
	}
	require.NoError(t, photograph(stills, job{binary: binary, dir: ".", check: true}, io.Discard))
}
