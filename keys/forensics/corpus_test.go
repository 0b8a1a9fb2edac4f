package forensics

import (
	"bytes"
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"pikedash/keys"
)

// corpusCase is one line of testdata/cases.jsonl. testdata/generate.py makes them with real programs.
type corpusCase struct {
	ID        string   `json:"id"`
	By        string   `json:"by"`
	Want      []Cause  `json:"want"`
	Body      string   `json:"body_b64"`
	Signature string   `json:"signature"`
	Keys      []string `json:"keys"`
}

func (c *corpusCase) evidence(t testing.TB, ring map[string]*rsa.PublicKey) Evidence {
	t.Helper()
	body, err := base64.StdEncoding.DecodeString(c.Body)
	require.NoError(t, err)
	e := Evidence{Body: body, BodyKnown: true, Signature: c.Signature}
	for i, name := range c.Keys {
		k := keys.Known{Name: name + " key", Role: keys.RoleOwn, Public: ring[name]}
		require.NotNil(t, k.Public, name)
		if i == 0 {
			e.Expected = k
		} else {
			e.Ring = append(e.Ring, k)
		}
	}
	return e
}

func loadCorpus(t testing.TB) ([]corpusCase, map[string]*rsa.PublicKey) {
	t.Helper()
	text, err := os.ReadFile("testdata/keys.json")
	require.NoError(t, err)
	var pems map[string]string
	require.NoError(t, json.Unmarshal(text, &pems))
	ring := map[string]*rsa.PublicKey{}
	for name, p := range pems {
		block, _ := pem.Decode([]byte(p))
		require.NotNil(t, block, name)
		k, err := x509.ParsePKIXPublicKey(block.Bytes)
		require.NoError(t, err)
		ring[name] = k.(*rsa.PublicKey)
	}
	text, err = os.ReadFile("testdata/cases.jsonl")
	require.NoError(t, err)
	var cases []corpusCase
	for line := range bytes.Lines(text) {
		var c corpusCase
		require.NoError(t, json.Unmarshal(line, &c))
		cases = append(cases, c)
	}
	return cases, ring
}

// TestCorpus holds the inspector to faults that real programs made: the verdict, the first cause and
// the other causes must be right in every case.
func TestCorpus(t *testing.T) {
	cases, ring := loadCorpus(t)
	require.Greater(t, len(cases), 500)
	for _, c := range cases {
		t.Run(c.ID, func(t *testing.T) {
			r := Explain(context.Background(), c.evidence(t, ring))
			require.Equal(t, c.Want, r.Causes, "by %s: %s", c.By, r.Summary)
			require.Equal(t, c.Want[0] == OK, r.Valid)
		})
	}
}
