package config

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/adrg/xdg"
)

// name is the folder of the program in each of the XDG places.
const name = "pikedash"

// Paths are the folders of the program.
type Paths struct {
	Config string // settings, keys that the program made, flows of the user
	State  string // journals, logs, the sandbox's state
	Data   string // what the user keeps: exports, prepared requests
	Cache  string // what can be thrown away
	Home   string // for "~/" in paths
}

// reloading guards the variables of the xdg package, which reads the environment into them.
var reloading sync.Mutex

// FindPaths returns the folders that the environment asks for now. It creates nothing.
func FindPaths() Paths {
	reloading.Lock()
	defer reloading.Unlock()
	xdg.Reload()
	return Paths{
		Config: filepath.Join(xdg.ConfigHome, name),
		State:  filepath.Join(xdg.StateHome, name),
		Data:   filepath.Join(xdg.DataHome, name),
		Cache:  filepath.Join(xdg.CacheHome, name),
		Home:   xdg.Home,
	}
}

// File returns the place of the settings file where nobody names another one.
func (p Paths) File() string { return filepath.Join(p.Config, "config.toml") }

// Keys returns the folder of the keys that the program made itself.
func (p Paths) Keys() string { return filepath.Join(p.Config, "keys") }

// Flows returns the folder of the user's own flows.
func (p Paths) Flows() string { return filepath.Join(p.Config, "flows") }

// Journals returns the folder below which each environment has its journal.
func (p Paths) Journals() string { return filepath.Join(p.State, "journal") }

// Sandbox returns the folder of the embedded sandbox's state.
func (p Paths) Sandbox() string { return filepath.Join(p.State, "sandbox") }

// Log returns the path of the program's log.
func (p Paths) Log() string { return filepath.Join(p.State, "pikedash.log") }

// Expand turns a leading "~/" into the home folder, and a relative path into one below the settings
// file's folder base.
func (p Paths) Expand(path, base string) string {
	switch {
	case path == "":
		return ""
	case path == "~":
		return p.Home
	case strings.HasPrefix(path, "~/"):
		return filepath.Join(p.Home, path[2:])
	case filepath.IsAbs(path):
		return filepath.Clean(path)
	}
	return filepath.Join(base, path)
}

// MakeDir creates a folder with mode 0700, parents included. One that exists keeps its mode, but
// must be a folder that nobody else can write to.
func MakeDir(path string) error {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return fmt.Errorf("creating the folder %s: %w", path, err)
	}
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("looking at the folder %s: %w", path, err)
	}
	if othersMayWrite(info) {
		return fmt.Errorf("the folder %s can be written by others (mode %04o): run chmod go-w %s", path, info.Mode().Perm(), path)
	}
	return nil
}
