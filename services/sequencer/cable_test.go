package sequencer

import (
	"bytes"
	"io"
	"net"
	"sync"

	"github.com/nats-io/nats.go"

	"renlin.dev/pkg/natstest"
)

// cable is the way from a sequencer to its server, which a test can cut, at once or in the middle of a publish.
type cable struct {
	srv *natstest.Server

	mu    sync.Mutex
	conns []*cabled // guarded by mu
	trap  trap      // guarded by mu
}

// trap says at what the cable breaks next.
type trap int

const (
	trapNone   trap = iota
	trapBlock       // a block is on its way to the stream: it never gets there
	trapAnswer      // the stream's answer to a block is on its way back: the block is written, and nobody hears of it
)

// cableInto makes cfg's sequencer use a cable to srv.
func cableInto(cfg *Config, srv *natstest.Server) *cable {
	c := &cable{srv: srv}
	cfg.Dial = func(options ...nats.Option) (*nats.Conn, error) {
		return nats.Connect("", append([]nats.Option{nats.InProcessServer(c)}, options...)...)
	}
	return c
}

// InProcessConn makes the cable a provider for nats.InProcessServer.
func (c *cable) InProcessConn() (net.Conn, error) {
	conn, err := c.srv.InProcessConn()
	if err != nil {
		return nil, err
	}
	cc := &cabled{Conn: conn, cable: c}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.conns = append(c.conns, cc)
	return cc, nil
}

// cut breaks every connection that there is.
func (c *cable) cut() {
	c.mu.Lock()
	conns := c.conns
	c.conns = nil
	c.mu.Unlock()
	for _, cc := range conns {
		cc.Close()
	}
}

// set says at what the cable breaks next.
func (c *cable) set(t trap) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.trap = t
}

// springs tells whether what passes is what the trap waits for, and disarms it.
func (c *cable) springs(t trap, passing, sign []byte) bool {
	if !bytes.Contains(passing, sign) {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.trap != t {
		return false
	}
	c.trap = trapNone
	return true
}

// cabled is one connection.
type cabled struct {
	net.Conn
	cable *cable
}

// Write lets the trap for blocks spring.
func (c *cabled) Write(b []byte) (int, error) {
	if c.cable.springs(trapBlock, b, []byte("HPUB evt.")) {
		c.Close()
		return 0, io.ErrClosedPipe
	}
	return c.Conn.Write(b)
}

// Read lets the trap for answers spring: a publish is answered with the stream's name and the number.
func (c *cabled) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if err == nil && c.cable.springs(trapAnswer, b[:n], []byte(`{"stream":"EVT_`)) {
		c.Close()
		return 0, io.EOF
	}
	return n, err
}
