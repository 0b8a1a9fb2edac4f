package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCompareFindsWhatHasChanged(t *testing.T) {
	dir := t.TempDir()
	s := echoShot()
	files, err := s.take(self(t), newWorlds(t))
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
