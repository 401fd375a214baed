package chain

import (
	"context"
	"runtime"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"renlin.dev/pkg/internal/ask"
	"renlin.dev/pkg/telemetry"
)

// appendTimeoutMax bounds the wait for a sequencer.
const appendTimeoutMax = 10 * time.Second

// Client is the Appender over NATS. It may be used by several goroutines: a request leaves at once when fewer than flightsMax messages
// are under way, and otherwise with whatever else waits when the next of them comes back. So nothing waits for company, and under load
// one message carries many requests.
type Client struct {
	nc      *nats.Conn
	subject string

	mu      sync.Mutex // guards what follows
	waiting []*call
	flights int
	company int // calls in the last message
}

var _ Appender = (*Client)(nil)

// flightsMax is how many messages of one client may be under way: one block can then be written while the next one's requests come.
const flightsMax = 2

// callsMax bounds what waits in a client. Beyond it, the answer is ErrBusy.
const callsMax = 8192

// call is one request on its way. It belongs to the flight that carries it, until done is signalled.
type call struct {
	raw     []byte
	trace   string
	commits int
	reply   *Reply
	err     error
	done    chan struct{}
}

// NewClient makes a client of a service for the sequencer of a community.
func NewClient(nc *nats.Conn, community, service string) *Client {
	return &Client{nc: nc, subject: AppendSubject(community, service)}
}

// Append sends the request and waits for its answer, ten seconds unless ctx says less.
func (c *Client) Append(ctx context.Context, q *Request) (*Reply, error) {
	raw, err := q.Encode()
	if err != nil {
		return nil, ErrMalformed.Because(err)
	}
	if int64(len(raw)) > c.nc.MaxPayload() {
		return nil, ErrTooLarge
	}
	one := &call{raw: raw, trace: telemetry.Traceparent(ctx), commits: len(q.Commits), done: make(chan struct{})}
	if err := c.enqueue(ctx, one); err != nil {
		return nil, err
	}
	select {
	case <-one.done:
	case <-ctx.Done():
		return nil, ErrRetry.Because(ctx.Err()) // it may be under way, and done
	}
	switch {
	case one.err != nil:
		return nil, ErrRetry.Because(one.err)
	case one.reply.Fault != nil:
		return nil, one.reply.Fault
	}
	return one.reply, nil
}

// enqueue puts a call in line, and starts a flight if there may be one more. A flight carries others' calls too, so it does not end
// with ctx.
func (c *Client) enqueue(ctx context.Context, one *call) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.waiting) >= callsMax {
		return ErrBusy
	}
	c.waiting = append(c.waiting, one)
	if c.flights == 0 || c.flights < flightsMax && len(c.waiting) >= c.company {
		c.flights++
		go c.fly(context.WithoutCancel(ctx))
	}
	return nil
}

// fly carries calls until none waits. Each message has its reply, or its time is over, before the next one of this flight leaves; so
// this ends.
func (c *Client) fly(ctx context.Context) {
	for {
		load := c.load()
		if load == nil {
			return
		}
		replies, err := c.send(ctx, load)
		for i, one := range load {
			if one.err = err; err == nil {
				one.reply = replies[i]
			}
			close(one.done)
		}
		c.yield()
	}
}

// yieldsMax bounds how often a flight lets others run before it leaves again, as long as each time brings more company.
const yieldsMax = 3

// yield lets those who were just answered bring their next requests. When nobody has any, it returns at once.
func (c *Client) yield() {
	for waiting, tries := -1, 0; tries < yieldsMax; tries++ {
		c.mu.Lock()
		now, company := len(c.waiting), c.company
		c.mu.Unlock()
		if now <= waiting || company < 2 || now >= company {
			return
		}
		waiting = now
		runtime.Gosched()
	}
}

// load takes what waits, as much as one message and its reply can hold. nil ends the flight.
func (c *Client) load() []*call {
	c.mu.Lock()
	defer c.mu.Unlock()
	n, bytes, commits := 0, 0, 0
	limit := min(ParcelBytesMax, int(c.nc.MaxPayload())-parcelRoomBytes)
	for ; n < len(c.waiting) && n < ParcelRequestsMax; n++ {
		one := c.waiting[n]
		bytes, commits = bytes+len(one.raw)+len(one.trace)+6, commits+one.commits
		if n > 0 && (bytes > limit || commits > ParcelCommitsMax) {
			break
		}
	}
	if n == 0 {
		c.flights--
		return nil
	}
	c.company = n
	load := c.waiting[:n:n]
	c.waiting = c.waiting[n:]
	return load
}

// parcelRoomBytes is left in a message for what stands around a parcel.
const parcelRoomBytes = 4096

// send sends calls in one message and gives their replies. A call that is alone goes as it is.
func (c *Client) send(ctx context.Context, load []*call) ([]*Reply, error) {
	msg := &nats.Msg{Subject: c.subject, Data: load[0].raw}
	if len(load) == 1 {
		if load[0].trace != "" {
			msg.Header = nats.Header{telemetry.HeaderParent: {load[0].trace}}
		}
	} else {
		parcel := make([]Parceled, len(load))
		for i, one := range load {
			parcel[i] = Parceled{Trace: one.trace, Request: one.raw}
		}
		msg.Data = EncodeParcel(parcel)
	}
	ctx, cancel := context.WithTimeout(ctx, appendTimeoutMax)
	defer cancel()
	answer, err := ask.Request(ctx, c.nc, msg)
	if err != nil {
		return nil, err
	}
	if len(load) > 1 {
		return decodeReplies(answer.Data, len(load))
	}
	reply, err := DecodeReply(answer.Data)
	return []*Reply{reply}, err
}
