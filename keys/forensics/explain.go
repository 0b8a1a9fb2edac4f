package forensics

import (
	"context"
	"encoding/hex"
	"fmt"
	"strings"

	"pikedash/keys"
)

// explainer holds the state of one Explain.
type explainer struct {
	ctx  context.Context
	e    Evidence
	r    Report
	ring []*knownKey
	text string // the signature without the white space around it
}

func (x *explainer) run() Report {
	x.ring = usableKeys(&x.e)
	x.text = strings.TrimSpace(x.e.Signature)
	x.r = Report{Schema: Schema, Body: x.bodyFacts(), Signed: Signed{Bytes: -1}}
	x.r.Tried.Keys = len(x.ring)
	expected := x.expected()
	if expected != nil {
		x.r.Key = keyFacts(expected)
	}
	switch {
	case x.text == "":
		x.add(SigEmpty, Certain, "There is no signature: the value has no characters.", "")
	case expected != nil && keys.VerifyDigest(expected.Public, x.e.Digest, x.e.Signature) == nil:
		x.valid(expected)
	default:
		x.diagnose()
	}
	x.finish()
	return x.r
}

// expected is the key that should have signed, nil when it cannot be used.
func (x *explainer) expected() *knownKey {
	if len(x.ring) > 0 && x.ring[0].expected {
		return x.ring[0]
	}
	return nil
}

func (x *explainer) bodyFacts() BodyFacts {
	f := BodyFacts{Bytes: -1, SHA256: hex.EncodeToString(x.e.Digest[:])}
	if x.e.searchable() {
		f.Bytes = len(x.e.Body)
	}
	return f
}

func keyFacts(k *knownKey) *KeyFacts {
	return &KeyFacts{
		Fingerprint: string(keys.FingerprintOf(k.Public)), Bits: k.n.BitLen(), Name: k.Name,
		Environment: k.Environment, Role: string(k.Role),
	}
}

// valid reports a good signature.
func (x *explainer) valid(k *knownKey) {
	x.r.Valid = true
	x.r.Signed = Signed{
		SHA256: x.r.Body.SHA256, Digest: x.r.Body.SHA256, Hash: sha256Alg.name, Scheme: "PKCS1-v1_5", Bytes: x.r.Body.Bytes, Variant: "the body",
	}
	if x.e.searchable() {
		x.r.SignedBytes, x.r.SignedKnown = x.e.Body, true
	}
	what := "a body with this digest"
	if x.e.searchable() {
		what = fmt.Sprintf("these %d bytes", len(x.e.Body))
	}
	x.add(OK, Certain, fmt.Sprintf("Made by %s over %s, with RSASSA-PKCS1-v1_5 and SHA-256.", k.title(), what), "")
}

// add notes a finding. Causes come in the order of their findings.
func (x *explainer) add(code Cause, c Certainty, evidence, repaired string) {
	for i := range x.r.Findings {
		if x.r.Findings[i].Code == code {
			x.r.Findings[i].Evidence += " " + evidence
			return
		}
	}
	x.r.Causes = append(x.r.Causes, code)
	x.r.Findings = append(x.r.Findings, Finding{
		Code: code, Certainty: c, Evidence: evidence, Fix: fixFor(code, x.signer()), Snippets: snippetsFor(code, x.signer()), Repaired: repaired,
	})
}

// signer is whose key signed, or should have; empty when that is not known.
func (x *explainer) signer() keys.Role {
	if x.r.Key == nil {
		return ""
	}
	return keys.Role(x.r.Key.Role)
}

// finish writes the summary.
func (x *explainer) finish() {
	if k := x.r.Key; k != nil && k.Bits < keys.MinBits {
		x.note(fmt.Sprintf("The key has %d bits; Pike takes keys from %d bits on.", k.Bits, keys.MinBits))
	}
	if len(x.r.Findings) == 0 {
		return
	}
	x.r.Summary = summaryFor(&x.r)
}

// diagnose climbs the ladder for a signature that does not verify.
func (x *explainer) diagnose() {
	readings := readSignature(x.e.Signature)
	proved, suspects := attribute(readings, x.ring)
	if proved != nil {
		x.attributed(proved, nil)
		return
	}
	for _, a := range suspects {
		if f := x.seek(a); f != nil && f.match != nil {
			x.attributed(a, f)
			return
		}
	}
	x.unattributed(readings)
}

// attributed reports a signature whose key is known: how it is written, the key, the scheme, and then
// what was signed.
func (x *explainer) attributed(a *attribution, f *finding) {
	x.noteSteps(a)
	x.noteKey(a.key)
	x.r.Signed.Scheme = a.block.scheme()
	if f == nil {
		f = x.seek(a)
	}
	x.noteScheme(a, f)
	x.noteBody(a, f)
	if len(x.r.Findings) == 0 {
		x.add(KeySizeMismatch, Certain, fmt.Sprintf("The signature fits, but verifiers refuse a key of %d bits with exponent %d.", a.key.n.BitLen(), a.key.e), "")
	}
}

// noteSteps reports how the signature is written.
func (x *explainer) noteSteps(a *attribution) {
	repaired := standard(a.raw)
	steps := orderSteps(a.reading.steps)
	for i, s := range steps {
		text := sentence(s.note)
		if i == len(steps)-1 {
			text += fmt.Sprintf(" Read without that, it is a signature of %d bytes.", len(a.raw))
		}
		x.add(s.code, Certain, text, repaired)
	}
}

// noteKey reports a key that is not the expected one.
func (x *explainer) noteKey(k *knownKey) {
	x.r.Key = keyFacts(k)
	if k.expected {
		return
	}
	text := fmt.Sprintf("The signature was made by %s (%s).", k.title(), keys.FingerprintOf(k.Public).Short())
	if e := x.expected(); e != nil {
		x.r.Expected = keyFacts(e)
		text += fmt.Sprintf(" It was checked with %s (%s).", e.title(), keys.FingerprintOf(e.Public).Short())
	}
	x.add(KeyOtherKnown, Certain, text, "")
}

// scheme names the padding for the report.
func (b *block) scheme() string {
	switch b.kind {
	case emDigestInfo:
		return "PKCS1-v1_5"
	case emBare:
		return "PKCS1-v1_5 without DigestInfo"
	case emZero:
		return "RSA without padding"
	case emType2:
		return "PKCS1-v1_5 encryption"
	case emOAEP:
		return "OAEP encryption"
	case emPSS, emPSSFull:
		return "PSS"
	case emX931:
		return "X9.31"
	}
	return ""
}

// sentence makes a sentence of a note.
func sentence(note string) string {
	if note == "" {
		return ""
	}
	return strings.ToUpper(note[:1]) + note[1:] + "."
}
