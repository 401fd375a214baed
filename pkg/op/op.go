// Package op carries a service's operations over HTTP and NATS, on go-kit's endpoints, one line of declaration for each.
//
// In plain words: an operation is declared once, in its service's model, with name, route and access. Here it becomes a go-kit
// endpoint. The gateway offers it over HTTP and calls it over NATS; the service answers it over NATS. A request carries the command
// exactly as its author signed it; the answer is the receipt of its commit, or a fault with a sentence in the caller's language.
package op

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-kit/kit/endpoint"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/micro"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/internal/ask"
	"renlin.dev/pkg/telemetry"
	"renlin.dev/pkg/telemetry/metrics"
)

// Answer is what a command's author gets back once its commit is durable.
type Answer struct {
	Index    uint64   `json:"index"`
	Position uint64   `json:"position"` // index + 1: pass it as min_index to read one's own write
	Block    uint64   `json:"block"`
	Time     int64    `json:"time"`    // block time, ms since the Unix epoch
	Receipt  []byte   `json:"receipt"` // docs/format.md section 7
	Changed  []string `json:"changed"` // aggregates that the commit changed
	Repeated bool     `json:"repeated,omitempty"`
	// Extra is what the operation answers beside the receipt, such as a sealed text that was asked for.
	Extra json.RawMessage `json:"extra,omitempty"`
}

// Request is a command on its way to its service.
type Request struct {
	Community string
	Raw       []byte // an encoded chain.Signed
}

// Query asks a service for records of its own kinds, as JSON.
type Query struct {
	Community   string `json:"-"`
	Path        string `json:"path"`      // an aggregate or a collection
	MinPosition uint64 `json:"min_index"` // answer only when so many commits have been folded
	After       string `json:"after,omitempty"`
	Limit       int    `json:"limit,omitempty"`
}

// Record is one aggregate as its service folds it.
type Record struct {
	Path    string          `json:"path"`
	Version uint64          `json:"version"`
	State   json.RawMessage `json:"state"`
}

// Page is the answer to a Query: one record for an aggregate, several for a collection.
type Page struct {
	Position uint64   `json:"position"`
	Records  []Record `json:"records"`
	Next     string   `json:"next,omitempty"` // pass it as after; empty at the end
}

// Subjects of a service's requests.
func commandSubject(community, service string) string { return "op." + community + "." + service }
func querySubject(community, service string) string   { return "query." + community + "." + service }

func lookSubject(community, service, name string) string {
	return querySubject(community, service) + "." + name
}

// ConcurrentMax bounds the requests of one sort, commands, queries or others, that one service works on at once; beyond it the answer
// is "busy" at once. Each sort has places of its own, so that a flood of one does not starve the others.
const ConcurrentMax = 1024

// callMax bounds the work on one request, whoever waits for it and however long: its place must become free again.
const callMax = 15 * time.Second

// announceMax bounds the wait until the server knows a subject.
const announceMax = 2 * time.Second

// Faults of the bus.
var (
	// ErrAnswerSize: the answer does not fit into a message; ask for less.
	ErrAnswerSize = fault.New(fault.TooLarge, "answer.too_large", "The answer is too large; please ask for less.", "结果过大，请缩小查询范围。")
	// ErrRequestSize: the request does not fit into a message.
	ErrRequestSize = fault.New(fault.TooLarge, "request.too_large", "The request is too large.", "请求过大。")
)

// Service is a micro service on the bus that answers commands and queries for the communities it has joined.
type Service struct {
	name  string
	nc    *nats.Conn
	svc   micro.Service
	limit time.Duration // of one request
	log   *slog.Logger
	meter meter

	commands, queries, others slots

	mu      sync.Mutex // guards stopped, and that nothing begins after it
	stopped bool
	working sync.WaitGroup

	announcing sync.Mutex        // guards serving
	serving    map[string]*place // by subject
}

// place is one subject's handler.
type place struct {
	handler atomic.Pointer[func(r micro.Request)]
}

// slots are the places of one sort of requests.
type slots chan struct{}

// NewService announces a service on the bus. Every instance of it shares one queue group.
func NewService(nc *nats.Conn, name string) (*Service, error) {
	svc, err := micro.AddService(nc, micro.Config{Name: "renlin-" + name, Version: "1.0.0", Description: "Renlin " + name + " service"})
	if err != nil {
		return nil, fmt.Errorf("announce service %s: %w", name, err)
	}
	return &Service{
		name: name, nc: nc, svc: svc, limit: callMax, serving: map[string]*place{}, log: slog.New(slog.DiscardHandler),
		commands: make(slots, ConcurrentMax), queries: make(slots, ConcurrentMax), others: make(slots, ConcurrentMax),
	}, nil
}

// LogTo sets where the service tells of every request: what became of it, never what stood in it. Call it before anything is offered.
func (s *Service) LogTo(log *slog.Logger) {
	if log != nil {
		s.log = log
	}
}

// MeasureIn sets where the service counts and measures its requests. Call it before anything is offered.
func (s *Service) MeasureIn(m *metrics.Registry) { s.meter = newMeter(m) }

// Stop takes the service off the bus and waits for what it has begun.
func (s *Service) Stop() error {
	s.mu.Lock()
	s.stopped = true
	s.mu.Unlock()
	err := s.svc.Stop()
	s.working.Wait()
	return err
}

// begin takes a place among those that work at once. It answers a fault when there is none, or no more work is begun.
func (s *Service) begin(places slots) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		return fault.ErrUnavailable
	}
	select {
	case places <- struct{}{}:
		s.working.Add(1)
		return nil
	default:
		return fault.ErrBusy
	}
}

func (s *Service) end(places slots) {
	<-places
	s.working.Done()
}

// Commands answers a community's commands with an endpoint that takes a *Request and gives an *Answer. ctx bounds every call, and so
// does a time limit of the service's own.
func (s *Service) Commands(ctx context.Context, community string, ep endpoint.Endpoint) error {
	fn := func(ctx context.Context, data []byte) (any, error) {
		return ep(ctx, &Request{Community: community, Raw: data})
	}
	return s.handle(ctx, s.commands, commandSubject(community, s.name), "command-"+community, fn)
}

// Queries answers a community's queries with an endpoint that takes a *Query and gives a *Page.
func (s *Service) Queries(ctx context.Context, community string, ep endpoint.Endpoint) error {
	return s.handle(ctx, s.queries, querySubject(community, s.name), "query-"+community, func(ctx context.Context, data []byte) (any, error) {
		q := &Query{Community: community}
		if err := json.Unmarshal(data, q); err != nil {
			return nil, fault.ErrMalformed.Because(err)
		}
		return ep(ctx, q)
	})
}

// Looks answers questions about a community's state that no aggregate or collection answers, each sort under a name of its own.
func (s *Service) Looks(ctx context.Context, community, name string, fn func(ctx context.Context, question []byte) ([]byte, error)) error {
	return s.handle(ctx, s.queries, lookSubject(community, s.name, name), name+"-"+community,
		func(ctx context.Context, data []byte) (any, error) { return fn(ctx, data) })
}

// Bytes answers requests on a subject of its own with bytes, for what is no command and no record: tiles, proofs, texts.
func (s *Service) Bytes(ctx context.Context, subject, name string, fn func(ctx context.Context, data []byte) ([]byte, error)) error {
	return s.handle(ctx, s.others, subject, name, func(ctx context.Context, data []byte) (any, error) { return fn(ctx, data) })
}

// handle answers requests on a subject until ctx ends; then it says that nothing is available. A subject that is answered already is
// answered by the new handler from then on: whoever starts a community's work again after a failure must not share its requests with
// what has stopped.
func (s *Service) handle(
	ctx context.Context, places slots, subject, name string, fn func(context.Context, []byte) (any, error),
) error {
	what, community, _ := strings.Cut(name, "-")
	serve := func(r micro.Request) {
		defer s.end(places)
		began := time.Now()
		call, cancel := context.WithTimeout(telemetry.ExtractNATS(ctx, nats.Header(r.Headers())), s.limit)
		defer cancel()
		call, span := telemetry.Start(call, s.name+" "+what)
		out, err := []byte(nil), error(fault.ErrUnavailable)
		if ctx.Err() == nil {
			out, err = answer(call, r.Data(), fn)
		}
		s.tell(call, what, community, err)
		s.meter.note(s.name, what, began, err)
		telemetry.End(span, err)
		s.respond(r, out, err)
	}
	s.announcing.Lock()
	defer s.announcing.Unlock()
	if p := s.serving[subject]; p != nil {
		p.handler.Store(&serve)
		return nil
	}
	p := &place{}
	p.handler.Store(&serve)
	handler := micro.HandlerFunc(func(r micro.Request) {
		if !chain.IsInbox(r.Reply()) {
			return
		}
		if err := s.begin(places); err != nil {
			s.meter.turnedAway(s.name, what, err)
			s.respond(r, nil, err)
			return
		}
		go (*p.handler.Load())(r)
	})
	if err := s.svc.AddEndpoint(name, handler, micro.WithEndpointSubject(subject)); err != nil {
		return fmt.Errorf("serve %s: %w", subject, err)
	}
	s.serving[subject] = p
	if s.nc.IsConnected() {
		// So that whoever is told of this service finds it. Without a connection the subscription goes out with the next one.
		_ = s.nc.FlushTimeout(announceMax)
	}
	return nil
}

// tell writes what became of a request into the log. Only where the failure is our own does the cause stand there: that of a refusal may
// quote what somebody sent.
func (s *Service) tell(ctx context.Context, what, community string, err error) {
	log := s.log.With("part", s.name, "request", what, "community", community)
	switch f := fault.Of(err); {
	case f == nil:
		log.DebugContext(ctx, "request answered")
	case f.Kind == fault.Internal:
		log.ErrorContext(ctx, "request failed", "err", err)
	default:
		log.DebugContext(ctx, "request refused", "fault", f.Code)
	}
}

// answer runs a handler. A panic in it is that request's failure and nobody else's: what somebody sends must not stop the service.
func answer(ctx context.Context, data []byte, fn func(context.Context, []byte) (any, error)) (out []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			out, err = nil, fault.ErrInternal.Because(fmt.Errorf("handler panicked: %v", p))
		}
	}()
	result, err := fn(ctx, data)
	if err != nil {
		return nil, err
	}
	switch out := result.(type) {
	case []byte:
		return out, nil
	case *Page:
		return out.Encode(), nil
	}
	return json.Marshal(result)
}

// faultHeader marks a reply whose body is a fault.
const faultHeader = "Renlin-Fault"

// respond sends an answer or a fault. A caller that went away asks again under the same key.
func (s *Service) respond(r micro.Request, out []byte, err error) {
	if err == nil && int64(len(out)) > s.nc.MaxPayload() {
		err = ErrAnswerSize
	}
	if err == nil {
		_ = r.Respond(out)
		return
	}
	f := fault.Of(err)
	_ = r.Respond(fault.Marshal(f), micro.WithHeaders(micro.Headers{faultHeader: {f.Code}}))
}

// Caller calls services over the bus.
type Caller struct {
	nc    *nats.Conn
	limit time.Duration // of a call whose context has no deadline
}

// NewCaller makes a caller on a connection, which stays the owner's.
func NewCaller(nc *nats.Conn) *Caller { return &Caller{nc: nc, limit: callMax} }

// Command gives the endpoint of a service's commands: takes a *Request, gives an *Answer.
func (c *Caller) Command(service string) endpoint.Endpoint {
	return func(ctx context.Context, request any) (any, error) {
		r := request.(*Request)
		data, err := c.Bytes(ctx, commandSubject(r.Community, service), r.Raw)
		if err != nil {
			return nil, err
		}
		return decode[Answer](data)
	}
}

// Query gives the endpoint of a service's queries: takes a *Query, gives a *Page.
func (c *Caller) Query(service string) endpoint.Endpoint {
	return func(ctx context.Context, request any) (any, error) {
		q := request.(*Query)
		body, err := json.Marshal(q)
		if err != nil {
			return nil, fault.ErrMalformed.Because(err)
		}
		data, err := c.Bytes(ctx, querySubject(q.Community, service), body)
		if err != nil {
			return nil, err
		}
		return decode[Page](data)
	}
}

// Look asks a service a question of its own about a community's state.
func (c *Caller) Look(ctx context.Context, community, service, name string, question []byte) ([]byte, error) {
	return c.Bytes(ctx, lookSubject(community, service, name), question)
}

func decode[T any](data []byte) (*T, error) {
	out := new(T)
	if err := json.Unmarshal(data, out); err != nil {
		return nil, fault.ErrInternal.Because(err)
	}
	return out, nil
}

// Bytes sends a request on a subject and gives the reply's bytes. A context without a deadline gets one: a reply that was lost must not be
// waited for by whoever has to go on for ever. No reply in time, or none before the connection was lost, is fault.ErrTimeout: the
// effect is unknown and the same request may be sent again.
func (c *Caller) Bytes(ctx context.Context, subject string, data []byte) ([]byte, error) {
	if _, bounded := ctx.Deadline(); !bounded {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.limit)
		defer cancel()
	}
	msg := &nats.Msg{Subject: subject, Data: data}
	telemetry.InjectNATS(ctx, msg)
	reply, err := ask.Request(ctx, c.nc, msg)
	switch {
	case err == nil:
	case errors.Is(err, nats.ErrMaxPayload):
		return nil, ErrRequestSize
	case ctx.Err() != nil || errors.Is(err, ask.ErrLost):
		return nil, fault.ErrTimeout.Because(err)
	default:
		return nil, fault.ErrUnavailable.Because(err)
	}
	if reply.Header.Get(faultHeader) == "" {
		return reply.Data, nil
	}
	f, err := fault.Unmarshal(reply.Data)
	if err != nil {
		return nil, fault.ErrInternal.Because(err)
	}
	return nil, f
}
