package gateway

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/daemon"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/op"
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// Faults of event streams.
var (
	ErrMark = fault.New(fault.Invalid, "events.mark",
		"The place from which to go on could not be read.", "无法读取继续接收的位置。")
	ErrStreams = fault.New(fault.TooMany, "events.too_many",
		"Too many event streams are open; please close one.", "打开的消息流过多，请先关闭一个。")
)

// How many event streams are open at once: in all, for one member, from one address.
const (
	streamsMax        = 2048
	memberStreamsMax  = 8
	addressStreamsMax = 256
)

const (
	// heartbeat is how often a stream says that it is alive, and whether its reader still may read is looked at.
	heartbeat = 15 * time.Second
	// streamWriteMax is how long a reader may take to take what was written. Whoever takes longer is dropped, and comes back with their mark.
	streamWriteMax = 10 * time.Second
	// streamRetry is how long a reader that was dropped rests before it comes back.
	streamRetry = 2 * time.Second
	// rereadersMax bounds the readers that read the record itself at once, because they are further behind than the feed reaches.
	rereadersMax = 4
)

// streamPlaces counts the streams that are open.
type streamPlaces struct {
	mu  sync.Mutex // guards what follows
	all int
	by  map[string]int // by member and by address
	// rereading holds a place for each reader that reads the record itself.
	rereading chan struct{}
}

func newStreamPlaces() *streamPlaces {
	return &streamPlaces{by: map[string]int{}, rereading: make(chan struct{}, rereadersMax)}
}

// enter takes a place for a stream; the caller must leave it.
func (p *streamPlaces) enter(member, address string) (leave func(), err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.all >= streamsMax || p.by[address] >= addressStreamsMax || member != "" && p.by[member] >= memberStreamsMax {
		return nil, ErrStreams
	}
	p.all++
	p.by[address]++
	if member != "" {
		p.by[member]++
	}
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.all--
		for _, name := range []string{member, address} {
			if p.by[name]--; p.by[name] <= 0 {
				delete(p.by, name)
			}
		}
	}, nil
}

// audience is who a stream is for.
type audience struct {
	session *session // nil for everybody
	sees    func(x *fact) bool
	points  bool // checkpoints too
}

// inboxEvents streams what an inbox shows, as it comes about.
func (g *Gateway) inboxEvents(w http.ResponseWriter, r *http.Request) {
	community := r.PathValue("community")
	if err := g.requireReader(r, community, communityv1.Role_ROLE_MEMBER); err != nil {
		op.WriteFault(w, r, err)
		return
	}
	who, _ := g.sessions.of(r, community)
	g.stream(w, r, audience{session: &who, sees: func(x *fact) bool {
		return slices.Contains(inboxKinds, chain.KindOf(x.path)) || who.member != "" && slices.Contains(x.concerned[:], who.member)
	}})
}

// events streams what happens to records that every outsider may read, and new checkpoints.
func (g *Gateway) events(w http.ResponseWriter, r *http.Request) {
	g.stream(w, r, audience{sees: func(x *fact) bool { return readers[chain.KindOf(x.path)] == anyone }, points: true})
}

// stream tells somebody of facts until they go, are not allowed any more, do not keep up, or the server stops.
func (g *Gateway) stream(w http.ResponseWriter, r *http.Request, to audience) {
	from, err := markOf(r)
	var leave func()
	if err == nil {
		leave, err = g.places.enter(g.countedAs(r, to))
	}
	if err != nil {
		op.WriteFault(w, r, err)
		return
	}
	defer leave()
	f, unfollow, err := g.follow(r.Context(), r.PathValue("community"))
	if err != nil {
		op.WriteFault(w, r, err)
		return
	}
	defer unfollow()
	s := &stream{g: g, r: r, to: to, feed: f, out: http.NewResponseController(w), w: w}
	if s.at = f.end(); from != nil {
		s.at = *from
	}
	// The server's limits are for requests that end; each write of a stream has its own.
	if err := s.out.SetReadDeadline(time.Time{}); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return
	}
	w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Accel-Buffering", "no")
	if r.Method != http.MethodHead {
		s.run(r.Context())
	}
}

// countedAs gives the names under which a stream is counted.
func (g *Gateway) countedAs(r *http.Request, to audience) (member, address string) {
	name, _ := namesOf(g.limits.from(r))
	if to.session != nil && !to.session.operator {
		member = to.session.community + "/" + to.session.member
	}
	return member, "address " + name
}

// markOf reads where to go on: after Last-Event-ID, or from a position; nil for what is new only.
func markOf(r *http.Request) (*mark, error) {
	text := cmp.Or(r.Header.Get("Last-Event-ID"), r.URL.Query().Get("from"))
	if text == "" {
		return nil, nil
	}
	commits, events, partly := strings.Cut(text, ".")
	m := &mark{}
	var err error
	if m.commits, err = strconv.ParseUint(commits, 10, 63); err != nil {
		return nil, ErrMark
	}
	if partly { // within the commit that ends at this position
		n, err := strconv.ParseUint(events, 10, 16)
		if err != nil || n == 0 || m.commits == 0 {
			return nil, ErrMark
		}
		m.commits, m.events = m.commits-1, int(n)
	}
	return m, nil
}

// String is the mark as the id of an event: the position of its commit, and where more events of the same commit follow, which of them
// it was.
func (m mark) String() string {
	if m.events == 0 {
		return strconv.FormatUint(m.commits, 10)
	}
	return strconv.FormatUint(m.commits+1, 10) + "." + strconv.Itoa(m.events)
}

// stream is one reader. It belongs to the goroutine of its request.
type stream struct {
	g    *Gateway
	r    *http.Request
	w    http.ResponseWriter
	out  *http.ResponseController
	to   audience
	feed *feed
	at   mark
	size uint64 // of the last checkpoint told
}

// run tells facts until the stream ends.
func (s *stream) run(ctx context.Context) {
	if s.send([]byte("retry: "+strconv.FormatInt(streamRetry.Milliseconds(), 10)+"\n\n")) != nil {
		return
	}
	beat := time.NewTicker(s.g.cfg.Heartbeat)
	defer beat.Stop()
	for {
		news, err := s.tell(ctx)
		if err != nil {
			s.end(err)
			return
		}
		if news == nil { // there is more at once
			continue
		}
		select {
		case <-ctx.Done():
			return
		case <-daemon.Stopping(ctx):
			return
		case <-news:
		case <-beat.C:
			err := s.stands(ctx, 0)
			if err == nil {
				err = s.send([]byte(":\n\n"))
			}
			if err != nil {
				s.end(err)
				return
			}
		}
	}
}

// errGone: the reader takes nothing any more.
var errGone = errors.New("reader has gone")

// send writes and has it sent on, within the time that a reader has.
func (s *stream) send(b []byte) error {
	if err := s.out.SetWriteDeadline(time.Now().Add(s.g.cfg.StreamWrite)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return errGone
	}
	if _, err := s.w.Write(b); err != nil {
		return errGone
	}
	if s.out.Flush() != nil {
		return errGone
	}
	return nil
}

// end says why a reader may not read on. What will pass is not said: they come back.
func (s *stream) end(err error) {
	f := fault.Of(err)
	if errors.Is(err, errGone) || f.Kind.Temporary() || f.Kind == fault.Internal {
		return
	}
	_ = s.send(fmt.Appendf(nil, "event: end\ndata: {\"code\":%q}\n\n", f.Code)) // it has gone
}

// stands refuses a reader who may not read any more, as of at least a position.
func (s *stream) stands(ctx context.Context, position uint64) error {
	if s.to.session == nil {
		return nil
	}
	who, err := s.g.sessions.of(s.r, s.feed.community)
	if err != nil || who.operator {
		return err
	}
	if _, err := s.g.activeMember(ctx, who.community, who.member, position); err != nil {
		return err
	}
	return s.g.deviceStands(ctx, who, position)
}

// tell tells what there is, and gives what to wait for; nil when there is more.
func (s *stream) tell(ctx context.Context) (news <-chan struct{}, err error) {
	told, held := s.feed.next(s.at)
	if !held {
		if told, err = s.reread(ctx); err != nil {
			return nil, err
		}
	}
	var b bytes.Buffer
	for _, x := range told.facts {
		if s.ends(&x) {
			if err := s.stands(ctx, x.at.position()); err != nil {
				return nil, errors.Join(err, s.flush(&b))
			}
		}
		if s.to.sees(&x) {
			x.write(&b)
		}
	}
	if s.to.points && told.checkpoint > s.size {
		s.size = told.checkpoint
		fmt.Fprintf(&b, "event: checkpoint\ndata: {\"size\":%d}\n\n", s.size)
	}
	if err := s.flush(&b); err != nil {
		return nil, err
	}
	s.at = told.to
	return told.news, nil
}

// ends tells whether a fact may end the reader's own standing.
func (s *stream) ends(x *fact) bool {
	who := s.to.session
	if who == nil || !slices.Contains(endings, x.kind) {
		return false
	}
	return x.path == "member/"+who.member || who.key != "" && x.path == "key/"+who.key || who.rests != "" && x.path == "key/"+who.rests
}

// reread reads a batch from the record itself. Few do so at once, and what a reader is not told is not kept for them.
func (s *stream) reread(ctx context.Context) (batch, error) {
	select {
	case <-ctx.Done():
		return batch{}, ctx.Err()
	case <-daemon.Stopping(ctx):
		return batch{}, fault.ErrUnavailable
	case s.g.places.rereading <- struct{}{}:
		defer func() { <-s.g.places.rereading }()
	}
	facts, to, err := s.g.factsFrom(ctx, s.feed.community, s.at.commits)
	if err != nil {
		return batch{}, err
	}
	b := batch{to: mark{commits: to}}
	if to <= s.at.commits {
		return batch{}, fault.ErrUnavailable // audit had come further when the feed began: it is being made anew
	}
	for _, x := range facts {
		if !x.at.after(s.at) || !s.to.sees(&x) && !s.ends(&x) {
			continue
		}
		if len(b.facts) == batchMax {
			b.to = b.facts[batchMax-1].at
			break
		}
		b.facts = append(b.facts, x)
	}
	return b, nil
}

// flush sends what was gathered, if the session is still one.
func (s *stream) flush(b *bytes.Buffer) error {
	if b.Len() == 0 {
		return nil
	}
	if s.to.session != nil {
		if _, err := s.g.sessions.of(s.r, s.feed.community); err != nil {
			return err
		}
	}
	return s.send(b.Bytes())
}
