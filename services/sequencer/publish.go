package sequencer

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// publisher sends blocks to JetStream. It belongs to the loop.
type publisher interface {
	// publish sends a message that must become number expect+1 of the stream, and returns at once. The outcome of this attempt
	// comes through outcomes, or never.
	publish(attempt uint64, m *nats.Msg, expect uint64) error
	// outcomes carries the answers as they arrive; see readOutcome.
	outcomes() <-chan *nats.Msg
	// events tells that the connection was lost or came back.
	events() <-chan nats.Status
	connected() bool
	close()
}

// natsPublisher publishes on a connection of its own and gets the acknowledgements on an inbox of its own, without the detour
// that nats.Request takes for each.
type natsPublisher struct {
	nc     *nats.Conn
	inbox  string
	acks   chan *nats.Msg
	status chan nats.Status
}

func newPublisher(nc *nats.Conn) (*natsPublisher, error) {
	p := &natsPublisher{
		nc: nc, inbox: nc.NewRespInbox() + ".", acks: make(chan *nats.Msg, 64),
		status: nc.StatusChanged(nats.CONNECTED, nats.RECONNECTING, nats.DISCONNECTED, nats.CLOSED),
	}
	if _, err := nc.ChanSubscribe(p.inbox+"*", p.acks); err != nil {
		return nil, fmt.Errorf("subscribe for acknowledgements: %w", err)
	}
	if err := nc.Flush(); err != nil {
		return nil, fmt.Errorf("subscribe for acknowledgements: %w", err)
	}
	return p, nil
}

func (p *natsPublisher) publish(attempt uint64, m *nats.Msg, expect uint64) error {
	if m.Header == nil {
		m.Header = nats.Header{}
	}
	m.Header[jetstream.ExpectedLastSeqHeader] = []string{strconv.FormatUint(expect, 10)}
	m.Reply = p.inbox + strconv.FormatUint(attempt, 10)
	return p.nc.PublishMsg(m)
}

func (p *natsPublisher) outcomes() <-chan *nats.Msg { return p.acks }
func (p *natsPublisher) events() <-chan nats.Status { return p.status }
func (p *natsPublisher) connected() bool            { return p.nc.IsConnected() }

func (p *natsPublisher) close() {
	p.nc.RemoveStatusListener(p.status)
	p.nc.Close()
}

// errFenced says that another message stands where ours should have gone.
var errFenced = errors.New("another message stands there")

// readOutcome tells which attempt an answer is for, and what became of it. A nil error means that the message is durable as the
// stream's number want.
func readOutcome(m *nats.Msg, want uint64) (attempt uint64, err error) {
	text := m.Subject[strings.LastIndexByte(m.Subject, '.')+1:]
	attempt, err = strconv.ParseUint(text, 10, 64)
	if err != nil {
		return 0, errors.New("read acknowledgement: subject has no number")
	}
	if len(m.Data) == 0 {
		return attempt, fmt.Errorf("publish block: no stream answers (status %q)", m.Header.Get("Status"))
	}
	var ack struct {
		Error     *jetstream.APIError `json:"error"`
		Sequence  uint64              `json:"seq"`
		Duplicate bool                `json:"duplicate"`
	}
	if err := json.Unmarshal(m.Data, &ack); err != nil {
		return attempt, fmt.Errorf("read acknowledgement: %w", err)
	}
	switch {
	case ack.Error != nil && ack.Error.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence:
		return attempt, fmt.Errorf("publish block: %w", errFenced)
	case ack.Error != nil:
		return attempt, fmt.Errorf("publish block: JetStream refused with %d, error %d", ack.Error.Code, ack.Error.ErrorCode)
	case ack.Duplicate || ack.Sequence != want:
		return attempt, fmt.Errorf("publish block: acknowledged as message %d, want %d", ack.Sequence, want)
	}
	return attempt, nil
}
