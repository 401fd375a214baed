package devices_test

import (
	"context"
	"crypto/ed25519"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"log/slog"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/natstest"
	"renlin.dev/pkg/op"
	"renlin.dev/pkg/telemetry/metrics"
	"renlin.dev/pkg/telemetry/teltest"
	"renlin.dev/services/devices"
)

// record stands where the aid service and the sequencer stand on the bus: it knows some sensors and keeps what it is sent.
type record struct {
	community string
	genesis   chain.Hash

	mu      sync.Mutex // guards what follows
	down    bool       // tries come to nothing
	sensors map[string]string
	refuse  []*fault.Fault // one for each of the next commands
	seen    []*chain.Signed
	later   time.Duration      // how much later it is there than it is here
	arrived chan *chain.Signed // every try
}

// street is an edge on a bus with a record.
type street struct {
	*testing.T
	*record
	bus *natstest.Server
	rec *teltest.Recorder
	dir string

	certificate *tls.Certificate
	now         func() time.Time
	metrics     *metrics.Registry
	clients     int // that were made, each under another id than the three before

	edge *devices.Edge
	stop func()
}

func newStreet(t *testing.T) *street {
	t.Helper()
	r := &record{genesis: chain.Hash{1, 2, 3}, sensors: map[string]string{}, arrived: make(chan *chain.Signed, 1024)}
	r.community = chain.CommunityID(r.genesis)
	s := &street{T: t, record: r, bus: natstest.Run(t), rec: teltest.New(t), dir: t.TempDir(), metrics: metrics.New("devices")}
	nc := s.bus.Connect(t)
	service, err := op.NewService(nc, "aid")
	if err != nil {
		t.Fatal(err)
	}
	if err := service.Commands(s.rec.Context(t.Context()), r.community, r.command); err != nil {
		t.Fatal(err)
	}
	if err := service.Queries(t.Context(), r.community, r.query); err != nil {
		t.Fatal(err)
	}
	info := func(context.Context, []byte) ([]byte, error) {
		return json.Marshal(map[string]string{"genesis": r.genesis.String()})
	}
	if err := service.Bytes(t.Context(), "seq."+r.community+".info", "info", info); err != nil {
		t.Fatal(err)
	}
	s.start()
	return s
}

// start runs the edge, on the store that was left.
func (s *street) start() {
	s.Helper()
	edge, err := devices.Open(devices.Config{
		Listen: "127.0.0.1:0", Certificate: s.certificate, Dir: s.dir, Bus: s.bus.Connect(s.T), Log: slog.New(slog.DiscardHandler), Now: s.now,
		Metrics: s.metrics,
	})
	if err != nil {
		s.Fatal(err)
	}
	ctx, cancel := context.WithCancel(s.rec.Context(context.WithoutCancel(s.Context())))
	done := make(chan error, 1)
	ready := make(chan struct{})
	go func() { done <- edge.Run(ctx, func() { close(ready) }) }()
	s.edge, s.stop = edge, sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			s.Error(err)
		}
		if err := edge.Close(); err != nil {
			s.Error(err)
		}
	})
	s.Cleanup(s.stop)
	next(s, ready)
}

func (r *record) command(_ context.Context, request any) (any, error) {
	signed, err := chain.DecodeSigned(request.(*op.Request).Raw)
	if err != nil {
		return nil, err
	}
	id, err := signed.ID(chain.AuthorDevice, "aid")
	if err != nil {
		return nil, err
	}
	if err := signed.CheckSignatures(r.genesis, id); err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	defer func() { r.arrived <- signed }()
	if r.down {
		return nil, fault.ErrUnavailable
	}
	if len(r.refuse) > 0 {
		f := r.refuse[0]
		r.refuse = r.refuse[1:]
		return nil, f
	}
	if signed.NotAfter <= time.Now().Add(r.later).UnixMilli() {
		return nil, chain.ErrExpired
	}
	for i, before := range r.seen {
		if before.IdempotencyKey == signed.IdempotencyKey {
			return &op.Answer{Index: uint64(i), Repeated: true}, nil
		}
	}
	r.seen = append(r.seen, signed)
	return &op.Answer{Index: uint64(len(r.seen) - 1)}, nil
}

func (r *record) query(_ context.Context, request any) (any, error) {
	id, _ := strings.CutPrefix(request.(*op.Query).Path, "sensor/")
	r.mu.Lock()
	defer r.mu.Unlock()
	state, ok := r.sensors[id]
	if !ok {
		return nil, fault.New(fault.NotFound, "record.unknown", "There is none.", "没有。")
	}
	return &op.Page{Records: []op.Record{{Path: "sensor/" + id, State: json.RawMessage(state)}}}, nil
}

// enrol makes a device that the record knows as it is told.
func (r *record) enrol(seed byte, state string) (name, password string) {
	raw := [32]byte{seed}
	sensor := chain.KeyID(ed25519.NewKeyFromSeed(raw[:]).Public().(ed25519.PublicKey))
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sensors[sensor] = state
	return r.community + "/" + sensor, hex.EncodeToString(raw[:])
}

// is has the record be there, or not.
func (r *record) is(down bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.down = down
}

// byPassword is how a device stands on the record that may connect.
const byPassword = `{"by_password":true}`

// patience bounds every wait for what must come.
const patience = 30 * time.Second

func (s *street) client(name, password string, change func(*mqtt.ClientOptions)) (mqtt.Client, error) {
	s.Helper()
	_, id, _ := strings.Cut(name, "/")
	id += []string{"", "-1", "-2", "-3"}[s.clients%4]
	s.clients++
	o := mqtt.NewClientOptions().AddBroker("tcp://" + s.edge.Address()).SetUsername(name).SetPassword(password).SetAutoReconnect(false)
	o.SetConnectTimeout(patience).SetClientID(id)
	if change != nil {
		change(o)
	}
	c := mqtt.NewClient(o)
	token := c.Connect()
	if !token.WaitTimeout(patience) {
		s.Fatal("no answer to a connection")
	}
	if token.Error() == nil {
		s.Cleanup(func() { c.Disconnect(0) })
	}
	return c, token.Error()
}

// device connects, and listens to what it is told.
func (s *street) device(name, password string) (c mqtt.Client, answers <-chan string) {
	s.Helper()
	c, err := s.client(name, password, nil)
	if err != nil {
		s.Fatal(err)
	}
	said := make(chan string, 64)
	s.await(c.Subscribe("answers/"+name, 0, func(_ mqtt.Client, m mqtt.Message) { said <- string(m.Payload()) }))
	return c, said
}

func (s *street) await(t mqtt.Token) {
	s.Helper()
	if !t.WaitTimeout(patience) || t.Error() != nil {
		s.Fatalf("not done: %v", t.Error())
	}
}

// next waits for what comes on a channel.
func next[T any](s *street, c <-chan T) (got T) {
	s.Helper()
	select {
	case got = <-c:
	case <-time.After(patience):
		s.Fatal("nothing came")
	}
	return got
}

const fall = `{"kind":"fall","level":"alarm"}`

// TestSays: what a device says, at each quality, is one command that it has signed, and it is told so.
func TestSays(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	name, password := s.enrol(1, byPassword)
	c, answers := s.device(name, password)
	for quality := range byte(2) {
		s.await(c.Publish("signals/"+name, quality, false, fall))
		got := next(s, s.arrived)
		if got.Operation != "aid.send_signal" || string(got.Body) != `{"kind":"SIGNAL_KIND_FALL","level":"SIGNAL_LEVEL_ALARM"}` {
			t.Errorf("quality %d: %s %s", quality, got.Operation, got.Body)
		}
		if said := next(s, answers); !strings.HasPrefix(said, `{"recorded":true`) {
			t.Errorf("quality %d: told %s", quality, said)
		}
	}
	s.await(c.Publish("signals/"+name, 1, false, `{"kind":"well"}`))
	if got := next(s, s.arrived); got.Operation != "aid.send_well" {
		t.Errorf("well: %s", got.Operation)
	}
	next(s, answers)
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.seen) != 3 {
		t.Errorf("%d commands", len(s.seen))
	}
}

// TestQuality2: who sends at quality 2 is hung up on, also with a last will; nothing of it is kept, and others' messages are taken.
func TestQuality2(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	name, password := s.enrol(1, byPassword)
	c, _ := s.device(name, password)
	lost := make(chan error, 1)
	other, err := s.client(name, password, func(o *mqtt.ClientOptions) {
		o.SetConnectionLostHandler(func(_ mqtt.Client, err error) { lost <- err })
	})
	if err != nil {
		t.Fatal(err)
	}
	other.Publish("signals/"+name, 2, false, fall)
	next(s, lost)
	if _, err := s.client(name, password, func(o *mqtt.ClientOptions) { o.SetWill("signals/"+name, fall, 2, false) }); err == nil {
		t.Error("it came with a will of quality 2")
	}
	s.await(c.Publish("signals/"+name, 1, false, `{"kind":"smoke","level":"alarm"}`))
	if got := next(s, s.arrived); !strings.Contains(string(got.Body), "SMOKE") {
		t.Errorf("arrived %s", got.Body)
	}
}

// TestTrace: what becomes of a message is one trace, from the listener to the service.
func TestTrace(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	name, password := s.enrol(1, byPassword)
	c, answers := s.device(name, password)
	s.await(c.Publish("signals/"+name, 1, false, fall))
	next(s, answers)
	s.rec.Wait(t, "mqtt signal", 1)
	s.rec.Wait(t, "aid command", 1)
	const want = "mqtt signal\n  aid command\n"
	if got := teltest.Tree(t, s.rec.Spans()); got != want {
		t.Errorf("spans:\n%s", got)
	}
}

// TestLetIn: whom the record does not know by this password does not come in.
func TestLetIn(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	good, password := s.enrol(1, byPassword)
	signing, its := s.enrol(2, `{}`)
	ended, old := s.enrol(3, `{"by_password":true,"revoked":true}`)
	_, other := s.enrol(4, byPassword)
	for _, c := range []struct {
		what, name, password string
		in                   bool
	}{
		{"enrolled by password", good, password, true},
		{"with another's password", good, other, false},
		{"without a password", good, "", false},
		{"with a short one", good, password[:62], false},
		{"one that signs", signing, its, false},
		{"signed off", ended, old, false},
		{"of no community", strings.Repeat("a", 26) + good[26:], password, false},
		{"by no name", "renlin-devices", password, false},
		{"with more in its name", good + "/x", password, false},
		{"with a wildcard for a name", "*/*", password, false},
	} {
		if _, err := s.client(c.name, c.password, nil); (err == nil) != c.in {
			t.Errorf("%s: %v", c.what, err)
		}
	}
}

// TestOwnConnection: nobody comes under another's client id, which would cut that one off, and nobody has more than four, for each of which
// the broker keeps something.
func TestOwnConnection(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	first, password := s.enrol(1, byPassword)
	second, its := s.enrol(2, byPassword)
	as := func(clientID string) func(*mqtt.ClientOptions) {
		return func(o *mqtt.ClientOptions) { o.SetClientID(clientID) }
	}
	own := second[strings.IndexByte(second, '/')+1:]
	victim, err := s.client(second, its, as(own))
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		if _, err := s.client(first, password, as(own)); err == nil {
			t.Error("it came under another's client id")
		}
	}
	s.await(victim.Publish("signals/"+second, 1, false, fall))
	next(s, s.arrived)
	for _, clientID := range []string{"", own[:8], own[:25], "K5KWjdWi7xGSxxxfooBarq", own + "-4", own + "x"} {
		for _, clean := range []bool{true, false} {
			if _, err := s.client(second, its, func(o *mqtt.ClientOptions) { o.SetClientID(clientID).SetCleanSession(clean) }); err == nil {
				t.Errorf("it came as %q, clean: %v", clientID, clean)
			}
		}
	}
	for range 4 {
		if _, err := s.client(first, password, nil); err != nil {
			t.Error(err)
		}
	}
	s.await(victim.Publish("signals/"+second, 1, false, fall)) // still there
}

// TestCertificate: with a certificate the listener speaks TLS, and nothing else.
func TestCertificate(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	s.stop()
	server := httptest.NewUnstartedServer(nil)
	server.StartTLS() // has a certificate for 127.0.0.1
	s.Cleanup(server.Close)
	s.certificate = &server.TLS.Certificates[0]
	s.start()
	name, password := s.enrol(1, byPassword)
	if _, err := s.client(name, password, nil); err == nil {
		t.Error("it came in in clear")
	}
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	c, err := s.client(name, password, func(o *mqtt.ClientOptions) {
		o.Servers = nil
		o.AddBroker("ssl://" + s.edge.Address()).SetTLSConfig(&tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12})
	})
	if err != nil {
		t.Fatal(err)
	}
	s.await(c.Publish("signals/"+name, 1, false, fall))
	next(s, s.arrived)
}

// TestKeepsToItself: a device speaks as itself alone and hears nothing that is said to or by another.
func TestKeepsToItself(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	first, password := s.enrol(1, byPassword)
	second, its := s.enrol(2, byPassword)
	c, _ := s.device(second, its)
	heard := make(chan string, 64)
	spy, err := s.client(first, password, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, topic := range []string{"#", "signals/" + second, "answers/" + second, "signals/#", "$MQTT/msgs/#", "$SYS/#", "_INBOX/#"} {
		token := spy.Subscribe(topic, 0, func(_ mqtt.Client, m mqtt.Message) { heard <- m.Topic() })
		if !token.WaitTimeout(patience) {
			t.Fatal("no answer to a subscription")
		}
		if !spy.IsConnectionOpen() { // some are refused by hanging up
			if spy, err = s.client(first, password, nil); err != nil {
				t.Fatal(err)
			}
		}
	}
	s.await(spy.Publish("signals/"+second, 1, false, fall)) // acknowledged, as MQTT 3.1.1 knows no refusal, and dropped
	s.await(spy.Publish("answers/"+second, 0, false, `{"recorded":true}`))
	s.await(c.Publish("signals/"+second, 1, false, `{"kind":"door","level":"warning"}`))
	if got := next(s, s.arrived); !strings.Contains(string(got.Body), "DOOR") {
		t.Errorf("another device spoke: %s", got.Body)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.seen) != 1 || len(heard) != 0 {
		t.Errorf("%d commands, %d heard", len(s.seen), len(heard))
	}
}

// TestMalformed: what is no message is refused without a command, and the device goes on.
func TestMalformed(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	name, password := s.enrol(1, byPassword)
	c, answers := s.device(name, password)
	for _, payload := range []string{
		"", "{", "null", "[]", `{"kind":"fall"}`, `{"level":"alarm"}`, `{"kind":"silent","level":"alarm"}`, fall + fall,
		`{"kind":"fall","level":"alarm","beneficiary":"x"}`, `{"kind":"well","level":"alarm"}`, strings.Repeat(" ", 2000) + fall,
	} {
		s.await(c.Publish("signals/"+name, 1, false, payload))
		if said := next(s, answers); !strings.Contains(said, `"code":"signal.message"`) {
			t.Errorf("%.40q: told %s", payload, said)
		}
	}
	if len(s.arrived) != 0 {
		t.Errorf("%d commands", len(s.arrived))
	}
	lost := make(chan error, 1)
	big, err := s.client(name, password, func(o *mqtt.ClientOptions) {
		o.SetConnectionLostHandler(func(_ mqtt.Client, err error) { lost <- err })
	})
	if err != nil {
		t.Fatal(err)
	}
	big.Publish("signals/"+name, 1, false, strings.Repeat("x", 1<<20))
	next(s, lost)
	s.await(c.Publish("signals/"+name, 1, false, fall))
	next(s, s.arrived)
}
