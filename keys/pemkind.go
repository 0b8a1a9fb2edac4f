package keys

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"
)

// recognisePEM decides by what is in the block; its label only helps where the contents do not say.
func recognisePEM(blocks []pemBlock) *found {
	keys := slices.DeleteFunc(slices.Clone(blocks), func(b pemBlock) bool {
		return len(blocks) > 1 && strings.HasSuffix(b.label, " PARAMETERS")
	})
	if len(keys) == 0 {
		return &found{kind: KindParameters, armour: armourPEM, label: blocks[0].label}
	}
	f := recogniseBlock(keys[0])
	if len(keys) > 1 {
		f.problems = append(f.problems, *severalBlocks(keys))
		for _, other := range keys[1:] {
			// The most secret block decides how the file is to be treated.
			if o := recogniseBlock(other); o.kind.secret() && !f.kind.secret() {
				f.kind, f.n, f.e = o.kind, o.n, o.e
			}
		}
	}
	return f
}

func severalBlocks(blocks []pemBlock) *Problem {
	labels := make([]string, 0, len(blocks))
	for _, b := range blocks[:min(len(blocks), 5)] {
		labels = append(labels, plain(b.label, 40))
	}
	if len(blocks) > len(labels) {
		labels = append(labels, "...")
	}
	return refuse(CodeSeveralBlocks,
		fmt.Sprintf("there are %d blocks in this file (%s); which one is meant cannot be guessed", len(blocks), strings.Join(labels, ", ")),
		"put the one that is meant into a file of its own")
}

func recogniseBlock(b pemBlock) *found {
	f := &found{kind: labelKind(b.label), armour: armourPEM, der: b.der, headers: b.headers, label: b.label, problems: b.problems}
	switch {
	case f.kind == KindSSH2Public || f.kind == KindPGP || f.kind == KindParameters:
		f.problems = nil // their lines follow other rules
		return f
	case firstRefused(f.problems) != nil:
		return f
	case strings.Contains(b.headers["Proc-Type"], "ENCRYPTED"):
		if f.kind == KindPrivatePKCS1 {
			f.kind = KindPrivateLegacy
		}
		return f
	case f.kind == KindOpenSSHPrivate:
		inside := openSSH(b.der)
		inside.armour, inside.problems = armourPEM, append(f.problems, inside.problems...)
		return inside
	}
	return recogniseContents(f)
}

// recogniseContents replaces what the label of a block says by what its DER is.
func recogniseContents(f *found) *found {
	if total, whole := derLength(f.der); total > 0 && !whole {
		f.problems = append(f.problems, *truncated(total, len(f.der)))
		return f
	}
	inside := recogniseDER(f.der, armourPEM)
	if inside == nil || inside.kind == KindSignatureECDSA {
		f.problems = append(f.problems, *broken())
		return f
	}
	if f.kind == KindCertificate && inside.kind == KindCertificate {
		inside.problems = nil // a TRUSTED CERTIFICATE carries more after the certificate
	}
	if f.kind.form() != "" && inside.kind != f.kind && sameSide(f.kind, inside.kind) {
		inside.problems = append(inside.problems, Problem{Code: CodeMislabelled,
			Sentence: fmt.Sprintf("the BEGIN line says %s, but inside is %s; strict programs will refuse the file", plain(f.label, 40), inside.kind.form()),
			Fix:      relabel(inside.kind)})
	}
	inside.label, inside.headers = f.label, f.headers
	inside.problems = append(f.problems, inside.problems...)
	return inside
}

// sameSide reports whether both are loadable keys of the same half, so that only the label is wrong.
func sameSide(a, b Kind) bool {
	return (a.private() && b.private()) || (a.public() && b.public())
}

// relabel returns a command that writes a mislabelled key under its right name.
func relabel(k Kind) string { return derToPEM("sed '/^-----/d' FILE | openssl base64 -d", k) }

// fromBase64 returns a command that writes a key without PEM lines as PEM.
func fromBase64(k Kind) string { return derToPEM(decodeBase64, k) }

// derToPEM completes a command that writes the DER of a key of kind k to stdout.
func derToPEM(decode string, k Kind) string {
	switch k {
	case KindPublicPKIX:
		return decode + " | openssl pkey -pubin -inform DER -out repaired.pem"
	case KindPublicPKCS1:
		return decode + " | openssl rsa -RSAPublicKey_in -inform DER -pubout -out repaired.pem"
	case KindCertificate:
		return decode + " | openssl x509 -inform DER -out repaired.pem"
	}
	return decode + " | openssl pkey -inform DER -out repaired.pem"
}

// labelKind maps the label of a PEM block (RFC 7468 and OpenSSL's pem.h).
func labelKind(label string) Kind {
	switch label {
	case "PRIVATE KEY":
		return KindPrivatePKCS8
	case "RSA PRIVATE KEY":
		return KindPrivatePKCS1
	case "ENCRYPTED PRIVATE KEY":
		return KindPrivateEncrypted
	case "PUBLIC KEY":
		return KindPublicPKIX
	case "RSA PUBLIC KEY":
		return KindPublicPKCS1
	case "CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE":
		return KindCertificate
	case "CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST":
		return KindCertificateRequest
	case "OPENSSH PRIVATE KEY":
		return KindOpenSSHPrivate
	case "SSH2 PUBLIC KEY":
		return KindSSH2Public
	case "EC PRIVATE KEY":
		return KindECPrivate
	case "DSA PRIVATE KEY", "SSH2 ENCRYPTED PRIVATE KEY":
		return KindOtherPrivate
	case "PKCS7", "CMS":
		return KindPKCS7
	}
	switch {
	case strings.HasPrefix(label, "PGP "):
		return KindPGP
	case strings.HasSuffix(label, "PARAMETERS"):
		return KindParameters
	}
	return KindUnknown
}

// openSSH reads the public part that OpenSSH's private format carries in clear (PROTOCOL.key in
// OpenSSH's sources).
func openSSH(data []byte) *found {
	f := &found{kind: KindOpenSSHPrivate, armour: "binary", label: "OPENSSH PRIVATE KEY"}
	var head struct {
		Cipher, KDF, Options string
		Count                uint32
		Public               []byte
		Rest                 []byte `ssh:"rest"`
	}
	blob, ok := strings.CutPrefix(string(data), "openssh-key-v1\x00")
	if !ok || ssh.Unmarshal([]byte(blob), &head) != nil {
		f.problems = append(f.problems, *broken())
		return f
	}
	f.sealed = head.Cipher != "none"
	f.n, f.e, _ = sshNumbers(head.Public)
	if f.n == nil {
		f.kind = pick(strings.Contains(string(head.Public), "ecdsa"), KindECPrivate, KindEdPrivate)
	}
	return f
}
