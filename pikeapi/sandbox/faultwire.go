package sandbox

import (
	"io"
	"net"
	"net/http"
	"strconv"
	"time"
)

// write sends an answer, through a fault where there is one.
func (s *Server) write(w http.ResponseWriter, a answer, f *Fault) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	if s.cfg.SignResponses {
		if sign, err := s.key.sign(a.body); err == nil {
			h.Set("X-Partner-Sign", sign)
		} else {
			s.log.Error("an answer could not be signed", "error", err)
		}
	}
	if f == nil {
		s.send(w, a)
		return
	}
	switch f.Kind {
	case FaultLostAnswer:
		drop(w, false)
	case FaultResetBefore, FaultResetAfter:
		drop(w, true)
	case FaultSlow: // the pause is over
		s.send(w, a)
	case FaultStatus500:
		s.send(w, s.refused(refuse("internal_error", "a fault of the sandbox: the call may have been carried out")))
	case FaultStatus502:
		h.Set("Content-Type", "text/html")
		s.send(w, answer{http.StatusBadGateway, []byte("<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>\n")})
	case FaultNotJSON:
		s.send(w, answer{http.StatusOK, []byte("OK, but this is not JSON: {\"status\":")})
	case FaultCutBody:
		h.Set("Content-Length", strconv.Itoa(len(a.body)))
		s.send(w, answer{a.status, a.body[:len(a.body)/2]})
		// Without flushing, the server would keep the half back and send nothing at all.
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler) // closes the connection in the middle of the body
	case FaultHugeBody:
		s.sendHuge(w, f)
	case FaultWrongType:
		h.Set("Content-Type", "text/html; charset=utf-8")
		s.send(w, a)
	}
}

// writeTime is how long a partner may take to take in an answer, or a piece of a huge one.
const writeTime = 30 * time.Second

// giveTime lets what is written next take writeTime, so that one who does not read cannot hold a
// connection for ever. It is given anew after a pause, which may be longer.
func (s *Server) giveTime(w http.ResponseWriter) {
	// Where the connection knows no deadlines there is nothing to bound.
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(s.cfg.writeTime))
}

func (s *Server) send(w http.ResponseWriter, a answer) {
	s.giveTime(w)
	w.WriteHeader(a.status)
	if _, err := w.Write(a.body); err != nil {
		s.log.Debug("the partner went away before its answer", "error", err)
	}
}

// sendHuge streams an answer of about Size bytes that is never held in memory.
func (s *Server) sendHuge(w http.ResponseWriter, f *Fault) {
	size := f.Size
	if size == 0 {
		size = 16 << 20
	}
	w.WriteHeader(http.StatusOK)
	_, err := io.WriteString(w, `{"status":"ok","padding":"`)
	chunk := make([]byte, 32<<10)
	for i := range chunk {
		chunk[i] = 'A'
	}
	for sent := int64(0); err == nil && sent < size; sent += int64(len(chunk)) {
		s.giveTime(w)
		_, err = w.Write(chunk[:min(int64(len(chunk)), size-sent)])
	}
	if err == nil {
		_, err = io.WriteString(w, `"}`)
	}
	if err != nil {
		s.log.Debug("the partner did not read the huge answer", "error", err)
	}
}

// drop ends the connection without an answer; reset does so with a TCP reset.
func drop(w http.ResponseWriter, reset bool) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // not a plain connection: let the server end it
	}
	if tcp, ok := innermost(conn).(*net.TCPConn); ok && reset {
		// With a linger of zero, closing sends a reset instead of an end.
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// innermost returns the connection within wrapped ones.
func innermost(conn net.Conn) net.Conn {
	for {
		wrapped, ok := conn.(interface{ NetConn() net.Conn })
		if !ok {
			return conn
		}
		conn = wrapped.NetConn()
	}
}

// pause waits for d of real time: on the sandbox's clock, so that moving the clock ends it, and at
// its speed, so that a fast clock does not shorten it.
func (s *Server) pause(r *http.Request, d time.Duration) {
	over := make(chan struct{})
	timer := s.clock.AfterFunc(time.Duration(float64(d)*s.speed), func() { close(over) })
	defer timer.Stop()
	select {
	case <-over:
	case <-r.Context().Done():
	case <-s.stopped:
	}
}
