package sandbox

import (
	"context"
	"crypto/rsa"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"pikedash/keys"
)

// The files of Pike's key within the state folder.
const (
	privateFile = "pike-private.pem"
	publicFile  = "pike-public.pem"
)

// pikeKey is the key with which the sandbox signs. It can be rotated.
type pikeKey struct {
	dir    string // empty: the key is not written down
	mu     sync.Mutex
	key    *rsa.PrivateKey
	signer keys.Signer
}

// newPikeKey takes the given key, else the one in dir, else makes one and keeps it in dir.
func newPikeKey(given *rsa.PrivateKey, dir string) (*pikeKey, error) {
	k := &pikeKey{}
	if given != nil {
		return k, k.set(given)
	}
	k.dir = dir
	if found, err := k.read(); found || err != nil {
		return k, err
	}
	key, err := makeKey()
	if err != nil {
		return nil, err
	}
	if err := k.set(key); err != nil {
		return nil, err
	}
	return k, k.write()
}

// OpenKey returns a signer with the key that the sandbox with this state folder signs its
// notifications with. It makes the key where there is none yet.
func OpenKey(stateDir string) (keys.Signer, error) {
	if err := os.MkdirAll(stateDir, 0o700); err != nil {
		return nil, fmt.Errorf("making the sandbox's state folder: %w", err)
	}
	k, err := newPikeKey(nil, stateDir)
	if err != nil {
		return nil, err
	}
	return k.signer, nil
}

// read takes the key from the state folder, where there is one.
func (k *pikeKey) read() (bool, error) {
	if k.dir == "" {
		return false, nil
	}
	path := filepath.Join(k.dir, privateFile)
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	kept, err := keys.ReadPrivateFile(path, nil)
	if err != nil {
		return false, fmt.Errorf("reading the sandbox's own key: %w", err)
	}
	return true, errors.Join(k.set(kept.Key), k.publish())
}

func makeKey() (*rsa.PrivateKey, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	return keys.Generate(ctx, 2048)
}

func (k *pikeKey) set(key *rsa.PrivateKey) error {
	signer, err := keys.NewSigner(key, "the sandbox's own key")
	if err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.key, k.signer = key, signer
	return nil
}

// write keeps the key in the state folder.
func (k *pikeKey) write() error {
	if k.dir == "" {
		return nil
	}
	if err := keys.WritePrivateFile(filepath.Join(k.dir, privateFile), k.key); err != nil {
		return err
	}
	return k.publish()
}

// publish writes the public half beside the key. It is no secret and may be replaced.
func (k *pikeKey) publish() error {
	if k.dir == "" {
		return nil
	}
	text, err := keys.EncodePublic(&k.key.PublicKey)
	if err != nil {
		return err
	}
	path := filepath.Join(k.dir, publicFile)
	if err := os.WriteFile(path+".new", text, 0o600); err != nil {
		return fmt.Errorf("writing the sandbox's public key: %w", err)
	}
	return os.Rename(path+".new", path)
}

// rotate makes a new key; the old one is kept under another name.
func (k *pikeKey) rotate() (*rsa.PublicKey, error) {
	key, err := makeKey()
	if err != nil {
		return nil, err
	}
	old := k.public()
	if k.dir != "" {
		path := filepath.Join(k.dir, privateFile)
		kept := filepath.Join(k.dir, "pike-private-"+string(keys.FingerprintOf(old))[:12]+".pem")
		if err := os.Rename(path, kept); err != nil {
			return nil, fmt.Errorf("setting the old key aside: %w", err)
		}
	}
	if err := k.set(key); err != nil {
		return nil, err
	}
	return &key.PublicKey, k.write()
}

func (k *pikeKey) public() *rsa.PublicKey {
	k.mu.Lock()
	defer k.mu.Unlock()
	return &k.key.PublicKey
}

// sign returns the value of X-PARTNER-SIGN for body.
func (k *pikeKey) sign(body []byte) (string, error) {
	k.mu.Lock()
	signer := k.signer
	k.mu.Unlock()
	return keys.SignBase64(context.Background(), signer, body)
}
