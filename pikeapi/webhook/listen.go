package webhook

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"
)

// Running is a listening receiver.
type Running struct {
	Addr string // host and port that it really has
	URL  string // address to give to Pike, or to the sandbox
	done chan struct{}
	err  error
}

// Wait returns when the listener is closed: nil after its context ended, else what broke it.
func (r *Running) Wait() error {
	<-r.done
	return r.err
}

// Listen receives at addr, such as DefaultAddr or 127.0.0.1:0, until ctx ends. An address that is
// not loopback needs Options.AllowRemote: everybody who reaches it can fill the store with unsigned
// notifications.
func (r *Receiver) Listen(ctx context.Context, addr string) (*Running, error) {
	if err := checkLoopback(addr); err != nil && !r.o.AllowRemote {
		return nil, err
	}
	var lc net.ListenConfig
	ln, err := lc.Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("the receiver cannot listen at %s: %w", addr, err)
	}
	bound := ln.Addr().String()
	if err := r.nowAt(bound); err != nil {
		return nil, errors.Join(err, ln.Close())
	}
	server := &http.Server{
		Handler: r, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: r.o.ReadTimeout,
		WriteTimeout: r.o.ReadTimeout + r.o.StoreTimeout + 5*time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 64 << 10,
	}
	run := &Running{Addr: bound, URL: "http://" + bound + "/", done: make(chan struct{})}
	stop := context.AfterFunc(ctx, func() { r.shutdown(server) })
	go func() {
		defer close(run.done)
		defer stop()
		if err := server.Serve(newLimited(ln, r.o.MaxConnections)); !errors.Is(err, http.ErrServerClosed) {
			run.err = fmt.Errorf("the receiver stopped listening: %w", err)
		}
		r.count(func(s *Status) { s.Listening = "" })
	}()
	return run, nil
}

// nowAt notes the address, and refuses one to which this receiver sends on.
func (r *Receiver) nowAt(bound string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := checkForward(r.status.Forward, bound); err != nil {
		return err
	}
	r.status.Listening = bound
	return nil
}

func (r *Receiver) shutdown(server *http.Server) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if server.Shutdown(ctx) != nil {
		if err := server.Close(); err != nil {
			r.o.Log.Debug("closing the listener", "error", err)
		}
	}
}

func checkLoopback(addr string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("address %q: %w", addr, err)
	}
	if ip := net.ParseIP(host); (ip != nil && ip.IsLoopback()) || host == "localhost" {
		return nil
	}
	return fmt.Errorf("address %q is not loopback: everybody who reaches it could send notifications; allow it on purpose", addr)
}

// limited is a listener that accepts at most n connections at once; more wait in the system's queue.
type limited struct {
	net.Listener
	slots chan struct{}
	done  chan struct{}
	once  sync.Once
}

func newLimited(ln net.Listener, n int) *limited {
	return &limited{Listener: ln, slots: make(chan struct{}, n), done: make(chan struct{})}
}

func (l *limited) Accept() (net.Conn, error) {
	select {
	case l.slots <- struct{}{}:
	case <-l.done:
		return nil, net.ErrClosed
	}
	conn, err := l.Listener.Accept()
	if err != nil {
		<-l.slots
		return nil, err
	}
	return &limitedConn{Conn: conn, release: func() { <-l.slots }}, nil
}

func (l *limited) Close() error {
	l.once.Do(func() { close(l.done) })
	return l.Listener.Close()
}

// limitedConn gives its place back when it is closed.
type limitedConn struct {
	net.Conn
	once    sync.Once
	release func()
}

func (c *limitedConn) Close() error {
	err := c.Conn.Close()
	c.once.Do(c.release)
	return err
}
