package devices

import (
	"context"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"renlin.dev/services/devices/internal/device"
)

const (
	// messagesStream is where nats-server keeps messages of quality 1; its acknowledgement follows the write.
	messagesStream = "$MQTT_msgs"
	messagesPrefix = "$MQTT.msgs."
	bridgeConsumer = "bridge"
	// keptMax is how long a message is tried, keptPerDeviceMax how many of one device wait, warningsKeptMax how many of these are no alarms.
	// What comes when as many wait is not stored, and so not acknowledged: nothing is pushed out that was.
	keptMax          = 24 * time.Hour
	keptPerDeviceMax = 64
	warningsKeptMax  = 32
	// ackWait is after how long a message is tried again whose try nobody keeps up: its edge was stopped or killed. The store forgets with a
	// restart what was given back to it, and when it was to come again; only this brings it back.
	ackWait = 5 * time.Second
	// sessionMax is how long the broker remembers a client id that does not come back, consumerMax what it listened to; consumersMax bounds
	// those of all, the bridge's among them, which is made before anybody is let in.
	sessionMax   = 7 * 24 * time.Hour
	consumerMax  = time.Hour
	consumersMax = connectionsMax + 1
	// waitingMax bounds the messages that wait for a device or for the record.
	waitingMax = 1 << 16
)

// layOut makes the streams in which nats-server keeps what MQTT needs, which it would make itself without any bounds.
func layOut(ctx context.Context, js jetstream.JetStream) error {
	for _, s := range []jetstream.StreamConfig{
		{
			Name: messagesStream, Subjects: []string{messagesPrefix + ">"}, Retention: jetstream.InterestPolicy, MaxAge: keptMax,
			MaxMsgsPerSubject: keptPerDeviceMax, Discard: jetstream.DiscardNew, DiscardNewPerSubject: true, MaxBytes: 32 << 20,
			MaxConsumers: consumersMax,
		},
		{Name: "$MQTT_sess", Subjects: []string{"$MQTT.sess.>"}, MaxMsgsPerSubject: 1, MaxAge: sessionMax, MaxBytes: 8 << 20},
		{Name: "$MQTT_rmsgs", Subjects: []string{"$MQTT.rmsgs.>"}, MaxMsgsPerSubject: 1, MaxBytes: 4 << 20},
		// The last two are for quality 2, and stay empty.
		{Name: "$MQTT_qos2in", Subjects: []string{"$MQTT.qos2.in.>"}, MaxMsgsPerSubject: 1, MaxAge: time.Minute, MaxBytes: 1 << 20},
		{
			Name: "$MQTT_out", Subjects: []string{"$MQTT.out.>"}, Retention: jetstream.InterestPolicy, MaxBytes: 4 << 20,
			MaxConsumers: consumersMax,
		},
	} {
		s.Storage = jetstream.FileStorage
		if _, err := js.CreateOrUpdateStream(ctx, s); err != nil {
			return fmt.Errorf("lay out %s: %w", s.Name, err)
		}
	}
	_, err := js.CreateOrUpdateConsumer(ctx, messagesStream, jetstream.ConsumerConfig{
		Durable: bridgeConsumer, AckPolicy: jetstream.AckExplicitPolicy, AckWait: ackWait, MaxAckPending: waitingMax,
		FilterSubject: messagesPrefix + device.SignalsPrefix + ">",
	})
	if err != nil {
		return fmt.Errorf("lay out bridge: %w", err)
	}
	return nil
}
