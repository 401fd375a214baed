package sequencer

import (
	"errors"
	"time"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/chain/order"
	"renlin.dev/pkg/telemetry/metrics"
)

// What a sequencer measures.
var (
	definitionAppends = metrics.Definition{
		Name: "renlin_sequencer_appends_total", Help: "Requests to the sequencer by what became of them; repeated ones as kind repeated.",
		Labels: []string{"outcome", "kind"},
	}
	definitionAppend = metrics.Definition{
		Name: "renlin_sequencer_append_duration_seconds", Help: "Time from a request's arrival in the queue until its answer may leave.",
	}
	definitionPublish = metrics.Definition{
		Name: "renlin_sequencer_publish_duration_seconds", Help: "Time from a block's sending until JetStream has it on disk and says so.",
	}
	definitionCommits = metrics.Definition{
		Name: "renlin_sequencer_block_commits", Help: "Commits in a block that became durable.",
		Buckets: []float64{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024},
	}
	definitionBytes = metrics.Definition{
		Name: "renlin_sequencer_block_size_bytes", Help: "Bytes of a block that became durable; a block may have 768 KiB.",
		Buckets: []float64{1 << 10, 4 << 10, 16 << 10, 64 << 10, 128 << 10, 256 << 10, 512 << 10, 768 << 10},
	}
	definitionSize = metrics.Definition{
		Name: "renlin_sequencer_size_commits", Help: "Commits that are durable on the record.", Labels: []string{"community"},
	}
	definitionTime = metrics.Definition{
		Name: "renlin_sequencer_block_timestamp_seconds", Help: "The newest durable block's time, since the Unix epoch.",
		Labels: []string{"community"},
	}
	definitionWaiting = metrics.Definition{
		Name: "renlin_sequencer_waiting_requests", Help: "Requests that wait in the queue; beyond 8192 they are turned away.",
		Labels: []string{"community"},
	}
	definitionFull = metrics.Definition{
		Name: "renlin_sequencer_full", Help: "1 while nothing is written because there is no room; it goes on by itself once there is.",
		Labels: []string{"community"},
	}
	definitionStopped = metrics.Definition{
		Name:   "renlin_sequencer_stopped",
		Help:   "1 while writing is stopped for a reason of this sort, until an operator starts the sequencer anew; the log names the reason.",
		Labels: []string{"community", "reason"},
	}
)

// The sorts of reasons for which writing stops.
const (
	byClock  = "clock"  // the wall clock was moved
	byHalt   = "halted" // audit has found something, or the process ends
	byDisk   = "disk"   // the head record could not be written
	byFsync  = "fsync"  // a server acknowledges before it syncs
	byRival  = "rival"  // another sequencer writes
	byRecord = "record" // the record, or where it is kept, is not what it was
)

// sort tells what sort of difference it is.
func (d *Difference) sort() string {
	switch {
	case errors.Is(errNotAlways, d):
		return byFsync
	case d.rival:
		return byRival
	}
	return byRecord
}

// WatchRefused shows that a community's writing is refused, for whoever could not even open its sequencer.
func WatchRefused(m *metrics.Registry, community string, d *Difference) (forget func()) {
	return m.Watch(definitionStopped, func() float64 { return 1 }, community, d.sort())
}

// meter is where the sequencer counts. The loop's goroutine uses it, and whoever brings requests.
type meter struct {
	on                              bool
	appends                         metrics.Counter
	done, repeated                  metrics.Count
	waited, publish, commits, bytes metrics.Measure
	forget                          func()
}

func newMeter(m *metrics.Registry) meter {
	appends := m.Counter(definitionAppends)
	return meter{
		on: m != nil, appends: appends, done: appends.With("ok", "ok"), repeated: appends.With("ok", "repeated"),
		waited: m.Histogram(definitionAppend).With(), publish: m.Histogram(definitionPublish).With(),
		commits: m.Histogram(definitionCommits).With(), bytes: m.Histogram(definitionBytes).With(),
		forget: func() {},
	}
}

// now gives the time if anybody measures.
func (m *meter) now() (now time.Time) {
	if m.on {
		now = time.Now()
	}
	return now
}

// published measures a block that has become durable.
func (m *meter) published(commits uint32, bytes int, took time.Duration) {
	m.commits.Observe(float64(commits))
	m.bytes.Observe(float64(bytes))
	m.publish.Observe(took.Seconds())
}

// answered measures a request that was judged.
func (m *meter) answered(came, now time.Time, v *order.Verdict) {
	switch {
	case !m.on:
		return
	case v.Fault != nil:
		m.refused(v.Fault)
	case v.Repeated:
		m.repeated.Add(1)
	default:
		m.done.Add(1)
	}
	m.waited.Observe(now.Sub(came).Seconds())
}

// refused counts a request that was not judged.
func (m *meter) refused(err error) {
	code, kind := metrics.Outcome(err)
	m.appends.With(code, kind).Add(1)
}

func oneIf(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

// watch shows the gauges of the community until forget is called.
func (s *Sequencer) watch(m *metrics.Registry) (forget func()) {
	if s.cfg.Genesis.IsZero() {
		return func() {} // nothing is founded, so there is nothing to see
	}
	community := chain.CommunityID(s.cfg.Genesis)
	all := []func(){m.Watches(map[*metrics.Definition]func() float64{
		&definitionSize:    func() float64 { return float64(s.Info().Size) },
		&definitionTime:    func() float64 { return float64(s.Info().Time) / 1000 },
		&definitionWaiting: func() float64 { return float64(s.queue.length()) },
		&definitionFull:    func() float64 { return oneIf(s.now.Load().full) },
	}, community)}
	for _, by := range []string{byClock, byHalt, byDisk, byFsync, byRival, byRecord} {
		all = append(all, m.Watch(definitionStopped, func() float64 { return oneIf(s.now.Load().by == by) }, community, by))
	}
	return func() {
		for _, forget := range all {
			forget()
		}
	}
}
