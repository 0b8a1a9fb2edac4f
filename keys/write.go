package keys

import (
	"crypto/rsa"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

const (
	privateMode fs.FileMode = 0o600
	publicMode  fs.FileMode = 0o644
	folderMode  fs.FileMode = 0o700
)

// WritePrivateFile writes key to path as PKCS#8 PEM with mode 0600. The file appears complete or
// not at all. Whatever is at path already, a file, a folder or a symbolic link, is left alone and
// is an error with the code "exists". A missing folder is made with mode 0700.
func WritePrivateFile(path string, key *rsa.PrivateKey) error {
	text, err := EncodePrivate(key)
	if err != nil {
		return err
	}
	defer clear(text)
	return writeNew(path, text, privateMode)
}

// WritePublicFile writes pub to path as PKIX PEM with mode 0644, under the rules of WritePrivateFile.
func WritePublicFile(path string, pub *rsa.PublicKey) error {
	text, err := EncodePublic(pub)
	if err != nil {
		return err
	}
	return writeNew(path, text, publicMode)
}

// WritePair writes both halves of key. Both places are looked at before anything is written, so
// that a name that is taken does not leave half a pair behind.
func WritePair(privatePath, publicPath string, key *rsa.PrivateKey) error {
	if filepath.Clean(privatePath) == filepath.Clean(publicPath) {
		return fmt.Errorf("writing a key pair: both halves would go to %s", shellQuote(privatePath))
	}
	for _, path := range []string{privatePath, publicPath} {
		if err := mustBeFree(path); err != nil {
			return err
		}
	}
	if err := WritePrivateFile(privatePath, key); err != nil {
		return err
	}
	if err := WritePublicFile(publicPath, &key.PublicKey); err != nil {
		return fmt.Errorf("the private key was written to %s, the public one was not: %w", shellQuote(privatePath), err)
	}
	return nil
}

// mustBeFree returns a Problem when something is at path. A symbolic link counts, wherever it leads.
func mustBeFree(path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("looking at %s: %w", shellQuote(path), err)
	case info.Mode()&fs.ModeSymlink != 0:
		return refuse(CodeExists, shellQuote(path)+" is a symbolic link; keys are not written through links", "choose another name")
	}
	return refuse(CodeExists, shellQuote(path)+" exists; a key file is never overwritten", "choose another name, or move the old file away")
}

// writeNew writes data to a new file at path: to a temporary file beside it first, which is synced
// and then linked to its name. Linking, unlike renaming, fails when the name is taken.
func writeNew(path string, data []byte, mode fs.FileMode) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("writing %s: %w", shellQuote(path), err)
		}
	}()
	folder := filepath.Dir(path)
	if err := os.MkdirAll(folder, folderMode); err != nil {
		return err
	}
	if err := mustBeFree(path); err != nil {
		return err
	}
	temporary, err := writeTemporary(folder, data, mode)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(temporary)) }()
	if err := os.Link(temporary, path); err != nil {
		// Either somebody was faster, which the exclusive create reports too, or the file system
		// has no hard links.
		return createExclusive(path, data, mode)
	}
	return syncFolder(folder)
}

// writeTemporary writes data to a new, unguessable name in folder and returns the path.
func writeTemporary(folder string, data []byte, mode fs.FileMode) (string, error) {
	// CreateTemp opens with 0600 and O_EXCL: nobody else can read the key, even for a moment.
	f, err := os.CreateTemp(folder, ".pikedash-*.tmp")
	if err != nil {
		return "", err
	}
	if err := fill(f, data, mode); err != nil {
		return "", errors.Join(err, os.Remove(f.Name()))
	}
	return f.Name(), nil
}

// createExclusive is for file systems without hard links: the file is made under its own name, and
// taken away again when it could not be filled.
func createExclusive(path string, data []byte, mode fs.FileMode) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, privateMode)
	if err != nil {
		return err
	}
	if err := fill(f, data, mode); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return syncFolder(filepath.Dir(path))
}

// fill writes data to f, sets the mode whatever the umask says, syncs and closes.
func fill(f *os.File, data []byte, mode fs.FileMode) error {
	_, err := f.Write(data)
	if err == nil {
		err = f.Chmod(mode)
	}
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// syncFolder makes the new name durable. Systems that cannot sync a folder say so with an error
// that is no reason to call the key unwritten.
func syncFolder(folder string) error {
	d, err := os.Open(folder)
	if err != nil {
		return err
	}
	if err := d.Sync(); err != nil && !errors.Is(err, fs.ErrInvalid) && !errors.Is(err, errors.ErrUnsupported) {
		return errors.Join(err, d.Close())
	}
	return d.Close()
}
