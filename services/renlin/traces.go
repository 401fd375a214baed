package main

import (
	"errors"
	"fmt"
	"net"
	"net/netip"

	"renlin.dev/pkg/daemon"
	"renlin.dev/pkg/telemetry/ring"
	"renlin.dev/services/renlin/internal/process"
)

// tracesConfig is where a gateway takes the traces of all daemons, for the operator's pages.
type tracesConfig struct {
	// Listen is the address on which traces are taken by OTLP over HTTP, such as 127.0.0.1:4318; nowhere if empty, and then none are kept.
	// Every daemon, the gateway too, names it as its otlp.endpoint.
	Listen string `json:"listen"`
	// From lists networks, such as 172.18.0.0/16, from which traces are taken beside this machine; whoever is in them can fill the room
	// with traces of their own.
	From []netip.Prefix `json:"from"`
	// BytesMax bounds the room for them; 16 MiB if 0.
	BytesMax int `json:"bytes_max"`
}

// Check judges what the types cannot. Listening on more than the machine itself is for those who name who may send.
func (c *tracesConfig) Check() error {
	if c.Listen == "" {
		if len(c.From) > 0 || c.BytesMax != 0 {
			return errors.New("from and bytes_max without listen")
		}
		return nil
	}
	host, _, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return errors.New("listen: want HOST:PORT")
	}
	if address, err := netip.ParseAddr(host); len(c.From) == 0 && host != "localhost" && (err != nil || !address.IsLoopback()) {
		return errors.New("listen: want an address of this machine alone, or say in from who may send")
	}
	if c.BytesMax < 0 || c.BytesMax > tracesBytesMax {
		return fmt.Errorf("bytes_max: want at most %d", tracesBytesMax)
	}
	return nil
}

// tracesBytesMax is more than a page can make sense of.
const tracesBytesMax = 1 << 30

// receiving makes the room for traces and who takes them.
func (c *tracesConfig) receiving(env *process.Env) ([]daemon.Service, error) {
	if c.Listen == "" {
		return nil, nil
	}
	env.Traces = ring.New(ring.Config{BytesMax: c.BytesMax})
	listener, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return nil, err
	}
	return []daemon.Service{daemon.Serve("traces", listener, ring.NewReceiver(env.Traces, ring.ReceiverConfig{From: c.From}))}, nil
}
