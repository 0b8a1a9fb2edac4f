package sandbox

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"time"

	"pikedash/keys"
	"pikedash/keys/forensics"
)

// identify finds the project that a request names.
func (s *Server) identify(h http.Header) (*project, *refusal) {
	values := h.Values("X-Partner-Project")
	switch {
	case len(values) == 0 || strings.TrimSpace(values[0]) == "":
		return nil, refuse("identification_error", "the header X-PARTNER-PROJECT is missing")
	case len(values) > 1:
		return nil, refuse("identification_error", "the header X-PARTNER-PROJECT was sent %d times", len(values))
	}
	name := strings.TrimSpace(values[0])
	p, ok := s.projects[name]
	if !ok {
		return nil, refuse("identification_error", "project %q is not known here; this sandbox serves %s", clip(name, 60), s.projectNames())
	}
	return p, nil
}

// authenticate checks X-PARTNER-SIGN over the raw bytes of the body.
func (s *Server) authenticate(r *http.Request, p *project, body []byte) *refusal {
	if s.cfg.skipVerify {
		return nil
	}
	values := r.Header.Values("X-Partner-Sign")
	switch {
	case len(values) == 0 || values[0] == "":
		return refuse("authentication_error", "the header X-PARTNER-SIGN is missing; seen: %s", seen(body))
	case len(values) > 1:
		return refuse("authentication_error", "the header X-PARTNER-SIGN was sent %d times", len(values))
	}
	var err error
	for _, k := range p.accepted {
		if err = keys.Verify(k.Public, body, values[0]); err == nil {
			return nil
		}
	}
	return refuse("authentication_error", "%s; seen: %s; project %s signs with %s%s",
		err, seen(body), p.name, keyNames(p.accepted), s.cause(r, p, body, values[0]))
}

// seen describes a body for a refusal: it is what was hashed.
func seen(body []byte) string {
	sum := sha256.Sum256(body)
	return fmt.Sprintf("%d bytes, SHA-256 %s", len(body), hex.EncodeToString(sum[:]))
}

func keyNames(ring keys.Ring) string {
	names := make([]string, 0, len(ring))
	for _, k := range ring {
		names = append(names, "key "+keys.FingerprintOf(k.Public).Short())
	}
	return strings.Join(names, " or ")
}

// The bounds of finding out why a signature is bad: it costs far more than checking one.
const (
	causeTime   = 2 * time.Second
	causeBody   = 64 << 10 // bytes; larger bodies are not searched
	causeAtOnce = 2
)

// cause asks forensics why a signature does not fit. It returns text to be added to the refusal, or
// nothing when too many are asked for at once.
func (s *Server) cause(r *http.Request, p *project, body []byte, signature string) string {
	select {
	case s.causes <- struct{}{}:
		defer func() { <-s.causes }()
	default:
		return ""
	}
	if len(body) > causeBody || len(signature) > 8<<10 {
		return ""
	}
	ctx, cancel := context.WithTimeout(r.Context(), causeTime)
	defer cancel()
	ring := append(keys.Ring{{Name: "the sandbox's own key", Role: keys.RolePike, Public: s.PublicKey()}}, p.ring...)
	report := forensics.Explain(ctx, forensics.Evidence{
		Body: body, BodyKnown: true, Signature: signature, Expected: p.accepted[0], Ring: ring,
		Context: forensics.Context{
			Method: r.Method, Path: r.URL.Path, URL: "http://" + r.Host + r.URL.RequestURI(), Project: p.name,
			Submerchant:    r.Header.Get("X-Partner-Submerchant"),
			IdempotencyKey: r.Header.Get("X-Partner-Idempotency-Key"),
			ContentType:    r.Header.Get("Content-Type"), Encoding: r.Header.Get("Content-Encoding"),
			ContentLength: r.ContentLength,
		},
	})
	return causeText(report)
}

func causeText(r forensics.Report) string {
	if r.Valid || r.Summary == "" {
		return ""
	}
	text := "; cause: " + r.Summary
	if len(r.Findings) > 0 && r.Findings[0].Fix != "" {
		text += " Fix: " + r.Findings[0].Fix
	}
	return clip(text, 600)
}
