package forensics

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
)

// noteBody reports what was signed.
func (x *explainer) noteBody(a *attribution, f *finding) {
	t := f.pick()
	if t == nil {
		return // the block names no digest that could be looked for
	}
	for _, c := range t.codes {
		if f.aim != nil {
			x.add(c, Certain, "The padding encloses the digest "+t.note+".", "")
		}
	}
	switch {
	case f.match != nil:
		x.noteMatch(f)
	case f.journal != "":
		x.noteJournal(f)
	default:
		x.noteUnknown(a, t)
	}
}

// noteMatch reports the signed bytes when they were found.
func (x *explainer) noteMatch(f *finding) {
	m := f.match
	what := "the body"
	var causes []named
	if x.e.searchable() {
		causes = m.name(x.e.Body)
		x.r.SignedBytes, x.r.SignedKnown = m.bytes, true
		sum := sha256.Sum256(m.bytes)
		x.r.Signed.SHA256, x.r.Signed.Bytes = hex.EncodeToString(sum[:]), len(m.bytes)
		if bytes.Equal(m.bytes, x.e.Body) {
			causes = nil
		}
		what = describe(causes)
	} else {
		x.r.Signed.SHA256 = hex.EncodeToString(x.e.Digest[:])
	}
	x.r.Signed.Variant = what
	if m.form != nil {
		text := fmt.Sprintf("The signer signed %s: %s of %s.", m.form.desc, m.inner.name, what)
		x.add(m.form.code, Certain, text, "")
		x.r.Signed.Variant = what + "; " + m.form.desc
		if m.inner != f.aim.target.alg && m.inner.cause != "" {
			x.add(m.inner.cause, Certain, fmt.Sprintf("The inner digest is %s.", m.inner.name), "")
		}
	}
	if m.label != nil {
		x.r.Signed.Hash = m.label.name
		cause := m.label.cause
		if cause == "" {
			cause = HashOther
		}
		x.add(cause, Certain, fmt.Sprintf("The signature says %s, but the digest in it is %s of %s.", f.aim.target.alg.name, m.label.name, what), "")
	}
	for i, c := range causes {
		text := "Signed was the body " + c.desc + ", too: without that the digest does not fit."
		if i == 0 {
			text = x.bodyEvidence(f, what)
		}
		x.add(c.code, Certain, text, "")
	}
}

// describe says in words how the signed bytes come from the body.
func describe(causes []named) string {
	if len(causes) == 0 {
		return "the body"
	}
	parts := make([]string, len(causes))
	for i, c := range causes {
		parts[i] = c.desc
	}
	return "the body " + strings.Join(parts, ", ")
}

// bodyEvidence is the proof behind the body causes; what describes the signed bytes.
func (x *explainer) bodyEvidence(f *finding, what string) string {
	alg := f.aim.target.alg
	if f.match.inner != nil {
		alg = f.match.inner
	}
	text := fmt.Sprintf("T%s (%d bytes) has the %s digest that the signature holds; the received body has %d bytes.", what[1:], len(f.match.bytes), alg.name, len(x.e.Body))
	switch {
	case f.aim.body:
		text = fmt.Sprintf("The signature encloses %s (%d bytes); the received body has %d bytes.", what, len(f.match.bytes), len(x.e.Body))
	case f.aim.target.pss != nil:
		text = fmt.Sprintf("The PSS signature fits %s (%d bytes); the received body has %d bytes.", what, len(f.match.bytes), len(x.e.Body))
	}
	if at := firstDifference(x.e.Body, f.match.bytes); at >= 0 {
		text += fmt.Sprintf(" The first difference is at byte %d: received %s, signed %s.", at, excerpt(x.e.Body[at:]), excerpt(f.match.bytes[at:]))
	}
	return text
}

// excerpted is how many bytes a report shows of a body: so few that no card number comes with them.
const excerpted = 6

// excerpt shows the start of bytes in hex and as text.
func excerpt(b []byte) string {
	if len(b) == 0 {
		return "the end"
	}
	cut, more := b[:min(len(b), excerpted)], ""
	if len(cut) < len(b) {
		more = " …"
	}
	return fmt.Sprintf("% x%s (%q)", cut, more, cut)
}

func firstDifference(a, b []byte) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	if len(a) == len(b) {
		return -1
	}
	return n
}

func (x *explainer) noteJournal(f *finding) {
	if f.form != nil {
		x.add(f.form.code, Certain, "The signer signed "+f.form.desc+".", "")
	}
	if f.aim.target.pss == nil && f.form == nil {
		x.r.Signed.SHA256 = hex.EncodeToString(f.aim.target.digest)
	}
	x.r.Signed.Variant = "the body of " + f.journal
	x.add(BodyOtherRequest, Certain, fmt.Sprintf("The digest in the signature is that of the body of %s.", f.journal), "")
}

// noteUnknown reports signed bytes that nothing explains.
func (x *explainer) noteUnknown(a *attribution, t *aim) {
	if t.target.alg.make == nil {
		x.note("Digests of " + t.target.alg.name + " cannot be computed here, so the body was not compared.")
		return
	}
	if raw := bareText(&a.block, t); raw != nil {
		x.r.SignedBytes, x.r.SignedKnown = raw, true
		sum := sha256.Sum256(raw)
		x.r.Signed.SHA256, x.r.Signed.Bytes = hex.EncodeToString(sum[:]), len(raw)
		x.r.Signed.Variant = "another text"
		x.add(BodyDiffers, Certain, fmt.Sprintf("The signature encloses the text that was signed, and it is not this body: %s.", clip(raw)), "")
		return
	}
	if t.target.pss != nil {
		x.add(BodyDiffers, Certain, fmt.Sprintf("PSS hides the digest. None of %d variants of the body fits the signature.", x.r.Tried.Variants), "")
		return
	}
	digest := hex.EncodeToString(t.target.digest)
	if t.target.alg == sha256Alg {
		x.r.Signed.SHA256 = digest
	}
	text := fmt.Sprintf("The signer hashed other bytes: their %s is %s. ", t.target.alg.name, digest)
	if x.e.searchable() {
		own := hex.EncodeToString(t.target.alg.sum(x.e.Body))
		text += fmt.Sprintf("The received body has %d bytes and %s %s. None of %d variants of it fits.", len(x.e.Body), t.target.alg.name, own, x.r.Tried.Variants)
	} else {
		text += "The body's digest is " + x.r.Body.SHA256 + "."
	}
	x.add(BodyDiffers, Certain, text, "")
}

// bareText returns the payload when it is a text that was padded in place of a digest.
func bareText(b *block, t *aim) []byte {
	if (b.kind == emBare || b.kind == emZero) && t.body {
		return b.payload
	}
	return nil
}
