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
	// look asks whether the stream holds a message of that number, and returns at once. The answer comes as a publish's does.
	look(attempt uint64, stream string, number uint64) error
	// outcomes carries the answers as they arrive; see attemptOf, readOutcome and readLook.
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

func (p *natsPublisher) look(attempt uint64, stream string, number uint64) error {
	ask := strconv.AppendUint([]byte(`{"seq":`), number, 10)
	return p.nc.PublishRequest(msgGetSubject+stream, p.inbox+strconv.FormatUint(attempt, 10), append(ask, '}'))
}

// msgGetSubject is where JetStream is asked for one message. The stream's leader answers there, and nobody else.
const msgGetSubject = jetstream.DefaultAPIPrefix + "STREAM.MSG.GET."

func (p *natsPublisher) outcomes() <-chan *nats.Msg { return p.acks }
func (p *natsPublisher) events() <-chan nats.Status { return p.status }
func (p *natsPublisher) connected() bool            { return p.nc.IsConnected() }

func (p *natsPublisher) close() {
	p.nc.RemoveStatusListener(p.status)
	p.nc.Close()
}

// errFull says that the server has no room for the message; nothing was written.
var errFull = errors.New("JetStream has no room left")

// codeNoResources is JetStream's error when its files would take more room than they may.
const codeNoResources = 10023

// errFenced says that another message stands where ours should have gone.
var errFenced = errors.New("another message stands there")

// attemptOf tells which attempt an answer is for; 0 for none.
func attemptOf(m *nats.Msg) uint64 {
	attempt, err := strconv.ParseUint(m.Subject[strings.LastIndexByte(m.Subject, '.')+1:], 10, 64)
	if err != nil {
		return 0
	}
	return attempt
}

// readOutcome tells what became of a publish. A nil error means that the message is durable as the stream's number want.
func readOutcome(m *nats.Msg, want uint64) error {
	var ack struct {
		Error     *jetstream.APIError `json:"error"`
		Sequence  uint64              `json:"seq"`
		Duplicate bool                `json:"duplicate"`
	}
	if err := readAnswer(m, &ack); err != nil {
		return err
	}
	switch {
	case ack.Error != nil && ack.Error.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence:
		return errFenced
	case ack.Error != nil && ack.Error.ErrorCode == codeNoResources:
		return errFull
	case ack.Error != nil:
		return fmt.Errorf("JetStream refused with %d, error %d", ack.Error.Code, ack.Error.ErrorCode)
	case ack.Duplicate || ack.Sequence != want:
		return fmt.Errorf("acknowledged as message %d, want %d", ack.Sequence, want)
	}
	return nil
}

// readLook tells what a look has found. A nil error means that no message stood there, errFenced that one did.
func readLook(m *nats.Msg) error {
	var answer struct {
		Error   *jetstream.APIError `json:"error"`
		Message json.RawMessage     `json:"message"`
	}
	if err := readAnswer(m, &answer); err != nil {
		return err
	}
	switch {
	case answer.Error != nil && answer.Error.ErrorCode == jetstream.JSErrCodeMessageNotFound:
		return nil
	case answer.Error != nil:
		return fmt.Errorf("JetStream refused with %d, error %d", answer.Error.Code, answer.Error.ErrorCode)
	case len(answer.Message) == 0:
		return errors.New("answer holds neither message nor error")
	}
	return errFenced
}

func readAnswer(m *nats.Msg, into any) error {
	if len(m.Data) == 0 {
		return fmt.Errorf("no stream answers (status %q)", m.Header.Get("Status"))
	}
	if err := json.Unmarshal(m.Data, into); err != nil {
		return fmt.Errorf("read answer: %w", err)
	}
	return nil
}
