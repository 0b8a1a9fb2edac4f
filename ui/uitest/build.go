package uitest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

const (
	// dirVariable hands the directory with the compiled programs from Main to Build.
	dirVariable = "PIKEDASH_UITEST_DIR"
	// binaryVariable names a pikedash binary that is tested instead of a fresh one.
	binaryVariable = "PIKEDASH_UITEST_BINARY"
)

// Main runs the tests of a package that drives binaries, so that each binary is compiled once for
// all of them:
//
//	func TestMain(m *testing.M) { os.Exit(uitest.Main(m)) }
func Main(m *testing.M) int {
	dir, err := os.MkdirTemp("", "pikedash-uitest-bin-")
	if err == nil {
		err = os.Setenv(dirVariable, dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "preparing a directory for the tested binaries:", err)
		return 1
	}
	code := m.Run()
	if err := os.RemoveAll(dir); err != nil {
		fmt.Fprintln(os.Stderr, "removing the tested binaries:", err)
		return 1
	}
	return code
}

// Build compiles pikedash and returns the path of the binary. With Main it is compiled once per
// test run, without it once per test. PIKEDASH_UITEST_BINARY names one to use instead.
func Build(t testing.TB) string {
	t.Helper()
	if path := os.Getenv(binaryVariable); path != "" {
		return path
	}
	return BuildPackage(t, "pikedash")
}

// BuildPackage compiles the command in an import path, or in a directory that begins with "./", with
// build tags.
func BuildPackage(t testing.TB, pkg string, tags ...string) string {
	t.Helper()
	dir := os.Getenv(dirVariable)
	if dir == "" {
		dir = t.TempDir()
	}
	path, err := Compile(dir, pkg, tags...)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// Compile compiles the command in pkg into dir, unless it is there already, and returns its path.
func Compile(dir, pkg string, tags ...string) (string, error) {
	path := filepath.Join(dir, strings.Join(append([]string{filepath.Base(pkg)}, tags...), "-"))
	if runtime.GOOS == "windows" {
		path += ".exe"
	}
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	// Compiled aside and renamed: tests that run at the same time never see half a file.
	aside, err := os.MkdirTemp(dir, "build-")
	if err != nil {
		return "", fmt.Errorf("preparing to compile %s: %w", pkg, err)
	}
	fresh := filepath.Join(aside, filepath.Base(path))
	cmd := exec.Command("go", "build", "-trimpath", "-tags", strings.Join(tags, ","), "-o", fresh, pkg)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("compiling %s: %w\n%s", pkg, err, out)
	}
	if err := os.Rename(fresh, path); err != nil {
		return "", fmt.Errorf("compiling %s: %w", pkg, err)
	}
	return path, nil
}
