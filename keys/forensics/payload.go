package forensics

import (
	"encoding/base64"
	"encoding/hex"
	"strings"
)

// aim is something to search for: a digest to hit, with what it means when it is hit.
type aim struct {
	target target
	codes  []Cause // beside the scheme and hash, such as digest_hex_signed
	note   string
	body   bool // the target is the SHA-256 of a payload that may be the body itself
}

// aims lists what the block of a signature may be searched for, the likeliest first.
func (b *block) aims() []aim {
	switch b.kind {
	case emDigestInfo:
		if b.info.alg != nil && len(b.info.digest) == b.info.alg.size {
			return []aim{{target: target{alg: b.info.alg, digest: b.info.digest}}}
		}
		if b.info.alg == nil {
			return nil // nothing is known that could be computed
		}
		return payloadAims(b.info.digest)
	case emPSS, emPSSFull:
		var out []aim
		for _, p := range b.pss {
			out = append(out, aim{target: target{alg: p.alg, pss: p}})
		}
		return out
	case emOAEP, emNone:
		return nil
	}
	if info, ok := parseDigestInfo(b.payload); ok && info.alg != nil && len(info.digest) == info.alg.size {
		return []aim{{target: target{alg: info.alg, digest: info.digest}}}
	}
	if b.kind == emZero {
		return append(zeroAims(b), payloadAims(b.payload)...)
	}
	return payloadAims(b.payload)
}

// zeroAims puts back zeros that belong to a digest and not to the padding.
func zeroAims(b *block) []aim {
	var out []aim
	for _, alg := range hashAlgs {
		if miss := alg.size - len(b.payload); alg.make != nil && miss > 0 && miss <= 2 {
			d := append(make([]byte, miss), b.payload...)
			if b.right {
				d = append(append([]byte{}, b.payload...), make([]byte, miss)...)
			}
			out = append(out, aim{target: target{alg: alg, digest: d}})
		}
	}
	return out
}

var printedLine = pattern(`(?i)^(?:.{0,80}[= ])?([0-9a-f]{32,128})(?:\s[ *]?.{0,80})?\s*$`)

// payloadAims reads a payload without DigestInfo: a digest, the text of one, or the body itself.
func payloadAims(p []byte) []aim {
	var out []aim
	if !printable(p) || len(p) <= 20 {
		out = digestAims(p, "", nil)
	}
	text := strings.TrimSpace(string(p))
	if printable(p) && len(p) <= 512 {
		if d, err := hex.DecodeString(text); err == nil {
			out = append(out, digestAims(d, "in hex text", []Cause{DigestHexSigned})...)
		} else if d, err := base64.StdEncoding.DecodeString(text); err == nil && len(text)%4 == 0 {
			out = append(out, digestAims(d, "in Base64 text", []Cause{DigestBase64Signed})...)
		} else if m := printedLine().FindStringSubmatch(text); m != nil {
			if d, err := hex.DecodeString(m[1]); err == nil {
				out = append(out, digestAims(d, "inside a printed line", []Cause{DigestLineSigned})...)
			}
		}
	}
	out = append(out, aim{target: target{alg: sha256Alg, digest: sha256Alg.sum(p)}, body: true})
	if printable(p) && len(p) > 20 {
		out = append(out, digestAims(p, "", nil)...)
	}
	return out
}

func digestAims(d []byte, note string, codes []Cause) []aim {
	var out []aim
	for _, alg := range hashesBySize(len(d)) {
		out = append(out, aim{target: target{alg: alg, digest: d}, codes: codes, note: note})
	}
	return out
}
