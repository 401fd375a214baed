package sequencer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Fsync shows that every server which keeps the stream has sync_interval set to always. JetStream's account API does not tell, so
// another way is needed; what cannot be shown counts as refused.
type Fsync interface {
	Check(ctx context.Context, nc *nats.Conn, stream *jetstream.StreamInfo) error
}

// EmbeddedServer looks into a server of this process. current gives the server of the moment.
func EmbeddedServer(current func() *server.Server) Fsync { return embeddedServer(current) }

type embeddedServer func() *server.Server

func (current embeddedServer) Check(_ context.Context, nc *nats.Conn, stream *jetstream.StreamInfo) error {
	srv := current()
	switch {
	case srv == nil || !srv.JetStreamEnabled():
		return errors.New("check fsync: the server of this process is not running JetStream")
	case srv.ID() != nc.ConnectedServerId():
		return errors.New("check fsync: the connection leads to another server")
	case stream.Config.Replicas > 1:
		return errors.New("check fsync: a stream with replicas needs every server's monitoring address")
	case !srv.JetStreamConfig().SyncAlways:
		return errNotAlways
	}
	return nil
}

var errNotAlways = differs("server acknowledges before it syncs; set sync_interval: always")

// MonitoredServers asks the servers' monitoring addresses, such as http://nats:8222, which must be those of every server that
// keeps the stream.
func MonitoredServers(urls ...string) Fsync { return monitoredServers(urls) }

type monitoredServers []string

// monitorBytesMax bounds what is read of an answer.
const monitorBytesMax = 1 << 20

func (urls monitoredServers) Check(ctx context.Context, nc *nats.Conn, stream *jetstream.StreamInfo) error {
	ids, names := map[string]bool{}, map[string]bool{}
	for _, url := range urls {
		var jsz server.JSInfo
		if err := monitor(ctx, url, "/jsz?config=true", &jsz); err != nil {
			return err
		}
		if jsz.Disabled || !jsz.Config.SyncAlways {
			return errNotAlways
		}
		var varz server.Varz
		if err := monitor(ctx, url, "/varz", &varz); err != nil {
			return err
		}
		if varz.ID != jsz.ID {
			return errors.New("check fsync: one monitoring address answers for two servers")
		}
		ids[varz.ID], names[varz.Name] = true, true
	}
	if stream.Cluster == nil || stream.Cluster.Name == "" {
		if !ids[nc.ConnectedServerId()] {
			return errors.New("check fsync: no monitoring address is that of the connected server")
		}
		return nil
	}
	keepers := []string{stream.Cluster.Leader}
	for _, peer := range stream.Cluster.Replicas {
		keepers = append(keepers, peer.Name)
	}
	for _, name := range keepers {
		if !names[name] {
			return errors.New("check fsync: a server that keeps the stream has no monitoring address")
		}
	}
	return nil
}

// monitor gets one page of a server's monitoring.
func monitor(ctx context.Context, url, page string, into any) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(url, "/")+page, nil)
	if err != nil {
		return fmt.Errorf("check fsync: %w", err)
	}
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("check fsync: %w", err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("check fsync: monitoring answers with status %d", answer.StatusCode)
	}
	raw, err := io.ReadAll(io.LimitReader(answer.Body, monitorBytesMax))
	if err != nil {
		return fmt.Errorf("check fsync: %w", err)
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return fmt.Errorf("check fsync: %w", err)
	}
	return nil
}
