package main

import (
	"cmp"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"path/filepath"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/client"
	"renlin.dev/pkg/daemon"
	"renlin.dev/pkg/keyfile"
	"renlin.dev/services/carrier"
	"renlin.dev/services/renlin/internal/process"
)

// carrierName is how a carrier, which is on no bus, is called in logs and directories.
const carrierName = "carrier"

const carryManual = `
Carries between communities what one refers or lends to another, and what has come of that, each with its proof. It follows all of their
records and is told to which communities once:

  renlin carry -config FILE -enrol MEMBER -community ID -http URL < code   # code is that of the member's invitation
  renlin carry -config FILE -print-keys

Its key becomes a device of that member of that community, who needs no office. A running carrier notices; the pilot runs one itself, with
its key and communities in the directory carrier below its data. docs/guide/aid.md tells how two communities get to know each other.
`

// carryConfig is a carrier's configuration; it needs no bus, and is trusted with nothing but what members read.
type carryConfig struct {
	daemon.Common
	// Data is the carrier's directory: its key, and whom it carries between; renlin-carrier if empty.
	Data string `json:"data"`
}

// Check fills in what was left empty.
func (c *carryConfig) Check() error {
	c.Data = cmp.Or(c.Data, "renlin-carrier")
	return nil
}

func carryCommand() command {
	o := office{
		name: carrierName, manual: carryManual,
		data: func(file string) (string, error) {
			cfg := &carryConfig{}
			if file != "" {
				if err := daemon.ReadConfig(file, cfg); err != nil {
					return "", err
				}
			}
			if err := cfg.Check(); err != nil {
				return "", err
			}
			return cfg.Data, nil
		},
		keys: func(data string) (ed25519.PrivateKey, any, error) {
			key, err := carrierKey(data)
			if err != nil {
				return nil, nil, err
			}
			return key, map[string][]byte{"key": chain.Public(key)}, nil
		},
		enrolled: func(data string, d *client.Device) error {
			return carrier.Add(data, carrier.End{URL: d.URL, Community: d.Community, Member: d.Member})
		},
	}
	return o.around(command{name: "carry", does: "a carrier between communities", run: serveCarrier})
}

// carrierKey reads a carrier's device key, making it at the first start. Where it is lost, another one is enrolled.
func carrierKey(dir string) (ed25519.PrivateKey, error) {
	return keyfile.LoadOrMake(filepath.Join(dir, "device.key"), rand.Reader)
}

// serveCarrier is the daemon.
func serveCarrier(ctx context.Context, s streams, args []string) error {
	cfg := &carryConfig{}
	code := daemon.Main(ctx, daemon.Program{
		Name: carrierName, Config: cfg,
		Services: func(_ context.Context, env daemon.Env) ([]daemon.Service, error) {
			held, err := lock(cfg.Data, "carrier.lock")
			if err != nil {
				return nil, err
			}
			work, err := carrying(cfg.Data, process.Env{Log: env.Log, Metrics: env.Metrics})
			if err != nil {
				return nil, errors.Join(err, held.Close())
			}
			return []daemon.Service{holding(held), work}, nil
		},
	}, args, s.out, s.err)
	if code != exitDone {
		return exitCode(code)
	}
	return nil
}

// carrying is a carrier as a service of its process.
func carrying(dir string, env process.Env) (daemon.Service, error) {
	key, err := carrierKey(dir)
	if err != nil {
		return daemon.Service{}, err
	}
	c := carrier.New(carrier.Config{Dir: dir, Key: key, Log: env.Log, Metrics: env.Metrics})
	return daemon.Service{Name: carrierName, Run: func(ctx context.Context, ready func()) error {
		ready()
		return c.Run(ctx)
	}}, nil
}
