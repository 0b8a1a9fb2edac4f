package pikeapi

import (
	"crypto/x509"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// MaxResponse is the largest answer that is read, in bytes.
const MaxResponse = 4 << 20

// Options sets up a Client. The zero value is ready for use.
type Options struct {
	Timeout       time.Duration // for one whole call with its retries; 0 means 30 s
	DialTimeout   time.Duration // for one connection; 0 means 10 s
	TLSTimeout    time.Duration // for one TLS handshake; 0 means 10 s
	HeaderTimeout time.Duration // from the request written to the answer's header; 0 means 25 s
	RetryPause    time.Duration // before the first retry of a read, doubled for the second; 0 means 250 ms

	Now       func() time.Time // nil means time.Now
	AllowHost []string         // hosts, or host:port, that base URLs may name besides Pike's and loopback
	Lock      *Lock            // keeps live read-only; nil makes a lock that stays closed
	RootCAs   *x509.CertPool   // nil means the system's
	// Proxy chooses a proxy for hosts that are not loopback; nil means HTTPS_PROXY and its kin.
	Proxy func(*http.Request) (*url.URL, error)
}

// Client speaks to Pike for every screen and every command. It is safe for concurrent use.
type Client struct {
	now        func() time.Time
	lock       *Lock
	allow      []string
	timeout    time.Duration
	retryPause time.Duration
	transport  *http.Transport
}

// NewClient makes a client. Nothing is dialled.
func NewClient(o Options) *Client {
	c := &Client{
		now:        o.Now,
		lock:       o.Lock,
		timeout:    orDefault(o.Timeout, 30*time.Second),
		retryPause: orDefault(o.RetryPause, 250*time.Millisecond),
		transport:  newTransport(o),
	}
	for _, h := range o.AllowHost {
		c.allow = append(c.allow, strings.ToLower(strings.TrimSpace(h)))
	}
	if c.now == nil {
		c.now = time.Now
	}
	if c.lock == nil {
		c.lock = NewLock(c.now)
	}
	return c
}

// Lock returns the lock that keeps live read-only. Only its permits are good for this client.
func (c *Client) Lock() *Lock { return c.lock }

// CloseIdle closes the connections that are kept for the next call.
func (c *Client) CloseIdle() { c.transport.CloseIdleConnections() }

func orDefault(d, otherwise time.Duration) time.Duration {
	if d > 0 {
		return d
	}
	return otherwise
}
