package sandbox

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"pikedash/pikeapi"
)

// request is a partner's request on its way through the checks.
type request struct {
	http  *http.Request
	path  string // cleaned of doubled slashes
	body  []byte
	call  *call
	key   string // idempotency key; empty: none
	entry *keyEntry
}

// servePartner answers a request to Pike's API. The order of checks is a choice (12 #4): project,
// signature, path and version, JSON, idempotency key, parameters, state.
func (s *Server) servePartner(w http.ResponseWriter, r *http.Request) {
	q := &request{http: r, path: cleanPath(r.URL.Path)}
	if !strings.HasPrefix(q.path, "/api/") {
		s.write(w, s.refused(&refusal{http.StatusNotFound, "invalid_request",
			"there is nothing at " + clip(q.path, 80) + "; Pike's methods are below /api/v1/ and /api/v2/"}), nil)
		return
	}
	if err := s.accept(w, q); err != nil {
		s.write(w, s.refused(err), nil)
		return
	}
	fault := s.faults.takeAnswer(q.call.method.name)
	a := answer{http.StatusOK, []byte(`{"status":"ok"}`)}
	if fault == nil || (fault.Kind != FaultResetBefore && !fault.SkipWork) {
		a = s.carryOut(q)
	}
	if fault != nil && fault.Kind == FaultSlow {
		s.pause(r, fault.delay(5*time.Second))
	}
	// From here on the key replays the answer: a client that was answered may repeat at once.
	s.finish(q)
	s.write(w, a, fault)
}

// accept makes the checks up to the JSON.
func (s *Server) accept(w http.ResponseWriter, q *request) *refusal {
	body, err := s.readBody(w, q.http)
	if err != nil {
		return err
	}
	q.body = body
	p, err := s.identify(q.http.Header)
	if err != nil {
		return err
	}
	if err := s.authenticate(q.http, p, body); err != nil {
		return err
	}
	v, m, err := s.route(q)
	if err != nil {
		if err.status == http.StatusMethodNotAllowed {
			w.Header().Set("Allow", http.MethodPost)
		}
		return err
	}
	strict := p.options().Strict
	if err := checkForm(q.http, strict); err != nil {
		return err
	}
	values, err := checkJSON(body, strict)
	if err != nil {
		return err
	}
	q.call = &call{
		s: s, project: p, submerchant: strings.TrimSpace(q.http.Header.Get("X-Partner-Submerchant")), version: v,
		method: m, baseURL: s.baseURL(q.http), f: newFields(values, strict),
	}
	return s.checkKey(q)
}

// smallBody is what every connection may send at once, in bytes. More is read only while one of
// largeAtOnce places is free, so that thousands of connections cannot fill the memory.
const (
	smallBody   = 32 << 10
	largeAtOnce = 64
)

func (s *Server) readBody(w http.ResponseWriter, r *http.Request) ([]byte, *refusal) {
	limited := http.MaxBytesReader(w, r.Body, MaxBody)
	body, err := io.ReadAll(io.LimitReader(limited, smallBody))
	if err == nil && len(body) == smallBody {
		select {
		case s.large <- struct{}{}:
			defer func() { <-s.large }()
		case <-r.Context().Done():
			return nil, invalid("the request was given up")
		}
		var rest []byte
		rest, err = io.ReadAll(limited)
		body = append(body, rest...)
	}
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, invalid("the body is larger than %d bytes", MaxBody)
	case err != nil:
		return nil, invalid("the body could not be read to its end: %v", err)
	}
	return body, nil
}

// cleanPath makes one slash of several: a public client is known to post to //api/v1/.
func cleanPath(path string) string {
	for strings.Contains(path, "//") {
		path = strings.ReplaceAll(path, "//", "/")
	}
	return path
}

// route finds version and method.
func (s *Server) route(q *request) (pikeapi.Version, *method, *refusal) {
	rest := strings.TrimPrefix(q.path, "/api/")
	number, name, _ := strings.Cut(rest, "/")
	v, err := pikeapi.ParseVersion(number)
	if err != nil || number[0] != 'v' {
		return 0, nil, &refusal{http.StatusNotFound, "invalid_request", "the path must start with /api/v1/ or /api/v2/; seen: " + clip(q.path, 80)}
	}
	if why, ok := sisterMethods()[name]; ok {
		return 0, nil, refuse("authorization_error", "Pike does not offer %s to partners: %s", name, why)
	}
	m, ok := s.methods[name]
	if !ok {
		return 0, nil, &refusal{http.StatusNotFound, "invalid_request", "there is no method " + clip(name, 80)}
	}
	if !m.in(v) {
		return 0, nil, &refusal{http.StatusNotFound, "invalid_request", name + " exists in v1 only: post to /api/v1/" + name}
	}
	if q.http.Method != http.MethodPost {
		return 0, nil, &refusal{http.StatusMethodNotAllowed, "invalid_request", "every method is called with POST; seen: " + clip(q.http.Method, 20)}
	}
	return v, m, nil
}

// checkForm refuses what strict mode finds doubtful in a request's form.
func checkForm(r *http.Request, strict bool) *refusal {
	if encoding := r.Header.Get("Content-Encoding"); encoding != "" && encoding != "identity" {
		return invalid("Content-Encoding %s is not taken; send the body as it was signed", clip(encoding, 40))
	}
	if !strict {
		return nil
	}
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case err != nil || kind != "application/json":
		return invalid("Content-Type must be application/json, seen: %q (strict mode)", clip(r.Header.Get("Content-Type"), 60))
	case strings.Contains(r.URL.Path, "//"):
		return invalid("the path has a doubled slash (strict mode)")
	case strings.TrimSpace(r.Header.Get("X-Partner-Sign")) != r.Header.Get("X-Partner-Sign"):
		return invalid("X-PARTNER-SIGN has white space around it (strict mode)")
	}
	return nil
}

// baseURL is where the payer reaches the sandbox's 3-D Secure page: where the partner reached it,
// unless the configuration says otherwise.
func (s *Server) baseURL(r *http.Request) string {
	if s.cfg.PublicURL != "" {
		return strings.TrimRight(s.cfg.PublicURL, "/")
	}
	host := r.Host
	if u, err := url.Parse("http://" + host); err != nil || host == "" || u.Host != host {
		host = DefaultAddr
		if addr := s.listening.Load(); addr != nil {
			host = *addr
		}
	}
	return "http://" + host
}

// carryOut reads the parameters, does the work and waits until it is durable.
func (s *Server) carryOut(q *request) answer {
	do, err := q.call.method.prepare(q.call)
	if err != nil {
		return s.failed(err)
	}
	var a answer
	done, err := s.update(func(t *tx) error {
		if replay, err := t.beginKey(q); err != nil || replay != nil {
			if replay != nil {
				a = *replay
			}
			return err
		}
		out, err := do(t)
		if err != nil {
			return err
		}
		a = answer{http.StatusOK, encode(out)}
		t.keepKey(q, a)
		return nil
	})
	if err == nil {
		err = <-done
	}
	if err != nil {
		return s.failed(err)
	}
	return a
}

// failed turns an error into an answer; what is no refusal is a fault of the sandbox.
func (s *Server) failed(err error) answer {
	var r *refusal
	if errors.As(err, &r) {
		return s.refused(r)
	}
	s.log.Error("a call could not be carried out", "error", err)
	return s.refused(refuse("internal_error", "the sandbox could not save its state: %v", err))
}

// digest is what is compared under an idempotency key: the path and the raw body.
func (q *request) digest() string {
	h := sha256.New()
	h.Write([]byte(q.path))
	h.Write([]byte{0})
	h.Write(q.body)
	return hex.EncodeToString(h.Sum(nil))
}
