package forensics

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha3"
	"crypto/sha512"
	"encoding/asn1"
	"hash"
	"strings"
)

// hashAlg is a hash function that a signature can name. The weak ones are recognised in foreign
// signatures and never used to sign.
type hashAlg struct {
	name  string // as people write it, such as SHA-256
	size  int    // digest length in bytes
	oid   string // dotted
	cause Cause  // why it is wrong here; empty for SHA-256
	make  func() hash.Hash
}

// sum returns the digest of data, or nil when the function is known by name only.
func (a *hashAlg) sum(data []byte) []byte {
	switch {
	case a == sha256Alg:
		d := sha256.Sum256(data)
		return d[:]
	case a.make == nil:
		return nil
	}
	h := a.make()
	h.Write(data)
	return h.Sum(nil)
}

var sha256Alg = &hashAlg{name: "SHA-256", size: 32, oid: "2.16.840.1.101.3.4.2.1", make: sha256.New}

// hashAlgs are the hash functions in the order in which they are tried. Read only.
var hashAlgs = []*hashAlg{
	sha256Alg,
	{name: "SHA-1", size: 20, oid: "1.3.14.3.2.26", cause: HashSHA1, make: sha1.New},
	{name: "SHA-512", size: 64, oid: "2.16.840.1.101.3.4.2.3", cause: HashSHA512, make: sha512.New},
	{name: "MD5", size: 16, oid: "1.2.840.113549.2.5", cause: HashMD5, make: md5.New},
	{name: "SHA-384", size: 48, oid: "2.16.840.1.101.3.4.2.2", cause: HashSHA384, make: sha512.New384},
	{name: "SHA-224", size: 28, oid: "2.16.840.1.101.3.4.2.4", cause: HashSHA224, make: sha256.New224},
	{name: "SHA3-256", size: 32, oid: "2.16.840.1.101.3.4.2.8", cause: HashSHA3, make: func() hash.Hash { return sha3.New256() }},
	{name: "SHA3-512", size: 64, oid: "2.16.840.1.101.3.4.2.10", cause: HashSHA3, make: func() hash.Hash { return sha3.New512() }},
	{name: "SHA3-384", size: 48, oid: "2.16.840.1.101.3.4.2.9", cause: HashSHA3, make: func() hash.Hash { return sha3.New384() }},
	{name: "SHA3-224", size: 28, oid: "2.16.840.1.101.3.4.2.7", cause: HashSHA3, make: func() hash.Hash { return sha3.New224() }},
	{name: "SHA-512/256", size: 32, oid: "2.16.840.1.101.3.4.2.6", cause: HashOther, make: sha512.New512_256},
	{name: "SHA-512/224", size: 28, oid: "2.16.840.1.101.3.4.2.5", cause: HashOther, make: sha512.New512_224},
	{name: "RIPEMD-160", size: 20, oid: "1.3.36.3.2.1", cause: HashOther},
	{name: "SM3", size: 32, oid: "1.2.156.10197.1.401", cause: HashOther},
	{name: "MD4", size: 16, oid: "1.2.840.113549.2.4", cause: HashOther},
	{name: "MD2", size: 16, oid: "1.2.840.113549.2.2", cause: HashOther},
}

// md5sha1Alg is the 36-byte pair of TLS 1.0, which carries no DigestInfo.
var md5sha1Alg = &hashAlg{name: "MD5 and SHA-1", size: 36, cause: HashOther, make: func() hash.Hash {
	return &pairHash{md5.New(), sha1.New()}
}}

// pairHash is two hash functions over the same bytes.
type pairHash struct{ a, b hash.Hash }

// Write implements hash.Hash.
func (p *pairHash) Write(b []byte) (int, error) {
	if n, err := p.a.Write(b); err != nil {
		return n, err
	}
	return p.b.Write(b)
}
func (p *pairHash) Sum(b []byte) []byte { return p.b.Sum(p.a.Sum(b)) }
func (p *pairHash) Reset()              { p.a.Reset(); p.b.Reset() }
func (p *pairHash) Size() int           { return p.a.Size() + p.b.Size() }
func (p *pairHash) BlockSize() int      { return p.a.BlockSize() }

// hashByOID finds a hash function by its dotted object identifier. Signature identifiers such as
// sha256WithRSAEncryption are accepted too: some signers put them where the hash belongs.
func hashByOID(oid string) (alg *hashAlg, signatureOID bool) {
	for _, a := range hashAlgs {
		if a.oid == oid {
			return a, false
		}
	}
	const rsa = "1.2.840.113549.1.1."
	if !strings.HasPrefix(oid, rsa) {
		return nil, false
	}
	names := map[string]string{"4": "MD5", "5": "SHA-1", "11": "SHA-256", "12": "SHA-384", "13": "SHA-512", "14": "SHA-224"}
	return hashByName(names[oid[len(rsa):]]), true
}

// hashByName finds a hash function by the name that the report shows.
func hashByName(name string) *hashAlg {
	for _, a := range hashAlgs {
		if a.name == name {
			return a
		}
	}
	return nil
}

// hashesBySize lists the computable hash functions with digests of size bytes, likeliest first.
func hashesBySize(size int) []*hashAlg {
	var out []*hashAlg
	for _, a := range hashAlgs {
		if a.size == size && a.make != nil {
			out = append(out, a)
		}
	}
	if size == md5sha1Alg.size {
		out = append(out, md5sha1Alg)
	}
	return out
}

// digestInfo is what stands before a digest inside the padding of PKCS#1 v1.5.
type digestInfo struct {
	alg     *hashAlg // nil when the identifier is not known
	oid     string
	noNull  bool // the parameters are missing where NULL is required
	sigOID  bool // a signature identifier stands where the hash's belongs
	digest  []byte
	trailer []byte // bytes after the structure
}

// parseDigestInfo reads a DigestInfo by hand: encoding/asn1 would refuse the odd forms that are
// looked for here.
func parseDigestInfo(p []byte) (digestInfo, bool) {
	outer, rest, ok := derValue(p, 0x30)
	if !ok {
		return digestInfo{}, false
	}
	algID, digestTLV, ok := derValue(outer, 0x30)
	if !ok {
		return digestInfo{}, false
	}
	oidBytes, params, ok := derValue(algID, 0x06)
	if !ok {
		return digestInfo{}, false
	}
	digest, extra, ok := derValue(digestTLV, 0x04)
	if !ok || len(extra) > 0 {
		return digestInfo{}, false
	}
	d := digestInfo{digest: digest, trailer: rest, noNull: len(params) == 0}
	d.oid = dottedOID(oidBytes)
	d.alg, d.sigOID = hashByOID(d.oid)
	return d, d.oid != ""
}

// derValue splits one DER element with the given tag off p. Lengths up to 65535 are read.
func derValue(p []byte, tag byte) (value, rest []byte, ok bool) {
	if len(p) < 2 || p[0] != tag {
		return nil, nil, false
	}
	n, head := int(p[1]), 2
	switch {
	case n == 0x81 && len(p) > 2:
		n, head = int(p[2]), 3
	case n == 0x82 && len(p) > 3:
		n, head = int(p[2])<<8|int(p[3]), 4
	case n >= 0x80:
		return nil, nil, false
	}
	if len(p) < head+n {
		return nil, nil, false
	}
	return p[head : head+n], p[head+n:], true
}

// dottedOID writes the contents of a DER object identifier with dots, empty when it is malformed.
func dottedOID(b []byte) string {
	if len(b) == 0 || len(b) > 32 {
		return ""
	}
	der := append([]byte{0x06, byte(len(b))}, b...)
	var oid asn1.ObjectIdentifier
	if _, err := asn1.Unmarshal(der, &oid); err != nil {
		return ""
	}
	return oid.String()
}

// digestInfoFor builds the standard DigestInfo of alg around digest.
func digestInfoFor(alg *hashAlg, digest []byte) []byte {
	var parts []string
	if alg.oid == "" {
		return digest
	}
	parts = strings.Split(alg.oid, ".")
	oid := make(asn1.ObjectIdentifier, 0, len(parts))
	for _, p := range parts {
		n := 0
		for _, c := range p {
			n = n*10 + int(c-'0')
		}
		oid = append(oid, n)
	}
	oidDER, err := asn1.Marshal(oid)
	if err != nil {
		return digest
	}
	id := append(oidDER, 0x05, 0x00)
	out := append([]byte{0x30, byte(len(id))}, id...)
	out = append(out, 0x04, byte(len(digest)))
	out = append(out, digest...)
	return append([]byte{0x30, byte(len(out))}, out...)
}
