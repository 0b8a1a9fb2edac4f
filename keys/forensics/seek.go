package forensics

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
)

// finding is the outcome of the search behind one signature block.
type finding struct {
	aim     *aim
	match   *match
	journal string // the name of another body that fits
	form    *form  // the form in which that body's digest was signed
	aims    []aim
}

// seek looks for the bytes behind a block. It returns nil when the block names nothing to look for.
func (x *explainer) seek(a *attribution) *finding {
	f := &finding{aims: a.block.aims()}
	for i := range f.aims {
		aim := &f.aims[i]
		if m := x.searchFor(&aim.target, i > 0); m != nil {
			f.aim, f.match = aim, m
			return f
		}
	}
	for i := range f.aims {
		if x.inJournal(f, &f.aims[i]) {
			return f
		}
	}
	return f
}

// searchFor searches the variants of the body. A second choice gets a smaller search.
func (x *explainer) searchFor(t *target, second bool) *match {
	if !x.e.searchable() {
		return x.searchDigest(t)
	}
	if x.ctx.Err() != nil {
		x.note("The search was cancelled.")
		return nil
	}
	s := newSearch(x.ctx, x.e.Body, x.e.Context, t, x.e.Progress)
	if second {
		s.left /= 8
	}
	m := s.run()
	x.r.Tried.Variants += s.tried.Variants
	x.r.Tried.Digests += s.tried.Digests
	x.r.Tried.Bytes += s.tried.Bytes
	switch {
	case m != nil:
	case x.ctx.Err() != nil:
		x.note("The search was cancelled before it was complete.")
	case s.reduced:
		x.note(fmt.Sprintf("The body is larger than %d bytes: only a reduced set of variants was tried.", reducedAbove))
	case s.ended:
		x.note(fmt.Sprintf("For a body of %d bytes the rarest variants are not tried.", len(x.e.Body)))
	}
	return m
}

// searchDigest is the search when only the body's digest is known: the digest itself and its forms.
func (x *explainer) searchDigest(t *target) *match {
	x.note("The true bytes of the body are not known, only their digest: variants of the body could not be tried.")
	if t.alg.make == nil {
		return nil
	}
	d := x.e.Digest[:]
	x.r.Tried.Digests++
	if t.alg == sha256Alg && t.fits(d) {
		return &match{}
	}
	list := fullForms()
	for i := range list {
		x.r.Tried.Digests++
		if t.fits(t.alg.sum(list[i].build(nil, d, sha256Alg))) {
			return &match{form: &list[i], inner: sha256Alg}
		}
	}
	return nil
}

// note adds a remark once.
func (x *explainer) note(text string) {
	if !slices.Contains(x.r.Notes, text) {
		x.r.Notes = append(x.r.Notes, text)
	}
}

// maxJournal bounds how many digests of the journal are tried in more than one form.
const maxJournal = 100_000

// inJournal looks for the body of another request. The map holds SHA-256 digests only.
func (x *explainer) inJournal(f *finding, a *aim) bool {
	t := &a.target
	if t.pss == nil && t.alg == sha256Alg {
		if name, ok := x.e.Journal[[sha256.Size]byte(t.digest)]; ok {
			f.aim, f.journal = a, name
			return true
		}
	}
	if t.alg == nil || t.alg.make == nil {
		return false
	}
	left := maxJournal
	for d, name := range x.e.Journal {
		if left--; left < 0 || left%1024 == 0 && x.ctx.Err() != nil {
			return false
		}
		if t.pss != nil && t.alg == sha256Alg && t.pss.fits(d[:]) {
			f.aim, f.journal = a, name
			return true
		}
		for i := range commonForms {
			if t.fits(t.alg.sum(commonForms[i].build(nil, d[:], sha256Alg))) {
				f.aim, f.journal, f.form = a, name, &commonForms[i]
				return true
			}
		}
	}
	return false
}

// noteScheme reports padding and hash.
func (x *explainer) noteScheme(a *attribution, f *finding) {
	b := &a.block
	switch b.kind {
	case emDigestInfo:
		x.noteDigestInfo(b)
	case emBare:
		x.noteBare(b, f)
	case emZero:
		x.noteBare(b, f)
	case emType2:
		x.add(SchemeEncrypted, Certain, "The block starts with 00 02: it is padded for encryption, with random bytes, not for a signature.", "")
	case emOAEP:
		x.add(SchemeEncrypted, Certain, "The block is padded with OAEP ("+b.oaep.name+"): it was encrypted, not signed.", "")
	case emX931:
		x.add(SchemeX931, Certain, "The block is padded as ANSI X9.31 (6B BB … BA), not as PKCS#1 v1.5.", "")
	case emPSS, emPSSFull:
		p := b.pss[0]
		if f.aim != nil {
			p = f.aim.target.pss
		}
		x.add(SchemePSS, Certain, fmt.Sprintf("The block is padded with PSS: hash %s, mask hash %s, salt of %d bytes.", p.alg.name, p.mgf.name, len(p.salt)), "")
	}
	x.noteHash(a, f)
}

// noteDigestInfo reports a DigestInfo that is not as it should be.
func (x *explainer) noteDigestInfo(b *block) {
	info := &b.info
	switch {
	case info.noNull:
		x.add(SchemeNoNull, Certain, fmt.Sprintf("The DigestInfo for %s lacks its NULL parameter (05 00); most verifiers refuse that.", orOID(info)), "")
	case info.sigOID:
		x.add(SchemePadding, Certain, "The DigestInfo names the signature algorithm "+info.oid+" where the hash belongs.", "")
	case b.damaged:
		x.add(SchemePadding, Certain, fmt.Sprintf("%d bytes follow the DigestInfo inside the padding.", len(info.trailer)), "")
	case info.alg != nil && len(info.digest) != info.alg.size:
		x.add(SchemePadding, Certain, fmt.Sprintf("The DigestInfo says %s but holds %d bytes in place of %d.", info.alg.name, len(info.digest), info.alg.size), "")
	case info.alg != nil && !slices.Equal(digestInfoFor(info.alg, info.digest), b.payload):
		x.add(SchemePadding, Certain, "The DigestInfo is not written in DER: its lengths take more bytes than they need.", "")
	}
}

func orOID(info *digestInfo) string {
	if info.alg != nil {
		return info.alg.name
	}
	return "the algorithm " + info.oid
}

// noteBare reports a block that encloses no DigestInfo.
func (x *explainer) noteBare(b *block, f *finding) {
	how := "The padding (00 01 FF …) encloses"
	if b.kind == emZero {
		how = "The signature was made without padding: it encloses"
	}
	switch {
	case f.aim != nil && f.aim.body, f.aim == nil && len(f.aims) > 0 && f.aims[0].body:
		x.add(SchemeRawBody, Certain, fmt.Sprintf("%s %d bytes of text and no digest.", how, len(b.payload)), "")
	default:
		what := "no DigestInfo"
		if f.aim != nil && f.aim.note != "" {
			what = "a digest " + f.aim.note + " and no DigestInfo"
		}
		x.add(SchemeRawDigest, Certain, fmt.Sprintf("%s %d bytes, %s: %s.", how, len(b.payload), what, clip(b.payload)), "")
	}
}

// clip shows the start of bytes in hex, or as text when they are text.
func clip(b []byte) string {
	cut := b[:min(len(b), 48)]
	more := ""
	if len(cut) < len(b) {
		more = "…"
	}
	if printable(cut) {
		return fmt.Sprintf("%q%s", cut, more)
	}
	return hex.EncodeToString(cut) + more
}

// noteHash reports a hash that is not SHA-256.
func (x *explainer) noteHash(a *attribution, f *finding) {
	alg := a.block.info.alg
	if a.block.kind == emDigestInfo && alg == nil {
		x.r.Signed.Hash = a.block.info.oid
		x.add(HashOther, Certain, "The DigestInfo names the hash function "+a.block.info.oid+".", "")
		return
	}
	t := f.pick()
	if t != nil {
		alg = t.target.alg
		x.r.Signed.Digest = hex.EncodeToString(t.target.digest)
	}
	if alg == nil || t != nil && t.body {
		return
	}
	x.r.Signed.Hash = alg.name
	if alg.cause != "" {
		x.add(alg.cause, Certain, fmt.Sprintf("The hash function is %s; Pike wants SHA-256.", alg.name), "")
	}
}

// pick is the aim to show: the one that was hit, else the likeliest.
func (f *finding) pick() *aim {
	switch {
	case f.aim != nil:
		return f.aim
	case len(f.aims) > 0:
		return &f.aims[0]
	}
	return nil
}

// standard writes a signature as it should be written.
func standard(raw []byte) string { return base64.StdEncoding.EncodeToString(raw) }
