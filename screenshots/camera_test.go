package main

import (
	"bytes"
	"fmt"
	"image/gif"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"pikedash/ui/uitest"
)

// TestMain lets the test binary stand for the program: with PROGRAM set it echoes what is typed.
func TestMain(m *testing.M) {
	if os.Getenv("PROGRAM") != "" {
		if len(os.Args) > 1 && os.Args[1] == "seed" {
			if err := os.WriteFile("seeded", []byte(os.Args[2]), 0o600); err != nil {
				fmt.Println(err)
				os.Exit(1)
			}
			os.Exit(0)
		}
		seeded, err := os.ReadFile("seeded")
		if err != nil {
			seeded = []byte(err.Error())
		}
		fmt.Printf("ready \x1b[1;36m◆ SANDBOX\x1b[0m %s\r\n", seeded)
		if _, err := io.Copy(os.Stdout, os.Stdin); err != nil {
			fmt.Println(err)
		}
		os.Exit(0)
	}
	os.Exit(uitest.Main(m))
}

func self(t *testing.T) string {
	t.Helper()
	path, err := os.Executable()
	require.NoError(t, err)
	return path
}

func newWorlds(t *testing.T) worlds {
	t.Helper()
	w := worlds{}
	t.Cleanup(func() { require.NoError(t, w.close()) })
	return w
}

func echoShot() shot {
	return shot{
		name: "echo", title: "echo", width: 40, height: 4, env: []string{"PROGRAM=echo"},
		prepare: [][]string{{"seed", "42"}},
		script:  []step{wait("ready"), typed("hi"), wait("hi"), press("backspace"), gone("hi"), typed("o"), wait("ho")},
	}
}

func TestTakeWritesEachForm(t *testing.T) {
	s := echoShot()
	files, err := s.take(self(t), newWorlds(t), true)
	require.NoError(t, err)
	require.Len(t, files, 3)
	require.Equal(t, "echo.txt", files[0].name)
	require.Equal(t, "ready ◆ SANDBOX 42\nho\n\n\n", string(files[0].data))
	require.Equal(t, "echo.svg", files[1].name)
	require.True(t, bytes.HasPrefix(files[1].data, []byte("<svg ")))
	require.Equal(t, "echo.png", files[2].name)
	require.True(t, bytes.HasPrefix(files[2].data, []byte("\x89PNG")))

	again, err := s.take(self(t), newWorlds(t), true)
	require.NoError(t, err)
	require.Equal(t, files, again, "byte for byte")
}

func TestThemesDiffer(t *testing.T) {
	dark, light := echoShot(), echoShot()
	light.light = true
	a, err := dark.take(self(t), newWorlds(t), true)
	require.NoError(t, err)
	b, err := light.take(self(t), newWorlds(t), true)
	require.NoError(t, err)
	require.Equal(t, a[0].data, b[0].data)
	require.NotEqual(t, a[1].data, b[1].data)
}

func TestFilm(t *testing.T) {
	s := echoShot()
	s.film = true
	s.script = []step{wait("ready"), show(time.Second), filmed("abc", 80*time.Millisecond), wait("abc"), show(2 * time.Second)}
	files, err := s.take(self(t), newWorlds(t), true)
	require.NoError(t, err)
	require.Len(t, files, 1)
	g, err := gif.DecodeAll(bytes.NewReader(files[0].data))
	require.NoError(t, err)
	require.Equal(t, []int{100, 8, 8, 8, 200}, g.Delay)
}

func TestFailuresNameShotAndStep(t *testing.T) {
	s := echoShot()
	s.script = []step{wait("ready"), press("nokey")}
	_, err := s.take(self(t), newWorlds(t), true)
	require.ErrorContains(t, err, "shot echo: step 2:")

	s = echoShot()
	s.prepare = [][]string{{"seed", "1"}}
	s.env = nil // without PROGRAM the test binary runs tests and knows no such argument
	_, err = s.take(filepath.Join(t.TempDir(), "nothing"), newWorlds(t), true)
	require.ErrorContains(t, err, "pikedash seed 1")

	s = echoShot()
	s.script = []step{wait("ready"), typed("漢"), wait("漢")}
	_, err = s.take(self(t), newWorlds(t), true)
	require.ErrorContains(t, err, "U+6F22")
}

func TestPhotograph(t *testing.T) {
	dir := t.TempDir()
	var out strings.Builder
	require.NoError(t, photograph([]shot{echoShot()}, job{binary: self(t), dir: dir, only: "ech"}, &out))
	require.Contains(t, out.String(), "echo.svg")
	for _, name := range []string{"echo.txt", "echo.svg", "echo.png"} {
		require.FileExists(t, filepath.Join(dir, name))
	}
	out.Reset()
	require.NoError(t, photograph([]shot{echoShot()}, job{list: true}, &out))
	require.Equal(t, "echo                         40x4\n", out.String())
	require.ErrorContains(t, photograph([]shot{echoShot()}, job{only: "other"}, io.Discard), `"other"`)
}
