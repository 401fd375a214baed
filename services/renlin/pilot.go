package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	natsserver "github.com/nats-io/nats-server/v2/server"

	"renlin.dev/pkg/client"
	"renlin.dev/pkg/daemon"
	"renlin.dev/pkg/telemetry"
	"renlin.dev/pkg/telemetry/metrics"
	"renlin.dev/pkg/telemetry/otlp"
	"renlin.dev/pkg/telemetry/ring"
	"renlin.dev/services/gateway"
	"renlin.dev/services/renlin/internal/bus"
	"renlin.dev/services/renlin/internal/neighbourhood"
	"renlin.dev/services/renlin/internal/process"
	"renlin.dev/services/sequencer"
	"renlin.dev/services/witness"
)

const pilotManual = `
Runs every service in one process with an embedded JetStream that syncs every block to disk before it answers. On the first start it
founds an example community, unless -empty. Stops cleanly on SIGTERM or Ctrl-C; kill it as hard as you like, nothing that was
acknowledged is lost.

The witness's memory and the record of the newest block lie in the state directory, outside the data directory: restoring an old copy
of the data is then noticed, and writing refused.
`

// pilotConfig is one pilot's.
type pilotConfig struct {
	data, state, addr string
	empty             bool
	interval, reread  time.Duration
	adopt             string
	logLevel          string
	otlp              otlp.Config
	traceRatio        float64
	metrics           *metrics.Registry // nil measures nothing
	traces            *ring.Ring        // nil keeps none
	providers         []gateway.ProviderConfig
	phone             string
	mqtt              mqttConfig
	listening         func(mqtt string) // told the address for devices; nil tells nobody
}

func pilotCommand() command {
	c := command{name: "pilot", args: "[-data DIR] [-state DIR] [-http ADDR] [-empty]", does: "every service in one process"}
	c.run = func(ctx context.Context, s streams, args []string) error {
		f := c.flags(s, pilotManual)
		var cfg pilotConfig
		f.StringVar(&cfg.data, "data", "renlin-data", "data directory")
		f.StringVar(&cfg.state, "state", "", "directory of witness and head record; by default in the user's state directory, named after -data")
		f.StringVar(&cfg.addr, "http", "127.0.0.1:8686", "address to listen on")
		f.StringVar(&cfg.mqtt.Listen, "mqtt", "", "address on which devices at home are listened to, such as 127.0.0.1:1883; none if empty")
		f.BoolVar(&cfg.empty, "empty", false, "found no example community")
		f.DurationVar(&cfg.interval, "checkpoint", time.Second, "interval of checkpoints")
		f.DurationVar(&cfg.reread, "reread", 30*time.Second, "rest before the whole record is read again and compared")
		f.StringVar(&cfg.adopt, "adopt", "", "take this community's stream as it is, though its head record is lost")
		f.StringVar(&cfg.logLevel, "log", "warn", "debug, info, warn or error")
		f.StringVar(&cfg.otlp.Endpoint, "otlp", "", "send traces to this OTLP/HTTP `address`, such as http://127.0.0.1:4318")
		f.StringVar(&cfg.otlp.HeadersFile, "otlp-headers", "", "`file` with headers for it, one a line, such as Authorization: Bearer …")
		f.Float64Var(&cfg.traceRatio, "trace-ratio", 1, "share of traces that is kept for the operator's pages, and sent, 0 to 1")
		f.StringVar(&cfg.phone, "phone", "", "`number` that residents' apps ring for help; everybody can read it")
		providers := f.String("providers", "", "file that names platforms by whose accounts members may sign in; docs/SIGN-IN.md tells how")
		if err := f.Parse(args); err != nil {
			return err
		}
		if f.NArg() != 0 {
			return errors.New("takes no arguments")
		}
		if *providers != "" {
			var err error
			if cfg.providers, err = readProviders(*providers); err != nil {
				return err
			}
		}
		say := func(format string, args ...any) { fmt.Fprintf(s.out, format+"\n", args...) }
		if err := cfg.mqtt.Check(); err != nil {
			return fmt.Errorf("-mqtt: %w", err)
		}
		if err := checkPhone(cfg.phone); err != nil {
			return fmt.Errorf("-phone: %w", err)
		}
		return tracedPilot(ctx, s, cfg, say)
	}
	return c
}

// tracedPilot runs a pilot whose spans go where the flags say.
func tracedPilot(ctx context.Context, s streams, cfg pilotConfig, say func(string, ...any)) error {
	if err := cfg.otlp.Check(); err != nil {
		return fmt.Errorf("-otlp: %w", err)
	}
	if cfg.traceRatio < 0 || cfg.traceRatio > 1 {
		return errors.New("-trace-ratio: want 0 to 1")
	}
	cfg.metrics = metrics.New("pilot")
	env := daemon.Env{Log: telemetry.NewLogger(s.err, "pilot", slog.LevelWarn), Metrics: cfg.metrics}
	cfg.traces = ring.New(ring.Config{})
	ctx, stop, err := daemon.Traced(ctx, "pilot", cfg.otlp, cfg.traceRatio, env, cfg.traces)
	if err != nil {
		return err
	}
	defer stop()
	return runPilot(ctx, s, cfg, say, nil)
}

// stateDir names the state directory after the data path, below the user's state directory.
func stateDir(data string) (string, error) {
	abs, err := filepath.Abs(data)
	if err != nil {
		return "", err
	}
	base := os.Getenv("XDG_STATE_HOME")
	if base == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", fmt.Errorf("find state directory (give -state): %w", err)
		}
		base = filepath.Join(home, ".local", "state")
	}
	sum := sha256.Sum256([]byte(abs))
	return filepath.Join(base, "renlin", filepath.Base(abs)+"-"+hex.EncodeToString(sum[:4])), nil
}

// lock keeps a second process off a directory, or off its own share of it; the kernel lets go of it when this one dies.
func lock(dir, name string) (*os.File, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(dir, name), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("%s is in use by another renlin", dir)
	}
	return f, nil
}

// lockBoth keeps a second pilot off its two directories, which must be two.
func lockBoth(cfg pilotConfig) (release func(), err error) {
	if err := keptApart(cfg.data, cfg.state); err != nil {
		return nil, fmt.Errorf("-state: %w", err)
	}
	var held []*os.File
	release = func() {
		for _, f := range held {
			_ = f.Close() // the lock goes with it
		}
	}
	for _, dir := range []string{cfg.data, cfg.state} {
		f, err := lock(dir, "lock")
		if err != nil {
			release()
			return nil, err
		}
		held = append(held, f)
	}
	return release, nil
}

// runPilot runs until ctx ends. started, if set, is told the gateway's address once everything is up.
func runPilot(ctx context.Context, s streams, cfg pilotConfig, say func(string, ...any), started func(address string)) error {
	if cfg.state == "" {
		var err error
		if cfg.state, err = stateDir(cfg.data); err != nil {
			return err
		}
	}
	if cfg.interval <= 0 {
		return errors.New("-checkpoint: want more than 0")
	}
	held, err := lockBoth(cfg)
	if err != nil {
		return err
	}
	defer held()
	var level slog.Level
	if err := level.UnmarshalText([]byte(cfg.logLevel)); err != nil {
		return errors.New("-log: want debug, info, warn or error")
	}
	log := telemetry.NewLogger(s.err, "pilot", level)
	listener, err := net.Listen("tcp", cfg.addr)
	if err != nil {
		return err
	}
	store := filepath.Join(cfg.data, "jetstream")
	server, err := bus.Start(store)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	defer func() {
		server.Shutdown()
		server.WaitForShutdown()
	}()
	env := process.Env{
		Dial: server.Dial, Data: cfg.data, State: cfg.state, Store: store, Adopt: []string{cfg.adopt}, RereadRest: cfg.reread,
		Models: process.Models(), Log: log, Health: daemon.NewHealth(), Metrics: cfg.metrics,
		Providers: cfg.providers, Process: rand.Text(), Traces: cfg.traces, Phone: cfg.phone,
	}
	watchDisks(env.Metrics, env.Data, env.State)
	token, err := process.Token(filepath.Join(cfg.data, "token"))
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	edge, nc, err := process.OpenGateway(env, token, true)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	defer func() {
		_ = edge.Close() // a lock, which goes with the process anyway
		nc.Close()
	}()
	home, err := process.HomeWitness(env)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	defer home.Close()
	mqtt, err := cfg.mqtt.listening(env, cfg.listening)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	carrier, err := carrying(filepath.Join(cfg.data, "carrier"), env)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	parts := slices.Concat(pilotParts(env, cfg, server, home), mqtt, []daemon.Service{
		carrier, reviewing(env, edge), observing(edge), daemon.Serve("http", listener, withHealth(env.Health, edge)),
		welcome(cfg, "http://"+listener.Addr().String(), say, started),
	})
	return daemon.Run(ctx, daemon.Env{Log: log, Health: env.Health}, parts...)
}

// pilotParts lists everything but the edge, in the order of starting.
func pilotParts(env process.Env, cfg pilotConfig, server *bus.Server, home *witness.Witness) []daemon.Service {
	fsync := sequencer.EmbeddedServer(func() *natsserver.Server { return server.Server })
	parts := []daemon.Service{
		part(env, bus.Sequencer, func(ctx context.Context) error { return process.RunSequencers(ctx, env, fsync) }),
		part(env, bus.Notary, func(ctx context.Context) error {
			return process.RunNotaries(ctx, env, process.NotaryConfig{Interval: cfg.interval, Home: home})
		}),
	}
	domain := process.DomainParts()
	for _, name := range []string{
		bus.Audit, bus.Community, bus.Proposal, bus.Voting, bus.Vault, bus.Ledger, bus.Keystore, bus.Trustee, bus.Registrar,
		bus.Aid, bus.Matching,
	} {
		parts = append(parts, part(env, name, func(ctx context.Context) error { return domain[name](ctx, env) }))
	}
	return parts
}

// part makes a service of work that others wait for by asking again, so that they may start at once. Whether it is ready, it tells
// Health itself.
func part(env process.Env, name string, run func(ctx context.Context) error) daemon.Service {
	process.Starting(env.Health, name)
	return daemon.Service{Name: name, Run: func(ctx context.Context, ready func()) error {
		ready()
		return run(ctx)
	}}
}

// withHealth puts /healthz and /readyz before the edge. It is no ServeMux: that answers an untidy address by saying a tidy one back,
// with whatever was typed in it.
func withHealth(health *daemon.Health, edge http.Handler) http.Handler {
	healthy := health.Handler()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/healthz", "/readyz":
			healthy.ServeHTTP(w, r)
		default:
			edge.ServeHTTP(w, r)
		}
	})
}

// welcome founds the example community at the first start and says how to go on.
func welcome(cfg pilotConfig, address string, say func(string, ...any), started func(string)) daemon.Service {
	return daemon.Service{Name: "welcome", Run: func(ctx context.Context, ready func()) error {
		founding, cancel := context.WithTimeout(ctx, time.Minute)
		defer cancel()
		g, err := gatewayAt(address, filepath.Join(cfg.data, "token"))
		if err != nil {
			return err
		}
		if err := awaitServices(founding, g); err != nil {
			return err
		}
		file := filepath.Join(cfg.data, "example.json")
		_, err = os.Stat(file)
		if errors.Is(err, os.ErrNotExist) && !cfg.empty {
			say("founding an example community (only at the first start; -empty leaves it out)")
			x, err := neighbourhood.FoundExample(founding, g, say)
			if err == nil {
				err = enrolProgram(founding, x, cfg.data, say)
			}
			if err == nil {
				err = inviteToConsole(founding, x, address, cfg.data)
			}
			if err == nil {
				err = writeExample(file, x)
			}
			if err != nil {
				return fmt.Errorf("found example community: %w", err)
			}
		}
		if err := rememberToken(cfg); err != nil {
			return err
		}
		say("ready: %s", address)
		if cfg.mqtt.Listen != "" {
			say("devices at home: mqtt://%s", cfg.mqtt.Listen)
		}
		say("operator's pages: %s%s", address, gateway.OperatorsPages)
		say("operator's token: %s", filepath.Join(cfg.data, "token"))
		if !cfg.empty {
			say("the example's people and their device keys: %s", file)
			say("sign in (development, this machine only): curl -X POST %s/v1/communities/ID/sessions -d '{\"member\":\"ID\"}'", address)
		}
		tellOfConsole(cfg.data, address, say)
		say("play the whole loop: renlin demo -http %s", address)
		ready()
		if started != nil {
			started(address)
		}
		<-ctx.Done()
		return nil
	}}
}

// enrolProgram makes the program that plans known to the example, where it may plan as far as two organisations let it.
func enrolProgram(ctx context.Context, x *neighbourhood.Example, data string, say func(string, ...any)) error {
	key, err := process.PlannerKey(data)
	if err != nil {
		return err
	}
	d, err := x.Program(ctx, key)
	if err != nil {
		return err
	}
	say("a program works out who serves whom; it plans by itself only while two organisations let it (member %s answers for it)", d.Member)
	return nil
}

// awaitServices waits until a founding could be answered: then every part is on the bus.
func awaitServices(ctx context.Context, g *client.Gateway) error {
	d := &client.Device{Gateway: g, Token: g.OperatorToken}
	d.Tries = 1 // it is asked again all the same
	return neighbourhood.Eventually(ctx, "services on the bus", func() error { return d.Get(ctx, "/v1/founding", new(any)) })
}
