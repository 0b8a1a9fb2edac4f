package forensics

import (
	"bytes"
	"math/big"
)

// emKind is the shape of a decoded signature block.
type emKind int

const (
	emNone       emKind = iota // garbage: not made by this key
	emDigestInfo               // 00 01 FF.. 00 DigestInfo: PKCS#1 v1.5
	emBare                     // 00 01 FF.. 00 something else
	emZero                     // no padding: the payload after (or before) nothing but zeros
	emType2                    // 00 02 random 00 payload: padding for encryption
	emOAEP                     // padding for encryption, OAEP
	emPSS                      // PSS, proved by its zeros
	emPSSFull                  // perhaps PSS with the largest salt: only a fitting body can prove it
	emX931                     // ANSI X9.31
)

// block is what one key makes of a signature.
type block struct {
	kind    emKind
	payload []byte // what the padding encloses
	info    digestInfo
	pss     []*pssBlock // candidates; one for emPSS, perhaps several for emPSSFull
	oaep    *hashAlg
	right   bool   // emZero: the zeros stand after the payload
	damaged bool   // emDigestInfo with bytes after the structure
	also    *block // emType2: what else the same bytes may be
}

// proved reports whether the shape alone shows that the key made the signature. A random number looks
// like one of these with a chance below 2^-48.
func (b *block) proved() bool {
	return b.kind != emNone && b.kind != emType2 && b.kind != emPSSFull
}

// minRun is the number of padding bytes that must be seen before chance is excluded.
const minRun = 8

// parseBlock reads a signature block: em is as long as the modulus, bits is the modulus' length.
func parseBlock(em []byte, bits int) block {
	if len(em) < 2*minRun {
		return block{}
	}
	if em[0] == 0 {
		switch {
		case em[1] == 1:
			if b, ok := parseType1(em); ok {
				return b
			}
		case em[1] == 2:
			if b, ok := parseType2(em); ok {
				return orPSS(b, parsePSS(em, bits))
			}
		case em[1] == 0:
			if b, ok := parseZeroLeft(em); ok {
				return b
			}
		}
	}
	if b, ok := parseZeroRight(em); ok {
		return b
	}
	if em[0] == 0 {
		if alg := parseOAEP(em); alg != nil {
			return block{kind: emOAEP, oaep: alg}
		}
	}
	if b, ok := parseX931(em); ok {
		return b
	}
	return parsePSS(em, bits)
}

// parseType1 reads 00 01 FF.. 00 payload.
func parseType1(em []byte) (block, bool) {
	i := 2
	for i < len(em) && em[i] == 0xff {
		i++
	}
	if i-2 < minRun || i >= len(em) || em[i] != 0 {
		return block{}, false
	}
	b := block{kind: emBare, payload: em[i+1:]}
	if info, ok := parseDigestInfo(b.payload); ok {
		b.kind, b.info = emDigestInfo, info
		b.damaged = len(info.trailer) > 0
	}
	return b, true
}

// parseType2 reads 00 02 nonzero.. 00 payload. Chance makes such a block about once in 100,000, so
// the caller must confirm the payload.
func parseType2(em []byte) (block, bool) {
	i := bytes.IndexByte(em[2:], 0)
	if i < minRun || i+3 >= len(em) {
		return block{}, false
	}
	return block{kind: emType2, payload: em[i+3:]}, true
}

// orPSS keeps a PSS reading beside one as encryption: one PSS block in 65,536 happens to begin with 00 02.
func orPSS(b, pss block) block {
	switch pss.kind {
	case emPSS:
		return pss
	case emPSSFull:
		b.also = &pss
	}
	return b
}

// parseZeroLeft reads a payload that nothing but zeros precede: RSA without padding.
func parseZeroLeft(em []byte) (block, bool) {
	i := 0
	for i < len(em) && em[i] == 0 {
		i++
	}
	if i < minRun || i == len(em) {
		return block{}, false
	}
	return block{kind: emZero, payload: em[i:]}, true
}

// parseZeroRight reads a payload that was filled up with zeros behind it.
func parseZeroRight(em []byte) (block, bool) {
	i := len(em)
	for i > 0 && em[i-1] == 0 {
		i--
	}
	if len(em)-i < 2*minRun || i == 0 {
		return block{}, false
	}
	return block{kind: emZero, payload: em[:i], right: true}, true
}

// parseX931 reads 6B BB.. BA digest id CC.
func parseX931(em []byte) (block, bool) {
	if em[0] != 0x6b || em[len(em)-1] != 0xcc {
		return block{}, false
	}
	i := 1
	for i < len(em) && em[i] == 0xbb {
		i++
	}
	if i-1 < minRun || i >= len(em)-2 || em[i] != 0xba {
		return block{}, false
	}
	return block{kind: emX931, payload: em[i+1 : len(em)-2]}, true
}

// parseOAEP returns the hash of an OAEP block with an empty label, nil when it is none.
func parseOAEP(em []byte) *hashAlg {
	for _, alg := range pssHashes() {
		h := alg.size
		if len(em) < 2*h+2 {
			continue
		}
		masked := em[1+h:]
		seed := xorBytes(em[1:1+h], mgf1(alg, masked, h))
		db := xorBytes(masked, mgf1(alg, seed, len(masked)))
		if bytes.Equal(db[:h], alg.sum(nil)) {
			return alg
		}
	}
	return nil
}

// recoverBlock applies the public operation of a key to a signature and reads the result. It returns
// false when the signature is not a number below the modulus.
func recoverBlock(raw []byte, n *big.Int, e int) (block, bool) {
	s := new(big.Int).SetBytes(raw)
	if s.Cmp(n) >= 0 || s.Sign() == 0 {
		return block{}, false
	}
	m := new(big.Int).Exp(s, big.NewInt(int64(e)), n)
	size := (n.BitLen() + 7) / 8
	b := parseBlock(m.FillBytes(make([]byte, size)), n.BitLen())
	if b.kind == emNone && m.Bit(0)|m.Bit(1) != 0 {
		// X9.31 publishes the smaller of s and n-s; then the block is n-m.
		m.Sub(n, m)
		em := m.FillBytes(make([]byte, size))
		if x, ok := parseX931(em); ok {
			return x, true
		}
	}
	return b, true
}
