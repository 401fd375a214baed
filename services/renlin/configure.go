package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"renlin.dev/pkg/merkle"
	"renlin.dev/pkg/telemetry/otlp"
	"renlin.dev/services/notary"
	"renlin.dev/services/renlin/internal/bus"
	"renlin.dev/services/renlin/internal/process"
)

const configureManual = `
Writes into a new directory what a nats-server, the daemons, a witness and a carrier need to run as processes of their own on this machine.
Each has a directory below DIR/conf, which no other needs to read: nats/nats-server.conf, and DAEMON/DAEMON.json with the daemon's password
beside it. The server syncs every write to disk before it answers, and each daemon may do on it what its work needs and no more. Then, in
any order:

  nats-server -c DIR/conf/nats/nats-server.conf
  renlin sequencer -config DIR/conf/sequencer/sequencer.json     # and so on for every daemon, and the witness
  renlin carry -config DIR/conf/carrier/carrier.json             # where communities refer or lend to each other

Addresses and paths may be edited afterwards, in both files where two name the same. DIR holds secrets and is readable by its owner only.
DIR/data is for backups, DIR/state is not: it remembers what must not be restored together with the data.

With -keep, DIR may be there already: what is missing is added, and the server's configuration is written anew from the passwords that are
kept, with what this version's daemons may do. Nothing else is touched. With -containers every part is looked for under its own name.
`

// configureConfig says where everything will listen.
type configureConfig struct {
	dir, nats, monitor, http, witness, mqtt, traces string
	development                                     bool
	developmentFrom                                 []netip.Prefix
	keep, containers                                bool
}

func configureCommand() command {
	c := command{name: "configure", args: "-o DIR [-keep]", does: "configuration of a nats-server and of every daemon"}
	c.run = func(_ context.Context, s streams, args []string) error {
		f := c.flags(s, configureManual)
		var cfg configureConfig
		f.StringVar(&cfg.dir, "o", "", "new directory to write")
		f.BoolVar(&cfg.keep, "keep", false, "keep what is there, and add what is missing")
		f.StringVar(&cfg.nats, "nats", "127.0.0.1:4222", "address of the nats-server")
		f.StringVar(&cfg.monitor, "monitor", "127.0.0.1:8222", "address of its monitoring")
		f.StringVar(&cfg.http, "http", "127.0.0.1:8686", "address of the gateway")
		f.StringVar(&cfg.mqtt, "mqtt", "", "address on which the gateway listens to devices at home, such as 127.0.0.1:1883; nowhere if empty")
		f.StringVar(&cfg.traces, "traces", "", "address on which the gateway takes everybody's traces, such as 127.0.0.1:4318; nowhere if empty")
		f.StringVar(&cfg.witness, "witness", "127.0.0.1:8787", "address of the witness")
		f.BoolVar(&cfg.containers, "containers", false, "each part in a container of its name, on the ports of the addresses; health on :8080")
		f.BoolVar(&cfg.development, "development", false, "switch the development sign-in on, which the demo's hosted member needs")
		from := f.String("development-from", "", "networks that count as this machine for it, with commas between; switches it on too")
		if err := f.Parse(args); err != nil {
			return err
		}
		if cfg.dir == "" || f.NArg() != 0 {
			return errors.New("want -o DIR")
		}
		if cfg.containers && cfg.traces != "" {
			return errors.New("-traces: not with -containers, whose network is for the operator to name; see docs/guide/operate.md")
		}
		for text := range strings.FieldsFuncSeq(*from, func(r rune) bool { return r == ',' }) {
			network, err := netip.ParsePrefix(text)
			if err != nil {
				return errors.New("-development-from: not a network such as 172.18.0.0/16")
			}
			cfg.development, cfg.developmentFrom = true, append(cfg.developmentFrom, network)
		}
		if err := configure(cfg); err != nil {
			return err
		}
		fmt.Fprintf(s.out, "%s: configuration of nats-server, %d daemons, a witness and a carrier\n", cfg.dir, len(bus.Parts()))
		return nil
	}
	return c
}

// configure writes the whole directory. Unless told to keep what is there, nothing may be: a half of two configurations would be worse than
// none. The server's file is last: a crash before it leaves nothing that starts, and -keep completes it.
func configure(cfg configureConfig) error {
	all := map[string]string{"-nats": cfg.nats, "-monitor": cfg.monitor, "-http": cfg.http, "-witness": cfg.witness}
	if cfg.mqtt != "" {
		all["-mqtt"] = cfg.mqtt
	}
	if cfg.traces != "" {
		all["-traces"] = cfg.traces
	}
	for name, address := range all { // any order: one is named
		if _, _, err := net.SplitHostPort(address); err != nil {
			return fmt.Errorf("%s: not HOST:PORT", name)
		}
	}
	dir, err := filepath.Abs(cfg.dir)
	if err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o700); errors.Is(err, fs.ErrExist) && !cfg.keep {
		return fmt.Errorf("%s is there already", cfg.dir)
	} else if err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	vkey, err := writeWitness(cfg, dir)
	if err != nil {
		return err
	}
	passwords := map[string]string{}
	for _, part := range bus.Parts() {
		if passwords[part], err = writePassword(dir, part); err != nil {
			return err
		}
		if err := cfg.write(dir, part, cfg.daemon(dir, part, vkey)); err != nil {
			return err
		}
	}
	if err := cfg.write(dir, carrierName, map[string]any{"data": filepath.Join(dir, "data", carrierName)}); err != nil {
		return err
	}
	conf, err := bus.ServerConfig(cfg.listen(cfg.nats), cfg.listen(cfg.monitor), filepath.Join(dir, "data", "nats"), passwords)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(dir, "conf", "nats"), 0o700); err != nil {
		return err
	}
	return writeWhole(filepath.Join(dir, "conf", "nats", "nats-server.conf"), conf)
}

// listen gives the address on which a part listens: in a container, whose address nobody knows beforehand, on all of them.
func (cfg *configureConfig) listen(address string) string {
	if !cfg.containers {
		return address
	}
	_, port, _ := net.SplitHostPort(address) // configure has looked
	return net.JoinHostPort("0.0.0.0", port)
}

// reach gives the address under which others find a part.
func (cfg *configureConfig) reach(part, address string) string {
	if !cfg.containers {
		return address
	}
	_, port, _ := net.SplitHostPort(address)
	return net.JoinHostPort(part, port)
}

// daemon is one daemon's configuration. A data directory of its own for each keeps them apart; state lies outside.
func (cfg *configureConfig) daemon(dir, part, witnessKey string) map[string]any {
	conf := map[string]any{
		"nats": "nats://" + cfg.reach("nats", cfg.nats), "password_file": passwordFile(dir, part), "data": filepath.Join(dir, "data", part),
	}
	state := filepath.Join(dir, "state", part)
	if cfg.traces != "" {
		conf["otlp"], conf["trace_ratio"] = otlp.Config{Endpoint: "http://" + cfg.reach(bus.Gateway, cfg.traces)}, 1
	}
	switch part {
	case bus.Sequencer:
		conf["monitor"], conf["state"] = []string{"http://" + cfg.reach("nats", cfg.monitor)}, state
	case bus.Notary:
		witness := process.WitnessAddress{URL: "http://" + cfg.reach("witness", cfg.witness), Key: witnessKey}
		conf["witnesses"], conf["state"] = []process.WitnessAddress{witness}, state
	case bus.Vault, bus.Registrar:
		conf["state"] = state
	case bus.Gateway:
		conf["http"], conf["development"] = cfg.listen(cfg.http), cfg.development
		if cfg.mqtt != "" {
			conf["mqtt"] = mqttConfig{Listen: cfg.listen(cfg.mqtt)}
		}
		if cfg.traces != "" {
			conf["traces"] = tracesConfig{Listen: cfg.traces}
		}
		if len(cfg.developmentFrom) > 0 {
			conf["development_from"] = cfg.developmentFrom
		}
	}
	return conf
}

// writeWitness makes the keys of notary and witness, which must know each other's public half, writes the witness's configuration, and
// gives its verifier key.
func writeWitness(cfg configureConfig, dir string) (vkey string, err error) {
	key, err := process.NotaryKey(filepath.Join(dir, "data", bus.Notary))
	if err != nil {
		return "", err
	}
	logs, err := merkle.NewSigner(notary.OriginsBelow, key)
	if err != nil {
		return "", err
	}
	own := witnessConfig{Name: "renlin.dev/witness/local", State: filepath.Join(dir, "state", "witness")}
	cosigner, err := own.cosigner()
	if err != nil {
		return "", err
	}
	return cosigner.VerifierKey(), cfg.write(dir, "witness", map[string]any{
		"name": own.Name, "state": own.State, "notaries": []string{logs.VerifierKey()}, "http": cfg.listen(cfg.witness),
	})
}

func passwordFile(dir, part string) string { return filepath.Join(dir, "conf", part, "password") }

// writePassword makes a daemon's password, or reads the one that is kept.
func writePassword(dir, part string) (string, error) {
	file := passwordFile(dir, part)
	raw, err := os.ReadFile(file)
	if err == nil {
		return strings.TrimSpace(string(raw)), nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	password := rand.Text()
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return "", err
	}
	return password, writeWhole(file, []byte(password+"\n"))
}

// write writes one part's configuration, unless there is one.
func (cfg *configureConfig) write(dir, part string, conf map[string]any) error {
	if cfg.containers {
		conf["health"] = ":8080"
	}
	file := filepath.Join(dir, "conf", part, part+".json")
	if _, err := os.Stat(file); err == nil {
		return nil
	}
	raw, err := json.MarshalIndent(conf, "", " ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	return writeWhole(file, slices.Concat(raw, []byte("\n")))
}
