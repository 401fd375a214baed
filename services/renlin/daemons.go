package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/nats-io/nats.go"

	"renlin.dev/pkg/daemon"
	"renlin.dev/services/renlin/internal/bus"
	"renlin.dev/services/renlin/internal/process"
	"renlin.dev/services/sequencer"
)

// daemonConfig is the configuration of every daemon; the fields' comments are the manual. What a daemon has no use for it ignores.
type daemonConfig struct {
	daemon.Common
	// NATS is the server's address; nats://127.0.0.1:4222 if empty.
	NATS string `json:"nats"`
	// PasswordFile holds the password of the daemon's user, which has the daemon's name.
	PasswordFile string `json:"password_file"`
	// Data is the daemon's directory; renlin-data if empty. Different daemons may share it.
	Data string `json:"data"`
	// State is a directory outside Data, for what must not be restored together with it: the head record (sequencer) and the home
	// witness (notary). Data + "-state" if empty.
	State string `json:"state"`
	// Monitor lists the monitoring addresses of all servers that keep the streams, such as http://127.0.0.1:8222 (sequencer). Without
	// them nothing shows that the servers sync every write, and the sequencer refuses to write.
	Monitor []string `json:"monitor"`
	// Adopt lists communities whose stream is taken as it is though their head record is lost (sequencer). What audit and notary have seen
	// must still be there. Take it out again after the start.
	Adopt []string `json:"adopt"`
	// Checkpoint is the interval of checkpoints (notary); 1s if 0.
	Checkpoint daemon.Duration `json:"checkpoint"`
	// Reread is how long audit rests before it reads the whole record again; 30s if 0.
	Reread daemon.Duration `json:"reread"`
	// Witnesses cosign checkpoints (notary); without any, a home witness in the notary's own process does.
	Witnesses []process.WitnessAddress `json:"witnesses"`
	// HTTP is the address to listen on (gateway); 127.0.0.1:8686 if empty.
	HTTP string `json:"http"`
	// OperatorTokenFile opens the operator's reads (gateway); Data + "/token" if empty.
	OperatorTokenFile string `json:"operator_token_file"`
	// Development switches the development sign-in on (gateway): from the machine itself only.
	Development bool `json:"development"`
}

// Check judges what the types cannot.
func (c *daemonConfig) Check() error {
	if c.PasswordFile == "" {
		return errors.New("password_file: missing")
	}
	if c.Checkpoint < 0 {
		return errors.New("checkpoint: want more than 0")
	}
	return keptApart(c.dirs())
}

// dirs gives the daemon's directories.
func (c *daemonConfig) dirs() (data, state string) {
	data, state = c.Data, c.State
	if data == "" {
		data = "renlin-data"
	}
	if state == "" {
		state = data + "-state"
	}
	return data, state
}

// serviceDaemons are the daemons of cli.md and what each does, in its manual's order.
func serviceDaemons() []command {
	does := [][2]string{
		{bus.Community, "the community service: standing, keys, roles, rulebook, founding"},
		{bus.Proposal, "the proposal service: topics, deliberations, motions"},
		{bus.Voting, "the voting service, with the first keystore of polls' keys"},
		{bus.Vault, "the vault: sealed personal data and texts"},
		{bus.Audit, "the audit service: archive, Merkle tiles, proofs"},
		{bus.Notary, "the notary: signed and witnessed checkpoints"},
		{bus.Sequencer, "the sequencers of all communities"},
		{bus.Gateway, "the HTTP gateway"},
		{bus.Trustee, "the second keystore of polls' keys, at another organisation"},
	}
	var out []command
	for _, row := range does {
		out = append(out, daemonCommand(row[0], row[1]))
	}
	return out
}

func daemonCommand(name, does string) command {
	run := func(ctx context.Context, s streams, args []string) error {
		var cfg daemonConfig
		code := daemon.Main(ctx, daemon.Program{
			Name: name, Config: &cfg,
			Services: func(ctx context.Context, env daemon.Env) ([]daemon.Service, error) {
				return daemonServices(name, &cfg, env)
			},
		}, args, s.out, s.err)
		if code != exitDone {
			return exitCode(code)
		}
		return nil
	}
	return command{name: name, args: "-config FILE [-check-config]", does: does, run: run}
}

// exitCode is an exit code whose reason has been said already.
type exitCode int

func (c exitCode) Error() string { return fmt.Sprintf("exit code %d", int(c)) }

// daemonServices connects one daemon and gives what it runs.
func daemonServices(name string, cfg *daemonConfig, denv daemon.Env) ([]daemon.Service, error) {
	env, err := daemonEnv(cfg, denv)
	if err != nil {
		return nil, err
	}
	held, err := lock(cfg.Data, name+".lock") // daemons may share a directory; two of the same may not
	if err != nil {
		return nil, err
	}
	var work []daemon.Service
	if name == bus.Gateway {
		work, err = gatewayServices(cfg, env)
	} else {
		var run func(ctx context.Context) error
		run, err = daemonPart(name, cfg, env)
		work = []daemon.Service{part(env, name, run)}
	}
	if err != nil {
		return nil, errors.Join(err, held.Close())
	}
	return append([]daemon.Service{holding(held)}, work...), nil
}

// holding keeps a lock until everything that was started after it has ended.
func holding(held io.Closer) daemon.Service {
	return daemon.Service{Name: "lock", Run: func(ctx context.Context, ready func()) error {
		ready()
		<-ctx.Done()
		return held.Close()
	}}
}

func daemonEnv(cfg *daemonConfig, denv daemon.Env) (process.Env, error) {
	password, err := os.ReadFile(cfg.PasswordFile)
	if err != nil {
		return process.Env{}, fmt.Errorf("read password: %w", err)
	}
	if cfg.NATS == "" {
		cfg.NATS = nats.DefaultURL
	}
	cfg.Data, cfg.State = cfg.dirs()
	return process.Env{
		Dial: func(user string, options ...nats.Option) (*nats.Conn, error) {
			told := nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
				denv.Log.Warn("nats reported an error", "err", err)
			})
			return bus.Dialer(cfg.NATS, user, strings.TrimSpace(string(password)))(append([]nats.Option{told}, options...)...)
		},
		Data: cfg.Data, State: cfg.State, Adopt: cfg.Adopt, RereadRest: time.Duration(cfg.Reread), Models: process.Models(), Log: denv.Log,
		Health: denv.Health,
	}, nil
}

// daemonPart gives the work of every daemon but the gateway.
func daemonPart(name string, cfg *daemonConfig, env process.Env) (func(ctx context.Context) error, error) {
	switch name {
	case bus.Sequencer:
		if len(cfg.Monitor) == 0 {
			return nil, errors.New("monitor: without the servers' monitoring addresses nothing shows that they sync every write")
		}
		return func(ctx context.Context) error {
			return process.RunSequencers(ctx, env, sequencer.MonitoredServers(cfg.Monitor...))
		}, nil
	case bus.Notary:
		nc := process.NotaryConfig{Interval: time.Duration(cfg.Checkpoint), Witnesses: cfg.Witnesses}
		if nc.Interval == 0 {
			nc.Interval = time.Second
		}
		if len(cfg.Witnesses) == 0 {
			var err error
			if nc.Home, err = process.HomeWitness(env); err != nil {
				return nil, err
			}
		}
		return func(ctx context.Context) error {
			if nc.Home != nil {
				defer nc.Home.Close()
			}
			return process.RunNotaries(ctx, env, nc)
		}, nil
	}
	run := process.DomainParts()[name]
	return func(ctx context.Context) error { return run(ctx, env) }, nil
}

func gatewayServices(cfg *daemonConfig, env process.Env) ([]daemon.Service, error) {
	if cfg.OperatorTokenFile == "" {
		cfg.OperatorTokenFile = filepath.Join(cfg.Data, "token")
	}
	token, err := process.Token(cfg.OperatorTokenFile)
	if err != nil {
		return nil, err
	}
	if cfg.HTTP == "" {
		cfg.HTTP = "127.0.0.1:8686"
	}
	listener, err := net.Listen("tcp", cfg.HTTP)
	if err != nil {
		return nil, err
	}
	edge, nc, err := process.OpenGateway(env, token, cfg.Development)
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	serve := daemon.Serve("http", listener, withHealth(env.Health, edge))
	run := serve.Run
	serve.Run = func(ctx context.Context, ready func()) error {
		defer nc.Close()
		return run(ctx, ready)
	}
	return []daemon.Service{serve}, nil
}
