package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"time"

	"github.com/nats-io/nats.go"

	"renlin.dev/pkg/daemon"
	"renlin.dev/services/gateway"
	"renlin.dev/services/renlin/internal/bus"
	"renlin.dev/services/renlin/internal/process"
	"renlin.dev/services/sequencer"
)

// serviceDaemons are the daemons of cli.md and what each does, in its manual's order.
func serviceDaemons() []command {
	does := [][2]string{
		{bus.Community, "the community service: standing, keys, roles, rulebook, founding"},
		{bus.Proposal, "the proposal service: topics, deliberations, motions"},
		{bus.Voting, "the voting service, with the first keystore of polls' keys"},
		{bus.Vault, "the vault: sealed personal data and texts"},
		{bus.Ledger, "the ledger: accounts, transfers, budgets, credits, holdings"},
		{bus.Aid, "the aid service: people in need, cases, work orders, visits"},
		{bus.Audit, "the audit service: archive, Merkle tiles, proofs"},
		{bus.Notary, "the notary: signed and witnessed checkpoints"},
		{bus.Sequencer, "the sequencers of all communities"},
		{bus.Gateway, "the HTTP gateway"},
		{bus.Keystore, "the second keystore of polls' keys, at another organisation"},
	}
	var out []command
	for _, row := range does {
		out = append(out, daemonCommand(row[0], row[1]))
	}
	return append(out, matchingCommand(), trusteeCommand(), registrarCommand())
}

func daemonCommand(name, does string) command {
	run := func(ctx context.Context, s streams, args []string) error {
		cfg := newDaemonConfig(name)
		code := daemon.Main(ctx, daemon.Program{
			Name: name, Config: cfg,
			Services: func(ctx context.Context, env daemon.Env) ([]daemon.Service, error) { return daemonServices(cfg, env) },
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
func daemonServices(cfg daemonConfig, denv daemon.Env) ([]daemon.Service, error) {
	env, err := cfg.onBus().env(denv)
	if err != nil {
		return nil, err
	}
	state, _ := cfg.(interface{ stateDir() string })
	if state == nil {
		state = &stateConfig{}
	}
	watchDisks(env.Metrics, env.Data, state.stateDir())
	held, err := lock(env.Data, cfg.onBus().name+".lock") // daemons may share a directory; two of the same may not
	if err != nil {
		return nil, err
	}
	work, err := cfg.work(env)
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

// env is what every daemon's work gets.
func (c *busConfig) env(denv daemon.Env) (process.Env, error) {
	password, err := c.password()
	if err != nil {
		return process.Env{}, fmt.Errorf("read password: %w", err)
	}
	return process.Env{
		Dial: func(user string, options ...nats.Option) (*nats.Conn, error) {
			told := nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
				denv.Log.Warn("nats reported an error", "err", err)
			})
			return bus.Dialer(c.NATS, user, password)(append([]nats.Option{told}, options...)...)
		},
		Data: c.Data, Models: process.Models(), Log: denv.Log, Health: denv.Health, Metrics: denv.Metrics, Process: rand.Text(),
	}, nil
}

// domain is the work of a service that hosts rules.
func (c *busConfig) domain(env process.Env) ([]daemon.Service, error) {
	run := process.DomainParts()[c.name]
	return []daemon.Service{part(env, c.name, func(ctx context.Context) error { return run(ctx, env) })}, nil
}

func (c *busConfig) work(env process.Env) ([]daemon.Service, error) { return c.domain(env) }

func (c *auditConfig) work(env process.Env) ([]daemon.Service, error) {
	env.RereadRest = time.Duration(c.Reread)
	return c.domain(env)
}

func (c *vaultConfig) work(env process.Env) ([]daemon.Service, error) {
	env.State = c.State
	return c.domain(env)
}

func (c *sequencerConfig) work(env process.Env) ([]daemon.Service, error) {
	env.State, env.Adopt = c.State, c.Adopt
	return []daemon.Service{part(env, c.name, func(ctx context.Context) error {
		return process.RunSequencers(ctx, env, sequencer.MonitoredServers(c.Monitor...))
	})}, nil
}

func (c *notaryConfig) work(env process.Env) ([]daemon.Service, error) {
	env.State = c.State
	nc := process.NotaryConfig{Interval: cmp.Or(time.Duration(c.Checkpoint), time.Second), Witnesses: c.Witnesses}
	if len(c.Witnesses) == 0 {
		var err error
		if nc.Home, err = process.HomeWitness(env); err != nil {
			return nil, err
		}
	}
	return []daemon.Service{part(env, c.name, func(ctx context.Context) error {
		if nc.Home != nil {
			defer nc.Home.Close()
		}
		return process.RunNotaries(ctx, env, nc)
	})}, nil
}

// reviewing has what a gateway binds reviewed.
func reviewing(env process.Env, edge *gateway.Gateway) daemon.Service {
	return daemon.Service{Name: "bindings", Run: func(ctx context.Context, ready func()) error {
		ready()
		return process.Reviewed(ctx, env, edge)
	}}
}

// observing has a gateway judge the alerts.
func observing(edge *gateway.Gateway) daemon.Service {
	return daemon.Service{Name: "alerts", Run: func(ctx context.Context, ready func()) error {
		ready()
		edge.Observe(ctx)
		return nil
	}}
}

func (c *gatewayConfig) work(env process.Env) ([]daemon.Service, error) {
	token, err := process.Token(c.OperatorTokenFile)
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", c.HTTP)
	if err != nil {
		return nil, err
	}
	env.DevelopmentFrom, env.Limits, env.Providers, env.Phone = c.DevelopmentFrom, c.Limits, c.Providers, c.Phone
	traces, err := c.Traces.receiving(&env)
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	edge, nc, err := process.OpenGateway(env, token, c.Development)
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	opened := daemon.Service{Name: "edge", Run: func(ctx context.Context, ready func()) error {
		defer nc.Close()
		ready()
		<-ctx.Done()
		return edge.Close()
	}}
	mqtt, err := c.MQTT.listening(env, nil)
	if err != nil {
		nc.Close()
		return nil, errors.Join(err, edge.Close(), listener.Close())
	}
	work := slices.Concat([]daemon.Service{opened, reviewing(env, edge), observing(edge)}, mqtt, traces)
	return append(work, daemon.Serve("http", listener, withHealth(env.Health, edge))), nil
}
