// Package listen holds what the sandbox and the webhook receiver have in common when they listen:
// the guard that keeps them on this machine, and a bound on connections.
package listen

import (
	"errors"
	"fmt"
	"net"
	"sync"
)

// ErrRemote says that others could reach an address.
var ErrRemote = errors.New("it is not loopback")

// CheckLoopback refuses an address, such as 127.0.0.1:8131, that others could reach, with ErrRemote.
// The error ends with what others could do, so that allowing it is a decision.
func CheckLoopback(addr, danger string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("address %q: %w", addr, err)
	}
	if ip := net.ParseIP(host); (ip != nil && ip.IsLoopback()) || host == "localhost" {
		return nil
	}
	return fmt.Errorf("address %q: %w: %s", addr, ErrRemote, danger)
}

// Limit returns a listener that has at most n connections open at once; more wait in the system's
// queue.
func Limit(ln net.Listener, n int) net.Listener {
	return &limited{Listener: ln, slots: make(chan struct{}, n), done: make(chan struct{})}
}

type limited struct {
	net.Listener
	slots chan struct{}
	done  chan struct{}
	once  sync.Once
}

// Accept implements net.Listener.
func (l *limited) Accept() (net.Conn, error) {
	select {
	case l.slots <- struct{}{}:
	case <-l.done:
		return nil, net.ErrClosed
	}
	c, err := l.Listener.Accept()
	if err != nil {
		<-l.slots
		return nil, err
	}
	return &conn{Conn: c, release: func() { <-l.slots }}, nil
}

// Close implements net.Listener.
func (l *limited) Close() error {
	l.once.Do(func() { close(l.done) })
	return l.Listener.Close()
}

// conn gives its place back when it is closed.
type conn struct {
	net.Conn
	once    sync.Once
	release func()
}

// Close implements net.Conn.
func (c *conn) Close() error {
	err := c.Conn.Close()
	c.once.Do(c.release)
	return err
}

// NetConn returns the connection itself, for faults that reset it.
func (c *conn) NetConn() net.Conn { return c.Conn }
