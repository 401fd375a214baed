// Package natstest runs a real nats-server with JetStream inside a test.
//
// Its rules: every server listens on 127.0.0.1 on a port of its own, stores under the test's temporary directory, and fsyncs
// each message before it acknowledges (sync_interval always), as production must; a test that wants speed or a broken server asks for it.
// Connections come from inside the process or over TCP, find the server again after Restart, and everything is closed when the
// test ends. Nothing here sleeps.
package natstest

import (
	"math/rand/v2"
	"net"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// startTimeoutMax bounds the wait for a server; a healthy one needs some milliseconds.
const startTimeoutMax = 20 * time.Second

// portTriesMax bounds the ports that are tried. One in twenty thousand is taken when another test picks it in the same moment; who finds so
// many taken has a server that does not start for another reason.
const portTriesMax = 10

// Option changes how Run starts the server.
type Option func(*server.Options)

// LazySync leaves the fsync to JetStream's default interval of two minutes: fast, and unsafe on power failure. For tests that
// measure something else, and for tests that such a server is refused.
func LazySync() Option { return func(o *server.Options) { o.SyncAlways = false } }

// Dir stores under dir in place of a fresh temporary directory. The directory is never removed, so that a second Run, or a
// test that damages files in between, can go on with it.
func Dir(dir string) Option { return func(o *server.Options) { o.StoreDir = dir } }

// Configure hands over the server's options just before each start, for users, permissions, monitoring, limits or clusters.
func Configure(change func(*server.Options)) Option { return change }

// Server is one embedded server. Its methods may be called from several goroutines, Restart and Stop from one at a time.
type Server struct {
	opts server.Options // of the first start; the port is filled in then and kept, so that TCP clients can come back

	mu      sync.Mutex
	current *server.Server // nil while stopped; guarded by mu
	conns   []*nats.Conn   // what Connect and ConnectTCP have made, closed ones among them; guarded by mu
}

// Run starts a server and stops it when the test ends.
func Run(tb testing.TB, options ...Option) *Server {
	tb.Helper()
	s := &Server{opts: server.Options{
		ServerName: "natstest", Host: "127.0.0.1", Port: server.RANDOM_PORT, NoLog: true, NoSigs: true,
		JetStream: true, SyncAlways: true,
	}}
	for _, option := range options {
		option(&s.opts)
	}
	if s.opts.StoreDir == "" {
		s.opts.StoreDir = tb.TempDir()
	}
	s.start(tb)
	tb.Cleanup(s.Stop)
	return s
}

// start brings a server up with s.opts and pins its port. That lies below those that the kernel gives to clients: while a server is down,
// one of the many that call theirs could otherwise get its very port, and it could not come back.
func (s *Server) start(tb testing.TB) {
	tb.Helper()
	pinned := s.opts.Port != server.RANDOM_PORT
	for tries := 1; ; tries++ {
		opts := s.opts // the server writes defaults into what it is given
		if !pinned {
			opts.Port = 10_000 + rand.IntN(20_000)
		}
		srv, err := server.NewServer(&opts)
		if err != nil {
			tb.Fatalf("natstest: make server: %v", err)
		}
		srv.Start()
		if !pinned && tries < portTriesMax && !opts.DontListen && srv.Addr() == nil { // somebody else listens there
			srv.Shutdown()
			srv.WaitForShutdown()
			continue
		}
		if !srv.ReadyForConnections(startTimeoutMax) {
			srv.Shutdown()
			tb.Fatalf("natstest: server not ready within %v", startTimeoutMax)
		}
		s.opts.Port = opts.Port
		s.mu.Lock()
		defer s.mu.Unlock()
		s.current = srv
		return
	}
}

// Stop shuts the server down and waits until its files are closed. Stopping a stopped server does nothing.
func (s *Server) Stop() {
	s.mu.Lock()
	srv := s.current
	s.current = nil
	s.mu.Unlock()
	if srv != nil {
		srv.Shutdown()
		srv.WaitForShutdown()
	}
}

// Restart stops the server if it runs, starts it again on the same port and directory, and waits until every connection made by
// this package has found it or is closed: a request sent into a broken connection would be lost. It is an orderly restart: what a kill or
// a power cut leaves behind is for tests with a process of their own.
func (s *Server) Restart(tb testing.TB) {
	tb.Helper()
	s.mu.Lock()
	conns := slices.Clone(s.conns)
	s.mu.Unlock()
	changed := make([]chan nats.Status, len(conns))
	for i, nc := range conns {
		changed[i] = nc.StatusChanged(nats.CONNECTED, nats.CLOSED)
		defer nc.RemoveStatusListener(changed[i])
	}
	s.Stop()
	s.start(tb)
	late := time.After(startTimeoutMax)
	for i, nc := range conns {
		if nc.IsClosed() {
			continue
		}
		select {
		case <-changed[i]:
		case <-late:
			tb.Fatalf("natstest: a connection has not come back within %v", startTimeoutMax)
		}
	}
}

// Server answers the running nats-server, for what only the server knows (Varz, Jsz, accounts); nil while stopped.
func (s *Server) Server() *server.Server {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.current
}

// StoreDir answers the directory given to JetStream; the server keeps its files in a "jetstream" folder below it.
func (s *Server) StoreDir() string { return s.opts.StoreDir }

// URL answers the TCP address that clients use; it stays the same over restarts.
func (s *Server) URL() string {
	return "nats://" + net.JoinHostPort(s.opts.Host, strconv.Itoa(s.opts.Port))
}

// InProcessConn makes Server a provider for nats.InProcessServer that always leads to the server of the moment.
func (s *Server) InProcessConn() (net.Conn, error) {
	srv := s.Server()
	if srv == nil {
		return nil, nats.ErrNoServers
	}
	return srv.InProcessConn()
}

// Connect opens a connection inside the process and closes it when tb ends. It reconnects for ever, quickly.
func (s *Server) Connect(tb testing.TB, options ...nats.Option) *nats.Conn {
	tb.Helper()
	return s.dial(tb, "", append([]nats.Option{nats.InProcessServer(s)}, options...))
}

// ConnectTCP is Connect over a real socket.
func (s *Server) ConnectTCP(tb testing.TB, options ...nats.Option) *nats.Conn {
	tb.Helper()
	return s.dial(tb, s.URL(), options)
}

// dial puts the options that every test wants before those of the caller, who may override them.
func (s *Server) dial(tb testing.TB, url string, options []nats.Option) *nats.Conn {
	tb.Helper()
	all := append([]nats.Option{
		nats.Name(tb.Name()), nats.MaxReconnects(-1), nats.ReconnectWait(5 * time.Millisecond), nats.ReconnectJitter(0, 0),
		nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}), // the default writes to stderr while a test breaks things
	}, options...)
	nc, err := nats.Connect(url, all...)
	if err != nil {
		tb.Fatalf("natstest: connect: %v", err)
	}
	tb.Cleanup(nc.Close)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conns = append(s.conns, nc)
	return nc
}

// JetStream is Connect and the JetStream client on it.
func (s *Server) JetStream(tb testing.TB) jetstream.JetStream {
	tb.Helper()
	js, err := jetstream.New(s.Connect(tb))
	if err != nil {
		tb.Fatalf("natstest: open JetStream: %v", err)
	}
	return js
}
