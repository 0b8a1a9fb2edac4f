package keys

import (
	"crypto/rsa"
	"crypto/x509"
	stdasn1 "encoding/asn1"
	"fmt"
	"math/big"
	"strings"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

func truncated(total, have int) *Problem {
	return refuse(CodeTruncated, fmt.Sprintf("the key is cut off: it should have %d bytes, %d are there", total, have),
		"copy the whole file again, down to its last line")
}

// derLength returns the length that the SEQUENCE at the start of data claims, header included, or 0
// when there is none, and whether all of it is there.
func derLength(data []byte) (total int, whole bool) {
	if len(data) < 2 || data[0] != 0x30 {
		return 0, false
	}
	length, header := int(data[1]), 2
	if length == 0x80 || length > 0x84 {
		return 0, false
	}
	if length > 0x80 {
		count := length - 0x80
		header += count
		if len(data) < header {
			return 0, false
		}
		length = 0
		for _, b := range data[2:header] {
			length = length<<8 | int(b)
		}
	}
	if length < 0 {
		return 0, false
	}
	return header + length, header+length <= len(data)
}

// sniff tells the kinds of DER structures apart by their shape, and reads modulus and exponent of
// RSA keys without the limits of crypto/x509, so that odd keys can be described. n and e are nil
// for everything else.
func sniff(der []byte) (kind Kind, n, e *big.Int) {
	input := cryptobyte.String(der)
	var outer cryptobyte.String
	if !input.ReadASN1(&outer, asn1.SEQUENCE) {
		return KindUnknown, nil, nil
	}
	switch {
	case outer.PeekASN1Tag(asn1.INTEGER):
		return sniffInteger(outer)
	case outer.PeekASN1Tag(asn1.OBJECT_IDENTIFIER):
		return sniffContent(outer), nil, nil
	case outer.PeekASN1Tag(asn1.SEQUENCE):
		return sniffSequence(der, outer)
	}
	return KindUnknown, nil, nil
}

// sniffInteger is for structures that start with a version or number: PKCS#8, PKCS#1, SEC 1, PKCS#12.
func sniffInteger(s cryptobyte.String) (Kind, *big.Int, *big.Int) {
	first := new(big.Int)
	if !s.ReadASN1Integer(first) {
		return KindUnknown, nil, nil
	}
	switch {
	case s.PeekASN1Tag(asn1.SEQUENCE):
		var algorithm, inner cryptobyte.String
		if !s.ReadASN1(&algorithm, asn1.SEQUENCE) {
			return KindUnknown, nil, nil
		}
		if first.Cmp(big.NewInt(3)) == 0 {
			return KindPKCS12, nil, nil
		}
		if !s.ReadASN1(&inner, asn1.OCTET_STRING) {
			return KindUnknown, nil, nil
		}
		kind := algorithmKind(algorithm, true)
		if kind != KindPrivatePKCS8 {
			return kind, nil, nil
		}
		if _, n, e := sniff(inner); n != nil {
			return kind, n, e
		}
		return kind, nil, nil
	case s.PeekASN1Tag(asn1.OCTET_STRING):
		return KindECPrivate, nil, nil
	}
	return sniffNumbers(first, s)
}

// sniffNumbers is for a SEQUENCE of INTEGERs of which the first was read already.
func sniffNumbers(first *big.Int, s cryptobyte.String) (Kind, *big.Int, *big.Int) {
	numbers := []*big.Int{first}
	for s.PeekASN1Tag(asn1.INTEGER) && len(numbers) < 12 {
		v := new(big.Int)
		if !s.ReadASN1Integer(v) {
			return KindUnknown, nil, nil
		}
		numbers = append(numbers, v)
	}
	switch {
	case len(numbers) == 2 && s.Empty():
		// An ECDSA signature has the same shape: two numbers, both as long as its curve.
		if n, e := numbers[0], numbers[1]; n.BitLen() > 521 || e.BitLen() <= 64 {
			return KindPublicPKCS1, n, e
		}
		return KindSignatureECDSA, nil, nil
	case len(numbers) >= 9 && first.BitLen() <= 1:
		return KindPrivatePKCS1, numbers[1], numbers[2]
	case len(numbers) == 6 && first.Sign() == 0:
		return KindOtherPrivate, nil, nil // DSA
	}
	return KindUnknown, nil, nil
}

// sniffSequence is for structures that start with a SEQUENCE: PKIX, encrypted PKCS#8, certificates.
func sniffSequence(der []byte, s cryptobyte.String) (Kind, *big.Int, *big.Int) {
	var head cryptobyte.String
	if !s.ReadASN1(&head, asn1.SEQUENCE) {
		return KindUnknown, nil, nil
	}
	if !head.PeekASN1Tag(asn1.OBJECT_IDENTIFIER) {
		return sniffCertificate(der)
	}
	if s.PeekASN1Tag(asn1.OCTET_STRING) {
		if strings.HasPrefix(identifier(head), "1.2.840.113549.1.") {
			return KindPrivateEncrypted, nil, nil
		}
		return KindUnknown, nil, nil
	}
	var bits stdasn1.BitString
	if !s.ReadASN1BitString(&bits) {
		return KindUnknown, nil, nil
	}
	kind := algorithmKind(head, false)
	if kind != KindPublicPKIX {
		return kind, nil, nil
	}
	if inner, n, e := sniff(bits.Bytes); inner == KindPublicPKCS1 {
		return kind, n, e
	}
	return kind, nil, nil
}

func sniffCertificate(der []byte) (Kind, *big.Int, *big.Int) {
	if c, err := x509.ParseCertificate(der); err == nil {
		if pub, ok := c.PublicKey.(*rsa.PublicKey); ok {
			return KindCertificate, pub.N, exponent(pub)
		}
		return KindCertificate, nil, nil
	}
	if r, err := x509.ParseCertificateRequest(der); err == nil {
		if pub, ok := r.PublicKey.(*rsa.PublicKey); ok {
			return KindCertificateRequest, pub.N, exponent(pub)
		}
		return KindCertificateRequest, nil, nil
	}
	return KindUnknown, nil, nil
}

// sniffContent is for ContentInfo (RFC 5652, 3).
func sniffContent(s cryptobyte.String) Kind {
	if strings.HasPrefix(identifier(s), "1.2.840.113549.1.7.") {
		return KindPKCS7
	}
	return KindUnknown
}

// identifier returns the object identifier at the start of s, or "".
func identifier(s cryptobyte.String) string {
	var id stdasn1.ObjectIdentifier
	if !s.ReadASN1ObjectIdentifier(&id) {
		return ""
	}
	return id.String()
}

// algorithmKind maps the algorithm of a PKCS#8 or PKIX key (RFC 8017, 5480, 8410, 4055).
func algorithmKind(algorithm cryptobyte.String, private bool) Kind {
	switch identifier(algorithm) {
	case "1.2.840.113549.1.1.1":
		return pick(private, KindPrivatePKCS8, KindPublicPKIX)
	case "1.2.840.113549.1.1.10":
		return pick(private, KindPSSPrivate, KindPSSPublic)
	case "1.2.840.10045.2.1":
		return pick(private, KindECPrivate, KindECPublic)
	case "1.3.101.110", "1.3.101.111", "1.3.101.112", "1.3.101.113":
		return pick(private, KindEdPrivate, KindEdPublic)
	case "":
		return KindUnknown
	}
	return pick(private, KindOtherPrivate, KindOtherPublic)
}
