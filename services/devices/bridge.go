package devices

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/op"
	"renlin.dev/pkg/telemetry"
	"renlin.dev/services/devices/internal/device"
)

const (
	// atOnceMax bounds the messages that are worked on at once.
	atOnceMax = 64
	// againAfter is when a message is tried again first whose device, or whose record, is not there; each pause is twice as long as the one
	// before, up to againMax.
	againAfter, againMax = time.Second, time.Minute
	// commandMax bounds one try.
	commandMax = 15 * time.Second
)

// mqttHeader is what nats-server writes on a message that came by MQTT: its first character is the quality.
const mqttHeader = "Nmqtt-Pub"

// bridge turns messages into commands.
type bridge struct {
	*Edge
	slots   chan struct{}
	working sync.WaitGroup
	places  *places
}

// Run lets devices in and takes what they say, until ctx ends. It says when it has begun to.
func (e *Edge) Run(ctx context.Context, ready func()) error {
	if err := e.connect(ctx); err != nil {
		return fmt.Errorf("mqtt: %w", err)
	}
	b := &bridge{Edge: e, slots: make(chan struct{}, atOnceMax), places: newPlaces()}
	sub, err := e.nc.Subscribe(device.SignalsPrefix+"*.*", func(m *nats.Msg) { b.once(ctx, m) })
	if err != nil {
		return err
	}
	consumer, err := e.js.Consumer(ctx, messagesStream, bridgeConsumer)
	if err != nil {
		return err
	}
	kept, err := consumer.Consume(func(m jetstream.Msg) { b.insist(ctx, m) }, jetstream.PullMaxMessages(atOnceMax))
	if err != nil {
		return err
	}
	e.door.open(ctx)
	defer e.watch(e.door.now)()
	ready()
	<-ctx.Done()
	kept.Drain() // what is not begun comes again after ackWait
	<-kept.Closed()
	_ = sub.Unsubscribe() // the connection goes anyway
	b.working.Wait()
	_ = e.nc.FlushTimeout(readyMax)
	return nil
}

// once tries a message of quality 0. Where too much waits already it is lost: that is what this quality promises.
func (b *bridge) once(ctx context.Context, m *nats.Msg) {
	if q := m.Header.Get(mqttHeader); q != "" && q[0] != '0' {
		return // it comes out of the store
	}
	select {
	case b.slots <- struct{}{}:
	default:
		b.meter.signal("0", signalLost)
		return
	}
	b.working.Go(func() {
		defer func() { <-b.slots }()
		t := &try{quality: "0", subject: m.Subject, data: m.Data, key: strings.ToLower(rand.Text()), at: b.door.now().UnixMilli(), first: true}
		if !b.work(ctx, t) {
			b.meter.signal(t.quality, signalLost)
		}
	})
}

// insist tries a message out of the store, until what became of it is final. One that is cut short comes again.
func (b *bridge) insist(ctx context.Context, m jetstream.Msg) {
	meta, err := m.Metadata()
	if err != nil {
		return
	}
	subject, at, place := strings.TrimPrefix(m.Subject(), messagesPrefix), meta.Timestamp.UnixMilli(), meta.Sequence.Stream
	name, _ := device.Sender(subject)
	if !device.Alarms(m.Data()) && !b.places.take(name, place, at, b.door.now().UnixMilli()) {
		if k := b.door.find(name); k != nil {
			b.tell(k, nil, ErrFlood)
		}
		b.meter.signal("1", signalFlood)
		b.meter.late.end(place)
		_ = m.Ack()
		return
	}
	b.meter.late.begin(place, at)
	select {
	case b.slots <- struct{}{}:
	case <-ctx.Done():
		_ = m.Nak()
		return
	}
	b.working.Go(func() {
		defer func() { <-b.slots }()
		defer keep(m)()
		t := &try{quality: "1", subject: subject, data: m.Data(), key: device.KeyOf(name, at, place), at: at, first: meta.NumDelivered == 1}
		if b.work(ctx, t) {
			b.places.leave(name, place)
			b.meter.late.end(place)
			_ = m.Ack() // if that is lost it comes again, and is known
			return
		}
		b.meter.signal(t.quality, signalWaits)
		_ = m.NakWithDelay(min(againAfter<<min(meta.NumDelivered-1, 10), againMax))
	})
}

// keep tells the store that a message is worked on, until what it answers is called. One that comes again all the same, because it waited
// long for a slot, is another try under one key.
func keep(m jetstream.Msg) (done func()) {
	ended := make(chan struct{})
	go func() {
		again := time.NewTicker(ackWait / 3)
		defer again.Stop()
		for {
			select {
			case <-again.C:
				_ = m.InProgress()
			case <-ended:
				return
			}
		}
	}()
	return func() { close(ended) }
}

// try is one attempt to have a message recorded.
type try struct {
	quality      string // of its message
	subject, key string
	data         []byte
	at           int64 // when it was said
	first        bool
}

// work tries a message and tells its device what became of it, if that is final. What a device that nobody knows any more has said waits
// for it to come back.
func (b *bridge) work(ctx context.Context, t *try) (final bool) {
	name, ok := device.Sender(t.subject)
	if !ok {
		return true
	}
	k := b.door.find(name)
	if k == nil {
		return false
	}
	ctx, span := telemetry.Start(ctx, "mqtt signal")
	answer, err := b.record(ctx, k, t)
	telemetry.End(span, err)
	f := fault.Of(err)
	if f != nil && temporary(f) {
		b.cfg.Log.DebugContext(ctx, "signal waits", "community", k.Community, "fault", f.Code)
		return false
	}
	switch {
	case f == nil:
		b.meter.recorded(t.quality, t.at, b.door.now().UnixMilli())
	case f.Code == ErrFlood.Code:
		b.meter.signal(t.quality, signalFlood)
	default:
		b.meter.signal(t.quality, signalRefused)
	}
	if f != nil {
		b.cfg.Log.InfoContext(ctx, "signal refused", "community", k.Community, "fault", f.Code)
		if f.Code == unknownSensor {
			b.door.forget(name)
		}
	}
	b.tell(k, answer, f)
	return true
}

// unknownSensor is what the aid service says of a device that was signed off.
const unknownSensor = "sensor.unknown"

// temporary tells whether another try may come to something else; where the failure is our own, it may. That a device speaks too fast is
// final: it would only speak later.
func temporary(f *fault.Fault) bool {
	return (f.Kind.Temporary() || f.Kind == fault.Internal) && f.Code != ErrFlood.Code
}

// record has a message recorded as its device's command.
func (b *bridge) record(ctx context.Context, k *known, t *try) (*op.Answer, error) {
	said, err := device.Read(t.data)
	if err != nil {
		return nil, err
	}
	if t.first && !k.says(said, b.door.now()) {
		return nil, ErrFlood
	}
	raw, err := k.Command(k.genesis, said, t.key, t.at)
	if err != nil {
		return nil, fault.ErrInternal.Because(err)
	}
	ctx, cancel := context.WithTimeout(ctx, commandMax)
	defer cancel()
	answer, err := b.door.call.Command("aid")(ctx, &op.Request{Community: k.Community, Raw: raw})
	if err != nil {
		return nil, err
	}
	return answer.(*op.Answer), nil
}

// told is what a device hears.
type told struct {
	Recorded bool   `json:"recorded"`
	Index    uint64 `json:"index,omitempty"`
	Code     string `json:"code,omitempty"`
	English  string `json:"en,omitempty"`
	Chinese  string `json:"zh,omitempty"`
}

// tell says what became of a message. Whether the device listens is its own business.
func (b *bridge) tell(k *known, answer *op.Answer, f *fault.Fault) {
	out := told{Recorded: f == nil}
	if f == nil {
		out.Index = answer.Index
	} else {
		out.Code, out.English, out.Chinese = f.Code, f.English, f.Chinese
	}
	raw, err := json.Marshal(out)
	if err == nil {
		_ = b.nc.Publish(k.Answers(), raw)
	}
}
