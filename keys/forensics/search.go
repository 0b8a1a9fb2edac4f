package forensics

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"strings"
)

// op is one thing that a signer may have done to the body before hashing it. Ops are pure: naming the
// cause replays them with single ones left out.
type op struct {
	code  Cause
	desc  string // completes "the body …"
	apply func([]byte) []byte
	tree  func(*node)        // set when apply changes parsed JSON, so that one parse can serve many ops
	print func(*node) []byte // the same for ops that print parsed JSON and change nothing
	style *style             // set when apply rewrites JSON; then each field counts as an op of its own
}

// target is what a candidate must hash to.
type target struct {
	alg    *hashAlg
	digest []byte
	pss    *pssBlock
}

// fits reports whether d, a digest in t.alg, is the wanted one.
func (t *target) fits(d []byte) bool {
	if t.pss != nil {
		return t.pss.fits(d)
	}
	return bytes.Equal(d, t.digest)
}

// match is a candidate that fits: the signed bytes, how they came from the body, and the form in
// which their digest was signed.
type match struct {
	bytes []byte
	chain []op
	form  *form    // nil when the bytes themselves were hashed
	inner *hashAlg // the hash inside the form; nil without a form
	label *hashAlg // the hash that was used under another hash's name
}

// depth says how much is tried on one candidate.
type depth int

const (
	cheap  depth = iota // the digest and the commonest newline
	normal              // the usual tails and forms
	full                // every tail and form
)

// search looks for the bytes that hash to a target.
type search struct {
	ctx      context.Context
	body     []byte
	context  Context
	target   *target
	hit      *match
	seen     map[uint64]struct{}
	left     int64 // work that may still be done, see spend
	ended    bool  // cancelled or out of budget
	reduced  bool  // the body is large: only the reduced set is tried
	tried    TriedFacts
	progress func(tried, total int)
	h        hash.Hash
	scratch  []byte
	buf      []byte // the styled candidate
	edit     []byte // the candidate with one member changed
	links    []op   // its chain
	numbers  numberCache
	full     []form // built when first needed
}

func newSearch(ctx context.Context, body []byte, c Context, t *target, progress func(int, int)) *search {
	s := &search{
		ctx: ctx, body: body, context: c, target: t, progress: progress,
		seen: make(map[uint64]struct{}), left: budgetFor(len(body)), reduced: len(body) > reducedAbove,
	}
	if t.alg.make != nil {
		s.h = t.alg.make()
	}
	return s
}

// stop reports whether the search is over, because something fits or a limit is reached.
func (s *search) stop() bool { return s.hit != nil || s.ended }

// visit tries v, the bytes that chain makes of the body, with tails and forms. It reports whether the
// search is over. v is only read, and not kept unless it fits.
func (s *search) visit(v []byte, chain []op, how depth) bool {
	if s.stop() {
		return true
	}
	s.count(len(v))
	s.h.Reset()
	s.h.Write(v)
	var room [64]byte
	d := s.h.Sum(room[:0])
	if s.accept(d, v, "", chain) {
		return true
	}
	id := binary.LittleEndian.Uint64(d)
	if _, again := s.seen[id]; again {
		return false
	}
	s.seen[id] = struct{}{}
	if s.forms(d, v, "", chain, how) {
		return true
	}
	return s.tails(v, chain, how)
}

// accept notes a match when d fits.
func (s *search) accept(d, v []byte, tail string, chain []op) bool {
	s.tried.Digests++
	if !s.target.fits(d) {
		return false
	}
	s.found(v, tail, chain)
	return true
}

func (s *search) found(v []byte, tail string, chain []op) *match {
	b := append(append(make([]byte, 0, len(v)+len(tail)), v...), tail...)
	c := append([]op{}, chain...)
	if tail != "" {
		c = append(c, tailOp(tail))
	}
	s.hit = &match{bytes: b, chain: c}
	return s.hit
}

// Ends of text that get signed by accident, by depth. A shell adds line feeds, Windows CR LF, C a NUL.
var (
	cheapTails  = []string{"\n", "\r\n"}
	normalTails = []string{"\n", "\r\n", "\x00"}
	fullTails   = []string{"\n", "\r\n", "\n\n", "\r", " ", "\t", "  ", " \n", "\r\n\r\n", "\n\r", "\x00", "\x00\x00", "\n\x00", "\\n", "\\r\\n", "   ", "    ", "\n\n\n", "}"}
)

// maxFill is the largest number of NUL bytes that are tried after a text: a buffer filled up to a block.
const maxFill = 16

// tails tries v with something after it. The hash of v is in s.h and is cloned, so that a tail costs
// one block however long v is.
func (s *search) tails(v []byte, chain []op, how depth) bool {
	list := [...][]string{cheapTails, normalTails, fullTails}[how]
	base, ok := s.h.(hash.Cloner)
	if !ok {
		return false
	}
	for _, tail := range list {
		forms := how
		switch {
		case tail == "\n":
		case how == full:
			forms = normal
		case how == cheap:
			forms = -1
		}
		if s.tail(base, v, tail, chain, forms) {
			return true
		}
	}
	if how != full {
		return false
	}
	for n := 3; n <= maxFill; n++ {
		if s.tail(base, v, strings.Repeat("\x00", n), chain, -1) {
			return true
		}
	}
	for c := range 256 {
		if s.tail(base, v, string([]byte{byte(c)}), chain, -1) {
			return true
		}
	}
	return false
}

func (s *search) tail(base hash.Cloner, v []byte, tail string, chain []op, forms depth) bool {
	h, err := base.Clone()
	if err != nil {
		return false
	}
	h.Write([]byte(tail))
	var room [64]byte
	d := h.Sum(room[:0])
	if s.accept(d, v, tail, chain) {
		return true
	}
	return forms >= cheap && s.forms(d, v, tail, chain, forms)
}

// forms tries the ways in which a digest gets signed in place of the body: d is the digest of v+tail.
func (s *search) forms(d, v []byte, tail string, chain []op, how depth) bool {
	if s.target.alg == nil {
		return false
	}
	list := shortForms()
	if how == normal {
		list = usualForms
	}
	if how == full {
		if s.full == nil {
			s.full = fullForms()
		}
		list = s.full
	}
	if s.tryForms(list, d, s.target.alg, v, tail, chain) {
		return true
	}
	if how != full {
		return false
	}
	return (tail == "" || !s.reduced) && s.foreignForms(v, tail, chain)
}

// tryForms hashes every form of the digest d, which inner made.
func (s *search) tryForms(list []form, d []byte, inner *hashAlg, v []byte, tail string, chain []op) bool {
	for i := range list {
		s.scratch = list[i].build(s.scratch[:0], d, inner)
		s.tried.Digests++
		if s.fitsBytes(s.scratch) {
			m := s.found(v, tail, chain)
			m.form, m.inner = &list[i], inner
			return true
		}
	}
	return false
}

func (s *search) fitsBytes(b []byte) bool {
	if s.target.alg == sha256Alg {
		d := sha256.Sum256(b)
		return s.target.fits(d[:])
	}
	return s.target.fits(s.target.alg.sum(b))
}

// foreignForms tries digests by other hash functions: signed in some form, or put under the wrong name.
func (s *search) foreignForms(v []byte, tail string, chain []op) bool {
	whole := v
	if tail != "" {
		whole = append(append(make([]byte, 0, len(v)+len(tail)), v...), tail...)
	}
	for _, alg := range hashAlgs {
		if alg == s.target.alg || alg.make == nil {
			continue
		}
		s.count(len(whole))
		d := alg.sum(whole)
		if s.target.pss == nil && alg.size == s.target.alg.size && s.target.fits(d) {
			s.found(v, tail, chain).label = alg
			return true
		}
		if s.tryForms(shortForms(), d, alg, v, tail, chain) {
			return true
		}
	}
	return false
}
