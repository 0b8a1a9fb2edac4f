package sandbox

import (
	"bytes"
	"fmt"
	"net"
)

// This file puts into Pike's form what net/http refuses by itself, before a handler sees it: what is
// not HTTP, headers without end, bodies of two lengths. It offers no hook for that, and writes such a
// refusal at once, with headers that no answer of this package has.

// pikesForm is a listener of such connections.
type pikesForm struct {
	net.Listener
	s *Server
}

// Accept implements net.Listener.
func (l pikesForm) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return formConn{c, l.s}, nil
}

type formConn struct {
	net.Conn
	s *Server
}

// NetConn returns the connection itself, for faults that reset it.
func (c formConn) NetConn() net.Conn { return c.Conn }

// Write implements net.Conn.
func (c formConn) Write(p []byte) (int, error) {
	line, text, ok := plainRefusal(p)
	if !ok {
		return c.Conn.Write(p)
	}
	body := c.s.refused(invalid("the request cannot be read: %s", clip(string(text), 200))).body
	if _, err := fmt.Fprintf(c.Conn, "%s\r\nContent-Type: application/json\r\nCache-Control: no-store\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s",
		line, len(body), body); err != nil {
		return 0, err
	}
	return len(p), nil
}

// plainRefusal takes a refusal of net/http apart into its status line and its text.
func plainRefusal(p []byte) (line, text []byte, ok bool) {
	if !bytes.HasPrefix(p, []byte("HTTP/1.1 4")) && !bytes.HasPrefix(p, []byte("HTTP/1.1 5")) {
		return nil, nil, false
	}
	line, text, ok = bytes.Cut(p, []byte("\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n"))
	return line, text, ok && !bytes.ContainsAny(line, "\r\n")
}
