package host_test

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/chain/order"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/host"
	"renlin.dev/pkg/natstest"
	"renlin.dev/pkg/op"
	chainv1 "renlin.dev/proto/renlin/chain/v1"
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// A guest book, in which everybody may write themselves in, sign, and close their page.
const service = "guests"

var errTwice = fault.New(fault.Refused, "guest.twice", "You are in the book already.", "您已登记。")

type (
	book struct{ Founded bool }
	page struct{ Closed bool }
	line struct{ Written int }
)

func model() *decider.Model {
	return decider.NewModel(service, []uint32{1},
		decider.Kind("community", true, func(s *book, _ decider.Event) { s.Founded = true }),
		decider.Kind("member", true, func(s *page, e decider.Event) {
			_, closed := e.Body.(*communityv1.MemberRevoked)
			s.Closed = s.Closed || closed
		}),
		decider.Kind("line", true, func(s *line, _ decider.Event) { s.Written++ }),
		decider.Op(decider.Operation{Name: "guests.found"},
			func(*decider.View, *decider.Command, *communityv1.Found) ([]decider.Change, error) {
				return []decider.Change{decider.On("community/main", &communityv1.CommunityFounded{}, &chainv1.RulesActivated{Version: 1})}, nil
			}),
		decider.Op(decider.Operation{Name: "guests.enter"},
			func(v *decider.View, _ *decider.Command, b *communityv1.AdmitMember) ([]decider.Change, error) {
				if v.Exists("member/" + b.GetMember()) {
					return nil, errTwice
				}
				return []decider.Change{decider.On("member/"+b.GetMember(), &communityv1.MemberAdmitted{})}, nil
			}),
		decider.Op(decider.Operation{Name: "guests.sign"},
			func(_ *decider.View, cmd *decider.Command, b *communityv1.AdmitMember) ([]decider.Change, error) {
				return []decider.Change{decider.On("member/"+b.GetMember()+"/line/"+cmd.ID.NewAggregate(), &communityv1.MemberAdmitted{})}, nil
			}),
		decider.Op(decider.Operation{Name: "guests.close"},
			func(_ *decider.View, _ *decider.Command, b *communityv1.RevokeMember) ([]decider.Change, error) {
				return []decider.Change{decider.On("member/"+b.GetMember(), &communityv1.MemberRevoked{}, &chainv1.Retired{})}, nil
			}),
	)
}

// world is a community on a real server, with a sequencer that answers one request after another, and a caller.
type world struct {
	testing.TB
	server    *natstest.Server
	js        jetstream.JetStream
	community string
	call      *op.Caller
	dir       string
	serial    int

	mu      sync.Mutex // guards machine and blocks
	machine *order.Machine
	blocks  [][]byte
}

// id makes the opaque id of a name.
func id(name string) string {
	sum := sha256.Sum256([]byte(name))
	return chain.ShortID(sum[:])
}

var device = ed25519.NewKeyFromSeed(make([]byte, 32))

func newWorld(t testing.TB) *world {
	t.Helper()
	server := natstest.Run(t)
	w := &world{TB: t, server: server, js: server.JetStream(t), call: op.NewCaller(server.Connect(t)), dir: t.TempDir()}
	seal := func(h chain.Header) chain.Sealed { return chain.Seal(h, device) }
	w.machine = order.New(order.Config{Epoch: 1, Sign: seal, Kinds: map[string][]string{service: model().OwnKinds()}})
	founding := w.founding()
	if f := w.order(&chain.Request{Ask: chain.AskAppend, Commits: [][]byte{founding}}).Fault; f != nil {
		t.Fatal(f)
	}
	w.community = chain.CommunityID(w.machine.Genesis())
	_, err := w.js.CreateStream(t.Context(), jetstream.StreamConfig{
		Name: chain.StreamName(w.community), Subjects: []string{chain.BlockSubject(w.community)}, Storage: jetstream.FileStorage,
	})
	if err != nil {
		t.Fatal(err)
	}
	w.publish()
	nc := server.Connect(t)
	if _, err := nc.Subscribe(chain.AppendSubject(w.community, service), w.serve); err != nil {
		t.Fatal(err)
	}
	if err := nc.Flush(); err != nil {
		t.Fatal(err)
	}
	return w
}

// founding makes the first commit.
func (w *world) founding() []byte {
	w.Helper()
	s := &chain.Signed{Suite: chain.SuiteIntl, Operation: "guests.found", Contract: 1, Body: []byte("{}")}
	if err := s.Sign(chain.Hash{}, chain.AuthorGenesis, device); err != nil {
		w.Fatal(err)
	}
	raw, err := s.Encode(nil)
	if err != nil {
		w.Fatal(err)
	}
	a, err := model().AdmitGenesis(raw, nil)
	if err != nil {
		w.Fatal(err)
	}
	v := decider.NewState(model()).Judge(&decider.Input{
		Raw: a.Raw, Signed: a.Signed, Body: a.Body, ID: a.ID, Time: time.Now().UnixMilli(), Genesis: true,
	})
	if v.Err != nil {
		w.Fatal(v.Err)
	}
	commit, err := v.Commit.Encode()
	if err != nil {
		w.Fatal(err)
	}
	return commit
}

// order judges a request as the sequencer does, and keeps the block that comes of it.
func (w *world) order(q *chain.Request) *chain.Reply {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, ok := w.machine.Admit(service, q, time.Now().UnixMilli()); !ok {
		return &chain.Reply{Fault: chain.ErrBusy}
	}
	verdicts := w.machine.Release()
	if raw, ok := w.machine.Seal(nil); ok {
		verdicts = w.machine.Confirm()
		w.blocks = append(w.blocks, raw)
	}
	reply, err := verdicts[0].Reply(func(block uint64) ([]byte, error) { return w.blocks[block], nil })
	if err != nil {
		return &chain.Reply{Fault: err}
	}
	return reply
}

// publish puts the newest block on the stream.
func (w *world) publish() {
	w.mu.Lock()
	defer w.mu.Unlock()
	last := w.blocks[len(w.blocks)-1]
	if _, err := w.js.Publish(context.WithoutCancel(w.Context()), chain.BlockSubject(w.community), last); err != nil {
		w.Errorf("publish: %v", err)
	}
}

func (w *world) serve(msg *nats.Msg) {
	q, err := chain.DecodeRequest(msg.Data)
	if err != nil {
		w.Errorf("request: %v", err)
		return
	}
	before := w.size()
	reply := w.order(q)
	if w.size() > before {
		w.publish()
	}
	if err := msg.Respond(reply.Encode()); err != nil {
		w.Errorf("respond: %v", err)
	}
}

func (w *world) size() uint64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.machine.Size()
}

// hosted is one run of the service.
type hosted struct {
	*host.Host
	stop func() error // ends the run and gives its error
}

// host starts the service, which ends with the test or by stop.
func (w *world) host(change func(*host.Config)) *hosted {
	w.Helper()
	cfg := host.Config{Model: model(), Bus: w.server.Connect(w), Dir: w.dir, Build: "one", Log: slog.New(slog.DiscardHandler)}
	if change != nil {
		change(&cfg)
	}
	h, err := host.New(cfg)
	if err != nil {
		w.Fatal(err)
	}
	stop, _ := w.run(h)
	out := &hosted{Host: h, stop: sync.OnceValue(stop)}
	w.Cleanup(func() {
		_ = out.stop()
		if err := h.Close(); err != nil {
			w.Error(err)
		}
	})
	return out
}

// run has a host serve the community until stop is called, which gives Run's error, as end does when it ends by itself.
func (w *world) run(h *host.Host) (stop, end func() error) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(w.Context()))
	ended := make(chan error, 1)
	go func() { ended <- h.Run(ctx, w.community) }()
	end = func() error {
		defer cancel()
		return <-ended
	}
	return func() error {
		cancel()
		return end()
	}, end
}

// command makes a signed command.
func (w *world) command(key, operation string, body proto.Message) []byte {
	w.Helper()
	raw, err := protojson.Marshal(body)
	if err != nil {
		w.Fatal(err)
	}
	s := &chain.Signed{
		Suite: chain.SuiteIntl, Operation: operation, Contract: 1, IdempotencyKey: key,
		NotAfter: time.Now().Add(time.Minute).UnixMilli(), Body: raw,
	}
	if err := s.Sign(w.machine.Genesis(), chain.AuthorDevice, device); err != nil {
		w.Fatal(err)
	}
	out, err := s.Encode(nil)
	if err != nil {
		w.Fatal(err)
	}
	return out
}

// ask sends a command until the service is there to answer it.
func (w *world) ask(raw []byte) (*op.Answer, error) {
	w.Helper()
	ctx, cancel := context.WithTimeout(w.Context(), 20*time.Second)
	defer cancel()
	for {
		out, err := w.call.Command(service)(ctx, &op.Request{Community: w.community, Raw: raw})
		if err == nil {
			return out.(*op.Answer), nil
		}
		if kind, _ := fault.KindOf(err); kind != fault.Unavailable || ctx.Err() != nil {
			return nil, err
		}
	}
}

// enter writes somebody into the book.
func (w *world) enter(name string) *op.Answer {
	w.Helper()
	return w.do("guests.enter", &communityv1.AdmitMember{Member: id(name)})
}

func (w *world) do(operation string, body proto.Message) *op.Answer {
	w.Helper()
	w.serial++
	a, err := w.ask(w.command(fmt.Sprint("key-", w.serial), operation, body))
	if err != nil {
		w.Fatal(err)
	}
	return a
}

// look reads a record or a collection once the service has come so far.
func (w *world) look(path string, position uint64) (*op.Page, error) {
	ctx, cancel := context.WithTimeout(w.Context(), 20*time.Second)
	defer cancel()
	for {
		out, err := w.call.Query(service)(ctx, &op.Query{Community: w.community, Path: path, MinPosition: position, Limit: 1000})
		if err == nil {
			return out.(*op.Page), nil
		}
		if kind, _ := fault.KindOf(err); kind != fault.Unavailable || ctx.Err() != nil {
			return nil, err
		}
	}
}

// names lists the ids of a collection, as of now.
func (w *world) names(collection string) string {
	w.Helper()
	page, err := w.look(collection, w.size())
	if err != nil {
		w.Fatal(err)
	}
	var out []string
	for _, r := range page.Records {
		out = append(out, r.Path[strings.LastIndexByte(r.Path, '/')+1:])
	}
	return strings.Join(out, " ")
}
