package forensics

import (
	"crypto/sha256"
	"encoding/binary"
	"math/big"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// pssBlockFor pads a digest as PSS with SHA-256 and the largest salt, for a modulus of 2048 bits.
func pssBlockFor(digest [32]byte, salt []byte) []byte {
	h := sha256.Sum256(append(append(make([]byte, 8), digest[:]...), salt...))
	db := append([]byte{1}, salt...)
	masked := xorBytes(db, mgf1(sha256Alg, h[:], len(db)))
	masked[0] &= 0x7f
	return append(append(masked, h[:]...), 0xbc)
}

// One PSS block in 65,536 begins like padding for encryption.
func TestAPSSBlockThatLooksEncryptedIsRead(t *testing.T) {
	body := []byte(`{"amount":1}`)
	digest := sha256.Sum256(body)
	salt := make([]byte, 256-32-2)
	var em []byte
	for i := uint64(0); ; i++ {
		binary.BigEndian.PutUint64(salt, i)
		if em = pssBlockFor(digest, salt); em[0] != 0 || em[1] != 2 {
			continue
		}
		if _, ok := parseType2(em); ok {
			break
		}
	}
	b := parseBlock(em, 2048)
	require.Equal(t, emType2, b.kind)
	require.NotNil(t, b.also)
	assert.Equal(t, emPSSFull, b.also.kind)

	key := privateKeys(t)[0]
	raw := new(big.Int).Exp(new(big.Int).SetBytes(em), key.D, key.N).FillBytes(make([]byte, 256))
	e := evidenceFor(t, body, standard(raw), 2)
	assert.Equal(t, []Cause{SchemePSS}, explain(e).Causes)
}
