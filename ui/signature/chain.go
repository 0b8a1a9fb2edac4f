package signature

import (
	"encoding/base64"
	"fmt"
	"strings"

	"pikedash/keys"
	"pikedash/keys/forensics"
	"pikedash/ui/widget"
)

// state is how a link of the chain is.
type state int

const (
	unreached state = iota // not known: the chain broke before it, or nothing was brought yet
	holds
	breaks
)

// The links, in the order of a verification.
const (
	linkBody = iota
	linkDigest
	linkSignature
	linkKey
	linkScheme
	links
)

// link is one line of the chain.
type link struct {
	name  string
	text  string
	note  string // on the right, before the mark
	state state
	first bool // the cause that is to be mended first is here
}

// linkOf says at which link a cause breaks the chain. What was done to the body shows at its digest:
// the body itself is what it is.
func linkOf(c forensics.Cause) int {
	switch s := string(c); {
	case c == forensics.OK:
		return -1
	case strings.HasPrefix(s, "sig_"):
		return linkSignature
	case strings.HasPrefix(s, "key_"):
		return linkKey
	case strings.HasPrefix(s, "scheme_"), strings.HasPrefix(s, "hash_"):
		return linkScheme
	}
	return linkDigest // body_, digest_, double_hash
}

// chain describes the five links.
func (m *Model) chain() [links]link {
	c := [links]link{m.bodyLink(), {name: "digest"}, m.signatureLink(), m.keyLink(), {name: "scheme"}}
	r := m.report
	if r == nil {
		return c
	}
	m.digestLink(&c[linkDigest])
	schemeLink(r, &c[linkScheme])
	for i, cause := range r.Causes {
		if at := linkOf(cause); at >= 0 {
			c[at].state = breaks
			c[at].first = c[at].first || i == 0
		}
	}
	return c
}

// short shortens a hex digest where the line is narrow.
func (m *Model) short(digest string) string {
	if m.w >= readable || len(digest) < 16 {
		return digest
	}
	return digest[:4] + "…" + digest[len(digest)-4:]
}

func (m *Model) bodyLink() link {
	s, k := &m.subject, m.deps.Keys.Signature
	out := link{name: "body"}
	switch {
	case !s.hasBody && s.record():
		out.text = "of " + s.from.String()
		return out
	case !s.hasBody:
		out.text = fmt.Sprintf("none yet: %s reads a file, %s takes a paste, %s chooses from the journal", k.Body.Label(), k.Paste.Label(), k.Journal.Label())
		return out
	}
	out.state = holds
	out.text = fmt.Sprintf("%s   sha256 %s   %s", counted(s.bytes), m.short(hexDigest(s.digest)), widget.Clean(s.bodyFrom))
	if !s.known {
		out.note = "masked, checked by digest"
	}
	return out
}

func counted(n int) string {
	if n == 1 {
		return "1 byte"
	}
	return widget.Thousands(n) + " bytes"
}

func (m *Model) signatureLink() link {
	s, k := &m.subject, m.deps.Keys.Signature
	out := link{name: "signature"}
	switch {
	case !s.hasSig && s.record():
		out.text = "of " + s.from.String()
		return out
	case !s.hasSig:
		out.text = fmt.Sprintf("none yet: %s takes its text or its file", k.Signature.Label())
		return out
	}
	value := strings.TrimSpace(s.signature)
	out.text = fmt.Sprintf("%s characters", widget.Thousands(len(value)))
	if raw, err := base64.StdEncoding.Strict().DecodeString(value); err == nil && !strings.ContainsAny(value, "\r\n") {
		out.text = counted(len(raw)) + "   Base64, one line"
	}
	if s.sigFrom != s.bodyFrom {
		out.text += "   " + widget.Clean(s.sigFrom)
	}
	if m.report == nil {
		return out
	}
	out.state = holds
	for _, f := range m.report.Findings {
		if linkOf(f.Code) == linkSignature {
			out.note = strings.TrimPrefix(string(f.Code), "sig_")
			out.note = strings.ReplaceAll(out.note, "_", " ")
			break
		}
	}
	return out
}

func (m *Model) keyLink() link {
	out := link{name: "key"}
	if m.report == nil {
		out.text = "found by itself; " + m.deps.Keys.Signature.Keys.Label() + " chooses one"
		if k, ok := m.chosenKey(); ok {
			out.text = keyText(k)
		}
		return out
	}
	r := m.report
	out.text = keyText(m.expected)
	switch {
	case r.Has(forensics.KeyOtherKnown):
		out.note = fmt.Sprintf("by %s %s", widget.Clean(r.Key.Name), keys.Fingerprint(r.Key.Fingerprint).Short())
	case r.Has(forensics.KeyWrong):
		out.note = fmt.Sprintf("by none of %s known keys", widget.Thousands(r.Tried.Keys))
	case r.Has(forensics.KeySizeMismatch):
		out.note = "by a key of another size"
	case r.Valid || r.Signed.Scheme != "":
		out.note, out.state = "made this signature", holds
	}
	return out
}

// chosenKey is the key that was chosen by hand.
func (m *Model) chosenKey() (keys.Known, bool) {
	switch c := m.subject.key; {
	case !c.chosen:
		return keys.Known{}, false
	case c.file != nil:
		return *c.file, true
	default:
		return m.ring.Find(c.fingerprint)
	}
}

func keyText(k keys.Known) string {
	return fmt.Sprintf("%s   %s   RSA-%d", widget.Clean(describeKey(k)), keys.FingerprintOf(k.Public).Short(), k.Public.N.BitLen())
}

func (m *Model) digestLink(out *link) {
	s := m.report.Signed
	digest := s.Digest
	if digest == "" {
		digest = s.SHA256
	}
	if digest == "" {
		out.text = "not recovered: it takes the key that signed"
		return
	}
	out.text = m.short(digest) + "   recovered from the signature"
	if s.Hash != "" && s.Hash != "SHA-256" {
		out.text += ", " + s.Hash
	}
	if s.SHA256 == m.report.Body.SHA256 {
		out.state, out.note = holds, "the body's"
		return
	}
	out.note = "differs from the body's"
}

func schemeLink(r *forensics.Report, out *link) {
	out.text = r.Signed.Scheme
	switch {
	case out.text == "":
		out.text = "not seen: it takes the key that signed"
		return
	case out.text == "PKCS1-v1_5":
		out.text = "PKCS#1 v1.5"
	}
	if r.Signed.Hash != "" {
		out.text += ", " + r.Signed.Hash
	}
	out.state = holds
	for _, c := range r.Causes {
		if linkOf(c) == linkScheme {
			out.note = "Pike takes PKCS#1 v1.5 with SHA-256"
		}
	}
}
