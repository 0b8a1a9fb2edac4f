package uitest

import (
	"fmt"
	"os"
	"path/filepath"
)

// Environment returns the variables of a program in a terminal with these options: nothing of the
// caller's but PATH, and every directory of the XDG standard below Home. It makes those directories.
func Environment(o Options) ([]string, error) {
	dirs := []struct{ name, path string }{
		{"XDG_CONFIG_HOME", ".config"}, {"XDG_DATA_HOME", ".local/share"}, {"XDG_STATE_HOME", ".local/state"},
		{"XDG_CACHE_HOME", ".cache"}, {"XDG_RUNTIME_DIR", ".run"}, {"TMPDIR", ".tmp"},
	}
	env := []string{"HOME=" + o.Home, "PATH=" + os.Getenv("PATH"), "LANG=C.UTF-8", "LC_ALL=C.UTF-8", "TZ=UTC"}
	for _, d := range dirs {
		path := filepath.Join(o.Home, filepath.FromSlash(d.path))
		if err := os.MkdirAll(path, 0o700); err != nil {
			return nil, fmt.Errorf("making %s: %w", d.name, err)
		}
		env = append(env, d.name+"="+path)
	}
	term := o.Term
	if term == "" {
		term = "xterm-256color"
	}
	env = append(env, "TERM="+term)
	if o.NoColor {
		env = append(env, "NO_COLOR=1")
	} else {
		env = append(env, "COLORTERM=truecolor")
	}
	return append(env, o.Env...), nil
}
