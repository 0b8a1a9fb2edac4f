package journal

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
)

// A headFile keeps the end of the audit chain beside the database, signed with the journal's key, so
// that cutting the end off the chain is seen. It is written after the commit and may lag behind it,
// which is not a fault; being ahead of the chain is. A journal has one from its first moment, so that
// a missing one tells something too.
type headFile struct {
	mu   sync.Mutex
	file *os.File
	seal *sealer
}

func openHead(path string, s *sealer) (*headFile, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|noFollow, 0o600)
	if err != nil {
		return nil, storageError("opening", path, err)
	}
	return &headFile{file: f, seal: s}, nil
}

func (h *headFile) close() error { return h.file.Close() }

// read returns the head, nil when none was written yet.
func (h *headFile) read() (*chainHead, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, err := lockFile(h.file, true); err != nil {
		return nil, err
	}
	head, err := h.readLocked()
	return head, errors.Join(err, unlockFile(h.file))
}

func (h *headFile) readLocked() (*chainHead, error) {
	data, err := io.ReadAll(io.NewSectionReader(h.file, 0, 4096))
	if err != nil {
		return nil, err
	}
	if len(data) == 0 {
		return nil, nil
	}
	var seq int64
	var hash, mac string
	if _, err := fmt.Sscanf(strings.TrimSpace(string(data)), "%d %64s %64s", &seq, &hash, &mac); err != nil {
		return nil, errors.New("it has an unknown form")
	}
	rawHash, err1 := hex.DecodeString(hash)
	rawMAC, err2 := hex.DecodeString(mac)
	head := &chainHead{seq: seq, hash: rawHash}
	if err1 != nil || err2 != nil || !hmac.Equal(h.sign(head), rawMAC) {
		return nil, errors.New("it was not written with this journal's key")
	}
	return head, nil
}

func (h *headFile) sign(c *chainHead) []byte {
	var n [8]byte
	binary.BigEndian.PutUint64(n[:], uint64(c.seq))
	return h.seal.mac([]byte("head"), n[:], c.hash)
}

// advance writes the head after a commit. It never goes back, and only on from an entry that the chain
// still holds (follows tells): what was cut off must not be forgotten because the chain has grown past
// it. It stays as it is when it is missing, damaged or cannot be written: Verify tells.
func (h *headFile) advance(c chainHead, follows func(now *chainHead) bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if got, err := lockFile(h.file, true); err != nil || !got {
		return
	}
	if now, err := h.readLocked(); err == nil && now != nil && now.seq < c.seq && follows(now) {
		_ = h.write(c) // a lagging head is not a fault
	}
	_ = unlockFile(h.file) // the lock ends with the file at the latest
}

// start writes the head of an empty chain, where there is none yet.
func (h *headFile) start() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, err := lockFile(h.file, true); err != nil {
		return err
	}
	now, err := h.readLocked()
	if err == nil && now == nil {
		err = h.write(chainHead{hash: make([]byte, sha256.Size)})
		if err == nil {
			err = h.file.Sync() // a power cut may leave it behind the chain, but not empty
		}
	}
	return errors.Join(err, unlockFile(h.file))
}

// write puts a line of a fixed length in place.
func (h *headFile) write(c chainHead) error {
	line := fmt.Sprintf("%20d %x %x\n", c.seq, c.hash, h.sign(&c))
	_, err := h.file.WriteAt([]byte(line), 0)
	return err
}

// checkHead says what is wrong between the head and the chain; empty when they agree.
func (j *Journal) checkHead(ctx context.Context) (string, error) {
	head, herr := j.write.head.read()
	var last int64
	err := j.read.QueryRowContext(ctx, `SELECT max(coalesce((SELECT max(seq) FROM audit), 0), coalesce((SELECT max(seq) FROM checkpoint), 0))`).Scan(&last)
	switch {
	case err != nil:
		return "", err
	case herr != nil:
		return fmt.Sprintf("%s cannot vouch for the journal: %v", headName, herr), nil
	case head == nil && last == 0:
		return "", j.write.head.start()
	case head == nil:
		return headName + " is missing, so nobody can tell whether the end of the journal was cut off", nil
	}
	same, err := sameLink(ctx, j.read, head)
	if err == nil && !same {
		return fmt.Sprintf("the end of the journal is gone: it does not hold the entry %d that %s knows", head.seq, headName), nil
	}
	return "", err
}

// sameLink says whether the chain holds the entry that a head vouches for, or has pruned it.
func sameLink(ctx context.Context, q querier, head *chainHead) (bool, error) {
	var hash []byte
	err := q.QueryRowContext(ctx, `SELECT hash FROM audit WHERE seq = ?1 UNION ALL SELECT ?2 FROM checkpoint WHERE seq >= ?1`, head.seq, head.hash).Scan(&hash)
	if errors.Is(err, sql.ErrNoRows) {
		return head.seq == 0, nil
	}
	return bytes.Equal(hash, head.hash), err
}
