package main

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"path/filepath"

	"renlin.dev/pkg/daemon"
	"renlin.dev/services/devices"
	"renlin.dev/services/renlin/internal/bus"
	"renlin.dev/services/renlin/internal/process"
)

const sensorManual = `
Makes a password for a device at home that speaks MQTT and cannot sign, and the key by which the record knows it:

  password   what the device is told; its user name is COMMUNITY/SENSOR. It is shown once and kept nowhere
  key        what is enrolled by aid.enrol_sensor, with by_password
  sensor     under which name the record then knows it

The device publishes to signals/COMMUNITY/SENSOR and is told at answers/COMMUNITY/SENSOR what came of it; docs/formats.md has the messages.
`

func sensorCommand() command {
	c := command{name: "sensor", args: "[-json]", does: "a password for a device at home, and the key to enrol"}
	c.run = func(_ context.Context, s streams, args []string) error {
		f := c.flags(s, sensorManual)
		asJSON := f.Bool("json", false, "print one JSON object")
		if err := f.Parse(args); err != nil {
			return err
		}
		if f.NArg() != 0 {
			return errors.New("takes no arguments")
		}
		p := devices.NewPassword()
		if *asJSON {
			return json.NewEncoder(s.out).Encode(p)
		}
		_, err := fmt.Fprintf(s.out, "password  %s\nkey       %s\nsensor    %s\n", p.Password, base64.StdEncoding.EncodeToString(p.Key), p.Sensor)
		return err
	}
	return c
}

// mqttConfig is where devices at home are listened to.
type mqttConfig struct {
	// Listen is the address; nothing is listened to if empty.
	Listen string `json:"listen"`
	// CertificateFile and KeyFile are what the listener shows, in PEM. Without them passwords cross the network in clear: listen on the
	// machine itself only, or put TLS in front.
	CertificateFile string `json:"certificate_file,omitempty"`
	KeyFile         string `json:"key_file,omitempty"`
}

// Check judges what the types cannot.
func (c *mqttConfig) Check() error {
	if c.Listen == "" {
		return nil
	}
	if _, _, err := net.SplitHostPort(c.Listen); err != nil {
		return errors.New("listen: not HOST:PORT")
	}
	_, err := c.certificate()
	return err
}

func (c *mqttConfig) certificate() (*tls.Certificate, error) {
	if c.CertificateFile == "" && c.KeyFile == "" {
		return nil, nil
	}
	pair, err := tls.LoadX509KeyPair(c.CertificateFile, c.KeyFile)
	if err != nil {
		return nil, fmt.Errorf("certificate: %w", err)
	}
	return &pair, nil
}

// listening opens the edge for devices, and gives what runs it: nothing where there is none. told, unless nil, is told its address.
func (c *mqttConfig) listening(env process.Env, told func(address string)) ([]daemon.Service, error) {
	if c.Listen == "" {
		return nil, nil
	}
	certificate, err := c.certificate()
	if err != nil {
		return nil, err
	}
	nc, err := env.Dial(bus.Gateway)
	if err != nil {
		return nil, err
	}
	edge, err := devices.Open(devices.Config{
		Listen: c.Listen, Certificate: certificate, Dir: filepath.Join(env.Data, "devices"), Bus: nc, Log: env.Log,
		Metrics: env.Metrics,
	})
	if err != nil {
		nc.Close()
		return nil, err
	}
	if told != nil {
		told(edge.Address())
	}
	if host, _, _ := net.SplitHostPort(edge.Address()); certificate == nil && !net.ParseIP(host).IsLoopback() {
		env.Log.Warn("devices' passwords cross the network in clear", "address", edge.Address())
	}
	return []daemon.Service{{Name: "mqtt", Run: func(ctx context.Context, ready func()) error {
		err := errors.Join(edge.Run(ctx, ready), edge.Close())
		nc.Close()
		return err
	}}}, nil
}
