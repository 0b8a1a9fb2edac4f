package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"pikedash/keys"
)

// controlCall is one of the test controls. It returns what is answered as JSON.
type controlCall func(r *http.Request) (any, error)

// controls are the test controls by verb and path.
func (s *Server) controls() map[string]controlCall {
	return map[string]controlCall{
		"GET state":       s.getState,
		"GET session":     s.getSession,
		"POST advance":    s.postAdvance,
		"POST act":        s.postAct,
		"GET faults":      func(*http.Request) (any, error) { return s.faults.all(), nil },
		"POST faults":     s.postFault,
		"DELETE faults":   s.deleteFaults,
		"GET clock":       func(*http.Request) (any, error) { return s.clockState(), nil },
		"POST clock":      s.postClock,
		"POST settle":     s.postSettle,
		"GET options":     s.getOptions,
		"POST options":    s.postOptions,
		"POST redeliver":  s.postRedeliver,
		"GET delivery":    s.getDelivery,
		"GET pike-key":    s.getPikeKey,
		"POST rotate-key": s.postRotate,
		"POST use":        s.postUse,
		"POST reset":      s.postReset,
		"GET triggers":    func(*http.Request) (any, error) { return Triggers(), nil },
	}
}

// serveControl answers the test controls: from loopback only, and never for a page of another origin.
func (s *Server) serveControl(w http.ResponseWriter, r *http.Request) {
	if err := checkLocal(r); err != nil {
		s.control(w, http.StatusForbidden, nil, err)
		return
	}
	name := strings.TrimPrefix(cleanPath(r.URL.Path), controlPath)
	call, ok := s.controls()[r.Method+" "+name]
	if !ok {
		s.control(w, http.StatusNotFound, nil, fmt.Errorf("there is no control %s %s", clip(r.Method, 20), clip(name, 60)))
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, MaxBody)
	out, err := call(r)
	var refused *refusal
	switch {
	case err == nil:
		s.control(w, http.StatusOK, out, nil)
	case errors.As(err, &refused):
		s.control(w, http.StatusBadRequest, nil, errors.New(refused.Error()))
	default:
		s.control(w, http.StatusBadRequest, nil, err)
	}
}

// checkLocal refuses other machines, names that only resolve to loopback, and other origins.
func checkLocal(r *http.Request) error {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() {
		return errors.New("the test controls are for this machine only")
	}
	if !localName(r.Host) {
		return fmt.Errorf("the test controls are reached as 127.0.0.1 or localhost, not as %s", clip(r.Host, 60))
	}
	if origin := r.Header.Get("Origin"); origin != "" {
		if u, err := url.Parse(origin); err != nil || u.Host != r.Host {
			return errors.New("the test controls are closed to pages of other origins")
		}
	}
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" && site != "same-origin" && site != "none" {
		return errors.New("the test controls are closed to pages of other origins")
	}
	if r.Method != http.MethodGet && !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		return errors.New("send Content-Type: application/json")
	}
	return nil
}

// localName reports whether a Host header names loopback.
func localName(hostport string) bool {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = strings.Trim(hostport, "[]")
	}
	ip := net.ParseIP(host)
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}

func (s *Server) control(w http.ResponseWriter, status int, out any, err error) {
	var body []byte
	switch raw, isRaw := out.([]byte); {
	case err != nil:
		body = encode(map[string]string{"error": err.Error()})
	case isRaw:
		body = raw
	case out == nil:
		body = []byte("{}")
	default:
		body = encode(out)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	s.send(w, answer{status, body})
}

// readControlBody reads a control's JSON; unknown fields are refused, since they are mistakes.
func readControlBody(r *http.Request, into any) error {
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("the control's body cannot be read: %w", err)
	}
	return nil
}

func (s *Server) postFault(r *http.Request) (any, error) {
	var f Fault
	if err := readControlBody(r, &f); err != nil {
		return nil, err
	}
	return s.faults.add(f)
}

func (s *Server) deleteFaults(r *http.Request) (any, error) {
	id := int64(0)
	if text := r.URL.Query().Get("id"); text != "" {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("id %q is no number", clip(text, 20))
		}
		id = n
	}
	return map[string]int{"cleared": s.faults.clear(id)}, nil
}

type clockState struct {
	Now   time.Time `json:"now"`
	Speed float64   `json:"speed"`
}

func (s *Server) clockState() clockState { return clockState{s.clock.Now(), s.speed} }

func (s *Server) postClock(r *http.Request) (any, error) {
	var in struct {
		Move string `json:"move"`
	}
	if err := readControlBody(r, &in); err != nil {
		return nil, err
	}
	d, err := time.ParseDuration(in.Move)
	if err != nil {
		return nil, fmt.Errorf("move %q: write it as 90s, 15m or 4h", clip(in.Move, 40))
	}
	if err := s.Advance(r.Context(), d); err != nil {
		return nil, err
	}
	return s.clockState(), nil
}

func (s *Server) postSettle(r *http.Request) (any, error) { return nil, s.Settle(r.Context()) }

func (s *Server) projectOf(r *http.Request) (*project, error) {
	name := r.URL.Query().Get("project")
	if name == "" {
		name = s.cfg.Projects[0].Name
	}
	p, ok := s.projects[name]
	if !ok {
		return nil, fmt.Errorf("project %q is not known; this sandbox serves %s", clip(name, 60), s.projectNames())
	}
	return p, nil
}

func (s *Server) getOptions(r *http.Request) (any, error) {
	p, err := s.projectOf(r)
	if err != nil {
		return nil, err
	}
	return p.options(), nil
}

// postOptions changes the options that are named and leaves the others.
func (s *Server) postOptions(r *http.Request) (any, error) {
	p, err := s.projectOf(r)
	if err != nil {
		return nil, err
	}
	o := p.options()
	if err := readControlBody(r, &o); err != nil {
		return nil, err
	}
	if err := o.check(); err != nil {
		return nil, err
	}
	p.setOptions(o)
	return o, nil
}

func (s *Server) postRedeliver(r *http.Request) (any, error) {
	var in struct {
		ID int64 `json:"id"`
	}
	if err := readControlBody(r, &in); err != nil {
		return nil, err
	}
	return nil, s.durable(func(t *tx) error {
		d, ok := t.w.deliveries[in.ID]
		if !ok {
			return fmt.Errorf("delivery %d is not known", in.ID)
		}
		if t.s.projects[d.Project].options().WebhookURL == "" {
			return fmt.Errorf("project %s has no webhook address", d.Project)
		}
		t.again(d)
		return nil
	})
}

func (s *Server) getDelivery(r *http.Request) (any, error) {
	id, err := strconv.ParseInt(r.URL.Query().Get("id"), 10, 64)
	if err != nil {
		return nil, errors.New("id is no number")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	d, ok := s.w.deliveries[id]
	if !ok {
		return nil, fmt.Errorf("delivery %d is not known", id)
	}
	return d.Body, nil
}

func (s *Server) getPikeKey(*http.Request) (any, error) {
	pub := s.PublicKey()
	text, err := keys.EncodePublic(pub)
	if err != nil {
		return nil, err
	}
	return map[string]string{"pem": string(text), "fingerprint": string(keys.FingerprintOf(pub))}, nil
}

func (s *Server) postRotate(r *http.Request) (any, error) {
	if _, err := s.RotateKey(); err != nil {
		return nil, err
	}
	return s.getPikeKey(r)
}
