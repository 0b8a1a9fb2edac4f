package keys

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// MaxFileBytes is the largest file, in bytes, that is looked at as a key.
const MaxFileBytes = 1 << 20

// ReadPrivateFile is ParsePrivate for a file. A key that group or others can reach is refused
// before a passphrase is asked for. Only regular files are read; links are followed.
func ReadPrivateFile(path string, ask Passphrase) (*Private, error) {
	data, mode, p := readFile(path)
	if p != nil {
		return nil, source{name: path}.finish(p)
	}
	defer clear(data)
	return parsePrivate(data, source{name: path, mode: mode}, ask)
}

// ReadPublicFile is ParsePublic for a file. Only regular files are read; links are followed.
func ReadPublicFile(path string) (*Public, error) { return readPublicFile(path, false) }

// InspectPublicFile is InspectPublic for a file.
func InspectPublicFile(path string) (*Public, error) { return readPublicFile(path, true) }

func readPublicFile(path string, inspect bool) (*Public, error) {
	data, mode, p := readFile(path)
	if p != nil {
		return nil, source{name: path}.finish(p)
	}
	return parsePublic(data, source{name: path, mode: mode}, inspect)
}

// readFile returns the contents and mode of a regular file of at most MaxFileBytes.
func readFile(path string) ([]byte, fs.FileMode, *Problem) {
	// Looking before opening keeps a pipe or device from blocking.
	info, err := os.Stat(path)
	if err != nil {
		return nil, 0, fileProblem(err)
	}
	if p := notRegular(info); p != nil {
		return nil, info.Mode(), p
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, 0, fileProblem(err)
	}
	data, mode, p := readOpen(f)
	if err := f.Close(); err != nil && p == nil {
		return nil, 0, fileProblem(err)
	}
	return data, mode, p
}

// readOpen reads f, whose mode is the one that counts: the name may have changed hands since.
func readOpen(f *os.File) ([]byte, fs.FileMode, *Problem) {
	info, err := f.Stat()
	if err != nil {
		return nil, 0, fileProblem(err)
	}
	if p := notRegular(info); p != nil {
		return nil, info.Mode(), p
	}
	data, err := io.ReadAll(io.LimitReader(f, MaxFileBytes+1))
	if err != nil {
		return nil, 0, fileProblem(err)
	}
	if len(data) > MaxFileBytes {
		return nil, info.Mode(), tooLarge()
	}
	return data, info.Mode(), nil
}

func notRegular(info fs.FileInfo) *Problem {
	switch {
	case info.IsDir():
		return refuse(string(KindDirectory), "this is "+KindDirectory.what()+", not a key file", convert(KindDirectory, ""))
	case !info.Mode().IsRegular():
		return refuse(CodeNotRegular, "this is a pipe, socket or device, not a regular file", "put the key into a file of its own")
	case info.Size() > MaxFileBytes:
		return tooLarge()
	}
	return nil
}

func tooLarge() *Problem {
	return refuse(string(KindTooLarge), "this is "+KindTooLarge.what(), convert(KindTooLarge, ""))
}

func fileProblem(err error) *Problem {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return refuse(CodeMissing, "there is no such file", "check the path, or "+newPair)
	case errors.Is(err, fs.ErrPermission):
		return refuse(CodeUnreadable, "the file may not be read by this user", "ls -l FILE")
	}
	// A path error's own text repeats the path; the cause is enough.
	var at *fs.PathError
	if errors.As(err, &at) {
		err = at.Err
	}
	return refuse(CodeUnreadable, "the file cannot be read: "+err.Error(), "ls -l FILE")
}

func octal(mode fs.FileMode) string { return fmt.Sprintf("%04o", mode.Perm()) }
