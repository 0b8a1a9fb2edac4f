package forensics

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
)

// Schema is the version of the report's JSON. Fields are only ever added.
const Schema = 1

// Certainty says how sure a finding is.
type Certainty string

// The degrees of certainty.
const (
	Certain  Certainty = "certain"  // proved: the recovered digest or padding shows it
	Likely   Certainty = "likely"   // what fits is far more common than the alternatives
	Possible Certainty = "possible" // one of several explanations
)

// Report is the answer to one Evidence.
type Report struct {
	Schema   int        `json:"schema"`
	Valid    bool       `json:"valid"`
	Causes   []Cause    `json:"causes"`  // the first to fix first; exactly [ok] for a good signature
	Summary  string     `json:"summary"` // one line
	Findings []Finding  `json:"findings"`
	Body     BodyFacts  `json:"body"`
	Signed   Signed     `json:"signed"`
	Key      *KeyFacts  `json:"key,omitempty"`      // the key that made the signature; else the expected one
	Expected *KeyFacts  `json:"expected,omitempty"` // the key that should have made it, when it is another
	Tried    TriedFacts `json:"tried"`
	Notes    []string   `json:"notes,omitempty"` // limits that applied, such as a reduced search

	// SignedBytes are the bytes that the signer hashed, where they were found. They are not part of
	// the JSON, because a body may hold what must not be copied around.
	SignedBytes []byte `json:"-"`
	// SignedKnown says that SignedBytes are known; the signed bytes may be empty.
	SignedKnown bool `json:"-"`
}

// Finding is one cause with its proof and its cure.
type Finding struct {
	Code      Cause             `json:"code"`
	Certainty Certainty         `json:"certainty"`
	Evidence  string            `json:"evidence"`
	Fix       string            `json:"fix"`
	Snippets  map[string]string `json:"snippets,omitempty"` // by language, see Languages
	Repaired  string            `json:"repaired,omitempty"` // the signature written as it should be
}

// BodyFacts describe the body that was received.
type BodyFacts struct {
	Bytes  int    `json:"bytes"` // -1 when the body is not known
	SHA256 string `json:"sha256"`
}

// Signed describes what the signature shows. Fields that it does not show are empty.
type Signed struct {
	SHA256  string `json:"sha256"`           // SHA-256 of the signed bytes
	Digest  string `json:"digest,omitempty"` // the digest in the signature, in Hash
	Hash    string `json:"hash"`             // such as SHA-256
	Scheme  string `json:"scheme"`           // such as PKCS1-v1_5
	Bytes   int    `json:"bytes"`            // length of the signed bytes; -1 when they are not known
	Variant string `json:"variant"`          // the signed bytes in words
}

// KeyFacts name a public key.
type KeyFacts struct {
	Fingerprint string `json:"fingerprint"`
	Bits        int    `json:"bits"`
	Name        string `json:"name"`
	Environment string `json:"environment,omitempty"`
	Role        string `json:"role,omitempty"`
}

// TriedFacts say how much was searched.
type TriedFacts struct {
	Keys     int   `json:"keys"`
	Variants int   `json:"variants"`
	Digests  int   `json:"digests"`
	Bytes    int64 `json:"bytes"`
}

// First returns the first cause, the one to fix first.
func (r *Report) First() Cause {
	if len(r.Causes) == 0 {
		return ""
	}
	return r.Causes[0]
}

// Has reports whether c is among the causes.
func (r *Report) Has(c Cause) bool { return slices.Contains(r.Causes, c) }

// JSON returns the report as one line of JSON, without HTML escapes.
func (r *Report) JSON() ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(r); err != nil {
		return nil, fmt.Errorf("writing the report as JSON: %w", err)
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), nil
}
