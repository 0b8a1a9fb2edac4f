package journal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// A sealer encrypts bodies at rest and signs the audit chain, with keys made from journal.key.
type sealer struct {
	aead  cipher.AEAD
	chain []byte // HMAC key of the audit chain
	id    string // names the key without telling it
}

const sealVersion = 1

// readKey reads journal.key, or makes it where there is no journal yet.
func readKey(folder string, haveJournal bool) (*sealer, error) {
	path := filepath.Join(folder, keyName)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if haveJournal {
			return nil, fmt.Errorf("%s is missing: bodies kept for a resend cannot be opened and the audit chain cannot be proved without it; restore it beside journal.db, or move journal.db away to start anew", path)
		}
		if text, err = makeKey(path); err != nil {
			return nil, err
		}
	} else if err != nil {
		return nil, storageError("reading the key", path, err)
	}
	key, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(key) != 32 {
		// The error is not wrapped: it could hold a part of the key.
		return nil, fmt.Errorf("%s does not hold 64 hex digits: restore it beside journal.db", path)
	}
	return newSealer(key)
}

func makeKey(path string) ([]byte, error) {
	key := make([]byte, 32)
	if _, err := rand.Read(key); err != nil {
		return nil, fmt.Errorf("making the journal's key: %w", err)
	}
	text := []byte(hex.EncodeToString(key) + "\n")
	return text, writeNew(path, text)
}

func newSealer(key []byte) (*sealer, error) {
	derive := func(purpose string) ([]byte, error) {
		return hkdf.Key(sha256.New, key, nil, "pikedash journal "+purpose, 32)
	}
	body, err := derive("bodies")
	if err != nil {
		return nil, fmt.Errorf("deriving the body key: %w", err)
	}
	chain, err := derive("audit chain")
	if err != nil {
		return nil, fmt.Errorf("deriving the chain key: %w", err)
	}
	name, err := derive("name")
	if err != nil {
		return nil, fmt.Errorf("deriving the key's name: %w", err)
	}
	block, err := aes.NewCipher(body)
	if err != nil {
		return nil, fmt.Errorf("preparing the body key: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("preparing the body key: %w", err)
	}
	return &sealer{aead: aead, chain: chain, id: hex.EncodeToString(name[:8])}, nil
}

// seal encrypts data with AES-256-GCM. What binds it to its record, so that it cannot be moved to
// another one.
func (s *sealer) seal(data []byte, record string) ([]byte, error) {
	nonce := make([]byte, s.aead.NonceSize())
	if _, err := rand.Read(nonce); err != nil {
		return nil, fmt.Errorf("making a nonce: %w", err)
	}
	out := append([]byte{sealVersion}, nonce...)
	return s.aead.Seal(out, nonce, data, []byte(record)), nil
}

func (s *sealer) open(sealed []byte, record string) ([]byte, error) {
	n := s.aead.NonceSize()
	if len(sealed) < 1+n || sealed[0] != sealVersion {
		return nil, errors.New("the encrypted body has an unknown form")
	}
	data, err := s.aead.Open(nil, sealed[1:1+n], sealed[1+n:], []byte(record))
	if err != nil {
		return nil, errors.New("the encrypted body does not open: journal.key is not the one that it was made with, or it was altered")
	}
	return data, nil
}

func (s *sealer) mac(data ...[]byte) []byte {
	h := hmac.New(sha256.New, s.chain)
	for _, d := range data {
		h.Write(d)
	}
	return h.Sum(nil)
}
