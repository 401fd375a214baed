package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"

	"renlin.dev/services/renlin/internal/bus"
)

const configureManual = `
Writes into a new directory what a nats-server and the daemons need to run as processes of their own on this machine: nats-server.conf,
and for each daemon DAEMON.json with its password beside it. The server syncs every write to disk before it answers, and each daemon may
do on it what its work needs and no more. Then, in any order:

  nats-server -c DIR/nats-server.conf
  renlin sequencer -config DIR/sequencer.json     # and so on for every DAEMON.json

Addresses and paths may be edited afterwards, in both files where two name the same. DIR holds secrets and is readable by its owner only.
DIR/data is for backups, DIR/state is not: it remembers what must not be restored together with the data.
`

// configureConfig says where everything will listen.
type configureConfig struct {
	dir, nats, monitor, http string
	development              bool
}

func configureCommand() command {
	c := command{name: "configure", args: "-o DIR", does: "configuration of a nats-server and of every daemon"}
	c.run = func(_ context.Context, s streams, args []string) error {
		f := c.flags(s, configureManual)
		var cfg configureConfig
		f.StringVar(&cfg.dir, "o", "", "new directory to write")
		f.StringVar(&cfg.nats, "nats", "127.0.0.1:4222", "address of the nats-server")
		f.StringVar(&cfg.monitor, "monitor", "127.0.0.1:8222", "address of its monitoring")
		f.StringVar(&cfg.http, "http", "127.0.0.1:8686", "address of the gateway")
		f.BoolVar(&cfg.development, "development", false, "switch the development sign-in on, which the demo's hosted member needs")
		if err := f.Parse(args); err != nil {
			return err
		}
		if cfg.dir == "" || f.NArg() != 0 {
			return errors.New("want -o DIR")
		}
		if err := configure(cfg); err != nil {
			return err
		}
		fmt.Fprintf(s.out, "%s: configuration of nats-server and %d daemons\n", cfg.dir, len(bus.Parts()))
		return nil
	}
	return c
}

// configure writes the whole directory, which must not be there: a half of two configurations would be worse than none.
func configure(cfg configureConfig) error {
	for name, address := range map[string]string{"-nats": cfg.nats, "-monitor": cfg.monitor, "-http": cfg.http} { // any order: one is named
		if _, _, err := net.SplitHostPort(address); err != nil {
			return fmt.Errorf("%s: not HOST:PORT", name)
		}
	}
	dir, err := filepath.Abs(cfg.dir)
	if err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o700); errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s is there already", cfg.dir)
	} else if err != nil {
		return err
	}
	passwords := map[string]string{}
	for _, part := range bus.Parts() {
		passwords[part] = rand.Text()
		if err := writeDaemon(cfg, dir, part, passwords[part]); err != nil {
			return err
		}
	}
	conf, err := bus.ServerConfig(cfg.nats, cfg.monitor, filepath.Join(dir, "data", "nats"), passwords)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "nats-server.conf"), conf, 0o600)
}

// writeDaemon writes one daemon's password and configuration. A data directory of its own for each keeps them apart; state lies outside.
func writeDaemon(cfg configureConfig, dir, part, password string) error {
	secret := filepath.Join(dir, part+".password")
	conf := map[string]any{
		"nats": "nats://" + cfg.nats, "password_file": secret,
		"data": filepath.Join(dir, "data", part), "state": filepath.Join(dir, "state", part),
	}
	switch part {
	case bus.Sequencer:
		conf["monitor"] = []string{"http://" + cfg.monitor}
	case bus.Gateway:
		conf["http"], conf["development"] = cfg.http, cfg.development
	}
	raw, err := json.MarshalIndent(conf, "", " ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(secret, []byte(password+"\n"), 0o600); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, part+".json"), slices.Concat(raw, []byte("\n")), 0o600)
}
