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
	c := command{name: "carry", args: "-config FILE [-check-config | -print-keys]", does: "a carrier between communities"}
	c.run = func(ctx context.Context, s streams, args []string) error {
		f := c.flags(s, carryManual)
		file := f.String("config", "", "read the configuration from this JSON `file`")
		f.Bool("check-config", false, "check the configuration and do nothing else")
		show := f.Bool("print-keys", false, "print the public half of the carrier's key, made if there is none, and do nothing else")
		member := f.String("enrol", "", "enrol the carrier for this `member` with the code on standard input, and carry from and to there")
		address := f.String("http", pilotURL, "gateway of the community, for -enrol")
		community := f.String("community", "", "its id, for -enrol")
		if err := f.Parse(args); err != nil {
			return err
		}
		switch {
		case !*show && *member == "":
			return serveCarrier(ctx, s, args)
		case f.NArg() != 0:
			return errors.New("takes no arguments")
		case *member != "" && *community == "":
			return errors.New("want -community ID")
		}
		cfg := &carryConfig{}
		if *file != "" {
			if err := daemon.ReadConfig(*file, cfg); err != nil {
				return err
			}
		}
		if err := cfg.Check(); err != nil {
			return err
		}
		key, err := carrierKey(cfg.Data)
		if err != nil {
			return err
		}
		if *show {
			return printJSON(s.out, map[string][]byte{"key": chain.Public(key)})
		}
		d := &client.Device{Gateway: client.New(*address), Community: *community, Member: *member, Key: key}
		if err := (office{name: "carrier"}).enrol(ctx, s, d); err != nil {
			return err
		}
		return carrier.Add(cfg.Data, carrier.End{URL: d.URL, Community: *community, Member: *member})
	}
	return c
}

// carrierKey reads a carrier's device key, making it at the first start. Where it is lost, another one is enrolled.
func carrierKey(dir string) (ed25519.PrivateKey, error) {
	return keyfile.LoadOrMake(filepath.Join(dir, "device.key"), rand.Reader)
}

// serveCarrier is the daemon.
func serveCarrier(ctx context.Context, s streams, args []string) error {
	cfg := &carryConfig{}
	code := daemon.Main(ctx, daemon.Program{
		Name: "carrier", Config: cfg,
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
	return daemon.Service{Name: "carrier", Run: func(ctx context.Context, ready func()) error {
		ready()
		return c.Run(ctx)
	}}, nil
}
