// Package process puts services together into the processes that run: each as a daemon of its own, or all of them in a pilot. Both
// shapes run this same code; only where the bus is differs.
//
// In plain words: a part learns of a community by its stream. It then starts what it does for that community, and starts it again,
// a little later each time, when that fails; one community's trouble is not another's.
package process

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"renlin.dev/pkg/daemon"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/telemetry/metrics"
	"renlin.dev/pkg/telemetry/ring"
	"renlin.dev/services/gateway"
)

// Env is what every part gets.
type Env struct {
	// Dial connects a part to the bus under its own name.
	Dial func(user string, options ...nats.Option) (*nats.Conn, error)
	// Data is the data directory; State lies outside it and holds what must not be restored with it.
	Data, State string
	// Store is the folder of an embedded server's streams; empty when the server runs apart.
	Store string
	// Adopt names communities whose head record was lost and whose stream was not, on the operator's word.
	Adopt []string
	// RereadRest is audit's rest between two readings of the whole record; 0 is audit's own.
	RereadRest time.Duration
	// DevelopmentFrom are networks that the gateway takes for the machine itself when somebody signs in for development.
	DevelopmentFrom []netip.Prefix
	// Limits say how much anybody may ask of the gateway.
	Limits gateway.Limits
	// Providers are platforms by whose accounts members may sign in at the gateway.
	Providers []gateway.ProviderConfig
	// Phone is the number that residents' apps ring for help unless somebody has noted another on theirs.
	Phone string
	// Follow has trustees, the second keystore and the registrar follow the record themselves; nil: they take the voting service's word,
	// as in a pilot, where all parts are one process.
	Follow *Following
	// Health is told how each part's work goes; nil if nobody asks.
	Health *daemon.Health
	Models []*decider.Model
	Log    *slog.Logger
	// Process is drawn at random at the start of a process: by it an operator's page knows which parts are one process.
	Process string
	// Traces keeps the newest traces for the operator's pages; nil keeps none.
	Traces *ring.Ring
	// Metrics takes what the parts count and measure; nil takes nothing.
	Metrics *metrics.Registry
}

func (e *Env) logger() *slog.Logger { return cmp.Or(e.Log, slog.New(slog.DiscardHandler)) }

// streamPrefix begins the name of every community's stream.
const streamPrefix = "EVT_"

// How often a part looks for new communities: more often when it has just started or has just found one, for then all parts wait for
// each other.
const (
	watchIntervalMin = 30 * time.Millisecond
	watchInterval    = 300 * time.Millisecond
)

// serveEach starts run for every community on the bus, now and later, until ctx ends; then it waits for all of them.
func serveEach(ctx context.Context, nc *nats.Conn, log *slog.Logger, run func(ctx context.Context, community string) error) error {
	js, err := jetstream.New(nc)
	if err != nil {
		return err
	}
	list := func(ctx context.Context) []string { return communitiesOn(ctx, js) }
	return serveListed(ctx, log, list, run)
}

// serveListed is serveEach for those who know of communities from elsewhere as well.
func serveListed(
	ctx context.Context, log *slog.Logger, list func(ctx context.Context) []string, run func(ctx context.Context, community string) error,
) error {
	var wg sync.WaitGroup
	defer wg.Wait()
	known := map[string]bool{}
	for pause := watchIntervalMin; ; pause = min(pause*9/8, watchInterval) {
		for _, community := range list(ctx) {
			if known[community] {
				continue
			}
			known[community], pause = true, watchIntervalMin
			wg.Go(func() { keep(ctx, log, community, run) })
		}
		if !sleep(ctx, pause) {
			return nil
		}
	}
}

// communitiesOn lists the communities by their streams; none while the server cannot be reached.
func communitiesOn(ctx context.Context, js jetstream.JetStream) []string {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	var out []string
	names := js.StreamNames(ctx)
	for name := range names.Name() {
		if community, ok := strings.CutPrefix(name, streamPrefix); ok {
			out = append(out, community)
		}
	}
	return out
}

// errFinal marks a failure that trying again cannot mend.
var errFinal = errors.New("stopped for good")

// The pause before a community's work begins again, growing. At a start the first failures are those of parts that others are still to come
// up beside.
const (
	keepWaitMin = 25 * time.Millisecond
	keepWaitMax = 10 * time.Second
)

// keep runs one community's work until ctx ends, again after every failure, with growing pauses.
func keep(ctx context.Context, log *slog.Logger, community string, run func(ctx context.Context, community string) error) {
	for wait := keepWaitMin; ; wait = min(2*wait, keepWaitMax) {
		began := time.Now()
		life, end := context.WithCancel(ctx)
		err := run(life, community)
		end() // what it offered on the bus is not available any more
		if ctx.Err() != nil {
			return
		}
		log.Warn("work for a community ended", "community", community, "err", err)
		if errors.Is(err, errFinal) || errors.Is(err, decider.ErrFold) {
			return
		}
		if time.Since(began) > time.Minute {
			wait = keepWaitMin
		}
		if !sleep(ctx, wait) {
			return
		}
	}
}

func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
