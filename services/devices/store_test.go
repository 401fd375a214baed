package devices

import (
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// TestStoreOfBefore: a store that was laid out without the bounds of today is taken on.
func TestStoreOfBefore(t *testing.T) {
	t.Parallel()
	srv, err := server.NewServer(&server.Options{DontListen: true, JetStream: true, StoreDir: t.TempDir(), NoSigs: true, NoLog: true})
	if err != nil {
		t.Fatal(err)
	}
	srv.Start()
	t.Cleanup(srv.Shutdown)
	if !srv.ReadyForConnections(readyMax) {
		t.Fatal("server is not ready")
	}
	nc, err := nats.Connect("", nats.InProcessServer(srv))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []jetstream.StreamConfig{
		{
			Name: messagesStream, Subjects: []string{messagesPrefix + ">"}, Retention: jetstream.InterestPolicy, MaxAge: 24 * time.Hour,
			MaxMsgsPerSubject: 32, MaxBytes: 32 << 20,
		},
		{Name: "$MQTT_sess", Subjects: []string{"$MQTT.sess.>"}, MaxMsgsPerSubject: 1, MaxBytes: 8 << 20},
		{
			Name: "$MQTT_qos2in", Subjects: []string{"$MQTT.qos2.in.>"}, MaxMsgsPerSubject: 1, Discard: jetstream.DiscardNew,
			DiscardNewPerSubject: true, MaxBytes: 8 << 20,
		},
		{Name: "$MQTT_out", Subjects: []string{"$MQTT.out.>"}, Retention: jetstream.InterestPolicy, MaxBytes: 4 << 20},
	} {
		if _, err := js.CreateStream(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	if err := layOut(t.Context(), js); err != nil {
		t.Fatal(err)
	}
	info, err := js.Stream(t.Context(), messagesStream)
	if err != nil {
		t.Fatal(err)
	}
	if c := info.CachedInfo().Config; c.MaxConsumers != consumersMax || !c.DiscardNewPerSubject || c.MaxMsgsPerSubject != keptPerDeviceMax {
		t.Errorf("kept as it was: %+v", c)
	}
}
