package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"path/filepath"

	"renlin.dev/pkg/daemon"
	"renlin.dev/pkg/keyfile"
	"renlin.dev/pkg/merkle"
	"renlin.dev/services/witness"
)

// witnessConfig is a witness's configuration; it needs no bus and trusts nobody.
type witnessConfig struct {
	daemon.Common
	// Name is the witness's name in its verifier key, such as "street.example/witness".
	Name string `json:"name"`
	// State is the witness's directory: its key, and one file for each log. Never restore it from an old copy.
	State string `json:"state"`
	// Logs are the verifier keys of the logs that it cosigns.
	Logs []string `json:"logs"`
	// HTTP is the address to listen on; 127.0.0.1:8787 if empty.
	HTTP string `json:"http"`
}

// Check judges what the types cannot.
func (c *witnessConfig) Check() error {
	if c.Name == "" || c.State == "" {
		return errors.New("name and state are needed")
	}
	return nil
}

func witnessCommand() command {
	run := func(ctx context.Context, s streams, args []string) error {
		var cfg witnessConfig
		code := daemon.Main(ctx, daemon.Program{
			Name: "witness", Config: &cfg,
			Services: func(_ context.Context, env daemon.Env) ([]daemon.Service, error) {
				return witnessServices(&cfg, env, s)
			},
		}, args, s.out, s.err)
		if code != exitDone {
			return exitCode(code)
		}
		return nil
	}
	return command{name: "witness", args: "-config FILE [-check-config]", does: "a cosigning witness (C2SP tlog-witness)", run: run}
}

func witnessServices(cfg *witnessConfig, env daemon.Env, s streams) ([]daemon.Service, error) {
	key, err := keyfile.LoadOrMake(filepath.Join(cfg.State, "witness.key"), rand.Reader)
	if err != nil {
		return nil, err
	}
	cosigner, err := merkle.NewCosigner(cfg.Name, key)
	if err != nil {
		return nil, err
	}
	w, err := witness.New(witness.Config{StateDir: filepath.Join(cfg.State, "logs"), Cosigner: cosigner, Logs: cfg.Logs, Logger: env.Log})
	if err != nil {
		return nil, err
	}
	if cfg.HTTP == "" {
		cfg.HTTP = "127.0.0.1:8787"
	}
	listener, err := net.Listen("tcp", cfg.HTTP)
	if err != nil {
		return nil, errors.Join(err, w.Close())
	}
	fmt.Fprintf(s.out, "witness key: %s\n", w.VerifierKey())
	return []daemon.Service{daemon.Serve("http", listener, withHealth(env.Health, w))}, nil
}
