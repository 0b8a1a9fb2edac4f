package journal

import (
	"crypto/hmac"
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
// which is not a fault; being ahead of the chain is.
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

// advance writes the head after a commit. It never goes back, and it stays as it is when it is
// damaged or cannot be written: Verify tells.
func (h *headFile) advance(c chainHead) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if got, err := lockFile(h.file, true); err != nil || !got {
		return
	}
	if now, err := h.readLocked(); err == nil && (now == nil || now.seq < c.seq) {
		// One write of a fixed length in place.
		line := fmt.Sprintf("%20d %x %x\n", c.seq, c.hash, h.sign(&c))
		_, _ = h.file.WriteAt([]byte(line), 0) // a lagging head is not a fault
	}
	_ = unlockFile(h.file) // the lock ends with the file at the latest
}
