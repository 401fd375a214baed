// Package daemon is what every main does: flags, configuration, log, signals, health, an orderly start and an orderly stop.
//
// Its rules, in plain words:
//
//   - Services start in order, each when the one before is ready, and stop in reverse order, each when the one after has ended. So a
//     service may use everything that was started before it, until its own last line.
//   - The first error wins and stops everything. A service that ends unasked has failed, even without an error.
//   - Every goroutine started here is waited for.
//   - A configuration is a JSON file; every field has a usable zero value; an unknown, repeated or misspelt key is refused with file
//     and line.
//   - Exit codes: 0 done, 1 failed, 2 wrong use or unreadable configuration, with one line on stderr.
package daemon

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os/signal"
	"syscall"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"renlin.dev/pkg/telemetry"
	"renlin.dev/pkg/telemetry/metrics"
	"renlin.dev/pkg/telemetry/otlp"
)

// Common is the part of the configuration that every daemon has. Embed it in the daemon's own struct.
type Common struct {
	// LogLevel is "debug", "info" (the default), "warn" or "error".
	LogLevel string `json:"log_level"`
	// Health is the address that answers /healthz, /readyz and /metrics, such as "127.0.0.1:8081"; none if empty. Whoever reaches it may
	// read them: they hold ids, numbers and codes, and nobody's data.
	Health string `json:"health"`
	// TraceRatio is the share of traces that are recorded and sent to OTLP, 0 (the default) to 1.
	TraceRatio float64 `json:"trace_ratio"`
	// OTLP says where spans are sent; nowhere if it names no endpoint.
	OTLP otlp.Config `json:"otlp"`
}

// Base answers the common part; embedding Common makes a struct a Config.
func (c *Common) Base() *Common { return c }

// Config is a pointer to a struct that embeds Common. If it has a method Check() error, that judges what the types cannot.
type Config interface{ Base() *Common }

// Env is what a daemon is given.
type Env struct {
	// Log writes JSON lines to stderr.
	Log *slog.Logger
	// Health collects who is ready; services beyond those of the group may register.
	Health *Health
	// Metrics takes what the daemon counts and measures.
	Metrics *metrics.Registry
}

// Program describes a daemon to Main.
type Program struct {
	// Name is the daemon's name in logs and traces.
	Name string
	// Config is filled from the file that -config names.
	Config Config
	// Services answers what to run, in the order of starting. It is called once, with Config filled.
	Services func(ctx context.Context, env Env) ([]Service, error)
}

// shutdownTimeoutMax bounds what is done after the services have stopped: the last spans, the last answers.
const shutdownTimeoutMax = 5 * time.Second

// Main runs a program until ctx ends, SIGINT or SIGTERM comes, or a service fails, and answers the exit code. A second signal ends
// the process at once.
func Main(ctx context.Context, p Program, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet(p.Name, flag.ContinueOnError)
	flags.SetOutput(stderr)
	file := flags.String("config", "", "read the configuration from this JSON `file`")
	checkOnly := flags.Bool("check-config", false, "check the configuration and do nothing else")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return 0
	} else if err != nil {
		return 2 // flag has said what is wrong
	}
	if flags.NArg() > 0 {
		fmt.Fprintf(stderr, "%s: no arguments are expected\n", p.Name)
		return 2
	}
	level, err := configure(*file, p.Config)
	if err != nil {
		fmt.Fprintf(stderr, "%s: %v\n", p.Name, err)
		return 2
	}
	if *checkOnly {
		fmt.Fprintln(stdout, "configuration is well")
		return 0
	}
	log := telemetry.NewLogger(stderr, p.Name, level)
	if err := run(ctx, p, log); err != nil {
		log.Error("stopped by an error", "err", err)
		return 1
	}
	log.Info("stopped")
	return 0
}

// configure reads and judges the configuration.
func configure(file string, config Config) (slog.Level, error) {
	var level slog.Level
	if file != "" {
		if err := ReadConfig(file, config); err != nil {
			return level, err
		}
	}
	common := config.Base()
	if common.LogLevel != "" {
		if err := level.UnmarshalText([]byte(common.LogLevel)); err != nil {
			return level, errors.New("check configuration: log_level is none of debug, info, warn, error")
		}
	}
	if common.TraceRatio < 0 || common.TraceRatio > 1 {
		return level, errors.New("check configuration: trace_ratio is not between 0 and 1")
	}
	if err := common.OTLP.Check(); err != nil {
		return level, fmt.Errorf("check configuration: otlp: %w", err)
	}
	if own, ok := config.(interface{ Check() error }); ok {
		if err := own.Check(); err != nil {
			return level, fmt.Errorf("check configuration: %w", err)
		}
	}
	return level, nil
}

// Traced answers a context in which spans are recorded and sent as the configuration says. stop sends what is still waiting, for as long
// as a stop may take; call it once, at the end. What is within the process gets them too.
func Traced(
	ctx context.Context, name string, cfg otlp.Config, ratio float64, env Env, within ...sdktrace.SpanExporter,
) (traced context.Context, stop func(), err error) {
	exporter, err := otlp.New(ctx, cfg, env.Log, env.Metrics)
	if err != nil {
		return nil, nil, fmt.Errorf("send spans: %w", err)
	}
	provider, shutdown := telemetry.NewProvider(name, exporter, ratio, within...)
	return telemetry.WithProvider(ctx, provider), func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeoutMax)
		defer cancel()
		if err := shutdown(ctx); err != nil {
			env.Log.Warn("last spans lost", "err", err)
		}
	}, nil
}

// Handler answers /healthz, /readyz and /metrics: what the health address serves.
func (e Env) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", e.Health.Handler())
	mux.Handle("GET /metrics", e.Metrics.Handler())
	return mux
}

// run is Main after the configuration.
func run(ctx context.Context, p Program, log *slog.Logger) error {
	env := Env{Log: log, Health: NewHealth(), Metrics: metrics.New(p.Name)}
	ctx, stopTraces, err := Traced(ctx, p.Name, p.Config.Base().OTLP, p.Config.Base().TraceRatio, env)
	if err != nil {
		return err
	}
	defer stopTraces()
	ctx, cancel := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM)
	defer cancel()
	context.AfterFunc(ctx, cancel) // from now on a signal does what it does by default
	var services []Service
	if addr := p.Config.Base().Health; addr != "" {
		listener, err := net.Listen("tcp", addr)
		if err != nil {
			return fmt.Errorf("listen for health: %w", err)
		}
		services = append(services, Serve("health", listener, env.Handler()))
	}
	own, err := p.Services(ctx, env)
	if err != nil {
		return fmt.Errorf("set up services: %w", err)
	}
	return Run(ctx, env, append(services, own...)...)
}
