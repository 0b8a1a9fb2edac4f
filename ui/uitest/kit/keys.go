package kit

import (
	"crypto/rand"
	"crypto/rsa"
	"strings"
	"sync"

	"pikedash/keys"
)

// RSAKeys are three keys of 2048 bits, made once in a run: making them is what takes time.
var RSAKeys = sync.OnceValue(func() (out [3]*rsa.PrivateKey) {
	for i := range out {
		k, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}
		out[i] = k
	}
	return out
})

// Settled is a view for a golden file: the fingerprints of RSAKeys, which are new in each run, stand
// there as one that never changes.
func Settled(view string) []byte {
	for _, key := range RSAKeys() {
		f := keys.FingerprintOf(&key.PublicKey)
		view = strings.ReplaceAll(view, string(f), strings.Repeat("3f9a", 16))
		view = strings.ReplaceAll(view, f.Short(), "3f9a·c21e")
	}
	return []byte(view)
}
