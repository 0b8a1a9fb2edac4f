package signature

import (
	"fmt"
	"slices"
	"strings"

	"pikedash/keys"
	"pikedash/keys/forensics"
	"pikedash/pikeapi"
)

// recordKind says which list of the journal a record is in.
type recordKind string

const (
	exchangeRecord recordKind = "exchange"
	webhookRecord  recordKind = "webhook"
)

// record names an entry of the journal.
type record struct {
	kind recordKind
	id   int64
}

func (r record) String() string { return fmt.Sprintf("%s %d", r.kind, r.id) }

// keyChoice says which key should have signed. Without a choice it is found by the subject.
type keyChoice struct {
	fingerprint keys.Fingerprint
	chosen      bool
	file        *keys.Known // a key from a file, which is in no ring
}

// subject is what is inspected: bytes, signature and key, each with the place it came from.
type subject struct {
	from record // an entry of the journal; zero for evidence that was brought

	body     []byte
	hasBody  bool
	known    bool     // body holds the true bytes; else only digest is known
	digest   [32]byte // of the true bytes
	bytes    int      // length of the true bytes; -1 when it is not known
	bodyFrom string   // "file body.json", "pasted", ...
	bodyFile string   // to read it again; empty when it is no file
	notes    []string // what may have changed the bytes on their way here

	signature string
	hasSig    bool
	sigFrom   string
	sigFile   string

	key     keyChoice
	role    keys.Role        // whose key should have signed
	signed  keys.Fingerprint // the key that signed, as the record says; empty when it says nothing
	context forensics.Context
	journal map[[32]byte]string
}

func (s *subject) record() bool { return s.from.kind != "" }

// empty says that nothing was brought yet.
func (s *subject) empty() bool { return !s.record() && !s.hasBody && !s.hasSig }

// complete says that there is enough to look at.
func (s *subject) complete() bool { return s.hasBody && s.hasSig }

func (s *subject) title() string {
	switch {
	case s.record():
		return s.from.String()
	case s.bodyFrom != "":
		return s.bodyFrom
	}
	return ""
}

// setBody takes bytes over, with their SHA-256. They are not changed afterwards.
func (s *subject) setBody(body []byte, digest [32]byte, from, file string, notes []string) {
	if s.record() {
		// Another body under a recorded signature is a case of its own.
		s.from, s.sigFrom = record{}, "of "+s.from.String()
	}
	s.body, s.hasBody, s.known, s.bytes = body, true, true, len(body)
	s.digest, s.bodyFrom, s.bodyFile, s.notes = digest, from, file, notes
}

// setSignature takes a signature over, exactly as it came.
func (s *subject) setSignature(value, from, file string) {
	if s.record() {
		s.bodyFrom, s.from = "of "+s.from.String(), record{}
	}
	s.signature, s.hasSig, s.sigFrom, s.sigFile = value, true, from, file
}

// expected finds the key that should have signed: the chosen one, else one of the environment that
// fits, else the one that signed other bytes, else the first of the role in the environment.
func (s *subject) expected(ring keys.Ring, environment string) (keys.Known, bool) {
	if s.key.chosen {
		if s.key.file != nil {
			return *s.key.file, true
		}
		return ring.Find(s.key.fingerprint)
	}
	var candidates keys.Ring
	for _, role := range s.roles() {
		for _, k := range ring {
			if k.Role == role && k.Environment == environment {
				candidates = append(candidates, k)
			}
		}
	}
	if k, ok := candidates.Find(s.signed); ok && s.signed != "" {
		return k, true
	}
	for _, k := range candidates {
		if keys.VerifyDigest(k.Public, s.digest, s.signature) == nil {
			return k, true
		}
	}
	if len(candidates) == 0 {
		return keys.Known{}, false
	}
	return candidates[max(0, forensics.Signer(s.signature, candidates))], true
}

// roles lists whose keys may have signed, the likeliest first.
func (s *subject) roles() []keys.Role {
	switch {
	case s.role == keys.RolePike:
		return []keys.Role{keys.RolePike}
	case s.record():
		return []keys.Role{keys.RoleOwn, keys.RoleRetired}
	}
	return []keys.Role{keys.RoleOwn, keys.RolePike}
}

// evidence puts the subject together for the search.
func (s *subject) evidence(ring keys.Ring, expected keys.Known) forensics.Evidence {
	return forensics.Evidence{
		Body: s.body, BodyKnown: s.known, Digest: s.digest, Masked: !s.known, Signature: s.signature,
		Expected: expected, Ring: without(ring, expected), Journal: s.journal, Context: s.context,
	}
}

// without leaves a key out of a ring, and keys that are in it twice.
func without(ring keys.Ring, k keys.Known) keys.Ring {
	seen := []keys.Fingerprint{keys.FingerprintOf(k.Public)}
	var out keys.Ring
	for _, other := range ring {
		f := keys.FingerprintOf(other.Public)
		if !slices.Contains(seen, f) {
			seen = append(seen, f)
			out = append(out, other)
		}
	}
	return out
}

// errNoKey says that the choice of a key has to be made by hand.
func errNoKey(environment string) error {
	return fmt.Errorf("no key of %s is known that could have signed: choose one", environment)
}

// describeKey names a key for people: "your demo key", "Pike's key of demo".
func describeKey(k keys.Known) string {
	name := k.Name
	if name == "" {
		name = "a key without a name"
	}
	switch k.Role {
	case keys.RoleOwn:
		name = "your " + name
	case keys.RoleRetired:
		name = "your retired " + name
	case keys.RolePike:
	}
	if k.Environment != "" && !strings.Contains(name, k.Environment) {
		name += ", " + k.Environment
	}
	return name
}

// masked hides what must not be copied around of a text that came from outside.
func masked(text string) string { return pikeapi.MaskText(text) }
