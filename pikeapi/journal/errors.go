package journal

import (
	"errors"
	"fmt"

	sqlite "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// ErrNotFound says that the journal holds no such record.
var ErrNotFound = errors.New("the journal holds no such record")

// ErrClosed says that the journal was closed.
var ErrClosed = errors.New("the journal is closed")

// StorageError says that the disk or the file prevents a read or a write. Where it comes from Begin,
// nothing was sent.
type StorageError struct {
	Fault Fault
	Doing string // what was being done
	Path  string
	Err   error
}

// Fault is what is wrong with the storage.
type Fault string

// The faults.
const (
	FaultFull     Fault = "full"      // no space, or a quota
	FaultReadOnly Fault = "read_only" // the file or its folder cannot be written
	FaultLocked   Fault = "locked"    // another program holds the file for too long
	FaultCorrupt  Fault = "corrupt"   // the file is damaged
	FaultIO       Fault = "io"        // the device failed, or anything else
)

// Error says in one sentence what is wrong and what to do.
func (e *StorageError) Error() string {
	what := map[Fault]string{
		FaultFull:     "the disk is full; free some space and try again",
		FaultReadOnly: "it cannot be written to; check the permissions of the folder and its files",
		FaultLocked:   "another program holds it; try again, or close the other program",
		FaultCorrupt:  "it is damaged; start pikedash again, which sets it aside",
		FaultIO:       "the device or the file system failed",
	}[e.Fault]
	return fmt.Sprintf("%s: the journal %s: %s (%v)", e.Doing, e.Path, what, e.Err)
}

// Unwrap returns the cause.
func (e *StorageError) Unwrap() error { return e.Err }

// storageFault is storageError for errors that may be about something else, which pass through as
// they are.
func storageFault(doing, path string, err error) error {
	if _, ok := faultOf(err); err == nil || !ok {
		return err
	}
	return storageError(doing, path, err)
}

// storageError wraps what the database or the file system said, so that people can act on it.
func storageError(doing, path string, err error) error {
	if err == nil {
		return nil
	}
	var known *StorageError
	if errors.As(err, &known) {
		return err
	}
	if fault, ok := faultOf(err); ok {
		return &StorageError{Fault: fault, Doing: doing, Path: path, Err: err}
	}
	return fmt.Errorf("%s: %w", doing, err)
}

func faultOf(err error) (Fault, bool) {
	var serr *sqlite.Error
	if !errors.As(err, &serr) {
		return fileFault(err)
	}
	// The low byte is the primary code; the rest says more than people need.
	switch serr.Code() & 0xff {
	case sqlite3.SQLITE_FULL:
		return FaultFull, true
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN:
		return FaultReadOnly, true
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return FaultLocked, true
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return FaultCorrupt, true
	case sqlite3.SQLITE_IOERR:
		return FaultIO, true
	}
	return "", false
}

// SchemaError says that the file was written by a newer program.
type SchemaError struct {
	Path         string
	Found, Known int
}

// Error says what to do.
func (e *SchemaError) Error() string {
	return fmt.Sprintf("the journal %s was written by a newer pikedash (schema %d, this program knows %d): update pikedash, or name another state folder", e.Path, e.Found, e.Known)
}
