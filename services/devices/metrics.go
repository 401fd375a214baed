package devices

import (
	"sync"
	"time"

	"renlin.dev/pkg/telemetry/metrics"
)

// What the edge for devices measures. Nothing here names a device: which one it was, the log says by its community.
var (
	definitionConnections = metrics.Definition{
		Name: "renlin_mqtt_connections", Help: "Devices that are connected over MQTT.",
	}
	definitionAttempts = metrics.Definition{
		Name: "renlin_mqtt_connects_total", Labels: []string{"outcome"},
		Help: "Attempts of devices to connect over MQTT, by what became of them.",
	}
	definitionSignals = metrics.Definition{
		Name: "renlin_mqtt_signals_total", Labels: []string{"quality", "outcome"},
		Help: "Tries to have recorded what devices said over MQTT, by quality of service and what became of them; each waiting one again.",
	}
	definitionSignalDelay = metrics.Definition{
		Name: "renlin_mqtt_signal_delay_seconds", Help: "Time from when a device had said something over MQTT to its being on the record.",
	}
	definitionOldest = metrics.Definition{
		Name: "renlin_mqtt_waiting_oldest_seconds",
		Help: "For how long the oldest of what devices said, and which is neither recorded nor refused, has waited; 0 while there is nothing.",
	}
)

// What becomes of an attempt to connect. The first that applies counts.
const (
	connectOk      = "ok"
	connectClosed  = "not_open" // before the edge works, or when it ends
	connectFlood   = "flood"    // too many of one network
	connectForm    = "malformed"
	connectUnknown = "unknown" // not on the record, or not any more
	connectAway    = "unavailable"
)

// What becomes of a try to have something recorded.
const (
	signalOk      = "ok"
	signalFlood   = "flood" // too fast, or more than may wait
	signalRefused = "refused"
	signalWaits   = "waits" // its device, or the record, is not there
	signalLost    = "lost"  // of quality 0, for there was no room, or nobody to record it
)

// meter is where the edge counts.
type meter struct {
	connects metrics.Counter
	signals  metrics.Counter
	delay    metrics.Measure
	late     *lateness
}

func newMeter(m *metrics.Registry) meter {
	out := meter{
		connects: m.Counter(definitionAttempts), signals: m.Counter(definitionSignals), delay: m.Histogram(definitionSignalDelay).With(),
		late: &lateness{waiting: map[uint64]int64{}},
	}
	out.connects.With(connectOk)
	for _, quality := range []string{"0", "1"} {
		out.signals.With(quality, signalOk)
	}
	return out
}

// signal counts a try; quality is that of its message.
func (m *meter) signal(quality, outcome string) { m.signals.With(quality, outcome).Add(1) }

// recorded counts one that is on the record now.
func (m *meter) recorded(quality string, said, now int64) {
	m.signal(quality, signalOk)
	m.delay.Observe(float64(max(0, now-said)) / 1000)
}

// watch shows what is only looked at when somebody collects.
func (e *Edge) watch(now func() time.Time) (forget func()) {
	connections := e.cfg.Metrics.Watch(definitionConnections, func() float64 {
		return float64(max(0, e.broker.NumClients()-1)) // this process has joined too
	})
	oldest := e.cfg.Metrics.Watch(definitionOldest, func() float64 { return e.meter.late.oldest(now()).Seconds() })
	return func() { connections(); oldest() }
}

// lateness knows what out of the store is neither recorded nor refused. It is bounded by how many the store gives out at once.
type lateness struct {
	mu      sync.Mutex       // guards what follows
	waiting map[uint64]int64 // place in the store -> when it was said
}

func (l *lateness) begin(place uint64, said int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waiting[place] = said
}

func (l *lateness) end(place uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.waiting, place)
}

// oldest gives how long the oldest has waited. What the store has given up waits no more.
func (l *lateness) oldest(now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	first := now.UnixMilli()
	for place, said := range l.waiting { // any order: the smallest is taken
		if now.UnixMilli()-said > keptMax.Milliseconds() {
			delete(l.waiting, place)
			continue
		}
		first = min(first, said)
	}
	return time.Duration(now.UnixMilli()-first) * time.Millisecond
}
