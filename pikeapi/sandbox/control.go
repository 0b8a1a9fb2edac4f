package sandbox

import (
	"bytes"
	"context"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"pikedash/keys"
)

// Control is a client for the test controls of a sandbox. Its methods return a *ControlError when
// the sandbox refuses.
type Control struct {
	base string
	http *http.Client
}

// ControlError is a refusal of the test controls.
type ControlError struct {
	Status  int // HTTP status
	Message string
}

func (e *ControlError) Error() string { return e.Message }

// NewControl returns a client for the sandbox at base, such as http://127.0.0.1:8131. hc nil uses
// one with a time-out of 30 seconds.
func NewControl(base string, hc *http.Client) *Control {
	if hc == nil {
		hc = &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{}}
	}
	return &Control{strings.TrimRight(base, "/"), hc}
}

// Controls returns a client that speaks to s within this process, without a network.
func (s *Server) Controls() *Control {
	return NewControl("http://localhost", &http.Client{Transport: inProcess{s}})
}

// inProcess carries requests to a server by calling it.
type inProcess struct{ s *Server }

func (p inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.RemoteAddr = "127.0.0.1:0"
	r.RequestURI = r.URL.RequestURI()
	if r.Body == nil {
		r.Body = http.NoBody
	}
	w := &memoryWriter{header: http.Header{}, status: http.StatusOK}
	p.s.serveControl(w, r)
	return &http.Response{
		StatusCode: w.status, Header: w.header, Body: io.NopCloser(&w.body), Request: r,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, ContentLength: int64(w.body.Len()),
	}, nil
}

// memoryWriter keeps an answer in memory.
type memoryWriter struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (w *memoryWriter) Header() http.Header         { return w.header }
func (w *memoryWriter) WriteHeader(status int)      { w.status = status }
func (w *memoryWriter) Write(p []byte) (int, error) { return w.body.Write(p) }

// State returns what the sandbox holds.
func (c *Control) State(ctx context.Context) (*State, error) {
	out := new(State)
	return out, c.do(ctx, http.MethodGet, "state", nil, out)
}

// Session returns one session of the state.
func (c *Control) Session(ctx context.Context, id string) (*SessionState, error) {
	out := new(SessionState)
	return out, c.do(ctx, http.MethodGet, "session?id="+url.QueryEscape(id), nil, out)
}

// Advance brings a session to one of AdvanceTargets.
func (c *Control) Advance(ctx context.Context, session, to string) (*SessionState, error) {
	out := new(SessionState)
	return out, c.do(ctx, http.MethodPost, "advance", AdvanceRequest{session, to}, out)
}

// Act makes something happen to a session.
func (c *Control) Act(ctx context.Context, a ActRequest) (*SessionState, error) {
	out := new(SessionState)
	return out, c.do(ctx, http.MethodPost, "act", a, out)
}

// Faults lists the faults in force.
func (c *Control) Faults(ctx context.Context) ([]Fault, error) {
	var out []Fault
	return out, c.do(ctx, http.MethodGet, "faults", nil, &out)
}

// AddFault puts a fault in force and returns it with its id.
func (c *Control) AddFault(ctx context.Context, f Fault) (Fault, error) {
	var out Fault
	return out, c.do(ctx, http.MethodPost, "faults", f, &out)
}

// ClearFaults removes one fault, or all for id 0, and returns how many went.
func (c *Control) ClearFaults(ctx context.Context, id int64) (int, error) {
	var out struct {
		Cleared int `json:"cleared"`
	}
	err := c.do(ctx, http.MethodDelete, fmt.Sprintf("faults?id=%d", id), nil, &out)
	return out.Cleared, err
}

// MoveClock moves the sandbox's clock forward and returns what it shows then. What falls due on the
// way has happened, deliveries included.
func (c *Control) MoveClock(ctx context.Context, d time.Duration) (time.Time, error) {
	var out struct {
		Now time.Time `json:"now"`
	}
	err := c.do(ctx, http.MethodPost, "clock", map[string]string{"move": d.String()}, &out)
	return out.Now, err
}

// Settle waits until no notification is on the wire.
func (c *Control) Settle(ctx context.Context) error {
	return c.do(ctx, http.MethodPost, "settle", struct{}{}, nil)
}

// Options returns the options of a project; empty names the first one.
func (c *Control) Options(ctx context.Context, project string) (Options, error) {
	var out Options
	return out, c.do(ctx, http.MethodGet, "options?project="+url.QueryEscape(project), nil, &out)
}

// SetOptions replaces the options of a project; empty names the first one.
func (c *Control) SetOptions(ctx context.Context, project string, o Options) error {
	return c.do(ctx, http.MethodPost, "options?project="+url.QueryEscape(project), o, nil)
}

// Redeliver sends a notification anew.
func (c *Control) Redeliver(ctx context.Context, delivery int64) error {
	return c.do(ctx, http.MethodPost, "redeliver", map[string]int64{"id": delivery}, nil)
}

// DeliveryBody returns the exact bytes of a notification.
func (c *Control) DeliveryBody(ctx context.Context, delivery int64) ([]byte, error) {
	var out []byte
	return out, c.do(ctx, http.MethodGet, fmt.Sprintf("delivery?id=%d", delivery), nil, &out)
}

// PikeKey returns the key with which the sandbox signs webhooks.
func (c *Control) PikeKey(ctx context.Context) (*rsa.PublicKey, error) {
	var out struct {
		PEM string `json:"pem"`
	}
	if err := c.do(ctx, http.MethodGet, "pike-key", nil, &out); err != nil {
		return nil, err
	}
	pub, err := keys.ParsePublic([]byte(out.PEM))
	if err != nil {
		return nil, err
	}
	return pub.Key, nil
}

// RotateKey makes the sandbox sign with a new key from now on.
func (c *Control) RotateKey(ctx context.Context) error {
	return c.do(ctx, http.MethodPost, "rotate-key", struct{}{}, nil)
}

// Use stands for a payer who uses a public token in a widget.
func (c *Control) Use(ctx context.Context, u UseRequest) (UseAnswer, error) {
	var out UseAnswer
	return out, c.do(ctx, http.MethodPost, "use", u, &out)
}

// Reset forgets sessions, tokens, keys, deliveries and faults; wallets start anew.
func (c *Control) Reset(ctx context.Context) error {
	return c.do(ctx, http.MethodPost, "reset", struct{}{}, nil)
}

// maxControlAnswer bounds the answers that are read, in bytes.
const maxControlAnswer = 64 << 20

// do makes one call. An out of *[]byte takes the bytes as they are.
func (c *Control) do(ctx context.Context, verb, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		data, err := json.Marshal(in)
		if err != nil {
			return fmt.Errorf("writing a control call: %w", err)
		}
		body = bytes.NewReader(data)
	}
	req, err := http.NewRequestWithContext(ctx, verb, c.base+controlPath+path, body)
	if err != nil {
		return fmt.Errorf("making a control call: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := c.http.Do(req)
	if err != nil {
		return fmt.Errorf("the sandbox's controls cannot be reached: %w", err)
	}
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxControlAnswer))
	if err := errors.Join(err, resp.Body.Close()); err != nil {
		return fmt.Errorf("reading the sandbox's answer: %w", err)
	}
	return readControl(resp.StatusCode, data, out)
}

func readControl(status int, data []byte, out any) error {
	if status != http.StatusOK {
		var refused struct {
			Error string `json:"error"`
		}
		if json.Unmarshal(data, &refused) != nil || refused.Error == "" {
			refused.Error = fmt.Sprintf("HTTP %d: this is no sandbox with test controls", status)
		}
		return &ControlError{status, refused.Error}
	}
	if raw, ok := out.(*[]byte); ok {
		*raw = data
		return nil
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(data, out); err != nil {
		return fmt.Errorf("the sandbox's answer cannot be read: %w", err)
	}
	return nil
}
