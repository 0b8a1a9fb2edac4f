package forensics

import (
	"bytes"
	"fmt"
	"math/big"
	"slices"
	"unicode/utf8"

	"pikedash/keys"
)

// knownKey is a key of the evidence, ready for use.
type knownKey struct {
	keys.Known
	n        *big.Int
	e        int
	size     int // length of a signature in bytes
	expected bool
}

// title names the key in a sentence.
func (k *knownKey) title() string {
	name := k.Name
	if name == "" {
		name = "the key " + keys.FingerprintOf(k.Public).Short()
	}
	switch k.Role {
	case keys.RoleOwn:
		return "your " + name
	case keys.RoleRetired:
		return "your retired " + name
	}
	return name
}

// usableKeys lists the expected key and the ring, each key once. Keys that cannot be used are left out.
func usableKeys(e *Evidence) []*knownKey {
	var out []*knownKey
	for i, k := range append([]keys.Known{e.Expected}, e.Ring...) {
		if k.Public == nil || k.Public.N == nil || k.Public.N.BitLen() < 128 || k.Public.N.BitLen() > 1<<16 || k.Public.E < 2 || k.Public.N.Sign() <= 0 {
			continue
		}
		same := func(o *knownKey) bool { return o.e == k.Public.E && o.n.Cmp(k.Public.N) == 0 }
		if slices.ContainsFunc(out, same) {
			continue
		}
		out = append(out, &knownKey{Known: k, n: k.Public.N, e: k.Public.E, size: k.Public.Size(), expected: i == 0})
	}
	return out
}

// attribution says which key made a signature, and how its text has to be read for that.
type attribution struct {
	key     *knownKey
	block   block
	raw     []byte
	reading reading
}

// attribute finds the key of a signature among the readings of its text. Shapes that chance cannot
// make are returned as proved; others are suspects, which only a fitting body can prove.
func attribute(readings []reading, ring []*knownKey) (proved *attribution, suspects []*attribution) {
	try := func(r reading, raw []byte, extra *step) bool {
		for _, k := range ring {
			if len(raw) != k.size {
				continue
			}
			b, ok := recoverBlock(raw, k.n, k.e)
			if !ok || b.kind == emNone {
				continue
			}
			a := &attribution{key: k, block: b, raw: raw, reading: r}
			if extra != nil {
				a.reading.steps = append(slices.Clone(r.steps), *extra)
			}
			if b.proved() {
				proved = a
				return true
			}
			suspects = append(suspects, a)
			if b.also != nil {
				other := *a
				other.block = *b.also
				suspects = append(suspects, &other)
			}
		}
		return false
	}
	for _, r := range readings {
		if try(r, r.raw, nil) {
			return proved, nil
		}
	}
	for _, r := range readings {
		for _, m := range mends(r.raw, ring) {
			if try(r, m.raw, &m.step) {
				return proved, nil
			}
		}
		if a := chunks(r, ring); a != nil {
			return a, nil
		}
	}
	return nil, suspects
}

// Signer returns the index of the key in ring that made a signature, whatever bytes it covers; -1 when
// none did, or when the padding alone does not prove it.
func Signer(signature string, ring keys.Ring) int {
	proved, _ := attribute(readSignature(signature), usableKeys(&Evidence{Ring: ring}))
	if proved == nil {
		return -1
	}
	return slices.IndexFunc(ring, func(k keys.Known) bool { return k.Public == proved.key.Public })
}

// mend is a repair of decoded bytes.
type mend struct {
	raw  []byte
	step step
}

// mends lists what may have happened to the bytes of a signature between making and encoding it.
func mends(raw []byte, ring []*knownKey) []mend {
	var out []mend
	for _, size := range keySizes(ring) {
		out = append(out, mendLength(raw, size)...)
		if len(raw) == size {
			rev := slices.Clone(raw)
			slices.Reverse(rev)
			out = append(out, mend{rev, step{SigReversed, "read backwards the bytes are a signature: they are little-endian, as Windows CryptoAPI returns them"}})
		}
		if len(raw) > size && len(raw) <= 3*size {
			out = append(out, mendText(raw, size)...)
		}
	}
	return out
}

func keySizes(ring []*knownKey) []int {
	var out []int
	for _, k := range ring {
		if !slices.Contains(out, k.size) {
			out = append(out, k.size)
		}
	}
	return out
}

// mendLength pads what is too short and cuts what is too long.
func mendLength(raw []byte, size int) []mend {
	var out []mend
	short := size - len(raw)
	switch {
	case short == 1 || short == 2:
		note := fmt.Sprintf("the signature has %d of %d bytes; with %d zero put back before it, it fits", len(raw), size, short)
		out = append(out, mend{append(make([]byte, short), raw...), step{SigLeadingZeroLost, note}})
		if short == 1 {
			for _, c := range " \t\r\n\v\x00" {
				cut := step{SigTruncated, fmt.Sprintf("the byte %02x was trimmed from the raw signature as if it were white space", c)}
				out = append(out, mend{append(slices.Clone(raw), byte(c)), cut})
				if c != 0 {
					out = append(out, mend{append([]byte{byte(c)}, raw...), cut})
				}
			}
		}
	case short < 0 && short >= -256:
		extra := step{SigExtraBytes, fmt.Sprintf("the value holds %d bytes, a signature by this key has %d", len(raw), size)}
		if bytes.Contains(raw[:-short], []byte("rsa-sha2")) || bytes.Contains(raw[:-short], []byte("ssh-rsa")) {
			extra.note = "the value is an SSH signature blob; the signature is its last part"
		}
		out = append(out, mend{raw[:size], extra}, mend{raw[len(raw)-size:], extra})
	}
	return out
}

// mendText undoes conversions of raw bytes as if they were text.
func mendText(raw []byte, size int) []mend {
	var out []mend
	if utf8.Valid(raw) {
		if back, ok := latin1Bytes(string(raw)); ok && len(back) == size {
			out = append(out, mend{back, step{SigTextMangled, "the raw signature was taken for Latin-1 text and encoded as UTF-8 before it was written as Base64"}})
		}
	}
	if back := replaceAll(raw, "\r\n", "\n"); len(back) == size && len(raw) != size {
		out = append(out, mend{back, step{SigTextMangled, "line feeds inside the raw signature became CR LF: a file was written in text mode"}})
	}
	return out
}

// maxChunks is the largest number of blocks that a body is split into by encrypting it piece by piece.
const maxChunks = 1024

// chunks reads a value of several blocks: a body that was "encrypted" with the private key in pieces.
func chunks(r reading, ring []*knownKey) *attribution {
	for _, k := range ring {
		n := len(r.raw) / max(k.size, 1)
		if n < 2 || n > maxChunks || len(r.raw)%k.size != 0 {
			continue
		}
		var payload []byte
		whole := true
		for i := 0; i < n && whole; i++ {
			b, ok := recoverBlock(r.raw[i*k.size:(i+1)*k.size], k.n, k.e)
			whole = ok && b.kind == emBare
			payload = append(payload, b.payload...)
		}
		if whole {
			return &attribution{key: k, block: block{kind: emBare, payload: payload}, raw: r.raw, reading: r}
		}
	}
	return nil
}
