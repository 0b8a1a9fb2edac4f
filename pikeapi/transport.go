package pikeapi

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync"
	"syscall"
	"time"
)

// newTransport makes the one transport of a client. RoundTrip is used without an http.Client, so
// no redirect is followed and no cookie is kept. HTTP/1.1 alone: what left and what did not can be
// proven there, while HTTP/2 sends requests again by itself.
func newTransport(o Options) *http.Transport {
	proxy := o.Proxy
	if proxy == nil {
		proxy = http.ProxyFromEnvironment
	}
	dial := orDefault(o.DialTimeout, 10*time.Second)
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return &http.Transport{
		Proxy: func(r *http.Request) (*url.URL, error) {
			if isLoopback(r.URL.Hostname()) {
				return nil, nil
			}
			return proxy(r)
		},
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			return dialCounted(ctx, dial, network, address)
		},
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: o.RootCAs},
		TLSHandshakeTimeout:    orDefault(o.TLSTimeout, 10*time.Second),
		ResponseHeaderTimeout:  orDefault(o.HeaderTimeout, 25*time.Second),
		Protocols:              protocols,
		MaxIdleConns:           128,
		MaxIdleConnsPerHost:    64,
		IdleConnTimeout:        30 * time.Second,
		DisableCompression:     true, // the answer is kept as it came
		MaxResponseHeaderBytes: 64 << 10,
	}
}

// dialCounted dials, and keeps a host that is named as loopback on loopback whatever its name
// resolves to.
func dialCounted(ctx context.Context, timeout time.Duration, network, address string) (net.Conn, error) {
	d := net.Dialer{Timeout: timeout, KeepAlive: 30 * time.Second}
	if host, _, err := net.SplitHostPort(address); err == nil && isLoopback(host) {
		d.Control = func(_, resolved string, _ syscall.RawConn) error {
			ip, _, err := net.SplitHostPort(resolved)
			if err != nil || !net.ParseIP(ip).IsLoopback() {
				return fmt.Errorf("%s resolves to %s, which is not this machine", host, resolved)
			}
			return nil
		}
	}
	conn, err := d.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return &countedConn{Conn: conn}, nil
}

// countedConn counts the bytes that left, or may have left, through a connection.
type countedConn struct {
	net.Conn
	mu     sync.Mutex
	left   int64 // written, and being written at this moment
	sealed bool
}

var errSealed = errors.New("the connection was given up before the request was written")

// Write counts before it writes: a write that is under way may have put bytes on the wire.
func (c *countedConn) Write(b []byte) (int, error) {
	c.mu.Lock()
	if c.sealed {
		c.mu.Unlock()
		return 0, errSealed
	}
	c.left += int64(len(b))
	c.mu.Unlock()
	n, err := c.Conn.Write(b)
	if n < len(b) {
		c.mu.Lock()
		c.left -= int64(len(b) - n)
		c.mu.Unlock()
	}
	return n, err
}

func (c *countedConn) count() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.left
}

// sealUnused says whether nothing left since the count was taken, and if so makes sure that
// nothing will.
func (c *countedConn) sealUnused(since int64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.left != since {
		return false
	}
	c.sealed = true
	return true
}

// wire watches one request on its way out.
type wire struct {
	mu        sync.Mutex
	got       bool         // a connection was handed out
	conn      *countedConn // nil when the connection is not ours to count
	since     int64        // bytes that had left through it before this request
	connected bool
	tlsBegun  bool
	tlsDone   bool
	wrote     bool // the whole request was written
	answered  bool // the first byte of an answer came
}

func (w *wire) trace() *httptrace.ClientTrace {
	note := func(f func()) { w.mu.Lock(); defer w.mu.Unlock(); f() }
	return &httptrace.ClientTrace{
		ConnectDone:       func(_, _ string, err error) { note(func() { w.connected = w.connected || err == nil }) },
		TLSHandshakeStart: func() { note(func() { w.tlsBegun = true }) },
		TLSHandshakeDone:  func(_ tls.ConnectionState, err error) { note(func() { w.tlsDone = err == nil }) },
		GotConn: func(info httptrace.GotConnInfo) {
			note(func() {
				w.got, w.conn = true, countedUnder(info.Conn)
				if w.conn != nil {
					w.since = w.conn.count()
				}
			})
		},
		WroteRequest: func(info httptrace.WroteRequestInfo) {
			note(func() { w.wrote = w.wrote || info.Err == nil })
		},
		GotFirstResponseByte: func() { note(func() { w.answered = true }) },
	}
}

// countedUnder finds our connection below TLS.
func countedUnder(conn net.Conn) *countedConn {
	for conn != nil {
		if c, ok := conn.(*countedConn); ok {
			return c
		}
		under, ok := conn.(interface{ NetConn() net.Conn })
		if !ok {
			return nil
		}
		conn = under.NetConn()
	}
	return nil
}

// verdict says, after a failed round trip, at what stage it failed and whether bytes may have left.
func (w *wire) verdict() (stage string, sent bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.got {
		switch {
		case w.tlsBegun && !w.tlsDone:
			return "tls", false
		case w.connected && !w.tlsBegun:
			return "proxy", false
		case w.connected:
			return "connection", false
		}
		return "dial", false
	}
	switch {
	// net/http calls a request written once it is in its buffer: the count alone is proof.
	case w.conn != nil && w.conn.sealUnused(w.since):
		return "connection", false
	case w.answered:
		return "read", true
	case w.wrote:
		return "wait", true
	}
	return "write", true
}

// isLoopback says whether a host names this machine.
func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
