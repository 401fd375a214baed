package sequencer

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/nats-io/nats.go/jetstream"

	"renlin.dev/pkg/chain"
)

// streamConfig is what a community's stream must look like: files, no limit of any kind, nothing can be deleted, purged, rolled
// up, expired or written around the sequencer's back.
func streamConfig(community string, replicas int) jetstream.StreamConfig {
	return jetstream.StreamConfig{
		Name:     chain.StreamName(community),
		Subjects: []string{chain.BlockSubject(community)},
		Storage:  jetstream.FileStorage, Retention: jetstream.LimitsPolicy, Discard: jetstream.DiscardNew,
		MaxMsgs: -1, MaxBytes: -1, MaxMsgsPerSubject: -1, MaxMsgSize: -1, MaxConsumers: -1,
		Replicas: replicas, DenyDelete: true, DenyPurge: true, AllowDirect: true,
	}
}

// checkStream refuses a stream whose configuration permits loss or a second way in, and one that has lost messages already.
func checkStream(info *jetstream.StreamInfo, community string, replicas int) error {
	c := info.Config
	want := streamConfig(community, replicas)
	for _, rule := range []struct {
		ok  bool
		say string
	}{
		{c.Storage == want.Storage, "it is not stored in files"},
		{slices.Equal(c.Subjects, want.Subjects), "it has other subjects than its one"},
		{c.Retention == want.Retention, "its retention drops messages"},
		{c.Discard == want.Discard && !c.DiscardNewPerSubject, "it discards old messages for new ones"},
		{c.MaxMsgs <= 0 && c.MaxMsgsPerSubject <= 0, "it limits the number of messages"},
		{c.MaxBytes <= 0, "it limits its size"},
		{c.MaxAge == 0, "it limits the age of messages"},
		{c.MaxMsgSize <= 0 || c.MaxMsgSize >= chain.BlockBytesMax+4096, "it refuses messages of a block's size"},
		{c.Replicas == want.Replicas, "it has another number of replicas than configured"},
		{!c.NoAck, "it does not acknowledge"},
		{c.DenyDelete, "messages can be deleted"},
		{c.DenyPurge && !c.AllowRollup, "it can be purged or rolled up"},
		{!c.Sealed, "it is sealed"},
		{c.Mirror == nil && len(c.Sources) == 0, "it copies another stream"},
		{c.SubjectTransform == nil && c.RePublish == nil, "it changes or repeats messages"},
		{!c.AllowMsgTTL && c.SubjectDeleteMarkerTTL == 0, "messages can expire"},
		{!c.AllowMsgCounter && !c.AllowMsgSchedules && !c.AllowAtomicPublish && !c.AllowBatchPublish, "it can be written in another way"},
		{c.PersistMode == jetstream.DefaultPersistMode, "it acknowledges before it syncs"},
		{c.FirstSeq <= 1 && info.State.FirstSeq <= 1, "its first messages are missing"},
		{info.State.Msgs == info.State.LastSeq && info.State.NumDeleted == 0, "messages of it are missing"},
	} {
		if !rule.ok {
			return differs("stream is refused: %s", rule.say)
		}
	}
	return nil
}

// findStream looks the stream up; nil when there is none.
func (s *Sequencer) findStream(ctx context.Context) (jetstream.Stream, error) {
	stream, err := s.js.Stream(ctx, chain.StreamName(chain.CommunityID(s.cfg.Genesis)))
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("sequencer: look up stream: %w", err)
	}
	return stream, nil
}

// examine looks at everything but the messages: the stream's configuration and the servers' fsync.
func (s *Sequencer) examine(ctx context.Context, stream jetstream.Stream) error {
	info := stream.CachedInfo()
	if err := checkStream(info, chain.CommunityID(s.cfg.Genesis), s.cfg.Replicas); err != nil {
		return err
	}
	if s.nc.MaxPayload() < chain.BlockBytesMax+4096 {
		return differs("server takes messages of %d bytes at most, a block may have %d", s.nc.MaxPayload(), chain.BlockBytesMax)
	}
	return s.cfg.Fsync.Check(ctx, s.nc, info)
}
