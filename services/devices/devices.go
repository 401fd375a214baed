// Package devices is the edge for what cannot speak HTTP and cannot sign: buttons, mats and smoke detectors that speak MQTT 3.1.1.
//
// The rules, in plain words:
//
//  1. A device's name is COMMUNITY/SENSOR, its password the seed of the key under which the record knows the sensor. Nothing is registered
//     here: whoever is enrolled on the record, by password, may connect, and from the moment that they are signed off there nothing
//     of theirs is taken any more.
//  2. A device may publish to signals/COMMUNITY/SENSOR and listen to answers/COMMUNITY/SENSOR, its own, and to nothing else.
//  3. What it says becomes the same command that a device which signs sends over HTTP, signed by its own key, and is judged by the same
//     rules: consent, so many in an hour, quiet hours. This edge can do no more in a device's name than the device itself, and the record
//     says of such a device that it was enrolled by password.
//  4. Of a message of quality 1 the acknowledgement means that it is on this edge's disk, not that it is on the record. It is tried
//     until it is recorded or refused, under one idempotency key, so it is recorded once; which of the two it was is told at answers/….
//     What is not recorded within a day is given up. A message of quality 0 is tried once, and is lost with the process. Who sends
//     one of quality 2 is hung up on.
//  5. A seed is kept in memory only, from a device's connecting to the end of the process. After a restart what waits for a device is
//     done when it connects again.
//  6. The broker is a nats-server of its own, with a store of its own that has bounds: whatever devices do, the bus and its disk do not
//     feel it.
package devices

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"strconv"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"renlin.dev/pkg/op"
	"renlin.dev/pkg/telemetry/metrics"
)

// Config is what the edge needs.
type Config struct {
	// Listen is the address of the MQTT listener.
	Listen string
	// Certificate is shown by the listener; without one what devices say, and their passwords, cross the network in clear.
	Certificate *tls.Certificate
	// Dir is the broker's own store.
	Dir string
	// Bus reaches the aid service and the sequencers.
	Bus *nats.Conn
	Log *slog.Logger
	// Metrics takes what is counted; nil takes nothing.
	Metrics *metrics.Registry
	// Now is the process's clock.
	Now func() time.Time
}

// Edge is a running listener. Close it after Run has ended.
type Edge struct {
	cfg    Config
	meter  meter
	broker *server.Server
	door   *door
	nc     *nats.Conn // into the broker, once Run has begun
	js     jetstream.JetStream
}

const (
	// payloadBytesMax bounds a message with what the broker writes beside it; a longer packet costs its device the connection.
	payloadBytesMax = 4 << 10
	// connectionsMax bounds the devices that are connected at once.
	connectionsMax = 4096
	// storeBytesMax bounds all that the broker keeps.
	storeBytesMax = 64 << 20
	// readyMax bounds the broker's start.
	readyMax = 20 * time.Second
)

// Open starts the listener. Nobody is let in before Run is there to take what they say.
func Open(cfg Config) (*Edge, error) {
	host, text, err := net.SplitHostPort(cfg.Listen)
	port, perr := strconv.ParseUint(text, 10, 16)
	if err != nil || perr != nil {
		return nil, errors.New("mqtt: not HOST:PORT")
	}
	probe, err := net.Listen("tcp", cfg.Listen) // the broker would say no more than that it is not ready, and late
	if err != nil {
		return nil, fmt.Errorf("mqtt: %w", err)
	}
	if err := probe.Close(); err != nil {
		return nil, fmt.Errorf("mqtt: %w", err)
	}
	if err := os.MkdirAll(cfg.Dir, 0o700); err != nil { // what devices say waits there
		return nil, fmt.Errorf("mqtt: %w", err)
	}
	listener, err := listening(host, int(port))
	if err != nil {
		return nil, fmt.Errorf("mqtt: %w", err)
	}
	e := &Edge{cfg: cfg, meter: newMeter(cfg.Metrics)}
	e.door = newDoor(op.NewCaller(cfg.Bus), cfg.Now, &e.meter)
	opts := &server.Options{
		ServerName: "renlin-devices", DontListen: true, NoSigs: true, NoLog: true, MaxPayload: payloadBytesMax, MaxConn: connectionsMax,
		JetStream: true, StoreDir: cfg.Dir, SyncAlways: true, JetStreamMaxStore: storeBytesMax, JetStreamMaxMemory: storeBytesMax,
		CustomClientAuthentication: e.door,
		MQTT:                       listener,
	}
	if port == 0 {
		opts.MQTT.Port = server.RANDOM_PORT
	}
	if cfg.Certificate != nil {
		opts.MQTT.TLSConfig = &tls.Config{Certificates: []tls.Certificate{*cfg.Certificate}, MinVersion: tls.VersionTLS12}
	}
	if e.broker, err = server.NewServer(opts); err != nil {
		return nil, fmt.Errorf("mqtt: %w", err)
	}
	e.door.broker = e.broker
	e.broker.Start()
	if !e.broker.ReadyForConnections(readyMax) {
		e.broker.Shutdown()
		return nil, errors.New("mqtt: broker is not ready")
	}
	e.cfg.Listen = net.JoinHostPort(host, strconv.Itoa(opts.MQTT.Port))
	return e, nil
}

// listening is how the broker listens. Messages of quality 2 are not taken: until its sender has gone on, such a message is kept in a store
// that all share, and a sender may never go on. That this is so can be said in a server's file only.
func listening(host string, port int) (server.MQTTOpts, error) {
	var parsed server.Options
	if err := parsed.ProcessConfigString("mqtt { reject_qos2_publish: true, downgrade_qos2_subscribe: true }"); err != nil {
		return server.MQTTOpts{}, err
	}
	o := parsed.MQTT
	o.Host, o.Port, o.ConsumerInactiveThreshold = host, port, consumerMax
	return o, nil
}

// connect joins the broker from inside and lays out its store.
func (e *Edge) connect(ctx context.Context) (err error) {
	e.nc, err = nats.Connect("", nats.InProcessServer(e.broker), nats.UserInfo(insider, e.door.secret), nats.MaxReconnects(-1))
	if err != nil {
		return err
	}
	if e.js, err = jetstream.New(e.nc); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, readyMax)
	defer cancel()
	return layOut(ctx, e.js)
}

// Address is where devices connect.
func (e *Edge) Address() string { return e.cfg.Listen }

// Close ends the listener and lets go of its store.
func (e *Edge) Close() error {
	if e.nc != nil {
		e.nc.Close()
	}
	e.broker.Shutdown()
	e.broker.WaitForShutdown()
	return nil
}
