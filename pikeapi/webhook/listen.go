package webhook

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"pikedash/pikeapi/listen"
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
	if err := listen.CheckLoopback(addr, "everybody who reaches it could send notifications"); err != nil && !r.o.AllowRemote {
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
		DisableGeneralOptionsHandler: true, // else OPTIONS * is answered with 200 before the handler sees it
	}
	run := &Running{Addr: bound, URL: "http://" + bound + "/", done: make(chan struct{})}
	stop := context.AfterFunc(ctx, func() { r.shutdown(server) })
	go func() {
		defer close(run.done)
		defer stop()
		if err := server.Serve(listen.Limit(ln, r.o.MaxConnections)); !errors.Is(err, http.ErrServerClosed) {
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
