package process

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/op"
	"renlin.dev/pkg/verify"
	"renlin.dev/services/audit"
	"renlin.dev/services/renlin/internal/bus"
	"renlin.dev/services/sequencer"
)

// Sequencers runs the sequencer of every community, and founds new ones.
type Sequencers struct {
	env   Env
	fsync sequencer.Fsync
	nc    *nats.Conn
	js    jetstream.JetStream
	kinds map[string][]string

	epochs   *epochs
	founding chan struct{} // taken while a founding is under way

	mu     sync.Mutex // guards listed, known and begun
	listed map[string]bool
	known  []string // all that were found when it was last looked; nil before the first look
	begun  string   // the community whose founding is under way; empty when none is
}

// RunSequencers serves until ctx ends.
func RunSequencers(ctx context.Context, env Env, fsync sequencer.Fsync) error {
	nc, err := env.Dial(bus.Sequencer)
	if err != nil {
		return err
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		return err
	}
	keys, err := openEpochs(filepath.Join(env.Data, "sequencer", "epochs"))
	if err != nil {
		return err
	}
	defer keys.close()
	s := &Sequencers{
		env: env, fsync: fsync, nc: nc, js: js, kinds: map[string][]string{}, epochs: keys, founding: make(chan struct{}, 1),
		listed: map[string]bool{},
	}
	for _, m := range env.Models {
		s.kinds[m.Service] = m.OwnKinds()
	}
	svc, err := op.NewService(nc, "sequencer")
	if err != nil {
		return err
	}
	svc.LogTo(env.Log)
	svc.MeasureIn(env.Metrics)
	for subject, answer := range map[string]func(context.Context, []byte) ([]byte, error){
		"seq.new_key": s.newKey, "seq.found": s.found, "seq.communities": s.communities,
	} {
		if err := svc.Bytes(ctx, subject, "seq-"+filepath.Ext(subject)[1:], answer); err != nil {
			return err
		}
	}
	return serveListed(ctx, env.Log, s.list, env.watch(bus.Sequencer, nc).over(s.serve))
}

// list gives the communities that have a stream, and those of which a head record says that they had one: that it is gone is the worst
// difference of all, and nobody else would notice.
func (s *Sequencers) list(ctx context.Context) []string {
	list := communitiesOn(ctx, s.js)
	files, err := os.ReadDir(filepath.Join(s.env.State, "heads"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		s.env.Log.Error("head records cannot be listed", "err", err)
	}
	for _, file := range files {
		community, ok := strings.CutSuffix(file.Name(), headSuffix)
		if !ok || slices.Contains(list, community) {
			continue
		}
		if head, _, err := sequencer.ReadHead(s.headPath(community)); err != nil || head.Blocks > 0 {
			list = append(list, community)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.known = append([]string{}, list...)
	return list
}

// headSuffix ends the name of a community's head record.
const headSuffix = ".head"

func (s *Sequencers) headPath(community string) string {
	return filepath.Join(s.env.State, "heads", community+headSuffix)
}

// newKey tells the public half of an epoch key for a founding.
func (s *Sequencers) newKey(context.Context, []byte) ([]byte, error) {
	public, err := s.epochs.next()
	if err != nil {
		return nil, err
	}
	return json.Marshal(map[string][]byte{"key": public})
}

// communities tells which can be read, and which are known and are not open yet: who asks right after a start must not be told that there
// are no such communities.
func (s *Sequencers) communities(context.Context, []byte) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known == nil {
		return nil, fault.ErrUnavailable
	}
	opening := slices.DeleteFunc(slices.Clone(s.known), func(community string) bool { return s.listed[community] })
	return json.Marshal(map[string][]string{
		"communities": append([]string{}, slices.Sorted(maps.Keys(s.listed))...), "opening": opening,
	})
}

// show lists a community, for as long as it can be read.
func (s *Sequencers) show(community string) (hide func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.listed[community] = true
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.listed, community)
	}
}

func (s *Sequencers) shown(community string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.listed[community]
}

// begin notes that a community is being founded, until the founding ends, well or not.
func (s *Sequencers) begin(community string) (end func()) {
	set := func(to string) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.begun = to
	}
	set(community)
	return func() { set("") }
}

func (s *Sequencers) beingFounded(community string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.begun == community
}

// roomMin is how many bytes must be free on the disks of data and state. What is under way when the last block is taken must find room, in
// the stream and in everybody's files that follow from it.
const roomMin = 64 << 20

// config makes a community's configuration out of its founding commit, whose epoch key must be one of ours.
func (s *Sequencers) config(genesis []byte) (sequencer.Config, string, error) {
	hash := chain.HashCommit(genesis)
	community := chain.CommunityID(hash)
	public, err := verify.EpochKey(genesis)
	if err != nil {
		return sequencer.Config{}, "", chain.ErrMalformed.Because(err)
	}
	key, err := s.epochs.key(public)
	if err != nil {
		return sequencer.Config{}, "", err
	}
	head := s.headPath(community)
	if err := os.MkdirAll(filepath.Dir(head), 0o700); err != nil {
		return sequencer.Config{}, "", err
	}
	return sequencer.Config{
		Dial:       func(options ...nats.Option) (*nats.Conn, error) { return s.env.Dial(bus.Sequencer, options...) },
		HeadRecord: head, Genesis: hash, Key: key, Kinds: s.kinds, Fsync: s.fsync, StoreDir: s.env.Store,
		AdoptStream: slices.Contains(s.env.Adopt, community), Room: sequencer.DiskRoom(roomMin, s.env.Data, s.env.State),
		SnapshotDir: filepath.Join(s.env.Data, "sequencer", "snapshots", community), Build: build(),
		Log: s.env.Log.With("community", community), Metrics: s.env.Metrics,
	}, community, nil
}

// serve runs one community's sequencer until ctx ends. When it cannot be opened because those who could tell are not up yet, it is tried
// again; until then nothing is written. When the stream is not what was promised, writing is refused until the process is started anew.
func (s *Sequencers) serve(ctx context.Context, community string, working func(check)) error {
	err := s.write(ctx, community, working)
	var d *sequencer.Difference
	if !errors.As(err, &d) {
		return err
	}
	working(func(context.Context) error { return chain.ErrStopped })
	return s.refuse(ctx, community, d)
}

// refuse answers for a community whose record is not what it was.
func (s *Sequencers) refuse(ctx context.Context, community string, d *sequencer.Difference) error {
	s.env.Log.Error("writing is refused", "community", community, "head_record", s.headPath(community), "err", d)
	defer sequencer.WatchRefused(s.env.Metrics, community, d)()
	head, _, err := sequencer.ReadHead(s.headPath(community))
	if err != nil {
		head = sequencer.Head{} // that it cannot be read is the reason, then
	}
	if first, err := s.first(ctx, community); err == nil {
		head.Genesis = first.Genesis
		defer s.show(community)()
	}
	r, err := sequencer.Refuse(s.nc, community, head, d.Reason, s.env.Log)
	if err != nil {
		return err
	}
	<-ctx.Done()
	return r.Close()
}

// first reads a community's first block. A community whose head record knew of blocks before the stream was read must have one: a founding
// may be under way, and what the record says afterwards may be of a block that came in between.
func (s *Sequencers) first(ctx context.Context, community string) (*chain.Block, error) {
	head, _, herr := sequencer.ReadHead(s.headPath(community))
	raw, err := s.firstRaw(ctx, community)
	if errors.Is(err, jetstream.ErrStreamNotFound) || errors.Is(err, chain.ErrNoBlock) {
		switch {
		case herr != nil:
			return nil, sequencer.Differs("%v, and the stream is empty or missing", herr)
		case head.Blocks > 0:
			return nil, sequencer.Differs("stream is empty or missing, head record says %d", head.Blocks-1)
		}
	}
	if err != nil {
		return nil, err
	}
	b, err := chain.VerifyBlock(raw, nil)
	if err != nil {
		return nil, sequencer.Differs("block 0 of the stream does not verify: %v", err)
	}
	if chain.CommunityID(b.Genesis) != community {
		return nil, sequencer.Differs("the stream's founding commit is another community's")
	}
	return b, nil
}

func (s *Sequencers) firstRaw(ctx context.Context, community string) ([]byte, error) {
	stream, err := s.js.Stream(ctx, chain.StreamName(community))
	if err != nil {
		return nil, err
	}
	return chain.ReadBlock(ctx, stream, 0)
}

// write opens one community's sequencer and keeps it until ctx ends.
func (s *Sequencers) write(ctx context.Context, community string, working func(check)) error {
	first, err := s.first(ctx, community)
	switch {
	case err != nil:
		return err
	case s.beingFounded(community): // by another sequencer, which has the same head record open until it is done
		return chain.ErrNoBlock
	}
	cfg, _, err := s.config(first.Commits[0])
	if err == nil {
		err = s.settle(first.Commits[0])
	}
	if err != nil {
		return err
	}
	call := op.NewCaller(s.nc)
	key := &pinnedKey{
		community: community, path: filepath.Join(filepath.Dir(cfg.HeadRecord), community+".notary"),
		ask: func(ctx context.Context) ([]byte, error) { return call.Bytes(ctx, "notary."+community+".keys", nil) },
	}
	cfg.Witnessed = &witnessed{call: call, community: community, key: key}
	q, err := sequencer.Open(ctx, cfg)
	if err != nil {
		return err
	}
	defer q.Close()
	subs, err := s.listen(ctx, community, q, key)
	if err != nil {
		return err
	}
	defer unsubscribe(subs)
	if err := q.Serve(); err != nil {
		return err
	}
	defer s.show(community)()
	working(func(context.Context) error {
		switch q.Info().State {
		case sequencer.StateWriting:
			return nil
		case sequencer.StateFull:
			return fault.ErrFull
		}
		return chain.ErrStopped
	})
	<-ctx.Done()
	return nil
}

// listen takes halts from audit and checkpoints from the notary. Whoever the bus lets through, a checkpoint is believed for its signature.
func (s *Sequencers) listen(ctx context.Context, community string, q *sequencer.Sequencer, key *pinnedKey) ([]*nats.Subscription, error) {
	halt, err := s.nc.Subscribe("seq."+community+".halt", func(m *nats.Msg) { q.Halt(string(m.Data)) })
	if err != nil {
		return nil, err
	}
	checkpointed, err := s.nc.Subscribe("seq."+community+".checkpointed", func(m *nats.Msg) {
		c, err := key.open(ctx, m.Data)
		if err == nil {
			err = q.Checkpointed(c.Size, chain.Hash(c.Root))
		}
		if err != nil {
			s.env.Log.Error("checkpoint was not noted in the head record", "community", community, "err", err)
		}
	})
	return []*nats.Subscription{halt, checkpointed}, err
}

func unsubscribe(subs []*nats.Subscription) {
	for _, sub := range subs {
		_ = sub.Unsubscribe() // the connection is going away
	}
}

// witnessed asks audit and notary what they have seen.
type witnessed struct {
	call      *op.Caller
	community string
	key       *pinnedKey
}

// askTimeout bounds the questions at a sequencer's start.
const askTimeout = 5 * time.Second

func (w *witnessed) Head(ctx context.Context) (uint64, chain.Hash, bool, error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	raw, err := w.call.Bytes(ctx, "audit."+w.community+".head", nil)
	if errors.Is(err, audit.ErrDamaged) {
		return 0, chain.Hash{}, false, sequencer.Differs("the archive is damaged; audit's log says how")
	}
	if err != nil {
		return 0, chain.Hash{}, false, fmt.Errorf("ask the archive: %w", err)
	}
	var head struct {
		Block uint64
		Hash  string
		Empty bool
	}
	if err := json.Unmarshal(raw, &head); err != nil || head.Empty {
		return 0, chain.Hash{}, false, err
	}
	hash, err := chain.ParseHash(head.Hash)
	return head.Block, hash, err == nil, err
}

func (w *witnessed) Checkpoint(ctx context.Context) (uint64, chain.Hash, bool, error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	raw, err := w.call.Bytes(ctx, "notary."+w.community+".checkpoint", nil)
	if err != nil {
		return 0, chain.Hash{}, false, fmt.Errorf("ask the notary: %w", err)
	}
	if len(raw) == 0 {
		return 0, chain.Hash{}, false, nil
	}
	c, err := w.key.open(ctx, raw)
	return c.Size, chain.Hash(c.Root), err == nil, err
}
