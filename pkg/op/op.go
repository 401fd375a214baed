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

	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/telemetry"
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

// concurrentMax bounds the requests that one service works on at once; beyond it the answer is "busy" at once.
const concurrentMax = 1024

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
	slots chan struct{}
	log   *slog.Logger

	mu      sync.Mutex // guards stopped, and that nothing begins after it, and offers
	stopped bool
	offers  map[string]*atomic.Pointer[offer] // by subject
	working sync.WaitGroup
}

// offer is who answers on a subject now.
type offer struct {
	ctx context.Context // bounds every call
	fn  func(ctx context.Context, data []byte) (any, error)
}

// NewService announces a service on the bus. Every instance of it shares one queue group.
func NewService(nc *nats.Conn, name string) (*Service, error) {
	svc, err := micro.AddService(nc, micro.Config{Name: "renlin-" + name, Version: "1.0.0", Description: "Renlin " + name + " service"})
	if err != nil {
		return nil, fmt.Errorf("announce service %s: %w", name, err)
	}
	return &Service{name: name, nc: nc, svc: svc, slots: make(chan struct{}, concurrentMax), log: slog.New(slog.DiscardHandler),
		offers: map[string]*atomic.Pointer[offer]{}}, nil
}

// LogTo sets where the service tells of every request: what became of it, never what stood in it. Call it before anything is offered.
func (s *Service) LogTo(log *slog.Logger) {
	if log != nil {
		s.log = log
	}
}

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
func (s *Service) begin() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		return fault.ErrUnavailable
	}
	select {
	case s.slots <- struct{}{}:
		s.working.Add(1)
		return nil
	default:
		return fault.ErrBusy
	}
}

func (s *Service) end() {
	<-s.slots
	s.working.Done()
}

// Commands answers a community's commands with an endpoint that takes a *Request and gives an *Answer. ctx bounds every call.
func (s *Service) Commands(ctx context.Context, community string, ep endpoint.Endpoint) error {
	return s.handle(ctx, commandSubject(community, s.name), "command-"+community, func(ctx context.Context, data []byte) (any, error) {
		return ep(ctx, &Request{Community: community, Raw: data})
	})
}

// Queries answers a community's queries with an endpoint that takes a *Query and gives a *Page.
func (s *Service) Queries(ctx context.Context, community string, ep endpoint.Endpoint) error {
	return s.handle(ctx, querySubject(community, s.name), "query-"+community, func(ctx context.Context, data []byte) (any, error) {
		q := &Query{Community: community}
		if err := json.Unmarshal(data, q); err != nil {
			return nil, fault.ErrMalformed.Because(err)
		}
		return ep(ctx, q)
	})
}

// Bytes answers requests on a subject of its own with bytes, for what is no command and no record: tiles, proofs, texts.
func (s *Service) Bytes(ctx context.Context, subject, name string, fn func(ctx context.Context, data []byte) ([]byte, error)) error {
	return s.handle(ctx, subject, name, func(ctx context.Context, data []byte) (any, error) { return fn(ctx, data) })
}

// handle offers an answer on a subject, in place of the one offered there before: work that failed and was begun anew offers again, and
// what it offered the first time answers nothing good any more.
func (s *Service) handle(ctx context.Context, subject, name string, fn func(context.Context, []byte) (any, error)) error {
	s.mu.Lock()
	current := s.offers[subject]
	again := current != nil
	if !again {
		current = &atomic.Pointer[offer]{}
		s.offers[subject] = current
	}
	s.mu.Unlock()
	current.Store(&offer{ctx, fn})
	if again {
		return nil
	}
	what, community, _ := strings.Cut(name, "-")
	serve := func(r micro.Request) {
		defer s.end()
		now := current.Load()
		call := telemetry.ExtractNATS(now.ctx, nats.Header(r.Headers()))
		call, span := telemetry.Start(call, s.name+" "+what)
		out, err := answer(call, r.Data(), now.fn)
		s.tell(call, what, community, err)
		telemetry.End(span, err)
		s.respond(r, out, err)
	}
	handler := micro.HandlerFunc(func(r micro.Request) {
		if err := s.begin(); err != nil {
			s.respond(r, nil, err)
			return
		}
		go serve(r)
	})
	if err := s.svc.AddEndpoint(name, handler, micro.WithEndpointSubject(subject)); err != nil {
		s.mu.Lock()
		delete(s.offers, subject)
		s.mu.Unlock()
		return fmt.Errorf("serve %s: %w", subject, err)
	}
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
	if raw, ok := result.([]byte); ok {
		return raw, nil
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
type Caller struct{ nc *nats.Conn }

// NewCaller makes a caller on a connection, which stays the owner's.
func NewCaller(nc *nats.Conn) *Caller { return &Caller{nc: nc} }

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

func decode[T any](data []byte) (*T, error) {
	out := new(T)
	if err := json.Unmarshal(data, out); err != nil {
		return nil, fault.ErrInternal.Because(err)
	}
	return out, nil
}

// Bytes sends a request on a subject and gives the reply's bytes. No reply in time is fault.ErrTimeout: the effect is unknown and
// the same request may be sent again.
func (c *Caller) Bytes(ctx context.Context, subject string, data []byte) ([]byte, error) {
	msg := &nats.Msg{Subject: subject, Data: data}
	telemetry.InjectNATS(ctx, msg)
	reply, err := c.nc.RequestMsgWithContext(ctx, msg)
	switch {
	case err == nil:
	case errors.Is(err, nats.ErrMaxPayload):
		return nil, ErrRequestSize
	case ctx.Err() != nil:
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
