package gateway

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/merkle"
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// fact is one event of the record, as a reader of events is told of it: what changed, never what it says.
type fact struct {
	at      mark // how far somebody has been told who was told this
	time    int64
	path    string
	version uint64
	kind    string // full name of the event's message
	// concerned are members whom the fact concerns beside all whom its kind is told: the two of a mandate, or nobody.
	concerned both
}

// mark is how far somebody has been told: commits, and of the commit after them so many events.
type mark struct {
	commits uint64
	events  int
}

// after tells whether m is further than o.
func (m mark) after(o mark) bool {
	return m.commits > o.commits || m.commits == o.commits && m.events > o.events
}

// position is how many commits there are up to the one that the mark is of.
func (m mark) position() uint64 {
	if m.events > 0 {
		return m.commits + 1
	}
	return m.commits
}

// endings are the facts that end a member's or a device's standing: who reads is judged anew when one is theirs.
var endings = []string{nameOf(&communityv1.MemberRevoked{}), nameOf(&communityv1.KeyRevoked{})}

func nameOf(m proto.Message) string { return string(m.ProtoReflect().Descriptor().FullName()) }

// told tells whether any reader of events is told of a fact by its kind, or ended by it. The kinds are those of which some list may be
// read.
func told(kind, event string) bool {
	return readers[kind] == anyone || slices.Contains(inboxKinds, kind) || slices.Contains(endings, event)
}

const (
	// factsMax bounds the newest facts that a feed holds; whoever is further behind reads the record.
	factsMax = 4096
	// feedPause is the least time between two looks at the record: what happens meanwhile is told together.
	feedPause = 50 * time.Millisecond
)

// feed follows one community's record for all who read its events. It has no queue for any of them: each keeps its own mark, and reads on
// from there when it can.
type feed struct {
	g         *Gateway
	community string
	cancel    context.CancelFunc
	done      chan struct{} // closed when the feed has ended
	hint      chan struct{} // there may be news

	readers int // guarded by feeds.mu

	mu         sync.Mutex // guards what follows
	facts      []fact     // ascending: all that is told of the commits from..to-1
	from, to   uint64
	checkpoint uint64        // size of the newest checkpoint
	news       chan struct{} // closed and made anew when somebody must be told something
}

// feeds are the communities that somebody reads the events of.
type feeds struct {
	mu sync.Mutex // guards by
	by map[string]*feed
}

// follow gives the community's feed, which begins with its first reader and ends with the last. The caller must call leave.
func (g *Gateway) follow(ctx context.Context, community string) (f *feed, leave func(), err error) {
	// Not from the sequencer: what audit has not archived yet will be news.
	raw, err := g.call.Bytes(ctx, "audit."+community+".log", []byte("state"))
	if err != nil {
		return nil, nil, err
	}
	var state struct{ Commits uint64 }
	if err := json.Unmarshal(raw, &state); err != nil {
		return nil, nil, fault.ErrInternal.Because(err)
	}
	g.feeds.mu.Lock()
	defer g.feeds.mu.Unlock()
	f = g.feeds.by[community]
	if f == nil {
		if f, err = g.newFeed(ctx, community, state.Commits); err != nil {
			return nil, nil, fault.ErrUnavailable.Because(err)
		}
		g.feeds.by[community] = f
	}
	f.readers++
	return f, func() { g.leave(f) }, nil
}

func (g *Gateway) leave(f *feed) {
	g.feeds.mu.Lock()
	f.readers--
	last := f.readers == 0
	if last {
		delete(g.feeds.by, f.community)
	}
	g.feeds.mu.Unlock()
	if last {
		f.cancel()
		<-f.done
	}
}

func (g *Gateway) newFeed(ctx context.Context, community string, size uint64) (*feed, error) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx)) // its readers end it, not the first of them
	f := &feed{
		g: g, community: community, cancel: cancel, done: make(chan struct{}), hint: make(chan struct{}, 1), from: size, to: size,
		news: make(chan struct{}),
	}
	grown, err := g.cfg.Bus.Subscribe("audit."+community+".grown", func(*nats.Msg) { f.wake() })
	if err != nil {
		cancel()
		return nil, err
	}
	noted, err := g.cfg.Bus.Subscribe("seq."+community+".checkpointed", func(m *nats.Msg) { f.noted(m.Data) })
	if err != nil {
		cancel()
		_ = grown.Unsubscribe()
		return nil, err
	}
	go func() {
		defer close(f.done)
		defer cancel()
		f.run(ctx)
		_, _ = grown.Unsubscribe(), noted.Unsubscribe() // a connection that is closed has none any more
	}()
	return f, nil
}

func (f *feed) wake() {
	select {
	case f.hint <- struct{}{}:
	default: // it is awake
	}
}

// noted takes a checkpoint that was published.
func (f *feed) noted(note []byte) {
	c, err := merkle.Peek(note)
	if err != nil {
		return // it is hearsay: whoever wants the checkpoint asks for it
	}
	f.mu.Lock()
	if c.Size > f.checkpoint {
		f.checkpoint = c.Size
		f.tell()
	}
	f.mu.Unlock()
	f.wake()
}

// tell wakes everybody who waits. The caller holds mu.
func (f *feed) tell() {
	close(f.news)
	f.news = make(chan struct{})
}

// run reads on whenever there may be news. A hint can be lost, so it looks by itself as well.
func (f *feed) run(ctx context.Context) {
	if note, err := f.g.call.Bytes(ctx, "audit."+f.community+".log", []byte("checkpoint")); err == nil {
		f.noted(note)
	}
	look := time.NewTicker(f.g.cfg.Heartbeat)
	defer look.Stop()
	pause := time.NewTimer(feedPause)
	defer pause.Stop()
	for {
		for f.read(ctx) {
		}
		select {
		case <-ctx.Done():
			return
		case <-f.hint:
		case <-look.C:
		}
		select {
		case <-ctx.Done():
			return
		case <-pause.C:
			pause.Reset(feedPause)
		}
	}
}

// read takes one page of the record; false at its end, or when there is none to be had.
func (f *feed) read(ctx context.Context) bool {
	f.mu.Lock()
	from := f.to
	f.mu.Unlock()
	facts, to, err := f.g.factsFrom(ctx, f.community, from)
	if err != nil || to <= from {
		return false
	}
	f.add(facts, to)
	return true
}

// add takes what was read of the commits up to a position.
func (f *feed) add(facts []fact, to uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	before := f.to
	f.facts, f.to = append(f.facts, facts...), to
	if over := len(f.facts) - factsMax; over > 0 { // whole commits: from must name where all is held
		f.from = f.facts[over-1].at.position()
		rest := slices.IndexFunc(f.facts, func(x fact) bool { return x.at.after(mark{commits: f.from}) })
		if rest < 0 {
			rest = len(f.facts)
		}
		f.facts = slices.Clone(f.facts[rest:])
	}
	if len(facts) > 0 || before < f.checkpoint && f.checkpoint <= to {
		f.tell()
	}
}

// factsFrom reads a page of the record from a commit on: what is told of it, and how many commits there are before the next page.
func (g *Gateway) factsFrom(ctx context.Context, community string, from uint64) (facts []fact, to uint64, err error) {
	page, err := g.call.Bytes(ctx, "audit."+community+".commits", []byte(strconv.FormatUint(from, 10)))
	if err != nil {
		return nil, 0, err
	}
	to = from
	for len(page) > 0 {
		if len(page) < 4 || uint64(binary.BigEndian.Uint32(page)) > uint64(len(page)-4) {
			return nil, 0, fault.ErrInternal
		}
		n := 4 + binary.BigEndian.Uint32(page)
		b, err := chain.DecodeBlock(page[4:n])
		if err != nil {
			return nil, 0, fault.ErrInternal.Because(err)
		}
		page = page[n:]
		for i, raw := range b.Commits {
			if index := b.First + uint64(i); index >= to {
				if facts, err = appendFacts(facts, index, raw); err != nil {
					return nil, 0, fault.ErrInternal.Because(err)
				}
				to = index + 1
			}
		}
	}
	g.concernedLater(ctx, community, facts)
	return facts, to, nil
}

// appendFacts adds what is told of one commit.
func appendFacts(facts []fact, index uint64, raw []byte) ([]fact, error) {
	var o chain.Outline
	if err := o.Parse(raw); err != nil {
		return nil, err
	}
	if len(o.Through) == 0 && // nobody's helper
		!slices.ContainsFunc(o.Changes, func(c chain.OutlineChange) bool { return mayBeTold(chain.KindOf(string(c.Key))) }) {
		return facts, nil // as most commits while people vote
	}
	c, err := chain.DecodeCommit(raw)
	if err != nil {
		return nil, err
	}
	events, nth := 0, 0
	for _, change := range c.Changes {
		events += len(change.Events)
	}
	for _, change := range c.Changes {
		for _, e := range change.Events {
			at := mark{index, nth + 1}
			if nth++; nth == events {
				at = mark{commits: index + 1}
			}
			concerned, err := concernedBy(c, change.Aggregate, e)
			if err != nil {
				return nil, err
			}
			if concerned != (both{}) || told(chain.KindOf(change.Aggregate), e.Type) {
				facts = append(facts, fact{at, c.Time, change.Aggregate, change.Version, e.Type, concerned})
			}
		}
	}
	return facts, nil
}

// mayBeTold is told for kinds whose events nobody has looked at yet.
func mayBeTold(kind string) bool {
	return told(kind, "") || kind == "member" || kind == "key" || kind == "mandate"
}

// batch is what somebody is told in one go.
type batch struct {
	facts      []fact
	to         mark            // of whoever was told all of it
	checkpoint uint64          // size of the newest checkpoint; 0 if it covers more than that
	news       <-chan struct{} // closed when there is more; nil when there is more already
}

// batchMax bounds the facts of a batch.
const batchMax = 128

// next gives what comes after a mark; false where the feed does not reach back so far.
func (f *feed) next(at mark) (b batch, held bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if at.commits < f.from {
		return batch{}, false
	}
	n, _ := slices.BinarySearchFunc(f.facts, at, func(x fact, at mark) int {
		if x.at.after(at) {
			return 1
		}
		return -1
	})
	b = batch{facts: slices.Clone(f.facts[n:min(len(f.facts), n+batchMax)]), to: mark{commits: f.to}, news: f.news}
	switch {
	case n+len(b.facts) < len(f.facts):
		b.to, b.news = b.facts[len(b.facts)-1].at, nil
	case at.after(b.to): // somebody knows more than we
		b.to = at
	}
	if f.checkpoint <= b.to.commits {
		b.checkpoint = f.checkpoint
	}
	return b, true
}

// end is the mark of whoever knows all that the feed does.
func (f *feed) end() mark {
	f.mu.Lock()
	defer f.mu.Unlock()
	return mark{commits: f.to}
}

// write writes a fact as an event.
func (x *fact) write(b *bytes.Buffer) {
	position := x.at.position()
	fmt.Fprintf(b, "id: %s\nevent: %s\ndata: {\"index\":%d,\"position\":%d,\"time\":%d,\"path\":%q,\"version\":%d}\n\n",
		x.at, x.kind, position-1, position, x.time, x.path, x.version)
}
