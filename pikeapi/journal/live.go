package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// A liveLock tells other programs that this one runs. Intents name the lock of the program that sends
// them: where the lock can be taken, that program is dead and its answer will never come. Locks are
// the kernel's, so neither a kill nor a reused process id can deceive.
type liveLock struct {
	id   string
	path string
	file *os.File
}

func takeLiveLock(folder, id string) (*liveLock, error) {
	path := filepath.Join(folder, liveName, id)
	// A sweeping program may remove the file between its making and its locking: then again.
	for try := 0; try < 20; try++ {
		f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|noFollow, 0o600)
		if err != nil {
			return nil, storageError("making the lock", path, err)
		}
		if _, err := lockFile(f, true); err != nil {
			return nil, errors.Join(fmt.Errorf("taking the lock %s: %w", path, err), f.Close())
		}
		if sameFile(f, path) {
			return &liveLock{id: id, path: path, file: f}, nil
		}
		if err := f.Close(); err != nil {
			return nil, fmt.Errorf("closing the lock %s: %w", path, err)
		}
	}
	return nil, fmt.Errorf("the lock %s disappears again and again: is another program cleaning that folder?", path)
}

func sameFile(f *os.File, path string) bool {
	mine, err := f.Stat()
	if err != nil {
		return false
	}
	there, err := os.Lstat(path)
	return err == nil && os.SameFile(mine, there)
}

// release ends the lock and removes its file.
func (l *liveLock) release() error {
	rerr := os.Remove(l.path)
	if errors.Is(rerr, fs.ErrNotExist) {
		rerr = nil
	}
	return errors.Join(rerr, l.file.Close())
}

// isDead reports whether the program with the given lock has ended. In doubt it has not: its intents
// stay sent, which blocks look-alikes just as unknown does.
func isDead(folder, id string) bool {
	if id == "" {
		return true
	}
	path := filepath.Join(folder, liveName, filepath.Base(id))
	f, err := os.OpenFile(path, os.O_RDWR|noFollow, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return true
	}
	if err != nil {
		return false
	}
	got, err := lockFile(f, false)
	if cerr := f.Close(); cerr != nil || err != nil {
		return false
	}
	return got
}

// sweepLocks removes the lock files of ended programs, and reports how many programs run besides own.
func sweepLocks(folder, own string) (others int, err error) {
	entries, err := os.ReadDir(filepath.Join(folder, liveName))
	if err != nil {
		return 0, storageError("reading the locks", folder, err)
	}
	for _, e := range entries {
		if e.Name() == own {
			continue
		}
		path := filepath.Join(folder, liveName, e.Name())
		f, err := os.OpenFile(path, os.O_RDWR|noFollow, 0)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			others++
			continue
		}
		if got, err := lockFile(f, false); err != nil || !got {
			others++
		} else if sameFile(f, path) {
			if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return others, errors.Join(storageError("removing an old lock", path, err), f.Close())
			}
		}
		if err := f.Close(); err != nil {
			return others, fmt.Errorf("closing the lock %s: %w", path, err)
		}
	}
	return others, nil
}

// withOpenLock runs f while no other program opens, migrates or sets aside the journal.
func withOpenLock(folder string, f func() error) error {
	path := filepath.Join(folder, openName)
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|noFollow, 0o600)
	if err != nil {
		return storageError("making the lock", path, err)
	}
	if _, err := lockFile(file, true); err != nil {
		return errors.Join(fmt.Errorf("taking the lock %s: %w", path, err), file.Close())
	}
	err = f()
	return errors.Join(err, unlockFile(file), file.Close())
}
