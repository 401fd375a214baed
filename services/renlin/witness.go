package main

import (
	"cmp"
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
	// Name is the witness's name in its verifier key, such as "street.example/witness"; "renlin.dev/witness" if empty. It stays what it was.
	Name string `json:"name"`
	// State is the witness's directory: its key, and one file for each log; renlin-witness if empty. Never restore it from an old copy.
	State string `json:"state"`
	// Logs are the verifier keys of single logs that it cosigns.
	Logs []string `json:"logs"`
	// Notaries are verifier keys that stand for all logs of a notary, those of communities to come among them. Without either a witness
	// has nothing to do.
	Notaries []string `json:"notaries"`
	// HTTP is the address to listen on; 127.0.0.1:8787 if empty.
	HTTP string `json:"http"`
}

// Check judges what the types cannot.
func (c *witnessConfig) Check() error {
	c.Name, c.State, c.HTTP = cmp.Or(c.Name, "renlin.dev/witness"), cmp.Or(c.State, "renlin-witness"), cmp.Or(c.HTTP, "127.0.0.1:8787")
	if len(c.Logs)+len(c.Notaries) == 0 {
		return errors.New("logs, notaries: a witness needs at least one of them")
	}
	for name, keys := range map[string][]string{"logs": c.Logs, "notaries": c.Notaries} { // any order: one is named
		for _, vkey := range keys {
			if _, err := merkle.NewVerifier(vkey); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
	}
	return nil
}

// cosigner reads the witness's key, making it at the first start.
func (c *witnessConfig) cosigner() (*merkle.Cosigner, error) {
	key, err := keyfile.LoadOrMake(filepath.Join(c.State, "witness.key"), rand.Reader)
	if err != nil {
		return nil, err
	}
	return merkle.NewCosigner(c.Name, key)
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
	cosigner, err := cfg.cosigner()
	if err != nil {
		return nil, err
	}
	w, err := witness.New(witness.Config{
		StateDir: filepath.Join(cfg.State, "logs"), Cosigner: cosigner, Logs: cfg.Logs, Notaries: cfg.Notaries, Logger: env.Log,
		Metrics: env.Metrics,
	})
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", cfg.HTTP)
	if err != nil {
		return nil, errors.Join(err, w.Close())
	}
	fmt.Fprintf(s.out, "witness key: %s\n", w.VerifierKey())
	return []daemon.Service{daemon.Serve("http", listener, withHealth(env.Health, w))}, nil
}
