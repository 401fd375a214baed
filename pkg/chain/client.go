package chain

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"

	"renlin.dev/pkg/telemetry"
)

// StreamName names the JetStream stream of a community, whose one subject is BlockSubject. Stream sequence = block number + 1.
func StreamName(community string) string { return "EVT_" + community }

// BlockSubject is where the sequencer, and nobody else, publishes blocks.
func BlockSubject(community string) string { return "evt." + community }

// AppendSubject is where a service sends its requests to the community's sequencer. The sequencer takes the service's name from
// it, so a NATS permission to publish here is the permission to act as that service.
func AppendSubject(community, service string) string {
	return "seq." + community + ".append." + service
}

// InfoSubject answers who the sequencer is and how far it has come.
func InfoSubject(community string) string { return "seq." + community + ".info" }

// TraceHeader carries, beside a block and never inside it, the trace context of the requests it was made of: one value
// "offset traceparent" for each request that is traced, where offset is that of its first commit in the block.
const TraceHeader = "Renlin-Trace"

// TraceValue makes one value of TraceHeader.
func TraceValue(offset int, traceparent string) string {
	return strconv.Itoa(offset) + " " + traceparent
}

// TraceOf gives the trace context of the request that the commit at this offset of the block came with, or "".
func TraceOf(header nats.Header, offset int) string {
	found := ""
	for _, value := range header[TraceHeader] {
		text, parent, _ := strings.Cut(value, " ")
		at, err := strconv.Atoi(text)
		if err != nil || at > offset {
			break // ascending; what stands beside a block is a convenience, so nonsense is passed over
		}
		found = parent
	}
	return found
}

// Appender sends requests to a community's sequencer in the name of one service.
//
// The reply is there only when the request was done: then its receipts are durable. Otherwise the error is a fault of faults.go. After
// ErrRetry, and after it alone, nobody knows whether the request was done; sending it again is safe. While two sequencers answer
// for one community, because one has taken the other's place and that one has not noticed, ErrBusy and ErrStopped speak for the
// one that gave them, so then they are as uncertain.
type Appender interface {
	Append(ctx context.Context, q *Request) (*Reply, error)
}

// appendTimeoutMax bounds the wait for a sequencer when the caller's context has no deadline.
const appendTimeoutMax = 10 * time.Second

// Client is the Appender over NATS. It may be used by several goroutines.
type Client struct {
	nc      *nats.Conn
	subject string
}

var _ Appender = (*Client)(nil)

// NewClient makes a client of a service for the sequencer of a community.
func NewClient(nc *nats.Conn, community, service string) *Client {
	return &Client{nc: nc, subject: AppendSubject(community, service)}
}

// Append sends the request and waits for its answer, ten seconds unless ctx says otherwise.
func (c *Client) Append(ctx context.Context, q *Request) (*Reply, error) {
	raw, err := q.Encode()
	if err != nil {
		return nil, ErrMalformed.Because(err)
	}
	if int64(len(raw)) > c.nc.MaxPayload() {
		return nil, ErrTooLarge
	}
	ctx, cancel := context.WithTimeout(ctx, appendTimeoutMax)
	defer cancel()
	msg := &nats.Msg{Subject: c.subject, Data: raw}
	telemetry.InjectNATS(ctx, msg)
	answer, err := c.nc.RequestMsgWithContext(ctx, msg)
	if err != nil {
		return nil, ErrRetry.Because(err)
	}
	reply, err := DecodeReply(answer.Data)
	if err != nil {
		return nil, ErrRetry.Because(err)
	}
	if reply.Fault != nil {
		return nil, reply.Fault
	}
	return reply, nil
}
