package page

import (
	"context"
	"crypto/rsa"

	"pikedash/keys"
	"pikedash/pikeapi"
)

// OpenKey opens a key: on Signature it is the one that should have signed, on Keys it is shown.
type OpenKey struct{ Fingerprint keys.Fingerprint }

// KeyInfo is a key that the settings name, with what can be known of it without a passphrase. Public
// is nil when the key cannot be read.
type KeyInfo struct {
	keys.Known
	Kind        pikeapi.EnvKind  // of the profile that uses it
	Where       string           // for people, such as "file ~/pike/demo.pem"
	File        string           // its path; empty when it is in no file of its own
	Form        string           // such as "PKCS#8 PEM"
	Mode        string           // of the file, such as "0600"; empty without one
	Bits        int              // of the modulus; 0 when it cannot be read
	Fingerprint keys.Fingerprint // empty when it cannot be read
	Problem     string           // why it cannot be used; empty when it can
	Warnings    []string         // what is odd about it, such as a small exponent
}

// KeyList is every key that the settings name.
type KeyList struct {
	Keys   []KeyInfo
	Shared string // that demo and live share a key, in one sentence; empty when they do not
}

// Ring returns the keys that can be read.
func (l KeyList) Ring() keys.Ring {
	var ring keys.Ring
	for _, k := range l.Keys {
		if k.Public != nil {
			ring = append(ring, k.Known)
		}
	}
	return ring
}

// KeyStore reads and writes what the settings say of keys. Services implement it where there are
// settings. Its methods touch files: they are called from commands.
type KeyStore interface {
	// Keys lists every key of every profile.
	Keys(ctx context.Context) (KeyList, error)
	// KeyFile proposes a path for the new private key of a profile. It does not block.
	KeyFile(profile string) string
	// TrustPike adds a public key to those with which Pike signs for a profile. It holds at once.
	TrustPike(ctx context.Context, profile, name string, pub *rsa.PublicKey) error
	// UseKey names the private key file with which a profile signs. It holds from the next switch.
	UseKey(ctx context.Context, profile, file string) error
	// SetProject names the project of a profile. It holds from the next switch.
	SetProject(ctx context.Context, profile, project string) error
}

// KeyStore returns the settings' keys; ok is false where there are no settings.
func (d *Deps) KeyStore() (k KeyStore, ok bool) {
	k, ok = d.Services.(KeyStore)
	return k, ok
}
