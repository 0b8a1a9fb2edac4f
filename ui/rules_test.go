package ui

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// sources calls f for every file of the dashboard that is part of the program.
func sources(t *testing.T, f func(path string, file *ast.File, text string)) {
	t.Helper()
	fset := token.NewFileSet()
	require.NoError(t, filepath.WalkDir(".", func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		dir := filepath.ToSlash(filepath.Dir(path))
		if strings.HasPrefix(dir, "uitest") || strings.HasPrefix(dir, "command") {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(fset, path, text, 0)
		if err != nil {
			return err
		}
		f(filepath.ToSlash(path), file, string(text))
		return nil
	}))
}

// Styles are made in ui/theme, keys are named in ui/keymap, nowhere else.
func TestStylesAndKeysHaveOneHome(t *testing.T) {
	key := regexp.MustCompile(`^(ctrl|alt|shift)\+.|^(enter|esc|tab|pgup|pgdown|backspace)$`)
	sources(t, func(path string, file *ast.File, text string) {
		if !strings.HasPrefix(path, "theme/") {
			assert.NotContains(t, text, "lipgloss", path)
			assert.NotRegexp(t, `\\x1b\[[1-9]`, text, path+" makes a colour by hand")
		}
		if strings.HasPrefix(path, "keymap/") {
			return
		}
		assert.NotRegexp(t, `tea\.Key(Up|Down|Enter|Esc|Tab|Ctrl)`, text, path+" names a key")
		ast.Inspect(file, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				if s, err := strconv.Unquote(lit.Value); err == nil {
					assert.False(t, key.MatchString(s), "%s names the key %q", path, s)
				}
			}
			return true
		})
	})
}

// Views are pure: they read no clock.
func TestViewsReadNoClock(t *testing.T) {
	sources(t, func(path string, file *ast.File, _ string) {
		ast.Inspect(file, func(n ast.Node) bool {
			f, ok := n.(*ast.FuncDecl)
			if !ok || f.Name.Name != "View" || f.Body == nil {
				return true
			}
			ast.Inspect(f.Body, func(n ast.Node) bool {
				if call, ok := n.(*ast.SelectorExpr); ok && call.Sel.Name == "Now" {
					assert.Fail(t, "View reads a clock", path)
				}
				return true
			})
			return true
		})
	})
}

// The dashboard keeps no state in package variables.
func TestNoPackageState(t *testing.T) {
	sources(t, func(path string, file *ast.File, _ string) {
		for _, d := range file.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.VAR {
				continue
			}
			for _, s := range g.Specs {
				v, ok := s.(*ast.ValueSpec)
				if !ok {
					continue
				}
				for _, name := range v.Names {
					// Errors are constants in all but name, and _ checks an interface.
					fine := name.Name == "_" || strings.HasPrefix(strings.ToLower(name.Name), "err")
					assert.True(t, fine, "%s: var %s", path, name.Name)
				}
			}
		}
	})
}
