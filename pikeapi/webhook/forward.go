package webhook

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"pikedash/keys"
)

// markHeader is added to what is sent on, once by every receiver on the way. It holds the receiver's
// own mark, so that a notification that comes back is seen as a loop.
const markHeader = "X-Pikedash-Forwarded-By"

func newID() string {
	var b [16]byte
	// Read never fails: the runtime stops the program when the system has no randomness.
	_, _ = rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// forwardJob is a notification that waits to be sent on.
type forwardJob struct {
	id     int64
	url    string
	header http.Header
	body   []byte
}

// SetForward changes where notifications are sent on; empty ends it. The receiver's own address is
// refused.
func (r *Receiver) SetForward(address string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := checkForward(address, r.status.Listening); err != nil {
		return err
	}
	r.status.Forward = address
	return nil
}

// ErrLoop says that a receiver would send to itself.
var ErrLoop = errors.New("that would be a loop")

func checkForward(address, own string) error {
	if address == "" {
		return nil
	}
	u, err := url.Parse(address)
	if err != nil {
		return fmt.Errorf("the forward address cannot be read: %w", err)
	}
	if (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return fmt.Errorf("the forward address %q must be an absolute http or https address", address)
	}
	if u.User != nil {
		return errors.New("the forward address must not hold a password")
	}
	if own != "" && sameAddress(u, own) {
		return fmt.Errorf("the forward address %q is this receiver's own: %w", address, ErrLoop)
	}
	return nil
}

// sameAddress reports whether u leads to the listener at own.
func sameAddress(u *url.URL, own string) bool {
	host, port, err := net.SplitHostPort(own)
	if err != nil {
		return false
	}
	theirs := u.Port()
	if theirs == "" {
		theirs = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	if theirs != port {
		return false
	}
	a, b := net.ParseIP(host), net.ParseIP(u.Hostname())
	switch {
	case strings.EqualFold(strings.TrimSuffix(u.Hostname(), "."), "localhost"):
		return a == nil || a.IsLoopback() || a.IsUnspecified()
	case a == nil || b == nil:
		return strings.EqualFold(host, u.Hostname())
	case a.IsUnspecified():
		return b.IsLoopback() || b.IsUnspecified()
	}
	return a.Equal(b) || (b.IsUnspecified() && a.IsLoopback())
}

// enqueue puts a notification in line to be sent on. It never waits: when the line is full, that is
// what is recorded.
func (r *Receiver) enqueue(id int64, n *Received) {
	address := r.Status().Forward
	if address == "" {
		return
	}
	job := forwardJob{id, address, n.Header, n.Body}
	select {
	case r.queue <- job:
	default:
		r.recordForward(id, Forward{URL: address, At: r.o.Now(), Error: fmt.Sprintf("not sent on: %d notifications wait already", cap(r.queue))})
	}
}

// forwardAll sends on what waits, one after the other, so that the order is kept.
func (r *Receiver) forwardAll() {
	defer r.working.Done()
	for {
		select {
		case <-r.ctx.Done():
			r.giveUp()
			return
		case job := <-r.queue:
			r.recordForward(job.id, r.post(r.ctx, job))
		}
	}
}

// giveUp records what still waits as not sent.
func (r *Receiver) giveUp() {
	for {
		select {
		case job := <-r.queue:
			r.recordForward(job.id, Forward{URL: job.url, At: r.o.Now(), Error: "not sent on: the receiver was closed"})
		default:
			return
		}
	}
}

func (r *Receiver) recordForward(id int64, f Forward) {
	r.count(func(s *Status) {
		if f.Error != "" {
			s.ForwardErrors++
		} else {
			s.Forwarded++
		}
	})
	ctx, cancel := context.WithTimeout(context.Background(), r.o.StoreTimeout)
	defer cancel()
	if err := r.o.Store.Forwarded(ctx, id, f); err != nil {
		r.o.Log.Error("what became of sending on could not be recorded", "webhook", id, "error", err)
	}
}

// post sends one notification on: the same bytes, the same headers, the signature among them.
func (r *Receiver) post(ctx context.Context, job forwardJob) Forward {
	f := Forward{URL: job.url, At: r.o.Now()}
	limited, cancel := context.WithTimeout(ctx, r.o.ForwardTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(limited, http.MethodPost, job.url, bytes.NewReader(job.body))
	if err != nil {
		f.Error = err.Error()
		return f
	}
	req.Header = onward(job.header)
	req.Header.Add(markHeader, r.id)
	started := time.Now()
	resp, err := r.o.HTTP.Do(req)
	if err == nil {
		f.Status = resp.StatusCode
		// Reading a little of the reply lets the connection be used again.
		_, err = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10))
		err = errors.Join(err, resp.Body.Close())
	}
	f.Latency = time.Since(started)
	switch {
	case err == nil:
	case r.ctx.Err() != nil:
		f.Error = "cut off: the receiver was closed"
	case ctx.Err() == nil && limited.Err() != nil:
		f.Error = fmt.Sprintf("no answer within %s", r.o.ForwardTimeout)
	default:
		f.Error = err.Error()
	}
	return f
}

// onward copies the headers of a notification without those that belong to one connection.
func onward(h http.Header) http.Header {
	out := h.Clone()
	if out == nil {
		out = http.Header{}
	}
	for _, named := range out.Values("Connection") {
		for _, name := range strings.Split(named, ",") {
			out.Del(strings.TrimSpace(name))
		}
	}
	for _, name := range []string{
		"Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection",
		"Te", "Trailer", "Transfer-Encoding", "Upgrade", "Content-Length", "Host",
	} {
		out.Del(name)
	}
	if _, ok := out["User-Agent"]; !ok {
		out.Set("User-Agent", "") // else Go's own would be added
	}
	return out
}

// Replay sends a recorded notification to the forward address once more: the same bytes, with the
// signature that came with them, or signed anew when signer is not nil. id is the store's; 0 records
// nothing.
func (r *Receiver) Replay(ctx context.Context, id int64, header http.Header, body []byte, signer keys.Signer) (Forward, error) {
	address := r.Status().Forward
	if address == "" {
		return Forward{}, errors.New("there is no forward address to replay to")
	}
	header = onward(header)
	if header.Get("Content-Type") == "" {
		header.Set("Content-Type", "application/json")
	}
	if signer != nil {
		sign, err := keys.SignBase64(ctx, signer, body)
		if err != nil {
			return Forward{}, err
		}
		header.Set("X-Partner-Sign", sign)
	}
	f := r.post(ctx, forwardJob{id: id, url: address, header: header, body: body})
	if id != 0 {
		r.recordForward(id, f)
	}
	if f.Error != "" {
		return f, fmt.Errorf("replaying to %s: %s", address, f.Error)
	}
	return f, nil
}
