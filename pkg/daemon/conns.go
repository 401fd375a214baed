package daemon

import (
	"container/list"
	"context"
	"net"
	"net/http"
	"sync"
)

// connsMax bounds the connections that a server holds; each costs some 20 KB.
const connsMax = 4096

// conns are a server's connections. Those whose request a handler works on are left alone. All others wait for somebody: they have sent
// nothing, or not a whole request, or nothing since their last answer. When there are too many, the one that has waited longest is
// closed, so that whoever holds thousands of them keeps nobody out: whoever sends a request does so at once.
type conns struct {
	max int

	mu       sync.Mutex // guards what follows
	all      map[net.Conn]*conn
	waiting  *list.List // of *conn, the longest first
	stopping bool
}

// conn is one connection; conns.mu guards it.
type conn struct {
	net.Conn
	place  *list.Element // among those who wait; nil while a handler works on a request
	silent bool          // has not sent the header of a request
}

func newConns(most int) *conns {
	return &conns{max: most, all: map[net.Conn]*conn{}, waiting: list.New()}
}

type connKey struct{}

// withConn is a server's ConnContext.
func withConn(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, c)
}

// note is a server's ConnState.
func (s *conns) note(c net.Conn, state http.ConnState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch state {
	case http.StateNew:
		s.take(c)
	case http.StateActive: // a request's header is here
		if x := s.all[c]; x != nil {
			x.silent = false
		}
	case http.StateIdle: // its answer has gone out
		if x := s.all[c]; x != nil {
			s.wait(x)
		}
	case http.StateClosed, http.StateHijacked:
		if x := s.all[c]; x != nil {
			s.leave(x)
			delete(s.all, c)
		}
	}
}

// take takes a connection in, if need be in the place of another. The caller holds mu.
func (s *conns) take(c net.Conn) {
	x := &conn{Conn: c, silent: true}
	s.all[c] = x
	if s.stopping { // came in while the listener was being closed; nothing is lost with it
		_ = c.Close()
		return
	}
	s.wait(x)
	if len(s.all) > s.max {
		longest := s.waiting.Front().Value.(*conn) // there is one: x
		s.leave(longest)
		delete(s.all, longest.Conn)
		_ = longest.Close()
	}
}

// wait puts a connection behind all that wait. The caller holds mu.
func (s *conns) wait(x *conn) {
	s.leave(x)
	x.place = s.waiting.PushBack(x)
}

func (s *conns) leave(x *conn) {
	if x.place != nil {
		s.waiting.Remove(x.place)
		x.place = nil
	}
}

// serving marks the connections whose requests a handler works on. What is left of a request when the handler has answered, the server
// waits for, and so does the connection.
func (s *conns) serving(handler http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, _ := r.Context().Value(connKey{}).(net.Conn)
		s.mark(c, s.leave)
		defer s.mark(c, s.wait)
		handler.ServeHTTP(w, r)
	})
}

func (s *conns) mark(c net.Conn, as func(*conn)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if x := s.all[c]; x != nil {
		as(x)
	}
}

// stop closes the connections that have sent no request, as browsers and client libraries open them in advance. Shutdown waits five
// seconds for each of them, which is all that a stop has. Who wants something asks again, of whoever listens then.
func (s *conns) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stopping = true
	for _, x := range s.all { // any order: each is closed
		if x.silent {
			_ = x.Close()
		}
	}
}
