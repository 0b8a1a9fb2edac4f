package main

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// screens are the packages below ui/ that draw one screen each.
var screens = []string{"overview", "sessions", "create", "payouts", "webhooks", "signature", "traffic", "keyring", "flows", "unknown"}

// allowed says which packages of this module a package may import; what is absent is forbidden.
// "pikeapi/*" stands for pikeapi and everything below it.
func allowed(pkg string) []string {
	toScreens := []string{"ui/page", "ui/keymap", "ui/theme", "ui/widget", "ui/term"}
	all := func(more ...string) []string { return slices.Concat(toScreens, more) }
	switch pkg {
	case "":
		return []string{"ui/command"}
	case "config", "keys", "ui/keymap", "ui/theme", "ui/term", "ui/uitest":
		return nil
	case "keys/forensics", "pikeapi":
		return []string{"keys"}
	case "pikeapi/journal":
		return []string{"pikeapi", "keys"}
	case "pikeapi/sandbox":
		return []string{"pikeapi", "keys", "keys/forensics", "pikeapi/listen"}
	case "pikeapi/webhook":
		return []string{"pikeapi", "keys", "keys/forensics", "pikeapi/journal", "pikeapi/listen"}
	case "pikeapi/flow":
		return []string{"pikeapi", "keys", "pikeapi/sandbox", "pikeapi/webhook", "pikeapi/journal"}
	case "ui/widget":
		return []string{"ui/keymap", "ui/theme"}
	case "ui/uitest/kit":
		return []string{"pikeapi", "pikeapi/journal", "ui/page", "ui/keymap", "ui/theme", "ui/widget"}
	case "ui/page":
		return []string{"keys", "pikeapi", "pikeapi/journal", "ui/keymap", "ui/theme", "ui/widget"}
	case "ui":
		list := all("pikeapi", "pikeapi/journal")
		for _, s := range screens {
			list = append(list, "ui/"+s)
		}
		return list
	case "ui/command":
		return []string{"config", "keys", "keys/forensics", "pikeapi/*", "ui", "ui/page", "ui/keymap", "ui/theme", "ui/term"}
	case "ui/signature", "ui/keyring":
		return all("pikeapi", "pikeapi/journal", "keys", "keys/forensics")
	case "ui/flows":
		return all("pikeapi", "pikeapi/journal", "pikeapi/flow")
	case "screenshots":
		return []string{"ui/uitest", "screenshots/render"}
	case "screenshots/render":
		return []string{"ui/uitest"}
	}
	if slices.Contains(screens, strings.TrimPrefix(pkg, "ui/")) {
		return all("pikeapi", "pikeapi/journal")
	}
	return nil
}

// may says whether the list has a package.
func may(list []string, imported string) bool {
	return slices.ContainsFunc(list, func(a string) bool {
		parent, star := strings.CutSuffix(a, "/*")
		return a == imported || star && (imported == parent || strings.HasPrefix(imported, parent+"/"))
	})
}

// charm says whether a module belongs to the terminal interface.
func charm(path string) bool {
	return strings.HasPrefix(path, "github.com/charmbracelet/") || strings.HasPrefix(path, "github.com/muesli/termenv")
}

// faults returns what is wrong with the imports of one file.
func faults(pkg string, imports []string) []string {
	var out []string
	for _, i := range imports {
		inside := strings.HasPrefix(pkg, "ui") || pkg == "screenshots"
		if charm(i) && !inside {
			out = append(out, fmt.Sprintf("%q imports %s: only ui/ draws", pkg, i))
		}
		own, ours := strings.CutPrefix(i, "pikedash/")
		if ours && own != pkg && !may(allowed(pkg), own) && !strings.HasPrefix(own, pkg+"/internal/") {
			out = append(out, fmt.Sprintf("%q imports %q: the map in the design does not allow it", pkg, own))
		}
	}
	return out
}

// TestImportsFollowTheMap walks the imports of all code that is not test code.
func TestImportsFollowTheMap(t *testing.T) {
	var bad []string
	seen := 0
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (strings.HasPrefix(d.Name(), ".") && path != "." || d.Name() == "testdata" || d.Name() == "bin" || d.Name() == "dist") {
			return fs.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		seen++
		pkg := strings.TrimPrefix(filepath.ToSlash(filepath.Dir(path)), ".")
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		var imports []string
		for _, i := range file.Imports {
			p, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				return err
			}
			imports = append(imports, p)
		}
		for _, f := range faults(pkg, imports) {
			bad = append(bad, path+": "+f)
		}
		return nil
	})
	require.NoError(t, err)
	require.Greater(t, seen, 10, "the walk found the source")
	assert.Empty(t, bad, strings.Join(bad, "\n"))
}

// TestTheMapCatches shows that the test above can fail.
func TestTheMapCatches(t *testing.T) {
	for _, c := range []struct {
		pkg, imported string
		wrong         bool
	}{
		{"ui/payouts", "pikedash/ui/sessions", true},
		{"ui/payouts", "pikedash/ui", true},
		{"ui/payouts", "pikedash/keys", true},
		{"ui/signature", "pikedash/keys/forensics", false},
		{"pikeapi", "pikedash/pikeapi/journal", true},
		{"pikeapi/journal", "pikedash/pikeapi/sandbox", true},
		{"config", "pikedash/keys", true},
		{"keys", "pikedash/config", true},
		{"ui/widget", "pikedash/pikeapi", true},
		{"", "pikedash/config", true},
		{"", "pikedash/ui/command", false},
		{"ui/command", "pikedash/pikeapi/flow", false},
		{"pikeapi/journal", "github.com/charmbracelet/lipgloss", true},
		{"ui/widget", "github.com/charmbracelet/lipgloss", false},
	} {
		assert.Equal(t, c.wrong, len(faults(c.pkg, []string{c.imported})) > 0, "%s -> %s", c.pkg, c.imported)
	}
}

// TestTopLevel holds the names at the top against the design: nothing is added there.
func TestTopLevel(t *testing.T) {
	entries, err := os.ReadDir(".")
	require.NoError(t, err)
	known := []string{"config", "keys", "pikeapi", "ui", "screenshots", "main.go", "main_test.go", "go.mod", "go.sum",
		"Makefile", "README.md", "LICENSE", "bin", "dist", "pikedash"}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") {
			assert.Contains(t, known, e.Name())
		}
	}
}
