package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"sync"
	"syscall"
	"time"
)

// Names of the files in an environment's folder.
const (
	dbName   = "journal.db"
	keyName  = "journal.key"
	headName = "journal.head"
	openName = "open.lock"
	liveName = "live" // folder of one lock file per running program
)

var environmentName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`) })

// prepareFolder makes DIR/ENVIRONMENT and its folder of locks, 0700, and refuses symbolic links:
// somebody who can plant one could lead the journal elsewhere.
func prepareFolder(dir, environment string) (string, error) {
	if !environmentName().MatchString(environment) {
		return "", fmt.Errorf("environment name %q cannot name a folder: use letters, digits, dot, dash and underscore", environment)
	}
	folder := filepath.Join(dir, environment)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", storageError("making the folder", dir, err)
	}
	for _, f := range []string{folder, filepath.Join(folder, liveName)} {
		switch err := os.Mkdir(f, 0o700); {
		case err == nil:
			// A journal in a folder that a power cut takes away was not durable.
			if err := syncFolder(filepath.Dir(f)); err != nil {
				return "", storageError("making the folder", f, err)
			}
		case !errors.Is(err, fs.ErrExist):
			return "", storageError("making the folder", f, err)
		}
		info, err := os.Lstat(f)
		if err != nil {
			return "", storageError("reading the folder", f, err)
		}
		if !info.IsDir() {
			return "", fmt.Errorf("%s is not a folder (a symbolic link is not followed): move it away", f)
		}
		if info.Mode().Perm()&0o077 != 0 {
			if err := os.Chmod(f, 0o700); err != nil {
				return "", storageError("closing the folder to others", f, err)
			}
		}
	}
	return folder, nil
}

// prepareFile refuses a symbolic link or a special file at path, and closes a file to others. A
// missing file is fine.
func prepareFile(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return storageError("reading", path, err)
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s is not a regular file (a symbolic link is not followed): move it away", path)
	}
	if info.Mode().Perm()&0o077 != 0 {
		if err := os.Chmod(path, 0o600); err != nil {
			return storageError("closing the file to others", path, err)
		}
	}
	return nil
}

// createFile makes an empty file 0600. SQLite gives its side files the mode of the database.
func createFile(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return storageError("making", path, err)
	}
	return f.Close()
}

// writeNew writes data to a new file 0600 and makes it durable. An existing file is an error.
func writeNew(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return storageError("making", path, err)
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return storageError("writing", path, err)
}

// setAside renames a damaged database and its side files, and never overwrites anything. It returns
// the new path of the database.
func setAside(folder string, now time.Time) (string, error) {
	stamp := now.UTC().Format("20060102T150405Z")
	for n := 1; ; n++ {
		suffix := ".corrupt-" + stamp
		if n > 1 {
			suffix = fmt.Sprintf("%s-%d", suffix, n)
		}
		target := filepath.Join(folder, dbName+suffix)
		if _, err := os.Lstat(target); err == nil {
			continue
		} else if !errors.Is(err, fs.ErrNotExist) {
			return "", storageError("setting the damaged journal aside", target, err)
		}
		for _, side := range []string{"-wal", "-shm", ""} {
			from := filepath.Join(folder, dbName+side)
			err := os.Rename(from, filepath.Join(folder, dbName+suffix+side))
			if err != nil && !(side != "" && errors.Is(err, fs.ErrNotExist)) {
				return "", storageError("setting the damaged journal aside", from, err)
			}
		}
		// The head belongs to the old chain; the new one starts anew.
		head := filepath.Join(folder, headName)
		if err := os.Rename(head, head+suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", storageError("setting the damaged journal aside", head, err)
		}
		return target, nil
	}
}

// fileFault names the fault behind an error of the file system.
func fileFault(err error) (Fault, bool) {
	var errno syscall.Errno
	switch {
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return FaultReadOnly, true
	case errors.Is(err, syscall.ENOSPC):
		return FaultFull, true
	case errors.As(err, &errno):
		return FaultIO, true
	}
	return "", false
}
