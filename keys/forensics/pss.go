package forensics

import (
	"bytes"
	"encoding/binary"
)

// pssBlock is a signature block unmasked as PSS with one choice of hash functions.
type pssBlock struct {
	alg, mgf *hashAlg
	h        []byte // the hash in the block
	salt     []byte
}

// pssZeros is the number of zero bytes after which chance is excluded as the reason for a PSS shape.
const pssZeros = 6

// pssHashes are the hash functions that libraries offer for PSS and OAEP.
func pssHashes() []*hashAlg {
	return []*hashAlg{sha256Alg, hashByName("SHA-1"), hashByName("SHA-512"), hashByName("SHA-384"), hashByName("SHA-224")}
}

// parsePSS unmasks em with each choice of hash functions. Zeros and a 01 before the salt prove PSS
// without the body. With a salt that fills the block there are no zeros; such a reading is only a
// candidate (emPSSFull). The trailer BC alone says nothing: one random number in 256 has it.
func parsePSS(em []byte, bits int) block {
	if bits%8 == 1 {
		// The encoded message is one byte shorter than such a modulus.
		if em[0] != 0 {
			return block{}
		}
		em = em[1:]
	}
	if em[len(em)-1] != 0xbc {
		return block{}
	}
	top := byte(0xff) >> (8*len(em) - (bits - 1))
	if em[0]&^top != 0 {
		return block{}
	}
	var full []*pssBlock
	for _, alg := range pssHashes() {
		for i, mgf := range []*hashAlg{alg, hashByName("SHA-1"), sha256Alg} {
			if i > 0 && mgf == alg {
				continue
			}
			p, zeros, ok := unmaskPSS(em, top, alg, mgf)
			switch {
			case !ok:
			case zeros >= pssZeros:
				return block{kind: emPSS, pss: []*pssBlock{p}}
			default:
				full = append(full, p)
			}
		}
	}
	if len(full) == 0 {
		return block{}
	}
	return block{kind: emPSSFull, pss: full}
}

// unmaskPSS returns the salt and the hash of em, and how many zeros stand before the 01.
func unmaskPSS(em []byte, top byte, alg, mgf *hashAlg) (p *pssBlock, zeros int, ok bool) {
	dbLen := len(em) - alg.size - 1
	if dbLen < 1 {
		return nil, 0, false
	}
	h := em[dbLen : dbLen+alg.size]
	db := xorBytes(em[:dbLen], mgf1(mgf, h, dbLen))
	db[0] &= top
	i := 0
	for i < len(db) && db[i] == 0 {
		i++
	}
	if i == len(db) || db[i] != 1 {
		return nil, 0, false
	}
	return &pssBlock{alg: alg, mgf: mgf, h: h, salt: db[i+1:]}, i, true
}

// fits reports whether the block is the PSS signature of a message with the given digest.
func (p *pssBlock) fits(digest []byte) bool {
	msg := make([]byte, 8, 8+len(digest)+len(p.salt))
	msg = append(msg, digest...)
	msg = append(msg, p.salt...)
	return bytes.Equal(p.alg.sum(msg), p.h)
}

// mgf1 is the mask generation function of PKCS#1.
func mgf1(alg *hashAlg, seed []byte, n int) []byte {
	out := make([]byte, 0, n+alg.size)
	buf := append(bytes.Clone(seed), 0, 0, 0, 0)
	for i := uint32(0); len(out) < n; i++ {
		binary.BigEndian.PutUint32(buf[len(seed):], i)
		out = append(out, alg.sum(buf)...)
	}
	return out[:n]
}

// xorBytes returns a xor b for the length of a; b is at least as long.
func xorBytes(a, b []byte) []byte {
	out := make([]byte, len(a))
	for i := range a {
		out[i] = a[i] ^ b[i]
	}
	return out
}
