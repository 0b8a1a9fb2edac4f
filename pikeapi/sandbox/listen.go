package sandbox

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"pikedash/pikeapi/listen"
)

// Running is a listening sandbox.
type Running struct {
	Addr string // host and port that it really has
	URL  string // base address for clients
	done chan struct{}
	err  error
}

// Wait returns when the listener is closed: nil after its context ended, else what broke it.
func (r *Running) Wait() error {
	<-r.done
	return r.err
}

// Listen serves the sandbox at addr, such as DefaultAddr or 127.0.0.1:0, until ctx ends. An address
// that is not loopback needs Config.AllowRemote: the sandbox trusts who reaches it.
func (s *Server) Listen(ctx context.Context, addr string) (*Running, error) {
	if err := listen.CheckLoopback(addr, "others could reach the sandbox"); err != nil && !s.cfg.AllowRemote {
		return nil, err
	}
	var lc net.ListenConfig
	ln, err := lc.Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("the sandbox cannot listen at %s: %w", addr, err)
	}
	bound := ln.Addr().String()
	s.listening.Store(&bound)
	server := &http.Server{
		Handler:           s,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		// Else OPTIONS * would be answered with 200 before the handler sees it.
		DisableGeneralOptionsHandler: true,
	}
	run := &Running{Addr: bound, URL: "http://" + bound, done: make(chan struct{})}
	stop := context.AfterFunc(ctx, func() { s.shutdown(server) })
	go func() {
		defer close(run.done)
		defer stop()
		if err := server.Serve(pikesForm{listen.Limit(ln, s.cfg.MaxConnections), s}); !errors.Is(err, http.ErrServerClosed) {
			run.err = fmt.Errorf("the sandbox stopped listening: %w", err)
		}
	}()
	return run, nil
}

// shutdown lets requests in flight end for a short while, then cuts them.
func (s *Server) shutdown(server *http.Server) {
	ctx, cancel := context.WithTimeout(context.Background(), 500*time.Millisecond)
	defer cancel()
	if server.Shutdown(ctx) != nil {
		if err := server.Close(); err != nil {
			s.log.Debug("closing the listener", "error", err)
		}
	}
}
