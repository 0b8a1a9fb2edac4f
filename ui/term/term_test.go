package term

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func env(pairs ...string) func(string) string {
	m := map[string]string{}
	for i := 0; i+1 < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return func(k string) string { return m[k] }
}

func TestCopyRoutes(t *testing.T) {
	broken := errors.New("no display")
	for name, c := range map[string]struct {
		mode    string
		env     func(string) string
		host    func(string) error
		route   Route
		hosted  bool
		written string
	}{
		"here":                              {"", env(), func(string) error { return nil }, ByHost, true, ""},
		"here, tool broken":                 {"", env(), func(string) error { return broken }, ByOSC52, true, "\x1b]52;c;aGk=\x07"},
		"here, no tool":                     {"auto", env(), nil, ByOSC52, false, "\x1b]52;c;aGk=\x07"},
		"ssh: a tool would copy to nowhere": {"", env("SSH_TTY", "/dev/pts/1"), func(string) error { return nil }, ByOSC52, false, "\x1b]52;c;aGk=\x07"},
		"tmux: plain and passed through": {"", env("TMUX", "/tmp/tmux"), nil, ByOSC52, false,
			"\x1b]52;c;aGk=\x07\x1bPtmux;\x1b\x1b]52;c;aGk=\x07\x1b\\"},
		"screen":       {"", env("STY", "1.a"), nil, ByOSC52, false, "\x1bP\x1b]52;c;aGk=\x07\x1b\\"},
		"by order":     {"osc52", env(), func(string) error { return nil }, ByOSC52, false, "\x1b]52;c;aGk=\x07"},
		"dumb, a tool": {"", env("TERM", "dumb", "SSH_TTY", "x"), func(string) error { return nil }, ByHost, true, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			hosted := false
			clip := Clipboard{Mode: c.mode, Out: &out, Getenv: c.env}
			if c.host != nil {
				clip.Host = func(s string) error { hosted = true; return c.host(s) }
			}
			route, err := clip.Copy("hi")
			require.NoError(t, err)
			assert.Equal(t, c.route, route)
			assert.Equal(t, c.hosted, hosted)
			assert.Equal(t, c.written, out.String())
		})
	}
}

func TestCopyFailsClearly(t *testing.T) {
	var out bytes.Buffer
	clip := Clipboard{Out: &out, Getenv: env()}
	_, err := clip.Copy(strings.Repeat("x", MaxOSC52+1))
	require.Error(t, err)
	assert.Contains(t, err.Error(), "too many for OSC 52")
	assert.Empty(t, out.String(), "half a sequence is worse than none")
	_, err = Clipboard{Mode: "off", Getenv: env()}.Copy("x")
	assert.ErrorContains(t, err, "switched off")
	_, err = Clipboard{Mode: "host", Getenv: env()}.Copy("x")
	assert.ErrorContains(t, err, "no clipboard tool")
}

func TestEditorTakesArguments(t *testing.T) {
	for line, want := range map[string][]string{
		"vi": {"vi"}, "code --wait": {"code", "--wait"}, `"/my tools/ed" -x 'a b'`: {"/my tools/ed", "-x", "a b"},
		`a\ b c`: {"a b", "c"}, "  emacs   -nw ": {"emacs", "-nw"},
	} {
		got, err := Split(line)
		require.NoError(t, err)
		assert.Equal(t, want, got)
	}
	for _, bad := range []string{`"open`, "'", `x\`, "  "} {
		_, err := Split(bad)
		assert.Error(t, err, bad)
	}
	argv, err := NewEditor(env("VISUAL", "hx -v", "EDITOR", "vi")).Argv()
	require.NoError(t, err)
	assert.Equal(t, []string{"hx", "-v"}, argv)
	argv, err = NewEditor(env()).Argv()
	require.NoError(t, err)
	assert.Equal(t, []string{"vi"}, argv)
}

// script makes a program that stands in for an editor.
func script(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "editor.sh")
	require.NoError(t, os.WriteFile(path, []byte("#!/bin/sh\n"+text+"\n"), 0o700))
	return path
}

func TestEditorReturnsBytesUntouched(t *testing.T) {
	e := Editor{Getenv: env("EDITOR", script(t, `ls -l "$1" | cut -c1-10 > "$1.mode"; printf 'a\tb\r\n\0\377' >> "$1"`)), Dir: t.TempDir()}
	editing, err := e.Prepare([]byte("{}"), ".json")
	require.NoError(t, err)
	assert.True(t, strings.HasSuffix(editing.path, ".json"))
	info, err := os.Stat(editing.path)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	content, changed, err := editing.Finish(editing.Cmd.Run())
	require.NoError(t, err)
	assert.True(t, changed)
	assert.Equal(t, []byte("{}a\tb\r\n\x00\xff"), content)
	left, err := os.ReadDir(e.Dir)
	require.NoError(t, err)
	assert.Empty(t, left, "text and everything beside it is removed")
}

func TestEditorThatFailsChangesNothing(t *testing.T) {
	e := Editor{Getenv: env("EDITOR", script(t, `echo spoilt > "$1"; exit 3`)), Dir: t.TempDir()}
	editing, err := e.Prepare([]byte("kept"), ".txt")
	require.NoError(t, err)
	content, changed, err := editing.Finish(editing.Cmd.Run())
	require.Error(t, err)
	assert.False(t, changed)
	assert.Equal(t, "kept", string(content))
	left, err := os.ReadDir(e.Dir)
	require.NoError(t, err)
	assert.Empty(t, left)
}

func TestEditorThatIsNotThere(t *testing.T) {
	e := Editor{Getenv: env("EDITOR", "no-such-editor-anywhere"), Dir: t.TempDir()}
	_, err := e.Prepare(nil, "")
	assert.ErrorContains(t, err, "no-such-editor-anywhere cannot be started")
	left, err := os.ReadDir(e.Dir)
	require.NoError(t, err)
	assert.Empty(t, left)
}

func TestSuffixCannotLeaveItsDirectory(t *testing.T) {
	e := Editor{Getenv: env("EDITOR", script(t, "exit 0")), Dir: t.TempDir()}
	editing, err := e.Prepare(nil, "/../../evil")
	require.NoError(t, err)
	assert.Equal(t, editing.dir, filepath.Dir(editing.path))
	_, _, err = editing.Finish(nil)
	require.NoError(t, err)
}

func TestOutputStaysOffTheScreen(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	out, err := Output(ctx, []string{script(t, `cat; echo err >&2; exit 4`)}, []byte("in "))
	assert.ErrorContains(t, err, "exit status 4")
	assert.Equal(t, "in err\n", string(out))
	out, err = Output(ctx, []string{script(t, `head -c 3000000 /dev/zero`)}, nil)
	require.NoError(t, err)
	assert.Len(t, out, maxOutput)
}

func TestTitleIsOneHarmlessLine(t *testing.T) {
	assert.Equal(t, "pikedash a]0;evilb", Title("pikedash a\x07]0;evil\nb\u009c"))
	assert.Equal(t, "red", Title("\x1b[31mred\x1b[0m"))
}

func TestRestore(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, Restore(&out))
	for _, want := range []string{"\x1b[?25h", "\x1b[?1049l", "\x1b[?2004l", "\x1b[0m"} {
		assert.Contains(t, out.String(), want)
	}
}
