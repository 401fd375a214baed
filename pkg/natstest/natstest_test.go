package natstest_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"renlin.dev/pkg/natstest"
)

// newStream makes the file stream that the tests publish to.
func newStream(t *testing.T, js jetstream.JetStream) {
	t.Helper()
	_, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "S", Subjects: []string{"s"}})
	if err != nil {
		t.Fatal(err)
	}
}

// count answers how many messages the stream holds.
func count(t *testing.T, js jetstream.JetStream) uint64 {
	t.Helper()
	stream, err := js.Stream(t.Context(), "S")
	if err != nil {
		t.Fatal(err)
	}
	return stream.CachedInfo().State.Msgs
}

func TestRunSyncsByDefault(t *testing.T) {
	t.Parallel()
	if s := natstest.Run(t); !s.Server().JetStreamConfig().SyncAlways {
		t.Error("the default server does not fsync always")
	}
	if s := natstest.Run(t, natstest.LazySync()); s.Server().JetStreamConfig().SyncAlways {
		t.Error("LazySync has no effect")
	}
}

func TestRestartKeepsMessagesAndConnections(t *testing.T) {
	t.Parallel()
	s := natstest.Run(t)
	js := s.JetStream(t)
	newStream(t, js)
	tcp := s.ConnectTCP(t)
	closed := s.ConnectTCP(t)
	closed.Close()
	stubborn := s.ConnectTCP(t, nats.NoReconnect())
	if _, err := js.Publish(t.Context(), "s", []byte("one")); err != nil {
		t.Fatal(err)
	}
	url := s.URL()
	s.Restart(t)
	if s.URL() != url {
		t.Errorf("the address moved from %s to %s", url, s.URL())
	}
	if got := count(t, js); got != 1 {
		t.Errorf("after the restart the in-process client sees %d messages, want 1", got)
	}
	if err := tcp.Flush(); err != nil {
		t.Error(err)
	}
	if !stubborn.IsClosed() {
		t.Error("a client that never reconnects is still there")
	}
	s.Restart(t) // and again, with connections of every kind
	if got := count(t, js); got != 1 {
		t.Errorf("after the second restart: %d messages", got)
	}
}

func TestDirIsKeptBetweenServers(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := natstest.Run(t, natstest.Dir(dir))
	js := first.JetStream(t)
	newStream(t, js)
	if _, err := js.Publish(t.Context(), "s", nil); err != nil {
		t.Fatal(err)
	}
	first.Stop()
	first.Stop() // harmless
	if first.Server() != nil {
		t.Error("a stopped server is still there")
	}
	if _, err := first.InProcessConn(); err == nil {
		t.Error("a stopped server gives connections")
	}
	if _, err := os.Stat(filepath.Join(dir, "jetstream")); err != nil {
		t.Fatal(err)
	}
	second := natstest.Run(t, natstest.Dir(dir))
	if got := count(t, second.JetStream(t)); got != 1 || second.StoreDir() != dir {
		t.Errorf("the second server sees %d messages in %s, want 1 in %s", got, second.StoreDir(), dir)
	}
}

func TestConfigure(t *testing.T) {
	t.Parallel()
	s := natstest.Run(t, natstest.Configure(func(o *server.Options) {
		o.Users = []*server.User{{Username: "u", Password: "p", Permissions: &server.Permissions{
			Publish: &server.SubjectPermission{Allow: []string{"may"}}}}}
	}))
	denied := make(chan error, 1)
	nc := s.Connect(t, nats.UserInfo("u", "p"), nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { denied <- err }))
	if err := nc.Publish("may-not", nil); err != nil {
		t.Fatal(err)
	}
	if err := <-denied; err == nil {
		t.Error("publishing without permission is not refused")
	}
}
