package notary

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/nats-io/nats.go/jetstream"
)

// Notes keeps published checkpoints in a stream of their own that nobody may delete from. One goroutine uses it, but for Some.
type Notes struct {
	js      jetstream.JetStream
	stream  jetstream.Stream
	subject string
	last    uint64 // sequence of the newest message known; fences another writer
}

// StreamName names the stream of a community's checkpoints.
func StreamName(community string) string { return "NOTE_" + community }

// notesConfig is what the stream must look like.
func notesConfig(community string) jetstream.StreamConfig {
	return jetstream.StreamConfig{
		Name: StreamName(community), Subjects: []string{"note." + community}, Storage: jetstream.FileStorage,
		Retention: jetstream.LimitsPolicy, MaxMsgs: -1, MaxBytes: -1, MaxMsgsPerSubject: -1,
		DenyDelete: true, DenyPurge: true, AllowDirect: true,
	}
}

// OpenNotes finds or makes the stream, and refuses one from which checkpoints can be lost or into which others can write.
func OpenNotes(ctx context.Context, js jetstream.JetStream, community string) (*Notes, error) {
	want := notesConfig(community)
	stream, err := js.CreateStream(ctx, want)
	if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) {
		stream, err = js.Stream(ctx, want.Name)
	}
	if err != nil {
		return nil, fmt.Errorf("open checkpoints' stream: %w", err)
	}
	if err := checkNotes(stream.CachedInfo(), want); err != nil {
		return nil, err
	}
	return &Notes{js: js, stream: stream, subject: want.Subjects[0]}, nil
}

func checkNotes(info *jetstream.StreamInfo, want jetstream.StreamConfig) error {
	c := info.Config
	for _, rule := range []struct {
		ok  bool
		say string
	}{
		{c.Storage == want.Storage, "it is not stored in files"},
		{slices.Equal(c.Subjects, want.Subjects), "it has other subjects than its one"},
		{c.Retention == want.Retention, "its retention drops messages"},
		{c.MaxMsgs <= 0 && c.MaxMsgsPerSubject <= 0 && c.MaxBytes <= 0 && c.MaxAge == 0, "it has limits"},
		{c.DenyDelete, "messages can be deleted"},
		{c.DenyPurge && !c.AllowRollup, "it can be purged or rolled up"},
		{!c.NoAck && !c.Sealed, "it does not take and acknowledge messages"},
		{c.Mirror == nil && len(c.Sources) == 0, "it copies another stream"},
		{c.SubjectTransform == nil && c.RePublish == nil, "it changes or repeats messages"},
		{!c.AllowMsgTTL && c.SubjectDeleteMarkerTTL == 0, "messages can expire"},
		{info.State.FirstSeq <= 1 && info.State.Msgs == info.State.LastSeq, "messages of it are missing"},
	} {
		if !rule.ok {
			return fmt.Errorf("checkpoints' stream is refused: %s", rule.say)
		}
	}
	return nil
}

// someMax is how many checkpoints Some gives of each: the newest, and from the beginning on.
const someMax = 12

// Some gives the newest checkpoints, and as many from the first on at even distances: enough to hold the log against what somebody kept,
// and never more. Any goroutine may ask.
func (n *Notes) Some(ctx context.Context) ([][]byte, error) {
	info, err := n.stream.Info(ctx)
	if err != nil {
		return nil, err
	}
	out := [][]byte{}
	for _, at := range places(info.State.LastSeq) {
		m, err := n.stream.GetMsg(ctx, at)
		if err != nil {
			return nil, err
		}
		out = append(out, m.Data)
	}
	return out, nil
}

// places are the sequences that Some gives of a stream of so many, ascending.
func places(last uint64) (out []uint64) {
	newest := last - min(last, someMax)
	for i := range uint64(someMax) {
		if at := 1 + newest*i/someMax; at <= newest && (len(out) == 0 || out[len(out)-1] < at) {
			out = append(out, at)
		}
	}
	for at := newest + 1; at <= last; at++ {
		out = append(out, at)
	}
	return out
}

// Publish implements Store.
func (n *Notes) Publish(ctx context.Context, checkpoint []byte) error {
	ack, err := n.js.Publish(ctx, n.subject, checkpoint, jetstream.WithExpectLastSequence(n.last))
	var api *jetstream.APIError
	if errors.As(err, &api) && api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence {
		return ErrMoved
	}
	if err != nil {
		return err // it may have arrived; the next attempt finds out
	}
	n.last = ack.Sequence
	return nil
}

// Last implements Store.
func (n *Notes) Last(ctx context.Context) ([]byte, error) {
	m, err := n.stream.GetLastMsgForSubject(ctx, n.subject)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		n.last = 0
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	n.last = m.Sequence
	return m.Data, nil
}
