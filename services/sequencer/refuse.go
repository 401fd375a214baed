package sequencer

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"

	"github.com/nats-io/nats.go"

	"renlin.dev/pkg/chain"
)

// ReadHead gives what a head record says; false when there is none.
func ReadHead(path string) (Head, bool, error) {
	r, err := openHeadRecord(path)
	if err != nil {
		return Head{}, false, err
	}
	defer r.close()
	return r.now(), r.exists(), nil
}

// Differs makes the error that stops writing for good, for those who look at the record from outside and see what a sequencer cannot.
func Differs(format string, args ...any) error { return differs(format, args...) }

// Refusal answers in the place of a sequencer that could not be opened because of a Difference: whoever would write is told that writing
// has stopped, and whoever asks is told why. So people get an answer at once, and a clear one, and reading goes on.
type Refusal struct {
	info Info
	log  *slog.Logger
	subs []*nats.Subscription
}

// Refuse begins to answer on a connection, which stays the caller's. What is known of the community comes from a head record.
func Refuse(nc *nats.Conn, community string, head Head, reason string, log *slog.Logger) (*Refusal, error) {
	r := &Refusal{log: log, info: Info{
		Community: community, Genesis: head.Genesis.String(), State: StateStopped, Reason: reason, Epoch: head.Epoch, Blocks: head.Blocks,
		Head: head.Hash.String(),
	}}
	fault := chain.ErrStopped.Because(errors.New(reason))
	for subject, answer := range map[string]func() ([]byte, error){ // any order: both are there at the end
		chain.AppendSubject(community, "*"): func() ([]byte, error) { return (&chain.Reply{Fault: fault}).Encode(), nil },
		chain.InfoSubject(community):        func() ([]byte, error) { return json.Marshal(r.info) },
	} {
		sub, err := nc.Subscribe(subject, func(m *nats.Msg) { r.respond(m, answer) })
		if err != nil {
			return nil, errors.Join(fmt.Errorf("refuse writing: %w", err), r.Close())
		}
		r.subs = append(r.subs, sub)
	}
	return r, nil
}

func (r *Refusal) respond(m *nats.Msg, answer func() ([]byte, error)) {
	if !chain.IsInbox(m.Reply) {
		return
	}
	raw, err := answer()
	if err == nil {
		err = m.Respond(raw)
	}
	if err != nil {
		r.log.Warn("reply failed", "error", err) // the client will ask again
	}
}

// Close stops answering.
func (r *Refusal) Close() error {
	var err error
	for _, sub := range r.subs {
		if e := sub.Unsubscribe(); e != nil && !errors.Is(e, nats.ErrConnectionClosed) {
			err = errors.Join(err, e)
		}
	}
	return err
}
